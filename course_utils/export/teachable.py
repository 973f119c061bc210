"""A folder as Teachable Machine exports it, for its library and for ml5: ``model.json``, ``metadata.json``, weights."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import numpy as np

from ..network.weights import Layer
from .onelook import OneLook

DIVISOR = 127  # Teachable Machine makes x / 127 - 1 of a color, and MobileNet wants x / 127.5 - 1
TINY = 1e-9  # of layer normalization: keeps a row of zeros from being divided by zero
LIBRARY = {"tfjsVersion": "1.3.1", "tmVersion": "2.4.5", "packageVersion": "0.8.5"}  # for which it is written


def layers_model(plan: OneLook) -> dict[str, bytes]:
    """Write a network of TensorFlow.js's layers, with those only that its version 1.3.1 knows.

    Returns
    -------
    dict of str to bytes
        The three files by name.
    """
    model = _Layers()
    scale = DIVISOR / 127.5
    arrays = {"depthwise_kernel": np.full((1, 1, 3, 1), scale), "bias": np.full(3, scale - 1)}
    model.add("DepthwiseConv2D", "our_colors", _convolve(1, 1, "valid"), arrays)
    for layer in plan.layers:
        _add_layer(model, layer)
    head = list(plan.head)
    if plan.quartered:
        model.add("AveragePooling2D", "quarters", {"pool_size": [4, 4], "strides": [3, 3], "padding": "valid"})
        head[0] = head[0]._replace(kernel=_scale_to_length_1(model, head[0].kernel))
    else:
        model.add("Flatten", "flatten", {})
    for number, dense in enumerate(head, 1):
        settings = {"units": len(dense.bias), "activation": dense.activation, "use_bias": True}
        model.add("Dense", f"dense_{number}", settings, {"kernel": dense.kernel, "bias": dense.bias})
    about: dict[str, Any] = {
        **LIBRARY,
        "packageName": "@teachablemachine/image",
        "timeStamp": datetime.now(UTC).isoformat(),
    }
    about |= {
        "userMetadata": {"about": plan.words},
        "modelName": "classifier",
        "labels": plan.classes,
        "imageSize": 224,
    }
    described = json.dumps(about, ensure_ascii=False, indent=1).encode()
    return {"model.json": model.as_json(), "weights.bin": b"".join(model.weights), "metadata.json": described}


def _scale_to_length_1(model: _Layers, kernel: np.ndarray) -> np.ndarray:
    """Scale numbers to length 1 without a layer for that: return what the kernel that reads them is now.

    Beside each number x stands -x, so that their mean is 0, and their variance the mean of the squares. Layer
    normalization then divides by its root; what is left is a factor, which goes into the kernel.
    """
    channels, count = 256, len(kernel)
    arrays = {"depthwise_kernel": np.tile([1, -1], (1, 1, channels, 1)), "bias": np.zeros(2 * channels)}
    model.add("DepthwiseConv2D", "and_minus", _convolve(1, 1, "valid", 2), arrays)
    model.add("Flatten", "flatten", {})
    ones = {"gamma": np.ones(2 * count), "beta": np.zeros(2 * count)}
    model.add("LayerNormalization", "length_1", {"axis": -1, "epsilon": TINY, "center": True, "scale": True}, ones)
    rows = np.zeros((count, 2, kernel.shape[1]), np.float32)
    rows[:, 0] = kernel / np.sqrt(count)  # what stands beside is not read
    return rows.reshape(2 * count, -1)


def _add_layer(model: _Layers, layer: Layer) -> None:
    """Add a convolution, and what clips it to 0 .. 6."""
    kernel = layer.kernel
    if kernel.ndim == 3:
        arrays = {"depthwise_kernel": kernel[..., np.newaxis], "bias": layer.bias}
        model.add("DepthwiseConv2D", layer.name, _convolve(3, layer.stride), arrays)
    else:
        kernel = kernel if kernel.ndim == 4 else kernel[np.newaxis, np.newaxis]
        settings = {"filters": len(layer.bias), **_convolve(len(kernel), layer.stride)}
        model.add("Conv2D", layer.name, settings, {"kernel": kernel, "bias": layer.bias})
    model.add("ReLU", f"{layer.name}_relu", {"max_value": 6})


def _convolve(side: int, stride: int, padding: str = "same", multiplier: int = 1) -> dict[str, Any]:
    """Settings of a convolution. Those that are not depthwise ignore the multiplier."""
    sides = {"kernel_size": [side, side], "strides": [stride, stride], "padding": padding}
    return sides | {"use_bias": True, "depth_multiplier": multiplier, "activation": "linear"}


class _Layers:
    """Layers one after another, and the bytes of their weights."""

    def __init__(self) -> None:
        self.layers: list[dict[str, Any]] = []
        self.manifest: list[dict[str, Any]] = []
        self.weights: list[bytes] = []

    def add(
        self, kind: str, name: str, settings: Mapping[str, Any], arrays: Mapping[str, np.ndarray] | None = None
    ) -> None:
        """Add a layer at the end."""
        given = {} if self.layers else {"batch_input_shape": [None, 224, 224, 3], "dtype": "float32"}
        config = {"name": name, "trainable": False, **given, **settings}
        self.layers.append({"class_name": kind, "config": config})
        for suffix, array in (arrays or {}).items():
            self.manifest.append({"name": f"{name}/{suffix}", "shape": list(array.shape), "dtype": "float32"})
            self.weights.append(array.astype("<f4").tobytes())

    def as_json(self) -> bytes:
        """``model.json``: the layers, and where their weights are."""
        config = {"name": "classifier", "layers": self.layers}
        topology = {"class_name": "Sequential", "config": config, "keras_version": "2.15.0", "backend": "tensorflow"}
        manifest = [{"paths": ["weights.bin"], "weights": self.manifest}]
        return json.dumps({"modelTopology": topology, "weightsManifest": manifest}).encode()
