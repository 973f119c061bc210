"""The trainer's microphone in JupyterLab: what Chromium's pretended one plays becomes an example of a class.

Needs Chromium on the machine. ``COURSE_SHOTS`` names a folder for screenshots.
"""

import nbformat
import pytest
from helpers import CHROMIUM, LATE_WIDGETS, NO_BROWSER, PATIENCE, expect, says, wait_for_answer
from test_trainer_browser import NOTEBOOK, WIDER, address, card, shoot  # noqa: F401

from course_utils.pictures.sound import load_sound

pytest.importorskip("playwright.sync_api")
pytestmark = [pytest.mark.browser, pytest.mark.skipif(CHROMIUM is None, reason=NO_BROWSER)]
CELL = "from course_utils import Trainer\ntrainer = Trainer()\ntrainer"
KEEP_STREAMS = """() => {
  window.streams = [];
  const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = async (asked) => (streams.push(await open(asked)), streams.at(-1));
}"""
GIVEN_BACK = "streams.every((one) => one.getTracks().every((track) => track.readyState === 'ended'))"


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    """A folder with a notebook of one cell."""
    desk = tmp_path_factory.mktemp("desk")
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(CELL)])
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
    nbformat.write(notebook, desk / "sounds.ipynb")
    return desk


@pytest.fixture
def page(browser, address):  # noqa: F811
    with browser.new_context(viewport={"width": 1000, "height": 1500}) as context:
        context.set_default_timeout(1000 * PATIENCE)
        context.add_init_script(LATE_WIDGETS)
        page = context.new_page()
        page.goto(address.replace(NOTEBOOK.name, "sounds.ipynb"))
        page.wait_for_selector(".jp-NotebookPanel .jp-Cell")
        page.get_by_text("Python 3 (ipykernel) | Idle").wait_for()
        page.click('text="Run" >> nth=0')
        page.click('text="Run All Cells"')
        page.locator(".trainer .recorder").first.wait_for()
        yield page


def test_a_sound_is_recorded_and_one_is_tried(page, desk):
    page.evaluate(KEEP_STREAMS)
    trainer, recorders = page.locator(".trainer"), page.locator(".trainer .recorder")
    record = recorders.get_by_role("button", name="Record", exact=True)
    expect(record).to_have_count(0)  # they are folded away
    for place in (0, 1):
        recorders.nth(place).locator("summary").click()
    trainer.get_by_label("Class:").first.fill("beep")
    trainer.get_by_label("Seconds:").first.fill("4")  # a busy machine records less; the pretended one beeps each second
    trainer.get_by_label("Seconds:").first.press("Tab")
    record.first.click()
    says(recorders.first, "Speak now.")
    shoot(page, "recording")
    says(trainer, "1 recording added to beep, which has 1 now.")
    says(card(page, "beep"), "1 recording")
    expect(card(page, "beep").locator(".thumb img[src^='blob:']")).to_have_count(1)
    (path,) = desk.glob("my-pictures/sounds-1/beep/sound-*.wav")
    assert abs(load_sound(path)).max() > 0.05
    shoot(page, "recorded")
    assert page.evaluate(WIDER) == []
    record.nth(1).click()
    says(trainer, "There is no classifier yet")
    assert page.evaluate(GIVEN_BACK) and len(page.evaluate("streams")) == 2
    trainer.get_by_label("Seconds:").first.fill("10")
    trainer.get_by_label("Seconds:").first.press("Tab")
    record.first.click()
    says(recorders.first, "Speak now.")
    page.click('text="Edit" >> nth=0')
    page.click('text="Clear Outputs of All Cells"')
    wait_for_answer(True, lambda: page.evaluate(GIVEN_BACK))
