"""Write the student edition: the course without its solutions, made from the full edition, which stays the source."""

from __future__ import annotations

import re
import shutil
import tempfile
from pathlib import Path

from ..files import require_course_folder
from .editions import edition_of

CONTENTS = [
    "LICENSE",
    "LICENSE-TEXT",
    "README.md",
    "benchmarks",
    "course_utils",
    "data",
    "environment.yml",
    "notebooks",
    "pyproject.toml",
    "requirements.txt",
    "requirements-small.txt",
    "tools",
]
LEFT_OUT = shutil.ignore_patterns("__pycache__", ".*", "*.egg-info", "my-classifier*", "[!0-9]*.ipynb")
FOR_INSTRUCTORS = re.compile(r"<!-- for instructors -->.*?<!-- end -->\n*", re.DOTALL)


def write_student_edition(folder: Path) -> list[str]:
    """Write a whole course folder whose notebooks have no solutions.

    They are the edition that a learner's copy is made of, too: without results, and with code folded that would answer
    the question before it. Exercises, checks and everything else stay as they are.

    Parameters
    ----------
    folder : pathlib.Path
        Where to write it. It must be empty, or not there.

    Returns
    -------
    list of str
        The names of the notebooks in it.

    Raises
    ------
    ValueError
        If there is something in the folder, or if it lies inside the course's own.
    OSError
        If it can't be written. There is nothing new in it then.
    """
    folder = folder.expanduser().resolve()
    if folder.is_relative_to(require_course_folder()):
        raise ValueError(f"{folder} lies inside the course's own folder. Choose one outside of it.")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ValueError(f"{folder} is not empty. Choose another folder, or remove it first: nothing is overwritten.")
    try:
        return _write(folder)
    except OSError as error:  # copytree lists every file: the first is enough
        reason = error.args[0][0][2] if isinstance(error, shutil.Error) else error
        raise OSError(f"Can't write {folder}: {reason}. Make room, or choose another folder.") from error


def _write(folder: Path) -> list[str]:
    import nbformat

    course = require_course_folder()
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".arriving-") as desk:
        arriving = Path(desk, folder.name)
        arriving.mkdir()
        for name in CONTENTS:
            if (course / name).is_dir():
                shutil.copytree(course / name, arriving / name, ignore=LEFT_OUT, copy_function=shutil.copyfile)
            else:
                shutil.copyfile(course / name, arriving / name)
        readme = (course / "README.md").read_text(encoding="utf-8")
        (arriving / "README.md").write_text(FOR_INSTRUCTORS.sub("", readme), encoding="utf-8")
        notebooks = sorted((arriving / "notebooks").glob("*.ipynb"))
        for path in notebooks:
            nbformat.write(edition_of(path, solutions=False), path)
        if folder.exists():
            folder.rmdir()  # it is empty
        arriving.replace(folder)
    return [path.name for path in notebooks]
