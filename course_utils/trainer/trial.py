"""Step 4: try the classifier on a picture (notebook 07)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import ipywidgets as widgets

from ..files import log_error
from ..markup import render
from ..pictures.unreadable import UnreadableImageError
from .controls import WIDE, button, row
from .dropzone import Dropzone
from .live import UNLIKE, Live, verdict
from .looking import heat_picture, nearest_figures
from .messages import alert, place
from .recorder import Recorder
from .thumbnail import thumbnail

if TYPE_CHECKING:
    from .jobs import Jobs
    from .session import Session


class Trial(widgets.VBox):
    """Says what the classifier of a session sees in a picture (notebook 07)."""

    def __init__(self, session: Session, jobs: Jobs) -> None:
        self.session, self.jobs = session, jobs
        self.drop = Dropzone(self.classify, "Drop a picture here, and see what the classifier says", folders=False)
        self.path = widgets.Dropdown(description="Or a validation picture:", style=WIDE)
        self.live = Live(session.predict, session.nearest)
        self.recorder = Recorder(lambda path, _: self.classify([path]), asks=False)
        self.says = place()
        super().__init__(
            [
                widgets.HTML("<h3>4 Try</h3>"),
                self.drop,
                row(self.path, button("Try it", self.try_one)),
                self.live,
                self.recorder,
                self.says,
            ]
        )
        self.offer()

    def offer(self) -> None:
        """Offer the validation pictures of the last training (notebook 07)."""
        judged = self.session.results.validation if self.session.results else self.session.validation
        self.path.index = None  # so that the browser hears of the new choice
        self.path.options = [(path.name, path) for path in judged.paths]
        self.path.index = 0 if judged.paths else None

    def try_one(self) -> None:
        """Classify the picture that the list shows (notebook 07)."""
        if self.path.value is None:
            self.says.value = alert("there are no validation pictures; drop a picture above")
        else:
            self.classify([self.path.value])

    def classify(self, paths: list[Path]) -> None:
        """Say of each picture how probable the classes are (notebook 07)."""

        def job() -> None:
            answers, problems = [], []
            for path in paths:
                try:
                    answer = self.session.predict(path)
                    heat = heat_picture(self.session, path)
                    answers.append(
                        (path.name, thumbnail(path, 224), answer, nearest_figures(self.session, answer), heat)
                    )
                except UnreadableImageError as error:
                    log_error(error)
                    problems.append(alert(str(error)))
            template = Path(__file__).with_name("trial.html.j2")
            self.says.value = render(template, answers=answers, problems=problems, verdict=verdict, unlike=UNLIKE)

        self.jobs.run(self.says, job, "Looking…")
