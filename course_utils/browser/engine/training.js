// From what the network sees of pictures to a trained and judged head, in the order of Python's `Session.train`.

import { articleLayers, predictArticle, startArticleHead, trainArticleHead } from "./article.js";
import { NO_COPIES, findCopies } from "./copies.js";
import { learnKnown } from "./examples.js";
import { judge } from "./judging.js";
import { askKnown } from "./known.js";
import { fitLinearHead, linearLayers, predictLinear } from "./linear.js";
import { middleOf } from "./looks.js";
import { classesOf, partPictures } from "./parting.js";

const SEEN_TWICE = 5 * 256; // numbers of two looks at a picture
const SEEN_ONCE = 7 * 7 * 256; // of one look, as the article's head reads it

/** @typedef {import("./copies.js").Seen & import("./parting.js").Labeled} Picture */

/**
 * How to train. Only the article's head has `epochs`, `rate`, `units` and `signal`, which ends its training early.
 * `apart`: whether near-copies are kept on one side. `known`: whether it learns to say none of these.
 * @typedef {{ seed?: number, apart?: boolean, known?: boolean, epochs?: number, rate?: number, units?: number, signal?: AbortSignal }} Wishes
 */

/**
 * What training gave. `layers` and `looks` are for `writeClassifier`. `parted` and `copies` hold places of pictures.
 * @typedef {{
 *   classes: string[], looks: number, layers: import("./classifierfile.js").HeadLayer[],
 *   copies: import("./copies.js").Copies, parted: import("./parting.js").Parted,
 *   judgement: import("./judging.js").Judgement, history?: import("./article.js").History, stopped?: boolean,
 *   known: import("./known.js").Known | null, knows: boolean[],
 * }} Trained
 */

/** @typedef {{ phase: "linear" | "article", done: number, total: number, history?: import("./article.js").History }} News */

/**
 * Trains a linear head on two looks at each picture, and judges it.
 * @param {Picture[]} pictures
 * @param {Float32Array} numbers 1280 for each picture, one after the other
 * @param {Wishes} [wishes]
 * @returns {Generator<News | undefined, Trained>}
 */
export function* trainLinear(pictures, numbers, { seed = 7, apart = true, known = true } = {}) {
  const classes = requireClasses(pictures);
  const copies = apart ? yield* findCopies(pictures, numbers, classes) : NO_COPIES;
  const parted = partPictures(pictures, copies, seed);
  const labels = parted.training.map((i) => classes.indexOf(pictures[i].label));
  const work = fitLinearHead(pick(numbers, SEEN_TWICE, parted.training), labels, classes.length, { seed });
  const head = yield* called("linear", work);
  const held = pick(numbers, SEEN_TWICE, parted.validation);
  const judgement = judgeBy(pictures, classes, copies, parted, predictLinear(head, held));
  const asked = known ? askHeld(pictures, copies, parted, pick(numbers, SEEN_TWICE, parted.training), held) : NOT_ASKED;
  return { classes, looks: 2, layers: linearLayers(head), copies, parted, judgement, ...asked };
}

/**
 * Trains the article's head, and judges it.
 * @param {Picture[]} pictures
 * @param {Float32Array} features 12544 for each picture, one after the other
 * @param {Trained} before what `trainLinear` gave for the same pictures: they are parted in the same way
 * @param {Wishes} [wishes]
 * @returns {Generator<News | undefined, Trained>}
 */
export function* trainArticle(
  pictures,
  features,
  before,
  { seed = 7, known = false, epochs, rate, units, signal } = {},
) {
  const { classes, copies, parted } = before;
  const examples = (/** @type {number[]} */ places) => ({
    features: pick(features, SEEN_ONCE, places),
    labels: places.map((i) => classes.indexOf(pictures[i].label)),
  });
  const validation = parted.validation.length ? examples(parted.validation) : undefined;
  const start = startArticleHead(classes.length, units, seed);
  const work = trainArticleHead(start, examples(parted.training), { epochs, rate, seed, validation, signal });
  const { head, history, stopped } = yield* called("article", work);
  const probabilities = predictArticle(head, validation?.features ?? new Float32Array());
  const judgement = judgeBy(pictures, classes, copies, parted, probabilities);
  const held = validation?.features ?? new Float32Array();
  const asked = known ? askHeld(pictures, copies, parted, pick(features, SEEN_ONCE, parted.training), held) : NOT_ASKED;
  return { classes, looks: 1, layers: articleLayers(head), copies, parted, judgement, history, stopped, ...asked };
}

const NOT_ASKED = { known: null, knows: [] };

/**
 * Learns what is none of these, and asks it of the pictures held back.
 * @param {Picture[]} pictures
 * @param {import("./copies.js").Copies} copies
 * @param {import("./parting.js").Parted} parted
 * @param {Float32Array} learned what the network saw of the pictures to learn from
 * @param {Float32Array} held and of those held back
 */
function askHeld(pictures, copies, { training, validation }, learned, held) {
  const known = learnKnown(pictures, training, learned, copies);
  const size = learned.length / training.length;
  const middle = (/** @type {number} */ at) => middleOf(held.subarray(at * size, (at + 1) * size));
  return { known, knows: known ? validation.map((_, at) => askKnown(known, middle(at)).known) : [] };
}

/**
 * The classes, if there is enough to train on.
 * @param {Picture[]} pictures
 */
function requireClasses(pictures) {
  const classes = classesOf(pictures);
  if (classes.length < 2)
    throw new Error(`got pictures of ${classes.length} classes; expected at least 2 to tell apart`);
  const learned = new Set(pictures.filter(({ part = "training" }) => part === "training").map(({ label }) => label));
  const bare = classes.filter((name) => !learned.has(name));
  if (bare.length) throw new Error(`got no training pictures of ${bare.join(", ")}; expected some of each class`);
  return classes;
}

/**
 * The numbers of some pictures, one after the other.
 * @param {Float32Array} numbers
 * @param {number} size
 * @param {number[]} places
 */
function pick(numbers, size, places) {
  const picked = new Float32Array(size * places.length);
  places.forEach((i, place) => picked.set(numbers.subarray(i * size, (i + 1) * size), place * size));
  return picked;
}

/**
 * Passes on what work yields, with the name of its phase.
 * @template Result
 * @param {"linear" | "article"} phase
 * @param {Generator<Omit<News, "phase"> | undefined, Result>} work
 * @returns {Generator<News | undefined, Result>}
 */
function* called(phase, work) {
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
    yield step.value && { phase, ...step.value };
  }
}

/**
 * Judges by the pictures that were held back.
 * @param {Picture[]} pictures
 * @param {string[]} classes
 * @param {import("./copies.js").Copies} copies
 * @param {import("./parting.js").Parted} parted
 * @param {Float32Array} probabilities
 */
function judgeBy(pictures, classes, copies, { training, validation }, probabilities) {
  const counts = classes.map((name) => training.filter((i) => pictures[i].label === name).length);
  const place = new Map(validation.map((i, at) => [i, at]));
  const groups = copies.together.map((group) => group.flatMap((i) => place.get(i) ?? []));
  const labels = validation.map((i) => pictures[i].label);
  return judge({ classes, labels, probabilities, groups, commonest: classes[counts.indexOf(Math.max(...counts))] });
}
