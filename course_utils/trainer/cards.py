"""A card for each class, with its pictures, which can be moved and left out (notebook 07)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import anywidget
import traitlets

from ..browser.scripts import STYLE, join_modules
from ..pictures.groups import counted
from ..pictures.levels import TEST, TRAINING, VALIDATION
from ..pictures.unreadable import UnreadableImageError
from .arrivals import Arrivals
from .thumbnail import small_jpeg

if TYPE_CHECKING:
    from .session import Session

FIRST, MORE = 12, 48  # pictures of a class that are shown, and how many more at a time
CLASSES = 24  # cards that are shown, and how many more at a time
SIDE = 96  # pixels
HELD = {VALIDATION: "held back", TEST: "held back to test"}


class Actions(NamedTuple):
    """What is called when something is done with the cards (notebook 07)."""

    move: Callable[[list[Path], str], None]
    leave_out: Callable[[list[Path]], None]
    rename: Callable[[str, str], None]
    bring: Callable[[Path, str, bool], None]  # a folder, its class, and whether it is one burst


class Cards(anywidget.AnyWidget):
    """Shows the pictures of a session, sorted by class (notebook 07).

    The browser is told of some pictures of some classes, and of more when it asks; it gets a thumbnail when that comes
    into view. So thousands of pictures cost no more than tens.

    Parameters
    ----------
    session : Session
        Whose pictures.
    does : Actions
        What to call.
    """

    _esm = join_modules("widgets/cards.js")
    _css = STYLE
    shown = traitlets.Dict().tag(sync=True)

    def __init__(self, session: Session, does: Actions) -> None:
        super().__init__(shown={"classes": [], "names": []})
        self._session, self._does = session, does
        self._known: dict[Path, int] = {}  # a number for each picture, by which the browser names it
        self._paths: list[Path] = []
        self._most, self._classes = Counter[str](), CLASSES
        self._arrivals = Arrivals(self._arrived, keep=True)
        self.on_msg(lambda _, message, buffers: self.receive(message, buffers))

    def show(self) -> None:
        """Tell the browser which classes and pictures there are (notebook 07)."""
        results, own = self._session.results, defaultdict(list)
        held = set(results.validation.paths if results else ())
        for path, (label, part) in sorted(self._session.pictures.items()):
            own[label].append((path, VALIDATION if path in held else part))
        names = list(self._session.classes)
        self.shown = {"names": names, "classes": [self._card(name, own[name]) for name in names[: self._classes]]}

    def _card(self, name: str, own: list[tuple[Path, str]]) -> dict:
        shown = own[: FIRST + self._most[name]]
        pictures = [
            {"id": self._number(path), "name": path.name, "held": "" if part == TRAINING else HELD[part]}
            for path, part in shown
        ]
        return {"name": name, "words": _in_words(own), "total": len(own), "pictures": pictures}

    def _number(self, path: Path) -> int:
        if path not in self._known:
            self._known[path] = len(self._paths)
            self._paths.append(path)
        return self._known[path]

    def receive(self, message: dict, buffers: list[memoryview]) -> None:
        """Hear what the browser says (notebook 07).

        Parameters
        ----------
        message : dict
            Its ``kind`` is ``"pictures"``, for thumbnails; ``"move"``, ``"out"`` or ``"rename"``, for what was done;
            ``"more"`` or ``"classes"``, to see more; ``"piece"`` or ``"end"``, for files of a class, as ``Arrivals``
            takes them; ``"closed"``, for a view.
        buffers : list of memoryview
            The bytes of a piece.
        """
        match message:
            case {"kind": "pictures", "ids": ids}:
                self._send_pictures(ids)
            case {"kind": "move", "ids": ids, "label": label}:
                self._does.move([self._paths[one] for one in ids], label)
            case {"kind": "out", "ids": ids}:
                self._does.leave_out([self._paths[one] for one in ids])
            case {"kind": "rename", "label": label, "name": name}:
                self._does.rename(label, name)
            case {"kind": "more", "label": label}:
                self._most[label] += MORE
                self.show()
            case {"kind": "classes"}:
                self._classes += CLASSES
                self.show()
            case {"kind": "piece" | "end"}:
                self.send(self._arrivals.answer(message, buffers))
            case {"kind": "closed", "view": view}:
                self._arrivals.forget(view)

    def shorten(self, words: str) -> str:
        """Leave out the folder that files arrived in, whose name tells nobody anything (notebook 07)."""
        return self._arrivals.shorten(words)

    def _send_pictures(self, ids: list[int]) -> None:
        files, problems = [], []
        for one in ids:
            try:
                files.append(small_jpeg(self._paths[one], SIDE))
                problems.append("")
            except UnreadableImageError as error:
                files.append(b"")
                problems.append(f"can't be read: {error.reason}")
        self.send({"kind": "pictures", "ids": ids, "problems": problems}, files)

    def _arrived(self, folder: Path, message: dict) -> None:
        self._does.bring(folder, message["label"], bool(message.get("burst")))


def _in_words(own: list[tuple[Path, str]]) -> str:
    """How many there are, and how many of them nothing is learned from."""
    count, of_part = counted([path for path, _ in own]), Counter(part for _, part in own)
    others = [f"{of_part[part]} {words}" for part, words in HELD.items() if of_part[part]]
    return f"{count}: {', '.join([f'{of_part[TRAINING]} to learn from', *others])}" if others else count
