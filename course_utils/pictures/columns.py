"""Which column of a table names the pictures, and which holds their labels (notebook 07)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from .names import Names, is_address
from .rows import NAMES_FILE, Table

# the first that stands in a heading decides, unless it stands over numbers beside text
LABEL_WORDS = ("label", "class", "category", "species", "breed", "diagnosis", "target", "dx", "variety", "emotion")
PLURALS = {"labels": "label", "classes": "class", "categories": "category", "breeds": "breed", "targets": "target"}
PLURALS |= {"diagnoses": "diagnosis", "diag": "diagnosis", "classname": "class", "labelname": "label"}
# columns that say who or what a picture belongs to, the surest first: by these words alone, or with one of IDS, ...
GROUP_WORDS = ("speaker", "session", "subject", "patient", "participant", "person", "group")
# ... and by these only with one of IDS, as "lesion_id" or "src_file"; alone they may be labels. fs is Freesound
OWNERS = ("lesion", "actor", "client", "user", "case", "video", "scene", "slide", "recording", "src", "source", "fs")
IDS = ("id", "ids", "uid", "number", "no", "nr", "code", "file")
LOOKED_AT = 2_000  # rows, spread over the table, by which the column of names is found
MANY, ALMOST_ALL = 5, 0.8  # from so many rows on, a column where so many values are different holds no classes
ZERO_ONE = {"0": 0, "1": 1, "0.0": 0, "1.0": 1}
PARTS = {
    **dict.fromkeys(("train", "training", "trn"), "training"),
    **dict.fromkeys(("val", "valid", "validation", "validate", "dev", "eval", "evaluation", "holdout"), "validation"),
    **dict.fromkeys(("test", "testing", "tst"), "test"),
}


class NoPictureNamed(ValueError):
    """A table that names none of the pictures here. It may belong to something else."""


class Columns(NamedTuple):
    """Where a table keeps what (notebook 07).

    ``labels`` is one column, or several that hold 1 for the picture's class and 0 for the others (one-hot). ``group``
    is the column that says who or what a picture belongs to, if there is one.
    """

    name: int
    labels: tuple[int, ...]
    part: int | None
    group: int | None = None

    def surely(self, table: Table) -> bool:
        """Tell whether the table itself says that these are labels: by a heading, or by ones and zeros."""
        return len(self.labels) > 1 or _rank(table.headings[self.labels[0]]) is not None

    def in_words(self, table: Table, ending: str = "") -> str:
        """Say what was understood. ``ending`` is what the names lack."""
        headings = [repr(table.headings[place]) for place in self.labels]
        if len(headings) > 4:
            headings = [*headings[:3], f"{len(headings) - 3} more"]
        kind = "labels from the column" if len(self.labels) == 1 else "one class for each of the columns"
        part = f", training or not from {table.headings[self.part]!r}" if self.part is not None else ""
        group = f", kept together by {table.headings[self.group]!r}" if self.group is not None else ""
        return f"{kind} {', '.join(headings)}, pictures from {table.headings[self.name]!r}{ending}{part}{group}"


def choose_columns(
    table: Table, names: Names, name: str | int | None, label: str | int | None, group: str | int | None = None
) -> Columns:
    """Find the columns of names, of labels and of groups (notebook 07).

    Parameters
    ----------
    table : Table
        The table.
    names : Names
        The pictures. The column of names is the one whose values are found among them.
    name, label, group : str, int or None
        A heading, or the number of a column, counted from 1; None: to be found.

    Raises
    ------
    ValueError
        If nothing names pictures, or it is not clear what the labels are. The message lists the headings.
    """
    name_at = _given(table, name) if name is not None else _names(table, names)
    part_at = next((place for place in _others(table, name_at) if _tells_parts(table, place)), None)
    places = [place for place in _others(table, name_at) if place != part_at]
    group_at = _given(table, group) if group is not None else None
    if label is not None:
        labels: tuple[int, ...] = (_given(table, label),)
    else:
        groups = [*_group_columns(table, places)] if group_at is None else [group_at]
        others = [place for place in places if place not in groups]
        left = others if group_at is not None or _hold_labels(table, names, others) else places
        labels = _labels(table, names, left)
    if group_at is None:
        group_at = next((place for place in _group_columns(table, places) if place not in labels), None)
    return Columns(name_at, labels, part_at, group_at)


def part_of(value: str) -> str | None:
    """The part of a data set that a word names: training, validation or test; None, if it names none."""
    return PARTS.get(value.strip().casefold())


def _given(table: Table, column: str | int) -> int:
    """The place of a column that the caller named."""
    folded = [heading.casefold().strip() for heading in table.headings]
    if isinstance(column, int) and 1 <= column <= len(folded):
        return column - 1
    if isinstance(column, str) and column.casefold().strip() in folded:
        return folded.index(column.casefold().strip())
    raise table.refuse(f"it has no column {column!r}")


def _others(table: Table, *taken: int) -> list[int]:
    return [place for place in range(len(table.headings)) if place not in taken]


def _names(table: Table, names: Names) -> int:
    """The column that names the most different pictures; of equal ones, the one written like files."""

    step = 1 + len(table.rows) // LOOKED_AT

    def fit(place: int) -> tuple[int, int, bool, int]:
        values = set(table.column(place)[::step])
        found = [value for value in values if value and names.known(value)]
        return len(found), sum(map(names.looks_like_a_file, found)), _says_name(table.headings[place]), -place

    best = max(range(len(table.headings)), key=fit, default=None)
    if best is not None and (fit(best)[0] or any(map(names.known, table.column(best)))):
        return best
    remedy = "Names are looked for as they are, with any picture's ending, and in the folders below"
    if any(is_address(cell) for _, cells in table.rows for cell in cells):
        remedy = "Addresses on the web are not followed: download the pictures, and write their files' names"
    raise NoPictureNamed(str(table.refuse(f"no column names pictures that are here. {remedy}")))


def _says_name(heading: str) -> bool:
    return bool(NAMES_FILE.fullmatch(heading.casefold()))


def _tells_parts(table: Table, place: int) -> bool:
    """Whether a column says which pictures are for training, and which are not."""
    values = {value.casefold() for value in table.column(place) if value}
    known = {PARTS.get(value) for value in values}
    return None not in known and "training" in known and len(known) > 1


def _labels(table: Table, names: Names, places: list[int]) -> tuple[int, ...]:
    """The column of labels, or those that hold 1 for one class and 0 for the others."""
    said = [place for place in places if _rank(table.headings[place]) is not None]
    one_hot = _one_hot(table, places)
    if said and not set(said) <= set(one_hot):
        best = min(said, key=lambda place: (_is_number(table, place), _rank(table.headings[place]), place))
        return (_with_few_classes(table, best),)
    if one_hot:
        return one_hot
    if len(places) == 1:
        return (_with_few_classes(table, places[0]),)
    possible = [place for place in places if _may_be_labels(table, names, place)]
    texts = [place for place in possible if not _is_number(table, place)]
    left = texts or possible
    if len(left) == 1:
        return (left[0],)
    found = " or ".join(repr(table.headings[place]) for place in left) or "none of the columns"
    say = table.headings[left[0]] if left else table.headings[-1]
    raise table.refuse(f"it is not clear where the labels are: in {found}? Say it: read_csv(..., label={say!r})")


def _group_columns(table: Table, places: Sequence[int]) -> list[int]:
    """The columns that say who or what a picture belongs to, by their headings, the surest first."""
    one_hot = _one_hot(table, places)
    ranks = {place: _group_rank(table.headings[place]) for place in places if place not in one_hot}
    named = [place for place, rank in ranks.items() if rank is not None and _repeats(table, place)]
    return sorted(named, key=lambda place: ranks[place] or 0)


def _group_rank(heading: str) -> int | None:
    """How surely a heading says who or what a picture belongs to: the smaller, the surer; None, if it does not."""
    word, *rest = _words(heading) or [""]
    word = word.removesuffix("s") if word not in OWNERS else word
    known = [*GROUP_WORDS, *(OWNERS if rest else ())]
    return known.index(word) if word in known and (not rest or (len(rest) == 1 and rest[0] in IDS)) else None


def _words(heading: str) -> list[str]:
    """The words of a heading in small letters: ``patient`` and ``id`` of ``Patient ID``, and of ``PatientID``."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", heading)
    return [word for word in re.split(r"[^a-z0-9]+", spaced.casefold()) if word]


def _repeats(table: Table, place: int) -> bool:
    """Whether a column has fewer different values than rows."""
    values = [value for value in table.column(place) if value]
    return len(set(values)) < len(values)


def _hold_labels(table: Table, names: Names, places: list[int]) -> bool:
    """Whether one of these columns could be that of the labels."""
    said = any(_rank(table.headings[place]) is not None for place in places)
    return said or bool(_one_hot(table, places)) or any(_may_be_labels(table, names, place) for place in places)


def _rank(heading: str) -> tuple[int, int, int] | None:
    """How surely a heading says that labels stand below: the smaller, the surer; None, if it does not."""
    words = [PLURALS.get(word, word) for word in _words(heading)]
    found = [LABEL_WORDS.index(word) for word in words if word in LABEL_WORDS]
    return (int(len(words) > 1), min(found), len(words)) if found else None


def _one_hot(table: Table, places: Sequence[int]) -> tuple[int, ...]:
    """The columns that hold 0 or 1 only, if most rows have exactly one 1 there."""
    binary = [place for place in places if set(table.column(place)) <= set(ZERO_ONE) and table.rows]
    if len(binary) < 2:
        return ()
    sums = [sum(ZERO_ONE[cells[place]] for place in binary) for _, cells in table.rows]
    return tuple(binary) if sums.count(1) > len(sums) / 2 else ()


def _is_number(table: Table, place: int) -> bool:
    return all(
        re.fullmatch(r"[-+]?[\d.,]+(e[-+]?\d+)?", value, re.IGNORECASE) for value in table.column(place) if value
    )


def _differ(table: Table, place: int) -> bool:
    """Whether nearly every row has a value of its own."""
    values = [value for value in table.column(place) if value]
    return len(values) >= MANY and len(set(values)) >= ALMOST_ALL * len(values)


def _with_few_classes(table: Table, place: int) -> int:
    if _differ(table, place):
        count = len(set(table.column(place)))
        why = f"the column {table.headings[place]!r} has {count} different values in {len(table.rows)} rows"
        raise table.refuse(f"{why}: these are no classes. Say where the labels are: read_csv(..., label=...)")
    return place


def _may_be_labels(table: Table, names: Names, place: int) -> bool:
    """Whether a column could hold classes: not numbers that count or measure, no names, not all alike."""
    values = [value for value in table.column(place) if value]
    if len(set(values)) < 2 or _differ(table, place) or any(map(names.looks_like_a_file, values)):
        return False
    if not _is_number(table, place):
        return True
    counts = len(set(values)) == len(values)
    return not counts and all(re.fullmatch(r"\d+", value) for value in values) and len(set(values)) <= 100
