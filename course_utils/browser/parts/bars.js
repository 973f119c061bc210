// Probabilities as bars.

import { element } from "./dom.js";

const FEW = 10; // classes that keep their place; of more, the most probable are shown

// `show` is given [name, probability] pairs, in the order of the classes.
export function makeBars() {
  const el = element("div", { className: "bars" });
  const rows = [];
  function row(index) {
    if (!rows[index]) {
      const [name, fill, value] = ["name", "fill", "value"].map((part) =>
        element("span", { className: `bars-${part}` }),
      );
      const track = element("span", { className: "bars-track" }, fill);
      rows[index] = { el: element("div", { className: "bars-row" }, name, track, value), name, fill, value };
    }
    return rows[index];
  }
  function show(pairs) {
    const shown = pairs.length > FEW ? pairs.toSorted((one, other) => other[1] - one[1]).slice(0, FEW) : pairs;
    const most = Math.max(...shown.map(([, value]) => value));
    shown.forEach(([words, probability], index) => {
      const { el, name, fill, value } = row(index);
      name.textContent = words;
      fill.style.width = `${100 * probability}%`;
      value.textContent = probability.toFixed(2);
      el.classList.toggle("bars-most", probability === most);
    });
    const now = rows.slice(0, shown.length).map((one) => one.el);
    if (el.childElementCount !== now.length) el.replaceChildren(...now);
  }
  return { el, show };
}
