"""What is said while a session works, and how it is stopped (notebook 07)."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np

from ..learning.article import ArticleHead, History
from ..network.features import FEW

if TYPE_CHECKING:
    from tqdm import tqdm

Progress = Callable[[str, int, int, History], None]
KEPT = "what is known of the pictures is kept"
UNITS = {"features": "picture", "epochs": "epoch", "draws": "draw"}


@contextmanager
def told(progress: Progress | None, pictures: int) -> Iterator[Progress]:
    """Tell ``progress`` what is done; without one, a bar, unless the pictures are few (notebook 07)."""
    if progress or pictures < FEW:
        yield progress or (lambda *_: None)
        return
    from tqdm.auto import tqdm

    with tqdm(desc="Starting", leave=False) as bar:
        yield on_bar(bar)


def on_bar(bar: tqdm) -> Progress:
    """Show on a bar what is done (notebook 07)."""
    phase_now = ""

    def say(phase: str, done: int, total: int, history: History) -> None:
        nonlocal phase_now
        if phase != phase_now or total != bar.total:
            phase_now, bar.unit = phase, UNITS.get(phase, phase)
            bar.set_description(phase.capitalize(), refresh=False)
            bar.reset(total=total)
        bar.update(done - bar.n)

    return say


class Stopped(RuntimeError):
    """The work was stopped before there was anything to keep (notebook 07)."""


class Watched:
    """Passes features on, or what else a phase gives, reports how many there are, and stops when asked to."""

    def __init__(self, stop: threading.Event, said: Progress, total: int, phase: str = "features") -> None:
        self.stop, self.said, self.total, self.done, self.phase = stop, said, total, 0, phase

    def __call__(self, blocks: Iterable, total: int) -> Iterator:
        for block in blocks:
            if self.stop.is_set():
                reading = self.phase == "features"
                raise Stopped(f"stopped while {'reading pictures' if reading else 'learning'}; {KEPT}")
            self.done += 1
            self.said(self.phase, self.done, self.total, {})
            yield block


class Watcher:
    """Keeps the weights of the best epoch, reports each one, and ends training when asked to."""

    def __init__(self, stop: threading.Event, epochs: int, said: Progress) -> None:
        self.stop, self.epochs, self.said = stop, epochs, said
        self.best: ArticleHead | None = None
        self.lowest = np.inf

    def after_epoch(self, head: ArticleHead, history: History) -> bool:
        loss = history.get("val_loss", history["loss"])[-1]
        if loss < self.lowest:
            self.best, self.lowest = ArticleHead(*(weights.copy() for weights in head)), loss
        self.said("epochs", len(history["loss"]), self.epochs, {name: [*values] for name, values in history.items()})
        return self.stop.is_set()
