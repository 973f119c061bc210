"""Work that takes long: it waits in a queue, and runs in one thread beside the notebook (notebook 07)."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import NamedTuple

import ipywidgets as widgets

from ..files import log_error
from ..pictures.shown import in_words, shown
from .controls import PRESSED, Once
from .messages import alert, note


class Job(NamedTuple):
    """Work, the place where its messages stand, the first of them, and the button that began it (notebook 07)."""

    place: widgets.HTML
    work: Callable[[], None]
    words: str
    button: Once | None = None


class Jobs:
    """Does one job after the other. Errors become words, and their traceback is kept in a file (notebook 07)."""

    def __init__(self) -> None:
        self._waiting: queue.Queue[Job | None] = queue.Queue()
        self._closed = threading.Event()
        self._door = threading.Lock()  # so that nothing joins the queue behind its end
        threading.Thread(target=self._work, daemon=True).start()

    def run(self, place: widgets.HTML, work: Callable[[], None], words: str) -> None:
        """Put work in the queue (notebook 07). After :meth:`close`, nothing happens.

        A button that began it hears nothing more until it is done: who clicks twice trains once.

        Parameters
        ----------
        place : ipywidgets.HTML
            Where it says that it waits, that it began, and what went wrong.
        work : callable
            What to do. It says itself that it is done.
        words : str
            What to say when it begins.
        """
        with self._door:
            if self._closed.is_set():
                return
            busy = self._waiting.unfinished_tasks
            place.value = note("Waits until the work before it is done; Stop ends training." if busy else words)
            button = PRESSED.get()
            if button:
                button.begin()
            self._waiting.put(Job(place, work, words, button))

    def wait(self) -> None:
        """Wait until all work is done (notebook 07)."""
        self._waiting.join()

    def close(self) -> None:
        """Forget what waits (notebook 07). What goes on is not ended."""
        with self._door:
            if not self._closed.is_set():
                self._closed.set()
                self._waiting.put(None)

    def _work(self) -> None:
        while job := self._waiting.get():
            if not self._closed.is_set():
                _do(job)
            if job.button:
                job.button.end()
            self._waiting.task_done()
        self._waiting.task_done()


def _do(job: Job) -> None:
    job.place.value = note(job.words)
    try:
        job.work()
    except (ValueError, OSError, RuntimeError, ImportError) as error:
        log_error(error)
        job.place.value = alert(in_words(error))
    except Exception as error:
        what = f"{type(error).__name__}: {shown(str(error))}"
        job.place.value = alert(f"this should not happen: {what}. Restart the kernel. {log_error(error)}".strip())
