"""The trainer's webcam in JupyterLab: pointed at a wall, it says none of these. Needs Chromium on the machine.

``COURSE_SHOTS`` names a folder for screenshots.
"""

import nbformat
import numpy as np
import pytest
from helpers import BROWSER_OPTIONS, CHROMIUM, LATE_WIDGETS, NO_BROWSER, PATIENCE, expect
from PIL import Image
from test_known import wall
from test_trainer_browser import NOTEBOOK, address, shoot  # noqa: F401

import course_utils as cu

api = pytest.importorskip("playwright.sync_api")
pytestmark = [pytest.mark.browser, pytest.mark.skipif(CHROMIUM is None, reason=NO_BROWSER)]
SIZE = (640, 480)
KNOWN = cu.stock_folder() / "validation" / "wood" / "walnut-floor.jpg"
JUMP = """(live) => {
  const top = () => live.querySelector(".bars").getBoundingClientRect().top;
  const before = top();
  live.querySelector(".live-verdict").textContent = "";
  return top() - before;
}"""
CELL = """\
from course_utils import Trainer, stock_folder
trainer = Trainer()
trainer.add(stock_folder())
results = trainer.train()
trainer"""


def film(path, frames):
    """Write a video that Chromium takes for a camera's."""
    with open(path, "wb") as file:
        file.write(f"YUV4MPEG2 W{SIZE[0]} H{SIZE[1]} F10:1 Ip A1:1 C420jpeg\n".encode())
        for frame in frames:
            light, *colors = np.moveaxis(np.asarray(frame.convert("YCbCr")), 2, 0)
            file.write(b"FRAME\n" + light.tobytes() + b"".join(color[::2, ::2].tobytes() for color in colors))
    return path


def thing():
    """A picture of a kind that it learned, as a camera would show it: its middle is the middle of the frame."""
    with Image.open(KNOWN) as picture:
        square = Image.fromarray(cu.resize_image(cu.crop_image(np.asarray(picture.convert("RGB"))), SIZE[1]))
    frame = Image.new("RGB", SIZE, "gray")
    frame.paste(square, ((SIZE[0] - SIZE[1]) // 2, 0))
    return frame


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    """A folder with a notebook of one cell, and two films: of a wall, and of a known thing."""
    desk = tmp_path_factory.mktemp("desk")
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(CELL)])
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
    nbformat.write(notebook, desk / "wall.ipynb")
    film(desk / "wall.y4m", [wall(seed, SIZE) for seed in (3, 3)])
    film(desk / "thing.y4m", [thing()] * 2)
    return desk


@pytest.fixture
def camera(desk, address, request):  # noqa: F811
    """The trainer in a window of a Chromium whose camera shows a film."""
    options = [f"--use-file-for-fake-video-capture={desk / request.param}.y4m"]
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*BROWSER_OPTIONS, *options])
        page = browser.new_page(viewport={"width": 1000, "height": 1500})
        page.set_default_timeout(1000 * PATIENCE)
        page.add_init_script(LATE_WIDGETS)
        page.goto(address.replace(NOTEBOOK.name, "wall.ipynb"))
        page.wait_for_selector(".jp-NotebookPanel .jp-Cell")
        page.get_by_text("Python 3 (ipykernel) | Idle").wait_for()
        page.click('text="Run" >> nth=0')
        page.click('text="Run All Cells"')
        page.locator(".trainer .live").wait_for()
        yield page
        browser.close()


@pytest.mark.parametrize("camera", ["wall"], indirect=True)
def test_a_wall_is_none_of_these(camera):
    live = camera.locator(".trainer .live")
    press_webcam(camera)
    expect(live.locator(".live-verdict")).to_have_text("None of these: unlike anything it learned")
    expect(live.locator(".bars-quiet")).to_have_count(1)
    expect(live.locator(".near img[src^='blob:']")).to_have_count(3)
    names = live.locator(".near figcaption b")
    assert set(names.all_text_contents()) <= {"mobile", "notebook", "wood"} and names.count() == 3
    shoot(camera, "wall")
    assert live.evaluate(JUMP) == 0, "what is below the verdict stays where it is"


@pytest.mark.parametrize("camera", ["thing"], indirect=True)
def test_a_thing_that_it_learned_is_known(camera):
    live = camera.locator(".trainer .live")
    press_webcam(camera)
    expect(live.locator(".bars-most .bars-name")).to_have_text("wood")
    expect(live.locator(".near img[src^='blob:']")).to_have_count(3)
    expect(live.locator(".live-verdict")).to_have_text("")
    expect(live.locator(".bars-quiet")).to_have_count(0)
    shoot(camera, "known")


@pytest.mark.parametrize("camera", ["wall"], indirect=True)
def test_pictures_of_no_class_have_a_card_that_keeps_its_name(camera, desk):
    trainer = camera.locator(".trainer")
    trainer.get_by_role("button", name="Pictures that are none of these").click()
    card = trainer.get_by_role("region", name="none of these")
    title = card.get_by_label("Name of the class none of these")
    expect(title).to_have_value("none of these")
    expect(title).not_to_be_editable()
    expect(card.get_by_text("the empty room, a wall, a hand")).to_be_visible()
    expect(trainer.get_by_label("Name of the class wood")).to_be_editable()
    for seed in range(6):
        wall(seed).save(desk / f"wall-{seed}.png")
    card.locator("input[type=file]").set_input_files(sorted(desk.glob("wall-*.png")))
    expect(card.locator(".thumb")).to_have_count(6)
    shoot(camera, "card")
    trainer.get_by_role("button", name="Train", exact=True).click()
    expect(trainer.get_by_text("Done, after")).to_be_visible()
    choose = trainer.get_by_label("Or a validation picture:")
    choose.select_option("walnut-floor.jpg")
    trainer.get_by_role("button", name="Try it").click()
    expect(trainer.get_by_text("that are most like this one")).to_be_visible()
    trainer.locator("input[type=file]").nth(-1).set_input_files(desk / "wall-0.png")
    expect(trainer.locator("strong", has_text="None of these: like the pictures")).to_be_visible()
    shoot(camera, "try")


def press_webcam(page):
    page.locator(".trainer .live").get_by_role("button", name="Use the webcam", exact=True).click()
