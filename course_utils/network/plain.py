"""The cut MobileNet in NumPy, for machines that have no LiteRT, and to be read."""

from __future__ import annotations

import numpy as np

from .weights import Layer


def run_plain(layers: list[Layer], batch: np.ndarray) -> np.ndarray:
    """Turn pictures into features, layer by layer.

    Parameters
    ----------
    layers : list of Layer
        From ``fold_weights``.
    batch : numpy.ndarray
        Shape ``(n, side, side, 3)``, float32, from -1 to 1; the side a multiple of 32, such as 224.

    Returns
    -------
    numpy.ndarray
        Shape ``(n, side / 32, side / 32, 256)``, float32, from 0 to 6.
    """
    for layer in layers:
        if layer.kernel.ndim == 2:  # pointwise: at each place, mix the channels
            batch = batch @ layer.kernel
        elif layer.kernel.ndim == 3:  # depthwise: in each channel, weigh a place and its eight neighbors
            views = _neighbors(batch, layer.stride)
            batch = views[0] * layer.kernel[0, 0]
            for view, weights in zip(views[1:], layer.kernel.reshape(9, -1)[1:], strict=True):
                batch += view * weights
        else:  # the first layer does both
            batch = np.concatenate(_neighbors(batch, layer.stride), axis=-1) @ layer.kernel.reshape(27, -1)
        batch += layer.bias
        np.clip(batch, 0, 6, out=batch)
    return batch


def _neighbors(batch: np.ndarray, stride: int) -> list[np.ndarray]:
    """Shift the batch to each of the nine places of a 3 x 3 kernel, with zeros around it."""
    before = 2 - stride  # a stride of two needs zeros at the bottom and right only
    padded = np.pad(batch, ((0, 0), (before, 1), (before, 1), (0, 0)))
    height, width = batch.shape[1:3]
    return [
        padded[:, row : row + height : stride, column : column + width : stride]
        for row in range(3)
        for column in range(3)
    ]
