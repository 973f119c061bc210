"""From a file to what MobileNet reads, in four steps: load, crop, resize, batch (notebook 03)."""

from pathlib import Path

import numpy as np
from PIL import Image, ImageOps


class UnreadableImageError(ValueError):
    """A picture that can't be read. The message names the file and the reason."""


def load_image(path: str | Path) -> np.ndarray:
    """Read a picture as it is meant to be seen (notebook 03).

    Parameters
    ----------
    path : str or Path
        A picture file in any format and mode that Pillow reads. Transparent parts become white.

    Returns
    -------
    numpy.ndarray
        Shape ``(height, width, 3)``, uint8, RGB, upright: the EXIF orientation is applied.

    Raises
    ------
    UnreadableImageError
        If the file is missing, is no picture, or is damaged.
    """
    try:
        with Image.open(path) as picture:
            picture.load()
            upright = ImageOps.exif_transpose(picture)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise UnreadableImageError(
            f"Can't read the picture {path}: {error}. "
            "Check that the file exists and opens in a picture viewer, then try again or leave it out."
        ) from error
    if upright.mode.startswith(("I", "F")):
        upright = _to_8_bit(upright)
    if upright.has_transparency_data:
        upright = upright.convert("RGBA")
        upright = Image.alpha_composite(Image.new("RGBA", upright.size, "white"), upright)
    return np.asarray(upright.convert("RGB"))


def _to_8_bit(picture: Image.Image) -> Image.Image:
    """Scale a 16-bit or floating-point gray picture to 0..255: Pillow's own conversion clips it to white."""
    values = np.asarray(picture, dtype=np.float64)
    top = 65535 if values.max() > 255 else 255 if values.max() > 1 or picture.mode != "F" else 1
    return Image.fromarray(np.clip(values / top * 255, 0, 255).round().astype(np.uint8))


def crop_image(image: np.ndarray) -> np.ndarray:
    """Cut the square at the center, with the shorter side as its size (notebook 03).

    Parameters
    ----------
    image : numpy.ndarray
        Shape ``(height, width, channels)``.

    Returns
    -------
    numpy.ndarray
        Shape ``(side, side, channels)``, where ``side = min(height, width)``. When the margin is odd,
        the extra row or column is dropped at the bottom or right.

    Examples
    --------
    >>> crop_image(np.zeros((500, 356, 3), np.uint8)).shape
    (356, 356, 3)
    """
    _require_image(image)
    height, width = image.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    return image[top : top + side, left : left + side]


def resize_image(image: np.ndarray, size: int = 224) -> np.ndarray:
    """Resize to ``size`` by ``size`` pixels, averaging so that fine detail doesn't alias (notebook 03).

    Parameters
    ----------
    image : numpy.ndarray
        Shape ``(height, width, 3)``, uint8. A picture that isn't square is squashed.
    size : int
        Side of the result in pixels. MobileNet 0.25/224 reads 224.

    Returns
    -------
    numpy.ndarray
        Shape ``(size, size, 3)``, uint8.

    Examples
    --------
    >>> resize_image(np.zeros((356, 356, 3), np.uint8)).shape
    (224, 224, 3)
    """
    _require_image(image)
    return np.asarray(Image.fromarray(image).resize((size, size), Image.Resampling.BILINEAR))


def batch_image(image: np.ndarray) -> np.ndarray:
    """Make a batch of one and scale 0..255 to -1..1 (notebook 03).

    Parameters
    ----------
    image : numpy.ndarray
        Shape ``(height, width, 3)``, values 0 to 255.

    Returns
    -------
    numpy.ndarray
        Shape ``(1, height, width, 3)``, float32, values -1 to 1.

    Examples
    --------
    >>> batch_image(np.full((1, 1, 3), 255, np.uint8)).tolist()
    [[[[1.0, 1.0, 1.0]]]]
    """
    _require_image(image)
    return image[np.newaxis].astype(np.float32) / 127.5 - 1


def load_and_process_image(path: str | Path) -> np.ndarray:
    """Load, crop, resize and batch one picture (notebook 03).

    Parameters
    ----------
    path : str or Path
        A picture file.

    Returns
    -------
    numpy.ndarray
        Shape ``(1, 224, 224, 3)``, float32, values -1 to 1.

    Raises
    ------
    UnreadableImageError
        If the file can't be read.
    """
    return batch_image(resize_image(crop_image(load_image(path))))


def evaluation_view(image: np.ndarray, fraction: float = 0.875) -> np.ndarray:
    """Keep the central part of each side, as MobileNet's authors did to measure it (notebook 02).

    Parameters
    ----------
    image : numpy.ndarray
        Shape ``(height, width, 3)``.
    fraction : float
        How much of each side to keep. 0.875 is the value in TensorFlow-Slim's evaluation
        preprocessing, which MobileNet v1 was published with.

    Returns
    -------
    numpy.ndarray
        Shape about ``(fraction * height, fraction * width, 3)``, at least one pixel each.
    """
    _require_image(image)
    if not 0 < fraction <= 1:
        raise ValueError(f"fraction is {fraction}; expected a number above 0 and at most 1")
    height, width = (max(1, round(side * fraction)) for side in image.shape[:2])
    top, left = (image.shape[0] - height) // 2, (image.shape[1] - width) // 2
    return image[top : top + height, left : left + width]


def _require_image(image: np.ndarray) -> None:
    shape = getattr(image, "shape", None)
    if shape is None or len(shape) != 3 or 0 in shape:
        raise ValueError(
            f"got {type(image).__name__} of shape {shape}; expected an array (height, width, 3). "
            "load_image(path) makes one from a file."
        )
