"""Unpack pictures from zip files, whole and safely (notebook 07)."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import stat
import struct
import tempfile
import unicodedata
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import BinaryIO, NamedTuple

from ..cache import MOST, UNPACKED, make_room, use
from ..files import FULL, NO_ROOM, cache_folder, make_folder
from ..report import Finding
from .formats import kind_of, require_file
from .sets import is_junk
from .shown import call, reason_of, shown

MOST_FILES, MOST_BYTES = 100_000, MOST[UNPACKED]
MOST_SHRUNK, FREE = 100, 300_000_000  # how many times its size a zip file may unpack to, and bytes beside
LARGEST_DICTIONARY = 64 * 2**20  # bytes of memory for a member of method LZMA; 7-Zip takes 64 MiB at its highest level


METHODS = {9: "Deflate64", 93: "Zstandard", 95: "XZ", 96: "JPEG", 97: "WavPack", 98: "PPMd", 99: "AES encryption"}
READ = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA}
READ |= {getattr(zipfile, "ZIP_ZSTANDARD", zipfile.ZIP_STORED)}  # from Python 3.14 on
UTF8, LOCKED = 0x800, 1  # flags of a member
LIST_END, LOCATOR = b"PK\5\6", b"PK\6\7"
LIST_ENDS, LONGEST_ENTRY = 22 + 2**16, 300  # bytes: where the list's end is looked for; of a name and what is with it
UNICODE_PATH = 0x7075  # the extra field in which some programs keep a name in UTF-8


class Member(NamedTuple):
    """A file in an archive, where to put it, and whether its name is a guess."""

    entry: zipfile.ZipInfo
    name: str
    guessed: bool


def open_zip(path: str | Path, most: int) -> zipfile.ZipFile:
    """Open a zip file, unless the list of what it holds is longer than that of so many files can be.

    zipfile reads the whole list at once, and makes an object of hundreds of bytes of each entry, which may have 46.

    Raises
    ------
    ValueError
        If the list is too long.
    """
    with open(path, "rb") as file:
        size = _list_size(file)
    if size > most * LONGEST_ENTRY:
        raise ValueError(f"the list of what it holds has {size / 1e6:.1f} MB; that of {most:,} files has less")
    return zipfile.ZipFile(path)


def _list_size(file: BinaryIO) -> int:
    """How many bytes the list of a zip file's members has, as its end says; 0, where there is none."""
    length = file.seek(0, os.SEEK_END)
    start = file.seek(max(0, length - LIST_ENDS))
    end = file.read()
    plain = end[-22:-18] == LIST_END and end.endswith(b"\0\0")
    place = len(end) - 22 if plain else end.rfind(LIST_END)
    if not 0 <= place <= len(end) - 22:
        return 0
    sizes = [struct.unpack_from("<L", end, place + 12)[0]]
    if place >= 20 and end[place - 20 :].startswith(LOCATOR):  # for lists of more than 4 GB or 65,535 files
        for at in (struct.unpack_from("<Q", end, place - 12)[0], start + place - 76):
            file.seek(min(max(0, at), length))
            sizes.append(struct.unpack("<Q", file.read(56)[40:48].ljust(8, b"\0"))[0])
        sizes = [size for size in sizes if size != 0xFFFFFFFF]
    return min(max(sizes, default=0), length)


def is_archive(path: str | Path) -> bool:
    """Tell by its name or its content whether a file is an archive, of a kind that can be unpacked or not."""
    kind = kind_of(path)
    return Path(path).suffix.lower() == ".zip" or (kind is not None and kind.group == "archive")


def unzip(path: str | Path) -> Path:
    """Unpack a zip file of pictures into the cache, once (notebook 07).

    Names that don't say how they are written are read as UTF-8 where they can be: Macs write them so.

    Parameters
    ----------
    path : str or Path
        A zip file.

    Returns
    -------
    pathlib.Path
        The folder with its contents, complete.

    Raises
    ------
    ValueError
        If it is no zip file, is damaged or locked with a password, is packed in a way that can't be read, holds links
        or names that lead outside, more than 100,000 files, or more than 8 GB or a hundred times its own size. Nothing
        is unpacked then.
    """
    path = Path(path)
    with _told(path):
        require_file(path)
    with open(path, "rb") as file:
        content = hashlib.file_digest(file, "sha256").hexdigest()
    target = cache_folder() / UNPACKED / f"{content[:16]}-named"
    call(target, str(path), f"{path}: ")
    if target.is_dir():
        return use(target)
    make_folder(target.parent)
    with _told(path), open_zip(path, MOST_FILES) as archive:
        members = _safe_members(archive)
        make_room(UNPACKED, _unpacked_size(path, members))
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".unpacking-") as folder:
            whole = Path(folder, "whole")
            whole.mkdir()
            for member, place in zip(members, _places(members, whole), strict=True):
                _unpack(archive, member.entry, place)
            try:
                os.rename(whole, target)
            except OSError:
                if not target.is_dir():  # unless another process has unpacked it meanwhile
                    raise
    return target


def _unpacked_size(path: Path, members: list[Member]) -> int:
    """How many bytes a zip file unpacks to. Pictures hardly shrink when they are zipped; what shrinks to nothing is
    made to fill a disk."""
    size = sum(member.entry.file_size for member in members)
    if size > MOST_SHRUNK * path.stat().st_size + FREE:
        raise ValueError(
            f"it would unpack to {size / 1e6:,.0f} MB, more than {MOST_SHRUNK} times its size; if its pictures are "
            "that plain, unpack it yourself and give the folder"
        )
    return size


@contextmanager
def unpacked(path: str | Path) -> Iterator[Path]:
    """Unpack a zip file and hand over the folder; errors about what is in it name the zip file.

    Raises
    ------
    ValueError, FileNotFoundError
        As :func:`unzip`, and what is raised within.
    """
    folder = unzip(path)
    try:
        yield folder
    except (ValueError, FileNotFoundError) as error:
        words = shown(str(error)).replace(folder.name, Path(path).name)
        raise (FileNotFoundError if isinstance(error, FileNotFoundError) else ValueError)(words) from error


def archive_findings(path: str | Path) -> list[Finding]:
    """What is to be said of the names in a zip file that :func:`unzip` has unpacked."""
    with open_zip(path, MOST_FILES) as archive:
        members = _safe_members(archive)
    count = Counter(_key(member.name) for member in members)
    guessed = tuple(member.name for member in members if member.guessed)
    twice = tuple(member.name for member in members if count[_key(member.name)] > 1)
    unknown = "It does not say how they are written, so labels may be wrong. Rename the folders, or zip them anew."
    kept = "All are kept, the later ones under new names. Capitals make no difference."
    findings = [
        Finding("warning", "names in the zip file that may be misspelt", guessed, unknown),
        Finding("warning", "names that occur twice in the zip file", twice, kept),
    ]
    return [finding for finding in findings if finding.files]


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Say in words why a zip file can't be unpacked, by the name that it was given."""
    try:
        yield
    except (zipfile.BadZipFile, EOFError, NotImplementedError, zlib.error, OSError) as error:
        if isinstance(error, OSError) and error.errno in FULL:
            raise ValueError(
                f"Can't unpack {path} to {cache_folder()}: {NO_ROOM}. COURSE_CACHE names another place."
            ) from error
        kind = kind_of(path)
        if kind and kind.group in ("picture", "damaged"):
            remedy = "Give the folder it lies in, or say which class it shows."
            raise ValueError(f"Can't unpack {path}: it is {kind.name}, no zip file. {remedy}") from error
        if kind and kind.name != "a zip file":
            raise ValueError(f"Can't unpack {path}: it is {kind.name}; {kind.remedy}.") from error
        raise ValueError(
            f"Can't unpack {path}: {reason_of(error)}. Copy or download it again, or make it anew."
        ) from error
    except ValueError as error:
        raise ValueError(f"Can't unpack {path}: {error}. Make it anew, from the pictures alone.") from error


def _safe_members(archive: zipfile.ZipFile) -> list[Member]:
    """The files of an archive and where to put them. Raises ValueError if unpacking them would be unsafe."""
    entries = [entry for entry in archive.infolist() if not entry.is_dir()]
    if len(entries) > MOST_FILES:
        raise ValueError(f"it holds {len(entries):,} files; at most {MOST_FILES:,} are unpacked")
    size = sum(entry.file_size for entry in entries)
    if size > MOST_BYTES:
        raise ValueError(f"it would unpack to {size / 1e9:.1f} GB; at most {MOST_BYTES / 1e9:.0f} are unpacked")
    safe = []
    for entry in entries:
        name, guessed = _name_of(entry)
        parts = PurePosixPath(name).parts
        if name.startswith("/") or ".." in parts or PureWindowsPath(name).drive:
            raise ValueError(f"the name {name!r} leads outside of its folder")
        if stat.S_ISLNK(entry.external_attr >> 16):
            raise ValueError(f"{name!r} is a link")
        if entry.flag_bits & LOCKED:
            raise ValueError("it is locked with a password")
        if any(is_junk(part) for part in parts):
            continue
        if entry.compress_type not in READ:
            method = METHODS.get(entry.compress_type, f"method {entry.compress_type}")
            raise ValueError(
                f"{name!r} is packed with {method}, which can't be read here; unpack it with the program that made it "
                "and give the folder, or zip that with usual compression (Deflate)"
            )
        if entry.compress_type == zipfile.ZIP_LZMA and _dictionary_of(archive, entry) > LARGEST_DICTIONARY:
            most = f"{LARGEST_DICTIONARY // 2**20} MiB"
            raise ValueError(f"{name!r} needs more than {most} of memory to unpack; zip it with usual compression")
        safe.append(Member(entry, name, guessed))
    return safe


def _dictionary_of(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> int:
    """The memory that unpacking a member of method LZMA takes, as it says itself: up to 4 GiB for a few bytes."""
    with open(str(archive.filename), "rb") as file:
        file.seek(entry.header_offset + 26)  # its own header: the lengths of its name and extra field, and these
        lengths = struct.unpack("<HH", file.read(4).ljust(4, b"\0"))
        file.seek(sum(lengths) + 5, os.SEEK_CUR)  # a version, the length of what follows, how bits are used
        found = file.read(4)
    return int.from_bytes(found, "little")


def _name_of(entry: zipfile.ZipInfo) -> tuple[str, bool]:
    """The name of a member, with slashes, and whether it is a guess. Python reads what has no UTF-8 flag as cp437."""
    name, guessed = entry.filename, False
    if not entry.flag_bits & UTF8 and not name.isascii():
        try:
            raw = entry.orig_filename.encode("cp437")
            name = _name_in_extra(entry.extra, raw) or raw.partition(b"\0")[0].decode()
        except UnicodeEncodeError:  # Python has found the name in the extra field
            pass
        except UnicodeDecodeError:
            guessed = True
    return name.replace("\\", "/"), guessed


def _name_in_extra(extra: bytes, raw: bytes) -> str | None:
    """The name in UTF-8 that some programs keep beside the other, if it belongs to that."""
    while len(extra) >= 4:
        kind, size = struct.unpack_from("<HH", extra)
        content, extra = extra[4 : 4 + size], extra[4 + size :]
        if kind == UNICODE_PATH and content[:5] == struct.pack("<BI", 1, zlib.crc32(raw)):
            return content[5:].decode()
    return None


def _places(members: list[Member], folder: Path) -> list[Path]:
    """Where to put each member. Of those with one name, the later ones get another, with the same label in it."""
    taken = {_key(member.name) for member in members}
    places, seen = [], set()
    for member in members:
        name, number = PurePosixPath(member.name), 1
        while _key(str(name)) in seen or (number > 1 and _key(str(name)) in taken):
            number += 1
            stem = re.sub(r"(\d*)(\)?)\Z", rf"\g<1>{number}\g<2>", PurePosixPath(member.name).stem, count=1)
            name = name.with_name(stem + name.suffix)
        seen.add(_key(str(name)))
        places.append(folder / name)
    return places


def _key(name: str) -> str:
    """What is the same for names that are one to the file systems of Windows or Macs."""
    return unicodedata.normalize("NFC", name).casefold()


def _unpack(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, target: Path) -> None:
    """Write one file. zipfile checks its checksum, and its promised size bounds what is written."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with archive.open(entry) as source, open(target, "xb") as file:
        shutil.copyfileobj(source, file)
