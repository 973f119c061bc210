"""The class mirror: one folder with all that a room of laptops needs, for a USB stick or the local network."""

from __future__ import annotations

import hashlib
import html
import re
import tempfile
import time
import zipfile
from functools import partial
from pathlib import Path

import pooch
from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename

from ..assets.fetch import ALL, AssetError, copy_all, registry
from ..files import keep, require_course_folder
from .student import write_student_edition

HERE = Path(__file__).parent
LIST = "wheels/requirements.txt"
START = ("course.zip", "start.py", "index.html")
SYSTEM = ("System Volume Information", "$RECYCLE.BIN", "lost+found", "desktop.ini", "Thumbs.db")  # on an empty stick
DIGITS = 20  # of a SHA-256, 80 bits: a thousand graphics cards need a thousand years for another script with these


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
        If it lies inside the course's own, or holds other things and is no mirror.
    """
    if folder.resolve().is_relative_to(require_course_folder()):
        raise ValueError(f"{folder} lies inside the course's own folder. Choose one outside of it.")
    try:
        _refuse_other_folders(folder)
        return _gather(folder)
    except OSError as error:
        raise AssetError(f"Can't write to {folder}: {error}. Make room, or choose another folder.") from error


def _refuse_other_folders(folder: Path) -> None:
    names = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
    others = {name for name in names if not name.startswith(".") and name not in SYSTEM}
    tops = {name.split("/")[0] for name in registry(*ALL)}
    if others and not others & {"course.zip", *tops}:
        raise ValueError(
            f"{folder} is no class mirror: it holds other things, {min(others)!r} among them. "
            "Choose a folder that is empty, or not there yet."
        )


def _gather(folder: Path) -> list[str]:
    missing = copy_all(folder)
    with tempfile.TemporaryDirectory() as desk:
        course = Path(desk, "transfer-learning-course")
        write_student_edition(course)
        keep(folder / "course.zip", partial(_zip, course))
    write_start(folder)
    return missing


def _zip(course: Path, path: Path) -> None:
    """Pack a folder. The same files give the same archive, and so the line that students type stays the same."""
    moment = time.localtime((require_course_folder() / "pyproject.toml").stat().st_mtime)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for member in sorted(course.rglob("*")):
            info = zipfile.ZipInfo.from_file(member, member.relative_to(course.parent), strict_timestamps=False)
            info.date_time = max(moment[:6], (1980, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            file.writestr(info, b"" if member.is_dir() else member.read_bytes())


def write_start(folder: Path) -> None:
    """Write the script that laptops start with, and the page that shows the line which runs it.

    The script holds the checksum of the student edition, which holds those of packages, weights and photos: who has the
    right script, takes nothing else from whatever answers in the mirror's place.

    Parameters
    ----------
    folder : pathlib.Path
        The mirror, with its ``course.zip``.

    Raises
    ------
    OSError
        If something can't be read or written.
    """
    archive = folder / "course.zip"
    values = {"CHECKSUM": pooch.file_hash(str(archive)), "SIZE": archive.stat().st_size}
    start = (HERE / "start.py").read_text(encoding="utf-8")
    for name, value in values.items():
        start = re.sub(f"^{name} = .*?(?=  #)", f"{name} = {value!r}", start, flags=re.M)
    keep(folder / "start.py", lambda path: path.write_bytes(start.encode()))  # the same bytes on Windows, too
    line = line_for("ADDRESS", fingerprint_of(folder))
    page = (HERE / "start.html").read_text(encoding="utf-8").replace("LINE", html.escape(line))
    keep(folder / "index.html", partial(Path.write_text, data=page, encoding="utf-8"))


def fingerprint_of(folder: Path) -> str:
    """Read the fingerprint of a mirror's start script.

    Parameters
    ----------
    folder : pathlib.Path
        The mirror.

    Returns
    -------
    str
        The first 80 bits of its SHA-256, as five groups of four.
    """
    digits = hashlib.sha256((folder / "start.py").read_bytes()).hexdigest()[:DIGITS]
    return " ".join(re.findall("....", digits))


def line_for(address: str, fingerprint: str) -> str:
    """Write the one line that students type, in any terminal.

    Parameters
    ----------
    address : str
        The mirror's, as in ``http://192.168.1.5:8000``.
    fingerprint : str
        That of its ``start.py``, from :func:`fingerprint_of`.

    Returns
    -------
    str
        A call of Python that fetches the mirror's ``start.py``, and runs it if it has this fingerprint.
    """
    # no letter in it means something to bash, zsh, PowerShell or cmd; an `assert` could be switched off
    fetch = f"import hashlib as h,urllib.request as u;m='{address}';s=u.urlopen(m+'/start.py').read(9**6)"
    compare = f"h.sha256(s).digest()[:{DIGITS // 2}]==bytes.fromhex('{fingerprint}') or exit('Stop: not this class')"
    return f'python -c "{fetch};{compare};exec(s)"'


def require_mirror(folder: Path) -> None:
    """Say so if a folder is no mirror.

    Raises
    ------
    ValueError
        If a file is missing that every mirror has.
    """
    lacks = [name for name in START if not (folder / name).is_file()]
    if lacks:
        raise ValueError(f"{folder} is no class mirror: it has no {lacks[0]}. `mirror` fills an empty folder.")


def list_offer(folder: Path) -> dict[str, Path]:
    """List what a mirror offers on the network: its own files, whatever else lies in the folder.

    Parameters
    ----------
    folder : pathlib.Path
        The mirror.

    Returns
    -------
    dict of str to pathlib.Path
        The files, by the path that is asked for, such as ``/start.py``. They need not be there.
    """
    wheels = [f"wheels/{name}" for name in _listed_wheels(folder)]
    names = [*START, *registry(*ALL), LIST, "wheels/index.html", *wheels]
    offer = {f"/{name}": folder / name for name in names}
    return {**offer, "/": folder / "index.html", "/wheels/": folder / "wheels" / "index.html"}


def _listed_wheels(folder: Path) -> list[str]:
    """The files of packages that the mirror's list names, and of the installer."""
    lists = [path for path in (folder / LIST, require_course_folder() / "tools" / "installer.txt") if path.is_file()]
    text = "\n".join(path.read_text(encoding="utf-8") for path in lists)
    listed = re.findall(r"^([A-Za-z0-9][\w.-]*)==([\w.!+-]+)", text, re.M)
    pins = {(canonicalize_name(name), version) for name, version in listed}
    found = []
    for path in folder.glob("wheels/*.whl"):
        try:
            name, version, *_ = parse_wheel_filename(path.name)
        except InvalidWheelFilename:
            continue
        if (name, str(version)) in pins:
            found.append(path.name)
    return found
