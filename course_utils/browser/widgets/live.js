// In Jupyter: the webcam, and beside it what the kernel's classifier says of each frame.

import { makeBars } from "../parts/bars.js";
import { follow, frameOf, hasCamera, makeCamera } from "../parts/camera.js";
import { element, status } from "../parts/dom.js";

const SIDE = 224; // pixels: a frame's longer side
const NEAREST = 3; // pictures that it learned from, and are shown
const PAUSE = 500; // milliseconds after words, as where there is no classifier yet

// Sends a frame to the kernel; the promise is of its answer.
function asker(model) {
  let number = 0;
  let answered = (_message) => {};
  const heard = (message) => message.kind === "answer" && message.number === number && answered(message);
  model.on("msg:custom", heard);
  async function ask(video) {
    const bytes = await (await frameOf(video, SIDE)).arrayBuffer();
    const answer = new Promise((resolve) => (answered = resolve));
    number += 1;
    model.send({ kind: "frame", number }, undefined, [new DataView(bytes)]);
    if ((await answer).words) await new Promise((later) => setTimeout(later, PAUSE));
    return answer;
  }
  return { ask, end: () => model.off("msg:custom", heard) };
}

// The thumbnails that the kernel has sent. Each is asked for once, and kept.
function makeThumbFiles(model, arrived) {
  const urls = new Map();
  function heard({ kind, ids }, buffers) {
    if (kind !== "pictures") return;
    ids.forEach((id, at) => {
      const file = new Blob([buffers[at]], { type: "image/jpeg" });
      if (buffers[at].byteLength && !urls.get(id)) urls.set(id, URL.createObjectURL(file));
    });
    arrived();
  }
  function ask(wanted) {
    const ids = wanted.filter((id) => !urls.has(id));
    for (const id of ids) urls.set(id, "");
    if (ids.length) model.send({ kind: "pictures", ids });
  }
  function close() {
    model.off("msg:custom", heard);
    for (const url of urls.values()) if (url) URL.revokeObjectURL(url);
  }
  model.on("msg:custom", heard);
  return { ask, urlOf: (id) => urls.get(id), close };
}

function makePlace() {
  const [label, name] = [element("b"), element("span")];
  const picture = element("img", { alt: "" });
  const el = element("figure", { className: "near" }, picture, element("figcaption", {}, label, name));
  return { el, picture, label, name, id: -1 };
}

// The pictures that it learned from that are most like a frame, with their classes.
function makeNearest(model) {
  const places = Array.from({ length: NEAREST }, makePlace);
  const title = element("div", { textContent: "Of its classes, the three pictures most like this:" });
  const row = element("div", { className: "near-row" }, ...places.map((place) => place.el));
  const el = element("div", { hidden: true }, title, row);
  const paint = ({ id, picture }) => {
    const url = files.urlOf(id);
    if (!url) picture.removeAttribute("src");
    else if (picture.src !== url) picture.src = url;
  };
  const files = makeThumbFiles(model, () => places.forEach(paint));
  function show(nearest) {
    el.hidden = !nearest.length;
    files.ask(nearest.map((one) => one.id));
    nearest.forEach(({ id, name, label }, at) => {
      const place = places[at];
      place.id = id;
      if (place.name.textContent !== name) place.name.textContent = place.picture.alt = place.el.title = name;
      if (place.label.textContent !== label) place.label.textContent = label;
      paint(place);
    });
  }
  return { el, show, close: files.close };
}

function render({ model, el }) {
  const says = status();
  const nearest = makeNearest(model);
  const { ask, end } = asker(model);
  let stop = () => {};
  const camera = makeCamera(
    "Use the webcam",
    (words) => (says.textContent = words),
    (video) => {
      const bars = makeBars();
      const verdict = element("div", { className: "live-verdict", role: "status" });
      stop = follow(video, ask, ({ words, probabilities, verdict: why, unlike, nearest: near }) => {
        if (says.textContent !== words) says.textContent = words;
        if (verdict.textContent !== why) verdict.textContent = why;
        bars.el.classList.toggle("bars-quiet", unlike);
        bars.show(probabilities);
        nearest.show(near);
      });
      return [element("div", { className: "live-answer" }, verdict, bars.el, nearest.el)];
    },
    () => {
      stop();
      says.textContent = "";
    },
  );
  el.classList.add("live", "part");
  if (hasCamera()) el.append(camera.button, camera.view, says);
  return () => {
    camera.close();
    nearest.close();
    end();
  };
}

export default { render };
