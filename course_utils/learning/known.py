"""Is a picture like any that was learned from? Its three nearest neighbors tell (notebook 13)."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import NamedTuple

import numpy as np

from ..network.looks import unit

NEIGHBORS = 3
SHARE = 0.95  # of the pictures that were learned from, each left out of the others, that stay known
MOST = 384  # pictures that are kept, in 256 bytes each: 98 KB
FEWEST = 4  # pictures, to tell how like each other they are
NONE_OF_THESE = "none of these"


class Known(NamedTuple):
    """Pictures that were learned from, and how like its nearest three of them a picture has to be (notebook 13).

    ``examples`` has the shape ``(m, 256)``, uint8: what the network sees in the middle square of each picture, scaled
    so that its largest number is 255. ``labels`` are their classes, and ``rows`` says which of the pictures they are.
    ``threshold`` is the least mean cosine of a known picture and its three nearest examples.
    """

    examples: np.ndarray
    labels: tuple[str, ...]
    threshold: float
    rows: tuple[int, ...] = ()

    def ordered_by(self, classes: Sequence[str]) -> Known:
        """The same, with the examples in the order of the classes.

        Raises
        ------
        ValueError
            If one is of another class.
        """
        others = set(self.labels).difference(classes)
        if others:
            raise ValueError(f"got examples of {', '.join(sorted(others))}; the classes are {', '.join(classes)}")
        order = sorted(range(len(self.labels)), key=lambda place: classes.index(self.labels[place]))
        rows = tuple(self.rows[place] for place in order) if self.rows else ()
        return Known(self.examples[order], tuple(self.labels[place] for place in order), self.threshold, rows)

    def nearest(self, numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Find the three examples that are most alike to each picture.

        Parameters
        ----------
        numbers : numpy.ndarray
            Shape ``(n, 256)``, from ``middle_of``.

        Returns
        -------
        (numpy.ndarray, numpy.ndarray)
            Shape ``(n, 3)`` each: where they stand among the examples, the most alike first, and their cosines.
        """
        cosines = unit(numbers) @ unit(self.examples.astype(np.float32)).T
        places = np.argsort(-cosines, axis=1, kind="stable")[:, :NEIGHBORS]
        return places, np.take_along_axis(cosines, places, axis=1)

    def similarities(self, numbers: np.ndarray) -> np.ndarray:
        """Say how like the examples each picture is: shape ``(n,)``, the mean cosine to the nearest three."""
        return self.nearest(numbers)[1].mean(axis=1)

    def knows(self, numbers: np.ndarray) -> np.ndarray:
        """Say of each picture whether it is like any that was learned from: shape ``(n,)``, bool."""
        return self.similarities(numbers) >= self.threshold


def fit_known(
    numbers: np.ndarray, labels: Sequence[str], groups: Sequence[Hashable] | None = None, share: float = SHARE
) -> Known:
    """Learn from pictures how unlike them a picture must be to be none of these (notebook 13).

    Parameters
    ----------
    numbers : numpy.ndarray
        Shape ``(n, 256)``: what the network sees in the middle square of each picture, from ``middle_of``.
    labels : sequence of str
        Their classes. Pictures that are labeled ``none of these`` are left out.
    groups : sequence, optional
        Which pictures are near-copies: those of one group have the same name. Unset, each is by itself.
    share : float
        How many of the pictures shall stay known when they are left out, from 0 to 1.

    Returns
    -------
    Known
        ``knows(numbers)`` says which other pictures are like these.

    Raises
    ------
    ValueError
        If lengths differ, the share makes no sense, or there are fewer than 4 pictures in two groups.

    Notes
    -----
    The measure is the mean cosine to the three nearest neighbors, after Sun et al., *Out-of-Distribution Detection with
    Deep Nearest Neighbors* (ICML 2022). The threshold comes from the pictures alone: each is compared with those of
    other groups, and the given share of them is above it. Of more than 384 pictures, as many of each class are kept,
    spread evenly. ``benchmarks/README.md`` measures what it lets through, and what it loses.
    """
    groups = range(len(labels)) if groups is None else groups
    if not len(numbers) == len(labels) == len(groups):
        sizes = f"numbers of {len(numbers)} pictures, {len(labels)} labels and {len(groups)} groups"
        raise ValueError(f"got {sizes}; expected as many of each")
    if not 0 < share < 1:
        raise ValueError(f"got the share {share}; expected a number between 0 and 1, such as 0.95")
    rows = _spread(labels)
    examples = to_bytes(numbers[rows])
    group_of = np.unique([str(groups[row]) for row in rows], return_inverse=True)[1]
    cosines = unit(numbers[rows]) @ unit(examples.astype(np.float32)).T
    cosines[group_of[:, np.newaxis] == group_of] = np.nan
    others = ~np.isnan(cosines).all(axis=1)
    if others.sum() < FEWEST:
        raise ValueError(
            f"got {len(rows)} pictures in {len(set(group_of))} groups of near-copies; expected at least {FEWEST} "
            "pictures in two groups, to tell how like each other they are"
        )
    nearest = -np.sort(-cosines[others], axis=1)[:, :NEIGHBORS]
    threshold = float(np.quantile(np.nanmean(nearest, axis=1), 1 - share))
    return Known(examples, tuple(labels[row] for row in rows), threshold, tuple(rows))


def to_bytes(numbers: np.ndarray) -> np.ndarray:
    """Write each row in bytes, the largest number as 255: a cosine asks for directions only. None is negative."""
    most = np.maximum(numbers.max(axis=1, keepdims=True), 1e-12)
    return np.rint(numbers / most * 255).astype(np.uint8)


def _spread(labels: Sequence[str]) -> list[int]:
    """As many pictures of each class as fit, evenly spread among its own; by class, in order."""
    classes = sorted(set(labels) - {NONE_OF_THESE})
    room = max(1, MOST // max(len(classes), 1))
    kept = []
    for name in classes:
        own = [row for row, label in enumerate(labels) if label == name]
        count = min(room, len(own))
        kept += [own[place * len(own) // count] for place in range(count)]
    return kept
