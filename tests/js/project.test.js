// What a zip file of pictures holds, by its folders. That the trainer opens a project is tested from Python.

import assert from "node:assert/strict";
import { test } from "node:test";
import { sortMembers, writeProject } from "../../course_utils/browser/engine/projectfile.js";
import { readZip } from "../../course_utils/browser/engine/zip.js";

const isPicture = (/** @type {string} */ name) => /\.(jpg|png)$/.test(name);

function sorted(/** @type {string[]} */ ...names) {
  const members = names.map((name) => ({ name, size: 1, guessed: false, read: async () => new Uint8Array(1) }));
  const { pictures, classifier, others } = sortMembers(members, isPicture);
  return { found: pictures.map(({ path, label, part }) => [path, label, part]), classifier: classifier?.name, others };
}

test("folders name classes, whatever holds them all", () => {
  const wanted = [
    ["cat/1.jpg", "cat", "training"],
    ["dog/burst-1/2.jpg", "dog", "training"],
  ];
  assert.deepEqual(sorted("cat/1.jpg", "dog/burst-1/2.jpg").found, wanted);
  assert.deepEqual(sorted("my/pets/cat/1.jpg", "my/pets/dog/burst-1/2.jpg").found, wanted);
  assert.deepEqual(sorted("training/cat/1.jpg", "training/dog/burst-1/2.jpg").found, wanted);
});

test("one class keeps its folder", () => {
  assert.deepEqual(
    sorted("cat/1.jpg", "cat/2.jpg").found.map(([path, label]) => [path, label]),
    [
      ["cat/1.jpg", "cat"],
      ["cat/2.jpg", "cat"],
    ],
  );
});

test("parts are told by their names", () => {
  assert.deepEqual(sorted("x/train/cat/1.jpg", "x/valid/cat/2.jpg", "x/test/dog/3.jpg").found, [
    ["cat/1.jpg", "cat", "training"],
    ["cat/2.jpg", "cat", "validation"],
    ["dog/3.jpg", "dog", "test"],
  ]);
});

test("pictures without a folder have no class, and what is no picture is named", () => {
  const told = sorted("1.jpg", "notes.txt", "__MACOSX/._1.jpg", ".hidden.jpg", "my-classifier.zip");
  assert.deepEqual(told, {
    found: [["1.jpg", null, "training"]],
    classifier: "my-classifier.zip",
    others: ["notes.txt"],
  });
});

test("a project has names that every system takes, and loses no picture", async () => {
  const file = new Blob(["x"]);
  const labels = ["a/b", "a:b", "..", "Cat", "cat", "con.", " dog "];
  const pictures = labels.flatMap((label) => [1, 2].map(() => ({ label, name: "../p.jpg", file })));
  const { file: zip, renamed } = await writeProject(pictures);
  const names = (await readZip(zip)).map(({ name }) => name);
  assert.equal(new Set(names.map((name) => name.toLowerCase())).size, 14);
  assert.equal(new Set(names.map((name) => name.split("/")[1])).size, 7);
  assert.deepEqual(
    names.filter((name) => /\.\.|[:\\]/.test(name)),
    [],
  );
  assert.deepEqual(
    renamed.map(([label]) => label),
    ["a/b", "a:b", "..", "cat", "con.", " dog "],
  );
});
