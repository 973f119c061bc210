// A place to drop files, folders and zip files; they travel to the kernel in pieces of 1 MB, each confirmed.

const PIECE = 1 << 20;

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

function element(kind, properties = {}, ...children) {
  const made = Object.assign(document.createElement(kind), properties);
  made.append(...children);
  return made;
}

function render({ model, el }) {
  let confirmed = () => {};
  let busy = false;
  let camera = null;
  const text = model.get("text");
  const status = element("span", { className: "dropzone-status" });
  status.setAttribute("role", "status");
  const target = element("div", { className: "dropzone-target", textContent: text });
  const files = element("input", { type: "file", multiple: true, hidden: true, className: "dropzone-files" });
  const folder = element("input", { type: "file", webkitdirectory: true, hidden: true, className: "dropzone-folder" });
  const buttons = element("div", { className: "dropzone-buttons" });
  const button = (words, action) => {
    const made = element("button", { textContent: words, className: "jupyter-button", type: "button" });
    made.addEventListener("click", action);
    buttons.append(made);
    return made;
  };
  const view = element("div", { className: "dropzone-camera", hidden: true });

  async function send(list) {
    if (busy || !list.length) return;
    busy = true;
    try {
      const total = list.reduce((sum, [, file]) => sum + file.size, 0);
      let sent = 0;
      for (const [index, [name, file]] of list.entries()) {
        for (let start = 0; start === 0 || start < file.size; start += PIECE) {
          const piece = await file.slice(start, start + PIECE).arrayBuffer();
          const arrived = new Promise((resolve) => (confirmed = resolve));
          model.send({ kind: "piece", name, lot: index === 0 && start === 0, file: start === 0 }, undefined, [new DataView(piece)]);
          await arrived;
          sent += piece.byteLength;
          status.textContent = `${Math.round((100 * sent) / Math.max(total, 1))} % of ${(total / 1e6).toFixed(1)} MB`;
        }
      }
      model.send({ kind: "end" });
      status.textContent = `${list.length} ${list.length === 1 ? "file" : "files"} sent`;
    } catch (error) {
      status.textContent = `Could not read what was dropped (${error.message}). Choose it with a button instead.`;
    } finally {
      busy = false;
    }
  }

  const chosen = (input) => async () => {
    await send([...input.files].map((file) => [file.webkitRelativePath || file.name, file]));
    input.value = "";
  };
  files.addEventListener("change", chosen(files));
  folder.addEventListener("change", chosen(folder));
  button("Choose files", () => files.click());
  if (model.get("folders")) button("Choose a folder", () => folder.click());

  function closeCamera() {
    if (camera) camera.getTracks().forEach((track) => track.stop());
    camera = null;
    view.hidden = true;
    view.replaceChildren();
  }
  if (navigator.mediaDevices?.getUserMedia) {
    let count = 0;
    button("Use the webcam", async () => {
      if (camera) return closeCamera();
      try {
        camera = await navigator.mediaDevices.getUserMedia({ video: true });
      } catch (error) {
        status.textContent = `The browser gives no webcam (${error.message}). Allow it, or choose files.`;
        return;
      }
      const video = element("video", { autoplay: true, muted: true, width: 320, srcObject: camera });
      const take = element("button", { textContent: "Take a picture", className: "jupyter-button", type: "button" });
      take.addEventListener("click", () => {
        const canvas = element("canvas", { width: video.videoWidth, height: video.videoHeight });
        canvas.getContext("2d").drawImage(video, 0, 0);
        count += 1;
        canvas.toBlob((blob) => send([[`webcam-${Date.now()}-${count}.jpg`, blob]]), "image/jpeg", 0.92);
      });
      view.replaceChildren(video, take);
      view.hidden = false;
    });
  }

  const stay = (event) => {
    event.preventDefault();
    event.stopPropagation();
  };
  for (const kind of ["dragenter", "dragover"]) {
    target.addEventListener(kind, (event) => {
      stay(event);
      target.classList.add("dropzone-over");
    });
  }
  target.addEventListener("dragleave", () => target.classList.remove("dropzone-over"));
  target.addEventListener("drop", async (event) => {
    stay(event);
    target.classList.remove("dropzone-over");
    const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
    const lists = await Promise.all(entries.map((entry) => filesOf(entry)));
    await send(entries.length ? lists.flat() : [...event.dataTransfer.files].map((file) => [file.name, file]));
  });

  const heard = (message, buffers) => {
    if (message.kind === "got") confirmed();
    if (message.kind === "download") {
      const link = element("a", { href: URL.createObjectURL(new Blob(buffers)), download: message.name });
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 60000);
    }
  };
  model.on("msg:custom", heard);
  el.classList.add("dropzone");
  el.append(target, buttons, files, folder, view, status);
  model.send({ kind: "opened" });
  return () => {
    model.off("msg:custom", heard);
    closeCamera();
    model.send({ kind: "closed" });
  };
}

export default { render };
