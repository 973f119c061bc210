"""What a classifier's file holds: weights as plain arrays, and no programs."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ..learning.dense import Dense, run_dense
from ..network.engines import Network
from ..network.looks import CLIENTS, Looks, look
from ..network.weights import KERNELS, Layer, make_layer

KIND = "transfer-learning-course classifier, version 2"
INPUTS = {1: 7 * 7 * 256, 2: 5 * 256}  # numbers that a head reads, for one look and for two
CLIENT_INPUTS = 4 * 256  # that the head for another tool reads
ACTIVATIONS = ("linear", "relu", "softmax")


class Parts(NamedTuple):
    """The halves of a classifier: MobileNet's layers, and the head; and a head for each other tool, if there are any.

    ``clients`` has a softmax layer for each of ``network.looks.CLIENTS``, or none.
    """

    layers: list[Layer]
    head: list[Dense]
    looks: Looks
    clients: dict[str, Dense]


def judge_with(network: Network, head: list[Dense], looks: Looks) -> Callable[[str | Path], np.ndarray]:
    """Return what turns a picture file into probabilities."""

    return lambda picture: run_dense(head, look(picture, network.run, looks)[np.newaxis])[0]


def write_weights(parts: Parts) -> dict[str, bytes]:
    """Write each array as a ``.npy`` file, under the name of its layer."""
    named: dict[str, Layer | Dense] = {f"network/{layer.name}": layer for layer in parts.layers}
    named |= {f"head/{number}": dense for number, dense in enumerate(parts.head)}
    named |= {f"clients/{name}": dense for name, dense in parts.clients.items()}
    members = {}
    for name, layer in named.items():
        for kind, array in (("kernel", layer.kernel), ("bias", layer.bias)):
            file = io.BytesIO()
            np.save(file, np.ascontiguousarray(array, "<f4"), allow_pickle=False)
            members[f"{name}/{kind}.npy"] = file.getvalue()
    return members


def read_weights(members: Mapping[str, bytes], about: Mapping[str, Any]) -> Parts:
    """Read what :func:`write_weights` wrote.

    Raises
    ------
    KeyError, ValueError
        If an array is missing, or has a shape that does not fit, or holds numbers that are not finite.
    """

    def read(name: str) -> tuple[np.ndarray, np.ndarray]:
        kernel, bias = (_array(members[f"{name}/{part}.npy"], f"{name}/{part}.npy") for part in ("kernel", "bias"))
        return kernel, bias

    layers = [make_layer(name, *read(f"network/{name}")) for name in KERNELS]
    looks, activations = about["looks"], about["head"]
    if looks not in INPUTS or not activations or not set(activations) <= set(ACTIVATIONS):
        raise ValueError(f"it wants {looks!r} looks and the activations {activations!r}")
    head = [Dense(*read(f"head/{number}"), activation) for number, activation in enumerate(activations)]
    _expect(head, INPUTS[looks], len(about["classes"]), "its head")
    told = dict(about.get("clients") or {})
    wanted = [name for name in CLIENTS if name in told]
    clients = {name: Dense(*read(f"clients/{name}"), "softmax") for name in wanted}
    for name, dense in clients.items():
        _expect([dense], CLIENT_INPUTS, len(about["classes"]), f"its head for {name} pictures")
    return Parts(layers, head, looks, clients)


def _expect(head: list[Dense], inputs: int, classes: int, what: str) -> None:
    """Refuse a head whose layers do not fit each other, or the numbers and classes that it is for."""
    sizes = [inputs, *(len(dense.bias) for dense in head)]
    for number, dense in enumerate(head):
        if dense.kernel.shape != (sizes[number], sizes[number + 1]):
            raise ValueError(
                f"layer {number} of {what} has the shape {dense.kernel.shape} after {sizes[number]} numbers"
            )
        if not (np.isfinite(dense.kernel).all() and np.isfinite(dense.bias).all()):
            raise ValueError(f"layer {number} of {what} holds numbers that are not finite")
    if head[-1].activation != "softmax" or sizes[-1] != classes:
        outputs = f"{sizes[-1]} outputs after {head[-1].activation}"
        raise ValueError(f"it names {classes} classes and {what} has {outputs}")


def _array(content: bytes, name: str) -> np.ndarray:
    """Read a ``.npy`` file of float32, without pickle, and with no more memory than it has bytes."""
    file = io.BytesIO(content)
    np.lib.format.read_magic(file)
    shape, by_column, kind = np.lib.format.read_array_header_1_0(file)
    if kind != np.dtype("<f4") or by_column:
        raise ValueError(f"{name} holds numbers of type {kind}; expected float32 in rows")
    return np.frombuffer(content, "<f4", offset=file.tell()).reshape(shape).astype(np.float32)
