"""The files that the course works with: weights, the drum, colors, photos, spoken digits (notebooks 00 to 11)."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping
from functools import partial
from itertools import product
from pathlib import Path

from ..cache import MADE
from ..files import cache_folder, data_folder, keep, named_cache
from .fetch import AssetError, fetch, find_local, is_there, mirror_location, registry
from .practice import real_or_practice

WEIGHTS = "mobilenet_v1_0.25_224/"
DIGITS = "free-spoken-digit-dataset/recordings"
PEXELS = "dataset-tutorial/data/pexel-images/"


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
    return real_or_practice("drum", find_drum, data_folder() / "drum.jpg")


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
    The course uses 27 + 5 of its source's 30 + 6 photos: those that its mirrors hold, so that all see the same. When
    only some of them can be had, and every class has one, the course goes on with those; without a mirror it says so.
    """
    return real_or_practice("photos", find_pexels, stock_folder())


def find_pexels() -> Path:
    """Find the Pexels photos, and nothing in their place."""
    names = [name for name in registry() if name.startswith(PEXELS)]
    mirror = mirror_location()
    if isinstance(mirror, Path):
        held = [name for name in names if is_there(mirror / name)]
        names = held if _folders(held) == _folders(names) else names
    try:
        paths = dict(zip(names, fetch(names), strict=True))
    except AssetError:
        paths = {name: path for name in names if (path := find_local(name))}
        if isinstance(mirror, Path) or _folders(paths) != _folders(names):
            raise
        if mirror is None:
            print(f"{len(names) - len(paths)} of {len(names)} Pexels files can't be had now; going on without them.")
    return _bring_together(paths) / PEXELS


def _bring_together(paths: Mapping[str, Path]) -> Path:
    """The folder of a mirror or a cache with all of these files. Where there is none, they are copied to the cache."""
    mirror = mirror_location()
    whole = [mirror] if isinstance(mirror, Path) else []
    whole = [root for root in [*whole, named_cache()] if all(path == root / name for name, path in paths.items())]
    root = whole[0] if whole else cache_folder()
    for name, path in paths.items():
        if path != root / name:  # some came from the mirror and some from elsewhere: bring them together
            try:
                keep(root / name, partial(shutil.copyfile, path))
            except OSError as error:
                raise AssetError(
                    f"Can't copy {path} to {root}: {error}. Set COURSE_CACHE to another folder."
                ) from error
    return root


def _folders(names: Iterable[str]) -> set[Path]:
    return {Path(name).parent for name in names}


def digits_folder() -> Path:
    """Find recordings of spoken digits (notebook 11).

    Returns
    -------
    pathlib.Path
        A folder with 300 WAV files, 8000 samples a second, as ``7_george_5.wav``: what is said, by whom, which take.
        From the practice set, 180 made voices, as ``eye_marta_4.wav``.

    Raises
    ------
    AssetError
        If ``COURSE_ASSETS`` is ``real`` and they can't be had.

    Notes
    -----
    Zohar Jackson and others, *Free Spoken Digit Dataset*, CC BY-SA 4.0: takes 5 to 9 of ten digits by six speakers.
    """
    return real_or_practice("digits", find_digits, None) or _made_voices()


def find_digits() -> Path:
    """Find the spoken digits, and nothing in their place."""
    names = list(registry("digits"))
    return _bring_together(dict(zip(names, fetch(names), strict=True))) / DIGITS


def _made_voices() -> Path:
    """The voices that the course makes itself, written when they are first asked for."""
    from .made import RECIPE, SPEAKERS, TAKES, WORDS, write_voice

    folder = cache_folder() / MADE / f"voices-{RECIPE}"
    for word, speaker, take in product(WORDS, SPEAKERS, range(TAKES)):
        path = folder / f"{word}_{speaker}_{take}.wav"
        if not path.exists():
            keep(path, partial(write_voice, word, speaker, take))
    return folder


def colors_folder() -> Path:
    """Find the six plain pictures that the course owns (notebook 05).

    Returns
    -------
    pathlib.Path
        A folder with ``training`` and ``validation``, in each a folder per label.
    """
    return data_folder() / "colors"


def stock_folder() -> Path:
    """Find the pictures of phones, notebooks and wood that the course rendered itself (notebook 06).

    Returns
    -------
    pathlib.Path
        A folder with ``training`` and ``validation``, in each a folder per label.
    """
    return data_folder() / "stock"


def bean_zips() -> tuple[Path, Path]:
    """Fetch photographs of bean leaves, healthy and with two diseases: 36 MB that nothing else needs (notebook 09).

    Returns
    -------
    (pathlib.Path, pathlib.Path)
        ``validation.zip`` with 133 photographs and ``test.zip`` with 128, JPEG, 500 x 500, in a folder for each of
        ``angular_leaf_spot``, ``bean_rust`` and ``healthy``. ``read_pictures`` reads one, ``with_those_of`` joins two.

    Raises
    ------
    AssetError
        If they can't be had. Nothing stands in for them.

    Notes
    -----
    Makerere AI Lab (2020), *ibean*, MIT license: taken with phones in fields in Uganda, and labeled by experts. The two
    files are parts of one set of 1,295; which of its photographs show the same plant or field is not known.
    """
    validation, test = fetch(registry("beans"))
    return validation, test


def find_weights() -> dict[str, Path]:
    """Find the files of the published weights (notebook 00).

    Returns
    -------
    dict of str to pathlib.Path
        ``model.json`` and 55 shards, by file name.

    Raises
    ------
    AssetError
        If they can't be had.
    """
    paths = fetch(name for name in registry() if name.startswith(WEIGHTS))
    return {path.name: path for path in paths}
