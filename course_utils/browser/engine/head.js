// The head: dense layers, and at the end probabilities.

/**
 * @typedef {object} Dense
 * @property {number} inputs
 * @property {number} outputs
 * @property {Float32Array} kernel inputs x outputs
 * @property {Float32Array} bias
 * @property {"linear" | "relu" | "softmax"} activation
 */

// Each output is a sum of all inputs, each with a weight of its own.
function runDense(x, { outputs, kernel, bias }) {
  const y = Float64Array.from(bias);
  for (let i = 0; i < x.length; i += 1) {
    if (x[i] === 0) continue; // after a ReLU, many are
    for (let o = 0; o < outputs; o += 1) y[o] += x[i] * kernel[i * outputs + o];
  }
  return y;
}

// Scores become probabilities: all above 0, and 1 together. The largest score is taken off, so that no power is too large.
export function softmax(scores) {
  const largest = scores.reduce((one, other) => Math.max(one, other));
  const powers = scores.map((score) => Math.exp(score - largest));
  const sum = powers.reduce((one, other) => one + other);
  return powers.map((power) => power / sum);
}

const ACTIVATIONS = { linear: (x) => x, relu: (x) => x.map((value) => Math.max(value, 0)), softmax };

/**
 * Say how probable each class is.
 * @param {Dense[]} head
 * @param {Float32Array} numbers what was seen of a picture
 * @returns {Float64Array} a probability for each class
 */
export function runHead(head, numbers) {
  return head.reduce((x, layer) => ACTIVATIONS[layer.activation](runDense(x, layer)), /** @type {any} */ (numbers));
}
