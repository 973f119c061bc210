// In Jupyter: a sound is recorded, and goes to the kernel with the class that was typed for it.

import { button, element, reasonOf, status } from "../parts/dom.js";
import { recordSound } from "../parts/microphone.js";
import { WORDS } from "../parts/words.js";

const SAYS_RECORDER = WORDS.recorder;
const nameOf = (kind) => `${kind}-${crypto.getRandomValues(new Uint32Array(4)).join("-")}`; // that nothing else has

// A field for the class, which offers those that are there.
function makeClassField(model) {
  const list = element("datalist", { id: nameOf("classes") });
  const field = element("input", { type: "text", placeholder: SAYS_RECORDER.hint });
  field.setAttribute("list", list.id);
  const el = element("label", { hidden: !model.get("asks") }, SAYS_RECORDER.label, field, list);
  const show = () => list.replaceChildren(...model.get("classes").map((value) => element("option", { value })));
  model.on("change:classes", show);
  show();
  return { el, field, close: () => model.off("change:classes", show) };
}

function makeSecondsField(model) {
  const [min, max] = model.get("bounds");
  const field = element("input", { type: "number", min, max, step: 0.1, value: model.get("seconds") });
  field.addEventListener("change", () => {
    const typed = field.valueAsNumber;
    if (typed) model.set("seconds", Math.min(max, Math.max(min, typed)));
    field.value = model.get("seconds");
    model.save_changes();
  });
  return element("label", {}, SAYS_RECORDER.seconds, field);
}

// A button that records, and is called Stop meanwhile. `take` is given the samples.
function makeRecordButton(model, may, say, take) {
  /** @type {AbortController | null} */
  let ender = null;
  let closed = false;
  const el = button(SAYS_RECORDER.record, () => (ender ? ender.abort() : record()));
  const hear = (signal) =>
    recordSound(model.get("seconds"), model.get("rate"), () => say(SAYS_RECORDER.speak), signal);
  async function record() {
    if (!may()) return;
    ender = new AbortController();
    el.textContent = SAYS_RECORDER.stop;
    say("");
    try {
      const samples = await hear(ender.signal);
      if (!closed) take(samples);
    } catch (error) {
      say(reasonOf(error));
    }
    ender = null;
    el.textContent = SAYS_RECORDER.record;
  }
  function close() {
    closed = true;
    ender?.abort();
  }
  return { el, close };
}

function render({ model, el }) {
  const [says, view] = [status(), nameOf("view")];
  const say = (words) => (says.textContent = words);
  const label = makeClassField(model);
  let seconds = "";
  function may() {
    if (!model.get("asks") || label.field.value.trim()) return true;
    say(SAYS_RECORDER.nameless);
    label.field.focus();
    return false;
  }
  function send(samples) {
    const rate = model.get("rate");
    seconds = (samples.length / rate).toFixed(1);
    say(SAYS_RECORDER.sent(seconds));
    model.send({ kind: "sound", view, rate, label: label.field.value }, undefined, [new DataView(samples.buffer)]);
  }
  const heard = (message) => message.view === view && say(message.problem || SAYS_RECORDER.heard(seconds));
  const record = makeRecordButton(model, may, say, send);
  model.on("msg:custom", heard);
  const row = element("div", { className: "recorder-row" }, label.el, makeSecondsField(model), record.el, says);
  el.classList.add("part");
  el.append(element("details", { className: "recorder" }, element("summary", { textContent: SAYS_RECORDER.title }), row));
  return () => {
    model.off("msg:custom", heard);
    label.close();
    record.close();
  };
}

export default { render };
