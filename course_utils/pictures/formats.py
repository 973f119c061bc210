"""What a file is that is no picture which can be read, by how it begins, and what to do about it."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import stat
import struct
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from PIL import Image
from PIL.TiffImagePlugin import ImageFileDirectory_v2

from .quiet import quiet_pillow

HEIC_COMMAND = 'python -m pip install "pillow-heif>=1.1,<2"'
SOUND_COMMAND = 'python -m pip install "soundfile>=0.13,<0.15"'
HEAD, SOUND_HEAD = 4096, 12  # bytes
EXPORT = "open it in a picture program, and export it as JPEG or PNG"
DEVELOP = "export it as JPEG from the camera's program or a photo program"
UNPACK = "unpack it, and give the folder, or make a zip file of that"
AGAIN = "copy or download it again"
AS_WAVE = f"save it as WAV (PCM), or run `{SOUND_COMMAND}` in the course's environment and restart"
REDUCED, PHOTOMETRIC, SUB_PICTURES, DNG = 254, 262, 330, 50706  # tags of TIFF
SENSOR = (32803, 34892)  # what a camera's sensor saw, in the tag PHOTOMETRIC


class Kind(NamedTuple):
    """What a file is, what to do about it, and whether it shows a picture or holds files."""

    name: str
    remedy: str
    group: str = "other"  # or "picture", "sound", "archive", "damaged"


PICTURES = {
    "an AVIF picture": (rb"....ftyp(....){0,12}?avi[fs]", f"this Pillow can't read it; {EXPORT}"),
    "a HEIC picture": (
        rb"....ftyp(....){0,12}?(hei[cxms]|hev[cxms]|mif1|msf1)",
        f"run `{HEIC_COMMAND}` in the course's environment and restart, or export the picture as JPEG",
    ),
    "a JPEG 2000 picture": (rb"\0\0\0\x0cjP  \r\n|\xff\x4f\xff\x51", EXPORT),
    "a JPEG XL picture": (rb"\0\0\0\x0cJXL \r\n|\xff\x0a", EXPORT),
    "a JPEG XR picture": (rb"II\xbc", EXPORT),
    "a Photoshop picture (PSD)": (rb"8BPS", EXPORT),
    "a GIMP picture (XCF)": (rb"gimp xcf", EXPORT),
    "an SVG drawing": (rb"(?i)(\xef\xbb\xbf)?\s*((<\?xml|<!doctype svg|<!--).*?>\s*)*<(\w+:)?svg\b", EXPORT),
    "a PostScript file": (rb"%!PS|\xc5\xd0\xd3\xc6", EXPORT),
    "a camera's raw picture": (
        rb"II\*\0....CR|....ftypcrx |IIU\0|IIR[OS]|MMOR|FUJIFILMCCD-RAW|FOVb|\0MRM|II.{4}HEAPCCDR",
        DEVELOP,
    ),
    "a medical picture (DICOM)": (rb".{128}DICM", EXPORT),
    "an astronomical picture (FITS)": (rb"SIMPLE  =", EXPORT),
    "a picture of high dynamic range": (rb"v/1\x01|#\?(RADIANCE|RGBE)", EXPORT),
}
SOUNDS = {
    "a WAV sound": (rb"(RIFF|RIFX|RF64)....WAVE", AS_WAVE),
    "a FLAC sound": (rb"fLaC", AS_WAVE),
    "an Ogg sound": (rb"OggS", AS_WAVE),
    "an MP3 sound": (rb"ID3|\xff[\xf2\xf3\xfa\xfb]", AS_WAVE),
    "a sound of a phone (M4A, AMR)": (rb"....ftypM4A |#!AMR", "save it as WAV (PCM)"),
    "a sound of macOS (AIFF, CAF)": (rb"FORM....AIF[FC]|caff\0", AS_WAVE),
}
ARCHIVES = {
    "a zip file": (rb"PK\x03\x04|PK\x05\x06", "give the zip file itself, and not as a picture"),
    "a RAR archive": (rb"Rar!\x1a\x07", UNPACK),
    "a 7-Zip archive (.7z)": (rb"7z\xbc\xaf\x27\x1c", UNPACK),
    "packed with gzip (.tar.gz, .tgz)": (rb"\x1f\x8b", UNPACK),
    "packed with bzip2 (.tar.bz2)": (rb"BZh[1-9]", UNPACK),
    "packed with xz (.tar.xz)": (rb"\xfd7zXZ\0", UNPACK),
    "packed with Zstandard (.tar.zst)": (rb"\x28\xb5\x2f\xfd", UNPACK),
    "a tar archive": (rb".{257}ustar", UNPACK),
}
OTHERS = {
    "empty": (rb"\Z", AGAIN),
    "nothing but zeros": (rb"\0+\Z", "the copy or download broke off; get it again"),
    "a git-lfs pointer": (
        rb"version https://git-lfs",
        "it stands for a file that was not fetched; run `git lfs pull` in its folder",
    ),
    "a web page": (
        rb"(?i)(\xef\xbb\xbf)?\s*(<(\?xml|!--).*?>\s*)*<(!doctype html|html|head|body|title|meta|script)\b",
        "download the picture itself, not the page that shows it",
    ),
    "a PDF file": (rb".{0,1000}?%PDF-", "export its pages or pictures as JPEG or PNG"),
    "a video": (
        rb"....(ftyp|moov|mdat|wide|free)|RIFF....AVI |\x1a\x45\xdf\xa3|\x30\x26\xb2\x75|\0\0\x01[\xb3\xba]|FLV",
        "save single frames of it as pictures",
    ),
    "a note that macOS keeps beside a file": (rb"\0\x05\x16[\0\x07]", "leave it out"),
    "text": (rb"(?=.*\n)[\t-\r\x1b -~\x80-\xff]+\Z", "leave it out"),
}
DAMAGED = {
    "a JPEG picture": (rb"\xff\xd8\xff", AGAIN),
    "a PNG picture": (rb"\x89PNG", AGAIN),
    "a GIF picture": (rb"GIF8", AGAIN),
    "a WebP picture": (rb"RIFF....WEBP", AGAIN),
    "a TIFF picture": (rb"II[*+]\0|MM\0[*+]", f"{AGAIN}, or {EXPORT}"),
    "a BMP picture": (rb"BM.{4}\0\0\0\0", AGAIN),
}


@cache
def _kinds() -> list[tuple[re.Pattern[bytes], Kind]]:
    groups = {
        "picture": PICTURES,
        "sound": SOUNDS,
        "archive": ARCHIVES,
        "other": OTHERS,
        "damaged": DAMAGED,
    }  # the first that fits
    return [
        (re.compile(pattern, re.DOTALL), Kind(name, what, group))
        for group, rows in groups.items()
        for name, (pattern, what) in rows.items()
    ]


SPECIAL = {
    stat.S_ISFIFO: "a named pipe (FIFO)",
    stat.S_ISSOCK: "a socket",
    stat.S_ISCHR: "a device",
    stat.S_ISBLK: "a device",
}


def require_file(path: str | Path) -> None:
    """Refuse pipes, sockets and devices: reading them may never end, or take what another program waits for.

    Raises
    ------
    OSError
        If it is one of them, or there is no such file. Folders pass: opening one says what it is.
    """
    mode = os.stat(path).st_mode
    what = next((name for is_one, name in SPECIAL.items() if is_one(mode)), None)
    if what:
        raise OSError(errno.EINVAL, f"it is no regular file, but {what}; give a file", str(path))


def content_of(path: str | Path) -> str:
    """A checksum (SHA-256) of what a file holds, read in pieces.

    Raises
    ------
    OSError
        As :func:`require_file`, or if it can't be read.
    """
    require_file(path)
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def kind_of(path: str | Path) -> Kind | None:
    """Tell what a file is by its content. None, if it is nothing that is known.

    Raises
    ------
    OSError
        If there is no such file, it can't be opened, or it is a pipe, a socket or a device.
    """
    kind = _begins_as(path)
    if kind and kind.name == "a TIFF picture" and _is_sensor(_first_tags(path)):
        return raw()
    return kind


def _begins_as(path: str | Path) -> Kind | None:
    require_file(path)
    with open(path, "rb") as file:
        head = file.read(HEAD)
    return next((kind for pattern, kind in _kinds() if pattern.match(head)), None)


def is_sound(path: str | Path) -> bool:
    """Tell by its content whether a file is a sound, of whatever kind.

    Raises
    ------
    OSError
        If it can't be opened, or is a pipe, a socket or a device.
    """
    require_file(path)
    with open(path, "rb") as file:
        return begins_as_sound(file.read(SOUND_HEAD))


def begins_as_sound(head: bytes) -> bool:
    """Tell by its first bytes whether a file is a sound."""
    return any(re.match(pattern, head, re.DOTALL) for pattern, _ in SOUNDS.values())


def raw() -> Kind:
    """What a camera's raw picture is called, and what to do about it."""
    name = "a camera's raw picture"
    return Kind(name, PICTURES[name][1], "picture")


def is_raw(path: str | Path, picture: Image.Image) -> bool:
    """Tell whether a TIFF file that could be opened is a camera's, and its largest page no more than a thumbnail."""
    return _begins_as(path) == raw() or _is_sensor(getattr(picture, "tag_v2", {}))


def _is_sensor(tags: ImageFileDirectory_v2 | dict[int, Any]) -> bool:
    """Sensor values, or the thumbnail of a picture that lies deeper in the file than Pillow looks."""
    reduced = tags.get(REDUCED)
    is_thumbnail = isinstance(reduced, int) and bool(reduced & 1)
    return tags.get(PHOTOMETRIC) in SENSOR or (is_thumbnail and (SUB_PICTURES in tags or DNG in tags))


def _first_tags(path: str | Path) -> ImageFileDirectory_v2 | dict[int, Any]:
    """The tags of a TIFF file's first page; none, if they are damaged."""
    try:
        quiet_pillow()
        with open(path, "rb") as file:
            tags = ImageFileDirectory_v2(file.read(8))
            file.seek(tags.next)
            tags.load(file)
            return tags
    except (OSError, SyntaxError, ValueError, TypeError, KeyError, OverflowError, struct.error):
        return {}
