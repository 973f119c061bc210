"""The practice set: what it holds, when it is used, and what is said then."""

import re

import numpy as np
import pytest
from helpers import ROOT, run_course
from PIL import Image

import course_utils as cu
from course_utils import data_folder
from course_utils.assets import practice
from course_utils.assets.fetch import registry
from course_utils.network.mobilenet import name_weights

WEIGHTS = data_folder() / "practice" / "weights.npz"


@pytest.fixture(autouse=True)
def no_wish(monkeypatch):
    monkeypatch.delenv("COURSE_ASSETS", raising=False)


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A cache of the test's own, about which nothing has been said yet."""
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path))


def fail():
    raise cu.AssetError("nowhere to be had")


def test_real_files_come_first(place, capsys):
    assert practice.real_or_practice("drum", lambda: "real", "practice") == "real"
    assert capsys.readouterr().out == ""


def test_it_stands_in_and_says_so_once(place, capsys):
    asked = []
    for kind in ("drum", "weights", "drum"):
        found = practice.real_or_practice(kind, lambda kind=kind: asked.append(kind) or fail(), "practice")
        assert found == "practice"
    said = capsys.readouterr().out
    assert said.count("Practice set in use: a rendered drum") == 1 and said.count("nowhere to be had") == 1
    assert said.count("Also from the practice set: weights") == 1 and "COURSE_MIRROR" in said
    assert said.count("ractice set") == 2
    assert asked == ["drum", "weights"], "what could not be had is not looked for again"


def test_in_another_place_it_looks_again_and_says_so_again(place, capsys, monkeypatch, tmp_path):
    assert practice.real_or_practice("drum", fail, "practice") == "practice"
    monkeypatch.setenv("COURSE_MIRROR", str(tmp_path / "mirror"))
    assert practice.real_or_practice("drum", fail, "practice") == "practice"
    assert capsys.readouterr().out.count("Practice set in use: a rendered drum") == 2
    monkeypatch.setenv("COURSE_MIRROR", str(tmp_path / "good"))
    assert practice.real_or_practice("drum", lambda: "real", "practice") == "real"


def test_it_can_be_asked_for(place, monkeypatch, capsys):
    monkeypatch.setenv("COURSE_ASSETS", "practice")
    assert cu.drum_path() == data_folder() / "drum.jpg" and cu.pexels_folder() == cu.stock_folder()
    assert "Unset COURSE_ASSETS" in capsys.readouterr().out


def test_it_can_be_refused(monkeypatch):
    monkeypatch.setenv("COURSE_ASSETS", "real")
    with pytest.raises(cu.AssetError, match="nowhere"):
        practice.real_or_practice("drum", fail, "practice")


def test_a_misspelt_wish_is_named(monkeypatch):
    monkeypatch.setenv("COURSE_ASSETS", "practise")
    with pytest.raises(cu.AssetError, match="'practise'; expected real, practice"):
        cu.drum_path()


def test_the_box_in_a_notebook_is_plain_html():
    box = practice.PracticeBox("photos", "a < b", first=True)._repr_html_()
    assert 'role="note"' in box and "rendered phones" in box and "a &lt; b" in box and "Three" not in box


def test_the_weights_are_small_safe_and_whole():
    assert WEIGHTS.stat().st_size < 1_100_000
    with np.load(WEIGHTS, allow_pickle=False) as arrays:
        assert all(arrays[name].dtype == np.float16 for name in arrays.files)
        assert all(np.isfinite(arrays[name]).all() for name in arrays.files)
        assert sum(arrays[name].size for name in arrays.files) == 475_544


def test_the_weights_fit_the_same_network():
    model, other = cu.load_mobilenet("practice"), cu.load_mobilenet("random")
    assert list(name_weights(model)) == list(name_weights(other))
    assert model.input_shape == (None, 224, 224, 3) and model.output_shape == (None, 1000)
    with np.load(WEIGHTS) as arrays:
        for name, variable in name_weights(model).items():
            assert np.array_equal(variable.numpy(), arrays[name].astype(np.float32)), name
    with pytest.raises(ValueError, match="'tiny'; expected published, practice or random"):
        cu.load_mobilenet("tiny")


def test_the_card_and_the_box_say_how_many_names_they_know():
    card = (data_folder() / "practice" / "README.md").read_text(encoding="utf-8")
    known = re.findall(r"^\| (\d+) \w.* \| (\d+) \| (\d+)% \|", card, re.M)
    assert f"They know {len(known)} of ImageNet's names" in practice.STANDS_IN["weights"]
    assert "541" in [index for index, *_ in known]


def test_the_practice_weights_know_the_rendered_drum():
    batch = cu.batch_image(cu.resize_image(cu.evaluation_view(cu.load_image(data_folder() / "drum.jpg"))))
    assert cu.load_mobilenet("practice").predict(batch, verbose=0).argmax() == 541


def test_the_published_weights_know_the_rendered_drum(real_files, mobilenet):
    batch = cu.batch_image(cu.resize_image(cu.evaluation_view(cu.load_image(data_folder() / "drum.jpg"))))
    assert mobilenet.predict(batch, verbose=0).argmax() == 541


@pytest.fixture(scope="module")
def network():
    return cu.build_pretrained_model("practice")


@pytest.mark.parametrize("folder", [cu.colors_folder(), cu.stock_folder()], ids=lambda folder: folder.name)
def test_a_head_learns_from_practice_features(network, folder):
    training, validation = cu.read_folders(folder / "training"), cu.read_folders(folder / "validation")
    features, new = cu.load_images(training.paths, network), cu.load_images(validation.paths, network)
    for seed in (0, 1):
        cu.set_seed(seed)
        head = cu.get_model(len(training.classes))
        cu.train(head, features, cu.add_labels(training.labels, training.classes))
        predicted = cu.predict(head, new, training.classes)
        assert np.mean([a == b for a, b in zip(predicted, validation.labels, strict=True)]) >= 0.9


def test_the_stock_pictures_are_a_sound_set():
    training, validation = (
        cu.read_folders(cu.stock_folder() / "training"),
        cu.read_folders(cu.stock_folder() / "validation"),
    )
    assert training.classes == validation.classes == ("mobile", "notebook", "wood")
    assert min(map(training.labels.count, training.classes)) >= 10
    assert min(map(validation.labels.count, validation.classes)) >= 2
    for path in training.paths + validation.paths:
        with Image.open(path) as picture:
            assert max(picture.size) == 640 and path.stat().st_size < 120_000, path.name
    assert [finding for finding in cu.check_pictures(training, validation) if finding.severity == "error"] == []
    assert cu.load_image(data_folder() / "drum.jpg").shape == (500, 356, 3), (
        "as the drum photo: notebooks count its pixels"
    )


def run(*words, **variables):
    return run_course("assets", *words, **{"COURSE_ASSETS": "", **variables})


CUT = {"PYTHONPATH": str(ROOT / "tools" / "no_network")}


def test_the_list_of_files_says_why_one_is_missing(tmp_path):
    (tmp_path / "mirror" / "mobilenet_v1_0.25_224").mkdir(parents=True)
    (tmp_path / "mirror" / "mobilenet_v1_0.25_224" / "model.json").write_text("damaged")
    done = run(COURSE_MIRROR=str(tmp_path / "mirror"), COURSE_CACHE=str(tmp_path / "cache"), **CUT)
    assert done.returncode == 0 and f"0 of {len(registry())} files are on this machine" in done.stdout
    line = next(line for line in done.stdout.splitlines() if "model.json" in line)
    assert line.startswith("[missing]") and "mirror: the file is there, but damaged" in line
    assert "cache: there is no such folder" in line


def test_fetching_without_a_network_says_what_to_do(tmp_path):
    done = run("--fetch", COURSE_MIRROR=str(tmp_path), COURSE_CACHE=str(tmp_path / "cache"), **CUT)
    assert done.returncode == 1 and "Three ways out" in done.stdout and "Traceback" not in done.stderr


def test_a_copy_serves_as_a_mirror(real_files, tmp_path):
    done = run("--copy", str(tmp_path / "mirror"), **CUT)
    assert f"of them are in {tmp_path / 'mirror'}" in done.stdout, done.stdout + done.stderr
    again = run(COURSE_MIRROR=str(tmp_path / "mirror"), COURSE_CACHE=str(tmp_path / "cache"), **CUT)
    assert again.stdout.count("[mirror]") == done.stdout.count("[mirror]") + done.stdout.count("[cache]") > 80


def test_a_copy_that_cannot_be_written_says_so(real_files, tmp_path):
    (tmp_path / "taken").write_text("a file")
    done = run("--copy", str(tmp_path / "taken"), **CUT)
    assert done.returncode == 1 and "Choose another folder" in done.stderr and "Traceback" not in done.stderr
