"""Find labeled pictures on disk, in the layouts that people use (notebooks 05 and 07)."""

from __future__ import annotations

import csv
import os
import re
import shutil
import stat
import tempfile
import unicodedata
import zipfile
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import NamedTuple

import pooch
from PIL import Image

from .assets import cache_folder
from .images import FORMATS, open_image
from .report import Finding, Report

JUNK = {"__macosx", "thumbs.db", "desktop.ini", "@eadir"}  # and everything whose name starts with a dot
CAMERA = re.compile(r"^(img|image|dsc[fn]?|dcim|pxl|p|photo|pic|picture|scan|screenshot|mvimg|wp|whatsapp image)$")
TRAINING, VALIDATION = ("training", "train"), ("validation", "valid", "val", "test")
MOST_FILES, MOST_BYTES = 100_000, 8 * 2**30  # of a zip file


class PictureSet(NamedTuple):
    """Labeled pictures: ``paths[i]`` shows ``labels[i]`` (notebook 05).

    ``classes`` lists each label once, in the order of the network's outputs. ``report`` says what was noticed,
    and names each file that was left out.
    """

    paths: tuple[Path, ...]
    labels: tuple[str, ...]
    classes: tuple[str, ...]
    report: Report = Report()


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
    root = _folder(root)
    paths, findings = _find_pictures(root)
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
    return _picture_set(pairs, findings)


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
    folder = _folder(folder)
    paths, findings = _find_pictures(folder)
    pairs = [(path, label_of(path.name)) for path in paths]
    unnamed = tuple(path.name for path, label in pairs if label is None)
    if unnamed:
        remedy = "They are left out. Rename them, as in dog-1.jpg, or sort them into a folder per label."
        findings.append(Finding("error", "names that hold no label", unnamed, remedy))
    pairs = [(path, label) for path, label in pairs if label is not None]
    if not pairs:
        raise ValueError(f"{folder} holds no pictures named after a label, as in dog-1.jpg.\n{Report(findings)}")
    return _picture_set(_fold(pairs, findings), findings)


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
    stem = unicodedata.normalize("NFC", Path(name).stem)
    label = re.sub(r"[\s_.-]*\(?\d*\)?$", "", stem.strip()).strip(" _-.")
    first = re.split(r"[\s_.-]*\d", label)[0].strip(" _-.").casefold()  # IMG in IMG_20240101_120000
    return None if not label or CAMERA.match(first) or CAMERA.match(label.casefold()) else label


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
    folder, table = _folder(folder), Path(table)
    if not table.is_file():
        raise FileNotFoundError(f"{table} is not a file; expected a table with a file name and a label per row")
    rows, findings = _rows(table)
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
            labels_of[path].append(unicodedata.normalize("NFC", label))
    for problem, files in faults.items():
        remedy = "They are left out. Mend these rows, or add the files."
        findings.append(Finding("error", problem, tuple(files), remedy))
    contradictory = [path for path, labels in labels_of.items() if len(set(labels)) > 1]
    if contradictory:
        files = tuple(f"{path.name} ({', '.join(dict.fromkeys(labels_of[path]))})" for path in contradictory)
        remedy = "They are left out. Decide on one label each."
        findings.append(Finding("error", "pictures with more than one label", files, remedy))
    repeated = tuple(path.name for path, labels in labels_of.items() if len(labels) > 1 and len(set(labels)) == 1)
    if repeated:
        findings.append(Finding("note", "rows that are repeated", repeated, "Each picture counts once."))
    pairs = [(path, labels[0]) for path, labels in labels_of.items() if path not in set(contradictory)]
    if not pairs:
        raise ValueError(
            f"{table} names no picture that can be used; expected rows as in dog-1.jpg,dog.\n{Report(findings)}"
        )
    in_table = set(labels_of)
    found, others = _find_pictures(folder)
    unlisted = tuple(path.name for path in found if path.resolve() not in {p.resolve() for p in in_table})
    if unlisted:
        remedy = "They are left out. Add a row for each that you want."
        findings.append(Finding("warning", "pictures that the table does not name", unlisted, remedy))
    findings += [finding for finding in others if finding.files != (table.name,)]
    return _picture_set(pairs, findings, keep_order=True)


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
        path = unzip(path)
    top = _folder(path)
    folder = _only_folder_in(top)
    pictures, _ = _find_pictures(folder)
    tables = [
        file for file in sorted(folder.iterdir()) if file.suffix.lower() in (".csv", ".tsv") and not _junk(file.name)
    ]
    if len(tables) == 1:
        return read_csv(folder, tables[0])
    if any(picture.parent != folder for picture in pictures):
        return read_folders(folder)
    named = {label_of(picture.name) for picture in pictures} - {None}
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
    if validation is None:
        whole = Path(training)
        top = unzip(whole) if whole.is_file() else _folder(whole)
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


def unzip(path: str | Path) -> Path:
    """Unpack a zip file of pictures into the cache, once (notebook 07).

    Parameters
    ----------
    path : str or Path
        A zip file.

    Returns
    -------
    pathlib.Path
        The folder with its contents, complete.

    Raises
    ------
    ValueError
        If it is no zip file, is damaged or locked with a password, holds links or names that lead outside, more
        than 100,000 files, or more than 8 GiB. Nothing is unpacked then.
    """
    path = Path(path)
    target = cache_folder() / "unpacked" / pooch.file_hash(str(path))[:16]
    if target.is_dir():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".unpacking-") as folder:
        whole = Path(folder, "whole")
        try:
            with zipfile.ZipFile(path) as archive:
                members = _safe_members(archive)
                for member, name in members:
                    _unpack(archive, member, whole / name)
        except (zipfile.BadZipFile, EOFError, NotImplementedError, zipfile.zlib.error, OSError) as error:
            raise ValueError(f"Can't unpack {path}: {error}. Copy or download it again, or make it anew.") from error
        except ValueError as error:
            raise ValueError(f"Can't unpack {path}: {error}. Make it anew, from the pictures alone.") from error
        try:
            os.rename(whole, target)
        except OSError:
            if not target.is_dir():  # unless another process has unpacked it meanwhile
                raise
    return target


def _folder(path: str | Path) -> Path:
    path = Path(path)
    if not path.is_dir():
        raise FileNotFoundError(f"{path} is not a folder; expected a folder with pictures")
    return path


def _junk(name: str) -> bool:
    """Whether an operating system or program left this file or folder: it is nobody's picture."""
    return name.startswith(".") or name.casefold() in JUNK


def _find_pictures(root: Path) -> tuple[list[Path], list[Finding]]:
    """All pictures under ``root``, and what else lies there."""
    Image.init()
    endings = {ending for ending, name in Image.registered_extensions().items() if name in FORMATS} | {".heic", ".heif"}
    pictures, strange, others, links, empty = [], [], [], [], []
    for folder, folders, names in os.walk(root):
        links += [name for name in folders if Path(folder, name).is_symlink()]
        folders[:] = sorted(name for name in folders if not _junk(name) and not Path(folder, name).is_symlink())
        names = sorted(name for name in names if not _junk(name))
        if not folders and not names and Path(folder) != root:
            empty.append(Path(folder).name)
        for path in (Path(folder, name) for name in names):
            if path.is_symlink() and not path.resolve().is_relative_to(root.resolve()):
                links.append(path.name)
            elif path.suffix.lower() in endings:
                pictures.append(path)
            elif _looks_like_a_picture(path):
                pictures.append(path)
                strange.append(path.name)
            else:
                others.append(path.name)
    findings = [
        Finding("note", "pictures whose ending does not say so", tuple(strange), "They are read all the same."),
        Finding("warning", "folders without pictures", tuple(empty), "Add pictures, or remove them."),
        Finding("note", "files that are no pictures", tuple(others), "They are left out."),
        Finding("warning", "links that lead elsewhere", tuple(links), "They are not followed. Copy what they lead to."),
    ]
    return pictures, [finding for finding in findings if finding.files]


def _looks_like_a_picture(path: Path) -> bool:
    try:
        with open_image(path):
            return True
    except Exception:
        return False


def _picture_set(pairs: Sequence[tuple[Path, str]], findings: list[Finding], keep_order: bool = False) -> PictureSet:
    pairs = [(path, unicodedata.normalize("NFC", label)) for path, label in pairs]
    if not keep_order:
        pairs.sort(key=lambda pair: (pair[1], pair[0].name, str(pair[0])))
    paths, labels = zip(*pairs, strict=True)
    return PictureSet(paths, labels, tuple(sorted(set(labels))), Report(findings))


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


def _rows(table: Path) -> tuple[list[tuple[int, str, str]], list[Finding]]:
    """The rows of a table: number, file name, label. The header, if there is one, is not among them."""
    raw = table.read_bytes()
    findings = []
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = raw.decode("utf-16")
    else:
        try:
            text = raw.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = raw.decode("cp1252", errors="replace")
            remedy = "It is read as Windows-1252. Check that the labels look right, or save it as UTF-8."
            findings.append(Finding("warning", "a table that is not in UTF-8", (table.name,), remedy))
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
        header = [cell.casefold() for cell in rows.pop(0)[1]]
        name_at = next((i for i, cell in enumerate(header) if re.search("file|image|path|picture|photo|name", cell)), 0)
        others = [i for i in range(len(header)) if i != name_at]
        label_at = next((i for i in others if re.search("label|class|category|target", header[i])), others[0])
    elif rows and not Path(rows[0][1][0]).suffix:  # label first, name second
        name_at, label_at = 1, 0
    pick = [(number, row[name_at], row[label_at]) for number, row in rows if len(row) > max(name_at, label_at)]
    return pick, findings


def _inside(folder: Path, name: str) -> Path | None:
    """The file that a name in a table means; None if it lies outside of the folder."""
    relative = PureWindowsPath(name) if "\\" in name else PurePosixPath(name)
    if relative.is_absolute() or PureWindowsPath(name).drive or ".." in relative.parts:
        return None
    path = folder.joinpath(*relative.parts)
    return path if path.resolve().is_relative_to(folder.resolve()) else None


def _only_folder_in(folder: Path) -> Path:
    """Go down while a folder holds nothing but one folder, as zip files often do."""
    while True:
        inside = [entry for entry in folder.iterdir() if not _junk(entry.name)]
        if len(inside) != 1 or not inside[0].is_dir() or inside[0].is_symlink():
            return folder
        folder = inside[0]


def _safe_members(archive: zipfile.ZipFile) -> list[tuple[zipfile.ZipInfo, str]]:
    """The files of an archive and where to put them. Raises ValueError if unpacking them would be unsafe."""
    members = [member for member in archive.infolist() if not member.is_dir()]
    if len(members) > MOST_FILES:
        raise ValueError(f"it holds {len(members):,} files; at most {MOST_FILES:,} are unpacked")
    size = sum(member.file_size for member in members)
    if size > MOST_BYTES:
        raise ValueError(f"it would unpack to {size / 2**30:.1f} GiB; at most {MOST_BYTES / 2**30:.0f} are unpacked")
    safe = []
    for member in members:
        name = member.filename.replace("\\", "/")
        parts = PurePosixPath(name).parts
        if name.startswith("/") or ".." in parts or PureWindowsPath(name).drive:
            raise ValueError(f"the name {member.filename!r} leads outside of its folder")
        if stat.S_ISLNK(member.external_attr >> 16):
            raise ValueError(f"{member.filename!r} is a link")
        if member.flag_bits & 1:
            raise ValueError("it is locked with a password")
        if not any(_junk(part) for part in parts):
            safe.append((member, name))
    return safe


def _unpack(archive: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path) -> None:
    """Write one file. zipfile checks its checksum, and its promised size bounds what is written."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with archive.open(member) as source, open(target, "wb") as file:
        shutil.copyfileobj(source, file)
