"""How far can it be trusted, what ``learning_curve`` says of twice as many pictures?

    python benchmarks/curves.py --made FOLDER
    python benchmarks/curves.py SET ... [--each 6 10 20 40] [--times 12] [--out FILE]
    python benchmarks/curves.py --fit FILE

SET is anything that ``read_pictures`` reads. Again and again, it draws so many pictures of each class, as a learner
would bring them, and asks ``learning_curve`` of these alone. The truth is the mean accuracy of the trainer's head over
other draws, judged on all that were not drawn (at most 100 a class). From each set it also makes harder ones: with one
label in five wrong, and of two classes alone.

It prints how far each way of predicting errs, and how often an interval holds the truth, and writes all of it to
``--out``. ``--fit`` reads such a file, and finds the constants of ``course_utils/learning/curves.py``: for each set
from the others, to say how good they are, then from all. ``--made`` writes the sets of ``accuracy.py``, and more.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import accuracy
import numpy as np
from drawings import make_drawings

import course_utils as cu

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
                "losses": curve.losses.mean(axis=0).tolist(),
                "spread": float(curve.accuracies[:, -1].std()),
                "classes": curve.classes,
                "tries": curve.tries,
                "gain": curve.gain,
                "twice": curve.twice,
                "true": [true, twice],
            }


def without_bar(draws: Iterator, total: int) -> Iterator:
    return draws


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="*", type=Path)
    parser.add_argument("--made", type=Path, metavar="FOLDER")
    parser.add_argument("--fit", type=Path, metavar="FILE")
    parser.add_argument("--each", nargs="+", type=int, default=[6, 10, 20, 40])
    parser.add_argument("--times", type=int, default=12)
    parser.add_argument("--out", type=Path, default=HERE / "curves.json")
    options = parser.parse_args()
    if options.made:
        accuracy.make_sets(options.made)
        make_drawings(options.made)
        return
    network, found = cu.load_network(), []
    for source in options.sets:
        for data in read(source, network):
            found += measure(data, options.each, options.times)
            options.out.write_text(json.dumps(found) + "\n")
            print(data.name, len(found), flush=True)


if __name__ == "__main__":
    main()
