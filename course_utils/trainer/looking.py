"""Where a classifier looked in a picture, and what it is like, as HTML (notebook 07)."""

from __future__ import annotations

import base64
import io
from pathlib import Path
from typing import TYPE_CHECKING

from markupsafe import Markup
from PIL import Image

from ..files import log_error
from ..markup import render
from ..plots import heat_over
from .thumbnail import thumbnail

if TYPE_CHECKING:
    from ..export.prediction import Prediction
    from ..learning.heat import Heat
    from .session import Session

SIDE = 224  # pixels of the longer side on the page
NEAR = 72


def heat_picture(session: Session, path: Path, label: str | None = None) -> tuple[Markup, str]:
    """Lay over a picture what speaks for the classifier's answer, and what against it (notebook 07).

    Parameters
    ----------
    session : Session
        With a classifier.
    path : pathlib.Path
        A picture.
    label : str, optional
        One of the classes; unset, the most probable one.

    Returns
    -------
    (markupsafe.Markup, str)
        An ``<img>`` element that holds the picture itself, or words, if there is no heat to show; and what it is and
        is not.
    """
    template = Path(__file__).with_name("heat.html.j2")
    try:
        heat = session.heat(path, label)
    except ValueError as error:  # that it can't be read is one of these
        log_error(error)
        return render(template, problem=str(error)[:1].upper() + str(error)[1:]), ""
    scale = SIDE / max(heat.values.shape)
    height, width = (max(1, round(side * scale)) for side in heat.values.shape)
    return render(template, heat=heat, height=height, width=width, data=_embed(heat)), heat.note


def _embed(heat: Heat) -> str:
    """A JPEG file of the picture with heat over it, in the letters of a data address."""
    buffer = io.BytesIO()
    Image.fromarray(heat_over(heat.image, heat.values)).save(buffer, format="jpeg", quality=85)
    return base64.b64encode(buffer.getvalue()).decode()


def nearest_figures(session: Session, answer: Prediction) -> Markup:
    """Show the three nearest pictures that were learned from, small, each with its class and name (notebook 07).

    Parameters
    ----------
    session : Session
        With a classifier.
    answer : Prediction
        What it says of a picture.

    Returns
    -------
    markupsafe.Markup
        Nothing, if they are not here.
    """
    near = [
        (thumbnail(path, NEAR), label, path.name)
        for path, label in zip(session.nearest(answer), answer.neighbors, strict=False)
    ]
    return render(Path(__file__).with_name("nearest.html.j2"), near=near) if near else Markup()
