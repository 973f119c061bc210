// Step 3: what the pictures that were held back say of the classifier.

import { makeBars } from "../parts/bars.js";
import { element } from "../parts/dom.js";
import { WORDS } from "../parts/words.js";
import { percentOf } from "./card.js";
import { makeNotes, makeStep, paragraph } from "./steps.js";

const JUDGED = WORDS.studio.judge;
const [GROUPS_SHOWN, OF_EACH] = [6, 5]; // groups of near-copies, and pictures of each

// Shows small pictures, and forgets those that were shown before.
function makeShower() {
  let addresses = [];
  function show(picture, words) {
    const src = URL.createObjectURL(picture.small);
    addresses.push(src);
    return element("img", { src, alt: words, className: "studio-small" });
  }
  function forget() {
    for (const one of addresses) URL.revokeObjectURL(one);
    addresses = [];
  }
  return { show, forget };
}

function beside({ commonest, guessed, right, better }) {
  if (better) return `${JUDGED.baseline(commonest, guessed)}.`;
  return `${JUDGED.baseline(commonest, guessed)}${JUDGED.noBetter(commonest, right > guessed)}.`;
}

// How many are right, and what that is worth.
function inSentences({ judgement, classes, linearRight, shared }) {
  const { count, right, accuracy, interval, tries, byClass } = judgement;
  const [bold, rest] = JUDGED.right(right, count, percentOf(accuracy));
  const first = element("p", {}, element("strong", { textContent: bold }), rest);
  const sentences = [
    JUDGED.interval(percentOf(interval[0]), percentOf(interval[1])),
    tries < count ? JUDGED.worth(count, tries) : "",
    beside(judgement),
    JUDGED.byClass(classes.map((name, place) => [name, ...byClass[place]])),
    linearRight === null ? "" : JUDGED.linear(linearRight, count),
    shared.length ? JUDGED.shared(shared.length) : "",
  ];
  return [first, ...sentences.filter(Boolean).map((words) => paragraph(words))];
}

function confusionTable({ classes, judgement }) {
  const head = (words, scope) => element("th", { textContent: words, scope });
  const rows = judgement.confusion.map((counts, row) => {
    const cells = counts.map((count, column) => {
      const kind = row === column ? "confusion-right" : count ? "confusion-wrong" : "";
      return element("td", { textContent: count, className: kind });
    });
    return element("tr", {}, head(classes[row], "row"), ...cells);
  });
  const titles = element("tr", {}, head(JUDGED.corner, "col"), ...classes.map((name) => head(name, "col")));
  const table = element("table", { className: "confusion", ariaLabel: JUDGED.confusion }, element("thead", {}, titles));
  table.append(element("tbody", {}, ...rows));
  const wide = { className: "studio-wide", tabIndex: 0, role: "group", ariaLabel: JUDGED.confusion }; // keys scroll it
  return [paragraph(JUDGED.confusion), element("div", wide, table)];
}

function mistakesOf({ judgement, validation, classes }, shower) {
  if (!judgement.mistakes.length) return [paragraph(JUDGED.noMistakes)];
  const rows = judgement.mistakes.map(({ picture, expected, predicted, probabilities }) => {
    const one = validation[picture];
    const words = JUDGED.mistake(one.path.split("/").at(-1), expected, predicted);
    const bars = makeBars();
    bars.show(classes.map((name, place) => [name, probabilities[place]]));
    return element(
      "article",
      { className: "answer" },
      shower.show(one, ""),
      element("div", {}, paragraph(words), bars.el),
    );
  });
  return [element("h3", { textContent: JUDGED.mistakes }), ...rows];
}

// The near-copies that were kept on one side.
function groupsOf({ together }, shower) {
  if (!together.length) return [];
  const rows = together.slice(0, GROUPS_SHOWN).map((group) => {
    const shown = group.slice(0, OF_EACH).map((one) => shower.show(one, one.path.split("/").at(-1)));
    const more = group.length - OF_EACH;
    return element("p", { className: "studio-group" }, ...shown, more > 0 ? ` ${JUDGED.more(more)}` : "");
  });
  const left = together.length - GROUPS_SHOWN;
  const summary = element("summary", { textContent: JUDGED.together(together.length) });
  const rest = left > 0 ? [paragraph(JUDGED.more(left))] : [];
  return [element("details", {}, summary, paragraph(JUDGED.apart), ...rows, ...rest)];
}

// What may make the number too good.
function doubtsOf({ oneGroup, oneFolder, alike }) {
  return [
    ...oneGroup.map((name) => JUDGED.oneGroup(name)),
    ...oneFolder.map(({ label, folder }) => JUDGED.oneFolder(label, folder)),
    ...alike.map((name) => JUDGED.alike(name)),
  ];
}

/** @param {import("./desk.js").Desk} desk */
export function makeJudgement(desk) {
  const [age, shower, doubts] = [paragraph("", "page-problem"), makeShower(), makeNotes()];
  const body = element("div");
  let shown; // the result that stands here
  function show() {
    const { result } = desk;
    age.textContent = result && !desk.judged ? JUDGED.loaded : desk.outdated ? JUDGED.outdated : "";
    age.hidden = !age.textContent;
    if (result === shown) return;
    shown = result;
    shower.forget();
    if (!result) return body.replaceChildren(paragraph(JUDGED.first));
    doubts.show(doubtsOf(result.doubts));
    const judged = result.judgement.count
      ? [...inSentences(result), ...confusionTable(result), ...mistakesOf(result, shower)]
      : [paragraph(JUDGED.nothing)];
    body.replaceChildren(...judged, doubts.el, ...groupsOf(result, shower));
  }
  desk.listen(show);
  show();
  return { el: makeStep(WORDS.studio.steps.judge, age, body) };
}
