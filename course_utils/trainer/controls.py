"""Buttons, fields and rows, all made alike (notebook 07)."""

from __future__ import annotations

from collections.abc import Callable

import ipywidgets as widgets

WIDE = {"description_width": "initial"}


def button(words: str, action: Callable[[], None], style: str = "") -> widgets.Button:
    """Make a button as wide as its words (notebook 07)."""
    made = widgets.Button(description=words, button_style=style, layout={"width": "auto"})
    made.on_click(lambda _: action())
    return made


def field(description: str, value: str = "", hint: str = "", **layout: str) -> widgets.Text:
    """Make a field for text, with its whole description beside it (notebook 07)."""
    return widgets.Text(value, description=description, placeholder=hint, style=WIDE, layout=layout)


def row(*children: widgets.Widget) -> widgets.HBox:
    """Put widgets side by side, in several lines where there is no room (notebook 07)."""
    return widgets.HBox(children, layout={"flex_flow": "row wrap", "align_items": "center"})
