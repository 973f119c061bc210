// Long work leaves room for the page, says how far it is, and ends when it is told to.

import assert from "node:assert/strict";
import { test } from "node:test";
import { atOnce, inPieces } from "../../course_utils/browser/engine/pieces.js";

function* count(/** @type {number} */ most) {
  const until = (/** @type {number} */ time) => {
    while (performance.now() < time);
  };
  for (let done = 1; done <= most; done += 1) {
    until(performance.now() + 20);
    yield done % 2 ? { done, total: most } : undefined;
  }
  return most;
}

test("a page can act between the pieces", async () => {
  let acted = 0;
  const timer = setInterval(() => (acted += 1), 1);
  const said = /** @type {number[]} */ ([]);
  assert.equal(await inPieces(count(5), ({ done }) => said.push(done)), 5);
  clearInterval(timer);
  assert.deepEqual(said, [1, 3, 5]);
  assert.ok(acted >= 2, `${acted} times`);
});

test("work ends when it is told to", async () => {
  const stop = new AbortController();
  const work = inPieces(count(1000), ({ done }) => done === 3 && stop.abort(), stop.signal);
  await assert.rejects(work, { name: "AbortError" });
});

test("work can be done at once", () => assert.equal(atOnce(count(2)), 2));
