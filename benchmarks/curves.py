"""How far can it be trusted, what ``learning_curve`` says of twice as many pictures?

    python benchmarks/curves.py --made FOLDER
    python benchmarks/curves.py SET ... [--each 6 10 20 40] [--times 12] [--out FILE]
    python benchmarks/curves.py --fit FILE ...

SET is anything that ``read_pictures`` reads. Again and again, it draws so many pictures of each class, as a learner
would bring them, and asks ``learning_curve`` of these alone. The truth is the mean accuracy of the trainer's head over
other draws, judged on all that were not drawn (at most 100 a class). From each set it also makes harder ones: with one
label in five wrong, and of two classes alone.

It prints how far each way of predicting errs, and how often an interval holds the truth, and writes all of it to
``--out``. ``--fit`` reads such files, and finds the constants of ``course_utils/learning/curves.py``: for each set
from the others, to say how good they are, then from all. ``--made`` writes the sets of ``accuracy.py``, and more.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import accuracy
import numpy as np
from drawings import make_drawings, make_pieces

import course_utils as cu
from course_utils.learning import curves as course
from course_utils.learning.curves import LearningCurve, Width

CONSTANTS = ("OF_ERROR", "OF_SLOPE", "GAIN", "TWICE")
HERE = Path(__file__).parent
MOST = 100  # pictures of a class to judge by
TRUE_DRAWS = 12
WRONG = 0.2  # of the labels, in sets with wrong ones


class Set(NamedTuple):
    """Two looks at each picture, and its label. ``family`` is the set that it was made from."""

    name: str
    family: str
    labels: np.ndarray
    looks: np.ndarray


def read(source: Path, network: object) -> Iterator[Set]:
    """Read a set, and make harder ones of it."""
    looks, pictures = cu.load_readable(cu.read_pictures(source), network, looks=2)
    labels, names, name = np.array(pictures.labels), pictures.classes, source.stem
    yield Set(name, name, labels, looks)
    if len(names) > 3:
        two = np.isin(labels, [names[1], names[-2]])
        yield Set(f"{name}, two classes", name, labels[two], looks[two])
    rng = np.random.default_rng(0)
    wrong = rng.random(len(labels)) < WRONG
    drawn = rng.integers(1, len(names), len(labels))
    others = np.array(names)[(np.searchsorted(names, labels) + drawn) % len(names)]
    yield Set(f"{name}, labels wrong", name, np.where(wrong, others, labels), looks)


def draw(data: Set, each: int, seed: list[int]) -> tuple[np.ndarray, np.ndarray] | None:
    """Choose pictures to learn from, and others to judge by; None where a class has too few."""
    rng, learn, judge = np.random.default_rng(seed), [], []
    for label in np.unique(data.labels):
        own = rng.permutation(np.flatnonzero(data.labels == label))
        if len(own) < each + 5:
            return None
        learn.append(own[:each])
        judge.append(own[each : each + MOST])
    return np.concatenate(learn), np.concatenate(judge)


def true_accuracy(data: Set, each: int) -> float | None:
    """The mean accuracy of the trainer's head with so many pictures a class; None where there are too few."""
    names, right = np.unique(data.labels), []
    for number in range(TRUE_DRAWS):
        parts = draw(data, each, [1, each, number])
        if parts is None:
            return None
        learn, judge = parts
        head = cu.fit_linear_head(data.looks[learn], cu.add_labels(data.labels[learn].tolist(), names.tolist()))
        answers = names[head.predict(data.looks[judge]).argmax(axis=1)]
        right.append((answers == data.labels[judge]).mean())
    return float(np.mean(right))


def measure(data: Set, each: list[int], times: int) -> Iterator[dict]:
    """What a curve of a few pictures says, and the truth."""
    for count in each:
        most = count - round(count / 5)
        true, twice = true_accuracy(data, most), true_accuracy(data, 2 * most)
        for number in range(times if twice is not None else 0):
            chosen, _ = draw(data, count, [2, count, number])
            curve = cu.learning_curve(data.looks[chosen], data.labels[chosen].tolist(), progress=without_bar)
            yield {
                "set": data.name,
                "family": data.family,
                "each": count,
                "counts": curve.counts,
                "mean": curve.mean.tolist(),
                "classes": curve.classes,
                "tries": curve.tries,
                "gain": curve.gain,
                "twice": curve.twice,
                "true": [true, twice],
            }


def without_bar(draws: Iterator, total: int) -> Iterator:
    return draws


# predicting -----------------------------------------------------------------------------------------------------------


def curves_of(rows: list[dict]) -> list[LearningCurve]:
    return [LearningCurve(tuple(row["counts"]), np.array([row["mean"]]), row["classes"], row["tries"]) for row in rows]


def by_power(curve: LearningCurve) -> float:
    """Extend the errors along a power law, as a line in logarithms."""
    errors = np.log(np.maximum(1 - curve.mean, 1 / (curve.tries + 2)))
    line = np.polyfit(np.log(curve.counts), errors, 1)
    return 1 - curve.now - float(np.exp(np.polyval(line, np.log(2 * curve.counts[-1]))))


WAYS: dict[str, Callable[[LearningCurve], float]] = {
    "no change": lambda curve: 0.0,
    "three points more": lambda curve: min(0.03, 1 - curve.now),
    "power law": by_power,
    "learning_curve": lambda curve: curve.gain[1],
}


def fit(rows: list[dict]) -> dict[str, object]:
    """Find the constants that tell the truth of these rows best."""
    curves, true = curves_of(rows), np.array([row["true"] for row in rows])
    known = np.array([[curve.error, curve.slope] for curve in curves])
    now, tries = np.array([curve.now for curve in curves]), np.array([curve.tries for curve in curves])
    of = np.linalg.lstsq(known, true[:, 1] - true[:, 0])[0].round(2)
    gain, chance = known @ of, np.sqrt(known[:, 0] * (1 - known[:, 0]) / tries)
    widths = [fit_width(miss, gain, chance) for miss in (true[:, 1] - true[:, 0] - gain, true[:, 1] - now - gain)]
    return {"OF_ERROR": float(of[0]), "OF_SLOPE": float(of[1]), "GAIN": widths[0], "TWICE": widths[1]}


def fit_width(miss: np.ndarray, gain: np.ndarray, chance: np.ndarray) -> Width:
    """The parts of a width under which what was missed is the likeliest (Laplace), then its tenths at both ends."""

    def surprise(own: float, of: float) -> float:
        apart = np.hypot(own * chance, of * gain) + 1e-3
        return float((np.log(apart) + np.abs(miss) / apart).mean())

    grid = [(own / 20, of / 20) for own in range(1, 31) for of in range(21)]
    own, of = min(grid, key=lambda pair: surprise(*pair))
    below, above = np.quantile(miss / (np.hypot(own * chance, of * gain) + 1e-3), [0.1, 0.9])
    return Width(own, of, round(-float(below), 2), round(float(above), 2))


def predict(rows: list[dict]) -> list[dict]:
    """How far each way errs, in the gain and in the accuracy; and whether the intervals hold the truth."""
    told = []
    for row, curve in zip(rows, curves_of(rows), strict=True):
        now, twice = row["true"]
        gains = {name: way(curve) for name, way in WAYS.items()}
        holds = [low <= truth <= high for (low, _, high), truth in ((curve.gain, twice - now), (curve.twice, twice))]
        wide = [high - low for low, _, high in (curve.gain, curve.twice)]
        missed = {name: (abs(twice - now - gain), abs(twice - curve.now - gain)) for name, gain in gains.items()}
        told.append({"each": row["each"], "missed": missed, "holds": holds, "wide": wide, "gain": twice - now})
    return told


def left_out(rows: list[dict]) -> list[dict]:
    """Predict each family with the constants that the others give."""
    told, kept = [], {name: getattr(course, name) for name in CONSTANTS}
    for family in sorted({row["family"] for row in rows}):
        vars(course).update(fit([row for row in rows if row["family"] != family]))
        told += predict([row for row in rows if row["family"] == family])
    vars(course).update(kept)
    return told


def tell(told: list[dict]) -> None:
    """Print a line for each number of pictures."""
    print("mean absolute error: of the gain, of the accuracy; 8 of 10 intervals should hold the truth")
    for each in sorted({one["each"] for one in told}):
        own = [one for one in told if one["each"] == each]
        print(f"{each} a class, {len(own)} curves, doubling brought {np.mean([one['gain'] for one in own]):.3f}")
        for name in WAYS:
            gain, accuracy = np.mean([one["missed"][name] for one in own], axis=0)
            print(f"  {name:<20}{gain:>7.3f}{accuracy:>7.3f}")
        for what, holds, wide in zip(
            ("gain", "accuracy"),
            *(np.mean([one[key] for one in own], axis=0) for key in ("holds", "wide")),
            strict=True,
        ):
            print(f"  interval of the {what}: holds the truth {holds:.0%}, {100 * wide:.0f} points wide")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="*", type=Path)
    parser.add_argument("--made", type=Path, metavar="FOLDER")
    parser.add_argument("--fit", nargs="+", type=Path, metavar="FILE")
    parser.add_argument("--each", nargs="+", type=int, default=[6, 10, 20, 40])
    parser.add_argument("--times", type=int, default=12)
    parser.add_argument("--out", type=Path, default=HERE / "curves.json")
    options = parser.parse_args()
    if options.made:
        accuracy.make_sets(options.made)
        make_drawings(options.made)
        make_pieces(options.made)
        return
    if options.fit:
        rows = [row for file in options.fit for row in json.loads(file.read_text())]
        print(fit(rows))
        tell(left_out(rows))
        return
    network, found = cu.load_network(), []
    for source in options.sets:
        for data in read(source, network):
            found += measure(data, options.each, options.times)
            options.out.write_text(json.dumps(found) + "\n")
            print(data.name, len(found), flush=True)
    tell(predict(found))


if __name__ == "__main__":
    main()
