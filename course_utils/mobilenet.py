"""MobileNet v1 0.25/224: all of it (notebook 01), and the part below its head (notebook 05)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from .assets import DATA, fetch, manifest
from .datasets import PictureSet
from .features import extract_features, features_one_by_one, with_bar
from .images import UnreadableImageError
from .practice import real_or_practice
from .report import Finding, Report
from .runtime import import_keras

if TYPE_CHECKING:
    import keras

FOLDER = "mobilenet_v1_0.25_224"
REMEDY = "It is left out. Copy it again from where it came, or save it anew in a picture program."


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


def find_weights() -> dict[str, Path]:
    """Find the files of the published weights (notebook 00).

    Returns
    -------
    dict of str to pathlib.Path
        ``model.json`` and 55 shards, by file name.

    Raises
    ------
    AssetError
        If they can't be had.
    """
    paths = fetch(name for name in manifest() if name.startswith(FOLDER))
    return {path.name: path for path in paths}


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
    """Read the practice weights: float16, made by ``tools/practice_weights.py``."""
    with np.load(DATA / "practice" / "weights.npz") as arrays:
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


def load_images(paths: Iterable[str | Path], pretrained_model: keras.Model) -> np.ndarray:
    """Turn pictures into features (notebook 05). ``extract_features`` does the work, and has more options.

    Parameters
    ----------
    paths : iterable of str or Path
        Picture files.
    pretrained_model : keras.Model
        From :func:`build_pretrained_model`.

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
    pretrained_model: keras.Model,
    strict: bool = False,
    progress: Callable[[Iterator, int], Iterator] = with_bar,
) -> tuple[np.ndarray, PictureSet]:
    """Turn labeled pictures into features, and leave out those that can't be read (notebook 07).

    Parameters
    ----------
    pictures : PictureSet
        From ``read_pictures``.
    pretrained_model : keras.Model
        From :func:`build_pretrained_model`.
    strict : bool
        Raise at the first picture that can't be read.
    progress : callable
        Passes on what it is given, one for each picture, and shows how far that is; its second argument is how many
        there are.

    Returns
    -------
    (numpy.ndarray, PictureSet)
        The features, shape ``(n, 7, 7, 256)``, float32, and the pictures that they belong to, in the same order.
        Their report names each picture that was left out, and why.

    Raises
    ------
    UnreadableImageError
        If ``strict``, and a picture can't be read.
    ValueError
        If none can be read.
    """
    features, kept, findings = [], [], []
    blocks = progress(features_one_by_one(pictures.paths, pretrained_model), len(pictures.paths))
    for path, label, block in zip(pictures.paths, pictures.labels, blocks, strict=True):
        if not isinstance(block, UnreadableImageError):
            features.append(block)
            kept.append((path, label))
        elif strict:
            raise block
        else:
            findings.append(Finding("error", f"a picture that can't be read: {block.reason}", (path.name,), REMEDY))
    report = pictures.report + Report(findings)
    if not kept:
        raise ValueError(f"none of {len(pictures.paths)} pictures can be read:\n{report}")
    paths, labels = zip(*kept, strict=True)
    return np.stack(features), pictures._replace(paths=paths, labels=labels, report=report)
