"""Find the files that belong to others: MobileNet's weights, the drum photo, the Pexels photos.

They are looked for in the class mirror, then in the user's cache, then at their home on the internet, and
their checksum is verified wherever they come from. ``data/manifest.json`` lists them.
"""

import hashlib
import json
import os
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import pooch

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT / "data"


class AssetError(RuntimeError):
    """A file of the course can't be had. The message says where it was looked for and what to do."""


def drum_path() -> Path:
    """Find the photo of a drum (notebook 02)."""
    return fetch(["dataset-tutorial/data/pretrained-model-data/drum.jpg"])[0]


def pexels_folder() -> Path:
    """Find the Pexels photos: ``training`` and ``validation``, a folder a label, and ``credits.txt`` (notebook 06)."""
    prefix = "dataset-tutorial/data/pexel-images/"
    names = [name for name in manifest() if name.startswith(prefix)]
    mirror = mirror_location()
    if isinstance(mirror, Path):  # a class mirror may hold part of the set
        names = [name for name in names if (mirror / name).exists()] or names
    credits = fetch(names)[names.index(prefix + "credits.txt")]
    return credits.parent


def colors_folder() -> Path:
    """Find the six plain pictures that the course owns (notebook 05)."""
    return DATA / "colors"


def fetch(names: Iterable[str]) -> list[Path]:
    """Find files of the manifest, downloading those that are not on this machine.

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
        If a file is nowhere to be had, or only with wrong contents.
    """
    names = list(names)
    found = {name: find_local(name) for name in names}
    missing = [name for name, path in found.items() if path is None]
    if missing:
        from tqdm.auto import tqdm

        for name in tqdm(missing, desc="Fetching the course's files", unit="file"):
            found[name] = download(name)
    return [found[name] for name in names]


@cache
def manifest() -> dict[str, str]:
    """Read the checksum of each file: ``sha256:…``, or ``gitblob:…`` where only git's own is known."""
    return {file["path"]: file["checksum"] for file in _manifest()["files"]}


@cache
def _manifest() -> dict:
    return json.loads((DATA / "manifest.json").read_text(encoding="utf-8"))


def mirror_location() -> Path | str | None:
    """Where the class mirror is: a folder, an http address, or None. ``COURSE_MIRROR`` names it."""
    named = os.environ.get("COURSE_MIRROR")
    if named:
        return named.rstrip("/") if named.startswith(("http://", "https://")) else Path(named)
    beside = ROOT.parent / "shared" / "mirror"
    return beside if beside.is_dir() else None


def cache_folder() -> Path:
    """Where downloads are kept. ``COURSE_CACHE`` names another place."""
    return Path(os.environ.get("COURSE_CACHE") or pooch.os_cache("transfer-learning-course"))


def find_local(name: str) -> Path | None:
    """Look for a file in a mirror folder, then in the cache."""
    if name not in manifest():
        raise AssetError(f"{name} is not in data/manifest.json; expected one of the files listed there")
    mirror = mirror_location()
    folders = ([mirror] if isinstance(mirror, Path) else []) + [cache_folder()]
    return next((folder / name for folder in folders if matches(folder / name, manifest()[name])), None)


def matches(path: Path, checksum: str) -> bool:
    """Whether the file exists and has this checksum."""
    kind, expected = checksum.split(":")
    if not path.is_file():
        return False
    if kind == "sha256":
        return pooch.file_hash(str(path)) == expected
    content = path.read_bytes()
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest() == expected


def download(name: str) -> Path:
    """Download a file into the cache: from a mirror on the network if there is one, then from its home."""
    top, rest = name.split("/", 1)
    mirror = mirror_location()
    addresses = [f"{mirror}/{name}"] if isinstance(mirror, str) else []
    addresses.append(_manifest()["homes"][top] + rest)
    problems = [f"  {mirror}: not there, or with other contents"] if isinstance(mirror, Path) else []
    problems.append(f"  {cache_folder()}: not there, or with other contents")
    target = cache_folder() / name
    pooch.get_logger().setLevel("ERROR")
    for address in addresses:
        try:
            pooch.retrieve(
                address, None, fname=target.name, path=target.parent, downloader=_Verified(manifest()[name], target)
            )
            return target
        except Exception as error:  # whatever goes wrong with one source, the next is tried
            problems.append(f"  {address}: {type(error).__name__}: {error}")
    raise AssetError(
        f"Can't get {name}. It was looked for here:\n" + "\n".join(problems) + "\nThree ways out:\n"
        "  1. Connect to the internet and run this again; what has arrived is kept.\n"
        "  2. Set COURSE_MIRROR to a folder or an http address that holds the course's files.\n"
        "  3. Set COURSE_CACHE to a folder that you can write to, if the cache's folder is the problem."
    )


class _Verified:
    """A pooch downloader that refuses wrong contents before the file gets its name."""

    def __init__(self, checksum: str, target: Path):
        self.checksum = checksum
        target.unlink(missing_ok=True)  # a damaged copy, or pooch would keep it

    def __call__(self, url, output_file, opener):
        pooch.HTTPDownloader(timeout=30)(url, output_file, opener)
        if not matches(Path(output_file), self.checksum):
            raise ValueError(f"arrived with other contents than {self.checksum}")
