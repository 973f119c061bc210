"""A place in a notebook to drop files, folders and zip files of any size (notebook 07)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import anywidget
import traitlets

from ..browser.scripts import STYLE, join_modules
from .arrivals import Arrivals


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
        Keep the files in ``my-pictures``, as ``Arrivals`` says.
    """

    _esm = join_modules("widgets/drop.js")
    _css = STYLE
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
        self._on_close, self._views = on_close, 0
        self._arrivals = Arrivals(lambda folder, _: on_files(sorted(folder.iterdir())), keep)
        self.on_msg(lambda _, message, buffers: self.receive(message, buffers))

    def receive(self, message: dict, buffers: list[memoryview]) -> None:
        """Hear what the browser says (notebook 07).

        Parameters
        ----------
        message : dict
            Its ``kind`` is ``"opened"`` or ``"closed"``, for a view; or ``"piece"``, of a file, or ``"end"``, of a lot,
            as ``Arrivals.answer`` takes them.
        buffers : list of memoryview
            The bytes of a piece, at most 1 MB.
        """
        match message["kind"]:
            case "opened":
                self._views += 1
            case "closed":
                self._views -= 1
                self._arrivals.forget(message["view"])
                if not self._views:
                    self._on_close()
            case "piece" | "end":
                self.send(self._arrivals.answer(message, buffers))

    def shorten(self, words: str) -> str:
        """Leave out the folder that all was dropped into, whose name tells nobody anything (notebook 07)."""
        return self._arrivals.shorten(words)

    def download(self, path: Path) -> None:
        """Offer a file to the browser, which keeps it where it keeps downloads (notebook 07)."""
        self.send({"kind": "download", "name": path.name}, [path.read_bytes()])
