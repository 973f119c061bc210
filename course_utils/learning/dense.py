"""A head as plain dense layers: what a saved classifier holds, and what runs it without TensorFlow."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .article import ArticleHead
from .linear import LinearHead, PooledHead, softmax

if TYPE_CHECKING:
    import keras

PLACES = 7 * 7  # that features have
PASSED_ON = {"InputLayer", "Flatten", "Dropout"}  # Keras layers that change no number of a trained head
KERAS = (
    "A classifier's file holds heads of dense layers, with relu or linear ones inside and a softmax at the end. "
    "Save this one with model.save('head.keras'), and read it with keras.saving.load_model."
)


class Dense(NamedTuple):
    """A dense layer: ``kernel`` of shape ``(inputs, outputs)``, ``bias`` of shape ``(outputs,)``, both float32.

    ``activation`` follows, and is ``linear``, ``relu`` or ``softmax``.
    """

    kernel: np.ndarray
    bias: np.ndarray
    activation: str


def dense_layers(head: LinearHead | PooledHead | ArticleHead | keras.Model) -> list[Dense]:
    """Take a head apart into its dense layers.

    Raises
    ------
    ValueError
        If a Keras head has other layers, or does not end in a softmax.
    """
    if isinstance(head, LinearHead):
        return [Dense(head.weights.astype(np.float32), head.bias.astype(np.float32), "softmax")]
    if isinstance(head, PooledHead):  # an average is a sum in which each of the places weighs the same
        return [Dense(np.tile(head.weights / PLACES, (PLACES, 1)), head.bias, "softmax")]
    if isinstance(head, ArticleHead):
        none = np.zeros(head.last.shape[1], np.float32)
        return [Dense(head.hidden, head.bias, "relu"), Dense(head.last, none, "softmax")]
    layers = []
    for layer in head.layers:
        kind = type(layer).__name__
        if kind == "Dense" and layer.activation.__name__ in ("linear", "relu", "softmax"):
            kernel, *bias = (np.asarray(array) for array in layer.get_weights())
            layers.append(Dense(kernel, bias[0] if bias else np.zeros(layer.units, "f4"), layer.activation.__name__))
        elif kind not in PASSED_ON:
            what = f"{kind} with {layer.activation.__name__}" if kind == "Dense" else kind
            raise ValueError(f"the head's layer {layer.name!r} is {what}. {KERAS}")
    if not layers or [layer.activation == "softmax" for layer in layers] != [False] * (len(layers) - 1) + [True]:
        raise ValueError(f"the head has no softmax at its end, or one before. {KERAS}")
    return layers


def run_dense(layers: list[Dense], numbers: np.ndarray) -> np.ndarray:
    """Run a head: shape ``(n, ...)`` becomes ``(n, classes)``, float32."""
    x = numbers.reshape(len(numbers), -1)
    for layer in layers:
        x = x @ layer.kernel + layer.bias
        x = {"linear": lambda x: x, "relu": lambda x: np.maximum(x, 0), "softmax": softmax}[layer.activation](x)
    return x.astype(np.float32)
