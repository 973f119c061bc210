"""Would more pictures help? The learning curve of a session's pictures, near-copies on one side (notebook 07)."""

from __future__ import annotations

import numpy as np

from ..faults.copies import Copies
from ..learning.curves import LearningCurve, Progress, learning_curve
from ..pictures.sets import PictureSet

DRAWS, FEWEST_DRAWS = 20, 5
MANY = 14_000  # pictures times draws: of large sets, fewer draws are enough


def draws_for(count: int) -> int:
    """How often so many pictures are parted anew (notebook 07)."""
    return max(FEWEST_DRAWS, min(DRAWS, MANY // max(count, 1)))


def curve_of(
    numbers: np.ndarray, readable: PictureSet, wanted: PictureSet, copies: Copies, progress: Progress
) -> LearningCurve:
    """Ask for the learning curve of the pictures that are wanted and could be read (notebook 07).

    Parameters
    ----------
    numbers : numpy.ndarray
        Shape ``(n, 1280)``: two looks at each picture that could be read.
    readable, wanted : PictureSet
        Those pictures; and the ones to learn from and to judge by.
    copies : Copies
        Which of them belong on one side. Where a class is too alike to tell, stretches of it by name do.
    progress : callable
        As for ``learning_curve``.
    """
    chosen = set(wanted.paths)
    rows = [row for row, path in enumerate(readable.paths) if path in chosen]
    learned = readable.only(readable.paths[row] for row in rows)
    groups = copies.group_of(learned if wanted.groups else learned._replace(groups=()))
    return learning_curve(numbers[rows], learned.labels, groups, draws_for(len(wanted.paths)), progress=progress)
