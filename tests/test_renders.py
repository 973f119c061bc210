"""The scripts that render pictures, where Blender is installed."""

import shutil
import subprocess

import numpy as np
import pytest
from helpers import ROOT

import course_utils as cu

pytestmark = pytest.mark.skipif(not shutil.which("blender"), reason="Blender is not installed")


def blender(script, *words):
    path = ROOT / "making" / "renders" / script
    command = ["blender", "--background", "--factory-startup", "--python-exit-code", "1", "--python", str(path)]
    done = subprocess.run([*command, "--", *map(str, words)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_thing_is_the_same_each_time_and_is_not_made_twice(tmp_path):
    for folder in ("one", "two"):
        blender("things.py", tmp_path / folder, "--each", 1, "--only", 951, "--size", 64, "--samples", 2)
    (one, two) = (next((tmp_path / folder).rglob("*.jpg")) for folder in ("one", "two"))
    assert one.parent.name == "951" and np.array_equal(cu.load_image(one), cu.load_image(two))
    one.write_bytes(b"here already")
    blender("things.py", tmp_path / "one", "--each", 1, "--only", 951, "--size", 64, "--samples", 2)
    assert one.read_bytes() == b"here already"


def test_another_seed_gives_another_picture(tmp_path):
    blender("things.py", tmp_path, "--each", 2, "--only", 950, "--size", 64, "--samples", 2)
    first, second = sorted(tmp_path.rglob("*.jpg"))
    assert not np.array_equal(cu.load_image(first), cu.load_image(second))


def test_one_stock_picture_can_be_made_again(tmp_path):
    name = sorted((cu.stock_folder() / "training" / "wood").iterdir())[0].stem
    blender("stock.py", tmp_path, "--only", name, "--size", 64, "--samples", 2)
    (path,) = tmp_path.rglob("*.jpg")
    assert path.stem == name and max(cu.load_image(path).shape) == 64
