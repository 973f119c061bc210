"""One HTML file that trains a classifier in any browser: the article's tool, brought home (notebook 12).

It carries MobileNet's weights, JavaScript from ``browser/``, and the page that classifies, to be filled in.
"""

from __future__ import annotations

import gzip
from pathlib import Path

from ..network.weights import choose_weights, fold_weights, read_weights
from .card import words_for_pages
from .webpage import fill_page, keep_page, pack_network

TITLE = "Train an image classifier"


def write_studio(path: str | Path, weights: str | None = None, offline: bool = False) -> Path:
    """Write the page that trains: bring pictures, train, judge, try and keep, without Python and without a network.

    Parameters
    ----------
    path : str or Path
        An HTML file to write, such as ``my-page.html``; with ``offline``, a folder. What was there before is replaced
        when all is written.
    weights : str, optional
        ``published`` or ``practice``, as for ``read_weights``. Of practice weights, the page says so.
    offline : bool
        Write a folder for a web host instead, as ``Classifier.save_page`` does.

    Returns
    -------
    pathlib.Path
        The file, or the folder.

    Raises
    ------
    AssetError
        If the published weights are asked for and can't be had.
    OSError
        If it can't be written.
    ValueError
        If there are no weights of this name.
    """
    chosen = choose_weights(weights)
    network, numbers = pack_network(fold_weights(read_weights(chosen)))
    about = {"weights": chosen, "card": words_for_pages(chosen), "network": network, "head": []}
    blank = gzip.compress(fill_page("classify.js", "", {}, b"", examples=b""), mtime=0)
    html = fill_page("studio.js", TITLE, about, numbers, offline, page=blank)
    return keep_page(Path(path), html, TITLE, offline)
