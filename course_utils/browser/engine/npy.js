// Arrays of float32 as NumPy keeps them: a line of text says the shape, and the numbers follow.

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0]; // \x93NUMPY, version 1.0
const BEGINS_AT = 64; // numbers begin at a multiple of so many bytes

/**
 * Writes a `.npy` file.
 * @param {Float32Array | Uint8Array} values in rows ("C order")
 * @param {number[]} shape
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function writeNpy(values, shape) {
  const count = shape.reduce((product, side) => product * side, 1);
  if (count !== values.length) throw new Error(`got ${values.length} numbers for the shape (${shape.join(", ")})`);
  const sides = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  const bytes = values instanceof Uint8Array;
  const words = `{'descr': '${bytes ? "|u1" : "<f4"}', 'fortran_order': False, 'shape': (${sides}), }`;
  const size = Math.ceil((MAGIC.length + 2 + words.length + 1) / BEGINS_AT) * BEGINS_AT;
  const header = words.padEnd(size - MAGIC.length - 3) + "\n";
  const file = new Uint8Array(size + values.byteLength);
  const view = new DataView(file.buffer);
  file.set(MAGIC);
  view.setUint16(MAGIC.length, header.length, true);
  file.set(new TextEncoder().encode(header), MAGIC.length + 2);
  if (bytes) file.set(values, size);
  else values.forEach((value, place) => view.setFloat32(size + 4 * place, value, true));
  return file;
}

/**
 * Reads a `.npy` file of float32.
 * @param {Uint8Array} file
 * @param {string} [name] for what is said if it can't be read
 * @returns {{ values: Float32Array, shape: number[] }}
 */
export function readNpy(file, name = "the file") {
  const { begin, shape, count, view } = openNpy(file, name, "<f4", 4);
  const values = Float32Array.from({ length: count }, (_, place) => view.getFloat32(begin + 4 * place, true));
  return { values, shape };
}

/**
 * Reads a `.npy` file of bytes.
 * @param {Uint8Array} file
 * @param {string} [name] for what is said if it can't be read
 * @returns {{ values: Uint8Array, shape: number[] }}
 */
export function readNpyBytes(file, name = "the file") {
  const { begin, shape } = openNpy(file, name, "|u1", 1);
  return { values: file.slice(begin), shape };
}

/**
 * What the line of text says, and where the numbers begin.
 * @param {Uint8Array} file
 * @param {string} name
 * @param {"<f4" | "|u1"} type
 * @param {number} size bytes of a number
 */
function openNpy(file, name, type, size) {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  if (file.length < MAGIC.length + 2 || MAGIC.some((byte, place) => file[place] !== byte)) {
    throw new Error(`${name} is no .npy file of version 1.0`);
  }
  const begin = MAGIC.length + 2 + view.getUint16(MAGIC.length, true);
  const header = new TextDecoder("latin1").decode(file.subarray(MAGIC.length + 2, begin));
  const told = /^\{'descr': '([<|]\w+)', 'fortran_order': False, 'shape': \(([\d, ]*)\), ?\}\s*$/.exec(header);
  if (told?.[1] !== type) {
    throw new Error(`${name} holds ${header.trim()}; expected ${size === 1 ? "bytes" : "float32"} in rows`);
  }
  const shape = (told[2].match(/\d+/g) ?? []).map(Number);
  const count = shape.reduce((product, side) => product * side, 1);
  if (begin + size * count !== file.length)
    throw new Error(`${name} holds ${file.length - begin} bytes for ${count} numbers`);
  return { begin, shape, count, view };
}
