"""Messages of the widget, which a screen reader reads out when they change (notebook 07)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import ipywidgets as widgets

from ..markup import render

if TYPE_CHECKING:
    from markupsafe import Markup

TEMPLATE = Path(__file__).with_name("message.html.j2")


def place() -> widgets.HTML:
    """Make a place for messages (notebook 07)."""
    made = widgets.HTML()
    made.add_class("trainer-says")
    return made


def note(words: str) -> Markup:
    """Write what goes on (notebook 07)."""
    return render(TEMPLATE, words=words, error=False)


def alert(words: str) -> Markup:
    """Write what went wrong (notebook 07). It begins with a capital."""
    return render(TEMPLATE, words=words[:1].upper() + words[1:], error=True)
