"""Let the network imagine: start from noise, and change it until a channel, or a name, answers strongly."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .runtime import import_keras

if TYPE_CHECKING:
    import keras

# How red, green and blue of photographs vary together, by the directions in which they vary most: Olah, Mordvintsev and
# Schubert, *Feature Visualization* (Distill, 2017).
COLORS = np.array([[0.26, 0.09, 0.02], [0.27, 0.0, -0.05], [0.27, -0.09, 0.03]], np.float32)
COLORS /= np.linalg.norm(COLORS, axis=0).max()


def imagine(
    model: keras.Model,
    layer: str,
    channels: Sequence[int],
    steps: int = 96,
    size: int = 160,
    seed: int = 7,
    plain: bool = False,
) -> np.ndarray:
    """Change noise step by step into pictures that channels answer to most strongly (notebook 08).

    Parameters
    ----------
    model : keras.Model
        From ``load_mobilenet``.
    layer : str
        Whose channels: ``conv_pw_5_bn`` is block 5 before it cuts off what is below 0, so that there always is a way
        uphill; ``conv_preds`` holds the scores of the 1000 names.
    channels : sequence of int
        One picture is made for each.
    steps : int
        How often to go a little uphill.
    size : int
        Pixels of a side; a multiple of 32. A network that only slides filters takes any; smaller is faster.
    seed : int
        Chooses the noise: other noise gives another picture.
    plain : bool
        Change each pixel by itself, and hold the picture still: what comes out looks like noise to people.

    Returns
    -------
    numpy.ndarray
        Shape ``(n, size, size, 3)``, from 0 to 1.

    Raises
    ------
    ValueError
        If there are no channels, no such layer, no such channel in it, or the size is no multiple of 32.

    Notes
    -----
    Gradient ascent with Adam. Pictures are written as waves, coarse ones first, in the colors of photographs, and
    shifted, turned and zoomed a little at every step (Olah and others, 2017).
    """
    from tqdm.auto import tqdm

    if size % 32 or size <= 0:
        raise ValueError(f"got a size of {size!r} pixels; expected a multiple of 32, such as 160")
    keras = import_keras()
    found = _at(size, keras.Model(model.inputs, model.get_layer(layer).output))
    most = found.outputs[0].shape[-1]
    if not len(channels) or not all(0 <= channel < most for channel in channels):
        raise ValueError(f"got channels {list(channels)}; expected one or more from 0 to {most - 1} of {layer}")
    canvas = (_Pixels if plain else _Waves)(len(channels), size, seed)
    climb = _climb(found, canvas, channels)
    for _ in tqdm(range(steps), desc="Imagining", unit="step"):
        climb()
    return (canvas.draw().numpy() + 1) / 2


def _at(size: int, model: keras.Model) -> keras.Model:
    """The same network, for pictures of another size."""
    keras = import_keras()
    copy = keras.models.clone_model(model, input_tensors=[keras.Input((size, size, 3))])
    copy.set_weights(model.get_weights())
    return copy


def _climb(found: keras.Model, canvas: _Waves | _Pixels, channels: Sequence[int]) -> Any:
    """The step: how the mean answer of each channel changes with the canvas, and a little of that."""
    import tensorflow as tf

    wanted = tf.one_hot(channels, found.outputs[0].shape[-1])
    adam = import_keras().optimizers.Adam(0.05)

    @tf.function
    def climb() -> None:
        with tf.GradientTape() as tape:
            answers = found(canvas.shake(canvas.draw()), training=False)
            mean = tf.reduce_mean(tf.reshape(answers, [len(channels), -1, answers.shape[-1]]), axis=1)
            loss = -tf.reduce_sum(mean * wanted)
        adam.apply([tape.gradient(loss, canvas.values)], [canvas.values])

    return climb


class _Pixels:
    """Pictures as they are: a number for each color of each pixel."""

    def __init__(self, count: int, size: int, seed: int) -> None:
        import tensorflow as tf

        noise = np.random.default_rng(seed).normal(0, 0.1, (count, size, size, 3))
        self.values = tf.Variable(noise.astype(np.float32))

    def draw(self) -> Any:
        import tensorflow as tf

        return tf.tanh(self.values)

    def shake(self, pictures: Any) -> Any:
        return pictures


class _Waves:
    """Pictures as sums of waves: a coarse one moves many pixels at once, so that shapes come before specks."""

    def __init__(self, count: int, size: int, seed: int) -> None:
        import tensorflow as tf

        layers = import_keras().layers
        noise = np.random.default_rng(seed).normal(0, 0.01, (2, count, 3, size, size // 2 + 1))
        self.values, self.size = tf.Variable(noise.astype(np.float32)), size
        fineness = np.hypot(np.fft.fftfreq(size)[:, np.newaxis], np.fft.rfftfreq(size))
        self.weights = (size / np.maximum(fineness, 1 / size) / 4).astype(np.complex64)
        self.moves = [
            layers.RandomTranslation(0.06, 0.06, "wrap", seed=seed),
            layers.RandomRotation(0.015, "wrap", seed=seed + 1),
            layers.RandomZoom(0.05, fill_mode="wrap", seed=seed + 2),
        ]

    def draw(self) -> Any:
        import tensorflow as tf

        waves = tf.complex(self.values[0], self.values[1]) * self.weights
        planes = tf.signal.irfft2d(waves, [self.size, self.size])
        return tf.tanh(0.5 * tf.einsum("ncyx,dc->nyxd", planes, COLORS))

    def shake(self, pictures: Any) -> Any:
        for move in self.moves:
            pictures = move(pictures, training=True)
        return pictures
