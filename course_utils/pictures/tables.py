"""Read labels from a table with a row per picture (notebook 07)."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import NamedTuple

from ..report import Finding, Report
from .columns import ZERO_ONE, Columns, NoPictureNamed, choose_columns, part_of
from .names import Names, is_address
from .rows import BOXES, DETECTION, Table, read_rows
from .sets import NO_PICTURES, PictureSet, find_pictures, make_set, normalize_label, require_folder
from .shown import UNSEEN


class Labeled(NamedTuple):
    """What a table says of pictures: each with its label, and its part of the data set if the table tells.

    ``listed`` are all pictures that it names, those included that have no label or several. ``groups`` says who or what
    a picture belongs to, if the table tells.
    """

    pairs: list[tuple[Path, str]]
    parts: dict[Path, str]
    listed: set[Path]
    findings: list[Finding]
    columns: Columns
    table: Table
    groups: dict[Path, str]

    @property
    def surely(self) -> bool:
        """Whether the table itself says that these are labels, by a heading or by ones and zeros."""
        return self.columns.surely(self.table)


def read_csv(
    folder: str | Path,
    table: str | Path,
    name: str | int | None = None,
    label: str | int | None = None,
    group: str | int | None = None,
) -> PictureSet:
    """Read labels from a table with a row per picture: its file's name and its label (notebook 07).

    The column of names is the one whose values are found as files: as they are, with any picture's ending, in the
    folder below that holds them, or without folders at their start. Labels stand under a heading such as ``label``,
    ``class``, ``species`` or ``dx``, in a column of their own each (0 or 1, one-hot), or in the only column that can
    hold them. Labels stay text: ``01`` is not 1, and ``NA`` is a label like any other. A column called ``speaker``,
    ``session``, ``subject``, ``patient``, ``participant``, ``person`` or ``group``, or such as ``patient_id`` or
    ``lesion_id``, says who or what a picture belongs to, if it is not that of the labels.

    Parameters
    ----------
    folder : str or Path
        The folder that the names in the table start from.
    table : str or Path
        The table: commas, semicolons, tabs, ``|`` or blanks, with or without headings, in UTF-8 or UTF-16; JSON lines
        or a list of records; or COCO's JSON with one category for each picture.
    name, label, group : str or int, optional
        Headings of the columns of names, labels and groups, or their numbers, counted from 1. Found, if not given.

    Returns
    -------
    PictureSet
        Paths in the order of the table; classes sorted. The report says how the table was understood, where that is not
        plain, and names each row and picture that is left out.

    Raises
    ------
    FileNotFoundError
        If the folder or the table is missing.
    ValueError
        If no column names pictures, it is not clear where the labels are, or no row can be used. The message lists the
        columns.
    """
    folder, table = require_folder(folder), Path(table)
    found, others = find_pictures(folder)
    labeled = label_pictures(table, Names(folder, found), name, label, group)
    if len(set(labeled.parts.values())) > 1:
        remedy = "Read them apart with read_both: validation pictures must not be learned."
        parts = tuple(sorted(set(labeled.parts.values())))
        labeled.findings.append(Finding("error", "training and validation pictures, read as one set", parts, remedy))
    findings = labeled.findings + beside(labeled, found, others)
    return make_set(labeled.pairs, findings, keep_order=True, groups=labeled.groups)


def label_pictures(
    table: Path,
    names: Names,
    name: str | int | None = None,
    label: str | int | None = None,
    group: str | int | None = None,
) -> Labeled:
    """Find the label of each picture that a table names. ``names`` are the pictures that may be meant.

    Raises
    ------
    FileNotFoundError, ValueError
        As ``read_csv`` does.
    """
    if not table.is_file():
        raise FileNotFoundError(f"{table} is not a file; expected a table with a file name and a label per row")
    content = read_rows(table, names)
    if not content.rows:
        raise NoPictureNamed(f"{table} has no rows; expected some as in dog-1.jpg,dog.\n{Report(content.findings)}")
    columns = choose_columns(content, names, name, label, group)
    names.learn(content.column(columns.name), table.stem)
    labels_of, parts, faults = _match_rows(content, columns, names)
    pairs, contradictions = _settle(labels_of, content)
    findings = content.findings + faults + contradictions
    if not pairs:
        raise NoPictureNamed(
            f"{table} names no picture that can be used; expected rows as in dog-1.jpg,dog.\n{Report(findings)}"
        )
    if len(content.headings) > 2:
        added = (
            {path.suffix for path in labels_of} if not names.looks_like_a_file(content.column(columns.name)[0]) else ()
        )
        ending = f" + {' or '.join(sorted(added))}" if added else ""
        understood = f"a table of {len(content.headings)} columns: {columns.in_words(content, ending)}"
        said = "name=..., label=..." + (", group=..." if columns.group is not None else "")
        remedy = f"If that is not meant, say which columns hold what: read_csv(folder, table, {said})."
        findings.append(Finding("note", understood, (), remedy))
    return Labeled(pairs, parts, set(labels_of), findings, columns, content, _groups(content, columns, names))


def beside(labeled: Labeled, pictures: Sequence[Path], others: Sequence[Finding]) -> list[Finding]:
    """Name the pictures that lie there, and are in no row; and what else was noticed, but for the table itself."""
    left = without_tables(others, [labeled.table.path.name])
    files = tuple(path.name for path in pictures if path not in labeled.listed)
    remedy = "They are left out. Add a row for each that you want."
    return ([Finding("warning", "pictures that the table does not name", files, remedy)] if files else []) + left


def without_tables(findings: Sequence[Finding], tables: Sequence[str]) -> list[Finding]:
    """Take tables from the files that are no pictures."""
    left = [
        one._replace(files=tuple(name for name in one.files if name not in tables))
        if one.problem == NO_PICTURES
        else one
        for one in findings
    ]
    return [one for one in left if one.files or one.problem != NO_PICTURES]


def _match_rows(
    table: Table, columns: Columns, names: Names
) -> tuple[dict[Path, list[str]], dict[Path, str], list[Finding]]:
    """Find the picture of each row, with all labels that the table gives it, and its part of the data set."""
    labels_of: dict[Path, list[str]] = defaultdict(list)
    parts: dict[Path, str] = {}
    faults, cleaned = defaultdict(list), []
    for number, cells in table.rows:
        name, label = cells[columns.name], _label(table, columns, cells)
        found = names.find(name)
        if label is None:
            faults["rows that have not exactly one class"].append(f"row {number}: {name}")
        elif not UNSEEN.sub("", label).strip():
            faults["rows without a label"].append(f"row {number}: {name}")
        elif len(found) != 1:
            faults[_why_none(name) if not found else "names that fit several pictures"].append(f"row {number}: {name}")
        else:
            plain = UNSEEN.sub("", re.sub(r"\s+", " ", label)).strip() if UNSEEN.search(label) else label
            if plain != label:
                cleaned.append(f"row {number}: {name}")
            labels_of[found[0]].append(normalize_label(plain))
            if columns.part is not None and (part := part_of(cells[columns.part])):
                parts[found[0]] = part
    remedy = "They are left out. Mend these rows, or add the files."
    findings = [Finding("error", problem, tuple(rows), remedy) for problem, rows in faults.items()]
    if cleaned:
        remedy = "These characters are taken out. Check that the labels look right."
        findings.append(Finding("warning", "labels with control characters", tuple(cleaned), remedy))
    return labels_of, parts, findings


def _groups(table: Table, columns: Columns, names: Names) -> dict[Path, str]:
    """Who or what each picture belongs to, as the first row says that names it. An empty cell says nothing."""
    groups: dict[Path, str] = {}
    for _, cells in table.rows if columns.group is not None else ():
        found, group = names.find(cells[columns.name]), normalize_label(cells[columns.group or 0]).strip()
        if len(found) == 1 and group:
            groups.setdefault(found[0], group)
    return groups


def _label(table: Table, columns: Columns, cells: list[str]) -> str | None:
    """The label of a row; None, if several or none of the classes' columns hold a 1."""
    if len(columns.labels) == 1:
        return cells[columns.labels[0]]
    ones = [place for place in columns.labels if ZERO_ONE.get(cells[place]) == 1]
    return table.headings[ones[0]] if len(ones) == 1 else None


def _why_none(name: str) -> str:
    """Why a name means no picture."""
    if is_address(name):
        return "addresses on the web, which are not followed"
    relative = PureWindowsPath(name) if "\\" in name else PurePosixPath(name)
    if relative.is_absolute() or PureWindowsPath(name).drive or ".." in relative.parts:
        return "names that lead out of the folder"
    return "files that don't exist"


def _settle(labels_of: dict[Path, list[str]], table: Table) -> tuple[list[tuple[Path, str]], list[Finding]]:
    """Give each picture its one label, and leave out those that have several."""
    findings = []
    contradictory = {path: labels for path, labels in labels_of.items() if len(set(labels)) > 1}
    if contradictory and {heading.casefold() for heading in table.headings} & BOXES:
        raise ValueError(f"{table.path.name} {DETECTION}; {next(iter(contradictory)).name} has several")
    if contradictory:
        files = tuple(f"{path.name} ({', '.join(dict.fromkeys(labels))})" for path, labels in contradictory.items())
        remedy = "They are left out. Decide on one label each."
        findings.append(Finding("error", "pictures with more than one label", files, remedy))
    repeated = tuple(path.name for path, labels in labels_of.items() if len(labels) > 1 and path not in contradictory)
    if repeated:
        findings.append(Finding("note", "rows that are repeated", repeated, "Each picture counts once."))
    return [(path, labels[0]) for path, labels in labels_of.items() if path not in contradictory], findings
