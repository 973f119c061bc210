"""What the classifier says of a webcam's picture, frame by frame (notebook 07)."""

from __future__ import annotations

from collections.abc import Callable

import anywidget

from ..browser.scripts import STYLE, join_modules


class Live(anywidget.AnyWidget):
    """The webcam's picture, and bars beside it (notebook 07).

    Parameters
    ----------
    predict : callable
        Is given a JPEG file's bytes, and says how probable each class is. A ValueError is said in words.
    """

    _esm = join_modules("widgets/live.js")
    _css = STYLE

    def __init__(self, predict: Callable[[bytes], dict[str, float]]) -> None:
        super().__init__()
        self._predict = predict
        self.on_msg(lambda _, message, buffers: self.receive(message, buffers))

    def receive(self, message: dict, buffers: list[memoryview]) -> None:
        """Answer a frame at once: its ``number``, and each class with its probability, or words (notebook 07).

        The browser sends the next frame when it has the answer, so that none waits.
        """
        if message["kind"] == "frame":
            words, pairs = "", []
            try:
                pairs = sorted(self._predict(bytes(buffers[0])).items())
            except ValueError as error:  # there is no classifier yet
                words = str(error)[:1].upper() + str(error)[1:]
            self.send({"kind": "answer", "number": message["number"], "words": words, "probabilities": pairs})
