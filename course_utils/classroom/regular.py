"""Open files that others have put into a folder: regular ones only, and none that lies elsewhere."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO


def leads_out(path: Path, folder: Path) -> bool:
    """Tell whether a path in a folder leads out of it, by links.

    Parameters
    ----------
    path : pathlib.Path
        In the folder, by its name.
    folder : pathlib.Path
        It may be reached by links itself.

    Returns
    -------
    bool
        False for links that stay in the folder.
    """
    return not Path(os.path.realpath(path)).is_relative_to(os.path.realpath(folder))


def open_regular(path: Path) -> BinaryIO:
    """Open a regular file to read bytes. Nothing else is opened: a pipe would wait for ever, a device might act.

    Parameters
    ----------
    path : pathlib.Path
        The file.

    Returns
    -------
    file
        Its size stays what ``os.fstat`` says of it, unless somebody writes to it.

    Raises
    ------
    OSError
        If it is no regular file, or can't be opened.
    """
    _require_regular(path, os.stat(path))
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    try:
        _require_regular(path, os.fstat(descriptor))  # it may be another one by now
        return open(descriptor, "rb")
    except OSError:
        os.close(descriptor)
        raise


def _require_regular(path: Path, found: os.stat_result) -> None:
    if stat.S_ISDIR(found.st_mode):
        raise IsADirectoryError(errno.EISDIR, "it is a folder; expected a file", str(path))
    if not stat.S_ISREG(found.st_mode):
        raise OSError(errno.EINVAL, "it is a pipe or a device; expected a file", str(path))
