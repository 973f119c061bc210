// In Jupyter: a gray square follows the pointer over a picture, and bars show what the classifier says of what is left.

import { makeBars } from "../parts/bars.js";
import { element, status } from "../parts/dom.js";
import { keepKeys } from "../parts/keys.js";

const STEP = 16; // pixels of the picture, for a press of an arrow key
const REST = 700; // milliseconds without news, after which a screen reader is told
const ARROWS = { ArrowUp: [-STEP, 0], ArrowDown: [STEP, 0], ArrowLeft: [0, -STEP], ArrowRight: [0, STEP] };
const LABEL = "Picture with a gray square: arrow keys move the square, Escape takes it away";

// Asks the kernel about one place at a time. Of the places that come before its answer, the newest is asked about next.
function placeAsker(model, show) {
  let [wanted, asked] = [null, null];
  function ask(place) {
    wanted = place;
    if (wanted && !asked) model.send({ place: (asked = wanted) });
  }
  function heard(answer) {
    if (String(answer.place) !== String(asked)) return; // that is for another view
    asked = null;
    if (wanted) show(answer);
    if (String(answer.place) !== String(wanted)) ask(wanted);
  }
  model.on("msg:custom", heard);
  return { ask, end: () => model.off("msg:custom", heard) };
}

// Bars for an answer, and words: at once, if it went wrong; else for a screen reader, when it rests.
function makeAnswer(size) {
  const [bars, says] = [makeBars(), status()];
  const rows = ([top, left]) => `Rows ${top} to ${top + size - 1}, columns ${left} to ${left + size - 1}`;
  let timer = 0;
  function show({ place, bars: pairs, words }) {
    if (!words) bars.show(pairs);
    bars.el.classList.toggle("bars-quiet", !!words);
    says.classList.toggle("part-unseen", !words);
    const listed = pairs.map(([name, probability]) => `${name} ${probability.toFixed(2)}`).join("; ");
    const tell = () => (says.textContent = words || `${place ? rows(place) : "Nothing"} covered: ${listed}`);
    clearTimeout(timer);
    timer = window.setTimeout(tell, words ? 0 : REST);
  }
  return { el: element("div", { className: "occluder-answer" }, bars.el, says), show };
}

function render({ model, el }) {
  const [side, size] = [model.get("side"), model.get("size")];
  const whole = { place: null, bars: model.get("bars"), words: "" };
  const picture = element("img", { src: model.get("picture"), alt: "The picture that the classifier is asked about" });
  const square = element("div", { className: "occluder-square", hidden: true });
  const role = "application"; // so that a screen reader leaves the arrow keys to it
  const frame = element("div", { className: "occluder-frame", tabIndex: 0, role, ariaLabel: LABEL }, picture, square);
  const answer = makeAnswer(size);
  const { ask, end } = placeAsker(model, answer.show);
  let place = null; // the square's top and left, in pixels of the picture

  function cover(wanted) {
    const inside = wanted.map((at) => Math.min(Math.max(Math.round(at), 0), side - size));
    [square.style.top, square.style.left] = inside.map((at) => `${(100 * at) / side}%`);
    square.hidden = false;
    ask((place = inside));
  }
  function uncover() {
    if (place) answer.show(whole);
    square.hidden = true;
    ask((place = null));
  }
  const follow = ({ offsetX, offsetY }) =>
    cover([offsetY, offsetX].map((at) => (at * side) / frame.clientWidth - size / 2));
  for (const kind of ["pointerdown", "pointermove"]) frame.addEventListener(kind, follow);
  for (const kind of ["pointerleave", "blur"]) frame.addEventListener(kind, uncover);
  frame.addEventListener("keydown", (event) => {
    const step = ARROWS[event.key];
    if (!step) return;
    event.preventDefault(); // it would scroll the page
    cover((place ?? [(side - size) / 2, (side - size) / 2]).map((at, axis) => at + step[axis]));
  });
  square.style.width = square.style.height = `${(100 * size) / side}%`;
  el.classList.add("occluder", "part");
  el.append(frame, answer.el);
  answer.show(whole);
  const release = keepKeys(frame, uncover);
  return () => (release(), end());
}

export default { render };
