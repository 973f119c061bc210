// Step 2: train, see how it goes, and stop.

import { makeCurves } from "../parts/curves.js";
import { button, element, reasonOf, status } from "../parts/dom.js";
import { WORDS } from "../parts/words.js";
import { trainHead } from "./fitting.js";
import { makeMeter, makeStep, numberField } from "./steps.js";

const TEACH = WORDS.studio.train;

// The settings, and what was typed.
function makeSettings() {
  const options = Object.entries(TEACH.heads).map(([value, words]) => element("option", { value, textContent: words }));
  const head = element("select", {}, ...options);
  const whole = { whole: true, low: 1, high: 10000 };
  const seed = numberField(TEACH.seed, { usual: 7, whole: true, low: 0, high: 2 ** 32 - 1 });
  const epochs = numberField(TEACH.epochs, { ...whole, usual: 20 });
  const rate = numberField(TEACH.rate, { usual: 0.0001, low: 0, high: 1 });
  const units = numberField(TEACH.units, { ...whole, usual: 100 });
  const groups = element("input", { type: "checkbox", checked: true });
  const known = element("input", { type: "checkbox", checked: true });
  let chosen = false; // whether somebody said so: else it is as with each head in Python
  known.addEventListener("change", () => (chosen = true));
  const own = element("div", { className: "studio-fields", hidden: true }, epochs.el, rate.el, units.el);
  head.addEventListener("change", () => {
    own.hidden = head.value === "linear";
    if (!chosen) known.checked = own.hidden;
  });
  const label = (words, ...field) => element("label", {}, ...field, ` ${words}`);
  const others = element(
    "div",
    { className: "studio-fields" },
    seed.el,
    label(TEACH.groups, groups),
    label(TEACH.known, known),
  );
  const el = element("details", {}, element("summary", { textContent: TEACH.settings }));
  el.append(element("label", {}, `${TEACH.head} `, head), own, others);
  function read() {
    const fields = head.value === "linear" ? { seed } : { seed, epochs, rate, units };
    const numbers = Object.entries(fields).map(([name, field]) => [name, field.read()]);
    const wrong = numbers.filter(([, number]) => number === null).map(([name]) => fields[name].words);
    if (wrong.length) el.open = true;
    if (wrong.length) throw new Error(TEACH.mend(wrong));
    return { head: head.value, apart: groups.checked, known: known.checked, ...Object.fromEntries(numbers) };
  }
  return { el, read };
}

// What is said when training has ended well.
function endInWords({ stopped, history }, seconds) {
  const said = stopped ? TEACH.best(history.loss.length) : TEACH.done(seconds);
  return history ? `${said} ${TEACH.end(history)}` : said;
}

// Trains with what the settings say, and tells how it goes.
async function trainOnce(desk, settings, { meter, curves, say }, signal) {
  const { version, all } = desk.collection;
  const begun = performance.now();
  const progress = (phase, done, total, history) => {
    meter.show(done, total);
    say(TEACH.phases[phase](done, total, history));
    curves.show(history);
  };
  if (desk.arriving) throw new Error(TEACH.arriving);
  const wanted = settings.read();
  const result = await trainHead(all, desk.engine.run, wanted, progress, signal);
  desk.finish(result, wanted, version);
  say(endInWords(result, ((performance.now() - begun) / 1000).toFixed(1)));
}

/** @param {import("./desk.js").Desk} desk */
export function makeTeach(desk) {
  const [settings, meter, says] = [makeSettings(), makeMeter(TEACH.progress), status()];
  const curves = makeCurves();
  const say = (words) => (says.textContent = words);
  /** @type {AbortController | null} */
  let stopper = null; // of the training that goes on
  async function start() {
    if (stopper) return;
    stopper = new AbortController();
    const { signal } = stopper;
    show();
    try {
      await trainOnce(desk, settings, { meter, curves, say }, signal);
    } catch (error) {
      say(signal.aborted ? TEACH.stopped : reasonOf(error));
    }
    stopper = null;
    meter.hide();
    show();
  }
  const train = button(TEACH.train, start, { className: "jupyter-button studio-main" });
  const stop = button(TEACH.stop, () => stopper?.abort());
  function show() {
    const pressed = [train, stop].some((one) => one === document.activeElement);
    train.disabled = Boolean(stopper);
    stop.disabled = !stopper;
    if (pressed) (stopper ? stop : train).focus(); // what was pressed is off now
  }
  desk.listen(() => stopper || say(desk.outdated ? TEACH.outdated : ""));
  show();
  const buttons = element("p", { className: "dropzone-buttons" }, train, stop);
  return { el: makeStep(WORDS.studio.steps.train, buttons, meter.el, says, curves.el, settings.el) };
}
