"""The trainer without its widget: bring, train, stop, judge, change, keep."""

import json
import re
import subprocess
import sys
import zipfile

import numpy as np
import pytest
from helpers import COLORS, make_bursts, make_pictures, run_python
from PIL import Image

import course_utils as cu
from course_utils import commands
from course_utils.learning.evaluation import exact_interval
from course_utils.network import looks
from course_utils.trainer import session
from course_utils.trainer.progress import Stopped


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
    results = trainer.train(progress=lambda *news: seen.append(news))
    assert trainer.results is results and results.right == len(results.predicted) == 2 and results.accuracy == 1
    assert not results.mistakes and results.interval[0] == pytest.approx(0.158, abs=1e-3) and results.interval[1] == 1
    assert results.confusion.tolist() == [[1, 0], [0, 1]]
    assert {news[0] for news in seen} == {"features"} and seen[-1][1:3] == (12, 12)
    assert results.head == "linear" and results.history == {} and not results.others
    path = trainer.save(tmp_path / "kept.zip")
    picture = pets / "red" / "red-1.png"
    assert cu.load_classifier(path).predict(picture) == trainer.predict(picture)
    assert next(iter(trainer.predict(picture))) == "red"


def test_as_in_the_article(trainer, pets, tmp_path):
    trainer.add(pets)
    seen = []
    results = trainer.train(epochs=12, progress=lambda *news: seen.append(news))
    assert results.head == "article" and results.right == 2 and dict(results.others) == {"linear": 2}
    assert "the linear head has 2 of 2 right" in str(results)
    assert [news[1:3] for news in seen if news[0] == "features"][-1] == (24, 24), "two looks, and one"
    assert [news[1] for news in seen if news[0] == "epochs"] == list(range(1, 13))
    assert set(results.history) == {"loss", "accuracy", "val_loss", "val_accuracy"}
    assert len(results.history["loss"]) == 12
    picture = pets / "red" / "red-1.png"
    assert cu.load_classifier(trainer.save(tmp_path / "kept.zip")).predict(picture) == trainer.predict(picture)
    assert next(iter(trainer.predict(picture))) == "red"


def test_a_zip_trains_the_same(trainer, pets, tmp_path):
    with zipfile.ZipFile(tmp_path / "pets.zip", "w") as file:
        for path in sorted(pets.rglob("*.png")):
            file.write(path, path.relative_to(tmp_path))
    other = cu.Trainer()
    trainer.add(pets)
    other.add(tmp_path / "pets.zip")
    assert np.array_equal(trainer.train().probabilities, other.train().probabilities)


@pytest.mark.parametrize("settings", [{}, {"epochs": 3, "units": 20, "learning_rate": 0.001}])
def test_its_code_does_the_same(trainer, pets, tmp_path, settings):
    trainer.add(pets)
    trainer.move(pets / "red" / "red-2.png", "blue")
    trainer.drop(pets / "blue" / "blue-5.png")
    trainer.train(**settings, seed=3)
    code = trainer.code(tmp_path / "by-code.zip")
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    picture = pets / "red" / "red-1.png"
    by_code, own = cu.load_classifier(tmp_path / "by-code.zip").predict(picture), trainer.predict(picture)
    assert by_code == pytest.approx(own, abs=1e-6)


def test_it_fits_a_head_for_each_way_of_looking_once(trainer, tmp_path):
    """Where the whole photo counts, what sees it is right, and what sees the middle is not; each is told so."""
    rng = np.random.default_rng(2)
    for number in range(24):
        color = ("red", "blue")[number % 2]
        wide = np.clip(rng.normal(128, 30, (60, 180, 3)), 0, 255).astype("uint8")
        wide[10:50, 5:45] = COLORS[color]  # outside of the middle square
        (tmp_path / "wide" / color).mkdir(parents=True, exist_ok=True)
        Image.fromarray(wide).save(tmp_path / "wide" / color / f"{number:02}.png")
    trainer.add(tmp_path / "wide")
    results = trainer.train(groups=False)
    count = len(results.validation.paths)
    squeezed, square = (trainer.classifier.explain(f"x{ending}") for ending in (".tflite", "-tm"))
    assert f"{count} of {count} right, where the classifier itself" in squeezed, squeezed
    assert f"has {results.right} of {count}." in square and f": {count} of {count} right" not in square
    card = trainer.classifier.card
    learned = 24 - count
    assert f"blue ({learned // 2} pictures), red ({learned // 2} pictures)" in card and "not looked for" in card
    assert f"{results.right} of {count} pictures that it did not learn from were right" in card


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
    with pytest.raises(Stopped, match="while reading pictures"):
        trainer.train(progress=lambda *_: trainer.stop())
    assert trainer.results is None
    assert not trainer.train().stopped, "a later training is not stopped by an earlier stop"


def test_a_learning_curve_keeps_near_copies_on_one_side(trainer, tmp_path):
    trainer.add(make_bursts(tmp_path / "bursts", ["cat", "dog"] * 5, frames=4))
    phases = []
    curve = trainer.learning_curve(lambda phase, done, total, history: phases.append((phase, done, total)))
    assert curve.tries == 10 and curve.pictures == 40 and curve.classes == {"cat": 20, "dog": 20}
    assert phases[0] == ("features", 1, 40) and phases[-1] == ("draws", 20, 20)
    single = trainer.learning_curve(groups=False)
    assert single.tries == 40 and single.now > curve.now, "scenes of noise can't be told but by their copies"
    with pytest.raises(Stopped, match="while learning"):
        trainer.learning_curve(lambda phase, *_: trainer.stop() if phase == "draws" else None)


def test_a_learning_curve_parts_a_class_that_is_one_burst_by_name(trainer, tmp_path):
    """As train holds back the last of it: these are too alike to tell near-copies from different pictures."""
    trainer.add(make_bursts(tmp_path / "bursts", ["cat", "dog"], frames=10))
    assert trainer.learning_curve().tries == 10, "five stretches of each"


def test_validation_pictures_that_were_brought_take_no_part_in_a_learning_curve(trainer, tmp_path):
    for number, part in enumerate(("train", "val")):
        make_pictures(tmp_path / "set" / part, seed=number, red=6, blue=6)
    trainer.add(tmp_path / "set")
    assert trainer.learning_curve().pictures == 12


def test_known_features_are_not_computed_again(trainer, pets, monkeypatch):
    trainer.add(pets)
    trainer.train()
    computed, look = [], looks.look_thrice
    monkeypatch.setattr(looks, "look_thrice", lambda path, run: computed.append(path.name) or look(path, run))
    make_pictures(pets.parent / "more", seed=None, green=2)  # never seen before
    trainer.add(pets.parent / "more")
    trainer.move(pets / "red" / "red-2.png", "blue")
    results = trainer.train()
    assert sorted(computed) == ["green-0.png", "green-1.png"] and results.classes == ("blue", "green", "red")


def test_heads_that_only_other_tools_need_are_left_out_if_asked(trainer, pets, tmp_path, monkeypatch):
    trainer.add(pets)
    expected = trainer.train().probabilities
    monkeypatch.setattr(session, "fit_clients", lambda *words: pytest.fail("fitted heads that nobody needs"))
    assert np.array_equal(trainer.train(clients=False).probabilities, expected)
    trainer.save(tmp_path / "pets.zip")
    with pytest.raises(ValueError, match="looks once.*Train it again in the trainer"):
        trainer.save(tmp_path / "pets.tflite")


def test_a_report_without_a_file_fits_one_head(pets, monkeypatch, capsys):
    monkeypatch.setattr(session, "fit_clients", lambda *words: pytest.fail("fitted heads that nobody needs"))
    monkeypatch.setattr(sys, "argv", ["course_utils", "train", str(pets)])
    commands.main()
    assert "2 of 2 right" in capsys.readouterr().out


def test_one_folder_in_many_spellings_counts_once(trainer, pets, monkeypatch):
    monkeypatch.chdir(pets.parent)
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(pets.parent))
    for source in (pets, "pets", "./pets/", "~/pets", f'"{pets}"', f" '{pets}' ", "pets/../pets"):
        trainer.add(source)
        assert len(trainer.pictures) == 12
    monkeypatch.chdir("/")
    assert trainer.train().right == 2, "a path that was relative still leads there"
    assert next(iter(trainer.predict("~/pets/red/red-1.png"))) == "red"


def test_sources_of_every_kind(trainer, pets, tmp_path):
    trainer.add(path for path in [pets / "red", pets / "blue"])
    assert trainer.classes == ("blue", "red")
    other = cu.Trainer()
    other.add(pets.rglob("*.png"))  # loose pictures: their names say what they show
    assert other.pictures == trainer.pictures
    other = cu.Trainer()
    other.add((path for path in pets.glob("red/*.png")), label="warm")
    other.add(str(pets / "blue" / "blue-1.png"), label="cold")
    assert other.classes == ("cold", "warm") and len(other.pictures) == 7
    with pytest.raises(ValueError, match="red-1.png is one picture; say what it shows"):
        other.add(pets / "red" / "red-1.png")
    with pytest.raises(ValueError, match="got no pictures"):
        other.add([])
    before = other.pictures
    with pytest.raises(FileNotFoundError):
        other.add([pets, tmp_path / "nowhere"])
    assert other.pictures == before, "nothing is added where one of several is missing"


def test_a_test_part_is_judged_on_request(trainer, tmp_path):
    for part, count in (("train", 6), ("val", 2), ("test", 3)):
        make_pictures(tmp_path / "set" / part, seed=count, red=count, blue=count)
    (tmp_path / "set" / "test" / "red" / "bad.png").write_text("no picture")
    trainer.add(tmp_path / "set")
    with pytest.raises(ValueError, match="no classifier yet"):
        trainer.judge_test()
    results = trainer.train()
    assert len(results.validation.paths) == 4 and len(trainer.test.paths) == 7
    final = trainer.judge_test()
    assert final.right == len(final.validation.paths) == 6 and trainer.results is results
    assert [finding.files for finding in final.report] == [("bad.png",)]
    assert any("asked 2 times" in finding.problem for finding in trainer.judge_test().report)
    again = cu.Trainer()
    again.add(tmp_path / "set" / "train")
    again.train()
    with pytest.raises(ValueError, match="called test"):
        again.judge_test()


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
    results = trainer.train()
    assert any("bad.png" in finding.files for finding in trainer.training.report + results.report)
    assert len(results.classes) == 2


@pytest.mark.parametrize(
    "make, words",
    [
        (lambda folder: folder / "nowhere", "nowhere is not a folder"),
        (lambda folder: folder, "pets is empty; expected pictures"),
        (lambda folder: bad_zip(folder), "bad.zip"),
    ],
)
def test_what_can_not_be_added_is_said(trainer, tmp_path, make, words):
    empty = tmp_path / "pets"
    empty.mkdir()
    source = make(empty)
    with pytest.raises((ValueError, OSError), match=words):
        trainer.add(source)
    assert not trainer.pictures and not trainer.steps


def bad_zip(folder):
    (folder / "bad.zip").write_bytes(b"PK no zip file")
    return folder / "bad.zip"


def test_there_is_nothing_to_train_on(trainer):
    with pytest.raises(ValueError, match="no pictures yet; add some"):
        trainer.train()


def test_one_class_is_too_few(trainer, tmp_path):
    trainer.add(make_pictures(tmp_path, red=3))
    with pytest.raises(ValueError, match="all pictures are of the class 'red'"):
        trainer.train()


@pytest.mark.parametrize("change", [lambda trainer, path: trainer.move(path, "red"), cu.Trainer.drop])
def test_only_pictures_that_are_here_can_be_changed(trainer, tmp_path, change):
    with pytest.raises(ValueError, match="x.png is none of the 0 pictures here"):
        change(trainer, tmp_path / "x.png")


@pytest.mark.parametrize("use", [cu.Trainer.predict, cu.Trainer.save])
def test_without_a_classifier(trainer, tmp_path, use):
    with pytest.raises(ValueError, match="no classifier yet; train one, or load one"):
        use(trainer, tmp_path / "x.zip")


@pytest.mark.parametrize(
    "settings, words",
    [
        ({"epochs": 0}, "0 epochs"),
        ({"units": 0}, "0 units"),
        ({"learning_rate": 0}, "rate 0"),
        ({"head": "deep"}, "got the head 'deep'; expected linear, article or fine-tuned"),
        ({"head": "linear", "epochs": 5, "units": 3}, "a linear head has no epochs, units"),
    ],
)
def test_settings_that_make_no_sense(trainer, pets, settings, words):
    trainer.add(pets)
    with pytest.raises(ValueError, match=words):
        trainer.train(**settings)


def test_what_can_not_be_read_at_all_is_said(trainer, pets):
    for path in (pets / "red").iterdir():
        path.write_bytes(b"no picture")
    trainer.add(pets)
    with pytest.raises(ValueError, match="no picture of red can be read"):
        trainer.train()


@pytest.mark.parametrize(
    "code",
    [
        "import course_utils.trainer.session",
        "import course_utils as cu; cu.Trainer().add(cu.colors_folder())",
    ],
)
def test_a_session_needs_no_widget(code):
    look = "import sys; print(sorted({'anywidget', 'ipywidgets', 'IPython'} & set(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", f"{code}; {look}"], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert run.stdout.strip() == "[]"


def test_the_interval_is_the_exact_one():
    from scipy.stats import binomtest

    for right, count in [(0, 1), (1, 1), (5, 5), (4, 5), (0, 17), (9, 17), (999, 1000), (812, 1000)]:
        expected = binomtest(right, count).proportion_ci(0.95, "exact")
        assert np.allclose(exact_interval(right, count), expected, atol=1e-9), (right, count)


NO_HEAVY = """
import sys
for name in ("tensorflow", "keras", "sklearn", "scipy", "matplotlib", "IPython", "ipywidgets"): sys.modules[name] = None
sys.argv = ["course_utils", *sys.argv[1:]]
from course_utils.commands import main
main()
"""


def train_in_a_terminal(*words, **settings):
    return run_python("-c", NO_HEAVY, "train", *words, **settings)


def test_training_in_a_terminal(pets, tmp_path):
    saved = tmp_path / "my.zip"
    done = train_in_a_terminal(pets, "--save", saved)
    assert done.returncode == 0 and done.stderr == ""
    assert "Classes: blue, red. A linear head" in done.stdout
    assert "2 of 2 right; the true accuracy may be 16% to 100%" in done.stdout
    assert re.search(r"1 blue +1 +0\n2 red +0 +1\n", done.stdout)
    assert f"Saved to {saved}" in done.stdout and "Mistakes" not in done.stdout
    assert next(iter(cu.load_classifier(saved).predict(pets / "red" / "red-0.png"))) == "red"


def test_training_in_a_terminal_as_json(pets):
    (pets / "blue" / "bad.png").write_text("no picture")
    done = train_in_a_terminal(pets, "--json", "--head", "article", "--epochs", "2")
    told = json.loads(done.stdout)
    assert done.returncode == 0 and told["head"] == "article" and set(told["others"]) == {"linear"}
    assert np.sum(told["confusion"]) == told["validation"] and np.trace(told["confusion"]) == told["right"]
    assert len(told["mistakes"]) == told["validation"] - told["right"]
    assert told["noticed"][0]["files"] == ["bad.png"] and told["saved"] is None


def test_a_terminal_says_whether_more_pictures_would_help(pets):
    done = train_in_a_terminal(pets, "--curve")
    assert done.returncode == 0 and "Would more pictures help?\n  With 5 pictures a class" in done.stdout
    told = json.loads(train_in_a_terminal(pets, "--curve", "--json").stdout)["curve"]
    assert (
        told["counts"] == [2, 3, 5]
        and len(told["accuracies"]) == 3
        and told["words"].replace("\n", "\n  ") in done.stdout
    )
    low, middle, high = told["twice"]
    assert low <= middle <= high and len(told["gain"]) == 3
    assert "curve" not in json.loads(train_in_a_terminal(pets, "--json").stdout)
    for path in sorted(pets.rglob("*.png"))[:3]:
        path.unlink()
    few = train_in_a_terminal(pets, "--curve")
    assert few.returncode == 0 and "3 of 'blue'" in few.stdout and "right; the true" in few.stdout


def test_training_on_the_practice_weights_says_so_beside_the_json(pets, monkeypatch):
    monkeypatch.setenv("COURSE_ASSETS", "practice")
    assert "Practice set in use: weights" in train_in_a_terminal(pets).stdout
    done = train_in_a_terminal(pets, "--json")
    assert json.loads(done.stdout)["validation"] == 2 and "Practice set in use: weights" in done.stderr


@pytest.mark.parametrize("words", [["gone"], ["pets", "--head", "deep"], ["pets", "--head", "linear", "--epochs", "3"]])
def test_training_in_a_terminal_that_can_not_begin(pets, words):
    done = train_in_a_terminal(*words, cwd=pets.parent)
    assert done.returncode and done.stderr and "Traceback" not in done.stderr and done.stdout == ""


@pytest.mark.parametrize("form", ["zip", "folder", "list"])
def test_all_in_a_zip_or_folder_has_the_label(trainer, pets, tmp_path, form):
    """Whatever folders there are inside."""
    (pets / "notes.txt").write_text("no picture\n")
    with zipfile.ZipFile(tmp_path / "pets.zip", "w") as file:
        for path in sorted(pets.rglob("*.*")):
            file.write(path, path.relative_to(pets))
    source = {"zip": tmp_path / "pets.zip", "folder": pets, "list": [tmp_path / "pets.zip"]}[form]
    decomposed = "Ka\u0308fer"
    report = trainer.add(source, label=f" {decomposed} ")
    assert trainer.classes == ("K\u00e4fer",) and len(trainer.pictures) == 12
    assert [finding.files for finding in report] == [("notes.txt",)]
    other = cu.Trainer()
    exec(trainer.steps[-1], {"trainer": other})  # the program that its code() writes
    assert other.pictures == trainer.pictures


def test_what_can_not_have_a_label(trainer, tmp_path):
    with zipfile.ZipFile(tmp_path / "bare.zip", "w") as file:
        file.writestr("notes.txt", "nothing here\n")
    with pytest.raises(ValueError, match="bare.zip holds no pictures.*\n.*notes.txt"):
        trainer.add(tmp_path / "bare.zip", label="cat")
    (tmp_path / "cats.7z").write_bytes(b"7z\xbc\xaf\x27\x1c" + bytes(30))
    with pytest.raises(ValueError, match="cats.7z: it is a 7-Zip archive .*unpack it"):
        trainer.add(tmp_path / "cats.7z", label="cat")
    Image.new("RGB", (9, 9)).save(tmp_path / "a.png")
    with pytest.raises(ValueError, match=r"label K\\udce4fer is not UTF-8"):
        trainer.add(tmp_path / "a.png", label="K\udce4fer")
    assert not trainer.pictures


def test_a_program_sees_a_bar_unless_the_pictures_are_few(capsys):
    session = cu.Trainer()
    session.add(cu.colors_folder())
    session.train(groups=False)
    assert "Features" not in capsys.readouterr().err
    session.add(cu.stock_folder())
    session.train(head="article", epochs=3, groups=False)
    assert re.search(r"Features: .*Epochs: .*/3", capsys.readouterr().err, re.S)
