// Pillow's resizing, with its very rounding: a browser's own gives other pixels, and now and then another answer.

const BITS = 22; // of Pillow's whole-numbered weights
const HALF = 2 ** (BITS - 1);
const BAND = 256; // rows read at a time, since phones allow small canvases only

/**
 * A picture whose rows are read when they are needed: `read(left, top, width, rows)` gives RGBA bytes.
 * @typedef {{width: number, height: number, read: (left: number, top: number, width: number, rows: number) =>
 *   Uint8ClampedArray | Uint8Array}} Picture
 */

// How `to` numbers are made of `from`: each averages those that it covers, what is near its middle the most.
function filterOf(from, to) {
  const scale = from / to;
  const reach = Math.max(scale, 1);
  return Array.from({ length: to }, (_, at) => {
    const center = (at + 0.5) * scale;
    const first = Math.max(Math.trunc(center - reach + 0.5), 0);
    const end = Math.min(Math.trunc(center + reach + 0.5), from);
    const weights = new Float64Array(end - first);
    for (let i = 0; i < weights.length; i += 1) {
      weights[i] = Math.max(1 - Math.abs((i + first - center + 0.5) * (1 / reach)), 0);
    }
    const sum = weights.reduce((one, other) => one + other);
    return { first, weights: Int32Array.from(weights, (weight) => Math.trunc((weight / sum) * 2 ** BITS + 0.5)) };
  });
}

// One row of RGBA becomes `filter.length` pixels of RGB, from `to` on.
function squeezeRow(pixels, start, filter, across, to) {
  for (const { first, weights } of filter) {
    let [red, green, blue] = [HALF, HALF, HALF];
    let from = start + first * 4;
    for (let i = 0; i < weights.length; i += 1, from += 4) {
      red += pixels[from] * weights[i];
      green += pixels[from + 1] * weights[i];
      blue += pixels[from + 2] * weights[i];
    }
    across[to] = red >> BITS;
    across[to + 1] = green >> BITS;
    across[to + 2] = blue >> BITS;
    to += 3;
  }
}

// Adds a row, weighted, to those that it helps to make. What is complete becomes bytes.
function squeezeColumns(across, filter, size) {
  const result = new Uint8Array(size * size * 3);
  const sums = new Int32Array(size * 3);
  filter.forEach(({ first, weights }, row) => {
    sums.fill(HALF);
    weights.forEach((weight, i) => {
      const from = (first + i) * sums.length;
      for (let at = 0; at < sums.length; at += 1) sums[at] += across[from + at] * weight;
    });
    for (let at = 0; at < sums.length; at += 1) result[row * sums.length + at] = sums[at] >> BITS;
  });
  return result;
}

/**
 * The square at the center, as in notebook 03.
 * @param {Picture} picture
 * @returns {Picture}
 */
export function cropPicture({ width, height, read }) {
  const side = Math.min(width, height);
  const left = Math.floor((width - side) / 2);
  const top = Math.floor((height - side) / 2);
  return { width: side, height: side, read: (x, y, wide, rows) => read(left + x, top + y, wide, rows) };
}

/**
 * Squeeze a picture to a square: first across, then down, rounded each time.
 * @param {Picture} picture
 * @param {number} size
 * @returns {Uint8Array} size x size x 3
 */
export function resizePicture({ width, height, read }, size) {
  const filter = filterOf(width, size);
  const across = new Uint8Array(height * size * 3);
  for (let top = 0; top < height; top += BAND) {
    const rows = Math.min(BAND, height - top);
    const pixels = read(0, top, width, rows);
    for (let row = 0; row < rows; row += 1) {
      squeezeRow(pixels, row * width * 4, filter, across, (top + row) * size * 3);
    }
  }
  return squeezeColumns(across, filterOf(height, size), size);
}
