"""What a classifier's file holds: weights as plain arrays, and no programs."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..learning.dense import Dense
from ..learning.known import Known
from ..network.looks import CLIENTS, Looks
from ..network.weights import KERNELS, Layer, make_layer
from .checked import check_numbers, short

KIND = "transfer-learning-course classifier, version 2"
INPUTS = {1: 7 * 7 * 256, 2: 5 * 256}  # numbers that a head reads, for one look and for two
CLIENT_INPUTS = 4 * 256  # that the head for another tool reads
GIVES = {1: 6.0, 2: 1.0}  # the largest number that a head reads: MobileNet's are clipped, two looks are of length 1
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


def check_parts(parts: Parts) -> None:
    """Refuse weights with which a picture could get an answer that is no number.

    Raises
    ------
    ValueError
        The message names the layer.
    """
    check_numbers(parts.layers, parts.head, GIVES[parts.looks])
    for dense in parts.clients.values():
        check_numbers([], [dense], GIVES[2])


def read_weights(members: Mapping[str, bytes], about: Mapping[str, Any]) -> Parts:
    """Read what :func:`write_weights` wrote.

    Parameters
    ----------
    members : mapping of str to bytes
        What a classifier's file holds.
    about : mapping
        What ``classifier.json`` says, from ``read_about``.

    Raises
    ------
    ValueError
        If an array is missing, or has a shape that does not fit, or holds numbers that are not finite, or too large.
    """

    def read(name: str) -> tuple[np.ndarray, np.ndarray]:
        kernel, bias = (_array(members, f"{name}/{part}.npy") for part in ("kernel", "bias"))
        return kernel, bias

    layers = [make_layer(name, *read(f"network/{name}")) for name in KERNELS]
    looks: Any = about.get("looks")
    activations = about.get("head")
    named = isinstance(activations, list) and all(name in ACTIVATIONS for name in activations)
    if looks not in INPUTS or isinstance(looks, bool | float) or not activations or not named:
        raise ValueError(f"it wants {short(looks)} looks and the activations {short(activations)}")
    head = [Dense(*read(f"head/{number}"), activation) for number, activation in enumerate(activations)]
    _expect(head, INPUTS[looks], len(about["classes"]), "its head")
    told = dict(about.get("clients") or {})
    wanted = [name for name in CLIENTS if name in told]
    clients = {name: Dense(*read(f"clients/{name}"), "softmax") for name in wanted}
    for name, dense in clients.items():
        _expect([dense], CLIENT_INPUTS, len(about["classes"]), f"its head for {name} pictures")
    parts = Parts(layers, head, looks, clients, _read_known(members, about))
    check_parts(parts)
    return parts


def tell_known(known: Known, classes: Sequence[str]) -> dict[str, Any]:
    """What stands beside the examples: the threshold, and how many examples each class has, in their order."""
    return {"threshold": known.threshold, "examples": [known.labels.count(name) for name in classes]}


def _read_known(members: Mapping[str, bytes], about: Mapping[str, Any]) -> Known | None:
    """What is like the pictures that were learned from, if the file tells."""
    told = about.get("known")
    if not told:
        return None
    examples, counts = _array(members, EXAMPLES, "u1"), told["examples"]
    if examples.shape != (sum(counts), 256) or not sum(counts):
        raise ValueError(f"{EXAMPLES} has the shape {examples.shape}, where ({sum(counts)}, 256) is said")
    labels = tuple(name for name, count in zip(about["classes"], counts, strict=True) for _ in range(count))
    return Known(examples, labels, float(told["threshold"]))


def _expect(head: list[Dense], inputs: int, classes: int, what: str) -> None:
    """Refuse a head whose layers do not fit each other, or the numbers and classes that it is for."""
    sizes = [inputs, *(len(dense.bias) for dense in head)]
    for number, dense in enumerate(head):
        if dense.kernel.shape != (sizes[number], sizes[number + 1]):
            raise ValueError(
                f"layer {number} of {what} has the shape {dense.kernel.shape} after {sizes[number]} numbers"
            )
    if head[-1].activation != "softmax" or sizes[-1] != classes:
        outputs = f"{sizes[-1]} outputs after {head[-1].activation}"
        raise ValueError(f"it names {classes} classes and {what} has {outputs}")


def _array(members: Mapping[str, bytes], name: str, wanted: str = "<f4") -> np.ndarray:
    """Read a ``.npy`` file of float32 or bytes, without pickle, and with no more memory than it has bytes."""
    if name not in members:
        raise ValueError(f"it has no {name}")
    content = members[name]
    file = io.BytesIO(content)
    if np.lib.format.read_magic(file) != (1, 0):
        raise ValueError(f"{name} is no .npy file of version 1.0")
    shape, by_column, kind = np.lib.format.read_array_header_1_0(file)
    if kind != np.dtype(wanted) or by_column:
        raise ValueError(f"{name} holds numbers of type {short(str(kind))}; expected {np.dtype(wanted).name} in rows")
    return np.frombuffer(content, wanted, offset=file.tell()).reshape(shape).astype(np.dtype(wanted).newbyteorder("="))
