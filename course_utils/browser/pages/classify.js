// The page that classifies: pictures that are chosen, dropped, pasted, or seen by a camera.

import { pictureOf, withPicture } from "../engine/decode.js";
import { runHead } from "../engine/head.js";
import { look, squaresOf } from "../engine/looks.js";
import { makeBars } from "../parts/bars.js";
import { follow, hasCamera, makeCamera } from "../parts/camera.js";
import { chooser, element, status } from "../parts/dom.js";
import { dropTarget, filesDropped } from "../parts/drop.js";
import { WORDS } from "../parts/words.js";
import { startEngine } from "./engine.js";
import { keepOffline } from "./offline.js";

const SAYS = WORDS.page;

// A square of pixels, drawn.
function drawSquare(pixels, words) {
  const side = Math.sqrt(pixels.length / 3);
  const canvas = element("canvas", { width: side, height: side, ariaLabel: words, title: words });
  canvas.setAttribute("role", "img");
  const image = new ImageData(side, side);
  image.data.fill(255);
  pixels.forEach((value, place) => (image.data[place + Math.floor(place / 3)] = value));
  canvas.getContext("2d").putImageData(image, 0, 0);
  return canvas;
}

// Shows one file: what the network sees of it, and how probable each class is; or why not.
async function showFile(name, file, ask) {
  const row = element("article", { className: "answer" });
  const title = element("h3", { textContent: name });
  try {
    const { squares, pairs } = await ask(file);
    const bars = makeBars();
    bars.show(pairs);
    const seen = [drawSquare(squares.middle, SAYS.middle)];
    if (squares.whole) seen.push(drawSquare(squares.whole, SAYS.whole));
    row.append(element("div", { className: "answer-seen" }, ...seen), element("div", {}, title, bars.el));
    const [label, most] = pairs.reduce((one, other) => (other[1] > one[1] ? other : one));
    return [row, SAYS.answer(name, label, (100 * most).toFixed(0))];
  } catch (error) {
    const words = SAYS.problem(name, error.message);
    row.append(element("p", { className: "answer-problem", textContent: words }));
    return [row, words];
  }
}

// The camera's picture, and beside it bars for each frame.
function makeLive(engine, say) {
  const rate = element("p", { className: "live-rate" });
  let stop = () => {};
  const camera = makeCamera(
    SAYS.camera,
    say,
    (video) => {
      const bars = makeBars();
      let times = [];
      const answer = async () => {
        const picture = pictureOf(video, video.videoWidth, video.videoHeight);
        return engine.classify(squaresOf(picture, engine.about.looks));
      };
      stop = follow(video, answer, (pairs) => {
        bars.show(pairs);
        times = [...times.slice(-9), performance.now()];
        const seconds = (times.at(-1) - times[0]) / 1000;
        if (seconds) rate.textContent = SAYS.rate(((times.length - 1) / seconds).toFixed(0));
      });
      return [element("div", { className: "live-answer" }, bars.el, rate)];
    },
    () => stop(),
  );
  return camera;
}

function withClassifier(engine) {
  const classify = (squares) => {
    const probabilities = runHead(engine.head, look(squares, engine.run));
    return engine.about.classes.map((name, place) => [name, probabilities[place]]);
  };
  const ask = async (file) => {
    const squares = await withPicture(file, (picture) => squaresOf(picture, engine.about.looks));
    return { squares, pairs: classify(squares) };
  };
  return { ...engine, classify, ask };
}

function makeFoot({ classes, card }) {
  const foot = element("footer", {}, element("p", { textContent: SAYS.stays }));
  foot.prepend(element("p", { textContent: SAYS.knows(classes) }));
  if (card) {
    const text = element("pre", { textContent: card });
    foot.append(element("details", {}, element("summary", { textContent: SAYS.about }), text));
  }
  return foot;
}

function build(root, engine, says) {
  const say = (words) => (says.textContent = words);
  const results = element("section", { className: "answers", ariaLabel: SAYS.results });
  async function take(list) {
    if (!list.length) say(SAYS.nothing);
    for (const [path, file] of list) {
      const name = path.split("/").at(-1);
      say(SAYS.reading(name));
      const [row, words] = await showFile(name, file, engine.ask);
      results.prepend(row);
      say(words);
    }
  }
  const camera = makeLive(engine, say);
  const buttons = element("p", { className: "dropzone-buttons" }, ...chooser(SAYS.choose, { accept: "image/*" }, take));
  if (hasCamera()) buttons.append(camera.button);
  root.append(dropTarget(SAYS.drop, take), buttons, says, camera.view, results, makeFoot(engine.about));
  addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length) take(files.map((file) => [file.name, file]));
  });
  addEventListener("dragover", (event) => event.preventDefault()); // beside the target, too
  addEventListener("drop", async (event) => {
    event.preventDefault();
    take(await filesDropped(event));
  });
}

async function begin() {
  const root = /** @type {HTMLElement} */ (document.querySelector("main"));
  const says = status();
  says.textContent = SAYS.starting;
  root.append(says);
  try {
    const engine = withClassifier(await startEngine());
    build(root, engine, says);
    keepOffline();
    says.textContent = engine.fast ? SAYS.ready : SAYS.plain;
  } catch (error) {
    says.textContent = SAYS.broken(error.message);
  }
}

begin();
