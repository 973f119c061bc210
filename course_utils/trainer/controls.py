"""Buttons, fields and rows, all made alike (notebook 07)."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from contextvars import ContextVar

import ipywidgets as widgets

from .messages import alert, place

WIDE = {"description_width": "initial"}
PRESSED: ContextVar[Once | None] = ContextVar("PRESSED", default=None)  # whose action goes on in this thread


class Once(widgets.Button):
    """A button that is deaf while the work that it began waits or goes on (notebook 07)."""

    def __init__(self, **options: object) -> None:
        super().__init__(**options)
        self.disabled = False

    def begin(self) -> None:
        """Be deaf, and look so (notebook 07)."""
        self.disabled = True

    def end(self) -> None:
        """Hear again (notebook 07)."""
        self.disabled = False

    def press(self, action: Callable[[], None]) -> None:
        """Act, unless the work of the last press is not done yet (notebook 07)."""
        if self.disabled:
            return
        before = PRESSED.set(self)
        try:
            action()
        finally:
            PRESSED.reset(before)


def button(words: str, action: Callable[[], None], style: str = "") -> Once:
    """Make a button as wide as its words (notebook 07)."""
    made = Once(description=words, button_style=style, layout={"width": "auto"})
    made.on_click(lambda _: made.press(action))
    return made


def field(description: str, value: str = "", hint: str = "", **layout: str) -> widgets.Text:
    """Make a field for text, with its whole description beside it (notebook 07)."""
    return widgets.Text(value, description=description, placeholder=hint, style=WIDE, layout=layout)


def row(*children: widgets.Widget) -> widgets.HBox:
    """Put widgets side by side, in several lines where there is no room (notebook 07)."""
    return widgets.HBox(children, layout={"flex_flow": "row wrap", "align_items": "center"})


class Number(widgets.VBox):
    """A field for a number, which says below it what is wrong with what was typed (notebook 07).

    Parameters
    ----------
    description : str
        What stands before it.
    value : int or float
        What stands in it at first, and is named as an example. Where it is whole, a whole number is expected.
    lowest, highest : int or float
        What is expected, at least and at most. A number that is not whole must be above ``lowest``.
    """

    def __init__(self, description: str, value: float, lowest: float, highest: float) -> None:
        self.usual, self.lowest, self.highest = value, lowest, highest
        self.text = field(description, str(value), width="190px")
        self.text.continuous_update = False
        self.says = place()
        self.text.observe(self._check, "value")
        super().__init__([self.text, self.says])

    def read(self) -> float:
        """The number that was typed (notebook 07).

        Raises
        ------
        ValueError
            If it is none, or none that makes sense. The field says so, too.
        """
        self._check()
        return self._parse()

    def _check(self, change: object = None) -> None:
        try:
            self._parse()
            self.says.value = ""
        except ValueError as error:
            self.says.value = alert(f"{error}.")

    def _parse(self) -> float:
        typed, whole = self.text.value.strip(), isinstance(self.usual, int)
        kind = "a whole number from" if whole else "a number above"
        to = "to" if whole else "and at most"
        expected = f"expected {kind} {self.lowest} {to} {self.highest}, such as {self.usual}"
        if not typed:
            raise ValueError(f"the field is empty; {expected}")
        if not whole and re.fullmatch(r"\d*,\d+", typed):
            raise ValueError(f"got {typed!r}; {expected}. Write {typed.replace(',', '.')}, with a point")
        try:
            number = int(typed) if whole else float(typed)
        except ValueError:
            raise ValueError(f"got {typed!r}; {expected}") from None
        fits = self.lowest <= number if whole else self.lowest < number
        if "_" in typed or not math.isfinite(number) or not fits or number > self.highest:
            raise ValueError(f"got {typed!r}; {expected}")
        return number
