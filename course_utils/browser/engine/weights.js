// Reads the weights that a page carries: `about` lists the layers, `bytes` holds their numbers one after the other.

const TYPES = { float32: Float32Array, int16: Int16Array };

/**
 * Bytes that were written as text.
 * @param {string} text base64
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function bytesOf(text) {
  const letters = atob(text.trim());
  const bytes = new Uint8Array(letters.length);
  for (let place = 0; place < letters.length; place += 1) bytes[place] = letters.charCodeAt(place); // from() is slow
  return bytes;
}

/**
 * The layers as network.js and head.js read them. Kernels in int16 have a scale for each output.
 * @param {{count: number, type: "float32" | "int16", outputs: number}[]} about
 * @param {Uint8Array} bytes
 * @returns {any[]}
 */
export function readWeights(about, bytes) {
  let at = 0;
  function take(type, count) {
    const size = TYPES[type].BYTES_PER_ELEMENT * count;
    at += size;
    return new TYPES[type](bytes.slice(at - size, at).buffer);
  }
  return about.map(({ type, count, ...layer }) => {
    const bias = take("float32", layer.outputs);
    if (type === "float32") return { ...layer, kernel: take(type, count), bias };
    const scale = take("float32", layer.outputs);
    const kernel = Float32Array.from(take(type, count), (whole, place) => whole * scale[place % layer.outputs]);
    return { ...layer, kernel, bias };
  });
}
