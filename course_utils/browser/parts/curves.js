// Curves of training: the loss after each epoch, drawn.

import { element } from "./dom.js";
import { WORDS } from "./words.js";

const SPACE = "http://www.w3.org/2000/svg";
const [WIDE, HIGH] = [320, 140]; // of the drawing, in its own units
const NAMES = { loss: "curve-learned", val_loss: "curve-held" };

function draw(kind, properties) {
  const made = document.createElementNS(SPACE, kind);
  for (const [name, value] of Object.entries(properties)) made.setAttribute(name, value);
  return made;
}

// A line through the values, from 0 below to `most` above.
function lineOf(values, most, kind) {
  const across = WIDE / Math.max(values.length - 1, 1);
  const points = values.map(
    (value, place) => `${(place * across).toFixed(1)},${(HIGH * (1 - value / most)).toFixed(1)}`,
  );
  return draw("polyline", { points: points.join(" "), class: kind });
}

/**
 * Curves, and what they are. `show` is given lists by the names that Keras gives them.
 */
export function makeCurves() {
  const picture = draw("svg", { viewBox: `-2 -2 ${WIDE + 4} ${HIGH + 4}`, class: "curves", role: "img" });
  const legend = element("figcaption");
  const el = element("figure", { hidden: true }, picture, legend);
  function show(history) {
    const drawn = Object.keys(NAMES).filter((name) => history?.[name]?.length > 1);
    el.hidden = !drawn.length;
    if (el.hidden) return;
    const most = Math.max(...drawn.flatMap((name) => history[name]), 1e-9);
    const axes = draw("path", { d: `M0 0 V${HIGH} H${WIDE}`, class: "curve-axes" });
    picture.replaceChildren(axes, ...drawn.map((name) => lineOf(history[name], most, NAMES[name])));
    const words = WORDS.curves.words(most.toFixed(2), history.loss.length, drawn.length > 1);
    picture.setAttribute("aria-label", words);
    legend.textContent = words;
  }
  return { el, show };
}
