"""Where things lie, and writing them whole. Needs the standard library only."""

from __future__ import annotations

import os
import sys
import tempfile
import traceback
from collections.abc import Callable
from datetime import datetime
from functools import cache
from pathlib import Path

NAME = "transfer-learning-course"
PACKAGE = Path(__file__).resolve().parent


@cache
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
    """Find the folder where downloads and features are kept. ``COURSE_CACHE`` names another place."""
    named = os.environ.get("COURSE_CACHE")
    if named:
        return Path(named)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / NAME / NAME / "Cache"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / NAME
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / NAME


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
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".arriving-") as folder:
        arriving = Path(folder, target.name)
        write(arriving)
        os.replace(arriving, target)
    return target


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
    path = cache_folder() / "errors.log"
    lines = "".join(traceback.format_exception(error))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(path, "a", encoding="utf-8", errors="backslashreplace") as file:
            file.write(f"{datetime.now().astimezone().isoformat(timespec='seconds')}\n{lines}\n")
    except OSError:
        return ""
    return f"The traceback is in {path}."
