// Is a picture like any that was learned from? Its three nearest neighbors tell, as `Known` in Python does.

export const NONE_OF_THESE = "none of these";
export const NEIGHBORS = 3;
export const SEEN_NUMBERS = 256; // of each: what the network sees in its middle square

/**
 * Pictures that were learned from: 256 bytes of each, one after the other, the largest of them 255; their classes; and
 * how like its nearest three a picture has to be. `rows` says which of the pictures they are.
 * @typedef {{ examples: Uint8Array, labels: string[], threshold: number, rows?: number[] }} Known
 */

/** @typedef {{ similarity: number, known: boolean, nearest: number[] }} Near how like the examples a picture is */

/**
 * How like the examples a picture is, and which three are nearest, the most alike first.
 * @param {Known} known
 * @param {ArrayLike<number>} middle 256 numbers
 * @returns {Near}
 */
export function askKnown({ examples, labels, threshold }, middle) {
  const length = lengthOf(middle);
  const cosines = labels.map((_, place) => {
    const own = examples.subarray(SEEN_NUMBERS * place, SEEN_NUMBERS * (place + 1));
    return dot(middle, own) / Math.max(length * lengthOf(own), 1e-12);
  });
  const nearest = [...cosines.keys()].sort((one, other) => cosines[other] - cosines[one]).slice(0, NEIGHBORS);
  const similarity = mean(nearest.map((place) => cosines[place]));
  return { similarity, known: similarity >= threshold, nearest };
}

// How many examples each class has, in their order.
export const countExamples = ({ labels }, classes) =>
  classes.map((name) => labels.filter((label) => label === name).length);

// The label of pictures of no class, written in one way.
export function spellNone(label) {
  const plain = label.replace(/[_-]/g, " ").split(/\s+/).filter(Boolean).join(" ").toLowerCase();
  return plain === NONE_OF_THESE ? NONE_OF_THESE : label;
}

export function dot(one, other) {
  let sum = 0;
  for (let place = 0; place < one.length; place += 1) sum += one[place] * other[place];
  return sum;
}

export const lengthOf = (numbers) => Math.sqrt(dot(numbers, numbers));
export const mean = (numbers) => numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
