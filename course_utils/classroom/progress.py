"""Where is the class? Reads what the checks have noted, where ``COURSE_PROGRESS`` named a file (notebook 00)."""

from __future__ import annotations

import io
import json
import os
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import NamedTuple

from ..checks.notes import OUTCOMES, Note
from ..files import notebooks
from ..pictures.shown import reason_of
from ..settings import printable
from .regular import leads_out, open_regular

LARGEST = 16_000_000  # bytes of a file: a class of thirty that tries every check five times makes 2 MB
LONGEST_LINE = 1000  # bytes
MOST_WRONG = 1000  # lines of a file
MOST_NOTES = 100_000  # that differ by more than their time


class Exercise(NamedTuple):
    """An exercise of a notebook, with the names of its checks."""

    notebook: str  # its number, such as "05"
    number: int
    checks: tuple[str, ...]


@cache
def exercises() -> tuple[Exercise, ...]:
    """List the exercises of all notebooks.

    Returns
    -------
    tuple of Exercise
        In their order.
    """
    import nbformat

    found = []
    for path in notebooks():
        cells = nbformat.read(path, as_version=4).cells
        sources = [cell.source for cell in cells if "exercise" in cell.metadata.get("tags", [])]
        for number, source in enumerate(sources, 1):
            found.append(Exercise(path.name[:2], number, tuple(re.findall(r'\bcheck\(\s*"([^"]+)"', source))))
    return tuple(found)


def read_notes(places: Iterable[Path]) -> tuple[list[Note], list[str]]:
    """Read the notes of a class.

    Parameters
    ----------
    places : iterable of pathlib.Path
        Files of notes, or folders: of these, all ``.jsonl`` files in them and one level below.

    Returns
    -------
    (list of Note, list of str)
        The notes: of those that differ by their time only, the latest. And a line for each file or line that could not
        be read. What is no regular file, lies elsewhere or is larger than notes are is not read.
    """
    notes: dict[tuple[str, ...], Note] = {}
    problems: list[str] = []
    for place in places:
        files = _list_files(place, problems) if os.path.isdir(place) else [place]
        for file in files:
            try:
                problems += _read_file(file, notes)
            except (OSError, ValueError) as error:
                problems.append(f"{file}: can't be read ({reason_of(error)})")
    return list(notes.values()), [printable(problem) for problem in problems]


def _list_files(place: Path, problems: list[str]) -> list[Path]:
    """The files of notes in a folder and one level below; what is to be said of the others."""
    elsewhere = {path for path in (*place.glob("*.jsonl"), *place.glob("*/")) if leads_out(path, place)}
    inner = [folder for folder in place.glob("*/") if folder not in elsewhere and folder.is_dir()]
    closed = [folder for folder in inner if not os.access(folder, os.R_OK | os.X_OK)]
    problems += [f"{folder}: this folder may not be read" for folder in closed]
    found = [*place.glob("*.jsonl"), *(file for folder in inner for file in folder.glob("*.jsonl"))]
    elsewhere |= {file for file in found if leads_out(file, place)}
    problems += [f"{path}: skipped, since it is a link to elsewhere" for path in sorted(elsewhere)]
    if not found:
        problems.append(f"{place}: no .jsonl file in this folder, nor one level below")
    return sorted(set(found) - elsewhere)


def _read_file(path: Path, notes: dict[tuple[str, ...], Note]) -> list[str]:
    """Add the notes of a file to the others; what is to be said of its lines."""
    with open_regular(path) as file:
        content = file.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise ValueError(f"it has more than {LARGEST / 1e6:.0f} MB; notes of a class have less")
    first, count = 0, 0
    for number, line in enumerate(io.BytesIO(content), 1):
        one = _read_note(line)
        if one is None:
            first, count = first or number, count + 1
            if count > MOST_WRONG:
                raise ValueError(
                    f"more than {MOST_WRONG} lines are not notes of checks, line {first} the first of them"
                )
            continue
        key = one.student, one.check, one.outcome
        before = notes.pop(key, one)
        notes[key] = max(before, one, key=lambda note: note.time)
        if len(notes) > MOST_NOTES:
            raise ValueError(f"there are more than {MOST_NOTES:,} different notes; no class has so many")
    return [f"{path}, line {first}: not a note of a check ({count} such lines)"] if count else []


def _read_note(line: bytes) -> Note | None:
    if len(line) > LONGEST_LINE:
        return None
    try:
        entry = json.loads(line)
        one = Note(*(str(entry[field]) for field in Note._fields))
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return one if one.outcome in OUTCOMES and all(map(str.isprintable, one)) else None


def outcomes(notes: Iterable[Note]) -> dict[str, dict[Exercise, str]]:
    """Say for each student how each exercise went.

    Parameters
    ----------
    notes : iterable of Note
        From ``read_notes``.

    Returns
    -------
    dict of str to dict of Exercise to str
        Of the exercises that a student has reached: a check counts at its best, an exercise as its worst check.
    """
    best: dict[str, dict[str, str]] = {}
    for one in notes:
        checks = best.setdefault(one.student, {})
        checks[one.check] = min(checks.get(one.check, one.outcome), one.outcome, key=OUTCOMES.index)
    return {
        student: {
            exercise: max((checks.get(name, "to do") for name in exercise.checks), key=OUTCOMES.index)
            for exercise in exercises()
            if any(name in checks for name in exercise.checks)
        }
        for student, checks in sorted(best.items())
    }


def describe(notes: list[Note]) -> str:
    """Lay out an instructor's view: a line per student, then a line per exercise that somebody has reached.

    Parameters
    ----------
    notes : list of Note
        From ``read_notes``.

    Returns
    -------
    str
        Two tables.
    """
    by_student = outcomes(notes)
    reached = [exercise for exercise in exercises() if any(exercise in results for results in by_student.values())]
    last = {one.student: one for one in sorted(notes, key=lambda one: one.time)}
    where = {name: f"{one.notebook}, exercise {one.number}" for one in exercises() for name in one.checks}
    numbers = sorted({exercise.notebook for exercise in reached})
    students = [["student", *numbers, "passed", "at", "", "UTC"]]
    for student, results in by_student.items():
        passed = [exercise for exercise, outcome in results.items() if outcome == "passed"]
        counts = [
            f"{sum(exercise.notebook == number for exercise in passed)}"
            f"/{sum(exercise.notebook == number for exercise in exercises())}"
            for number in numbers
        ]
        at = last[student]
        place = where.get(at.check, at.check)
        students.append([student, *counts, f"{len(passed)}/{len(exercises())}", place, at.outcome, at.time[11:16]])
    classes = [["exercise", *OUTCOMES, "not reached", "checks"]]
    for exercise in reached:
        reached_by = [results.get(exercise) for results in by_student.values()]
        counts = [str(reached_by.count(outcome)) for outcome in (*OUTCOMES, None)]
        classes.append([f"{exercise.notebook}, exercise {exercise.number}", *counts, ", ".join(exercise.checks)])
    return _table(students) + "\n\n" + _table(classes)


def _table(rows: list[list[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join(lines)
