// Names of classes: what looks the same is the same, and nothing in them can't be seen.

// control codes, blanks without width, ends of lines, what turns the direction of writing, and halves of characters
const UNSEEN = /[\p{Cc}\u200b\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\p{Cs}]/gu;
const LONGEST = 255; // letters of a name

/**
 * The name of a class as it is kept.
 * @param {string} name
 */
export const normalLabel = (name) => name.normalize("NFC").replace(UNSEEN, "");

/**
 * Whether these are names of classes that a classifier may have, as `load_classifier` asks.
 * @param {unknown} names
 * @returns {names is string[]}
 */
export function areLabels(names) {
  if (!Array.isArray(names) || !names.length || new Set(names).size < names.length) return false;
  return names.every((name) => typeof name === "string" && isLabel(name));
}

/** @param {string} name */
const isLabel = (name) => name.trim() !== "" && [...name].length <= LONGEST && name.replace(UNSEEN, "") === name;
