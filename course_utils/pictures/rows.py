"""The rows of a table, in whatever file they come: CSV of every kind, JSON lines, JSON, COCO (notebook 07)."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any, NamedTuple

from ..report import Finding
from .formats import require_file
from .names import Names

DELIMITERS = (",", ";", "\t", "|", " ")
TABLES = (".csv", ".tsv", ".txt", ".jsonl", ".json")
OTHER_TABLES = {
    **dict.fromkeys((".xlsx", ".xls", ".xlsm", ".ods", ".numbers"), "a spreadsheet; open it and save it as CSV"),
    **dict.fromkeys((".parquet", ".feather", ".arrow"), "a table for programs; save it as CSV, as pandas can"),
    **dict.fromkeys((".mat", ".npy", ".npz", ".pkl", ".h5", ".hdf5"), "numbers for programs; save the labels as CSV"),
}
BOXES = {"xmin", "x_min", "xmax", "x_max", "bbox", "bboxes", "x1", "x2", "bbox_x", "box", "objects"}
MOST_BYTES = 100_000_000  # of a table: a thousand letters for each of 100,000 pictures
LOOKED_AT = 300  # rows from which it is judged what parts the columns
NAMES_FILE = re.compile(
    r"#?\s*((file|image|img|picture|photo|pic|f)s?[ _.-]?(name|id|path|file|code|index|number)s?"
    r"|(file|image|img|picture|photo|pic)s?|(id|path|name)s?|id[ _.-]?code)"
)


class Table(NamedTuple):
    """Rows with as many cells as there are headings, each with its number in the file (notebook 07).

    ``given`` says whether the file itself has headings; if not, they are ``column 1`` and so on.
    """

    path: Path
    headings: tuple[str, ...]
    given: bool
    rows: list[tuple[int, list[str]]]
    findings: list[Finding]

    def column(self, place: int) -> list[str]:
        """What stands in a column, from the first row to the last."""
        return [cells[place] for _, cells in self.rows]

    def refuse(self, why: str) -> ValueError:
        """Make the error that says why a table is not understood, and what was seen in it."""
        seen = ", ".join(map(repr, self.headings))
        kind = "headings" if self.given else "columns, without headings"
        first = f", first row {', '.join(self.rows[0][1])!r}" if self.rows else ""
        return ValueError(f"{self.path.name}: {why}. Seen were the {kind} {seen}{first}.")


def read_rows(path: Path, names: Names) -> Table:
    """Read a table (notebook 07).

    Parameters
    ----------
    path : pathlib.Path
        The file. Its ending says what it is.
    names : Names
        The pictures. What parts the columns, and whether the first row holds headings, is judged by them.

    Raises
    ------
    ValueError
        If it is no table, one that this course can't read, or larger than 100 MB.
    OSError
        If it can't be opened, or is no regular file.
    """
    ending = path.suffix.lower()
    if ending in OTHER_TABLES:
        raise ValueError(f"{path.name} is {OTHER_TABLES[ending]}, and give that")
    text, findings = _decode(path)
    if ending in (".json", ".jsonl"):
        try:
            return _from_records(path, _parse_json(path, text), findings)
        except RecursionError as error:
            raise ValueError(f"{path.name} is no table: its lists lie too deep in one another") from error
    try:
        return _from_csv(path, text, names, findings)
    except csv.Error as error:
        raise ValueError(f"{path.name} is no table of text: {error}. Save it as CSV anew.") from error


def _decode(table: Path) -> tuple[str, list[Finding]]:
    """The text of a table: UTF-8, UTF-16 with its mark, or else Windows-1252, which is noted."""
    raw = _content(table)
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return raw.decode("utf-16", errors="replace"), []
    try:
        return raw.decode("utf-8-sig"), []
    except UnicodeDecodeError:
        remedy = "It is read as Windows-1252. Check that the labels look right, or save it as UTF-8."
        finding = Finding("warning", "a table that is not in UTF-8", (table.name,), remedy)
        return raw.decode("cp1252", errors="replace"), [finding]


def _content(table: Path) -> bytes:
    """What a table's file holds, if it is no larger than tables are: all of it is held in memory, some times over."""
    require_file(table)
    with open(table, "rb") as file:
        raw = file.read(MOST_BYTES + 1)
    if len(raw) > MOST_BYTES:
        raise ValueError(
            f"{table.name} has more than {MOST_BYTES // 1_000_000} million bytes; expected a row for each picture. "
            "Leave out the columns that say neither a picture's name nor its label, or part it into several tables."
        )
    return raw


def _from_csv(path: Path, text: str, names: Names, findings: list[Finding]) -> Table:
    text = re.sub(r"\Asep=.[\r\n]+", "", text)  # Excel's own word for what parts the columns
    delimiter = max(DELIMITERS, key=lambda mark: _pictures_named(_cells(text, mark, LOOKED_AT), names))
    rows = _cells(text, delimiter)
    unclosed = _unclosed(text, rows, delimiter, names)
    if unclosed:
        remedy = "It is left out, and so are the rows behind it that count as its text. Close the quote, or remove it."
        told = tuple(f"row {number}" for number in unclosed)
        findings.append(Finding("error", "a quote that is opened, and not closed in its row", told, remedy))
    rows = [(number, cells) for number, cells in rows if number not in unclosed]
    short = tuple(f"row {number}" for number, cells in rows if len(cells) < 2)
    if short:
        findings.append(Finding("error", "rows with fewer than two columns", short, "They are left out. Mend them."))
    rows = [(number, cells) for number, cells in rows if len(cells) >= 2]
    given = bool(rows) and _holds_headings(rows, names)
    if given:
        headings = [re.sub(r"^#\s*", "", cell) for cell in rows.pop(0)[1]]
    else:
        count = Counter(len(cells) for _, cells in rows).most_common(1)
        headings = [f"column {number + 1}" for number in range(count[0][0] if count else 0)]
    fitting, odd = _fit(rows, len(headings), delimiter)
    return Table(path, tuple(headings), given, fitting, findings + odd)


def _cells(text: str, delimiter: str, most: int | None = None) -> list[tuple[int, list[str]]]:
    """Part a text into rows, and these into cells. Empty rows don't count."""
    lines = io.StringIO(text, newline="")
    if delimiter == " ":
        parted: Any = (line.split() for line in lines)
    else:
        parted = csv.reader(lines, delimiter=delimiter, skipinitialspace=True)
    rows: list[tuple[int, list[str]]] = []
    number = 0
    try:
        for number, row in enumerate(parted, start=1):
            if any(cell.strip() for cell in row):
                rows.append((number, [cell.strip() for cell in row]))
            if most and len(rows) >= most:
                break
    except csv.Error as error:
        why = "a cell is very long; perhaps a quote in it is not closed" if "limit" in f"{error}" else error
        raise csv.Error(f"in row {number + 1}, {why}") from error
    return rows


def _unclosed(text: str, rows: list[tuple[int, list[str]]], delimiter: str, names: Names) -> set[int]:
    """The rows whose quote takes in the rows behind it: up to the next quote, or to the end."""
    long = [(number, cell.splitlines()) for number, cells in rows for cell in cells if "\n" in cell or "\r" in cell]
    found = {
        number
        for number, (_, *behind) in long
        if any(names.known(part.strip(' "')) for line in behind for part in line.split(delimiter))
    }
    try:
        for _ in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True, strict=True):
            pass
    except csv.Error as error:
        if long and "end of data" in str(error):
            found.add(long[-1][0])
    return found


def _pictures_named(rows: list[tuple[int, list[str]]], names: Names) -> tuple[int, int]:
    """How many rows name a picture and have something beside it; and how many have columns at all."""
    parted = [cells for _, cells in rows if len(cells) > 1]
    return sum(any(map(names.known, cells)) for cells in parted), len(parted)


def _holds_headings(rows: list[tuple[int, list[str]]], names: Names) -> bool:
    """Whether the first row says what the columns are. It names no picture, and its words occur nowhere below."""
    first, below = rows[0][1], [cells for _, cells in rows[1:]]
    if any(map(names.looks_like_a_file, first)):
        return False
    again = [any(place < len(cells) and cells[place] == cell for cells in below) for place, cell in enumerate(first)]
    if any(NAMES_FILE.fullmatch(cell.casefold()) and not once for cell, once in zip(first, again, strict=True)):
        return True
    return not any(map(names.known, first)) and not any(cell and once for cell, once in zip(first, again, strict=True))


def _fit(rows: list[tuple[int, list[str]]], count: int, delimiter: str) -> tuple[list, list[Finding]]:
    """Give each row as many cells as there are headings. What stands after the last heading belongs to its cell."""
    fitting, long = [], []
    for number, cells in rows:
        surplus = cells[count:]
        if any(surplus):
            long.append(f"row {number}")
            joint = ", " if delimiter == "," else f" {delimiter} "
            cells = [*cells[: count - 1], joint.join([cells[count - 1], *filter(None, surplus)])]
        fitting.append((number, (cells + [""] * count)[:count]))
    remedy = "What is too much counts as part of the last column. Put quotes around text that holds the mark."
    problem = f"rows with more columns than others, parted by {delimiter!r}"
    return fitting, [Finding("warning", problem, tuple(long), remedy)] if long else []


def _parse_json(path: Path, text: str) -> Any:
    try:
        if path.suffix.lower() == ".jsonl":
            return [json.loads(line) for line in text.splitlines() if line.strip()]
        return json.loads(text)
    except ValueError as error:
        raise ValueError(f"{path.name} is no whole JSON: {error}. Copy or download it again.") from error


def _from_records(path: Path, content: Any, findings: list[Finding]) -> Table:
    """A table from JSON: a list of records, a label for each name, or COCO's lists."""
    if isinstance(content, dict) and {"images", "annotations", "categories"} <= set(content):
        return Table(path, ("file_name", "category"), True, _from_coco(path, content), findings)
    if isinstance(content, dict) and content and all(isinstance(value, str | int) for value in content.values()):
        content = [{"file_name": name, "label": label} for name, label in content.items()]
    records = content if isinstance(content, list) else []
    if not records or not all(isinstance(record, dict) for record in records):
        raise ValueError(
            f"{path.name} holds no records; expected a list such as "
            '[{"file_name": "1.png", "label": "cat"}], or the lists of COCO: images, annotations, categories'
        )
    if any(set(record) & BOXES and not isinstance(record.get("label"), str | int) for record in records):
        raise ValueError(f"{path.name} {DETECTION}")
    headings = tuple(dict.fromkeys(str(key) for record in records for key in record))
    rows = [(number, [_text(record.get(key)) for key in headings]) for number, record in enumerate(records, start=1)]
    return Table(path, headings, True, rows, findings)


DETECTION = (
    "marks things within pictures (detection). This course gives each picture one class: cut the things out, "
    "or sort the pictures into a folder for each class"
)


def _text(value: Any) -> str:
    return "" if value is None else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _from_coco(path: Path, content: dict[str, Any]) -> list[tuple[int, list[str]]]:
    """COCO's pictures, each with its category. With several in one picture, it is detection."""
    try:
        called = {category["id"]: str(category["name"]) for category in content["categories"]}
        seen: dict[Any, set[str]] = defaultdict(set)
        for annotation in content["annotations"]:
            seen[annotation["image_id"]].add(called[annotation["category_id"]])
        pictures = [(str(image["file_name"]), seen[image["id"]]) for image in content["images"]]
    except (KeyError, TypeError) as error:
        raise ValueError(f"{path.name} looks like COCO, but lacks {error}. Export it again.") from error
    several = next((name for name, labels in pictures if len(labels) > 1), None)
    if several:
        raise ValueError(f"{path.name} {DETECTION}; {several} has several")
    return [(number, [name, *labels] if labels else [name, ""]) for number, (name, labels) in enumerate(pictures, 1)]
