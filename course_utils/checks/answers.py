"""Say how an exercise went (notebook 00)."""

from __future__ import annotations

import math
from typing import SupportsFloat

import numpy as np

from ..files import log_error
from .notes import note


def check(name: str, got: object, expected: object) -> None:
    """Compare an answer with the expected one and print the result. Never raises (notebook 00).

    Parameters
    ----------
    name : str
        What is checked.
    got : object
        The learner's answer; ``...`` means not answered yet.
    expected : object
        The right answer. Numbers and arrays may differ in rounding, words in capitals and spaces, and a list
        may stand for a tuple.

    Notes
    -----
    In a class, ``COURSE_PROGRESS`` may name a file: the check's name, and whether it is passed, are then noted there.

    Examples
    --------
    >>> check("sides of a square", 4, 4)
    [OK] sides of a square: 4
    >>> check("sides of a square", 5, 4)
    [TRY AGAIN] sides of a square: got 5, expected 4
    >>> check("sides of a square", ..., 4)
    [TO DO] sides of a square: replace the ... above with your answer
    """
    outcome = "not passed"
    try:
        if got is ...:
            outcome = "to do"
            print(f"[TO DO] {name}: replace the ... above with your answer")
        elif _same(got, expected):
            print(f"[OK] {name}: {_brief(got)}")
            outcome = "passed"
        else:
            print(f"[TRY AGAIN] {name}: got {_brief(got)}, expected {_brief(expected)}")
    except Exception as error:  # an answer of any kind must not stop the notebook
        print(f"[TRY AGAIN] {name}: this answer can't be compared ({type(error).__name__}: {error})", log_error(error))
    note(name, outcome)


def _same(got: object, expected: object) -> bool:
    if isinstance(expected, (list, tuple)) and isinstance(got, (list, tuple)):
        return len(got) == len(expected) and all(map(_same, got, expected))
    if isinstance(expected, np.ndarray) or isinstance(got, np.ndarray):
        got, expected = np.asarray(got), np.asarray(expected)
        numbers = all(np.issubdtype(array.dtype, np.number) for array in (got, expected))
        if not numbers or got.shape != expected.shape:
            return bool(np.array_equal(got, expected))
        return bool(np.allclose(got, expected, rtol=1e-3, atol=1e-6))
    if isinstance(expected, str) and isinstance(got, str):
        return got.strip().casefold() == expected.strip().casefold()
    if isinstance(expected, (float, np.floating)) or isinstance(got, (float, np.floating)):
        if not (isinstance(got, SupportsFloat) and isinstance(expected, SupportsFloat)):
            return False
        return math.isclose(got, expected, rel_tol=1e-3, abs_tol=1e-9)
    return bool(got == expected)


def _brief(value: object) -> str:
    if isinstance(value, np.ndarray) and value.size > 12:
        return f"an array of shape {value.shape}, {value.dtype}, from {value.min():g} to {value.max():g}"
    text = repr(_plain(value))
    if isinstance(value, (set, frozenset)) and value:  # in a fixed order
        text = "{" + ", ".join(sorted(repr(_plain(element)) for element in value)) + "}"
    return text if len(text) <= 200 else text[:197] + "..."


def _plain(value: object) -> object:
    """NumPy's numbers as Python's, and no more decimals than a reader needs."""
    if isinstance(value, (np.generic, np.ndarray)):
        value = value.tolist()
    if isinstance(value, (list, tuple)):
        return type(value)(map(_plain, value))
    return float(f"{value:.4g}") if isinstance(value, float) else value
