"""From a file to what MobileNet reads, in four steps: load, crop, resize, batch (notebook 03)."""

import os
import warnings
from contextlib import nullcontext
from pathlib import Path

import numpy as np
from PIL import Image

from .decode import UnreadableImageError, most_pixels, open_image, orientation_of, to_rgb, upright
from .quiet import quiet_tiff
from .shown import reason_of, shown

# Names what this file and decode.py make of a picture. Kept features and saved classifiers carry it: whoever changes
# what comes out changes this name too (tests/test_pipeline.py notices).
PREPROCESSING = "center square, 224 x 224, sRGB from -1 to 1"


def load_image(path: str | Path, at_least: int | None = None) -> np.ndarray:
    """Read a picture as it is meant to be seen (notebook 03).

    Parameters
    ----------
    path : str or Path
        A picture file: JPEG, PNG, GIF, WebP, TIFF, BMP, AVIF, ICO, PPM or, with the extra ``heic``, HEIC; the
        first frame if it has several, of TIFF the largest. Its content counts, not its ending. Transparent parts
        become white.
    at_least : int, optional
        Allow a smaller result, with sides of this many pixels or more. Large JPEG files are read several times
        as fast then.

    Returns
    -------
    numpy.ndarray
        Shape ``(height, width, 3)``, uint8, RGB, upright: the EXIF orientation is applied. Colors are sRGB: where
        the file has another color profile, it is applied, as browsers do. Pictures with 16 bits per channel are
        scaled to 8.

    Raises
    ------
    UnreadableImageError
        If the file is missing, is no picture, is damaged or cut short, or promises more than 100 million pixels
        (50 million in WebP, AVIF, HEIC and CMYK JPEG, whose decoders need more memory for each).
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns of what is checked below, or raised
            with open_image(path) as picture:
                most = most_pixels(picture)
                if picture.width * picture.height > most:
                    found = f"it has {picture.width} x {picture.height} pixels"
                    raise ValueError(f"{found}; of its kind, at most {most // 1_000_000} million are read")
                if at_least:
                    picture.draft(picture.mode, (at_least, at_least))
                with quiet_tiff() if picture.format == "TIFF" else nullcontext():
                    picture.load()
                image, orientation = to_rgb(picture), orientation_of(picture)
                picture.close()  # frees its pixels before turning makes a copy of the others
                return upright(image, orientation)
    except Exception as error:  # a damaged file makes decoders fail in every way there is
        raise UnreadableImageError(path, _reason(error, Path(path)) if str(path) else "it has no name") from error


def _reason(error: Exception, path: Path) -> str:
    """Why a picture can't be read; of a path that leads nowhere, what of it is missing."""
    missing = next((one for one in (*reversed(path.parents), path) if not os.path.lexists(one)), None)
    if isinstance(error, FileNotFoundError) and missing:
        return f"there is no {'file' if missing == path else 'folder'} {shown(missing)}"
    if isinstance(error, FileNotFoundError) and path.is_symlink():
        return f"it is a link to {shown(path.readlink())}, which is not there"
    return reason_of(error) or type(error).__name__


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

    Raises
    ------
    ValueError
        If ``image`` is no array of that shape.

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

    Raises
    ------
    ValueError
        If ``image`` is no array of that shape and type.

    Examples
    --------
    >>> resize_image(np.zeros((356, 356, 3), np.uint8)).shape
    (224, 224, 3)
    """
    _require_image(image, channels=3)
    if image.dtype != np.uint8:
        raise ValueError(f"got numbers of type {image.dtype}; expected uint8, as load_image returns them")
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

    Raises
    ------
    ValueError
        If ``image`` is no array of that shape.

    Examples
    --------
    >>> batch_image(np.full((1, 1, 3), 255, np.uint8)).tolist()
    [[[[1.0, 1.0, 1.0]]]]
    """
    _require_image(image, channels=3)
    batch = image[np.newaxis].astype(np.float32)
    batch /= 127.5  # in place: new arrays for what is between would take longer than the sums
    batch -= 1
    return batch


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
    return batch_image(resize_image(crop_image(load_image(path, at_least=2 * 224))))


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

    Raises
    ------
    ValueError
        If ``image`` is no array of that shape, or ``fraction`` is not above 0 and at most 1.
    """
    _require_image(image)
    if not 0 < fraction <= 1:
        raise ValueError(f"fraction is {fraction}; expected a number above 0 and at most 1")
    height, width = (max(1, round(side * fraction)) for side in image.shape[:2])
    top, left = (image.shape[0] - height) // 2, (image.shape[1] - width) // 2
    return image[top : top + height, left : left + width]


def _require_image(image: np.ndarray, channels: int | None = None) -> None:
    shape = getattr(image, "shape", None)
    if shape is None or len(shape) != 3 or 0 in shape or channels not in (None, shape[-1]):
        raise ValueError(
            f"got {type(image).__name__} of shape {shape}; expected an array (height, width, {channels or 3}). "
            "load_image(path) makes one from a file."
        )
