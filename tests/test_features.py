"""The feature engine agrees with Keras, keeps what it has computed, and loses nothing."""

import importlib.util
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from helpers import make_noise, run_python, wait_until
from PIL import Image

import course_utils as cu
from course_utils.network import engines, features as engine, litert, looks


@pytest.fixture
def place(cache, tmp_path):
    """A folder, beside an empty cache of the test's own."""
    return tmp_path


@pytest.fixture(scope="module")
def network(pretrained_model):
    return pretrained_model


@pytest.fixture(scope="module")
def small():
    """A network that is converted in no time: how bright 49 parts of a picture are."""
    return small_network()


def small_network(start=0.5):
    """The same layers each time; only the weights differ."""
    keras = cu.import_keras()
    layers = keras.layers
    network = keras.Sequential(
        [keras.Input((224, 224, 3)), layers.AveragePooling2D(32, name="pool"), layers.Dense(2, name="dense")]
    )
    network.layers[-1].set_weights([np.full((3, 2), start), np.zeros(2)])
    return network


@pytest.fixture
def computed(monkeypatch):
    """The names of the pictures that were not taken from the cache."""
    names, process = [], looks.load_and_process_image
    monkeypatch.setattr(looks, "load_and_process_image", lambda path: names.append(path.name) or process(path))
    return names


def with_keras(paths, network):
    return network.predict(np.concatenate([cu.load_and_process_image(path) for path in paths]), verbose=0)


def test_it_agrees_with_keras_in_order(place, network):
    paths = make_noise(place / "pictures", 20)
    features = cu.extract_features(paths, network)
    assert features.shape == (20, 7, 7, 256) and features.dtype == np.float32
    assert np.abs(features - with_keras(paths, network)).max() < litert.TOLERANCE
    assert np.array_equal(features, cu.extract_features(paths, network)), "from the cache"
    assert np.array_equal(features, cu.extract_features(paths, network, use_cache=False))
    assert np.array_equal(features, cu.extract_features(paths, network, out=place / "features.npy"))


def test_only_what_is_new_is_computed(place, network, computed):
    paths = make_noise(place / "pictures", 3)
    before = cu.extract_features(paths, network)
    paths[1] = paths[1].rename(place / "pictures" / "renamed.png")
    paths += make_noise(place / "pictures", 1, first=3)
    computed.clear()
    after = cu.extract_features(paths, network)
    assert computed == ["003.png"] and np.array_equal(after[:3], before)
    Image.new("RGB", (50, 50), "red").save(paths[0])
    computed.clear()
    assert not np.array_equal(cu.extract_features(paths, network)[0], before[0]) and computed == ["000.png"]


def test_another_preprocessing_has_features_of_its_own(place, network, computed, monkeypatch):
    paths = make_noise(place / "pictures", 1)
    for name, times in [("one way", 1), ("another way", 2), ("one way", 2)]:
        monkeypatch.setitem(engine.PREPARED, 1, name)
        cu.extract_features(paths, network)
        assert len(computed) == times, name


def test_an_edit_of_a_comment_costs_nothing(place, computed):
    (path,) = make_noise(place / "pictures", 1)
    network = cu.load_network()
    source = Path(engine.__file__).read_text(encoding="utf-8")
    blocks = []
    for text in (source, source.replace("\n\n\n", "\n\n\n# A new comment.\n")):
        (place / f"{len(text)}.py").write_text(text, encoding="utf-8")
        spec = importlib.util.spec_from_file_location(engine.__name__, place / f"{len(text)}.py")
        version = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(version)
        version.engines[network.fingerprint] = network
        blocks.append(version.features_of(path, network.fingerprint, True, 1))
    assert np.array_equal(*blocks) and computed == [path.name]


def test_another_network_has_features_of_its_own(place):
    paths = make_noise(place / "pictures", 2)
    first, other = (cu.extract_features(paths, small_network(start)) for start in (0.5, 0.25))
    assert np.allclose(first, 2 * other, atol=1e-5) and np.abs(first).max() > 0.01
    assert np.array_equal(cu.extract_features(paths, small_network(0.5)), first)


def test_an_unreadable_picture_is_named_and_the_others_are_kept(place, network, monkeypatch):
    paths = make_noise(place / "pictures", 4)
    paths[2].write_text("no picture")
    with pytest.raises(cu.UnreadableImageError, match="002.png"):
        cu.extract_features(paths, network)
    with pytest.raises(cu.UnreadableImageError, match="gone.png"):
        cu.extract_features([place / "gone.png"], network)
    blocks = list(engine.features_one_by_one(paths, network))
    assert [isinstance(block, np.ndarray) for block in blocks] == [True, True, False, True]


def test_a_file_of_features_is_whole_or_not_there(place, network):
    paths = make_noise(place / "pictures", 3)
    paths[2].write_text("no picture")
    with pytest.raises(cu.UnreadableImageError):
        cu.extract_features(paths, network, out=place / "features.npy")
    assert not (place / "features.npy").exists()


def test_without_litert_keras_does_the_work(cache, tmp_path, small, monkeypatch):
    paths = make_noise(tmp_path / "pictures", 2)
    monkeypatch.setitem(sys.modules, "ai_edge_litert", None)
    with pytest.warns(UserWarning, match="Keras turns the pictures into features"):
        features = cu.extract_features(paths, small)
    assert np.allclose(features, with_keras(paths, small), atol=1e-5)


def test_where_litert_differs_keras_does_the_work(cache, tmp_path, small, monkeypatch):
    paths = make_noise(tmp_path / "pictures", 2)
    paths[1].write_text("no picture")
    monkeypatch.setattr(litert, "TOLERANCE", -1)
    with pytest.warns(UserWarning, match="LiteRT differs from Keras by .*; expected at most -1"):
        blocks = list(engine.features_one_by_one(paths, small))
    assert np.allclose(blocks[0], with_keras(paths[:1], small), atol=1e-5)
    assert isinstance(blocks[1], cu.UnreadableImageError)


def test_a_network_is_converted_once(cache, monkeypatch):
    first = engines.engine_of(small_network())
    monkeypatch.setattr(engines, "convert", lambda model: b"converted again")
    known, other = engines.engine_of(small_network()), engines.engine_of(small_network(0.25))
    assert (known.network, known.fingerprint) == (first.network, first.fingerprint)
    assert other.network == b"converted again" and other.fingerprint != first.fingerprint


def test_mobilenet_is_never_converted(cache, network, monkeypatch):
    monkeypatch.setattr(engines, "convert", lambda model: pytest.fail("converted"))
    assert engines.engine_of(network).fingerprint == cu.load_network().fingerprint


def test_a_network_that_is_not_quite_mobilenet_is_converted(cache, monkeypatch):
    """The same names, and one step fewer: what the template computes would be wrong."""
    keras = cu.import_keras()
    model = cu.load_mobilenet("random")
    x = model.inputs[0]
    for layer in model.layers[1:]:
        if layer.name == "conv_dw_13":
            x = keras.layers.DepthwiseConv2D(3, 1, "same", dilation_rate=2, use_bias=False, name=layer.name)(x)
        else:
            x = layer(x)
        if layer.name == "conv_pw_13_relu":
            break
    monkeypatch.setattr(engines, "convert", lambda model: b"converted")
    assert engines.engine_of(keras.Model(model.inputs, x)).network == b"converted"


def test_where_nothing_can_be_kept_all_is_computed(place, network, monkeypatch):
    paths = make_noise(place / "pictures", 3)
    expected = cu.extract_features(paths, network)
    (place / "file").touch()
    monkeypatch.setenv("COURSE_CACHE", str(place / "file" / "cache"))
    with pytest.warns(UserWarning, match="can't be kept: .*Set COURSE_CACHE"):
        assert np.array_equal(cu.extract_features(paths, network), expected)


def test_the_cache_can_be_cleared(place, network):
    paths = make_noise(place / "pictures", 2)
    cu.extract_features(paths, network)
    assert len(cu.feature_cache()) == 2
    cu.feature_cache().clear()
    assert len(cu.feature_cache()) == 0


def test_the_cache_is_bounded(place, network, monkeypatch):
    monkeypatch.setattr(cu.feature_cache(), "most", 155_000)
    cu.extract_features(make_noise(place / "pictures", 6), network)
    assert len(cu.feature_cache()) <= 3


WRITER = """
import os, sys, threading
from course_utils import load_network
from course_utils.network import features as engine, looks

deadly, *paths = sys.argv[1:]
process, taken, lock = looks.load_and_process_image, [], threading.Lock()

def load_and_process_image(path):
    with lock:
        taken.append(path)
        if len(taken) == int(deadly):
            os._exit(9)  # at once, whatever the other threads are writing
    return process(path)

looks.load_and_process_image = load_and_process_image
print(engine.extract_features(paths, load_network()).sum())
"""


def writer(paths, deadly=0):
    """The words that start a process that keeps features. It ends before it has read so many pictures."""
    return ["-c", WRITER, deadly, *paths]


def test_two_writers_at_once(place, network):
    paths = make_noise(place / "pictures", 30)
    command = [sys.executable, *map(str, writer(paths))]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    sums = [process.communicate()[0].split()[-1] for process in both]
    assert sums[0] == sums[1] == str(cu.extract_features(paths, network).sum())


@pytest.mark.parametrize("deadly", [20, 25, 39])
def test_a_process_that_ends_at_any_moment_spoils_nothing(place, network, deadly):
    paths = make_noise(place / "pictures", 40)
    assert run_python(*writer(paths, deadly)).returncode == 9
    assert 0 < len(cu.feature_cache()) < deadly, "it ended in the middle"
    assert np.array_equal(cu.extract_features(paths, network), cu.extract_features(paths, network, use_cache=False))


@pytest.fixture(scope="module")
def cluster():
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        yield cluster


def test_a_cluster_gives_the_same_and_outlives_a_worker(cluster, place, network):
    import distributed

    paths = make_noise(place / "pictures", 300)
    paths[200].write_text("no picture")
    expected = list(engine.features_one_by_one(paths, network, use_cache=False))
    with distributed.Client(cluster) as client:
        got, victim = [], cluster.workers[0].pid
        for block in engine.features_one_by_one(paths, network, use_cache=False, client=client):
            got.append(block)
            if len(got) == 50:
                os.kill(victim, signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM)
    wait_until(lambda: victim not in {worker.pid for worker in cluster.workers.values()})
    assert [str(a) for a in got if isinstance(a, Exception)] == [str(a) for a in expected if isinstance(a, Exception)]
    assert all(np.array_equal(a, b) for a, b in zip(got, expected, strict=True) if not isinstance(a, Exception))


def test_a_cluster_keeps_features_too(cluster, place, network, monkeypatch):
    import distributed

    paths = make_noise(place / "pictures", 5)
    with distributed.Client(cluster) as client:
        client.wait_for_workers(2)
        client.run(lambda folder: os.environ.update(COURSE_CACHE=folder), str(place / "cache"))
        features = cu.extract_features(paths, network, client=client, out=place / "features.npy")
        assert len(cu.feature_cache()) == 5
        twice = cu.extract_features(paths, network, client=client, looks=2)
    assert len(cu.feature_cache()) == 10
    assert np.array_equal(features, cu.extract_features(paths, network))
    assert np.array_equal(twice, cu.extract_features(paths, network, use_cache=False, looks=2))


def test_a_head_trains_from_a_file_as_from_memory(place, network):
    paths = make_noise(place / "pictures", 40)
    rows = np.eye(2, dtype="float32")[np.arange(40) % 2]
    from_file = cu.extract_features(paths, network, out=place / "features.npy")
    losses = []
    for features in (from_file, np.array(from_file)):
        cu.set_seed(7)
        model = cu.get_model(2)
        losses.append(cu.train(model, features, rows, epochs=2, validation=(features, rows)).history)
        assert len(cu.predict(model, features, ["a", "b"])) == 40
    assert losses[0] == losses[1]


def test_batches_hold_each_picture_once_an_epoch():
    features, rows = np.arange(70.0).reshape(70, 1), np.arange(70)
    batches, seen = cu.batches(features, rows, shuffle=True), []
    for _ in range(2):
        batches.on_epoch_begin()
        epoch = [batches[number] for number in range(len(batches))]
        assert [len(x) for x, _ in epoch] == [32, 32, 6]
        assert all((x[:, 0] == y).all() for x, y in epoch)
        seen.append(np.concatenate([y for _, y in epoch]).tolist())
        batches.on_epoch_end()
    assert sorted(seen[0]) == sorted(seen[1]) == rows.tolist()
    assert len({tuple(order) for order in [*seen, rows.tolist()]}) == 3, "another order each time"


def test_batches_keep_the_order_where_they_are_not_shuffled():
    batches = cu.batches(np.arange(40.0), np.arange(40))
    assert np.concatenate([batches[number][1] for number in range(len(batches))]).tolist() == list(range(40))


SEVERAL = """
import numpy as np
from course_utils import get_model, import_keras, set_seed, train
from course_utils.learning import head
import_keras()
import tensorflow
cpu = tensorflow.config.list_physical_devices("CPU")[0]
tensorflow.config.set_logical_device_configuration(cpu, [tensorflow.config.LogicalDeviceConfiguration()] * 2)
several = tensorflow.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
features, rows = np.random.default_rng(0).random((36, 7, 7, 256)), np.eye(4, dtype="float32")[np.arange(36) % 4]
for strategy, count in [(tensorflow.distribute.get_strategy(), 36), (several, 36), (several, 35)]:
    head.strategy = lambda: strategy
    set_seed(7)
    model, held_back = get_model(4), 40 - count
    validation = features[:held_back], rows[:held_back]
    print(*train(model, features[:count], rows[:count], epochs=2, validation=validation).history["val_loss"])
"""


def test_several_devices_share_the_work():
    """TensorFlow's two pretended devices stand for two GPUs; 35 and 5 pictures can't be split evenly between them.

    It says nothing all the while: the bars are the course's.
    """
    run = run_python("-c", SEVERAL)
    assert run.returncode == 0, run.stderr[-3000:]
    said = re.split(r"[\r\n]+", run.stderr)
    assert [line for line in said if line and not line.startswith("Training on CPU: ")] == []
    alone, shared, uneven = (list(map(float, line.split())) for line in run.stdout.splitlines()[-3:])
    assert len(alone) == 2 and np.allclose(alone, shared, rtol=1e-3)
    assert len(uneven) == 2 and np.isfinite(uneven).all()


def test_large_photos_are_decoded_small_with_little_difference(real_files):
    path = cu.read_folders(cu.pexels_folder() / "validation").paths[0]
    small = cu.load_and_process_image(path)
    full = cu.batch_image(cu.resize_image(cu.crop_image(cu.load_image(path))))
    assert np.abs(small - full).mean() * 127.5 < 1, "gray levels"
