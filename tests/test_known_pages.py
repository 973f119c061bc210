"""Pages that say none of these: what Python refuses, the page refuses, and the other way around."""

import json
import zipfile

import numpy as np
import pytest
from helpers import BROWSER_OPTIONS, CHROMIUM, PATIENCE, expect
from test_known import wall
from test_known_browser import SIZE, film, thing
from test_studio import Studio, card, close
from test_trainer_cards import in_a_browser

import course_utils as cu
from course_utils.export.studio import write_studio

pytest.importorskip("playwright.sync_api")
pytestmark = in_a_browser
UNLIKE = "None of these: unlike anything it learned."


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("known")
    for number in range(3):
        wall(number).save(folder / f"wall-{number}.png")
    return folder


@pytest.fixture(scope="module")
def classifier():
    trainer = cu.Trainer()
    trainer.add(cu.stock_folder())
    trainer.train()
    return trainer.classifier


@pytest.fixture(scope="module")
def context(browser):
    with browser.new_context(offline=True, viewport={"width": 320, "height": 800}) as context:
        context.set_default_timeout(1000 * PATIENCE)
        yield context


def ask_page(page, path):
    """What a page that classifies says of a picture: the verdict, whether the bars are quiet, and each probability."""
    page.locator("input[type=file]").set_input_files(path)
    answer = page.locator(".answer", has=page.get_by_role("heading", name=path.name)).first
    answer.wait_for()
    rows = answer.locator(".bars-row").all()
    told = {row.locator(".bars-name").inner_text(): float(row.locator(".bars-value").inner_text()) for row in rows}
    return answer.locator(".live-verdict").inner_text(), answer.locator(".bars-quiet").count(), told


def test_the_page_refuses_what_python_refuses(classifier, context, folder):
    page = context.new_page()
    page.goto(classifier.save_page(folder / "page.html").as_uri())
    page.get_by_text("Ready.").wait_for()
    expect(page.locator("footer")).to_contain_text("it says none of these")
    pictures = [*sorted(folder.glob("wall-*.png")), *cu.read_folders(cu.stock_folder() / "validation").paths[::2]]
    for path in pictures:
        prediction = classifier.predict(path)
        verdict, quiet, told = ask_page(page, path)
        assert (verdict == UNLIKE) == bool(quiet) == (not prediction.known), path.name
        assert max(abs(told[name] - prediction[name]) for name in prediction) < 0.011
    assert not classifier.predict(pictures[0]).known, "else nothing was refused"
    expect(page.get_by_role("status")).to_contain_text(pictures[-1].name)
    page.close()


def test_a_page_without_examples_says_so(classifier, context, folder):
    head = cu.fit_linear_head(np.eye(4, 1280, dtype=np.float32), np.eye(2, dtype=np.float32)[[0, 1, 0, 1]])
    bare = cu.make_classifier(cu.load_network(), head, ["left", "right"])
    page = context.new_page()
    page.goto(bare.save_page(folder / "bare.html").as_uri())
    page.get_by_text("Ready.").wait_for()
    expect(page.locator("footer")).to_contain_text("of any picture, it names one of these")
    assert ask_page(page, folder / "wall-0.png")[:2] == ("", 0)
    page.close()


@pytest.mark.parametrize("shown, words", [("wall", UNLIKE), ("thing", "")])
def test_the_camera_of_a_page(browser, classifier, folder, shown, words):
    path = classifier.save_page(folder / "page.html")
    frames = [wall(3, SIZE)] * 2 if shown == "wall" else [thing()] * 2
    options = [f"--use-file-for-fake-video-capture={film(folder / f'{shown}.y4m', frames)}"]
    with browser.browser_type.launch(executable_path=CHROMIUM, args=[*BROWSER_OPTIONS, *options]) as other:
        page = other.new_context(offline=True, permissions=["camera"]).new_page()
        page.set_default_timeout(1000 * PATIENCE)
        page.goto(path.as_uri())
        page.get_by_role("button", name="Use the camera").click()
        expect(page.locator(".camera-view .bars-row")).to_have_count(3)
        expect(page.locator(".camera-view .live-verdict")).to_have_text(words)
        expect(page.locator(".camera-view .bars-quiet")).to_have_count(int(shown == "wall"))


@pytest.fixture(scope="module")
def studio(browser, folder):
    write_studio(folder / "studio.html")
    with browser.new_context(offline=True, viewport={"width": 1000, "height": 900}) as context:
        context.set_default_timeout(1000 * PATIENCE)
        made = Studio(context, folder / "studio.html")
        made.bring(cu.stock_folder())
        made.train()
        yield made
        assert not made.problems


def try_one(studio, path):
    studio.page.locator("input.studio-try").set_input_files(path)
    row = studio.step("4 Try").get_by_role("article").filter(has=studio.page.get_by_role("heading", name=path.name))
    row.first.wait_for()
    return row.first


def test_the_studio_refuses_a_wall_and_shows_what_is_nearest(studio, folder):
    row = try_one(studio, folder / "wall-0.png")
    expect(row.locator(".live-verdict")).to_have_text(UNLIKE)
    expect(row.locator(".near img")).to_have_count(3)
    names = set(row.locator(".near figcaption b").all_inner_texts())
    assert names <= {"mobile", "notebook", "wood"}
    known = try_one(studio, cu.stock_folder() / "validation" / "wood" / "walnut-floor.jpg")
    expect(known.locator(".live-verdict")).to_have_text("")
    assert known.locator(".near figcaption b").all_inner_texts() == ["wood"] * 3


def test_the_articles_head_refuses_only_if_asked(studio, folder):
    said = studio.step("2 Train")
    said.locator("summary").click()
    said.get_by_label("Head").select_option("article")
    check = said.get_by_label("Say none of these")
    expect(check).not_to_be_checked()
    said.get_by_label("Epochs").fill("2")
    for asked in (False, True):
        check.set_checked(asked)
        studio.train()
        row = try_one(studio, folder / "wall-0.png")
        expect(row.locator(".live-verdict")).to_have_text(UNLIKE if asked else "")
    said.get_by_label("Head").select_option("linear")
    studio.train()


def test_what_the_studio_learned_is_what_python_learned(studio, classifier, folder):
    file = studio.download("Download the classifier", folder / "from-studio.zip")
    loaded = cu.load_classifier(file)
    assert loaded.known.labels == classifier.known.labels
    assert loaded.known.threshold == pytest.approx(classifier.known.threshold, abs=2e-3)
    assert np.abs(loaded.known.examples.astype(int) - classifier.known.examples).max() <= 3
    for path in [folder / "wall-0.png", *cu.read_folders(cu.stock_folder() / "validation").paths[:3]]:
        one, other = loaded.predict(path), classifier.predict(path)
        assert one.answer == other.answer and close(one, other)
    assert "*none of these*" in loaded.card and "{" not in loaded.card
    with zipfile.ZipFile(file) as members:
        assert json.loads(members.read("classifier.json"))["known"]["lost"][1] > 0


def test_there_and_back_again(classifier, studio, folder, browser):
    """A classifier of Python, read by the studio, written as a page by it: it still refuses the wall."""
    file = classifier.save(folder / "python.zip")
    with browser.new_context(offline=True) as context:
        context.set_default_timeout(1000 * PATIENCE)
        made = Studio(context, folder / "studio.html")
        made.bring(file, "files")
        row = try_one(made, folder / "wall-1.png")
        expect(row.locator(".live-verdict")).to_have_text(UNLIKE)
        expect(row.locator(".near")).to_have_count(0)
        page = made.download("Download a page that classifies", folder / "again.html")
        again = made.download("Download the classifier", folder / "again.zip")
    assert page.read_bytes() == cu.load_classifier(again).save_page(folder / "by-python.html").read_bytes()
    prediction = cu.load_classifier(again).predict(folder / "wall-1.png")
    assert prediction.known is False and prediction == classifier.predict(folder / "wall-1.png")


def test_a_class_of_pictures_that_are_none_of_these(browser, folder):
    with browser.new_context(offline=True) as context:
        context.set_default_timeout(1000 * PATIENCE)
        made = Studio(context, folder / "studio.html")
        made.bring(cu.stock_folder())
        made.button("Pictures that are none of these").click()
        own = card(made.page, "none of these")
        expect(own).to_contain_text("the empty room, a wall, a hand")
        own.locator("input[type=file]").first.set_input_files(sorted(folder.glob("wall-*.png")))
        expect(own.locator(".thumb")).to_have_count(3)
        made.train()
        row = try_one(made, folder / "wall-2.png")
        expect(row.locator(".live-verdict")).to_contain_text("None of these")
        expect(row.locator(".near figcaption b").filter(has_text="none of these")).to_have_count(0)
