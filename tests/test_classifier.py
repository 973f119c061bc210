"""A classifier in one file: it answers as the notebook did, without TensorFlow, and runs nobody's code."""

import csv
import io
import json
import os
import pickle
import re
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest
from helpers import add, run_course, run_python
from PIL import Image

import course_utils as cu
from course_utils.export import sheet, version1
from course_utils.export.answers import classify_all
from course_utils.learning.linear import LinearHead
from course_utils.network.looks import quarters, unit
from course_utils.pictures.pipeline import PREPROCESSING
from course_utils.trainer.session import Session


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


@pytest.mark.parametrize("form", ["path", "text", "bytes", "pillow", "array"])
@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "CMYK", "P", "I;16", "LA", "HSV"])
def test_it_takes_pictures_in_every_form(saved, tmp_path, form, mode):
    if form == "array" and mode not in ("RGB", "RGBA", "L"):
        pytest.skip("an array has one, three or four numbers for a pixel")
    picture = Image.linear_gradient("L").rotate(30).convert("L" if mode in ("L", "LA", "I;16") else "RGB").convert(mode)
    exif = Image.Exif()
    exif[0x0112] = 6  # lies on its side
    path, options = tmp_path / "picture.tiff", {} if form == "array" else {"exif": exif}
    (picture.convert("RGB") if mode == "HSV" else picture).save(path, **options)
    opened = picture if mode == "HSV" else Image.open(path)
    if mode == "HSV":
        opened.getexif().update(exif)
    given = {
        "path": path,
        "text": str(path),
        "bytes": path.read_bytes(),
        "pillow": opened,
        "array": np.asarray(picture),
    }[form]
    classifier = cu.load_classifier(saved)
    assert classifier.predict(given) == pytest.approx(classifier.predict(path), abs=1e-6)


@pytest.mark.parametrize("home", ["HOME", "USERPROFILE"])
def test_the_home_folder_may_be_short(saved, tmp_path, monkeypatch, home):
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(tmp_path))
    shutil.copy(RED, tmp_path / "red.png")
    assert next(iter(cu.load_classifier(saved).predict("~/red.png"))) == "red"


@pytest.mark.parametrize(
    "given, said",
    [
        (b"no picture", "given as 10 bytes"),
        (np.zeros((4, 4, 3)), r"shape \(4, 4, 3\), float64; expected \(height, width, 3\), uint8"),
        (np.zeros((1, 4, 4, 3), np.uint8), r"shape \(1, 4, 4, 3\)"),
        (np.zeros((0, 4, 3), np.uint8), r"shape \(0, 4, 3\)"),
        (17, "got int; expected the path"),
    ],
)
def test_what_is_no_picture_is_said(saved, given, said):
    with pytest.raises(ValueError, match=said):
        cu.load_classifier(saved).predict(given)


def test_folders_and_a_table(saved, tmp_path):
    folder = add(tmp_path / "mine", "b.png", "sub/a.png", "sub/notes.txt.png")
    (folder / "bad.jpg").write_text("no picture")
    (folder / "sub" / "list.txt").write_text("nothing")
    run = run_course("classify", saved, folder, RED, "--csv", tmp_path / "answers.csv", cwd=tmp_path)
    with open(tmp_path / "answers.csv", encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert run.returncode == 1 and run.stdout == "" and "4 of 5 pictures" in run.stderr and "list.txt" in run.stderr
    assert [Path(row["picture"]).name for row in rows] == ["b.png", "bad.jpg", "a.png", "notes.txt.png", "red-3.png"]
    assert [bool(row["error"]) for row in rows] == [False, True, False, False, False]
    assert rows[-1]["class"] == "red" and float(rows[-1]["red"]) > 0.5 and rows[1]["class"] == ""
    (tmp_path / "empty").mkdir()
    said = run_course("classify", saved, tmp_path / "empty").stderr
    assert "no pictures; expected" in said and "empty" in said and "Traceback" not in said


def test_it_needs_no_tensorflow(saved):
    """An import of TensorFlow or Keras would fail here."""
    code = (
        "import sys\n"
        "for name in ('tensorflow', 'keras', 'sklearn', 'scipy', 'joblib', 'matplotlib'): sys.modules[name] = None\n"
        f"import course_utils as cu; print(next(iter(cu.load_classifier({str(saved)!r}).predict({str(RED)!r}))))"
    )
    assert run_python("-c", code).stdout.strip() == "red"


def altered(saved, path, **members):
    with zipfile.ZipFile(saved) as source, zipfile.ZipFile(path, "w") as target:
        for name in source.namelist():
            content = members.get(name, source.read(name))
            if content is not None:
                target.writestr(name, content)
    return path


def array(values):
    file = io.BytesIO()
    np.save(file, values)
    return file.getvalue()


def about(saved, **changes):
    return json.dumps(json.loads(zipfile.ZipFile(saved).read("classifier.json")) | changes).encode()


@pytest.mark.parametrize(
    "name, content, words",
    [
        ("classifier.json", b'{"kind": "something else", "classes": []}', "'something else'"),
        ("classifier.json", b"not JSON", "Expecting value"),
        ("head/0/kernel.npy", None, "head/0/kernel.npy"),
        ("head/1/bias.npy", b"not an array", "magic"),
        ("head/0/kernel.npy", array(np.zeros((12544, 99), "f4")), r"shape \(12544, 99\)"),
        ("head/0/kernel.npy", array(np.zeros((12544, 100))), "type 'float64'; expected float32"),
        ("head/1/bias.npy", array(np.full(2, np.nan, "f4")), "not finite"),
        ("network/conv1/kernel.npy", array(np.zeros((3, 3, 3, 16), "f4")), "conv1"),
        ("network/conv_pw_13/bias.npy", array(np.full(256, np.inf, "f4")), "conv_pw_13 holds numbers"),
        ("network/conv_dw_7/kernel.npy", pickle.dumps(os.getcwd), "magic"),
        ("network/conv_dw_7/kernel.npy", array(np.array([os.getcwd], object)), "type 'object'"),
        ("head/1/bias.npy", array(np.zeros(2, "f4")).replace(b"(2,), }  ", b"(99999,)}"), "cannot reshape"),
    ],
)
def test_what_is_no_classifier_is_refused_by_name(saved, tmp_path, name, content, words):
    path = altered(saved, tmp_path / "altered.zip", **{name: content})
    with pytest.raises(ValueError, match=f"altered.zip can't be read as a classifier: .*{words}"):
        cu.load_classifier(path)


@pytest.mark.parametrize(
    "changes, words",
    [
        ({"head": []}, "activations"),
        ({"head": ["relu", "sigmoid"]}, "sigmoid"),
        ({"head": ["softmax", "relu"]}, "outputs after relu"),
        ({"looks": 3}, "3 looks"),
        ({"looks": 2}, "after 1280 numbers"),
        ({"classes": ["blue", "green", "red"]}, "names 3 classes"),
    ],
)
def test_what_it_says_of_itself_has_to_fit(saved, tmp_path, changes, words):
    path = altered(saved, tmp_path / "altered.zip", **{"classifier.json": about(saved, **changes)})
    with pytest.raises(ValueError, match=f"altered.zip can't be read as a classifier: .*{words}"):
        cu.load_classifier(path)


@pytest.mark.parametrize(
    "other, words", [("in another way", "as 'in another way'"), (None, "in a way that it does not name")]
)
def test_it_warns_when_pictures_were_prepared_otherwise(saved, tmp_path, other, words, recwarn):
    assert json.loads(zipfile.ZipFile(saved).read("classifier.json"))["preprocessing"] == PREPROCESSING
    cu.load_classifier(saved)
    assert not recwarn.list
    path = altered(saved, tmp_path / "other.zip", **{"classifier.json": about(saved, preprocessing=other)})
    with pytest.warns(UserWarning, match=f"other.zip was trained on pictures prepared {words}.*{PREPROCESSING}"):
        assert cu.load_classifier(path).classes == ["blue", "red"]


def test_a_file_from_before_color_profiles_says_what_changed(saved, tmp_path):
    before = PREPROCESSING.replace("sRGB", "RGB")
    path = altered(saved, tmp_path / "old.zip", **{"classifier.json": about(saved, preprocessing=before)})
    with pytest.warns(UserWarning, match="old.zip .* before the course read color profiles.*other than sRGB"):
        assert cu.load_classifier(path).classes == ["blue", "red"]


def test_wrong_number_of_classes(trained, tmp_path):
    with pytest.raises(ValueError, match="got 3 classes for a head with 2 outputs"):
        cu.save_classifier(tmp_path / "x.zip", *trained[:2], ["blue", "green", "red"])
    assert not (tmp_path / "x.zip").exists()


def test_a_linear_head_and_the_articles_head_in_numpy(tmp_path):
    """What is read again answers as the heads themselves do, each with the looks that it was trained on."""
    training = cu.read_folders(cu.colors_folder() / "training")
    network, rows = cu.load_network("practice"), cu.add_labels(training.labels)
    linear = cu.fit_linear_head(cu.extract_features(training.paths, network, looks=2), rows)
    article = cu.start_article_head(2)
    cu.train_article_head(article, cu.load_images(training.paths, network), rows)
    for head, looks in [(linear, 2), (article, 1)]:
        path = cu.save_classifier(tmp_path / "x.zip", network, head, training.classes)
        got = cu.load_classifier(path).predict(RED)
        expected = head.predict(cu.extract_features([RED], network, looks=looks))[0]
        assert [got["blue"], got["red"]] == pytest.approx(expected.tolist(), abs=1e-5) and max(
            got, key=got.get
        ) == "red"


def test_a_fine_tuned_network_is_kept(trained, tmp_path):
    pretrained_model, model, classes = trained
    keras = cu.import_keras()
    tuned = keras.models.clone_model(pretrained_model)
    tuned.set_weights([weights * 0.8 for weights in pretrained_model.get_weights()])
    got = cu.load_classifier(cu.save_classifier(tmp_path / "x.zip", tuned, model, classes)).predict(RED)
    expected = cu.make_prediction(tuned, model, RED)
    assert np.allclose([got[name] for name in classes], expected, atol=1e-3)
    assert not np.allclose(expected, cu.make_prediction(pretrained_model, model, RED), atol=0.01)


def keras_head(*layers):
    keras = cu.import_keras()
    return keras.Sequential([keras.Input((7, 7, 256)), *[layer(keras.layers) for layer in layers]])


def test_keras_heads_of_any_sizes(pretrained_model, tmp_path):
    head = keras_head(
        lambda of: of.Flatten(),
        lambda of: of.Dropout(0.5),
        lambda of: of.Dense(30, "relu"),
        lambda of: of.Dense(20),
        lambda of: of.Dense(4, "softmax"),
    )
    got = cu.load_classifier(cu.save_classifier(tmp_path / "x.zip", pretrained_model, head, "abcd")).predict(RED)
    expected = cu.make_prediction(pretrained_model, head, RED)
    assert [got[name] for name in "abcd"] == pytest.approx(expected.tolist(), abs=1e-3)


def test_keras_reads_what_was_saved_for_it(trained, tmp_path):
    """The article's head, and a linear one for one look: the same numbers, without the optimizer's state."""
    keras, network = cu.import_keras(), cu.load_network("practice")
    batch = cu.load_and_process_image(RED)
    rng = np.random.default_rng(1)
    two, one = (LinearHead(rng.normal(0, 8, (size, 2)), rng.normal(0, 0.3, 2)) for size in (1280, 1024))
    linear = cu.make_classifier(network, two, trained[2], clients={"square": one})
    article = cu.make_classifier(*trained)
    wanted = {
        linear: one.predict(unit(quarters(network.run(batch))))[0],
        article: cu.make_prediction(*trained[:2], RED),
    }
    for classifier, expected in wanted.items():
        path = classifier.save(tmp_path / "x.keras")
        model = keras.models.load_model(path)
        assert np.abs(model.predict_on_batch(batch)[0] - expected).max() < 1e-4
        with zipfile.ZipFile(path) as file:
            assert file.read("labels.txt").decode() == "blue\nred"
            assert sum(one.file_size for one in file.infolist()) < 7_000_000, "Adam would triple it"


@pytest.mark.parametrize(
    "layers, words",
    [
        ([lambda of: of.Conv2D(2, 7), lambda of: of.Flatten()], "is Conv2D. .*head.keras"),
        ([lambda of: of.Flatten(), lambda of: of.Dense(2, "tanh")], "is Dense with tanh. .*head.keras"),
        ([lambda of: of.Flatten(), lambda of: of.Dense(2)], "no softmax at its end"),
        ([lambda of: of.Dense(2, "softmax")], "got a head for 256 numbers; expected one for 12544"),
    ],
)
def test_a_head_of_another_kind_is_refused_in_words(pretrained_model, tmp_path, layers, words):
    with pytest.raises(ValueError, match=words):
        cu.save_classifier(tmp_path / "x.zip", pretrained_model, keras_head(*layers), "ab")
    assert not (tmp_path / "x.zip").exists()


def test_another_network_is_refused_in_words(tmp_path):
    keras = cu.import_keras()
    other = keras.Sequential([keras.Input((224, 224, 3)), keras.layers.AveragePooling2D(32)])
    with pytest.raises(ValueError, match="holds the cut MobileNet.*name.keras"):
        cu.save_classifier(tmp_path / "x.zip", other, cu.get_model(2), "ab")


@pytest.fixture(scope="module")
def first_version(trained, tmp_path_factory):
    """A file as the course wrote it at first: both halves as networks for LiteRT."""
    pretrained_model, model, classes = trained
    path = tmp_path_factory.mktemp("first") / "first.zip"
    kind = "transfer-learning-course classifier, version 1"
    with zipfile.ZipFile(path, "w") as file:
        words = {"kind": kind, "classes": list(classes), "preprocessing": PREPROCESSING}
        file.writestr("classifier.json", json.dumps(words))
        file.writestr("mobilenet.tflite", cu.convert(pretrained_model))
        file.writestr("head.tflite", cu.convert(model))
    return path


def test_a_file_of_the_first_version_still_opens(first_version, saved, tmp_path):
    first = cu.load_classifier(first_version)
    assert first.predict(RED) == pytest.approx(cu.load_classifier(saved).predict(RED), abs=1e-3)
    assert cu.load_classifier(first.save(tmp_path / "again.zip")).predict(RED) == first.predict(RED)
    three = altered(
        first_version, tmp_path / "three.zip", **{"classifier.json": about(first_version, classes=["a"] * 3)}
    )
    with pytest.raises(ValueError, match="three.zip can't be read as a classifier: .*names that differ"):
        cu.load_classifier(three)


def test_a_file_of_the_first_version_needs_litert(first_version, monkeypatch):
    monkeypatch.setattr(version1, "has_litert", lambda: False)
    with pytest.raises(ValueError, match="first.zip .*needs LiteRT, and there is none"):
        cu.load_classifier(first_version)


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
    assert re.search(r"features of pictures +1 +0\.1 MB of 2,000", shown) and "--clear" in shown
    assert re.search(r"features of pictures +0 +0\.0 MB", run_course("cache", "--clear").stdout)


# where it looks ------------------------------------------------------------------------------------------------------


def test_it_draws_where_it_looks(saved, tmp_path):
    (tmp_path / "bad.jpg").write_text("no picture")
    odd = tmp_path / "a $b$ \u6f22 long name that goes on and on and on and on.png"
    shutil.copy(RED, odd)
    out, table = tmp_path / "new" / "sheet.png", tmp_path / "answers.csv"
    plain = run_course("classify", saved, RED, tmp_path / "bad.jpg", odd, "--json")
    run = run_course("classify", saved, RED, tmp_path / "bad.jpg", odd, "--json", "--csv", table, "--explain", out)
    assert run.returncode == plain.returncode == 1 and run.stdout == plain.stdout
    assert f"{out} shows where it looks in 2 of 3 pictures." in run.stderr and "answers.csv says" in run.stderr
    assert "Glyph" not in run.stderr and list(out.parent.iterdir()) == [out]
    with Image.open(out) as sheet:
        colors = np.asarray(sheet.convert("RGB"), int).reshape(-1, 3)
        assert sheet.format == "PNG" and min(sheet.size) > 400
    assert (np.abs(colors - np.asarray(Image.open(RED).convert("RGB"))[10, 10]).sum(axis=1) < 12).mean() > 0.05
    assert run_course("classify", saved, RED, "--explain", out).returncode == 0, "an earlier sheet is replaced"


def test_no_picture_is_lost_to_a_slip(saved, tmp_path):
    """`--explain photo.png` is soon written, where the photo is meant."""
    photo = shutil.copy(RED, tmp_path / "photo.png")
    before = photo.read_bytes()
    run = run_course("classify", saved, RED, "--explain", photo)
    assert run.returncode == 1 and run.stdout == "" and photo.read_bytes() == before
    assert "photo.png is there already, and is no sheet written before; choose another name" in run.stderr


def test_what_is_no_picture_s_name_is_refused_first(saved, tmp_path):
    run = run_course("classify", saved, RED, "--explain", tmp_path / "sheet.csv")
    assert run.returncode == 1 and run.stdout == ""
    assert "got sheet.csv; expected a name that ends as a picture's, such as sheet.png" in run.stderr
    for name in ("sheet", "sheet.zip", "sheet.png.txt", "sheet.hdf5"):
        with pytest.raises(ValueError, match=f"got {name}; expected"):
            sheet.plan_sheet(cu.load_classifier(saved), tmp_path / name)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["sheet.jpg", "sheet.WEBP", "sheet.tiff"])
def test_other_forms_of_pictures_can_be_written(saved, tmp_path, name):
    classifier = cu.load_classifier(saved)
    for _ in range(2):
        sheet.plan_sheet(classifier, tmp_path / name).write(list(classify_all(classifier, [RED])))
    assert Image.open(tmp_path / name).size > (400, 300)


def test_a_sheet_holds_so_many_pictures(saved, tmp_path):
    classifier = cu.load_classifier(saved)
    answers = list(classify_all(classifier, [RED, tmp_path / "gone.png"])) * (sheet.MOST + 3)
    said = sheet.plan_sheet(classifier, tmp_path / "sheet.png").write(answers)
    assert said.endswith(f"shows where it looks in 20 of {len(answers)} pictures. It holds no more: 3 were left out.")
    nothing = sheet.plan_sheet(classifier, tmp_path / "none.png").write(answers[1:2])
    assert nothing.endswith("none.png was not written: no picture could be read.")
    assert not (tmp_path / "none.png").exists()


def test_of_the_first_version_all_can_be_told(first_version, tmp_path):
    """Its weights are taken out, so that it does what any other does."""
    run = run_course("classify", first_version, RED, "--explain", tmp_path / "sheet.png")
    assert run.returncode == 0 and (tmp_path / "sheet.png").exists()
    session = Session()
    session.load(first_version)
    assert session.heat(RED).label == "red"
    page = cu.load_classifier(first_version).save(tmp_path / "page.html")
    assert page.stat().st_size > 500_000


def test_without_a_sheet_nothing_is_loaded_for_it(saved):
    code = (
        "import sys\n"
        "for name in ('tensorflow', 'keras', 'sklearn', 'scipy', 'joblib', 'matplotlib'): sys.modules[name] = None\n"
        f"sys.argv = ['course', 'classify', {str(saved)!r}, {str(RED)!r}]\n"
        "from course_utils.commands import main; main()"
    )
    assert ": red " in run_python("-c", code).stdout
