"""The widget of the trainer without a browser: its steps, its jobs, and what arrives in its drop zone."""

import os
import threading
import zipfile

import ipywidgets as widgets
import pytest
from helpers import make_bursts, make_pictures, run_python
from PIL import Image

import course_utils as cu
from course_utils.trainer.dropzone import Dropzone, safe_name
from course_utils.trainer.jobs import Jobs
from course_utils.trainer.sources import Source, sort_dropped
from course_utils.trainer.view import TrainerView


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    """What is dropped is kept in the current folder."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def pets(tmp_path):
    return make_pictures(tmp_path / "pets", red=6, blue=6)


@pytest.fixture
def session():
    return cu.Trainer()


@pytest.fixture
def view(session):
    view = TrainerView(session)
    yield view
    view.close()


@pytest.fixture
def log(tmp_path, monkeypatch):
    """Where tracebacks are kept during a test."""
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "errors.log"


def test_the_widget_drives_the_same_object(view, session, pets, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    view.collection.path.value = str(pets)
    view.collection.bring_path()
    view.jobs.wait()
    assert "12 pictures added" in view.collection.says.value
    assert view.collection.overview.value.count("<img") == 12
    assert "Nothing was found." in view.collection.findings.value

    view.training.train()
    view.jobs.wait()
    assert "Done, after" in view.training.says.value and view.training.curves.value == ""
    assert "<strong>2 of 2</strong> validation pictures are right" in view.judgement.says.value
    assert "On the same pictures" not in view.judgement.says.value

    assert view.training.article.layout.display == "none"
    view.training.head.value = "as in the article"
    assert view.training.article.layout.display == "flex"
    view.training.epochs.text.value = "5"
    view.training.train()
    view.jobs.wait()
    assert "Done, after" in view.training.says.value and "<img" in view.training.curves.value
    assert "5 of 5 epochs" in view.training.meter.says.value
    assert "the linear head has <strong>2 of 2</strong> right" in view.judgement.says.value

    view.collection.chosen.value = (pets / "red" / "red-0.png",)
    view.collection.leave_out()
    view.jobs.wait()
    assert len(session.pictures) == 11

    view.trial.path.value = session.results.validation.paths[0]
    view.trial.try_one()
    view.jobs.wait()
    assert "<progress" in view.trial.says.value

    view.keeping.save()
    view.jobs.wait()
    assert (tmp_path / "my-classifier.zip").is_file() and "load_classifier" in view.keeping.says.value
    assert "train_article_head" in view.keeping.program.value
    view.keeping.load()
    view.jobs.wait()
    assert "Loaded a classifier of blue, red" in view.keeping.says.value


def test_near_copies_are_shown_and_can_be_overruled(view, session, tmp_path):
    session.add(make_bursts(tmp_path, ["cat", "dog"] * 4, frames=6))
    view.training.train()
    view.jobs.wait()
    told = view.judgement.says.value
    assert "Pictures that are kept on one side, in groups: 8" in told and "And 2 groups more." in told
    assert told.split("<details>")[1].split("</details>")[0].count("<img") == 6 * 5 and "and 1 more" in told
    assert "these 12 are worth 2" in told and "For comparison: always saying &#39;cat&#39; would get 6" in told
    assert "Of each class:cat " in told.replace("\n", "") and "near-copies, in groups: 8" in told

    view.training.groups.value = False
    view.training.train()
    view.jobs.wait()
    assert session.results.groups == () and "kept on one side" not in view.judgement.says.value


def test_pictures_of_a_class_with_a_strange_name(view, session, pets):
    view.collection.label.value = "<b>red & blue</b>"
    view.collection.path.value = str(pets / "red" / "red-0.png")
    view.collection.bring_path()
    view.jobs.wait()
    assert session.classes == ("<b>red & blue</b>",)
    assert "&lt;b&gt;red &amp; blue&lt;/b&gt;" in view.collection.overview.value
    assert "<b>" not in view.collection.overview.value


def test_what_was_found_is_listed(view):
    view.collection.bundled.value = "a messy zip file"
    view.collection.bring_bundled()
    view.jobs.wait()
    found = view.collection.findings.value
    assert "What was found: " in found and found.count("<tr>") > 1


@pytest.mark.parametrize(
    "step, action, words",
    [
        ("collection", "bring_path", "The field is empty"),
        ("training", "train", "There are no pictures yet"),
        ("collection", "move", "Choose pictures in the list, and type or choose a class"),
        ("collection", "leave_out", "Choose pictures in the list"),
        ("trial", "try_one", "There are no validation pictures"),
        ("keeping", "save", "There is no classifier yet"),
        ("keeping", "load", "my-classifier.zip"),
    ],
)
def test_the_widget_says_errors_in_words(view, log, step, action, words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    step = getattr(view, step)
    getattr(step, action)()
    view.jobs.wait()
    assert words in step.says.value and 'role="alert"' in step.says.value


def test_a_path_that_is_not_there(view, log, tmp_path):
    view.collection.path.value = str(tmp_path / "<nowhere>")
    view.collection.bring_path()
    view.jobs.wait()
    assert "&lt;nowhere&gt;" in view.collection.says.value and "Traceback" not in view.collection.says.value
    assert "Traceback" in log.read_text() and "<nowhere> is not a folder" in log.read_text()


def test_a_picture_to_try_that_can_not_be_read(view, session, log, pets):
    session.add(pets)
    session.train()
    (pets / "bad.png").write_bytes(b"no picture")
    view.trial.classify([pets / "bad.png"])
    view.jobs.wait()
    assert 'role="alert"' in view.trial.says.value and "bad.png" in log.read_text()


def test_closing_the_last_view_stops_the_work(view, session):
    for kind, stopped in [("opened", False), ("opened", False), ("closed", False), ("closed", True)]:
        view.collection.drop.receive({"kind": kind}, [])
        assert session.stopped == stopped


def test_closing_the_trainer_closes_its_widget(session, monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", shown.append)
    session._ipython_display_()
    (view,) = shown
    session.close()
    assert view.comm is None and session.stopped


# jobs


@pytest.fixture
def jobs():
    jobs = Jobs()
    yield jobs
    jobs.close()


def test_one_job_after_the_other(jobs):
    first, second, gate, done = widgets.HTML(), widgets.HTML(), threading.Event(), []
    jobs.run(first, gate.wait, "First…")
    jobs.run(second, lambda: done.append(1), "Second…")
    assert "Waits until" in second.value and not done
    gate.set()
    jobs.wait()
    assert done and "Second…" in second.value


def test_what_waits_is_forgotten_when_it_is_closed(jobs):
    place, gate, done = widgets.HTML(), threading.Event(), []
    jobs.run(place, gate.wait, "First…")
    jobs.run(place, lambda: done.append(1), "Second…")
    jobs.close()
    jobs.run(place, lambda: done.append(2), "Third…")
    gate.set()
    jobs.wait()
    assert not done


def fail(error):
    raise error


def test_an_error_that_is_expected(jobs, log):
    place = widgets.HTML()
    jobs.run(place, lambda: fail(OSError("the disk is <full>")), "Saving…")
    jobs.wait()
    assert place.value.strip() == '<div class="trainer-error" role="alert">The disk is &lt;full&gt;</div>'
    assert "OSError: the disk is <full>" in log.read_text() and "Traceback" in log.read_text()


def test_an_error_that_is_not_expected(jobs, log):
    place, done = widgets.HTML(), []
    jobs.run(place, lambda: fail(KeyError("spam")), "Saving…")
    jobs.run(widgets.HTML(), lambda: done.append(1), "And on…")
    jobs.wait()
    assert "This should not happen: KeyError: &#39;spam&#39;. Restart the kernel." in place.value
    assert f"The traceback is in {log}." in place.value and "KeyError: 'spam'" in log.read_text()
    assert done


# what arrives


def pieces(zone, name, content, lot=True, size=1 << 20):
    for start in range(0, max(len(content), 1), size):
        message = {"kind": "piece", "name": name, "lot": lot and start == 0, "file": start == 0}
        zone.receive(message, [memoryview(content[start : start + size])])


def drop(view, folder):
    """Let a folder arrive, as a browser sends it."""
    zone = view.collection.drop
    for number, path in enumerate(sorted(folder.rglob("*.png"))):
        pieces(zone, path.relative_to(folder.parent).as_posix(), path.read_bytes(), lot=number == 0)
    zone.receive({"kind": "end"}, [])
    view.jobs.wait()


def test_files_arrive_whole_and_in_their_folder():
    lots = []
    zone = Dropzone(lots.append, "here")
    large = os.urandom(3_500_000)
    pieces(zone, "pets/cat/large.bin", large)
    pieces(zone, "../../evil.png", b"x", lot=False)
    pieces(zone, "same.png", b"1", lot=False)
    pieces(zone, "same.png", b"2", lot=False)
    pieces(zone, "empty.png", b"", lot=False)
    zone.receive({"kind": "end"}, [])
    (lot,) = lots
    assert [path.name for path in lot] == ["empty.png", "evil.png", "pets", "same-2.png", "same.png"]
    assert (lot[2] / "cat" / "large.bin").read_bytes() == large


@pytest.mark.parametrize(
    "name, safe",
    [("a/b.jpg", "a/b.jpg"), ("/etc/x", "etc/x"), ("..\\..\\x", ".._.._x"), ("C:\\x", "C__x"), ("..", "unnamed")],
)
def test_names_stay_inside(name, safe):
    assert safe_name(name) == safe


def test_messages_leave_out_the_temporary_folder(view, log):
    pieces(view.collection.drop, "bad.zip", b"PK no zip file")
    view.collection.drop.receive({"kind": "end"}, [])
    view.jobs.wait()
    assert "Can&#39;t unpack bad.zip:" in view.collection.says.value


@pytest.fixture
def lot(tmp_path, pets):
    """A folder for each of two classes, a loose picture, and a zip file, as dropped together."""
    lot = make_pictures(tmp_path / "lots" / "lot", red=2, blue=2)
    Image.new("RGB", (60, 60), "green").save(lot / "one.png")
    with zipfile.ZipFile(lot / "pets.zip", "w") as file:
        for path in pets.rglob("*.png"):
            file.write(path, path.relative_to(pets))
    return sorted(lot.iterdir())


def test_it_asks_which_folders_name_the_classes(view, session, pets, tmp_path):
    collection = view.collection
    for name in ("red", "blue"):
        for number in range(6):
            day = pets / name / f"day{number % 2}"
            day.mkdir(exist_ok=True)
            (pets / name / f"{name}-{number}.png").rename(day / f"{number}.png")
    collection.path.value = str(pets)
    collection.bring_path()
    view.jobs.wait()
    assert session.classes == ("blue", "red") and collection.levels.layout.display == "flex"
    assert [words for words, _ in collection.levels.level.options] == ["blue, red (level 1)", "day0, day1 (level 2)"]
    collection.levels.level.index = 1
    collection.levels.read()
    view.jobs.wait()
    assert session.classes == ("day0", "day1") and len(session.pictures) == 12
    assert "the classes are day0, day1" in collection.says.value
    collection.path.value = str(make_pictures(tmp_path / "flat", red=2, blue=2))
    collection.bring_path()
    view.jobs.wait()
    assert collection.levels.layout.display == "none"


def test_the_test_pictures_are_judged_on_request(view, session, tmp_path):
    for part, count in (("train", 6), ("val", 2), ("test", 3)):
        make_pictures(tmp_path / "set" / part, seed=count, red=count, blue=count)
    session.add(tmp_path / "set")
    view.training.train()
    view.jobs.wait()
    judgement = view.judgement
    assert "4 of 4" in judgement.says.value and judgement.ask.layout.display == "flex"
    assert judgement.test_says.value == ""
    judgement.judge_test()
    view.jobs.wait()
    assert "<strong>6 of 6</strong> test pictures" in judgement.test_says.value


def test_what_is_dropped_is_kept_where_its_owner_finds_it(view, session, pets, tmp_path, monkeypatch):
    """So that the program that does the same runs tomorrow, too."""
    monkeypatch.chdir(tmp_path)
    for _ in range(2):  # two lots, the second with files of the same names
        drop(view, pets)
    assert len(session.pictures) == 24 and all(tmp_path / "my-pictures" in path.parents for path in session.pictures)
    view.close()
    code = session.code(tmp_path / "again.zip")
    session.train()
    assert run_python("-c", code, cwd="/").returncode == 0 and (tmp_path / "again.zip").is_file()


def test_where_nothing_can_be_kept_it_is_read_all_the_same(view, session, pets, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my-pictures").write_text("a file is in the way")
    drop(view, pets)
    assert len(session.pictures) == 12 and (tmp_path / "my-pictures").is_file()


def test_what_was_dropped_is_sorted(lot):
    blue, one, pets, red = lot
    zipped, loose, rest = sort_dropped(lot, "green")
    assert zipped == Source(pets) and loose == Source([one], "green")
    assert sorted(path.name for path in rest.place.iterdir()) == ["blue", "red"] and rest.label is None
    assert not blue.exists() and not red.exists(), "they were moved"


def test_without_a_class_loose_pictures_are_named_by_their_files(lot):
    zipped, rest = sort_dropped(lot)
    assert zipped.place.name == "pets.zip"
    assert sorted(path.name for path in rest.place.iterdir()) == ["blue", "one.png", "red"]


def test_what_was_dropped_is_added(view, session, lot):
    view.collection.label.value = "green"
    view.collection.bring_dropped(lot)
    view.jobs.wait()
    labels = [label for label, _ in session.pictures.values()]
    assert {name: labels.count(name) for name in set(labels)} == {"red": 8, "blue": 8, "green": 1}
    assert "17 pictures added" in view.collection.says.value


@pytest.mark.parametrize("inside", ["", "samples/", "train/red/"])
def test_one_zip_for_a_class_that_is_typed(view, session, pets, tmp_path, inside):
    """As Teachable Machine exports them: the names in it say nothing."""
    for name in ("red", "blue"):
        lot = tmp_path / f"lot-{name}"
        lot.mkdir()
        with zipfile.ZipFile(lot / "samples.zip", "w") as file:
            for number, path in enumerate(sorted((pets / name).iterdir())):
                file.write(path, f"{inside}{number}.png")
        view.collection.label.value = name
        view.collection.bring_dropped(sorted(lot.iterdir()))
        view.jobs.wait()
        assert "6 pictures added. 6 of them have the class that is typed" in view.collection.says.value
    assert session.classes == ("blue", "red") and session.training.labels.count("red") == 6
    assert session.steps[-1] == f"trainer.add({str(tmp_path / 'lot-blue' / 'samples.zip')!r}, label='blue')"
    view.collection.label.value, view.collection.path.value = "green", str(tmp_path / "lot-red" / "samples.zip")
    view.collection.bring_path()
    view.jobs.wait()
    assert session.classes == ("blue", "green")


@pytest.mark.parametrize("label", ["", "cat"])
def test_an_archive_that_is_dropped_says_what_it_is_and_costs_nothing_else(view, session, log, pets, label):
    lot = pets / "red"
    (lot / "more.tgz").write_bytes(b"\x1f\x8b\x08" + bytes(20))
    view.collection.label.value = label
    view.collection.bring_dropped(sorted(lot.iterdir()))
    view.jobs.wait()
    assert "more.tgz: it is packed with gzip" in view.collection.says.value
    assert session.classes == (label or "red",) and len(session.pictures) == 6
