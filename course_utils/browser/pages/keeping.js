// Step 5: take it along: the classifier, a page that classifies, or all of it with its pictures.

import { writeClassifier } from "../engine/classifierfile.js";
import { writeProject } from "../engine/projectfile.js";
import { button, element, reasonOf, status } from "../parts/dom.js";
import { download } from "../parts/drop.js";
import { WORDS } from "../parts/words.js";
import { writePage } from "./filling.js";
import { makeStep, paragraph } from "./steps.js";

const KEEPING = WORDS.studio.keep;
const LOT = /^lot-\d+\//;
const BURST = /(^|\/)burst-\d+\/[^/]*$/;

// What a picture is called inside the folder of its class. Folders in there tell of occasions, and so do bursts, which
// are counted anew: two that were brought on different days may have one number.
function namesToKeep(pictures) {
  const bursts = new Map();
  return pictures.map(({ path, label }) => {
    const words = path.replace(LOT, "").split("/");
    const folder = path.slice(0, path.lastIndexOf("/"));
    if (BURST.test(path)) {
      if (!bursts.has(folder)) bursts.set(folder, bursts.size + 1);
      return `burst-${bursts.get(folder)}/${words.at(-1)}`;
    }
    const own = words.slice(0, -1).findLastIndex((word) => word.normalize("NFC") === label);
    return own < 0 ? words.at(-1) : words.slice(own + 1).join("/");
  });
}

// A classifier's file: the one that was brought, or a new one.
const fileOf = (classifier) => classifier.file ?? writeClassifier(classifier);

/**
 * Pictures in folders, and the classifier beside them.
 * @param {import("./desk.js").Desk} desk
 */
async function projectOf(desk) {
  const { collection, classifier } = desk;
  const names = namesToKeep(collection.all);
  const kept = collection.all.map(({ label, part, file }, place) => ({ label, part, file, name: names[place] }));
  desk.keptAt = collection.version;
  return writeProject(kept, classifier ? await fileOf(classifier) : undefined);
}

/** @param {import("./desk.js").Desk} desk */
export function makeKeeping(desk) {
  const says = status();
  const say = (words) => (says.textContent = words);
  const first = paragraph(KEEPING.first);
  async function write(name, make) {
    say(KEEPING.writing);
    try {
      const { file, renamed = [] } = await make();
      download(name, [file]);
      const written = KEEPING.written(name, (file.size / 1e6).toFixed(1));
      say(renamed.length ? `${written} ${KEEPING.renamed(renamed)}` : written);
    } catch (error) {
      console.error(error);
      say(KEEPING.failed(reasonOf(error)));
    }
  }
  const { files } = KEEPING;
  const ways = [
    [KEEPING.page, KEEPING.pageHelp, files.page, async () => ({ file: await writePage(desk.classifier) })],
    [
      KEEPING.classifier,
      KEEPING.classifierHelp,
      files.classifier,
      async () => ({ file: await fileOf(desk.classifier) }),
    ],
    [KEEPING.project, KEEPING.projectHelp, files.project, () => projectOf(desk)],
  ].map(([words, help, name, make]) => {
    const go = button(words, () => write(name, make));
    return { go, name, row: element("div", { className: "studio-way" }, go, paragraph(help)) };
  });
  function show() {
    for (const { row, name } of ways) {
      row.hidden = name === files.project ? !desk.collection.pictures.size : !desk.classifier;
    }
    first.hidden = Boolean(desk.classifier) || desk.collection.pictures.size > 0;
  }
  desk.listen(show);
  show();
  return { el: makeStep(WORDS.studio.steps.keep, first, ...ways.map(({ row }) => row), says) };
}
