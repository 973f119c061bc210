"""A picture of which the pointer covers a part, and what the classifier says of what is left (notebook 08)."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Mapping

import anywidget
import numpy as np
import traitlets
from PIL import Image

from ..browser.scripts import STYLE, join_modules
from ..files import log_error

SIDE = 224  # pixels
GRAY = 128  # of 255: nearest to the middle
SHOWN = 5  # names that keep their place


class Occluder(anywidget.AnyWidget):
    """Cover a part of a picture with the pointer, and see at once what the classifier says (notebook 08).

    A gray square follows the mouse, a finger or the arrow keys. Beside it are bars for the five names that are most
    probable while nothing is covered. They keep their place. Under the square, a sixth bar shows the most probable of
    all other names.

    Parameters
    ----------
    image : numpy.ndarray
        Shape ``(224, 224, 3)``, uint8, as ``resize_image`` returns it.
    predict : callable
        Is given such an image, and returns a dict: the probability of each name, always of the same names. What it
        raises while a part is covered is told in words beside the picture.
    size : int
        Pixels of a side of the gray square, 1 to 224. It never leaves the picture, so that it always covers as much.

    Raises
    ------
    ValueError
        If the image or the size is another one, or what ``predict`` says of the whole picture is no probabilities.
    """

    _esm = join_modules("widgets/occluder.js")
    _css = STYLE
    picture = traitlets.Unicode().tag(sync=True)  # a PNG file, as a data URI
    side = traitlets.Int(SIDE).tag(sync=True)
    size = traitlets.Int().tag(sync=True)
    bars: traitlets.List = traitlets.List().tag(sync=True)  # names and probabilities of the whole picture

    def __init__(self, image: np.ndarray, predict: Callable[[np.ndarray], Mapping[str, float]], size: int = 48) -> None:
        _check(image, size)
        self._image, self._predict = image.copy(), predict
        self._logged: dict[str, str] = {}  # where the traceback of each error is
        whole = _probabilities(predict(image.copy()))
        bars = sorted(whole.items(), key=lambda pair: -pair[1])[:SHOWN]
        super().__init__(picture=_data_uri(image), size=int(size), bars=bars)
        self.on_msg(lambda _, message, buffers: self.receive(message, buffers))

    def receive(self, message: dict, buffers: list[memoryview]) -> None:
        """Answer for a place of the square at once (notebook 08).

        The browser asks about the next place when it has this answer, so that none waits.

        Parameters
        ----------
        message : dict
            Its ``place`` is the square's topmost row and leftmost column. The answer has it too, and either ``bars``,
            names with probabilities, or ``words``, if ``predict`` failed.
        buffers : list of memoryview
            Empty.
        """
        place, bars, words = message["place"], [], ""
        try:
            bars = self._ask(*place)
        except (Exception, KeyboardInterrupt) as error:  # predict is the reader's own, and the stop button may end it
            words = f"predict failed: {type(error).__name__}: {error}".rstrip(": ")
            if words not in self._logged:  # once, not for each place
                self._logged[words] = log_error(error)
            words = f"{words}. {self._logged[words]}".strip()
        self.send({"place": place, "bars": bars, "words": words})

    def _ask(self, top: int, left: int) -> list[tuple[str, float]]:
        covered = self._image.copy()
        covered[top : top + self.size, left : left + self.size] = GRAY
        others = _probabilities(self._predict(covered))
        names = [name for name, _ in self.bars]
        if missing := [name for name in names if name not in others]:
            raise ValueError(f"got no probability for {missing[0]!r}; expected one for the same names each time")
        shown = [(name, others.pop(name)) for name in names]
        return shown + sorted(others.items(), key=lambda pair: -pair[1])[:1]


def _check(image: np.ndarray, size: int) -> None:
    if not isinstance(image, np.ndarray):
        raise ValueError(f"got an image of type {type(image).__name__}; expected a NumPy array, as load_image returns")
    if image.shape != (SIDE, SIDE, 3) or image.dtype != np.uint8:
        raise ValueError(
            f"got an image of shape {image.shape}, {image.dtype}; expected ({SIDE}, {SIDE}, 3), uint8, "
            "as resize_image returns it"
        )
    if size not in range(1, SIDE + 1):
        raise ValueError(f"got a square of {size!r} pixels; expected a whole number from 1 to {SIDE}, such as 48")


def _probabilities(answer: Mapping[str, float]) -> dict[str, float]:
    """What ``predict`` said, as plain numbers; refused, if it is something else."""
    if not isinstance(answer, Mapping) or not answer:
        got = "an empty dict" if isinstance(answer, Mapping) else type(answer).__name__
        raise ValueError(f"predict returned {got}; expected a dict with the probability of each name")
    for name, value in answer.items():
        if not -1e-6 <= value <= 1 + 1e-6:  # nor is NaN
            raise ValueError(f"predict returned {value} for {name!r}; expected a probability, from 0 to 1")
    return {str(name): float(value) for name, value in answer.items()}


def _data_uri(image: np.ndarray) -> str:
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, format="png")
    return f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}"
