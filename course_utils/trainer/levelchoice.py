"""Which level of folders names the classes: asked, where two could (notebook 07)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import ipywidgets as widgets

from ..pictures.levels import in_words
from ..pictures.parts import read_levels
from .controls import WIDE, button


class LevelChoice(widgets.HBox):
    """Shows both readings of the folders that were brought last, and reads them anew (notebook 07).

    Parameters
    ----------
    read : callable
        Is given the place and the level that was chosen.
    """

    def __init__(self, read: Callable[[Path, int], None]) -> None:
        self._read, self._place = read, Path()
        self.level = widgets.Dropdown(description="Folders lie in folders. The classes are:", style=WIDE)
        self.level.layout.width = "auto"
        super().__init__([self.level, button("Read them so", self.read)])
        self.layout.display = "none"

    def offer(self, place: Path) -> None:
        """Ask, if two levels of folders could name the classes of what was brought; else be hidden (notebook 07)."""
        levels = read_levels(place)
        self._place = place
        self.level.index = None  # so that the browser hears of the new choice
        self.level.options = [(f"{in_words(classes)} (level {level})", level) for level, classes in levels.items()]
        self.level.index = 0 if levels else None
        self.layout.display = "flex" if len(levels) > 1 else "none"

    def read(self) -> None:
        """Read what was brought with the level that is chosen (notebook 07)."""
        self._read(self._place, self.level.value)
