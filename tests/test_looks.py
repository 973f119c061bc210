"""The cut network without TensorFlow, in both engines, and the two looks that the linear head reads."""

import pickle

import numpy as np
import pytest
from helpers import make_noise, run_python
from PIL import Image, ImageDraw

import course_utils as cu
from course_utils.network import engines, looks
from course_utils.network.litert import TOLERANCE
from course_utils.network.looks import CLIENTS, LOOKS, TWO, look_twice, pool, quarters, unit
from course_utils.network.weights import KERNELS, fold_weights, read_weights


@pytest.fixture
def no_litert(monkeypatch):
    monkeypatch.setattr(engines, "has_litert", lambda: False)


@pytest.fixture(scope="module")
def fine_tuned():
    """The cut network after a training step that nobody knows: every number differs a little."""
    model, rng = cu.build_pretrained_model("practice"), np.random.default_rng(3)
    model.set_weights([weights * rng.uniform(0.8, 1.2, weights.shape) for weights in model.get_weights()])
    return model


def noise(side, seed=0):
    return np.random.default_rng(seed).uniform(-1, 1, (1, side, side, 3)).astype("float32")


@pytest.mark.parametrize("weights", ["published", "practice"])
def test_both_engines_give_what_keras_gives(weights, practice, monkeypatch):
    if weights == "published" and practice:
        pytest.skip(f"needs the real files: {practice}")
    expected = cu.build_pretrained_model(weights).predict_on_batch(noise(224))
    network = cu.load_network(weights)
    assert network.engine == "LiteRT" and np.abs(network.run(noise(224)) - expected).max() < TOLERANCE
    monkeypatch.setattr(engines, "has_litert", lambda: False)
    plain = cu.load_network(weights)
    assert plain.engine == "NumPy" and np.abs(plain.run(noise(224)) - expected).max() < TOLERANCE
    assert plain.fingerprint == network.fingerprint
    assert np.abs(plain.run(noise(288)) - network.run(noise(288))).max() < TOLERANCE
    assert network.run(noise(288)).shape == (1, 9, 9, 256)


def test_fine_tuned_weights_fill_the_template(fine_tuned):
    engine = engines.engine_of(fine_tuned)
    assert isinstance(engine, engines.Network)
    assert engine.fingerprint != cu.load_network("practice").fingerprint
    expected = fine_tuned.predict_on_batch(noise(224))
    assert expected.std() > 0.01 and np.abs(engine.run(noise(224)) - expected).max() < TOLERANCE


def test_a_network_travels_as_weights(no_litert):
    network = cu.load_network("practice")
    copy = pickle.loads(pickle.dumps(network))
    assert copy.fingerprint == network.fingerprint and np.array_equal(copy.run(noise(224)), network.run(noise(224)))


def test_weights_of_another_shape_are_refused_by_name():
    arrays = read_weights("practice")
    assert list(KERNELS)[0] == "conv1" and len(fold_weights(arrays)) == 27
    with pytest.raises(ValueError, match=r"conv_pw_3 has an array of the shape \(32, 16\); .* has \(32, 32\)"):
        fold_weights(arrays | {"conv_pw_3/kernel": arrays["conv_pw_3/kernel"][..., :16]})
    with pytest.raises(ValueError, match="conv_dw_2 holds numbers that are not finite"):
        fold_weights(arrays | {"conv_dw_2_bn/beta": np.full(16, np.nan)})


def test_quarters_say_where_and_pooling_does_not():
    one = np.zeros((1, 9, 9, 2), np.float32)
    one[0, 0, 8, 1] = 25  # top right, second channel
    assert quarters(one).tolist() == [[0, 0, 0, 1, 0, 0, 0, 0]]
    assert np.allclose(pool(one), [[0, 25 / 81]])
    middle = np.zeros((1, 9, 9, 1), np.float32)
    middle[0, 4, 4] = 25
    assert quarters(middle).tolist() == [[1, 1, 1, 1]], "where a side is odd, quarters overlap"
    assert quarters(np.ones((3, 8, 6, 5))).shape == (3, 20)


def test_the_looks_are_those_that_their_name_says(tmp_path):
    """Whoever changes what comes out has to change LOOKS."""
    sizes = []

    def run(batch):
        sizes.append(batch.shape)
        side = batch.shape[1] // 32
        return np.abs(batch).reshape(1, side, 32, side, 32, 3).mean(axis=(2, 4))

    picture = Image.new("RGB", (900, 300), "black")
    ImageDraw.Draw(picture).rectangle([0, 0, 299, 299], fill=(255, 127, 0))
    picture.save(tmp_path / "left.png")
    numbers = look_twice(tmp_path / "left.png", run)
    assert LOOKS.startswith("center square at 224, pooled, beside the whole picture at 288 x 288, in quarters")
    assert sizes == [(1, 288, 288, 3), (1, 224, 224, 3)] and numbers.shape == (5 * 3,)
    assert np.linalg.norm(numbers) == pytest.approx(1)
    assert np.linalg.norm(numbers[:12]) == pytest.approx(np.linalg.norm(numbers[12:])), "both halves weigh the same"
    assert np.allclose(numbers[12:], numbers[12]), "the middle square is black: it never sees the left"
    assert numbers[1] < numbers[4], "gray is near 0, and it is at the left"


def test_two_looks_are_kept_streamed_and_counted_apart(cache, tmp_path):
    network, paths = cu.load_network(), make_noise(tmp_path / "pictures", 4)
    first = cu.extract_features(paths, network, looks=2)
    assert first.shape == (4, 1280) and first.dtype == np.float32
    assert np.allclose(np.linalg.norm(first, axis=1), 1, atol=1e-6)
    assert len(cu.feature_cache()) == 4
    assert cu.extract_features(paths, network).shape == (4, 7, 7, 256), "not those that were kept for two looks"
    assert len(cu.feature_cache()) == 8
    from_file = cu.extract_features(paths, network, looks=2, out=tmp_path / "two.npy")
    assert isinstance(from_file, np.memmap) and np.array_equal(from_file, first)
    with pytest.raises(ValueError, match="got looks=4; expected 1, 2 or 3"):
        cu.extract_features(paths, network, looks=4)


def test_kept_looks_are_not_computed_again(cache, tmp_path, monkeypatch):
    network, paths = cu.load_network(), make_noise(tmp_path / "pictures", 2)
    first = cu.extract_features(paths, network, looks=2)
    monkeypatch.setattr(looks, "look_twice", lambda path, run: pytest.fail(f"looked at {path} again"))
    assert np.array_equal(cu.extract_features(paths, network, looks=2), first)


def test_three_looks_hold_two_and_what_other_tools_see(cache, tmp_path, monkeypatch):
    network = cu.load_network("practice")
    Image.linear_gradient("L").resize((300, 200)).convert("RGB").save(tmp_path / "a.png")
    (seen,) = cu.extract_features([tmp_path / "a.png"], network, looks=3)
    image = cu.load_image(tmp_path / "a.png")
    for name, one in {"squeezed": image, "square": cu.crop_image(image)}.items():
        features = network.run(cu.batch_image(cu.resize_image(one)))
        assert np.allclose(seen[CLIENTS[name]], unit(quarters(features))[0], atol=1e-6), name
        by_pooling = features.reshape(7, 7, 256)[:4, 3:].mean(axis=(0, 1))  # top right, with the row in the middle
        assert np.allclose(seen[CLIENTS[name]][256:512] * np.linalg.norm(quarters(features)), by_pooling, atol=1e-4)
    assert seen.shape == (3328,) and seen.dtype == np.float32
    monkeypatch.setattr(looks, "look_twice", lambda path, run: pytest.fail(f"looked at {path} again"))
    assert np.array_equal(cu.extract_features([tmp_path / "a.png"], network, looks=2), [seen[TWO]])


def test_the_middle_of_a_square_picture_is_looked_at_once(cache, tmp_path):
    network, runs = cu.load_network("practice"), []
    Image.linear_gradient("L").resize((300, 300)).convert("RGB").save(tmp_path / "a.png")
    seen = looks.look_thrice(tmp_path / "a.png", lambda batch: runs.append(batch.shape) or network.run(batch))
    assert sorted(runs) == [(1, 224, 224, 3), (1, 288, 288, 3)]
    assert np.array_equal(*(seen[part] for part in CLIENTS.values()))


def test_a_keras_network_looks_twice_too(cache, tmp_path, fine_tuned):
    paths = make_noise(tmp_path / "pictures", 2)
    expected = [look_twice(path, engines.engine_of(fine_tuned).run) for path in paths]
    assert np.array_equal(cu.extract_features(paths, fine_tuned, looks=2), expected)


def test_another_network_can_not_look_twice(cache, tmp_path):
    keras = cu.import_keras()
    other = keras.Sequential([keras.Input((224, 224, 3)), keras.layers.AveragePooling2D(32)])
    with pytest.raises(ValueError, match="two looks need the cut MobileNet"):
        cu.extract_features(make_noise(tmp_path, 1), other, looks=2)


def test_left_and_right_are_told_apart(cache, tmp_path):
    """A head that pools all places can't; two looks can, on a square at the edge of a wide picture too."""
    rng, labels = np.random.default_rng(0), ["left", "right"] * 30
    for number, label in enumerate(labels):
        picture = Image.fromarray(rng.integers(100, 140, (160, 320, 3), np.uint8))
        left = int(rng.integers(0, 30)) if label == "left" else int(rng.integers(260, 290))
        top = int(rng.integers(20, 110))
        ImageDraw.Draw(picture).rectangle([left, top, left + 30, top + 30], fill=(200, 40, 40))
        picture.save(tmp_path / f"{number:02}.png")
    numbers = cu.extract_features(sorted(tmp_path.glob("*.png")), cu.load_network(), looks=2)
    rows = cu.add_labels(labels)
    head = cu.fit_linear_head(numbers[:40], rows[:40])
    assert (head.predict(numbers[40:]).argmax(axis=1) == rows[40:].argmax(axis=1)).mean() >= 0.9


def test_mobilenets_own_head_is_linear(mobilenet, drum):
    from course_utils.learning.linear import load_imagenet_head

    batch = cu.batch_image(cu.resize_image(cu.evaluation_view(cu.load_image(drum))))
    got = load_imagenet_head().predict(pool(cu.load_network().run(batch)))
    assert np.abs(got - mobilenet.predict_on_batch(batch)).max() < 1e-3 and got.argmax() == 541


SILENCE = """
import os, threading
from course_utils.pictures.quiet import silence
turn = [threading.Event(), threading.Event()]

def first():
    with silence():
        turn[0].set()
        turn[1].wait(1)  # the other may be inside by now, or waits

def second():
    turn[0].wait()
    with silence():
        turn[1].set()
        threads[0].join(1)

threads = [threading.Thread(target=first), threading.Thread(target=second)]
for thread in threads: thread.start()
for thread in threads: thread.join()
os.write(2, b"heard")
"""


def test_two_threads_that_silence_at_once_give_the_voice_back():
    assert run_python("-c", SILENCE).stderr == "heard"


STORY = """
import sys
for name in ("tensorflow", "keras", "sklearn", "matplotlib", "IPython", "ipywidgets"): sys.modules[name] = None
import course_utils as cu
from course_utils.tour import train_and_judge
print(train_and_judge(cu.colors_folder(), cu.load_network("practice")))
"""


def test_the_story_needs_neither_tensorflow_nor_scikit_learn(cache):
    done = run_python("-c", STORY)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "(4, 2, 2)"
