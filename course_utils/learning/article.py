"""The article's head in NumPy: the same layers, loss and steps as ``get_model`` and ``train``, without TensorFlow."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from threadpoolctl import threadpool_limits

from .linear import softmax

BATCH = 32
SPREAD = 0.87962566103423978  # standard deviation of a normal distribution that is cut at two of its own
History = dict[str, list[float]]
Step = Callable[[list[np.ndarray]], None]


class ArticleHead(NamedTuple):
    """Flatten, a hidden layer of 100 units with relu, and a softmax without bias (notebook 05).

    ``hidden`` has the shape ``(12544, units)``, ``bias`` ``(units,)``, ``last`` ``(units, classes)``; all float32.
    """

    hidden: np.ndarray
    bias: np.ndarray
    last: np.ndarray

    def predict(self, features: np.ndarray) -> np.ndarray:
        """Say how probable each class is: shape ``(n, 7, 7, 256)`` becomes ``(n, classes)``."""
        return _forward(self, _flatten(features))[1]


def start_article_head(class_count: int, units: int = 100, seed: int = 7) -> ArticleHead:
    """Draw the weights that training starts from, as Keras' ``VarianceScaling()`` does (notebook 07).

    Parameters
    ----------
    class_count, units
        As for ``get_model``.
    seed : int
        Chooses the weights.

    Returns
    -------
    ArticleHead
        ``train_article_head`` trains it.

    Raises
    ------
    ValueError
        If there are fewer than 2 classes.
    """
    if class_count < 2:
        raise ValueError(f"got {class_count} classes; expected at least 2 to tell apart")
    rng = np.random.default_rng(seed)

    def draw(inputs: int, outputs: int) -> np.ndarray:
        values = rng.standard_normal((inputs, outputs), np.float32)
        while (far := np.abs(values) > 2).any():
            values[far] = rng.standard_normal(int(far.sum()), np.float32)
        return values * np.float32(np.sqrt(1 / inputs) / SPREAD)

    return ArticleHead(draw(7 * 7 * 256, units), np.zeros(units, np.float32), draw(units, class_count))


def train_article_head(
    head: ArticleHead,
    features: np.ndarray,
    rows: np.ndarray,
    epochs: int = 20,
    learning_rate: float = 1e-4,
    validation: tuple[np.ndarray, np.ndarray] | None = None,
    seed: int = 7,
    after_epoch: Callable[[ArticleHead, History], bool] | None = None,
) -> History:
    """Train in batches of 32 with Adam, shuffling the pictures each epoch (notebook 07). ``head`` is changed.

    Parameters
    ----------
    head : ArticleHead
        From :func:`start_article_head`.
    features : numpy.ndarray
        Shape ``(n, 7, 7, 256)``.
    rows : numpy.ndarray
        Shape ``(n, classes)``, from ``add_labels``.
    epochs, learning_rate
        As for ``train`` and ``get_model``.
    validation : (features, rows), optional
        Pictures to measure on after each epoch.
    seed : int
        Chooses the order of the pictures.
    after_epoch : callable, optional
        Is given the head and the history so far; training ends when it returns True.

    Returns
    -------
    dict of str to list of float
        Loss and accuracy after each epoch, as Keras names them.
    """
    x, rng = _flatten(features), np.random.default_rng(seed)
    history: History = {}
    step = adam(head, learning_rate)
    for _ in range(epochs):
        with threadpool_limits(1, "blas"):  # for products as small as these, more threads are slower
            news = _one_epoch(head, x, rows, rng.permutation(len(x)), step)
        if validation is not None:
            probabilities, truth = head.predict(validation[0]), validation[1]
            news["val_loss"] = _surprise(probabilities, truth) / len(truth)
            news["val_accuracy"] = float((probabilities.argmax(1) == truth.argmax(1)).mean())
        for name, value in news.items():
            history.setdefault(name, []).append(value)
        if after_epoch and after_epoch(head, history):
            break
    return history


def _one_epoch(head: ArticleHead, x: np.ndarray, rows: np.ndarray, order: np.ndarray, step: Step) -> dict[str, float]:
    """Go through all pictures once; loss and accuracy are those of each batch before its step."""
    loss, right = 0.0, 0
    for begin in range(0, len(x), BATCH):
        part = np.sort(order[begin : begin + BATCH])
        hidden, probabilities = _forward(head, x[part])
        loss += _surprise(probabilities, rows[part])
        right += int((probabilities.argmax(1) == rows[part].argmax(1)).sum())
        step(_slopes(head, x[part], rows[part], hidden, probabilities))
    return {"loss": loss / len(x), "accuracy": right / len(x)}


def _flatten(features: np.ndarray) -> np.ndarray:
    return np.asarray(features, np.float32).reshape(len(features), -1)


def _forward(head: ArticleHead, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What the hidden layer gives, and the probabilities."""
    hidden = np.maximum(x @ head.hidden + head.bias, 0)
    return hidden, softmax(hidden @ head.last)


def _surprise(probabilities: np.ndarray, rows: np.ndarray) -> float:
    """The sum of the cross-entropies; as in Keras, no probability counts as less than 1e-7."""
    return float(-np.log(np.maximum((probabilities * rows).sum(axis=1), 1e-7)).sum())


def _slopes(
    head: ArticleHead, x: np.ndarray, rows: np.ndarray, hidden: np.ndarray, probabilities: np.ndarray
) -> list[np.ndarray]:
    """How the mean loss of a batch changes with each weight (backpropagation)."""
    error = ((probabilities - rows) / len(x)).astype(np.float32)
    back = (error @ head.last.T) * (hidden > 0)
    return [x.T @ back, back.sum(axis=0), hidden.T @ error]


def adam(head: ArticleHead, learning_rate: float) -> Step:
    """Return the function that takes a step: Adam, with Keras' settings (Kingma and Ba, 2015)."""
    means = [np.zeros_like(weights) for weights in head]
    squares = [np.zeros_like(weights) for weights in head]
    count = 0

    def step(slopes: list[np.ndarray]) -> None:
        nonlocal count
        count += 1
        rate = np.float32(learning_rate * np.sqrt(1 - 0.999**count) / (1 - 0.9**count))
        for weights, slope, mean, square in zip(head, slopes, means, squares, strict=True):
            mean += np.float32(0.1) * (slope - mean)
            square += np.float32(0.001) * (slope * slope - square)
            weights -= rate * mean / (np.sqrt(square) + np.float32(1e-7))

    return step
