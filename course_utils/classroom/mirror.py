"""The class mirror: one folder with all that a room of laptops needs, for a USB stick or the local network."""

from __future__ import annotations

import tempfile
import zipfile
from functools import partial
from pathlib import Path

import pooch

from ..assets.fetch import AssetError, copy_all
from ..files import keep, require_course_folder
from .student import write_student_edition

HERE = Path(__file__).parent


def gather(folder: Path) -> list[str]:
    """Put the files of others, the student edition and a start script into a folder.

    Parameters
    ----------
    folder : pathlib.Path
        Is made if it is not there. What is in it and right stays; the student edition is written anew.

    Returns
    -------
    list of str
        The files of others that could not be had.

    Raises
    ------
    AssetError
        If the folder can't be written.
    ValueError
        If it lies inside the course's own.
    """
    if folder.resolve().is_relative_to(require_course_folder()):
        raise ValueError(f"{folder} lies inside the course's own folder. Choose one outside of it.")
    try:
        return _gather(folder)
    except OSError as error:
        raise AssetError(f"Can't write to {folder}: {error}. Make room, or choose another folder.") from error


def _gather(folder: Path) -> list[str]:
    missing = copy_all(folder)
    with tempfile.TemporaryDirectory() as desk:
        course = Path(desk, "transfer-learning-course")
        write_student_edition(course)
        keep(folder / "course.zip", partial(_zip, course))
    start = (HERE / "start.py").read_text(encoding="utf-8")
    checksum = pooch.file_hash(str(folder / "course.zip"))
    start = start.replace('CHECKSUM = ""', f'CHECKSUM = "{checksum}"')
    page = (HERE / "start.html").read_text(encoding="utf-8")
    for name, text in {"start.py": start, "index.html": page}.items():
        keep(folder / name, partial(Path.write_text, data=text, encoding="utf-8"))
    return missing


def _zip(course: Path, path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, strict_timestamps=False) as file:
        for member in sorted(course.rglob("*")):
            file.write(member, member.relative_to(course.parent))
