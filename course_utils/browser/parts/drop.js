// A place to drop files, folders and zip files, and their way to whoever takes them: in pieces of 1 MB, each confirmed.

import { element } from "./dom.js";
import { WORDS } from "./words.js";

const PIECE = 1 << 20;

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

export function hasFiles(event) {
  return [...event.dataTransfer.types].includes("Files");
}

// What a drop holds, as [path, file].
export async function filesDropped(event) {
  const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  const loose = [...event.dataTransfer.files].map((file) => [file.name, file]);
  if (!entries.length) return loose;
  return (await Promise.all(entries.map((entry) => filesOf(entry)))).flat();
}

export function dropTarget(text, take) {
  const target = element("div", { className: "dropzone-target", textContent: text });
  const on = (kind, over, action = (_event) => {}) =>
    target.addEventListener(kind, (event) => {
      event.preventDefault();
      event.stopPropagation();
      target.classList.toggle("dropzone-over", over);
      return action(event);
    });
  on("dragenter", true);
  on("dragover", true);
  on("dragleave", false);
  on("drop", false, async (event) => take(await filesDropped(event)));
  return target;
}

async function* piecesOf(list, about) {
  for (const [index, [name, file]] of list.entries()) {
    for (let start = 0; start === 0 || start < file.size; start += PIECE) {
      const bytes = await file.slice(start, start + PIECE).arrayBuffer();
      yield [{ kind: "piece", name, lot: index === 0 && start === 0, file: start === 0, ...about }, bytes];
    }
  }
}

// Sends lists of [path, file], one after the other, by `post(message, bytes)`, and says how far it is. `about` goes with
// each message. `confirm` is for the answer to a piece.
export function sender(post, say) {
  let confirmed = (_nothing) => {};
  let before = Promise.resolve();
  async function sendAll(list, about) {
    const total = list.reduce((sum, [, file]) => sum + file.size, 0);
    let sent = 0;
    for await (const [message, bytes] of piecesOf(list, about)) {
      const arrived = new Promise((resolve) => (confirmed = resolve));
      post(message, bytes);
      await arrived;
      sent += bytes.byteLength;
      say(WORDS.drop.sending(Math.round((100 * sent) / Math.max(total, 1)), (total / 1e6).toFixed(1)));
    }
    post({ kind: "end", ...about });
    say(WORDS.drop.sent(list.length));
  }
  async function send(list, about = {}) {
    if (!list.length) return;
    before = before.then(() => sendAll(list, about)).catch((error) => say(WORDS.drop.unread(error.message)));
    await before;
  }
  return { send, confirm: () => confirmed(undefined) };
}

// Hands a file to the browser, which keeps it where it keeps downloads.
export function download(name, buffers) {
  const link = element("a", { href: URL.createObjectURL(new Blob(buffers)), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}
