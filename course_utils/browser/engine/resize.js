// Pillow's resizing, with its very rounding: a browser's own gives other pixels, and now and then another answer.

const BITS = 22; // of Pillow's whole-numbered weights
const HALF = 2 ** (BITS - 1);
const BAND = 256; // rows read at a time, since phones allow small canvases only

/**
 * A picture whose rows are read when they are needed: `read(left, top, width, rows)` gives RGBA bytes.
 * @typedef {{width: number, height: number, read: (left: number, top: number, width: number, rows: number) =>
 *   Uint8ClampedArray | Uint8Array, isJpeg?: boolean}} Picture
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

// Weighs what is side by side: a row, from `start` on, `step` bytes for a pixel, becomes `filter.length` pixels of RGB.
function weighAcross(pixels, start, step, filter, result, to) {
  for (const { first, weights } of filter) {
    let [red, green, blue] = [HALF, HALF, HALF];
    let from = start + first * step;
    for (let i = 0; i < weights.length; i += 1, from += step) {
      red += pixels[from] * weights[i];
      green += pixels[from + 1] * weights[i];
      blue += pixels[from + 2] * weights[i];
    }
    result[to] = red >> BITS;
    result[to + 1] = green >> BITS;
    result[to + 2] = blue >> BITS;
    to += 3;
  }
}

// Weighs what is one below the other: several rows, from `start` on, become one.
function weighDown(pixels, start, step, width, weights, result, to) {
  for (let column = 0; column < width; column += 1) {
    for (let color = 0; color < 3; color += 1) {
      let sum = HALF;
      for (let i = 0; i < weights.length; i += 1)
        sum += pixels[start + (i * width + column) * step + color] * weights[i];
      result[to + column * 3 + color] = sum >> BITS;
    }
  }
}

function acrossThenDown({ width, height, read }, size) {
  const filter = filterOf(width, size);
  const across = new Uint8Array(height * size * 3);
  for (let top = 0; top < height; top += BAND) {
    const rows = Math.min(BAND, height - top);
    const pixels = read(0, top, width, rows);
    for (let row = 0; row < rows; row += 1) {
      weighAcross(pixels, row * width * 4, 4, filter, across, (top + row) * size * 3);
    }
  }
  const result = new Uint8Array(size * size * 3);
  filterOf(height, size).forEach(({ first, weights }, row) => {
    weighDown(across, first * size * 3, 3, size, weights, result, row * size * 3);
  });
  return result;
}

function downThenAcross({ width, height, read }, size) {
  const filter = filterOf(width, size);
  const down = new Uint8Array(width * 3);
  const result = new Uint8Array(size * size * 3);
  filterOf(height, size).forEach(({ first, weights }, row) => {
    weighDown(read(0, first, width, weights.length), 0, 4, width, weights, down, 0);
    weighAcross(down, 0, 3, filter, result, row * size * 3);
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

// Averages blocks of pixels, in rows that were read together; at the edges, of those that are there.
function averageBlocks(pixels, width, rows, factor, result, to) {
  for (let top = 0; top < rows; top += factor) {
    for (let left = 0; left < width; left += factor, to += 4) {
      const [high, wide] = [Math.min(factor, rows - top), Math.min(factor, width - left)];
      for (let color = 0; color < 3; color += 1) {
        let sum = (high * wide) >> 1;
        for (let row = top; row < top + high; row += 1) {
          const start = (row * width + left) * 4 + color;
          for (let at = start; at < start + wide * 4; at += 4) sum += pixels[at];
        }
        result[to + color] = Math.floor(sum / (high * wide));
      }
    }
  }
}

/**
 * A picture at a half, a quarter or an eighth of its size, each pixel the average of a block. Python's decoder gives large
 * JPEG files at such a size; a browser's gives all pixels, so that this comes nearest, and saves time.
 * @param {Picture} picture
 * @param {number} factor 1, 2, 4 or 8
 * @returns {Picture}
 */
export function reducePicture(picture, factor) {
  if (factor === 1) return picture;
  const [width, height] = [picture.width, picture.height].map((side) => Math.ceil(side / factor));
  const reduced = new Uint8Array(width * height * 4);
  for (let top = 0; top < picture.height; top += BAND) {
    const rows = Math.min(BAND, picture.height - top);
    const pixels = picture.read(0, top, picture.width, rows);
    averageBlocks(pixels, picture.width, rows, factor, reduced, (top / factor) * width * 4);
  }
  function read(left, top, wide, rows) {
    const part = new Uint8Array(wide * rows * 4);
    for (let row = 0; row < rows; row += 1) {
      const from = ((top + row) * width + left) * 4;
      part.set(reduced.subarray(from, from + wide * 4), row * wide * 4);
    }
    return part;
  }
  return { width, height, read };
}

/**
 * Squeeze a picture to a square. Since Pillow 13, what loses much more of its height than of its width is squeezed down
 * first; each pass is rounded, so that the order tells.
 * @param {Picture} picture
 * @param {number} size
 * @returns {Uint8Array} size x size x 3
 */
export function resizePicture(picture, size) {
  const lost = picture.height - size;
  const downFirst = lost > 0 && lost > 2 * (picture.width - size);
  return downFirst ? downThenAcross(picture, size) : acrossThenDown(picture, size);
}
