// Step 1: bring pictures, see them, and change their class.

import { normalLabel } from "../engine/labels.js";
import { isBurst } from "../engine/sessions.js";
import { makeBoard } from "../parts/cards.js";
import { button, chooser, element, status } from "../parts/dom.js";
import { dropTarget } from "../parts/drop.js";
import { WORDS } from "../parts/words.js";
import { Arrivals } from "./arrivals.js";
import { makeMeter, makeNotes, makeStep, paragraph } from "./steps.js";

const BRING = WORDS.studio.bring;
const CARD_WORDS = WORDS.studio.cards;
const [FIRST_SHOWN, MORE_SHOWN] = [12, 48]; // pictures of a class, and how many more at a time
const CARDS_SHOWN = 24; // and how many more at a time

// How many pictures there are, and how many of them nothing is learned from.
function countInWords(own, heldOf) {
  const held = Object.entries(CARD_WORDS.held)
    .map(([part, words]) => [own.filter((one) => heldOf(one) === part).length, words])
    .filter(([count]) => count);
  if (!held.length) return CARD_WORDS.total(own.length);
  const learned = own.length - held.reduce((sum, [count]) => sum + count, 0);
  const parts = [CARD_WORDS.learned(learned), ...held.map(([count, words]) => `${count} ${words}`)];
  return `${CARD_WORDS.total(own.length)}: ${parts.join(", ")}`;
}

// The cards of a collection. `heldOf` says of which part a picture is, apart from training.
function makeCards(collection, heldOf, does) {
  const more = new Map();
  let cards = CARDS_SHOWN;
  function cardOf(name) {
    const own = collection.all.filter(({ label }) => label === name);
    const shown = own.slice(0, FIRST_SHOWN + (more.get(name) ?? 0));
    const thumbs = shown.map((one) => ({
      id: one.id,
      name: one.path.split("/").at(-1),
      held: CARD_WORDS.held[heldOf(one)] ?? "",
    }));
    return { name, words: countInWords(own, heldOf), total: own.length, pictures: thumbs };
  }
  function show() {
    const names = collection.classes;
    board.show({ names, classes: names.slice(0, cards).map(cardOf) });
  }
  const board = makeBoard({
    ...does,
    noClass: WORDS.cards.noClass,
    picture: async (id) => ({ file: collection.pictures.get(id).small }),
    more(name) {
      more.set(name, (more.get(name) ?? 0) + MORE_SHOWN);
      show();
    },
    moreClasses() {
      cards += CARDS_SHOWN;
      show();
    },
  });
  return { el: board.el, show };
}

// What can be done with pictures, and what is said of it.
function makeChanges(collection, say) {
  return {
    move(ids, label) {
      collection.move(ids, label);
      say(BRING.moved(ids.length, label));
    },
    leaveOut(ids) {
      collection.leaveOut(ids);
      say(BRING.out(ids.length));
    },
    rename(label, name) {
      const both = collection.classes.includes(name);
      collection.rename(label, normalLabel(name));
      say(both ? BRING.joined(label, name) : BRING.renamed(label, name));
    },
    say,
  };
}

// Classes whose pictures are all of one burst: these can't be judged.
function loneBursts(collection) {
  return collection.classes.filter((name) => {
    const own = collection.all.filter(({ label }) => label === name);
    const [folder, ...others] = new Set(own.map(({ path }) => path.slice(0, path.lastIndexOf("/"))));
    return !others.length && isBurst(folder);
  });
}

// A button that asks before it drops all.
function makeFresh(drop) {
  const ask = (asked) => {
    question.hidden = !asked;
    fresh.hidden = asked;
    (asked ? keep : fresh).focus();
  };
  const sure = button(BRING.dropAll, () => {
    ask(false);
    drop();
  });
  const keep = button(BRING.keepAll, () => ask(false));
  const fresh = button(BRING.fresh, () => ask(true));
  const question = element("span", { hidden: true }, `${BRING.sure} `, sure, " ", keep);
  return element("p", { hidden: true }, fresh, question);
}

// What takes files: it reads them, and says what came of it.
function makeTake(desk, say, notes) {
  const meter = makeMeter(BRING.progress);
  const loaded = [];
  const arrivals = new Arrivals(desk.collection, desk.engine.run, {
    progress(done, total) {
      meter.show(done, total);
      say(BRING.reading(Math.min(done + 1, total), total));
    },
    classifier: (parts) => loaded.push(parts),
  });
  async function take(list, about) {
    if (!list.length) return say(BRING.nothing);
    desk.begin();
    const { added, noticed } = await arrivals.take(list, about).finally(() => desk.end());
    meter.hide();
    const found = loaded.splice(0);
    for (const parts of found) noticed.push(...(await desk.load(parts)));
    const lone = loneBursts(desk.collection);
    notes.show([...noticed, ...(lone.length ? [BRING.lone(lone)] : [])]);
    if (found.length && !added) say(BRING.loaded(found.at(-1).classes));
    else say(BRING.added(added, desk.collection.classes));
  }
  return { take, meter };
}

/**
 * The step. `desk` is what all steps share.
 * @param {import("./desk.js").Desk} desk
 */
export function makeBring(desk) {
  const { collection } = desk;
  const [says, notes] = [status(), makeNotes()];
  const say = (words) => (says.textContent = words);
  const { take, meter } = makeTake(desk, say, notes);
  const cards = makeCards(collection, (one) => desk.heldOf(one), { ...makeChanges(collection, say), send: take });
  const folder = { webkitdirectory: true, className: "studio-folder" };
  const pick = [...chooser(BRING.files, { className: "studio-files" }, take), ...chooser(BRING.folder, folder, take)];
  const buttons = element("p", { className: "dropzone-buttons" }, ...pick);
  const fresh = makeFresh(() => {
    desk.clear();
    notes.show([]);
    say(BRING.dropped);
  });
  desk.listen(() => {
    cards.show();
    fresh.hidden = !collection.pictures.size && !desk.classifier;
  });
  const target = dropTarget(BRING.drop, take);
  const parts = [paragraph(BRING.help), target, buttons, says, meter.el, notes.el, cards.el, fresh];
  cards.show();
  return { el: makeStep(WORDS.studio.steps.bring, ...parts), take };
}
