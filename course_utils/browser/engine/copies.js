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

/**
 * Two pictures that look alike to the network, by their places.
 * @typedef {{ i: number, j: number, cosine: number }} NearPair
 */

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
  const rows = rowsOf(numbers, pictures.length);
  const pairs = yield* findNear(rows);
  const limit = limitOf(pictures, pairs);
  const [groups, sessions] = [/** @type {number[][]} */ ([]), /** @type {number[][]} */ ([])];
  const alike = [];
  for (const name of classes) {
    const places = [...pictures.keys()].filter((i) => pictures[i].label === name);
    const paths = places.map((i) => pictures[i].path);
    const days = findSessions(paths, name).map((day) => day.map((place) => places[place]));
    sessions.push(...days);
    const apart = new Set(days.flat());
    const loose = places.filter((i) => !apart.has(i));
    const { made, looks } = yield* joinClass(loose, pictures, rows, pairs, limit);
    if (hidesAll(looks) && !hidesAll(made)) alike.push(name);
    const found = membersOf(alike.includes(name) ? made : looks).filter((group) => group.length > 1);
    groups.push(...found.map((group) => group.map((place) => loose[place])));
  }
  groups.sort((one, other) => other.length - one.length);
  return { groups, sessions, together: [...groups, ...sessions], alike };
}

/**
 * The numbers of each picture, as a row of length 1.
 * @param {Float32Array} numbers
 * @param {number} count
 */
function rowsOf(numbers, count) {
  const size = numbers.length / count;
  if (!Number.isInteger(size)) {
    throw new Error(`got ${numbers.length} numbers for ${count} pictures; expected as many for each`);
  }
  return Array.from({ length: count }, (_, i) => unitOf(numbers.subarray(i * size, (i + 1) * size)));
}

/**
 * All pairs of pictures that look alike.
 * @param {Float32Array[]} rows
 */
function* findNear(rows) {
  /** @type {NearPair[]} */
  const pairs = [];
  for (let i = 0; i < rows.length; i += 1) {
    for (let j = i + 1; j < rows.length; j += 1) {
      const cosine = likeness(rows[i], rows[j]);
      if (cosine > NEAR_COPY) pairs.push({ i, j, cosine });
    }
    yield;
  }
  return pairs;
}

/**
 * A row of length 1; a row of zeros stays.
 * @param {Float32Array} row
 */
function unitOf(row) {
  const length = Math.max(Math.sqrt(likeness(row, row)), 1e-12);
  return row.map((value) => value / length);
}

/**
 * The sum of the products of two rows: of rows of length 1, their cosine.
 * @param {Float32Array} one
 * @param {Float32Array} other
 */
function likeness(one, other) {
  let [a, b, c, d, i] = [0, 0, 0, 0, 0];
  for (; i + 3 < one.length; i += 4) {
    a += one[i] * other[i];
    b += one[i + 1] * other[i + 1];
    c += one[i + 2] * other[i + 2];
    d += one[i + 3] * other[i + 3];
  }
  for (; i < one.length; i += 1) a += one[i] * other[i];
  return a + b + c + d;
}

/**
 * The cosine that near-copies exceed: more than any two pictures of different classes have, exact copies and those with
 * a wrong label aside.
 * @param {Seen[]} pictures
 * @param {NearPair[]} pairs
 */
function limitOf(pictures, pairs) {
  const wrong = findOutvoted(pictures, pairs);
  const between = pairs.filter(({ i, j, cosine }) => {
    const labels = pictures[i].label !== pictures[j].label;
    return labels && cosine < SAME_PICTURE && !wrong.has(i) && !wrong.has(j);
  });
  return between.reduce((most, { cosine }) => Math.max(most, cosine), NEAR_COPY);
}

/**
 * The pictures with more near pictures of other classes than of their own, unless these are many.
 * @param {Seen[]} pictures
 * @param {NearPair[]} pairs
 */
function findOutvoted(pictures, pairs) {
  const votes = pictures.map(() => 0);
  for (const { i, j } of pairs) {
    const vote = pictures[i].label === pictures[j].label ? -1 : 1;
    votes[i] += vote;
    votes[j] += vote;
  }
  const found = new Set([...votes.keys()].filter((i) => votes[i] > 0));
  return found.size / pictures.length <= MOST_WRONG ? found : new Set();
}

/**
 * The group of each picture of a class: by its name alone, and by what it looks like as well.
 * @param {number[]} places
 * @param {Seen[]} pictures
 * @param {Float32Array[]} rows
 * @param {NearPair[]} pairs
 * @param {number} limit
 */
function* joinClass(places, pictures, rows, pairs, limit) {
  const paths = places.map((i) => pictures[i].path);
  const made = [...places.keys()];
  for (const several of madeOfOne(paths)) mergeGroups(made, several);
  const looks = [...made];
  const placeOf = new Map(places.map((i, place) => [i, place]));
  for (const { i, j, cosine } of pairs) {
    const [a, b] = [placeOf.get(i), placeOf.get(j)];
    if (a === undefined || b === undefined || cosine <= limit || looks[a] === looks[b]) continue;
    if (bestAligned(colorsOf(pictures[i].tiny), colorsOf(pictures[j].tiny)) > TINY_ALIKE) mergeGroups(looks, [a, b]);
    yield;
  }
  const near = (/** @type {number} */ a, /** @type {number} */ b) => likeness(rows[places[a]], rows[places[b]]);
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
  return unitOf(Float32Array.from(values, (value) => value - mean));
}

/**
 * The pairs with consecutive numbers, if these tell anything: they are near twice as often as pairs of the class by
 * chance.
 * @param {[number, number][]} pairs
 * @param {number} count
 * @param {(a: number, b: number) => number} near
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
