"""Turn many pictures into numbers, fast: all cores, LiteRT, and a cache on disk (notebook 10).

Each picture's features are kept under its content, so that only new pictures cost anything.
"""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache, partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from PIL import __version__ as pillow_version

from ..cache import FEATURES, MOST, Store
from ..files import cache_folder, keep, no_room
from ..pictures.formats import content_of, is_sound
from ..pictures.sets import PictureSet
from ..pictures.unreadable import UnreadableImageError
from ..report import Finding, Report
from .engines import Engine, Network, engine_of, engines
from .looks import PREPARED, TWO, Looks, look, prepared

if TYPE_CHECKING:
    import distributed
    import keras

T = TypeVar("T")

REMEDY = "It is left out. Copy it again from where it came, or save it anew in a {} program."
NEEDS = "two looks need the cut MobileNet, which reads pictures of any size; this is another network"

# what joblib says when training is stopped while features are computed
warnings.filterwarnings("ignore", "[0-9]+ tasks (have been|which were)", module="joblib")

BATCH = 8  # pictures handed to a thread or worker at a time
CHUNK = 1_000  # pictures under way at a time: without a limit, results pile up where they are not taken fast enough
TRIM_EVERY = 5  # chunks
FEW = 20  # pictures: a bar for fewer would be gone before it is read


def extract_features(
    paths: Iterable[str | Path],
    pretrained_model: keras.Model | Network,
    out: str | Path | None = None,
    use_cache: bool = True,
    client: distributed.Client | None = None,
    looks: Looks = 1,
) -> np.ndarray:
    """Turn pictures into features with all cores, and compute only what is new (notebook 10).

    Parameters
    ----------
    paths : iterable of str or Path
        Picture files.
    pretrained_model : keras.Model or Network
        From ``build_pretrained_model``, or from ``load_network``.
    out : str or Path, optional
        A ``.npy`` file to write the features to, one by one, for sets that don't fit in memory.
    use_cache : bool
        Whether to take features that are kept on disk, and to keep new ones.
    client : distributed.Client, optional
        A Dask cluster to use instead of this machine's threads. Its workers must see the same files. The threads of a
        process share 1 GB of memory for pictures, in which large ones take turns; each worker process has its own.
    looks : int
        1: the middle square, as in the article. 2: the middle and the whole, for ``fit_linear_head``. 3: beside these,
        what phones and other tools see, for heads of their own.

    Returns
    -------
    numpy.ndarray
        Shape ``(n, 7, 7, 256)``, float32, in the order of the paths; with ``out``, read from that file as needed.
        What ``pretrained_model.predict`` gives, but for rounding: the features are 0 to 6, and the largest difference
        measured was 0.003 (``benchmarks/``). For two looks, shape ``(n, 1280)``, each of length 1 (``look_twice``); for
        three, ``(n, 3328)`` (``look_thrice``).

    Raises
    ------
    UnreadableImageError
        If a file can't be read; the message names it.
    ValueError
        If there are no paths, or not 1, 2 or 3 looks.
    """
    paths = list(paths)
    if not paths:
        raise ValueError("got no pictures; expected at least one path")
    blocks = map(_raise, with_bar(features_one_by_one(paths, pretrained_model, use_cache, client, looks), len(paths)))
    if out is None:
        return np.stack(list(blocks))
    keep(Path(out), partial(_write, blocks, len(paths)))
    return np.load(out, mmap_mode="r")


def load_images(paths: Iterable[str | Path], pretrained_model: keras.Model | Network) -> np.ndarray:
    """Turn pictures into features (notebook 05). ``extract_features`` does the work, and has more options.

    Parameters
    ----------
    paths : iterable of str or Path
        Picture files.
    pretrained_model : keras.Model or Network
        From :func:`build_pretrained_model`, or from :func:`load_network`.

    Returns
    -------
    numpy.ndarray
        Shape ``(n, 7, 7, 256)``, float32.

    Raises
    ------
    UnreadableImageError
        If a file can't be read; the message names it.
    ValueError
        If there are no paths.
    """
    return extract_features(paths, pretrained_model)


def load_readable(
    pictures: PictureSet,
    pretrained_model: keras.Model | Network,
    strict: bool = False,
    progress: Callable[[Iterator, int], Iterator] | None = None,
    looks: Looks = 1,
) -> tuple[np.ndarray, PictureSet]:
    """Turn labeled pictures into features, and leave out those that can't be read (notebook 07).

    Parameters
    ----------
    pictures : PictureSet
        From ``read_pictures``.
    pretrained_model : keras.Model or Network
        From :func:`build_pretrained_model`, or from :func:`load_network`.
    strict : bool
        Raise at the first picture that can't be read.
    progress : callable, optional
        In place of the progress bar: passes on what it is given, one for each picture, and shows how far that is. Its
        second argument is how many there are.
    looks : int
        As for :func:`extract_features`.

    Returns
    -------
    (numpy.ndarray, PictureSet)
        The features, as :func:`extract_features` returns them, and the pictures that they belong to, in the same order.
        Their report names each picture that was left out, and why.

    Raises
    ------
    UnreadableImageError
        If ``strict``, and a picture can't be read.
    ValueError
        If none can be read.
    """
    features, kept, findings = [], [], []
    found = features_one_by_one(pictures.paths, pretrained_model, looks=looks)
    blocks = (progress or with_bar)(found, len(pictures.paths))
    for path, block in zip(pictures.paths, blocks, strict=True):
        if not isinstance(block, UnreadableImageError):
            features.append(block)
            kept.append(path)
        elif strict:
            raise block
        else:
            problem = f"a {block.WHAT} that can't be read: {block.reason}"
            findings.append(Finding("error", problem, (path.name,), REMEDY.format(block.WHAT)))
    report = pictures.report + Report(findings)
    if not kept:
        raise ValueError(f"none of {len(pictures.paths)} pictures can be read:\n{report}")
    return np.stack(features), pictures.only(kept)._replace(report=report)


def _raise(block: np.ndarray | UnreadableImageError) -> np.ndarray:
    if isinstance(block, UnreadableImageError):
        raise block
    return block


def features_one_by_one(
    paths: Sequence[str | Path],
    pretrained_model: keras.Model | Network,
    use_cache: bool = True,
    client: distributed.Client | None = None,
    looks: Looks = 1,
) -> Iterator[np.ndarray | UnreadableImageError]:
    """Yield the features of each picture, in order, or the error where it can't be read.

    Where a network can't be converted for LiteRT, or LiteRT does not agree with Keras, Keras does the work.
    """
    import joblib

    if looks not in PREPARED:
        raise ValueError(f"got looks={looks!r}; expected 1, 2 or 3")
    try:
        engine = engine_of(pretrained_model)
    except (ImportError, ValueError) as error:
        if looks > 1 or isinstance(pretrained_model, Network):
            raise ValueError(f"{NEEDS}: {error}") from error
        warnings.warn(f"Keras turns the pictures into features, which is slower: {error}", stacklevel=2)
        yield from (_or_why(look, path, pretrained_model.predict_on_batch, 1) for path in paths)
        return
    if looks > 1 and not isinstance(engine, Network):
        raise ValueError(NEEDS)
    fingerprint = engine.fingerprint
    engines[fingerprint] = engine
    use_cache = use_cache and _can_keep()
    if client:
        _send(client, engine)
        where = joblib.parallel_config("dask", client=client)
    else:
        where = joblib.parallel_config("threading", n_jobs=-1)
    with where:
        parallel = joblib.Parallel(return_as="generator", batch_size=BATCH)
    with parallel:
        for start in range(0, len(paths), CHUNK):
            part = paths[start : start + CHUNK]
            yield from parallel(joblib.delayed(features_of)(path, fingerprint, use_cache, looks) for path in part)
            if use_cache:
                use_cache = _has_room()
            if use_cache and (start // CHUNK % TRIM_EVERY == TRIM_EVERY - 1 or start + CHUNK >= len(paths)):
                feature_cache().trim()


def _send(client: distributed.Client, engine: Engine) -> None:
    """Give the network to every worker of a cluster, and to those that take the place of lost ones."""
    import distributed

    class Bring(distributed.WorkerPlugin):
        def setup(self, worker: distributed.Worker) -> None:
            from course_utils.network.engines import engines  # the worker's own

            engines[engine.fingerprint] = engine

    client.register_plugin(Bring(), name=f"network {engine.fingerprint}")


def with_bar(blocks: Iterator[T], total: int) -> Iterator[T]:
    """Show a progress bar with rate and time left for more than a few pictures, however fast the machine is.

    The rate is the mean from the start: what is in the cache comes at once, and a recent rate would jump.
    """
    from tqdm.auto import tqdm

    return iter(tqdm(blocks, total=total, desc="Features", unit="picture", smoothing=0, disable=total < FEW))


def features_of(path: str | Path, fingerprint: str, use_cache: bool, looks: Looks) -> np.ndarray | UnreadableImageError:
    """Return what looking at one picture gives, kept or computed; or why it can't be read."""
    content, sounds = _content_of(path) if use_cache else ("", False)
    if content and (kept := feature_cache().read(_key(content, fingerprint, looks, sounds))) is not None:
        return kept
    found = _or_why(look, path, engines[fingerprint].run, looks)
    if content and isinstance(found, np.ndarray):
        feature_cache().write(_key(content, fingerprint, looks, sounds), found)
        if looks == 3:  # whoever asks for two of them finds these
            feature_cache().write(_key(content, fingerprint, 2, sounds), found[TWO])
    return found


def _content_of(path: str | Path) -> tuple[str, bool]:
    """What a file holds, as a checksum, and whether that is a sound; nothing, where it can't be opened: looking at it
    explains why."""
    try:
        return content_of(path), is_sound(path)
    except OSError:
        return "", False


def _key(content: str, fingerprint: str, looks: Looks, sounds: bool) -> str:
    """What features are kept under: what the file holds, the network, and how the picture was prepared."""
    return f"{content} {fingerprint} {prepared(looks, sounds)}; Pillow {pillow_version}"


def _or_why(function: Callable[..., np.ndarray], *words: object) -> np.ndarray | UnreadableImageError:
    try:
        return function(*words)
    except UnreadableImageError as error:
        return error


def _can_keep() -> bool:
    """Whether features can be kept on this machine; if not, a warning says why."""
    store = feature_cache()
    store.full = False
    try:
        store.location.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=store.location).close()
    except OSError as error:
        remedy = "Set COURSE_CACHE to a folder that you can write to."
        warnings.warn(
            f"features are computed anew each time, since they can't be kept: {error}. {remedy}", stacklevel=3
        )
        return False
    return True


def _has_room() -> bool:
    """Whether what was computed could be kept; if not, a warning says so. No thread warns: others may silence it."""
    store = feature_cache()
    if store.full:
        warnings.warn(f"what is computed now is not kept: {no_room(store.location).strerror}", stacklevel=3)
    return not store.full


def feature_cache() -> Store:
    """Open the features that are kept on this machine (notebook 10).

    Returns
    -------
    Store
        ``len`` of it says how many there are, ``size`` their bytes, and ``clear()`` empties it. When it holds more than
        2 GB, what was not used for longest goes. ``python -m course_utils cache`` shows it.
    """
    return _store(cache_folder() / FEATURES)


@cache
def _store(folder: Path) -> Store:
    return Store(folder, MOST[FEATURES])


def _write(blocks: Iterator[np.ndarray], count: int, path: Path) -> None:
    """Write blocks one after another into a ``.npy`` file, so that memory holds no more than a few."""
    first = next(blocks)
    with open(path, "wb") as file:
        header = {"descr": "<f4", "fortran_order": False, "shape": (count, *first.shape)}
        np.lib.format.write_array_header_1_0(file, header)
        for block in chain([first], blocks):
            file.write(block.astype("<f4").tobytes())
