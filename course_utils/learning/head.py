"""The small network that is trained on MobileNet's features (notebook 05)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..network.runtime import describe_device, import_keras, strategy

if TYPE_CHECKING:
    import keras

BATCH = 32


def get_model(class_count: int, units: int = 100, learning_rate: float = 1e-4) -> keras.Model:
    """Build and compile the head, as in the article (notebook 05).

    Parameters
    ----------
    class_count : int
        How many classes it tells apart; at least 2.
    units : int
        How many units the hidden layer has.
    learning_rate : float
        How far Adam goes with each step.

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
    with strategy().scope():
        model = keras.Sequential(
            [
                keras.Input((7, 7, 256)),
                layers.Flatten(),
                layers.Dense(units, activation="relu", kernel_initializer=keras.initializers.VarianceScaling()),
                layers.Dense(
                    class_count,
                    activation="softmax",
                    use_bias=False,
                    kernel_initializer=keras.initializers.VarianceScaling(),
                ),
            ]
        )
        model.compile(keras.optimizers.Adam(learning_rate), loss="categorical_crossentropy", metrics=["accuracy"])
    return model


def train(
    model: keras.Model,
    features: np.ndarray,
    rows: np.ndarray,
    epochs: int = 20,
    validation: tuple[np.ndarray, np.ndarray] | None = None,
    callbacks: Sequence[keras.callbacks.Callback] | None = None,
) -> keras.callbacks.History:
    """Fit the head in batches of 32, shuffling the pictures each epoch; a bar names the device (notebook 05).

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
    callbacks : sequence of keras.callbacks.Callback, optional
        What to call while it trains, in place of the progress bar.

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
    if callbacks is None:
        from tqdm.keras import TqdmCallback

        words, line = f"Training on {describe_device()}", "{l_bar}{bar}| {n_fmt}/{total_fmt}{postfix}"
        callbacks = [TqdmCallback(epochs, verbose=0, desc=words, bar_format=line)]
    if model.distribute_strategy.num_replicas_in_sync > 1:
        _build_by_hand(model, features, rows)
    return model.fit(
        batches(features, rows, shuffle=True),
        epochs=epochs,
        shuffle=False,  # the batches come shuffled
        validation_data=batches(*validation) if validation else None,
        verbose=0,
        callbacks=list(callbacks),
    )


def _build_by_hand(model: keras.Model, features: np.ndarray, rows: np.ndarray) -> None:
    """Do from one picture what Keras does from a first batch that must be split evenly (its issue 19246).

    Keras has no public way around it: before it trains and before it judges, it averages the devices' shares of the
    first batch, which fails where these differ in size (``test_several_devices_share_the_work``).
    """
    model.test_on_batch(np.asarray(features[:1]), rows[:1])
    model._maybe_symbolic_build = lambda **_: None


def batches(features: np.ndarray, *rows: np.ndarray, shuffle: bool = False) -> keras.utils.PyDataset:
    """Serve batches of 32, epoch after epoch, with one at a time in memory (notebook 10).

    Parameters
    ----------
    features : numpy.ndarray
        Shape ``(n, ...)``, in memory or mapped from a ``.npy`` file.
    *rows : numpy.ndarray
        What belongs to them, if anything, each of length n.
    shuffle : bool
        A new order each epoch. NumPy's global seed, which ``set_seed`` sets, fixes it.

    Returns
    -------
    keras.utils.PyDataset
        ``batches(...)[0]`` is the first batch: a tuple with up to 32 of the features, and of each of ``rows``;
        ``len(batches(...))`` says how many make an epoch.
    """
    keras = import_keras()

    # mypy knows no Keras that is imported late
    class Batches(keras.utils.PyDataset):  # type: ignore[name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.rng = np.random.default_rng(np.random.randint(2**31))
            self.order, self.begun = np.arange(len(features)), False
            self.mix()

        def mix(self) -> None:
            if shuffle:
                self.order = self.rng.permutation(len(features))

        def on_epoch_begin(self) -> None:
            if self.begun:  # the first epoch has its order already
                self.mix()
            self.begun = True

        def __len__(self) -> int:
            return -(-len(features) // BATCH)

        def __getitem__(self, index: int) -> tuple[np.ndarray, ...]:
            part = np.sort(self.order[index * BATCH : (index + 1) * BATCH])  # in the file's order
            mapped = features
            if isinstance(features, np.memmap) and features.filename:  # map it anew, which lets go of what was read
                mapped = np.load(features.filename, mmap_mode="r")
            return tuple(np.asarray(array[part]) for array in (mapped, *rows))

    return Batches()
