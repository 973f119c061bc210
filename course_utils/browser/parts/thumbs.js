// Small pictures that are loaded when they come into view. Each can be chosen, dragged, moved by keys, and left out.

import { arrange, button, element } from "./dom.js";
import { WORDS } from "./words.js";

// Calls what belongs to an element once, when it comes into view.
function whenSeen() {
  const loads = new Map();
  const observer = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) {
        if (!isIntersecting) continue;
        observer.unobserve(target);
        loads.get(target)?.();
        loads.delete(target);
      }
    },
    { rootMargin: "200px" },
  );
  const add = (el, load) => {
    loads.set(el, load);
    observer.observe(el);
  };
  return { add, close: () => observer.disconnect() };
}

function describe(thumb, { name, held }, chosen) {
  thumb.box.ariaLabel = held ? `${name}, ${held}` : name;
  thumb.box.title = name;
  thumb.box.ariaChecked = String(chosen);
  thumb.out.ariaLabel = WORDS.thumbs.outNamed(name);
  thumb.mark.textContent = held;
  thumb.el.classList.toggle("thumb-held", Boolean(held));
}

async function load(thumb, picture) {
  const { file, problem } = await picture(thumb.id);
  if (file) thumb.image.src = URL.createObjectURL(file);
  else thumb.box.replaceChildren(problem);
}

function makeThumb(id, does) {
  const image = element("img", { alt: "", draggable: false });
  const box = element("div", { className: "thumb-picture", tabIndex: -1, draggable: true }, image);
  box.setAttribute("role", "checkbox");
  const out = button("×", () => does.leaveOut([id]), { className: "thumb-out", title: WORDS.thumbs.out, tabIndex: -1 });
  const mark = element("span", { className: "thumb-mark" });
  const thumb = { id, image, box, out, mark, el: element("li", { className: "thumb" }, box, out, mark) };
  box.addEventListener("click", () => does.choose(id));
  box.addEventListener("dragstart", (event) => {
    event.dataTransfer.setData("text/plain", box.title);
    event.dataTransfer.effectAllowed = "move";
    does.drag(id);
  });
  box.addEventListener("dragend", () => does.drag(null));
  box.addEventListener("keydown", (event) => {
    if (event.key === " " || event.key === "Enter") does.choose(id);
    else if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "a") does.chooseAll(id);
    else if (event.key === "Delete" || event.key === "Backspace") does.leaveOut([id]);
    else return;
    event.preventDefault();
  });
  return thumb;
}

// All thumbnails of a board, by their ids. `does` says what happens to them; `does.picture(id)` loads one.
export function makeThumbs(does) {
  const known = new Map();
  const seen = whenSeen();
  function show(one, chosen) {
    if (!known.has(one.id)) {
      const made = makeThumb(one.id, does);
      known.set(one.id, made);
      seen.add(made.el, () => load(made, does.picture));
    }
    const thumb = known.get(one.id);
    describe(thumb, one, chosen);
    return thumb;
  }
  function keep(ids) {
    for (const [id, thumb] of known) {
      if (ids.has(id)) continue;
      URL.revokeObjectURL(thumb.image.src);
      known.delete(id);
    }
  }
  return { show, keep, close: seen.close };
}

const STEPS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1, Home: -Infinity, End: Infinity };

// A list of thumbnails that is one stop of the Tab key; the arrow keys go from one to the next.
export function makeRow() {
  const el = element("ul", { className: "card-pictures" });
  let thumbs = [];
  let current = 0;
  function point(index, focus) {
    current = Math.max(0, Math.min(index, thumbs.length - 1));
    thumbs.forEach((thumb, place) => {
      thumb.box.tabIndex = thumb.out.tabIndex = place === current ? 0 : -1;
    });
    if (focus) thumbs[current]?.box.focus();
  }
  el.addEventListener("keydown", (event) => {
    if (!(event.key in STEPS)) return;
    event.preventDefault();
    point(current + STEPS[event.key], true);
  });
  el.addEventListener("focusin", (event) => point(thumbs.findIndex((thumb) => thumb.el.contains(event.target))));
  function show(list) {
    thumbs = list;
    arrange(
      el,
      list.map((thumb) => thumb.el),
    );
    point(current);
  }
  return { el, show, focus: () => point(current, true) };
}
