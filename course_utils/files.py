"""Where things lie, and writing them whole. Needs the standard library only."""

from __future__ import annotations

import errno
import os
import shutil
import stat
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")
FULL = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))  # the disk, or what of it this user may have
NO_ROOM = (
    "no space is left on the disk. Make room there, or choose a place on another disk; `python -m course_utils cache` "
    "shows what the course keeps, and `--clear` removes it"
)
DAY = 24 * 60 * 60  # seconds
LEFT_BEHIND = (".arriving-", ".unpacking-", ".course-")  # how names begin of what a killed process was writing
LONGEST_LOG = 1_000_000  # bytes of the log of errors, and of the one before it
NAME = "transfer-learning-course"
PACKAGE = Path(__file__).resolve().parent


@lru_cache  # functools.cache is not there in Python 3.8, to which the doctor explains itself
def course_folder() -> Path | None:
    """Find the folder that the course was cloned or unpacked into.

    Returns
    -------
    pathlib.Path or None
        None, where the package was installed by itself, as from a wheel.
    """
    folder = PACKAGE.parent
    return folder if (folder / "pyproject.toml").is_file() and (folder / "notebooks").is_dir() else None


def require_course_folder() -> Path:
    """Find the course's folder, or say that this needs it.

    Raises
    ------
    FileNotFoundError
        Where the package was installed by itself.
    """
    folder = course_folder()
    if folder is None:
        raise FileNotFoundError(
            f"This needs the course's whole folder; {PACKAGE} is the package alone. "
            "Download or clone the course, and run `python tools/course.py setup` in it."
        )
    return folder


def notebooks() -> list[Path]:
    """List the notebooks of the course, in their order: where the package was installed by itself, its copies."""
    return sorted(((course_folder() or PACKAGE) / "notebooks").glob("[0-9][0-9]_*.ipynb"))


def data_folder() -> Path:
    """Find the small files that the course owns: pictures, names, practice weights (notebook 07).

    Returns
    -------
    pathlib.Path
        ``data`` in the course's folder; or the copy in the package, where that was installed by itself.
    """
    folder = course_folder()
    return folder / "data" if folder else PACKAGE / "data"


def cache_folder() -> Path:
    """Find the folder where downloads and features are kept. ``COURSE_CACHE`` names another place.

    Returns
    -------
    pathlib.Path
        The named one, or that of the system. Where it can't be written to, as in a read-only home: a temporary folder,
        and a warning says so once. A ``COURSE_CACHE`` that can't be, since a file is in the way, is returned as it is.
    """
    wanted = named_cache()
    mistaken = os.environ.get("COURSE_CACHE") and not _nearest(wanted).is_dir()  # whoever writes to it says so
    return wanted if mistaken or can_write(wanted) else _stand_in_for(wanted)


def _nearest(folder: Path) -> Path:
    """What is there already of a path."""
    return next((one for one in (folder, *folder.absolute().parents) if os.path.lexists(str(one))), folder)


def named_cache() -> Path:
    """Say where downloads and features should be kept, whether or not that can be written to.

    Returns
    -------
    pathlib.Path
        ``COURSE_CACHE``, or where this system keeps such things.
    """
    named = os.environ.get("COURSE_CACHE")
    if named:
        return expand(named)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or expand("~/AppData/Local")) / NAME / NAME / "Cache"
    if sys.platform == "darwin":
        return expand("~/Library/Caches") / NAME
    return expand(os.environ.get("XDG_CACHE_HOME") or "~/.cache") / NAME


def expand(path: str) -> Path:
    """Put the home folder in the place of ``~``, which a shell does not do everywhere.

    Parameters
    ----------
    path : str
        As a variable of the environment holds it.

    Returns
    -------
    pathlib.Path
        The path; unchanged, where a user has no home.
    """
    return Path(os.path.expanduser(path))


@lru_cache
def can_write(folder: Path) -> bool:
    """Try whether files can be put into a folder, or, where it is not there yet, into the one that it would be in.

    Parameters
    ----------
    folder : pathlib.Path
        It is not made. The answer is kept for this process.

    Returns
    -------
    bool
        False, too, where a file is in the way.
    """
    if str(folder).startswith("~"):  # of a user who has no home: no folder of this name is wanted
        return False
    try:
        trial = _nearest(folder) / f".course-{os.getpid()}-{os.urandom(4).hex()}"  # tempfile tries for hours on Windows
        open(trial, "xb").close()
        trial.unlink()
    except (OSError, ValueError):  # ValueError: no path at all
        return False
    return True


@lru_cache
def _stand_in_for(wanted: Path) -> Path:
    """A temporary folder in the place of one that can't be written to; say so, once."""
    folder = temporary_folder() / "cache"
    warnings.warn(
        f"{wanted} can't be written to. What the course keeps goes to {folder}, which may be gone tomorrow. "
        "To keep it, set COURSE_CACHE to a folder that you can write to.",
        stacklevel=3,
    )
    return folder


@lru_cache
def temporary_folder() -> Path:
    """Make a folder for a user whose home can't be written to: the same for all processes, and nobody else's.

    Returns
    -------
    pathlib.Path
        Below the system's folder for temporary files.

    Raises
    ------
    OSError
        If nothing can be written there either.
    """
    try:
        user = os.getuid() if sys.platform != "win32" else "user"  # Windows has one such folder for each user
        folder = Path(tempfile.gettempdir(), f"{NAME}-{user}")
        folder.mkdir(mode=0o700, exist_ok=True)
        found = os.lstat(str(folder))
        foreign = sys.platform != "win32" and (found.st_uid != os.getuid() or found.st_mode & 0o077)
        if foreign or not stat.S_ISDIR(found.st_mode) or not can_write(folder):
            folder = Path(tempfile.mkdtemp(prefix=f"{NAME}-"))
    except FileExistsError:
        folder = Path(tempfile.mkdtemp(prefix=f"{NAME}-"))
    except OSError as error:
        raise OSError(
            f"There is no folder for temporary files that can be written to: {error}. "
            "Make room on the disk, or set COURSE_CACHE to a folder that you can write to."
        ) from error
    return folder


def make_folder(folder: Path) -> Path:
    """Make a folder for what the course keeps.

    Parameters
    ----------
    folder : pathlib.Path
        Inside the cache.

    Returns
    -------
    pathlib.Path
        The folder.

    Raises
    ------
    OSError
        If it can't be made; the message says what to do.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OSError(f"Can't make {folder}: {error}. Set COURSE_CACHE to a folder that you can write to.") from error
    return folder


def keep(target: Path, write: Callable[[Path], object]) -> Path:
    """Write a file elsewhere first, so that under its own name it is whole or not there.

    Parameters
    ----------
    target : pathlib.Path
        The file. What was there before is replaced when all is written.
    write : callable
        Is given the path of a new file to write.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    OSError
        If it can't be written. The error names the file that is meant, not the one that was written first; of a full
        disk, it says what to do.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        remove_left_behind(target.parent)
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".arriving-") as folder:
            arriving = Path(folder, target.name)
            write(arriving)
            os.replace(arriving, target)
    except OSError as error:
        if error.errno in FULL:
            raise no_room(target) from error
        if ".arriving-" in str(error.filename):
            error.filename, error.filename2 = str(target), None
        raise
    return target


def remove_left_behind(folder: Path) -> None:
    """Remove what processes were writing into a folder when they were killed, a day or more ago.

    Parameters
    ----------
    folder : pathlib.Path
        What lies in its folders stays.
    """
    try:
        for path in list(folder.iterdir()):
            if path.name.startswith(LEFT_BEHIND) and path.lstat().st_mtime < time.time() - DAY:
                remove(path)
    except OSError:  # it may not be read, or another process was faster
        pass


def remove(path: Path) -> None:
    """Remove a file, or a folder with all that is in it, as far as that is possible.

    Parameters
    ----------
    path : pathlib.Path
        What a link leads to stays.
    """
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
        return
    try:
        path.unlink()
    except OSError:
        pass


def no_room(path: Path) -> OSError:
    """Make the error that says that a disk is full, and what to do.

    Parameters
    ----------
    path : pathlib.Path
        What was to be written.

    Returns
    -------
    OSError
        To be raised.
    """
    return OSError(errno.ENOSPC, NO_ROOM, str(path))


def keep_folder(folder: Path, fill: Callable[[Path], T]) -> T:
    """Write a folder elsewhere first, so that under its own name it is whole or not there.

    Parameters
    ----------
    folder : pathlib.Path
        Where to write it. It must be empty, or not there.
    fill : callable
        Is given the path of a new folder to fill.

    Returns
    -------
    object
        What ``fill`` returns.

    Raises
    ------
    ValueError
        If there is something in the folder, or if it lies inside the course's own.
    OSError
        If it can't be written. There is nothing new in it then.
    """
    folder = folder.expanduser().resolve()
    if folder.is_relative_to(require_course_folder()):
        raise ValueError(f"{folder} lies inside the course's own folder. Choose one outside of it.")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ValueError(f"{folder} is not empty. Choose another folder, or remove it first: nothing is overwritten.")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        remove_left_behind(folder.parent)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".arriving-") as desk:
            arriving = Path(desk, folder.name)
            arriving.mkdir()
            filled = fill(arriving)
            if folder.exists():
                folder.rmdir()  # it is empty
            arriving.replace(folder)
    except OSError as error:  # copytree lists every file: the first is enough
        reason = error.args[0][0][2] if isinstance(error, shutil.Error) else error
        if error.errno in FULL or os.strerror(errno.ENOSPC) in str(reason):
            raise no_room(folder) from error
        raise OSError(f"Can't write {folder}: {reason}. Make room, or choose another folder.") from error
    return filled


def log_error(error: BaseException) -> str:
    """Keep the traceback of an error that is told in words, for whoever mends it.

    Parameters
    ----------
    error : BaseException
        What was caught.

    Returns
    -------
    str
        A sentence for the message: where the traceback is. Empty, where nothing can be written.
    """
    lines = "".join(traceback.format_exception(type(error), error, error.__traceback__))
    try:
        path = cache_folder() / "errors.log"
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists() and path.stat().st_size > LONGEST_LOG:
            os.replace(path, path.with_name("errors-before.log"))
        with open(path, "a", encoding="utf-8", errors="backslashreplace") as file:
            file.write(f"{datetime.now().astimezone().isoformat(timespec='seconds')}\n{lines}\n")
    except OSError:
        return ""
    return f"The traceback is in {path}."
