"""Show a learner's answer in one line, so that two different ones never look the same (notebook 00)."""

from __future__ import annotations

import math
from collections.abc import Iterable
from pathlib import Path

import numpy as np

LONGEST = 200


def told_apart(got: object, expected: object) -> tuple[str, str]:
    """Show two values that differ, with as many decimals as it takes to see that they do.

    Parameters
    ----------
    got, expected : object
        Two values.

    Returns
    -------
    (str, str)
        Each in one line.
    """
    shown = [(brief(got, digits), brief(expected, digits)) for digits in (4, 6, 9, 17)]
    return next((pair for pair in shown if pair[0] != pair[1]), shown[-1])


def brief(value: object, digits: int = 4) -> str:
    """Show a value in one line.

    Parameters
    ----------
    value : object
        Anything.
    digits : int
        How many digits of a number with decimals are shown. Whole numbers are shown in full.

    Returns
    -------
    str
        At most 200 characters.
    """
    if isinstance(value, np.ndarray) and value.size > 12:
        numbers = value.dtype.kind in "biuf"
        return _array(value) + (f", from {value.min():g} to {value.max():g}" if numbers else "")
    text = _text(value, digits)
    return text if len(text) <= LONGEST else text[: LONGEST - 3] + "..."


def brief_inputs(values: tuple[object, ...]) -> str:
    """Show what a function was given: one value as it is, several in brackets."""
    shown = [brief(value) for value in values]
    return shown[0] if len(shown) == 1 else f"({', '.join(shown)})"


def a(value: object) -> str:
    """Say in words what kind of thing a value is, with its article."""
    if value is None:
        return "nothing (None)"
    if isinstance(value, np.ndarray):
        return "an array"
    if isinstance(value, Path):
        return "a path"
    words = {
        bool: "True or False",
        int: "a whole number",
        float: "a number",
        str: "a text",
        list: "a list",
        tuple: "a tuple",
        set: "a set",
        frozenset: "a set",
        dict: "a dictionary",
    }
    found = next((words[kind] for kind in type(value).__mro__ if kind in words), "")
    return found or ("a function" if callable(value) else f"something of type {type(value).__name__}")


def _array(value: np.ndarray) -> str:
    return f"an array of shape {value.shape}, {value.dtype}"


def _text(value: object, digits: int) -> str:
    def inside(values: Iterable[object]) -> str:
        return ", ".join(_text(one, digits) for one in values)

    if isinstance(value, (np.generic, np.ndarray)):
        return _text(value.tolist(), digits)
    if isinstance(value, float):
        return repr(_rounded(value, digits))
    if isinstance(value, Path):
        return value.name  # the folders of a machine say nothing
    if type(value) is list:
        return f"[{inside(value)}]"
    if type(value) is tuple:
        return f"({inside(value)}{',' if len(value) == 1 else ''})"
    if isinstance(value, (set, frozenset)) and value:
        return "{" + ", ".join(sorted(_text(one, digits) for one in value)) + "}"  # in a fixed order
    if type(value) is dict:
        return "{" + ", ".join(f"{_text(key, digits)}: {_text(one, digits)}" for key, one in value.items()) + "}"
    if hasattr(value, "__next__"):
        return f"a {type(value).__name__}"
    if type(value).__repr__ is object.__repr__:
        return a(value)
    named = callable(value) and not isinstance(value, type)
    return f"the function {getattr(value, '__name__', '')}".strip() if named else repr(value)


def _rounded(value: float, digits: int) -> float:
    """No more digits than asked for, but all of those before the point, and one behind it."""
    if not math.isfinite(value) or value == 0 or digits > 16:
        return value
    return round(value, max(1, digits - 1 - math.floor(math.log10(abs(value)))))
