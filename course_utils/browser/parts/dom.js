// Elements of a page, each made in one line.

export function element(kind, properties = {}, ...children) {
  const made = Object.assign(document.createElement(kind), properties);
  made.append(...children);
  return made;
}

export function button(words, action, properties = {}) {
  const made = element("button", { textContent: words, className: "jupyter-button", type: "button", ...properties });
  made.addEventListener("click", action);
  return made;
}

// Draws on a canvas.
export function penOf(canvas, options = {}) {
  return /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", options));
}

// Why something failed, in words.
export const reasonOf = (error) => (error instanceof Error ? error.message : String(error));

// A button for files, which stay hidden until it is pressed. Gives [path, file] pairs to `take`.
export function chooser(words, properties, take) {
  const input = element("input", { type: "file", hidden: true, multiple: true, ...properties });
  input.addEventListener("change", async () => {
    await take([...input.files].map((file) => [file.webkitRelativePath || file.name, file]));
    input.value = "";
  });
  return [button(words, () => input.click()), input];
}

// A place for messages, which a screen reader reads out when they change.
export function status() {
  const made = element("span", { className: "part-status" });
  made.setAttribute("role", "status");
  return made;
}

// Makes these the children of an element, in this order. Those that are there already stay where they can.
export function arrange(el, children) {
  for (const one of [...el.children]) if (!children.includes(one)) one.remove();
  children.forEach((one, place) => {
    if (el.children[place] !== one) el.insertBefore(one, el.children[place] ?? null);
  });
}
