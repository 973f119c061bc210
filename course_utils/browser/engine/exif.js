// What a file keeps beside the picture (EXIF): when a photo was taken, by which camera, and which side is up.

const BEGINNING = 1 << 17; // bytes: a JPEG's EXIF data is at most 64 KB long, and stands near its beginning
const [MAKER, MODEL, DETAILS, TAKEN_AT] = [0x010f, 0x0110, 0x8769, 0x9003]; // tags
const TURNED = 0x0112;
const EXIF_SIGN = 0x45786966; // "Exif"
const [PNG_SIGN, PNG_EXIF] = [0x89504e47, 0x65584966]; // the latter is "eXIf"
const [WEBP_SIGN, WEBP_EXIF] = [0x52494646, 0x45584946]; // "RIFF", "EXIF"
const NO_EXIF = 0x6e6f4e65; // "noNe": such a chunk may be skipped
const TIME = /^(\d{4}):(\d\d):(\d\d) (\d\d):(\d\d):(\d\d)$/;

/**
 * Reads a photo's camera and time. Nothing, if it is no JPEG, or does not say so, or what it says is damaged.
 * @param {Blob} file
 * @returns {Promise<import("./sessions.js").Taken | null>}
 */
export async function readTaken(file) {
  const view = new DataView(await file.slice(0, BEGINNING).arrayBuffer());
  try {
    const start = findExif(view);
    return start === null ? null : takenIn(new DataView(view.buffer, start));
  } catch (error) {
    if (error instanceof RangeError) return null; // it leads beyond the end
    throw error;
  }
}

/**
 * Where the EXIF data begins: a JPEG file is a row of segments, each with a sign and its length.
 * @param {DataView} view
 */
function findExif(view) {
  if (view.getUint16(0) !== 0xffd8) return null;
  for (let at = 2; view.getUint8(at) === 0xff; at += 2 + view.getUint16(at + 2)) {
    const sign = view.getUint8(at + 1);
    if (sign === 0xda) return null; // the picture begins
    if (sign === 0xe1 && view.getUint32(at + 4) === EXIF_SIGN) return at + 10;
  }
  return null;
}

/**
 * Takes out of a PNG or WebP file how its picture is turned: 1 to 8, as in EXIF. Browsers do what JPEG says, but of
 * these two, Firefox turns none, and Chromium only PNG. What is left turns in no browser.
 * @param {DataView} view of the whole file; is changed
 */
export function takeTurn(view) {
  try {
    const found = view.getUint32(0) === PNG_SIGN ? findInPng(view) : findInWebp(view);
    if (!found) return 1;
    const exif = new DataView(view.buffer, found.data);
    const little = exif.getUint16(0) === 0x4949;
    const entry = entriesAt(exif, exif.getUint32(4, little), little).get(TURNED);
    const turn = entry === undefined ? 1 : exif.getUint16(entry + 8, little);
    if (!(turn > 1 && turn <= 8)) return 1;
    view.setUint32(found.sign, NO_EXIF);
    return turn;
  } catch (error) {
    if (error instanceof RangeError) return 1;
    throw error;
  }
}

// PNG is a row of chunks: a length, a sign, the data and a checksum.
function findInPng(view) {
  for (let at = 8; at + 8 < view.byteLength; at += 12 + view.getUint32(at)) {
    if (view.getUint32(at + 4) === PNG_EXIF) return { sign: at + 4, data: at + 8 };
  }
  return null;
}

// WebP is one of chunks, too: a sign, a length, lowest byte first, and the data, with one more byte if it is odd.
function findInWebp(view) {
  if (view.getUint32(0) !== WEBP_SIGN) return null;
  for (let at = 12; at + 12 < view.byteLength; at += 8 + 2 * Math.ceil(view.getUint32(at + 4, true) / 2)) {
    const begins = view.getUint32(at + 8) === EXIF_SIGN ? 14 : 8;
    if (view.getUint32(at) === WEBP_EXIF) return { sign: at, data: at + begins };
  }
  return null;
}

/**
 * @param {DataView} view that begins where the EXIF data does
 * @returns {import("./sessions.js").Taken | null}
 */
function takenIn(view) {
  const little = view.getUint16(0) === 0x4949; // "II": the lowest byte comes first
  const first = entriesAt(view, view.getUint32(4, little), little);
  const [maker, model, details] = [MAKER, MODEL, DETAILS].map((tag) => first.get(tag));
  if (maker === undefined || model === undefined || details === undefined) return null;
  const time = entriesAt(view, view.getUint32(details + 8, little), little).get(TAKEN_AT);
  const told = time === undefined ? null : TIME.exec(wordsAt(view, time, little));
  if (!told) return null;
  const [year, month, day, hour, minute, second] = told.slice(1).map(Number);
  const date = new Date(Date.UTC(year, month - 1, day, hour, minute, second));
  const exists = date.getUTCMonth() === month - 1 && date.getUTCHours() === hour && minute < 60 && second < 60;
  const camera = [maker, model].map((entry) => wordsAt(view, entry, little)).join("\n");
  return exists ? { camera, time: date.getTime() / 1000 } : null;
}

/**
 * Where the entry of each tag stands in a list of them.
 * @param {DataView} view
 * @param {number} at
 * @param {boolean} little
 */
function entriesAt(view, at, little) {
  const count = view.getUint16(at, little);
  const places = Array.from({ length: count }, (_, number) => at + 2 + 12 * number);
  return new Map(places.map((place) => [view.getUint16(place, little), place]));
}

/**
 * The words of an entry: up to four letters stand in it, longer ones elsewhere.
 * @param {DataView} view
 * @param {number} entry
 * @param {boolean} little
 */
function wordsAt(view, entry, little) {
  const count = view.getUint32(entry + 4, little);
  const at = count > 4 ? view.getUint32(entry + 8, little) : entry + 8;
  const letters = new Uint8Array(view.buffer, view.byteOffset + at, count);
  return new TextDecoder("latin1").decode(letters).replace(/^[\0 ]+|[\0 ]+$/g, "");
}
