"""Find labeled pictures on disk, in the layouts that people use (notebooks 05 and 07)."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from pathlib import Path

from ..report import Finding, Report
from .archives import archive_findings, unpacked
from .sets import PictureSet, find_pictures, is_junk, make_set, normalize_label, require_folder
from .tables import read_csv

CAMERA = re.compile(r"^(img|image|dsc[fn]?|dcim|pxl|p|photo|pic|picture|scan|screenshot|mvimg|wp|whatsapp image)$")
TRAINING, VALIDATION = ("training", "train"), ("validation", "valid", "val", "test")


def read_folders(root: str | Path) -> PictureSet:
    """List the pictures under ``root``; the folder a picture lies in is its label (notebook 05).

    Parameters
    ----------
    root : str or Path
        A folder with one folder per label, at any depth.

    Returns
    -------
    PictureSet
        Paths sorted by label, then name; classes sorted.

    Raises
    ------
    FileNotFoundError
        If ``root`` is no folder.
    ValueError
        If it holds no picture inside a label's folder.
    """
    root = require_folder(root)
    paths, findings = find_pictures(root)
    loose = [path.name for path in paths if path.parent == root]
    if loose:
        remedy = "They have no label and are left out. Move each into the folder of its label."
        findings.append(Finding("error", "pictures outside of any label's folder", tuple(loose), remedy))
    parts = {folder.name for folder in root.iterdir() if folder.is_dir()}
    if parts & set(TRAINING) and parts & set(VALIDATION):
        remedy = "Read them apart with read_both: validation pictures must not be learned."
        findings.append(
            Finding("error", "training and validation folders, read as one set", tuple(sorted(parts)), remedy)
        )
    pairs = [(path, path.parent.name) for path in paths if path.parent != root]
    if not pairs:
        example = f"{root.name}/cat/cat-1.jpg"
        raise ValueError(
            f"{root} holds no pictures in label folders; expected, for example, {example}.\n{Report(findings)}"
        )
    return make_set(pairs, findings)


def read_filenames(folder: str | Path) -> PictureSet:
    """List the pictures in a folder; the start of a file's name is its label (notebook 07).

    ``dog-1.jpg``, ``dog_2.png``, ``dog 3.jpg``, ``dog (4).jpg`` and ``dog.jpg`` all show a ``dog``;
    ``ice-cream-12.jpg`` shows an ``ice-cream``. Names that differ only in capitals are one label, in its most
    frequent spelling. Names given by a camera, as ``IMG_1234.jpg``, hold no label and are left out.

    Parameters
    ----------
    folder : str or Path
        A folder with the pictures.

    Returns
    -------
    PictureSet
        Paths sorted by label, then name; classes sorted.

    Raises
    ------
    FileNotFoundError
        If ``folder`` is no folder.
    ValueError
        If no file's name holds a label.
    """
    folder = require_folder(folder)
    paths, findings = find_pictures(folder)
    pairs = [(path, label) for path in paths if (label := label_of(path.name))]
    unnamed = tuple(path.name for path in paths if not label_of(path.name))
    if unnamed:
        remedy = "They are left out. Rename them, as in dog-1.jpg, or sort them into a folder per label."
        findings.append(Finding("error", "names that hold no label", unnamed, remedy))
    if not pairs:
        raise ValueError(f"{folder} holds no pictures named after a label, as in dog-1.jpg.\n{Report(findings)}")
    return make_set(_fold(pairs, findings), findings)


def label_of(name: str) -> str | None:
    """Take the label from a file's name (notebook 07).

    Parameters
    ----------
    name : str
        The name, with or without an ending.

    Returns
    -------
    str or None
        The label, in Unicode form NFC; None if the name holds none.

    Examples
    --------
    >>> [label_of(name) for name in ["dog (4).jpg", "ice-cream-12.jpg", "IMG_1234.jpg"]]
    ['dog', 'ice-cream', None]
    """
    stem = normalize_label(Path(name).stem)
    label = re.sub(r"[\s_.-]*\(?\d*\)?$", "", stem.strip()).strip(" _-.")
    first = re.split(r"[\s_.-]*\d", label)[0].strip(" _-.").casefold()  # IMG in IMG_20240101_120000
    return None if not label or CAMERA.match(first) or CAMERA.match(label.casefold()) else label


def read_pictures(path: str | Path) -> PictureSet:
    """Read labeled pictures in whatever layout they come (notebook 07).

    Parameters
    ----------
    path : str or Path
        A folder with a folder per label, a folder of pictures named after their labels, a folder with pictures
        and one table, the table itself (``.csv``, ``.tsv`` or ``.txt``), or a zip file of any of these.

    Returns
    -------
    PictureSet
        As :func:`read_folders`, :func:`read_filenames` or :func:`read_csv` returns it.

    Raises
    ------
    FileNotFoundError
        If there is nothing at ``path``.
    ValueError
        If it holds no labeled pictures, or is a zip file that can't be unpacked safely.
    """
    path = Path(path)
    if path.is_file() and path.suffix.lower() in (".csv", ".tsv", ".txt"):
        return read_csv(path.parent, path)
    if path.is_file():
        with unpacked(path) as inside:
            pictures = read_pictures(inside)
        return pictures._replace(report=pictures.report + tuple(archive_findings(path)))
    top = require_folder(path)
    folder = _only_folder_in(top)
    found, _ = find_pictures(folder)
    tables = [
        file for file in sorted(folder.iterdir()) if file.suffix.lower() in (".csv", ".tsv") and not is_junk(file.name)
    ]
    if len(tables) == 1:
        return read_csv(folder, tables[0])
    if any(picture.parent != folder for picture in found):
        return read_folders(folder)
    named = {label_of(picture.name) for picture in found} - {None}
    if folder != top and len(named) < 2:  # the only folder is the only label
        return read_folders(folder.parent)
    return read_filenames(folder)


def read_both(training: str | Path, validation: str | Path | None = None) -> tuple[PictureSet, PictureSet]:
    """Read training and validation pictures, with one order of classes for both (notebook 07).

    Parameters
    ----------
    training, validation : str or Path
        As for :func:`read_pictures`. Without ``validation``, one folder or zip file that holds both, in folders
        called ``training`` or ``train``, and ``validation``, ``valid``, ``val`` or ``test``.

    Returns
    -------
    (PictureSet, PictureSet)
        Both with the classes of the training pictures.

    Raises
    ------
    FileNotFoundError
        If one of the folders is missing.
    ValueError
        If a label occurs only in validation: the network would have no output for it.
    """
    if validation is None and Path(training).is_file():
        with unpacked(training) as inside:
            learned, judged = read_both(inside)
        return learned._replace(report=learned.report + tuple(archive_findings(training))), judged
    if validation is None:
        whole = Path(training)
        top = require_folder(whole)
        if not any(entry.name.casefold() in TRAINING + VALIDATION for entry in top.iterdir()):
            top = _only_folder_in(top)
        training, validation = (_part_of(top, names, whole) for names in (TRAINING, VALIDATION))
    learned, judged = read_pictures(training), read_pictures(validation)
    unknown = [name for name in judged.classes if name not in learned.classes]
    if unknown:
        raise ValueError(
            f"{validation} has the label {', '.join(map(repr, unknown))}, which {training} has not; it has "
            f"{', '.join(map(repr, learned.classes))}. Add training pictures of it, or mend its spelling."
        )
    return learned, judged._replace(classes=learned.classes)


def _part_of(top: Path, names: tuple[str, ...], whole: Path) -> Path:
    """The folder under ``top`` that has one of these names."""
    for folder in sorted(top.iterdir()):
        if folder.is_dir() and folder.name.casefold() in names:
            return folder
    raise FileNotFoundError(
        f"{whole} holds no folder called {' or '.join(names)}; give both folders, one after the other"
    )


def _fold(pairs: list[tuple[Path, str]], findings: list[Finding]) -> list[tuple[Path, str]]:
    """Give labels that differ only in capitals one spelling, and note it."""
    spellings: dict[str, Counter[str]] = defaultdict(Counter)
    for _, label in pairs:
        spellings[label.casefold()][label] += 1
    best = {key: min(counts, key=lambda label: (-counts[label], label)) for key, counts in spellings.items()}
    for key, counts in spellings.items():
        own = [path for path, label in pairs if label.casefold() == key]
        composed = [unicodedata.is_normalized("NFC", path.stem) for path in own]
        if len(set(composed)) > 1:  # they look the same, but consist of other characters
            files = tuple(path.name for path, is_composed in zip(own, composed, strict=True) if not is_composed)
            findings.append(Finding("note", "one label in two Unicode forms", files, f"They count as {best[key]!r}."))
        if len(counts) > 1:
            problem = f"one label in several spellings ({', '.join(sorted(counts))})"
            files = tuple(path.name for path, label in pairs if label.casefold() == key and label != best[key])
            findings.append(Finding("note", problem, files, f"They count as {best[key]!r}."))
    return [(path, best[label.casefold()]) for path, label in pairs]


def _only_folder_in(folder: Path) -> Path:
    """Go down while a folder holds nothing but one folder, as zip files often do."""
    while True:
        inside = [entry for entry in folder.iterdir() if not is_junk(entry.name)]
        if len(inside) != 1 or not inside[0].is_dir() or inside[0].is_symlink():
            return folder
        folder = inside[0]
