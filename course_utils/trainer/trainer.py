"""A session that a notebook shows as a widget (notebook 07)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .session import Session

if TYPE_CHECKING:
    from .view import TrainerView


class Trainer(Session):
    """Train a classifier on your own pictures (notebook 07). At the end of a cell, it is shown as a widget.

    Attributes
    ----------
    results : Results or None
        What the last training gave.
    classifier : Classifier or None
        What the last training made, or what was loaded.

    Examples
    --------
    >>> from course_utils import colors_folder
    >>> trainer = Trainer()
    >>> trainer.add(colors_folder())
    Nothing was found.
    >>> trainer.training.classes, len(trainer.validation.paths)
    (('blue', 'red'), 2)
    """

    def __init__(self) -> None:
        super().__init__()
        self._views: list[TrainerView] = []

    def close(self) -> None:
        """Stop what is going on, and close the widget (notebook 07)."""
        self.stop()
        while self._views:
            self._views.pop().close()

    def _ipython_display_(self) -> None:
        from IPython.display import display

        from .view import TrainerView

        view = TrainerView(self)
        self._views.append(view)
        display(view)
