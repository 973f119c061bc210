// How well a classifier does on pictures that it has not seen, and how sure that number is.

/**
 * What the pictures held back say. `probabilities` holds a number for each class, picture after picture.
 * @typedef {{
 *   classes: string[], labels: string[], probabilities: Float32Array,
 *   groups?: number[][], commonest?: string,
 * }} Answers
 */

/** @typedef {{ picture: number, expected: string, predicted: string, probabilities: number[] }} Mistake */

/**
 * `right` of `count` were right. `interval` holds the true accuracies that fit this, with 95 % confidence, as wide as so
 * many `tries` leave it. `guessed` is how many always answering `commonest` would get right, and `baseline` their share.
 * `better` says whether the classifier is better than that beyond chance. `byClass` has [right, count] for each class,
 * `confusion` how often each class (row) was taken for each (column).
 * @typedef {{
 *   count: number, right: number, accuracy: number | null, tries: number, interval: [number, number] | null,
 *   predicted: string[], commonest: string | undefined, guessed: number, baseline: number | null, better: boolean,
 *   byClass: [number, number][], confusion: number[][], mistakes: Mistake[],
 * }} Judgement
 */

/**
 * Judges answers, as `Results` does in Python.
 * @param {Answers} answers `groups` holds near-copies, as places in `labels`; `commonest` is the class with the most
 *   training pictures
 * @returns {Judgement}
 */
export function judge({ classes, labels, probabilities, groups = [], commonest }) {
  const rows = labels.map((_, i) => [...probabilities.subarray(i * classes.length, (i + 1) * classes.length)]);
  const predicted = rows.map((row) => classes[row.indexOf(Math.max(...row))]);
  const [count, right] = [labels.length, labels.filter((label, i) => label === predicted[i]).length];
  const guessed = labels.filter((label) => label === commonest).length;
  const confusion = confuse(classes, labels, predicted);
  const tries = countTries(count, groups);
  const interval = count ? intervalOf(right, count, tries) : null;
  const baseline = count && commonest !== undefined ? guessed / count : null;
  return {
    count,
    right,
    accuracy: count ? right / count : null,
    tries,
    interval,
    predicted,
    commonest,
    guessed,
    baseline,
    better: interval !== null && baseline !== null && interval[0] > baseline,
    byClass: confusion.map((row, c) => [row[c], row.reduce((sum, value) => sum + value, 0)]),
    confusion,
    mistakes: labels.flatMap((expected, picture) =>
      expected === predicted[picture]
        ? []
        : [{ picture, expected, predicted: predicted[picture], probabilities: rows[picture] }],
    ),
  };
}

/**
 * How often each class (row) was taken for each (column).
 * @param {string[]} classes
 * @param {string[]} labels
 * @param {string[]} predicted
 */
function confuse(classes, labels, predicted) {
  const table = classes.map(() => classes.map(() => 0));
  labels.forEach((label, i) => (table[classes.indexOf(label)][classes.indexOf(predicted[i])] += 1));
  return table;
}

/**
 * How many independent pictures these are worth: near-copies are right or wrong together. With groups of the same size,
 * it is the number of groups (Kish's effective sample size, rounded down).
 * @param {number} count
 * @param {number[][]} groups
 */
export function countTries(count, groups) {
  const groupOf = new Map(groups.flatMap((group, number) => group.map((picture) => [picture, number])));
  /** @type {Map<number | string, number>} */
  const sizes = new Map();
  for (let picture = 0; picture < count; picture += 1) {
    const group = groupOf.get(picture) ?? `alone ${picture}`;
    sizes.set(group, (sizes.get(group) ?? 0) + 1);
  }
  const squares = [...sizes.values()].reduce((sum, size) => sum + size * size, 0);
  return Math.floor((count * count) / Math.max(squares, 1));
}

/**
 * The interval of so many right, when all of them are worth so many tries.
 * @param {number} right
 * @param {number} count
 * @param {number} tries
 * @returns {[number, number]}
 */
function intervalOf(right, count, tries) {
  const worth = (right * tries) / count;
  return [exactInterval(Math.floor(worth), tries)[0], exactInterval(Math.ceil(worth), tries)[1]];
}

/**
 * The true accuracies that `right` of `count` fits, with 95 % confidence (Clopper and Pearson, 1934). The lower end is
 * the accuracy that gives so many or more in 2.5 % of all tries; the upper end, so many or fewer.
 * @param {number} right
 * @param {number} count
 * @returns {[number, number]}
 */
export function exactInterval(right, count) {
  const factorial = [0]; // logarithms
  for (let k = 1; k <= count; k += 1) factorial.push(factorial[k - 1] + Math.log(k));
  function lowest(/** @type {number} */ hits) {
    if (!hits) return 0;
    let [low, high] = [0, 1];
    for (let step = 0; step < 50; step += 1) {
      const middle = (low + high) / 2;
      let chance = 0;
      for (let k = hits; k <= count; k += 1) {
        const ways = factorial[count] - factorial[k] - factorial[count - k];
        chance += Math.exp(ways + k * Math.log(middle) + (count - k) * Math.log1p(-middle));
      }
      if (chance < 0.025) low = middle;
      else high = middle;
    }
    return low;
  }
  return [lowest(right), 1 - lowest(count - right)];
}
