// Arrays as files. That NumPy reads them is tested from Python.

import assert from "node:assert/strict";
import { test } from "node:test";
import { readNpy, writeNpy } from "../../course_utils/browser/engine/npy.js";

test("what is written is read", () => {
  for (const shape of [[3], [2, 3], [3, 3, 3, 8], [0], []]) {
    const count = shape.reduce((product, side) => product * side, 1);
    const values = Float32Array.from({ length: count }, (_, place) => place / 3);
    const file = writeNpy(values, shape);
    assert.equal((file.length - 4 * count) % 64, 0);
    assert.deepEqual(readNpy(file), { values, shape });
    assert.deepEqual(readNpy(new Uint8Array([9, ...file]).subarray(1)), { values, shape }); // where it begins anywhere
  }
});

test("what is something else is told in words", () => {
  const file = writeNpy(new Float32Array(6), [2, 3]);
  assert.throws(() => writeNpy(new Float32Array(6), [2, 2]), /6 numbers for the shape \(2, 2\)/);
  assert.throws(() => readNpy(new Uint8Array(3), "x.npy"), /x\.npy is no \.npy file/);
  assert.throws(() => readNpy(file.subarray(0, -4), "x.npy"), /20 bytes for 6 numbers/);
  const other = new TextDecoder("latin1").decode(file).replace("<f4", "<f8");
  assert.throws(() => readNpy(Uint8Array.from(other, (letter) => letter.charCodeAt(0))), /<f8.*expected float32/);
});
