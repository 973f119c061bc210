"""Write the student edition: the course without its solutions, made from the full edition, which stays the source."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from ..files import keep_folder, require_course_folder
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
    "postBuild",
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
    return keep_folder(folder, _fill)


def _fill(folder: Path) -> list[str]:
    import nbformat

    course = require_course_folder()
    for name in CONTENTS:
        if (course / name).is_dir():
            shutil.copytree(course / name, folder / name, ignore=LEFT_OUT, copy_function=shutil.copyfile)
        else:
            shutil.copyfile(course / name, folder / name)
    readme = (course / "README.md").read_text(encoding="utf-8")
    (folder / "README.md").write_text(FOR_INSTRUCTORS.sub("", readme), encoding="utf-8")
    notebooks = sorted((folder / "notebooks").glob("*.ipynb"))
    for path in notebooks:
        nbformat.write(edition_of(path, solutions=False), path)
    return [path.name for path in notebooks]
