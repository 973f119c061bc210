// Keeps what is typed in one part of a page from the shortcuts of the rest; Escape leaves it.

export function keepKeys(root, leave) {
  const keep = (event) => {
    if (event.key !== "Escape") event.stopPropagation();
    else if (event.type === "keydown") leave();
  };
  const kinds = ["keydown", "keypress", "keyup"];
  root.dataset.lmSuppressShortcuts = "true"; // JupyterLab listens before the page's elements do, and heeds this
  for (const kind of kinds) root.addEventListener(kind, keep);
  return () => {
    delete root.dataset.lmSuppressShortcuts;
    for (const kind of kinds) root.removeEventListener(kind, keep);
  };
}
