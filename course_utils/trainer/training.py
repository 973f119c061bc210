"""Step 2: train, see how it goes, and stop (notebook 07)."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import TYPE_CHECKING

import ipywidgets as widgets

from ..files import log_error
from ..learning.known import NONE_OF_THESE
from ..network.runtime import has_keras
from ..plots import plot_history, to_html
from .controls import WIDE, Number, button, row
from .fitting import ARTICLE, LINEAR, TUNED
from .interrupts import stoppable
from .messages import note, place

if TYPE_CHECKING:
    from ..learning.evaluation import Results
    from .jobs import Jobs
    from .session import Session

REDRAW = 1.0  # seconds between two drawings of the curves
HEADS = {"linear, on two looks at each picture (the best with few pictures)": LINEAR, "as in the article": ARTICLE}
TUNING = {"linear, and MobileNet learns, too (fine-tuning; about a minute, needs TensorFlow)": TUNED}


class Meter:
    """How far the work is, and how long the rest may take: a bar, and words beside it (notebook 07)."""

    def __init__(self) -> None:
        self.bar = widgets.IntProgress(min=0, max=1, layout={"width": "300px"})
        self.says = place()
        self._began, self._first, self._last = 0.0, 0, 0.0

    def start(self, total: int = 1, done: int = 0) -> None:
        """Begin to count (notebook 07)."""
        self.bar.value, self.bar.max, self.says.value = 0, total, ""
        self._began, self._first, self._last = time.monotonic(), done, 0.0

    def show(self, done: int, noun: str) -> bool:
        """Say how many are done, unless it has just been said (notebook 07). Returns whether it was said."""
        now, total = time.monotonic(), self.bar.max
        if done < total and now - self._last < REDRAW / 4:
            return False
        left = (now - self._began) / max(done - self._first, 1) * (total - done)
        self.bar.value, self._last = done, now
        self.says.value = f"{done} of {total} {noun}" + (f", {left:.0f} seconds left" if done < total else "")
        return True

    def clear(self) -> None:
        """Say nothing (notebook 07)."""
        self.bar.value, self.says.value = 0, ""


def _read(numbers: list[Number]) -> list[float]:
    """What was typed. Each field says by itself what is wrong with it."""
    read, wrong = [], []
    for number in numbers:
        try:
            read.append(number.read())
        except ValueError as error:
            log_error(error)
            wrong.append(number.text.description.rstrip(":"))
    if wrong:
        raise ValueError(f"nothing was trained. Mend the number of {', '.join(wrong)}, as is said below it.")
    return read


class Training(widgets.VBox):
    """Trains a session (notebook 07).

    Parameters
    ----------
    session : Session
        What to train.
    jobs : Jobs
        Where the work waits.
    on_results : callable
        Is called when training has ended, after the curves are drawn.
    """

    def __init__(self, session: Session, jobs: Jobs, on_results: Callable[[], None]) -> None:
        self.session, self.jobs, self._on_results = session, jobs, on_results
        self._phase, self._drawn, self._running = "", 0.0, threading.Event()
        session.listen(self.forget)
        self.heads = HEADS | (TUNING if has_keras() else {})
        self.head = widgets.Dropdown(
            options=list(self.heads), description="Head:", style=WIDE, layout={"width": "auto"}
        )
        self.epochs = Number("Epochs:", 20, 1, 10_000)
        self.rate = Number("Learning rate:", 1e-4, 0, 1)
        self.units = Number("Units:", 100, 1, 10_000)
        self.seed = Number("Seed:", 7, 0, 2**32 - 1)
        self.groups = widgets.Checkbox(True, description="Keep near-copies on one side", indent=False)
        self.known = widgets.Checkbox(True, description=f"Say “{NONE_OF_THESE}”", indent=False)
        self.known.tooltip = "Of a picture that is unlike all that it learned from. In the article, it always answers."
        self._follows, self._chosen_by_head = True, False
        self.known.observe(self._keep_choice, "value")
        self.article = row(self.epochs, self.rate, self.units)
        self.head.observe(self.show_settings, "value")
        self.show_settings()
        self.train_button = button("Train", self.train, "primary")
        self.stop_button = button("Stop", self.stop)
        self.stop_button.disabled = True
        self.meter = Meter()
        self.says = place()
        self.curves = widgets.HTML()
        super().__init__(
            [
                widgets.HTML("<h3>2 Train</h3>"),
                row(self.head, self.seed, self.groups, self.known),
                self.article,
                row(self.train_button, self.stop_button, self.meter.bar, self.meter.says),
                self.says,
                self.curves,
            ]
        )

    def show_settings(self, change: object = None) -> None:
        """Show only the settings that the chosen head has (notebook 07)."""
        self.article.layout.display = "none" if self.heads[self.head.value] == LINEAR else "flex"
        self.units.layout.display = "flex" if self.heads[self.head.value] == ARTICLE else "none"
        if self._follows:
            self._chosen_by_head = True
            self.known.value = self.heads[self.head.value] != ARTICLE
            self._chosen_by_head = False

    def _keep_choice(self, change: object) -> None:
        """What a person chose stays, whichever head comes next."""
        self._follows = self._follows and self._chosen_by_head

    def train(self) -> None:
        """Train with what the fields say (notebook 07). The notebook's own stop button ends it, too."""
        self.jobs.run(self.says, stoppable(self._job, self.stop), "Starting…")

    def stop(self) -> None:
        """Stop soon, and keep the best so far (notebook 07)."""
        self.stop_button.disabled = True
        if not self._running.is_set():  # it has just ended, and said so
            return
        self.says.value = note("Stopping…")  # first: what training says at its end comes after this
        self.session.stop()

    def forget(self) -> None:
        """Take back what is not so any more, since the pictures have changed (notebook 07)."""
        if self._running.is_set():
            return
        outdated = "The pictures have changed since the last training. Train again, to learn from them."
        self.says.value = note(outdated) if self.session.outdated else ""
        self.meter.clear()

    def _job(self) -> None:
        self.meter.start()
        self.curves.value, self._phase, self.stop_button.disabled = "", "", False
        self._running.set()
        try:
            results = self._train()
        except BaseException:
            self.meter.clear()
            raise
        finally:
            self._running.clear()
            self.stop_button.disabled = True
        if results.history:
            self._draw(results.history)
        done = f"Stopped; the best of {len(results.history['loss'])} epochs was kept" if results.stopped else "Done"
        self._on_results()
        self.says.value = note(f"{done}, after {results.seconds:.1f} seconds.")

    def _train(self) -> Results:
        head, groups = self.heads[self.head.value], self.groups.value
        fields = {LINEAR: [], TUNED: [self.epochs, self.rate], ARTICLE: [self.epochs, self.rate, self.units]}
        seed, *others = _read([self.seed, *fields[head]])
        epochs, rate, units = [*others, None, None, None][:3]
        return self.session.train(
            epochs if epochs is None else int(epochs),
            rate,
            units if units is None else int(units),
            int(seed),
            progress=self._progress,
            head=head,
            groups=groups,
            known=self.known.value,
        )

    def _progress(self, phase: str, done: int, total: int, history: dict[str, list[float]]) -> None:
        if phase != self._phase:
            self._phase = phase
            self.meter.start(total, done - 1)
            self.says.value = note("Reading the pictures…" if phase == "features" else "Training…")
        said = self.meter.show(done, "pictures" if phase == "features" else "epochs")
        if done == total and not self.session.stopped:
            self.says.value = note("Fitting the head…" if phase == "features" else "Judging…")
        late = done == total or (done > 1 and time.monotonic() - self._drawn > REDRAW)
        if said and history and late:
            self._draw(history)

    def _draw(self, history: dict[str, list[float]]) -> None:
        last = ", ".join(f"{name} {values[-1]:.3f}" for name, values in history.items())
        words = f"Loss and accuracy after each of {len(history['loss'])} epochs; at the end: {last}."
        self.curves.value = to_html(plot_history(SimpleNamespace(history=history)), words)
        self._drawn = time.monotonic()
