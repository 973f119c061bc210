"""MobileNet v1 0.25/224: all of it (notebook 01), and the part below its head (notebook 05)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np

from ..assets.catalog import find_weights
from ..assets.practice import real_or_practice
from ..files import data_folder
from .runtime import import_keras

if TYPE_CHECKING:
    import keras


def load_mobilenet(weights: str | None = None) -> keras.Model:
    """Build MobileNet v1 0.25/224 and fill in its weights (notebook 01).

    Parameters
    ----------
    weights : str, optional
        ``published``: trained by Google on ImageNet. ``practice``: trained by the course. ``random``: not trained.
        Unset, the published ones; where they can't be had, the practice weights, and a box says so.

    Returns
    -------
    keras.Model
        Input ``(None, 224, 224, 3)`` in [-1, 1], output ``(None, 1000)`` probabilities; 475,544 parameters.

    Raises
    ------
    AssetError
        If the published weights are asked for, by name or with ``COURSE_ASSETS=real``, and can't be had.
    ValueError
        If there are no weights of this name.
    """
    if weights not in (None, "published", "practice", "random"):
        raise ValueError(f"got weights {weights!r}; expected published, practice or random")
    if weights is None:
        weights = "published" if real_or_practice("weights", find_weights, None) else "practice"
    arrays = {"published": _read_published, "practice": _read_practice, "random": dict}[weights]()
    keras = import_keras()
    model = keras.applications.MobileNet(input_shape=(224, 224, 3), alpha=0.25, weights=None, name=None)
    if arrays:
        for name, variable in name_weights(model).items():
            variable.assign(arrays[name])
    return model


def name_weights(model: keras.Model) -> dict[str, keras.Variable]:
    """Name the model's weights as the published files do, such as ``conv1/kernel``."""
    keras = import_keras()
    named = {}
    for layer in model.layers:
        for variable in layer.weights:
            depthwise = isinstance(layer, keras.layers.DepthwiseConv2D)
            named[f"{layer.name}/{'depthwise_kernel' if depthwise else variable.name}"] = variable
    return named


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


def build_pretrained_model(weights: str | None = None) -> keras.Model:
    """Cut MobileNet after ``conv_pw_13_relu``: pictures in, features out (notebook 05).

    Parameters
    ----------
    weights : str, optional
        As for :func:`load_mobilenet`.

    Returns
    -------
    keras.Model
        Input ``(None, 224, 224, 3)``, output ``(None, 7, 7, 256)``.

    Raises
    ------
    AssetError
        If the published weights are asked for and can't be had.
    """
    keras = import_keras()
    mobilenet = load_mobilenet(weights)
    return keras.Model(mobilenet.inputs, mobilenet.get_layer("conv_pw_13_relu").output)
