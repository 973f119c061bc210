"""A part of step 3: would more pictures help? (notebook 07)."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import ipywidgets as widgets

from ..learning.curves import FEWEST
from ..plots import plot_learning_curve, to_html
from .controls import button, row
from .fitting import LINEAR
from .interrupts import stoppable
from .messages import note, place
from .training import Meter

if TYPE_CHECKING:
    from ..learning.curves import LearningCurve
    from .jobs import Jobs
    from .session import Session


class Prospect(widgets.VBox):
    """Shows the learning curve of a session, and what twice as many pictures would bring (notebook 07)."""

    def __init__(self, session: Session, jobs: Jobs) -> None:
        self.session, self.jobs = session, jobs
        self._phase, self._asked_at = "", 0  # how many steps there were when the curve was drawn
        self.meter, self.says, self.figure = Meter(), place(), widgets.HTML()
        self.ask_button = button("Would more pictures help?", self.ask)
        self.stop_button = button("Stop", self.stop)
        self.buttons = row(self.ask_button, self.stop_button, self.meter.bar, self.meter.says)
        self.working = [self.stop_button, self.meter.bar, self.meter.says]
        super().__init__([self.buttons, self.says, self.figure])
        self._show_work(False)
        self.show()
        session.listen(self.show)

    def show(self) -> None:
        """Offer the question where there is an answer, and say when the answer is outdated (notebook 07)."""
        counts = Counter(self.session.training.labels).values()
        enough = sum(count >= FEWEST for count in counts) > 1
        self.buttons.layout.display = "flex" if self.session.results and enough else "none"
        if not self.session.pictures:
            self.says.value = self.figure.value = ""
        elif self.figure.value and len(self.session.steps) != self._asked_at:
            self.says.value = note("The pictures have changed since this was drawn. Ask again.")

    def ask(self) -> None:
        """Draw the curve of the pictures that are here (notebook 07). The notebook's own stop button ends it, too."""
        self.jobs.run(self.says, stoppable(self._job, self.stop), "Starting…")

    def stop(self) -> None:
        """Stop soon (notebook 07)."""
        self.session.stop()

    def _job(self) -> None:
        asked_at, self._phase, self.figure.value = len(self.session.steps), "", ""
        self._show_work(True)
        try:
            curve = self.session.learning_curve(self._progress)
        finally:
            self._show_work(False)
        self.figure.value, self._asked_at = to_html(plot_learning_curve(curve), in_words(curve)), asked_at
        results = self.session.results
        other = "" if results is None or results.head == LINEAR else " These are the answers of a linear head."
        self.says.value = note(f"{curve}{other}")
        self.show()

    def _show_work(self, going_on: bool) -> None:
        self.meter.start()
        for one in self.working:
            one.layout.display = None if going_on else "none"

    def _progress(self, phase: str, done: int, total: int, history: object) -> None:
        if phase != self._phase:
            self._phase = phase
            self.meter.start(total, done - 1)
            self.says.value = note("Reading the pictures…" if phase == "features" else "Learning from few, then more…")
        self.meter.show(done, "pictures" if phase == "features" else "draws")


def in_words(curve: LearningCurve) -> str:
    """What the figure shows, for those who can't see it (notebook 07)."""
    means = ", ".join(f"{count} pictures {mean:.0%}" for count, mean in zip(curve.counts, curve.mean, strict=True))
    low, middle, high = curve.twice
    twice = f"predicted with {2 * curve.counts[-1]}: {middle:.0%}, or {low:.0%} to {high:.0%}"
    return f"Accuracy against the number of pictures of each class to learn from: {means}; {twice}."
