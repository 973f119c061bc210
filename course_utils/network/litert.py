"""Convert a Keras network to LiteRT, which answers faster and starts sooner than TensorFlow (notebook 10)."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
import threading
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..files import cache_folder, keep
from .runtime import import_keras, silence

if TYPE_CHECKING:
    import keras
    from ai_edge_litert.interpreter import Interpreter

TOLERANCE = 1e-3

networks: dict[str, bytes] = {}  # by fingerprint: those that this process has converted, read or been sent


def convert(model: keras.Model) -> bytes:
    """Convert a network from Keras to LiteRT, and compare the two on noise (notebook 10).

    Parameters
    ----------
    model : keras.Model
        One input and one output.

    Returns
    -------
    bytes
        The network in LiteRT's file format (``.tflite``), for batches of one.

    Raises
    ------
    ValueError
        If the two differ by more than ``TOLERANCE``.
    ImportError
        If there is no LiteRT for this machine.
    """
    import ai_edge_litert  # noqa: F401  (asked for first, since converting takes seconds)

    keras = import_keras()
    size = model.input_shape[1:]
    signature = [keras.InputSpec("float32", (1, *size))]
    with tempfile.TemporaryDirectory() as folder, silence():
        path = Path(folder, "network.tflite")
        model.export(path, format="litert", input_signature=signature, verbose=False)
        network = path.read_bytes()
    noise = np.random.default_rng(0).uniform(-1, 1, (4, *size)).astype("float32")
    expected = model.predict_on_batch(noise)
    difference = np.abs(np.concatenate([run_litert(network, one[np.newaxis]) for one in noise]) - expected).max()
    if not difference <= TOLERANCE:
        raise ValueError(f"LiteRT differs from Keras by {difference:.2g}; expected at most {TOLERANCE:g}")
    return network


def convert_once(model: keras.Model) -> tuple[bytes, str]:
    """Convert a network, or take the conversion that this machine has kept; and return its fingerprint too.

    Networks with the same layers and weights have the same fingerprint.
    """
    layers = re.sub(r'"(input_layer|functional|sequential)_\d+"', r'"\1"', model.to_json())  # Keras counts these
    parts = [layers.encode(), *(array.tobytes() for array in model.get_weights())]
    fingerprint = hashlib.sha256(b"".join(parts)).hexdigest()
    if fingerprint not in networks:
        path = cache_folder() / "litert" / f"{fingerprint}.tflite"
        try:
            networks[fingerprint] = path.read_bytes()
        except OSError:  # not kept yet, or not to be had
            network = networks[fingerprint] = convert(model)
            with suppress(OSError):
                keep(path, lambda arriving: arriving.write_bytes(network))
    return networks[fingerprint], fingerprint


def run_litert(network: bytes, batch: np.ndarray) -> np.ndarray:
    """Run a converted network (notebook 10).

    Parameters
    ----------
    network : bytes
        From :func:`convert`.
    batch : numpy.ndarray
        A batch of one, float32.

    Returns
    -------
    numpy.ndarray
        What the network's last layer gives, float32.
    """
    interpreter = _interpreter(network, threading.get_ident())
    (given,), (result,) = interpreter.get_input_details(), interpreter.get_output_details()
    interpreter.set_tensor(given["index"], batch)
    interpreter.invoke()
    return interpreter.get_tensor(result["index"])


_starting = threading.Lock()


@lru_cache(maxsize=2 * (os.cpu_count() or 1))
def _interpreter(network: bytes, thread: int) -> Interpreter:
    """Start an interpreter. It serves one thread, so each thread has its own."""
    from ai_edge_litert.interpreter import Interpreter

    with _starting, silence():  # its C++ code prints a line
        interpreter = Interpreter(model_content=network, num_threads=1)
        interpreter.allocate_tensors()
    return interpreter
