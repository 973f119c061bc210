// The network in WebAssembly, for speed: the same sums as network.js, four at a time. All numbers lie in one memory.

const LARGEST = 288; // pixels of a picture's side
const ROOM = (LARGEST / 2) ** 2 * 16 * 4 + 4096; // bytes for what the widest layer gives, and a few pixels more
const START = 65536;
const PAGE = 65536;

/**
 * @param {import("./network.js").Layer[]} layers
 * @param {BufferSource} wasm what simd.wasm holds
 * @returns {Promise<(pixels: Float32Array, side: number) => Float32Array>} as runNetwork, for sides up to 288
 */
export async function startSimd(layers, wasm) {
  const weights = layers.reduce((sum, { kernel, bias }) => sum + kernel.length + bias.length + 8, 0);
  const memory = new WebAssembly.Memory({ initial: Math.ceil((START + 2 * ROOM + weights * 4) / PAGE) + 1 });
  const { instance } = await WebAssembly.instantiate(wasm, { env: { memory } });
  const { conv, depthwise, pointwise } = /** @type {Record<string, Function>} */ (instance.exports);
  const numbers = new Float32Array(memory.buffer);
  let end = START + 2 * ROOM;
  function put(values) {
    const address = end;
    numbers.set(values, address / 4);
    end += Math.ceil(values.length / 4) * 16;
    return address;
  }
  const placed = layers.map((layer) => ({ ...layer, kernel: put(layer.kernel), bias: put(layer.bias) }));
  return function run(pixels, side) {
    let [x, y] = [START, START + ROOM];
    numbers.set(pixels, x / 4);
    for (const { kind, stride, inputs, outputs, kernel, bias } of placed) {
      if (kind === "conv") conv(x, y, kernel, bias, side, inputs, outputs);
      if (kind === "depthwise") depthwise(x, y, kernel, bias, side, outputs, stride);
      if (kind === "pointwise") pointwise(x, y, kernel, bias, side * side, inputs, outputs);
      side /= stride;
      [x, y] = [y, x];
    }
    return numbers.slice(x / 4, x / 4 + side * side * placed[placed.length - 1].outputs);
  };
}
