"""Where is the class? Reads what the checks have noted, where ``COURSE_PROGRESS`` named a file (notebook 00)."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import NamedTuple

from ..checks.notes import OUTCOMES, Note
from ..files import notebooks


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
        The notes, and a line for each file or line that could not be read.
    """
    notes: list[Note] = []
    problems: list[str] = []
    for place in places:
        files = [place]
        if place.is_dir():
            closed = [folder for folder in place.glob("*/") if not os.access(folder, os.R_OK | os.X_OK)]
            problems += [f"{folder}: this folder may not be read" for folder in closed]
            files = [file for file in sorted([*place.glob("*.jsonl"), *place.glob("*/*.jsonl")]) if file.is_file()]
            if not files:
                problems.append(f"{place}: no .jsonl file in this folder, nor one level below")
        for file in files:
            try:
                lines = file.read_text(encoding="utf-8").splitlines()
            except (OSError, UnicodeDecodeError) as error:
                problems.append(f"{file}: can't be read ({error})")
                continue
            read = [_read_note(line) for line in lines]
            notes += filter(None, read)
            if None in read:
                number, count = read.index(None) + 1, read.count(None)
                problems.append(f"{file}, line {number}: not a note of a check ({count} such lines)")
    return notes, problems


def _read_note(line: str) -> Note | None:
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
