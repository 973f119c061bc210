"""What a classifier's file holds: weights as plain arrays, and no programs."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ..learning.dense import Dense, run_dense
from ..network.engines import Network
from ..network.looks import Looks, look
from ..network.weights import KERNELS, make_layer

KIND = "transfer-learning-course classifier, version 2"
INPUTS = {1: 7 * 7 * 256, 2: 5 * 256}  # numbers that a head reads, for one look and for two
ACTIVATIONS = ("linear", "relu", "softmax")


def judge_with(network: Network, head: list[Dense], looks: Looks) -> Callable[[str | Path], np.ndarray]:
    """Return what turns a picture file into probabilities."""

    return lambda picture: run_dense(head, look(picture, network.run, looks)[np.newaxis])[0]


def write_weights(network: Network, head: list[Dense]) -> dict[str, bytes]:
    """Write each array as a ``.npy`` file, under the name of its layer."""
    arrays: dict[str, np.ndarray] = {}
    for layer in network.layers:
        arrays |= {f"network/{layer.name}/kernel.npy": layer.kernel, f"network/{layer.name}/bias.npy": layer.bias}
    for number, dense in enumerate(head):
        arrays |= {f"head/{number}/kernel.npy": dense.kernel, f"head/{number}/bias.npy": dense.bias}
    members = {}
    for name, array in arrays.items():
        file = io.BytesIO()
        np.save(file, np.ascontiguousarray(array, "<f4"), allow_pickle=False)
        members[name] = file.getvalue()
    return members


def read_weights(members: Mapping[str, bytes], about: Mapping[str, Any]) -> tuple[Network, list[Dense], Looks]:
    """Return the network, the head, and how often it looks: what ``judge_with`` takes.

    Raises
    ------
    KeyError, ValueError
        If an array is missing, or has a shape that does not fit, or holds numbers that are not finite.
    """

    def read(name: str) -> np.ndarray:
        return _array(members[name], name)

    network = Network([make_layer(n, read(f"network/{n}/kernel.npy"), read(f"network/{n}/bias.npy")) for n in KERNELS])
    looks, activations = about["looks"], about["head"]
    if looks not in INPUTS or not activations or not set(activations) <= set(ACTIVATIONS):
        raise ValueError(f"it wants {looks!r} looks and the activations {activations!r}")
    head = [Dense(read(f"head/{n}/kernel.npy"), read(f"head/{n}/bias.npy"), a) for n, a in enumerate(activations)]
    sizes = [INPUTS[looks], *(len(dense.bias) for dense in head)]
    for number, dense in enumerate(head):
        if dense.kernel.shape != (sizes[number], sizes[number + 1]):
            raise ValueError(
                f"layer {number} of its head has the shape {dense.kernel.shape} after {sizes[number]} numbers"
            )
        if not (np.isfinite(dense.kernel).all() and np.isfinite(dense.bias).all()):
            raise ValueError(f"layer {number} of its head holds numbers that are not finite")
    if activations[-1] != "softmax" or sizes[-1] != len(about["classes"]):
        outputs = f"{sizes[-1]} outputs after {activations[-1]}"
        raise ValueError(f"it names {len(about['classes'])} classes and its head has {outputs}")
    return network, head, looks


def _array(content: bytes, name: str) -> np.ndarray:
    """Read a ``.npy`` file of float32, without pickle, and with no more memory than it has bytes."""
    file = io.BytesIO(content)
    np.lib.format.read_magic(file)
    shape, by_column, kind = np.lib.format.read_array_header_1_0(file)
    if kind != np.dtype("<f4") or by_column:
        raise ValueError(f"{name} holds numbers of type {kind}; expected float32 in rows")
    return np.frombuffer(content, "<f4", offset=file.tell()).reshape(shape).astype(np.float32)
