"""A place in a notebook to drop files, folders and zip files of any size (notebook 07)."""

import re
import tempfile
from collections.abc import Callable
from pathlib import Path, PurePosixPath

import anywidget
import traitlets

STYLE = """
.dropzone { display: flex; flex-wrap: wrap; align-items: center; gap: 8px; color: var(--jp-ui-font-color1); }
.dropzone-target { flex: 1 1 300px; padding: 18px; text-align: center; border: 2px dashed var(--jp-border-color0);
  border-radius: 6px; }
.dropzone-over { background: var(--jp-layout-color3); }
.dropzone-buttons { display: flex; flex-wrap: wrap; gap: 4px; }
.dropzone-status { flex-basis: 100%; min-height: 1.2em; }
"""


class Dropzone(anywidget.AnyWidget):
    """Hands each lot of files that is dropped to ``on_files``, in a temporary folder (notebook 07).

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
    """

    _esm = Path(__file__).with_name("dropzone.js")
    _css = STYLE
    text = traitlets.Unicode("").tag(sync=True)
    folders = traitlets.Bool(True).tag(sync=True)

    def __init__(
        self,
        on_files: Callable[[list[Path]], None],
        text: str,
        folders: bool = True,
        on_close: Callable[[], None] = lambda: None,
    ) -> None:
        super().__init__(text=text, folders=folders)
        self._on_files, self._on_close, self._views = on_files, on_close, 0
        self._all = tempfile.TemporaryDirectory(prefix="dropped-", ignore_cleanup_errors=True)
        self._folder: Path | None = None
        self.on_msg(self._receive)

    def _receive(self, widget: object, message: dict, buffers: list) -> None:
        if message["kind"] == "opened":
            self._views += 1
        elif message["kind"] == "closed":
            self._views -= 1
            if not self._views:
                self._on_close()
        elif message["kind"] == "piece":
            if message["lot"]:
                self._folder = Path(tempfile.mkdtemp(dir=self._all.name))
            if message["file"]:
                self._path = free_path(self._folder / safe_name(message["name"]))
                self._path.parent.mkdir(parents=True, exist_ok=True)
            with open(self._path, "ab") as file:
                file.write(buffers[0])
            self.send({"kind": "got"})
        elif message["kind"] == "end" and self._folder:
            folder, self._folder = self._folder, None
            self._on_files(sorted(folder.iterdir()))

    def shorten(self, words: str) -> str:
        """Leave out the temporary folder, whose name tells nobody anything."""
        return re.sub(re.escape(self._all.name) + r"[/\\]\w+[/\\]?", "", words)

    def download(self, path: Path) -> None:
        """Offer a file to the browser, which keeps it where it keeps downloads."""
        self.send({"kind": "download", "name": path.name}, [path.read_bytes()])


def safe_name(name: str) -> str:
    """A relative path that stays inside its folder on every system."""
    parts = [re.sub(r'[<>:"|?*\\\x00-\x1f]', "_", part) for part in PurePosixPath(name).parts]
    return "/".join(part for part in parts if part not in ("/", ".", "..")) or "unnamed"


def free_path(path: Path) -> Path:
    """The path, or one with a number in its name if there is such a file already."""
    number, free = 1, path
    while free.exists():
        number += 1
        free = path.with_name(f"{path.stem}-{number}{path.suffix}")
    return free
