// In Jupyter: a place to drop files, with buttons to choose some. What arrives goes to the kernel.

import { chooser, element, status } from "../parts/dom.js";
import { download, dropTarget, sender } from "../parts/drop.js";

function render({ model, el }) {
  const says = status();
  const { send, confirm, close } = sender(
    (message, bytes) => model.send(message, undefined, bytes ? [new DataView(bytes)] : []),
    (words) => (says.textContent = words),
  );
  const files = chooser("Choose files", { className: "dropzone-files" }, (list) => send(list));
  const whole = { className: "dropzone-folder", webkitdirectory: true };
  const folder = model.get("folders") ? chooser("Choose a folder", whole, (list) => send(list)) : [];

  const heard = (message, buffers) => {
    if (message.kind === "got") confirm(message);
    if (message.kind === "download") download(message.name, buffers);
  };
  model.on("msg:custom", heard);
  const buttons = element("div", { className: "dropzone-buttons" }, ...files, ...folder);
  el.classList.add("dropzone", "part");
  el.append(
    dropTarget(model.get("text"), (list) => send(list)),
    buttons,
    says,
  );
  model.send({ kind: "opened" });
  return () => {
    model.off("msg:custom", heard);
    close();
  };
}

export default { render };
