"""Say how an exercise went (notebook 00)."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ..files import log_error
from .kinds import Difference, compare
from .notes import note
from .showing import a, brief, brief_inputs, told_apart
from .trials import StillOpen, Unusable, is_open, watch

_wrong: dict[str, set[str]] = {}  # for each check, the different wrong answers since it was last passed


class Verdict(NamedTuple):
    """What came of a check. ``words`` are those of the first, the second, and each later wrong answer."""

    outcome: str
    words: tuple[str, str, str]
    answer: str = ""  # tells one wrong answer from another


def check(
    name: str,
    got: object,
    expected: object,
    *,
    inputs: Iterable[object] | None = None,
    measure: Callable[..., object] | None = None,
) -> None:
    """Compare an answer with the expected one and print the result. Never raises (notebook 00).

    Parameters
    ----------
    name : str
        What is checked.
    got : object
        The learner's answer; ``...`` means not answered yet, also within a list, or as what a function returns.
    expected : object
        The right answer. Whole numbers are compared exactly, others and arrays may differ in rounding, words in
        capitals and spaces, and a list may stand for a tuple. With ``inputs``: a function that gives the right answer
        for each of them, or a list of these answers.
    inputs : iterable, optional
        If the answer is a function: what to call it with. A tuple holds several arguments. It is given copies.
    measure : callable, optional
        If the answer is a file, or a function that is judged by what it does: what is compared is ``measure(got)``.

    Notes
    -----
    The first wrong answer is told what kind of wrong it is, the second how near it comes, and from the third on the
    right one is shown. The same wrong answer once more counts as one, and a right one starts anew.

    In a class, ``COURSE_PROGRESS`` may name a file: the check's name, and whether it is passed, are then noted there.

    Examples
    --------
    >>> check("sides of a square", ..., 4)
    [TO DO] sides of a square: replace the ... above with your answer
    >>> check("sides of a square", "4", 4)
    [TRY AGAIN] sides of a square: got '4'. A text, where a number is expected: leave the quotes out.
    >>> check("sides of a square", 6, 4)
    [TRY AGAIN] sides of a square: got 6. It is about 50% too large.
    >>> check("sides of a square", 5, 4)
    [TRY AGAIN] sides of a square: got 5, expected 4. Off by one.
    >>> check("sides of a square", 4, 4)
    [OK] sides of a square: 4

    >>> def double(number):
    ...     return 2
    >>> check("double", double, [2, 6], inputs=[1, 3])
    [TRY AGAIN] double: for 3, your function gave 2. The same for each input: use what the function is given.
    """
    try:
        verdict = _decide(got, expected, inputs, measure)
    except StillOpen:
        verdict = _verdict("to do", "replace the ... above with your answer")
    except Unusable as error:
        verdict = _verdict("not passed", _ended(str(error)))
    except Exception as error:  # an answer of any kind must not stop the notebook
        words = f"this answer can't be compared ({type(error).__name__}: {error}). {log_error(error)}"
        verdict = _verdict("not passed", words.strip())
    print(f"{_mark(verdict.outcome)} {name}: {verdict.words[_step(name, verdict)]}")
    note(name, verdict.outcome)


def _decide(
    got: object, expected: object, inputs: Iterable[object] | None, measure: Callable[..., object] | None
) -> Verdict:
    if is_open(got):
        raise StillOpen
    if inputs is not None:
        return _judge_function(got, expected, list(inputs))
    return _judge(_measured(got, measure) if measure else got, expected)


def _mark(outcome: str) -> str:
    return {"passed": "[OK]", "to do": "[TO DO]"}.get(outcome, "[TRY AGAIN]")


def _verdict(outcome: str, words: str) -> Verdict:
    return Verdict(outcome, (words, words, words), words)


def _step(name: str, verdict: Verdict) -> int:
    """Which of a verdict's words it is time for: 0, 1 or 2."""
    if verdict.outcome == "passed":
        _wrong.pop(name, None)
    if verdict.outcome != "not passed":
        return 0
    answers = _wrong.setdefault(name, set())
    answers.add(verdict.answer)
    return min(len(answers), 3) - 1


def _judge(got: object, expected: object) -> Verdict:
    difference = compare(got, expected)
    return _tell("", got, expected, difference) if difference else _verdict("passed", brief(got))


def _judge_function(function: object, expected: Any, inputs: list[object]) -> Verdict:
    if not callable(function):
        raise Unusable(f"got {brief(function)}. The function itself is expected: its name, without brackets")
    given = [one if isinstance(one, tuple) else (one,) for one in inputs]
    right = [expected(*one) for one in given] if callable(expected) else list(expected)
    results = [watch(function)(*one) for one in given]
    found = list(map(compare, results, right))
    wrong = [place for place, difference in enumerate(found) if difference]
    if not wrong:
        more = len(inputs) - 1
        others = f", and right for {more} other input{'s' if more > 1 else ''}" if more else ""
        return _verdict("passed", brief(results[0]) + others)
    first = wrong[0]
    difference = found[first] or Difference("")
    fixed = not any(compare(one, results[0]) for one in results) and any(compare(one, right[0]) for one in right)
    if fixed and (len(wrong) < len(inputs) or a(results[0]) == a(right[0])):
        difference = Difference("the same for each input: use what the function is given")
    if len(wrong) < len(inputs):
        near = f"{len(inputs) - len(wrong)} of {len(inputs)} inputs come out right"
        difference = difference._replace(near=f"{difference.near}; {near}" if difference.near else near)
    where = f"for {brief_inputs(given[first])}, your function gave"
    return _tell(where, results[first], right[first], difference)


def _measured(got: object, measure: Callable[..., object]) -> object:
    """What is compared in place of a file, or of a function."""
    if not callable(got) and not isinstance(got, (str, Path)):
        raise Unusable(f"got {brief(got)}. A function, or the path of a file, is expected")
    if isinstance(got, (str, Path)) and not Path(got).exists():
        raise Unusable(f"there is no file {Path(got).name} yet. Is it saved under this name?")
    try:
        return measure(watch(got) if callable(got) else got)
    except (StillOpen, Unusable):
        raise
    except Exception as error:
        raise Unusable(f"got {brief(got)}. It can't be judged: {type(error).__name__}: {error}") from error


def _tell(where: str, got: object, expected: object, difference: Difference) -> Verdict:
    mine, right = told_apart(got, expected)
    kind, near = (_sentence(words) for words in difference)
    start = f"{where or 'got'} {mine}"
    both = near if difference.kind in difference.near else f"{kind} {near}".strip()
    last = f"{start}, expected {right}. {both if mine.startswith('an array') else kind}"
    return Verdict("not passed", (f"{start}. {kind}", f"{start}. {both}", last), f"{start} {_content(got)}")


def _sentence(words: str) -> str:
    return words and words[0].upper() + _ended(words[1:])


def _ended(words: str) -> str:
    return words if words.endswith(("?", ".")) else f"{words}."


def _content(got: object) -> str:
    """Tells apart what looks the same in one line."""
    arrays = isinstance(got, np.ndarray) and got.dtype != object
    return str(zlib.crc32(np.ascontiguousarray(got).tobytes())) if arrays else repr(got)
