// The model card: what a classifier is, how it was judged, and what it does not know. Its words are those of the course's
// Python, which the page carries.

import { tellKnown } from "../engine/classifierfile.js";
import { NONE_OF_THESE } from "../engine/known.js";
import { roundHalfToEven } from "../engine/parting.js";

// A share as a percentage, rounded as Python does.
export const percentOf = (share) => roundHalfToEven(100 * share);

// Puts values into `{names}`.
const fillIn = (text, values) => text.replace(/\{(\w*)\}/g, (_, name) => values[name]);

/**
 * What is known of a training, as `classifier.json` keeps it.
 * @param {{
 *   classes: string[], training: {label: string}[], validation: {label: string}[], knows: boolean[],
 *   judgement: import("../engine/judging.js").Judgement, known: import("../engine/known.js").Known | null,
 * }} result
 * @param {{apart: boolean}} settings
 * @param {string | undefined} weights
 */
export function accountOf(result, { apart }, weights) {
  const { classes, training, judgement, known } = result;
  const now = new Date();
  const day = new Date(now.getTime() - 60000 * now.getTimezoneOffset());
  const { right, count, tries, interval } = judgement;
  const [low, high] = (interval ?? []).map((end) => Number(end.toFixed(4)));
  const counts = classes.map((name) => [name, training.filter(({ label }) => label === name).length]);
  return {
    made: day.toISOString().slice(0, 10),
    weights,
    clients: {},
    pictures: Object.fromEntries(counts),
    judged: interval && { right, of: count, worth: tries, low, high },
    grouped: apart,
    ...(known ? { known: { ...tellKnown(known, classes), lost: countLost(result) } } : {}),
  };
}

// How many of the pictures held back are not known, and of how many.
function countLost({ validation, knows }) {
  if (!validation.length) return null;
  const own = [...validation.keys()].filter((at) => validation[at].label !== NONE_OF_THESE);
  return [own.filter((at) => !knows[at]).length, own.length];
}

function knownInWords(words, known) {
  if (!known) return words.always;
  const examples = known.examples.reduce((sum, count) => sum + count, 0);
  const lost = known.lost ? fillIn(words.lost, { lost: known.lost[0], count: known.lost[1] }) : "";
  return fillIn(words.refuses, { examples, threshold: known.threshold.toFixed(2), lost });
}

function judgedInWords(words, judged) {
  if (!judged) return words.notJudged;
  const { right, of: count, worth } = judged;
  const [share, low, high] = [right / count, judged.low, judged.high].map((one) => `${percentOf(one)}%`);
  const near = worth < count ? fillIn(words.near, { count, worth }) : "";
  return fillIn(words.judged, { right, count, share, low, high, near });
}

/**
 * Write the card of a classifier that was trained here.
 * @param {Record<string, any>} words
 * @param {{classes: string[], looks: number, head: object[], prepared: string}} classifier
 * @param {ReturnType<typeof accountOf>} account
 */
export function writeCard(words, { classes, looks, head, prepared }, account) {
  const layers = head.length === 1 ? "one dense layer" : `${head.length} dense layers`;
  return fillIn(words.text, {
    names: classes.join(", "),
    count: classes.length,
    date: account.made,
    pictures: classes.map((name) => `${name} (${account.pictures[name]} pictures)`).join(", "),
    head: fillIn(words.heads[looks], { "": layers }),
    prepared,
    judged: judgedInWords(words, account.judged),
    grouped: words.grouped[Number(account.grouped)],
    unknown: knownInWords(words, account.known),
    clients: words.clients,
    weights: words.weights,
  });
}
