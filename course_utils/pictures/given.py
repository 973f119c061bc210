"""Pictures that are not in a file yet: bytes, what Pillow holds, and arrays (notebook 10)."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import Image

from .unreadable import UnreadableImageError

Given = str | Path | bytes | Image.Image | np.ndarray


@contextmanager
def as_file(picture: Given) -> Iterator[Path]:
    """Give a picture as a file, written for a moment if there is none, so that each is read by the same steps.

    Parameters
    ----------
    picture : str, Path, bytes, PIL.Image.Image or numpy.ndarray
        A picture file, ``~`` being the home folder; what such a file holds; an image of Pillow; or an array
        ``(height, width)``, ``(height, width, 3)`` or ``(height, width, 4)``, uint8: gray, RGB or RGB with alpha.

    Raises
    ------
    ValueError
        If it is none of these.
    UnreadableImageError
        From what is done with the file: it speaks of what was given, not of that file.
    """
    if isinstance(picture, str | Path):
        yield Path(picture).expanduser()
        return
    if not isinstance(picture, bytes | bytearray | memoryview | Image.Image | np.ndarray):
        kinds = "the path of a picture, its bytes, an image of Pillow or an array (height, width, 3)"
        raise ValueError(f"got {type(picture).__name__}; expected {kinds}")
    with tempfile.TemporaryDirectory() as folder:
        path, what = _write(picture, Path(folder, "picture"))
        try:
            yield path
        except UnreadableImageError as error:
            raise UnreadableImageError(what, error.reason) from error


def _write(picture: bytes | Image.Image | np.ndarray, path: Path) -> tuple[Path, str]:
    """Write a picture without loss; its path, and what it is in words."""
    if isinstance(picture, bytes | bytearray | memoryview):
        path.write_bytes(picture)
        return path, f"given as {len(picture)} bytes"
    image = picture if isinstance(picture, Image.Image) else Image.fromarray(_checked(picture))
    exif, profile = image.getexif(), image.info.get("icc_profile")
    if image.mode in ("HSV", "La", "RGBa"):  # TIFF has no such modes
        image = image.convert({"La": "LA", "RGBa": "RGBA"}.get(image.mode, "RGB"))
    image.save(path, "TIFF", exif=exif, **({"icc_profile": profile} if profile else {}))
    return path, f"given as {type(picture).__name__}"


def _checked(array: np.ndarray) -> np.ndarray:
    """An array that is a picture: gray, RGB or with alpha, in uint8."""
    plain = array[..., 0] if array.ndim == 3 and array.shape[-1] == 1 else array
    fits = plain.ndim == 2 or (plain.ndim == 3 and plain.shape[-1] in (3, 4))
    if not fits or 0 in plain.shape or plain.dtype != np.uint8:
        raise ValueError(
            f"got an array of shape {array.shape}, {array.dtype}; expected (height, width, 3), uint8 from 0 to 255, as "
            "load_image returns it"
        )
    return plain
