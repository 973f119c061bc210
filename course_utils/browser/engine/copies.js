// Finds near-copies, which make an honest number dishonest: frames of a video, bursts, exports. As `find_copies` in
// Python does, by two looks at each picture, its colors in small, its name and folder, and its camera's clock.

import { NumpyRandom } from "./random.js";
import { findSessions, madeOfOne, numberedPairs, takenTogether } from "./sessions.js";

const NEAR_COPY = 0.9; // cosine of two near-copies, at least
const OFTEN_NEAR = 0.94; // of half of the pairs with consecutive numbers, where these tell the frames of a video
const NEAR_IN_TIME = 0.8; // of two photos that one camera took within seconds
const MOST_WRONG = 0.05; // of all labels; where more seem wrong, the classes look alike
const SAME_PICTURE = 0.9995; // of a picture and its exact copy
const TINY = 12; // pixels of a side of a tiny picture
const TINY_ALIKE = 0.88; // correlation of the tiny pictures of two near-copies, at least
const TINY_SHIFT = 2; // pixels by which one tiny picture is moved upon the other
const TINY_PLAIN = 3; // levels of 256: what varies less shows nothing, and is no near-copy of any other

/**
 * A picture, as far as near-copies go: `tiny` is it squeezed to 12 x 12 pixels, RGB from 0 to 255, 432 numbers.
 * @typedef {{
 *   path: string, label: string, tiny?: ArrayLike<number> | null, taken?: import("./sessions.js").Taken | null,
 * }} Seen
 */

/**
 * Pictures that tell the same twice, by their places: `groups` of near-copies, the largest first, and `sessions` of
 * pictures that lie in one folder inside a class. `together` are both. In the classes `alike`, pictures are too alike to
 * tell near-copies from different ones.
 * @typedef {{ groups: number[][], sessions: number[][], together: number[][], alike: string[] }} Copies
 */

/** @typedef {(i: number, j: number) => number} Cosine */

/** @type {Copies} */
export const NO_COPIES = { groups: [], sessions: [], together: [], alike: [] };

/**
 * Finds the pictures of each class that are nearly copies of one another.
 * @param {Seen[]} pictures
 * @param {Float32Array} numbers two looks at each picture, one after the other
 * @param {string[]} classes in the order of the classifier
 * @returns {Generator<undefined, Copies>}
 */
export function* findCopies(pictures, numbers, classes) {
  if (!pictures.length) return NO_COPIES;
  const cosine = yield* compareAll(numbers, pictures.length);
  const own = classes.map((name) => [...pictures.keys()].filter((i) => pictures[i].label === name));
  const limit = Math.max(NEAR_COPY, mostAlike(own, cosine, findOutvoted(own, cosine, pictures.length)));
  const [groups, sessions] = [/** @type {number[][]} */ ([]), /** @type {number[][]} */ ([])];
  const alike = [];
  for (const [number, name] of classes.entries()) {
    const places = own[number];
    const paths = places.map((i) => pictures[i].path);
    const days = findSessions(paths, name).map((day) => day.map((place) => places[place]));
    sessions.push(...days);
    const loose = places.filter((i) => !days.some((day) => day.includes(i)));
    const { made, looks } = yield* joinClass(loose, pictures, cosine, limit);
    if (hidesAll(looks) && !hidesAll(made)) alike.push(name);
    const found = membersOf(alike.includes(name) ? made : looks).filter((group) => group.length > 1);
    groups.push(...found.map((group) => group.map((place) => loose[place])));
  }
  groups.sort((one, other) => other.length - one.length);
  return { groups, sessions, together: [...groups, ...sessions], alike };
}

/**
 * The cosine of each two pictures: how alike they are to the network.
 * @param {Float32Array} numbers
 * @param {number} count
 * @returns {Generator<undefined, Cosine>}
 */
function* compareAll(numbers, count) {
  const size = numbers.length / count;
  if (!Number.isInteger(size))
    throw new Error(`got ${numbers.length} numbers for ${count} pictures; expected as many for each`);
  const table = new Float32Array(count * count);
  const rows = Array.from({ length: count }, (_, i) => unitOf(numbers.subarray(i * size, (i + 1) * size)));
  for (let i = 0; i < count; i += 1) {
    for (let j = 0; j <= i; j += 1) table[i * count + j] = table[j * count + i] = likeness(rows[i], rows[j]);
    yield;
  }
  return (i, j) => table[i * count + j];
}

/**
 * A row of length 1; a row of zeros stays.
 * @param {ArrayLike<number>} row
 */
function unitOf(row) {
  const values = Float64Array.from(row);
  const length = Math.max(Math.sqrt(likeness(values, values)), 1e-12);
  return values.map((value) => value / length);
}

/**
 * @param {Float64Array} one
 * @param {Float64Array} other
 */
function likeness(one, other) {
  let [a, b, i] = [0, 0, 0];
  for (; i + 1 < one.length; i += 2) {
    a += one[i] * other[i];
    b += one[i + 1] * other[i + 1];
  }
  return i < one.length ? a + b + one[i] * other[i] : a + b;
}

/**
 * The pictures with more near pictures of other classes than of their own, unless these are many.
 * @param {number[][]} own the pictures of each class
 * @param {Cosine} cosine
 * @param {number} count
 */
function findOutvoted(own, cosine, count) {
  const found = new Set();
  for (const [label, places] of own.entries()) {
    for (const i of places) {
      const votes = own.map((others) => others.filter((j) => cosine(i, j) > NEAR_COPY).length);
      const all = votes.reduce((sum, value) => sum + value, 0);
      if (all - votes[label] > votes[label] - 1) found.add(i); // its own vote does not count
    }
  }
  return found.size / count <= MOST_WRONG ? found : new Set();
}

/**
 * The highest cosine of two pictures of different classes, exact copies aside.
 * @param {number[][]} own
 * @param {Cosine} cosine
 * @param {Set<number>} wrong
 */
function mostAlike(own, cosine, wrong) {
  let highest = -1;
  const right = own.map((places) => places.filter((i) => !wrong.has(i)));
  for (const [number, places] of right.entries()) {
    for (const j of right.slice(number + 1).flat()) {
      for (const i of places) if (cosine(i, j) < SAME_PICTURE) highest = Math.max(highest, cosine(i, j));
    }
  }
  return highest;
}

/**
 * The group of each picture of a class: by its name alone, and by what it looks like as well.
 * @param {number[]} places
 * @param {Seen[]} pictures
 * @param {Cosine} cosine
 * @param {number} limit
 */
function* joinClass(places, pictures, cosine, limit) {
  const paths = places.map((i) => pictures[i].path);
  const made = [...places.keys()];
  for (const several of madeOfOne(paths)) mergeGroups(made, several);
  const looks = [...made];
  const near = (/** @type {number} */ a, /** @type {number} */ b) => cosine(places[a], places[b]);
  const tiny = places.map((i) => colorsOf(pictures[i].tiny));
  for (let a = 0; a < places.length; a += 1) {
    for (let b = a + 1; b < places.length; b += 1) {
      if (looks[a] === looks[b] || !(near(a, b) > limit)) continue;
      if (bestAligned(tiny[a], tiny[b]) > TINY_ALIKE) mergeGroups(looks, [a, b]);
    }
    yield;
  }
  for (const pair of takenTogether(places.map((i) => pictures[i].taken))) {
    if (near(...pair) > NEAR_IN_TIME) mergeGroups(looks, pair);
  }
  for (const pair of limit > NEAR_COPY ? framesInOrder(numberedPairs(paths), places.length, near) : []) {
    if (near(...pair) > NEAR_COPY) mergeGroups(looks, pair);
  }
  return { made, looks };
}

/**
 * The colors of a tiny picture; nothing if it is plain, or unknown.
 * @param {ArrayLike<number> | null} [tiny]
 */
function colorsOf(tiny) {
  if (!tiny) return null;
  const deviations = [0, 1, 2].map((channel) => {
    const values = Array.from(tiny).filter((_, i) => i % 3 === channel);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
  });
  return Math.max(...deviations) < TINY_PLAIN ? null : tiny;
}

/**
 * The correlation of two tiny pictures, moved upon one another as fits best.
 * @param {ArrayLike<number> | null} first
 * @param {ArrayLike<number> | null} second
 */
function bestAligned(first, second) {
  let best = 0;
  if (!first || !second) return best;
  for (let down = -TINY_SHIFT; down <= TINY_SHIFT; down += 1) {
    for (let right = -TINY_SHIFT; right <= TINY_SHIFT; right += 1) {
      best = Math.max(best, likeness(cutOut(first, down, right), cutOut(second, -down, -right)));
    }
  }
  return best;
}

/**
 * The part of a tiny picture that stays when it is moved, less its mean, with length 1.
 * @param {ArrayLike<number>} tiny
 * @param {number} down
 * @param {number} right
 */
function cutOut(tiny, down, right) {
  const values = [];
  for (let y = Math.max(0, down); y < TINY + Math.min(0, down); y += 1) {
    for (let x = Math.max(0, right); x < TINY + Math.min(0, right); x += 1) {
      for (let channel = 0; channel < 3; channel += 1) values.push(tiny[(y * TINY + x) * 3 + channel]);
    }
  }
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return unitOf(values.map((value) => value - mean));
}

/**
 * The pairs with consecutive numbers, if these tell anything: they are near twice as often as pairs of the class by
 * chance.
 * @param {[number, number][]} pairs
 * @param {number} count
 * @param {Cosine} near
 */
function framesInOrder(pairs, count, near) {
  if (!pairs.length) return [];
  const rng = new NumpyRandom(0);
  const [one, other] = [0, 1].map(() => Array.from({ length: 2000 }, () => rng.integers(count)));
  const usual = one.flatMap((a, i) => (a === other[i] ? [] : [near(a, other[i])]));
  const found = pairs.map((pair) => near(...pair));
  const share = (/** @type {number[]} */ list) => list.filter((value) => value > NEAR_COPY).length / list.length;
  return medianOf(found) > OFTEN_NEAR && share(found) >= 2 * share(usual) ? pairs : [];
}

/** @param {number[]} values */
function medianOf(values) {
  const sorted = values.toSorted((one, other) => one - other);
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
}

/**
 * Makes one group of those that these pictures are in.
 * @param {number[]} groups changed
 * @param {number[]} places
 */
function mergeGroups(groups, places) {
  const joined = new Set(places.map((place) => groups[place]));
  const first = Math.min(...joined);
  groups.forEach((group, i) => {
    if (joined.has(group)) groups[i] = first;
  });
}

/**
 * The members of each group.
 * @param {number[]} groups
 */
function membersOf(groups) {
  /** @type {number[][]} */
  const members = groups.map(() => []);
  groups.forEach((group, place) => members[group].push(place));
  return members.filter((group) => group.length);
}

/**
 * Whether one group holds more than half of a class, and fewer than half of the rest are in others.
 * @param {number[]} groups
 */
function hidesAll(groups) {
  const [most = 0, ...others] = membersOf(groups)
    .map((group) => group.length)
    .sort((one, other) => other - one);
  const sum = (/** @type {number[]} */ sizes) => sizes.reduce((all, size) => all + size, 0);
  return groups.length > 1 && most > groups.length / 2 && sum(others.filter((size) => size > 1)) <= sum(others) / 2;
}
