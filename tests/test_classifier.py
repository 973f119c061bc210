"""A classifier in one file: it answers as the notebook did, without TensorFlow, and runs nobody's code."""

import json
import os
import pickle
import subprocess
import sys
import zipfile

import numpy as np
import pytest

import course_utils as cu


@pytest.fixture(scope="module")
def trained():
    """Both halves, trained on colors."""
    training = cu.read_folders(cu.colors_folder() / "training")
    pretrained_model = cu.build_pretrained_model()
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


def classify(*words, **extra):
    command = [sys.executable, "-m", "course_utils", "classify", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, **extra)


def test_in_a_terminal(saved, tmp_path):
    run = classify(saved, RED, cwd=tmp_path)
    assert run.returncode == 0 and run.stderr == ""
    assert run.stdout.startswith(f"{RED}: red ") and ", blue " in run.stdout


def test_one_bad_picture_costs_only_itself(saved, tmp_path):
    (tmp_path / "bad.jpg").write_text("no picture")
    run = classify(saved, tmp_path / "bad.jpg", RED, "--json")
    bad, good = json.loads(run.stdout)
    assert run.returncode == 1 and "no picture" in bad["error"] and good["probabilities"]["red"] > 0.5
    assert "bad.jpg: not read: " in classify(saved, tmp_path / "bad.jpg", RED).stdout


def test_it_needs_no_tensorflow(saved):
    """An import of TensorFlow or Keras would fail here."""
    code = (
        "import sys\n"
        "for name in ('tensorflow', 'keras', 'sklearn', 'joblib', 'matplotlib'): sys.modules[name] = None\n"
        f"import course_utils as cu; print(next(iter(cu.load_classifier({str(saved)!r}).predict({str(RED)!r}))))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "red"


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
    with pytest.raises(FileNotFoundError):
        cu.load_classifier(tmp_path / "gone.zip")
    assert "gone.zip" in classify(tmp_path / "gone.zip", RED).stderr


def test_the_cache_is_shown_and_cleared(tmp_path):
    environment = os.environ | {"COURSE_CACHE": str(tmp_path)}
    command = [sys.executable, "-m", "course_utils", "cache"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COURSE_CACHE", str(tmp_path))
        cu.load_images([RED], cu.build_pretrained_model())
    shown = subprocess.run(command, capture_output=True, text=True, env=environment, check=True).stdout
    assert "features of 1 pictures, 0.1 MB of 2000" in shown and "--clear" in shown
    cleared = subprocess.run([*command, "--clear"], capture_output=True, text=True, env=environment, check=True).stdout
    assert "features of 0 pictures" in cleared
