// The article's head: a hidden layer of 100 units with relu, and a softmax. It is trained as in Python and Keras: Adam,
// batches of 32, the same first weights and the same shuffles for the same seed.

import { NumpyRandom } from "./random.js";

const ARTICLE_INPUTS = 7 * 7 * 256;
const ARTICLE_BATCH = 32;
const CUT_SPREAD = 0.87962566103423978; // standard deviation of a normal distribution that is cut at two of its own
const [TENTH, THOUSANDTH] = [0.1, 0.001].map(Math.fround); // of Adam, in single precision as in Python
const ROWS_AT_ONCE = 512; // rows of weights, between two pauses

/**
 * `hidden` has a row for each of the 12544 numbers, with a weight for each unit; `last` a row for each unit, with a
 * weight for each class.
 * @typedef {{ hidden: Float32Array, bias: Float32Array, last: Float32Array, units: number, classCount: number }} ArticleHead
 */

/**
 * Loss and accuracy after each epoch, by the names that Keras gives them.
 * @typedef {{ loss: number[], accuracy: number[], val_loss?: number[], val_accuracy?: number[] }} History
 */

/**
 * The features of pictures, 12544 numbers each, one after the other, and the place of each one's class.
 * @typedef {{ features: Float32Array, labels: number[] }} Examples
 */

/** @typedef {{ done: number, total: number, history: History }} Epoch */

/** @typedef {{ values: Float32Array, mean: Float32Array, square: Float32Array }} Moved */

/**
 * Draws the weights that training starts from, as Keras' `VarianceScaling()` does.
 * @param {number} classCount
 * @param {number} [units] of the hidden layer
 * @param {number} [seed]
 * @returns {ArticleHead}
 */
export function startArticleHead(classCount, units = 100, seed = 7) {
  if (classCount < 2) throw new Error(`got ${classCount} classes; expected at least 2 to tell apart`);
  const rng = new NumpyRandom(seed);
  const [hidden, last] = [drawWeights(rng, ARTICLE_INPUTS, units), drawWeights(rng, units, classCount)];
  return { hidden, bias: new Float32Array(units), last, units, classCount };
}

/**
 * Normal numbers, those beyond 2 drawn anew; the more inputs, the smaller.
 * @param {NumpyRandom} rng
 * @param {number} inputs
 * @param {number} outputs
 */
function drawWeights(rng, inputs, outputs) {
  const values = new Float32Array(inputs * outputs).map(() => rng.normal32());
  let far = [...values.keys()].filter((place) => Math.abs(values[place]) > 2);
  while (far.length) {
    for (const place of far) values[place] = rng.normal32();
    far = far.filter((place) => Math.abs(values[place]) > 2);
  }
  const scale = Math.fround(Math.sqrt(1 / inputs) / CUT_SPREAD);
  return values.map((value) => value * scale);
}

/**
 * Trains a head to the end, or until `signal` is aborted: then the head is that of the best epoch, the one with the
 * lowest loss, on validation pictures if there are any. `head` is changed.
 * @param {ArticleHead} head
 * @param {Examples} training
 * @param {{ epochs?: number, rate?: number, seed?: number, validation?: Examples, signal?: AbortSignal }} [options]
 * @returns {Generator<Epoch | undefined, { head: ArticleHead, history: History, stopped: boolean }>} yields after each
 *   epoch, and nothing now and then
 */
export function* trainArticleHead(head, training, options = {}) {
  const { epochs = 20, rate = 1e-4, seed = 7, validation, signal } = options;
  if (signal?.aborted) throw new Error("stopped before the first epoch; nothing was trained");
  const rng = new NumpyRandom(seed);
  const moved = [head.hidden, head.bias, head.last].map(notMoved);
  const places = usedPlaces(training.features);
  /** @type {History} */
  const history = { loss: [], accuracy: [], ...(validation ? { val_loss: [], val_accuracy: [] } : {}) };
  let [best, lowest, steps] = [head, Infinity, 0];
  for (let epoch = 1; epoch <= epochs && !signal?.aborted; epoch += 1) {
    const told = yield* oneEpoch(head, training, rng.permutation(training.labels.length), (slopes) => {
      steps += 1;
      return adamStep(moved, places, slopes, rate, steps);
    });
    keepNote(history, told, validation ? yield* judgeHead(head, validation) : undefined);
    const loss = (history.val_loss ?? history.loss)[epoch - 1];
    if (loss < lowest) [best, lowest] = [copyHead(head), loss];
    yield { done: epoch, total: epochs, history };
  }
  return { head: signal?.aborted ? best : head, history, stopped: Boolean(signal?.aborted) };
}

/**
 * Says how probable each class is, for one picture after the other.
 * @param {ArticleHead} head
 * @param {Float32Array} features
 * @returns {Float32Array}
 */
export function predictArticle(head, features) {
  const told = new Float32Array((features.length / ARTICLE_INPUTS) * head.classCount);
  for (let picture = 0; picture * ARTICLE_INPUTS < features.length; picture += 1) {
    told.set(runArticle(head, features, picture).probabilities, picture * head.classCount);
  }
  return told;
}

/**
 * The head as dense layers, which is what a classifier's file holds.
 * @param {ArticleHead} head
 */
export function articleLayers({ hidden, bias, last, units, classCount }) {
  return [
    { kernel: hidden, bias, activation: "relu", inputs: ARTICLE_INPUTS, outputs: units },
    { kernel: last, bias: new Float32Array(classCount), activation: "softmax", inputs: units, outputs: classCount },
  ];
}

/**
 * The places of features that some picture has something at.
 * @param {Float32Array} features
 */
function usedPlaces(features) {
  const used = new Uint8Array(ARTICLE_INPUTS);
  for (let i = 0; i < features.length; i += 1) if (features[i] !== 0) used[i % ARTICLE_INPUTS] = 1;
  return [...used.keys()].filter((place) => used[place]);
}

/** @param {ArticleHead} head */
const copyHead = (head) => ({ ...head, hidden: head.hidden.slice(), bias: head.bias.slice(), last: head.last.slice() });

/**
 * Writes down what an epoch gave.
 * @param {History} history
 * @param {{ loss: number, accuracy: number }} told
 * @param {{ loss: number, accuracy: number }} [judged]
 */
function keepNote(history, told, judged) {
  history.loss.push(told.loss);
  history.accuracy.push(told.accuracy);
  if (!judged) return;
  history.val_loss?.push(judged.loss);
  history.val_accuracy?.push(judged.accuracy);
}

/**
 * What the hidden layer gives for one picture, and the probabilities.
 * @param {ArticleHead} head
 * @param {Float32Array} features
 * @param {number} picture
 */
function runArticle({ hidden, bias, last, units, classCount }, features, picture) {
  const [sums, scores] = [Float64Array.from(bias), new Float64Array(classCount)];
  for (let i = 0; i < ARTICLE_INPUTS; i += 1) {
    const value = features[picture * ARTICLE_INPUTS + i];
    if (value === 0) continue; // more than half of the features
    for (let u = 0; u < units; u += 1) sums[u] += value * hidden[i * units + u];
  }
  for (let u = 0; u < units; u += 1) {
    sums[u] = Math.max(sums[u], 0);
    for (let c = 0; c < classCount; c += 1) scores[c] += sums[u] * last[u * classCount + c];
  }
  const most = Math.max(...scores);
  const powers = scores.map((score) => Math.exp(score - most));
  const sum = powers.reduce((one, other) => one + other);
  return { sums, probabilities: Float32Array.from(powers, (power) => power / sum) };
}

/**
 * The cross-entropy of one picture, and whether it was right. As in Keras, no probability counts as less than 1e-7.
 * @param {Float32Array} probabilities
 * @param {number} label
 */
function surpriseOf(probabilities, label) {
  const right = probabilities.indexOf(Math.max(...probabilities)) === label;
  return { loss: -Math.log(Math.max(probabilities[label], 1e-7)), right: Number(right) };
}

/**
 * Mean loss and accuracy on pictures that are not learned from.
 * @param {ArticleHead} head
 * @param {Examples} examples
 */
function* judgeHead(head, { features, labels }) {
  let [loss, right] = [0, 0];
  for (const [picture, label] of labels.entries()) {
    const told = surpriseOf(runArticle(head, features, picture).probabilities, label);
    loss += told.loss;
    right += told.right;
    yield;
  }
  return { loss: loss / labels.length, accuracy: right / labels.length };
}

/**
 * Goes through all pictures once; loss and accuracy are those of each batch before its step.
 * @param {ArticleHead} head
 * @param {Examples} examples
 * @param {number[]} order
 * @param {(slopes: Slopes) => Generator<undefined, void>} step
 */
function* oneEpoch(head, { features, labels }, order, step) {
  let [loss, right] = [0, 0];
  for (let begin = 0; begin < order.length; begin += ARTICLE_BATCH) {
    const part = order.slice(begin, begin + ARTICLE_BATCH).sort((one, other) => one - other);
    const seen = [];
    for (const picture of part) {
      seen.push({ picture, ...runArticle(head, features, picture) });
      yield;
    }
    for (const { picture, probabilities } of seen) {
      const told = surpriseOf(probabilities, labels[picture]);
      loss += told.loss;
      right += told.right;
    }
    yield* step(slopesOf(head, features, labels, seen));
  }
  return { loss: loss / order.length, accuracy: right / order.length };
}

/**
 * How the loss changes with the weights: those of the hidden layer row by row, since all at once are many.
 * @typedef {{ row: (place: number) => Float64Array, bias: Float64Array, last: Float64Array }} Slopes
 */

/**
 * How the mean loss of a batch changes with each weight (backpropagation).
 * @param {ArticleHead} head
 * @param {Float32Array} features
 * @param {number[]} labels
 * @param {{ picture: number, sums: Float64Array, probabilities: Float32Array }[]} seen
 * @returns {Slopes}
 */
function slopesOf({ last, units, classCount }, features, labels, seen) {
  const [bias, toLast] = [new Float64Array(units), new Float64Array(units * classCount)];
  const backs = seen.map(({ picture, sums, probabilities }) => {
    const back = new Float64Array(units);
    const error = probabilities.map((value, c) => (value - Number(c === labels[picture])) / seen.length);
    for (let u = 0; u < units; u += 1) {
      if (!(sums[u] > 0)) continue;
      for (let c = 0; c < classCount; c += 1) {
        toLast[u * classCount + c] += sums[u] * error[c];
        back[u] += last[u * classCount + c] * error[c];
      }
      bias[u] += back[u];
    }
    return back;
  });
  function row(/** @type {number} */ place) {
    const slope = new Float64Array(units);
    for (const [n, { picture }] of seen.entries()) {
      const value = features[picture * ARTICLE_INPUTS + place];
      if (value !== 0) for (let u = 0; u < units; u += 1) slope[u] += value * backs[n][u];
    }
    return slope;
  }
  return { row, bias, last: toLast };
}

/**
 * Weights that have not moved yet.
 * @param {Float32Array} values
 * @returns {Moved}
 */
const notMoved = (values) => ({
  values,
  mean: new Float32Array(values.length),
  square: new Float32Array(values.length),
});

/**
 * Takes a step: Adam, with Keras' settings (Kingma and Ba, 2015).
 * @param {Moved[]} moved hidden layer, its bias, last layer
 * @param {number[]} places of features that are not 0 everywhere: the weights of the others stay
 * @param {Slopes} slopes
 * @param {number} rate
 * @param {number} count how many steps there are with this one
 * @returns {Generator<undefined, void>}
 */
function* adamStep([hidden, bias, last], places, slopes, rate, count) {
  const scale = Math.fround((rate * Math.sqrt(1 - 0.999 ** count)) / (1 - 0.9 ** count));
  moveWeights(bias, slopes.bias, 0, scale);
  moveWeights(last, slopes.last, 0, scale);
  for (const [done, place] of places.entries()) {
    moveWeights(hidden, slopes.row(place), place * slopes.bias.length, scale);
    if (done % ROWS_AT_ONCE === 0) yield;
  }
}

/**
 * Moves weights, from a place on, against their slopes.
 * @param {Moved} moved
 * @param {Float64Array} slopes
 * @param {number} from
 * @param {number} scale
 */
function moveWeights({ values, mean, square }, slopes, from, scale) {
  for (let i = 0; i < slopes.length; i += 1) {
    const at = from + i;
    mean[at] += (slopes[i] - mean[at]) * TENTH;
    square[at] += (slopes[i] * slopes[i] - square[at]) * THOUSANDTH;
    values[at] -= (scale * mean[at]) / (Math.sqrt(square[at]) + 1e-7);
  }
}
