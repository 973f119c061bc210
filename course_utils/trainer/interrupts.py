"""The notebook's own stop button ends work that goes on beside the notebook (notebook 07)."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

Loop = asyncio.AbstractEventLoop


def loop_of_main_thread() -> Loop | None:
    """The loop in which a kernel waits for the notebook, asked from its main thread; None elsewhere (notebook 07)."""
    if threading.current_thread() is not threading.main_thread():
        return None
    try:
        return asyncio.get_running_loop()
    except RuntimeError:  # a script has none
        return None


def stoppable(work: Callable[[], None], stop: Callable[[], None]) -> Callable[[], None]:
    """Return work for another thread, which the notebook's stop button ends (notebook 07). Call it in the main one."""
    loop = loop_of_main_thread()

    def run() -> None:
        with stopped_by_interrupt(loop, stop):
            work()

    return run


@contextmanager
def stopped_by_interrupt(loop: Loop | None, stop: Callable[[], None]) -> Iterator[None]:
    """Call ``stop`` when the kernel is interrupted while it waits, as long as this lasts (notebook 07).

    While the trainer works in a thread of its own, the kernel is idle, and ignores interrupts. The handler is set
    between two messages of the notebook: while it answers one, ipykernel sets a handler of its own, and puts ours back
    after it.

    Parameters
    ----------
    loop : asyncio.AbstractEventLoop, optional
        From :func:`loop_of_main_thread`. Without it, nothing changes.
    stop : callable
        Is called in the main thread, between two messages.
    """
    if loop is None or loop.is_closed():
        yield
        return
    before: list[signal.Handlers | Callable | int | None] = []

    def handle(number: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(stop)

    def begin() -> None:
        before.append(signal.signal(signal.SIGINT, handle))

    def end() -> None:
        if before and signal.getsignal(signal.SIGINT) is handle:
            signal.signal(signal.SIGINT, before[0])

    loop.call_soon_threadsafe(begin)
    try:
        yield
    finally:
        if not loop.is_closed():
            loop.call_soon_threadsafe(end)
