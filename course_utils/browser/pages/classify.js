// The page that classifies: pictures that are chosen, dropped, pasted, or seen by a camera.

import { bytesOf } from "../engine/weights.js";
import { hasCamera } from "../parts/camera.js";
import { chooser, element, reasonOf, status } from "../parts/dom.js";
import { dropTarget, filesDropped } from "../parts/drop.js";
import { WORDS } from "../parts/words.js";
import { askFile, makeLive, showFile, withHead } from "./answers.js";
import { startEngine, textOf } from "./engine.js";
import { keepOffline } from "./offline.js";

const SAYS = WORDS.page;

function makeFoot({ classes, card, known }) {
  const foot = element("footer", {}, element("p", { textContent: SAYS.stays }));
  foot.prepend(element("p", { textContent: SAYS.knows(classes, Boolean(known)) }));
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
      const [row, words] = await showFile(name, file, askFile(engine));
      results.prepend(row);
      say(words);
    }
  }
  const camera = makeLive(() => engine, say);
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

/**
 * What is like the pictures that it learned from, if it tells.
 * @param {{classes: string[], known?: any}} about
 */
function readKnown({ known, classes }) {
  if (!known) return null;
  const labels = classes.flatMap((name, place) => Array.from({ length: known.examples[place] }, () => name));
  return { threshold: known.threshold, labels, examples: bytesOf(textOf("examples")) };
}

async function begin() {
  const root = /** @type {HTMLElement} */ (document.querySelector("main"));
  const says = status();
  says.textContent = SAYS.starting;
  root.append(says);
  try {
    const { about, head, run, fast } = await startEngine();
    const engine = { about, ...withHead({ ...about, head, run, known: readKnown(about) }) };
    build(root, engine, says);
    keepOffline();
    says.textContent = fast ? SAYS.ready : SAYS.plain;
  } catch (error) {
    says.textContent = SAYS.broken(reasonOf(error));
  }
}

begin();
