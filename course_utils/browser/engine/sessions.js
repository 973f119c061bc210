// What names, folders and cameras tell of pictures that belong together, and in which order Python sorts them.

const EXPORTED = /\.rf\.[0-9a-z]{16,}$/; // by Roboflow, one for each augmented copy: dog_jpg.rf.0a1b2c....jpg
const COPIED = /^copy of | - copy( \(\d+\))?$| copy( \d+)?$/; // by Windows, macOS and online drives
const NUMBERED = /^(.*?)(\d+)\)?$/s;
const RECORDED = /^burst-\d+$/; // the folder of a burst that was recorded with the camera
const BETWEEN = 2; // seconds between two shots of a burst
const TOLD_NOTHING = ["images", "image", "imgs", "img", "pictures", "photos"]; // by the names of such folders

/**
 * A photo's camera, and when it was taken, in seconds.
 * @typedef {{ camera: string, time: number }} Taken
 */

/**
 * Sorts texts as Python does: by code points.
 * @param {string} one
 * @param {string} other
 */
export function compareTexts(one, other) {
  const [a, b] = [[...one], [...other]];
  const place = a.findIndex((letter, i) => letter !== b[i]);
  if (place < 0) return a.length - b.length;
  return b[place] === undefined ? 1 : Number(a[place].codePointAt(0)) - Number(b[place].codePointAt(0));
}

/**
 * Compares lists, one entry after the other.
 * @template T
 * @param {T[]} one
 * @param {T[]} other
 * @param {(one: T, other: T) => number} compare
 */
function compareLists(one, other, compare) {
  for (let i = 0; i < Math.min(one.length, other.length); i += 1) {
    const order = compare(one[i], other[i]);
    if (order) return order;
  }
  return one.length - other.length;
}

/**
 * Sorts paths as Python does: folder by folder.
 * @param {string} one
 * @param {string} other
 */
export const comparePaths = (one, other) => compareLists(one.split("/"), other.split("/"), compareTexts);

/**
 * Sorts names as people do: 9 before 10.
 * @param {string} one path
 * @param {string} other path
 */
export function compareNames(one, other) {
  const [a, b] = [one, other].map((path) => nameOf(path).toLowerCase().split(/(\d+)/));
  const order = compareLists([...a.entries()], [...b.entries()], ([place, x], [, y]) =>
    place % 2 ? Number(BigInt(x) - BigInt(y)) : compareTexts(x, y),
  );
  return order || compareTexts(one, other);
}

/** @param {string} path */
const folderOf = (path) => path.slice(0, Math.max(path.lastIndexOf("/"), 0));

/** @param {string} path */
const nameOf = (path) => path.slice(path.lastIndexOf("/") + 1);

/**
 * A file's name before its ending, and the ending.
 * @param {string} path
 */
function partsOf(path) {
  const name = nameOf(path);
  const dot = name.lastIndexOf(".");
  return dot > 0 && dot < name.length - 1 ? [name.slice(0, dot), name.slice(dot)] : [name, ""];
}

/**
 * The places of equal keys, if there are several.
 * @param {string[]} keys
 */
function equalOnes(keys) {
  /** @type {Map<string, number[]>} */
  const found = new Map();
  keys.forEach((key, place) => found.set(key, [...(found.get(key) ?? []), place]));
  return [...found.values()].filter((places) => places.length > 1);
}

/**
 * Finds pictures that were made of one, as their names say: augmented exports of it, and copies of its file.
 * @param {string[]} paths of one class
 * @returns {number[][]} where they stand in `paths`
 */
export function madeOfOne(paths) {
  const origins = paths.map((path) => {
    let [stem, ending] = partsOf(path).map((part) => part.toLowerCase());
    if (EXPORTED.test(stem)) return stem.replace(EXPORTED, "");
    while (stem !== stem.replace(COPIED, "")) stem = stem.replace(COPIED, "");
    return [folderOf(path), stem, ending].join("\n");
  });
  return equalOnes(origins);
}

/**
 * Tells whether a folder holds a burst of the camera, by its name.
 * @param {string} folder
 */
export const isBurst = (folder) => RECORDED.test(nameOf(folder));

/**
 * The folders that pictures of a class lie in, and whether each is inside the class's own, or a burst.
 * @param {string[]} paths
 * @param {string} label
 */
function foldersInside(paths, label) {
  const plain = (/** @type {string} */ name) => name.normalize("NFC").toLowerCase();
  /** @type {Map<string, boolean>} */
  const inside = new Map();
  for (const folder of paths.map(folderOf)) {
    const own = plain(nameOf(folder)) !== plain(label);
    inside.set(folder, isBurst(folder) || (own && folderOf(folder).split("/").map(plain).includes(plain(label))));
  }
  return inside;
}

/**
 * Finds the folders inside a class's own that its pictures lie in, as `cat/monday` and `cat/friday`; and bursts.
 * @param {string[]} paths of one class
 * @param {string} label
 * @returns {number[][]} where the pictures of each stand in `paths`
 */
export function findSessions(paths, label) {
  const inside = foldersInside(paths, label);
  if (inside.size < 2 && ![...inside.keys()].some(isBurst)) return [];
  /** @type {Map<string, number[]>} */
  const found = new Map();
  paths.forEach((path, place) => {
    const folder = folderOf(path);
    if (inside.get(folder)) found.set(folder, [...(found.get(folder) ?? []), place]);
  });
  return [...found.values()];
}

/**
 * The one folder inside a class's own that all of its pictures lie in, if its name may tell of an occasion.
 * @param {string[]} paths
 * @param {string} label
 */
export function onlySession(paths, label) {
  const [[folder, inside] = ["", false], ...others] = foldersInside(paths, label);
  return !others.length && inside && !TOLD_NOTHING.includes(nameOf(folder).toLowerCase()) ? nameOf(folder) : null;
}

/**
 * Pairs the pictures whose names end in consecutive numbers, as `frame-7.jpg` and `frame-8.jpg`.
 * @param {string[]} paths
 * @returns {[number, number][]}
 */
export function numberedPairs(paths) {
  const key = (/** @type {string} */ folder, /** @type {string} */ start, /** @type {bigint} */ number) =>
    [folder, start, number].join("\n");
  /** @type {Map<string, { place: number, next: string }>} */
  const found = new Map();
  paths.forEach((path, place) => {
    const [, start, digits] = NUMBERED.exec(partsOf(path)[0]) ?? [];
    if (digits === undefined) return;
    const [folder, number] = [folderOf(path), BigInt(digits)];
    found.set(key(folder, start, number), { place, next: key(folder, start, number + 1n) });
  });
  return [...found.values()].flatMap(({ place, next }) => {
    const other = found.get(next);
    return other ? [/** @type {[number, number]} */ ([place, other.place])] : [];
  });
}

/**
 * Pairs the pictures that one camera took within two seconds.
 * @param {(Taken | null | undefined)[]} taken
 * @returns {[number, number][]}
 */
export function takenTogether(taken) {
  const told = taken.flatMap((one, place) => (one ? [{ ...one, place }] : []));
  told.sort((a, b) => compareTexts(a.camera, b.camera) || a.time - b.time || a.place - b.place);
  return told.slice(1).flatMap((later, before) => {
    const first = told[before];
    const together = first.camera === later.camera && later.time - first.time <= BETWEEN;
    return together ? [/** @type {[number, number]} */ ([first.place, later.place])] : [];
  });
}
