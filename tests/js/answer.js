// Answers questions of test_javascript.py: `node answer.js NAME FOLDER` reads FOLDER/question.json, whose values
// {"floats": FILE} are numbers in a file of float32, and writes FOLDER/answer.json.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  articleLayers,
  predictArticle,
  startArticleHead,
  trainArticleHead,
} from "../../course_utils/browser/engine/article.js";
import {
  classifierMembers,
  networkForm,
  readClassifier,
  writeClassifier,
} from "../../course_utils/browser/engine/classifierfile.js";
import { findCopies } from "../../course_utils/browser/engine/copies.js";
import { readTaken, takeTurn } from "../../course_utils/browser/engine/exif.js";
import { exactInterval, judge } from "../../course_utils/browser/engine/judging.js";
import { dealFolds, fitLinearHead, predictLinear } from "../../course_utils/browser/engine/linear.js";
import { classesOf, partPictures } from "../../course_utils/browser/engine/parting.js";
import { atOnce } from "../../course_utils/browser/engine/pieces.js";
import { writeProject } from "../../course_utils/browser/engine/projectfile.js";
import { NumpyRandom, PythonRandom } from "../../course_utils/browser/engine/random.js";
import { compareNames, comparePaths, compareTexts, takenTogether } from "../../course_utils/browser/engine/sessions.js";
import { trainArticle, trainLinear } from "../../course_utils/browser/engine/training.js";
import { isWhole } from "../../course_utils/browser/engine/whole.js";
import { copyGroups, fitKnown } from "../../course_utils/browser/engine/examples.js";
import { askKnown, spellNone } from "../../course_utils/browser/engine/known.js";
import { readNames } from "../../course_utils/browser/pages/filenames.js";

const [name, folder] = process.argv.slice(2);

const floatsIn = (file) => new Float32Array(new Uint8Array(readFileSync(join(folder, file))).buffer);

function keepFloats(file, values) {
  writeFileSync(join(folder, file), new Uint8Array(Float32Array.from(values).buffer));
  return { floats: file };
}

async function keepFile(file, blob) {
  writeFileSync(join(folder, file), new Uint8Array(await blob.arrayBuffer()));
  return file;
}

const fileOf = (path) => new Blob([readFileSync(path)]);
const times = (count, make) => Array.from({ length: count }, make);

function drawNumbers({ seed, count }) {
  const [rng, single, list] = [new NumpyRandom(seed), new NumpyRandom(seed), times(count, (_, i) => i)];
  const told = { permutation: rng.permutation(count), again: rng.permutation(times(9, (_, i) => 10 * i)) };
  new PythonRandom(seed).shuffle(list);
  return {
    ...told,
    integers: times(20, (_, i) => rng.integers(i + 1)),
    random: times(5, () => rng.random()),
    normal: times(count, () => rng.normal()),
    single: keepFloats(
      "single.f4",
      times(count, () => single.normal32()),
    ),
    last: single.uint32(),
    shuffled: list,
  };
}

function fitHead({ numbers, labels, classCount, fresh, ...options }) {
  const head = atOnce(fitLinearHead(numbers, labels, classCount, options));
  const [weights, told] = [keepFloats("weights.f4", head.weights), keepFloats("told.f4", predictLinear(head, fresh))];
  return { C: head.C, bias: [...head.bias], weights, told, folds: dealFolds(labels, options.seed) };
}

function trainHead({ features, labels, classCount, validation, epochs, rate, units, seed, stopAfter }) {
  const head = startArticleHead(classCount, units, seed);
  const start = articleLayers(head).map(({ kernel }, number) => keepFloats(`start-${number}.f4`, kernel));
  const stop = new AbortController();
  const options = { epochs, rate, seed, validation, signal: stop.signal };
  const work = trainArticleHead(head, { features, labels }, options);
  let step = work.next();
  for (; !step.done; step = work.next()) if (step.value?.done === stopAfter) stop.abort();
  const { head: found, history, stopped } = step.value;
  const weights = [found.hidden, found.bias, found.last].map((part, number) => keepFloats(`end-${number}.f4`, part));
  return { start, weights, history, stopped, told: keepFloats("told.f4", predictArticle(found, features)) };
}

const partThem = ({ pictures, copies, seed }) => partPictures(pictures, copies, seed);

const sortThem = ({ texts, paths }) => ({
  texts: texts.toSorted(compareTexts),
  paths: paths.toSorted(comparePaths),
  names: paths.toSorted(compareNames),
});

async function pairThem({ files }) {
  const taken = await Promise.all(files.map((file) => readTaken(fileOf(file))));
  return { known: taken.map(Boolean), pairs: takenTogether(taken) };
}

async function groupThem({ pictures, numbers }) {
  const seen = [];
  for (const { file, ...one } of pictures) seen.push(file ? { ...one, taken: await readTaken(fileOf(file)) } : one);
  return atOnce(findCopies(seen, numbers, classesOf(seen)));
}

const viewOf = async (file) => new DataView(await fileOf(file).arrayBuffer());

async function checkThem({ files }) {
  const told = {};
  for (const file of files) {
    const view = await viewOf(file);
    told[file] = { whole: isWhole(view), turn: takeTurn(view), left: takeTurn(view) };
  }
  return told;
}

const judgeThem = ({ answers, intervals }) => ({
  judged: answers.map((one) => judge({ ...one, probabilities: Float32Array.from(one.probabilities) })),
  intervals: intervals.map(([right, count]) => exactInterval(right, count)),
});

/** @type {{ classes: string[], looks: 1 | 2, about: Record<string, unknown> }} */
const about = { classes: ["Æpfel", "青い花"], looks: 2, about: { limit: 0.5 } };
const extra = { "notes/more.md": new TextEncoder().encode("# More") };

async function writeIt({ weights, kernel, bias, cards }) {
  const network = networkForm().map((layer) => ({ ...layer, ...weights[layer.name] }));
  const head = [{ kernel, bias, activation: "softmax", inputs: 1280, outputs: 2 }];
  const parts = { ...about, network, head, extra: cards ? extra : {} };
  return { file: await keepFile("page.zip", await writeClassifier(parts)), count: classifierMembers(parts).length };
}

async function readIt({ file }) {
  const { network, head, others, ...told } = await readClassifier(fileOf(file));
  const sum = (values) => values.reduce((one, other) => one + other, 0);
  return {
    ...told,
    others: others.map((member) => member.name),
    network: network.map(({ kernel, bias, ...layer }) => ({ ...layer, sums: [sum(kernel), sum(bias)] })),
    head: head.map(({ kernel, bias, ...layer }) => ({ ...layer, sums: [sum(kernel), sum(bias)] })),
  };
}

async function packIt({ pictures, classifier }) {
  const kept = pictures.map(({ file, ...one }) => ({ ...one, file: fileOf(file) }));
  const { file, renamed } = await writeProject(kept, classifier && fileOf(classifier));
  return { file: await keepFile("project.zip", file), renamed };
}

function learnFrom({ pictures, numbers, features, seed, epochs }) {
  const linear = atOnce(trainLinear(pictures, numbers, { seed }));
  const article = features && atOnce(trainArticle(pictures, features, linear, { seed, epochs }));
  const layers = linear.layers.map(({ kernel }) => keepFloats("kernel.f4", kernel));
  return { linear: { ...linear, layers }, article: article && { ...article, layers: [] } };
}

function learnIt({ middles, labels, groups, asked }) {
  const rowsOf = (numbers) =>
    Array.from({ length: numbers.length / 256 }, (_, row) => numbers.subarray(256 * row, 256 * (row + 1)));
  const known = fitKnown(rowsOf(middles), labels, groups);
  if (!known) return { known };
  const bytes = keepFloats("examples.f4", Float32Array.from(known.examples));
  return { known: { ...known, examples: bytes }, near: rowsOf(asked).map((one) => askKnown(known, one)) };
}

const groupIt = ({ pictures, places, copies }) => ({ groups: copyGroups(pictures, places, copies) });
const nameThem = ({ lots }) => ({ lots: lots.map(readNames) });
const spellIt = ({ labels }) => ({ labels: labels.map(spellNone) });

const TASKS = {
  learnIt,
  groupIt,
  spellIt,
  nameThem,
  drawNumbers,
  fitHead,
  trainHead,
  partThem,
  sortThem,
  groupThem,
  pairThem,
  checkThem,
  judgeThem,
  writeIt,
  readIt,
  packIt,
  learnFrom,
};

const read = (key, value) => (value?.floats ? floatsIn(value.floats) : value);
const question = JSON.parse(readFileSync(join(folder, "question.json"), "utf-8"), read);
writeFileSync(join(folder, "answer.json"), JSON.stringify(await TASKS[name](question)));
