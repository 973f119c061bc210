"""Files that arrive from a browser in pieces, and where they are kept (notebook 07)."""

from __future__ import annotations

import errno
import itertools
import os
import re
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

from ..cache import DROPPED, make_room
from ..files import FULL, log_error
from ..pictures.sets import printable
from ..pictures.shown import in_words, reason_of

KEPT = "my-pictures"  # beside the notebook, where its owner finds them, and a program tomorrow
FORBIDDEN = re.compile(r'[<>:"|?*\\\x00-\x1f\x7f-\x9f\ud800-\udfff]')  # on some system
RESERVED = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])\s*(\..*)?", re.IGNORECASE)  # on Windows
LONGEST = 240  # bytes of a name: systems allow 255, and a number may follow


class Folders:
    """Makes folders for what arrives, where its owner finds them, or where they go with the kernel (notebook 07).

    Parameters
    ----------
    keep : bool
        As ``Arrivals`` says.
    """

    def __init__(self, keep: bool = False) -> None:
        self._keep, self._all = keep, Path()
        self._until_closed: tempfile.TemporaryDirectory | None = None

    def make(self, kind: str) -> Path:
        """Make a new folder, called after what it is for, with a number (notebook 07)."""
        try:
            if self._keep:
                self._all = Path.cwd() / KEPT
                self._all.mkdir(exist_ok=True)
                return _numbered(self._all, kind)
        except OSError as error:
            log_error(error)
        if self._until_closed is None:
            place = make_room(DROPPED, 0)  # from where what a killed kernel leaves goes after some days
            self._until_closed = tempfile.TemporaryDirectory(dir=place, prefix="kernel-", ignore_cleanup_errors=True)
        self._all = Path(self._until_closed.name)
        return _numbered(self._all, kind)

    def shorten(self, words: str) -> str:
        """Leave out the folder that all of them lie in (notebook 07)."""
        return re.sub(re.escape(str(self._all)) + r"[/\\][\w-]+[/\\]?", "", words)


class Arrivals:
    """Puts each lot of files into a folder of its own, and hands that on (notebook 07).

    Several views of one widget may send at once: the lots of each are kept apart by the view's own name.

    Parameters
    ----------
    on_lot : callable
        Is given the folder, and the message that ended the lot.
    keep : bool
        Keep the files in ``my-pictures`` in the current folder, if that can be written to. Otherwise they go when the
        kernel does.
    """

    def __init__(self, on_lot: Callable[[Path, dict], None], keep: bool = False) -> None:
        self._on_lot, self._folders = on_lot, Folders(keep)
        self._lots: dict[str, _Lot] = {}  # the last lot of each view

    def answer(self, message: dict, buffers: Sequence[memoryview]) -> dict:
        """Take a piece of a file, or the end of a lot, and say what to answer (notebook 07).

        The view waits for the answer, so there is one, whatever happens.

        Parameters
        ----------
        message : dict
            Its ``kind`` is ``"piece"`` or ``"end"``. ``view`` names who sends, ``lot`` counts its lots, and ``number``
            its messages. Of a piece: ``file`` counts the files of the lot, ``name`` and ``size`` are the file's, and
            ``start`` is the place of the piece in it. Of the end: ``files`` is how many were sent. Where ``burst`` says
            so, the lot is one burst of a camera, and the name of its folder tells it.
        buffers : sequence of memoryview
            The bytes of a piece, at most 1 MB.

        Returns
        -------
        dict
            Its ``problem`` says which files were left out, and why; empty, where all is well.
        """
        try:
            problem = self._take(message, buffers)
        except (OSError, ValueError) as error:
            log_error(error)
            problem = f"{in_words(error)}."
        except Exception as error:
            problem = f"this should not happen: {type(error).__name__}: {error}. {log_error(error)}"
        asked = {name: message.get(name) for name in ("view", "number")}
        return {"kind": "got", **asked, "problem": printable(problem)}

    def forget(self, view: str) -> None:
        """Give up what arrives from a view that is closed (notebook 07). No part of a file stays."""
        if lot := self._lots.pop(view, None):
            lot.give_up()

    def _take(self, message: dict, buffers: Sequence[memoryview]) -> str:
        view, number = message["view"], message["lot"]
        lot = self._lots.get(view)
        if lot is None or number > lot.number:
            self.forget(view)
            make_folder = partial(self._folders.make, "burst" if message.get("burst") else "lot")
            lot = self._lots[view] = _Lot(number, make_folder)
        if number < lot.number or lot.ended:
            return f"{message.get('name', 'The end of a lot')} came once more, after its lot; it counts once."
        if message["kind"] == "piece":
            return lot.take(message, buffers[0])
        problem = lot.end(message["files"])
        if lot.folder:
            self._on_lot(lot.folder, message)
        return problem

    def shorten(self, words: str) -> str:
        """Leave out the folder that all was dropped into, whose name tells nobody anything (notebook 07)."""
        return self._folders.shorten(words)


def _numbered(folder: Path, kind: str) -> Path:
    """A new folder in it, with the next number."""
    for number in itertools.count(1):
        try:
            (new := folder / f"{kind}-{number}").mkdir()
        except FileExistsError:
            continue
        return new
    raise AssertionError("numbers do not end")


class _Lot:
    """Files that one view sends together, piece by piece (notebook 07)."""

    def __init__(self, number: int, make_folder: Callable[[], Path]) -> None:
        self.number, self.ended, self._make_folder = number, False, make_folder
        self.folder: Path | None = None
        self._next = 0, 0  # the file, and the byte in it, that should come
        self._failed = -1  # a file, whose other pieces are passed over
        self._open: tuple[Path, str] | None = None  # the file that is being written, and its name in the browser

    def take(self, message: dict, content: memoryview) -> str:
        """Write a piece, and say which files can't be had whole, if any."""
        file, start, name = message["file"], message["start"], message["name"]
        if file == self._failed:
            return ""
        if (file, start) < self._next:
            return f"A piece of {name} came twice; it counts once."
        lost = self._pass_to(file)
        if start != self._next[1]:
            return f"{lost} {self._leave_out(file, name, 'a piece of it was lost on the way; bring it again')}".strip()
        try:
            self._write(message, memoryview(content))
        except (OSError, ValueError) as error:
            log_error(error)
            return f"{lost} {self._leave_out(file, name, _why(error))}".strip()
        return lost

    def end(self, files: int) -> str:
        """Say which files did not arrive. A lot without any has no folder."""
        self.ended = True
        lost = self._pass_to(files)
        if self.folder and not any(self.folder.iterdir()):
            self.folder.rmdir()
            self.folder = None
        return lost

    def give_up(self) -> None:
        """Remove the file that is not whole yet."""
        if self._open:
            path, self._open = self._open[0], None
            with suppress(OSError):
                path.unlink(missing_ok=True)
                for parent in itertools.takewhile(lambda one: one != self.folder, path.parents):
                    parent.rmdir()  # unless there is something else in it

    def _write(self, message: dict, content: memoryview) -> None:
        file, start = self._next
        if not start:
            self.folder = self.folder or self._make_folder()
            new = free_path(self.folder / safe_name(message["name"]))
            self._open = new, message["name"]
            new.parent.mkdir(parents=True, exist_ok=True)
        assert self._open, "its first piece is there"
        with open(self._open[0], "ab" if start else "xb") as target:
            target.write(content)
        end, size = start + content.nbytes, message["size"]
        if end > size or (end < size and not content.nbytes):
            raise ValueError(f"{end} bytes arrived where it has {size}")
        self._next = (file, end) if end < size else (file + 1, 0)
        self._open = self._open if end < size else None

    def _pass_to(self, file: int) -> str:
        """Give up all before this file that did not arrive, and say so."""
        missing, name = file - self._next[0], self._open[1] if self._open else ""
        if missing < 1:
            return ""
        self.give_up()
        self._next = file, 0
        if name:
            others = f" and {_files(missing - 1)} behind it" if missing > 1 else ""
            return f"{name}{others} did not arrive whole, and {'are' if others else 'is'} left out; bring it again."
        return f"{_files(missing)} did not arrive; bring {'it' if missing == 1 else 'them'} again."

    def _leave_out(self, file: int, name: str, why: str) -> str:
        self.give_up()
        self._failed, self._next = file, (file + 1, 0)
        return f"{name} was left out: {why}."


def _files(count: int) -> str:
    return "1 file" if count == 1 else f"{count} files"


def _why(error: Exception) -> str:
    """Why a file can't be written, and what to do."""
    number = error.errno if isinstance(error, OSError) else None
    if number in FULL:
        return "no space is left on the disk; make room, and bring it again"
    if number == errno.ENAMETOOLONG:
        return "its name is too long for this system, with those of its folders; give them shorter ones"
    if number in (errno.EACCES, errno.EPERM):
        return f"nothing may be written there; allow it, or start Jupyter in a folder of your own, where {KEPT} can be"
    return reason_of(error)


def safe_name(name: str) -> str:
    """Make a relative path that stays inside its folder, and can be there, on every system (notebook 07)."""
    parts = [part for part in name.split("/") if part not in ("", ".", "..")]
    return "/".join(map(_safe_part, parts)) or "unnamed"


def _safe_part(part: str) -> str:
    plain = FORBIDDEN.sub("_", part).rstrip(". ") or "_"
    plain = f"_{plain}" if RESERVED.fullmatch(plain) else plain
    if len(plain.encode()) <= LONGEST:
        return plain
    stem, ending = os.path.splitext(plain)
    if len(ending.encode()) > 20:  # a sentence with a dot in it
        stem, ending = plain, ""
    room = LONGEST - len(ending.encode())
    return stem.encode()[:room].decode(errors="ignore").rstrip(". ") + ending


def free_path(path: Path) -> Path:
    """Find a path that no file has: this one, or one with a number in its name (notebook 07)."""
    number, free = 1, path
    while free.exists():
        number += 1
        free = path.with_name(f"{path.stem}-{number}{path.suffix}")
    return free
