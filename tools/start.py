"""Set up the course from a class mirror, and open it. Needs nothing but Python 3.11 or newer.

The mirror holds this file. From a USB stick it is run by its name; from the network, by the line that
``python -m course_utils mirror DIR --serve`` prints. Words after it go to ``tools/course.py`` instead of ``open``.
"""

import hashlib
import os
import subprocess
import sys
import tempfile
import urllib.request
import zipfile
from pathlib import Path

CHECKSUM = ""  # of course.zip; the mirror fills it in


def start(mirror: str, words: list) -> int:
    """Unpack the course in the home folder, unless it is there, and set it up with files from the mirror."""
    course = Path.home() / "transfer-learning-course"
    if not course.exists():
        place = mirror if "://" in mirror else Path(mirror).resolve().as_uri()
        try:
            content = urllib.request.urlopen(f"{place}/course.zip", timeout=60).read()
        except OSError as error:
            sys.exit(f"{mirror}/course.zip can't be had: {error}. Check the network or the stick, and try again.")
        if hashlib.sha256(content).hexdigest() != CHECKSUM:
            sys.exit(f"{mirror}/course.zip arrived damaged. Try again; if it stays so, copy the mirror anew.")
        with tempfile.TemporaryDirectory(dir=course.parent, prefix=".arriving-") as desk:
            Path(desk, "course.zip").write_bytes(content)
            with zipfile.ZipFile(Path(desk, "course.zip")) as file:
                file.extractall(desk)
            Path(desk, course.name).replace(course)
    print(f"The course is in {course}.", flush=True)
    os.environ["COURSE_MIRROR"] = mirror
    return subprocess.run([sys.executable, str(course / "tools" / "course.py"), *words]).returncode


if sys.version_info < (3, 11):
    sys.exit(f"This is Python {sys.version.split()[0]}; the course needs 3.11 or newer.")
if __name__ == "__main__":
    here = globals().get("mirror") or str(Path(__file__).resolve().parent)
    sys.exit(start(here, sys.argv[1:] or ["open"]))
