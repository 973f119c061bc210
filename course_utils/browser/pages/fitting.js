// From pictures to a head that is judged, as the course's Session does in Python.

import { withPicture } from "../engine/decode.js";
import { look, squaresOf } from "../engine/looks.js";
import { breathe, inPieces } from "../engine/pieces.js";
import { compareTexts } from "../engine/sessions.js";
import { trainArticle, trainLinear } from "../engine/training.js";
import { WORDS } from "../parts/words.js";

const REFUSED = WORDS.studio.train;
const FEATURES = 7 * 7 * 256;

/**
 * @typedef {object} Settings
 * @property {"linear" | "article"} head
 * @property {number} seed
 * @property {boolean} apart whether near-copies are kept on one side
 * @property {boolean} known whether it learns to say none of these
 * @property {number} [epochs] and the two others: of the article's head only
 * @property {number} [rate]
 * @property {number} [units]
 */

/** @typedef {(phase: "copies" | "linear" | "features" | "article", done: number, total: number, history?: object) => void} Said */

// Pictures to learn from, then those to judge by, each sorted: the order of Python.
function inPythonsOrder(pictures) {
  const rank = ({ part }) => Number(part === "validation");
  const compare = (one, other) => compareTexts(one.label, other.label) || compareTexts(one.path, other.path);
  const own = pictures.filter(({ part }) => part !== "test").map((one) => ({ ...one })); // as they are now
  return own.sort((one, other) => rank(one) - rank(other) || compare(one, other));
}

// Refuses what can't be learned from.
function requireEnough(pictures) {
  const classes = [...new Set(pictures.map(({ label }) => label))];
  if (!classes.length) throw new Error(REFUSED.none);
  if (classes.length < 2) throw new Error(REFUSED.oneClass(classes[0]));
  const bare = classes.filter((name) => !pictures.some(({ label, part }) => label === name && part === "training"));
  if (bare.length) throw new Error(REFUSED.bare(bare));
}

// Two looks at each picture, one after the other.
function joinNumbers(pictures) {
  const size = pictures[0].numbers.length;
  const joined = new Float32Array(pictures.length * size);
  pictures.forEach(({ numbers }, place) => joined.set(numbers, place * size));
  return joined;
}

// One look at each picture: 7 x 7 x 256 numbers. These are not kept, so the files are read again.
async function readFeatures(pictures, run, say, signal) {
  const features = new Float32Array(pictures.length * FEATURES);
  for (const [place, { file }] of pictures.entries()) {
    signal.throwIfAborted();
    say("features", place + 1, pictures.length);
    features.set(await withPicture(file, (picture) => look(squaresOf(picture, 1), run)), place * FEATURES);
    await breathe();
  }
  return features;
}

/**
 * Train a head, and judge it.
 * @param {import("./collection.js").Picture[]} all
 * @param {import("./engine.js").Run} run
 * @param {Settings} settings
 * @param {Said} say
 * @param {AbortSignal} signal
 */
export async function trainHead(all, run, settings, say, signal) {
  const pictures = inPythonsOrder(all);
  requireEnough(pictures);
  say("copies", 0, 1);
  /** @param {import("../engine/training.js").News} news */
  const tell = ({ phase, done, total, history }) => say(phase, done, total, history);
  const linear = await inPieces(trainLinear(pictures, joinNumbers(pictures), settings), tell, signal);
  if (settings.head === "linear") return withPictures(linear, pictures, null);
  const features = await readFeatures(pictures, run, say, signal);
  const work = trainArticle(pictures, features, linear, { ...settings, signal }); // which ends it with its best epoch
  return withPictures(await inPieces(work, tell), pictures, linear.judgement.right);
}

// What training gave, with pictures in place of their numbers.
function withPictures(trained, pictures, linearRight) {
  const { parted, copies } = trained;
  const those = (places) => places.map((i) => pictures[i]);
  return {
    ...trained,
    linearRight,
    training: those(parted.training),
    validation: those(parted.validation),
    shared: those(parted.shared),
    together: copies.together.map(those),
    doubts: { alike: copies.alike, oneGroup: parted.oneGroup, oneFolder: parted.oneFolder },
  };
}
