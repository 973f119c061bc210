"""Call a function that a learner wrote: with copies, and saying what went wrong (notebook 00)."""

from __future__ import annotations

import copy
import functools
import traceback
from collections.abc import Callable

import numpy as np

from .showing import brief_inputs


class Unusable(Exception):
    """Nothing came that could be compared. The message says why, as the end of a sentence."""


class StillOpen(Exception):
    """There is a ``...`` left to replace."""


def is_open(value: object, depth: int = 5) -> bool:
    """Whether a value is ``...``, or holds one."""
    if value is ...:
        return True
    if isinstance(value, np.ndarray):
        return value.dtype == object and is_open(value.tolist(), depth)
    if isinstance(value, dict):
        value = [*value, *value.values()]
    held = value if isinstance(value, (list, tuple, set, frozenset)) and depth else ()
    return any(is_open(one, depth - 1) for one in held)


def watch(function: Callable[..., object]) -> Callable[..., object]:
    """Make a function safe to call.

    Parameters
    ----------
    function : callable
        A learner's.

    Returns
    -------
    callable
        It hands on copies, and raises ``StillOpen`` where the function returns a ``...``, and ``Unusable`` where it
        stops, is stopped, or returns nothing.
    """

    @functools.wraps(function, updated=())
    def watched(*inputs: object) -> object:
        where, copies = f"for {brief_inputs(inputs)}, your function", copy.deepcopy(inputs)
        try:
            result = function(*copies)
        except KeyboardInterrupt as interrupt:
            raise Unusable(f"{where} was stopped before it ended. Is there a loop that never ends?") from interrupt
        except (Exception, SystemExit) as error:
            raise Unusable(f"{where} stopped with {type(error).__name__}: {error}{_line_of(error)}") from error
        if is_open(result):
            raise StillOpen
        if result is None:
            raise Unusable(f"{where} returned nothing: is there a `return`?")
        return result

    return watched


def _line_of(error: BaseException) -> str:
    """The line of the learner's own code in which it happened."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename != __file__]
    own = [frame.line for frame in frames if frame.filename == frames[0].filename and frame.line]
    return f", in the line `{own[-1]}`" if own else ""
