"""Step 3: what the validation pictures say of the classifier (notebook 07)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import ipywidgets as widgets
from markupsafe import Markup

from ..markup import render
from ..plots import plot_confusion, to_html
from .thumbnail import thumbnail

if TYPE_CHECKING:
    from .session import Session


SHOWN, OF_EACH = 6, 5  # groups of near-copies, and pictures of each


class Judgement(widgets.VBox):
    """Shows the results of a session (notebook 07)."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.says = widgets.HTML()
        super().__init__([widgets.HTML("<h3>3 Judge</h3>"), self.says])
        self.show()

    def show(self) -> None:
        """Show how many are right, what that is worth, and the mistakes (notebook 07)."""
        results = self.session.results
        if results is None:
            self.says.value = "<p>Train first.</p>"
            return
        count, confusion = len(results.predicted), ""
        if count:
            figure = plot_confusion(results.validation.labels, results.predicted, results.classes)
            confusion = Markup(to_html(figure, f"Confusion matrix: {results.right} of {count} right."))
        self.says.value = render(
            Path(__file__).with_name("judgement.html.j2"),
            results=results,
            count=count,
            confusion=confusion,
            mistakes=[(mistake, thumbnail(mistake.path, 112)) for mistake in results.mistakes],
            groups=[(list(map(thumbnail, group[:OF_EACH])), len(group[OF_EACH:])) for group in results.groups[:SHOWN]],
            noticed=Markup(results.report._repr_html_()) if results.report else "",
        )
