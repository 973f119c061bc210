"""The engine of a page, run by Node.js: the same pixels, features and answers as Python's."""

import json
import shutil
import subprocess

import numpy as np
import pytest
from helpers import noise
from PIL import Image

from course_utils.browser import scripts
from course_utils.export.webpage import pack, pack_network
from course_utils.learning.dense import Dense, run_dense
from course_utils.network.looks import look
from course_utils.network.plain import run_plain
from course_utils.network.weights import fold_weights, read_weights

NODE = shutil.which("node")
pytestmark = pytest.mark.skipif(NODE is None, reason="needs Node.js, which is not on this machine")
SIZES = [(224, 224), (288, 288), (223, 1001), (1, 1), (3, 2), (3001, 17), (225, 224), (640, 480), (287, 575)]
READ = """
import fs from "node:fs";
const read = (name) => fs.readFileSync(name);
const floats = (name) => new Float32Array(read(name).buffer.slice(0));
const asPicture = (bytes, width, height) => ({ width, height, read: (left, top, wide, rows) => {
  const part = new Uint8ClampedArray(wide * rows * 4);
  for (let row = 0; row < rows; row += 1) for (let column = 0; column < wide; column += 1)
    for (let c = 0; c < 3; c += 1) part[(row * wide + column) * 4 + c] =
      bytes[((top + row) * width + left + column) * 3 + c];
  return part; } });
"""


def run(tmp_path, module, code):
    """Run code after a module of the engine, in a folder of the test's own. What it logs is JSON."""
    script = tmp_path / "script.mjs"
    script.write_text(READ + "\n".join(scripts.join_modules(f"engine/{name}.js") for name in module) + code)
    done = subprocess.run([NODE, script], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_resizing_is_pillows_to_the_last_bit(tmp_path):
    names = []
    for width, height in SIZES:
        image = noise(width + height, height, width)
        (tmp_path / f"{width}x{height}").write_bytes(image.tobytes())
        for size in (224, 288):
            wanted = np.asarray(image.resize((size, size), Image.Resampling.BILINEAR))
            (tmp_path / f"{width}x{height}-{size}").write_bytes(wanted.tobytes())
            names.append([width, height, size])
    code = """
    const differ = NAMES.map(([width, height, size]) => {
      const got = resizePicture(asPicture(read(`${width}x${height}`), width, height), size);
      const wanted = read(`${width}x${height}-${size}`);
      return got.length === wanted.length ? got.filter((value, place) => value !== wanted[place]).length : -1;
    });
    console.log(JSON.stringify(differ));
    """
    assert run(tmp_path, ["resize"], code.replace("NAMES", json.dumps(names))) == [0] * len(names)


def test_reducing_averages_blocks_as_pillow_does(tmp_path):
    """In the blocks at the edge, which are not whole, Pillow rounds otherwise now and then."""
    cases = [(width, height, factor) for width, height in [(64, 48), (301, 515), (9, 700)] for factor in (2, 4, 8)]
    for width, height, factor in cases:
        image = noise(width, height, width)
        (tmp_path / f"{width}").write_bytes(image.tobytes())
        (tmp_path / f"{width}-{factor}").write_bytes(np.asarray(image.reduce(factor)).tobytes())
    code = """
    const differ = CASES.map(([width, height, factor]) => {
      const got = reducePicture(asPicture(read(`${width}`), width, height), factor);
      const part = got.read(1, 2, got.width - 1, got.height - 2); // RGBA
      const wanted = read(`${width}-${factor}`);
      const at = (row, column) => ((row + 2) * got.width + column + 1) * 3;
      return part.filter((value, place) => {
        const [pixel, color] = [Math.floor(place / 4), place % 4];
        const [row, column] = [Math.floor(pixel / (got.width - 1)), pixel % (got.width - 1)];
        const whole = (row + 3) * factor <= height && (column + 2) * factor <= width;
        return color < 3 && Math.abs(value - wanted[at(row, column) + color]) > (whole ? 0 : 1);
      }).length;
    });
    console.log(JSON.stringify(differ));
    """
    assert run(tmp_path, ["resize"], code.replace("CASES", json.dumps(cases))) == [0] * len(cases)


@pytest.fixture(scope="module")
def layers():
    return fold_weights(read_weights("practice"))


START = """
const about = JSON.parse(read("about.json"));
const layers = readWeights(about.network, new Uint8Array(read("weights")));
const run = (pixels, side) => runNetwork(layers, pixels, side);
const fast = await startSimd(layers, read("simd.wasm"));
"""


@pytest.fixture
def folder(tmp_path, layers):
    about, numbers = pack_network(layers)
    (tmp_path / "about.json").write_text(json.dumps({"network": about}))
    (tmp_path / "weights").write_bytes(numbers)
    shutil.copy(scripts.FOLDER / "engine" / "simd.wasm", tmp_path)
    return tmp_path


@pytest.mark.parametrize("side", [224, 288, 32])
def test_the_network_and_its_twin_give_pythons_features(folder, layers, side):
    pixels = np.random.default_rng(side).uniform(-1, 1, (1, side, side, 3)).astype("f4")
    (folder / "pixels").write_bytes(pixels.tobytes())
    code = f"""
    fs.writeFileSync("plain", run(floats("pixels"), {side}));
    fs.writeFileSync("fast", fast(floats("pixels"), {side}));
    fs.writeFileSync("again", fast(floats("pixels"), {side}));
    console.log("[]");
    """
    run(folder, ["network", "simd", "weights"], START + code)
    plain, fast, again = (np.fromfile(folder / name, "<f4") for name in ("plain", "fast", "again"))
    wanted = run_plain(layers, pixels).ravel()
    assert wanted.size == plain.size == fast.size and wanted.max() > 1
    assert np.abs(plain - wanted).max() < 1e-4 and np.abs(fast - wanted).max() < 1e-4
    assert (fast == again).all(), "nothing is left of the picture before"


@pytest.mark.parametrize("size", [(300, 200), (200, 700)])
def test_two_looks_are_pythons(folder, layers, size):
    image = noise(1, *size[::-1]).resize((9, 9)).resize(size)
    image.save(folder / "picture.png")
    (folder / "pixels").write_bytes(image.tobytes())
    code = f"""
    const picture = asPicture(read("pixels"), {size[0]}, {size[1]});
    fs.writeFileSync("twice", look(squaresOf(picture, 2), fast));
    fs.writeFileSync("once", look(squaresOf(picture, 1), fast));
    console.log("[]");
    """
    run(folder, ["network", "simd", "weights", "looks"], START + code)
    for looks, name, near in [(2, "twice", 1e-6), (1, "once", 1e-4)]:
        wanted = look(folder / "picture.png", lambda batch: run_plain(layers, batch), looks).ravel()
        got = np.fromfile(folder / name, "<f4")
        assert got.shape == wanted.shape and np.abs(got - wanted).max() < near


def test_heads_of_either_size_and_their_weights(folder):
    rng = np.random.default_rng(3)
    large = Dense(rng.normal(0, 0.01, (12544, 100)).astype("f4"), rng.normal(size=100).astype("f4"), "relu")
    large.kernel[:, 5] = 0  # no scale can be made of zeros
    head = [large, Dense(rng.normal(size=(100, 3)).astype("f4"), np.zeros(3, "f4"), "softmax")]
    x = rng.uniform(0, 6, (1, 12544)).astype("f4") * (rng.random((1, 12544)) < 0.4).astype("f4")
    packed = [pack(dense.kernel, dense.bias) for dense in head]
    assert [kind["type"] for kind, _ in packed] == ["int16", "float32"]
    about = [
        kind | {"outputs": len(d.bias), "activation": d.activation} for d, (kind, _) in zip(head, packed, strict=True)
    ]
    (folder / "x").write_bytes(x.tobytes())
    (folder / "head").write_bytes(b"".join(numbers for _, numbers in packed))
    code = f"""
    const head = readWeights({json.dumps(about)}, new Uint8Array(read("head")));
    console.log(JSON.stringify([...runHead(head, floats("x"))]));
    """
    got = run(folder, ["head", "weights"], code)
    assert np.abs(np.array(got) - run_dense(head, x)[0]).max() < 1e-3 and sum(got) == pytest.approx(1)


def test_a_large_score_is_no_overflow(tmp_path):
    assert run(tmp_path, ["head"], "console.log(JSON.stringify([...softmax([1000, 0, -1000])]));") == [1, 0, 0]
