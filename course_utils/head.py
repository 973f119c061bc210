"""The small network that is trained on MobileNet's features (notebook 05)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .runtime import import_keras

if TYPE_CHECKING:
    import keras


def get_model(class_count: int) -> keras.Model:
    """Build and compile the head, as in the article (notebook 05).

    Parameters
    ----------
    class_count : int
        How many classes it tells apart; at least 2.

    Returns
    -------
    keras.Model
        Input ``(None, 7, 7, 256)`` features, output ``(None, class_count)`` probabilities.

    Raises
    ------
    ValueError
        If there are fewer than 2 classes.
    """
    if class_count < 2:
        raise ValueError(f"got {class_count} classes; expected at least 2 to tell apart")
    keras = import_keras()
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((7, 7, 256)),
            layers.Flatten(),
            layers.Dense(100, activation="relu", kernel_initializer=keras.initializers.VarianceScaling()),
            layers.Dense(
                class_count,
                activation="softmax",
                use_bias=False,
                kernel_initializer=keras.initializers.VarianceScaling(),
            ),
        ]
    )
    model.compile(keras.optimizers.Adam(1e-4), loss="categorical_crossentropy", metrics=["accuracy"])
    return model


def train(
    model: keras.Model,
    features: np.ndarray,
    rows: np.ndarray,
    epochs: int = 20,
    validation: tuple[np.ndarray, np.ndarray] | None = None,
) -> keras.callbacks.History:
    """Fit the head with a live progress bar, shuffling the pictures each epoch (notebook 05).

    Parameters
    ----------
    model : keras.Model
        From :func:`get_model`.
    features : numpy.ndarray
        Shape ``(n, 7, 7, 256)``, from ``load_images``; or mapped from a file, from ``extract_features``: then they are
        read batch by batch.
    rows : numpy.ndarray
        Shape ``(n, classes)``, from ``add_labels``.
    epochs : int
        How often to go through all pictures.
    validation : (features, rows), optional
        Pictures to measure on after each epoch. They are not trained on.

    Returns
    -------
    keras.callbacks.History
        Loss and accuracy after each epoch, in ``history.history``.

    Raises
    ------
    ValueError
        If there are not as many features as rows.
    """
    if len(features) != len(rows):
        raise ValueError(f"got {len(features)} feature blocks and {len(rows)} label rows; expected as many of each")
    import_keras()
    from tqdm.keras import TqdmCallback

    return model.fit(
        features,
        rows,
        epochs=epochs,
        validation_data=validation,
        verbose=0,
        callbacks=[TqdmCallback(epochs, verbose=0)],
    )
