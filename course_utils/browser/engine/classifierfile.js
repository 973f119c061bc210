// A classifier in one file, as `save_classifier` writes it and `load_classifier` reads it: weights, and no program.

import { areLabels } from "./labels.js";
import { PREPARED } from "./looks.js";
import { countExamples } from "./known.js";
import { readNpy, readNpyBytes, writeNpy } from "./npy.js";
import { readZip, writeZip } from "./zip.js";

export const CLASSIFIER_KIND = "transfer-learning-course classifier, version 2";
const ABOUT_NAME = "classifier.json";
const EXAMPLES_NAME = "known/examples.npy"; // what is like the pictures that it learned from, if it tells
const HEAD_INPUTS = /** @type {Record<number, number>} */ ({ 1: 7 * 7 * 256, 2: 5 * 256 }); // for one look and for two
const LARGEST_FILE = 30_000_000; // bytes, of a file and of all that it holds
const MOST_TEXT = 2_000_000; // bytes of classifier.json
const OVERFLOW = 1e37; // float32 ends at 3.4e38
const HEAD_GIVEN = /** @type {Record<number, number>} */ ({ 1: 6, 2: 1 }); // the largest number that a head reads
const HEAD_ACTIVATIONS = ["linear", "relu", "softmax"];
const WIDTHS = [8, 16, 32, 32, 64, 64, 128, 128, 128, 128, 128, 128, 256, 256]; // after conv1, and after each block
const HALVING = ["conv1", "conv_dw_2", "conv_dw_4", "conv_dw_6", "conv_dw_12"]; // layers that step two pixels at a time

/**
 * A layer of the network. `kernel` has the shape (3, 3, 3, 8), (3, 3, channels) or (channels, more), in rows.
 * @typedef {{
 *   name: string, kind: "conv" | "depthwise" | "pointwise", stride: number, inputs: number, outputs: number,
 *   kernel: Float32Array, bias: Float32Array,
 * }} NetworkLayer
 */

/**
 * A layer of the head. `kernel` has the shape (inputs, outputs), in rows.
 * @typedef {{ kernel: Float32Array, bias: Float32Array, activation: string, inputs: number, outputs: number }} HeadLayer
 */

/**
 * What a file holds. `looks` is 2 for the linear head, and 1 for the article's. `about` are other entries of
 * `classifier.json`, `extra` other members of the file, such as a model card.
 * @typedef {{
 *   classes: string[], looks: 1 | 2, network: NetworkLayer[], head: HeadLayer[], known?: import("./known.js").Known | null,
 *   about?: Record<string, unknown>, extra?: Record<string, Uint8Array<ArrayBuffer>>,
 * }} ClassifierParts
 */

/**
 * The layers of the cut MobileNet 0.25, in order, without their weights.
 * @returns {Omit<NetworkLayer, "kernel" | "bias">[]}
 */
export function networkForm() {
  const stride = (/** @type {string} */ name) => (HALVING.includes(name) ? 2 : 1);
  const blocks = WIDTHS.slice(1).flatMap((outputs, number) => {
    const [inputs, dw, pw] = [WIDTHS[number], `conv_dw_${number + 1}`, `conv_pw_${number + 1}`];
    return /** @type {Omit<NetworkLayer, "kernel" | "bias">[]} */ ([
      { name: dw, kind: "depthwise", stride: stride(dw), inputs, outputs: inputs },
      { name: pw, kind: "pointwise", stride: stride(pw), inputs, outputs },
    ]);
  });
  return [{ name: "conv1", kind: "conv", stride: 2, inputs: 3, outputs: WIDTHS[0] }, ...blocks];
}

/**
 * The shape of a layer's kernel.
 * @param {Omit<NetworkLayer, "kernel" | "bias">} layer
 */
function shapeOf({ kind, inputs, outputs }) {
  if (kind === "pointwise") return [inputs, outputs];
  return kind === "depthwise" ? [3, 3, inputs] : [3, 3, inputs, outputs];
}

/**
 * The members of a classifier's file, as [name, content].
 * @param {ClassifierParts} classifier
 * @returns {import("./zip.js").NamedContent[]}
 */
export function classifierMembers({ classes, looks, network, head, known, about = {}, extra = {} }) {
  const activations = head.map((dense) => dense.activation);
  const told = { kind: CLASSIFIER_KIND, classes, preprocessing: PREPARED[looks], looks, head: activations, ...about };
  return [
    [ABOUT_NAME, new TextEncoder().encode(JSON.stringify(told, null, 1))],
    ...network.flatMap((layer) => arraysOf(`network/${layer.name}`, layer, shapeOf(layer))),
    ...head.flatMap((dense, number) => arraysOf(`head/${number}`, dense, [dense.inputs, dense.outputs])),
    ...(known ? examplesOf(known) : []),
    ...Object.entries(extra),
  ];
}

/**
 * @param {string} name
 * @param {{ kernel: Float32Array, bias: Float32Array }} layer
 * @param {number[]} shape of the kernel
 * @returns {import("./zip.js").NamedContent[]}
 */
function arraysOf(name, { kernel, bias }, shape) {
  return [
    [`${name}/kernel.npy`, writeNpy(kernel, shape)],
    [`${name}/bias.npy`, writeNpy(bias, [bias.length])],
  ];
}

/**
 * @param {import("./known.js").Known} known
 * @returns {import("./zip.js").NamedContent[]}
 */
const examplesOf = ({ examples, labels }) => [[EXAMPLES_NAME, writeNpy(examples, [labels.length, 256])]];

/**
 * What stands beside the examples: the threshold, and how many examples each class has, in their order.
 * @param {import("./known.js").Known} known
 * @param {string[]} classes
 */
export const tellKnown = (known, classes) => ({ threshold: known.threshold, examples: countExamples(known, classes) });

/**
 * Writes a classifier's file.
 * @param {ClassifierParts} classifier
 */
export const writeClassifier = (classifier) => writeZip(classifierMembers(classifier));

/**
 * Reads a classifier's file. `preprocessing` is how its pictures were prepared: compare it with `PREPARED[looks]`.
 * `about` are entries of `classifier.json` that are not known here, and `others` members, such as a model card.
 * @param {Blob} file
 */
export async function readClassifier(file) {
  if (file.size > LARGEST_FILE) throw new Error("it has more than 30 MB, and no classifier of this course has");
  const list = await readZip(file, { mostOfAll: LARGEST_FILE });
  const members = new Map(list.map((member) => [member.name, member]));
  if (members.size < list.length) throw new Error("it holds two files of one name");
  if ((members.get(ABOUT_NAME)?.size ?? 0) > MOST_TEXT) throw new Error(`its ${ABOUT_NAME} has more than 2 MB`);
  const read = async (/** @type {string} */ name) => {
    const member = members.get(name);
    if (!member) throw new Error(`it has no ${name}; expected a classifier's file, whole and unchanged`);
    members.delete(name);
    return member.read();
  };
  const told = JSON.parse(new TextDecoder().decode(await read(ABOUT_NAME)));
  const { kind, classes, preprocessing, looks, head: activations, ...about } = told;
  if (kind !== CLASSIFIER_KIND) throw new Error(`it is a ${kind}, and this page reads ${CLASSIFIER_KIND}`);
  checkAbout(classes, looks, activations);
  const network = [];
  for (const layer of networkForm()) {
    network.push({ ...layer, ...(await readLayer(read, `network/${layer.name}`, shapeOf(layer))) });
  }
  const head = [];
  for (const [number, activation] of activations.entries()) head.push(await readDense(read, number, activation));
  checkSizes(head, looks, classes.length);
  checkRange(network, head, HEAD_GIVEN[looks]);
  const known = about.known ? knownFrom(about.known, classes, await read(EXAMPLES_NAME)) : null;
  return { classes, looks, preprocessing, network, head, known, about, others: [...members.values()] };
}

/**
 * What is like the pictures that a classifier learned from.
 * @param {{ threshold: number, examples: number[] }} told
 * @param {string[]} classes
 * @param {Uint8Array} file
 * @returns {import("./known.js").Known}
 */
function knownFrom({ threshold, examples: counts }, classes, file) {
  const { values: examples, shape } = readNpyBytes(file, EXAMPLES_NAME);
  const counted = Array.isArray(counts) && counts.length === classes.length && counts.every((one) => one >= 0);
  const count = counted ? counts.reduce((sum, one) => sum + one, 0) : 0;
  if (!count || `${shape}` !== `${count},256` || !(Math.abs(threshold) <= 1)) {
    throw new Error(
      `${EXAMPLES_NAME} has the shape (${shape}), where ${counts} and a threshold of ${threshold} are said`,
    );
  }
  const labels = classes.flatMap((name, place) => Array.from({ length: counts[place] }, () => name));
  return { examples, labels, threshold };
}

/**
 * @param {unknown} classes
 * @param {number} looks
 * @param {unknown} activations
 */
function checkAbout(classes, looks, activations) {
  if (!areLabels(classes)) {
    throw new Error(`its ${ABOUT_NAME} names classes that can't be shown, or two of one name; the file may be damaged`);
  }
  const known = Array.isArray(activations) && activations.every((one) => HEAD_ACTIVATIONS.includes(one));
  if (!known || !HEAD_INPUTS[looks] || activations.at(-1) !== "softmax") {
    throw new Error(
      `its ${ABOUT_NAME} names ${looks} looks and the activations ${activations}; the file may be damaged`,
    );
  }
}

/** @typedef {(name: string) => Promise<Uint8Array>} Read */

/**
 * @param {Read} read
 * @param {string} name
 * @param {number[]} [shape] that it must have
 */
async function readLayer(read, name, shape) {
  const kernel = readNpy(await read(`${name}/kernel.npy`), `${name}/kernel.npy`);
  const bias = readNpy(await read(`${name}/bias.npy`), `${name}/bias.npy`);
  const expected = shape ?? [kernel.shape[0], bias.values.length];
  if (`${kernel.shape}` !== `${expected}` || bias.values.length !== expected.at(-1)) {
    throw new Error(`${name} has the shape (${kernel.shape}) and ${bias.values.length} biases; expected (${expected})`);
  }
  if (![kernel, bias].every(({ values }) => values.every(Number.isFinite))) {
    throw new Error(`${name} holds numbers that are not finite`);
  }
  return { kernel: kernel.values, bias: bias.values };
}

/**
 * @param {Read} read
 * @param {number} number
 * @param {string} activation
 * @returns {Promise<HeadLayer>}
 */
async function readDense(read, number, activation) {
  const { kernel, bias } = await readLayer(read, `head/${number}`);
  return { kernel, bias, activation, inputs: kernel.length / bias.length, outputs: bias.length };
}

/**
 * Each layer of a head must read what the one before gives.
 * @param {HeadLayer[]} head
 * @param {number} looks
 * @param {number} classCount
 */
function checkSizes(head, looks, classCount) {
  const [read, given] = [head.map(({ inputs }) => inputs), [HEAD_INPUTS[looks], ...head.map(({ outputs }) => outputs)]];
  if (`${[...read, classCount]}` !== `${given}`) {
    throw new Error(`its head reads ${read} numbers where ${given.slice(0, -1)} are given, for ${classCount} classes`);
  }
}

/**
 * Refuses weights with which a picture could get an answer that is no number.
 * @param {NetworkLayer[]} network
 * @param {HeadLayer[]} head
 * @param {number} given the largest number that the head reads
 */
function checkRange(network, head, given) {
  let most = 1; // of a prepared picture
  for (const { name, kernel, bias } of network) {
    const sums = sumsOf(kernel, bias, () => most);
    if (!sums.every((sum) => sum < OVERFLOW)) throw new Error(`${name} holds numbers so large that no answer would be`);
    most = 6; // what a layer gives is clipped
  }
  let largest = new Float64Array(head[0].inputs).fill(given);
  for (const [number, { kernel, bias }] of head.entries()) {
    const before = largest;
    largest = sumsOf(kernel, bias, (row) => before[row]);
    if (!largest.every((sum) => sum < OVERFLOW)) {
      throw new Error(`head/${number} holds numbers so large that no answer would be`);
    }
  }
}

/**
 * The largest number that each output can be.
 * @param {Float32Array} kernel in rows of as many numbers as there are outputs
 * @param {Float32Array} bias
 * @param {(row: number) => number} mostOf what a row is multiplied by, at most
 */
function sumsOf(kernel, bias, mostOf) {
  const sums = Float64Array.from(bias, Math.abs);
  for (let place = 0; place < kernel.length; place += 1) {
    sums[place % bias.length] += Math.abs(kernel[place]) * mostOf(Math.floor(place / bias.length));
  }
  return sums;
}
