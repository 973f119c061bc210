// From files to pictures: unpacked, compared with those that are there, looked at by the network.

import { readClassifier } from "../engine/classifierfile.js";
import { withPicture } from "../engine/decode.js";
import { readTaken } from "../engine/exif.js";
import { normalLabel } from "../engine/labels.js";
import { look, squaresOf } from "../engine/looks.js";
import { breathe } from "../engine/pieces.js";
import { CLASSIFIER_NAME } from "../engine/projectfile.js";
import { resizePicture } from "../engine/resize.js";
import { readZip } from "../engine/zip.js";
import { jpegOf } from "../parts/camera.js";
import { penOf, reasonOf } from "../parts/dom.js";
import { WORDS } from "../parts/words.js";
import { drawSquare } from "./answers.js";
import { fileName, pickPictures, readLayout } from "./layouts.js";

const ARRIVING = WORDS.studio.reading;
const THUMBNAIL = 96; // pixels of a side
const TINY_SIDE = 12;
const AT_ONCE = 12; // pictures that are shown together
/** @param {[string, Blob]} one */
const isZip = ([path]) => /\.zip$/i.test(path);

/**
 * What near-copies are told by, and what a head learns from.
 * @param {Blob} file
 * @param {import("./engine.js").Run} run
 */
export async function seePicture(file, run) {
  const squares = await withPicture(file, (picture) => squaresOf(picture, 2));
  return {
    taken: await readTaken(file),
    numbers: look(squares, run),
    tiny: shrink(squares.whole, TINY_SIDE),
    small: await thumbnailOf(squares.middle),
  };
}

// A square of pixels, made smaller.
function shrink(pixels, size) {
  const side = Math.sqrt(pixels.length / 3);
  const read = (left, top, width, rows) => {
    const bytes = new Uint8Array(width * rows * 4);
    for (let row = 0, to = 0; row < rows; row += 1) {
      let from = ((top + row) * side + left) * 3;
      for (let column = 0; column < width; column += 1, to += 4, from += 3) {
        for (let color = 0; color < 3; color += 1) bytes[to + color] = pixels[from + color];
      }
    }
    return bytes;
  };
  return resizePicture({ width: side, height: side, read }, size);
}

function thumbnailOf(pixels) {
  const canvas = Object.assign(document.createElement("canvas"), { width: THUMBNAIL, height: THUMBNAIL });
  const pen = penOf(canvas);
  pen.imageSmoothingQuality = "high";
  pen.drawImage(drawSquare(pixels, ""), 0, 0, THUMBNAIL, THUMBNAIL);
  return jpegOf(canvas);
}

/** Tells files with the same bytes, whatever they are called. */
class Known {
  constructor() {
    /** @type {Map<string, import("./collection.js").Picture[]>} */
    this.files = new Map();
  }

  /**
   * What is here with the same bytes.
   * @param {Blob} file
   * @param {Map<number, import("./collection.js").Picture>} pictures those that are still here
   */
  async find(file, pictures) {
    const bytes = new Uint8Array(await file.arrayBuffer());
    const key = `${bytes.length} ${checksum(bytes)}`;
    for (const one of this.files.get(key) ?? []) {
      const other = pictures.has(one.id) ? new Uint8Array(await one.file.arrayBuffer()) : null;
      if (other?.every((byte, place) => byte === bytes[place])) return { key, same: one };
    }
    return { key, same: null };
  }

  add(key, picture) {
    this.files.set(key, [...(this.files.get(key) ?? []), picture]);
  }
}

// A number that differs for most contents (Fowler, Noll and Vo, 1991).
function checksum(bytes) {
  let sum = 0x811c9dc5;
  for (let place = 0; place < bytes.length; place += 1) sum = Math.imul(sum ^ bytes[place], 0x01000193);
  return sum >>> 0;
}

// What is in a zip file: files, as [path, file], and a classifier. What can't be read of it is said in words.
async function unpackZip([path, zip], noticed) {
  /** @type {[string, Blob][]} */
  const files = [];
  const name = fileName(path);
  /** @type {object | null} */
  let classifier = null;
  try {
    const members = await readZip(zip);
    if (members.some((member) => member.name === "classifier.json"))
      classifier = { ...(await readClassifier(zip)), file: zip };
    for (const member of classifier ? [] : members) {
      try {
        files.push([`${name.replace(/\.zip$/i, "")}/${member.name}`, new Blob([await member.read()])]);
      } catch (error) {
        noticed.push(ARRIVING.unread(fileName(member.name), reasonOf(error)));
      }
      await breathe();
    }
  } catch (error) {
    noticed.push(ARRIVING.unread(name, reasonOf(error)));
  }
  return { files, classifier };
}

/** Reads what is brought, one lot after the other. */
export class Arrivals {
  /**
   * @param {import("./collection.js").Collection} collection
   * @param {import("./engine.js").Run} run
   * @param {{progress: (done: number, total: number) => void, classifier: (parts: object) => void}} hears
   */
  constructor(collection, run, hears) {
    this.collection = collection;
    this.run = run;
    this.hears = hears;
    this.known = new Known();
    this.lots = 0;
    /** @type {Promise<unknown>} */
    this.before = Promise.resolve();
  }

  /**
   * Read files, and give them the class that was said, or the one that folders and names tell.
   * @param {[string, Blob][]} list
   * @param {{label?: string, burst?: boolean}} about
   * @returns {Promise<{added: number, noticed: string[]}>}
   */
  take(list, about = {}) {
    const done = this.before.then(() => this.read(list, about));
    this.before = done.catch(() => {});
    return done;
  }

  /**
   * @param {[string, Blob][]} list
   * @param {{label?: string, burst?: boolean}} about
   */
  async read(list, { label, burst }) {
    /** @type {string[]} */
    const noticed = [];
    /** @type {object[]} */
    const found = [];
    for (const lot of await this.unpack(list, noticed)) {
      const { pictures, others } = pickPictures(lot);
      if (others.length) noticed.push(ARRIVING.others(others.map(fileName)));
      const said = pictures.map((one) => ({ ...one, label: label && normalLabel(label), part: "training" }));
      const told = label ? { labeled: said, noticed: [] } : readLayout(pictures);
      found.push(...told.labeled);
      noticed.push(...told.noticed);
    }
    this.lots += 1;
    const lot = `${burst ? "burst" : "lot"}-${this.lots}`;
    return { added: await this.see(found, lot, noticed), noticed };
  }

  /**
   * What was brought, in parts that are read by themselves: each zip file is one.
   * @param {[string, Blob][]} list
   * @param {string[]} noticed
   */
  async unpack(list, noticed) {
    const lots = [list.filter((one) => !isZip(one))];
    for (const zip of list.filter(isZip)) {
      const { files, classifier } = await unpackZip(zip, noticed);
      if (classifier) this.hears.classifier(classifier);
      const kept = files.find(([path]) => fileName(path) === CLASSIFIER_NAME);
      if (kept) await this.unpack([kept], noticed);
      if (files.length) lots.push(files.filter((one) => one !== kept));
    }
    return lots.filter((lot) => lot.length);
  }

  // Lets the network see each picture, and puts all of them into the collection.
  async see(found, lot, noticed) {
    const result = { added: 0, twice: /** @type {string[]} */ ([]), other: /** @type {string[]} */ ([]) };
    for (const [place, one] of found.entries()) {
      this.hears.progress(place, found.length);
      await breathe();
      try {
        await this.seeOne(one, lot, result);
      } catch (error) {
        noticed.push(ARRIVING.unread(fileName(one.path), reasonOf(error)));
      }
      if (place % AT_ONCE === 0) this.collection.tell();
    }
    this.hears.progress(found.length, found.length);
    if (result.twice.length) noticed.push(ARRIVING.twice(result.twice));
    if (result.other.length) noticed.push(ARRIVING.otherClass(result.other));
    this.collection.tell();
    return result.added;
  }

  async seeOne({ path, label, part, file }, lot, result) {
    const { key, same } = await this.known.find(file, this.collection.pictures);
    if (same) return (same.label === label ? result.twice : result.other).push(fileName(path));
    const seen = await seePicture(file, this.run);
    const picture = this.collection.make({ path: `${lot}/${path}`, label, part, file, ...seen });
    this.known.add(key, picture);
    this.collection.put(picture);
    result.added += 1;
  }
}
