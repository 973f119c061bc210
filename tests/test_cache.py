"""What the course keeps on disk: checked when it is read, within limits, cleaned after a kill, and none can run."""

import errno
import io
import os
import pickle
import time
import zipfile
from pathlib import Path

import numpy as np
import pytest
from helpers import add, make_noise, run_course
from PIL import Image

import course_utils as cu
from course_utils import cache as kept, files
from course_utils.network import engines, looks
from course_utils.pictures.archives import unzip

OLD = time.time() - 30 * kept.DAY


@pytest.fixture(autouse=True)
def swept(cache):
    """Each test has an empty cache, which nobody has swept."""
    kept.sweep.cache_clear()
    yield
    kept.sweep.cache_clear()


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "cache"


def aged(path):
    os.utime(path, (OLD, OLD))
    return path


# checked -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def computed(monkeypatch):
    """The names of the pictures that were not taken from the cache."""
    names, process = [], looks.load_and_process_image
    monkeypatch.setattr(looks, "load_and_process_image", lambda path: names.append(path.name) or process(path))
    return names


def swap_last(content, others):
    return content[:-1] + bytes([content[-1] ^ 1])


@pytest.mark.parametrize(
    "spoil",
    [
        swap_last,
        lambda content, others: content[:-100],
        lambda content, others: b"",
        lambda content, others: content[32:],
        lambda content, others: bytes(len(content)),
        lambda content, others: others,  # whole, but of another picture
        lambda content, others: pickle.dumps(os.getcwd),
    ],
)
def test_a_damaged_entry_is_computed_anew_and_counted(tmp_path, computed, spoil, recwarn):
    network, paths = cu.load_network(), make_noise(tmp_path / "pictures", 2)
    expected = cu.extract_features(paths, network)
    entries = [entry.path for entry in cu.feature_cache().entries()]
    whole = [entry.read_bytes() for entry in entries]
    entries[0].write_bytes(spoil(*whole))
    computed.clear()
    assert np.array_equal(cu.extract_features(paths, network), expected) and len(computed) == 1
    assert entries[0].read_bytes() == whole[0] and kept.count_damaged() == 1 and not recwarn
    assert "damaged, and made anew" in run_course("cache").stdout
    run_course("cache", "--clear")
    assert kept.count_damaged() == 0


class Bomb:
    def __reduce__(self):
        return os.abort, ()


def test_nothing_in_the_cache_can_run(tmp_path, folder):
    """A pickle in the place of an entry, whole and with its checksum, is no array."""
    network, paths = cu.load_network(), make_noise(tmp_path / "pictures", 1)
    cu.extract_features(paths, network)
    (entry,) = (entry.path for entry in cu.feature_cache().entries())
    array = io.BytesIO()
    np.save(array, np.array([Bomb()], object), allow_pickle=True)
    kept.write_checked(entry, array.getvalue())
    assert cu.extract_features(paths, network).shape == (1, 7, 7, 256) and kept.count_damaged() == 1
    old = folder / "features" / "joblib" / "features" / "x"
    old.mkdir(parents=True)
    (old / "output.pkl").write_bytes(pickle.dumps(Bomb()))
    kept.sweep()
    assert not old.exists(), "what was kept with pickle before goes unread"


@pytest.mark.parametrize("content", [b"", b"TFL3", bytes(100)])
def test_a_kept_network_is_believed_only_whole(folder, content, monkeypatch):
    keras = cu.import_keras()
    model = keras.Sequential([keras.Input((224, 224, 3)), keras.layers.AveragePooling2D(32)])
    monkeypatch.setattr(engines, "convert", lambda model: b"converted")
    engines.engine_of(model)
    (path,) = (folder / "litert").iterdir()
    whole = path.read_bytes()
    path.write_bytes(content)
    assert engines.engine_of(model).network == b"converted" and path.read_bytes() == whole
    assert kept.count_damaged() == 1
    run_course("cache", "--clear")
    assert not path.exists()


# within limits -------------------------------------------------------------------------------------------------------


def test_what_was_not_used_for_longest_goes(tmp_path, folder):
    store = kept.Store(folder / "features", 3000)
    for number in range(8):
        store.write(f"{number}", np.full(100, number, "f4"))
        aged_by = OLD + number
        for entry in store.entries():
            if entry.used > OLD + 100:
                os.utime(entry.path, (aged_by, aged_by))
    assert store.read("0") is not None, "which notes that it is in use"
    store.trim()
    assert store.size <= 3000 and store.read("0") is not None and store.read("7") is not None
    assert store.read("1") is None and len(store) == len(store.entries())


def make_zip(path, **members):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members.items():
            file.writestr(name, content)
    return path


def test_a_small_zip_file_leaves_no_gigabytes(tmp_path, folder):
    path = make_zip(tmp_path / "small.zip", **{"cat/a.bmp": bytes(400_000_000)})
    assert path.stat().st_size < 1_000_000
    with pytest.raises(ValueError, match=r"small.zip: it would unpack to 400 MB, more than 100 times its size.*folder"):
        cu.read_pictures(path)
    assert not [one for one in folder.rglob("*") if one.is_file()]


def picture_bytes():
    file = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(file, "PNG")
    return file.getvalue()


def test_unpacked_files_share_a_limit(tmp_path, folder, monkeypatch):
    """An old one makes room; one of today stays, and a sentence says what to do."""
    monkeypatch.setitem(kept.MOST, "unpacked", 3000)
    noise = np.random.default_rng(1).bytes(1500)
    first = unzip(make_zip(tmp_path / "first.zip", a=noise, b=picture_bytes()))
    with pytest.raises(ValueError, match="second.zip: it needs .* GB of unpacked zip files; .*cache --clear"):
        unzip(make_zip(tmp_path / "second.zip", a=noise, c=picture_bytes()))
    aged(first)
    kept.sweep.cache_clear()
    assert unzip(tmp_path / "second.zip").is_dir() and not first.exists()
    assert not list((folder / "unpacked").glob(".*"))


def test_what_is_in_use_stays(tmp_path, folder):
    path = make_zip(tmp_path / "mine.zip", a=picture_bytes())
    unpacked = aged(unzip(path))
    assert unzip(path) == unpacked and unpacked.stat().st_mtime > OLD + 10
    kept.sweep.cache_clear()
    kept.sweep()
    assert unpacked.exists()


def test_what_a_killed_process_left_goes(tmp_path, folder):
    add(folder / "unpacked" / ".unpacking-1" / "whole", "a.png")
    add(folder / "unpacked" / ".unpacking-2" / "whole", "a.png")
    add(folder / "dropped" / "kernel-1" / "lot-1", "a.png")
    add(folder / "features" / "ab", ".arriving-3")
    add(folder / ".arriving-4", "weights")
    for path in (
        "unpacked/.unpacking-1",
        "dropped/kernel-1",
        "features/ab/.arriving-3",
        ".arriving-4",
    ):
        aged(folder / path)
    kept.sweep()
    kept.kept()
    left = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert left == {str(Path("unpacked", ".unpacking-2", "whole", "a.png"))}, "that one may be at work"


def test_beside_what_is_written_too(tmp_path):
    """A file's own folder is cleaned when the next one is written there."""
    left, others = tmp_path / ".arriving-x", tmp_path / ".mine"
    left.mkdir()
    others.mkdir()
    aged(left)
    aged(others)
    files.keep(tmp_path / "features.npy", lambda path: path.write_text("whole"))
    assert sorted(path.name for path in tmp_path.iterdir() if path.name != "cache") == [".mine", "features.npy"]


def test_it_is_shown_and_cleared(tmp_path, folder):
    cu.extract_features(make_noise(tmp_path / "pictures", 3), cu.load_network())
    unzip(make_zip(tmp_path / "mine.zip", a=picture_bytes()))
    add(folder / "dropped" / "kernel-1" / "lot-1", "a.png")
    add(folder / "mobilenet", "weights")
    shown = run_course("cache").stdout
    assert str(folder) in shown and "features of pictures         3" in shown
    assert "unpacked zip files           1" in shown and "lots of dropped files        1" in shown
    cleared = run_course("cache", "--clear").stdout
    assert "features of pictures         0" in cleared and "--clear" not in cleared
    left = [path.name for path in folder.iterdir() if any(path.iterdir())]  # a download that failed leaves it empty
    assert left == ["mobilenet"], "downloads stay"


# a full disk ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def full(monkeypatch):
    """A disk without room: whatever is written, but for what is deleted, fails."""
    tries = []
    opened = open

    class Full(io.RawIOBase):
        def writable(self):
            return True

        def write(self, content):
            tries.append(len(content))
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def open_full(path, mode="r", *rest, **more):
        if isinstance(path, int) and "w" in mode:
            os.close(path)
            return Full()
        return Full() if set(mode) & set("wxa") and "course-" not in str(path) else opened(path, mode, *rest, **more)

    monkeypatch.setattr("builtins.open", open_full)
    return tries


def test_features_are_computed_all_the_same(tmp_path, folder, full):
    """One warning, one try, and no thousand empty files."""
    paths = some_pictures(12)
    with pytest.warns(UserWarning, match="what is computed now is not kept: no space is left") as told:
        features = cu.extract_features(paths, cu.load_network(), looks=2)
    assert features.shape == (12, 1280) and len(told) == 1
    assert not [path for path in (folder / "features").rglob("*") if path.is_file()]


def some_pictures(count):
    return sorted((cu.stock_folder() / "training").rglob("*.jpg"))[:count]


def test_a_result_is_not_written_by_halves(tmp_path, full):
    target = tmp_path / "features.npy"
    with pytest.raises(OSError, match=r"no space is left on the disk\. Make room.*--clear.*features.npy"):
        cu.extract_features(some_pictures(3), cu.load_network(), out=target, use_cache=False)
    assert not target.exists() and not list(tmp_path.glob(".arriving-*"))


def test_the_log_of_errors_ends(folder, monkeypatch):
    monkeypatch.setattr(files, "LONGEST_LOG", 2000)
    for number in range(200):
        files.log_error(ValueError(f"a slip, number {number}"))
    sizes = {path.name: path.stat().st_size for path in folder.iterdir()}
    assert set(sizes) == {"errors.log", "errors-before.log"} and sum(sizes.values()) < 5000
    assert "number 199" in (folder / "errors.log").read_text()
