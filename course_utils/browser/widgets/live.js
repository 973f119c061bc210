// In Jupyter: the webcam, and beside it what the kernel's classifier says of each frame.

import { makeBars } from "../parts/bars.js";
import { follow, frameOf, hasCamera, makeCamera } from "../parts/camera.js";
import { status } from "../parts/dom.js";

const SIDE = 224; // pixels: a frame's longer side
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

function render({ model, el }) {
  const says = status();
  const { ask, end } = asker(model);
  let stop = () => {};
  const camera = makeCamera(
    "Use the webcam",
    (words) => (says.textContent = words),
    (video) => {
      const bars = makeBars();
      stop = follow(video, ask, ({ words, probabilities }) => {
        if (says.textContent !== words) says.textContent = words;
        bars.show(probabilities);
      });
      return [bars.el];
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
    end();
  };
}

export default { render };
