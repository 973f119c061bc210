"""The learner's own copy of the notebooks: made when the course is opened, and never overwritten once it is changed."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Iterable
from functools import partial
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from ..files import NAME, can_write, course_folder, data_folder, expand, keep, notebooks, temporary_folder
from .editions import edition_of

if TYPE_CHECKING:
    from nbformat import NotebookNode

FOLDER = "my-notebooks"
RECORD = ".copied.json"  # in that folder: what was copied last, by the notebook's name
LINKED = re.compile(r"\]\(\.\./data/([^)#]+)")


def find_place() -> Path:
    """Say where the folder with the learner's copy lies, or is to lie.

    Returns
    -------
    pathlib.Path
        The course's folder. Where there is none, since the package was installed by itself, or where nothing can be
        written to it: a folder in the home. Where that can't be written to either: a temporary one.
    """
    course = course_folder()
    if course and can_write(course / FOLDER):
        return course
    home = _home()
    return home if can_write(home / FOLDER) else temporary_folder() / home.name


def _home() -> Path:
    return expand(f"~/my-{NAME}")


def tell_place(place: Path) -> str:
    """Say where the learner's copy is, and why there.

    Parameters
    ----------
    place : pathlib.Path
        From ``find_place``.

    Returns
    -------
    str
        A sentence or two.
    """
    told = f"Your notebooks are in {place / FOLDER}"
    if course_folder() not in (place, None):
        told += ", since nothing can be written to the course's own"
    if place not in (course_folder(), _home()):
        told += ". That folder is a temporary one, and may be gone tomorrow: copy what you want to keep"
    return f"{told}."


def bring_copy(place: Path) -> list[Path]:
    """Bring the learner's copy of all notebooks up to date, with the files that they link to.

    Parameters
    ----------
    place : pathlib.Path
        From ``find_place``. The copy is in its folder ``my-notebooks``.

    Returns
    -------
    list of pathlib.Path
        Newer versions that lie beside what the learner has changed.

    Raises
    ------
    OSError
        If it can't be written; the message says what to do.
    """
    try:
        if place != course_folder():
            texts = [path.read_text(encoding="utf-8") for path in notebooks()]
            for name in sorted(set(LINKED.findall("".join(texts)))):
                keep(place / "data" / name, partial(shutil.copyfile, data_folder() / name))
        return bring_notebooks(notebooks(), place / FOLDER)
    except OSError as error:
        told = f"Your copy of the notebooks can't be written to {place / FOLDER}: {error}."
        raise OSError(f"{told} Make room, or move what is in the way, and open the course again.") from error


def bring_notebooks(sources: Iterable[Path], folder: Path) -> list[Path]:
    """Copy notebooks to where a learner works on them. What the learner has changed or run stays as it is.

    A copy that nobody has touched is renewed. Where one was touched, and the course has another version by now, that
    version becomes a second file, once: ``03_build_the_pipeline-new.ipynb``. A copy that was deleted or renamed comes
    back fresh.

    Parameters
    ----------
    sources : iterable of pathlib.Path
        The course's notebooks.
    folder : pathlib.Path
        Is made if it is not there.

    Returns
    -------
    list of pathlib.Path
        The second files.
    """
    path = folder / RECORD
    try:
        copied = dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):  # none yet, or damaged: then each copy counts as touched
        copied = {}
    brought = [_bring(source, folder, copied) for source in sources]
    keep(path, partial(Path.write_text, data=json.dumps(copied, indent=1), encoding="utf-8"))
    return [path for path in brought if path]


def _bring(source: Path, folder: Path, copied: dict[str, str]) -> Path | None:
    """Copy one notebook; return the second file, if it has to be one."""
    import nbformat

    notebook = edition_of(source, solutions=True)
    new = fingerprint(notebook)
    own = folder / source.name
    if own.exists() and copied.get(own.name) == new:
        return None
    path = next(path for path in _places(own) if _fingerprint_at(path) in ("", new, copied.get(path.name)))
    if _fingerprint_at(path) != new:
        keep(path, lambda arriving: nbformat.write(notebook, arriving))
    copied[own.name] = copied[path.name] = new
    return path if path != own else None


def _places(own: Path) -> Iterable[Path]:
    """Where a notebook may go: under its own name, or as a second file, or as a third."""
    yield own
    yield own.with_name(f"{own.stem}-new.ipynb")
    for number in count(2):
        yield own.with_name(f"{own.stem}-new-{number}.ipynb")


def fingerprint(notebook: NotebookNode) -> str:
    """Tell notebooks apart by what a learner changes: texts, code and results, not by how a program stores them.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
        The notebook.

    Returns
    -------
    str
        A hash.
    """
    parts = [[cell.cell_type, cell.source, cell.get("outputs", [])] for cell in notebook.cells]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _fingerprint_at(path: Path) -> str:
    """The same of a file: empty, if there is none; a word of its own, if it is no notebook any more."""
    import nbformat

    if not path.exists():
        return ""
    try:
        return fingerprint(nbformat.read(path, as_version=4))
    except (ValueError, AttributeError, KeyError, TypeError):  # nbformat's own errors are of these kinds
        return "no notebook"
