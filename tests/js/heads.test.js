// What heads do that needs no Python to compare with.

import assert from "node:assert/strict";
import { test } from "node:test";
import { startArticleHead, trainArticleHead } from "../../course_utils/browser/engine/article.js";
import { fitLinearHead, linearLayers, predictLinear } from "../../course_utils/browser/engine/linear.js";
import { atOnce, inPieces } from "../../course_utils/browser/engine/pieces.js";

const labels = [0, 0, 0, 1, 1, 1];
const numbers = Float32Array.from(
  { length: 6 * 8 },
  (_, place) => ((place * 7) % 5) / 9 + (place < 24 ? place % 2 : 0),
);

test("a linear head tells apart what can be told apart, and says how far it is", async () => {
  const said = /** @type {number[]} */ ([]);
  const head = await inPieces(fitLinearHead(numbers, labels, 2), ({ done, total }) => said.push(done / total));
  const told = predictLinear(head, numbers);
  labels.forEach((label, i) => assert.ok(told[2 * i + label] > 0.5, `${told[2 * i]} for ${label}`));
  assert.deepEqual(
    said,
    said.toSorted((one, other) => one - other),
  );
  assert.equal(said.at(-1), 1);
  assert.deepEqual(
    linearLayers(head).map(({ inputs, outputs, activation }) => [inputs, outputs, activation]),
    [[8, 2, "softmax"]],
  );
});

test("pictures that are all the same give chances of one half", () => {
  const head = atOnce(fitLinearHead(new Float32Array(48).fill(0.5), labels, 2));
  assert.deepEqual([...predictLinear(head, new Float32Array(8).fill(0.5))], [0.5, 0.5]);
});

test("what can't be trained on is told in words", () => {
  assert.throws(() => atOnce(fitLinearHead(numbers, [0, 1, 0, 1, 0], 2)), /48 numbers for 5 pictures/);
  assert.throws(() => atOnce(fitLinearHead(numbers, labels, 1)), /got 1 classes/);
  assert.throws(() => startArticleHead(1), /got 1 classes/);
});

test("the article's head is not trained where it was stopped before", () => {
  const work = trainArticleHead(
    startArticleHead(2, 2),
    { features: new Float32Array(), labels: [] },
    { signal: AbortSignal.abort() },
  );
  assert.throws(() => atOnce(work), /stopped before the first epoch/);
});
