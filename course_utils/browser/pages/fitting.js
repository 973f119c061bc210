// From pictures to a head that is judged: near-copies on one side, as the course's Session does in Python.

import { articleLayers, predictArticle, startArticleHead, trainArticleHead } from "../engine/article.js";
import { findCopies, NO_COPIES } from "../engine/copies.js";
import { withPicture } from "../engine/decode.js";
import { judge } from "../engine/judging.js";
import { fitLinearHead, linearLayers, predictLinear } from "../engine/linear.js";
import { look, squaresOf } from "../engine/looks.js";
import { partPictures } from "../engine/parting.js";
import { breathe, inPieces } from "../engine/pieces.js";
import { compareTexts } from "../engine/sessions.js";

const FEATURES = 7 * 7 * 256;

/**
 * @typedef {object} Settings
 * @property {"linear" | "article"} head
 * @property {number} seed
 * @property {boolean} groups whether near-copies are kept on one side
 * @property {number} [epochs]
 * @property {number} [rate]
 * @property {number} [units]
 */

/** @typedef {(phase: "copies" | "head" | "features" | "epochs", done: number, total: number, history?: object) => void} Said */

// Pictures to learn from, then those to judge by, each sorted: the order of Python.
function inPythonsOrder(pictures) {
  const rank = ({ part }) => Number(part === "validation");
  return pictures
    .filter(({ part }) => part !== "test")
    .sort(
      (one, other) =>
        rank(one) - rank(other) || compareTexts(one.label, other.label) || compareTexts(one.path, other.path),
    );
}

// Numbers of some pictures, one after the other.
function joinNumbers(list) {
  const joined = new Float32Array(list.reduce((sum, numbers) => sum + numbers.length, 0));
  let at = 0;
  for (const numbers of list) {
    joined.set(numbers, at);
    at += numbers.length;
  }
  return joined;
}

async function linearHead({ training, validation, classes, labelsOf, settings, say, signal }) {
  const numbersOf = (pictures) => joinNumbers(pictures.map((one) => one.numbers));
  const work = fitLinearHead(numbersOf(training), labelsOf(training), classes.length, { seed: settings.seed });
  const head = await inPieces(work, ({ done, total }) => say("head", done, total), signal);
  return { layers: linearLayers(head), looks: 2, probabilities: predictLinear(head, numbersOf(validation)) };
}

// One look at each picture: 7 x 7 x 256 numbers. These are not kept, so the files are read again.
async function readFeatures(pictures, { run, say, signal }, before, total) {
  const features = new Float32Array(pictures.length * FEATURES);
  for (const [place, { file }] of pictures.entries()) {
    signal.throwIfAborted();
    say("features", before + place, total);
    features.set(await withPicture(file, (picture) => look(squaresOf(picture, 1), run)), place * FEATURES);
    await breathe();
  }
  return features;
}

async function articleHead(known) {
  const { training, validation, classes, labelsOf, settings, say, signal } = known;
  const total = training.length + validation.length;
  const learned = { features: await readFeatures(training, known, 0, total), labels: labelsOf(training) };
  const asked = await readFeatures(validation, known, training.length, total);
  const judged = validation.length ? { features: asked, labels: labelsOf(validation) } : undefined;
  const { epochs, rate, units, seed } = settings;
  const options = { epochs, rate, seed, validation: judged, signal };
  const work = trainArticleHead(startArticleHead(classes.length, units, seed), learned, options);
  const done = await inPieces(work, (epoch) => say("epochs", epoch.done, epoch.total, epoch.history));
  return { layers: articleLayers(done.head), looks: 1, probabilities: predictArticle(done.head, asked), ...done };
}

// The class with the most pictures to learn from; of several, the first.
function commonestOf(classes, training) {
  const counts = classes.map((name) => training.filter(({ label }) => label === name).length);
  return classes[counts.indexOf(Math.max(...counts))];
}

/**
 * Refuse what can't be learned from.
 * @param {{label: string, part: string}[]} pictures
 * @param {typeof import("../parts/words.js").WORDS.studio.train} words
 */
function requireClasses(pictures, words) {
  const classes = [...new Set(pictures.map(({ label }) => label))];
  if (!classes.length) throw new Error(words.none);
  if (classes.length < 2) throw new Error(words.oneClass(classes[0]));
  const bare = classes.filter((name) => !pictures.some(({ label, part }) => label === name && part === "training"));
  if (bare.length) throw new Error(words.bare(bare));
}

/**
 * Train a head, and judge it.
 * @param {import("./collection.js").Picture[]} all
 * @param {Function} run the network
 * @param {Settings} settings
 * @param {Said} say
 * @param {AbortSignal} signal
 * @param {object} words for what is refused
 */
export async function trainHead(all, run, settings, say, signal, words) {
  const pictures = inPythonsOrder(all);
  requireClasses(pictures, words);
  const classes = [...new Set(pictures.map(({ label }) => label))].sort(compareTexts);
  const numbers = joinNumbers(pictures.map((one) => one.numbers));
  say("copies", 0, 1);
  const copies = settings.groups ? await inPieces(findCopies(pictures, numbers, classes), () => {}, signal) : NO_COPIES;
  const parted = partPictures(pictures, copies, settings.seed);
  const [training, validation] = [parted.training, parted.validation].map((places) => places.map((i) => pictures[i]));
  const labelsOf = (list) => list.map(({ label }) => classes.indexOf(label));
  const known = { training, validation, classes, labelsOf, settings, say, signal, run };
  const linear = await linearHead(known);
  const fitted = settings.head === "article" ? await articleHead(known) : linear;
  const placeOf = new Map(validation.map(({ id }, place) => [id, place]));
  const groups = copies.together.map((group) => group.map((i) => placeOf.get(pictures[i].id)).filter((i) => i >= 0));
  const judged = ({ probabilities }) =>
    judge({
      classes,
      labels: validation.map(({ label }) => label),
      probabilities,
      groups,
      commonest: commonestOf(classes, training),
    });
  return {
    ...fitted,
    classes,
    training,
    validation,
    judgement: judged(fitted),
    linearRight: fitted === linear ? null : judged(linear).right,
    together: copies.together.map((group) => group.map((i) => pictures[i])),
    alike: copies.alike,
    shared: parted.shared.map((i) => pictures[i]),
    oneGroup: parted.oneGroup,
    oneFolder: parted.oneFolder,
  };
}
