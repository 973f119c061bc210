// A card for each class, with its pictures: drag them to another card, or choose some and say where they belong.

import { hasCamera, makeCamera, recorder } from "./camera.js";
import { button, chooser, element } from "./dom.js";
import { filesDropped, hasFiles } from "./drop.js";
import { makeRow, makeThumbs } from "./thumbs.js";
import { WORDS } from "./words.js";

const SAYS_CARD = WORDS.cards;
const KINDS = "image/*,.heic,.heif,.wav,.zip"; // of files for a class

// What is done with the chosen pictures of a card.
function makeTools(board, card) {
  const count = element("span");
  const target = element("select", { ariaLabel: SAYS_CARD.target });
  const move = button(SAYS_CARD.move, () => target.value && board.move(card.chosen(), target.value));
  const out = button(SAYS_CARD.out, () => board.leaveOut(card.chosen()));
  const el = element("div", { className: "card-tools", hidden: true }, count, target, move, out);
  function show() {
    const chosen = card.chosen();
    const others = board.names().filter((name) => name !== card.name);
    el.hidden = !chosen.length;
    count.textContent = SAYS_CARD.chosen(chosen.length);
    target.hidden = move.hidden = !others.length;
    const known = [...target.options].slice(1).map((option) => option.value);
    if (known.join("\n") === others.join("\n") && target.options.length) return;
    const options = others.map((name) => element("option", { value: name, textContent: name }));
    target.replaceChildren(element("option", { value: "", textContent: SAYS_CARD.moveTo }), ...options);
  }
  return { el, show };
}

function makeTitle(board, card) {
  const title = element("input", { type: "text", className: "card-title" });
  title.addEventListener("change", () => {
    const name = title.value.trim();
    if (name && name !== card.name) board.rename(card, name);
    else title.value = card.name;
  });
  return title;
}

// Pictures, and files from outside, can be dropped on it.
function takeDrops(board, card) {
  const fits = (event) => board.dragged() !== null || hasFiles(event);
  const on = (kind, over, action = (_event) => {}) =>
    card.el.addEventListener(kind, (event) => {
      if (!fits(event)) return;
      event.preventDefault();
      event.stopPropagation();
      card.el.classList.toggle("card-over", over);
      action(event);
    });
  on("dragenter", true);
  on("dragover", true);
  on("dragleave", false);
  on("drop", false, async (event) => {
    const id = board.dragged();
    if (id === null) return board.send(await filesDropped(event), { label: card.name });
    const others = board.chosenWith(id).filter((one) => !card.ids.includes(one));
    if (others.length) board.move(others, card.name);
  });
}

function makeCard(board, name) {
  const card = { name, ids: [], chosen: () => card.ids.filter((id) => board.isChosen(id)) };
  const title = makeTitle(board, card);
  const hint = element("p", { className: "card-hint", textContent: board.noClass?.hint ?? "", hidden: true });
  const count = element("span", { className: "card-count" });
  const row = makeRow();
  const more = button("", () => board.more(card.name));
  const tools = makeTools(board, card);
  const add = (list) => board.send(list, { label: card.name });
  const buttons = element("div", { className: "card-buttons" }, ...chooser(SAYS_CARD.add, { accept: KINDS }, add));
  const camera = makeCamera(SAYS_CARD.webcam, board.say, (video) => [
    recorder(video, (list) => board.send(list, { label: card.name, burst: true })),
  ]);
  if (hasCamera()) buttons.append(camera.button);
  card.el = element("section", { className: "card" }, title, hint, count, row.el, more, tools.el, buttons, camera.view);
  card.close = camera.close;
  card.focus = () => (card.ids.length ? row.focus() : title.focus());
  card.tools = tools.show;
  card.show = ({ name, words, total, pictures }) => {
    card.name = name;
    card.ids = pictures.map((one) => one.id);
    card.el.ariaLabel = name;
    if (document.activeElement !== title) title.value = name;
    title.readOnly = name === board.noClass?.name; // its name is what it means
    hint.hidden = !title.readOnly;
    title.ariaLabel = SAYS_CARD.named(name);
    count.textContent = words;
    row.show(pictures.map((one) => board.thumb(one)));
    more.hidden = pictures.length >= total;
    more.textContent = SAYS_CARD.more(total);
  };
  takeDrops(board, card);
  return card;
}

// A field for the name of a class that has no pictures yet.
function makeAdder(add, noClass) {
  const name = element("input", { type: "text", placeholder: SAYS_CARD.newClass, ariaLabel: SAYS_CARD.newName });
  const go = () => {
    if (name.value.trim()) add(name.value.trim());
    name.value = "";
  };
  name.addEventListener("keydown", (event) => event.key === "Enter" && go());
  const buttons = [button(SAYS_CARD.addClass, go)];
  if (noClass) buttons.push(button(noClass.words, () => add(noClass.name)));
  return element("div", { className: "board-add" }, name, ...buttons);
}

const EMPTY = { words: SAYS_CARD.none, total: 0, pictures: [] };

// What the cards share: the pictures that are chosen, the one that is dragged, and what can be done with them. `around`
// names those on the card of one.
function makeShared(does, show, names, around) {
  const chosen = new Set();
  let dragged = null;
  const thumbs = makeThumbs({
    picture: does.picture,
    leaveOut: does.leaveOut,
    drag: (id) => (dragged = id),
    choose(id) {
      if (!chosen.delete(id)) chosen.add(id);
      show();
    },
    chooseAll(id) {
      for (const one of around(id)) chosen.add(one);
      show();
    },
  });
  return {
    ...does,
    names,
    dragged: () => dragged,
    isChosen: (id) => chosen.has(id),
    chosenWith: (id) => (chosen.has(id) ? [...chosen] : [id]),
    thumb: (one) => thumbs.show(one, chosen.has(one.id)),
    move(ids, name) {
      for (const id of ids) chosen.delete(id);
      does.move(ids, name);
      show();
    },
    keep(ids) {
      for (const id of chosen) if (!ids.has(id)) chosen.delete(id);
      thumbs.keep(ids);
    },
    close: thumbs.close,
  };
}

// Where the keyboard is goes on being so. If that went, or left its card, something near it takes its place.
function keepFocus(el, home, near, change) {
  const active = /** @type {any} */ (el.contains(document.activeElement) ? document.activeElement : null);
  change();
  if (!active) return;
  const stays = (home?.el ?? el).contains(active) && active.checkVisibility(); // what is hidden is left a moment later
  if (!stays) near();
  else if (document.activeElement !== active) active.focus({ preventScroll: true });
}

// Cards for what is there now. Those of classes that went are closed; new ones come last, so that none moves.
function updateCards(cards, entries, list, make) {
  const gone = cards.filter((card) => !entries.some(({ name }) => name === card.name));
  for (const card of gone) {
    card.close();
    card.el.remove();
  }
  const kept = cards.filter((card) => !gone.includes(card));
  for (const entry of entries) {
    let card = kept.find(({ name }) => name === entry.name);
    if (!card) {
      card = make(entry.name);
      kept.push(card);
      list.append(card.el);
    }
    card.show(entry);
  }
  for (const card of kept) card.tools();
  return kept;
}

// A class by another name, until it is told that it has that.
function renamed({ classes, names }, old, name) {
  const follow = (one) => (one === old ? name : one);
  return { classes: classes.map((one) => ({ ...one, name: follow(one.name) })), names: names.map(follow) };
}

// `does` says what happens: picture(id) loads one, move(ids, name), leaveOut(ids), rename(name, other), more(name),
// moreClasses(), send(files, about) and say(words). Where `noClass` has a name, words and a hint, a button with these words
// makes a card of that name, which it keeps, for pictures of no class. `show` is given {classes, names}: cards, and the names of all classes.
export function makeBoard(does) {
  const added = new Set(); // classes without pictures
  /** @type {any[]} */
  let cards = [];
  /** @type {{ classes: any[], names: string[] }} */
  let now = { classes: [], names: [] };
  const find = (name) => cards.find((card) => card.name === name);
  const around = (id) => cards.find((card) => card.ids.includes(id)).ids;
  const names = () => [...new Set([...now.names, ...added])];
  const shared = makeShared({ ...does, rename }, () => show(now), names, around);
  const list = element("div", { className: "board-cards" });
  const moreClasses = button("", () => does.moreClasses(), { hidden: true });
  function addCard(name) {
    if (!find(name)) added.add(name);
    show(now);
    find(name)?.focus();
  }
  const adder = makeAdder(addCard, does.noClass);
  const el = element("div", { className: "board" }, list, moreClasses, adder);
  function rename(card, name) {
    const [old, alone] = [card.name, !find(name)];
    if (added.delete(old)) added.add(name);
    else does.rename(old, name);
    if (alone) card.name = name; // it stays the same card, with the webcam that may be open on it
    show(alone ? renamed(now, old, name) : now);
  }
  function update() {
    for (const name of now.names) added.delete(name);
    const entries = [...now.classes, ...[...added].map((name) => ({ name, ...EMPTY }))];
    cards = updateCards(cards, entries, list, (name) => makeCard(shared, name));
    shared.keep(new Set(now.classes.flatMap(({ pictures }) => pictures.map(({ id }) => id))));
    moreClasses.hidden = now.names.length <= now.classes.length;
    moreClasses.textContent = SAYS_CARD.moreClasses(now.names.length);
  }
  function show(state) {
    now = state;
    const home = cards.find((card) => card.el.contains(document.activeElement));
    keepFocus(el, home, () => (cards.includes(home) ? home.focus() : adder.querySelector("input").focus()), update);
  }
  return { el, show, close: () => [...cards, shared].forEach((one) => one.close()) };
}
