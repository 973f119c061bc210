"""The linear head: a row of weights for each class, fitted in a moment (softmax regression)."""

from __future__ import annotations

import math
import os
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
from threadpoolctl import threadpool_limits

from ..network.looks import pool
from ..network.weights import read_weights

STRENGTHS = (3.0, 10.0, 30.0, 100.0, 300.0, 1000.0)  # of C, tried by cross-validation
FOLDS = 5
MANY = 2_000  # pictures: above, C is estimated, not searched
MOST_STEPS = 2_000


class LinearHead(NamedTuple):
    """A head that adds up weighted numbers for each class.

    ``weights`` has the shape ``(numbers, classes)``, ``bias`` has one for each class. ``C`` is how freely it was
    fitted: the larger, the larger its weights may be. A head that was not fitted here has none.
    """

    weights: np.ndarray
    bias: np.ndarray
    C: float | None = None

    def predict(self, numbers: np.ndarray) -> np.ndarray:
        """Say how probable each class is: shape ``(n, numbers)`` becomes ``(n, classes)``, float32; rows sum to 1."""
        return softmax(np.asarray(numbers, np.float64) @ self.weights + self.bias).astype(np.float32)


class PooledHead(NamedTuple):
    """A linear head that reads features averaged over all places, as MobileNet's own does.

    ``weights`` has the shape ``(256, classes)``, ``bias`` has one for each class; both float32.
    """

    weights: np.ndarray
    bias: np.ndarray

    def predict(self, features: np.ndarray) -> np.ndarray:
        """Say how probable each class is: shape ``(n, 7, 7, 256)`` becomes ``(n, classes)``, float32; rows sum to 1."""
        return softmax(pool(features) @ self.weights + self.bias).astype(np.float32)


def load_imagenet_head(weights: str | None = None) -> LinearHead:
    """Read MobileNet's own head, which is linear too: pooled features in, ImageNet's 1000 classes out (notebook 02).

    Parameters
    ----------
    weights : str, optional
        As for ``load_mobilenet``.

    Returns
    -------
    LinearHead
        Probabilities of shape ``(n, 1000)`` from features of shape ``(n, 256)``, averaged over all places.

    Raises
    ------
    AssetError, ValueError
        As for ``load_mobilenet``.
    """
    arrays = read_weights(weights)
    return LinearHead(arrays["conv_preds/kernel"][0, 0], arrays["conv_preds/bias"])


def softmax(scores: np.ndarray) -> np.ndarray:
    """Turn scores into probabilities, row by row."""
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def fit_linear_head(
    numbers: np.ndarray, rows: np.ndarray, C: float | None = None, seed: int = 7, balanced: bool = True
) -> LinearHead:
    """Fit a linear head: softmax regression with its weights held small (notebook 07).

    Parameters
    ----------
    numbers : numpy.ndarray
        Shape ``(n, d)``: what is known of each picture, each of length 1, as ``look_twice`` gives it.
    rows : numpy.ndarray
        Shape ``(n, classes)``, from ``add_labels``.
    C : float, optional
        How freely to fit. Unset, the value with the lowest log loss in cross-validation on these pictures; above
        2,000 pictures, it is estimated.
    seed : int
        Chooses the folds.
    balanced : bool
        Whether all classes weigh the same, however many pictures each has. With 120 pictures of one class and 12 of
        another, it had 3 to 9 points more of the rarer one right, and no fewer in all (``benchmarks/README.md``).

    Returns
    -------
    LinearHead
        What minimises the mean cross-entropy plus ``sum(weights**2) / (2 * C * n)``: scikit-learn's
        ``LogisticRegression(C=C, class_weight="balanced")``, or without weights unless ``balanced``. Of two classes,
        its ``C`` is twice as large.

    Raises
    ------
    ValueError
        If there are not as many numbers as rows, or fewer than two classes.
    """
    if len(numbers) != len(rows) or not len(rows):
        raise ValueError(f"got numbers of {len(numbers)} pictures and {len(rows)} label rows; expected as many of each")
    if rows.shape[1] < 2:
        raise ValueError(f"got {rows.shape[1]} classes; expected at least 2 to tell apart")
    middle = numbers.mean(axis=0, dtype=np.float64)
    centered = (numbers - middle).astype(np.float32)
    with threadpool_limits(1 if len(rows) <= MANY else None, "blas"):  # for small products, more threads are slower
        turn = None
        if len(centered) < centered.shape[1]:  # n pictures span n directions at most: the others need no weights
            turn, triangle = np.linalg.qr(centered.T)
            centered = np.ascontiguousarray(triangle.T)
        rows = rows.astype(np.float32)
        weighs = weigh(rows) if balanced else np.ones((len(rows), 1), np.float32)
        if C is None:
            C = choose_C(centered, rows, weighs, seed) if len(rows) <= MANY else estimate_C(centered)
        weights, bias = descend(centered, rows, weighs, C, 2e-6, bend(centered, weighs))
        weights = weights if turn is None else turn @ weights
    return LinearHead(weights, bias - middle @ weights, C)


def weigh(rows: np.ndarray) -> np.ndarray:
    """How much each picture weighs so that all classes weigh the same: shape ``(n, 1)``, float32, 1 on average."""
    counts = rows.sum(axis=0)
    return (len(rows) / ((counts > 0).sum() * (rows @ counts)[:, np.newaxis])).astype(np.float32)


def bend(x: np.ndarray, weighs: np.ndarray, rounds: int = 50) -> float:
    """How sharply the loss can bend: half the largest eigenvalue of the covariance (Böhning 1992), or a little more.

    Power iteration comes near it from below. A tenth is added, since so many rounds may stop a little short of it.
    """
    direction, size = np.random.default_rng(0).standard_normal((x.shape[1],)).astype(x.dtype), 1.0
    for _ in range(rounds):
        direction = x.T @ (weighs[:, 0] * (x @ (direction / max(size, 1e-30))))
        size = float(np.linalg.norm(direction))
    return 1.1 * 0.5 * size / len(x)


def descend(
    x: np.ndarray,
    rows: np.ndarray,
    weighs: np.ndarray,
    C: float,
    near: float,
    bent: float,
    start: tuple[np.ndarray, np.ndarray] | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Go down the slope of the loss with momentum (Nesterov's accelerated gradient), until it is nearly level.

    All of it is of the kind of ``x``: one number of NumPy's in 64 bits, and each step would turn ``x`` into such.
    """
    decay = 1 / (float(C) * len(x))
    steepest = bent + decay
    slow = math.sqrt(decay / steepest)
    momentum = (1 - slow) / (1 + slow)
    weights, bias = start or (np.zeros((x.shape[1], rows.shape[1]), x.dtype), np.zeros(rows.shape[1], x.dtype))
    last_weights, last_bias = weights, bias
    for _ in range(MOST_STEPS):
        ahead, ahead_bias = weights + momentum * (weights - last_weights), bias + momentum * (bias - last_bias)
        error = (softmax(x @ ahead + ahead_bias) - rows) * weighs / len(x)
        slope, slope_bias = x.T @ error + decay * ahead, error.sum(axis=0)
        last_weights, last_bias = weights, bias
        weights, bias = ahead - slope / steepest, ahead_bias - 2 * slope_bias
        if max(np.abs(slope).max(), np.abs(slope_bias).max()) < near:
            break
    return weights, bias


def choose_C(x: np.ndarray, rows: np.ndarray, weighs: np.ndarray, seed: int = 7) -> float:
    """Choose C by cross-validation: with the best, pictures that were left out are the least surprising (log loss)."""
    fold_of = _deal(rows.argmax(axis=1), seed)

    def losses(fold: int) -> np.ndarray:
        """The loss of one fold with each strength; 0 where it has nothing to tell."""
        left_out, kept = fold_of == fold, fold_of != fold
        known = rows[kept].sum(axis=0) > 0
        left_out &= known[rows.argmax(axis=1)]  # a class that the others lack can't be judged
        if not left_out.any() or known.sum() < 2:
            return np.zeros(len(STRENGTHS))
        learned = x[kept], rows[kept], weighs[kept]
        bent, found, told = bend(learned[0], learned[2]), None, []
        for strength in STRENGTHS:  # each starts where the one before ended
            weights, bias = found = descend(*learned, strength, 1e-4, bent, found)
            right = (softmax(x[left_out] @ weights + bias) * rows[left_out]).sum(axis=1)
            told.append(-(np.log(np.maximum(right, 1e-12)) * weighs[left_out, 0]).sum())
        return np.array(told)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        total = sum(pool.map(losses, range(FOLDS)))
    return STRENGTHS[int(np.argmin(total))] if np.any(total) else estimate_C(x)


def estimate_C(x: np.ndarray) -> float:
    """Estimate C from how far the pictures lie apart: 50 over their mean squared distance from their mean."""
    return float(50 / max((x**2).sum(axis=1).mean(), 1e-12))


def _deal(labels: np.ndarray, seed: int) -> np.ndarray:
    """Deal the pictures of each class out to the folds, in turn."""
    rng = np.random.default_rng(seed)
    fold_of = np.empty(len(labels), int)
    for label in np.unique(labels):
        own = rng.permutation(np.flatnonzero(labels == label))
        fold_of[own] = np.arange(len(own)) % FOLDS
    return fold_of
