"""Names as their owner knows them: what is unpacked or dropped lies elsewhere (notebook 07)."""

from __future__ import annotations

import errno
import re
from pathlib import Path

from ..files import FULL, NO_ROOM

# control codes, blanks without width, ends of lines, what turns the direction of writing, and halves of characters
UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u200b\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
_MEANT: dict[str, tuple[str, str]] = {}  # what stands for a folder itself, and before what lies in it
REASONS = {
    errno.ENOENT: "there is no such file or folder",
    errno.EACCES: "it may not be opened; allow it, or copy it to a folder of your own",
    errno.EPERM: "it may not be opened; allow it, or copy it to a folder of your own",
    errno.EISDIR: "it is a folder; expected a file",
    errno.ENOTDIR: "it is a file; expected a folder",
    errno.EEXIST: "there is such a file already",
    errno.ENAMETOOLONG: "its name is too long for this system",
    **dict.fromkeys(FULL, NO_ROOM),
    errno.EROFS: "nothing can be written there; choose another folder",
}


def call(folder: Path, name: str, before: str = "") -> None:
    """Say how to speak of a folder that its owner does not know.

    Parameters
    ----------
    folder : pathlib.Path
        Where files were put.
    name : str
        What its owner calls it, such as ``pets.zip``.
    before : str
        What stands before the name of something in it, such as ``pets.zip: ``.
    """
    _MEANT[str(folder)] = name, before


def shown(words: str | Path) -> str:
    """Write a path, or a sentence with paths in it, with the names that their owner knows."""
    text = str(words)
    longest = sorted(_MEANT, key=len, reverse=True)
    for folder in longest * 2:  # what was unpacked may have been dropped
        if folder in text:
            name, before = _MEANT[folder]
            pieces = re.split(re.escape(folder) + r"(?![\w-])([/\\](?=[^\s/\\]))?", text)
            text = pieces[0] + "".join(
                (before if inside else name) + rest for inside, rest in zip(pieces[1::2], pieces[2::2], strict=True)
            )
    return text


def reason_of(error: BaseException) -> str:
    """Say why, without the number of an error of the system and without its path."""
    if isinstance(error, OSError) and error.strerror:
        return REASONS.get(error.errno or 0, error.strerror[:1].lower() + error.strerror[1:])
    return str(error)


def in_words(error: BaseException) -> str:
    """Write an error for whoever brought the files: their own names, and no number."""
    if isinstance(error, OSError) and error.strerror:
        name = f"{error.filename}: " if error.filename else ""
        return shown(f"{name}{reason_of(error)}")
    return shown(str(error)).strip()
