"""Tables that lie among pictures: which one holds the labels, and which belong to something else (notebook 07)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from ..report import Finding
from .columns import NoPictureNamed
from .levels import TRAINING, UNLABELED, kind_of
from .names import Names
from .rows import OTHER_TABLES, TABLES
from .sets import is_junk, walk_folders
from .shown import in_words
from .tables import Labeled, label_pictures

MOST_TABLES = 20  # of one folder: more are a file for each picture, as detection has them
SUBMISSION = re.compile("submission", re.IGNORECASE)


class LabelFiles(NamedTuple):
    """What tables among pictures say: those understood, why others were not, and what is to be reported."""

    understood: dict[Path, Labeled]
    refused: dict[Path, str]
    findings: list[Finding]


def is_table(path: Path) -> bool:
    """Tell by its name whether a file is a table, readable or not (notebook 07)."""
    return path.suffix.lower() in (*TABLES, *OTHER_TABLES)


def find_tables(folder: Path, apart: Iterable[Path] = ()) -> list[Path]:
    """List the tables under a folder, those that lie highest first, without those in folders that are read apart."""
    apart, tables = set(apart), []
    for place, folders, names in walk_folders(folder, []):  # find_pictures says which can't be read
        folders[:] = sorted(name for name in folders if not is_junk(name) and Path(place, name) not in apart)
        here = [Path(place, name) for name in sorted(names) if not is_junk(name) and is_table(Path(name))]
        tables += here if len(here) <= MOST_TABLES else []
    return sorted(tables, key=lambda path: len(path.parts))


def read_label_files(folder: Path, pictures: Sequence[Path], tables: Iterable[Path]) -> LabelFiles:
    """Try each table on the pictures.

    Parameters
    ----------
    folder : pathlib.Path
        The folder that names may start from; else they start from the table's own.
    pictures : sequence of pathlib.Path
        What lies under it.
    tables : iterable of pathlib.Path
        From ``find_tables``.
    """
    understood, refused, strangers, samples = {}, {}, [], []
    tables = list(tables)
    names = Names(folder, pictures if tables else ())
    for table in tables:
        if SUBMISSION.search(table.stem) or kind_of(table.stem)[0] == UNLABELED:
            samples.append(table.name)
            continue
        try:
            labeled = label_pictures(table, names)
            if table.suffix.lower() == ".txt" and 2 * len(labeled.pairs) < len(labeled.table.rows):
                raise NoPictureNamed  # a text that happens to hold a picture's name
            understood[table] = labeled
        except NoPictureNamed:
            strangers += [table.name] if table.suffix.lower() != ".txt" else []
        except (ValueError, OSError) as error:
            refused[table] = in_words(error)
    findings = []
    if strangers:
        remedy = "They are not read. If one holds the labels, see that it names the pictures as their files are called."
        findings.append(Finding("note", "tables that name no picture of this set", tuple(strangers), remedy))
    if samples:
        remedy = "They are not read: they show how answers are handed in, and hold none."
        findings.append(Finding("note", "tables for answers", tuple(samples), remedy))
    return LabelFiles(understood, refused, findings)


def by_part(understood: dict[Path, Labeled]) -> dict[str, Labeled]:
    """Several tables as the parts of a data set, by their names, as train.csv and val.csv; empty, if they are not."""
    kinds = {table: kind_of(table.stem)[0] for table in understood}
    known = [kind for kind in kinds.values() if kind]
    if len(known) < len(kinds) or len(set(known)) < len(known) or TRAINING not in known:
        return {}
    return {kinds[table] or "": labeled for table, labeled in understood.items()}


def the_only_one(understood: dict[Path, Labeled]) -> Labeled | None:
    """The table that counts: the only one, or the only one that says by a heading that it holds labels."""
    every = list(understood.values())
    sure = [labeled for labeled in every if labeled.surely]
    for some in (every, sure):
        if some and all(dict(labeled.pairs) == dict(some[0].pairs) for labeled in some):
            return some[0]
    return None
