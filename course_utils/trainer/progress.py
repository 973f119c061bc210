"""What is said while a session works, and how it is stopped (notebook 07)."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import keras

History = dict[str, list[float]]
Progress = Callable[[str, int, int, History], None]


class Stopped(RuntimeError):
    """The work was stopped before there was anything to keep (notebook 07)."""


class Watched:
    """Passes features on, reports how many there are, and stops when asked to."""

    def __init__(self, stop: threading.Event, said: Progress, total: int) -> None:
        self.stop, self.said, self.total, self.done = stop, said, total, 0

    def __call__(self, blocks: Iterator, count: int) -> Iterator:
        for block in blocks:
            if self.stop.is_set():
                raise Stopped("stopped while reading pictures; what is known of them is kept")
            self.done += 1
            self.said("features", self.done, self.total, {})
            yield block


class Watcher:
    """Keeps the weights of the best epoch, reports each one, and stops when asked to."""

    def __init__(self, model: keras.Model, stop: threading.Event, epochs: int, validated: bool, said: Progress) -> None:
        self.model, self.stop, self.epochs, self.validated, self.said = model, stop, epochs, validated, said
        self.best: list[np.ndarray] | None = None
        self.lowest = np.inf
        self.history: History = {}

    def after_batch(self, batch: int, logs: dict[str, float] | None = None) -> None:
        self.model.stop_training = self.stop.is_set()

    def after_epoch(self, epoch: int, logs: dict[str, float]) -> None:
        loss = logs.get("val_loss", np.inf) if self.validated else logs["loss"]
        if loss < self.lowest:
            self.best, self.lowest = self.model.get_weights(), loss
        self.history = {name: [*self.history.get(name, []), value] for name, value in logs.items()}
        self.said("epochs", epoch + 1, self.epochs, self.history)
        self.model.stop_training = self.stop.is_set()
