"""The pictures that were taken for something else, and where the classifier looked in them (notebook 07)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import ipywidgets as widgets
from markupsafe import Markup

from ..markup import render
from ..pictures.unreadable import UnreadableImageError
from .controls import row
from .looking import heat_picture, nearest_figures
from .messages import place
from .thumbnail import thumbnail

if TYPE_CHECKING:
    from ..learning.evaluation import Mistake
    from .jobs import Jobs
    from .session import Session

SEEN = 24  # mistakes that are shown with heat: the page grows by a picture for each


class Mistakes(widgets.VBox):
    """Lists mistakes; with a check mark, beside each where the classifier looked, and what it is like (notebook 07)."""

    def __init__(self, session: Session, jobs: Jobs) -> None:
        self.session, self.jobs = session, jobs
        self._mistakes: list[Mistake] = []
        self.look = widgets.Checkbox(False, description="Where does it look?", indent=False)
        self.look.tooltip = "Shows which places spoke for the wrong answer, and the nearest training pictures."
        self.says, self.list = place(), widgets.HTML()
        super().__init__([row(widgets.HTML("The mistakes:"), self.look), self.says, self.list])
        self.show([])
        self.look.observe(self.show_heat, "value")

    def show(self, mistakes: Sequence[Mistake]) -> None:
        """List these mistakes, without heat (notebook 07)."""
        self._mistakes, self.look.value = list(mistakes), False
        self.layout.display = "flex" if mistakes else "none"
        self.says.value, self.list.value = "", self._in_words()

    def show_heat(self, change: object = None) -> None:
        """Show where the classifier looked in each mistake, or not any more, as the check mark says (notebook 07)."""
        if not self.look.value:
            self.says.value, self.list.value = "", self._in_words()
            return
        wanted = self._mistakes

        def job() -> None:
            classifier = self.session.classifier
            if classifier is None or self.session.loaded:
                raise ValueError("the classifier now is one from a file; train again, to see where yours looks")
            told = self._in_words([self._see(mistake) for mistake in wanted[:SEEN]], classifier.heat_note())
            if self.look.value and wanted is self._mistakes:  # nothing else was asked for since
                self.list.value = told
            self.says.value = ""

        self.jobs.run(self.says, job, "Looking…")

    def _see(self, mistake: Mistake) -> tuple[Markup, Markup]:
        """Where it looked, and the nearest training pictures."""
        heat, _ = heat_picture(self.session, mistake.path, mistake.predicted)
        try:
            return heat, nearest_figures(self.session, self.session.predict(mistake.path))
        except UnreadableImageError:  # it has gone since, as is said in the place of the heat
            return heat, Markup()

    def _in_words(self, seen: Sequence[tuple[Markup, Markup]] = (), heat_note: str = "") -> Markup:
        """A row for each; of those that were seen, with what was."""
        return render(
            Path(__file__).with_name("mistakes.html.j2"),
            mistakes=[(mistake, thumbnail(mistake.path, 112)) for mistake in self._mistakes],
            seen=seen,
            note=heat_note,
        )
