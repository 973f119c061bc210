// A classifier from a stranger, on a page: what is not as the course writes it is refused with a sentence.

import assert from "node:assert/strict";
import { test } from "node:test";
import { networkForm, readClassifier, writeClassifier } from "../../course_utils/browser/engine/classifierfile.js";
import { areLabels, normalLabel } from "../../course_utils/browser/engine/labels.js";

const layers = networkForm().map((layer) => {
  const inputs = layer.kind === "depthwise" ? 1 : layer.inputs;
  const places = layer.kind === "pointwise" ? 1 : 9;
  return {
    ...layer,
    kernel: new Float32Array(places * inputs * layer.outputs).fill(0.01),
    bias: new Float32Array(layer.outputs),
  };
});
const dense = (value) => ({
  kernel: new Float32Array(1280 * 2).fill(value),
  bias: new Float32Array(2),
  activation: "softmax",
  inputs: 1280,
  outputs: 2,
});
const parts = (changes) => ({ classes: ["cat", "dog"], looks: 2, network: layers, head: [dense(0.5)], ...changes });

test("one that is whole is believed", async () => {
  const read = await readClassifier(await writeClassifier(parts({})));
  assert.deepEqual(read.classes, ["cat", "dog"]);
});

for (const [why, changes] of Object.entries({
  "two classes of one name": { classes: ["cat", "cat"] },
  "a name that steers a terminal": { classes: ["cat", "\u001b[2Jdog"] },
  "a name without end": { classes: ["cat", "d".repeat(10_000)] },
  "letters in the place of names": { classes: "cd" },
  "weights so large that no answer would be": { head: [dense(3e38)] },
  "more examples than there are": {
    known: { examples: new Uint8Array(256), labels: ["cat"], threshold: 0.5 },
    about: { known: { threshold: 0.5, examples: [1e12, 0] } },
  },
  "a long text": { about: { more: "x".repeat(3_000_000) } },
})) {
  test(`refused: ${why}`, async () => {
    const file = await writeClassifier(parts(changes));
    await assert.rejects(
      readClassifier(file),
      (/** @type {unknown} */ error) =>
        error instanceof Error && error.constructor === Error && error.message.length < 500,
    );
  });
}

test("names of every writing are names, and what can't be seen is taken out", () => {
  assert.ok(areLabels(["Äpfel", "猫", "قطة", "👩‍🔬", "می‌خواهم", "a".repeat(255), "$x$"]));
  for (const wrong of [[], ["a", "a"], [1, 2], [" "], ["a".repeat(256)], ["\ud800"], null]) assert.ok(!areLabels(wrong));
  assert.equal(normalLabel("ca\u202et\u0007\u200b"), "cat");
  assert.equal(normalLabel("A\u0308pfel"), "Äpfel");
});
