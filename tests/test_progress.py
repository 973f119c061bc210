"""Progress: noted only where the learner's COURSE_PROGRESS says so, and shown to an instructor."""

import json
import os
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
from helpers import run_course

from course_utils import check, check_setup
from course_utils.checks import notes
from course_utils.classroom import progress
from course_utils.classroom.commands import show_progress


@pytest.fixture
def noted(tmp_path, monkeypatch):
    """A file of the test's own, about which nothing has been said yet."""
    monkeypatch.setenv("COURSE_PROGRESS", str(tmp_path / "class" / "ann.jsonl"))
    monkeypatch.setenv("JUPYTERHUB_USER", "ann")
    return tmp_path / "class" / "ann.jsonl"


def show(*words):
    return run_course("progress", *words)


def test_it_is_off_by_default(noted, monkeypatch, capsys, tmp_path):
    monkeypatch.delenv("COURSE_PROGRESS")
    check("accuracy", 1, 1)
    assert capsys.readouterr().out == "[OK] accuracy: 1\n" and not list(tmp_path.iterdir())


def test_it_is_said_once_and_noted(noted, capsys):
    check("accuracy", ..., 1)
    check("accuracy", 2, 1)
    check("accuracy", 1, 1)
    assert capsys.readouterr().out.count(f"Progress is on: {noted} notes") == 1
    notes = [json.loads(line) for line in noted.read_text().splitlines()]
    assert [note["outcome"] for note in notes] == ["to do", "not passed", "passed"]
    assert {note["student"] for note in notes} == {"ann"} and set(notes[0]) == {"time", "student", "check", "outcome"}


def test_the_check_of_the_set_up_says_it_first(noted, capsys):
    check_setup()
    assert capsys.readouterr().out.startswith("Progress is on: ")


def test_a_file_that_cannot_be_written_stops_nobody(noted, capsys):
    noted.parent.write_text("in the way")
    check("accuracy", 1, 1)
    check("accuracy", 1, 1)
    words = capsys.readouterr().out
    assert words.count("[OK]") == 2 and words.count("can't be noted there") == 1


def test_many_at_once_lose_no_line(noted):
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda number: notes.note(f"check {number}", "passed"), range(300)))
    assert len({json.loads(line)["check"] for line in noted.read_text().splitlines()}) == 300


def test_every_exercise_is_known_by_checks_of_its_own():
    checks = [name for exercise in progress.exercises() for name in exercise.checks]
    assert len(checks) == len(set(checks)) and all(exercise.checks for exercise in progress.exercises())


def test_the_instructor_sees_who_is_where(noted, monkeypatch, capsys):
    check("numbers in the photo", 3, 3)
    check("the picture", 2, 1)
    monkeypatch.setenv("JUPYTERHUB_USER", "ben")
    monkeypatch.setenv("COURSE_PROGRESS", str(noted.parent / "ben" / "notes.jsonl"))
    check("numbers in the photo", ..., 3)
    done = show(noted.parent)
    assert done.returncode == 0 and not done.stderr
    students, exercises = [[line.split() for line in part.splitlines()] for part in done.stdout.split("\n\n")]
    total = len(progress.exercises())
    assert students[1][:4] == ["ann", "1/3", "0/3", f"1/{total}"]
    assert students[2][:4] == ["ben", "0/3", "0/3", f"0/{total}"] and "to do" in done.stdout.splitlines()[2]
    assert exercises[1][3:7] == ["1", "0", "1", "0"] and exercises[2][3:7] == ["0", "1", "0", "1"]
    capsys.readouterr()
    show_progress(SimpleNamespace(places=[noted.parent], json=True))
    assert json.loads(capsys.readouterr().out)["ann"][0]["outcome"] == "passed"


def test_what_cannot_be_read_is_named_and_costs_only_itself(noted, tmp_path):
    check("accuracy", 1, 1)
    with open(noted, "a") as file:
        file.write("half a li\n" + json.dumps({"time": "", "student": "x", "check": "y", "outcome": "?"}) + "\n")
    done = show(noted, tmp_path / "nowhere.jsonl", os.fspath(tmp_path))
    assert done.returncode == 1 and "ann" in done.stdout and "x  " not in done.stdout
    assert "ann.jsonl, line 2: not a note of a check (2 such lines)" in done.stderr
    assert "nowhere.jsonl: can't be read" in done.stderr


def test_an_exercise_counts_as_its_worst_check(noted, monkeypatch):
    both = progress.Exercise("03", 2, ("the picture", "its type"))
    monkeypatch.setattr(progress, "exercises", lambda: (both,))
    for outcome in ("to do", "not passed", "passed"):
        check("the picture", 1, 1)
        check("its type", ... if outcome == "to do" else 1 if outcome == "passed" else 2, 1)
        assert progress.outcomes(progress.read_notes([noted])[0]) == {"ann": {both: outcome}}
