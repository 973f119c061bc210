// What the steps of the page that trains have in common: a heading, fields, and things that are there only sometimes.

import { element } from "../parts/dom.js";
import { WORDS } from "../parts/words.js";

const FIELDS = WORDS.studio.train;

export function makeStep(words, ...children) {
  const heading = element("h2", { textContent: words });
  const made = element("section", { className: "step", ariaLabel: words }, heading, ...children);
  return made;
}

export const paragraph = (words, className = "") => element("p", { textContent: words, className });

// A list of sentences; hidden, if there are none.
export function makeNotes() {
  const el = element("ul", { className: "step-notes", hidden: true });
  const show = (list) => {
    el.replaceChildren(...list.map((words) => element("li", { textContent: words })));
    el.hidden = !list.length;
  };
  return { el, show };
}

// How far something is: a bar, which is there as long as it goes on.
export function makeMeter(words) {
  const el = element("progress", { max: 1, value: 0, hidden: true, ariaLabel: words });
  const show = (done, total) => Object.assign(el, { max: Math.max(total, 1), value: done, hidden: false });
  return { el, show, hide: () => (el.hidden = true) };
}

// What is wrong with a number that was typed; nothing, if it will do.
function problemWith(typed, { usual, low, high, whole }) {
  const number = Number(typed);
  const fits = typed !== "" && Number.isFinite(number) && number <= high && (whole ? number >= low : number > low);
  if (fits && (!whole || Number.isInteger(number))) return "";
  if (whole) return FIELDS.wholeNumber(typed, low, high, usual);
  const point = /^\d*,\d+$/.test(typed) ? FIELDS.comma(typed.replace(",", ".")) : "";
  return FIELDS.number(typed, high, usual) + point;
}

// A field for a number. `read` gives it, or null: then it is said below it what is wrong. That is not said earlier, since
// what comes below would move away under a pointer that is about to press it.
export function numberField(words, about) {
  const input = element("input", { type: "text", inputMode: "decimal", value: String(about.usual) });
  const says = element("span", { className: "page-problem" });
  says.setAttribute("role", "status");
  const read = () => {
    const typed = input.value.trim();
    says.textContent = problemWith(typed, about);
    input.setAttribute("aria-invalid", String(Boolean(says.textContent)));
    return says.textContent ? null : Number(typed);
  };
  input.addEventListener("input", () => says.textContent && read()); // what was wrong may be right now
  return { el: element("div", {}, element("label", {}, `${words} `, input), says), words, read };
}
