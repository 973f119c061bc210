"""Decode picture files of every kind that people bring: upright, RGB, 8 bits, within bounded memory."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image

FORMATS = ("JPEG", "MPO", "PNG", "GIF", "WEBP", "TIFF", "BMP", "AVIF", "HEIF", "ICO", "PPM")
MOST_PIXELS, MOST_PIXELS_HEAVY = 100_000_000, 50_000_000  # either way, less than 1 GB of memory
BAND = 256  # rows converted at a time, so that a large picture needs little more memory than its result


class UnreadableImageError(ValueError):
    """A picture that can't be read (notebook 07). The message names the file and the reason; so do its attributes."""

    def __init__(self, path: str | Path, reason: str) -> None:
        self.path, self.reason = Path(path), reason
        super().__init__(
            f"Can't read the picture {path}: {reason}. "
            "Check that the file exists and opens in a picture viewer, then try again or leave it out."
        )

    def __reduce__(self) -> tuple[type[UnreadableImageError], tuple[Path, str]]:
        return type(self), (self.path, self.reason)  # so that another process can send it


def open_image(path: str | Path) -> Image.Image:
    """Open a picture without decoding it, in one of ``FORMATS`` only. Raises what Pillow raises."""
    formats = _formats()
    if "HEIF" not in formats and Path(path).suffix.lower() in (".heic", ".heif"):
        raise ValueError("HEIC needs the package pillow-heif; install it, or export the picture as JPEG")
    return Image.open(path, formats=formats)


@cache
def _formats() -> list[str]:
    """The formats that this machine can read."""
    try:
        from pillow_heif import register_heif_opener  # the optional extra

        register_heif_opener()
    except ImportError:
        pass
    Image.init()
    return [name for name in FORMATS if name in Image.OPEN]


def most_pixels(picture: Image.Image) -> int:
    heavy = picture.format in ("WEBP", "AVIF", "HEIF") or (picture.format == "JPEG" and picture.mode == "CMYK")
    return MOST_PIXELS_HEAVY if heavy else MOST_PIXELS


def to_rgb(picture: Image.Image) -> np.ndarray:
    """Convert any mode to RGB, large pictures a band of rows at a time."""
    if picture.mode == "RGB" and not picture.has_transparency_data and picture.width * picture.height < 10_000_000:
        return np.array(picture)
    rgb = np.empty((picture.height, picture.width, 3), np.uint8)
    scale = _scale(picture)
    for top in range(0, picture.height, BAND):
        band = picture.crop((0, top, picture.width, min(top + BAND, picture.height)))
        if scale:
            values = np.nan_to_num(np.asarray(band, np.float32), posinf=scale)
            rgb[top : top + BAND] = (np.clip(values / scale, 0, 1) * 255).round()[..., np.newaxis]
            continue
        if band.has_transparency_data:
            band = band.convert("RGBA")
            band = Image.alpha_composite(Image.new("RGBA", band.size, "white"), band)
        rgb[top : top + BAND] = np.asarray(band.convert("RGB"))
    return rgb


def _scale(picture: Image.Image) -> float | None:
    """The value that means white in a gray picture with more than 8 bits; None for all others.

    Pillow's own conversion clips such a picture to white. 16-bit files say what white is; 32-bit ones don't, so
    the smallest usual one that holds all values is taken: 1 (floating-point numbers only), 255 or 65535.
    """
    if picture.mode.startswith("I;16"):
        return 65535
    if picture.mode not in ("I", "F"):
        return None
    largest = picture.getextrema()[1]
    assert not isinstance(largest, tuple), "gray has one band"
    usual = [255, 65535] if picture.mode == "I" else [1, 255, 65535]
    return next((white for white in usual if largest <= white), largest)


def orientation_of(picture: Image.Image) -> int:
    """The EXIF orientation, 1 to 8. Damaged EXIF data count as none."""
    try:
        return picture.getexif().get(0x0112, 1)
    except Exception:
        return 1


def upright(image: np.ndarray, orientation: int) -> np.ndarray:
    """Undo an EXIF orientation."""
    turns = {
        2: lambda a: a[:, ::-1],
        3: lambda a: a[::-1, ::-1],
        4: lambda a: a[::-1],
        5: lambda a: a.swapaxes(0, 1),
        6: lambda a: a[::-1].swapaxes(0, 1),
        7: lambda a: a[::-1, ::-1].swapaxes(0, 1),
        8: lambda a: a[:, ::-1].swapaxes(0, 1),
    }
    return np.ascontiguousarray(turns.get(orientation, lambda a: a)(image))
