"""What a classifier says of one picture (notebooks 10 and 13)."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from ..learning.known import NONE_OF_THESE, Known


class Prediction(dict[str, float]):
    """How probable each class is, the largest first; and whether the picture is known (notebook 13).

    Attributes
    ----------
    similarity : float or None
        The mean cosine to the three nearest of the pictures that were learned from; None, if the classifier does not
        keep what they were like.
    threshold : float or None
        The least similarity of a known picture.
    nearest : tuple of int
        Where these three stand among the classifier's examples, the most alike first.
    neighbors : tuple of str
        Their classes.

    Parameters
    ----------
    pairs : iterable of (str, float)
        Each class with its probability.
    known : Known, optional
        The pictures that were learned from.
    middle : numpy.ndarray, optional
        Shape ``(1, 256)``: what the network sees in the middle square of this one.
    """

    def __init__(
        self, pairs: Iterable[tuple[str, float]], known: Known | None = None, middle: np.ndarray | None = None
    ) -> None:
        super().__init__(sorted(pairs, key=lambda pair: pair[1], reverse=True))
        self.similarity: float | None = None
        self.threshold: float | None = None
        self.nearest: tuple[int, ...] = ()
        self.neighbors: tuple[str, ...] = ()
        if known is not None and middle is not None:
            places, cosines = known.nearest(middle)
            self.similarity, self.threshold = float(cosines.mean()), known.threshold
            self.nearest = tuple(places[0].tolist())
            self.neighbors = tuple(known.labels[place] for place in self.nearest)

    @property
    def known(self) -> bool | None:
        """Whether it is like any picture that was learned from; None, if the classifier can't tell."""
        if self.similarity is None or self.threshold is None:
            return None
        return self.similarity >= self.threshold

    @property
    def answer(self) -> str:
        """The most probable class; or ``none of these``, of a picture that is not known."""
        return NONE_OF_THESE if self.known is False else next(iter(self))
