"""The rules that every notebook keeps, where a program can check them."""

import re
import statistics
import subprocess
import sys

import nbformat
import pytest

from course_utils.assets import ROOT

PATHS = sorted((ROOT / "notebooks").glob("*.ipynb"))
LOCAL_PATH = re.compile(r"(/home/|/root/|/tmp/|/Users/|/work/|[A-Z]:\\\\)")


def tags(cell):
    return cell.metadata.get("tags", [])


def bullets(text):
    return re.findall(r"^[-*] ", text, re.M)


@pytest.fixture(params=PATHS, ids=lambda path: path.stem)
def notebook(request):
    return nbformat.read(request.param, as_version=4)


@pytest.fixture
def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def test_notebooks_are_numbered_once():
    numbers = [path.stem[:2] for path in PATHS]
    assert numbers and len(set(numbers)) == len(numbers) and all(number.isdigit() for number in numbers)


def test_first_cell_has_goals_and_time(notebook):
    first = notebook.cells[0].source
    assert first.startswith("# ") and "You will" in first and "minutes" in first and "seconds" in first
    assert len(bullets(first)) >= 2


def test_last_cell_mirrors_the_goals(notebook):
    goals = notebook.cells[0].source.split("You will")[1].split("**Builds on")[0]
    recap = notebook.cells[-1].source
    assert recap.startswith("## Recap") and len(bullets(recap)) == len(bullets(goals))


def test_cells_are_short(code_cells):
    assert statistics.median(len(cell.source.splitlines()) for cell in code_cells) <= 6


def test_exercises_have_a_check_a_hint_and_a_folded_solution(notebook):
    cells = notebook.cells
    exercises = [index for index, cell in enumerate(cells) if "exercise" in tags(cell)]
    assert len(exercises) >= 3
    for index in exercises:
        assert "check(" in cells[index].source and "..." in cells[index].source
        assert "<summary>Hint</summary>" in cells[index - 1].source
        solution = cells[index + 1]
        assert "solution" in tags(solution) and solution.metadata["jupyter"]["source_hidden"]
        assert "[OK]" in str(solution.outputs) and "[TO DO]" in str(cells[index].outputs)


def test_links_resolve(notebook):
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            for target in re.findall(r"\]\(([^)#]+)", cell.source):
                assert target.startswith("https://") or (ROOT / "notebooks" / target).exists(), target


def test_every_code_cell_was_executed_in_order(code_cells):
    assert [cell.execution_count for cell in code_cells] == list(range(1, len(code_cells) + 1))


def test_outputs_are_clean(notebook, code_cells):
    assert len(nbformat.writes(notebook)) < 500_000
    for cell in code_cells:
        assert "execution" not in cell.metadata
        assert not LOCAL_PATH.search(cell.source + str(cell.outputs))
        assert not any(o.get("name") == "stderr" or o.output_type == "error" for o in cell.outputs)
        for picture in re.findall(r"<img [^>]*>", str([o.get("data") for o in cell.outputs])):
            assert re.search(r'alt="[^"]{10,}', picture)
        assert not any("image/png" in o.get("data", {}) for o in cell.outputs), "show(figure, alt) gives alt text"


def test_no_photos_are_stored(code_cells):
    for cell in code_cells:
        if "shows-photos" in tags(cell):
            assert "base64" not in str(cell.outputs)
        elif any("<img" in str(o) for o in cell.outputs):
            assert not re.search(r"drum_path|pexels_folder|contact_sheet", cell.source)


def test_prose_keeps_its_voice(notebook):
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            prose = re.sub(r"```.*?```|`[^`]*`|!\[", "", cell.source, flags=re.S)
            assert "!" not in prose, cell.source


def test_ruff_finds_nothing():
    for words in (["check"], ["format", "--check"]):
        done = subprocess.run([sys.executable, "-m", "ruff", *words, str(ROOT)], capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
