// The page that trains: bring pictures, train, judge, try, keep. Nothing leaves the device.

import { element, reasonOf, status } from "../parts/dom.js";
import { filesDropped } from "../parts/drop.js";
import { WORDS } from "../parts/words.js";
import { makeBring } from "./bring.js";
import { Desk } from "./desk.js";
import { startEngine } from "./engine.js";
import { makeJudgement } from "./judgement.js";
import { makeKeeping } from "./keeping.js";
import { keepOffline } from "./offline.js";
import { paragraph } from "./steps.js";
import { makeTeach } from "./teach.js";
import { makeTrial } from "./trial.js";

const STUDIO = WORDS.studio;

/** @param {{weights?: "published" | "practice"}} about */
function makeAbout({ weights = "published" }) {
  return element("footer", {}, paragraph(STUDIO.network[weights]), paragraph(WORDS.page.stays));
}

// What is dropped beside the places for it is brought, too; the browser would open it otherwise.
function takeAll(take) {
  addEventListener("dragover", (event) => event.preventDefault());
  addEventListener("drop", async (event) => {
    event.preventDefault();
    take(await filesDropped(event));
  });
}

async function begin() {
  const root = /** @type {HTMLElement} */ (document.querySelector("main"));
  const says = status();
  says.textContent = WORDS.page.starting;
  root.append(says);
  try {
    const engine = await startEngine();
    const desk = new Desk(engine);
    const bring = makeBring(desk);
    const steps = [bring, makeTeach(desk), makeJudgement(desk), makeTrial(desk), makeKeeping(desk)];
    root.prepend(paragraph(STUDIO.intro));
    if (engine.about.weights === "practice") root.prepend(paragraph(STUDIO.practice, "studio-practice"));
    root.append(...steps.map(({ el }) => el), makeAbout(engine.about));
    takeAll(bring.take);
    addEventListener("beforeunload", (event) => desk.unsaved && event.preventDefault()); // the browser asks
    keepOffline();
    says.textContent = engine.fast ? "" : WORDS.page.plain;
  } catch (error) {
    says.textContent = WORDS.page.broken(reasonOf(error));
  }
}

begin();
