// Whether a file holds its whole picture. Of one that was cut, some browsers show the part that is there.

const [PIXELS_BEGIN, IMAGE_ENDS] = [0xda, 0xd9]; // signs of JPEG's segments
const LAST_CHUNK = 0x49454e44; // "IEND"
const [EXTENSION, IMAGE] = [0x21, 0x2c]; // signs of GIF's blocks

// JPEG: segments, each with its length; then the pixels, as far as the sign of the end. It can't stand among them.
function isWholeJpeg(view) {
  const bytes = new Uint8Array(view.buffer);
  let at = 2;
  while (view.getUint8(at + 1) !== PIXELS_BEGIN) {
    if (bytes[at] !== 0xff) return true; // not built as expected: the browser's word counts
    at += bytes[at + 1] === 0xff ? 1 : 2 + view.getUint16(at + 2);
  }
  do at = bytes.indexOf(0xff, at + 1);
  while (at >= 0 && bytes[at + 1] !== IMAGE_ENDS);
  return at >= 0;
}

// PNG: chunks, each with its length.
function isWholePng(view) {
  let at = 8;
  while (view.getUint32(at + 4) !== LAST_CHUNK) at += 12 + view.getUint32(at);
  return true;
}

// GIF: blocks; what is in them comes in pieces of up to 255 bytes, and ends with an empty one. One image is enough.
function isWholeGif(view) {
  const colorsAt = (place) => (view.getUint8(place) & 0x80 ? 6 << (view.getUint8(place) & 7) : 0); // bytes of colors
  const endOf = (place) => {
    while (view.getUint8(place)) place += 1 + view.getUint8(place);
    return place + 1;
  };
  let at = 13 + colorsAt(10);
  while (view.getUint8(at) === EXTENSION) at = endOf(at + 2);
  return view.getUint8(at) === IMAGE && endOf(at + 11 + colorsAt(at + 9)) > 0;
}

// BMP: rows of the same length, unless they are compressed.
function isWholeBmp(view) {
  const number = (place) => view.getInt32(place, true);
  const [start, header, width, height, compression] = [10, 14, 18, 22, 30].map(number);
  if (header < 40 || ![0, 3].includes(compression)) return true;
  const row = ((width * view.getUint16(28, true) + 31) >> 5) * 4;
  return start + row * Math.abs(height) <= view.byteLength;
}

/** @type {[number, number, (view: DataView) => boolean][]} */
const FORMATS = [
  [2, 0xffd8, isWholeJpeg],
  [4, 0x89504e47, isWholePng],
  [4, 0x47494638, isWholeGif],
  [2, 0x424d, isWholeBmp],
];

/**
 * Whether a file that a browser has read as a picture reaches its end. Of other formats, browsers say so themselves.
 * @param {DataView} view of all its bytes
 */
export function isWhole(view) {
  try {
    const beginning = { 2: view.getUint16(0), 4: view.getUint32(0) };
    const format = FORMATS.find(([bytes, sign]) => beginning[bytes] === sign);
    return format ? format[2](view) : true;
  } catch (error) {
    if (error instanceof RangeError) return false; // it leads beyond the end
    throw error;
  }
}
