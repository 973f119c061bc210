"""Find the files that belong to others: MobileNet's weights, the drum photo, the Pexels photos.

They are looked for in the class mirror, then in the user's cache, then at their home on the internet, and
their checksum is verified wherever they come from. ``data/manifest.json`` lists them. Where they can't be had, the
practice set stands in (``practice.py``).
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable
from functools import cache, partial
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

import pooch

from .practice import AssetError, real_or_practice

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT / "data"


def drum_path() -> Path:
    """Find the photo of a drum (notebook 02).

    Returns
    -------
    pathlib.Path
        A JPEG file of 500 rows and 356 columns; from the practice set, a rendered drum.

    Raises
    ------
    AssetError
        If ``COURSE_ASSETS`` is ``real`` and it can't be had.
    """
    return real_or_practice("drum", find_drum, DATA / "drum.jpg")


def find_drum() -> Path:
    """Find the photo of a drum, and nothing in its place."""
    return fetch(["dataset-tutorial/data/pretrained-model-data/drum.jpg"])[0]


def pexels_folder() -> Path:
    """Find the Pexels photos (notebook 06).

    Returns
    -------
    pathlib.Path
        A folder with ``training`` and ``validation``, in each a folder per label, and ``credits.txt``; from the
        practice set, rendered pictures of the same things.

    Raises
    ------
    AssetError
        If ``COURSE_ASSETS`` is ``real`` and a class of photos is nowhere to be had.

    Notes
    -----
    The set is what its source holds: 30 + 6 photos at its home, fewer in a class mirror that leaves some out. When
    only some photos can be had, and every class has one, the course goes on with those; without a mirror it says so.
    """
    return real_or_practice("photos", find_pexels, stock_folder())


def find_pexels() -> Path:
    """Find the Pexels photos, and nothing in their place."""
    prefix = "dataset-tutorial/data/pexel-images/"
    names = [name for name in manifest() if name.startswith(prefix)]
    mirror = mirror_location()
    if isinstance(mirror, Path):
        held = [name for name in names if _is_file(mirror / name)]
        names = held if _folders(held) == _folders(names) else names
    try:
        paths = dict(zip(names, fetch(names), strict=True))
    except AssetError:
        paths = {name: path for name in names if (path := find_local(name))}
        if isinstance(mirror, Path) or _folders(paths) != _folders(names):
            raise
        if mirror is None:
            print(f"{len(names) - len(paths)} of {len(names)} Pexels files can't be had now; going on without them.")
    in_mirror = isinstance(mirror, Path) and all(path == mirror / name for name, path in paths.items())
    root = mirror if in_mirror else cache_folder()
    for name, path in paths.items():
        if path != root / name:  # some came from the mirror and some from elsewhere: bring them together
            try:
                keep(root / name, partial(shutil.copyfile, path))
            except OSError as error:
                raise AssetError(
                    f"Can't copy {path} to {root}: {error}. Set COURSE_CACHE to another folder."
                ) from error
    return root / prefix


def _folders(names: Iterable[str]) -> set[Path]:
    return {Path(name).parent for name in names}


def colors_folder() -> Path:
    """Find the six plain pictures that the course owns (notebook 05).

    Returns
    -------
    pathlib.Path
        A folder with ``training`` and ``validation``, in each a folder per label.
    """
    return DATA / "colors"


def stock_folder() -> Path:
    """Find the pictures of phones, notebooks and wood that the course rendered itself (notebook 06).

    Returns
    -------
    pathlib.Path
        A folder with ``training`` and ``validation``, in each a folder per label.
    """
    return DATA / "stock"


def fetch(names: Iterable[str]) -> list[Path]:
    """Find files of the manifest, downloading those that are not on this machine (notebook 00).

    Parameters
    ----------
    names : iterable of str
        Paths as in ``data/manifest.json``.

    Returns
    -------
    list of pathlib.Path
        The files, verified, in the same order.

    Raises
    ------
    AssetError
        If a file is nowhere to be had, or only with wrong contents. All others have been fetched by then.
    """
    found = {name: find_local(name) for name in names}
    missing = [name for name, path in found.items() if path is None]
    if missing:
        from tqdm.auto import tqdm

        problems: dict[str, list[str]] = {}
        unreachable: set[str] = set()
        with tqdm(total=len(missing), desc="Fetching the course's files", unit="file", delay=1) as bar:
            for name in missing:
                found[name] = download(name, problems.setdefault(name, []), unreachable)
                bar.update(found[name] is not None)
        failed = [name for name in missing if found[name] is None]
        if failed:
            raise AssetError(_explain(failed, problems[failed[0]]))
    return list(found.values())


@cache
def manifest(purpose: str = "course") -> dict[str, str]:
    """Read the checksum of each file: ``sha256:…``, or ``gitblob:…`` where only git's own is known.

    The notebooks need the files for the ``course``; only an instructor needs those for ``slides``.
    """
    return {file["path"]: file["checksum"] for file in _manifest()["files"] if file.get("for", "course") == purpose}


def _checksum(name: str) -> str:
    try:
        return (manifest() | manifest("slides"))[name]
    except KeyError:
        raise AssetError(f"{name} is not in data/manifest.json; expected one of the files listed there") from None


@cache
def _manifest() -> dict:
    return json.loads((DATA / "manifest.json").read_text(encoding="utf-8"))


def mirror_location() -> Path | str | None:
    """Where the class mirror is: a folder, an http address, or None. ``COURSE_MIRROR`` names it."""
    named = os.environ.get("COURSE_MIRROR")
    if named and named.lower().startswith(("http://", "https://")):
        return named.rstrip("/")
    if named:
        return Path(url2pathname(urlsplit(named).path) if named.lower().startswith("file:") else named).expanduser()
    beside = ROOT.parent / "shared" / "mirror"
    return beside if beside.is_dir() else None


def notebooks() -> list[Path]:
    """List the course's notebooks, in order. Others may lie beside them."""
    return sorted((ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))


def cache_folder() -> Path:
    """Where downloads are kept. ``COURSE_CACHE`` names another place."""
    return Path(os.environ.get("COURSE_CACHE") or pooch.os_cache("transfer-learning-course"))


def find_local(name: str) -> Path | None:
    """Look for a file in a mirror folder, then in the cache."""
    checksum = _checksum(name)
    mirror = mirror_location()
    folders = ([mirror] if isinstance(mirror, Path) else []) + [cache_folder()]
    return next((folder / name for folder in folders if matches(folder / name, checksum)), None)


def matches(path: Path, checksum: str) -> bool:
    """Whether the file exists and has this checksum."""
    kind, expected = checksum.split(":")
    try:
        if not path.is_file():
            return False
        if kind == "sha256":
            return pooch.file_hash(str(path)) == expected
        content = path.read_bytes()
    except OSError:  # a file that may not be read is as good as none
        return False
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest() == expected


def where(name: str) -> tuple[str, str]:
    """Say where a file of the manifest is on this machine (notebook 00).

    Returns
    -------
    (str, str)
        ``mirror`` or ``cache`` and its path, or ``missing`` and why.
    """
    mirror, path = mirror_location(), find_local(name)
    if path:
        return ("cache" if path == cache_folder() / name else "mirror"), str(path)
    places = {"mirror": mirror} if isinstance(mirror, Path) else {}
    places["cache"] = cache_folder()
    return "missing", "; ".join(f"{place}: {_what_is_wrong(folder, name)}" for place, folder in places.items())


def copy_all(folder: Path) -> list[str]:
    """Copy all files that can be had into a folder, which can then serve a class as its mirror.

    Parameters
    ----------
    folder : pathlib.Path
        Is made if it is not there. Files in it that are right already stay as they are.

    Returns
    -------
    list of str
        The files of the course that are not in the folder, since they are not on this machine.

    Raises
    ------
    AssetError
        If the folder can't be written.
    """
    missing = []
    for name, checksum in (manifest() | manifest("slides")).items():
        if matches(folder / name, checksum):
            continue
        path = find_local(name)
        if path is None:
            missing += [name] if name in manifest() else []
            continue
        try:
            keep(folder / name, partial(shutil.copyfile, path))
        except OSError as error:
            raise AssetError(f"Can't copy {path} to {folder}: {error}. Choose another folder.") from error
    return missing


def download(name: str, problems: list[str], unreachable: set[str]) -> Path | None:
    """Download a file into the cache: from a mirror on the network if there is one, then from its home.

    Parameters
    ----------
    name : str
        A path as in ``data/manifest.json``.
    problems : list of str
        Gets a line for each place where the file could not be had.
    unreachable : set of str
        Hosts that did not answer: they are not asked again. Gets those that don't answer now.

    Returns
    -------
    pathlib.Path or None
        The file, verified; None if no place had it.
    """
    import requests

    top, rest = name.split("/", 1)
    mirror = mirror_location()
    addresses = [f"{mirror}/{name}"] if isinstance(mirror, str) else []
    addresses.append(_manifest()["homes"][top] + rest)
    places = ([mirror] if isinstance(mirror, Path) else []) + [cache_folder()]
    problems += [f"{place}: {_what_is_wrong(place, name)}" for place in places]
    for address in addresses:
        host = urlsplit(address).netloc
        try:
            if host in unreachable:
                raise requests.ConnectionError
            return keep(cache_folder() / name, partial(_download_verified, address, _checksum(name)))
        except Exception as error:  # whatever goes wrong with one source, the next is tried
            if isinstance(error, (requests.ConnectionError, requests.Timeout)):
                unreachable.add(host)
                problems.append(f"{address}: no connection to {host}")
                continue
            problems.append(f"{address}: {error}")
            if address.startswith(f"{mirror}/") and "/pexel-images/" in name and "404" in str(error):
                break  # a class goes on with the photos that its mirror holds
    return find_local(name)  # another process may have fetched it meanwhile


def _what_is_wrong(place: Path, name: str) -> str:
    if not _is_folder(place):
        return "there is no such folder"
    return "the file is there, but damaged or not readable" if _is_file(place / name) else "the file is not there"


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:
        return False


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:
        return False


def _download_verified(address: str, checksum: str, path: Path) -> None:
    pooch.HTTPDownloader(timeout=(5, 30))(address, str(path), None)
    if not matches(path, checksum):
        raise ValueError(f"arrived with other contents than {checksum}")


def keep(target: Path, write: Callable[[Path], object]) -> Path:
    """Write a file elsewhere first, so that under its own name it is whole or not there."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".arriving-") as folder:
        arriving = Path(folder, target.name)
        write(arriving)
        os.replace(arriving, target)
    return target


def _explain(failed: list[str], problems: list[str]) -> str:
    others = f", nor {len(failed) - 1} more, {failed[1]} the first of them" if len(failed) > 1 else ""
    return (
        f"Can't get {failed[0]}{others}. It was looked for here:\n"
        + "".join(f"  {problem}\n" for problem in problems)
        + "Three ways out:\n"
        "  1. Connect to the internet and run this again; what has arrived is kept.\n"
        "  2. Set COURSE_MIRROR to a folder or an http address that holds the course's files (see README.md).\n"
        "  3. Set COURSE_CACHE to a folder that you can write to, if the cache's folder is the problem."
    )
