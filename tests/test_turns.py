"""Memory that threads share: large pictures take turns, and nothing waits for ever."""

import sys
import threading
import warnings
from concurrent.futures import ThreadPoolExecutor

import pytest
from helpers import PATIENCE, SOON, run_python
from PIL import Image

from course_utils import load_image
from course_utils.pictures.turns import Turns

KINDS = [
    ("RGB", "PNG", {"compress_level": 1}, 3600),
    ("RGBA", "PNG", {"compress_level": 1}, 3600),
    ("P", "PNG", {"compress_level": 1, "transparency": 0}, 3600),
    ("I;16", "PNG", {"compress_level": 1}, 3600),
    ("F", "TIFF", {"compression": "tiff_lzw"}, 3600),
    ("RGB", "JPEG", {"progressive": True}, 3600),
    ("CMYK", "JPEG", {}, 2600),
    ("RGBA", "WEBP", {"lossless": True, "method": 0}, 2600),
]
PEAK = """
import os, re, sys
from pathlib import Path
os.cpu_count = lambda: 16
import joblib
from joblib._parallel_backends import ThreadingBackend
ThreadingBackend.effective_n_jobs = lambda self, n_jobs: 16
import course_utils as cu
from course_utils.network.features import features_one_by_one

pictures = cu.read_folders(sys.argv[1])
report = cu.check_pictures(pictures)
assert not [one for one in report if "can't be read" in one.problem], report
for looks in (1, 2):
    for seen in features_one_by_one(pictures.paths, cu.load_network(), use_cache=False, looks=looks):
        assert seen.dtype == "float32", seen
assert "tensorflow" not in sys.modules
print(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
"""


@pytest.mark.skipif(sys.platform != "linux", reason="Linux tells the most memory that a process has taken")
def test_many_threads_read_large_pictures_in_little_memory(tmp_path):
    """Sixteen of them, with 130 MB for each picture: 2 GB, if none waited."""
    for mode, form, options, side in KINDS:
        folder = tmp_path / "-".join([mode.replace(";", ""), form])
        folder.mkdir()
        for number in (1, 2):
            Image.new(mode, (side, side), number).save(folder / f"{number}.{form.lower()}", form, **options)
    done = run_python("-c", PEAK, tmp_path, check=True, timeout=PATIENCE)
    assert int(done.stdout.splitlines()[-1]) < 1_300_000  # kB; where practice weights are used, that is said before


def in_thread(function):
    thread = threading.Thread(target=function, daemon=True)
    thread.start()
    return thread


def test_threads_wait_for_their_turn_and_large_ones_are_not_passed_over():
    turns, order = Turns(10), []
    first, release = threading.Event(), threading.Event()

    def hold():
        with turns.take(6):
            first.set()
            release.wait(SOON)
            order.append("first")

    def ask(name, amount):
        def run():
            with turns.take(amount):
                order.append(name)

        before = len(turns._queue)
        thread = in_thread(run)
        while len(turns._queue) == before and thread.is_alive():
            pass
        return thread

    threads = [in_thread(hold)]
    assert first.wait(SOON)
    threads += [ask("all", 1000), ask("small", 1)]
    assert not order, "the small one would fit, but came later"
    release.set()
    for thread in threads:
        thread.join(SOON)
    assert order == ["first", "all", "small"]


def test_who_holds_some_gets_more_and_errors_give_all_back():
    turns = Turns(10)

    def fail():
        with pytest.raises(ZeroDivisionError), turns.take(10), turns.take(10):
            raise ZeroDivisionError

    for _ in range(3):
        thread = in_thread(fail)
        thread.join(SOON)
        assert not thread.is_alive() and not turns._taken and not turns._queue


def test_an_interrupt_while_waiting_leaves_the_queue(monkeypatch):
    turns, held, release = Turns(10), threading.Event(), threading.Event()

    def hold():
        with turns.take(10):
            held.set()
            release.wait(SOON)

    thread = in_thread(hold)
    assert held.wait(SOON)

    def interrupt(pause):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(turns._changed, "wait", interrupt)
        with pytest.raises(KeyboardInterrupt), turns.take(1):
            pass
    assert not turns._queue
    release.set()
    with turns.take(10):
        thread.join(SOON)
    assert not turns._taken


def test_an_icon_larger_than_it_says_is_refused(tmp_path):
    """Its directory says 16 x 16; the PNG inside has more pixels than are read."""
    Image.new("L", (10_001, 10_000)).save(tmp_path / "inside.png", compress_level=1)
    inside = (tmp_path / "inside.png").read_bytes()
    header = (
        b"\0\0\1\0\1\0" + b"\x10\x10\0\0\1\0\x20\0" + len(inside).to_bytes(4, "little") + (22).to_bytes(4, "little")
    )
    (tmp_path / "a.ico").write_bytes(header + inside)
    with pytest.raises(ValueError, match="10001 x 10000 pixels"):
        load_image(tmp_path / "a.ico")


def test_a_padded_file_is_refused_unread(tmp_path):
    path = tmp_path / "padded.webp"
    Image.new("RGB", (8, 8)).save(path)
    with open(path, "r+b") as file:
        file.truncate(400_000_000)  # a hole: it takes no disk
    with pytest.raises(ValueError, match="padded.webp: it has 400 million bytes; of its kind, at most 300 million"):
        load_image(path)


def test_threads_that_read_leave_all_other_warnings_alone(tmp_path):
    """Filters are the process's: a thread that puts back its own would put back another's."""
    for number in range(60):
        Image.new("RGB", (600, 400), (number, 0, 0)).save(tmp_path / f"{number}.jpg")
    load_image(tmp_path / "0.jpg")
    before = list(warnings.filters)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(load_image, sorted(tmp_path.glob("*.jpg")) * 3))
    assert set(warnings.filters) == set(before)
