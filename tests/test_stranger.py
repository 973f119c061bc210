"""A classifier from a stranger: nothing in the file runs, and what is not as the course writes it is refused."""

import io
import json
import os
import subprocess
import sys
import zipfile

import numpy as np
import pytest
from helpers import PATIENCE, noise

import course_utils as cu
from course_utils.export import checked, version1
from course_utils.learning.linear import LinearHead
from course_utils.network.litert import fill_template, has_litert
from course_utils.pictures.pipeline import PREPROCESSING

CHILD = """
import json, resource, sys, warnings
warnings.simplefilter("ignore")
from course_utils import load_classifier
room = int(sys.argv[1])
resource.setrlimit(resource.RLIMIT_DATA, (room, room))
said = []
for path in sys.argv[2:]:
    try:
        answer = load_classifier(path).predict({picture!r})
        said.append(f"believed: {{dict(answer)}}")
    except (ValueError, FileNotFoundError) as error:
        said.append(f"{{type(error).__name__}}: {{error}}")
print(json.dumps(said))
"""
ROOM = 1_200_000_000  # bytes of data that a process may have: what it starts with, and some hundred megabytes


@pytest.fixture(scope="module")
def picture(tmp_path_factory):
    path = tmp_path_factory.mktemp("picture") / "picture.png"
    noise(1).save(path)
    return path


@pytest.fixture(scope="module")
def network():
    return cu.load_network()


@pytest.fixture(scope="module")
def whole(network, picture, tmp_path_factory):
    """A classifier of two classes, with what is like the pictures that it learned from."""
    rng = np.random.default_rng(0)
    features = np.abs(rng.normal(size=(8, 1280))).astype(np.float32)
    features /= np.linalg.norm(features, axis=1, keepdims=True)
    labels = np.repeat(["cat", "dog"], 4)
    head = cu.fit_linear_head(features, cu.add_labels(labels, {"cat": 0, "dog": 1}))
    known = cu.fit_known(features[:, 1024:], labels)
    judged = {"right": 3, "of": 4, "worth": 4, "low": 0.2, "high": 0.99}
    about = {"pictures": {"cat": 4, "dog": 4}, "judged": judged, "grouped": True, "lost": [1, 4]}
    path = tmp_path_factory.mktemp("whole") / "whole.zip"
    return cu.save_classifier(path, network, head, ["cat", "dog"], about, known=known)


def members_of(path):
    with zipfile.ZipFile(path) as file:
        return {name: file.read(name) for name in file.namelist()}


def write(path, members, method=zipfile.ZIP_STORED):
    with zipfile.ZipFile(path, "w", method) as file:
        for name, content in members.items():
            file.writestr(name, content)
    return path


def told(whole, **changes):
    """The members of a file, whose ``classifier.json`` says something else."""
    members = members_of(whole)
    about = {**json.loads(members["classifier.json"]), **changes}
    return members | {"classifier.json": json.dumps(about).encode()}


def npy(array, **options):
    file = io.BytesIO()
    np.save(file, array, **options)
    return file.getvalue()


def in_a_child(paths, picture):
    """What a process with little room says of each file, before long."""
    command = [sys.executable, "-c", CHILD.format(picture=str(picture)), str(ROOM), *map(str, paths)]
    run = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, env={**os.environ})
    assert run.returncode == 0, run.stderr[-2000:]
    return json.loads(run.stdout)


ENTRIES = {  # of classifier.json, each with what is said of it
    "classes": [
        (["cat", "cat"], "differ from each other"),
        ("cd", "a list of names"),
        ([], "a list of names"),
        ([1, 2], "can be printed"),
        (["cat", "\x1b]0;owned\x07dog"], "can be printed"),
        (["cat", "dog\n"], "can be printed"),
        (["cat", "\u202egod"], "can be printed"),
        (["cat", "\ud800"], "can be printed"),
        (["cat", " "], "can be printed"),
        (["cat", "d" * 10_000], "can be printed"),
        (["cat", "dog", "cow"], "for each class"),
        ([["cat"], ["dog"]], "can be printed"),
    ],
    "kind": [("another\x1b[2J", "this course reads"), (None, "this course reads"), ({}, "this course reads")],
    "looks": [(3, "looks"), (1, "after 12544 numbers"), (True, "looks"), ([2], "unhashable|looks"), (None, "looks")],
    "head": [
        (["softmax", "softmax"], "head/1/kernel.npy"),
        (["exec"], "activations"),
        ([], "activations"),
        ("softmax", "activations"),
        (["relu"], "outputs after relu"),
        (None, "activations"),
    ],
    "preprocessing": [(7, "a line"), ("\x1b[2J", "a line"), ("x" * 100_000, "a line")],
    "made": [("2026\x07", "a line")],
    "weights": [([], "a line")],
    "grouped": [("yes", "true or false")],
    "pictures": [([1], "a number for each class"), ({"cat": float("nan")}, "a number"), ({"cat": -1}, "a number")],
    "judged": [
        ("all", "how many"),
        ({"right": 5, "of": 4, "worth": 4, "low": 0, "high": 1}, "how many"),
        ({"right": 0, "of": 0, "worth": 4, "low": 0, "high": 1}, "how many"),
        ({"right": 1, "of": 4, "worth": 4, "low": float("-inf"), "high": 1}, "how many"),
        ({"right": 10**400, "of": 10**401, "worth": 4, "low": 0, "high": 1}, "how many|too large"),
    ],
    "clients": [([1], "head for another tool"), ({"squeezed": 1}, "head for another"), ({"squeezed": {}}, "it has no")],
    "known": [
        ([1], "a threshold"),
        ({"threshold": float("nan"), "examples": [4, 4]}, "a threshold"),
        ({"threshold": 0.5, "examples": [10**15, 4]}, "number of examples"),
        ({"threshold": 0.5, "examples": [10**8, 4]}, "known/examples.npy has the shape"),
        ({"threshold": 0.5, "examples": [4]}, "number of examples"),
        ({"threshold": 0.5, "examples": [4, -4]}, "number of examples"),
        ({"threshold": 0.5, "examples": [4, 4], "lost": [1]}, "were lost"),
    ],
}
CASES = [(name, value, words) for name, cases in ENTRIES.items() for value, words in cases]


def test_the_whole_file_is_believed(whole, picture):
    (said,) = in_a_child([whole], picture)
    assert said.startswith("believed: ") and "cat" in said and "dog" in said


def test_what_it_says_is_checked(whole, picture, tmp_path):
    """Each entry of the wrong kind, length or range; the message names the file, and steers no terminal."""
    paths = [
        write(tmp_path / f"{place}.zip", told(whole, **{name: value})) for place, (name, value, _) in enumerate(CASES)
    ]
    for path, (name, value, words), said in zip(paths, CASES, in_a_child(paths, picture), strict=True):
        wanted = pytest.RaisesExc(ValueError, match=f"{path.name} can't be read as a classifier: .*({words})")
        assert said.startswith("ValueError: ") and wanted.matches(ValueError(said)), (name, value, said)
        assert said.isprintable() and len(said) < 700, said


ARRAYS = {
    "nan": ("head/0/kernel.npy", np.full((1280, 2), np.nan, "f4"), "not finite"),
    "inf": ("network/conv_pw_3/bias.npy", np.full(32, np.inf, "f4"), "not finite"),
    "overflow": ("head/0/kernel.npy", np.full((1280, 2), 3e38, "f4") * np.array([1, -1], "f4"), "so large"),
    "overflow inside": ("network/conv1/kernel.npy", np.full((3, 3, 3, 8), 3e38, "f4"), "so large"),
    "too many": ("network/conv1/kernel.npy", np.zeros((5, 5, 3, 8), "f4"), "shape"),
    "too few": ("head/0/kernel.npy", np.zeros((1279, 2), "f4"), "shape"),
    "no rows": ("head/0/kernel.npy", np.zeros((0, 2), "f4"), "shape"),
    "a number": ("head/0/bias.npy", np.float32(1), "unsized|shape|outputs|0-d"),
    "doubles": ("head/0/bias.npy", np.zeros(2), "type"),
    "objects": ("head/0/bias.npy", np.array([print, 1], object), "type"),
    "by column": ("head/0/kernel.npy", np.asfortranarray(np.ones((1280, 2), "f4")), "in rows"),
    "examples": ("known/examples.npy", np.zeros((9, 256), "u1"), "shape"),
}


def test_arrays_are_checked(whole, picture, tmp_path):
    paths, wanted = [], []
    for place, (name, array, words) in enumerate(ARRAYS.values()):
        paths.append(write(tmp_path / f"{place}.zip", members_of(whole) | {name: npy(array)}))
        wanted.append(words)
    for name, words in [("head/0/bias.npy", "it has no head/0/bias.npy"), ("classifier.json", "it has no classifier")]:
        members = members_of(whole)
        del members[name]
        paths.append(write(tmp_path / f"without-{len(paths)}.zip", members))
        wanted.append(words)
    huge = npy(np.zeros(2, "f4")).replace(b"(2,)", b"(%d,)" % 10**15)
    for content in (huge, npy(np.zeros(2, "f4"))[:-1], b"", b"\x93NUMPY", b"\x93NUMPY\x01\0\xff\xff{"):
        paths.append(write(tmp_path / f"array-{len(paths)}.zip", members_of(whole) | {"head/0/bias.npy": content}))
        wanted.append("")
    for path, words, said in zip(paths, wanted, in_a_child(paths, picture), strict=True):
        wish = pytest.RaisesExc(ValueError, match=f"{path.name} can't be read as a classifier: .*({words})")
        assert said.startswith("ValueError: ") and wish.matches(ValueError(said)), (path, said)


def bomb(path, name, size, declared):
    """A zip file with a member that says to be small, and is not."""
    write(path, {name: bytes(size)}, zipfile.ZIP_DEFLATED)
    content = bytearray(path.read_bytes())
    for start in (b"PK\x03\x04", b"PK\x01\x02"):
        place = content.find(start) + (22 if start == b"PK\x03\x04" else 24)
        content[place : place + 4] = declared.to_bytes(4, "little")
    path.write_bytes(content)
    return path


def test_sizes_are_bounded(whole, picture, tmp_path):
    """Whatever a file says of its size, and however it is packed."""
    members = members_of(whole)
    text = json.dumps({"kind": "x", "more": [[]] * 4_000_000}).encode()
    paths = [
        write(tmp_path / "text.zip", members | {"classifier.json": text}, zipfile.ZIP_DEFLATED),
        write(tmp_path / "card.zip", members | {"model-card.md": b"x" * 3_000_000}),
        write(tmp_path / "zeros.zip", members | {"head/9/kernel.npy": bytes(31_000_000)}),
        bomb(tmp_path / "bomb.zip", "classifier.json", 600_000_000, 10),
        write(tmp_path / "lzma.zip", members, zipfile.ZIP_LZMA),
        write(tmp_path / "bzip2.zip", members, zipfile.ZIP_BZIP2),
        write(tmp_path / "many.zip", members | {f"head/{number}": b"" for number in range(100_000)}),
        write(tmp_path / "deep.zip", members | {"classifier.json": b"[" * 1_000_000}),
        write(tmp_path / "wide.zip", members | {"classifier.json": b"1" * 1_000_000}),
    ]
    long = tmp_path / "long.zip"
    with open(long, "wb") as file:
        file.truncate(3_000_000_000)
    write(tmp_path / "twice.zip", members)
    with zipfile.ZipFile(tmp_path / "twice.zip", "a") as file, pytest.warns(UserWarning, match="Duplicate name"):
        file.writestr("head/0/bias.npy", b"")
    (tmp_path / "folder.zip").mkdir()
    paths += [long, tmp_path / "twice.zip", tmp_path / "folder.zip"]
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.zip")
        paths.append(tmp_path / "pipe.zip")
    for path, said in zip(paths, in_a_child(paths, picture), strict=True):
        assert said.startswith(f"ValueError: {path} can't be read as a classifier: "), said
        assert said.isprintable() and len(said) < 600


def test_a_mutated_file_is_refused_or_believed(whole, picture, tmp_path):
    """Bytes changed anywhere: a sentence, or a classifier that answers with probabilities."""
    rng, content = np.random.default_rng(3), whole.read_bytes()
    paths = []
    for number in range(60):
        changed = bytearray(content)
        for place in rng.integers(0, len(content), 1 + number % 5):
            changed[place] ^= int(rng.integers(1, 256))
        paths.append(tmp_path / f"{number}.zip")
        paths[-1].write_bytes(changed[: int(rng.integers(1, len(changed)))] if number % 4 == 0 else changed)
    for path, said in zip(paths, in_a_child(paths, picture), strict=True):
        assert said.startswith(("believed: {", f"ValueError: {path} can't be read as a classifier: ")), said
        assert "nan" not in said


# the first version ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def networks(network):
    """Both halves as the course saved them at first, and the schema of their format."""
    if not has_litert():
        pytest.skip("there is no LiteRT for this machine, so the first version is not read")
    from ai_edge_litert import schema_py_generated as schema

    return schema, fill_template(network.layers), head_of(schema, "RESHAPE", "FULLY_CONNECTED", "SOFTMAX")


def head_of(schema, *kinds, numbers=12544, outputs=2, weights=None):
    """A head for LiteRT, of these operators, one after another."""
    model, graph = schema.ModelT(), schema.SubGraphT()
    model.version, model.subgraphs, model.buffers, model.operatorCodes = 3, [graph], [schema.BufferT()], []
    graph.tensors, graph.operators = [], []
    rng = np.random.default_rng(2)

    def tensor(shape, values=None):
        made = schema.TensorT()
        made.shape, made.buffer = np.array(shape, np.int32), 0
        made.type = schema.TensorType.FLOAT32
        if values is not None:
            made.type = schema.TensorType.INT32 if values.dtype == np.int32 else schema.TensorType.FLOAT32
            made.buffer = len(model.buffers)
            model.buffers.append(schema.BufferT())
            model.buffers[-1].data = np.frombuffer(values.tobytes(), np.uint8)
        graph.tensors.append(made)
        return len(graph.tensors) - 1

    end = tensor([1, 7, 7, 256])
    graph.inputs = [end]
    for number, kind in enumerate(kinds):
        operator, code = schema.OperatorT(), schema.OperatorCodeT()
        code.builtinCode = getattr(schema.BuiltinOperator, kind)
        code.deprecatedBuiltinCode, code.version = min(code.builtinCode, 127), 1
        model.operatorCodes.append(code)
        operator.opcodeIndex, inputs = number, [end]
        if kind == "RESHAPE":
            inputs.append(tensor([2], np.array([1, numbers], np.int32)))
        if kind == "FULLY_CONNECTED":
            operator.builtinOptionsType = schema.BuiltinOptions.FullyConnectedOptions
            operator.builtinOptions = schema.FullyConnectedOptionsT()
            values = rng.normal(size=(outputs, numbers)) / 100 if weights is None else weights
            inputs += [tensor(values.shape, np.ascontiguousarray(values, "f4")), -1]
        if kind == "SOFTMAX":
            operator.builtinOptionsType = schema.BuiltinOptions.SoftmaxOptions
            operator.builtinOptions = schema.SoftmaxOptionsT()
            operator.builtinOptions.beta = 1.0
        end = tensor([1, outputs])
        operator.inputs, operator.outputs = np.array(inputs, np.int32), np.array([end], np.int32)
        graph.operators.append(operator)
    graph.outputs = [end]
    return pack(schema, model)


def pack(schema, model):
    import flatbuffers

    builder = flatbuffers.Builder(1024)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def first(path, mobilenet, head, **changes):
    about = {"kind": version1.KIND, "classes": ["cat", "dog"], "preprocessing": PREPROCESSING, **changes}
    return write(path, {"classifier.json": json.dumps(about), "mobilenet.tflite": mobilenet, "head.tflite": head})


def changed(schema, network, change):
    """The network, after a change to what is in it."""
    model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(network, 0))
    change(model, model.subgraphs[0])
    return pack(schema, model)


def test_the_first_version_s_weights_are_taken_out(networks, network, picture, tmp_path):
    """What LiteRT would compute is computed; nothing of the file is run, and it is saved as weights."""
    from course_utils.network.litert import run_litert

    _, mobilenet, head = networks
    path = first(tmp_path / "first.zip", mobilenet, head)
    classifier = cu.load_classifier(path)
    expected = run_litert(head, network.run(cu.load_and_process_image(picture)))[0]
    got = classifier.predict(picture)
    assert [got["cat"], got["dog"]] == pytest.approx(expected.tolist(), abs=1e-4)
    members = members_of(classifier.save(tmp_path / "again.zip"))
    assert not [name for name in members if name.endswith(".tflite")]
    assert cu.load_classifier(tmp_path / "again.zip").predict(picture) == pytest.approx(got)
    assert classifier.heat(picture).values.shape == (60, 80)


def test_only_the_course_s_networks_are_taken(networks, picture, tmp_path):
    """Operators that loop, tile or do anything else; other shapes, steps and sizes; and all that is damaged."""
    schema, mobilenet, head = networks

    def operator(place, kind):
        def change(model, graph):
            model.operatorCodes.append(schema.OperatorCodeT())
            model.operatorCodes[-1].builtinCode = getattr(schema.BuiltinOperator, kind)
            model.operatorCodes[-1].deprecatedBuiltinCode = min(getattr(schema.BuiltinOperator, kind), 127)
            graph.operators[place].opcodeIndex = len(model.operatorCodes) - 1

        return change

    def second_subgraph(model, graph):
        model.subgraphs = [graph, graph]

    def stride(model, graph):
        graph.operators[2].builtinOptions.strideW = 2

    def size(model, graph):
        graph.tensors[graph.operators[0].inputs[1]].shape = np.array([8, 2**15, 2**15, 3], np.int32)

    def loop(model, graph):
        graph.operators[1].inputs = np.array([graph.operators[5].outputs[0], *graph.operators[1].inputs[1:]], np.int32)

    def shorter(model, graph):
        graph.operators, graph.outputs = graph.operators[:-1], graph.operators[-2].outputs

    halves = {
        "while": (changed(schema, mobilenet, operator(0, "WHILE")), head),
        "tile": (changed(schema, mobilenet, operator(3, "TILE")), head),
        "custom": (changed(schema, mobilenet, operator(3, "CUSTOM")), head),
        "call": (mobilenet, changed(schema, head, operator(1, "CALL_ONCE"))),
        "two": (changed(schema, mobilenet, second_subgraph), head),
        "stride": (changed(schema, mobilenet, stride), head),
        "size": (changed(schema, mobilenet, size), head),
        "loop": (changed(schema, mobilenet, loop), head),
        "shorter": (changed(schema, mobilenet, shorter), head),
        "tiled head": (mobilenet, head_of(schema, "RESHAPE", "TILE", "FULLY_CONNECTED", "SOFTMAX")),
        "no softmax": (mobilenet, head_of(schema, "RESHAPE", "FULLY_CONNECTED")),
        "narrow": (mobilenet, head_of(schema, "RESHAPE", "FULLY_CONNECTED", "SOFTMAX", numbers=100)),
        "classes": (mobilenet, head_of(schema, "RESHAPE", "FULLY_CONNECTED", "SOFTMAX", outputs=3)),
        "nan": (
            mobilenet,
            head_of(schema, "RESHAPE", "FULLY_CONNECTED", "SOFTMAX", weights=np.full((2, 12544), np.nan)),
        ),
        "swapped": (head, mobilenet),
        "empty": (b"", head),
        "short": (mobilenet[:5000], head),
        "text": (b"\x1c\0\0\0TFL3" + b"\xff" * 4000, head),
        "zeros": (mobilenet, b"\x1c\0\0\0TFL3" + bytes(4000)),
    }
    paths = [first(tmp_path / f"{name}.zip", *half) for name, half in halves.items()]
    for path, said in zip(paths, in_a_child(paths, picture), strict=True):
        assert said.startswith(f"ValueError: {path} can't be read as a classifier: "), said
        assert len(said) < 700


def test_a_mutated_network_ends_in_a_sentence(networks, picture, tmp_path):
    _, mobilenet, head = networks
    rng, paths = np.random.default_rng(5), []
    for number in range(60):
        half = bytearray(mobilenet if number % 2 else head)
        last = len(half) if number % 3 else 4000  # the start holds offsets
        for place in rng.integers(0, last, 1 + number % 7):
            half[place] ^= int(rng.integers(1, 256))
        halves = (bytes(half), head) if number % 2 else (mobilenet, bytes(half))
        paths.append(first(tmp_path / f"{number}.zip", *halves))
    for path, said in zip(paths, in_a_child(paths, picture), strict=True):
        assert said.startswith(("believed: {", f"ValueError: {path} can't be read as a classifier: ")), said
        assert "nan" not in said


# what is written can be read -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("names, words", [(["a", "b\x1b[2J"], "printed"), (["a", "b" * 300], "printed")])
def test_what_could_not_be_read_is_not_written(network, tmp_path, names, words):
    head = LinearHead(np.zeros((1280, 2), "f4"), np.zeros(2, "f4"))
    with pytest.raises(ValueError, match=words):
        cu.save_classifier(tmp_path / "x.zip", network, head, list(names))
    assert not list(tmp_path.iterdir())


def test_a_head_gone_astray_or_too_large_is_not_written(network, tmp_path):
    lost = LinearHead(np.full((1280, 2), np.nan, "f4"), np.zeros(2, "f4"))
    with pytest.raises(ValueError, match="layer 0 of its head holds numbers that are not finite"):
        cu.make_classifier(network, lost, "ab")
    large = LinearHead(np.zeros((1280, 6000), "f4"), np.zeros(6000, "f4"))
    with pytest.raises(ValueError, match="has 3[0-9] MB; its file holds up to 30 MB.*fewer units"):
        cu.make_classifier(network, large, [f"class {number}" for number in range(6000)])


def test_a_card_steers_no_terminal(whole, tmp_path):
    members = members_of(whole) | {"model-card.md": b"# Mine\n\x1b]0;owned\x07\xff\n"}
    assert cu.load_classifier(write(tmp_path / "card.zip", members)).card.splitlines()[0] == "# Mine"
    assert "\x1b" not in cu.load_classifier(tmp_path / "card.zip").card


def test_names_of_every_writing_are_fine():
    for name in ("Äpfel", "猫", "قطة", "👩‍🔬", "می‌خواهم", "a" * checked.LONGEST, "<b>", "$x$"):
        checked.check_about({"kind": "x", "classes": [name, "other"]})


def test_the_end_of_a_list_is_found_as_zipfile_finds_it(tmp_path):
    """However long the comment, and of Zip64, too."""
    from course_utils.pictures.archives import _list_size

    for number, comment in enumerate((b"", b"x", b"x" * 65_535)):
        path = tmp_path / f"{number}.zip"
        with zipfile.ZipFile(path, "w") as file:
            file.comment = comment
            for place in range(5):
                file.writestr(f"{place}", b"")
        with open(path, "rb") as raw:
            assert _list_size(raw) == 5 * (46 + 1)
    path = tmp_path / "many.zip"
    with zipfile.ZipFile(path, "w") as file:
        for place in range(70_000):
            file.writestr(f"{place:05}", b"")
    with open(path, "rb") as raw:
        assert _list_size(raw) == 70_000 * (46 + 5)
