"""Progress: noted only where the learner's COURSE_PROGRESS says so, and shown to an instructor."""

import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
from helpers import PATIENCE, ROOT, run_course, run_python

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


# what stands in a folder that students can write to -------------------------------------------------------------------

LIMITED = """
import sys
if sys.platform == "linux":
    import resource
    resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
from course_utils.commands import main
main()
"""


def show_limited(*places):
    """The command in a process with a gigabyte of memory, which may not take for ever."""
    return run_python("-c", LIMITED, "progress", *places, cwd=ROOT, timeout=PATIENCE)


def line_of(**changes):
    entry = {"time": "2026-11-25T10:00:00+00:00", "student": "ann", "check": "accuracy", "outcome": "passed"}
    return json.dumps(entry | changes) + "\n"


@pytest.fixture
def room(tmp_path):
    """A folder with the notes of one student."""
    (tmp_path / "class" / "ann").mkdir(parents=True)
    (tmp_path / "class" / "ann" / "notes.jsonl").write_text(line_of())
    return tmp_path / "class"


def told_of(done):
    """What is said of each file."""
    return dict(line.rsplit("jsonl", 1) for line in done.stderr.splitlines())


def test_large_files_folders_and_long_lines_are_skipped(room):
    with open(room / "large.jsonl", "wb") as file:
        file.write(line_of(student="large").encode())
        file.truncate(20_000_000 if sys.platform == "win32" else 5_000_000_000)  # of these, a disk holds the first line
    (room / "folder.jsonl").mkdir()
    (room / "long.jsonl").write_text("[" * 9_000_000 + "\n" + line_of(student="long"))
    (room / "empty.jsonl").write_text("\n" * 15_000_000)
    done = show_limited(room)
    told = {name.rpartition(os.sep)[2]: words for name, words in told_of(done).items()}
    assert told == {
        "large.": ": can't be read (it has more than 16 MB; notes of a class have less)",
        "folder.": ": can't be read (it is a folder; expected a file)",
        "long.": ", line 1: not a note of a check (1 such lines)",
        "empty.": ": can't be read (more than 1000 lines are not notes of checks, line 1 the first of them)",
    }
    assert done.returncode == 1 and "ann " in done.stdout and "long " in done.stdout and "large " not in done.stdout


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with names here")
def test_pipes_devices_and_links_to_elsewhere_are_skipped(room, tmp_path):
    (tmp_path / "private").mkdir()
    (tmp_path / "private" / "notes.jsonl").write_text(line_of(student="private"))
    os.mkfifo(room / "pipe.jsonl")
    (room / "device.jsonl").symlink_to("/dev/zero")
    (room / "link.jsonl").symlink_to(tmp_path / "private" / "notes.jsonl")
    (room / "away").symlink_to(tmp_path / "private")
    (room / "circle.jsonl").symlink_to(room / "circle.jsonl")
    (room / "again.jsonl").symlink_to(room / "ann" / "notes.jsonl")
    done = show_limited(room, room / "pipe.jsonl", "/dev/zero")
    told = dict(line.removeprefix(f"{room}/").split(": ", 1) for line in done.stderr.splitlines())
    pipe = "can't be read (it is a pipe or a device; expected a file)"
    away = "skipped, since it is a link to elsewhere"
    assert told.pop("circle.jsonl").startswith("can't be read")
    assert told == {"pipe.jsonl": pipe, "/dev/zero": pipe, "device.jsonl": away, "link.jsonl": away, "away": away}
    assert done.returncode == 1 and "ann " in done.stdout and "private " not in done.stdout


def test_there_is_an_end_to_the_notes_that_are_kept(room, monkeypatch):
    monkeypatch.setattr(progress, "MOST_NOTES", 50)
    (room / "many.jsonl").write_text("".join(line_of(check=f"check {number}") for number in range(100)))
    found, problems = progress.read_notes([room])
    assert len(found) < 55 and "there are more than 50 different notes" in problems[0]


def test_the_latest_of_many_tries_is_kept(room):
    times = ["2026-11-25T10:00:00+00:00", "2026-11-25T12:00:00+00:00", "2026-11-25T11:00:00+00:00"]
    (room / "ann" / "notes.jsonl").write_text("".join(line_of(time=time) for time in times * 1000))
    found, problems = progress.read_notes([room])
    assert not problems and [note.time for note in found] == [times[1]]


@pytest.mark.skipif(sys.platform == "win32", reason="there, no file has such a name")
def test_what_would_write_on_the_terminal_is_shown_as_its_escape(room):
    (room / "\x1b[2Jgone\n.jsonl").write_text(line_of(student="\x1b]0;title\x07"))
    done = show_limited(room)
    assert "class/\\x1b[2Jgone\\n.jsonl, line 1: not a note" in done.stderr
    assert "\x1b" not in done.stdout + done.stderr
