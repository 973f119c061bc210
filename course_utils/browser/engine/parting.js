// Parts pictures into those to learn from and those to judge by, near-copies on one side: as Python does, so that the
// same seed holds back the same pictures.

import { PythonRandom } from "./random.js";
import { compareNames, comparePaths, compareTexts, onlySession } from "./sessions.js";

/**
 * A picture: its path, as `cat/burst-1/frame-001.jpg`, its class, and whether it is only to judge by.
 * @typedef {{ path: string, label: string, part?: "training" | "validation" }} Labeled
 */

/**
 * Where the pictures stand that are learned from, and those that are judged by, in the order that Python has them in.
 * `shared` are those that were brought to judge by and left out, since they have near-copies among the others. Of the
 * classes in `oneGroup`, no picture was held back, since all are one group of near-copies. The pictures of the classes
 * in `oneFolder` lie in one folder each: they may have been taken together, and the accuracy be too high.
 * @typedef {{
 *   training: number[], validation: number[], shared: number[],
 *   oneGroup: string[], oneFolder: { label: string, folder: string }[],
 * }} Parted
 */

/** @param {Labeled} picture */
const learnedFrom = ({ part = "training" }) => part === "training";

/**
 * The classes of pictures, sorted.
 * @param {Labeled[]} pictures
 */
export const classesOf = (pictures) => [...new Set(pictures.map(({ label }) => label))].sort(compareTexts);

/**
 * Parts pictures.
 * @param {Labeled[]} pictures
 * @param {{ together?: number[][], alike?: string[] }} [copies] from `findCopies`: what belongs on one side, and classes
 *   whose pictures are too alike to tell
 * @param {number} [seed]
 * @returns {Parted}
 */
export function partPictures(pictures, { together = [], alike = [] } = {}, seed = 7) {
  const sorted = inOrder(pictures);
  const training = sorted.filter((i) => learnedFrom(pictures[i]));
  const validation = sorted.filter((i) => pictures[i].part === "validation");
  if (validation.length) {
    const learned = new Set(training);
    const leaked = new Set(together.filter((group) => group.some((i) => learned.has(i))).flat());
    const shared = validation.filter((i) => leaked.has(i));
    return { training, validation: validation.filter((i) => !leaked.has(i)), shared, oneGroup: [], oneFolder: [] };
  }
  const held = new Set(holdBack(pictures, { seed, groups: together, inOrder: alike }));
  const parted = {
    training: sortedByPath(
      training.filter((i) => !held.has(i)),
      pictures,
    ),
    validation: sortedByPath([...held], pictures),
  };
  return { ...parted, shared: [], ...tellAlike(pictures, training, held) };
}

/**
 * The places of the pictures that are held back to judge by.
 * @param {Labeled[]} pictures
 * @param {{ share?: number, seed?: number, groups?: number[][], inOrder?: string[] }} [options] `share`: how much of
 *   each class, at least one picture, but never the last. `groups` are held back whole or not at all. Of the classes
 *   `inOrder`, the last pictures by name are held back.
 * @returns {number[]}
 */
export function holdBack(pictures, { share = 0.2, seed = 7, groups = [], inOrder: lastOf = [] } = {}) {
  const rng = new PythonRandom(seed);
  const groupOf = new Map(groups.flatMap((group, number) => group.map((i) => [i, `group ${number}`])));
  const sorted = inOrder(pictures).filter((i) => learnedFrom(pictures[i]));
  return classesOf(pictures).flatMap((name) => {
    /** @type {Map<string, number[]>} */
    const own = new Map();
    for (const i of sorted.filter((place) => pictures[place].label === name)) {
      const group = groupOf.get(i) ?? `alone ${i}`;
      own.set(group, [...(own.get(group) ?? []), i]);
    }
    const parts = [...own.values()];
    const last = (/** @type {number[]} */ part) =>
      part
        .map((i) => pictures[i].path)
        .sort(compareNames)
        .at(-1) ?? "";
    if (lastOf.includes(name)) parts.sort((one, other) => compareNames(last(other), last(one)));
    else rng.shuffle(parts);
    return takeShare(parts, share).flat();
  });
}

/**
 * The first parts that together come near a share of all pictures: one at least, and not all.
 * @param {number[][]} parts
 * @param {number} share
 * @returns {number[][]}
 */
function takeShare(parts, share) {
  const count = parts.flat().length;
  const wanted = Math.min(Math.max(1, roundHalfToEven(count * share)), count - 1);
  const taken = [];
  let held = 0;
  for (const part of parts) {
    const nearer = Math.abs(held + part.length - wanted) < Math.abs(held - wanted);
    if (taken.length === parts.length - 1 || !nearer) continue;
    taken.push(part);
    held += part.length;
  }
  if (taken.length || parts.length < 2) return taken;
  return [parts.reduce((smallest, part) => (part.length < smallest.length ? part : smallest))];
}

/**
 * Rounds as Python does.
 * @param {number} value
 */
export function roundHalfToEven(value) {
  const floor = Math.floor(value);
  if (value - floor !== 0.5) return Math.round(value);
  return floor % 2 ? floor + 1 : floor;
}

/**
 * The places of pictures, sorted by class, then by path as a text: as the trainer's session has them.
 * @param {Labeled[]} pictures
 */
function inOrder(pictures) {
  return [...pictures.keys()].sort(
    (i, j) => compareTexts(pictures[i].label, pictures[j].label) || compareTexts(pictures[i].path, pictures[j].path),
  );
}

/**
 * Sorts places by class, then by path, folder by folder: as pictures are after some were held back.
 * @param {number[]} places
 * @param {Labeled[]} pictures
 */
function sortedByPath(places, pictures) {
  return places.sort(
    (i, j) => compareTexts(pictures[i].label, pictures[j].label) || comparePaths(pictures[i].path, pictures[j].path),
  );
}

/**
 * What is to be said of classes whose pictures may all be alike.
 * @param {Labeled[]} pictures
 * @param {number[]} all places of those that some were held back of
 * @param {Set<number>} held
 */
function tellAlike(pictures, all, held) {
  const [oneGroup, oneFolder] = [/** @type {string[]} */ ([]), /** @type {{ label: string, folder: string }[]} */ ([])];
  for (const label of classesOf(pictures)) {
    const own = all.filter((i) => pictures[i].label === label);
    const folder = onlySession(
      own.map((i) => pictures[i].path),
      label,
    );
    if (own.length > 1 && !own.some((i) => held.has(i))) oneGroup.push(label);
    else if (folder) oneFolder.push({ label, folder });
  }
  return { oneGroup, oneFolder };
}
