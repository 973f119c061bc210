"""A classifier as files for other tools: each is opened by the tool it is for, and answers as our own head does."""

import functools
import http.server
import json
import shutil
import subprocess
import sys
import tarfile
import threading
import zipfile
from importlib.util import find_spec

import numpy as np
import pytest
from helpers import PATIENCE, make_pictures, run_course, run_python, scene
from PIL import Image

import course_utils as cu
from course_utils.export import formats, phone
from course_utils.learning.linear import LinearHead
from course_utils.network.looks import CLIENTS, quarters, unit

NAMES = ["blau", "grün", "red hat"]
NEAR = 1e-4
LOOK = {".tflite": "squeezed", "-ml5": "squeezed", "-tm": "square", ".onnx": "square"}
PYPI = ["mediapipe==1.2.3", "absl-py==2.5.1", "onnx>=1.21,<2", "onnxruntime>=1.30,<2", "protobuf", "ml-dtypes"]
NPM = {
    "vision": "@mediapipe/tasks-vision@1.1.0",
    "machine": "@teachablemachine/image@0.8.5",
    "tf": "@tensorflow/tfjs@1.3.1",  # with which Teachable Machine's library is shown
    "ml5": "ml5@1.4.0",
}


@pytest.fixture(scope="module")
def network():
    return cu.load_network("practice")


def judged(right, of):
    return {"right": right, "of": of, "worth": of, "low": 0.4, "high": 0.97}


@pytest.fixture(scope="module")
def heads():
    """Heads that nobody trained: every number of theirs counts. By name; ``two`` is the one for two looks."""
    rng = np.random.default_rng(5)
    sizes = {"two": 1280, **dict.fromkeys(CLIENTS, 1024)}
    made = {name: LinearHead(rng.normal(0, 8, (size, 3)), rng.normal(0, 0.3, 3)) for name, size in sizes.items()}
    return made | {"article": cu.start_article_head(3)}


@pytest.fixture(scope="module")
def linear(network, heads):
    """Two looks, and a head for each other way of looking."""
    about = {
        "pictures": {"blau": 12, "grün": 9, "red hat": 10},
        "judged": judged(7, 9),
        "grouped": True,
        "clients": {"squeezed": judged(6, 9), "square": judged(5, 9)},
    }
    return cu.make_classifier(network, heads["two"], NAMES, about, {name: heads[name] for name in CLIENTS})


@pytest.fixture(scope="module")
def article(network, heads):
    return cu.make_classifier(network, heads["article"], NAMES)


@pytest.fixture(scope="module")
def squares():
    """Three pictures as the network reads them, but for their colors from 0 to 255."""
    return np.stack([np.asarray(scene(np.random.default_rng(seed), (224, 224))) for seed in range(3)])


@pytest.fixture(scope="module")
def expected(network, heads, squares):
    """What our own heads say of the squares, by name."""
    features = np.concatenate([network.run((square[np.newaxis] / 127.5 - 1).astype("f4")) for square in squares])
    numbers = unit(quarters(features))
    return {name: heads[name].predict(numbers) for name in CLIENTS} | {"article": heads["article"].predict(features)}


@pytest.fixture(scope="module")
def written(linear, article, tmp_path_factory):
    """Both classifiers in every form that needs no further library: a folder with linear.tflite, article-tm, ..."""
    folder = tmp_path_factory.mktemp("written")
    for name, classifier in (("linear", linear), ("article", article)):
        for ending in (".zip", ".tflite", "-tm", "-ml5"):
            assert classifier.save(folder / f"{name}{ending}") == folder / f"{name}{ending}"
    return folder


def differences(answers, expected):
    return np.abs(np.array([[answer[name] for name in NAMES] for answer in answers]) - expected).max()


# without a network ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["linear", "article"])
def test_litert_runs_the_phones_file(written, squares, expected, name):
    path = written / f"{name}.tflite"
    answers = [cu.run_litert(path.read_bytes(), (one[np.newaxis] / 127.5 - 1).astype("f4"))[0] for one in squares]
    assert np.abs(answers - expected["squeezed" if name == "linear" else name]).max() < NEAR
    assert np.ptp(answers, axis=0).max() > 100 * NEAR, "the pictures are told apart"
    with zipfile.ZipFile(path) as file:
        assert file.namelist() == ["labels.txt"] and file.read("labels.txt").decode().split("\n") == NAMES


def test_what_a_phone_reads_about_the_file(written):
    """As MediaPipe's own reader sees it: colors from -1 to 1, and where the labels are."""
    from ai_edge_litert import schema_py_generated as schema

    model = schema.ModelT.InitFromObj(schema.Model.GetRootAs((written / "linear.tflite").read_bytes(), 0))
    (entry,) = model.metadata
    told = bytes(model.buffers[entry.buffer].data)
    assert entry.name == b"TFLITE_METADATA" and told[4:8] == b"M001"
    assert told.count(np.float32(127.5).tobytes()) == 2 and b"labels.txt" in told and b"6 of 9 right" in told
    assert list(model.subgraphs[0].tensors[model.subgraphs[0].inputs[0]].shape) == [1, 224, 224, 3]


@pytest.mark.parametrize("name", ["linear", "article"])
def test_a_teachable_machine_folder_is_complete(written, name):
    folder = written / f"{name}-tm"
    assert {path.name for path in folder.iterdir()} == {"model.json", "metadata.json", "weights.bin"}
    model, about = (json.loads((folder / one).read_text("utf-8")) for one in ("model.json", "metadata.json"))
    (group,) = model["weightsManifest"]
    sizes = [int(np.prod(weight["shape"])) for weight in group["weights"]]
    assert 4 * sum(sizes) == (folder / "weights.bin").stat().st_size and group["paths"] == ["weights.bin"]
    assert about["labels"] == NAMES and about["imageSize"] == 224
    kinds = {layer["class_name"] for layer in model["modelTopology"]["config"]["layers"]}
    known = {"DepthwiseConv2D", "Conv2D", "ReLU", "AveragePooling2D", "Flatten", "LayerNormalization", "Dense"}
    assert kinds <= known, "TensorFlow.js 1.3.1 knows no others of these"


def test_each_says_what_its_tool_does_differently(linear, article, heads, network):
    for ending, right in {".tflite": 6, "-ml5": 6, "-tm": 5, ".onnx": 5, ".keras": 5, ".mlpackage": 5}.items():
        words = linear.explain(f"x{ending}")
        assert f"{right} of 9 right, where the classifier itself, with two looks, has 7 of 9" in words
        assert "looks once" in words and "always names one of its classes" in words
    assert "squeezes the whole photo" in linear.explain("x.tflite") and "middle square" in linear.explain("X-TM")
    assert "written, not run: only Apple's devices can" in linear.explain("x.mlpackage")
    assert "15 of 153 answers changed" in article.explain("x.tflite")
    assert "It learned from middle squares, too." in article.explain("x-tm")
    assert linear.explain("x.zip").startswith("load_classifier")
    one = cu.make_classifier(network, heads["article"], NAMES, {"judged": judged(7, 9)})
    assert "too: 7 of 9 right." in one.explain("x.onnx")
    other = cu.make_classifier(network, heads["article"], ["none of these", *NAMES[1:]])
    assert "brought as that" in other.explain("x.onnx") and "always names" not in other.explain("x.onnx")


def test_two_looks_without_a_head_for_one_are_refused(network, heads, tmp_path):
    bare = cu.make_classifier(network, heads["two"], NAMES)
    with pytest.raises(ValueError, match=r"MediaPipe looks once, at the whole photo, .*Train it again.*\.zip"):
        bare.save(tmp_path / "x.tflite")
    assert not list(tmp_path.iterdir())
    half = cu.make_classifier(network, heads["two"], NAMES, clients={"square": heads["square"]})
    assert half.save(tmp_path / "x-tm").is_dir()
    with pytest.raises(ValueError, match="ml5 looks once"):
        half.save(tmp_path / "x-ml5")


@pytest.mark.parametrize("name", ["mine", "mine.h5", "mine.tm", "mine.zip.bak"])
def test_an_unknown_ending_is_told(linear, tmp_path, name):
    with pytest.raises(
        ValueError, match=rf"'{name}' says no format.*\.zip, \.html, \.tflite, -tm, -ml5, \.onnx, \.keras"
    ):
        linear.save(tmp_path / name)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("ending, package", [(".onnx", "onnx>=1.21,<2"), (".mlpackage", "coremltools>=9,<10")])
def test_a_library_that_is_missing_is_named(linear, tmp_path, monkeypatch, ending, package):
    monkeypatch.setitem(sys.modules, package.split(">")[0], None)
    with pytest.raises(ImportError, match=f'{ending} needs the package .*pip install "{package}"') as caught:
        linear.save(tmp_path / f"x{ending}")
    assert not isinstance(caught.value, ModuleNotFoundError), "the terminal would say to set the course up again"
    assert not list(tmp_path.iterdir())


def test_a_machine_without_litert_says_what_needs_none(linear, tmp_path, monkeypatch):
    monkeypatch.setattr(phone, "has_litert", lambda: False)
    with pytest.raises(ImportError, match="no.*for this machine.*-tm or -ml5"):
        linear.save(tmp_path / "x.tflite")


def test_a_folder_is_replaced_whole_and_no_other(linear, article, written, tmp_path):
    place = linear.save(tmp_path / "x-tm")
    article.save(place)
    for name in ("model.json", "weights.bin"):
        assert (place / name).read_bytes() == (written / "article-tm" / name).read_bytes()
    (place / "thesis.txt").write_text("mine")
    with pytest.raises(FileExistsError, match="thesis.txt; choose another name"):
        linear.save(place)
    assert (place / "thesis.txt").read_text() == "mine" and [path.name for path in tmp_path.iterdir()] == ["x-tm"]
    with zipfile.ZipFile(formats.in_one_file(written / "linear-tm")) as file:
        assert "linear-tm/model.json" in file.namelist()


def test_heads_for_other_tools_travel_in_the_file(written, tmp_path):
    again = cu.load_classifier(written / "linear.zip")
    assert again.save(tmp_path / "x.tflite").read_bytes() == (written / "linear.tflite").read_bytes()
    assert "6 of 9 right" in again.explain("x.tflite")
    with zipfile.ZipFile(written / "linear.zip") as source, zipfile.ZipFile(tmp_path / "bad.zip", "w") as target:
        for name in source.namelist():
            if name != "clients/square/bias.npy":
                target.writestr(name, source.read(name))
    with pytest.raises(ValueError, match="bad.zip can't be read.*clients/square/bias.npy"):
        cu.load_classifier(tmp_path / "bad.zip")


def test_in_a_terminal(tmp_path):
    """From pictures to a phone's file: trained, judged for each way of looking, converted."""
    pictures = make_pictures(tmp_path / "pictures", red=7, blue=7)
    trained = run_course("train", pictures, "--save", tmp_path / "mine.zip", cwd=tmp_path)
    assert trained.returncode == 0, trained.stderr
    done = run_course("convert", tmp_path / "mine.zip", tmp_path / "mine.tflite", cwd=tmp_path)
    assert done.returncode == 0 and "MB. MediaPipe" in done.stdout, done.stderr
    right = [f"{right} of 2 right, where the classifier itself, with two looks, has " for right in range(3)]
    assert any(words in done.stdout for words in right), done.stdout
    card = cu.load_classifier(tmp_path / "mine.zip").card
    assert "blue (6 pictures), red (6 pictures)" in card and "kept on one side" in card and " of 2 pictures" in card
    early = run_course("train", pictures, "--save", tmp_path / "mine.h5", cwd=tmp_path)
    assert early.returncode == 1 and "says no format" in early.stderr and not early.stdout, "before it was trained"


@pytest.mark.skipif(not find_spec("coremltools"), reason="needs coremltools, an extra that is not installed")
def test_a_package_for_core_ml_is_written(linear, article, tmp_path):
    """Written, not run: only Apple's devices can."""
    import coremltools

    told = []
    for classifier in (linear, article):
        path = classifier.save(tmp_path / "x.mlpackage")
        assert {file.name for file in path.iterdir()} == {"Manifest.json", "Data"}
        spec = coremltools.models.MLModel(str(path), skip_model_load=True).get_spec()
        image = spec.description.input[0].type.imageType
        assert (image.width, image.height, image.ColorSpace.Name(image.colorSpace)) == (224, 224, "RGB")
        (block,) = spec.mlProgram.functions["main"].block_specializations.values()
        told.append([operation.type for operation in block.operations])
        assert "mul" in told[-1] and told[-1].count("conv") == 27, "colors from -1 to 1, and all of MobileNet"
    assert [kinds.count("linear") for kinds in told] == [1, 2]
    assert ["reduce_l2_norm" in kinds for kinds in told] == [True, False]


# the model card ------------------------------------------------------------------------------------------------------


def test_the_model_card_says_what_is_known(linear, written):
    card = linear.card
    assert zipfile.ZipFile(written / "linear.zip").read("model-card.md").decode() == card
    assert cu.load_classifier(written / "linear.zip").card == card
    assert len(card.strip().splitlines()) <= 14
    for words in [
        "# Model card: blau, grün, red hat",
        "blau (12 pictures), grün (9 pictures), red hat (10 pictures)",
        "7 of 9 pictures that it did not learn from were right (78%)",
        "The true accuracy may be 40% to 97%",
        "kept on one side",
        "always answers with one of its classes",
        "the practice weights",
        "for the whole photo, squeezed, 6 of 9 right; for the middle square, 5 of 9 right",
        "288 x 288",
    ]:
        assert words in card, words


def test_the_model_card_says_what_is_not_known(article, network, heads):
    assert "how many of each is not known" in article.card and "Judged: not known." in article.card
    assert "it has no heads of their own for them" in article.card and "Near-copies, such as frames" in article.card
    assert "a head of 2 dense layers for one look" in article.card
    apart = cu.make_classifier(
        network, heads["article"], NAMES, {"grouped": False, "judged": judged(7, 9) | {"worth": 4}}
    )
    assert "not looked for" in apart.card and "9 pictures in groups of near-copies are worth 4" in apart.card


def test_a_file_without_a_card_gets_one(written, tmp_path):
    with zipfile.ZipFile(written / "article.zip") as source, zipfile.ZipFile(tmp_path / "old.zip", "w") as target:
        for name in source.namelist():
            about = json.loads(source.read("classifier.json"))
            kept = {key: about[key] for key in ("kind", "classes", "preprocessing", "looks", "head")}
            if name != "model-card.md":
                target.writestr(name, json.dumps(kept) if name == "classifier.json" else source.read(name))
    old = cu.load_classifier(tmp_path / "old.zip")
    assert "of a date that is not known" in old.card and "Weights: not known" in old.card
    again = old.save(tmp_path / "again.zip")
    assert zipfile.ZipFile(again).read("model-card.md").decode() == old.card


def test_where_weights_come_from_is_recognized(network, heads, real_files):
    published = cu.load_network("published")
    assert "MobileNet v1 0.25 224 of Google" in cu.make_classifier(published, heads["article"], NAMES).card
    layers = [layer._replace(bias=layer.bias * 1.01) for layer in published.layers]
    tuned = cu.make_classifier(type(published)(layers), heads["article"], NAMES)
    assert "Weights: fine-tuned, or from elsewhere" in tuned.card


# from PyPI -----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def packages(tmp_path_factory):
    """A folder with the clients of PyPI. What they share with the course, they take from it."""
    folder = tmp_path_factory.mktemp("packages")
    command = [
        sys.executable,
        "-m",
        "pip",
        "--disable-pip-version-check",
        "install",
        "--quiet",
        "--no-deps",
        "--no-compile",
    ]
    done = subprocess.run([*command, "--target", str(folder), *PYPI], capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"needs {', '.join(PYPI)}, and pip can't get them: {done.stderr[-300:]}")
    return folder


CLIENTS_OF_PYPI = """
import json, sys
from pathlib import Path

import numpy as np

packages, written = sys.argv[1:]
sys.path.append(packages)
sys.modules["tensorflow"] = None
sys.modules["cv2"] = type(sys)("cv2")  # MediaPipe only draws with it
import mediapipe
import onnxruntime
from mediapipe.tasks.python import BaseOptions, vision

import course_utils as cu

squares, answers = np.load(Path(written, "squares.npy")), {}
for name in ("linear", "article"):
    path = cu.load_classifier(Path(written, f"{name}.zip")).save(Path(written, f"{name}.onnx"))
    session = onnxruntime.InferenceSession(path)
    classes = json.loads(session.get_modelmeta().custom_metadata_map["classes"])
    rows = session.run(None, {"image": (squares / 127.5 - 1).astype("f4")})[0].tolist()
    answers[f"{name}.onnx"] = [dict(zip(classes, row)) for row in rows]
    options = BaseOptions(model_asset_path=str(Path(written, f"{name}.tflite")))
    answers[f"{name}.tflite"] = []
    with vision.ImageClassifier.create_from_options(vision.ImageClassifierOptions(options)) as classifier:
        for square in squares:
            picture = mediapipe.Image(image_format=mediapipe.ImageFormat.SRGB, data=square)
            (found,) = classifier.classify(picture).classifications
            answers[f"{name}.tflite"].append({one.category_name: one.score for one in found.categories})
Path(written, "answers.json").write_text(json.dumps(answers))
"""


@pytest.mark.network
def test_mediapipe_and_onnxruntime_say_the_same(packages, written, squares, expected):
    np.save(written / "squares.npy", squares)
    done = run_python("-c", CLIENTS_OF_PYPI, packages, written)
    assert done.returncode == 0, done.stderr[-2000:]
    answers = json.loads((written / "answers.json").read_text())
    assert len(answers) == 4
    for name, said in answers.items():
        kind, ending = name.split(".")
        wanted = expected["article" if kind == "article" else LOOK[f".{ending}"]]
        assert differences(said, wanted) < NEAR, name


# from npm ------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def site(written, squares, tmp_path_factory):
    """A folder for a web server: the clients of npm, what was written, and a page with the squares and a wide one."""
    npm, folder = shutil.which("npm"), tmp_path_factory.mktemp("site")
    if npm is None:
        pytest.skip("needs packages of npm, and there is no npm")
    command = [npm, "pack", *NPM.values(), "--silent", "--pack-destination", str(folder)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=PATIENCE)
    except subprocess.SubprocessError as error:
        pytest.skip(f"needs {', '.join(NPM.values())}, and npm can't get them: {error} {error.stderr or ''}")
    for name, archive in zip(NPM, done.stdout.split(), strict=True):
        with tarfile.open(folder / archive) as file:
            file.extractall(folder / name, filter="data")
    shutil.copytree(written, folder / "written")
    wide = Image.fromarray(np.concatenate([squares[0], squares[1]], axis=1))
    pictures = [*map(Image.fromarray, squares), wide]
    for number, picture in enumerate(pictures):
        picture.save(folder / f"{number}.png")
    images = "".join(f"<img src={number}.png>" for number in range(len(pictures)))
    (folder / "index.html").write_text(f"<!doctype html><title>Clients</title><link rel=icon href=data:,>{images}")
    return folder


class Quiet(http.server.SimpleHTTPRequestHandler):
    extensions_map = {".mjs": "text/javascript", ".js": "text/javascript", ".wasm": "application/wasm"}

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def page(browser, site):
    handler = functools.partial(Quiet, directory=str(site))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        page = browser.new_page(base_url=f"http://127.0.0.1:{server.server_port}")
        page.set_default_timeout(1000 * PATIENCE)
        yield page
        page.close()
        server.shutdown()


VISION = """async path => {
  const { ImageClassifier, FilesetResolver } = await import("/vision/package/vision_bundle.mjs");
  const files = await FilesetResolver.forVisionTasks("/vision/package/wasm");
  const classifier = await ImageClassifier.createFromOptions(files, { baseOptions: { modelAssetPath: path } });
  return [...document.images].map(image => Object.fromEntries(
    classifier.classify(image).classifications[0].categories.map(one => [one.categoryName, one.score])));
}"""
MACHINE = """async path => {
  tf.setBackend("cpu");  // without a graphics card, WebGL takes longer to start than this to answer
  const classifier = await tmImage.load(`${path}/model.json`, `${path}/metadata.json`), answers = [];
  for (const image of document.images)
    answers.push(Object.fromEntries((await classifier.predict(image)).map(one => [one.className, one.probability])));
  return answers;
}"""
ML5 = """async path => {
  await ml5.setBackend("cpu");
  const classifier = await new Promise(resolve => {
    const made = ml5.imageClassifier(`${location.origin}${path}/model.json`, () => resolve(made));
  }), answers = [];
  for (const image of document.images)
    answers.push(Object.fromEntries((await classifier.classify(image, 9)).map(one => [one.label, one.confidence])));
  return answers;
}"""
MACHINES = ["tf/package/dist/tf.min.js", "machine/package/dist/teachablemachine-image.min.js"]
BROWSERS = {
    ".tflite": (VISION, []),
    "-tm": (MACHINE, MACHINES),
    "-ml5": (ML5, ["ml5/package/dist/ml5.min.js"]),
}


@pytest.mark.network
@pytest.mark.browser
@pytest.mark.parametrize("ending", BROWSERS)
def test_libraries_of_the_web_say_the_same(page, network, heads, squares, expected, ending):
    program, scripts = BROWSERS[ending]
    page.goto("/index.html")
    for script in scripts:
        page.add_script_tag(url=f"/{script}")
    for name in ("linear", "article"):
        *answers, wide = page.evaluate(program, f"/written/{name}{ending}")
        look = LOOK[ending]
        assert differences(answers, expected["article" if name == "article" else look]) < NEAR, name
        both = np.concatenate([squares[0], squares[1]], axis=1)
        seen = {
            "square": both[:, 112:336],
            "squeezed": np.asarray(Image.fromarray(both).resize((224, 224), Image.Resampling.BILINEAR)),
        }
        said = {}
        for way, picture in seen.items():
            features = network.run((picture[np.newaxis] / 127.5 - 1).astype("f4"))
            head = heads["article" if name == "article" else look]
            said[way] = head.predict(features if name == "article" else unit(quarters(features)))[0]
        off = {way: np.abs(said[way] - [wide[one] for one in NAMES]).max() for way in said}
        assert off[look] == min(off.values()), f"{name}: a wide picture is seen in another way: {off}"
