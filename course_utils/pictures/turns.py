"""Memory that the threads of a process share: whoever needs much of it waits for its turn."""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache

PAUSE = 1.0  # second after which a thread that waits looks again, should an interrupt have kept a call from it

LARGE = 10_000_000  # bytes: after a turn of more, freed memory goes back to the system


@cache
def _trim() -> Callable[[int], int] | None:
    """What gives freed memory back, where the C library is glibc, which keeps some for each thread: 50 MB, measured."""
    try:
        trim: Callable[[int], int] = ctypes.CDLL(None).malloc_trim
        return trim
    except (OSError, AttributeError, TypeError):  # of Windows, macOS, and other C libraries
        return None


class Turns:
    """A number of bytes that threads take and give back, in the order in which they ask.

    Each process has its own: the workers of a cluster (``extract_features`` with ``client``) don't wait for each other.
    Threads that ask for little hardly wait; one that asks for all, or more, waits until it is alone, and holds up those
    behind it, so that it is not passed over for ever. A thread that holds some already gets more at once: waiting for
    others while they wait for it would never end.

    Parameters
    ----------
    most : int
        How many bytes there are.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self._changed = threading.Condition()
        self._taken: dict[object, tuple[int, int]] = {}  # thread and bytes
        self._queue: dict[object, None] = {}  # who waits, in order

    @contextmanager
    def take(self, amount: int) -> Iterator[None]:
        """Hold some bytes while the block runs.

        Parameters
        ----------
        amount : int
            How many; more than there are count as all.
        """
        turn, thread = object(), threading.get_ident()
        amount = min(amount, self.most)
        try:
            with self._changed:
                self._queue[turn] = None
                while not self._may_go(turn, thread, amount):
                    self._changed.wait(PAUSE)
                self._taken[turn] = thread, amount
            self._leave_queue(turn)
            yield
        finally:  # also where an interrupt ends the waiting
            if amount > LARGE and turn in self._taken and (trim := _trim()):
                trim(0)
            self._taken.pop(turn, None)
            self._leave_queue(turn)

    def _leave_queue(self, turn: object) -> None:
        self._queue.pop(turn, None)
        with self._changed:
            self._changed.notify_all()

    def _may_go(self, turn: object, thread: int, amount: int) -> bool:
        taken = list(self._taken.values())
        if any(holder == thread for holder, _ in taken):
            return True
        return next(iter(self._queue)) is turn and sum(size for _, size in taken) + amount <= self.most
