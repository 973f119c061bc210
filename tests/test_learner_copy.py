"""The learner's own copy: it tells nothing before a cell is run, and what a learner has changed stays."""

import argparse
import json
import os
import re
import runpy
import shutil
import subprocess
import sys

import nbformat
import pytest
import requests
from helpers import (
    CHROMIUM,
    LATE_WIDGETS,
    NO_BROWSER,
    NOTEBOOKS,
    PATIENCE,
    ROOT,
    cells_of,
    expect,
    free_ports,
    read_notebook,
    tags,
    text_of,
    wait_until,
)
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from course_utils import commands
from course_utils.classroom import learner
from course_utils.classroom.editions import FOLDED, GO_ON, edition_of

each = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
ALT = re.compile(r'\balt=f?"([^"]+)"')
LINKS = re.compile(r"\]\(([^)#]+)")


def is_folded(cell):
    return bool(cell.metadata.get("jupyter", {}).get("source_hidden"))


def seen(cells):
    """What a reader sees of cells that were not run: texts without what is to unfold, and code that is not folded."""
    parts = []
    for cell in cells:
        if cell.cell_type == "markdown":
            parts.append(re.sub(r"<details>.*?</details>", "", cell.source, flags=re.S))
        else:
            assert cell.outputs == [] and cell.execution_count is None
            parts.append(FOLDED if is_folded(cell) else cell.source)
    return "\n".join(parts)


# what a notebook tells ------------------------------------------------------------------------------------------------


@each
def test_nothing_answers_a_question_before_its_cell_is_run(path):
    """Neither a result, nor a picture's description, nor an assertion, nor what the original printed there."""
    before, cells = {cell.id: cell for cell in cells_of(path)}, edition_of(path, solutions=True).cells
    asked = [place for place, cell in enumerate(cells) if "reveal" in tags(cell)]
    assert len(asked) >= 3
    for place in asked:
        told, original = seen(cells[: place + 1]), before[cells[place].id]
        assert is_folded(cells[place]) == cells[place].source.startswith(FOLDED)
        assert not re.search(r"^ *assert ", seen([cells[place]]), re.M)
        for alt in ALT.findall(original.source):
            assert alt not in told, alt
        for line in text_of(original).splitlines():
            assert len(line) < 12 or line.strip() not in told, line


@each
def test_a_question_before_code_is_answered_by_a_cell_that_reveals(path):
    """Or by an exercise. Without that tag, its code would not be folded."""
    cells = cells_of(path)
    for place, cell in enumerate(cells):
        last = re.sub(r"<details>.*?</details>", "", cell.source, flags=re.S).strip().split("\n\n")[-1]
        if cell.cell_type == "markdown" and re.search(r"\?$|Guess[^.?]*\.$", last):
            ends = [end for end in range(place + 1, len(cells)) if cells[end].cell_type == "markdown"]
            code = cells[place + 1 : ends[0] if ends else None]
            assert not code or set().union(*map(tags, code)) & {"reveal", "exercise"}, last


@each
def test_all_else_is_as_in_the_original(path):
    before, after = cells_of(path), edition_of(path, solutions=True).cells
    kept = [cell for cell in before if "verify" not in tags(cell)]
    assert [cell.id for cell in kept] == [cell.id for cell in after]
    for old, new in zip(kept, after, strict=True):
        assert tags(old) == tags(new)
        if "solution" in tags(old):
            code = old.source.removeprefix("# Solution\n")
            assert new.cell_type == "markdown" and not is_folded(new)
            assert new.source == f"<details><summary>Solution</summary>\n\n```python\n{code}\n```\n\n</details>"
        elif old is not kept[-1]:
            assert new.source.removeprefix(FOLDED) == old.source
    assert after[-1].source.replace(GO_ON, "", 1) == kept[-1].source != after[-1].source
    nbformat.validate(edition_of(path, solutions=True))


@pytest.fixture
def made(tmp_path):
    """A notebook with a cell of each kind; the next call makes another version of it."""

    def make(text="What comes out?", name="03_build.ipynb"):
        cells = [
            new_markdown_cell(text),
            new_code_cell("1 + 1", metadata={"tags": ["reveal"]}),
            new_code_cell("assert 1 + 1 == 2", metadata={"tags": ["verify"]}),
            new_code_cell("# Solution\nx = 3", metadata={"tags": ["solution"], "jupyter": {"source_hidden": True}}),
            new_markdown_cell("## Recap\n\nBack to [02](02.ipynb), on to [04](04.ipynb)"),
        ]
        path = tmp_path / "course" / name
        path.parent.mkdir(exist_ok=True)
        nbformat.write(new_notebook(cells=cells), path)
        return path

    return make


@pytest.mark.parametrize("solutions", [True, False])
def test_an_edition_of_an_edition_is_the_same(made, tmp_path, solutions):
    for path in (made(), NOTEBOOKS[0]):
        once = edition_of(path, solutions)
        nbformat.write(once, tmp_path / path.name)
        assert edition_of(tmp_path / path.name, solutions) == once


def test_what_only_tests_need_is_left_out(made):
    assert "assert 1 + 1" not in str(edition_of(made(), solutions=True).cells)
    student = edition_of(made(), solutions=False).cells
    assert "assert 1 + 1" not in str(student) and "x = 3" not in str(student) and len(student) == 3


@pytest.mark.notebooks
def test_running_all_cells_passes_no_exercise(tmp_path):
    path = next(path for path in NOTEBOOKS if path.name.startswith("04"))
    notebook = edition_of(path, solutions=True)
    patient = {"timeout": PATIENCE, "startup_timeout": PATIENCE}
    NotebookClient(notebook, **patient, resources={"metadata": {"path": str(tmp_path)}}).execute()
    said = "".join(text_of(cell) for cell in notebook.cells if cell.cell_type == "code")
    assert said.count("[TO DO]") >= 3 and "[OK]" not in said


# what becomes of the files --------------------------------------------------------------------------------------------


@pytest.fixture
def own(tmp_path):
    """The learner's folder."""
    return tmp_path / "place" / learner.FOLDER


def text_at(path):
    return read_notebook(path).cells[0].source


def touch(path, text="mine"):
    """Do what a learner does: write into a cell, and save."""
    notebook = read_notebook(path)
    notebook.cells[1].source = text
    nbformat.write(notebook, path)


def test_a_copy_that_nobody_touched_is_renewed(made, own):
    assert learner.bring_notebooks([made("old?")], own) == []
    path = own / "03_build.ipynb"
    notebook = read_notebook(path)  # JupyterLab stores more about the language when it opens a notebook
    notebook.metadata["language_info"] = {"name": "python", "version": "3.13"}
    path.write_text(json.dumps(notebook, indent=4))
    assert learner.bring_notebooks([made("new?")], own) == []
    assert text_at(path) == "new?" and [one.name for one in own.glob("*.ipynb")] == ["03_build.ipynb"]


@pytest.mark.parametrize("how", ["written", "run", "broken", "emptied"])
def test_what_a_learner_changed_stays_and_the_newer_version_lies_beside_it(made, own, how):
    learner.bring_notebooks([made("old?")], own)
    path = own / "03_build.ipynb"
    if how == "written":
        touch(path)
    elif how == "run":
        notebook = read_notebook(path)
        notebook.cells[1].outputs = [nbformat.v4.new_output("stream", text="2")]
        nbformat.write(notebook, path)
    else:
        path.write_text("{" if how == "broken" else "")
    mine = path.read_bytes()
    assert learner.bring_notebooks([made("old?")], own) == [], "there is no other version"
    (newer,) = learner.bring_notebooks([made("new?")], own)
    assert newer.name == "03_build-new.ipynb" and text_at(newer) == "new?"
    assert learner.bring_notebooks([made("new?")], own) == [], "told once"
    assert learner.bring_notebooks([made("newest?")], own) == [newer] and text_at(newer) == "newest?"
    touch(newer)
    (third,) = learner.bring_notebooks([made("last?")], own)
    assert third.name == "03_build-new-2.ipynb" and text_at(newer) == "newest?" and path.read_bytes() == mine


def test_a_copy_that_was_deleted_or_renamed_comes_back_fresh(made, own):
    learner.bring_notebooks([made()], own)
    path = own / "03_build.ipynb"
    touch(path)
    path.rename(own / "my try.ipynb")
    assert learner.bring_notebooks([made()], own) == []
    assert read_notebook(path).cells[1].source == "1 + 1"
    assert read_notebook(own / "my try.ipynb").cells[1].source == "mine"


@pytest.mark.parametrize("record", [None, "[", "[1]"])
def test_without_its_record_nothing_is_overwritten(made, own, record):
    learner.bring_notebooks([made("old?"), made("old?", "04_other.ipynb")], own)
    touch(own / "03_build.ipynb")
    (own / learner.RECORD).unlink() if record is None else (own / learner.RECORD).write_text(record)
    newer = learner.bring_notebooks([made("old?"), made("old?", "04_other.ipynb")], own)
    assert [path.name for path in newer] == ["03_build-new.ipynb"]
    assert read_notebook(own / "03_build.ipynb").cells[1].source == "mine"


def test_a_folder_that_cannot_be_written_to_is_told(tmp_path):
    (tmp_path / learner.FOLDER).write_text("in the way")
    with pytest.raises(OSError, match=f"{learner.FOLDER}.*open the course again"):
        learner.bring_copy(tmp_path)


# where it lies, and how it is opened ----------------------------------------------------------------------------------


@pytest.mark.parametrize("closed, expected", [([], "course"), (["course"], "home"), (["course", "home"], "temporary")])
def test_the_copy_lies_where_something_can_be_written(monkeypatch, tmp_path, closed, expected):
    places = {"course": tmp_path / "course", "home": tmp_path / "home", "temporary": tmp_path / "temporary"}
    monkeypatch.setattr(learner, "course_folder", lambda: places["course"])
    monkeypatch.setattr(learner, "expand", lambda path: tmp_path / path.replace("~", "home"))
    monkeypatch.setattr(learner, "temporary_folder", lambda: places["temporary"])
    monkeypatch.setattr(learner, "can_write", lambda path: not any(places[one] in path.parents for one in closed))
    place = learner.find_place()
    assert places[expected] in [place, place.parent]
    told = learner.tell_place(place)
    assert told.startswith(f"Your notebooks are in {place / learner.FOLDER}")
    assert ("since nothing can be written" in told) == (expected != "course")
    assert ("may be gone tomorrow" in told) == (expected == "temporary")
    monkeypatch.setattr(learner, "course_folder", lambda: None)  # a wheel
    assert places["home" if expected == "course" else expected] == learner.find_place().parent


@pytest.mark.parametrize("elsewhere", [True, False])
def test_links_lead_somewhere(monkeypatch, tmp_path, elsewhere):
    """In the course's own folder, and in one that has nothing but the copy."""
    if elsewhere:
        assert learner.bring_copy(tmp_path) == []
    else:
        monkeypatch.setattr(learner, "course_folder", lambda: tmp_path)
        shutil.copytree(ROOT / "data", tmp_path / "data", ignore=shutil.ignore_patterns("*.zip", "*.npz"))
        learner.bring_copy(tmp_path)
    paths = sorted((tmp_path / learner.FOLDER).glob("*.ipynb"))
    assert [path.name for path in paths] == [path.name for path in NOTEBOOKS]
    links = {link for path in paths for cell in cells_of(path) for link in LINKS.findall(cell.source)}
    near = {link for link in links if "://" not in link and cell_link(link)}
    assert any(link.startswith("../data/") for link in near) and len(near) > len(NOTEBOOKS)
    for link in near:
        assert (tmp_path / learner.FOLDER / link).exists(), link


def cell_link(link):
    """Brackets in code look like links, too."""
    return re.fullmatch(r"[\w./-]+\.\w+", link)


def test_open_tells_where_the_copy_is_and_starts_jupyterlab_there(monkeypatch, tmp_path, capsys):
    from jupyterlab.labapp import LabApp

    started = []
    monkeypatch.setattr(LabApp, "launch_instance", started.append)
    monkeypatch.setattr(learner, "find_place", lambda: tmp_path)
    monkeypatch.setattr(sys, "argv", ["course", "open", "--", "--port=9", "--log-level=DEBUG"])
    commands.main()
    told = capsys.readouterr().out
    assert str(tmp_path / learner.FOLDER) in told and "since nothing can be written to the course's own" in told
    assert f"--ServerApp.root_dir={tmp_path}" in started[0] and started[0][-2:] == ["--port=9", "--log-level=DEBUG"]
    page = next(word for word in started[0] if word.startswith("--LabApp.default_url=/lab/tree/"))
    assert (tmp_path / page.split("/lab/tree/")[1]).is_file()
    assert "--log-level=WARN" not in started[0], "JupyterLab stops at an option that is there twice"
    touch(tmp_path / learner.FOLDER / NOTEBOOKS[0].name)
    (tmp_path / learner.FOLDER / learner.RECORD).write_text("{}")
    commands.open_copy(argparse.Namespace(words=[]))
    (line,) = [line for line in capsys.readouterr().out.splitlines() if "newer version" in line]
    assert line.endswith(f"{NOTEBOOKS[0].stem}-new.ipynb.")


@pytest.fixture(scope="module")
def set_up():
    return runpy.run_path(str(ROOT / "tools" / "setup_course.py"))


@pytest.fixture
def settings(set_up, monkeypatch, tmp_path):
    """What the set-up tells JupyterLab."""
    monkeypatch.setitem(set_up["write_settings"].__globals__, "ENVIRONMENT", tmp_path / "env")
    set_up["write_settings"]()
    return tmp_path / "env" / "share" / "jupyter" / "lab" / "settings"


def test_the_set_up_opens_the_copy(set_up, settings, monkeypatch):
    called = []
    monkeypatch.setitem(set_up["open_lab"].__globals__, "run", lambda *words, **variables: called.append(words))
    (settings / "overrides.json").unlink()  # as in an environment of before
    set_up["open_lab"]("--port=9")
    set_up["open_lab"]("--", "--port=9")
    assert called[0] == called[1] and called[0][1:] == ("-m", "course_utils", "open", "--", "--port=9")
    assert (settings / "overrides.json").exists()


def test_the_settings_are_ones_that_jupyterlab_has(settings):
    schemas = os.path.join(sys.prefix, "share", "jupyter", "lab", "schemas")
    for plugin, values in json.loads((settings / "overrides.json").read_text()).items():
        name, part = plugin.split(":")
        with open(os.path.join(schemas, *name.split("/"), f"{part}.json"), encoding="utf-8") as file:
            known = json.load(file)["properties"]
        assert set(values) <= set(known), plugin


@pytest.fixture
def address(settings, tmp_path):
    """JupyterLab on a copy, with the options and settings that ``open`` gives it."""
    learner.bring_copy(tmp_path)
    (port,) = free_ports()
    words = ["--no-browser", "--ip=127.0.0.1", f"--port={port}", "--IdentityProvider.token="]
    words = commands._options_of_lab(tmp_path / learner.FOLDER, [*words, f"--LabApp.app_settings_dir={settings}"])
    environ = {**os.environ, "JUPYTER_CONFIG_DIR": str(tmp_path / "config")}
    environ |= {f"JUPYTERLAB_{name}_DIR": str(tmp_path / name) for name in ("SETTINGS", "WORKSPACES")}
    with open(tmp_path / "log", "w") as log:
        server = subprocess.Popen([sys.executable, "-m", "jupyterlab", *words], env=environ, stdout=log, stderr=log)
    try:
        address = f"http://127.0.0.1:{port}"
        wait_until(lambda: requests.get(f"{address}/api", timeout=PATIENCE).ok, server, tmp_path / "log")
        yield address
    finally:
        server.terminate()
        server.wait(PATIENCE)


@pytest.fixture
def page(browser):
    with browser.new_context(viewport={"width": 1000, "height": 1500}) as context:
        context.set_default_timeout(PATIENCE * 1000)
        context.add_init_script(LATE_WIDGETS)
        yield context.new_page()


def run_through(panel, first, last):
    """Shift and Enter, from one cell to another. They run in turn, so that waiting for the last one is enough."""
    for place in range(first, last + 1):
        expect(panel.locator(f'.jp-Cell.jp-mod-active[data-windowed-list-index="{place}"]')).to_be_attached()
        panel.page.keyboard.press("Shift+Enter")


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason=NO_BROWSER)
def test_shift_and_enter_through_an_exercise_and_on_to_the_next_notebook(page, address, tmp_path):
    """The solution stays folded, and the kernel of a notebook ends with its tab."""
    path = tmp_path / learner.FOLDER / "04_one_hot_encoding.ipynb"
    code = [(place, cell) for place, cell in enumerate(cells_of(path)) if cell.cell_type == "code"]
    exercise = next(place for place, cell in code if "exercise" in tags(cell))
    after = next(place for place, cell in code if place > exercise and not is_folded(cell))

    def running():
        sessions = requests.get(f"{address}/api/sessions", timeout=PATIENCE).json()
        return sorted(session["name"][:2] for session in sessions)

    panel = page.locator(".jp-NotebookPanel:not(.lm-mod-hidden)")
    idle = page.get_by_text("Python 3 (ipykernel) | Idle")
    page.goto(f"{address}/lab/tree/{learner.FOLDER}/{path.name}")
    idle.wait_for()
    panel.locator(".jp-Cell").first.click()
    run_through(panel, 0, exercise)
    panel.get_by_text("[TO DO]").first.wait_for()
    run_through(panel, exercise + 1, after)  # the solution's cell is among them
    ran = panel.locator(f'.jp-Cell[data-windowed-list-index="{after}"] .jp-InputPrompt')
    expect(ran).to_have_text(re.compile(r"\[\d+\]:"))
    solution = panel.locator("details", has_text="Solution").first
    expect(solution.locator("pre")).to_be_hidden()
    expect(panel.get_by_text("[OK]")).to_have_count(0)
    solution.locator("summary").click()
    solution.locator("pre").wait_for()
    panel.get_by_role("link", name="03 Build the pipeline").first.click()
    wait_until(lambda: running() == ["03", "04"])
    panel.get_by_role("heading", name="03 Build the pipeline").wait_for()
    # a tab that is closed before its kernel has started leaves it behind
    panel.locator('.jp-Notebook-ExecutionIndicator[data-status="idle"]').wait_for(state="attached")
    tab = page.locator("#jp-main-dock-panel .lm-TabBar-tab", has_text="03_build")
    tab.locator(".lm-TabBar-tabCloseIcon").click()
    discard = page.get_by_role("button", name="Discard")

    def ended():
        if discard.count():  # JupyterLab asks, since it noted the language's version when it opened the notebook
            discard.click()
            discard.wait_for(state="detached")
        return running() == ["04"]

    wait_until(ended)
