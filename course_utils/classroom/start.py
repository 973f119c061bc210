"""Set up the course from a class mirror, and open it. Needs nothing but Python 3.11 or newer.

The mirror holds this file. From a USB stick it is run by its name; from the network, by the line that
``python -m course_utils mirror DIR --serve`` prints. Words after it go to ``tools/course.py`` instead of ``open``.
"""

import hashlib
import http.client
import os
import runpy
import sys
import tempfile
import urllib.request
import zipfile
from pathlib import Path

CHECKSUM = ""  # of course.zip; the mirror fills it in
MARK = ".from-mirror"  # says in the course's folder which course.zip it came from


def bring(mirror: str, course: Path) -> None:
    """Unpack the course from a mirror, whole or not at all."""
    try:
        if "://" in mirror:
            content = urllib.request.urlopen(f"{mirror}/course.zip", timeout=60).read()
        else:
            content = Path(mirror, "course.zip").read_bytes()
    except (OSError, http.client.HTTPException) as error:
        sys.exit(f"{mirror}/course.zip can't be had: {error}. Check the network or the stick, and try again.")
    if hashlib.sha256(content).hexdigest() != CHECKSUM:
        sys.exit(f"{mirror}/course.zip arrived damaged. Try again; if it stays so, copy the mirror anew.")
    try:
        with tempfile.TemporaryDirectory(dir=course.parent, prefix=".arriving-") as desk:
            Path(desk, "course.zip").write_bytes(content)
            with zipfile.ZipFile(Path(desk, "course.zip")) as file:
                file.extractall(desk)
            Path(desk, course.name, MARK).write_text(CHECKSUM)
            Path(desk, course.name).replace(course)
    except OSError as error:
        sys.exit(f"The course can't be unpacked to {course}: {error}. Make room there, or move what is in the way.")


def start(mirror: str, words: list) -> None:
    """Set the course up in the home folder with files from the mirror, and open it."""
    course = Path.home() / "transfer-learning-course"
    tool = course / "tools" / "course.py"
    if not tool.exists():
        bring(mirror, course)
    print(f"The course is in {course}.", flush=True)
    if not (course / MARK).exists() or (course / MARK).read_text() != CHECKSUM:
        print(
            "It was there before, and is not the mirror's version. To get that, rename the folder and start again.",
            flush=True,
        )
    os.environ["COURSE_MIRROR"] = mirror
    sys.argv = [str(tool), *words]
    runpy.run_path(str(tool), run_name="__main__")


if __name__ == "__main__":
    if sys.version_info < (3, 11):
        sys.exit(f"This is Python {sys.version.split()[0]}; the course needs 3.11 or newer.")
    start(globals().get("mirror") or str(Path(__file__).resolve().parent), sys.argv[1:] or ["open"])
