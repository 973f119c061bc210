"""The benchmark of accuracy: it draws fairly, judges on what was not learned, and tells what it found."""

import json
import sys

import numpy as np
import pytest
from helpers import ROOT, make_pictures, run_python

sys.path.insert(0, str(ROOT / "benchmarks"))
import accuracy  # noqa: E402


def made(count, groups=None):
    labels = np.array(["a", "b"] * count)
    return accuracy.Set("made", labels, groups, np.zeros((len(labels), 7, 7, 256), "f4"), np.eye(len(labels), 1280))


def test_what_is_learned_is_not_judged():
    learn, judge = accuracy.draw(made(20), 5, seed=1)
    assert len(learn) == 10 and len(judge) == 30 and not set(learn) & set(judge)
    assert (made(20).labels[learn] == "a").sum() == 5
    again, other = accuracy.draw(made(20), 5, seed=1), accuracy.draw(made(20), 5, seed=2)
    assert np.array_equal(learn, again[0]) and not np.array_equal(learn, other[0])
    assert accuracy.draw(made(4), 4, seed=0) is None, "nothing would be left to judge by"


def test_a_group_that_is_judged_was_not_learned():
    groups = np.repeat(["x", "y", "z"], 10)
    for seed, judged in enumerate("xyz"):
        learn, judge = accuracy.draw(made(15, groups), 3, seed)
        assert set(groups[judge]) == {judged} and judged not in set(groups[learn])


def test_what_is_measured():
    sure = np.array([[0.9, 0.1], [0.9, 0.1], [0.2, 0.8], [0.6, 0.4]])
    told = accuracy.judge_by(sure, np.array([0, 0, 1, 1]))
    assert told["accuracy"] == 0.75
    assert told["log loss"] == pytest.approx(-np.log([0.9, 0.9, 0.8, 0.4]).mean())
    assert told["calibration"] == pytest.approx((abs(1.8 - 2) + abs(0.8 - 1) + abs(0.6 - 0)) / 4)


def test_in_a_terminal(tmp_path):
    pets = make_pictures(tmp_path / "pets", red=6, blue=6)
    words = ["--each", "2", "3", "--draws", "2", "--heads", "article", "linear", "--out", tmp_path]
    done = run_python(ROOT / "benchmarks" / "accuracy.py", pets, *words)
    assert done.returncode == 0, done.stderr
    rows = json.loads((tmp_path / "accuracy.json").read_text())
    assert [(row["each"], row["head"], row["draws"]) for row in rows] == [
        (each, head, 2) for each in (2, 3) for head in ("article", "linear")
    ]
    assert "mean of 1 sets" in done.stdout and (tmp_path / "accuracy.svg").read_text().count("<svg") == 1
