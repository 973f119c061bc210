"""Read pictures in whatever layout they come, and in the parts of their data set (notebook 07)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from ..files import log_error
from ..report import Finding, Report
from .archives import archive_findings, is_archive, unpacked, unzip
from .filenames import classes_in, read_names, says_something
from .labelfiles import LabelFiles, by_part, find_tables, is_table, read_label_files, the_only_one
from .layouts import name_by_filename, name_by_folder
from .levels import TEST, TRAINING, UNLABELED, VALIDATION, class_levels, find_parts, in_words
from .names import USUAL
from .rows import DETECTION
from .sets import PictureSet, find_pictures, groups_of, is_picture, make_set, require_folder
from .shown import shown
from .tables import Labeled, beside, without_tables

LOOKED_AT = 20  # pictures
NOT_READ = "The folders name the classes. If a table shall, give it to read_csv."
BESIDE = (".txt", ".xml", ".json")  # what detection keeps for each picture


class Parts(NamedTuple):
    """The parts of a data set (notebook 07). ``test`` is kept apart to the end: to be judged once, when all is chosen.

    All have the classes of the training pictures. A part that is not there is None.
    """

    training: PictureSet
    validation: PictureSet | None = None
    test: PictureSet | None = None


class _Place(NamedTuple):
    """A folder that was looked through once: its pictures, what else was noticed, and its tables."""

    folder: Path
    pictures: list[Path]
    findings: list[Finding]
    tables: LabelFiles

    def part(self, folder: Path) -> _Place:
        """A folder in it, with tables of its own. What was noticed stays with the whole."""
        own = [path for path in self.pictures if path.is_relative_to(folder)]
        tables = read_label_files(folder, own, find_tables(folder))
        return _Place(folder, own, tables.findings, tables)


def read_pictures(path: str | Path, level: int | None = None) -> PictureSet:
    """Read labeled pictures in whatever layout they come (notebook 07).

    Parameters
    ----------
    path : str or Path
        A folder with a folder per label, a folder of pictures named after their labels, a folder with pictures
        and one table, the table itself (``.csv``, ``.tsv``, ``.txt``, ``.jsonl``, ``.json``), or a zip file of any of
        these.
    level : int, optional
        Which level of folders names the classes, as for ``read_folders``; 0: the files' names do.

    Returns
    -------
    PictureSet
        As :func:`read_folders`, :func:`read_filenames` or :func:`read_csv` returns it. The report says how it was
        understood, where that is not plain.

    Raises
    ------
    FileNotFoundError
        If there is nothing at ``path``.
    ValueError
        If it holds no labeled pictures, it is not clear what their labels are, or it is a zip file that can't be
        unpacked safely.
    """
    parts = _read(path, level)
    whole = parts.pop(TRAINING)
    if not parts:
        return whole
    names = (TRAINING, *parts)
    remedy = "Read them apart with read_both: validation pictures must not be learned."
    findings = [Finding("error", "training and validation folders, read as one set", names, remedy), *whole.report]
    pairs = [*whole.pairs(), *(pair for part in parts.values() for pair in part.pairs())]
    findings += [finding for part in parts.values() for finding in part.report]
    return make_set(pairs, findings, groups=groups_of(whole, *parts.values()))


def read_parts(path: str | Path, level: int | None = None) -> Parts:
    """Read the parts of a data set that its folders, its tables or a column of its table name (notebook 07).

    Parameters
    ----------
    path : str or Path
        As for :func:`read_pictures`. Folders of parts lie at the top, and are called ``train``, ``Training``,
        ``dogs-train`` and the like; beside them ``val``, ``dev``, ``eval`` or ``holdout``, and ``test``.
    level : int, optional
        Which level of folders in a part names the classes.

    Returns
    -------
    Parts
        Training; validation, which is ``test`` where there is no other; and ``test``, if it is the third. A part that
        has no labels is left out, and the report of the training pictures says so.

    Raises
    ------
    FileNotFoundError
        If there is nothing at ``path``.
    ValueError
        If there are no labeled training pictures, or a label occurs only in validation: the network would have no
        output for it.
    """
    parts = _read(path, level)
    training = parts.pop(TRAINING)
    known = {kind: _with_classes_of(training, kind, part, path) for kind, part in parts.items()}
    if VALIDATION not in known and TEST in known:
        known[VALIDATION] = known.pop(TEST)
    return Parts(training, known.get(VALIDATION), known.get(TEST))


def read_both(training: str | Path, validation: str | Path | None = None) -> tuple[PictureSet, PictureSet]:
    """Read training and validation pictures, with one order of classes for both (notebook 07).

    Parameters
    ----------
    training, validation : str or Path
        As for :func:`read_pictures`. Without ``validation``, one folder, zip file or table that holds both, as for
        :func:`read_parts`.

    Returns
    -------
    (PictureSet, PictureSet)
        Both with the classes of the training pictures. Where there are test pictures too, they are kept apart, and the
        report of the training pictures says how many.

    Raises
    ------
    FileNotFoundError
        If one of the folders is missing.
    ValueError
        If a label occurs only in validation: the network would have no output for it.
    """
    if validation is not None:
        learned = read_pictures(training)
        return learned, _with_classes_of(learned, VALIDATION, read_pictures(validation), training, validation)
    parts = read_parts(training)
    if parts.validation is None:
        raise FileNotFoundError(
            f"{training} holds no folder called validation or valid or val or test; give both folders, one after the "
            f"other.\n{parts.training.report}"
        )
    learned = parts.training
    if parts.test:
        remedy = "They are kept apart: read_parts gives them. Judge by them once, when all is chosen."
        kept = Finding("note", f"{len(parts.test.paths)} test pictures", (), remedy)
        learned = learned._replace(report=learned.report + Report([kept]))
    return learned, parts.validation


def read_levels(path: str | Path) -> dict[int, tuple[str, ...]]:
    """Say which levels of folders could name the classes, each with the classes it gives, the likely one first.

    Empty, if it is no folder or zip file.
    """
    source = Path(path)
    if not source.is_dir() and not is_archive(source):
        return {}
    top = source if source.is_dir() else unzip(source)
    pictures, _ = find_pictures(top)
    training = find_parts(go_down(top, pictures), pictures).get(TRAINING, [top])[0]
    return class_levels(training, [picture for picture in pictures if picture.is_relative_to(training)])


def _with_classes_of(
    training: PictureSet, kind: str, part: PictureSet, source: str | Path, other: str | Path | None = None
) -> PictureSet:
    """Give a part the classes of the training pictures. What can't be judged is refused, or left out of a test."""
    unknown = [name for name in part.classes if name not in training.classes]
    if unknown and kind != TEST:
        raise ValueError(
            f"{other or f'the {kind} part of {source}'} has the label {', '.join(map(repr, unknown))}, which {source} "
            f"has not for training; it has {', '.join(map(repr, training.classes))}. Add training pictures of it, or "
            "mend its spelling."
        )
    strange = [path for path, label in part.pairs() if label in unknown]
    if strange:
        remedy = "They are left out. Add training pictures of it, or mend its spelling."
        problem = f"test pictures of {', '.join(map(repr, unknown))}, which training has not"
        finding = Finding("error", problem, tuple(path.name for path in strange), remedy)
        part = part.without(strange)._replace(report=part.report + Report([finding]))
    return part._replace(classes=training.classes)


def _read(path: str | Path, level: int | None) -> dict[str, PictureSet]:
    """Read what is there, in its parts: ``training`` first, and nothing else where there are no parts."""
    source = Path(path)
    if is_picture(source):
        raise ValueError(f"{source} is one picture; say what it shows, or give the folder that holds all of them")
    if source.is_file() and is_table(source):
        folder = source.parent
        pictures, findings = find_pictures(folder)
        tables = read_label_files(folder, pictures, [source])
        if not tables.understood:
            raise ValueError(tables.refused.get(source) or f"{source} names none of the pictures beside and below it")
        return _of_table(_Place(folder, pictures, findings, tables), tables.understood[source], {})
    if not source.is_file():
        return _read_folder(require_folder(source), level)
    with unpacked(source) as inside:
        parts = _read_folder(inside, level)
    report = parts[TRAINING].report + Report(archive_findings(source))
    return parts | {TRAINING: parts[TRAINING]._replace(report=report)}


def _read_folder(top: Path, level: int | None) -> dict[str, PictureSet]:
    """Read what lies in a folder. Tables are spoken of by themselves, and are no files that are just left out."""
    pictures, findings = find_pictures(top)
    spoken_of = [table.name for table in find_tables(top) if table.suffix.lower() != ".txt"]
    findings = without_tables(findings, spoken_of)
    if not pictures:
        what = "holds no pictures" if any(top.iterdir()) else "is empty"
        remedy = "expected pictures, in a folder for each class"
        raise ValueError(f"{top} {what}; {remedy}." + (f"\n{Report(findings)}" if findings else ""))
    folder = go_down(top, pictures)
    parts = find_parts(folder, pictures)
    apart = [one for folders in parts.values() for one in folders]
    tables = read_label_files(top, pictures, find_tables(top, apart))
    place = _Place(folder, pictures, [*findings, *tables.findings], tables)
    if not parts:
        return _of_place(place, level, top)
    if tables.understood:
        return _of_tables(place, parts)
    try:
        read = _of_parts(place, parts, level)
    except ValueError as error:
        raise ValueError("\n".join([str(error), *tables.refused.values()])) from error
    refused = [Finding("warning", why, (), NOT_READ) for why in tables.refused.values()]
    outside = tuple(path.name for path in pictures if not any(path.is_relative_to(one) for one in apart))
    remedy = "They are left out: they belong to no part."
    found = [Finding("warning", "pictures beside the folders of training and validation", outside, remedy)]
    report = Report([*place.findings, *refused, *(found if outside else [])])
    return read | {TRAINING: read[TRAINING]._replace(report=report + read[TRAINING].report)}


def _of_place(place: _Place, level: int | None, top: Path) -> dict[str, PictureSet]:
    """Read a folder without parts: by its table, by its folders, or by its files' names, as level 0 asks."""
    if level == 0:
        return {TRAINING: name_by_filename(place.folder, place.pictures, place.findings)}
    classes = next(iter(class_levels(place.folder, place.pictures).values()), ())
    by_folders = len(classes) > 1 or (level is not None)
    tables, passed = _tables_that_count(place, by_folders)
    place = place._replace(tables=tables, findings=place.findings + passed)
    if tables.understood:
        return _of_tables(place, {})
    if by_folders or any(picture.parent != place.folder for picture in place.pictures):
        return {TRAINING: name_by_folder(top, place.pictures, place.findings, level)}
    if tables.refused:
        raise ValueError("\n".join(tables.refused.values()))
    refuse_boxes(place.pictures)
    named = set(classes_in([picture.name for picture in place.pictures])) - {None}
    if place.folder != top and len(named) < 2 and place.folder.name.casefold() not in USUAL:  # a lone label
        return {TRAINING: name_by_folder(place.folder.parent, place.pictures, place.findings, level)}
    return {TRAINING: _of_flat(place)}


def _of_flat(place: _Place) -> PictureSet:
    """Read pictures that lie in one folder by their names; by the folder's, if theirs are no names of classes."""
    names = [path.name for path in place.pictures]
    labels = {label.casefold(): label for label in classes_in(names) if label}
    singly = len(labels) == len(names) > 1 and not any(read.counted for read in read_names(names))
    telling = says_something(place.folder.name) and shown(place.folder) == str(place.folder)  # no zip file's
    if telling and (singly or not labels):
        others = f" Their own would give {in_words(sorted(labels.values()))} (level=0)." if labels else ""
        problem = f"no folders for classes: all are {place.folder.name!r}, as their folder is called"
        note = Finding("note", problem, (), f"If they show several things, give each a folder in it.{others}")
        return name_by_folder(place.folder.parent, place.pictures, [*place.findings, note], None)
    found = name_by_filename(place.folder, place.pictures, place.findings)
    remedy = "If all show the same, put them into a folder of that name, beside those of the other classes."
    note = Finding("note", f"classes from the files' names: {in_words(found.classes)}", (), remedy)
    return found._replace(report=found.report + Report([note]))


def _tables_that_count(place: _Place, by_folders: bool) -> tuple[LabelFiles, list[Finding]]:
    """Beside folders that name classes, only a table that says by itself that it labels most pictures counts."""
    if not by_folders:
        return place.tables, []
    most = {
        table: labeled
        for table, labeled in place.tables.understood.items()
        if labeled.surely and 2 * len(labeled.pairs) >= len(place.pictures)
    }
    others = tuple(path.name for path in (*place.tables.understood, *place.tables.refused) if path not in most)
    problem = "tables beside folders that name classes, not read"
    found = [Finding("warning", problem, others, NOT_READ)] if others else []
    if most:
        names = tuple(table.name for table in most)
        found.append(Finding("note", "labels from a table, not from the folders", names, "Both are there."))
    return place.tables._replace(understood=most, refused={}), found


def _of_tables(place: _Place, parts: dict[str, list[Path]]) -> dict[str, PictureSet]:
    """Read by the one table that counts, or by one for each part."""
    understood = place.tables.understood
    one, several = the_only_one(understood), by_part(understood)
    if one is not None:
        others = tuple(table.name for table in understood if understood[table].pairs != one.pairs)
        remedy = "One of the tables says by a heading that it holds labels; these don't."
        passed = [Finding("note", "other tables that name pictures, not read", others, remedy)] if others else []
        return _of_table(place._replace(findings=place.findings + passed), one, parts)
    if not several:
        names = ", ".join(table.name for table in understood)
        raise ValueError(f"several tables give labels: {names}. Say which counts: read_csv(folder, table)")
    return {kind: _of_table(place, labeled, {})[TRAINING] for kind, labeled in several.items()}


def _of_table(place: _Place, labeled: Labeled, parts: dict[str, list[Path]]) -> dict[str, PictureSet]:
    """Part what a table labels as its column says; else as the folders say that its pictures lie in."""
    folder_of = {folder: kind for kind, folders in parts.items() for folder in folders}
    pairs: dict[str, list[tuple[Path, str]]] = {TRAINING: []}
    for path, label in labeled.pairs:
        kind = labeled.parts.get(path) or next((folder_of[up] for up in path.parents if up in folder_of), TRAINING)
        pairs.setdefault(VALIDATION if kind == UNLABELED else kind, []).append((path, label))
    findings = labeled.findings + beside(labeled, place.pictures, place.findings)
    given = {kind: own for kind, own in pairs.items() if own}
    if TRAINING not in given:
        given = {TRAINING: labeled.pairs}
    return {
        kind: make_set(own, findings if kind == TRAINING else [], keep_order=True, groups=labeled.groups)
        for kind, own in given.items()
    }


def _of_parts(place: _Place, parts: dict[str, list[Path]], level: int | None) -> dict[str, PictureSet]:
    """Read each part's folders. One without labels costs itself only, unless it is for training."""
    read: dict[str, PictureSet] = {}
    lost: list[Finding] = []
    for kind in (TRAINING, VALIDATION, TEST):
        sets = [one for folder in parts.get(kind, []) if (one := _of_part(place.part(folder), kind, level, read, lost))]
        if len(sets) == 1:
            read[kind] = sets[0]
        elif sets:
            pairs = [pair for one in sets for pair in one.pairs()]
            findings = [finding for one in sets for finding in one.report]
            read[kind] = make_set(pairs, findings, groups=groups_of(*sets))
    for folder in parts.get(UNLABELED, []):
        lost += _lost(place.part(folder), "by its name")
    return read | {TRAINING: read[TRAINING]._replace(report=read[TRAINING].report + Report(lost))}


def _of_part(
    place: _Place, kind: str, level: int | None, read: dict[str, PictureSet], lost: list[Finding]
) -> PictureSet | None:
    """Read one folder of a part; None, and a finding, if it has no labels."""
    folder = go_down(place.folder, place.pictures)
    try:
        own = _of_place(place._replace(folder=folder), level, place.folder)[TRAINING]
        if kind != TRAINING and not set(own.classes) <= set(read[TRAINING].classes):
            own = _at_the_same_level(place, own, read[TRAINING])
        if kind == TRAINING or set(own.classes) & set(read[TRAINING].classes):
            return own
        lost += _lost(place, f"its names would give {', '.join(own.classes[:3])}")
    except ValueError as error:
        if kind == TRAINING:
            raise
        log_error(error)
        lost += _lost(place, str(error).splitlines()[0].rstrip("."))
    return None


def _at_the_same_level(place: _Place, own: PictureSet, training: PictureSet) -> PictureSet:
    """Read a part's folders at each level, since one with few classes does not tell which it is."""
    deepest = max(len(path.relative_to(place.folder).parts) for path in place.pictures)
    for level in range(1, deepest):
        other = name_by_folder(place.folder, place.pictures, place.findings, level)
        if set(other.classes) <= set(training.classes):
            return other
    return own


def _lost(place: _Place, why: str) -> list[Finding]:
    remedy = "They are left out. The classifier can say what they are, or give each its label."
    problem = f"{len(place.pictures)} pictures without labels in {place.folder.name} ({why})"
    return [Finding("warning", problem, (), remedy)]


def go_down(folder: Path, pictures: Sequence[Path]) -> Path:
    """Go down while all pictures lie in one folder, as in many zip files."""
    while pictures:
        tops = {path.relative_to(folder).parts[0] for path in pictures}
        inside = folder / next(iter(tops))
        if len(tops) > 1 or inside in pictures[:1]:
            return folder
        folder = inside
    return folder


def refuse_boxes(pictures: Sequence[Path]) -> None:
    """Refuse pictures that each have a file of their own beside them, as detection has: names are no labels there."""
    some = pictures[:: max(1, len(pictures) // LOOKED_AT)][:LOOKED_AT]
    last = some[0].parent.name if some else ""
    for folder in (".", "../labels", "../Annotations", "../annotations", f"../../labels/{last}"):
        for ending in BESIDE:
            if some and all((path.parent / folder / path.with_suffix(ending).name).is_file() for path in some):
                each = f"{some[0].name} and the others each have a {ending} file of their own"
                raise ValueError(f"{each}, which {DETECTION}")
