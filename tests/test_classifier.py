"""A classifier in one file: it answers as the notebook did, without TensorFlow, and runs nobody's code."""

import json
import os
import pickle
import zipfile

import numpy as np
import pytest
from helpers import run_course, run_python

import course_utils as cu
from course_utils.pictures.pipeline import PREPROCESSING


@pytest.fixture(scope="module")
def trained(pretrained_model):
    """Both halves, trained on colors."""
    training = cu.read_folders(cu.colors_folder() / "training")
    cu.set_seed(7)
    model = cu.get_model(2)
    rows = cu.add_labels(training.labels, training.classes)
    cu.train(model, cu.load_images(training.paths, pretrained_model), rows)
    return pretrained_model, model, training.classes


@pytest.fixture(scope="module")
def saved(trained, tmp_path_factory):
    return cu.save_classifier(tmp_path_factory.mktemp("saved") / "Farben.zip", *trained)


RED = cu.colors_folder() / "validation" / "red" / "red-3.png"


def test_it_predicts_the_same(trained, saved):
    pretrained_model, model, classes = trained
    classifier = cu.load_classifier(saved)
    expected = cu.make_prediction(pretrained_model, model, RED)
    got = classifier.predict(RED)
    assert classifier.classes == list(classes) and list(got) == ["red", "blue"]
    assert np.allclose([got[name] for name in classifier.classes], expected, atol=1e-3)
    assert sum(got.values()) == pytest.approx(1)


def test_in_a_terminal(saved, tmp_path):
    run = run_course("classify", saved, RED, cwd=tmp_path)
    assert run.returncode == 0 and run.stderr == ""
    assert run.stdout.startswith(f"{RED}: red ") and ", blue " in run.stdout


def test_one_bad_picture_costs_only_itself(saved, tmp_path):
    (tmp_path / "bad.jpg").write_text("no picture")
    run = run_course("classify", saved, tmp_path / "bad.jpg", RED, "--json")
    bad, good = json.loads(run.stdout)
    assert run.returncode == 1 and "no picture" in bad["error"] and good["probabilities"]["red"] > 0.5
    assert "bad.jpg: not read: " in run_course("classify", saved, tmp_path / "bad.jpg", RED).stdout


def test_it_needs_no_tensorflow(saved):
    """An import of TensorFlow or Keras would fail here."""
    code = (
        "import sys\n"
        "for name in ('tensorflow', 'keras', 'sklearn', 'joblib', 'matplotlib'): sys.modules[name] = None\n"
        f"import course_utils as cu; print(next(iter(cu.load_classifier({str(saved)!r}).predict({str(RED)!r}))))"
    )
    assert run_python("-c", code).stdout.strip() == "red"


def altered(saved, path, **members):
    with zipfile.ZipFile(saved) as source, zipfile.ZipFile(path, "w") as target:
        for name in source.namelist():
            content = members.get(name.split(".")[0], source.read(name))
            if content is not None:
                target.writestr(name, content)
    return path


@pytest.mark.parametrize(
    "members, words",
    [
        ({"classifier": b'{"kind": "something else"}'}, "'something else'"),
        ({"classifier": b"not JSON"}, "Expecting value"),
        ({"head": None}, "head.tflite"),
        ({"head": b"not a network"}, "classifier: "),
        ({"mobilenet": pickle.dumps(os.getcwd)}, "classifier: "),
    ],
)
def test_what_is_no_classifier_is_refused_by_name(saved, tmp_path, members, words):
    path = altered(saved, tmp_path / "altered.zip", **members)
    with pytest.raises(ValueError, match="altered.zip can't be read as a classifier") as error:
        cu.load_classifier(path)
    assert words in str(error.value)


@pytest.mark.parametrize("other", ["in another way", None])
def test_it_warns_when_pictures_were_prepared_otherwise(saved, tmp_path, other, recwarn):
    about = json.loads(zipfile.ZipFile(saved).read("classifier.json"))
    assert about.pop("preprocessing") == PREPROCESSING
    cu.load_classifier(saved)
    assert not recwarn.list
    about |= {"preprocessing": other} if other else {}
    path = altered(saved, tmp_path / "other.zip", classifier=json.dumps(about).encode())
    with pytest.warns(UserWarning, match=f"other.zip was trained on pictures prepared as {other!r}.*{PREPROCESSING}"):
        assert cu.load_classifier(path).classes == about["classes"]


def test_wrong_number_of_classes(trained, saved, tmp_path):
    about = json.loads(zipfile.ZipFile(saved).read("classifier.json")) | {"classes": ["blue", "green", "red"]}
    with pytest.raises(ValueError, match="names 3 classes"):
        cu.load_classifier(altered(saved, tmp_path / "three.zip", classifier=json.dumps(about).encode()))
    with pytest.raises(ValueError, match="got 3 classes for a head with 2 outputs"):
        cu.save_classifier(tmp_path / "x.zip", *trained[:2], ["blue", "green", "red"])
    assert not (tmp_path / "x.zip").exists()


def test_a_damaged_file_is_refused(saved, tmp_path):
    content = bytearray(saved.read_bytes())
    content[len(content) // 2] ^= 255
    (tmp_path / "damaged.zip").write_bytes(content)
    with pytest.raises(ValueError, match="damaged.zip"):
        cu.load_classifier(tmp_path / "damaged.zip")
    (tmp_path / "cut.zip").write_bytes(content[: len(content) // 2])
    with pytest.raises(ValueError, match="cut.zip"):
        cu.load_classifier(tmp_path / "cut.zip")
    with pytest.raises(FileNotFoundError, match="gone.zip; expected one from save_classifier"):
        cu.load_classifier(tmp_path / "gone.zip")
    assert "gone.zip" in run_course("classify", tmp_path / "gone.zip", RED).stderr


def test_the_cache_is_shown_and_cleared(cache, pretrained_model):
    cu.load_images([RED], pretrained_model)
    shown = run_course("cache").stdout
    assert "features of 1 pictures, 0.1 MB of 2000" in shown and "--clear" in shown
    assert "features of 0 pictures" in run_course("cache", "--clear").stdout
