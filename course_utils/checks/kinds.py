"""Say what kind of wrong an answer is, and how near it comes, without saying the right one (notebook 00)."""

from __future__ import annotations

import ast
import math
from collections import Counter
from collections.abc import Callable, Iterable
from difflib import SequenceMatcher
from numbers import Real
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from .showing import a, brief

BINARY = (1.024, 1.048576, 1.073741824)  # 1024 for 1000, once, twice and three times


class Difference(NamedTuple):
    """How an answer differs from the right one."""

    kind: str
    near: str = ""


def compare(got: object, expected: object) -> Difference | None:
    """Compare an answer with the right one.

    Parameters
    ----------
    got, expected : object
        Of any kind.

    Returns
    -------
    Difference or None
        None, where they are the same.
    """
    got, expected = _plain(got), _plain(expected)
    if expected is None:
        word = isinstance(got, str) and got.strip().casefold() == "none"
        kind = "`None` is written without quotes" if word else f"{a(got)}, where nothing (`None`) is expected"
        return None if got is None else Difference(kind)
    if got is None:
        return Difference(f"nothing (`None`), where {a(expected)} is expected")
    if callable(got) and not callable(expected):
        return Difference(f"the function itself, where {a(expected)} is expected: call it, with brackets")
    for kinds, judge in JUDGES:
        if isinstance(expected, kinds):
            return judge(got, expected)
    if got == expected:
        return None
    return Difference("another value is expected" if type(got) is type(expected) else _other_type(got, expected))


def _plain(value: Any) -> object:
    """NumPy's single numbers as Python's."""
    single = isinstance(value, np.generic) or (isinstance(value, np.ndarray) and not value.ndim)
    return value.item() if single else value


def _other_type(got: object, expected: object) -> str:
    """The words for a value of another type; a text that reads as the right type has quotes too many."""
    words = f"{a(got)}, where {a(expected)} is expected"
    return f"{words}: leave the quotes out" if isinstance(got, str) and _reads_as(got, expected) else words


def _reads_as(text: str, expected: object) -> bool:
    try:
        value = ast.literal_eval(text.strip())
    except (ValueError, SyntaxError):
        return False
    alike = ((int, float), (list, tuple))
    return a(value) == a(expected) or any(isinstance(value, one) and isinstance(expected, one) for one in alike)


# numbers


def _flag(got: Any, expected: bool) -> Difference | None:
    if not isinstance(got, bool):
        return Difference(_other_type(got, expected))
    return None if got == expected else Difference("the opposite is expected")


def _number(got: Any, expected: Any) -> Difference | None:
    if isinstance(got, bool) or not isinstance(got, Real):
        return Difference(_no_number(got, expected))
    if math.isnan(got) or math.isinf(got):
        same = repr(float(got)) == repr(float(expected))
        return None if same else Difference("no usual number: was something divided by 0?")
    whole = isinstance(expected, int)
    exact = whole and isinstance(got, int)
    if got == expected if exact else math.isclose(got, expected, rel_tol=1e-12 if whole else 1e-3, abs_tol=1e-9):
        return None
    return Difference(_kind_of_number(got, expected), _distance(got, expected))


def _no_number(got: Any, expected: object) -> str:
    if isinstance(got, tuple) and len(got) > 1 and all(type(part) is int for part in got):
        first, *rest = map(str, got)
        grouped = first + "".join(part.zfill(3) for part in rest)
        if compare(int(grouped), expected) is None:
            return "several numbers, to Python: write the number without the comma"
        if len(rest) == 1 and compare(float(f"{first}.{rest[0]}"), expected) is None:
            return "several numbers, to Python: write a decimal point in place of the comma"
    numbers = isinstance(got, (list, tuple)) and len(got) > 1 and all(isinstance(part, Real) for part in got)
    if numbers and math.prod(got) == expected:
        return f"{a(got)}, where one number is expected: multiply these"
    if isinstance(got, (list, tuple, np.ndarray)) and np.size(got) == 1:
        return f"{a(got)} that holds a number, where the number alone is expected"
    return _other_type(got, 0.5)


def _kind_of_number(got: Any, expected: Any) -> str:
    large = "too large" if got > expected else "too small"
    if not expected or not got:
        return large
    ratio, whole = got / expected, got == int(got) and expected == int(expected)
    if ratio < 0:
        return "the sign is wrong"
    factor = max(ratio, 1 / ratio)
    ten = round(math.log10(factor))
    slip = "counted in" if ratio > 1 else "left out"
    kinds = [
        (whole and abs(got - expected) == 1, "off by one"),
        (0 < expected <= 1 and _near(ratio, 100), "a percentage, where a share from 0 to 1 is expected"),
        (any(_near(factor, step, 1e-3) for step in BINARY), "counted in steps of 1024, where 1000 is expected"),
        (not whole and _near(got * expected, 1, 1e-3), "upside down: divide the other way around"),
        (0 < expected <= 1 < got, "more than 1, where a share from 0 to 1 is expected"),
        (ten and _near(factor, 10**ten, 1e-3), "off by a power of ten: count the zeros, and look at the unit"),
        (not whole and _near(got + expected, 1, 1e-3), "the other part: this and the right one make 1"),
        (factor < 1.05, f"{large}, but close: was " + (f"something small {slip}?" if whole else "it rounded?")),
        (expected > 9 and _near(factor, round(factor), 1e-6), f"{large} by a whole factor: was something {slip}?"),
    ]
    return next((words for fits, words in kinds if fits), large)


def _near(one: float, other: float, tolerance: float = 1e-2) -> bool:
    return math.isclose(one, other, rel_tol=tolerance)


def _distance(got: Any, expected: Any) -> str:
    large = "too large" if got > expected else "too small"
    if abs(got - expected) == 1:
        return f"it is one {large}"
    if not expected:
        return f"it is {large} by {brief(abs(got))}"
    if not got:
        return f"a number {'below' if expected < 0 else 'above'} 0 is expected"
    ratio = got / expected
    if ratio < 0:
        return "its size is right" if _near(-ratio, 1) else "its size is not right either"
    if abs(ratio - 1) < 0.01:
        return f"it is less than 1% {large}"
    if 0.5 < ratio < 2:
        return f"it is about {abs(ratio - 1):.0%} {large}"
    factor = max(ratio, 1 / ratio)
    return f"it is about {factor:,.0f} times {large}" if factor >= 10 else f"it is about {factor:.2g} times {large}"


# words and paths


def _word(got: Any, expected: str) -> Difference | None:
    if not isinstance(got, str):
        return Difference(f"{a(got)}, where a text in quotes is expected")
    one, other = (text.strip().casefold() for text in (got, expected))
    if one == other:
        return None
    alike = SequenceMatcher(None, one, other).ratio()
    kind = "another word is expected"
    if one.strip("\"'` ") == other:
        return Difference("quotes within quotes: one pair is enough")
    elif one and one in other:
        kind = "a part of what is expected"
    elif other in one:
        kind = "more than what is expected"
    elif alike > 0.8:
        kind = "nearly the right letters: look at the spelling"
    return Difference(kind, f"{len(other)} characters are expected, and the first is {expected.strip()[:1]!r}")


def _path(got: Any, expected: Path) -> Difference | None:
    if not isinstance(got, (str, Path)):
        return Difference(_other_type(got, expected))
    path, right = (Path(one).expanduser().resolve() for one in (got, expected))
    if path == right:
        return None
    kind = "another file or folder is expected" if path.exists() else "there is no such file or folder"
    same = path.name == right.name
    return Difference(kind, "its name is right, the folder it lies in is not" if same else "its name is not right")


# lists, tuples, sets and dictionaries


def _sequence(got: Any, expected: Any) -> Difference | None:
    if isinstance(got, np.ndarray):
        got = got.tolist()
    if not isinstance(got, (list, tuple)):
        return Difference(_no_sequence(got, expected))
    if len(got) == 1 != len(expected) and isinstance(got[0], (list, tuple)):
        return Difference("one pair of brackets too many")
    if len(got) != len(expected):
        few = "few" if len(got) < len(expected) else "many"
        return Difference(f"too {few} elements", f"{len(expected)} are expected, and these are {len(got)}")
    found = list(map(compare, got, expected))
    wrong = [place for place, difference in enumerate(found) if difference]
    if not wrong:
        return None
    right = len(got) - len(wrong)
    near = f"{right} of {len(got)} elements {'is' if right == 1 else 'are'} right"
    kind = _order(got, expected) or _shift(got, expected)
    if not kind:
        first = found[wrong[0]]
        kind = f"look at [{wrong[0]}], {brief(got[wrong[0]])}: {first.kind}" if first else ""
    return Difference(kind, near)


def _no_sequence(got: object, expected: object) -> str:
    wanted = a(expected) if isinstance(expected, (list, tuple)) else "a list"
    if isinstance(got, (set, frozenset)):
        return f"a set, where {wanted} is expected: a set has no order"
    if isinstance(got, Iterable) and not isinstance(got, (str, dict)):
        return f"a {type(got).__name__}, where {wanted} is expected: put `list(...)` around it"
    if isinstance(got, str) and not _reads_as(got, expected):
        return f"a single text, where {wanted} is expected"
    return _other_type(got, expected if isinstance(expected, (list, tuple)) else [])


def _order(got: Any, expected: Any) -> str:
    """The words for the right elements in another order, or nothing."""
    if all(compare(one, other) is None for one, other in zip(got, reversed(expected), strict=True)):
        return "swapped" if len(got) == 2 else "the right elements, in reverse order"
    left = list(expected)
    for one in got:
        place = next((place for place, other in enumerate(left) if compare(one, other) is None), None)
        if place is None:
            return ""
        del left[place]
    return "the right elements, in another order"


def _shift(got: Iterable[Any], expected: Iterable[Any]) -> str:
    """The words for whole numbers that are all off by one, or nothing."""
    pairs = list(zip(got, expected, strict=True))
    numbers = all(type(number) is int for pair in pairs for number in pair)
    steps = {one - other for one, other in pairs} if numbers and len(pairs) > 1 else set()
    if steps == {1}:
        return "each is one too large: counting starts at 0"
    return "each is one too small" if steps == {-1} else ""


def _set(got: Any, expected: set[Any]) -> Difference | None:
    if isinstance(got, dict) and not got:
        return Difference("an empty dictionary: a set has elements in its braces")
    if isinstance(got, (list, tuple)):
        return Difference(f"{a(got)}, where a set is expected: use braces, as in {{1, 2}}")
    if not isinstance(got, (set, frozenset)):
        return Difference(_other_type(got, expected))
    have, want = ({_bare(one) for one in some} for some in (got, expected))
    missing, extra = len(want - have), len(have - want)
    if not missing and not extra:
        return None
    names = {_bare(Path(one).name) for one in got if isinstance(one, (str, Path))}
    near = f"{len(want & have)} of {len(want)} are there, and {extra or 'none'} too many"
    if len(names & want) > len(want & have):
        return Difference("with its folders, where the name alone is expected", near)
    kinds = {(True, False): "something is missing", (False, True): "something does not belong"}
    return Difference(kinds.get((missing > 0, extra > 0), "something is missing, and something does not belong"), near)


def _bare(value: object) -> object:
    return value.strip().casefold() if isinstance(value, str) else value


def _dictionary(got: Any, expected: dict[Any, Any]) -> Difference | None:
    if not isinstance(got, dict):
        return Difference(_other_type(got, expected))
    shared = [key for key in expected if key in got]
    found = {key: compare(got[key], expected[key]) for key in shared}
    right = sum(difference is None for difference in found.values())
    near = f"{right} of {len(expected)} entries {'is' if right == 1 else 'are'} right"
    if len(shared) == len(expected) == len(got):
        wrong = [key for key in shared if found[key]]
        if not wrong:
            return None
        values = [got[key] for key in shared], [expected[key] for key in shared]
        first = found[wrong[0]]
        kind = f"the keys are right. The value of {brief(wrong[0])}: {first.kind}" if first else ""
        return Difference(_order(*values) and "the right values, at other keys" or _shift(*values) or kind, near)
    flat = [brief(value) for value in expected.values()]
    if Counter(map(brief, got)) == Counter(flat):
        return Difference("keys and values are swapped", near)
    if len(shared) < len(expected):
        return Difference("a key is missing" if shared else "other keys are expected", near)
    return Difference("a key too many", near)


# arrays


def _array(got: Any, expected: np.ndarray) -> Difference | None:
    if expected.ndim < 2 and not (isinstance(got, np.ndarray) and got.ndim > 1):
        found = _sequence(got, expected.tolist())
        return found or (_type_of(got, expected) if isinstance(got, np.ndarray) else None)
    if not isinstance(got, (np.ndarray, list, tuple)):
        return Difference(_other_type(got, expected))
    array = np.asarray(got)
    if array.shape != expected.shape:
        near = f"the shape is {array.shape}, and {expected.shape} is expected"
        return Difference(_kind_of_shape(array.shape, expected.shape), near)
    if not all(one.dtype.kind in "biuf" for one in (array, expected)):
        same = bool(np.array_equal(array, expected))
        return None if same else Difference("other elements are expected", _places(array != expected))
    whole = expected.dtype.kind in "biu"
    same = (array == expected) if whole else np.isclose(array, expected, rtol=1e-3, atol=1e-6)
    off = np.abs(array.astype(float) - expected.astype(float))
    wrong_type = _type_of(array, expected)
    if wrong_type and np.allclose(array, expected, rtol=1e-3, atol=1e-3):
        return wrong_type
    if same.all():
        return None
    return Difference(_kind_of_numbers(array, expected), f"{_places(~same)}, by up to {off.max():g}")


def _type_of(got: np.ndarray, expected: np.ndarray) -> Difference | None:
    """Whole numbers may stand for others; numbers with decimals may not stand for whole ones."""
    fits = {"f": "iuf", "i": "iu"}.get(expected.dtype.kind, expected.dtype.kind)
    if got.dtype.kind in fits:
        return None
    return Difference(f"the values are right, their type {got.dtype} is not", f"the type {expected.dtype} is expected")


def _places(differ: np.ndarray) -> str:
    return f"{int(differ.sum()):,} of {differ.size:,} places differ"


def _kind_of_shape(got: tuple[int, ...], expected: tuple[int, ...]) -> str:
    if got == (1, *expected):
        return "still a batch: take the only picture out of it"
    if (1, *got) == expected:
        return "a batch is expected: the first dimension is missing"
    if sorted(got) == sorted(expected):
        return "the right shape, but for the order of its dimensions"
    return "another shape is expected"


def _kind_of_numbers(got: np.ndarray, expected: np.ndarray) -> str:
    one, other = got.astype(float), expected.astype(float)
    near = np.ptp(other) / 500  # half a gray level of 255
    turned = {
        "rows and columns are swapped": other.swapaxes(0, 1),
        "upside down": other[::-1],
        "left and right are exchanged": other[:, ::-1],
        "the last dimension is in reverse order, as in blue, green, red": other[..., ::-1],
    }
    for words, view in turned.items():
        if one.shape == view.shape and np.allclose(one, view, rtol=1e-3, atol=near):
            return words
    if expected.dtype.kind in "biu" and np.abs(one - other).max() <= 1:
        return "nearly right, off by at most 1: look at the rounding, and at each factor"
    if one.std() and other.std() and np.corrcoef(one.ravel(), other.ravel())[0, 1] > 0.9999:
        return "the right picture, in numbers of another range"
    return "other numbers are expected"


Judge = Callable[[Any, Any], Difference | None]
JUDGES: tuple[tuple[type | tuple[type, ...], Judge], ...] = (
    (bool, _flag),
    (Real, _number),
    (str, _word),
    (Path, _path),
    ((list, tuple), _sequence),
    ((set, frozenset), _set),
    (dict, _dictionary),
    (np.ndarray, _array),
)
