"""Find out whether pictures to judge by are of another kind than those that were learned from (notebook 13)."""

from __future__ import annotations

import math
from collections import defaultdict
from typing import NamedTuple

import numpy as np

from ..learning.known import NONE_OF_THESE, SHARE, fit_known
from ..pictures.sets import PictureSet
from ..report import Finding, Report
from .copies import Copies

FEWEST = 3  # pictures, each in a group of its own, that are unlike training before anybody is warned
RARE = 0.01  # how probable so many are at most, if both are of one kind


class Unlike(NamedTuple):
    """Validation pictures that are unlike all of training (notebook 13).

    ``pictures`` holds them, of ``asked`` pictures. ``expected`` is how many would be, if both were of one kind,
    and ``chance`` how probable it would be to find so many or more.
    """

    pictures: PictureSet
    asked: int
    expected: float
    chance: float

    @property
    def report(self) -> Report:
        """Warn of them, if these are too many for chance."""
        if self.chance >= RARE:
            return Report()
        files = tuple(f"validation/{label}/{path.name}" for path, label in self.pictures.pairs())
        problem = (
            f"validation pictures that are unlike all of training: {len(files)} of {self.asked}, where about "
            f"{self.expected:.0f} would be by chance"
        )
        remedy = (
            "Were they taken with another camera, in other light, in another place? Then go on judging by them: they "
            "are the honest ones. Bring training pictures of that kind, too."
        )
        return Report([Finding("warning", problem, files, remedy)])


def find_unlike(
    training: PictureSet,
    validation: PictureSet,
    numbers: np.ndarray,
    new_numbers: np.ndarray,
    copies: Copies | None = None,
) -> Unlike:
    """Find the validation pictures that are unlike all of training, as ``fit_known`` measures it (notebook 13).

    Parameters
    ----------
    training, validation : PictureSet
        The pictures to learn from, and to judge by.
    numbers, new_numbers : numpy.ndarray
        Shape ``(n, 256)``: what the network sees in their middle squares, from ``middle_of``.
    copies : Copies, optional
        Near-copies among them, from ``find_copies``: these count once.

    Returns
    -------
    Unlike
        Its ``report`` has a warning, if there are clearly more than chance explains; ``check_pictures`` takes it.

    Raises
    ------
    ValueError
        As for ``fit_known``; or if there are not as many new numbers as validation pictures.

    Notes
    -----
    Of pictures of the same kind, some are below the threshold, too: on average as many as of the training pictures,
    but with few of these the threshold itself is uncertain. Where the threshold has the rank ``k`` among ``n`` training
    pictures, how many of ``m`` others of the same kind are below it follows the beta-binomial distribution of ``k`` and
    ``n + 1 - k``. At least 3 that are less probable than 1 % give a warning. Pictures that are labeled
    ``none of these`` are not asked.
    """
    if len(new_numbers) != len(validation.paths):
        given = f"numbers of {len(new_numbers)} validation pictures"
        raise ValueError(f"got {given}; expected those of {len(validation.paths)}")
    copies = copies or Copies()
    groups = copies.group_of(training)
    known = fit_known(numbers, training.labels, groups)
    asked = [row for row, label in enumerate(validation.labels) if label != NONE_OF_THESE]
    strange = ~known.knows(new_numbers[asked])
    learned = len({groups[row] for row in known.rows})
    others = validation.groups or copies.group_of(validation)
    below, tries = _count(strange, [others[row] for row in asked])
    rank = 1 + (1 - SHARE) * (learned - 1)
    chance = _at_least(below, tries, rank, learned + 1 - rank) if below >= FEWEST else 1.0
    pictures = validation.only(validation.paths[row] for row in np.array(asked, int)[strange])
    return Unlike(pictures, len(asked), len(asked) * rank / (learned + 1), chance)


def _count(strange: np.ndarray, groups: list[str]) -> tuple[int, int]:
    """How many groups are unlike training, and of how many: a group counts by the share of its pictures."""
    shares = defaultdict(list)
    for one, group in zip(strange.tolist(), groups, strict=True):
        shares[group].append(one)
    return math.floor(sum(sum(own) / len(own) for own in shares.values()) + 1e-9), len(shares)


def _at_least(count: int, tries: int, one: float, other: float) -> float:
    """The probability of ``count`` or more in ``tries`` draws, after the beta-binomial distribution."""

    def log_beta(first: float, second: float) -> float:
        return math.lgamma(first) + math.lgamma(second) - math.lgamma(first + second)

    logs = (
        math.log(math.comb(tries, k)) + log_beta(k + one, tries - k + other) - log_beta(one, other)
        for k in range(count, tries + 1)
    )
    return sum(map(math.exp, logs))
