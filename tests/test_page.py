"""The page that classifies, opened from disk in Chromium with the network cut: Python's answers, or words."""

import base64
import functools
import http.server
import json
import threading

import hard_pictures
import numpy as np
import PIL
import pytest
from helpers import CHROMIUM, NO_BROWSER, PATIENCE, expect, noise, saved, wait_for_answer

from course_utils import colors_folder, drum_path, load_network, make_classifier, pexels_folder, stock_folder
from course_utils.learning.article import ArticleHead
from course_utils.learning.linear import LinearHead
from course_utils.pictures.pipeline import crop_image, load_image, resize_image
from course_utils.pictures.sets import find_pictures

pytest.importorskip("playwright.sync_api")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason=NO_BROWSER),
    pytest.mark.skipif(
        int(PIL.__version__.split(".")[0]) < 13, reason="Pillow before 13 resizes tall pictures otherwise"
    ),
]
CLASSES = ["left <b>", "right & wrong", "up"]


def head_of(looks):
    """A head whose weights are about as large as trained ones, and none is zero."""
    rng = np.random.default_rng(looks)
    if looks == 2:
        return LinearHead(rng.normal(0, 0.4, (1280, 3)), np.zeros(3))
    hidden = rng.normal(0, 0.01, (12544, 100)).astype("f4")
    return ArticleHead(hidden, np.zeros(100, "f4"), rng.normal(0, 0.3, (100, 3)).astype("f4"))


@pytest.fixture(scope="module", params=[2, 1], ids=["two looks", "the article's head"])
def classifier(request):
    return make_classifier(load_network(), head_of(request.param), CLASSES)


@pytest.fixture(scope="module")
def opened(browser, classifier, tmp_path_factory):
    """The page, and the addresses that it asked for."""
    path = classifier.save_page(tmp_path_factory.mktemp("page") / "what is it.html")
    context = browser.new_context(offline=True, viewport={"width": 320, "height": 700}, permissions=["camera"])
    page = context.new_page()
    page.set_default_timeout(PATIENCE * 1000)
    page.asked, page.faults, page.path = [], [], path
    page.on("request", lambda request: page.asked.append(request.url))
    page.on("pageerror", lambda error: page.faults.append(str(error)))
    page.on("console", lambda message: page.faults.append(message.text))
    page.goto(path.as_uri())
    page.get_by_text("Ready.").wait_for()
    yield page
    context.close()


BARS = """() => Object.fromEntries([...document.querySelector(".answer").querySelectorAll(".bars-row")].map((row) =>
  [row.querySelector(".bars-name").textContent, parseFloat(row.querySelector(".bars-fill").style.width) / 100]))"""
SQUARE = """() => { const canvas = document.querySelector(".answer canvas");
  const bytes = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join("")); }"""


def show(page, path):
    """Choose a picture. Returns what the page says at its end."""
    page.get_by_role("status").evaluate("one => one.replaceChildren()")  # what it said of another picture
    page.locator("input[type=file]").set_input_files(path)
    said = page.get_by_role("status").filter(has_text=path.name).filter(has_not_text="Looking at")
    said.wait_for()
    return said.inner_text()


def differ(page, classifier, path):
    """The largest difference of a probability from Python's."""
    show(page, path)
    told, wanted = page.evaluate(BARS), classifier.predict(path)
    assert told.keys() == wanted.keys()
    return max(abs(told[name] - wanted[name]) for name in wanted)


def test_answers_are_pythons(opened, classifier, tmp_path):
    made = [
        (f"{wide}x{high}", noise(wide, high, wide).resize((wide, high)))
        for wide, high in [(640, 427), (301, 999), (90, 60)]
    ]
    for name, picture in made:
        picture.save(tmp_path / f"{name}.png")
    large = find_pictures(pexels_folder())[0][::8]
    folders = [tmp_path, colors_folder(), stock_folder()]
    pictures = [drum_path(), *large, *(path for folder in folders for path in find_pictures(folder)[0])][:44]
    found = {path.name: differ(opened, classifier, path) for path in pictures}
    read_whole = [path for path in pictures if min(load_image(path).shape[:2]) < 2 * 576]
    assert len(pictures) == 44 and len(read_whole) > 20
    assert max(found[path.name] for path in read_whole) < 2e-4, found
    assert max(found.values()) < 0.05, "of large JPEG files, Python decodes a reduced version"
    assert opened.asked == [opened.path.as_uri()] and not opened.faults


def test_pixels_are_pythons_whatever_the_format(opened, tmp_path):
    """TIFF and PPM no browser reads; of these, and of what is damaged, it says so, and goes on."""
    if not opened.path.stat().st_size < 2_000_000:
        pytest.skip("is shown with the other head")
    for name, content in (hard_pictures.good() | hard_pictures.good_gray()).items():
        path = tmp_path / name
        path.write_bytes(content)
        said = show(opened, path)
        if path.suffix in (".tif", ".tiff", ".ppm"):
            assert f"{name} was not read: " in said and ("TIFF" in said or "ppm" in name)
            continue
        wanted = resize_image(crop_image(load_image(path))).astype(int)
        got = np.frombuffer(base64.b64decode(opened.evaluate(SQUARE)), np.uint8).reshape(224, 224, 4)[..., :3]
        assert np.abs(got - wanted).max() <= 1, name


@pytest.mark.parametrize(
    "name, content, words",
    [
        ("empty.jpg", b"", "the file is empty"),
        ("phone.heic", b"\0\0\0\x18ftypheic" + bytes(40), "Most Compatible"),
        ("film.mp4", b"\0\0\0\x18ftypisom" + bytes(40), "a video"),
        ("paper.pdf", b"%PDF-1.7" + bytes(40), "PDF"),
        ("cut.jpg", saved(noise(1), "JPEG")[:300], "may be damaged"),
    ],
)
def test_what_is_no_picture_is_told_in_words(opened, name, content, words, tmp_path):
    (tmp_path / name).write_bytes(content)
    said = show(opened, tmp_path / name)
    assert f"{name} was not read: " in said and words in said
    expect(opened.locator(".answer").first).to_have_text(said)


def test_a_dropped_and_a_pasted_picture(opened):
    data = """async (kind) => {
      const canvas = Object.assign(document.createElement("canvas"), { width: 30, height: 20 });
      canvas.getContext("2d").fillRect(0, 0, 9, 9);
      const transfer = new DataTransfer();
      transfer.items.add(new File([await new Promise((made) => canvas.toBlob(made))], `${kind}.png`));
      const event = kind === "paste" ? new ClipboardEvent(kind, { clipboardData: transfer, bubbles: true })
        : new DragEvent(kind, { dataTransfer: transfer, bubbles: true, cancelable: true });
      document.querySelector(kind === "paste" ? "body" : ".dropzone-target").dispatchEvent(event);
    }"""
    for kind in ("drop", "paste"):
        opened.evaluate(data, kind)
        opened.get_by_role("status").filter(has_text=f"{kind}.png: ").wait_for()


def test_the_camera_is_mirrored_for_the_eye_alone(opened):
    opened.get_by_role("button", name="Use the camera").click()
    opened.locator(".live-rate").filter(has_text="pictures a second").wait_for()
    expect(opened.locator("video")).to_have_css("transform", "matrix(-1, 0, 0, 1, 0, 0)")
    expect(opened.locator(".camera-view .bars-row")).to_have_count(3)
    opened.get_by_role("button", name="Stop").click()
    opened.get_by_role("button", name="Use the camera").wait_for()
    expect(opened.locator("video")).to_have_count(0)
    assert not opened.faults


def test_a_narrow_screen_and_the_keyboard(opened):
    assert opened.evaluate("document.documentElement.scrollWidth") <= 320
    opened.reload()
    opened.get_by_text("Ready.").wait_for()
    opened.keyboard.press("Tab")
    expect(opened.get_by_role("button", name="Choose pictures")).to_be_focused()
    opened.keyboard.press("Tab")
    expect(opened.get_by_role("button", name="Use the camera")).to_be_focused()
    with opened.expect_file_chooser():
        opened.get_by_role("button", name="Choose pictures").press("Enter")


def test_its_policy_lets_nothing_out(opened):
    """What is tried here, a harmful script could try."""
    tried = """async () => {
      window.stopped = [];
      document.addEventListener("securitypolicyviolation", (event) => stopped.push(event.blockedURI));
      const loaded = (kind, place) => new Promise((done, failed) => {
        const made = Object.assign(document.createElement(kind), { onload: done, onerror: failed, src: place });
        document.head.append(made);
      });
      const ways = [fetch("https://example.com/"), fetch("data:,1"), loaded("img", "https://example.com/a.png"),
        loaded("script", "https://example.com/a.js"), loaded("script", "data:,1")];
      const ends = await Promise.allSettled(ways);
      return ends.filter((one) => one.status === "rejected").length;
    }"""
    assert opened.evaluate(tried) == 5
    wait_for_answer(5, lambda: opened.evaluate("stopped.length"))  # the page hears of it a moment later
    opened.faults.clear()


def test_sizes(classifier, opened):
    size = opened.path.stat().st_size
    assert size < (4_700_000 if size > 2_000_000 else 1_600_000)


def test_without_webassembly_it_says_the_same(browser, tmp_path):
    classifier = make_classifier(load_network(), head_of(2), CLASSES)
    path = classifier.save_page(tmp_path / "page.html", title="Which <way>?")
    page = browser.new_page()
    page.set_default_timeout(PATIENCE * 1000)
    page.add_init_script("delete window.WebAssembly")
    page.goto(path.as_uri())
    page.get_by_text("runs no WebAssembly").wait_for()
    expect(page.get_by_role("heading", level=1)).to_have_text("Which <way>?")
    expect(page).to_have_title("Which <way>?")
    assert differ(page, classifier, drum_path()) < 2e-4
    page.close()


def test_a_damaged_page_says_so(browser, tmp_path):
    path = make_classifier(load_network(), head_of(2), CLASSES).save_page(tmp_path / "page.html")
    path.write_text(path.read_text(encoding="utf-8").replace('id="weights">', 'id="weights">?'), encoding="utf-8")
    page = browser.new_page()
    page.set_default_timeout(PATIENCE * 1000)
    page.goto(path.as_uri())
    page.get_by_text("This page could not start").wait_for()
    page.close()


def test_a_host_offers_it_for_installing(browser, tmp_path):
    """From a server, it goes on when the server is gone."""
    classifier = make_classifier(load_network(), head_of(2), CLASSES)
    folder = classifier.save_page(tmp_path / "site", offline=True)
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=folder)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    context = browser.new_context()
    page = context.new_page()
    page.set_default_timeout(PATIENCE * 1000)
    with context.expect_event("serviceworker"):
        page.goto(f"http://127.0.0.1:{server.server_port}/")
    page.get_by_text("Ready.").wait_for()
    page.evaluate("navigator.serviceWorker.ready.then(() => 0)")
    server.shutdown()
    server.server_close()
    page.reload()
    page.get_by_text("Ready.").wait_for()
    assert differ(page, classifier, drum_path()) < 2e-4
    manifest = json.loads((folder / "manifest.webmanifest").read_text(encoding="utf-8"))
    assert manifest["icons"][0]["src"] in {path.name for path in folder.iterdir()} and manifest["start_url"] == "./"
    context.close()
