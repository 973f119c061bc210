// In Jupyter: keys that are typed in the trainer stay there; Escape goes back to the notebook's cell.

import { keepKeys } from "../parts/keys.js";

function render({ el }) {
  let release = () => {};
  let waiting = 0;
  function find() {
    const root = el.closest(".trainer");
    if (root) release = keepKeys(root, () => root.closest(".jp-Cell")?.focus());
    else waiting = requestAnimationFrame(find); // it is not in the page yet
  }
  find();
  return () => {
    cancelAnimationFrame(waiting);
    release();
  };
}

export default { render };
