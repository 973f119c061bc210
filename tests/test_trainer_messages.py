"""What the steps of the trainer say: nothing that is no longer so, nothing twice, and numbers as they were typed."""

import ast
import os
import shlex
import shutil
import subprocess
import sys
import threading
import zipfile
from html import unescape
from pathlib import Path

import numpy as np
import pytest
from helpers import make_pictures

import course_utils as cu
from course_utils.learning.evaluation import Results
from course_utils.pictures.sets import PictureSet
from course_utils.report import Report
from course_utils.trainer.account import as_text
from course_utils.trainer.fitting import ARTICLE, LINEAR, TUNED, Settings
from course_utils.trainer.program import in_a_terminal, write_program
from course_utils.trainer.view import TrainerView


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    """Files are saved in the current folder."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def session(tmp_path):
    session = cu.Trainer()
    session.add(make_pictures(tmp_path / "pets", red=6, blue=6))
    return session


def train(view):
    view.training.train()
    view.jobs.wait()
    return view.training


def button(box, words):
    """The button with these words, wherever it stands in a step."""
    for child in box.children:
        if getattr(child, "description", None) == words:
            return child
        if found := button(child, words) if hasattr(child, "children") else None:
            return found
    return None


# what is no longer so


def test_an_alert_goes_when_the_pictures_change(tmp_path):
    session = cu.Trainer()
    view = TrainerView(session)
    assert "There are no pictures yet" in train(view).says.value
    session.add(make_pictures(tmp_path / "pets", red=6, blue=6))
    assert view.training.says.value == "" and view.judgement.age.value == ""
    view.close()


def test_results_of_older_pictures_say_so(view, session):
    train(view)
    assert view.judgement.age.value == "" and not session.outdated
    session.drop(session.training.paths[0])
    assert "before the pictures changed" in view.judgement.age.value and session.outdated
    assert "have changed since" in view.training.says.value and view.training.meter.says.value == ""
    assert "validation pictures are right" in view.judgement.says.value
    train(view)
    assert view.judgement.age.value == "" and "Done, after" in view.training.says.value


def test_what_was_added_gives_way_to_what_was_left_out(view, session, tmp_path):
    view.collection.path.value = str(make_pictures(tmp_path / "more", green=3))
    view.collection.bring_path()
    view.jobs.wait()
    assert "3 pictures added" in view.collection.says.value
    view.collection.leave_out(session.training.paths[:1])
    view.jobs.wait()
    assert "left out" in view.collection.says.value and "added" not in view.collection.says.value


def test_each_phase_is_named_and_none_stays(view):
    """At 20 of 20 nothing is said to be going on that is not."""
    view.training.head.value = "as in the article"
    view.training.epochs.text.value = "20"
    said = []
    view.training.says.observe(lambda change: said.append(change.new), "value")
    train(view)
    order = ["Starting", "Reading", "Fitting", "Training", "Judging", "Done"]
    words = [next((word for word in order if word in text), text) for text in said]
    assert words == order
    assert view.training.meter.says.value == "20 of 20 epochs"


def test_stop_that_comes_too_late_says_nothing(view):
    train(view)
    view.training.stop()
    assert "Done, after" in view.training.says.value


def test_a_training_that_fails_leaves_no_count(view, session):
    train(view)
    for path in session.training.paths:
        path.write_bytes(b"no picture")
    assert "can be read" in train(view).says.value and view.training.meter.says.value == ""


def test_a_classifier_from_a_file_is_not_judged_by_these_pictures(session, tmp_path):
    session.train()
    file = session.save(tmp_path / "a.zip")
    session.load(file)
    with pytest.raises(ValueError, match="is one from a file; train again"):
        session.judge_test()


# once


def test_a_double_click_trains_once(view, session, monkeypatch):
    begun, gate, whole = [], threading.Event(), session.train

    def slow(*words, **named):
        begun.append(1)
        gate.wait()
        return whole(*words, **named)

    monkeypatch.setattr(session, "train", slow)
    press = button(view.training, "Train")
    press.click()
    press.click()
    gate.set()
    view.jobs.wait()
    assert begun == [1]
    press.click()
    view.jobs.wait()
    assert begun == [1, 1], "when it is done, the button hears again"


@pytest.mark.parametrize(
    "step, words", [("collection", "Add set"), ("keeping", "Save"), ("keeping", "Load"), ("judgement", None)]
)
def test_no_button_begins_its_work_twice(view, step, words):
    view.jobs.run(view.training.says, (gate := threading.Event()).wait, "Waiting…")
    press = button(getattr(view, step), words or "Judge by the test pictures, once")
    press.click()
    press.click()
    assert press.disabled and view.jobs._waiting.unfinished_tasks == 2, "the work before it, and its own"
    gate.set()
    view.jobs.wait()
    assert not press.disabled


def test_a_button_without_work_is_free_at_once(view):
    press = button(view.collection, "Add path")
    press.click()
    assert "The field is empty" in view.collection.says.value and not press.disabled


# saving


def test_saving_asks_before_it_replaces(view, session, tmp_path):
    train(view)
    file = tmp_path / "my-classifier.zip"
    file.write_bytes(b"precious")
    keeping = view.keeping
    keeping.save()
    view.jobs.wait()
    assert "my-classifier.zip is there already" in keeping.says.value and file.read_bytes() == b"precious"
    assert keeping.question.layout.display == "flex"
    button(keeping, "Keep").click()
    assert "stays as it is" in keeping.says.value and keeping.question.layout.display == "none"
    assert file.read_bytes() == b"precious"

    keeping.save()
    view.jobs.wait()
    keeping.file.value = "another.zip"
    assert keeping.question.layout.display == "none" and keeping.says.value == "", "it was about the other name"
    keeping.save()
    view.jobs.wait()
    assert "Saved to" in keeping.says.value and (tmp_path / "another.zip").is_file()

    keeping.file.value = "my-classifier.zip"
    keeping.save()
    view.jobs.wait()
    button(keeping, "Replace").click()
    view.jobs.wait()
    assert "Saved to" in keeping.says.value and cu.load_classifier(file).classes == ["blue", "red"]


def test_saving_for_a_phone_says_what_that_does_differently(view, session, tmp_path):
    train(view)
    view.keeping.file.value = str(tmp_path / "mine.tflite")
    view.keeping.save()
    view.jobs.wait()
    assert "Saved to" in view.keeping.says.value and "squeezes the whole photo" in view.keeping.says.value
    view.keeping.file.value = str(tmp_path / "mine.h5")
    view.keeping.save()
    view.jobs.wait()
    assert "says no format that is known" in view.keeping.says.value
    given = []
    view.keeping._hand_over = lambda path: given.append(zipfile.ZipFile(path).namelist())
    view.keeping.file.value = "mine-tm"
    view.keeping.download()
    view.jobs.wait()
    assert "mine-tm/model.json" in given[0], "a browser takes one file"


def test_a_script_replaces_unless_told_otherwise(session, tmp_path):
    session.train()
    file = session.save(tmp_path / "a.zip")
    session.save(file)
    with pytest.raises(FileExistsError, match=r"a\.zip is there already; choose another name"):
        session.save(file, replace=False)


# numbers

WRONG = ["0", "-1", "", " ", "abc", "2.5", "0,001", "1,000", "1_0", "1e2", "10001", "nan"]
WRONG_RATES = ["0", "-1", "", "abc", "0,001", "inf", "nan", "2", "1_0.5"]


@pytest.mark.parametrize("name, typed", [*(("epochs", one) for one in WRONG), *(("rate", one) for one in WRONG_RATES)])
def test_a_number_that_makes_no_sense_is_refused_at_its_field(view, session, name, typed):
    view.training.head.value = "as in the article"
    field = getattr(view.training, name)
    field.text.value = typed
    expected = "a whole number from 1 to 10000, such as 20" if name == "epochs" else "a number above 0 and at most 1"
    assert expected in field.says.value and 'role="alert"' in field.says.value
    assert f"&#39;{typed.strip()}&#39;" in field.says.value or "the field is empty" in field.says.value.lower()
    train(view)
    assert session.results is None and "Nothing was trained." in view.training.says.value
    assert field.text.value == typed, "nothing is changed"


def test_a_comma_is_explained(view):
    view.training.rate.text.value = "0,001"
    assert "Write 0.001, with a point" in view.training.rate.says.value
    view.training.rate.text.value = " 1e-3 "
    assert view.training.rate.says.value == "" and view.training.rate.read() == 0.001


def test_only_the_numbers_that_count_are_read(view, session):
    view.training.epochs.text.value = "abc"
    train(view)
    assert session.results is not None and "Done" in view.training.says.value, "a linear head has no epochs"
    view.training.seed.text.value = "-1"
    train(view)
    assert "Mend the number of Seed" in view.training.says.value
    assert "expected a whole number from 0" in view.training.seed.says.value


# what is printed to go on


def test_the_command_runs_in_a_plain_terminal(view, session, tmp_path):
    """In another folder, without the environment's python on the path, and with a blank in the file's name."""
    train(view)
    view.keeping.file.value = "my phones.zip"
    view.keeping.save()
    view.jobs.wait()
    command = unescape(view.keeping.says.value.split("<pre>")[1].split("</pre>")[0])
    (away := tmp_path / "away").mkdir()
    shutil.copy(session.training.paths[0], away / "photo.jpg")
    plain = {"PATH": os.defpath} | {name: value for name, value in os.environ.items() if name != "PATH"}
    run = subprocess.run(command, shell=True, cwd=away, env=plain, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert run.stdout.startswith("photo.jpg: blue")


def test_it_is_quoted_as_the_platform_wants_it(monkeypatch):
    monkeypatch.setattr(sys, "executable", "/my course/python")
    monkeypatch.setattr(sys, "platform", "linux")
    assert in_a_terminal(Path("/a b.zip")) == "'/my course/python' -m course_utils classify '/a b.zip' photo.jpg"
    monkeypatch.setattr(sys, "platform", "win32")
    assert in_a_terminal(Path("/a b.zip")) == '"/my course/python" -m course_utils classify "/a b.zip" photo.jpg'
    monkeypatch.setattr(sys, "executable", "C:\\py\\python.exe")
    assert in_a_terminal(Path("/a&b(1).zip")) == 'C:\\py\\python.exe -m course_utils classify "/a&b(1).zip" photo.jpg'
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(sys, "executable", "python")
    for name in ("a'b.zip", "$(x).zip", "a\nb.zip", "`x`;&.zip", "-x.zip"):
        assert shlex.split(in_a_terminal(Path("/", name))) == shlex.split("python -m course_utils classify") + [
            f"/{name}",
            "photo.jpg",
        ]


@pytest.mark.parametrize("head", [LINEAR, ARTICLE, TUNED])
@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize(
    "name", ["it's", 'a"b', "a\\b", "a\nb", "a\udcffb", "{seed} {0}", "x fit_known, y", "\u202e#", '"""', "${x}%d"]
)
def test_the_program_names_files_as_they_are_called(head, known, name):
    steps = [f"trainer.add({name!r})"]
    program = ast.parse(write_program(steps, Settings(head=head), judged=True, known=known, path=name))
    calls = {ast.unparse(node.func): node for node in ast.walk(program) if isinstance(node, ast.Call)}
    assert [calls[one].args[0].value for one in ("trainer.add", "save_classifier")] == [name, name]
    assert ("fit_known" in ast.unparse(program).replace(repr(name), "")) == known


# would more pictures help?


def ask(view):
    view.judgement.prospect.ask_button.click()
    view.jobs.wait()
    return view.judgement.prospect


def test_more_pictures_are_asked_about_after_training(view, session):
    prospect = view.judgement.prospect
    assert button(view.judgement, "Would more pictures help?") is prospect.ask_button
    assert prospect.buttons.layout.display == "none", "there is nothing to say yet"
    train(view)
    assert prospect.buttons.layout.display == "flex"
    said = []
    prospect.says.observe(lambda change: said.append(change.new), "value")
    ask(view)
    order = ["Starting", "Reading", "Learning from few", "With 5 pictures a class"]
    assert [next((word for word in order if word in text), text) for text in said] == order
    assert "100% of the held-back" in prospect.says.value and "judge by new ones" in prospect.says.value
    assert 'alt="Accuracy against the number of pictures' in prospect.figure.value
    assert prospect.stop_button.layout.display == "none", "nothing is left to stop"


def test_an_answer_about_older_pictures_says_so(view, session):
    train(view)
    prospect = ask(view)
    session.drop(session.training.paths[0])
    assert "have changed since this was drawn" in prospect.says.value and prospect.figure.value
    ask(view)
    assert "came out right" in prospect.says.value and "have changed" not in prospect.says.value
    for path in session.training.paths[:2]:
        session.drop(path)
    assert prospect.buttons.layout.display == "none", "three of a class are too few to ask"
    session.start_over()
    view.start_over()
    assert prospect.says.value == prospect.figure.value == ""


def test_the_question_can_be_stopped(view, session, monkeypatch):
    train(view)
    prospect = view.judgement.prospect
    prospect.meter.bar.observe(lambda change: change.new and prospect.stop_button.click(), "value")
    ask(view)
    assert "Stopped while reading pictures" in prospect.says.value and prospect.figure.value == ""
    assert not prospect.ask_button.disabled and prospect.stop_button.layout.display == "none"
    prospect.meter.bar.unobserve_all()
    assert "came out right" in ask(view).says.value


def test_too_few_pictures_to_tell_are_named(view, session):
    train(view)
    for path in session.training.paths[:3]:
        path.write_bytes(b"no picture")
    told = ask(view).says.value
    assert 'role="alert"' in told and "3 of &#39;blue&#39;" in told and "Take more pictures" in told


@pytest.mark.parametrize("count", [29, 30])
def test_many_classes_fit_a_terminal(count):
    """A matrix of 30 classes can't be read, and would take as many columns."""
    classes = tuple(f"kind {number:02}" for number in range(count))
    shown = PictureSet(tuple(Path(f"{name}.png") for name in classes), classes, classes)
    probabilities = np.eye(count, dtype=np.float32)
    probabilities[[3, 5]] = probabilities[[5, 3]]
    text = as_text(Results(classes, shown, probabilities, {}, Report(), False, 0.1), Report(), None)
    matrix, lines = "is, and is taken for" in text, text.splitlines()
    if count < 30:
        assert matrix and classes[-1] in lines[0]
    else:
        assert not matrix and lines[0].startswith("Classes: kind 00, kind 01, kind 02 and 27 more.")
        assert "The 2 most frequent of 2 confusions:" in lines and "    1 of 1 kind 03, taken for kind 05" in lines
        assert "Right of each class, the 15 lowest of 30: kind 03 0%, kind 05 0%, kind 00 100%, " in text
        assert max(map(len, lines)) < 300
