// All modules can be joined to one text: names at the top of the files differ.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

const ROOMS = ["engine", "parts"].map((name) => new URL(`../../course_utils/browser/${name}/`, import.meta.url));
const DECLARED = /^(?:export )?(?:async )?(?:function\*?|class|const|let) (\w+|\[[^\]]*\])/gm;

test("names at the top of the files differ", () => {
  /** @type {Map<string, string>} */
  const seen = new Map();
  for (const room of ROOMS) {
    for (const name of readdirSync(room).filter((one) => one.endsWith(".js"))) {
      for (const [, declared] of readFileSync(new URL(name, room), "utf-8").matchAll(DECLARED)) {
        for (const one of declared.match(/\w+/g) ?? []) {
          assert.ok(!seen.has(one), `${one} stands in ${seen.get(one)} and in ${name}`);
          seen.set(one, name);
        }
      }
    }
  }
  assert.ok(seen.size > 100);
});
