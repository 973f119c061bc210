// A zip file with the pictures in folders, and the classifier beside them: the trainer in Python opens it again, and so
// does the page. Other zip files of pictures are read, too.

import { normalLabel } from "./labels.js";
import { writeZip } from "./zip.js";

const PARTS_OF = /** @type {Record<string, "training" | "validation" | "test">} */ ({
  training: "training",
  train: "training",
  validation: "validation",
  valid: "validation",
  val: "validation",
  test: "test",
}); // what folders with these names hold
const LEFT_BEHIND = ["__macosx", "thumbs.db", "desktop.ini"]; // by operating systems, like all that begins with a dot
export const CLASSIFIER_NAME = "my-classifier.zip"; // of the classifier in a project
const NOT_IN_NAMES = /[\\/:*?"<>|\p{Cc}]/gu; // what some systems don't take in names of folders and files

/**
 * A picture to keep: its class, the last part of its name (or `burst-1/frame-001.jpg`), and its file.
 * @typedef {{ label: string, name: string, part?: "training" | "validation" | "test", file: Blob | Uint8Array<ArrayBuffer> }} Kept
 */

/**
 * Writes a project. `renamed` says which classes have another name in it, since no folder can have theirs.
 * @param {Kept[]} pictures
 * @param {Blob} [classifier] from `writeClassifier`
 * @returns {Promise<{ file: Blob, renamed: [string, string][] }>}
 */
export async function writeProject(pictures, classifier) {
  const folders = nameFolders(pictures.map(({ label }) => label));
  const taken = new Set();
  /** @type {import("./zip.js").NamedContent[]} */
  const contents = pictures.map(({ label, name, part = "training", file }) => {
    const parts = name.split("/").map((word) => cleanName(word));
    const path = unlike([part, folders.get(label), ...parts].join("/"), taken);
    return [path, file];
  });
  if (classifier) contents.push([CLASSIFIER_NAME, classifier]);
  const renamed = [...folders].filter(([label, folder]) => label !== folder);
  return { file: await writeZip(contents), renamed };
}

/**
 * A folder for each class.
 * @param {string[]} labels
 */
function nameFolders(labels) {
  const taken = new Set();
  return new Map([...new Set(labels)].map((label) => [label, unlike(cleanName(label), taken)]));
}

/**
 * A name that every system takes.
 * @param {string} name
 */
function cleanName(name) {
  const clean = name
    .normalize("NFC")
    .replace(NOT_IN_NAMES, "-")
    .replace(/^\.+|[. ]+$/g, "")
    .trim();
  return clean || "unnamed";
}

/**
 * The name, or one with a number behind it if it is taken. Capitals make no difference.
 * @param {string} name
 * @param {Set<string>} taken
 */
function unlike(name, taken) {
  const [, stem, ending] = /^(.*?)(\.[^./]*)?$/s.exec(name) ?? ["", name, ""];
  let free = name;
  for (let number = 2; taken.has(free.toLowerCase()); number += 1) free = `${stem}-${number}${ending ?? ""}`;
  taken.add(free.toLowerCase());
  return free;
}

/**
 * A picture in a zip file. `label` is nothing where no folder names a class. `path` is its class and what follows.
 * @typedef {{ path: string, label: string | null, part: "training" | "validation" | "test", member: import("./zip.js").Member }} Found
 */

/**
 * Sorts what a zip file holds: its pictures by the folders that name classes, and the classifier of a project.
 * @param {import("./zip.js").Member[]} members from `readZip`
 * @param {(name: string) => boolean} isPicture tells by a name
 * @returns {{ pictures: Found[], classifier: import("./zip.js").Member | undefined, others: string[] }}
 */
export function sortMembers(members, isPicture) {
  const own = members.filter(({ name }) => !name.split("/").some(isLeftBehind));
  const shown = own.filter(({ name }) => isPicture(name));
  const folders = shown.map(({ name }) => name.split("/").slice(0, -1));
  let level = 0; // folders that hold all others name no class
  const shared = () => folders.every((words) => words.length > level + 1 && words[level] === folders[0][level]);
  while (folders.length && shared() && !PARTS_OF[folders[0][level].toLowerCase()]) level += 1;
  const inParts =
    folders.length > 0 && folders.every((words) => words.length > level && PARTS_OF[words[level].toLowerCase()]);
  const pictures = shown.map((member, place) => {
    const word = inParts ? folders[place][level].toLowerCase() : "training";
    const path = member.name.split("/").slice(inParts ? level + 1 : level);
    const label = path.length > 1 ? normalLabel(path[0]) : null;
    return { path: path.join("/"), label, part: PARTS_OF[word], member };
  });
  const classifier = own.find(({ name }) => name === CLASSIFIER_NAME);
  const others = own.filter((member) => !shown.includes(member) && member !== classifier).map(({ name }) => name);
  return { pictures, classifier, others };
}

/** @param {string} word */
const isLeftBehind = (word) => word.startsWith(".") || LEFT_BEHIND.includes(word.toLowerCase());
