// The linear head: a row of weights for each class (softmax regression), fitted as `fit_linear_head` in Python does.
// All that takes long is a generator: `inPieces` in pieces.js does it while the page stays alive.

import { NumpyRandom } from "./random.js";

const STRENGTHS = [3, 10, 30, 100, 300, 1000]; // of C, tried by cross-validation
const FOLDS = 5;
const MANY_PICTURES = 2000; // above, C is estimated, not searched
const MOST_STEPS = 2000;

/**
 * A head that adds up weighted numbers for each class. `weights` holds a row for each number, with a weight for each
 * class. `C` is how freely it was fitted: the larger, the larger its weights may be.
 * @typedef {{ weights: Float64Array, bias: Float64Array, C: number }} LinearHead
 */

/**
 * What is fitted: `x` holds the numbers of each picture (a row may end early: the rest is 0), `labels` the place of its
 * class among all, `weighs` how much it weighs.
 * @typedef {{ x: Float64Array[], labels: number[], weighs: number[], classCount: number }} Known
 */

/**
 * Weights and bias while they are sought: for each class, a weight for each number.
 * @typedef {{ weights: Float64Array[], bias: Float64Array }} Sought
 */

/** @typedef {{ done: number, total: number }} Done */

/**
 * Fits a linear head: what minimises the mean cross-entropy plus `sum(weights²) / (2 C n)`.
 * @param {Float32Array} numbers what is known of each picture, one after the other, as looks.js gives it
 * @param {number[]} labels the place of each picture's class
 * @param {number} classCount
 * @param {{ C?: number, seed?: number, balanced?: boolean }} [options] `C`: how freely to fit; unset, cross-validation
 *   chooses it. `seed` chooses the folds. `balanced`: whether all classes weigh the same.
 * @returns {Generator<Done | undefined, LinearHead>} yields how many of the steps are done
 */
export function* fitLinearHead(numbers, labels, classCount, { C, seed = 7, balanced = true } = {}) {
  const size = numbers.length / labels.length;
  if (!labels.length || !Number.isInteger(size)) {
    throw new Error(`got ${numbers.length} numbers for ${labels.length} pictures; expected as many for each`);
  }
  if (classCount < 2) throw new Error(`got ${classCount} classes; expected at least 2 to tell apart`);
  const { rows, middle } = centerNumbers(numbers, size);
  const turned =
    rows.length < size ? yield* turnPictures(rows) : { x: rows, back: (/** @type {Float64Array} */ w) => w };
  const known = { x: turned.x, labels, weighs: weighPictures(labels, classCount, balanced), classCount };
  C ??= labels.length > MANY_PICTURES ? estimateC(known.x) : yield* chooseC(known, seed);
  const { weights, bias } = yield* goDown(known, C, 2e-6, yield* sharpestBend(known));
  yield { done: FOLDS * STRENGTHS.length + 1, total: FOLDS * STRENGTHS.length + 1 };
  return { ...putTogether(weights.map(turned.back), bias, middle), C };
}

/**
 * Says how probable each class is, for one picture after the other.
 * @param {LinearHead} head
 * @param {Float32Array} numbers
 * @returns {Float32Array}
 */
export function predictLinear({ weights, bias }, numbers) {
  const [classCount, size] = [bias.length, weights.length / bias.length];
  const told = new Float32Array((numbers.length / size) * classCount);
  for (let picture = 0; picture * size < numbers.length; picture += 1) {
    const scores = bias.slice();
    for (let j = 0; j < size; j += 1)
      for (let c = 0; c < classCount; c += 1) scores[c] += numbers[picture * size + j] * weights[j * classCount + c];
    told.set(softmaxOf(scores), picture * classCount);
  }
  return told;
}

/**
 * The head as dense layers, which is what a classifier's file holds.
 * @param {LinearHead} head
 */
export function linearLayers({ weights, bias }) {
  const [inputs, outputs] = [weights.length / bias.length, bias.length];
  return [
    { kernel: Float32Array.from(weights), bias: Float32Array.from(bias), activation: "softmax", inputs, outputs },
  ];
}

/**
 * Turns scores into probabilities, in place.
 * @param {Float64Array} scores
 */
function softmaxOf(scores) {
  let [most, sum] = [-Infinity, 0];
  for (let c = 0; c < scores.length; c += 1) most = Math.max(most, scores[c]);
  for (let c = 0; c < scores.length; c += 1) sum += scores[c] = Math.exp(scores[c] - most);
  for (let c = 0; c < scores.length; c += 1) scores[c] /= sum;
  return scores;
}

/**
 * The numbers of each picture, less their mean over all pictures.
 * @param {Float32Array} numbers
 * @param {number} size
 */
function centerNumbers(numbers, size) {
  const count = numbers.length / size;
  const middle = new Float64Array(size);
  numbers.forEach((value, place) => (middle[place % size] += value / count));
  const row = (/** @type {unknown} */ _, /** @type {number} */ i) =>
    Float64Array.from(numbers.subarray(i * size, (i + 1) * size), (value, j) => Math.fround(value - middle[j]));
  return { rows: Array.from({ length: count }, row), middle };
}

/**
 * How much each picture weighs so that all classes weigh the same: 1 on average.
 * @param {number[]} labels
 * @param {number} classCount
 * @param {boolean} balanced
 */
function weighPictures(labels, classCount, balanced) {
  const counts = Array(classCount).fill(0);
  for (const label of labels) counts[label] += 1;
  const present = counts.filter((count) => count > 0).length;
  return labels.map((label) => (balanced ? labels.length / (present * counts[label]) : 1));
}

/**
 * A mirror before the origin: from place `k` on, `row` points away from it.
 * @typedef {{ row: Float64Array, k: number, scale: number }} Mirror
 */

/**
 * Turns the pictures until the k-th has numbers in k places only: n pictures span n directions at most, and the others
 * need no weights. Each step mirrors all of them, so that one more has nothing behind its own place (Householder, 1958;
 * NumPy's `qr` does the same). `back` turns weights back.
 * @param {Float64Array[]} rows changed
 */
function* turnPictures(rows) {
  const [size, x] = [rows[0].length, /** @type {Float64Array[]} */ ([])];
  /** @type {Mirror[]} */
  const mirrors = [];
  for (const [k, row] of rows.entries()) {
    const length = Math.sqrt(dotProduct(row, row, k, size));
    const along = row[k] >= 0 ? -length : length;
    const mirror = { row, k, scale: length * (length + Math.abs(row[k])) };
    const turned = row.slice(0, k + 1);
    turned[k] = along;
    x.push(turned);
    row[k] -= along;
    for (let other = k + 1; other < rows.length; other += 1) mirrorArrow(mirror, rows[other]);
    mirrors.push(mirror);
    yield;
  }
  function back(/** @type {Float64Array} */ weights) {
    const whole = new Float64Array(size);
    whole.set(weights);
    for (const mirror of mirrors.toReversed()) mirrorArrow(mirror, whole);
    return whole;
  }
  return { x, back };
}

/**
 * Mirrors an arrow, in place.
 * @param {Mirror} mirror
 * @param {Float64Array} arrow
 */
function mirrorArrow({ row, k, scale }, arrow) {
  if (scale > 0) addTimes(arrow, row, -dotProduct(row, arrow, k, row.length) / scale, k);
}

/**
 * The sum of the products of two rows, from one place on to before another. Four sums at a time, since a processor can
 * begin one before it has ended the other.
 * @param {Float64Array} one
 * @param {Float64Array} other
 * @param {number} from
 * @param {number} to
 */
function dotProduct(one, other, from, to) {
  let [a, b, c, d, j] = [0, 0, 0, 0, from];
  for (; j + 3 < to; j += 4) {
    a += one[j] * other[j];
    b += one[j + 1] * other[j + 1];
    c += one[j + 2] * other[j + 2];
    d += one[j + 3] * other[j + 3];
  }
  for (; j < to; j += 1) a += one[j] * other[j];
  return a + b + c + d;
}

/**
 * Adds so many times one row to another, from a place on.
 * @param {Float64Array} to
 * @param {Float64Array} row
 * @param {number} times
 * @param {number} [from]
 */
function addTimes(to, row, times, from = 0) {
  for (let j = from; j < row.length; j += 1) to[j] += times * row[j];
}

/**
 * How many numbers the longest row has.
 * @param {Float64Array[]} x
 */
const widthOf = (x) => x.reduce((most, row) => Math.max(most, row.length), 0);

/**
 * How sharply the loss can bend: half the largest eigenvalue of the covariance (Böhning 1992), and a tenth more, since
 * power iteration comes near it from below.
 * @param {Known} known
 */
function* sharpestBend({ x, weighs }) {
  const rng = new NumpyRandom(0);
  let direction = Float64Array.from({ length: widthOf(x) }, () => Math.fround(rng.normal()));
  let length = 1;
  for (let round = 0; round < 50; round += 1) {
    const next = new Float64Array(direction.length);
    const scale = 1 / Math.max(length, 1e-30);
    x.forEach((row, i) => addTimes(next, row, scale * weighs[i] * dotProduct(row, direction, 0, row.length)));
    direction = next;
    length = Math.sqrt(dotProduct(next, next, 0, next.length));
    yield;
  }
  return (1.1 * 0.5 * length) / x.length;
}

/**
 * Goes down the slope of the loss with momentum (Nesterov's accelerated gradient), until it is nearly level.
 * @param {Known} known
 * @param {number} C
 * @param {number} near how level is level enough
 * @param {number} bent from `sharpestBend`
 * @param {Sought} [start]
 * @returns {Generator<undefined, Sought>}
 */
function* goDown(known, C, near, bent, start = startAtZero(known)) {
  const decay = 1 / (C * known.x.length);
  const steepest = bent + decay;
  const slow = Math.sqrt(decay / steepest);
  const momentum = (1 - slow) / (1 + slow);
  let [now, last] = [start, start];
  for (let step = 0; step < MOST_STEPS; step += 1) {
    const ahead = { weights: now.weights.map((row, c) => goOn(row, last.weights[c])), bias: goOn(now.bias, last.bias) };
    const slope = slopeAt(known, ahead, decay);
    last = now;
    now = {
      weights: ahead.weights.map((row, c) => row.map((value, j) => value - slope.weights[c][j] / steepest)),
      bias: ahead.bias.map((value, c) => value - 2 * slope.bias[c]),
    };
    yield;
    if (Math.max(largestOf(slope.bias), ...slope.weights.map(largestOf)) < near) break;
  }
  return now;

  function goOn(/** @type {Float64Array} */ here, /** @type {Float64Array} */ before) {
    return here.map((value, j) => value + momentum * (value - before[j]));
  }
}

/**
 * Weights of 0, from which the way begins.
 * @param {Known} known
 * @returns {Sought}
 */
function startAtZero({ x, classCount }) {
  const width = widthOf(x);
  const weights = Array.from({ length: classCount }, () => new Float64Array(width));
  return { weights, bias: new Float64Array(classCount) };
}

/** @param {Float64Array} values */
function largestOf(values) {
  let most = 0;
  for (let j = 0; j < values.length; j += 1) most = Math.max(most, Math.abs(values[j]));
  return most;
}

/**
 * Writes down how probable each class is for one picture.
 * @param {Float64Array} row
 * @param {Sought} sought
 * @param {Float64Array} into
 */
function answerOne(row, { weights, bias }, into) {
  for (let c = 0; c < bias.length; c += 1) into[c] = bias[c] + dotProduct(row, weights[c], 0, row.length);
  return softmaxOf(into);
}

/**
 * How the loss changes with each weight.
 * @param {Known} known
 * @param {Sought} at
 * @param {number} decay how strongly large weights are held back
 * @returns {Sought}
 */
function slopeAt({ x, labels, weighs }, at, decay) {
  const weights = at.weights.map((row) => row.map((value) => decay * value));
  const [bias, error] = [new Float64Array(at.bias.length), new Float64Array(at.bias.length)];
  x.forEach((row, i) => {
    answerOne(row, at, error)[labels[i]] -= 1;
    for (let c = 0; c < error.length; c += 1) {
      const share = (error[c] * weighs[i]) / x.length;
      bias[c] += share;
      addTimes(weights[c], row, share);
    }
  });
  return { weights, bias };
}

/**
 * Chooses C by cross-validation: with the best, pictures that were left out are the least surprising (log loss).
 * @param {Known} known
 * @param {number} seed
 * @returns {Generator<Done | undefined, number>}
 */
function* chooseC(known, seed) {
  const foldOf = dealFolds(known.labels, seed);
  const total = new Float64Array(STRENGTHS.length);
  for (let fold = 0; fold < FOLDS; fold += 1) {
    const losses = yield* lossesOf(known, foldOf, fold);
    losses.forEach((loss, place) => (total[place] += loss));
  }
  return total.some((loss) => loss !== 0) ? STRENGTHS[total.indexOf(Math.min(...total))] : estimateC(known.x);
}

/**
 * The loss of one fold with each strength; nothing where it has nothing to tell.
 * @param {Known} known
 * @param {number[]} foldOf
 * @param {number} fold
 * @returns {Generator<Done | undefined, number[]>}
 */
function* lossesOf({ x, labels, weighs, classCount }, foldOf, fold) {
  const places = [...labels.keys()];
  const own = places.filter((i) => foldOf[i] !== fold);
  const taught = new Set(own.map((i) => labels[i]));
  const asked = places.filter((i) => foldOf[i] === fold && taught.has(labels[i])); // others can't be judged
  if (!asked.length || taught.size < 2) return [];
  const pick = (/** @type {any[]} */ list) => own.map((i) => list[i]);
  const kept = { x: pick(x), labels: pick(labels), weighs: pick(weighs), classCount };
  const bent = yield* sharpestBend(kept);
  const losses = [];
  let found = startAtZero({ ...kept, x });
  for (const [place, strength] of STRENGTHS.entries()) {
    found = yield* goDown(kept, strength, 1e-4, bent, found); // each starts where the one before ended
    const told = new Float64Array(classCount);
    const surprise = (/** @type {number} */ i) => -Math.log(Math.max(answerOne(x[i], found, told)[labels[i]], 1e-12));
    losses.push(asked.reduce((sum, i) => sum + surprise(i) * weighs[i], 0));
    yield { done: fold * STRENGTHS.length + place + 1, total: FOLDS * STRENGTHS.length + 1 };
  }
  return losses;
}

/**
 * Deals the pictures of each class out to the folds, in turn.
 * @param {number[]} labels
 * @param {number} seed
 */
export function dealFolds(labels, seed) {
  const rng = new NumpyRandom(seed);
  const foldOf = Array(labels.length).fill(0);
  for (const label of [...new Set(labels)].sort((one, other) => one - other)) {
    const own = [...labels.keys()].filter((i) => labels[i] === label);
    rng.permutation(own).forEach((i, place) => (foldOf[i] = place % FOLDS));
  }
  return foldOf;
}

/**
 * Estimates C from how far the pictures lie apart: 50 over their mean squared distance from their mean.
 * @param {Float64Array[]} x
 */
function estimateC(x) {
  const squares = x.reduce((sum, row) => sum + dotProduct(row, row, 0, row.length), 0);
  return 50 / Math.max(squares / x.length, 1e-12);
}

/**
 * Weights as a row for each number, and the bias for numbers from which the middle was not taken.
 * @param {Float64Array[]} weights for each class
 * @param {Float64Array} bias
 * @param {Float64Array} middle
 */
function putTogether(weights, bias, middle) {
  const whole = new Float64Array(middle.length * bias.length);
  weights.forEach((own, c) => own.forEach((value, j) => (whole[j * bias.length + c] = value)));
  return { weights: whole, bias: bias.map((value, c) => value - dotProduct(middle, weights[c], 0, middle.length)) };
}
