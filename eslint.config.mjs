// What ESLint checks: mistakes, not style; Biome has that.

import js from "@eslint/js";
import globals from "globals";

const fitting = {
  eqeqeq: "error",
  "no-unused-vars": ["error", { args: "after-used", argsIgnorePattern: "^_" }],
  "no-var": "error",
  "prefer-const": ["error", { destructuring: "all" }],
};

export default [
  { ignores: ["**/node_modules/", ".venv*/", "**/build/", "course_utils/browser/engine/*.ts"] },
  js.configs.recommended,
  { files: ["course_utils/**/*.js"], languageOptions: { globals: globals.browser }, rules: fitting },
  { files: ["tests/**/*.js", "*.mjs"], languageOptions: { globals: globals.node }, rules: fitting },
];
