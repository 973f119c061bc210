"""The square that the network sees, small (notebook 07)."""

from __future__ import annotations

import base64
import io
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

from ..markup import render
from ..pictures.decode import loaded
from ..pictures.pipeline import crop_image, resize_image
from ..pictures.unreadable import UnreadableImageError

if TYPE_CHECKING:
    from markupsafe import Markup

TEMPLATE = Path(__file__).with_name("thumbnail.html.j2")


@lru_cache(maxsize=2000)
def small_jpeg(path: Path, size: int) -> bytes:
    """Make a JPEG file of a picture's central square (notebook 07).

    Parameters
    ----------
    path : pathlib.Path
        A picture.
    size : int
        Width and height in pixels.

    Raises
    ------
    UnreadableImageError
        If the picture can't be read.
    """
    with loaded(path, at_least=2 * size) as image:
        square = resize_image(crop_image(image), size)
    buffer = io.BytesIO()
    Image.fromarray(square).save(buffer, format="jpeg", quality=85)
    return buffer.getvalue()


def thumbnail(path: Path, size: int = 56) -> Markup:
    """Write a picture's central square as HTML (notebook 07).

    Parameters
    ----------
    path : pathlib.Path
        A picture.
    size : int
        Width and height in pixels.

    Returns
    -------
    markupsafe.Markup
        An ``<img>`` element that holds the picture itself; or words, if the picture can't be read.
    """
    try:
        data = base64.b64encode(small_jpeg(path, size)).decode()
    except UnreadableImageError as error:  # the check of the pictures and the report of training name it as well
        return render(TEMPLATE, name=path.name, problem=error.reason)
    return render(TEMPLATE, name=path.name, size=size, data=data)
