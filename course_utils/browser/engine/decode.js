// From a file to a picture whose rows can be read: upright, in sRGB, its first frame, on white where it is transparent.

import { WORDS } from "../parts/words.js";
import { takeTurn } from "./exif.js";
import { isWhole } from "./whole.js";

// What a file says it is at its beginning, where browsers often can't read it.
/** @type {[RegExp, string][]} */
const SIGNS = [
  [/^....ftyp(hei|hev|mif|msf)/s, "heic"],
  [/^(II\*\0|MM\0\*)/, "tiff"],
  [/^%PDF/, "pdf"],
  [/^....ftyp(?!avi)/s, "video"],
];

// Why a file can't be read as a picture, in words.
async function whyNot(file) {
  if (!file.size) return WORDS.unreadable.empty;
  const begin = String.fromCharCode(...new Uint8Array(await file.slice(0, 16).arrayBuffer()));
  const kind = SIGNS.find(([sign]) => sign.test(begin))?.[1] ?? "other";
  return WORDS.unreadable[kind];
}

// For each way in which EXIF tells that a picture is turned: where a step to the right leads, and one down.
const TURNS = [
  [1, 0, 0, 1],
  [-1, 0, 0, 1],
  [-1, 0, 0, -1],
  [1, 0, 0, -1],
  [0, 1, 1, 0],
  [0, 1, -1, 0],
  [0, -1, -1, 0],
  [0, -1, 1, 0],
];

/**
 * A picture of anything that a canvas can draw: a bitmap, an image, a video. It is read in bands, through a small canvas.
 * @param {CanvasImageSource} source
 * @param {number} wide
 * @param {number} high
 * @param {number} turn how it is turned, 1 to 8 as in EXIF
 * @returns {import("./resize.js").Picture}
 */
export function pictureOf(source, wide, high, turn = 1) {
  const canvas = document.createElement("canvas");
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { willReadFrequently: true }));
  const [width, height] = turn > 4 ? [high, wide] : [wide, high];
  const [a, b, c, d] = TURNS[turn - 1];
  function read(left, top, columns, rows) {
    if (canvas.width !== columns || canvas.height < rows) Object.assign(canvas, { width: columns, height: rows });
    pen.resetTransform();
    pen.fillStyle = "white";
    pen.fillRect(0, 0, columns, rows);
    pen.setTransform(a, b, c, d, (a + c < 0 ? width : 0) - left, (b + d < 0 ? height : 0) - top);
    pen.drawImage(source, 0, 0, wide, high);
    return pen.getImageData(0, 0, columns, rows).data;
  }
  return { width, height, read };
}

/**
 * Read a picture file, look at it, and let it go.
 * @template T
 * @param {Blob} file
 * @param {(picture: import("./resize.js").Picture) => T} use
 * @returns {Promise<T>}
 * @throws {Error} in words, if the browser can't read it
 */
export async function withPicture(file, use) {
  const view = new DataView(await file.arrayBuffer());
  const turn = takeTurn(view);
  let bitmap;
  try {
    bitmap = await createImageBitmap(turn > 1 ? new Blob([view]) : file, { imageOrientation: "from-image" });
  } catch {
    throw new Error(await whyNot(file));
  }
  try {
    if (!isWhole(view)) throw new Error(WORDS.unreadable.cut);
    const isJpeg = view.getUint16(0) === 0xffd8;
    return use({ ...pictureOf(bitmap, bitmap.width, bitmap.height, turn), isJpeg });
  } finally {
    bitmap.close();
  }
}
