"""Keys that are typed in the trainer are not Jupyter's (notebook 07)."""

from __future__ import annotations

import anywidget

from ..browser.scripts import join_modules


class Keys(anywidget.AnyWidget):
    """Keeps what is typed in the trainer from Jupyter's shortcuts; Escape goes back to the cell (notebook 07)."""

    _esm = join_modules("widgets/keys.js")
