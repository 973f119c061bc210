// Zip files: what is written is read; what is damaged, locked or too large costs one file.

import assert from "node:assert/strict";
import { test } from "node:test";
import { deflateRawSync } from "node:zlib";
import { crc32, readZip, writeZip } from "../../course_utils/browser/engine/zip.js";

const bytes = (/** @type {string} */ words) => new TextEncoder().encode(words);

async function changed(/** @type {Blob} */ file, /** @type {(bytes: Uint8Array, view: DataView) => void} */ change) {
  const content = new Uint8Array(await file.arrayBuffer());
  change(content, new DataView(content.buffer));
  return new Blob([content]);
}

/** A zip file with one compressed member, as others write it. */
function compressed(
  /** @type {string} */ name,
  /** @type {Uint8Array} */ content,
  promised = content.length,
  method = 8,
) {
  const [packed, called] = [new Uint8Array(deflateRawSync(content)), bytes(name)];
  const [head, entry, end] = [30, 46, 22].map((size) => new DataView(new ArrayBuffer(size)));
  for (const [view, at] of /** @type {[DataView, number][]} */ ([
    [head, 8],
    [entry, 10],
  ])) {
    view.setUint16(at, method, true);
    view.setUint32(at + 6, crc32(content), true);
    view.setUint32(at + 10, packed.length, true);
    view.setUint32(at + 14, promised, true);
    view.setUint16(at + 18, called.length, true);
  }
  head.setUint32(0, 0x04034b50, true);
  entry.setUint32(0, 0x02014b50, true);
  end.setUint32(0, 0x06054b50, true);
  end.setUint16(10, 1, true);
  end.setUint32(12, 46 + called.length, true);
  end.setUint32(16, 30 + called.length + packed.length, true);
  return new Blob([head, called, packed, entry, called, end]);
}

test("what is written is read, with names of any language", async () => {
  const contents = /** @type {[string, Uint8Array<ArrayBuffer> | Blob][]} */ ([
    ["training/Ähre/1.txt", bytes("one")],
    ["青い花.txt", new Blob(["two"])],
    ["empty", bytes("")],
  ]);
  const members = await readZip(await writeZip(contents));
  assert.deepEqual(
    members.map(({ name, size, guessed }) => [name, size, guessed]),
    [
      ["training/Ähre/1.txt", 3, false],
      ["青い花.txt", 3, false],
      ["empty", 0, false],
    ],
  );
  const texts = await Promise.all(members.map(async (member) => new TextDecoder().decode(await member.read())));
  assert.deepEqual(texts, ["one", "two", ""]);
});

test("compressed files are read", async () => {
  const content = bytes("again and ".repeat(5000));
  const [member] = await readZip(compressed("a\\b.txt", content));
  assert.equal(member.name, "a/b.txt");
  assert.deepEqual(await member.read(), content);
});

test("a checksum is that of all zip programs", () => {
  assert.equal(crc32(bytes("123456789")), 0xcbf43926);
  assert.equal(crc32(bytes("56789"), crc32(bytes("1234"))), 0xcbf43926);
});

test("a damaged file costs that file only", async () => {
  const file = await writeZip([
    ["a.txt", bytes("aaaa")],
    ["b.txt", bytes("bbbb")],
  ]);
  const damaged = await changed(file, (content) => (content[35] ^= 1));
  const [a, b] = await readZip(damaged);
  await assert.rejects(a.read(), /a\.txt is damaged/);
  assert.deepEqual(await b.read(), bytes("bbbb"));
});

test("what unpacks to more than it says is stopped, and what says too much is refused", async () => {
  const content = new Uint8Array(5_000_000);
  const [bomb] = await readZip(compressed("bomb", content, 1000));
  await assert.rejects(bomb.read(), /bomb is damaged/);
  const [large] = await readZip(compressed("large", content), { mostOfOne: 2 ** 20 });
  await assert.rejects(large.read(), /large would unpack to 5 MB; at most 1 MB/);
  await assert.rejects(readZip(compressed("large", content), { mostOfAll: 2 ** 20 }), /would unpack to 5 MB/);
});

test("compressed nonsense, other methods and passwords are told in words", async () => {
  const file = compressed("a.txt", bytes("again and again and again"));
  const [torn] = await readZip(await changed(file, (content) => content.fill(255, 36, 45)));
  await assert.rejects(torn.read(), /a\.txt is damaged/);
  const [other] = await readZip(compressed("a.txt", bytes("a"), 1, 93));
  await assert.rejects(other.read(), /packed with Zstandard/);
  const [locked] = await readZip(
    await changed(file, (_, view) => view.setUint16(file.size - 22 - 5 - 46 + 8, 1, true)),
  );
  await assert.rejects(locked.read(), /locked with a password/);
});

test("what is no zip file says so", async () => {
  await assert.rejects(readZip(new Blob(["hello"])), /no zip file/);
  await assert.rejects(readZip(new Blob([])), /no zip file/);
  const file = await writeZip([["a.txt", bytes("aaaa")]]);
  await assert.rejects(readZip(file.slice(0, file.size - 30)), /no zip file, or its end is missing/);
  const listless = await changed(file, (content) => content.fill(0, file.size - 73, file.size - 60));
  await assert.rejects(readZip(listless), /list of its files is damaged/);
});

test("names that are not UTF-8 are guessed", async () => {
  const file = await changed(await writeZip([["caf__", bytes("x")]]), (content) => {
    for (let at = 0; at < content.length; at += 1) if (content[at] === 95) content.set([0xe9, 0x21], at++);
  });
  const [member] = await readZip(
    await changed(file, (_, view) => view.setUint16(file.size - 22 - 5 - 46 + 8, 0, true)),
  );
  assert.deepEqual([member.name, member.guessed], ["café!", true]);
});
