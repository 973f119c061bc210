"""Ask a trained head for its answer, and judge it (notebooks 05 to 07)."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ..pictures.pipeline import load_and_process_image
from ..pictures.sets import PictureSet
from ..report import Report
from .head import batches
from .known import NONE_OF_THESE
from .labels import add_labels, decode_labels

if TYPE_CHECKING:
    import keras

MOST_CLASSES = 5  # that a line names


def make_prediction(pretrained_model: keras.Model, model: keras.Model, path: str | Path) -> np.ndarray:
    """Go all the way from a picture file to probabilities (notebook 05).

    Parameters
    ----------
    pretrained_model : keras.Model
        From ``build_pretrained_model``.
    model : keras.Model
        The trained head.
    path : str or Path
        A picture file.

    Returns
    -------
    numpy.ndarray
        Shape ``(classes,)``, float32; sums to 1.

    Raises
    ------
    UnreadableImageError
        If the file can't be read.
    """
    features = pretrained_model.predict(load_and_process_image(path), verbose=0)
    return model.predict(features, verbose=0)[0]


def predict(model: keras.Model, features: np.ndarray, classes: Mapping[str, int] | Sequence[str]) -> list[str]:
    """Name the most probable class of each picture (notebook 05).

    Parameters
    ----------
    model : keras.Model
        The trained head.
    features : numpy.ndarray
        Shape ``(n, 7, 7, 256)``.
    classes : mapping of str to int, or sequence of str
        The classes in the order of training.

    Returns
    -------
    list of str
        One label per picture.

    Raises
    ------
    ValueError
        If the head does not have as many outputs as there are classes.
    """
    probabilities = model.predict(batches(features), verbose=0)
    return decode_labels(probabilities, classes)


class Mistake(NamedTuple):
    """A validation picture that was taken for something else (notebook 07)."""

    path: Path
    expected: str
    predicted: str
    probabilities: dict[str, float]


class Results(NamedTuple):
    """What training gave (notebook 07).

    ``probabilities`` has the shape ``(validation pictures, classes)``. ``history`` holds loss and accuracy after each
    epoch; a linear head has none. ``report`` names the pictures that could not be read, and near-copies. ``head`` is
    the kind of head, and ``others`` says of each other kind that was trained beside it how many validation pictures it
    had right. ``commonest`` is the class with the most training pictures. ``groups`` holds near-copies, each group on
    one side, and ``shared`` is how many validation pictures were left out since they have near-copies in training.
    ``known`` says of each validation picture whether it is like any that was learned from, if that was asked.
    """

    classes: tuple[str, ...]
    validation: PictureSet
    probabilities: np.ndarray
    history: dict[str, list[float]]
    report: Report
    stopped: bool
    seconds: float
    head: str = "linear"
    others: Mapping[str, int] = MappingProxyType({})
    commonest: str | None = None
    groups: tuple[tuple[Path, ...], ...] = ()
    shared: int = 0
    known: tuple[bool, ...] = ()

    @property
    def refused(self) -> list[Path]:
        """The validation pictures of the classes that are unlike all that was learned from: lost, if refused."""
        if not self.known:
            return []
        pairs = zip(self.validation.pairs(), self.known, strict=True)
        return [path for (path, label), known in pairs if not known and label != NONE_OF_THESE]

    @property
    def of_classes(self) -> int:
        """How many validation pictures show one of the classes, and not ``none of these``."""
        return sum(label != NONE_OF_THESE for label in self.validation.labels)

    @property
    def predicted(self) -> list[str]:
        """The most probable class of each validation picture."""
        return decode_labels(self.probabilities, self.classes)

    @property
    def right(self) -> int:
        """How many validation pictures were right."""
        return sum(a == b for a, b in zip(self.predicted, self.validation.labels, strict=True))

    @property
    def accuracy(self) -> float | None:
        """The share of validation pictures that were right; None if there are none."""
        return self.right / len(self.predicted) if self.predicted else None

    @property
    def tries(self) -> int:
        """How many independent pictures the validation pictures are worth: near-copies are right or wrong together.

        With groups of the same size, it is the number of groups (Kish's effective sample size, rounded down).
        """
        group_of = {path: number for number, group in enumerate(self.groups) for path in group}
        sizes = Counter(group_of.get(path, path) for path in self.validation.paths).values()
        return sum(sizes) ** 2 // max(sum(size**2 for size in sizes), 1)

    @property
    def interval(self) -> tuple[float, float] | None:
        """The true accuracies that fit this result, with 95 % confidence (Clopper and Pearson's exact interval).

        It is as wide as so many ``tries`` leave it.
        """
        if not self.predicted:
            return None
        right = self.right * self.tries / len(self.predicted)
        return exact_interval(math.floor(right), self.tries)[0], exact_interval(math.ceil(right), self.tries)[1]

    @property
    def baseline(self) -> float | None:
        """The share that always answering ``commonest`` would get right; None if there is nothing to judge by."""
        return self.guessed / len(self.predicted) if self.predicted and self.commonest is not None else None

    @property
    def guessed(self) -> int:
        """How many validation pictures always answering ``commonest`` would get right."""
        return self.validation.labels.count(self.commonest)

    @property
    def beside_guessing(self) -> str:
        """What always answering ``commonest`` would get, and whether this is any better, in words."""
        if self.baseline is None or self.interval is None:
            return ""
        words = f"always saying {self.commonest!r} would get {self.guessed}"
        if self.interval[0] > self.baseline:
            return words
        doubt = "" if self.right <= self.guessed else "perhaps "
        return f"{words}; {doubt}no better than always saying {self.commonest!r}"

    @property
    def by_class(self) -> dict[str, tuple[int, int]]:
        """How many of each class were right, and of how many. A class without validation pictures has 0 of 0."""
        right, count = self.confusion.diagonal().tolist(), self.confusion.sum(axis=1).tolist()
        return dict(zip(self.classes, zip(right, count, strict=True), strict=True))

    @property
    def confusion(self) -> np.ndarray:
        """How often each class (row) was taken for each (column), in the order of ``classes``."""
        expected, predicted = (add_labels(labels, self.classes) for labels in (self.validation.labels, self.predicted))
        return (expected.T @ predicted).astype(int)

    @property
    def mistakes(self) -> list[Mistake]:
        """The validation pictures that were taken for something else."""
        return [
            Mistake(path, expected, said, dict(zip(self.classes, map(float, row), strict=True)))
            for (path, expected), said, row in zip(
                self.validation.pairs(), self.predicted, self.probabilities, strict=True
            )
            if said != expected
        ]

    def __repr__(self) -> str:
        interval = self.interval
        without = f"; judged without {self.shared} near-copies of training pictures" if self.shared else ""
        if interval is None:
            return f"{len(self.classes)} classes; no validation pictures to judge by{without}"
        low, high = interval
        count = len(self.predicted)
        worth = f" ({count} pictures in groups of near-copies are worth {self.tries})" if self.tries < count else ""
        lines = [f"{self.right} of {count} right; the true accuracy may be {low:.0%} to {high:.0%}{worth}"]
        lines += [self.beside_guessing] if self.beside_guessing else []
        lines += [_in_words(self.by_class)] if self.mistakes else []
        lines += [f"the {head} head has {right} of {count} right" for head, right in self.others.items()]
        return "\n".join(lines) + without


def _in_words(by_class: Mapping[str, tuple[int, int]]) -> str:
    """How many of each class were right; of many classes, only the worst."""
    judged = [(right / count, f"{name} {right} of {count}") for name, (right, count) in by_class.items() if count]
    if len(judged) <= MOST_CLASSES:
        return ", ".join(words for _, words in judged)
    return "worst: " + ", ".join(words for _, words in sorted(judged, key=lambda pair: pair[0])[:MOST_CLASSES])


def exact_interval(right: int, count: int) -> tuple[float, float]:
    """The true accuracies that ``right`` of ``count`` fits, with 95 % confidence (Clopper and Pearson, 1934).

    The lower end is the accuracy that gives so many or more in 2.5 % of all tries; the upper end, so many or fewer.
    SciPy's ``binomtest`` gives the same, and takes longer to import than a head to train.
    """
    ways = np.array(
        [math.lgamma(count + 1) - math.lgamma(k + 1) - math.lgamma(count - k + 1) for k in range(count + 1)]
    )

    def lowest(right: int) -> float:
        if not right:
            return 0.0
        hits, low, high = np.arange(right, count + 1), 0.0, 1.0
        for _ in range(50):  # halve the range until it is smaller than a float can tell
            middle = (low + high) / 2
            chance = np.exp(ways[right:] + hits * math.log(middle) + (count - hits) * math.log1p(-middle)).sum()
            low, high = (middle, high) if chance < 0.025 else (low, middle)
        return low

    return lowest(right), 1 - lowest(count - right)
