"""A sound from the browser's microphone, and the WAV file that it becomes (notebook 07)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

import anywidget
import numpy as np
import traitlets

from ..browser.scripts import STYLE, join_modules
from ..files import keep as keep_whole, log_error
from ..pictures.sets import normalize_label, printable
from ..pictures.shown import in_words
from ..pictures.sound import LONGEST as MOST_SECONDS, RATE
from .arrivals import Folders, free_path, safe_name

SECONDS, SHORTEST, LONGEST = 1.5, 0.3, 10.0  # of a recording
MOST_RATE = 192_000  # samples a second
PEAK = 32767  # of 16 bits


class Recorder(anywidget.AnyWidget):
    """Records sounds in the browser, and hands each on as a WAV file (notebook 07).

    Each is an example by itself. Those of a class lie in a folder that is named as the class, so that ``read_pictures``
    finds the classes another day.

    Parameters
    ----------
    on_sound : callable
        Is given the file of a sound, and its class.
    asks : bool
        Whether the class is asked for; else it is empty.
    check : callable, optional
        Raises ValueError, where no sound is wanted now. Its message is answered, and nothing is written.
    keep : bool
        Keep the files in ``my-pictures``, as ``Arrivals`` says.
    """

    _esm = join_modules("widgets/recorder.js")
    _css = STYLE
    asks = traitlets.Bool(True).tag(sync=True)
    classes = traitlets.List(traitlets.Unicode()).tag(sync=True)  # that are offered
    seconds = traitlets.Float(SECONDS, min=SHORTEST, max=LONGEST).tag(sync=True)
    bounds = traitlets.Tuple(default_value=(SHORTEST, LONGEST)).tag(sync=True)
    rate = traitlets.Int(RATE).tag(sync=True)

    def __init__(
        self,
        on_sound: Callable[[Path, str], None],
        asks: bool = True,
        check: Callable[[], None] = lambda: None,
        keep: bool = False,
    ) -> None:
        super().__init__(asks=asks)
        self._on_sound, self._check, self._folders = on_sound, check, Folders(keep)
        self._folder: Path | None = None  # of all that is recorded here
        self.on_msg(lambda _, message, buffers: self.receive(message, buffers))

    def receive(self, message: dict, buffers: Sequence[memoryview]) -> None:
        """Take a sound, and answer whether it was kept (notebook 07).

        The browser waits for the answer, so there is one, whatever happens.

        Parameters
        ----------
        message : dict
            ``rate`` says how many samples a second has, ``label`` is the class that was typed, and ``view`` names who
            sends.
        buffers : sequence of memoryview
            The samples, float32 from -1 to 1.
        """
        problem = ""
        try:
            self._check()
            path, label = self._write(message, buffers)
            self._on_sound(path, label)
        except (OSError, ValueError) as error:
            log_error(error)
            words = self.shorten(in_words(error)).rstrip(".")
            problem = f"{words[:1].upper()}{words[1:]}."
        except Exception as error:
            problem = f"This should not happen: {type(error).__name__}: {error}. {log_error(error)}"
        self.send({"kind": "heard", "view": message.get("view"), "problem": printable(problem)})

    def shorten(self, words: str) -> str:
        """Leave out the folder that sounds are written to, whose name tells nobody anything (notebook 07)."""
        return self._folders.shorten(words)

    def _write(self, message: dict, buffers: Sequence[memoryview]) -> tuple[Path, str]:
        label = _class_in(message) if self.asks else ""
        rate, samples = checked_sound(message, buffers)
        if self._folder is None:
            self._folder = self._folders.make("sounds")
        folder = self._folder / safe_name(label.replace("/", "_")) if label else self._folder
        path = free_path(folder / f"sound-{datetime.now():%Y-%m-%d-%H-%M-%S-%f}.wav")
        return write_sound(path, rate, samples), label


def _class_in(message: dict) -> str:
    label = message.get("label")
    if not isinstance(label, str) or not label.strip():
        raise ValueError("the class has no name; type what the sound is, and record it again")
    return normalize_label(label.strip())


def checked_sound(message: dict, buffers: Sequence[memoryview]) -> tuple[int, np.ndarray]:
    """Read the samples that a browser sent, and how many a second has (notebook 07).

    Raises
    ------
    ValueError
        If they are no sound of a minute at most, or silence throughout.
    """
    rate = message.get("rate")
    if not isinstance(rate, int) or isinstance(rate, bool) or not 1 <= rate <= MOST_RATE:
        raise ValueError(f"got {rate!r} samples a second; expected a whole number from 1 to {MOST_RATE}")
    if len(buffers) != 1:
        raise ValueError(f"got {len(buffers)} pieces of a sound; expected 1. Record it again")
    size = memoryview(buffers[0]).nbytes
    if not size or size % 4 or size > 4 * MOST_SECONDS * rate:
        raise ValueError(f"got {size} bytes; expected 4 for each sample, and at most {MOST_SECONDS:.0f} seconds")
    samples = np.frombuffer(buffers[0], "<f4")
    if not np.isfinite(samples).all():
        raise ValueError("got samples that are no finite numbers; record it again")
    if np.abs(samples).max() * PEAK < 0.5:
        raise ValueError("nothing was heard; the microphone may be muted. Switch it on, and record it again")
    return rate, samples


def write_sound(path: Path, rate: int, samples: np.ndarray) -> Path:
    """Write a sound as a WAV file of 16 bits, whole or not at all (notebook 07).

    Parameters
    ----------
    path : pathlib.Path
        The file.
    rate : int
        Samples a second.
    samples : numpy.ndarray
        From -1 to 1; what is louder is cut off.

    Returns
    -------
    pathlib.Path
        The file.
    """
    from scipy.io import wavfile

    whole = (np.clip(samples, -1, 1) * PEAK).round().astype("<i2")
    return keep_whole(path, lambda arriving: wavfile.write(arriving, rate, whole))
