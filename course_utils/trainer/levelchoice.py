"""What names the classes: asked, where it is not clear (notebook 07)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import ipywidgets as widgets

from .controls import WIDE, button, field, row
from .reading import Way, ways_to_read
from .sources import Source


class LevelChoice(widgets.VBox):
    """Shows how what was brought last could be read, and reads it anew (notebook 07).

    Parameters
    ----------
    read : callable
        Is given the place, and the label or the level that was chosen.
    """

    def __init__(self, read: Callable[[Path | list[Path], str | None, int | None], None]) -> None:
        self._read = read
        self._place: Path | list[Path] = Path()
        self._ways: list[Way] = []
        self.level = widgets.Dropdown(description="The classes are:", style=WIDE)
        self.level.layout.width = "auto"
        self.label = field("Class:", hint="what all of them show")
        self.level.observe(self._show_label, "value")
        super().__init__([row(self.level, self.label, button("Read them so", self.read))])
        self.layout.display = "none"

    def offer(self, sources: Sequence[Source]) -> None:
        """Ask about the last of what was brought, if it could be read otherwise; else be hidden (notebook 07)."""
        self._ways = []
        for source in sources:
            if ways := _ways(source):
                self._place, self._ways = source.place, ways
        self.level.index = None  # so that the browser hears of the new choice
        self.level.options = [(way.words, place) for place, way in enumerate(self._ways)]
        self.level.index = 0 if self._ways else None
        self.layout.display = "flex" if self._ways else "none"

    def _show_label(self, change: object = None) -> None:
        way = self._ways[self.level.value] if self.level.value is not None else Way("")
        self.label.value = way.label or ""
        self.label.layout.display = "none" if way.label is None else "flex"

    def read(self) -> None:
        """Read what was brought in the way that is chosen (notebook 07)."""
        way = self._ways[self.level.value]
        self._read(self._place, self.label.value if way.label is not None else None, way.level)


def _ways(source: Source) -> list[Way]:
    try:
        return ways_to_read(source.place, source.label)
    except (ValueError, OSError):  # adding it has said why it can't be read
        return []
