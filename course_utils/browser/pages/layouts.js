// Which class each picture has, and which part of a data set it is of: folders say it, or the names of files. As the
// course's Python reads them, but for tables.

import { normalLabel } from "../engine/labels.js";
import { WORDS } from "../parts/words.js";
import { readNames } from "./filenames.js";

const READING = WORDS.studio.reading;
const ENDINGS = /\.(jpe?g|jfif|png|apng|gif|webp|bmp|avif|heic|heif|tiff?|ico|jp2|tga|ppm|pgm)$/i;
const LEFT_OVER = /^(\..*|__macosx|thumbs\.db|desktop\.ini|@eadir|\$recycle\.bin|icon\r)$/i; // by systems: nobody's
const PART_WORDS = {
  ...Object.fromEntries(["train", "training", "trn"].map((word) => [word, "training"])),
  ...Object.fromEntries(
    ["val", "valid", "validation", "validate", "dev", "eval", "evaluation", "holdout"].map((word) => [
      word,
      "validation",
    ]),
  ),
  ...Object.fromEntries(["test", "testing", "tst"].map((word) => [word, "test"])),
};
const FILLING = "set|data|dataset|images|image|img|imgs|pictures|photos|folder|split|the";
const BY_PROGRAMS = /^(pexels|frame)$/i;
const SAYS_NOTHING = new RegExp(
  `^(${FILLING}|photo|pics?|my|new|folder|archive|desktop|documents|downloads?|uploads?|samples?|temp|tmp|unzipped)$`,
);

/** @typedef {{path: string, file: Blob}} Brought */
/** @typedef {Brought & {label: string, part: "training" | "validation" | "test", burst?: boolean}} Labeled */

const namesOf = (path) => path.split("/");
export const fileName = (path) => namesOf(path).at(-1);
const foldersOf = (path) => namesOf(path).slice(0, -1);

/**
 * Tell pictures from what else lies beside them, by their names.
 * @param {[string, Blob][]} list
 * @returns {{pictures: Brought[], others: string[]}}
 */
export function pickPictures(list) {
  const own = list.filter(([path]) => !namesOf(path).some((name) => LEFT_OVER.test(name)));
  const isPicture = ([path, file]) => ENDINGS.test(path) || file.type.startsWith("image/");
  return {
    pictures: own.filter(isPicture).map(([path, file]) => ({ path, file })),
    others: own.filter((one) => !isPicture(one)).map(([path]) => path),
  };
}

// The part that a folder's name speaks of, and its other words: `dogs-train` is training, and dogs.
function partOf(name) {
  const filled = new RegExp(`^(${Object.keys(PART_WORDS).join("|")})(${FILLING})$`);
  const words = name
    .normalize("NFC")
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .map((word) => word.replace(/\d+$/, "").replace(filled, "$1"));
  const kinds = new Set(words.filter((word) => word in PART_WORDS).map((word) => PART_WORDS[word]));
  const rest = words.filter((word) => word && !(word in PART_WORDS) && !SAYS_NOTHING.test(word));
  return { part: kinds.size === 1 ? [...kinds][0] : null, rest };
}

// Files that are named after their classes: counted, and several of each.
function labelsInNames(pictures) {
  const labels = readNames(pictures.map(({ path }) => fileName(path))).map(({ label, counted }) => {
    const unclear = !label || !counted || /\d{4}/.test(label) || BY_PROGRAMS.test(label.split(/[\s_.-]*\d/)[0]);
    return unclear ? null : label;
  });
  const several = labels.every((label) => label && labels.filter((other) => other === label).length > 1);
  return several ? labels : null;
}

// The level of folders that names the classes: the first with two or more. 0: there are none.
function levelOf(paths) {
  const chains = paths.map(foldersOf);
  const deepest = Math.max(...chains.map((chain) => chain.length));
  for (let level = 1; level <= deepest; level += 1) {
    const found = chains.filter((chain) => chain.length >= level).map((chain) => chain.slice(0, level).join("/"));
    if (new Set(found).size > 1) return level;
  }
  return Math.min(...chains.map((chain) => chain.length).filter(Boolean), Infinity) % Infinity || 0;
}

// The one folder that pictures lie in, if its name can be that of a class.
function tellingFolder(paths) {
  const [chain] = paths.map(foldersOf);
  return chain.toReversed().find((name) => !partOf(name).part && partOf(name).rest.some((word) => /\p{L}/u.test(word)));
}

// The class of each picture: null, where nothing says it.
function labelsOf(pictures) {
  const paths = pictures.map(({ path }) => path);
  const flat = new Set(paths.map((path) => foldersOf(path).join("/"))).size === 1;
  const named = flat ? labelsInNames(pictures) : null;
  const telling = flat ? tellingFolder(paths) : null;
  if (named && (!telling || new Set(named).size > 1)) return named;
  if (flat) return paths.map(() => telling ?? null);
  const level = levelOf(paths);
  return paths.map((path) => foldersOf(path)[level - 1] ?? null);
}

// Folders of training and validation pictures that lie side by side; nothing, if there are none.
function dataParts(pictures) {
  const chains = pictures.map(({ path }) => foldersOf(path));
  let at = 0; // go down, as long as all lie in one folder
  while (chains.every((chain) => chain.length > at && chain[at] === chains[0][at])) at += 1;
  const parts = chains.map((chain) => (chain.length > at ? partOf(chain[at]).part : null));
  const found = new Set(parts.filter(Boolean));
  return found.has("training") && found.size > 1 ? parts : null;
}

/**
 * Say what each picture shows.
 * @param {Brought[]} pictures brought together: in one drop, or in one zip file
 * @returns {{labeled: Labeled[], noticed: string[]}} what has no class is named in `noticed`
 */
export function readLayout(pictures) {
  if (!pictures.length) return { labeled: [], noticed: [] };
  const parts = dataParts(pictures);
  const given = (part) => pictures.filter((_, place) => (parts ? parts[place] : "training") === part);
  const rest = parts ? pictures.filter((_, place) => !parts[place]) : [];
  const labeled = ["training", "validation", "test"].flatMap((part) => {
    const own = given(part);
    const labels = own.length ? labelsOf(own) : [];
    return own.map((one, place) => ({ ...one, label: labels[place] && normalLabel(labels[place]).trim(), part }));
  });
  return settle(labeled, rest);
}

// What has no class is left out, and so is what can't be judged. Without validation pictures, test pictures are those.
function settle(all, rest) {
  const bare = [...rest, ...all.filter(({ label }) => !label)];
  const known = all.filter(({ label }) => label);
  const taught = new Set(known.filter(({ part }) => part === "training").map(({ label }) => label));
  const strange = known.filter(({ label }) => !taught.has(label));
  const apart = known.some(({ part }) => part === "validation");
  const labeled = known
    .filter(({ label }) => taught.has(label))
    .map((one) => ({ ...one, part: one.part === "test" && !apart ? "validation" : one.part }));
  const named = (list) => list.map(({ path }) => fileName(path));
  const noticed = [
    bare.length && READING.bare(named(bare)),
    strange.length && READING.strange([...new Set(strange.map(({ label }) => label))]),
    labeled.some(({ part }) => part === "test") && READING.test(labeled.filter(({ part }) => part === "test").length),
  ];
  return { labeled, noticed: noticed.filter(Boolean) };
}
