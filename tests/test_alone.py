"""Each notebook alone, as on Colab or Kaggle: in an empty folder, with the wheel, and in its student edition."""

import ast
import re

import pytest
from helpers import NOTEBOOKS, PATIENCE, ROOT, read_notebook, solved, text_of
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell
from test_wheel import PLACE, checkout, installed, wheel  # noqa: F401

from course_utils.classroom.editions import edition_of

pytestmark = [pytest.mark.hub, pytest.mark.notebooks, pytest.mark.alone]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_alone_and_each_solution_passes(path, installed, tmp_path, monkeypatch):  # noqa: F811
    """In the student edition. After each exercise its solution is tried in a copy of the notebook's names: what
    follows runs without it."""
    filled = {one.id: fill(one.source, solution.source) for one, solution in solved(read_notebook(path).cells)}
    notebook = edition_of(path, solutions=False)
    cells, notebook.cells = notebook.cells, [new_code_cell(f"{PLACE}\nassert {str(ROOT)!r} not in sys.path")]
    for cell in cells:
        notebook.cells.append(cell)
        if cell.id in filled:
            notebook.cells.append(new_code_cell(f"exec({filled[cell.id]!r}, dict(globals()))"))
    monkeypatch.setenv("JUPYTER_PATH", installed.variables["JUPYTER_PATH"])
    resources = {"metadata": {"path": str(tmp_path)}}
    patient = {"timeout": PATIENCE, "startup_timeout": PATIENCE}
    NotebookClient(notebook, **patient, kernel_name="alone", resources=resources).execute()
    assert text_of(notebook.cells[0]).startswith(str(installed.packages))
    for cell, after in zip(notebook.cells, notebook.cells[1:], strict=False):
        if cell.get("id") in filled:
            checks = cell.source.count("check(")
            assert re.findall(r"^\[.*?\]", text_of(cell), re.M) == ["[TO DO]"] * checks
            assert re.findall(r"^\[.*?\]", text_of(after), re.M) == ["[OK]"] * checks, text_of(after)


def fill(exercise, solution):
    """Put a solution where the exercise has its ``...``, as a student would."""
    answer = [statement for statement in ast.parse(solution).body if not is_check(statement)]
    names = set().union(*map(defined, answer))
    body = []
    for statement in ast.parse(exercise).body:
        bare = isinstance(statement, ast.Expr) and is_open(statement) and not is_check(statement)
        if bare or defined(statement) & names:
            body, answer = body + answer, []
        else:
            body.append(statement)
    assert not answer, "the exercise has no place for this solution"
    return "\n".join(map(ast.unparse, body))


def is_check(statement):
    call = getattr(statement, "value", None)
    return isinstance(call, ast.Call) and getattr(call.func, "id", "") == "check"


def defined(statement):
    """The names that a statement defines."""
    targets = getattr(statement, "targets", [statement])
    return {getattr(target, "id", None) or getattr(target, "name", None) for target in targets} - {None}


def is_open(statement):
    return any(isinstance(node, ast.Constant) and node.value is ... for node in ast.walk(statement))
