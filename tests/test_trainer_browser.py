"""The trainer as a learner meets it: JupyterLab, its section of notebook 07 and a real browser, from a zip file to a
saved classifier.

Needs Chromium on the machine. ``COURSE_SHOTS`` names a folder for screenshots.
"""

import ast
import json
import os
import re
import shutil
import subprocess
import sys
import urllib.request
import zipfile
from pathlib import Path

import nbformat
import numpy as np
import pytest
import zmq
from helpers import (
    CHROMIUM,
    LATE_WIDGETS,
    NO_BROWSER,
    PATIENCE,
    expect,
    free_ports,
    read_notebook,
    says,
    wait_for_answer,
    wait_until,
)
from jupyter_client import BlockingKernelClient
from PIL import Image

from course_utils.files import require_course_folder

pytest.importorskip("playwright.sync_api")
pytestmark = [pytest.mark.browser, pytest.mark.skipif(CHROMIUM is None, reason=NO_BROWSER)]
NOTEBOOK = require_course_folder() / "notebooks" / "07_your_own_pictures.ipynb"
MAKES_IT = "from course_utils import Trainer\n\ntrainer = Trainer()\ntrainer"
EPOCHS_DONE = (
    "parseInt([...document.querySelectorAll('.trainer-says')]"
    ".find(place => place.textContent.includes(' epochs, '))?.textContent)"
)
SCROLL_TO = """((top) => {
  document.querySelector(".jp-WindowedPanel-outer").scrollTop = top;
  return document.querySelector(".trainer")?.getBoundingClientRect().top < innerHeight;
})"""  # and say whether the trainer is in sight
WIDER = """() => [...document.querySelectorAll(
  ".trainer, .trainer button, .trainer label, .trainer .widget-label, .trainer select, .trainer .thumb-mark"
)].filter((one) => one.checkVisibility() && one.scrollWidth > one.clientWidth + 1).map((one) => one.outerHTML)
"""  # what is narrower than what is in it
LISTEN = """() => {
  window.said = [];
  const hear = (changes) => changes.forEach((one) => one.addedNodes.forEach((node) => said.push(node.textContent)));
  new MutationObserver(hear).observe(document.querySelector(".trainer"), { childList: true, subtree: true });
}"""


def picture(kind, number, size=(900, 700)):
    """A photo-sized picture: stripes or dots, each in colors of its own."""
    rng = np.random.default_rng(number if kind == "stripes" else 1000 + number)
    rows, columns = np.mgrid[: size[1], : size[0]]
    period = rng.integers(60, 90)
    if kind == "stripes":
        mask = (columns // period) % 2 == 0
    else:
        mask = ((columns % period) - period / 2) ** 2 + ((rows % period) - period / 2) ** 2 < (period / 3) ** 2
    image = np.where(mask[..., np.newaxis], rng.integers(150, 256, 3), rng.integers(0, 100, 3))
    return Image.fromarray(np.clip(image + rng.normal(0, 25, image.shape), 0, 255).astype("uint8"))


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    """A learner's desk: a zip file of 30 pictures and more than 60 MB, a folder, a bad zip file, and a new picture."""
    desk = tmp_path_factory.mktemp("desk")
    with zipfile.ZipFile(desk / "patterns.zip", "w") as file:
        for kind in ("stripes", "dots"):
            for number in range(15):
                path = desk / "patterns" / kind / f"{kind}-{number}.jpg"
                path.parent.mkdir(parents=True, exist_ok=True)
                picture(kind, number).save(path, quality=97)
                file.write(path, path.relative_to(desk))
        file.writestr("patterns/dots/broken.jpg", b"no picture")
        file.writestr("patterns/film.bin", os.urandom(45_000_000))
    (desk / "bad.zip").write_bytes(b"PK not a zip file")
    picture("dots", 99).save(desk / "new-dots.jpg")
    return desk


@pytest.fixture(scope="module")
def address(desk):
    """JupyterLab in the learner's own folder, with the notebook's words down to the cell that makes the trainer, which
    needs nothing of the others."""
    notebook = read_notebook(NOTEBOOK)
    last = next(place for place, cell in enumerate(notebook.cells) if cell.source == MAKES_IT)
    words = [cell for cell in notebook.cells[:last] if cell.cell_type == "markdown"]
    notebook.cells = [*words, notebook.cells[last]]
    nbformat.write(notebook, desk / NOTEBOOK.name)
    (port,) = free_ports()
    environment = os.environ | {
        "JUPYTER_CONFIG_DIR": str(desk / "config"),
        "JUPYTERLAB_SETTINGS_DIR": str(desk / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(desk / "workspaces"),
        "JUPYTER_RUNTIME_DIR": str(desk / "runtime"),
    }
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--port={port}", "--ip=127.0.0.1"]
    command += ["--IdentityProvider.token=", f"--ServerApp.root_dir={desk}", "--LabApp.news_url=None"]
    with open(desk / "jupyterlab.log", "w") as log:
        server = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    try:
        wait_until(lambda: answers(f"http://127.0.0.1:{port}/api"), server, desk / "jupyterlab.log")
        yield f"http://127.0.0.1:{port}/lab/tree/{NOTEBOOK.name}"
    finally:
        server.terminate()
        server.wait(PATIENCE)


def answers(address):
    with urllib.request.urlopen(address, timeout=PATIENCE):
        return True


@pytest.fixture(scope="module")
def page(browser, address, desk):
    """The notebook in a window of 1000 pixels' width, run to its end."""
    with browser.new_context(viewport={"width": 1000, "height": 1500}) as context:
        context.set_default_timeout(1000 * PATIENCE)
        context.add_init_script(LATE_WIDGETS)
        page = context.new_page()
        page.goto(address)
        page.wait_for_selector(".jp-NotebookPanel .jp-Cell")
        page.get_by_text("Python 3 (ipykernel) | Idle").wait_for()  # there is a kernel
        page.keyboard.press("Control+b")
        page.locator("#jp-left-stack").wait_for(state="hidden")
        page.click('text="Run" >> nth=0')
        page.click('text="Run All Cells"')
        page.wait_for_selector(".trainer", state="attached", timeout=1000 * PATIENCE)
        ask(desk, "None")  # the kernel answers in turn, so after the last cell
        page.get_by_text("Python 3 (ipykernel) | Idle").wait_for()
        page.locator(".trainer").scroll_into_view_if_needed()
        yield page


def shoot(page, name):
    folder = os.environ.get("COURSE_SHOTS")
    if folder:
        page.locator(".trainer").screenshot(path=str(Path(folder, f"trainer-{name}.png")))


def press(page, words):
    page.locator(".trainer").get_by_role("button", name=words, exact=True).first.click()


def wait_for(page, words):
    """Wait until words are shown. Where they may still stand from before, wait for their end with `gone` first."""
    page.locator(".trainer").get_by_text(words).first.wait_for()


def gone(page, words):
    """Wait until words are not shown, or not any more."""
    expect(page.locator(".trainer").get_by_text(words).filter(visible=True)).to_have_count(0)


def field(page, label, value):
    box = page.locator(".trainer").get_by_label(label)
    box.fill(value)
    box.press("Enter")


def choose_head(page, words):
    page.locator(".trainer").get_by_label("Head:").select_option(words)


def test_from_upload_to_a_file_that_works_elsewhere(page, desk, tmp_path):
    bring(page, desk)
    train_and_stop(page)
    train_and_judge(page)
    answer = try_a_new_picture(page, desk)
    keep(page, desk, tmp_path / "carried.zip")
    probability = classify_elsewhere(tmp_path, desk / "new-dots.jpg")["dots"]
    assert f"{probability:.2f}" in answer
    press(page, "Load")
    wait_for(page, "Loaded a classifier of dots, stripes")


def bring(page, desk):
    """A bad zip file first, then a good one of more than 60 MB."""
    files = page.locator(".trainer .dropzone-files").first
    files.set_input_files(desk / "bad.zip")
    wait_for(page, "Can't unpack bad.zip")
    shoot(page, "error")
    assert (desk / "patterns.zip").stat().st_size > 60_000_000
    files.set_input_files(desk / "patterns.zip")
    wait_for(page, "31 pictures added")
    wait_for(page, "What was found")
    shoot(page, "pictures")


def train_and_stop(page):
    """Train without an end in sight, out of sight, and stop."""
    choose_head(page, "as in the article")
    field(page, "Epochs:", "10000")
    press(page, "Train")
    wait_for(page, "of 10000 epochs, ")
    page.locator(".trainer img[alt^='Loss and accuracy']").wait_for()
    shoot(page, "training")
    done = page.evaluate(EPOCHS_DONE)
    place = page.evaluate("document.querySelector('.jp-WindowedPanel-outer').scrollTop")
    page.wait_for_function(f"!{SCROLL_TO}(0)")  # JupyterLab may take it off the page there
    page.wait_for_function(f"{SCROLL_TO}({place})")
    page.wait_for_function(f"{EPOCHS_DONE} > {done}")
    page.evaluate(LISTEN)
    press(page, "Stop")
    wait_for(page, "Stopped; the best of")
    wait_for(page, "validation pictures are right")
    wait_for(page, "the linear head has")
    said = [words for words in page.evaluate("said") if words.startswith("Stopp")]
    assert [words[:8] for words in said] == ["Stopping", "Stopped;"], "it is acknowledged before the training ends"


def train_and_judge(page):
    choose_head(page, "linear, on two looks at each picture (the best with few pictures)")
    press(page, "Train")
    wait_for(page, "Done, after")
    gone(page, "the linear head has")  # which is said of the article's head
    wait_for(page, "validation pictures are right")
    wait_for(page, "true accuracy may be anything from")
    shoot(page, "judged")


def try_a_new_picture(page, desk):
    page.locator(".trainer .dropzone-files").nth(1).set_input_files(desk / "new-dots.jpg")
    wait_for(page, "The square is what the network saw")
    answer = page.locator(".trainer-says", has_text="new-dots.jpg").inner_text()
    assert answer.index("dots\t") < answer.index("stripes\t")
    return answer


def keep(page, desk, carried):
    """On this machine, and through the browser."""
    press(page, "Save")
    wait_for(page, "Saved to")
    shoot(page, "kept")
    with page.expect_download() as download:
        press(page, "Download")
    download.value.save_as(carried)
    assert carried.stat().st_size == (desk / "my-classifier.zip").stat().st_size


def classify_elsewhere(folder, photo):
    """In a new process, with nothing but the file, the picture and an empty cache."""
    command = [sys.executable, "-m", "course_utils", "classify", "carried.zip", str(photo), "--json"]
    environment = os.environ | {"COURSE_CACHE": str(folder / "empty")}
    run = subprocess.run(command, capture_output=True, text=True, cwd=folder, env=environment, check=True)
    probabilities = json.loads(run.stdout)[0]["probabilities"]
    assert next(iter(probabilities)) == "dots"
    return probabilities


def test_a_folder_and_a_drop(page, desk):
    folder = page.locator(".trainer .dropzone-folder").first
    folder.set_input_files(desk / "patterns")
    wait_for(page, "30 pictures added")
    content = list((desk / "new-dots.jpg").read_bytes())
    field(page, "Class of pictures without a folder:", "spots")
    transfer = page.evaluate_handle(
        "bytes => { const all = new DataTransfer();"
        "all.items.add(new File([new Uint8Array(bytes)], 'dropped.jpg', {type: 'image/jpeg'})); return all; }",
        content,
    )
    page.locator(".trainer .dropzone-target").first.dispatch_event("drop", {"dataTransfer": transfer})
    wait_for(page, "1 picture added")
    expect(card(page, "spots").get_by_role("checkbox", name="dropped.jpg")).to_have_count(1)


def card(page, name):
    return page.locator(".trainer").get_by_role("region", name=name, exact=True)


def thumb(page, name):
    return page.locator(".trainer").get_by_role("checkbox", name=name)


def test_pictures_on_their_cards(page, desk):
    """Moved, left out, renamed; and those that the last training held back are marked in words."""
    assert ask(desk, "len(trainer.results.validation.paths)") != "0"
    says(card(page, "dots"), "held back")
    thumb(page, "dropped.jpg").drag_to(card(page, "stripes"))
    wait_for(page, "1 picture moved to stripes")
    labels = "[label for path, (label, _) in trainer.pictures.items() if path.name == 'dropped.jpg']"
    wait_for_kernel(desk, labels, "['stripes']")
    expect(card(page, "spots")).to_have_count(0)  # the cards show it, so none changes its place any more
    card(page, "stripes").get_by_role("checkbox").nth(1).click()
    card(page, "stripes").get_by_role("checkbox").nth(2).click()
    card(page, "stripes").get_by_label("Move to").select_option("dots")
    card(page, "stripes").get_by_role("button", name="Move", exact=True).click()
    wait_for(page, "2 pictures moved to dots")
    count = int(ask(desk, "len(trainer.pictures)"))
    card(page, "stripes").get_by_role("button", name="Show more").click()
    press(page, "Leave out dropped.jpg")
    wait_for(page, "1 picture left out")
    wait_for_kernel(desk, "len(trainer.pictures)", str(count - 1))
    expect(thumb(page, "dropped.jpg")).to_have_count(0)
    field(page, "Name of the class dots", "spots")
    wait_for(page, "dots is spots now")
    wait_for_kernel(desk, "trainer.classes", "('spots', 'stripes')")


def test_findings_leave_their_pictures_out(page, desk):
    finding = page.locator(
        ".trainer-findings .widget-hbox", has_text="training/spots/broken.jpg"
    )  # as it is called now
    says(finding, "can't be read")
    finding.get_by_role("button", name="Leave these out").click()
    wait_for(page, "1 picture left out")
    finding.wait_for(state="detached")
    wait_for_kernel(desk, "[path for path in trainer.pictures if path.name == 'broken.jpg']", "[]")


def test_the_webcam(page, desk):
    """Chromium's pretended camera stands for a real one. Each burst has a folder of its own."""
    field(page, "Name of a new class", "me")
    card(page, "me").get_by_role("button", name="Webcam").click()
    page.wait_for_function("document.querySelector('.trainer video')?.videoWidth > 0")
    lone = "can be learned, but not judged"
    for number, check in enumerate([wait_for, gone], 1):
        card(page, "me").get_by_role("button", name="Hold to record").hover()
        page.mouse.down()
        expect(card(page, "me").locator(".camera-hold")).to_have_text(re.compile(r"Recording: ([4-9]|\d\d)"))
        page.mouse.up()
        wait_for_answer(number, lambda: len(bursts(desk)), PATIENCE)
        check(page, lone)
        wait_for(page, "pictures added")
        says(card(page, "me"), f"{sum(map(len, bursts(desk).values()))} pictures")  # then the button has its place
    assert min(map(len, bursts(desk).values())) >= 4
    card(page, "me").get_by_role("checkbox", name="frame-001.jpg").first.wait_for()
    card(page, "me").get_by_role("button", name="Stop").click()
    page.locator(".trainer video").wait_for(state="detached")


def bursts(desk):
    """The folders of the class that was recorded, and its pictures in each."""
    found = ask(desk, "[str(path) for path, (label, _) in trainer.pictures.items() if label == 'me']")
    folders = {}
    for path in map(Path, ast.literal_eval(found)):
        folders.setdefault(path.parent.name, []).append(path.name)
    assert all(name.startswith("burst-") for name in folders)
    return folders


def test_what_it_says_of_the_webcam_frame_by_frame(page):
    press(page, "Use the webcam")
    page.locator(".trainer .bars-row").first.wait_for()
    page.evaluate(
        "() => { window.changes = 0; const count = (all) => { changes += all.length; };"
        "new MutationObserver(count).observe(document.querySelector('.bars-fill'), { attributes: true }); }"
    )
    page.wait_for_function("changes >= 20")
    expect(page.locator(".live .bars-name")).to_have_text(["dots", "stripes"])
    page.locator(".live").get_by_role("button", name="Stop").click()
    page.locator(".trainer video").wait_for(state="detached")


def test_keys_stay_in_the_trainer(page):
    """What is typed there changes no cell; Escape goes back to the cell, where keys are Jupyter's again."""
    cells = page.locator(".jp-Notebook .jp-Cell")
    before, markdown = cells.count(), page.locator(".jp-Notebook .jp-MarkdownCell").count()
    trainer = page.locator(".trainer")
    for place in (
        thumb(page, "stripes-").first,
        trainer.get_by_label("Name of a new class"),
        trainer.get_by_label("Head:"),
        trainer.get_by_role("button", name="Train", exact=True),
        trainer.locator(".dropzone-buttons button").first,
    ):
        place.focus()
        for key in ("m", "a", "b", "x", "d", "d", "Control+a", "ArrowUp", "ArrowDown", "1"):
            page.keyboard.press(key)
    expect(trainer.get_by_label("Name of a new class")).to_have_value("mabxdd1")  # it arrives where it was typed
    page.keyboard.press("Escape")
    expect(page.locator(".jp-Cell:has(.trainer)")).to_be_focused()
    page.keyboard.press("b")
    expect(cells).to_have_count(before + 1)
    expect(page.locator(".jp-Notebook .jp-MarkdownCell")).to_have_count(markdown)
    page.keyboard.press("d")
    page.keyboard.press("d")
    expect(cells).to_have_count(before)
    expect(trainer).to_have_count(1)


def test_start_over(page, desk):
    press(page, "Start over")
    press(page, "Keep them")
    expect(page.locator(".trainer").get_by_role("button", name="Keep them")).to_have_count(0)
    assert ask(desk, "len(trainer.pictures) > 0") == "True"
    press(page, "Start over")
    press(page, "Drop all")
    wait_for(page, "All is as at the start")
    all_of_it = "len(trainer.pictures), trainer.results, trainer.classifier, trainer.steps"
    wait_for_kernel(desk, all_of_it, "(0, None, None, [])")
    wait_for(page, "Train first.")
    expect(page.locator(".trainer .card")).to_have_count(0)
    field(page, "Class of pictures without a folder:", "")
    field(page, "On this computer:", str(desk / "patterns"))
    press(page, "Add path")
    wait_for(page, "30 pictures added")


def test_errors_in_words(page):
    press(page, "Save")
    says(page.locator(".trainer").get_by_role("alert").filter(visible=True), "There is no classifier yet")
    expect(page.locator(".trainer", has_text="Traceback")).to_have_count(0)


def test_by_keyboard_and_in_the_dark(page):
    """Every button and field can be reached with the Tab key, and has a name."""
    nameless = page.evaluate(
        "() => [...document.querySelectorAll('.trainer button, .trainer input:not([hidden]), .trainer select')]"
        ".filter(one => !(one.textContent.trim() || one.labels?.length && one.labels[0].textContent.trim()"
        " || one.ariaLabel || one.title)).map(one => one.outerHTML)"
    )
    assert nameless == []
    page.locator(".trainer .dropzone-buttons button").first.focus()
    seen = set()
    for _ in range(90):
        seen.add(
            page.evaluate(
                "document.activeElement.textContent.trim() || document.activeElement.labels?.[0]?.textContent"
            )
        )
        page.keyboard.press("Tab")
    assert {"Choose files", "Add path", "Add set", "Train", "Seed:", "Try it", "Save", "Load"} <= seen
    page.click('text="Settings" >> nth=0')
    page.hover('text="Theme"')
    page.click('text="JupyterLab Dark"')
    page.wait_for_function("document.body.dataset.jpThemeLight === 'false'")
    shoot(page, "dark")
    wait_for_answer([], lambda: page.evaluate(WIDER))
    page.set_viewport_size({"width": 600, "height": 1500})  # as 900 pixels are at 150 %
    page.wait_for_function("document.querySelector('.trainer').clientWidth < 560")
    wait_for_answer([], lambda: page.evaluate(WIDER))
    shoot(page, "narrow")
    page.set_viewport_size({"width": 1000, "height": 1500})


def test_where_it_looks(page, desk):
    """The labels of the validation pictures are swapped, so that they become mistakes."""
    for number in range(15):
        for kind, other in [("stripes", "dots"), ("dots", "stripes")]:
            folder = Path("validation", other) if number > 9 else Path("training", kind)
            (desk / "swapped" / folder).mkdir(parents=True, exist_ok=True)
            shutil.copy(desk / "patterns" / kind / f"{kind}-{number}.jpg", desk / "swapped" / folder)
    press(page, "Start over")
    press(page, "Drop all")
    wait_for_kernel(desk, "len(trainer.pictures)", "0")
    field(page, "On this computer:", str(desk / "swapped"))
    press(page, "Add path")
    wait_for_kernel(desk, "len(trainer.pictures)", "30")
    choose_head(page, "linear, on two looks at each picture (the best with few pictures)")
    press(page, "Train")
    wait_for(page, "Done, after")
    look = page.locator(".trainer").get_by_label("Where does it look?").filter(visible=True)
    heats = page.locator(".trainer img[alt^='Heat of']").filter(visible=True)
    expect(look).not_to_be_checked()
    expect(heats).to_have_count(0)
    look.check()
    count = int(ask(desk, "len(trainer.results.mistakes)"))
    expect(heats).to_have_count(count)
    assert count > 0 and all(heats.evaluate_all("all => all.map(one => one.complete && one.naturalWidth)"))
    says(page.locator(".trainer"), "covering an orange place may change nothing", "training pictures most like it")
    press(page, "Try it")
    page.locator(".trainer summary", has_text="Where does it look?").click()
    expect(heats).to_have_count(count + 1)
    shoot(page, "looks")
    wait_for_answer([], lambda: page.evaluate(WIDER))
    look.uncheck()
    expect(heats).to_have_count(1)


def test_closing_stops_the_work(page, desk):
    """When the widget leaves the page, training ends; the kernel itself is asked."""
    gone(page, "of 10000 epochs, ")
    choose_head(page, "as in the article")
    field(page, "Epochs:", "10000")
    press(page, "Train")
    wait_for(page, "of 10000 epochs, ")
    wait_for_kernel(desk, "trainer.stopped", "False")
    page.click('text="Edit" >> nth=0')
    page.click('text="Clear Outputs of All Cells"')
    wait_for_kernel(desk, "bool(trainer.stopped and trainer.results and trainer.results.stopped)", "True")


def ask(desk, expression):
    """What an expression is worth in the notebook's kernel."""
    (connection,) = (desk / "runtime").glob("kernel-*.json")
    client = BlockingKernelClient(connection_file=str(connection), context=zmq.Context.instance())
    client.load_connection_file()
    client.start_channels(iopub=False, stdin=False, hb=False, control=False)
    try:
        reply = client.execute("", user_expressions={"answer": expression}, reply=True, timeout=PATIENCE)
        return reply["content"]["user_expressions"]["answer"]["data"]["text/plain"]
    finally:
        client.stop_channels()


def wait_for_kernel(desk, expression, worth):
    """Wait until an expression is worth this in the notebook's kernel."""
    wait_for_answer(worth, lambda: ask(desk, expression), PATIENCE)
