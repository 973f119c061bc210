"""The feature engine agrees with Keras, keeps what it has computed, and loses nothing."""

import os
import signal
import subprocess
import sys
import threading

import numpy as np
import pytest
from PIL import Image

import course_utils as cu
from course_utils import features as engine


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A cache of the test's own, with the converted network in it."""
    converted = engine.cache_folder() / "litert"
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "cache"))
    if converted.is_dir():
        (tmp_path / "cache").mkdir()
        (tmp_path / "cache" / "litert").symlink_to(converted)
    return tmp_path


@pytest.fixture(scope="module")
def network():
    return cu.build_pretrained_model()


def make_pictures(folder, count, first=0):
    folder.mkdir(exist_ok=True)
    paths = [folder / f"{first + number:03}.png" for number in range(count)]
    for number, path in enumerate(paths, first):
        Image.fromarray(np.random.default_rng(number).integers(0, 256, (60, 80, 3), np.uint8)).save(path)
    return paths


def with_keras(paths, network):
    return np.concatenate([network.predict(cu.load_and_process_image(path), verbose=0) for path in paths])


def test_it_agrees_with_keras_in_order(place, network):
    paths = make_pictures(place / "pictures", 20)
    features = cu.extract_features(paths, network)
    assert features.shape == (20, 7, 7, 256) and features.dtype == np.float32
    assert np.abs(features - with_keras(paths, network)).max() < engine.TOLERANCE
    assert np.array_equal(features, cu.extract_features(paths, network)), "from the cache"
    assert np.array_equal(features, cu.extract_features(paths, network, use_cache=False))
    assert np.array_equal(features, cu.extract_features(paths, network, out=place / "features.npy"))


def test_only_what_is_new_is_computed(place, network, monkeypatch):
    computed, process = [], engine.load_and_process_image
    monkeypatch.setattr(engine, "load_and_process_image", lambda path: computed.append(path.name) or process(path))
    paths = make_pictures(place / "pictures", 3)
    before = cu.extract_features(paths, network)
    paths[1] = paths[1].rename(place / "pictures" / "renamed.png")
    paths += make_pictures(place / "pictures", 1, first=3)
    computed.clear()
    after = cu.extract_features(paths, network)
    assert computed == ["003.png"] and np.array_equal(after[:3], before)
    Image.new("RGB", (50, 50), "red").save(paths[0])
    computed.clear()
    assert not np.array_equal(cu.extract_features(paths, network)[0], before[0]) and computed == ["000.png"]


def test_another_network_has_features_of_its_own(place, network):
    paths = make_pictures(place / "pictures", 2)
    other = cu.build_pretrained_model("random")
    assert not np.allclose(cu.extract_features(paths, network), cu.extract_features(paths, other), atol=1e-3)


def test_an_unreadable_picture_is_named_and_the_others_are_kept(place, network, monkeypatch):
    paths = make_pictures(place / "pictures", 4)
    paths[2].write_text("no picture")
    with pytest.raises(cu.UnreadableImageError, match="002.png"):
        cu.extract_features(paths, network)
    with pytest.raises(cu.UnreadableImageError, match="gone.png"):
        cu.extract_features([place / "gone.png"], network)
    blocks = list(engine.features_one_by_one(paths, network))
    assert [isinstance(block, np.ndarray) for block in blocks] == [True, True, False, True]


def test_a_file_of_features_is_whole_or_not_there(place, network):
    paths = make_pictures(place / "pictures", 3)
    paths[2].write_text("no picture")
    with pytest.raises(cu.UnreadableImageError):
        cu.extract_features(paths, network, out=place / "features.npy")
    assert not (place / "features.npy").exists()


def test_without_litert_keras_does_the_work(place, network, monkeypatch):
    paths = make_pictures(place / "pictures", 2)
    monkeypatch.setitem(sys.modules, "ai_edge_litert.interpreter", None)
    monkeypatch.setattr(engine, "convert", lambda model: (_ for _ in ()).throw(ImportError("no LiteRT")))
    assert np.array_equal(cu.extract_features(paths, network), with_keras(paths, network))


def test_a_conversion_that_differs_is_refused(place, network, monkeypatch):
    monkeypatch.setattr(engine, "TOLERANCE", -1)
    with pytest.raises(ValueError, match="LiteRT differs from Keras by"):
        engine._export(network, place / "network.tflite")


def test_the_cache_can_be_cleared(place, network):
    paths = make_pictures(place / "pictures", 2)
    cu.extract_features(paths, network)
    assert len(cu.feature_cache().store_backend.get_items()) == 2
    cu.feature_cache().clear(warn=False)
    assert len(cu.feature_cache().store_backend.get_items()) == 0


def test_the_cache_is_bounded(place, network, monkeypatch):
    monkeypatch.setattr(engine, "LARGEST_CACHE", 150_000)
    cu.extract_features(make_pictures(place / "pictures", 6), network)
    assert len(cu.feature_cache().store_backend.get_items()) <= 3


WRITER = """
import sys
import numpy as np
from course_utils import build_pretrained_model, extract_features
paths = sys.argv[1:]
print(extract_features(paths, build_pretrained_model()).sum())
"""


def test_two_writers_at_once(place, network):
    paths = make_pictures(place / "pictures", 30)
    command = [sys.executable, "-c", WRITER, *map(str, paths)]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    sums = [process.communicate()[0].split()[-1] for process in both]
    assert sums[0] == sums[1] == str(cu.extract_features(paths, network).sum())


def test_a_cluster_gives_the_same_and_outlives_a_worker(place, network):
    distributed = pytest.importorskip("distributed")
    paths = make_pictures(place / "pictures", 400)
    expected = cu.extract_features(paths, network, use_cache=False)
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        distributed.Client(cluster) as client,
    ):
        victim = cluster.workers[0].pid
        killer = threading.Timer(1, os.kill, (victim, signal.SIGTERM))
        killer.start()
        features = cu.extract_features(paths, network, client=client)
        killer.join()
        assert victim != cluster.workers[0].pid, "it was killed in the middle, and another took its place"
    assert np.array_equal(features, expected)


def test_large_photos_are_decoded_small_with_little_difference(real_files):
    path = cu.read_folders(cu.pexels_folder() / "validation").paths[0]
    small = cu.load_and_process_image(path)
    full = cu.batch_image(cu.resize_image(cu.crop_image(cu.load_image(path))))
    assert np.abs(small - full).mean() * 127.5 < 1, "gray levels"
