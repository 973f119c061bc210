"""Ask a trained head for its answer (notebooks 05 and 06)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..pictures.pipeline import load_and_process_image
from .head import batches
from .labels import decode_labels

if TYPE_CHECKING:
    import keras


def make_prediction(pretrained_model: keras.Model, model: keras.Model, path: str | Path) -> np.ndarray:
    """Go all the way from a picture file to probabilities (notebook 05).

    Parameters
    ----------
    pretrained_model : keras.Model
        From ``build_pretrained_model``.
    model : keras.Model
        The trained head.
    path : str or Path
        A picture file.

    Returns
    -------
    numpy.ndarray
        Shape ``(classes,)``, float32; sums to 1.

    Raises
    ------
    UnreadableImageError
        If the file can't be read.
    """
    features = pretrained_model.predict(load_and_process_image(path), verbose=0)
    return model.predict(features, verbose=0)[0]


def predict(model: keras.Model, features: np.ndarray, classes: Mapping[str, int] | Sequence[str]) -> list[str]:
    """Name the most probable class of each picture (notebook 05).

    Parameters
    ----------
    model : keras.Model
        The trained head.
    features : numpy.ndarray
        Shape ``(n, 7, 7, 256)``.
    classes : mapping of str to int, or sequence of str
        The classes in the order of training.

    Returns
    -------
    list of str
        One label per picture.

    Raises
    ------
    ValueError
        If the head does not have as many outputs as there are classes.
    """
    probabilities = model.predict(batches(features), verbose=0)
    return decode_labels(probabilities, classes)
