"""Unpack pictures from zip files, whole and safely (notebook 07)."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
import zipfile
import zlib
from pathlib import Path, PurePosixPath, PureWindowsPath

import pooch

from ..files import cache_folder, make_folder
from .sets import is_junk

MOST_FILES, MOST_BYTES = 100_000, 8 * 2**30


def unzip(path: str | Path) -> Path:
    """Unpack a zip file of pictures into the cache, once (notebook 07).

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
        If it is no zip file, is damaged or locked with a password, holds links or names that lead outside, more
        than 100,000 files, or more than 8 GiB. Nothing is unpacked then.
    """
    path = Path(path)
    target = cache_folder() / "unpacked" / pooch.file_hash(str(path))[:16]
    if target.is_dir():
        return target
    make_folder(target.parent)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".unpacking-") as folder:
        whole = Path(folder, "whole")
        try:
            with zipfile.ZipFile(path) as archive:
                members = _safe_members(archive)
                for member, name in members:
                    _unpack(archive, member, whole / name)
        except (zipfile.BadZipFile, EOFError, NotImplementedError, zlib.error, OSError) as error:
            raise ValueError(f"Can't unpack {path}: {error}. Copy or download it again, or make it anew.") from error
        except ValueError as error:
            raise ValueError(f"Can't unpack {path}: {error}. Make it anew, from the pictures alone.") from error
        try:
            os.rename(whole, target)
        except OSError:
            if not target.is_dir():  # unless another process has unpacked it meanwhile
                raise
    return target


def _safe_members(archive: zipfile.ZipFile) -> list[tuple[zipfile.ZipInfo, str]]:
    """The files of an archive and where to put them. Raises ValueError if unpacking them would be unsafe."""
    members = [member for member in archive.infolist() if not member.is_dir()]
    if len(members) > MOST_FILES:
        raise ValueError(f"it holds {len(members):,} files; at most {MOST_FILES:,} are unpacked")
    size = sum(member.file_size for member in members)
    if size > MOST_BYTES:
        raise ValueError(f"it would unpack to {size / 2**30:.1f} GiB; at most {MOST_BYTES / 2**30:.0f} are unpacked")
    safe = []
    for member in members:
        name = member.filename.replace("\\", "/")
        parts = PurePosixPath(name).parts
        if name.startswith("/") or ".." in parts or PureWindowsPath(name).drive:
            raise ValueError(f"the name {member.filename!r} leads outside of its folder")
        if stat.S_ISLNK(member.external_attr >> 16):
            raise ValueError(f"{member.filename!r} is a link")
        if member.flag_bits & 1:
            raise ValueError("it is locked with a password")
        if not any(is_junk(part) for part in parts):
            safe.append((member, name))
    return safe


def _unpack(archive: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path) -> None:
    """Write one file. zipfile checks its checksum, and its promised size bounds what is written."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with archive.open(member) as source, open(target, "wb") as file:
        shutil.copyfileobj(source, file)
