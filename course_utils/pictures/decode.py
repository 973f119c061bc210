"""Decode picture files of every kind that people bring: upright, RGB, 8 bits, within bounded memory."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError

from .colors import Colors, colors_of
from .formats import SOUND_HEAD, Kind, begins_as_sound, is_raw, is_sound, kind_of, raw, require_file
from .quiet import quiet_pillow, quiet_tiff
from .sound import memory_for, picture_of
from .turns import Turns
from .unreadable import UnreadableImageError, UnreadableSoundError, why

FORMATS = ("JPEG", "MPO", "PNG", "GIF", "WEBP", "TIFF", "BMP", "AVIF", "HEIF", "ICO", "PPM")
MOST_PIXELS, MOST_PIXELS_HEAVY = 100_000_000, 50_000_000  # either way, less than 1 GB of memory
MEMORY = Turns(1_000_000_000)  # bytes for all pictures that are being read, in all threads of this process
COEFFICIENTS = 6  # bytes for each pixel of a JPEG file that decoders may keep, though they make a smaller picture of it
MOST_BYTES, MOST_BYTES_IN_ROWS = 300_000_000, 1_000_000_000  # of a file: its parts may all end up in memory
IN_ROWS = (b"II", b"MM", b"BM", b"P1", b"P2", b"P3", b"P4", b"P5", b"P6")  # how TIFF, BMP and PPM files begin
ICON = b"\0\0\1\0"  # how an ICO file begins: Pillow decodes it as it opens it
SMALL_FILE = 1_000_000  # bytes: so much may stay in memory without being counted
MOST_PAGES, PROFILE_TAG = 100, 34675  # of TIFF: pages that are looked at; the tag with the color profile
BAND = 256  # rows converted at a time, so that a large picture needs little more memory than its result


def open_image(path: str | Path) -> Image.Image:
    """Open a picture without decoding it, in one of ``FORMATS`` only; of a TIFF file, its largest page. A sound is
    opened as its picture (``sound_to_image``), whose format is WAV.

    Raises what Pillow raises, and ValueError with the reason if it is something else.
    """
    memory, sound = _to_open(path)
    with MEMORY.take(memory):
        if sound:
            return picture_of(path)
        quiet_pillow()
        try:
            picture = Image.open(path, formats=_formats())
        except UnidentifiedImageError as error:
            raise ValueError(_reason(kind_of(path))) from error
    if picture.format == "TIFF":
        _seek_largest(picture)
        if is_raw(path, picture):
            picture.close()
            raise ValueError(_reason(raw()))
    return picture


def _to_open(path: str | Path) -> tuple[int, bool]:
    """The bytes that opening a file may take, and whether it is a sound. Raises ValueError if they are too many, and
    OSError if it is no file."""
    require_file(path)
    size = os.stat(path).st_size
    with open(path, "rb") as file:
        start = file.read(SOUND_HEAD)
    if begins_as_sound(start):
        return memory_for(path), True
    most = MOST_BYTES_IN_ROWS if start[:2] in IN_ROWS else MOST_BYTES
    if size > most:
        found = f"it has {size / 1e6:,.0f} million bytes"
        raise ValueError(f"{found}; of its kind, at most {most // 1_000_000:,} million are read")
    return MEMORY.most if start.startswith(ICON) else size, False


def _reason(kind: Kind | None) -> str:
    """Say why a file can't be read as a picture."""
    if kind is None:
        return "it is empty, or no picture in a format that can be read"
    return f"it is {kind.name}{', damaged or cut short' if kind.group == 'damaged' else ''}; {kind.remedy}"


def _seek_largest(picture: Image.Image) -> None:
    """Go to the largest page of a TIFF file, the first of those: scanners and cameras put a thumbnail before it."""
    largest, place = 0, 0
    for page in range(MOST_PAGES):
        try:
            picture.seek(page)
        except EOFError:
            break
        except (OSError, SyntaxError, ValueError, TypeError, KeyError, OverflowError, struct.error):
            continue  # a damaged page costs that page only
        if picture.width * picture.height > largest:
            largest, place = picture.width * picture.height, page
    picture.seek(place)
    if PROFILE_TAG not in getattr(picture, "tag_v2", ()):
        picture.info.pop("icc_profile", None)  # which is that of another page


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


@contextmanager
def loaded(path: str | Path, at_least: int | None = None) -> Iterator[np.ndarray]:
    """Read a picture as ``load_image`` does, and make others wait for its memory until the block ends.

    Whoever makes something small of a picture, in one of several threads, does so in this block: large pictures take
    turns, whatever the number of threads. See :class:`Turns`.

    Raises
    ------
    UnreadableImageError
        As ``load_image`` does.
    """
    with ExitStack() as turn:
        try:
            turn.enter_context(MEMORY.take(_to_decode(path, at_least)))
            with np.errstate(all="ignore"):  # numbers that mean nothing, in a damaged file, become some color
                image = _decode(path, at_least)
        except Exception as error:  # a damaged file makes decoders fail in every way there is
            raise _unreadable(path, error) from error
        yield image


def _unreadable(path: str | Path, error: Exception) -> UnreadableImageError:
    """What is raised of a picture that can't be read, or of a sound."""
    if not str(path):
        return UnreadableImageError(path, "it has no name")
    try:
        kind = UnreadableSoundError if is_sound(path) else UnreadableImageError
    except OSError:
        kind = UnreadableImageError
    return kind(path, why(error, Path(path)))


def _to_decode(path: str | Path, at_least: int | None) -> int:
    """The bytes that reading a picture and making something of it may take, by what its header says."""
    size = os.stat(path).st_size
    with open_image(path) as picture:
        most, in_file = most_pixels(picture), picture.width * picture.height
        if in_file > most:
            found = f"it has {picture.width} x {picture.height} pixels"
            raise ValueError(f"{found}; of its kind, at most {most // 1_000_000} million are read")
        _draft(picture, at_least)
        pixels = picture.width * picture.height
    kept = COEFFICIENTS * in_file if pixels < in_file else 0
    return pixels * (MEMORY.most // most) + kept + (size if size > SMALL_FILE else 0)


def _draft(picture: Image.Image, at_least: int | None) -> None:
    """Let a JPEG file be read at a reduced scale."""
    if at_least:
        picture.draft(picture.mode, (at_least, at_least))


def _decode(path: str | Path, at_least: int | None) -> np.ndarray:
    with open_image(path) as picture:
        _draft(picture, at_least)
        with quiet_tiff() if picture.format == "TIFF" else nullcontext():
            picture.load()
        image, orientation = to_rgb(picture), orientation_of(picture)
        picture.close()  # frees its pixels before turning makes a copy of the others
        return upright(image, orientation)


def most_pixels(picture: Image.Image) -> int:
    heavy = picture.format in ("WEBP", "AVIF", "HEIF") or (picture.format == "JPEG" and picture.mode == "CMYK")
    return MOST_PIXELS_HEAVY if heavy else MOST_PIXELS


def to_rgb(picture: Image.Image) -> np.ndarray:
    """Convert any mode and color profile to sRGB, large pictures a band of rows at a time."""
    colors, clear = colors_of(picture), picture.has_transparency_data
    small = picture.width * picture.height < 10_000_000
    if picture.mode == "RGB" and small and not clear and not colors.transform:
        return np.array(picture)
    rgb = np.empty((picture.height, picture.width, 3), np.uint8)
    scale = _scale(picture)
    negative = getattr(picture, "tag_v2", {}).get(262) == 0  # TIFF's "white is zero", which Pillow undoes for 8 bits
    for top in range(0, picture.height, BAND):
        band = picture.crop((0, top, picture.width, min(top + BAND, picture.height)))
        if scale:
            values = np.nan_to_num(np.asarray(band, np.float32), posinf=scale)
            light = np.clip(values / scale, 0, 1)
            band = Image.fromarray(((1 - light if negative else light) * 255).round().astype(np.uint8))
        rgb[top : top + BAND] = np.asarray(_over_white(band, colors))
    return rgb


def _over_white(band: Image.Image, colors: Colors) -> Image.Image:
    """Convert to sRGB; transparent parts become white."""
    clear = band.convert("RGBA") if band.has_transparency_data else None
    source = clear or band
    seen = colors.transform.apply(source.convert(colors.model)) if colors.transform else source.convert("RGB")
    if not clear:
        return seen
    seen.putalpha(clear.getchannel("A"))
    return Image.alpha_composite(Image.new("RGBA", band.size, "white"), seen).convert("RGB")


def _scale(picture: Image.Image) -> float | None:
    """The value that means white in a gray picture with more than 8 bits; None for all others.

    Pillow's own conversion clips such a picture to white. Files with up to 16 bits say what white is; 32-bit ones
    don't, so the smallest usual one that holds all values is taken: 1 (floating-point numbers only), 255 or 65535.
    """
    if picture.mode.startswith("I;16"):
        bits = getattr(picture, "tag_v2", {}).get(258, (16,))[0]  # in TIFF also 12
        return 2**bits - 1
    if picture.mode not in ("I", "F"):
        return None
    largest = picture.getextrema()[1]
    assert not isinstance(largest, tuple), "gray has one band"
    usual = [255, 65535] if picture.mode == "I" else [1, 255, 65535]
    return next((white for white in usual if largest <= white), largest)


def scaled_from(picture: Image.Image) -> int:
    """The number that means white in the file, as far as its header tells: 65535 with 16 bits, else 255."""
    if picture.mode.startswith("I;16"):
        return int(_scale(picture) or 65535)
    parts = getattr(picture, "tile", [])
    kinds = [part.args if isinstance(part.args, str) else (part.args or [""])[0] for part in parts]
    return 65535 if picture.mode == "I" or any(";16" in str(kind) for kind in kinds) else 255


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
