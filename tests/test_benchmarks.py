"""The benchmark of accuracy: it draws fairly, judges on what was not learned, and tells what it found."""

import json
import sys

import numpy as np
import pytest
from helpers import CHROMIUM, NO_BROWSER, ROOT, make_pictures, run_python

sys.path.insert(0, str(ROOT / "benchmarks"))
import accuracy  # noqa: E402
import browser  # noqa: E402
import curves  # noqa: E402
import known  # noqa: E402


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


def row(name, each, head, accuracy=0.5):
    return {"set": name, "each": each, "head": head, "accuracy": [accuracy, 0.1]}


def test_what_was_measured_anew_takes_the_place_of_what_was_before():
    before = [row("b", 3, "linear"), row("b", 5, "linear"), row("a", 3, "article")]
    rows = accuracy.add_to(before, [row("a", 3, "article", 0.9), row("b", 3, "article"), row("c", 3, "pooled")])
    told = [(one["set"], one["each"], one["head"]) for one in rows]
    assert told == [
        ("b", 3, "article"),
        ("b", 3, "linear"),
        ("b", 5, "linear"),
        ("a", 3, "article"),
        ("c", 3, "pooled"),
    ]
    assert rows[3]["accuracy"][0] == 0.9


def test_the_head_that_is_flat_sees_places_and_not_how_bright_a_picture_is():
    """Both classes have the same mean over all places, and every picture another length."""
    rng = np.random.default_rng(0)
    data = made(20)
    data.features[:] = rng.normal(0, 0.01, data.features.shape)
    for number, label in enumerate(data.labels):
        data.features[number, 0 if label == "a" else 6, 3, 5] = 1
    data.features[:] *= rng.uniform(0.1, 10, (len(data.labels), 1, 1, 1))
    (found,) = [accuracy.summary(accuracy.measure(data, ["flat"], [3], 4))[0]]
    assert found["single draws"] == [1.0] * 4 and found["accuracy"] == [1.0, 0.0]


def test_other_seeds_are_kept_apart_from_the_draws(monkeypatch):
    """A head that is right of the first so many: how many, its seed says."""

    def made_up(data, learn, judge, rows, seed):
        right = np.arange(len(judge)) < (seed % 1000 + 1) * 3
        return np.where((data.labels[judge] == "a") == right, [[0.9], [0.1]], [[0.1], [0.9]]).T

    monkeypatch.setitem(accuracy.HEADS, "article", made_up)
    rows = accuracy.summary(accuracy.measure(made(20), ["article", "linear"], [5], 2, seeds=3))
    assert rows[0]["single draws"] == [0.1, 0.2] and rows[0]["accuracy"] == [0.15, 0.05]
    assert rows[0]["seeds"] == [[0.1, 0.2, 0.3]] * 2
    assert "seeds" not in rows[1], "the linear head starts from no random weights"


def test_in_a_terminal(tmp_path):
    pets = make_pictures(tmp_path / "pets", red=6, blue=6)
    words = ["--each", "2", "3", "--draws", "2", "--out", tmp_path]
    done = run_python(ROOT / "benchmarks" / "accuracy.py", pets, *words, "--heads", "article", "--seeds", "2")
    assert done.returncode == 0, done.stderr
    assert np.shape(json.loads((tmp_path / "accuracy.json").read_text())[0]["seeds"]) == (2, 2)
    done = run_python(ROOT / "benchmarks" / "accuracy.py", pets, *words, "--heads", "linear", "--add")
    assert done.returncode == 0, done.stderr
    rows = json.loads((tmp_path / "accuracy.json").read_text())
    assert [(row["each"], row["head"], row["draws"]) for row in rows] == [
        (each, head, 2) for each in (2, 3) for head in ("article", "linear")
    ]
    assert "mean of 1 sets" in done.stdout and (tmp_path / "accuracy.svg").read_text().count("<svg") == 1


# learning curves


def test_harder_sets_are_made_of_a_set(tmp_path):
    pets = make_pictures(tmp_path / "pets", red=60, blue=60)
    plain, wrong = curves.read(pets, curves.cu.load_network())
    assert (plain.name, wrong.name) == ("pets", "pets, labels wrong") and plain.family == wrong.family == "pets"
    assert 0.1 < (plain.labels != wrong.labels).mean() < 0.3 and set(wrong.labels) == {"red", "blue"}


def test_a_true_accuracy_is_judged_on_what_was_not_drawn():
    data = curves.Set("made", "made", made(20).labels, made(20).looks)
    learn, judge = curves.draw(data, 5, [1])
    assert len(learn) == 10 and len(judge) == 30 and not set(learn) & set(judge)
    assert curves.draw(data, 16, [1]) is None, "hardly any would be left to judge by"


def rows(count, noise=0.0, seed=0):
    """Curves of two families, whose next doubling brings 0.2 of the error and 0.3 of the last doubling's gain."""
    rng, made = np.random.default_rng(seed), []
    for number in range(count):
        now, slope, tries = rng.uniform(0.6, 0.9), rng.uniform(0, 0.1), 1000
        error = ((1 - now) * tries + 1) / (tries + 2)
        gain = 0.2 * error + 0.3 * slope + noise * rng.standard_normal()
        told = {"counts": [4, 8], "mean": [now - slope, now], "classes": {"a": 500, "b": 500}, "tries": tries}
        made.append(told | {"each": 10, "family": f"family {number % 2}", "true": [now, now + gain]})
    return made


def test_the_constants_are_found_again():
    found = curves.fit(rows(50))
    assert found["OF_ERROR"] == pytest.approx(0.2, abs=0.01) and found["OF_SLOPE"] == pytest.approx(0.3, abs=0.01)


def test_what_is_told_is_of_families_that_were_left_out():
    before = {name: getattr(curves.course, name) for name in curves.CONSTANTS}
    told = curves.left_out(rows(400, noise=0.02))
    held = np.mean([one["holds"] for one in told], axis=0)
    assert len(told) == 400 and np.all((0.7 < held) & (held < 0.95))
    missed = {name: np.mean([one["missed"][name][0] for one in told]) for name in curves.WAYS}
    assert min(missed, key=missed.get) == "learning_curve"
    assert before == {name: getattr(curves.course, name) for name in curves.CONSTANTS}


def test_curves_in_a_terminal(tmp_path):
    pets = make_pictures(tmp_path / "pets", red=24, blue=24)
    words = ["--each", "6", "--times", "2", "--out", tmp_path / "curves.json"]
    done = run_python(ROOT / "benchmarks" / "curves.py", pets, *words)
    assert done.returncode == 0, done.stderr
    told = json.loads((tmp_path / "curves.json").read_text())
    assert [(row["set"], row["counts"]) for row in told] == [
        (name, [2, 3, 5]) for name in ("pets", "pets", "pets, labels wrong", "pets, labels wrong")
    ]
    assert "6 a class, 4 curves" in done.stdout and "holds the truth" in done.stdout


def test_a_set_with_groups_in_a_terminal(tmp_path):
    for number, name in enumerate(["ann", "bob", "cas"]):
        make_pictures(tmp_path / "pets" / name, seed=number, red=3, blue=3)
    words = ["--each", "2", "--draws", "3", "--heads", "pooled", "--out", tmp_path]
    done = run_python(ROOT / "benchmarks" / "accuracy.py", tmp_path / "pets", "--by-group", tmp_path / "pets", *words)
    assert done.returncode == 0, done.stderr
    rows = json.loads((tmp_path / "accuracy.json").read_text())
    assert [(row["set"], row["accuracy"]) for row in rows] == [("pets", [1.0, 0.0]), ("pets by group", [1.0, 0.0])]


def test_what_the_course_carries_says_what_it_should():
    rows = json.loads((ROOT / "data" / "accuracy.json").read_text())
    assert {"article", "pooled", "flat", "linear"} <= {row["head"] for row in rows}
    for row in rows:
        single = row["single draws"]
        assert len(single) == row["draws"] and row["accuracy"][0] == pytest.approx(np.mean(single), abs=1e-4)
        assert row["accuracy"][1] == pytest.approx(np.std(single), abs=1e-4)


# pages


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason=NO_BROWSER)
def test_pages_in_a_terminal(tmp_path):
    """Without npm: what the course's pages say and learn, beside Python."""
    pytest.importorskip("playwright")
    words = ["--rounds", "1", "--looks", "2", "--epochs", "2", "--only", "course", "--out", tmp_path / "browser.json"]
    done = run_python(ROOT / "benchmarks" / "browser.py", *words)
    assert done.returncode == 0, done.stderr
    told = json.loads((tmp_path / "browser.json").read_text())
    rows = {row["name"]: row for row in told["looks"]}
    assert list(rows) == [one.name for one in browser.LOOKS if one.peer == "course"] and not told["left out"]
    for name, row in rows.items():
        assert len(row["first"]) == len(row["milliseconds"]) == 1 and row["difference"] < 2e-4, name
        assert row["gzipped"] < row["bytes"] < (1_600_000 if "two looks" in name else 4_700_000), name
    assert rows["course, WebAssembly"]["bytes"] == rows["course, plain JavaScript"]["bytes"]
    assert [row["name"] for row in told["training"]] == ["article's head, course", "linear head, course"]
    assert all(min(row["seconds"]) > 0 and row["difference"] < 1e-5 for row in told["training"])
    assert browser.tables(told) in done.stdout


def test_each_is_measured_once_a_round():
    asked = []
    told = browser.in_turn([*browser.LOOKS[:2]], lambda one: asked.append(one) or len(asked), 2, {})
    assert asked == [*browser.LOOKS[:2]] * 2 and list(told.values()) == [[1, 3], [2, 4]]


def test_a_peer_that_can_not_be_had_is_left_out(tmp_path, monkeypatch):
    class Unwilling:
        def save(self, path):
            if path.suffix == ".onnx":
                raise ImportError("needs onnx")

    monkeypatch.setattr(browser.shutil, "which", lambda name: None)
    missing = browser.get_peers(tmp_path, Unwilling(), ["course", "tfjs", "onnxruntime-web"])
    assert missing == {"tfjs": "there is no npm on this machine", "onnxruntime-web": "needs onnx"}


def test_a_row_is_the_median_of_rounds_and_ratios_are_of_one_round():
    def row(name, milliseconds):
        more = {"fastest": [0.9, 0.7, 0.8], "first": [500.0] * 3, "bytes": 4_500_000, "gzipped": 3_400_000}
        return {"name": name, "milliseconds": milliseconds, "difference": 2e-5, **more}

    told = {
        "looks": [row("one", [1.0, 10.0, 2.0]), row("other", [3.0, 20.0, 6.0])],
        "training": [{"name": "one", "seconds": [1.0, 2.0, 3.0], "difference": 1e-6}],
    }
    tables = browser.tables(told)
    assert "| one | 2.0 | 1 | 0.7 | 0.50 | 4.5 | 3.4 | 2e-05 |" in tables
    assert "| other | 6.0 | 3 | 0.7 | 0.50 | 4.5 | 3.4 | 2e-05 |" in tables
    assert "| one | 2.00 | 1 | 1e-06 |" in tables


def test_the_guide_has_the_tables_that_were_measured():
    told = json.loads((ROOT / "benchmarks" / "browser.json").read_text())
    assert browser.tables(told) in (ROOT / "benchmarks" / "README.md").read_text(encoding="utf-8")


# none of these


def pool_of(**sets):
    """Sets of two classes, each around two directions of its own."""
    names = [name for name, count in sets.items() for _ in range(2 * count)]
    labels = [label for count in sets.values() for label in "ab" for _ in range(count)]
    rng, numbers = np.random.default_rng(0), np.abs(np.random.default_rng(1).normal(0, 0.02, (len(names), 1280)))
    for name in dict.fromkeys(zip(names, labels, strict=True)):
        own = np.array([pair == name for pair in zip(names, labels, strict=True)])
        numbers[np.ix_(own, rng.choice(256, 20) + 1024)] += 1
    return known.Pool(np.array(names), np.array(labels), np.array(names), numbers.astype("f4"))


def test_what_each_rule_loses_and_lets_through():
    pool = pool_of(red=20, blue=12, green=12, plain=4, wall=4, noise=4)
    pool.numbers[np.flatnonzero(pool.sets == "wall")] = pool.numbers[:8]  # walls that look just like what was learned
    rows = {row["rule"]: row for row in known.measure(pool, "red", 10, seed=0)}
    assert len(rows) == 7 and rows == {row["rule"]: row for row in known.measure(pool, "red", 10, seed=0)}
    for name, row in rows.items():
        assert row["lost"] < 0.4, name
        assert row["wall"] >= 0.5, name
    for name in ("neighbors, 256 numbers", "neighbors, as kept"):
        assert rows[name]["other sets"] == rows[name]["noise"] == 0
    assert not known.measure(pool, "red", 19, seed=0), "too few would be left to judge by"


def test_kin_is_not_foreign():
    assert known.foreign_to("pexels", ["pexels", "stock", "faces"]) == ["faces"]
    assert known.foreign_to("faces", ["pexels", "stock", "faces"]) == ["pexels", "stock"]


def test_an_interval_is_over_sets():
    rows = [{"set": name, "lost": share} for name, share in [("a", 0.0), ("a", 0.2), ("b", 0.3)]]
    assert known.cell(rows, "lost") == "20.0 (10.0 to 30.0)"
    assert known.cell(rows[:2], "lost") == "10.0" and known.cell(rows, "noise") == ""


def test_the_guide_has_what_was_measured_of_none_of_these():
    guide = (ROOT / "benchmarks" / "README.md").read_text(encoding="utf-8")
    told = json.loads((ROOT / "benchmarks" / "known.json").read_text(encoding="utf-8"))
    for part in known.tables(told).split("\n\n"):
        assert part in guide, part[:200]


def test_rows_of_several_draws_become_their_mean():
    rows = [{"table": "rules", "set": "a", "draw": draw, "lost": share} for draw, share in enumerate((0.1, 0.2))]
    assert known.summary([*rows, {"table": "rules", "set": "b", "draw": 0}]) == [
        {"table": "rules", "set": "a", "draws": 2, "lost": 0.15},
        {"table": "rules", "set": "b", "draws": 1},
    ]
