"""Tells in the page when the kernel is gone, and the trainer with it (notebook 07)."""

from __future__ import annotations

import anywidget
import traitlets

from ..browser.scripts import join_modules
from .arrivals import KEPT


class KernelWatch(anywidget.AnyWidget):
    """Empty, until the kernel is restarted, shut down or dead: then it says how to go on (notebook 07).

    JupyterLab and Jupyter Notebook tell the page of it. Elsewhere, it stays empty.
    """

    _esm = join_modules("widgets/kernel.js")
    kept = traitlets.Unicode(KEPT).tag(sync=True)
