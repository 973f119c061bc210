// Learns from pictures how unlike them another must be to be none of these, as `fit_known` in Python does.

import { NEIGHBORS, NONE_OF_THESE, SEEN_NUMBERS, dot, lengthOf, mean } from "./known.js";
import { middleOf } from "./looks.js";
import { compareNames, compareTexts } from "./sessions.js";

const SEEN_SHARE = 0.95; // of the pictures that were learned from, each left out of the others, that stay known
const MOST_EXAMPLES = 384; // pictures that are kept
const FEWEST_EXAMPLES = 4; // pictures, to tell how like each other they are
const STRETCHES = 5; // of a class whose pictures are too alike to tell near-copies

/** @typedef {import("./known.js").Known} Known */

/**
 * Learns from pictures how unlike them a picture must be to be none of these; null, where there are too few to tell.
 * @param {ArrayLike<number>[]} middles 256 numbers of each picture
 * @param {string[]} labels
 * @param {string[]} groups which pictures are near-copies: those of one group have the same name
 * @returns {Known | null}
 */
export function fitKnown(middles, labels, groups) {
  const rows = spread(labels);
  const kept = rows.map((row) => toBytes(middles[row]));
  const lengths = kept.map(lengthOf);
  const scores = rows.flatMap((row) => {
    const others = [...kept.keys()].filter((place) => groups[rows[place]] !== groups[row]);
    const cosines = others.map((place) => dot(middles[row], kept[place]) / (lengths[place] * lengthOf(middles[row])));
    return cosines.length ? [mean(largest(cosines))] : [];
  });
  if (scores.length < FEWEST_EXAMPLES) return null;
  const examples = new Uint8Array(SEEN_NUMBERS * rows.length);
  kept.forEach((bytes, place) => examples.set(bytes, SEEN_NUMBERS * place));
  return { examples, labels: rows.map((row) => labels[row]), threshold: quantile(scores, 1 - SEEN_SHARE), rows };
}

/**
 * The group of each picture: that of its near-copies, or its own. Where a class is too alike to tell, what follows one
 * another by name makes a group: a fifth of the class.
 * @param {{ path: string, label: string }[]} pictures all of them
 * @param {number[]} places of those that are asked for
 * @param {import("./copies.js").Copies} copies
 */
export function copyGroups(pictures, places, { together, alike }) {
  const named = new Map(together.flatMap((group, number) => group.map((place) => [place, `${number}`])));
  for (const name of alike) {
    const own = places.filter((place) => pictures[place].label === name);
    own.sort((one, other) => compareNames(pictures[one].path, pictures[other].path));
    own.forEach((place, at) => named.set(place, `${name} ${Math.floor((at * STRETCHES) / own.length)}`));
  }
  return places.map((place) => named.get(place) ?? pictures[place].path);
}

/**
 * Learns from what the network saw of pictures, one after the other.
 * @param {{ path: string, label: string }[]} pictures all of them
 * @param {number[]} places of those that were learned from
 * @param {Float32Array} seen of each of these
 * @param {import("./copies.js").Copies} copies
 */
export function learnKnown(pictures, places, seen, copies) {
  const size = seen.length / Math.max(places.length, 1);
  const middles = places.map((_, at) => middleOf(seen.subarray(at * size, (at + 1) * size)));
  const labels = places.map((place) => pictures[place].label);
  return fitKnown(middles, labels, copyGroups(pictures, places, copies));
}

// As many pictures of each class as fit, evenly spread among its own; by class, in order.
function spread(labels) {
  const classes = [...new Set(labels)].filter((name) => name !== NONE_OF_THESE).sort(compareTexts);
  const room = Math.max(1, Math.floor(MOST_EXAMPLES / Math.max(classes.length, 1)));
  return classes.flatMap((name) => {
    const own = [...labels.keys()].filter((row) => labels[row] === name);
    const count = Math.min(room, own.length);
    return Array.from({ length: count }, (_, place) => own[Math.floor((place * own.length) / count)]);
  });
}

// Numbers as bytes, the largest as 255: a cosine asks for directions only. Halves go to the even byte, as in NumPy.
function toBytes(numbers) {
  const most = Math.fround(Math.max(...Array.from(numbers), 1e-12));
  return Uint8Array.from(numbers, (number) => {
    const scaled = Math.fround(Math.fround(number / most) * 255);
    const down = Math.floor(scaled);
    return scaled - down === 0.5 ? down + (down % 2) : Math.round(scaled);
  });
}

const largest = (numbers) => numbers.toSorted((one, other) => other - one).slice(0, NEIGHBORS);

// The value that a share of the numbers is below, between two of them in proportion.
function quantile(numbers, share) {
  const sorted = numbers.toSorted((one, other) => one - other);
  const at = share * (sorted.length - 1);
  const [low, high] = [sorted[Math.floor(at)], sorted[Math.ceil(at)]];
  return low + (high - low) * (at - Math.floor(at));
}
