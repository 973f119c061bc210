// What is sent to a kernel: each piece answered, what can't be had whole said, and the other files go on.

import assert from "node:assert/strict";
import { test } from "node:test";
import { filesDropped, sender } from "../../course_utils/browser/parts/drop.js";

const MEGABYTE = 1 << 20;

/** A kernel that answers all, in the next turn, but with what `problem` says. */
function kernel(/** @type {(message: any) => string} */ problem = () => "") {
  const [heard, said] = [/** @type {any[]} */ ([]), /** @type {string[]} */ ([])];
  const zone = sender(
    (/** @type {any} */ message, /** @type {ArrayBuffer | undefined} */ bytes) => {
      heard.push({ ...message, bytes: bytes?.byteLength });
      setTimeout(() => zone.confirm({ ...message, kind: "got", problem: problem(message) }));
    },
    (/** @type {string} */ words) => said.push(words),
  );
  return { zone, heard, said };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** Waits until something holds. */
async function until(/** @type {() => boolean} */ holds) {
  while (!holds()) await turn();
}

const parts = (/** @type {any[]} */ heard) =>
  heard.map(({ kind, lot, file, start, bytes }) => (kind === "end" ? [kind, lot] : [lot, file, start, bytes]));

test("each piece says its lot, its file and its place", async () => {
  const { zone, heard, said } = kernel();
  await zone.send([["a.bin", new Blob([new Uint8Array(2 * MEGABYTE + 5)])], ["b", new Blob([])]], { label: "cat" });
  await zone.send([["c", new Blob(["c"])]]);
  assert.deepEqual(parts(heard), [
    [1, 0, 0, MEGABYTE],
    [1, 0, MEGABYTE, MEGABYTE],
    [1, 0, 2 * MEGABYTE, 5],
    [1, 1, 0, 0],
    ["end", 1],
    [2, 0, 0, 1],
    ["end", 2],
  ]);
  assert.ok(heard.slice(0, 5).every(({ label }) => label === "cat"));
  assert.equal(new Set(heard.map(({ view }) => view)).size, 1);
  assert.equal(new Set(heard.map(({ number }) => number)).size, heard.length);
  assert.deepEqual([said[0], said.at(-1)], ["50 % of 2.1 MB", "1 file sent"]);
  const other = kernel();
  await other.zone.send([["c", new Blob(["c"])]]);
  assert.notEqual(other.heard[0].view, heard[0].view);
});

test("what can't be written is said, and the other files go on", async () => {
  const full = "big was left out: no space is left on the disk.";
  const { zone, heard, said } = kernel(({ name, start }) => (name === "big" && start ? full : ""));
  await zone.send([["big", new Blob([new Uint8Array(3 * MEGABYTE)])], ["small", new Blob(["s"])]]);
  assert.deepEqual(parts(heard), [[1, 0, 0, MEGABYTE], [1, 0, MEGABYTE, MEGABYTE], [1, 1, 0, 1], ["end", 1]]);
  assert.equal(said.at(-1), `1 file sent. ${full}`);
});

test("what the browser may not read is said, and the other files go on", async () => {
  const gone = Object.assign(new Blob(["x"]), { slice: () => ({ arrayBuffer: () => Promise.reject(new Error("it is gone")) }) });
  const { zone, heard, said } = kernel();
  await zone.send([["one", /** @type {any} */ (gone)], ["two", new Blob(["2"])]]);
  assert.deepEqual(parts(heard), [[1, 1, 0, 1], ["end", 1]]);
  assert.match(said.at(-1) ?? "", /^1 file sent\. one was left out: the browser can't read it \(it is gone\)\./);
});

test("an answer to another view, or to an earlier message, is none", async () => {
  /** @type {any[]} */
  const posted = [];
  const zone = sender((/** @type {any} */ message) => posted.push(message), () => {});
  const done = zone.send([["a", new Blob(["a"])]]);
  await until(() => posted.length > 0);
  zone.confirm({ ...posted[0], view: "another", problem: "" });
  zone.confirm({ ...posted[0], number: 0, problem: "" });
  for (let count = 0; count < 10; count += 1) await turn();
  assert.equal(posted.length, 1);
  zone.confirm({ ...posted[0], problem: "" });
  await until(() => posted.length > 1);
  assert.equal(posted[1].kind, "end");
  zone.confirm({ ...posted[1], problem: "" });
  await done;
});

test("a kernel that does not answer is told of, and files that are brought anew are sent", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  /** @type {any[]} */
  const [posted, said] = [[], []];
  const zone = sender((/** @type {any} */ message) => posted.push(message), (/** @type {string} */ words) => said.push(words));
  const first = zone.send([["a", new Blob(["a"])]]);
  await until(() => posted.length > 0);
  context.mock.timers.tick(60_000);
  assert.match(said.at(-1), /^Python has not answered yet/);
  const second = zone.send([["b", new Blob(["b"])]]);
  await until(() => posted.length >= 2);
  assert.deepEqual([posted[1].name, posted[1].lot], ["b", 2]);
  zone.confirm({ ...posted[0], problem: "" }); // too late
  zone.confirm({ ...posted[1], problem: "" });
  await until(() => posted.length >= 3);
  zone.confirm({ ...posted[2], problem: "" });
  await Promise.all([first, second]);
  assert.equal(said.at(-1), "1 file sent");
});

test("a view that is closed says so, and sends no more", async () => {
  /** @type {any[]} */
  const posted = [];
  const zone = sender((/** @type {any} */ message) => posted.push(message), () => {});
  const done = zone.send([["a", new Blob(["a"])], ["b", new Blob(["b"])]]);
  await until(() => posted.length > 0);
  zone.close();
  await done;
  await zone.send([["c", new Blob(["c"])]]);
  assert.deepEqual(
    posted.map(({ kind }) => kind),
    ["piece", "closed"],
  );
  assert.equal(posted[0].view, posted[1].view);
});

test("a folder in which something can't be read brings the rest, and says what", async () => {
  const entry = (/** @type {string} */ name, /** @type {any} */ more) => ({ name, ...more });
  const file = (/** @type {string} */ name, /** @type {any} */ fails = null) =>
    entry(name, {
      isFile: true,
      file: (/** @type {any} */ found, /** @type {any} */ failed) => (fails ? failed(fails) : found(new File(["x"], name))),
    });
  const folder = (/** @type {string} */ name, /** @type {any[]} */ inside, /** @type {any} */ fails = null) =>
    entry(name, {
      isFile: false,
      createReader() {
        const lots = [inside, []];
        return {
          readEntries: (/** @type {any} */ found, /** @type {any} */ failed) =>
            lots.length > 1 || !fails ? found(lots.shift()) : failed(fails),
        };
      },
    });
  const refused = new Error("not allowed");
  const top = folder("pets", [file("a.jpg"), file("b.jpg", refused), folder("cats", [file("c.jpg")], refused)]);
  const dataTransfer = { items: [{ webkitGetAsEntry: () => top }], files: [] };
  const list = await filesDropped({ dataTransfer });
  assert.deepEqual(
    list.map(([name]) => name),
    ["pets/a.jpg", "pets/b.jpg", "pets/cats/c.jpg", "pets/cats"],
  );
  const { zone, heard, said } = kernel();
  await zone.send(list);
  assert.deepEqual(
    heard.map(({ name, kind }) => name ?? kind),
    ["pets/a.jpg", "pets/cats/c.jpg", "end"],
  );
  assert.match(said.at(-1) ?? "", /^2 files sent\. pets\/b\.jpg was left out: .*\(not allowed\).* pets\/cats was left out: /);
});
