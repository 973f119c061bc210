// What a classifier says of a picture: of a file, and of a camera's frames.

import { pictureOf, withPicture } from "../engine/decode.js";
import { runHead } from "../engine/head.js";
import { NONE_OF_THESE, askKnown } from "../engine/known.js";
import { look, middleOf, squaresOf } from "../engine/looks.js";
import { makeBars } from "../parts/bars.js";
import { follow, makeCamera } from "../parts/camera.js";
import { element, penOf, reasonOf } from "../parts/dom.js";
import { WORDS } from "../parts/words.js";

const ANSWER = WORDS.page;

/**
 * A classifier that can be asked about squares.
 * @param {{
 *   classes: string[], looks: number, head: import("../engine/head.js").Dense[], run: import("./engine.js").Run,
 *   known?: import("../engine/known.js").Known | null,
 * }} parts
 */
export function withHead({ classes, looks, head, run, known }) {
  const classify = (squares) => {
    const seen = look(squares, run);
    const probabilities = runHead(head, seen);
    const pairs = classes.map((name, place) => [name, probabilities[place]]);
    return { pairs, near: known ? askKnown(known, middleOf(seen)) : null };
  };
  return { classes, looks, known, classify };
}

const best = (pairs) => pairs.reduce((one, other) => (other[1] > one[1] ? other : one));

// Why a picture is none of these, in words; nothing, if it is one of them.
export function verdictOf({ pairs, near }) {
  if (best(pairs)[0] === NONE_OF_THESE) return ANSWER.likeNone;
  return near && !near.known ? ANSWER.unlike : "";
}

// Bars, and above them why a picture is none of these: then they are quiet. Below, where the pictures that it learned from
// are at hand, those that are most like this one. `live` answers speak for themselves; of a file, the status line does.
function makeAnswer(live = false) {
  const [bars, near] = [makeBars(), makeNear()];
  const verdict = element("p", { className: "live-verdict", ...(live ? { role: "status" } : {}) });
  function show(answer, examples) {
    const words = verdictOf(answer);
    if (verdict.textContent !== words) verdict.textContent = words;
    bars.el.classList.toggle("bars-quiet", words === ANSWER.unlike);
    bars.show(answer.pairs);
    near.show(answer.near, examples);
  }
  return { els: [verdict, bars.el, near.el], show };
}

// An address of each small picture, made once: there are a few hundred at most.
const addresses = new WeakMap();

function addressOf(small) {
  if (!addresses.has(small)) addresses.set(small, URL.createObjectURL(small));
  return addresses.get(small);
}

function makePlace() {
  const [image, label, name] = [element("img", { alt: "" }), element("b"), element("span")];
  const el = element("figure", { className: "near" }, image, element("figcaption", {}, label, name));
  function show({ small, label: own, path }) {
    const address = addressOf(small);
    if (image.src !== address) image.src = address;
    [label.textContent, name.textContent] = [own, path.split("/").at(-1)];
  }
  return { el, show };
}

// The pictures that it learned from that are most like one, with their classes.
function makeNear() {
  const places = [];
  const title = element("p");
  const row = element("div", { className: "near-row" });
  const el = element("div", { className: "answer-near", hidden: true }, title, row);
  function show(near, examples) {
    el.hidden = !near || !examples;
    if (!near || !examples) return;
    title.textContent = ANSWER.nearest(near.similarity.toFixed(2));
    while (places.length < near.nearest.length) places.push(makePlace());
    near.nearest.forEach((example, at) => places[at].show(examples[example]));
    row.replaceChildren(...places.slice(0, near.nearest.length).map((place) => place.el));
  }
  return { el, show };
}

// What is asked about a file: the squares that are seen, each class with its probability, and what is near.
export function askFile({ classify, looks }) {
  return async (file) => {
    const squares = await withPicture(file, (picture) => squaresOf(picture, looks));
    return { squares, ...classify(squares) };
  };
}

// A square of pixels, drawn.
export function drawSquare(pixels, words) {
  const side = Math.sqrt(pixels.length / 3);
  const canvas = element("canvas", { width: side, height: side, ariaLabel: words, title: words });
  canvas.setAttribute("role", "img");
  const image = new ImageData(side, side);
  image.data.fill(255);
  for (let from = 0, to = 0; from < pixels.length; from += 1, to += from % 3 ? 1 : 2) image.data[to] = pixels[from];
  penOf(canvas).putImageData(image, 0, 0);
  return canvas;
}

// Shows one file: what the network sees of it, and how probable each class is; or why not. `examples` are the pictures
// that were learned from, where they are at hand.
export async function showFile(name, file, ask, examples = null) {
  const row = element("article", { className: "answer" });
  const title = element("h3", { textContent: name });
  try {
    const { squares, ...answer } = await ask(file);
    const { els, show } = makeAnswer();
    show(answer, examples);
    const seen = [drawSquare(squares.middle, ANSWER.middle)];
    if (squares.whole) seen.push(drawSquare(squares.whole, ANSWER.whole));
    row.append(element("div", { className: "answer-seen" }, ...seen), element("div", {}, title, ...els));
    const [label, most] = best(answer.pairs);
    const verdict = verdictOf(answer);
    return [row, verdict ? ANSWER.none(name, verdict) : ANSWER.answer(name, label, (100 * most).toFixed(0))];
  } catch (error) {
    const words = ANSWER.problem(name, reasonOf(error));
    row.append(element("p", { className: "answer-problem", textContent: words }));
    return [row, words];
  }
}

// The camera's picture, and beside it bars for each frame. `current` gives the classifier, or nothing: then none is shown.
export function makeLive(current, say) {
  const rate = element("p", { className: "live-rate" });
  let stop = () => {};
  const camera = makeCamera(
    ANSWER.camera,
    say,
    (video) => {
      const shown = makeAnswer(true);
      let times = [];
      const answer = async () => {
        const classifier = current();
        if (!classifier) return null;
        return classifier.classify(squaresOf(pictureOf(video, video.videoWidth, video.videoHeight), classifier.looks));
      };
      stop = follow(video, answer, (said) => {
        if (said) shown.show(said, current()?.learned);
        times = [...times.slice(-9), performance.now()];
        const seconds = (times.at(-1) - times[0]) / 1000;
        if (seconds) rate.textContent = ANSWER.rate(((times.length - 1) / seconds).toFixed(0));
      });
      return [element("div", { className: "live-answer" }, ...shown.els, rate)];
    },
    () => stop(),
  );
  return camera;
}
