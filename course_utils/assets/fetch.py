"""Find the files that belong to others: MobileNet's weights, the drum photo, the Pexels photos, and more if asked for.

They are looked for in the class mirror, then in the user's cache, then at their home on the internet, and
their checksum is verified wherever they come from. ``data/manifest.json`` lists them. Where they can't be had, the
practice set stands in (``practice.py``).
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from itertools import chain
from pathlib import Path
from urllib.parse import urlsplit

from ..files import cache_folder, course_folder, data_folder, expand, keep, named_cache
from ..settings import printable, through_proxy, without_credentials

LARGE = 10_000_000  # bytes: such a file has a bar of its own
AT_ONCE = 8  # files under way: most are small, and wait for the server's answer longer than for their bytes
ALL = ("course", "digits", "slides", "beans")  # what the files of others are for


class AssetError(RuntimeError):
    """A file of the course can't be had; the message says where it was looked for and what to do (notebook 00)."""


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
    names = list(names)
    found = {name: path for name in names if (path := find_local(name))}
    missing = [name for name in names if name not in found]
    if missing:
        from tqdm.auto import tqdm

        problems: dict[str, list[str]] = {}
        unreachable: set[str] = set()
        large = all(sizes()[name] >= LARGE for name in missing)

        def get(name: str) -> Path | None:
            return _download(name, problems.setdefault(name, []), unreachable)

        bar = tqdm(total=len(missing), desc="Fetching the course's files", unit="file", delay=1, disable=large)
        with bar, ThreadPoolExecutor(1 if large else AT_ONCE) as pool:
            try:  # the first alone: where its server does not answer, nothing else is asked there
                for name, path in zip(missing, chain([get(missing[0])], pool.map(get, missing[1:])), strict=True):
                    if path:
                        found[name] = path
                        bar.update()
            finally:
                pool.shutdown(cancel_futures=True)
        failed = [name for name in missing if name not in found]
        if failed:
            raise AssetError(_explain(failed, problems[failed[0]]))
    return [found[name] for name in names]


def where(name: str) -> tuple[str, str]:
    """Say where a file of the manifest is on this machine (notebook 00).

    Returns
    -------
    (str, str)
        ``mirror`` or ``cache`` and its path, or ``missing`` and why.
    """
    mirror, path = mirror_location(), find_local(name)
    if path:
        return ("cache" if path in _in_caches(name) else "mirror"), str(path)
    places = {"mirror": mirror} if isinstance(mirror, Path) else {}
    places["cache"] = cache_folder()
    return "missing", "; ".join(f"{place}: {_what_is_wrong(folder, name)}" for place, folder in places.items())


def copy_all(folder: Path, purposes: Collection[str] = ALL) -> list[str]:
    """Copy all files that can be had into a folder, which can then serve a class as its mirror. Nothing is fetched.

    Parameters
    ----------
    folder : pathlib.Path
        Is made if it is not there. Files in it that are right already stay as they are.
    purposes : collection of str
        As for :func:`registry`: what is meant by all.

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
    for name, checksum in registry(*purposes).items():
        if matches(folder / name, checksum):
            continue
        path = find_local(name)
        if path is None:
            missing += [name] if name in registry() else []
            continue
        try:
            keep(folder / name, partial(shutil.copyfile, path))
        except OSError as error:
            raise AssetError(f"Can't copy {path} to {folder}: {error}. Choose another folder.") from error
    return missing


def registry(*purposes: str) -> dict[str, str]:
    """Read the checksum of each file from ``data/manifest.json``, as pooch wants it: ``sha256:…``.

    The notebooks need the files for the ``course``, which are meant unless another purpose is named, and notebook 11
    those for ``digits``; only an instructor needs those for ``slides``, and nobody those for ``beans``, which notebook
    09 can do with.
    """
    wanted = purposes or ("course",)
    return {file["path"]: file["checksum"] for file in _manifest()["files"] if file.get("for", "course") in wanted}


def sizes() -> dict[str, int]:
    """Read from ``data/manifest.json`` how many bytes each file has."""
    return {file["path"]: file["bytes"] for file in _manifest()["files"]}


def _manifest() -> dict:
    return _read_manifest(data_folder() / "manifest.json")


@cache
def _read_manifest(path: Path) -> dict:
    return json.loads(path.read_text(encoding="utf-8"))


def mirror_location() -> Path | str | None:
    """Where the class mirror is: a folder, an http address, or None. ``COURSE_MIRROR`` names it."""
    named = os.environ.get("COURSE_MIRROR")
    if named and named.lower().startswith(("http://", "https://")):
        return named.rstrip("/")
    if named and named.lower().startswith("file:"):
        from urllib.request import url2pathname

        return Path(url2pathname(urlsplit(named).path))
    if named:
        return expand(named)
    course = course_folder()
    beside = course.parent / "shared" / "mirror" if course else None
    return beside if beside and is_there(beside) else None


def find_local(name: str) -> Path | None:
    """Look for a file in a mirror folder, then in the cache."""
    checksum = _checksum(name)
    mirror = mirror_location()
    paths = ([mirror / name] if isinstance(mirror, Path) else []) + _in_caches(name)
    return next((path for path in paths if matches(path, checksum)), None)


def _in_caches(name: str) -> list[Path]:
    """Where the cache has a file: one that can only be read serves for reading."""
    return list(dict.fromkeys([named_cache() / name, cache_folder() / name]))


def _checksum(name: str) -> str:
    try:
        return next(file["checksum"] for file in _manifest()["files"] if file["path"] == name)
    except StopIteration:
        raise AssetError(f"{name} is not in data/manifest.json; expected one of the files listed there") from None


def matches(path: Path, checksum: str) -> bool:
    """Whether the file exists and has this checksum, ``sha256:…``."""
    try:
        if not path.is_file():
            return False
        with open(path, "rb") as file:
            return f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}" == checksum
    except OSError:  # a file that may not be read is as good as none
        return False


def is_there(path: Path) -> bool:
    """Whether there is such a file or folder, and it may be seen."""
    try:
        return path.exists()
    except OSError:
        return False


def _download(name: str, problems: list[str], unreachable: set[str]) -> Path | None:
    """Download a file into the cache: from a mirror on the network if there is one, then from its home.

    ``problems`` gets a line for each place where it could not be had. ``unreachable`` names hosts that did not answer:
    they are not asked again.
    """
    import pooch
    import requests

    from .download import TooSlow

    pooch.get_logger().setLevel("WARNING")  # a progress bar says what is fetched
    mirror = mirror_location()
    places = ([mirror] if isinstance(mirror, Path) else []) + [cache_folder()]
    problems += [f"{place}: {_what_is_wrong(place, name)}" for place in places]
    top, rest = name.split("/", 1)
    addresses = [f"{mirror}/{name}"] if isinstance(mirror, str) else []
    for address in [*addresses, _manifest()["homes"][top] + rest]:
        host = urlsplit(address).netloc.rpartition("@")[2]
        shop = pooch.create(cache_folder(), base_url="", registry={name: _checksum(name)}, urls={name: address})
        try:
            if host in unreachable:
                raise requests.ConnectionError
            (cache_folder() / name).parent.mkdir(parents=True, exist_ok=True)  # pooch fails where another process does
            return Path(shop.fetch(name, downloader=partial(_write, name)))
        except (requests.ConnectionError, requests.Timeout) as error:
            unreachable.add(host)
            why = error if isinstance(error, TooSlow) else f"no connection to {host}"
            problems.append(printable(without_credentials(f"{address}: {why}")) + through_proxy(address))
        except (requests.RequestException, ValueError, OSError) as error:  # ValueError: another checksum
            by = through_proxy(address) if isinstance(error, requests.RequestException) else ""
            problems.append(printable(without_credentials(f"{address}: {error}")) + by)
            lacks = getattr(getattr(error, "response", None), "status_code", None) == 404
            if lacks and address in addresses and "/pexel-images/" in name:
                break  # a class goes on with the photos that its mirror holds
    return find_local(name)  # another process may have fetched it meanwhile


def _write(name: str, address: str, path: str, shop: object) -> None:
    """Download a file of the manifest for pooch, which verifies it before it bears its name."""
    from tqdm.auto import tqdm

    from .download import download

    size = sizes()[name]
    bar = tqdm(total=size, desc=Path(name).name, unit="B", unit_scale=True, leave=False, disable=size < LARGE)
    with bar:
        Path(path).write_bytes(download(address, size, bar))


def _what_is_wrong(place: Path, name: str) -> str:
    if not is_there(place):
        return "there is no such folder"
    return "the file is there, but damaged or not readable" if is_there(place / name) else "the file is not there"


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
