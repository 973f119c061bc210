"""The pages in Firefox, opened from disk with the network cut: what they say there is what Python says.

Two things Firefox 140 does otherwise, and no page can mend: it applies no color profile to CMYK, and it spreads the
reduced color of AVIF (4:2:0, 4:2:2) in squares, where Pillow and Chromium blend it.
"""

import base64
import re
import zipfile

import hard_pictures
import numpy as np
import PIL
import pytest
from firefox import FIREFOX, NO_FIREFOX, Firefox, Page
from helpers import make_bursts, noise, saved, scene, wait_until
from PIL import Image
from test_colors import P3, gray_profile, rgb_profile
from test_page import BARS, CLASSES, SQUARE, head_of

from course_utils import Trainer, load_classifier, load_network, make_classifier
from course_utils.export.studio import write_studio
from course_utils.pictures.pipeline import crop_image, load_image, resize_image

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(FIREFOX is None, reason=NO_FIREFOX),
    pytest.mark.skipif(
        int(PIL.__version__.split(".")[0]) < 13, reason="Pillow before 13 resizes tall pictures otherwise"
    ),
]
EXACT, ROUNDED = 2e-5, 0.01  # of probability: of the same pixels; of some that differ by one of 255


@pytest.fixture(scope="module")
def firefox(tmp_path_factory):
    opened = Firefox(tmp_path_factory.mktemp("profile"))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def classifier():
    return make_classifier(load_network(), head_of(2), CLASSES)


@pytest.fixture(scope="module")
def page(firefox, classifier, tmp_path_factory):
    path = classifier.save_page(tmp_path_factory.mktemp("page") / "what is it.html")
    opened = Page(firefox, path, width=320, height=700)
    opened.wait(r"Ready\.")  # where WebAssembly does not run, it says so here
    yield opened
    assert not opened.events("log.entryAdded")
    asked = {event["request"]["url"] for event in opened.events("network.beforeRequestSent")}
    assert all(address.startswith(("file:", "data:", "blob:")) for address in asked), asked


def show(page, path):
    """Choose a picture; what the page says at its end."""
    page.choose("input[type=file]", path)
    return page.wait(rf"^{re.escape(path.name)}", "[role=status]")


def differences(page, classifier, path):
    """The largest ones from Python: of a pixel of the middle square, and of a probability."""
    assert "was not read" not in show(page, path)
    bars, wanted = page.evaluate(BARS), classifier.predict(path)
    assert bars.keys() == wanted.keys()
    square = np.frombuffer(base64.b64decode(page.evaluate(SQUARE)), np.uint8).reshape(224, 224, 4)[..., :3]
    pixels = np.abs(square - resize_image(crop_image(load_image(path))).astype(int)).max()
    return pixels, max(abs(bars[name] - wanted[name]) for name in wanted)


def turned(form, **options):
    exif = Image.Exif()
    exif[0x0112] = 6
    return saved(scene(np.random.default_rng(6), (300, 200)), form, exif=exif, **options)


def same_pixels():
    """Name and content of files that Firefox and Pillow decode alike, to the last bit."""
    photo, grains = scene(np.random.default_rng(1), (640, 427)), noise(2, 301, 999)
    good = hard_pictures.good()
    return {
        "photo.png": saved(photo, "PNG"),
        "photo.jpg": saved(photo, "JPEG", quality=85),
        "large.jpg": saved(noise(3, 600, 1150), "JPEG", progressive=True),
        "grains.webp": saved(grains, "WEBP", quality=85),
        "photo-cmyk.jpg": saved(photo.convert("CMYK"), "JPEG"),
        "photo-palette.png": saved(photo.quantize(60), "PNG"),
        "photo-gray.jpg": saved(photo.convert("L"), "JPEG"),
        "turned-photo.jpg": turned("JPEG"),
        "turned-photo.png": turned("PNG"),
        "turned-photo.webp": turned("WEBP", lossless=True),
        **{name: good[name] for name in ("16-bit.png", "clear.png", "clear.gif", "moving.webp", "two.mpo")},
    }


def nearly_the_same_pixels():
    """Files whose colors are computed: through a profile, blended with the white below, or from AVIF's own."""
    photo = scene(np.random.default_rng(4), (480, 360))
    soft = photo.convert("RGBA")
    soft.putalpha(Image.linear_gradient("L").resize(photo.size))
    files = {
        f"p3.{form.lower()}": saved(photo, form, quality=95, icc_profile=rgb_profile(**P3))
        for form in ("JPEG", "PNG", "WEBP")
    }
    files["photo.avif"] = saved(photo, "AVIF", quality=85, subsampling="4:4:4")
    files["gray-linear.png"] = saved(photo.convert("L"), "PNG", icc_profile=gray_profile(1))
    return files | {"soft.png": saved(soft, "PNG")}


class TestThePageThatClassifies:
    @pytest.mark.parametrize(
        "made, most, near", [(same_pixels, 0, EXACT), (nearly_the_same_pixels, 1, ROUNDED)], ids=["exact", "rounded"]
    )
    def test_answers_are_pythons(self, page, classifier, tmp_path, made, most, near):
        found = {}
        for name, content in made().items():
            (tmp_path / name).write_bytes(content)
            found[name] = differences(page, classifier, tmp_path / name)
        assert not {name: off for name, off in found.items() if off[0] > most or off[1] > near}

    @pytest.mark.parametrize(
        "name, words",
        [
            ("half-raw.tif", "it is TIFF"),
            ("empty.jpg", "the file is empty"),
            ("paper.pdf", "it is PDF"),
            ("text.jpg", "this browser can't read it"),
            ("half.webp", "this browser can't read it"),
            *((f"half.{ending}", "a part of the file is missing") for ending in ("jpg", "png", "gif", "bmp")),
            ("nearly.jpg", "a part of the file is missing"),
            ("half-progressive.jpg", "a part of the file is missing"),
        ],
    )
    def test_what_is_no_whole_picture_is_told_in_words(self, page, tmp_path, name, words):
        (tmp_path / name).write_bytes(hard_pictures.bad()[name])
        assert f"{name} was not read: {words}" in show(page, tmp_path / name)

    def test_a_narrow_screen(self, page):
        assert page.evaluate("() => document.documentElement.scrollWidth") <= 320

    def test_its_policy_lets_nothing_out(self, page):
        tried = "(address) => fetch(address).then(() => 'was let out', () => 'was stopped')"
        heard = len(page.events("log.entryAdded"))
        for number, address in enumerate(["https://example.com/", "data:,1"], heard + 1):
            assert page.evaluate(tried, address) == "was stopped"
            said = wait_until(lambda number=number: page.events("log.entryAdded")[number - 1 :])
            assert "Content-Security-Policy" in said[0]["text"] and address in said[0]["text"]
        page.firefox.events.clear()


def test_the_page_that_trains(firefox, tmp_path):
    """What it holds back, and how it judges, is what the trainer does with the same pictures."""
    made = make_bursts(tmp_path / "made", ["cup", "pen"] * 4, frames=3, seed=3)
    with zipfile.ZipFile(tmp_path / "made.zip", "w") as file:
        for path in sorted(made.glob("*/*")):
            file.write(path, path.relative_to(made))
    trainer = Trainer()
    trainer.add(made)
    results = trainer.train()
    page = Page(firefox, write_studio(tmp_path / "my-page.html"))
    page.wait("Choose a folder")
    page.choose("input.studio-files", tmp_path / "made.zip")  # Firefox lets nobody choose a folder by remote control
    page.wait(r"24 pictures added\. The classes are cup, pen\.")
    page.click("Train")
    right, count = re.search(r"(\d+) of (\d+)", page.wait(r"\d+ of \d+", "main strong")).groups()
    assert int(count) == len(results.validation.paths) and abs(int(right) - results.right) <= 1
    classifier = load_classifier(page.download("Download the classifier", "my-classifier.zip"))
    for path in results.validation.paths:
        wanted = trainer.predict(path)
        assert max(abs(value - wanted[name]) for name, value in classifier.predict(path).items()) < 0.005
    page.choose("input.studio-try", path)
    wait_until(lambda: re.search(rf"{path.name}: (cup|pen), \d+ %", page.text()))
    assert not page.events("log.entryAdded")
