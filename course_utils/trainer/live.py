"""What the classifier says of a webcam's picture, frame by frame (notebook 07)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import anywidget

from ..browser.scripts import STYLE, join_modules
from ..export.prediction import Prediction
from ..learning.known import NONE_OF_THESE
from ..pictures.unreadable import UnreadableImageError
from .thumbnail import small_jpeg

SIDE = 72  # pixels of a thumbnail
UNLIKE = "None of these: unlike anything it learned"
LIKE_NONE = "None of these: like the pictures that were brought as none of these"


def verdict(answer: Prediction) -> str:
    """Say in words why a picture is none of these; nothing, if it is one of them (notebook 07)."""
    if next(iter(answer)) == NONE_OF_THESE:
        return LIKE_NONE
    return UNLIKE if answer.known is False else ""


class Live(anywidget.AnyWidget):
    """The webcam's picture, and bars beside it (notebook 07).

    Parameters
    ----------
    predict : callable
        Is given a JPEG file's bytes, and says how probable each class is. A ValueError is said in words.
    nearest : callable
        Is given what ``predict`` said, and names the pictures that were learned from that are most like it.
    """

    _esm = join_modules("widgets/live.js")
    _css = STYLE

    def __init__(self, predict: Callable[[bytes], Prediction], nearest: Callable[[Prediction], Sequence[Path]]) -> None:
        super().__init__()
        self._predict, self._nearest = predict, nearest
        self._numbers: dict[Path, int] = {}  # a number for each picture, by which the browser keeps its thumbnail
        self.on_msg(lambda _, message, buffers: self.receive(message, buffers))

    def receive(self, message: dict, buffers: list[memoryview]) -> None:
        """Answer a frame at once: its ``number``, and each class with its probability, or words (notebook 07).

        Beside them: why it is none of these, if so, and the nearest pictures that were learned from. The browser sends
        the next frame when it has the answer, so that none waits; and asks once for each thumbnail that it lacks.
        """
        match message:
            case {"kind": "frame", "number": number}:
                self.send({"kind": "answer", "number": number} | self._answer(bytes(buffers[0])))
            case {"kind": "pictures", "ids": ids}:
                self._send_pictures(ids)

    def _answer(self, frame: bytes) -> dict:
        told: dict[str, object] = {"words": "", "probabilities": [], "verdict": "", "unlike": False, "nearest": []}
        try:
            answer = self._predict(frame)
        except ValueError as error:  # there is no classifier yet
            return told | {"words": str(error)[:1].upper() + str(error)[1:]}
        paths = zip(self._nearest(answer), answer.neighbors, strict=False)
        nearest = [{"id": self._number(path), "name": path.name, "label": label} for path, label in paths]
        said = verdict(answer)
        told |= {"probabilities": sorted(answer.items()), "verdict": said, "unlike": said == UNLIKE}
        return told | {"nearest": nearest}

    def _number(self, path: Path) -> int:
        return self._numbers.setdefault(path, len(self._numbers))

    def _send_pictures(self, ids: list[int]) -> None:
        paths, files = list(self._numbers), []
        for one in ids:
            try:
                files.append(small_jpeg(paths[one], SIDE))
            except UnreadableImageError:  # it has gone since: its class and name are still shown
                files.append(b"")
        self.send({"kind": "pictures", "ids": ids}, files)
