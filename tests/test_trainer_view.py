"""The widget of the trainer without a browser: its steps, its jobs, and what arrives in its drop zone."""

import io
import os
import shutil
import threading
import zipfile

import ipywidgets as widgets
import numpy as np
import pytest
from helpers import add, frame, make_bursts, make_pictures, run_python, saved, scene
from PIL import Image

import course_utils as cu
from course_utils.trainer.dropzone import Dropzone
from course_utils.trainer.jobs import Jobs
from course_utils.trainer.sources import Source, sort_dropped


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
def log(tmp_path, monkeypatch):
    """Where tracebacks are kept during a test."""
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "errors.log"


def words_and_buttons(view):
    """The findings as they are listed: what each says, and its button, if it has one."""
    return [tuple(box.children) for box in view.collection.findings.children if hasattr(box, "children")]


def found(view):
    """What the findings say, as HTML."""
    first, *_ = view.collection.findings.children
    return first.value + "".join(words.value for words, *_ in words_and_buttons(view))


def test_the_widget_drives_the_same_object(view, session, pets, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    view.collection.path.value = str(pets)
    view.collection.bring_path()
    view.jobs.wait()
    assert "12 pictures added" in view.collection.says.value
    view.collection.bring_path()
    view.jobs.wait()
    assert "Nothing is new: all of it was here before." in view.collection.says.value
    view.collection.path.value = str(tmp_path / "nowhere")
    view.collection.bring_path()
    view.jobs.wait()
    assert "Nothing was added." in view.collection.says.value and "nowhere" in view.collection.says.value
    assert [one["words"] for one in view.collection.cards.shown["classes"]] == ["6 pictures", "6 pictures"]
    assert "Nothing was found." in found(view)

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

    view.collection.leave_out([pets / "red" / "red-0.png"])
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
    assert [one["name"] for one in view.collection.cards.shown["classes"]] == ["<b>red & blue</b>"]
    assert "<b>" not in view.collection.says.value


def test_what_was_found_is_listed(view):
    view.collection.bundled.value = "a messy zip file"
    view.collection.bring_bundled()
    view.jobs.wait()
    told = found(view)
    assert "What was found: " in told and told.count("trainer-finding") > 1


@pytest.mark.parametrize(
    "step, action, words",
    [
        ("collection", "bring_path", "The field is empty"),
        ("training", "train", "There are no pictures yet"),
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
        view.collection.drop.receive({"kind": kind, "view": "one"}, [])
        assert session.stopped == stopped


def test_closing_the_trainer_closes_its_widget(session, monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", shown.append)
    session._ipython_display_()
    (view,) = shown
    session.close()
    assert view.comm is None and session.stopped


# cards


def told(view):
    """What the browser is told of each class: its words, and the names of the pictures that are shown."""
    return {
        one["name"]: (one["words"], [picture["name"] for picture in one["pictures"]])
        for one in view.collection.cards.shown["classes"]
    }


def say(view, **message):
    """Let the browser say something about the cards."""
    view.collection.cards.receive(message, [])
    view.jobs.wait()


def id_of(view, name):
    pictures = [one for card in view.collection.cards.shown["classes"] for one in card["pictures"]]
    return next(picture["id"] for picture in pictures if picture["name"] == name)


def test_pictures_are_moved_left_out_and_renamed_on_their_cards(view, session, pets):
    session.add(pets)
    view.collection.show()
    say(view, kind="move", ids=[id_of(view, "red-0.png"), id_of(view, "red-1.png")], label="pink")
    assert "2 pictures moved to pink." in view.collection.says.value
    assert told(view)["pink"] == ("2 pictures", ["red-0.png", "red-1.png"])
    say(view, kind="out", ids=[id_of(view, "red-1.png")])
    assert told(view)["pink"][0] == "1 picture" and "1 picture left out." in view.collection.says.value
    twice = id_of(view, "red-2.png")
    say(view, kind="out", ids=[twice])
    say(view, kind="out", ids=[twice])
    assert 'role="alert"' not in view.collection.says.value, "a second click does no harm"
    say(view, kind="rename", label="pink", name=" rose ")
    assert session.classes == ("blue", "red", "rose") and session.steps[-1] == "trainer.rename('pink', 'rose')"
    say(view, kind="rename", label="rose", name="red")
    assert session.classes == ("blue", "red") and "are one class now" in view.collection.says.value
    with pytest.raises(ValueError, match="'green' is none of the classes here; they are blue, red"):
        session.rename("green", "red")


def test_a_class_needs_a_name(view, session, pets, log):
    session.add(pets)
    say(view, kind="rename", label="red", name="  ")
    assert session.classes == ("blue", "red") and 'role="alert"' in view.collection.says.value


def test_what_is_held_back_is_marked_in_words(view, session, pets, tmp_path):
    for number, part in enumerate(("train", "val", "test"), 2):
        make_pictures(tmp_path / "set" / part, seed=number, red=number, blue=number)
    session.add(tmp_path / "set")
    view.collection.show()
    assert told(view)["red"][0] == "9 pictures: 2 to learn from, 3 held back, 4 held back to test"
    session.start_over()
    session.add(pets)
    view.training.train()
    view.jobs.wait()
    assert told(view)["red"][0] == "6 pictures: 5 to learn from, 1 held back"
    (held,) = session.results.validation.only(
        [p for p in session.results.validation.paths if p.parent.name == "red"]
    ).paths
    marks = {one["name"]: one["held"] for one in view.collection.cards.shown["classes"][1]["pictures"]}
    assert [name for name, mark in marks.items() if mark] == [held.name] and marks[held.name] == "held back"


def test_thousands_of_pictures_are_not_all_sent(view, session, tmp_path):
    for name in range(30):
        add(tmp_path / "many", *(f"{name:02}/{number:03}.png" for number in range(70)))
    session.add(tmp_path / "many")
    view.collection.show()
    assert len(told(view)) == 24 and all(len(names) == 12 for _, names in told(view).values())
    assert len(view.collection.cards.shown["names"]) == 30 and view.collection.cards.shown["classes"][0]["total"] == 70
    say(view, kind="more", label="03")
    assert [len(names) for _, names in told(view).values()][:5] == [12, 12, 12, 60, 12]
    say(view, kind="classes")
    assert len(told(view)) == 30


def test_thumbnails_are_sent_when_they_are_asked_for(view, session, pets, monkeypatch):
    (pets / "red" / "bad.png").write_bytes(b"no picture")
    session.add(pets)
    view.collection.show()
    sent = []
    monkeypatch.setattr(view.collection.cards, "send", lambda message, files: sent.append((message, files)))
    say(view, kind="pictures", ids=[id_of(view, "red-0.png"), id_of(view, "bad.png")])
    ((message, (good, bad)),) = sent
    assert Image.open(io.BytesIO(good)).size == (96, 96) and bad == b""
    assert message["problems"][0] == "" and "can't be read" in message["problems"][1]


def test_findings_have_a_button_for_what_they_name(view, session, pets):
    (pets / "red" / "bad.png").write_bytes(b"no picture")
    shutil.copy(pets / "blue" / "blue-1.png", pets / "blue" / "twin.png")
    session.add(pets)
    view.collection.examine()
    buttons = {words.value: button for words, button in (pair for pair in words_and_buttons(view) if len(pair) == 2)}
    assert len(buttons) == 2
    for words, button in buttons.items():
        assert button.description == ("Keep the first only" if "more than once" in words else "Leave these out")
        button.click()
        view.jobs.wait()
    assert {path.name for path in pets.rglob("*.png")} - {path.name for path in session.pictures} == {
        "bad.png",
        "twin.png",
    }
    assert "Nothing was found." in found(view)


def test_start_over(view, session, pets):
    session.add(pets)
    view.training.train()
    view.jobs.wait()
    collection = view.collection
    collection.fresh.click()
    assert collection.sure.layout.display == "flex" and session.pictures, "it asks"
    collection.ask_to_start_over(False)
    assert collection.sure.layout.display == "none" and session.pictures
    collection.start_over()
    view.jobs.wait()
    assert not session.pictures and not session.steps and session.results is session.classifier is None
    assert told(view) == {} and not collection.findings.children
    assert (
        "Train first." in view.judgement.says.value and view.training.says.value == "" and not view.trial.path.options
    )
    session.add(pets)
    assert session.train().right == 2


# the webcam


def record(view, label, frames, seed):
    """Let a burst arrive, as a browser sends it."""
    rng = np.random.default_rng(seed)
    picture = scene(rng)
    cards = view.collection.cards
    about = {"label": label, "burst": True}
    for number in range(frames):
        content = saved(frame(picture, rng), "jpeg")
        pieces(cards, f"frame-{number + 1:03}.jpg", content, number, lot=seed, **about)
    end(cards, frames, lot=seed, **about)
    view.jobs.wait()


def burst_of(path):
    return path.parent.name


def test_each_burst_stays_on_one_side(view, session, tmp_path):
    """Whatever its class is called, and whether it is given another name."""
    for seed in range(6):
        record(view, ["a/b", "me"][seed % 2], frames=4, seed=seed)
    assert {burst_of(path) for path in session.pictures} == {f"burst-{number}" for number in range(1, 7)}
    assert all(tmp_path / "my-pictures" in path.parents for path in session.pictures)
    assert session.steps[0] == f"trainer.add({str(tmp_path / 'my-pictures' / 'burst-1')!r}, label='a/b')"
    say(view, kind="rename", label="me", name="burst-1")
    for seed in range(5):
        training, validation = session.split(seed=seed)
        assert not set(map(burst_of, training.paths)) & set(map(burst_of, validation.paths))
        assert set(validation.labels) == {"a/b", "burst-1"} and len(validation.paths) == 8


def test_a_class_that_is_one_burst_can_be_used_and_it_is_said(view, session):
    record(view, "me", frames=5, seed=1)
    assert "me, all of one burst, can be learned, but not judged" in view.collection.says.value
    record(view, "you", frames=5, seed=2)
    assert "me, all of one burst, and you, all of one burst, can be" in view.collection.says.value
    training, validation = session.split()
    assert len(training.paths) == 10 and not validation.paths
    session.train()
    for seed in (3, 4):
        record(view, "you", frames=5, seed=seed)
    assert "you, all" not in view.collection.says.value and "me, all of one burst," in view.collection.says.value
    training, validation = session.split()
    assert training.labels.count("me") == 5 and set(validation.labels) == {"you"} and len(validation.paths) == 5
    assert len(set(map(burst_of, validation.paths))) == 1


def test_files_for_a_card_have_its_class(view, session, pets):
    cards, about = view.collection.cards, {"label": "warm"}
    for number, path in enumerate(sorted((pets / "red").iterdir())):
        pieces(cards, path.name, path.read_bytes(), number, **about)
    end(cards, 6, **about)
    view.jobs.wait()
    assert session.classes == ("warm",) and "6 pictures added" in view.collection.says.value


def test_frames_are_answered_at_once_or_in_words(view, session, pets, monkeypatch):
    sent, content = [], memoryview((pets / "red" / "red-0.png").read_bytes())
    monkeypatch.setattr(view.trial.live, "send", sent.append)
    view.trial.live.receive({"kind": "frame", "number": 1}, [content])
    assert sent[0]["words"].startswith("There is no classifier yet") and sent[0]["probabilities"] == []
    session.add(pets)
    session.train()
    gate = threading.Event()
    view.jobs.run(widgets.HTML(), gate.wait, "Something that takes long…")
    view.trial.live.receive({"kind": "frame", "number": 2}, [content])
    gate.set()
    answer = sent[1]
    assert (
        answer["number"] == 2
        and answer["words"] == ""
        and [name for name, _ in answer["probabilities"]] == ["blue", "red"]
    )
    assert sum(value for _, value in answer["probabilities"]) == pytest.approx(1)


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


def pieces(zone, name, content, file=0, lot=1, size=1 << 20, **about):
    for start in range(0, max(len(content), 1), size):
        place = {"view": "one", "lot": lot, "file": file, "start": start, "number": 0}
        message = {"kind": "piece", "name": name, "size": len(content), **place, **about}
        zone.receive(message, [memoryview(content[start : start + size])])


def end(zone, files, lot=1, **about):
    zone.receive({"kind": "end", "view": "one", "lot": lot, "files": files, "number": 0, **about}, [])


def drop(view, folder, lot=1):
    """Let a folder arrive, as a browser sends it."""
    zone, paths = view.collection.drop, sorted(folder.rglob("*.png"))
    for number, path in enumerate(paths):
        pieces(zone, path.relative_to(folder.parent).as_posix(), path.read_bytes(), number, lot)
    end(zone, len(paths), lot)
    view.jobs.wait()


def test_each_piece_and_each_end_is_answered(monkeypatch):
    lots, sent = [], []
    zone = Dropzone(lots.append, "here")
    monkeypatch.setattr(zone, "send", sent.append)
    pieces(zone, "pets/cat/large.bin", os.urandom(3_500_000))
    end(zone, 2)
    assert [path.name for path in lots[0]] == ["pets"]
    assert [one.pop("problem") for one in sent] == [""] * 4 + ["1 file did not arrive; bring it again."]
    assert all(one == {"kind": "got", "view": "one", "number": 0} for one in sent)


def test_messages_leave_out_the_temporary_folder(view, log):
    pieces(view.collection.drop, "bad.zip", b"PK no zip file")
    end(view.collection.drop, 1)
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
    for lot in (1, 2):  # the second has files of the same names
        drop(view, pets, lot)
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
        assert "6 pictures added. 6 of them have the class " in view.collection.says.value
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
