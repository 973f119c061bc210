"""Does 80 % sure mean right in 80 of 100? How far a head's probabilities can be believed (notebook 13)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

BINS = 10
DRAWS = 1000


class Reliability(NamedTuple):
    """How sure a head is, and how often it is right, in bins of how sure it is (notebook 13).

    ``sure``, ``right`` and ``counts`` have an entry for each bin that holds any picture: the mean of the largest
    probability, the share of right answers, and how many pictures there are. ``low`` and ``high`` hold 95 % of the
    shares that a perfectly calibrated head would show with so few. ``error`` is the expected calibration error, and
    ``by_chance`` what such a head would show: 2.5 % of its errors are below the first number, 2.5 % above the last,
    and the one between is their mean.
    """

    sure: np.ndarray
    right: np.ndarray
    counts: np.ndarray
    low: np.ndarray
    high: np.ndarray
    error: float
    by_chance: tuple[float, float, float]


def measure_reliability(probabilities: np.ndarray, rows: np.ndarray, seed: int = 7) -> Reliability:
    """Compare how sure a head is with how often it is right (notebook 13).

    Parameters
    ----------
    probabilities : numpy.ndarray
        Shape ``(n, classes)``: what the head says of pictures that it did not learn from.
    rows : numpy.ndarray
        Shape ``(n, classes)``: what they are, from ``add_labels``.
    seed : int
        Of the answers that are drawn for a perfectly calibrated head.

    Returns
    -------
    Reliability
        In ten bins of the largest probability, equally wide.

    Raises
    ------
    ValueError
        If there are no pictures, or not as many probabilities as rows.

    Notes
    -----
    The expected calibration error is the mean distance between how sure a head is and how often it is right, each bin
    weighed by its pictures (Guo et al., *On Calibration of Modern Neural Networks*, ICML 2017). With few pictures it is
    above 0 even where calibration is perfect. So a thousand times, answers are drawn that are right as often as they
    are sure, and their errors are told beside it.
    """
    if probabilities.shape != rows.shape or not len(rows):
        raise ValueError(
            f"got probabilities of shape {probabilities.shape} and rows of {rows.shape}; expected the same"
        )
    sure, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == rows.argmax(axis=1)
    bin_of = np.minimum((sure * BINS).astype(int), BINS - 1)
    is_in = (bin_of == np.unique(bin_of)[:, np.newaxis]).astype(float)
    counts = is_in.sum(axis=1)
    rng = np.random.default_rng(seed)
    drawn = np.array([is_in @ (rng.random(len(sure)) < sure) / counts for _ in range(DRAWS)])
    low, high = np.quantile(drawn, [0.025, 0.975], axis=0)
    mean, share = is_in @ sure / counts, is_in @ right / counts
    weights = counts / len(sure)
    chance = np.abs(drawn - mean) @ weights
    few, many = np.quantile(chance, [0.025, 0.975]).tolist()
    by_chance = few, float(chance.mean()), many
    return Reliability(mean, share, counts, low, high, float(np.abs(share - mean) @ weights), by_chance)
