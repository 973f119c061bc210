// Arrays of float32 as NumPy keeps them: a line of text says the shape, and the numbers follow.

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0]; // \x93NUMPY, version 1.0
const BEGINS_AT = 64; // numbers begin at a multiple of so many bytes

/**
 * Writes a `.npy` file.
 * @param {Float32Array} values in rows ("C order")
 * @param {number[]} shape
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function writeNpy(values, shape) {
  const count = shape.reduce((product, side) => product * side, 1);
  if (count !== values.length) throw new Error(`got ${values.length} numbers for the shape (${shape.join(", ")})`);
  const sides = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  const words = `{'descr': '<f4', 'fortran_order': False, 'shape': (${sides}), }`;
  const size = Math.ceil((MAGIC.length + 2 + words.length + 1) / BEGINS_AT) * BEGINS_AT;
  const header = words.padEnd(size - MAGIC.length - 3) + "\n";
  const file = new Uint8Array(size + 4 * count);
  const view = new DataView(file.buffer);
  file.set(MAGIC);
  view.setUint16(MAGIC.length, header.length, true);
  file.set(new TextEncoder().encode(header), MAGIC.length + 2);
  values.forEach((value, place) => view.setFloat32(size + 4 * place, value, true));
  return file;
}

/**
 * Reads a `.npy` file of float32.
 * @param {Uint8Array} file
 * @param {string} [name] for what is said if it can't be read
 * @returns {{ values: Float32Array, shape: number[] }}
 */
export function readNpy(file, name = "the file") {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  if (file.length < MAGIC.length + 2 || MAGIC.some((byte, place) => file[place] !== byte)) {
    throw new Error(`${name} is no .npy file of version 1.0`);
  }
  const begin = MAGIC.length + 2 + view.getUint16(MAGIC.length, true);
  const header = new TextDecoder("latin1").decode(file.subarray(MAGIC.length + 2, begin));
  const told = /^\{'descr': '<f4', 'fortran_order': False, 'shape': \(([\d, ]*)\), ?\}\s*$/.exec(header);
  if (!told) throw new Error(`${name} holds ${header.trim()}; expected float32 in rows`);
  const shape = (told[1].match(/\d+/g) ?? []).map(Number);
  const count = shape.reduce((product, side) => product * side, 1);
  if (begin + 4 * count !== file.length)
    throw new Error(`${name} holds ${file.length - begin} bytes for ${count} numbers`);
  return {
    values: Float32Array.from({ length: count }, (_, place) => view.getFloat32(begin + 4 * place, true)),
    shape,
  };
}
