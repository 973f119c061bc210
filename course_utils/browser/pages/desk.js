// What the steps of the page that trains share: pictures, what training gave, and the classifier at hand.

import { PREPARED } from "../engine/looks.js";
import { WORDS } from "../parts/words.js";
import { withHead } from "./answers.js";
import { accountOf, writeCard } from "./card.js";
import { Collection } from "./collection.js";
import { startNetwork } from "./engine.js";

const CARD_NAME = "model-card.md"; // in a classifier's file

export class Desk {
  /** @param {import("./engine.js").Engine} engine */
  constructor(engine) {
    this.engine = engine;
    this.collection = new Collection();
    /** @type {any} */
    this.result = null; // of the last training
    /** @type {any} */
    this.classifier = null; // trained, or from a file
    this.held = new Set(); // numbers of the pictures that it judged by
    this.trainedAt = 0; // the state of the collection then
    this.keptAt = 0; // and when all of it was written last
    this.arriving = 0; // lots that are being read
    /** @type {(() => void)[]} */
    this.listeners = [];
    this.collection.listen(() => this.tell());
  }

  listen(hear) {
    this.listeners.push(hear);
  }

  tell() {
    for (const hear of this.listeners) hear();
  }

  get outdated() {
    return Boolean(this.result) && this.trainedAt !== this.collection.version;
  }

  // Whether pictures of the camera would be lost with the page.
  get unsaved() {
    const recorded = this.collection.all.some(({ path }) => path.startsWith("burst-"));
    return recorded && this.keptAt !== this.collection.version;
  }

  // Whether the classifier at hand is the one that was judged.
  get judged() {
    return Boolean(this.result) && this.classifier?.result === this.result;
  }

  // Of which part a picture is: it may have been held back.
  heldOf(picture) {
    return this.held.has(picture.id) ? "validation" : picture.part;
  }

  begin() {
    this.arriving += 1;
    this.tell();
  }

  end() {
    this.arriving -= 1;
    this.tell();
  }

  // Keeps what training gave. `version` is that of the collection when it began.
  finish(result, settings, version) {
    const { network, run, about } = this.engine;
    const { classes, looks, layers: head, known } = result;
    const parts = { classes, looks, head, network, known };
    const account = accountOf(result, settings, about.weights);
    const card = writeCard(about.card, { ...parts, prepared: PREPARED[parts.looks] }, account);
    Object.assign(this, { result, trainedAt: version, held: new Set(result.validation.map(({ id }) => id)) });
    const extra = { [CARD_NAME]: new TextEncoder().encode(card) };
    const learned = known?.rows.map((row) => result.training[row]); // the pictures behind its examples
    this.classifier = { ...parts, ...withHead({ ...parts, run }), about: account, extra, card, result, learned };
    this.tell();
  }

  // Takes a classifier from a file. Returns what is to be said of it.
  async load(parts) {
    const { run } = await startNetwork(parts.network);
    const card = await parts.others.find(({ name }) => name === CARD_NAME)?.read();
    const words = card ? new TextDecoder().decode(card) : "";
    this.classifier = { ...parts, ...withHead({ ...parts, run }), card: words };
    this.tell();
    const same = parts.preprocessing === PREPARED[parts.looks];
    return same ? [] : [WORDS.studio.bring.prepared(parts.preprocessing)];
  }

  clear() {
    Object.assign(this, { result: null, classifier: null, held: new Set() });
    this.collection.clear();
  }
}
