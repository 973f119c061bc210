"""Say how an exercise went: what was got, what was expected (notebook 00)."""

import numpy as np


def check(name: str, got: object, expected: object) -> None:
    """Compare an answer with the expected one and print the result. Never raises (notebook 00).

    Parameters
    ----------
    name : str
        What is checked.
    got : object
        The learner's answer; ``...`` means not answered yet.
    expected : object
        The right answer. Numbers and arrays may differ in rounding.

    Examples
    --------
    >>> check("sides of a square", 4, 4)
    [OK] sides of a square: 4
    >>> check("sides of a square", 5, 4)
    [TRY AGAIN] sides of a square: got 5, expected 4
    >>> check("sides of a square", ..., 4)
    [TO DO] sides of a square: replace the ... above with your answer
    """
    try:
        if got is ...:
            print(f"[TO DO] {name}: replace the ... above with your answer")
        elif _same(got, expected):
            print(f"[OK] {name}: {_brief(got)}")
        else:
            print(f"[TRY AGAIN] {name}: got {_brief(got)}, expected {_brief(expected)}")
    except Exception as error:  # an answer of any kind must not stop the notebook
        print(f"[TRY AGAIN] {name}: this answer can't be compared ({type(error).__name__}: {error})")


def _same(got: object, expected: object) -> bool:
    if isinstance(expected, (float, np.ndarray, np.floating)):
        return np.shape(got) == np.shape(expected) and bool(np.allclose(got, expected, rtol=1e-3, atol=1e-6))
    return bool(got == expected)


def _brief(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 200 else text[:197] + "..."
