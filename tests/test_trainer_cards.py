"""The trainer's JavaScript on a page without Jupyter: class cards, thumbnails, the webcam, bars and keys."""

import base64
import functools
import http.server
import io
import re
import shutil
import subprocess
import threading
import tomllib

import numpy as np
import pytest
from helpers import CHROMIUM, NO_BROWSER, ROOT, expect, says, wait_for_answer
from PIL import Image

from course_utils.browser import scripts

pytest.importorskip("playwright.sync_api")
in_a_browser = [pytest.mark.browser, pytest.mark.skipif(CHROMIUM is None, reason=NO_BROWSER)]
MODULES = sorted(scripts.FOLDER.glob("*/*.js"))
WIDGETS = [f"widgets/{path.name}" for path in MODULES if path.parent.name == "widgets"]
PAGES = ["pages/classify.js", "pages/studio.js"]
PAGE = """<!doctype html><meta charset="utf-8"><link rel="stylesheet" href="parts/parts.css">
<body><main class="part" style="width: 900px"></main><script type="module">
import { makeBars } from "./parts/bars.js";
import { makeBoard } from "./parts/cards.js";
import { follow, frameOf, makeCamera } from "./parts/camera.js";
import { keepKeys } from "./parts/keys.js";
Object.assign(window, { makeBars, makeBoard, follow, frameOf, makeCamera, keepKeys });
Object.assign(window, { calls: [], main: document.querySelector("main") });
const note = (kind) => (...words) => calls.push([kind, ...words]);
window.loaded = [];
const picture = async (id) => {
  loaded.push(id);
  if (id === 3) return { problem: "can't be read: it is empty" };
  const canvas = Object.assign(document.createElement("canvas"), { width: 8, height: 8 });
  return { file: await new Promise((made) => canvas.toBlob(made)) };
};
const kinds = ["move", "leaveOut", "rename", "more", "moreClasses", "say"];
window.sent = [];
const send = async (list, about) => sent.push([about, list]);
window.does = { ...Object.fromEntries(kinds.map((kind) => [kind, note(kind)])), picture, send };
const one = (name, first, n) => ({ id: first + n, name: `${name}-${n}.jpg`, held: n ? "" : "held back" });
window.make = (name, first, count, total = count) => ({ name, words: `${total} pictures`, total,
  pictures: [...Array(count).keys()].map((n) => one(name, first, n)) });
window.board = makeBoard(does);
window.put = (...classes) => board.show({ classes, names: classes.map((one) => one.name) });
main.append(board.el);
put(make("cat", 0, 4), make("dog", 10, 3, 300));
window.ready = true;
</script>"""


def test_a_widget_is_given_one_text_that_imports_nothing(tmp_path):
    for name in WIDGETS:
        text = scripts.join_modules(name)
        assert not re.search(r"^import ", text, re.M) and re.findall(r"^export .*", text, re.M) == [
            "export default { render };"
        ]
        for needed in scripts.needs(scripts.FOLDER / name):
            assert needed.read_text().splitlines()[0] in text, "its first line, a comment"
    for name, text in {"a": 'import { b } from "./b.js";\nb();\n', "b": "export function b() {}\n"}.items():
        (tmp_path / f"{name}.js").write_text(text)
    assert scripts.join_modules("a.js", tmp_path) == "function b() {}\n\nb();\n"


def test_names_at_the_top_of_the_modules_differ():
    """They share one scope when they are joined."""
    for name in [*WIDGETS, *PAGES]:
        names = re.findall(r"^(?:async )?(?:function\*?|const|let|class) (\w+)", scripts.join_modules(name), re.M)
        assert len(names) == len(set(names)) > 1, name


def test_only_the_widgets_know_jupyter():
    for path in MODULES:
        if path.parent.name != "widgets":
            assert not re.search(r"\bmodel\.|anywidget|\.jp-", path.read_text()), path


def test_the_wheel_brings_them():
    told = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]["package-data"]
    assert {path for pattern in told["course_utils.browser"] for path in scripts.FOLDER.glob(pattern)} >= {
        path for path in scripts.FOLDER.glob("*/*") if path.suffix in (".js", ".css", ".wasm")
    }


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """A server of the very files, and a page that loads them as they are."""
    folder = tmp_path_factory.mktemp("page")
    shutil.copytree(scripts.FOLDER, folder, dirs_exist_ok=True)
    (folder / "index.html").write_text(PAGE)
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=folder)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/index.html"
    server.shutdown()


@pytest.fixture
def page(browser, address):
    page = browser.new_page(viewport={"width": 1000, "height": 800})
    page.set_default_timeout(180_000)
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(address)
    page.wait_for_function("window.ready")
    yield page
    page.close()
    assert not errors


def card(page, name):
    return page.get_by_role("region", name=name, exact=True)


def thumb(page, name):
    return page.get_by_role("checkbox", name=name)


def done(page, *calls):
    """Wait until this was done since it was asked last, and nothing else."""
    wait_for_answer([*calls], lambda: page.evaluate("calls"))
    page.evaluate("calls.splice(0)")


def what_was_done(page):
    """Wait until something was done since it was asked last; what it was."""
    page.wait_for_function("calls.length")
    return page.evaluate("calls.splice(0)")


class TestCards:
    pytestmark = in_a_browser

    def test_each_class_has_a_card_with_its_pictures(self, page):
        expect(page.get_by_role("region")).to_have_count(2)
        expect(card(page, "cat").get_by_role("checkbox")).to_have_count(4)
        says(card(page, "dog"), "300 pictures")
        expect(thumb(page, "cat-0.jpg, held back")).to_have_count(1)
        says(card(page, "cat"), "held back")  # in words, not in color alone
        card(page, "dog").get_by_role("button", name="Show more of 300").click()
        done(page, ["more", "dog"])
        expect(card(page, "cat").get_by_role("button", name="Show more")).to_have_count(0)

    def test_only_what_is_seen_is_loaded(self, page):
        page.evaluate("put(...[...Array(40).keys()].map((n) => make(`class ${n}`, 100 * n, 12)))")
        page.wait_for_function("loaded.includes(0) && loaded.includes(11)")
        assert page.evaluate("loaded.filter((id) => id >= 3000).length") == 0
        card(page, "class 39").scroll_into_view_if_needed()
        page.wait_for_function("loaded.includes(3911)")
        page.evaluate("put(...[...Array(40).keys()].map((n) => make(`class ${n}`, 100 * n, 13)))")
        page.wait_for_function("loaded.includes(3912)")
        assert page.evaluate("new Set(loaded).size === loaded.length"), "each is loaded once"

    def test_a_picture_that_can_not_be_read_says_so(self, page):
        thumb(page, "cat-3.jpg").get_by_text("can't be read: it is empty").wait_for()

    def test_pictures_are_left_out_with_a_button(self, page):
        page.get_by_role("button", name="Leave out cat-2.jpg").click()
        done(page, ["leaveOut", [2]])

    def test_pictures_are_dragged_to_another_card(self, page):
        thumb(page, "cat-1.jpg").drag_to(card(page, "dog"))
        done(page, ["move", [1], "dog"])
        thumb(page, "cat-1.jpg").drag_to(thumb(page, "cat-3.jpg"))  # it is there already
        thumb(page, "cat-0.jpg").click()
        thumb(page, "cat-2.jpg").click()
        says(card(page, "cat"), "2 chosen")
        thumb(page, "cat-2.jpg").drag_to(card(page, "dog"))
        done(page, ["move", [0, 2], "dog"])

    def test_all_of_it_by_keyboard(self, page):
        page.keyboard.press("Tab")  # the name of the class
        page.keyboard.press("Tab")
        expect(thumb(page, "cat-0.jpg, held back")).to_be_focused()
        page.keyboard.press("ArrowRight")
        page.keyboard.press("Space")
        page.keyboard.press("ArrowRight")
        page.keyboard.press("Enter")
        expect(thumb(page, "cat-2.jpg")).to_be_focused()
        page.keyboard.press("Tab")
        expect(page.get_by_role("button", name="Leave out cat-2.jpg")).to_be_focused()
        page.keyboard.press("Tab")
        target = card(page, "cat").get_by_label("Move to")
        expect(target).to_be_focused()
        page.keyboard.press("d")
        expect(target).to_have_value("dog")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        done(page, ["move", [1, 2], "dog"])
        page.evaluate(
            "const left = make('cat', 0, 4).pictures.filter(({ id }) => id % 3 === 0);"
            "put({ ...make('cat', 0, 2), pictures: left }, make('dog', 1, 2))"
        )
        expect(card(page, "cat").locator(":focus")).to_have_count(1)  # the focus stays near
        page.keyboard.press("Delete")
        ((kind, ids),) = what_was_done(page)
        assert kind == "leaveOut" and ids in ([0], [3])
        page.keyboard.press("Control+a")
        says(card(page, "cat"), "2 chosen")
        expect(card(page, "dog").get_by_text("chosen").filter(visible=True)).to_have_count(0)

    def test_a_class_is_renamed_by_its_title(self, page):
        title = page.get_by_label("Name of the class cat")
        title.fill("kitten")
        title.press("Enter")
        done(page, ["rename", "cat", "kitten"])
        expect(card(page, "kitten").get_by_role("checkbox")).to_have_count(4)
        expect(card(page, "cat")).to_have_count(0)
        page.get_by_label("Name of the class dog").fill("  ")
        page.get_by_label("Name of the class dog").press("Enter")
        expect(page.get_by_label("Name of the class dog")).to_have_value("dog")
        done(page)

    def test_a_class_without_pictures_yet(self, page):
        page.get_by_label("Name of a new class").fill("cow")
        page.get_by_label("Name of a new class").press("Enter")
        says(card(page, "cow"), "no pictures yet")
        thumb(page, "cat-1.jpg").drag_to(card(page, "cow"))
        done(page, ["move", [1], "cow"])
        page.evaluate("put(make('cat', 0, 1), make('cow', 1, 1), make('dog', 10, 3))")
        says(card(page, "cow"), "1 pictures")
        expect(page.get_by_role("region")).to_have_count(3)

    def test_files_are_dropped_on_a_card(self, page):
        files = page.evaluate_handle(
            "() => { const all = new DataTransfer(); all.items.add(new File(['x'], 'new.jpg')); return all; }"
        )
        card(page, "dog").dispatch_event("drop", {"dataTransfer": files})
        page.wait_for_function("sent.length")
        assert page.evaluate("[sent[0][0], sent[0][1][0][0]]") == [{"label": "dog"}, "new.jpg"]
        card(page, "cat").locator("input[type=file]").set_input_files(
            [{"name": "chosen.jpg", "mimeType": "image/jpeg", "buffer": b"x"}]
        )
        page.wait_for_function("sent.length === 2")
        assert page.evaluate("[sent[1][0], sent[1][1][0][0]]") == [{"label": "cat"}, "chosen.jpg"]

    def test_it_stays_inside_a_narrow_page_with_large_text(self, page):
        page.set_viewport_size({"width": 500, "height": 800})
        page.wait_for_function("innerWidth === 500")
        page.evaluate("main.style.width = 'auto'; document.body.style.fontSize = '24px'")
        page.evaluate("put(make('a class with a name that is rather long', 0, 4), make('b'.repeat(60), 10, 3, 300))")
        page.get_by_text("can't be read: it is empty").wait_for()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert narrow(page, "main") == []


def narrow(page, where):
    """What is narrower than the text in it."""
    return page.evaluate(
        "(where) => [...document.querySelectorAll(where)]"
        ".flatMap((one) => [...one.querySelectorAll('button, label, .bars-name, .thumb-mark')])"
        ".filter((one) => one.checkVisibility() && one.scrollWidth > one.clientWidth + 1).map((one) => one.outerHTML)",
        where,
    )


OPEN = """() => { 
  const opened = (video) => { window.video = video; return []; };
  window.camera = makeCamera("Webcam", (words) => calls.push(words), opened, () => calls.push("closed"));
  main.replaceChildren(camera.button, camera.view); }"""


class TestWebcam:
    pytestmark = in_a_browser

    def test_the_button_that_opens_it_closes_it(self, page):
        page.evaluate(OPEN)
        page.get_by_role("button", name="Webcam").click()
        page.wait_for_function("window.video?.videoWidth > 0")
        page.get_by_role("button", name="Stop").click()
        expect(page.locator("video")).to_have_count(0)
        expect(page.get_by_role("button", name="Webcam")).to_have_count(1)
        assert page.evaluate("video.srcObject.getTracks().every((track) => track.readyState === 'ended')")
        done(page, "closed")

    def test_a_camera_that_is_not_allowed(self, page):
        page.evaluate(
            "() => { navigator.mediaDevices.getUserMedia = async () => { throw new Error('not allowed'); }; }"
        )
        page.evaluate(OPEN)
        page.get_by_role("button", name="Webcam").click()
        assert "gives no webcam (not allowed)" in what_was_done(page)[0]
        expect(page.get_by_role("button", name="Webcam")).to_have_count(1)

    def test_the_page_mirrors_it_and_the_picture_does_not(self, page):
        page.evaluate(OPEN)
        page.get_by_role("button", name="Webcam").click()
        page.wait_for_function("window.video?.videoWidth > 0")
        expect(page.locator("video")).to_have_css("transform", "matrix(-1, 0, 0, 1, 0, 0)")
        page.evaluate("video.pause = () => {}; camera.close = () => {}")
        frame, plain = page.evaluate(
            """async () => {
              const canvas = Object.assign(document.createElement("canvas"), { width: 320, height: 240 });
              canvas.getContext("2d").drawImage(video, 0, 0, 320, 240);
              const file = await frameOf(video, 320);
              const url = await new Promise((made) => { const reader = new FileReader();
                reader.onload = () => made(reader.result); reader.readAsDataURL(file); });
              return [url, canvas.toDataURL()];
            }"""
        )
        frame, plain = (np.asarray(pixels(url), float) for url in (frame, plain))
        assert frame.shape == plain.shape == (240, 320, 3)
        assert np.abs(frame - plain).mean() < 0.5 * np.abs(frame - plain[:, ::-1]).mean()

    @pytest.mark.parametrize("hold", ["mouse", "space", "enter", "touch"])
    def test_a_burst_is_recorded_while_a_button_is_held(self, page, hold):
        page.get_by_role("button", name="Webcam").first.click()
        page.wait_for_function("document.querySelector('video')?.videoWidth > 0")
        button = page.locator(".camera-hold")
        begin, end = holding(page, button, hold)
        begin()
        expect(button).to_have_text(re.compile(r"Recording: ([5-9]|\d\d)"))
        end()
        page.wait_for_function("sent.length")
        about, names, sizes = page.evaluate(
            "[sent[0][0], sent[0][1].map((one) => one[0]), sent[0][1].map((one) => one[1].size)]"
        )
        assert about == {"label": "cat", "burst": True}
        assert names[:2] == ["frame-001.jpg", "frame-002.jpg"] and len(names) >= 5 and min(sizes) > 1000
        page.evaluate("new Promise((later) => setTimeout(later, 300))")
        expect(button).to_have_text("Hold to record")
        assert page.evaluate("sent.length") == 1, "it ended"

    def test_a_press_that_is_short_takes_one_picture(self, page):
        page.get_by_role("button", name="Webcam").first.click()
        page.wait_for_function("document.querySelector('video')?.videoWidth > 0")
        page.evaluate("window.setInterval = () => 0")  # no time passes
        page.locator(".camera-hold").click()
        page.wait_for_function("sent.length")
        assert page.evaluate("sent[0][1].length") == 1

    def test_a_card_that_goes_takes_its_webcam_along(self, page):
        page.get_by_role("button", name="Webcam").first.click()
        page.wait_for_function("document.querySelector('video')?.videoWidth > 0")
        page.evaluate("window.video = document.querySelector('video'); put(make('dog', 10, 3))")
        assert page.evaluate("video.srcObject.getTracks().every((track) => track.readyState === 'ended')")

    def test_frames_are_asked_about_one_at_a_time(self, page):
        page.evaluate(OPEN)
        page.get_by_role("button", name="Webcam").click()
        page.wait_for_function("window.video?.videoWidth > 0")
        page.evaluate(
            """() => { window.open = 0; window.most = 0; window.shown = 0; window.frames = [];
              window.end = follow(video, async (seen) => {
                most = Math.max(most, ++open); frames.push(await frameOf(seen, 224));
                await new Promise((later) => setTimeout(later)); open--; return 0;
              }, () => shown++); }"""
        )
        page.wait_for_function("shown >= 20")
        assert page.evaluate("most") == 1
        sides = page.evaluate("createImageBitmap(frames[0]).then(({ width, height }) => [width, height])")
        assert sides == [224, 168]
        page.evaluate("end(); window.before = shown")
        page.evaluate("new Promise((later) => setTimeout(later, 200))")
        assert page.evaluate("shown - before") == 0


def pixels(url):
    return Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2]))).convert("RGB")


def holding(page, button, how):
    """What begins to hold a button, and what ends it."""
    if how == "mouse":
        button.hover()
        return page.mouse.down, page.mouse.up
    if how == "touch":
        touch = {"pointerId": 7, "pointerType": "touch", "isPrimary": True, "button": 0}
        page.evaluate("Element.prototype.setPointerCapture = () => {}")  # of a pointer that is not there
        return lambda: button.dispatch_event("pointerdown", touch), lambda: button.dispatch_event("pointerup", touch)
    button.focus()
    key = {"space": "Space", "enter": "Enter"}[how]
    return lambda: page.keyboard.down(key), lambda: page.keyboard.up(key)


class TestBarsAndKeys:
    pytestmark = in_a_browser

    def test_bars_keep_the_order_of_the_classes(self, page):
        page.evaluate(
            "window.bars = makeBars(); main.replaceChildren(bars.el); bars.show([['cat', 0.25], ['dog', 0.75]])"
        )
        expect(page.locator(".bars-row")).to_have_text(["cat0.25", "dog0.75"])
        expect(page.locator(".bars-most")).to_have_text("dog0.75")
        wide = "[...document.querySelectorAll('.bars-fill')].map((one) => one.getBoundingClientRect().width)"
        page.wait_for_function(f"(([left, right]) => Math.abs(right / left - 3) < 0.06)({wide})")
        page.evaluate("bars.show([['<b>', 1]])")
        expect(page.locator(".bars-row")).to_have_text(["<b>1.00"])
        page.evaluate("bars.show([...Array(30).keys()].map((n) => [`c${n}`, n / 435]))")
        expect(page.locator(".bars-name")).to_have_text([f"c{n}" for n in range(29, 19, -1)])

    def test_keys_stay_inside_and_escape_leaves(self, page):
        page.evaluate(
            "() => { document.addEventListener('keydown', (event) => calls.push(event.key));"
            "window.release = keepKeys(main, () => calls.push('left')); }"
        )
        title = page.get_by_label("Name of the class cat")
        title.fill("")
        for key in ("m", "a", "ArrowDown"):
            page.keyboard.press(key)
        expect(title).to_have_value("ma")
        page.keyboard.press("Escape")
        assert what_was_done(page)[0] == "left", "nothing was heard of the keys before"
        page.evaluate("release()")
        page.keyboard.press("x")
        done(page, "x")


def test_they_can_be_read_by_node():
    """Without a browser: a mistake in a joined text would leave the widget empty."""
    node = shutil.which("node")
    if not node:
        pytest.skip("needs Node.js, which is not on this machine")
    for name in [*WIDGETS, *PAGES]:
        done = subprocess.run(
            [node, "--input-type=module", "--check"], input=scripts.join_modules(name), text=True, capture_output=True
        )
        assert done.returncode == 0, done.stderr
