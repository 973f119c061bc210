"""The trainer as a widget: five steps from top to bottom, each with its own messages (notebook 07)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import ipywidgets as widgets

from ..markup import render
from .collection import Collection
from .jobs import Jobs
from .judgement import Judgement
from .keeping import Keeping
from .kernel import KernelWatch
from .training import Training
from .trial import Trial

if TYPE_CHECKING:
    from .session import Session


class TrainerView(widgets.VBox):
    """Shows a session and drives it (notebook 07).

    Attributes
    ----------
    collection, training, judgement, trial, keeping : ipywidgets.VBox
        The five steps.
    jobs : Jobs
        The work that takes long.
    """

    def __init__(self, session: Session) -> None:
        self.session, self.jobs = session, Jobs()
        self.collection = Collection(session, self.jobs)
        self.training = Training(session, self.jobs, self.show_results)
        self.judgement = Judgement(session, self.jobs)
        self.trial = Trial(session, self.jobs)
        self.keeping = Keeping(session, self.jobs, self.trial.drop.download)
        style = widgets.HTML(render(Path(__file__).with_name("style.html.j2")))
        super().__init__(
            [style, KernelWatch(), self.collection, self.training, self.judgement, self.trial, self.keeping]
        )
        self.add_class("trainer")

    def show_results(self) -> None:
        """Show what the last training gave, and offer its pictures to try (notebook 07)."""
        self.judgement.show()
        self.trial.offer()

    def close(self) -> None:
        """Stop the work, forget what waits, and close (notebook 07)."""
        self.jobs.close()
        self.session.stop()
        super().close()
