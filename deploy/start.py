"""Bring the course's notebooks into the student's home, then start their server.

    python start.py jupyterhub-singleuser    on a hub
    python start.py jupyter-lab              alone, as the container does by itself

Runs as the student. What they have changed stays as it is, and a newer version comes as a second file. A notebook that
they delete or rename comes back fresh at the next start. Words after the command go on to it.
"""

import os
import shutil
import sys
from functools import partial
from pathlib import Path

from course_utils.classroom.learner import bring_notebooks
from course_utils.files import keep, require_course_folder

EDITION = Path(os.environ.get("COURSE_EDITION") or require_course_folder().parent / "student")
# a kernel that nobody used for half an hour gives its memory back, also when its notebook is still open
CULL = {"cull_idle_timeout": 1800, "cull_interval": 60, "cull_connected": True}


def bring_edition(edition: Path, home: Path) -> None:
    """Bring the notebooks of the student edition, and the files that they link to, where they are not there yet."""
    notebooks = sorted(edition.glob("notebooks/*.ipynb"))
    if not notebooks:
        print(f"There is no student edition in {edition}: see deploy/README.md.", file=sys.stderr)
    bring_notebooks(notebooks, home / "notebooks")
    for path in filter(Path.is_file, edition.glob("data/**/*")):
        target = home / path.relative_to(edition)
        if not target.exists():
            keep(target, partial(shutil.copyfile, path))


def main() -> None:
    command, *words = sys.argv[1:] or sys.exit(__doc__)
    home = Path.home()
    try:
        bring_edition(EDITION, home / "course")
    except OSError as error:  # a full disk must not keep the student from making room
        print(f"The notebooks could not be brought to {home}: {error}", file=sys.stderr)
    programs = Path(sys.prefix, "bin")
    os.environ["PATH"] = f"{programs}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    os.environ.setdefault("COURSE_PROGRESS", str(home / "course-progress.jsonl"))
    options = [f"--MappingKernelManager.{name}={value}" for name, value in CULL.items()]
    os.execv(programs / command, [str(programs / command), *options, *words])


if __name__ == "__main__":
    main()
