"""Read labels from a table with a row per picture (notebook 07)."""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from pathlib import Path, PurePosixPath, PureWindowsPath

from ..report import Finding, Report
from .sets import PictureSet, find_pictures, make_set, normalize_label, require_folder


def read_csv(folder: str | Path, table: str | Path) -> PictureSet:
    """Read labels from a table with a row per picture: its file's name and its label (notebook 07).

    Commas, semicolons or tabs, with or without a header, in UTF-8 or UTF-16. Labels stay text: ``01`` is not 1,
    and ``NA`` is a label like any other.

    Parameters
    ----------
    folder : str or Path
        The folder that the names in the table start from.
    table : str or Path
        The table.

    Returns
    -------
    PictureSet
        Paths in the order of the table; classes sorted.

    Raises
    ------
    FileNotFoundError
        If the folder or the table is missing.
    ValueError
        If the table has no usable row.
    """
    folder, table = require_folder(folder), Path(table)
    if not table.is_file():
        raise FileNotFoundError(f"{table} is not a file; expected a table with a file name and a label per row")
    rows, findings = _read_rows(table)
    labels_of, faults = _match_rows(folder, rows)
    pairs, contradictions = _settle(labels_of)
    findings += faults + contradictions
    if not pairs:
        raise ValueError(
            f"{table} names no picture that can be used; expected rows as in dog-1.jpg,dog.\n{Report(findings)}"
        )
    found, others = find_pictures(folder)
    listed = {path.resolve() for path in labels_of}
    unlisted = tuple(path.name for path in found if path.resolve() not in listed)
    if unlisted:
        remedy = "They are left out. Add a row for each that you want."
        findings.append(Finding("warning", "pictures that the table does not name", unlisted, remedy))
    findings += [finding for finding in others if finding.files != (table.name,)]
    return make_set(pairs, findings, keep_order=True)


def _match_rows(folder: Path, rows: list[tuple[int, str, str]]) -> tuple[dict[Path, list[str]], list[Finding]]:
    """Find the picture of each row, with all labels that the table gives it."""
    labels_of: dict[Path, list[str]] = defaultdict(list)
    faults = defaultdict(list)
    for number, name, label in rows:
        path = _inside(folder, name)
        if not label:
            faults["rows without a label"].append(f"row {number}: {name}")
        elif path is None:
            faults["names that lead out of the folder"].append(f"row {number}: {name}")
        elif not path.is_file():
            faults["files that don't exist"].append(f"row {number}: {name}")
        else:
            labels_of[path].append(normalize_label(label))
    remedy = "They are left out. Mend these rows, or add the files."
    return labels_of, [Finding("error", problem, tuple(files), remedy) for problem, files in faults.items()]


def _settle(labels_of: dict[Path, list[str]]) -> tuple[list[tuple[Path, str]], list[Finding]]:
    """Give each picture its one label, and leave out those that have several."""
    findings = []
    contradictory = {path: labels for path, labels in labels_of.items() if len(set(labels)) > 1}
    if contradictory:
        files = tuple(f"{path.name} ({', '.join(dict.fromkeys(labels))})" for path, labels in contradictory.items())
        remedy = "They are left out. Decide on one label each."
        findings.append(Finding("error", "pictures with more than one label", files, remedy))
    repeated = tuple(path.name for path, labels in labels_of.items() if len(labels) > 1 and path not in contradictory)
    if repeated:
        findings.append(Finding("note", "rows that are repeated", repeated, "Each picture counts once."))
    return [(path, labels[0]) for path, labels in labels_of.items() if path not in contradictory], findings


def _read_rows(table: Path) -> tuple[list[tuple[int, str, str]], list[Finding]]:
    """The rows of a table: number, file name, label. The header, if there is one, is not among them."""
    text, findings = _decode(table)
    lines = [line for line in text.splitlines() if line.strip()]
    delimiter = max(",;\t", key=lambda mark: sum(mark in line for line in lines))
    rows = [
        (number, [cell.strip() for cell in row])
        for number, row in enumerate(csv.reader(text.splitlines(), delimiter=delimiter), start=1)
        if any(cell.strip() for cell in row)
    ]
    short = tuple(f"row {number}" for number, row in rows if len(row) < 2)
    if short:
        findings.append(Finding("error", "rows with fewer than two columns", short, "They are left out. Mend them."))
    rows = [(number, row) for number, row in rows if len(row) >= 2]
    name_at, label_at = 0, 1
    if rows and not Path(rows[0][1][0]).suffix and not Path(rows[0][1][1]).suffix:  # a header names no file
        name_at, label_at = _choose_columns(rows.pop(0)[1])
    elif rows and not Path(rows[0][1][0]).suffix:  # label first, name second
        name_at, label_at = 1, 0
    pick = [(number, row[name_at], row[label_at]) for number, row in rows if len(row) > max(name_at, label_at)]
    return pick, findings


def _decode(table: Path) -> tuple[str, list[Finding]]:
    """The text of a table: UTF-8, UTF-16 with its mark, or else Windows-1252, which is noted."""
    raw = table.read_bytes()
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return raw.decode("utf-16"), []
    try:
        return raw.decode("utf-8-sig"), []
    except UnicodeDecodeError:
        remedy = "It is read as Windows-1252. Check that the labels look right, or save it as UTF-8."
        finding = Finding("warning", "a table that is not in UTF-8", (table.name,), remedy)
        return raw.decode("cp1252", errors="replace"), [finding]


def _choose_columns(header: list[str]) -> tuple[int, int]:
    """Which column names the file, and which the label."""
    names = [cell.casefold() for cell in header]
    name_at = next((i for i, cell in enumerate(names) if re.search("file|image|path|picture|photo|name", cell)), 0)
    others = [i for i in range(len(names)) if i != name_at]
    label_at = next((i for i in others if re.search("label|class|category|target", names[i])), others[0])
    return name_at, label_at


def _inside(folder: Path, name: str) -> Path | None:
    """The file that a name in a table means; None if it lies outside of the folder."""
    relative = PureWindowsPath(name) if "\\" in name else PurePosixPath(name)
    if relative.is_absolute() or PureWindowsPath(name).drive or ".." in relative.parts:
        return None
    path = folder.joinpath(*relative.parts)
    return path if path.resolve().is_relative_to(folder.resolve()) else None
