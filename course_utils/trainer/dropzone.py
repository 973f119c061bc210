"""A place in a notebook to drop files, folders and zip files of any size (notebook 07)."""

from __future__ import annotations

import itertools
import re
import tempfile
from collections.abc import Callable
from pathlib import Path, PurePosixPath

import anywidget
import traitlets

from ..files import log_error

KEPT = "my-pictures"  # beside the notebook, where its owner finds them, and a program tomorrow


class Dropzone(anywidget.AnyWidget):
    """Hands each lot of files that is dropped to ``on_files``, in a folder of its own (notebook 07).

    Parameters
    ----------
    on_files : callable
        Is given the paths of what arrived at the top of a new folder: files and folders.
    text : str
        What stands in it.
    folders : bool
        Whether to offer choosing a whole folder.
    on_close : callable, optional
        Is called when the last view in a browser is closed.
    keep : bool
        Keep the files in ``my-pictures`` in the current folder, if that can be written to. Otherwise they go when the
        kernel does.
    """

    _esm = Path(__file__).with_name("dropzone.js")
    _css = Path(__file__).with_name("dropzone.css")
    text = traitlets.Unicode("").tag(sync=True)
    folders = traitlets.Bool(True).tag(sync=True)

    def __init__(
        self,
        on_files: Callable[[list[Path]], None],
        text: str,
        folders: bool = True,
        on_close: Callable[[], None] = lambda: None,
        keep: bool = False,
    ) -> None:
        super().__init__(text=text, folders=folders)
        self._on_files, self._on_close, self._views = on_files, on_close, 0
        self._keep, self._all = keep, Path()
        self._until_closed: tempfile.TemporaryDirectory | None = None
        self._folder: Path | None = None  # of the lot that is arriving
        self._path: Path | None = None  # of the file that is arriving
        self.on_msg(lambda _, message, buffers: self.receive(message, buffers))

    def receive(self, message: dict, buffers: list[memoryview]) -> None:
        """Hear what the browser says (notebook 07).

        Parameters
        ----------
        message : dict
            Its ``kind`` is ``"opened"`` or ``"closed"``, for a view; ``"piece"``, of a file with a ``name``, where
            ``lot`` and ``file`` say whether it is the first piece of these; or ``"end"``, of a lot.
        buffers : list of memoryview
            The bytes of a piece, at most 1 MB.
        """
        match message["kind"]:
            case "opened":
                self._views += 1
            case "closed":
                self._views -= 1
                if not self._views:
                    self._on_close()
            case "piece":
                self._write(message, buffers[0])
                self.send({"kind": "got"})
            case "end" if self._folder:
                folder, self._folder = self._folder, None
                self._on_files(sorted(folder.iterdir()))

    def _write(self, message: dict, content: memoryview) -> None:
        if message["lot"] or self._folder is None:
            self._folder = self._make_folder()
        if message["file"] or self._path is None:
            self._path = free_path(self._folder / safe_name(message["name"]))
            self._path.parent.mkdir(parents=True, exist_ok=True)
        with open(self._path, "ab") as file:
            file.write(content)

    def _make_folder(self) -> Path:
        """A new folder for a lot: where its owner finds it again, or one that goes when the kernel does."""
        try:
            if self._keep:
                self._all = Path.cwd() / KEPT
                self._all.mkdir(exist_ok=True)
                return _numbered(self._all)
        except OSError as error:
            log_error(error)
        if self._until_closed is None:
            self._until_closed = tempfile.TemporaryDirectory(prefix="dropped-", ignore_cleanup_errors=True)
        self._all = Path(self._until_closed.name)
        return _numbered(self._all)

    def shorten(self, words: str) -> str:
        """Leave out the folder that all was dropped into, whose name tells nobody anything (notebook 07)."""
        return re.sub(re.escape(str(self._all)) + r"[/\\][\w-]+[/\\]?", "", words)

    def download(self, path: Path) -> None:
        """Offer a file to the browser, which keeps it where it keeps downloads (notebook 07)."""
        self.send({"kind": "download", "name": path.name}, [path.read_bytes()])


def _numbered(folder: Path) -> Path:
    """A new folder in it, with the next number."""
    for number in itertools.count(1):
        try:
            (new := folder / f"lot-{number}").mkdir()
        except FileExistsError:
            continue
        return new
    raise AssertionError("numbers do not end")


def safe_name(name: str) -> str:
    """Make a relative path that stays inside its folder on every system (notebook 07)."""
    parts = [re.sub(r'[<>:"|?*\\\x00-\x1f]', "_", part) for part in PurePosixPath(name).parts]
    return "/".join(part for part in parts if part not in ("/", ".", "..")) or "unnamed"


def free_path(path: Path) -> Path:
    """Find a path that no file has: this one, or one with a number in its name (notebook 07)."""
    number, free = 1, path
    while free.exists():
        number += 1
        free = path.with_name(f"{path.stem}-{number}{path.suffix}")
    return free
