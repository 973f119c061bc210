"""Turn many pictures into features, fast: a small decoder, LiteRT, threads, and a cache on disk (notebook 10).

MobileNet is converted once from Keras to LiteRT, compared with it, and kept. Each picture's features are kept under its
content, so that only new pictures cost anything.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterable, Iterator
from functools import cache, partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from .assets import cache_folder, keep
from .images import UnreadableImageError, load_and_process_image
from .runtime import import_keras, silence

if TYPE_CHECKING:
    import distributed
    import joblib
    import keras

TOLERANCE = 1e-3
PREPROCESSING = "center square, 224 x 224, -1 to 1"  # part of the cache's key: change both
LARGEST_CACHE = 2_000_000_000


def extract_features(
    paths: Iterable[str | Path],
    pretrained_model: keras.Model,
    out: str | Path | None = None,
    use_cache: bool = True,
    client: distributed.Client | None = None,
) -> np.ndarray:
    """Turn pictures into features with all cores, and recompute only what is new (notebook 10).

    Parameters
    ----------
    paths : iterable of str or Path
        Picture files.
    pretrained_model : keras.Model
        From ``build_pretrained_model``.
    out : str or Path, optional
        A ``.npy`` file to write the features to, one by one, for sets that don't fit in memory.
    use_cache : bool
        Whether to take features that are kept on disk, and to keep new ones.
    client : distributed.Client, optional
        A Dask cluster to use instead of this machine's threads. Its workers must see the same files.

    Returns
    -------
    numpy.ndarray
        Shape ``(n, 7, 7, 256)``, float32, in the order of the paths; with ``out``, read from that file as needed.

    Raises
    ------
    UnreadableImageError
        If a file can't be read; the message names it.
    ValueError
        If there are no paths.
    """
    paths = [Path(path) for path in paths]
    if not paths:
        raise ValueError("got no pictures; expected at least one path")
    blocks = map(_raise, features_one_by_one(paths, pretrained_model, use_cache, client))
    if out is None:
        return np.stack(list(blocks))
    keep(Path(out), partial(_write, blocks, len(paths)))
    return np.load(out, mmap_mode="r")


def _raise(block: np.ndarray | UnreadableImageError) -> np.ndarray:
    if isinstance(block, UnreadableImageError):
        raise block
    return block


def features_one_by_one(
    paths: list[Path],
    pretrained_model: keras.Model,
    use_cache: bool = True,
    client: distributed.Client | None = None,
) -> Iterator[np.ndarray | UnreadableImageError]:
    """Yield the features of each picture, in order, or the error where it can't be read; a bar shows the progress."""
    import joblib
    from tqdm.auto import tqdm

    try:
        network = convert(pretrained_model)
    except ImportError:  # no LiteRT for this machine
        yield from (_with_keras(path, pretrained_model) for path in tqdm(paths, desc="Features", delay=2))
        return
    work = (joblib.delayed(features_of)(path, network, use_cache) for path in paths)
    if client:
        where = joblib.parallel_config("dask", client=client, scatter=[network], batch_size=8)
    else:
        where = joblib.parallel_config("threading", n_jobs=-1)
    with where:
        results = joblib.Parallel(return_as="generator")(work)
    yield from tqdm(results, total=len(paths), desc="Features", unit="picture", delay=2)
    if use_cache:
        feature_cache().reduce_size(LARGEST_CACHE)


def _with_keras(path: Path, pretrained_model: keras.Model) -> np.ndarray | UnreadableImageError:
    try:
        return pretrained_model.predict(load_and_process_image(path), verbose=0)[0]
    except UnreadableImageError as error:
        return error


def features_of(path: Path, network: bytes, use_cache: bool) -> np.ndarray | UnreadableImageError:
    """Return the features of one picture, shape (7, 7, 256), kept or computed; or why it can't be read."""
    try:
        if not use_cache:
            return run_litert(network, load_and_process_image(path))[0]
        try:
            with open(path, "rb") as file:
                content = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError:
            content = ""
        kept = feature_cache().cache(_compute, ignore=["path", "network"])
        return kept(path, network, content, _digest(network), PREPROCESSING)
    except UnreadableImageError as error:
        return error


def _compute(path: Path, network: bytes, content: str, model: str, preprocessing: str) -> np.ndarray:
    """Compute what is not kept; the last three arguments are the key."""
    return run_litert(network, load_and_process_image(path))[0]


_digest = cache(lambda network: hashlib.sha256(network).hexdigest())


def feature_cache() -> joblib.Memory:
    """Open the features that are kept on this machine (notebook 10).

    Returns
    -------
    joblib.Memory
        ``clear()`` empties it. What was not used for longest goes when it holds more than 2 GB.
    """
    import joblib

    return joblib.Memory(cache_folder() / "features", verbose=0)


def convert(pretrained_model: keras.Model) -> bytes:
    """Convert a network from Keras to LiteRT, compare the two, and keep the result for the next time.

    Raises
    ------
    ValueError
        If they differ by more than ``TOLERANCE``.
    """
    parts = [pretrained_model.to_json().encode(), *(array.tobytes() for array in pretrained_model.get_weights())]
    path = cache_folder() / "litert" / f"{hashlib.sha256(b''.join(parts)).hexdigest()}.tflite"
    if not path.exists():
        keep(path, partial(_export, pretrained_model))
    return path.read_bytes()


def _export(pretrained_model: keras.Model, path: Path) -> None:
    keras = import_keras()
    size = pretrained_model.input_shape[1:]
    with silence():
        signature = [keras.InputSpec("float32", (1, *size))]
        pretrained_model.export(path, format="litert", input_signature=signature, verbose=False)
    noise = np.random.default_rng(0).uniform(-1, 1, (4, *size)).astype("float32")
    expected = pretrained_model.predict(noise, verbose=0)
    got = np.concatenate([run_litert(path.read_bytes(), picture[np.newaxis]) for picture in noise])
    difference = float(np.abs(got - expected).max())
    if difference > TOLERANCE:
        raise ValueError(f"LiteRT differs from Keras by {difference:.2g}; expected at most {TOLERANCE:g}")


_own, _starting = threading.local(), threading.Lock()  # an interpreter serves one thread


def run_litert(network: bytes, batch: np.ndarray) -> np.ndarray:
    """Run a converted network on a batch of one; each thread has its own interpreter of the network."""
    if getattr(_own, "network", None) != network:
        from ai_edge_litert.interpreter import Interpreter

        with _starting, silence():  # its C++ code prints a line
            _own.interpreter, _own.network = Interpreter(model_content=network, num_threads=1), network
            _own.interpreter.allocate_tensors()
    (given,), (result,) = _own.interpreter.get_input_details(), _own.interpreter.get_output_details()
    _own.interpreter.set_tensor(given["index"], batch)
    _own.interpreter.invoke()
    return _own.interpreter.get_tensor(result["index"])


def _write(blocks: Iterator[np.ndarray], count: int, path: Path) -> None:
    """Write blocks one after another into a ``.npy`` file, so that memory holds no more than a few."""
    first = next(blocks)
    with open(path, "wb") as file:
        header = {"descr": "<f4", "fortran_order": False, "shape": (count, *first.shape)}
        np.lib.format.write_array_header_1_0(file, header)
        for block in chain([first], blocks):
            file.write(block.astype("<f4").tobytes())
