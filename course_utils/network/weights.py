"""MobileNet's weights as arrays, without Keras: read, and folded into 27 plain layers."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from ..assets.catalog import find_weights
from ..assets.practice import real_or_practice
from ..files import data_folder

EPSILON = 1e-3  # of MobileNet's batch normalization
CHANNELS = (8, 16, 32, 32, 64, 64, 128, 128, 128, 128, 128, 128, 256, 256)  # after conv1, and after each block
KERNELS: dict[str, tuple[int, ...]] = {"conv1": (3, 3, 3, 8)}  # the layers in order, and the shapes of their kernels
for _number, (_before, _after) in enumerate(pairwise(CHANNELS), 1):
    KERNELS |= {f"conv_dw_{_number}": (3, 3, _before), f"conv_pw_{_number}": (_before, _after)}
HALVING = {"conv1", "conv_dw_2", "conv_dw_4", "conv_dw_6", "conv_dw_12"}  # layers that step two pixels at a time


class Layer(NamedTuple):
    """A convolution with its batch normalization folded in; what it gives is clipped to 0 .. 6.

    ``kernel`` has the shape ``(3, 3, 3, 8)`` in the first layer, ``(3, 3, channels)`` in a depthwise one, and
    ``(channels, more channels)`` in a pointwise one. ``bias`` has a number for each channel.
    """

    name: str
    stride: int
    kernel: np.ndarray
    bias: np.ndarray


def read_weights(weights: str | None = None) -> dict[str, np.ndarray]:
    """Read MobileNet's weights by the names of the published files, such as ``conv1/kernel``.

    Parameters
    ----------
    weights : str, optional
        ``published`` or ``practice``. Unset, the published ones; where they can't be had, the practice weights, and a
        box says so.

    Returns
    -------
    dict of str to numpy.ndarray
        float32.

    Raises
    ------
    AssetError
        If the published weights are asked for, by name or with ``COURSE_ASSETS=real``, and can't be had.
    ValueError
        If there are no weights of this name.
    """
    return _read_published() if choose_weights(weights) == "published" else _read_practice()


def choose_weights(weights: str | None = None) -> str:
    """Say which weights :func:`read_weights` reads: ``published`` or ``practice``.

    Raises
    ------
    ValueError
        If there are no weights of this name.
    """
    if weights not in (None, "published", "practice"):
        raise ValueError(f"got weights {weights!r}; expected published or practice")
    return weights or ("published" if real_or_practice("weights", find_weights, None) else "practice")


def _read_published() -> dict[str, np.ndarray]:
    """Read the published weights: plain little-endian float32 in the order of ``weightsManifest``."""
    path_of = find_weights()
    arrays = {}
    for group in json.loads(path_of["model.json"].read_text(encoding="utf-8"))["weightsManifest"]:
        values = np.frombuffer(b"".join(path_of[name].read_bytes() for name in group["paths"]), "<f4")
        for weight in group["weights"]:
            size = int(np.prod(weight["shape"]))
            arrays[weight["name"]], values = values[:size].reshape(weight["shape"]), values[size:]
    return arrays


def _read_practice() -> dict[str, np.ndarray]:
    """Read the practice weights: float16, made by ``making/practice_weights.py``."""
    with np.load(data_folder() / "practice" / "weights.npz") as arrays:
        return {name: arrays[name].astype("float32") for name in arrays.files}


def fold_weights(arrays: dict[str, np.ndarray]) -> list[Layer]:
    """Fold each batch normalization into the convolution before it: what both do is one multiplication and one sum.

    Parameters
    ----------
    arrays : dict of str to numpy.ndarray
        From :func:`read_weights`, or of the same names and shapes.

    Returns
    -------
    list of Layer
        The 27 layers up to ``conv_pw_13``, where the course cuts, in order.

    Raises
    ------
    KeyError, ValueError
        If a weight is missing, or has another shape than MobileNet 0.25's.
    """
    layers = []
    for name in KERNELS:
        depthwise = "dw" in name
        kernel = arrays[f"{name}/{'depthwise_kernel' if depthwise else 'kernel'}"]
        gamma, beta, mean, variance = (
            arrays[f"{name}_bn/{part}"] for part in ("gamma", "beta", "moving_mean", "moving_variance")
        )
        plain = kernel[..., 0] if depthwise else kernel[0, 0] if "pw" in name else kernel
        _expect(name, plain, gamma, beta, mean, variance)
        scale = gamma / np.sqrt(variance.astype("float64") + EPSILON)
        folded, bias = (plain * scale).astype("float32"), (beta - mean * scale).astype("float32")
        layers.append(make_layer(name, folded, bias))
    return layers


def make_layer(name: str, kernel: np.ndarray, bias: np.ndarray) -> Layer:
    """Make a layer of what was folded.

    Raises
    ------
    ValueError
        If a shape is not that of MobileNet 0.25, or a number is not finite.
    """
    _expect(name, kernel, bias)
    return Layer(name, 2 if name in HALVING else 1, kernel, bias)


def _expect(name: str, kernel: np.ndarray, *others: np.ndarray) -> None:
    """Refuse a kernel that is not of MobileNet 0.25's shape, and others that do not have a number for each channel."""
    expected = [KERNELS[name], *[KERNELS[name][-1:]] * len(others)]
    shapes = [array.shape for array in (kernel, *others)]
    if shapes != expected:
        got, wanted = next(pair for pair in zip(shapes, expected, strict=True) if pair[0] != pair[1])
        raise ValueError(f"{name} has an array of the shape {got}; MobileNet 0.25 has {wanted} there")
    if not all(np.isfinite(array).all() for array in (kernel, *others)):
        raise ValueError(f"{name} holds numbers that are not finite")
