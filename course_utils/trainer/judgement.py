"""Step 3: what the validation pictures say of the classifier (notebook 07)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import ipywidgets as widgets
from markupsafe import Markup

from ..markup import render
from ..pictures.groups import noun_for
from ..plots import plot_confusion, to_html
from .controls import button, row
from .messages import note, place
from .mistakes import Mistakes
from .prospect import Prospect
from .thumbnail import thumbnail

if TYPE_CHECKING:
    from ..learning.evaluation import Results
    from .jobs import Jobs
    from .session import Session

SHOWN, OF_EACH = 6, 5  # groups of near-copies, and pictures of each
REFUSED = 24  # pictures that are shown of those that are none of these


class Judgement(widgets.VBox):
    """Shows the results of a session (notebook 07)."""

    def __init__(self, session: Session, jobs: Jobs) -> None:
        self.session, self.jobs = session, jobs
        self.age, self.says, self.test_says = place(), widgets.HTML(), place()
        self.ask = row(button("Judge by the test pictures, once", self.judge_test))
        self.prospect = Prospect(session, jobs)
        self.mistakes, self.test_mistakes = Mistakes(session, jobs), Mistakes(session, jobs)
        asked = [self.ask, self.test_says, self.test_mistakes, self.prospect]
        super().__init__([widgets.HTML("<h3>3 Judge</h3>"), self.age, self.says, self.mistakes, *asked])
        self.show()
        session.listen(self.show_age)

    def show_age(self) -> None:
        """Say that the pictures have changed since, if they have (notebook 07)."""
        old = "What follows was so before the pictures changed. Train again, to judge what they give now."
        self.age.value = note(old) if self.session.outdated else ""

    def show(self) -> None:
        """Show how many are right, what that is worth, and the mistakes (notebook 07)."""
        results = self.session.results
        self.show_age()
        self.ask.layout.display = "flex" if results and self.session.test.paths else "none"
        self.test_says.value = ""
        self.prospect.show()
        self.says.value = _in_words(results) if results else "<p>Train first.</p>"
        self.mistakes.show(results.mistakes if results else [])
        self.test_mistakes.show([])

    def judge_test(self) -> None:
        """Judge by the third part of the pictures, which were kept apart so far (notebook 07)."""

        def job() -> None:
            results = self.session.judge_test()
            self.test_says.value = Markup("<h4>On the test pictures</h4>") + _in_words(results, test=True)
            self.test_mistakes.show(results.mistakes)

        self.jobs.run(self.test_says, job, "Looking…")


def _in_words(results: Results, test: bool = False) -> Markup:
    """How many are right, what that is worth, and the mistakes, as HTML."""
    count, confusion = len(results.predicted), ""
    if count:
        figure = plot_confusion(results.validation.labels, results.predicted, results.classes)
        confusion = Markup(
            to_html(figure, f"{results.right} of {count} right, and which classes were taken for which.")
        )
    return render(
        Path(__file__).with_name("judgement.html.j2"),
        results=results,
        test=test,
        count=count,
        noun=noun_for(results.validation.paths),
        confusion=confusion,
        refused=[thumbnail(path) for path in results.refused[:REFUSED]],
        groups=[(list(map(thumbnail, group[:OF_EACH])), len(group[OF_EACH:])) for group in results.groups[:SHOWN]],
        noticed=Markup(results.report._repr_html_()) if results.report else "",
    )
