// The model card: what a classifier is, how it was judged, and what it does not know. Its words are those of the course's
// Python, which the page carries.

import { roundHalfToEven } from "../engine/parting.js";

// A share as a percentage, rounded as Python does.
export const percentOf = (share) => roundHalfToEven(100 * share);

// Puts values into `{names}`.
const fillIn = (text, values) => text.replace(/\{(\w*)\}/g, (_, name) => values[name]);

/**
 * What is known of a training, as `classifier.json` keeps it.
 * @param {{classes: string[], training: {label: string}[], judgement: import("../engine/judging.js").Judgement}} result
 * @param {{apart: boolean}} settings
 * @param {string | undefined} weights
 */
export function accountOf({ classes, training, judgement }, { apart }, weights) {
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
  };
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
    clients: words.clients,
    weights: words.weights,
  });
}
