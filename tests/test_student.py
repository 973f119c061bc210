"""The student edition: no solution survives, it runs to the end, and each solution turns its check to passed."""

import ast
import json
import re
import subprocess
import sys

import nbformat
import pytest
from helpers import ROOT
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell

from course_utils.classroom.student import write_student_edition

NAMES = sorted(path.name for path in (ROOT / "notebooks").glob("*.ipynb"))


def tags(cell):
    return cell.metadata.get("tags", [])


def text_of(cell):
    return "".join(output.get("text", "") for output in cell.outputs)


@pytest.fixture(scope="module")
def student(tmp_path_factory):
    folder = tmp_path_factory.mktemp("desk") / "student"
    assert write_student_edition(folder) == NAMES
    return folder


def both(student, name):
    """The cells of a notebook in the full and in the student edition."""
    return [nbformat.read(root / "notebooks" / name, as_version=4).cells for root in (ROOT, student)]


def solved(full):
    """Pairs of an exercise's cell and its solution's."""
    return [(cell, after) for cell, after in zip(full, full[1:], strict=False) if "exercise" in tags(cell)]


def is_check(statement):
    call = getattr(statement, "value", None)
    return isinstance(call, ast.Call) and getattr(call.func, "id", "") == "check"


def defined(statement):
    """The names that a statement defines."""
    targets = getattr(statement, "targets", [statement])
    return {getattr(target, "id", None) or getattr(target, "name", None) for target in targets} - {None}


def is_open(statement):
    return any(isinstance(node, ast.Constant) and node.value is ... for node in ast.walk(statement))


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


@pytest.mark.parametrize("name", NAMES)
def test_only_solutions_and_answers_are_gone(student, name):
    full, cells = both(student, name)
    kept = [cell for cell in full if "solution" not in tags(cell)]
    assert len(kept) < len(full) and len(kept) == len(cells)
    for before, after in zip(kept, cells, strict=True):
        assert after.source == before.source and after.metadata == before.metadata
        if before.cell_type == "code":
            assert after.outputs == ([] if "reveal" in tags(before) else before.outputs)
    assert any(before.get("outputs") and not after.outputs for before, after in zip(kept, cells, strict=True))


@pytest.mark.parametrize("name", NAMES)
def test_no_solution_survives(student, name):
    full, cells = both(student, name)
    everything = (student / "notebooks" / name).read_text(encoding="utf-8")
    given = {line for cell in full if "solution" not in tags(cell) for line in cell.source.splitlines()}
    assert "# Solution" not in everything
    for _, solution in solved(full):
        own = [line for line in solution.source.splitlines()[1:] if line and line not in given]
        assert own
        for line in own:
            assert json.dumps(line, ensure_ascii=False)[1:-1] not in everything, line
        for answer in re.findall(r"^\[OK\] [^:]*: '?([^'\n]{4,})'?$", text_of(solution), re.M):
            assert not any(answer in str(cell.get("outputs", "")) for cell in cells), answer


@pytest.mark.parametrize("name", NAMES)
def test_it_runs_to_the_end_and_each_solution_passes(student, name, real_files):
    """After each exercise its solution is tried in a copy of the notebook's names: what follows runs without it."""
    full, cells = both(student, name)
    filled = {exercise.id: fill(exercise.source, solution.source) for exercise, solution in solved(full)}
    notebook = nbformat.read(student / "notebooks" / name, as_version=4)
    notebook.cells = []
    for cell in cells:
        notebook.cells.append(cell)
        if cell.id in filled:
            notebook.cells.append(new_code_cell(f"exec({filled[cell.id]!r}, dict(globals()))"))
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": student / "notebooks"}}).execute()
    for cell, after in zip(notebook.cells, notebook.cells[1:], strict=False):
        if cell.get("id") in filled:
            checks = cell.source.count("check(")
            assert re.findall(r"^\[.*?\]", text_of(cell), re.M) == ["[TO DO]"] * checks
            assert re.findall(r"^\[.*?\]", text_of(after), re.M) == ["[OK]"] * checks, text_of(after)


def test_a_folder_in_use_is_left_alone(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(ValueError, match="not empty"):
        write_student_edition(tmp_path)
    with pytest.raises(ValueError, match="inside the course's own folder"):
        write_student_edition(ROOT / "student")
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_the_readme_has_no_words_for_instructors_and_its_links_resolve(student):
    readme = (student / "README.md").read_text(encoding="utf-8")
    assert "for instructors" not in readme and "instructor.md" not in readme
    for target in re.findall(r"\]\(([^)]+)\)", readme):
        assert (student / target).exists(), target


def test_the_command(tmp_path):
    def command(*words):
        words = [sys.executable, "-m", "course_utils", "student", *map(str, words)]
        return subprocess.run(words, cwd=ROOT, capture_output=True, text=True)

    done = command(tmp_path / "student")
    assert done.returncode == 0 and f"{len(NAMES)} notebooks" in done.stdout
    again = command(tmp_path / "student")
    assert again.returncode == 1 and "is not empty" in again.stderr and "Traceback" not in again.stderr


def test_it_has_no_tests_and_says_so(student):
    words = [sys.executable, student / "tools" / "course.py", "test"]
    done = subprocess.run(words, capture_output=True, text=True)
    assert done.returncode == 1 and "student edition has no tests" in done.stderr and not (student / ".venv").exists()
