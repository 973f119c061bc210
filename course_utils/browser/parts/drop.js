// A place to drop files, folders and zip files, and their way to whoever takes them: in pieces of 1 MB, each confirmed.

import { element, reasonOf } from "./dom.js";
import { WORDS } from "./words.js";

const PIECE = 1 << 20;
const PATIENCE = 10_000; // milliseconds, until it is said that no answer comes

// Stands for what the browser may not read: whoever reads it hears why.
function unreadable(name, error) {
  const fail = () => Promise.reject(error);
  return Object.assign(new File([], name), { arrayBuffer: fail, slice: () => ({ arrayBuffer: fail }) });
}

/**
 * All files of what was dropped, as [path, file]; folders are looked through.
 * @returns {Promise<[string, File][]>}
 */
async function filesOf(entry, path = "") {
  const here = path + entry.name;
  /** @type {[string, File][]} */
  const files = [];
  try {
    if (entry.isFile) {
      const file = await new Promise((found, failed) => entry.file(found, failed));
      return [[here, file]];
    }
    const reader = entry.createReader();
    for (;;) {
      const some = await new Promise((found, failed) => reader.readEntries(found, failed));
      if (!some.length) return files;
      for (const one of some) files.push(...(await filesOf(one, `${here}/`)));
    }
  } catch (error) {
    return [...files, [here, unreadable(entry.name, error)]];
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

// Pieces of a file, as [start, bytes]: at least one.
async function* piecesOf(file) {
  for (let start = 0; start === 0 || start < file.size; start += PIECE) {
    yield [start, await file.slice(start, start + PIECE).arrayBuffer()];
  }
}

// Posts one message after the other, and waits for the answer to each. Where none comes for long, as from a kernel that
// is busy or gone, it says so, and goes on waiting until `stop`.
function asker(post, say) {
  const view = crypto.getRandomValues(new Uint32Array(4)).join("-"); // several views may share a kernel's model
  let [number, late, closed] = [0, false, false];
  let answered = (_answer) => {};
  let stop = (_error) => {};
  async function ask(message, bytes) {
    if (closed) throw new Error("nobody waits any more");
    number += 1;
    const answer = new Promise((resolve, reject) => ([answered, stop] = [resolve, reject]));
    const slow = setTimeout(() => {
      late = true;
      say(WORDS.drop.late);
    }, PATIENCE);
    post({ ...message, view, number }, bytes);
    try {
      return await answer;
    } finally {
      clearTimeout(slow);
      late = false;
    }
  }
  function confirm(answer) {
    if (answer.view === view && answer.number === number) answered(answer);
  }
  function close() {
    closed = true;
    stop(new Error("nobody waits any more"));
    post({ kind: "closed", view });
  }
  return { ask, confirm, close, isLate: () => late, stop: (words) => stop(new Error(words)) };
}

// Sends the pieces of a file; gives words, if it can't be had whole.
async function sendFile(ask, [name, file], about, step) {
  const pieces = piecesOf(file);
  for (;;) {
    const next = await pieces.next().catch((error) => ({ error }));
    if ("error" in next) return WORDS.drop.fileUnread(name, reasonOf(next.error));
    if (next.done) return "";
    const [start, bytes] = next.value;
    const { problem } = await ask({ kind: "piece", name, size: file.size, start, ...about }, bytes);
    if (problem) return problem;
    step(bytes.byteLength);
  }
}

// Sends lists of [path, file], one after the other, by `post(message, bytes)`, and says how far it is, and which files
// were left out. `about` goes with each message. `confirm` is for the answers, `close` for when nobody waits any more.
export function sender(post, say) {
  const { ask, confirm, close, isLate, stop } = asker(post, say);
  let lots = 0;
  let before = Promise.resolve();
  async function sendAll(list, about) {
    const lot = (lots += 1);
    const total = Math.max(list.reduce((sum, [, file]) => sum + file.size, 0), 1);
    const problems = [];
    let sent = 0;
    const step = (count) => {
      sent += count;
      say(WORDS.drop.sending(Math.round((100 * sent) / total), (total / 1e6).toFixed(1)));
    };
    for (const [file, one] of list.entries()) {
      const problem = await sendFile(ask, one, { lot, file, ...about }, step);
      if (problem) problems.push(problem);
    }
    const whole = list.length - problems.length;
    const { problem } = await ask({ kind: "end", lot, files: list.length, ...about });
    if (problem) problems.push(problem);
    say(WORDS.drop.sent(whole, problems));
  }
  async function send(list, about = {}) {
    if (!list.length) return;
    if (isLate()) stop(WORDS.drop.again); // whoever brings files anew waits for the others no longer
    before = before.then(() => sendAll(list, about)).catch((error) => say(WORDS.drop.failed(reasonOf(error))));
    await before;
  }
  return { send, confirm, close };
}

// Hands a file to the browser, which keeps it where it keeps downloads.
export function download(name, buffers) {
  const link = element("a", { href: URL.createObjectURL(new Blob(buffers)), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}
