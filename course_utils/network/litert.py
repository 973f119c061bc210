"""Run networks in LiteRT, which answers faster and starts sooner than TensorFlow (notebook 10)."""

from __future__ import annotations

import os
import tempfile
import threading
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..pictures.quiet import silence
from .runtime import import_keras
from .weights import Layer

if TYPE_CHECKING:
    import keras
    from ai_edge_litert.interpreter import Interpreter

TOLERANCE = 1e-3
TEMPLATE = Path(__file__).with_name("mobilenet.npz")  # made by making/network_template.py


@cache
def has_litert() -> bool:
    """Whether there is a LiteRT for this machine, and it starts."""
    try:
        with silence():
            import ai_edge_litert.interpreter  # noqa: F401
    except (ImportError, OSError):  # the second: a library that it needs can't be loaded
        return False
    return True


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


def empty_template() -> bytes:
    """Read the cut network in LiteRT's file format, with zeros for weights."""
    with np.load(TEMPLATE) as template:
        return template["network"].tobytes()


def fill_template(layers: list[Layer]) -> bytes:
    """Write the cut network in LiteRT's file format, without converting anything: its form is known, weights fill it.

    Parameters
    ----------
    layers : list of Layer
        From ``fold_weights``.

    Returns
    -------
    bytes
        What ``convert`` gives for the same weights, but for rounding. ``run_litert`` runs it on any size that is a
        multiple of 32.
    """
    with np.load(TEMPLATE) as template:
        network, slots = template["network"].copy(), template["slots"]
    for layer, places in zip(layers, slots, strict=True):
        # LiteRT keeps the channels that come out first, but for depthwise layers
        kernel = layer.kernel if layer.kernel.ndim == 3 else np.moveaxis(layer.kernel, -1, 0)
        for place, values in zip(places, (kernel, layer.bias), strict=True):
            content = np.frombuffer(values.astype("<f4").tobytes(), np.uint8)
            network[place : place + len(content)] = content
    return network.tobytes()


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
    interpreter = _interpreter(network, threading.get_ident(), batch.shape)
    (given,), (result,) = interpreter.get_input_details(), interpreter.get_output_details()
    interpreter.set_tensor(given["index"], batch)
    interpreter.invoke()
    return interpreter.get_tensor(result["index"])


@lru_cache(maxsize=4 * (os.cpu_count() or 1))
def _interpreter(network: bytes, thread: int, shape: tuple[int, ...]) -> Interpreter:
    """Start an interpreter. It serves one thread and one shape, so each has its own."""
    from ai_edge_litert.interpreter import Interpreter

    with silence():  # its C++ code prints a line
        interpreter = Interpreter(model_content=network, num_threads=1)
        (given,) = interpreter.get_input_details()
        if tuple(given["shape"]) != shape:
            interpreter.resize_tensor_input(given["index"], shape)
        interpreter.allocate_tensors()
    return interpreter
