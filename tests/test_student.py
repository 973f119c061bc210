"""The student edition: no solution survives, and all else does. That it runs to its end is tested in test_alone.py."""

import json
import re
import subprocess
import sys

import pytest
from helpers import NOTEBOOKS, ROOT, read_notebook, solved, tags, text_of

from course_utils.classroom.editions import edition_of
from course_utils.classroom.student import write_student_edition

NAMES = [path.name for path in NOTEBOOKS]


@pytest.fixture(scope="module")
def student(tmp_path_factory):
    folder = tmp_path_factory.mktemp("desk") / "student"
    assert write_student_edition(folder) == NAMES
    return folder


def both(student, name):
    """The cells of a notebook in the full and in the student edition."""
    return [read_notebook(root / "notebooks" / name).cells for root in (ROOT, student)]


@pytest.mark.parametrize("name", NAMES)
def test_it_is_the_learners_copy_without_solutions(student, name):
    """What becomes of the other cells is tested in test_learner_copy.py."""
    full, cells = both(student, name)
    assert len(cells) < len(full) and not any("solution" in tags(cell) for cell in cells)
    copy = edition_of(ROOT / "notebooks" / name, solutions=True).cells
    assert cells == [cell for cell in copy if "solution" not in tags(cell)]


@pytest.mark.parametrize("name", ["course_utils", "data"])
def test_the_package_is_whole(student, name):
    files = [path.relative_to(ROOT) for path in (ROOT / name).rglob("*") if path.is_file()]
    assert len(files) > 40
    kept = [path for path in files if not any(re.match(r"\.|__pycache__$", part) for part in path.parts)]
    assert not [path for path in kept if not (student / path).is_file()]


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
