"""The trainer's microphone in JupyterLab: what Chromium's pretended one plays becomes an example of a class.

Needs Chromium on the machine. ``COURSE_SHOTS`` names a folder for screenshots.
"""

import nbformat
import pytest
from helpers import CHROMIUM, NO_BROWSER, PATIENCE, expect, says, wait_for_answer
from test_trainer_browser import NOTEBOOK, WIDER, address, card, shoot  # noqa: F401

from course_utils.pictures.sound import load_sound

pytest.importorskip("playwright.sync_api")
pytestmark = [pytest.mark.browser, pytest.mark.skipif(CHROMIUM is None, reason=NO_BROWSER)]
CELL = "from course_utils import Trainer\ntrainer = Trainer()\ntrainer"
SPY = """() => {
  window.streams = [];
  const [media, AudioContext] = [navigator.mediaDevices, OfflineAudioContext];
  const open = media.getUserMedia.bind(media);
  media.getUserMedia = async (asked) => {
    if (window.refusal) throw new DOMException("no", window.refusal);
    window.asked = asked;
    streams.push(await open(asked));
    return streams.at(-1);
  };
}"""
SILENT = "streams.length > 0 && streams.every((one) => one.getTracks().every((track) => track.readyState === 'ended'))"


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    """A folder with a notebook of one cell."""
    desk = tmp_path_factory.mktemp("desk")
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(CELL)])
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
    nbformat.write(notebook, desk / "sounds.ipynb")
    return desk


@pytest.fixture(scope="module")
def page(browser, address):  # noqa: F811
    """The trainer, with the microphone of step 1 unfolded."""
    with browser.new_context(viewport={"width": 1000, "height": 1500}) as context:
        context.set_default_timeout(1000 * PATIENCE)
        page = context.new_page()
        page.goto(address.replace(NOTEBOOK.name, "sounds.ipynb"))
        page.wait_for_selector(".jp-NotebookPanel .jp-Cell")
        page.get_by_text("Python 3 (ipykernel) | Idle").wait_for()
        page.click('text="Run" >> nth=0')
        page.click('text="Run All Cells"')
        page.locator(".trainer .recorder").first.wait_for()
        page.evaluate(SPY)
        expect(recorder(page).get_by_role("button")).to_have_count(0)  # it is folded away
        page.locator(".trainer summary", has_text="Record a sound").first.click()
        yield page


def recorder(page, place=0):
    return page.locator(".trainer .recorder").nth(place)


def record(page, place=0):
    recorder(page, place).get_by_role("button", name="Record", exact=True).click()


def test_a_class_is_asked_for_first(page):
    record(page)
    says(recorder(page), "Type the class first")
    expect(recorder(page).get_by_label("Class:")).to_be_focused()
    assert page.evaluate("streams.length") == 0


def test_a_sound_is_recorded_for_a_class(page, desk):
    recorder(page).get_by_label("Class:").fill("beep")
    seconds = recorder(page).get_by_label("Seconds:")
    expect(seconds).to_have_value("1.5")
    record(page)
    expect(recorder(page).get_by_role("button", name="Stop")).to_be_visible()
    says(recorder(page), "Speak now.")
    shoot(page, "recording")
    says(page.locator(".trainer"), "1 sound added to beep, which has 1 now.")
    says(recorder(page), "s recorded.")
    says(card(page, "beep"), "1 picture")
    expect(card(page, "beep").locator(".thumb img[src^='blob:']")).to_have_count(1)
    (path,) = desk.glob("my-pictures/sounds-1/beep/sound-*.wav")
    sound = load_sound(path)
    assert 0.7 < len(sound) / 8000 < 3 and abs(sound).max() > 0.05
    assert page.evaluate(SILENT), "the microphone is given back"
    asked = page.evaluate("asked.audio")
    assert not (asked["echoCancellation"] or asked["noiseSuppression"] or asked["autoGainControl"])
    shoot(page, "recorded")
    assert page.evaluate(WIDER) == []


def test_seconds_stay_within_bounds(page):
    seconds = recorder(page).get_by_label("Seconds:")
    for typed, taken in [("99", "10"), ("0.01", "0.3"), ("", "0.3"), ("0.5", "0.5")]:
        seconds.fill(typed)
        seconds.press("Tab")
        expect(seconds).to_have_value(taken)


def test_it_can_be_stopped_early(page, desk):
    recorder(page).get_by_label("Seconds:").fill("10")
    recorder(page).get_by_label("Seconds:").press("Tab")
    record(page)
    says(recorder(page), "Speak now.")
    page.wait_for_timeout(1500)  # so that there is something to hear
    recorder(page).get_by_role("button", name="Stop").click()
    says(page.locator(".trainer"), "1 sound added to beep, which has 2 now.")
    assert len(list(desk.glob("my-pictures/sounds-1/beep/sound-*.wav"))) == 2 and page.evaluate(SILENT)
    assert page.locator(".trainer datalist option").evaluate_all("all => all.map((one) => one.value)") == ["beep"]


@pytest.mark.parametrize(
    "refusal, words",
    [
        ("NotAllowedError", "it is not allowed. Allow it for this page"),
        ("NotFoundError", "finds no microphone. Connect one"),
        ("NotReadableError", "another program may have it"),
        ("AbortError", "gives no microphone (no)"),
    ],
)
def test_it_says_why_there_is_no_microphone(page, refusal, words):
    page.evaluate("(name) => (window.refusal = name)", refusal)
    record(page)
    says(recorder(page), words)
    expect(recorder(page).get_by_role("button", name="Record")).to_be_visible()
    page.evaluate("window.refusal = ''")


def test_an_error_behind_the_recording_gives_the_microphone_back(page):
    page.evaluate(
        "() => { window.decode = OfflineAudioContext.prototype.decodeAudioData;"
        "OfflineAudioContext.prototype.decodeAudioData = () => Promise.reject(new Error('damaged')); }"
    )
    recorder(page).get_by_label("Seconds:").fill("0.3")
    recorder(page).get_by_label("Seconds:").press("Tab")
    record(page)
    says(recorder(page), "The browser recorded nothing")
    assert page.evaluate(SILENT)
    page.evaluate("() => { OfflineAudioContext.prototype.decodeAudioData = window.decode; }")


def test_a_page_from_elsewhere_is_given_none(page):
    page.evaluate("() => Object.defineProperty(navigator, 'mediaDevices', { value: undefined, configurable: true })")
    record(page)
    says(recorder(page), "A browser gives the microphone only to pages from this computer (localhost) or over https.")
    page.evaluate("() => { delete navigator.mediaDevices; }")


def test_step_4_asks_for_no_class(page):
    page.locator(".trainer summary", has_text="Record a sound").nth(1).click()
    expect(recorder(page, 1).get_by_label("Class:")).to_be_hidden()
    recorder(page, 1).get_by_label("Seconds:").fill("1")
    recorder(page, 1).get_by_label("Seconds:").press("Tab")
    record(page, 1)
    says(page.locator(".trainer"), "There is no classifier yet")
    shoot(page, "tried")


def test_who_leaves_takes_the_microphone_along(page):
    recorder(page).get_by_label("Seconds:").fill("10")
    recorder(page).get_by_label("Seconds:").press("Tab")
    record(page)
    says(recorder(page), "Speak now.")
    page.click('text="Edit" >> nth=0')
    page.click('text="Clear Outputs of All Cells"')
    wait_for_answer(True, lambda: page.evaluate(SILENT))
