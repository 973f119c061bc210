// What a classifier says of a picture: of a file, and of a camera's frames.

import { pictureOf, withPicture } from "../engine/decode.js";
import { runHead } from "../engine/head.js";
import { look, squaresOf } from "../engine/looks.js";
import { makeBars } from "../parts/bars.js";
import { follow, makeCamera } from "../parts/camera.js";
import { element, penOf, reasonOf } from "../parts/dom.js";
import { WORDS } from "../parts/words.js";

const ANSWER = WORDS.page;

/**
 * A classifier that can be asked about squares.
 * @param {{classes: string[], looks: number, head: import("../engine/head.js").Dense[], run: import("./engine.js").Run}} parts
 */
export function withHead({ classes, looks, head, run }) {
  const classify = (squares) => {
    const probabilities = runHead(head, look(squares, run));
    return classes.map((name, place) => [name, probabilities[place]]);
  };
  return { classes, looks, classify };
}

// What is asked about a file: the squares that are seen, and each class with its probability.
export function askFile({ classify, looks }) {
  return async (file) => {
    const squares = await withPicture(file, (picture) => squaresOf(picture, looks));
    return { squares, pairs: classify(squares) };
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

// Shows one file: what the network sees of it, and how probable each class is; or why not.
export async function showFile(name, file, ask) {
  const row = element("article", { className: "answer" });
  const title = element("h3", { textContent: name });
  try {
    const { squares, pairs } = await ask(file);
    const bars = makeBars();
    bars.show(pairs);
    const seen = [drawSquare(squares.middle, ANSWER.middle)];
    if (squares.whole) seen.push(drawSquare(squares.whole, ANSWER.whole));
    row.append(element("div", { className: "answer-seen" }, ...seen), element("div", {}, title, bars.el));
    const [label, most] = pairs.reduce((one, other) => (other[1] > one[1] ? other : one));
    return [row, ANSWER.answer(name, label, (100 * most).toFixed(0))];
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
      const bars = makeBars();
      let times = [];
      const answer = async () => {
        const classifier = current();
        if (!classifier) return [];
        return classifier.classify(squaresOf(pictureOf(video, video.videoWidth, video.videoHeight), classifier.looks));
      };
      stop = follow(video, answer, (pairs) => {
        bars.show(pairs);
        times = [...times.slice(-9), performance.now()];
        const seconds = (times.at(-1) - times[0]) / 1000;
        if (seconds) rate.textContent = ANSWER.rate(((times.length - 1) / seconds).toFixed(0));
      });
      return [element("div", { className: "live-answer" }, bars.el, rate)];
    },
    () => stop(),
  );
  return camera;
}
