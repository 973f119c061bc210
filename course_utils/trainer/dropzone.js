// A place to drop files, folders and zip files; they travel to the kernel in pieces of 1 MB, each confirmed.

const PIECE = 1 << 20;

function element(kind, properties = {}, ...children) {
  const made = Object.assign(document.createElement(kind), properties);
  made.append(...children);
  return made;
}

function button(words, action) {
  const made = element("button", { textContent: words, className: "jupyter-button", type: "button" });
  made.addEventListener("click", action);
  return made;
}

// All files of what was dropped, as [path, file]; folders are looked through.
async function filesOf(entry, path = "") {
  if (entry.isFile) {
    const file = await new Promise((found, failed) => entry.file(found, failed));
    return [[path + file.name, file]];
  }
  const reader = entry.createReader();
  const files = [];
  for (;;) {
    const some = await new Promise((found, failed) => reader.readEntries(found, failed));
    if (!some.length) return files;
    for (const one of some) files.push(...(await filesOf(one, path + entry.name + "/")));
  }
}

async function* piecesOf(list) {
  for (const [index, [name, file]] of list.entries()) {
    for (let start = 0; start === 0 || start < file.size; start += PIECE) {
      const bytes = await file.slice(start, start + PIECE).arrayBuffer();
      yield [{ kind: "piece", name, lot: index === 0 && start === 0, file: start === 0 }, bytes];
    }
  }
}

// Sends one list of [path, file] at a time, and says how far it is. `confirm` is for the kernel's answer to a piece.
function sender(model, say) {
  let confirmed = () => {};
  let busy = false;
  async function sendAll(list) {
    const total = list.reduce((sum, [, file]) => sum + file.size, 0);
    let sent = 0;
    for await (const [message, bytes] of piecesOf(list)) {
      const arrived = new Promise((resolve) => (confirmed = resolve));
      model.send(message, undefined, [new DataView(bytes)]);
      await arrived;
      sent += bytes.byteLength;
      say(`${Math.round((100 * sent) / Math.max(total, 1))} % of ${(total / 1e6).toFixed(1)} MB`);
    }
    model.send({ kind: "end" });
    say(`${list.length} ${list.length === 1 ? "file" : "files"} sent`);
  }
  async function send(list) {
    if (busy || !list.length) return;
    busy = true;
    try {
      await sendAll(list);
    } catch (error) {
      say(`Could not read what was dropped (${error.message}). Choose it with a button instead.`);
    } finally {
      busy = false;
    }
  }
  return { send, confirm: () => confirmed() };
}

function chooser(properties, send) {
  const input = element("input", { type: "file", hidden: true, ...properties });
  input.addEventListener("change", async () => {
    await send([...input.files].map((file) => [file.webkitRelativePath || file.name, file]));
    input.value = "";
  });
  return input;
}

function dropTarget(text, send) {
  const target = element("div", { className: "dropzone-target", textContent: text });
  const on = (kind, over, action = () => {}) =>
    target.addEventListener(kind, (event) => {
      event.preventDefault();
      event.stopPropagation();
      target.classList.toggle("dropzone-over", over);
      return action(event);
    });
  on("dragenter", true);
  on("dragover", true);
  on("dragleave", false);
  on("drop", false, async (event) => {
    const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
    const lists = await Promise.all(entries.map((entry) => filesOf(entry)));
    await send(entries.length ? lists.flat() : [...event.dataTransfer.files].map((file) => [file.name, file]));
  });
  return target;
}

// The webcam's picture with a button to take it; `toggle` opens and closes it.
function webcam(send, say) {
  const view = element("div", { className: "dropzone-camera", hidden: true });
  let camera = null;
  let count = 0;
  function take(video) {
    const canvas = element("canvas", { width: video.videoWidth, height: video.videoHeight });
    canvas.getContext("2d").drawImage(video, 0, 0);
    count += 1;
    canvas.toBlob((blob) => send([[`webcam-${Date.now()}-${count}.jpg`, blob]]), "image/jpeg", 0.92);
  }
  function close() {
    if (camera) camera.getTracks().forEach((track) => track.stop());
    camera = null;
    view.hidden = true;
    view.replaceChildren();
  }
  async function toggle() {
    if (camera) return close();
    try {
      camera = await navigator.mediaDevices.getUserMedia({ video: true });
    } catch (error) {
      say(`The browser gives no webcam (${error.message}). Allow it, or choose files.`);
      return;
    }
    const video = element("video", { autoplay: true, muted: true, width: 320, srcObject: camera });
    view.replaceChildren(video, button("Take a picture", () => take(video)));
    view.hidden = false;
  }
  return { view, toggle, close };
}

function download(name, buffers) {
  const link = element("a", { href: URL.createObjectURL(new Blob(buffers)), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}

function render({ model, el }) {
  const status = element("span", { className: "dropzone-status" });
  status.setAttribute("role", "status");
  const say = (words) => (status.textContent = words);
  const { send, confirm } = sender(model, say);
  const files = chooser({ multiple: true, className: "dropzone-files" }, send);
  const folder = chooser({ webkitdirectory: true, className: "dropzone-folder" }, send);
  const camera = webcam(send, say);

  const buttons = element("div", { className: "dropzone-buttons" }, button("Choose files", () => files.click()));
  if (model.get("folders")) buttons.append(button("Choose a folder", () => folder.click()));
  if (navigator.mediaDevices?.getUserMedia) buttons.append(button("Use the webcam", camera.toggle));

  const heard = (message, buffers) => {
    if (message.kind === "got") confirm();
    if (message.kind === "download") download(message.name, buffers);
  };
  model.on("msg:custom", heard);
  el.classList.add("dropzone");
  el.append(dropTarget(model.get("text"), send), buttons, files, folder, camera.view, status);
  model.send({ kind: "opened" });
  return () => {
    model.off("msg:custom", heard);
    camera.close();
    model.send({ kind: "closed" });
  };
}

export default { render };
