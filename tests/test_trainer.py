"""The trainer without its widget: bring, train, stop, judge, change, keep; and its widget's parts without a browser."""

import os
import subprocess
import sys
import threading
import time
import zipfile

import numpy as np
import pytest
from PIL import Image

import course_utils as cu
from course_utils import dropzone, trainer as module, trainer_view
from course_utils.network import features


def make_pictures(folder, seed=3, **counts):
    """Noise around a color of its own for each class."""
    colors = {"red": (200, 40, 40), "blue": (40, 40, 200), "green": (40, 200, 40)}
    rng = np.random.default_rng(seed)
    for name, count in counts.items():
        (folder / name).mkdir(parents=True, exist_ok=True)
        for number in range(count):
            noise = np.clip(rng.normal(colors[name], 30, (90, 120, 3)), 0, 255).astype("uint8")
            Image.fromarray(noise).save(folder / name / f"{name}-{number}.png")
    return folder


@pytest.fixture
def pets(tmp_path):
    return make_pictures(tmp_path / "pets", red=6, blue=6)


@pytest.fixture
def trainer():
    trainer = cu.Trainer()
    yield trainer
    trainer.close()


def test_from_folder_to_file(trainer, pets, tmp_path):
    trainer.add(pets)
    seen = []
    results = trainer.train(epochs=12, progress=lambda *news: seen.append(news))
    assert trainer.results is results and results.right == len(results.predicted) == 2 and results.accuracy == 1
    assert not results.mistakes and results.interval[0] == pytest.approx(0.158, abs=1e-3) and results.interval[1] == 1
    assert [news[1:3] for news in seen if news[0] == "features"][-1] == (12, 12)
    assert [news[1] for news in seen if news[0] == "epochs"] == list(range(1, 13))
    assert set(results.history) == {"loss", "accuracy", "val_loss", "val_accuracy"}
    assert len(results.history["loss"]) == 12
    path = trainer.save(tmp_path / "kept.zip")
    picture = pets / "red" / "red-1.png"
    assert cu.load_classifier(path).predict(picture) == trainer.predict(picture)
    assert next(iter(trainer.predict(picture))) == "red"


def test_a_zip_trains_the_same(trainer, pets, tmp_path):
    with zipfile.ZipFile(tmp_path / "pets.zip", "w") as file:
        for path in sorted(pets.rglob("*.png")):
            file.write(path, path.relative_to(tmp_path))
    other = cu.Trainer()
    trainer.add(pets)
    other.add(tmp_path / "pets.zip")
    assert np.allclose(trainer.train(epochs=3).probabilities, other.train(epochs=3).probabilities)


def test_its_code_does_the_same(trainer, pets, tmp_path):
    trainer.add(pets)
    trainer.move(pets / "red" / "red-2.png", "blue")
    trainer.drop(pets / "blue" / "blue-5.png")
    trainer.train(epochs=3, units=20, learning_rate=0.001, seed=3)
    code = trainer.code(tmp_path / "by-code.zip")
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    picture = pets / "red" / "red-1.png"
    by_code, own = cu.load_classifier(tmp_path / "by-code.zip").predict(picture), trainer.predict(picture)
    assert by_code == pytest.approx(own, abs=1e-3)


def test_stop_keeps_the_best_so_far(trainer, pets):
    trainer.add(pets)

    def progress(phase, done, total, history):
        if phase == "epochs" and done == 3:
            trainer.stop()

    results = trainer.train(epochs=1000, progress=progress)
    assert results.stopped and len(results.history["loss"]) == 3
    best = int(np.argmin(results.history["val_loss"]))
    rows = cu.add_labels(results.validation.labels, results.classes)
    loss = -np.log((results.probabilities * rows).sum(axis=1)).mean()
    assert loss == pytest.approx(results.history["val_loss"][best], rel=1e-3)


def test_stop_before_there_is_anything(trainer, pets):
    trainer.add(pets)
    with pytest.raises(module.Stopped, match="while reading pictures"):
        trainer.train(progress=lambda *_: trainer.stop())
    assert trainer.results is None
    assert not trainer.train(epochs=1).stopped, "a later training is not stopped by an earlier stop"


def test_known_features_are_not_computed_again(trainer, pets, monkeypatch):
    trainer.add(pets)
    trainer.train(epochs=1)
    computed, process = [], features.load_and_process_image
    monkeypatch.setattr(features, "load_and_process_image", lambda path: computed.append(path.name) or process(path))
    make_pictures(pets.parent / "more", seed=None, green=2)  # never seen before
    trainer.add(pets.parent / "more")
    trainer.move(pets / "red" / "red-2.png", "blue")
    results = trainer.train(epochs=1)
    assert sorted(computed) == ["green-0.png", "green-1.png"] and results.classes == ("blue", "green", "red")


def test_training_and_validation_apart(trainer):
    trainer.add(cu.colors_folder())
    assert (len(trainer.training.paths), len(trainer.validation.paths)) == (4, 2)
    training, validation = trainer.split()
    assert training.classes == validation.classes == ("blue", "red")
    assert trainer.train().right == 2


def test_a_table(trainer, pets):
    rows = "".join(f"{path.relative_to(pets).as_posix()},{path.parent.name}\n" for path in pets.rglob("*.png"))
    (pets / "labels.csv").write_text("file,label\n" + rows)
    trainer.add(pets / "labels.csv")
    assert trainer.classes == ("blue", "red") and len(trainer.pictures) == 12


def test_a_class_that_only_validation_has(trainer, pets):
    folder = make_pictures(pets.parent / "both" / "training", red=2, blue=2).parent
    make_pictures(folder / "validation", red=1, green=1)
    with pytest.raises(ValueError, match="green"):
        trainer.add(folder)
    assert not trainer.pictures


def test_what_is_held_back(trainer, pets):
    trainer.add(make_pictures(pets, green=1))
    training, validation = trainer.split(seed=1)
    assert sorted(validation.labels) == ["blue", "red"] and training.labels.count("green") == 1
    assert not set(training.paths) & set(validation.paths)
    assert trainer.split(seed=1) == (training, validation) != trainer.split(seed=2)


def test_pictures_with_a_class_of_their_own(trainer, pets):
    trainer.add([pets / "red" / "red-0.png", pets / "red" / "red-1.png"], label="tomato")
    assert trainer.classes == ("tomato",)
    with pytest.raises(ValueError, match="has no name"):
        trainer.add([pets / "red" / "red-0.png"], label=" ")
    with pytest.raises(FileNotFoundError, match="gone.png"):
        trainer.add([pets / "gone.png"], label="tomato")


def test_one_bad_file_costs_only_itself(trainer, pets):
    (pets / "red" / "bad.png").write_bytes(b"no picture")
    trainer.add(pets)
    results = trainer.train(epochs=1)
    assert any("bad.png" in finding.files for finding in trainer.training.report + results.report)
    assert len(results.classes) == 2


@pytest.mark.parametrize(
    "make, words",
    [
        (lambda trainer, folder: None, "no pictures yet"),
        (
            lambda trainer, folder: trainer.add(make_pictures(folder / "one", red=3)),
            "all pictures are of the class 'red'",
        ),
        (lambda trainer, folder: trainer.add(folder / "nowhere"), "nowhere"),
        (lambda trainer, folder: trainer.add(folder), "no pictures"),
        (lambda trainer, folder: trainer.add(bad_zip(folder)), "bad.zip"),
        (lambda trainer, folder: trainer.move(folder / "x.png", "red"), "x.png is none of the 0 pictures here"),
        (lambda trainer, folder: trainer.predict(folder), "no classifier yet"),
        (lambda trainer, folder: trainer.save(folder / "x.zip"), "no classifier yet"),
    ],
)
def test_errors_say_what_to_do(trainer, tmp_path, make, words):
    with pytest.raises((ValueError, OSError), match=words):
        make(trainer, tmp_path)
        trainer.train()


def bad_zip(folder):
    (folder / "bad.zip").write_bytes(b"PK no zip file")
    return folder / "bad.zip"


def test_settings_that_make_no_sense(trainer, pets):
    trainer.add(pets)
    with pytest.raises(ValueError, match="0 epochs"):
        trainer.train(epochs=0)


# the widget's parts


def finish(view):
    view.jobs.join()


def test_the_widget_drives_the_same_object(trainer, pets, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    view = trainer_view.TrainerView(trainer)
    view.path.value = str(pets)
    view.bring_path()
    finish(view)
    assert "12 pictures added" in view.bring_says.value and view.thumbnails.value.count("<img") == 12
    view.epochs.value = 5
    view.train()
    finish(view)
    assert "Done, after" in view.train_says.value and "2 of 2" in view.judged.value and "<img" in view.curves.value
    view.chosen.value = (pets / "red" / "red-0.png",)
    view.leave_out()
    finish(view)
    assert len(trainer.pictures) == 11
    view.try_path.value = trainer.results.validation.paths[0]
    view.try_one()
    finish(view)
    assert "<progress" in view.tried.value
    view.save()
    finish(view)
    assert (tmp_path / "my-classifier.zip").is_file() and "load_classifier" in view.kept.value
    assert "build_pretrained_model" in view.program.value
    view.load()
    finish(view)
    assert "Loaded a classifier of blue, red" in view.kept.value


def test_the_widget_says_errors_in_words(trainer, tmp_path):
    view = trainer_view.TrainerView(trainer)
    for action, place, words in [
        (view.bring_path, view.bring_says, "The field is empty"),
        (view.train, view.train_says, "There are no pictures yet"),
        (view.move, view.bring_says, "Choose pictures in the list"),
        (view.try_one, view.tried, "no validation pictures"),
        (view.save, view.kept, "There is no classifier yet"),
    ]:
        action()
        finish(view)
        assert words in place.value and 'role="alert"' in place.value
    view.path.value = str(tmp_path / "<nowhere>")
    view.bring_path()
    finish(view)
    assert "&lt;nowhere&gt;" in view.bring_says.value and "Traceback" not in view.bring_says.value


def test_one_job_after_the_other(trainer):
    view, gate, done = trainer_view.TrainerView(trainer), threading.Event(), []
    view._run(view.kept, gate.wait, "First…")
    view._run(view.tried, lambda: done.append(1), "Second…")
    assert "Waits until" in view.tried.value and not done
    gate.set()
    finish(view)
    assert done and "Second…" in view.tried.value


def test_what_waits_is_forgotten_when_the_widget_is_closed(trainer):
    view, gate, done = trainer_view.TrainerView(trainer), threading.Event(), []
    view._run(view.kept, gate.wait, "First…")
    view._run(view.tried, lambda: done.append(1), "Second…")
    view.close()
    gate.set()
    while view.jobs.unfinished_tasks > 1:  # the last is the end itself
        time.sleep(0.01)
    assert not done


def test_what_can_not_be_read_at_all_is_said(trainer, pets):
    for path in (pets / "red").iterdir():
        path.write_bytes(b"no picture")
    trainer.add(pets)
    with pytest.raises(ValueError, match="no picture of red can be read"):
        trainer.train()


def pieces(zone, name, content, lot=True, size=1 << 20):
    for start in range(0, max(len(content), 1), size):
        message = {"kind": "piece", "name": name, "lot": lot and start == 0, "file": start == 0}
        zone._receive(zone, message, [memoryview(content[start : start + size])])


def test_files_arrive_whole_and_in_their_folder():
    lots = []
    zone = dropzone.Dropzone(lots.append, "here")
    large = os.urandom(3_500_000)
    pieces(zone, "pets/cat/large.bin", large)
    pieces(zone, "../../evil.png", b"x", lot=False)
    pieces(zone, "same.png", b"1", lot=False)
    pieces(zone, "same.png", b"2", lot=False)
    pieces(zone, "empty.png", b"", lot=False)
    zone._receive(zone, {"kind": "end"}, [])
    (lot,) = lots
    assert [path.name for path in lot] == ["empty.png", "evil.png", "pets", "same-2.png", "same.png"]
    assert (lot[2] / "cat" / "large.bin").read_bytes() == large


@pytest.mark.parametrize(
    "name, safe",
    [("a/b.jpg", "a/b.jpg"), ("/etc/x", "etc/x"), ("..\\..\\x", ".._.._x"), ("C:\\x", "C__x"), ("..", "unnamed")],
)
def test_names_stay_inside(name, safe):
    assert dropzone.safe_name(name) == safe


def test_messages_leave_out_the_temporary_folder(trainer):
    view = trainer_view.TrainerView(trainer)
    lots = []
    view.drop._on_files = lots.append
    pieces(view.drop, "bad.zip", b"PK no zip file")
    view.drop._receive(view.drop, {"kind": "end"}, [])
    view._add(view._sort(lots[0]))
    assert "Can&#x27;t unpack bad.zip:" in view.bring_says.value


def test_closing_the_last_view_stops_the_work(trainer):
    view = trainer_view.TrainerView(trainer)
    for kind, stopped in [("opened", False), ("opened", False), ("closed", False), ("closed", True)]:
        view.drop._receive(view.drop, {"kind": kind}, [])
        assert trainer._stop.is_set() == stopped


def test_what_was_dropped_is_sorted(trainer, pets, tmp_path):
    view = trainer_view.TrainerView(trainer)
    lot = make_pictures(tmp_path / "lots" / "lot", red=2, blue=2)
    Image.new("RGB", (60, 60), "green").save(lot / "one.png")
    with zipfile.ZipFile(lot / "pets.zip", "w") as file:
        for path in pets.rglob("*.png"):
            file.write(path, path.relative_to(pets))
    view.label.value = "green"
    view._add(view._sort(sorted(lot.iterdir())))
    labels = [label for label, _ in trainer.pictures.values()]
    assert {name: labels.count(name) for name in set(labels)} == {"red": 8, "blue": 8, "green": 1}
    assert "17 pictures added" in view.bring_says.value
