"""The trainer's microphone without a browser: a sound becomes a WAV file and an example, or is answered in words."""

import errno
import json
from pathlib import Path

import numpy as np
import pytest
from helpers import make_pictures
from scipy.io import wavfile

import course_utils as cu
from course_utils.pictures.camera import sessions
from course_utils.pictures.sound import RATE, load_sound
from course_utils.trainer.recorder import LONGEST, SECONDS, SHORTEST, Recorder

TONE = (0.5 * np.sin(np.arange(12_000) * 2 * np.pi * 440 / RATE)).astype("<f4")
LOUD = np.full(80, 0.5, "<f4")


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def session():
    return cu.Trainer()


def say(recorder, *sounds, **changes):
    """Send what a browser would; the problem that is answered."""
    answers = []
    recorder.send = answers.append
    sent = [memoryview(np.asarray(sound).tobytes()) for sound in sounds]
    recorder.receive({"kind": "sound", "view": "one", "rate": RATE, "label": "yes"} | changes, sent)
    (answer,) = answers
    json.dumps(answer, ensure_ascii=False).encode()
    assert (answer["kind"], answer["view"]) == ("heard", "one")
    return answer["problem"]


def kept():
    """The files of sounds, and whatever else was left."""
    return sorted(path.as_posix() for path in Path("my-pictures").rglob("*") if path.is_file())


# A good sound


def test_a_sound_becomes_a_file_that_can_be_read():
    heard = []
    recorder = Recorder(lambda *told: heard.append(told), keep=True)
    assert say(recorder, TONE, label="  yes ") == ""
    ((path, label),) = heard
    assert label == "yes" and path.parent == Path.cwd() / "my-pictures" / "sounds-1" / "yes"
    assert wavfile.read(path)[1].dtype == np.int16
    assert load_sound(path) == pytest.approx(TONE, abs=1e-4)


@pytest.mark.parametrize("rate", [8000, 44_100, 192_000])
def test_any_rate_is_written_as_it_is(rate):
    heard = []
    assert say(Recorder(lambda path, _: heard.append(path)), TONE, rate=rate) == ""
    assert wavfile.read(heard[0])[0] == rate


def test_what_is_too_loud_is_cut_off():
    heard = []
    say(Recorder(lambda path, _: heard.append(path)), np.array([-3, -1, 0, 1, 3], "<f4"))
    assert wavfile.read(heard[0])[1].tolist() == [-32767, -32767, 0, 32767, 32767]


def test_nothing_is_overwritten(monkeypatch):
    heard = []
    recorder = Recorder(lambda path, _: heard.append(path), keep=True)
    monkeypatch.setattr("course_utils.trainer.recorder.datetime", Noon)
    for _ in range(3):
        assert say(recorder, TONE) == ""
    assert len(set(heard)) == len(kept()) == 3
    say(Recorder(lambda path, _: heard.append(path), keep=True), TONE)
    assert heard[-1].parent.parent.name == "sounds-2", "another sitting"


class Noon:
    """A clock that stands still."""

    @staticmethod
    def now():
        from datetime import datetime

        return datetime(2026, 5, 1, 12)


def test_a_class_can_have_any_name():
    heard = []
    recorder = Recorder(lambda *told: heard.append(told), keep=True)
    for label in ("a/b", "../..", "con", "x" * 400, "?", "ja\u0308"):
        assert say(recorder, TONE, label=label) == ""
    assert {path.parent.parent for path, _ in heard} == {Path.cwd() / "my-pictures" / "sounds-1"}
    assert [label for _, label in heard] == ["a/b", "../..", "con", "x" * 400, "?", "j\u00e4"]


def test_the_folders_name_the_classes_another_day():
    recorder = Recorder(lambda *told: None, keep=True)
    for label in ("yes", "no", "yes"):
        assert say(recorder, TONE, label=label) == ""
    pictures = cu.read_pictures("my-pictures/sounds-1")
    assert pictures.labels == ("no", "yes", "yes")


def test_where_no_class_is_asked_for_the_file_goes_with_the_kernel(tmp_path):
    heard = []
    recorder = Recorder(lambda *told: heard.append(told), asks=False)
    assert say(recorder, TONE) == ""
    ((path, label),) = heard
    assert label == "" and path.is_relative_to(tmp_path / "cache") and kept() == []


def test_the_seconds_have_bounds():
    recorder = Recorder(lambda *told: None)
    assert recorder.seconds == SECONDS and recorder.bounds == (SHORTEST, LONGEST) == (0.3, 10)
    for seconds in (0.2, 10.5):
        with pytest.raises(Exception, match="seconds"):
            recorder.seconds = seconds


# Anything else is answered


@pytest.mark.parametrize(
    "changes, sounds, words",
    [
        ({"rate": 0}, [TONE], "Got 0 samples a second; expected a whole number from 1 to 192000"),
        ({"rate": 192_001}, [TONE], "192001"),
        ({"rate": 8000.5}, [TONE], "8000.5"),
        ({"rate": True}, [TONE], "True"),
        ({"rate": None}, [TONE], "None"),
        ({"rate": "8000"}, [TONE], "'8000'"),
        ({}, [], "Got 0 pieces"),
        ({}, [TONE, TONE], "Got 2 pieces"),
        ({}, [TONE[:0]], "Got 0 bytes"),
        ({}, [np.zeros(7, np.uint8)], "Got 7 bytes"),
        ({"rate": 1}, [np.full(61, 0.5, "<f4")], "at most 60 seconds"),
        ({}, [np.array([0.5, np.nan], "<f4")], "no finite numbers"),
        ({}, [np.array([0.5, -np.inf], "<f4")], "no finite numbers"),
        ({}, [np.full(800, 1e-6, "<f4")], "Nothing was heard; the microphone may be muted"),
        ({"label": " "}, [TONE], "The class has no name"),
        ({"label": None}, [TONE], "The class has no name"),
        ({"label": "a\ud800"}, [TONE], "is not UTF-8"),
    ],
)
def test_what_is_no_sound_is_answered_and_leaves_nothing(changes, sounds, words):
    heard = []
    recorder = Recorder(lambda *told: heard.append(told), keep=True)
    problem = say(recorder, *sounds, **changes)
    assert words in problem and problem.endswith(".") and not problem.endswith("..")
    assert not heard and kept() == []
    assert say(recorder, LOUD) == "" and len(heard) == len(kept()) == 1, "the next one is taken"


def test_a_full_disk_is_said_and_leaves_no_part(monkeypatch):
    def full(path, rate, samples):
        Path(path).write_bytes(b"RIFF")
        raise OSError(errno.ENOSPC, "No space left on device", str(path))

    heard = []
    recorder = Recorder(lambda *told: heard.append(told), keep=True)
    monkeypatch.setattr(wavfile, "write", full)
    problem = say(recorder, TONE)
    assert "no space is left on the disk" in problem.lower() and str(Path.cwd()) not in problem
    assert not heard and kept() == []


def test_a_folder_that_may_not_be_written_to_is_said(monkeypatch):
    def closed(path, rate, samples):
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(wavfile, "write", closed)
    assert "may not be opened" in say(Recorder(lambda *told: None, keep=True), TONE)


def test_what_should_not_happen_is_said_too():
    def fail(path, label):
        raise KeyError("a mistake")

    problem = say(Recorder(fail, keep=True), TONE)
    assert "This should not happen: KeyError" in problem and "errors.log" in problem


# In the trainer


def record(view, label, sound=TONE):
    problem = say(view.collection.recorder, sound, label=label)
    view.jobs.wait()
    return problem


def test_a_sound_is_one_more_example_of_its_class(view, session):
    for number, label in enumerate(["yes", "yes", "no", "None_of_these"]):
        assert record(view, label, TONE * (1 - number / 10)) == ""
    assert session.classes == ("no", "none of these", "yes")
    assert "1 sound added to none of these, which has 1 now." in view.collection.says.value
    assert view.collection.recorder.classes == ["no", "none of these", "yes"]
    assert [one["words"] for one in view.collection.cards.shown["classes"]] == ["1 picture", "1 picture", "2 pictures"]
    paths = [path for path, (label, _) in session.pictures.items() if label == "yes"]
    assert sessions(paths, "yes") == [], "they are no burst"


def test_sounds_are_not_mixed_with_pictures(view, session, tmp_path):
    session.add(make_pictures(tmp_path / "colors", red=2, blue=2))
    problem = record(view, "yes")
    assert problem.startswith("There are pictures here, and sounds and pictures are not mixed. To record sounds, press")
    assert len(session.pictures) == 4 and kept() == []
    session.start_over()
    assert record(view, "yes") == "" and session.classes == ("yes",)


def test_pictures_that_come_while_a_sound_waits_stay_alone(view, session, tmp_path):
    colors = make_pictures(tmp_path / "colors", red=2, blue=2)
    view.jobs.run(view.collection.says, lambda: session.add(colors), "Reading the pictures…")
    (tmp_path / "sound.wav").write_bytes(b"")
    view.collection.bring_sound(tmp_path / "sound.wav", "yes")
    view.jobs.wait()
    assert "sounds and pictures are not mixed" in view.collection.says.value and len(session.pictures) == 4


def test_a_sound_can_be_tried(view, monkeypatch):
    tried = []
    monkeypatch.setattr(view.trial, "classify", tried.append)
    assert say(view.trial.recorder, TONE) == ""
    assert load_sound(tried[0][0]) == pytest.approx(TONE, abs=1e-4)
