"""The page that trains: opened from disk without a network, and compared with the trainer's session in Python."""

import re
import zipfile

import numpy as np
import pytest
from helpers import PATIENCE, expect, make_bursts, make_pictures, saved, says, scene, wait_for_answer
from test_trainer_cards import card, in_a_browser, thumb

from course_utils import Trainer, colors_folder, load_classifier
from course_utils.export.studio import write_studio

pytest.importorskip("playwright.sync_api")
pytestmark = in_a_browser
NEAR = 0.005  # of probability
LABELS = ["cup", "pen", "cup", "pen", "cup", "pen", "cup", "pen"]  # of scenes that show neither, so that some are wrong


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("studio")


@pytest.fixture(scope="module")
def context(browser, folder):
    write_studio(folder / "my-page.html")
    with browser.new_context(offline=True, viewport={"width": 1000, "height": 800}) as context:
        context.grant_permissions(["camera"])
        context.set_default_timeout(1000 * PATIENCE)
        yield context


class Studio:
    """The page, and what a person does with it."""

    def __init__(self, context, path):
        self.page, self.problems, self.path = context.new_page(), [], path
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.on("request", self.hear)
        self.page.goto(path.as_uri())
        self.button("Choose a folder").wait_for()

    def hear(self, request):
        if not request.url.startswith(("blob:", "data:", self.path.as_uri())):
            self.problems.append(request.url)

    def button(self, name):
        return self.page.get_by_role("button", name=name, exact=True)

    def step(self, name):
        return self.page.get_by_role("region", name=name)

    def bring(self, what, kind="folder"):
        """Choose a folder, or files; what is said then."""
        self.forget("1 Bring")
        self.page.locator(f"input.studio-{kind}").set_input_files(what)
        return self.said("1 Bring", r"added\.|was loaded\.")

    def train(self, ends="Done"):
        self.forget("2 Train")
        self.button("Train").click()
        return self.said("2 Train", ends)

    def status(self, step):
        return self.step(step).locator(":scope > .part-status, :scope > div > .part-status")

    def forget(self, step):
        """Take away what a step has said, so that nobody takes it for an answer to what is done next."""
        self.status(step).evaluate("one => one.replaceChildren()")

    def said(self, step, words):
        """Wait for these words of a step's status."""
        self.status(step).filter(has_text=re.compile(words)).wait_for()
        return self.status(step).inner_text()

    def download(self, words, path):
        with self.page.expect_download() as arriving:
            self.button(words).click()
        arriving.value.save_as(path)
        return path

    def numbers(self):
        """How many are right, and of how many."""
        words = self.step("3 Judge").locator("strong").inner_text()
        return tuple(map(int, re.fullmatch(r"(\d+) of (\d+)", words).groups()))


@pytest.fixture
def studio(context, folder):
    made = Studio(context, folder / "my-page.html")
    yield made
    made.page.close()
    assert not made.problems


@pytest.fixture(scope="module")
def bursts(tmp_path_factory):
    """Three pictures of each scene."""
    return make_bursts(tmp_path_factory.mktemp("bursts") / "made", LABELS, frames=3, seed=3)


@pytest.fixture(scope="module")
def session(bursts):
    trainer = Trainer()
    trainer.add(bursts)
    trainer.train()
    return trainer


@pytest.fixture(scope="module")
def trained(context, folder, bursts):
    made = Studio(context, folder / "my-page.html")
    made.bring(bursts)
    made.train()
    yield made
    assert not made.problems


@pytest.fixture(scope="module")
def project(trained, folder):
    return trained.download("Download all, with the pictures", folder / "my-project.zip")


def close(one, other):
    assert one.keys() == other.keys()
    return max(abs(one[name] - other[name]) for name in one) < NEAR


def test_the_page_says_whose_weights_it_carries(tmp_path, context):
    page = write_studio(tmp_path / "practice.html", weights="practice")
    assert 1_000_000 < page.stat().st_size < 1_500_000
    made = Studio(context, page)
    expect(made.page.get_by_text("the course's small practice network")).to_have_count(1)
    made.page.close()
    folder = write_studio(tmp_path / "host", weights="practice", offline=True)
    assert {path.name for path in folder.iterdir()} > {"index.html", "service-worker.js"}
    with pytest.raises(ValueError, match="expected published or practice"):
        write_studio(tmp_path / "page.html", weights="mine")


class TestLikePython:
    def test_it_holds_the_same_pictures_back_and_judges_alike(self, trained, session):
        results = session.results
        right, count = trained.numbers()
        assert count == len(results.validation.paths) and abs(right - results.right) <= 1
        held = {path.name for path in results.validation.paths}
        shown = trained.page.get_by_role("checkbox", name=re.compile("held back"))
        names = shown.evaluate_all("list => list.map(({ ariaLabel }) => ariaLabel)")
        assert {name.removesuffix(", held back") for name in names} == held
        words = trained.step("3 Judge").inner_text()
        low, high = results.interval
        assert f"anything from {low:.0%}".replace("%", " %") in words and f"to {high:.0%}".replace("%", " %") in words
        assert f"these {count} are worth {results.tries}" in words and results.tries < count
        assert f"always saying {results.commonest} would get {results.guessed}" in words

    def test_mistakes_are_shown_with_what_was_said(self, trained, session):
        rows = trained.step("3 Judge").get_by_role("article")
        words = {row.split(" is ")[0]: row for row in rows.all_inner_texts()}
        assert words, "scenes that show neither can't all be right"
        for mistake in session.results.mistakes:
            shown = words[mistake.path.name]
            assert f"is {mistake.expected}, taken for {mistake.predicted}" in shown
            for label, probability in mistake.probabilities.items():
                assert abs(float(re.search(rf"{label}\s+(\d\.\d\d)", shown)[1]) - probability) < NEAR + 0.005
        wait_for_answer(96, lambda: rows.first.locator("img").evaluate("image => image.naturalWidth"))
        table = trained.step("3 Judge").get_by_role("table")
        cells = [row.split("\t") for row in table.locator("tbody").inner_text().split("\n")]
        assert [[int(cell) for cell in row[1:]] for row in cells] == session.results.confusion.tolist()

    def test_the_classifier_is_read_by_python(self, trained, session, folder):
        classifier = load_classifier(trained.download("Download the classifier", folder / "my-classifier.zip"))
        assert classifier.classes == ["cup", "pen"]
        for path in session.results.validation.paths:
            assert close(classifier.predict(path), session.predict(path))

    def test_the_page_that_it_writes_is_the_one_that_python_writes(self, trained, folder, tmp_path):
        page = trained.download("Download a page that classifies", tmp_path / "what-is-it.html")
        classifier = load_classifier(trained.download("Download the classifier", tmp_path / "my-classifier.zip"))
        assert page.read_bytes() == classifier.save_page(tmp_path / "python.html").read_bytes()

    def test_given_validation_pictures_and_the_articles_head(self, studio, tmp_path):
        trainer = Trainer()
        trainer.add(colors_folder())
        results = trainer.train(epochs=3, head="article")
        studio.bring(colors_folder())
        says(card(studio.page, "red"), "held back")
        studio.page.get_by_text("Settings").click()
        studio.page.get_by_label("Head").select_option("article")
        studio.page.get_by_role("textbox", name="Epochs").fill("4,5")
        studio.train("Mend Epochs")
        says(studio.step("2 Train"), "Got 4,5; expected a whole number")
        studio.page.get_by_role("textbox", name="Epochs").fill("3")
        said = studio.train()
        assert studio.numbers() == (results.right, 2)
        expect(studio.page.get_by_role("img", name=re.compile("each of 3 epochs.*held back"))).to_be_visible()
        assert abs(float(re.search(r"loss (\d\.\d+)", said)[1]) - results.history["loss"][-1]) < 0.002
        classifier = load_classifier(studio.download("Download the classifier", tmp_path / "article.zip"))
        for path in trainer.validation.paths:
            assert close(classifier.predict(path), trainer.predict(path))
        page = studio.download("Download a page that classifies", tmp_path / "what-is-it.html")
        assert page.read_bytes() == classifier.save_page(tmp_path / "python.html").read_bytes()
        studio.page.get_by_role("textbox", name="Epochs").fill("10000")
        studio.button("Train").click()
        studio.said("2 Train", r"Epoch \d+ of 10000")
        studio.button("Stop").click()
        assert re.search(r"The best of \d+ epochs was kept", studio.said("2 Train", "Stopped"))


class TestTheProject:
    def test_the_trainer_opens_it_again(self, project, session):
        trainer = Trainer()
        trainer.add(project)
        assert trainer.classes == session.classes and len(trainer.pictures) == len(session.pictures)
        assert trainer.train().interval == session.results.interval
        with zipfile.ZipFile(project) as file:
            assert "my-classifier.zip" in file.namelist() and not file.testzip()

    def test_the_page_opens_it_again(self, project, studio, trained, bursts):
        assert "24 pictures added" in studio.bring(project, "files")
        picture = next(bursts.glob("cup/*"))
        studio.page.locator("input.studio-try").set_input_files(picture)
        studio.said("4 Try", rf"{picture.name}: (cup|pen), \d+ %")
        expect(studio.step("4 Try").get_by_role("article")).to_have_count(1)
        studio.train()
        assert studio.numbers() == trained.numbers()
        expect(studio.step("4 Try").get_by_role("article")).to_have_count(0)  # answers of another classifier go

    def test_the_page_reads_a_classifier_of_python(self, studio, session, bursts, tmp_path):
        assert "A classifier of cup, pen was loaded" in studio.bring(session.save(tmp_path / "python.zip"), "files")
        picture = next(bursts.glob("pen/*"))
        studio.page.locator("input.studio-try").set_input_files(picture)
        studio.said("4 Try", f"{picture.name}: ")
        for label, probability in session.predict(picture).items():
            shown = re.search(rf"{label}\s+(\d\.\d\d)", studio.step("4 Try").get_by_role("article").inner_text())
            assert abs(float(shown[1]) - probability) < NEAR + 0.005


class TestBringing:
    def test_what_is_wrong_costs_itself_only_and_is_named(self, studio, tmp_path):
        made = make_pictures(tmp_path / "made", red=3, blue=3)
        (made / "red" / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 no picture")
        (made / "red" / "phone.heic").write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0")
        (made / "red" / "again.png").write_bytes((made / "red" / "red-0.png").read_bytes())
        (made / "blue" / "wrong.png").write_bytes((made / "red" / "red-1.png").read_bytes())
        (made / "notes.txt").write_text("nothing to see")
        (made / "loose.png").write_bytes((made / "red" / "red-0.png").read_bytes()[:-1])
        assert "6 pictures added. The classes are blue, red." in studio.bring(made)
        says(
            studio.step("1 Bring").locator(".step-notes"),
            "broken.jpg was left out: this browser can't read it",
            "phone.heic was left out: it is HEIC",
            "1 picture is here already, with the same bytes, and counts once: again.png",
            "here already in another class: red-1.png",
            "no picture: notes.txt",
            "1 picture without a class: loose.png",
        )
        studio.button("Leave out red-2.png").click()
        expect(studio.page.get_by_role("checkbox", name=re.compile("png"))).to_have_count(5)
        studio.button("Start over").click()
        studio.button("Drop all").click()
        expect(studio.page.get_by_role("checkbox", name=re.compile("png"))).to_have_count(0)

    def test_names_and_folders_tell_classes_and_parts(self, studio, tmp_path):
        def file(name, seed):
            picture = saved(scene(np.random.default_rng(seed), (40, 30)), "PNG")
            return {"name": f"{name}.png", "mimeType": "image/png", "buffer": picture}

        for number, name in enumerate(["train/red", "train/blue", "val/red", "test/red"]):
            (path := tmp_path / "a" / name / "1.png").parent.mkdir(parents=True)
            path.write_bytes(file("", number)["buffer"])
        studio.bring(tmp_path / "a")
        says(card(studio.page, "red"), "3 pictures: 1 to learn from, 1 held back, 1 held back to test")
        files = [file(name, seed) for seed, name in enumerate(["cat-1", "cat-2", "dog (1)", "dog (2)"], 9)]
        assert "The classes are blue, cat, dog, red." in studio.bring(files, "files")
        assert "0 pictures added" in studio.bring([file("IMG_1", 20), file("IMG_2", 21)], "files")
        says(studio.step("1 Bring"), "2 pictures without a class: IMG_1.png, IMG_2.png")
        studio.page.get_by_role("region", name="cat").locator("input[type=file]").set_input_files(file("IMG_1", 20))
        thumb(card(studio.page, "cat"), "IMG_1.png").wait_for()

    def test_a_burst_of_the_camera_stays_on_one_side(self, studio):
        for name in ("left", "right"):  # both stay open: the made camera would begin anew, with the same pictures
            studio.page.get_by_label("Name of a new class").fill(name)
            studio.page.keyboard.press("Enter")
            own = card(studio.page, name)
            own.get_by_role("button", name="Webcam").click()
            own.locator("video").wait_for()
            hold = own.get_by_role("button", name="Hold to record")
            hold.focus()
            studio.page.keyboard.down("Space")
            expect(own.locator(".camera-hold")).to_have_text(re.compile(r"Recording: ([3-9]|\d\d)"))
            studio.page.keyboard.up("Space")
            studio.said("1 Bring", rf"\d+ pictures? added.*{name}")  # of frames with the same bytes, one
            thumb(own, re.compile("frame-")).first.wait_for()
        says(studio.step("1 Bring").locator(".step-notes"), "are one burst")
        studio.train()
        says(studio.step("3 Judge"), "There was nothing to judge by")
        studio.button("Use the camera").click()
        studio.step("4 Try").get_by_text(re.compile("pictures a second")).wait_for()


class TestForAll:
    def test_by_keyboard_alone(self, studio, tmp_path):
        made = make_pictures(tmp_path / "made", red=3, blue=3)
        with studio.page.expect_file_chooser() as asked:
            press(studio.page, "Choose a folder")
        asked.value.set_files(made)
        studio.said("1 Bring", "6 pictures added")
        press(studio.page, "Train")
        studio.said("2 Train", "Done")
        assert studio.numbers() == (2, 2)
        with studio.page.expect_download():
            press(studio.page, "Download the classifier")

    def test_it_fits_a_small_screen(self, trained):
        trained.page.set_viewport_size({"width": 320, "height": 640})
        wait_for_answer(320, lambda: trained.page.evaluate("document.documentElement.scrollWidth"))
        trained.page.set_viewport_size({"width": 1000, "height": 800})

    def test_what_is_there_has_a_name(self, trained):
        unnamed = trained.page.evaluate(
            "[...document.querySelectorAll('button, input:not([hidden]), select, progress')].filter((one) =>"
            "!(one.textContent.trim() || one.ariaLabel || one.labels?.length)).map((one) => one.outerHTML)"
        )
        assert not unnamed
        headings = trained.page.get_by_role("heading").all_inner_texts()
        assert headings[:2] == ["Train an image classifier", "1 Bring pictures"]


def press(page, words):
    """Go to a button by the Tab key, and press Enter."""
    for _ in range(200):
        if page.evaluate("document.activeElement.textContent") == words:
            return page.keyboard.press("Enter")
        page.keyboard.press("Tab")
    raise AssertionError(f"no way to {words}")
