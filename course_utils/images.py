"""From a file to what MobileNet reads, in four steps: load, crop, resize, batch (notebook 03)."""

import warnings
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError

FORMATS = ("JPEG", "MPO", "PNG", "GIF", "WEBP", "TIFF", "BMP", "AVIF", "HEIF", "ICO", "PPM")
MOST_PIXELS, MOST_PIXELS_HEAVY = 100_000_000, 50_000_000  # either way, less than 1 GB of memory
_BAND = 256  # rows converted at a time, so that a large picture needs little more memory than its result


class UnreadableImageError(ValueError):
    """A picture that can't be read (notebook 07). The message names the file and the reason; so do its attributes."""

    def __init__(self, path: str | Path, reason: str):
        self.path, self.reason = Path(path), reason
        super().__init__(
            f"Can't read the picture {path}: {reason}. "
            "Check that the file exists and opens in a picture viewer, then try again or leave it out."
        )

    def __reduce__(self):
        return type(self), (self.path, self.reason)  # so that another process can send it


def load_image(path: str | Path, at_least: int | None = None) -> np.ndarray:
    """Read a picture as it is meant to be seen (notebook 03).

    Parameters
    ----------
    path : str or Path
        A picture file: JPEG, PNG, GIF, WebP, TIFF, BMP, AVIF, ICO, PPM or, with the extra ``heic``, HEIC; the
        first frame if it has several. Its content counts, not its ending. Transparent parts become white.
    at_least : int, optional
        Allow a smaller result, with sides of this many pixels or more. Large JPEG files are read several times
        as fast then.

    Returns
    -------
    numpy.ndarray
        Shape ``(height, width, 3)``, uint8, RGB, upright: the EXIF orientation is applied. Pictures with 16
        bits per channel are scaled to 8.

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
                most = _most_pixels(picture)
                if picture.width * picture.height > most:
                    found = f"it has {picture.width} x {picture.height} pixels"
                    raise ValueError(f"{found}; of its kind, at most {most // 1_000_000} million are read")
                if at_least:
                    picture.draft(picture.mode, (at_least, at_least))
                picture.load()
                image, orientation = _to_rgb(picture), orientation_of(picture)
                picture.close()  # frees its pixels before turning makes a copy of the others
                return _upright(image, orientation)
    except Exception as error:  # a damaged file makes decoders fail in every way there is
        reason = str(error).replace(str(path), "it") or type(error).__name__
        if isinstance(error, UnidentifiedImageError):
            reason = "it is empty, or no picture in a format that can be read"
        raise UnreadableImageError(path, reason) from error


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


def _most_pixels(picture: Image.Image) -> int:
    heavy = picture.format in ("WEBP", "AVIF", "HEIF") or (picture.format == "JPEG" and picture.mode == "CMYK")
    return MOST_PIXELS_HEAVY if heavy else MOST_PIXELS


def _to_rgb(picture: Image.Image) -> np.ndarray:
    """Convert any mode to RGB, large pictures a band of rows at a time."""
    if picture.mode == "RGB" and not picture.has_transparency_data and picture.width * picture.height < 10_000_000:
        return np.array(picture)
    rgb = np.empty((picture.height, picture.width, 3), np.uint8)
    scale = _scale(picture)
    for top in range(0, picture.height, _BAND):
        band = picture.crop((0, top, picture.width, min(top + _BAND, picture.height)))
        if scale:
            values = np.nan_to_num(np.asarray(band, np.float32), posinf=scale)
            rgb[top : top + _BAND] = (np.clip(values / scale, 0, 1) * 255).round()[..., np.newaxis]
            continue
        if band.has_transparency_data:
            band = band.convert("RGBA")
            band = Image.alpha_composite(Image.new("RGBA", band.size, "white"), band)
        rgb[top : top + _BAND] = np.asarray(band.convert("RGB"))
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
    usual = [255, 65535] if picture.mode == "I" else [1, 255, 65535]
    return next((white for white in usual if largest <= white), largest)


def orientation_of(picture: Image.Image) -> int:
    """The EXIF orientation, 1 to 8. Damaged EXIF data count as none."""
    try:
        return picture.getexif().get(0x0112, 1)
    except Exception:
        return 1


def _upright(image: np.ndarray, orientation: int) -> np.ndarray:
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
