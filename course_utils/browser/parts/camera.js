// A camera: its picture on the page, bursts of it, and what is made of each frame. The page shows it mirrored, as people
// know themselves; what is taken of it is not.

import { button, element } from "./dom.js";
import { WORDS } from "./words.js";

const EACH = 1000 / 8; // milliseconds between two pictures of a burst
const QUALITY = 0.92;
const SMALL = 224 * 224; // pixels
const MOST = 240; // pictures of a burst: half a minute

// The frame that a video shows, as a JPEG file no side of which is longer than `most` pixels.
export function frameOf(video, most = Infinity) {
  const scale = Math.min(1, most / Math.max(video.videoWidth, video.videoHeight));
  const [width, height] = [video.videoWidth, video.videoHeight].map((side) => Math.max(1, Math.round(side * scale)));
  const canvas = element("canvas", { width, height });
  canvas.getContext("2d").drawImage(video, 0, 0, width, height);
  return jpegOf(canvas);
}

// What a canvas shows, as a JPEG file. A small one is written at once: browsers write others when they have nothing else
// to do.
export function jpegOf(canvas) {
  if (canvas.width * canvas.height > SMALL) return new Promise((made) => canvas.toBlob(made, "image/jpeg", QUALITY));
  const letters = atob(canvas.toDataURL("image/jpeg", QUALITY).split(",")[1]);
  const bytes = new Uint8Array(letters.length);
  for (let place = 0; place < letters.length; place += 1) bytes[place] = letters.charCodeAt(place);
  return Promise.resolve(new Blob([bytes], { type: "image/jpeg" }));
}

// A button that opens a camera, and is called Stop while it is open. `opened(video)` returns what stands beside the
// picture, `closed` is called when it closes.
export function makeCamera(words, say, opened, closed = () => {}) {
  const view = element("div", { className: "camera-view", hidden: true });
  const opener = button(words, () => (wanted ? close() : open()), { className: "jupyter-button camera-open" });
  /** @type {MediaStream | null} */
  let camera = null;
  let wanted = false;
  function close() {
    wanted = false;
    opener.textContent = words;
    if (!camera) return;
    camera.getTracks().forEach((track) => track.stop());
    camera = null;
    closed();
    view.hidden = true;
    view.replaceChildren();
  }
  async function open() {
    wanted = true;
    opener.textContent = WORDS.camera.stop;
    try {
      const found = await navigator.mediaDevices.getUserMedia({ video: true });
      if (!wanted || camera) return found.getTracks().forEach((track) => track.stop());
      camera = found;
      for (const track of found.getTracks()) track.addEventListener("ended", close); // it was unplugged
    } catch (error) {
      close();
      return say(WORDS.camera.none(error.message));
    }
    const video = element("video", { autoplay: true, muted: true, playsInline: true, srcObject: camera });
    video.className = "camera-mirrored";
    video.addEventListener("pause", () => camera && video.play()); // as when it was moved on the page
    view.replaceChildren(video, ...opened(video));
    view.hidden = false;
  }
  return { button: opener, view, close };
}

export const hasCamera = () => Boolean(navigator.mediaDevices?.getUserMedia);

// A button that does something as long as it is held, with the mouse, a finger, or the space bar or Enter.
export function holdButton(words, begin, end) {
  let held = false;
  const start = () => {
    if (held) return;
    held = true;
    begin();
  };
  const stop = () => {
    if (!held) return;
    held = false;
    end();
  };
  const made = element("button", { type: "button", className: "jupyter-button camera-hold", textContent: words });
  made.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    made.setPointerCapture(event.pointerId); // so that its end is heard wherever the pointer is
    start();
  });
  for (const kind of ["pointerup", "pointercancel", "lostpointercapture", "blur"]) made.addEventListener(kind, stop);
  made.addEventListener("contextmenu", (event) => event.preventDefault()); // of a long press
  const isKey = (event) => event.key === " " || event.key === "Enter";
  made.addEventListener("keydown", (event) => {
    if (!isKey(event)) return;
    event.preventDefault();
    if (!event.repeat) start();
  });
  made.addEventListener("keyup", (event) => isKey(event) && stop());
  return made;
}

// A button that records a burst while it is held. `done` is given the pictures, as [name, file].
export function recorder(video, done) {
  const words = WORDS.camera.hold;
  let frames = [];
  /** @type {ReturnType<typeof setInterval> | undefined} */
  let timer;
  function take() {
    if (!video.videoWidth || frames.length >= MOST) return;
    frames.push(frameOf(video));
    made.textContent = WORDS.camera.recording(frames.length);
  }
  function begin() {
    frames = [];
    take();
    timer = setInterval(take, EACH);
  }
  async function end() {
    clearInterval(timer);
    made.textContent = words;
    const files = await Promise.all(frames);
    const named = files.map((file, number) => [`frame-${String(number + 1).padStart(3, "0")}.jpg`, file]);
    if (named.length) done(named);
  }
  const made = holdButton(words, begin, end);
  return made;
}

// Asks about frame after frame, and shows each answer. The next is asked about when the answer has come, so that none
// waits. Returns what ends it.
export function follow(video, ask, show) {
  let on = true;
  const later = () => new Promise((resolve) => requestAnimationFrame(resolve)); // not in a tab that nobody sees
  (async () => {
    while (on) {
      await later();
      if (!video.videoWidth || document.hidden) continue;
      const answer = await ask(video);
      if (on) show(answer);
    }
  })();
  return () => (on = false);
}
