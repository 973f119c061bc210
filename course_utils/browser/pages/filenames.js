// What a file's name says of its picture: a class, and behind it what counts, dates or marks a copy. As the course's
// Python reads names, in pictures/filenames.py.

const CAMERA =
  /^(img|image|dsc[fn]?|dcim|pxl|p|photo|pic|picture|scan|screenshot|mvimg|wp|whatsapp image|gopr|dji|cimg|fb[ _-]img|photo on)$/i;
const GAP = "[\\s_.~\u2013\u2014\\-]";
const COPY_WORDS =
  "(?:copy|copie|kopie|copia|c\u00f3pia|kopia|kopi|\u043a\u043e\u043f\u0438\u044f|\u30b3\u30d4\u30fc|\u526f\u672c)";
const CHANGED = `(?:${COPY_WORDS}|edited|edit|bearbeitet|modifi\u00e9|editado|modificato|cropped|resized)`;
const COPY_OF = /^(copy of|kopie von|copie de|copia d[ei]|c\u00f3pia de)\s+/iu;
// What programs put behind the name of a copy.
const MARK = new RegExp(
  [
    "([_.](jpe?g|png|webp|bmp|gif|tiff?))?\\.rf\\.[0-9a-z]{16,}$", // dog_jpg.rf.0a1b2c...
    `\\s*\\((another |\\d+[\\p{L}\\p{N}_]{2} )?${COPY_WORDS}(\\s\\d+)?\\)$`, // dog (3rd copy)
    `\\s([\\-\u2013\u2014]\\s?)?${COPY_WORDS}(\\s\\(?\\d+\\)?)?$`, // dog - Copy (2), dog copy 2
    `(?<=\\d)${GAP}+(${CHANGED}${GAP}*\\d*|v(er(sion)?)?${GAP}?\\d*)$`, // dog-1-copy-2, dog-1_v2
    "~\\d+$",
  ].join("|"),
  "iu",
);
const UUID = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}";
const HASH = new RegExp(`(^|${GAP}+)(${UUID}|(?=[0-9a-f]*\\d[a-f])[0-9a-f]{7,})$`, "iu");
const DAY = `(19|20)\\d\\d${GAP}?[01]\\d${GAP}?[0-3]\\d|[0-3]\\d${GAP}[01]\\d${GAP}(19|20)\\d\\d`;
const TIME_OF_DAY = `(T|${GAP}|\\sat\\s)*[0-2]\\d[\\s_.:h\\-]?[0-5]\\d([\\s_.:\\-]?[0-5]\\d([\\s_.\\-]?\\d{3})?)?(\\s?[ap]m)?`;
const DATE = new RegExp(`(${GAP}+|(?<!\\d))(${DAY})(${TIME_OF_DAY})?$`, "iu");
const NUMBER = new RegExp(`((^|${GAP}+)(?<id>v\\d+|\\d[0-9a-f]*\\d[0-9a-f]*)|${GAP}*\\(?\\d*\\)?)$`, "iu");
const PADDED = new RegExp(`${GAP}+0\\d*$`, "u");
const COUNTED = /(^|\D)\d{1,6}\)?$/; // dog-1, dog_2, dog (3); no time in milliseconds
const AGAIN = /^(.*\d)\s*\(\d+\)$/; // dog-1 (2): a copy of dog-1, or the second of these
const BESIDE = new RegExp(`^(.+?)${GAP}+${CHANGED}$`, "iu"); // dog-edited: a copy of dog, or a class of its own
const JOINED = /[_.-]\d+$/;

const bare = (label) => label.trim().replace(/^[ _\-.~\u2013\u2014]+|[ _\-.~\u2013\u2014]+$/g, "");

// A stem without the marks of copies, unless nothing else is in it.
function unmarked(given) {
  let stem = given;
  for (;;) {
    const shorter = stem.replace(COPY_OF, "").replace(MARK, "").trim();
    if (!shorter || shorter === stem) return stem;
    stem = shorter;
  }
}

// Takes the stem of a name apart that bears no mark.
function read(stem) {
  const hashless = stem.replace(HASH, "");
  if (hashless !== stem) return { label: bare(unmarked(hashless).replace(PADDED, "")), counted: true };
  const number = NUMBER.exec(stem);
  const shorter = unmarked(number ? stem.slice(0, number.index) : stem);
  const dated = [stem, shorter].find((one) => DATE.test(one));
  if (dated !== undefined) return { label: bare(dated.replace(DATE, "").replace(PADDED, "")), counted: false };
  return { label: bare(shorter), counted: COUNTED.test(stem) || Boolean(number?.groups?.id) };
}

// Whether a label says nothing: it is empty, or a camera or a program gave it.
const byCamera = (label) => !label || CAMERA.test(bare(label.split(/[\s_.-]*\d/)[0])) || CAMERA.test(label);

/**
 * The classes that the names of files that lie together speak of: `dog (4).jpg` shows a dog; IMG_1234.jpg, who knows.
 * @param {string[]} names
 * @returns {{label: string | null, counted: boolean}[]} `counted` says whether pictures of a class are counted so
 */
export function readNames(names) {
  const stems = names.map((name) => unmarked(name.replace(/(?<=.)\.[^.]*$/, "").normalize("NFC").trim()));
  const bases = stems.map((stem) => AGAIN.exec(stem)?.[1].trim() ?? "");
  const small = (text) => text.toLowerCase();
  const there = new Set(stems.map(small));
  const sure = new Set(stems.filter((_, place) => !bases[place]).map((stem) => small(read(stem).label)));
  const count = new Map();
  for (const base of bases) count.set(base, (count.get(base) ?? 0) + 1);
  // The stem of the file that this is a copy of; the same, if it is none.
  function original(stem, base) {
    const beside = BESIDE.exec(stem);
    if (beside && there.has(small(beside[1]))) return beside[1];
    const lone = count.get(base) === 1 && (JOINED.test(base) || sure.has(small(read(base).label)));
    return base && (lone || there.has(small(base))) ? base : stem;
  }
  return stems.map((stem, place) => {
    const { label, counted } = read(original(stem, bases[place]));
    return { label: byCamera(label) ? null : label, counted };
  });
}
