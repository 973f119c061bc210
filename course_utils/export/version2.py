"""What a classifier's file holds: weights as plain arrays, and no programs."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ..learning.dense import Dense, run_dense
from ..learning.known import Known
from ..network.engines import Network
from ..network.looks import CLIENTS, Looks, look
from ..network.weights import KERNELS, Layer, make_layer

KIND = "transfer-learning-course classifier, version 2"
INPUTS = {1: 7 * 7 * 256, 2: 5 * 256}  # numbers that a head reads, for one look and for two
CLIENT_INPUTS = 4 * 256  # that the head for another tool reads
ACTIVATIONS = ("linear", "relu", "softmax")
EXAMPLES = "known/examples.npy"


class Parts(NamedTuple):
    """The halves of a classifier: MobileNet's layers, and the head; and a head for each other tool, if there are any.

    ``clients`` has a softmax layer for each of ``network.looks.CLIENTS``, or none. ``known`` tells what is like the
    pictures that were learned from, if that was asked for.
    """

    layers: list[Layer]
    head: list[Dense]
    looks: Looks
    clients: dict[str, Dense]
    known: Known | None = None


def judge_with(
    network: Network, head: list[Dense], looks: Looks
) -> Callable[[str | Path], tuple[np.ndarray, np.ndarray]]:
    """Return what turns a picture file into probabilities, and into what the network sees of it."""

    def judge(picture: str | Path) -> tuple[np.ndarray, np.ndarray]:
        seen = look(picture, network.run, looks)
        return run_dense(head, seen[np.newaxis])[0], seen

    return judge


def write_weights(parts: Parts) -> dict[str, bytes]:
    """Write each array as a ``.npy`` file, under the name of its layer."""
    named: dict[str, Layer | Dense] = {f"network/{layer.name}": layer for layer in parts.layers}
    named |= {f"head/{number}": dense for number, dense in enumerate(parts.head)}
    named |= {f"clients/{name}": dense for name, dense in parts.clients.items()}
    arrays = {
        f"{name}/{kind}.npy": np.ascontiguousarray(array, "<f4")
        for name, layer in named.items()
        for kind, array in (("kernel", layer.kernel), ("bias", layer.bias))
    }
    if parts.known:
        arrays[EXAMPLES] = np.ascontiguousarray(parts.known.examples, "u1")
    return {name: _npy(array) for name, array in arrays.items()}


def _npy(array: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.save(file, array, allow_pickle=False)
    return file.getvalue()


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
    return Parts(layers, head, looks, clients, _read_known(members, about))


def tell_known(known: Known, classes: Sequence[str]) -> dict[str, Any]:
    """What stands beside the examples: the threshold, and how many examples each class has, in their order."""
    return {"threshold": known.threshold, "examples": [known.labels.count(name) for name in classes]}


def _read_known(members: Mapping[str, bytes], about: Mapping[str, Any]) -> Known | None:
    """What is like the pictures that were learned from, if the file tells."""
    told = about.get("known")
    if not told:
        return None
    examples, counts = _array(members[EXAMPLES], EXAMPLES, "u1"), told["examples"]
    labels = tuple(name for name, count in zip(about["classes"], counts, strict=True) for _ in range(count))
    if examples.shape != (len(labels), 256) or not labels or not -1 <= told["threshold"] <= 1:
        expected = f"({len(labels)}, 256), and a threshold of {told['threshold']}"
        raise ValueError(f"{EXAMPLES} has the shape {examples.shape}, where {expected} is said")
    return Known(examples, labels, float(told["threshold"]))


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


def _array(content: bytes, name: str, wanted: str = "<f4") -> np.ndarray:
    """Read a ``.npy`` file of float32 or bytes, without pickle, and with no more memory than it has bytes."""
    file = io.BytesIO(content)
    np.lib.format.read_magic(file)
    shape, by_column, kind = np.lib.format.read_array_header_1_0(file)
    if kind != np.dtype(wanted) or by_column:
        raise ValueError(f"{name} holds numbers of type {kind}; expected {np.dtype(wanted).name} in rows")
    return np.frombuffer(content, wanted, offset=file.tell()).reshape(shape).astype(np.dtype(wanted).newbyteorder("="))
