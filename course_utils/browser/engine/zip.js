// Zip files: written without compression, and read with it. What is in one is read file by file, so that a damaged one,
// or one that would unpack to more than it should, costs that file only.

const UTF8_NAME = 0x800; // flags of a member
const LOCKED = 1;
const MOST_MEMBERS = 65535; // more need Zip64, which is neither written nor read
const MOST_OF_ONE = 256 * 2 ** 20; // bytes that one file may unpack to
const MOST_OF_ALL = 2 * 2 ** 30; // bytes that all files together may unpack to
const METHODS_IN_WORDS = /** @type {Record<number, string>} */ ({
  9: "Deflate64",
  12: "bzip2",
  14: "LZMA",
  93: "Zstandard",
  95: "XZ",
  99: "AES encryption",
});
const SINCE_1980 = 33; // the date of all that is written: the same content gives the same file
const CRCS = makeCrcs();

/**
 * A file in a zip file. `guessed`: it does not say how its name is written, so that the name may be misspelt. `read`
 * unpacks it; the error says why it can't be.
 * @typedef {{ name: string, size: number, guessed: boolean, read: () => Promise<Uint8Array<ArrayBuffer>> }} Member
 */

/** @typedef {[name: string, content: Uint8Array<ArrayBuffer> | Blob]} NamedContent */

/** For each byte, what it does to a checksum. */
function makeCrcs() {
  return Uint32Array.from({ length: 256 }, (_, byte) => {
    let crc = byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
    return crc;
  });
}

/**
 * The checksum of zip files (CRC-32). That of a longer text goes on from that of its start.
 * @param {Uint8Array} bytes
 * @param {number} [before]
 */
export function crc32(bytes, before = 0) {
  let crc = ~before;
  for (let i = 0; i < bytes.length; i += 1) crc = (crc >>> 8) ^ CRCS[(crc ^ bytes[i]) & 255];
  return ~crc >>> 0;
}

/**
 * Numbers as bytes, the lowest first.
 * @param {...[value: number, size: number]} numbers
 */
function packed(...numbers) {
  const file = new Uint8Array(numbers.reduce((sum, [, size]) => sum + size, 0));
  let at = 0;
  for (const [value, size] of numbers) {
    for (let i = 0; i < size; i += 1) file[at + i] = Math.floor(value / 256 ** i) % 256;
    at += size;
  }
  return file;
}

/**
 * Writes a zip file. Contents are read one at a time.
 * @param {Iterable<NamedContent>} contents
 * @returns {Promise<Blob>}
 */
export async function writeZip(contents) {
  const [files, list] = [/** @type {BlobPart[]} */ ([]), /** @type {Uint8Array<ArrayBuffer>[]} */ ([])];
  let at = 0;
  for (const [name, content] of contents) {
    const called = new TextEncoder().encode(name);
    const bytes = content instanceof Blob ? new Uint8Array(await content.arrayBuffer()) : content;
    const sizes = /** @type {[number, number][]} */ ([bytes.length, bytes.length].map((size) => [size, 4]));
    const about = packed(
      [UTF8_NAME, 2],
      [0, 2],
      [0, 2],
      [SINCE_1980, 2],
      [crc32(bytes), 4],
      ...sizes,
      [called.length, 2],
      [0, 2],
    );
    files.push(packed([0x04034b50, 4], [20, 2]), about, called, content);
    list.push(
      packed([0x02014b50, 4], [20, 2], [20, 2]),
      about,
      packed([0, 2], [0, 2], [0, 2], [0, 4], [at, 4]),
      called,
    );
    at += 30 + called.length + bytes.length;
  }
  const [count, size] = [list.length / 4, list.reduce((sum, part) => sum + part.length, 0)];
  if (count > MOST_MEMBERS || at + size >= 2 ** 32) {
    throw new Error(`got ${count} files of ${at} bytes in all; a zip file takes ${MOST_MEMBERS} of 4 GB`);
  }
  const end = packed([0x06054b50, 4], [0, 4], [count, 2], [count, 2], [size, 4], [at, 4], [0, 2]);
  return new Blob([...files, ...list, end], { type: "application/zip" });
}

/**
 * Lists what is in a zip file. Folders are left out.
 * @param {Blob} file
 * @param {{ mostOfOne?: number, mostOfAll?: number }} [limits] in bytes
 * @returns {Promise<Member[]>}
 */
export async function readZip(file, { mostOfOne = MOST_OF_ONE, mostOfAll = MOST_OF_ALL } = {}) {
  const members = [];
  let sum = 0;
  for (const { name, guessed, ...entry } of await listEntries(file)) {
    if (name.endsWith("/")) continue;
    sum += entry.size;
    members.push({ name, guessed, size: entry.size, read: () => unpackEntry(file, name, entry, mostOfOne) });
  }
  if (sum > mostOfAll)
    throw new Error(`it would unpack to ${inMegabytes(sum)}; at most ${inMegabytes(mostOfAll)} are read`);
  return members;
}

/** @param {number} bytes */
const inMegabytes = (bytes) => `${Math.round(bytes / 2 ** 20)} MB`;

/**
 * The bytes of a part of a file, as a view on numbers.
 * @param {Blob} file
 * @param {number} from
 * @param {number} to
 */
async function viewOf(file, from, to) {
  return new DataView(await file.slice(Math.max(0, from), to).arrayBuffer());
}

/**
 * The list at the end of a zip file.
 * @param {Blob} file
 */
async function listEntries(file) {
  const tail = await viewOf(file, file.size - 65557, file.size);
  let end = tail.byteLength - 22;
  while (end >= 0 && tail.getUint32(end, true) !== 0x06054b50) end -= 1;
  if (end < 0) throw new Error("it is no zip file, or its end is missing; copy or download it again");
  const [count, size, at] = [
    tail.getUint16(end + 10, true),
    tail.getUint32(end + 12, true),
    tail.getUint32(end + 16, true),
  ];
  if (count === 0xffff || at === 0xffffffff)
    throw new Error("it is a Zip64 file, which is not read here; make smaller ones");
  const list = await viewOf(file, at, at + size);
  const entries = [];
  for (let place = 0, n = 0; n < count; n += 1) {
    if (place + 46 > list.byteLength || list.getUint32(place, true) !== 0x02014b50) {
      throw new Error("the list of its files is damaged; copy or download it again");
    }
    const number = (/** @type {number} */ offset) => list.getUint32(place + offset, true);
    const short = (/** @type {number} */ offset) => list.getUint16(place + offset, true);
    const [named, extra, flags] = [short(28), short(30), short(8)];
    const raw = new Uint8Array(list.buffer, place + 46, Math.min(named, list.byteLength - place - 46));
    entries.push({
      ...nameIn(raw, flags),
      flags,
      method: short(10),
      crc: number(16),
      packed: number(20),
      size: number(24),
      at: number(42),
    });
    place += 46 + named + extra + short(32);
  }
  return entries;
}

/**
 * A member's name, with slashes, and whether it is a guess. Many programs write UTF-8 and don't say so.
 * @param {Uint8Array} raw
 * @param {number} flags
 */
function nameIn(raw, flags) {
  try {
    return { name: new TextDecoder("utf-8", { fatal: true }).decode(raw).replaceAll("\\", "/"), guessed: false };
  } catch {
    return {
      name: new TextDecoder(flags & UTF8_NAME ? "utf-8" : "windows-1252").decode(raw).replaceAll("\\", "/"),
      guessed: true,
    };
  }
}

/**
 * Unpacks a file, with no more memory than its promised size, and compares its checksum.
 * @param {Blob} file
 * @param {string} name
 * @param {{ flags: number, method: number, crc: number, packed: number, size: number, at: number }} entry
 * @param {number} most
 */
async function unpackEntry(file, name, { flags, method, crc, packed: packedSize, size, at }, most) {
  if (flags & LOCKED) throw new Error(`${name} is locked with a password`);
  if (method !== 0 && method !== 8) {
    throw new Error(
      `${name} is packed with ${METHODS_IN_WORDS[method] ?? `method ${method}`}; zip it anew with Deflate`,
    );
  }
  if (size > most)
    throw new Error(`${name} would unpack to ${inMegabytes(size)}; at most ${inMegabytes(most)} are read`);
  const head = await viewOf(file, at, at + 30);
  if (head.byteLength < 30 || head.getUint32(0, true) !== 0x04034b50)
    throw new Error(`${name} is damaged in the zip file`);
  const begin = at + 30 + head.getUint16(26, true) + head.getUint16(28, true);
  const content = file.slice(begin, begin + packedSize);
  const bytes = method === 0 ? new Uint8Array(await content.arrayBuffer()) : await inflate(content, size, name);
  if (bytes.length !== size || crc32(bytes) !== crc) throw new Error(`${name} is damaged in the zip file`);
  return bytes;
}

/**
 * Unpacks what is compressed, and stops where it becomes more than was promised.
 * @param {Blob} content
 * @param {number} size
 * @param {string} name
 */
async function inflate(content, size, name) {
  const bytes = new Uint8Array(size);
  const reader = content.stream().pipeThrough(new DecompressionStream("deflate-raw")).getReader();
  let filled = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      if (filled + value.length > size) throw new Error("it is longer than it says");
      bytes.set(value, filled);
      filled += value.length;
    }
  } catch (error) {
    await reader.cancel().catch(() => {});
    throw new Error(`${name} is damaged in the zip file`, { cause: error });
  }
  return bytes.subarray(0, filled);
}
