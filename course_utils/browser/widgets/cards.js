// In Jupyter: the class cards. The kernel says which there are, and is told what was done with them.

import { makeBoard } from "../parts/cards.js";
import { status } from "../parts/dom.js";
import { sender } from "../parts/drop.js";
import { WORDS } from "../parts/words.js";

const AT_ONCE = 12; // thumbnails asked for together

// Asks the kernel for thumbnails, some together; each promise is of {file} or {problem}.
function makeLoader(model) {
  const waiting = new Map();
  let asked = [];
  function ask() {
    for (let start = 0; start < asked.length; start += AT_ONCE) {
      model.send({ kind: "pictures", ids: asked.slice(start, start + AT_ONCE) });
    }
    asked = [];
  }
  function load(id) {
    if (!asked.length) setTimeout(ask);
    asked.push(id);
    return new Promise((resolve) => waiting.set(id, resolve));
  }
  function arrived({ ids, problems }, buffers) {
    ids.forEach((id, place) => {
      const problem = problems[place];
      waiting.get(id)?.(problem ? { problem } : { file: new Blob([buffers[place]], { type: "image/jpeg" }) });
      waiting.delete(id);
    });
  }
  return { load, arrived };
}

function render({ model, el }) {
  const says = status();
  const say = (words) => (says.textContent = words);
  const post = (message, bytes) => model.send(message, undefined, bytes ? [new DataView(bytes)] : []);
  const { send, confirm, close } = sender(post, say);
  const { load, arrived } = makeLoader(model);
  const board = makeBoard({
    picture: load,
    move: (ids, label) => model.send({ kind: "move", ids, label }),
    leaveOut: (ids) => model.send({ kind: "out", ids }),
    rename: (label, name) => model.send({ kind: "rename", label, name }),
    more: (label) => model.send({ kind: "more", label }),
    moreClasses: () => model.send({ kind: "classes" }),
    send,
    say,
    noClass: WORDS.cards.noClass,
  });
  const show = () => board.show(model.get("shown"));
  const heard = (message, buffers) => {
    if (message.kind === "got") confirm(message);
    if (message.kind === "pictures") arrived(message, buffers);
  };
  model.on("change:shown", show);
  model.on("msg:custom", heard);
  el.classList.add("part");
  el.append(board.el, says);
  show();
  return () => {
    model.off("change:shown", show);
    model.off("msg:custom", heard);
    board.close();
    close();
  };
}

export default { render };
