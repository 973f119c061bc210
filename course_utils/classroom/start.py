"""Set up the course from a class mirror, and open it. Needs nothing but Python 3.11 or newer.

The mirror holds this file. From a USB stick it is run by its name; from the network, by the line that
``python -m course_utils mirror DIR --serve`` prints, which compares it with a fingerprint first. What this file fetches
it compares with a checksum that stands in it; the course has those of all else. Words after it go to
``tools/course.py`` instead of ``open``.
"""

from __future__ import print_function  # any Python, from 2.7 on, reads this file, to say that it is too old

import sys

if __name__ == "__main__" and sys.version_info < (3, 11):
    sys.exit("This is Python {}; the course needs 3.11 or newer.".format(sys.version.split()[0]))

import hashlib
import http.client
import os
import re
import runpy
import tempfile
import urllib.request
import zipfile
from pathlib import Path
from urllib.parse import urlsplit

CHECKSUM = ""  # of course.zip; the mirror fills in this, and the next
SIZE = 0  # of course.zip, in bytes
MARK = ".from-mirror"  # says in the course's folder which course.zip it came from
NAME = "transfer-learning-course"


def without_credentials(text):  # type: (str) -> str
    """Hide names and passwords in addresses: this file stands alone."""
    return re.sub(r"(://)[^/\s'\"<>]*@", r"\1****@", text)


def through_proxy(mirror):  # type: (str) -> str
    """Say which proxy stands before the mirror, if one does."""
    parts = urlsplit(mirror)
    proxy = urllib.request.getproxies().get(parts.scheme)
    if not proxy or not parts.hostname or urllib.request.proxy_bypass(parts.netloc.rpartition("@")[2]):
        return ""
    return " It was asked through the proxy {}: set NO_PROXY={} to go there directly.".format(proxy, parts.hostname)


def printable(text):  # type: (str) -> str
    """Write what came from the network so that it does nothing to a terminal."""
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in text)


def read(mirror, name, most):  # type: (str, str, int) -> bytes
    """Read a file of a mirror, and no more of it than one byte too many."""
    if "://" in mirror:
        with urllib.request.urlopen(mirror + "/" + name, timeout=60) as answer:
            return answer.read(most + 1)
    with open(str(Path(mirror, name)), "rb") as file:
        return file.read(most + 1)


def matches(content, checksum):  # type: (bytes, str) -> bool
    """Whether this is what the mirror was filled with."""
    return hashlib.sha256(content).hexdigest() == checksum


def bring(mirror, course):  # type: (str, Path) -> None
    """Unpack the course from a mirror, whole or not at all."""
    try:
        content = read(mirror, "course.zip", SIZE)
    except (OSError, http.client.HTTPException) as error:
        told = "{}/course.zip can't be had: {}.{} Check the network or the stick, and try again."
        sys.exit(printable(without_credentials(told.format(mirror, error, through_proxy(mirror)))))
    if not matches(content, CHECKSUM):
        told = "{}/course.zip arrived damaged. Try again; if it stays so, copy the mirror anew."
        sys.exit(without_credentials(told.format(mirror)))
    try:
        with tempfile.TemporaryDirectory(dir=str(course.parent), prefix=".arriving-") as desk:
            Path(desk, "course.zip").write_bytes(content)
            with zipfile.ZipFile(str(Path(desk, "course.zip"))) as file:
                file.extractall(desk)
            Path(desk, course.name, MARK).write_text(CHECKSUM)
            Path(desk, course.name).replace(course)
    except OSError as error:
        told = "The course can't be unpacked to {}: {}. Make room there, or move what is in the way."
        sys.exit(told.format(course, error))


def find_place():  # type: () -> Path
    """Where the course lies, or is to lie: the home folder, or this one where nothing can be written to the home."""
    try:
        home = Path.home()
        if (home / NAME).is_dir():
            return home / NAME
        with tempfile.TemporaryDirectory(dir=str(home), prefix=".arriving-"):
            return home / NAME
    except (OSError, RuntimeError) as error:  # RuntimeError: a user without a home
        print("The home folder can't be used ({}): the course goes into this folder.".format(error), flush=True)
        return Path.cwd() / NAME


def start(mirror, words):  # type: (str, list) -> None
    """Set the course up in the home folder with files from the mirror, and open it."""
    course = find_place()
    tool = course / "tools" / "course.py"
    if not tool.exists():
        bring(mirror, course)
    print("The course is in {}.".format(course), flush=True)
    if not (course / MARK).exists() or (course / MARK).read_text() != CHECKSUM:
        print(
            "It was there before, and is not the mirror's version. To get that, rename the folder and start again.",
            flush=True,
        )
    os.environ["COURSE_MIRROR"] = mirror
    sys.argv = [str(tool)] + words
    runpy.run_path(str(tool), run_name="__main__")


if __name__ == "__main__":  # the line from the network calls the mirror m
    start(globals().get("m") or str(Path(__file__).resolve().parent), sys.argv[1:] or ["open"])
