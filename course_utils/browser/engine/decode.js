// From a file to a picture whose rows can be read: upright, in sRGB, its first frame, on white where it is transparent.

import { WORDS } from "../parts/words.js";

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

/**
 * A picture of anything that a canvas can draw: a bitmap, an image, a video. It is read in bands, through a small canvas.
 * @param {CanvasImageSource} source
 * @param {number} width
 * @param {number} height
 * @returns {import("./resize.js").Picture}
 */
export function pictureOf(source, width, height) {
  const canvas = document.createElement("canvas");
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { willReadFrequently: true }));
  function read(left, top, wide, rows) {
    if (canvas.width !== wide || canvas.height < rows) Object.assign(canvas, { width: wide, height: rows });
    pen.fillStyle = "white";
    pen.fillRect(0, 0, wide, rows);
    pen.drawImage(source, left, top, wide, rows, 0, 0, wide, rows);
    return pen.getImageData(0, 0, wide, rows).data;
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
  let bitmap;
  try {
    bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
  } catch {
    throw new Error(await whyNot(file));
  }
  try {
    return use(pictureOf(bitmap, bitmap.width, bitmap.height));
  } finally {
    bitmap.close();
  }
}
