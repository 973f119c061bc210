// What is known of a picture: one look at its middle square, as in the article, or two, for a linear head.

import { cropPicture, reducePicture, resizePicture } from "./resize.js";

const MIDDLE = 224; // pixels of a side
const WHOLE = 288;
const CHANNELS = 256;

/** @type {Record<number, string>} */
export const PREPARED = {
  1: "center square, 224 x 224, sRGB from -1 to 1",
  2: "center square at 224, pooled, beside the whole picture at 288 x 288, in quarters; sRGB from -1 to 1",
};

// From whole numbers to -1 to 1. A plain loop: `from` with a function takes longer than the network.
function scaled(bytes) {
  const numbers = new Float32Array(bytes.length);
  for (let place = 0; place < bytes.length; place += 1) numbers[place] = Math.fround(bytes[place] / 127.5) - 1;
  return numbers;
}

// The average of each channel in a part of the features.
function average(features, side, top, left, rows, columns) {
  const sums = new Float64Array(CHANNELS);
  for (let row = top; row < top + rows; row += 1) {
    for (let column = left; column < left + columns; column += 1) {
      const from = (row * side + column) * CHANNELS;
      for (let channel = 0; channel < CHANNELS; channel += 1) sums[channel] += features[from + channel];
    }
  }
  return sums.map((sum) => sum / (rows * columns));
}

const pool = (features, side) => average(features, side, 0, 0, side, side);

// The average of each quarter. Where a side is odd, they share the row or column in the middle.
function quarters(features, side) {
  const half = Math.ceil(side / 2);
  const starts = [0, side - half];
  return starts.flatMap((top) => starts.flatMap((left) => [...average(features, side, top, left, half, half)]));
}

// Scaled to length 1.
function unit(numbers) {
  const length = Math.max(Math.hypot(...numbers), 1e-12);
  return Array.from(numbers, (value) => value / length);
}

/**
 * By how much Python's decoder reduces a JPEG file, so that twice as many pixels are left as a look needs.
 * @param {import("./resize.js").Picture} picture
 * @param {1 | 2} looks
 */
function factorFor({ width, height, isJpeg }, looks) {
  const most = Math.floor(Math.min(width, height) / (2 * (looks === 2 ? WHOLE : MIDDLE)));
  return isJpeg ? ([8, 4, 2].find((factor) => factor <= most) ?? 1) : 1;
}

/**
 * The squares that the network sees.
 * @param {import("./resize.js").Picture} picture
 * @param {1 | 2} looks
 * @returns {{middle: Uint8Array, whole: Uint8Array | null}} 224 x 224 x 3 and 288 x 288 x 3
 */
export function squaresOf(picture, looks) {
  const enough = reducePicture(picture, factorFor(picture, looks));
  const middle = resizePicture(cropPicture(enough), MIDDLE);
  return { middle, whole: looks === 2 ? resizePicture(enough, WHOLE) : null };
}

/**
 * What the network sees in the middle square, wherever it is among what it saw: the average over all places, of length 1.
 * @param {Float32Array} seen from `look`
 */
export function middleOf(seen) {
  return Float32Array.from(unit(seen.length === 5 * CHANNELS ? seen.subarray(4 * CHANNELS) : pool(seen, MIDDLE / 32)));
}

/**
 * What the network sees of a picture.
 * @param {{middle: Uint8Array, whole: Uint8Array | null}} squares
 * @param {(pixels: Float32Array, side: number) => Float32Array} run the network
 * @returns {Float32Array} 7 x 7 x 256 numbers for one look; for two 1280, of length 1
 */
export function look({ middle, whole }, run) {
  const features = run(scaled(middle), MIDDLE);
  if (!whole) return features;
  const parts = quarters(run(scaled(whole), WHOLE), WHOLE / 32);
  return Float32Array.from(unit([...unit(parts), ...unit(pool(features, MIDDLE / 32))]));
}
