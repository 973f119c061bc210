// Step 4: try the classifier on a picture, or on what a camera sees.

import { hasCamera } from "../parts/camera.js";
import { chooser, element, status } from "../parts/dom.js";
import { dropTarget } from "../parts/drop.js";
import { WORDS } from "../parts/words.js";
import { askFile, makeLive, showFile } from "./answers.js";
import { makeStep, paragraph } from "./steps.js";

const TRYING = WORDS.studio.try;

/** @param {import("./desk.js").Desk} desk */
export function makeTrial(desk) {
  const says = status();
  const say = (words) => (says.textContent = words);
  const results = element("div", { className: "answers" });
  async function take(list) {
    if (!desk.classifier) return say(TRYING.first);
    if (!list.length) return say(TRYING.nothing);
    for (const [path, file] of list) {
      const name = path.split("/").at(-1);
      say(TRYING.looking(name));
      const [row, words] = await showFile(name, file, askFile(desk.classifier), desk.classifier.learned);
      results.prepend(row);
      say(words);
    }
  }
  const camera = makeLive(() => desk.classifier, say);
  const buttons = element("p", { className: "dropzone-buttons" });
  buttons.append(...chooser(TRYING.choose, { accept: "image/*", className: "studio-try" }, take));
  if (hasCamera()) buttons.append(camera.button);
  const ready = element("div", {}, dropTarget(TRYING.drop, take), buttons, says, camera.view, results);
  const first = paragraph(TRYING.first);
  let asked = null; // the classifier that the answers are of
  function show() {
    [ready.hidden, first.hidden] = [!desk.classifier, Boolean(desk.classifier)];
    if (desk.classifier === asked) return;
    asked = desk.classifier;
    results.replaceChildren();
    say("");
    if (!asked) camera.close();
  }
  desk.listen(show);
  show();
  return { el: makeStep(WORDS.studio.steps.try, first, ready) };
}
