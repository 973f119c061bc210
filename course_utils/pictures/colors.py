"""The colors that a picture's maker saw: from the color profile in its file to sRGB."""

from __future__ import annotations

import io
import struct
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from PIL.ImageCms import ImageCmsTransform

PROFILE = "icc_profile"  # where Pillow keeps it
SPACES = {"L": b"GRAY", "RGB": b"RGB ", "CMYK": b"CMYK"}  # the profile that a picture of each model needs
GRAY = ("1", "L", "LA", "La", "I", "F")
PRIMARIES = [[0.4361, 0.2225, 0.0139], [0.3851, 0.7169, 0.0971], [0.1431, 0.0606, 0.7141]]  # of sRGB, as XYZ at D50
LEVELS = np.linspace(0, 1, 33)


class Colors(NamedTuple):
    """What to do with a picture's colors.

    ``model`` is the mode that ``transform`` reads; without a transform, they are taken as sRGB. ``fault`` says why
    its profile can't be used.
    """

    model: str
    transform: ImageCmsTransform | None = None
    fault: str | None = None


def colors_of(picture: Image.Image) -> Colors:
    """Find out how to convert a picture to sRGB. What a profile says is kept, since many pictures share one."""
    model = "L" if picture.mode.startswith("I;16") or picture.mode in GRAY else picture.mode
    model = model if model in SPACES else "RGB"
    if PROFILE not in picture.info:
        return Colors(model)
    profile = picture.info[PROFILE]
    return _read_profile(profile, model) if isinstance(profile, bytes) else Colors(model, None, "is damaged")


@lru_cache(maxsize=32)
def _read_profile(profile: bytes, model: str) -> Colors:
    if is_srgb(profile) and model != "CMYK":  # gray in sRGB is gray in sRGB
        return Colors(model)
    if profile[16:20] != SPACES[model]:
        return Colors(model, None, "is for other pictures (of RGB, gray or CMYK) than the one that it is in")
    from PIL import ImageCms  # late: most pictures are sRGB, and don't need it

    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        return Colors(model, ImageCms.buildTransform(source, ImageCms.createProfile("sRGB"), model, "RGB"))
    except ImportError:
        return Colors(model, None, "can't be read on this machine, whose Pillow was built without LittleCMS")
    except (ImageCms.PyCMSError, OSError, TypeError, ValueError):
        return Colors(model, None, "is damaged")


def is_srgb(profile: bytes) -> bool:
    """Tell whether a profile means sRGB, by its numbers: names prove nothing. If in doubt, it does not."""
    try:
        tags = _tags(profile)
        if profile[16:20] != b"RGB " or {b"A2B0", b"A2B1", b"D2B0", b"cicp"} & set(tags):
            return False
        primaries = [np.array(struct.unpack_from(">3i", tags[name], 8)) / 65536 for name in (b"rXYZ", b"gXYZ", b"bXYZ")]
        curves = {tags[name] for name in (b"rTRC", b"gTRC", b"bTRC")}
        return np.abs(np.subtract(primaries, PRIMARIES)).max() < 0.002 and all(map(_is_srgb_curve, curves))
    except (struct.error, KeyError, ValueError):
        return False


def _tags(profile: bytes) -> dict[bytes, bytes]:
    """The parts of a profile, by name. The first 128 bytes are its header."""
    (count,) = struct.unpack_from(">I", profile, 128)
    entries = [struct.unpack_from(">4sII", profile, 132 + 12 * number) for number in range(min(count, 100))]
    return {name: profile[start : start + size] for name, start, size in entries}


def _is_srgb_curve(curve: bytes) -> bool:
    """Tell whether a curve is that of sRGB, within a gray level."""
    if curve[:4] == b"curv":
        (count,) = struct.unpack_from(">I", curve, 8)
        table = np.frombuffer(curve, ">u2", count, 12) / 65535
        light = np.interp(LEVELS, np.linspace(0, 1, count), table) if count > 1 else LEVELS
    elif curve[:4] == b"para" and curve[8:10] == b"\0\3":
        gamma, a, b, c, d = np.array(struct.unpack_from(">5i", curve, 12)) / 65536
        light = np.where(d <= LEVELS, np.maximum(a * LEVELS + b, 0) ** gamma, c * LEVELS)
    else:
        return False
    levels = np.where(light > 0.0031308, 1.055 * np.maximum(light, 0) ** (1 / 2.4) - 0.055, 12.92 * light)
    return bool(np.abs(levels - LEVELS).max() < 1 / 255)
