// The cut MobileNet in plain JavaScript: 27 layers, each of them multiplications and sums, then a limit.
// A picture is one long list: its pixels row after row, and for each pixel its channels.

/**
 * A layer, with its batch normalization folded in.
 * @typedef {object} Layer
 * @property {string} name
 * @property {"conv" | "depthwise" | "pointwise"} kind
 * @property {number} stride 2 halves each side
 * @property {number} inputs channels of a pixel before
 * @property {number} outputs channels of a pixel after
 * @property {Float32Array} kernel window rows, window columns, inputs (unless depthwise), outputs
 * @property {Float32Array} bias
 */

// Each output channel is a sum of all input channels.
// `at` says which pixel of the window this is.
function mixChannels(x, from, { inputs, outputs, kernel }, at, y, to) {
  for (let i = 0; i < inputs; i += 1) {
    const value = x[from + i];
    const row = (at * inputs + i) * outputs;
    for (let o = 0; o < outputs; o += 1) y[to + o] += value * kernel[row + o];
  }
}

// Each output channel reads its own input channel only.
function weighChannels(x, from, { outputs, kernel }, at, y, to) {
  for (let o = 0; o < outputs; o += 1) y[to + o] += x[from + o] * kernel[at * outputs + o];
}

// ReLU6: nothing below 0, nothing above 6.
function limit(y, from, end) {
  for (let at = from; at < end; at += 1) y[at] = Math.min(Math.max(y[at], 0), 6);
}

function runLayer(x, side, layer) {
  const { kind, stride, inputs, outputs, bias } = layer;
  const size = kind === "pointwise" ? 1 : 3; // of the window
  // zeros at the top and left: with stride 2, Keras has none there
  const before = size - 1 - Math.min(stride, size - 1);
  const weigh = kind === "depthwise" ? weighChannels : mixChannels;
  const after = side / stride;
  const y = new Float32Array(after * after * outputs);
  for (let row = 0; row < after; row += 1) {
    for (let column = 0; column < after; column += 1) {
      const to = (row * after + column) * outputs;
      y.set(bias, to);
      for (let at = 0; at < size * size; at += 1) {
        const r = row * stride + Math.floor(at / size) - before;
        const c = column * stride + (at % size) - before;
        // outside of the picture, there are zeros
        if (r < 0 || r >= side || c < 0 || c >= side) continue;
        weigh(x, (r * side + c) * inputs, layer, at, y, to);
      }
      limit(y, to, to + outputs);
    }
  }
  return y;
}

/**
 * Turn a picture into features.
 * @param {Layer[]} layers
 * @param {Float32Array} pixels side x side x 3, from -1 to 1; the side a multiple of 32
 * @param {number} side
 * @returns {Float32Array} side / 32 x side / 32 x 256, from 0 to 6
 */
export function runNetwork(layers, pixels, side) {
  let x = pixels;
  for (const layer of layers) {
    x = runLayer(x, side, layer);
    side /= layer.stride;
  }
  return x;
}
