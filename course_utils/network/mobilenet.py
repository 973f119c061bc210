"""MobileNet v1 0.25/224: all of it (notebook 01), and the part below its head (notebook 05)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .runtime import import_keras
from .weights import read_weights

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
    arrays = {} if weights == "random" else read_weights(weights)
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
