// The pictures that were brought, and what the network saw of each. No pixels are kept: a picture's file, a small one to
// show, and numbers.

import { spellNone } from "../engine/known.js";
import { compareTexts } from "../engine/sessions.js";

/**
 * @typedef {object} Picture
 * @property {number} id
 * @property {string} path as `lot-1/cat/tom.jpg`, or `burst-2/frame-001.jpg`
 * @property {string} label
 * @property {"training" | "validation" | "test"} part
 * @property {Blob} file
 * @property {Blob} small
 * @property {Float32Array} numbers two looks at it: 1280
 * @property {Uint8Array} tiny 12 x 12 x 3
 * @property {import("../engine/sessions.js").Taken | null} taken
 */

/** Pictures with their classes, and who wants to hear of changes. */
export class Collection {
  constructor() {
    /** @type {Map<number, Picture>} */
    this.pictures = new Map();
    this.version = 0; // a number for each state
    /** @type {(() => void)[]} */
    this.listeners = [];
    this.count = 0; // of all that ever were here
  }

  /** @returns {Picture[]} */
  get all() {
    return [...this.pictures.values()];
  }

  get classes() {
    return [...new Set(this.all.map(({ label }) => label))].sort(compareTexts);
  }

  // A picture with a number of its own, which is not here yet.
  make(picture) {
    this.count += 1;
    return { ...picture, label: spellNone(picture.label), id: this.count };
  }

  // Puts a picture here. Nobody is told yet: pictures come in numbers.
  put(picture) {
    this.pictures.set(picture.id, picture);
  }

  move(ids, name) {
    const label = spellNone(name);
    for (const id of ids) {
      const picture = this.pictures.get(id);
      if (picture) picture.label = label;
    }
    this.tell();
  }

  leaveOut(ids) {
    for (const id of ids) this.pictures.delete(id);
    this.tell();
  }

  rename(label, name) {
    for (const picture of this.pictures.values()) if (picture.label === label) picture.label = spellNone(name);
    this.tell();
  }

  clear() {
    this.pictures.clear();
    this.tell();
  }

  listen(hear) {
    this.listeners.push(hear);
  }

  tell() {
    this.version += 1;
    for (const hear of this.listeners) hear();
  }
}
