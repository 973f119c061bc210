"""Fine-tuning: MobileNet's own weights go on learning, together with a head (notebook 09)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np
from PIL import Image

from ..network.engines import engine_of, layers_of
from ..network.features import with_bar
from ..network.looks import pool
from ..network.runtime import describe_device, import_keras
from ..pictures.decode import loaded
from ..pictures.pipeline import batch_image, crop_image, resize_image
from .article import History
from .linear import PooledHead, fit_linear_head, weigh

if TYPE_CHECKING:
    import keras

EPOCHS = 20
BATCH = 16
BLOCKS = 13  # of MobileNet, above its first convolution
SIDE, KEPT_SIDE = 224, 256  # pixels: what the network reads, and what is kept of a picture to cut that from
SMALLEST = 208  # pixels of KEPT_SIDE: the smallest part that is cut, 81 % of a side
MOST_KEPT = 2_000  # pictures in memory, 0.4 GB; the others are read anew in each epoch
AfterEpoch = Callable[[History], bool]


class FineTuned(NamedTuple):
    """A network that has gone on learning, and the head that learned with it (notebook 09).

    ``network`` is the cut MobileNet with its new weights: ``extract_features(paths, network)`` gives what ``head``
    reads, and ``make_classifier(network, head, classes)`` puts both together. ``history`` holds loss and accuracy
    after each epoch, as Keras names them.
    """

    network: keras.Model
    head: PooledHead
    history: History


def fine_tune(
    pretrained_model: keras.Model,
    paths: Iterable[str | Path],
    rows: np.ndarray,
    epochs: int = EPOCHS,
    learning_rate: float = 1e-4,
    layers: int | Literal["all"] = "all",
    mirror: bool = False,
    seed: int = 7,
    validation: tuple[Iterable[str | Path], np.ndarray] | None = None,
    after_epoch: AfterEpoch | None = None,
) -> FineTuned:
    """Train MobileNet's layers, too, on another random part of each picture in each epoch (notebook 09).

    It begins with a linear head that is fitted on the features as they are: a head that knows nothing would spoil
    layers that know much. Batch normalization stays as it is: means and variances of a few pictures tell little.
    Of each picture, the middle square is read once and kept, 256 x 256 pixels, as far as 2,000 pictures (0.4 GB); with
    more, the others are read anew in each epoch.

    Measured beforehand in this way on six public sets that are not part of the course, with mirror images and all
    layers at 1e-4 or two blocks at 3e-4, it gained 3.3 ± 1.6, 1.8 ± 1.5 and 1.9 ± 1.7 points of accuracy over the head
    that it began with, at 10, 50 and all pictures a class, for 13 to 40 seconds. Ten parts of each picture and a second
    size gained as much without it: 3.1, 2.3 and 2.2. Compared with two looks and a linear head, it was ahead on two of
    the six, by 0.4 to 2.2 points, and behind on another by 2 to 4. ``benchmarks/README.md`` has sets on which it pays,
    and some on which it hurts.

    Parameters
    ----------
    pretrained_model : keras.Model
        From ``build_pretrained_model``. It stays as it is; a copy learns.
    paths : iterable of str or Path
        Picture files.
    rows : numpy.ndarray
        Shape ``(n, classes)``, from ``add_labels``. All classes weigh the same, however many pictures each has.
    epochs : int
        How often to go through all pictures.
    learning_rate : float
        How far Adam goes with each step. Larger steps forget more of what was learned on ImageNet.
    layers : int or "all"
        Which layers learn: all, or those of so many of the 13 blocks, counted from the end.
    mirror : bool
        Whether to learn from mirror images, too: each picture is turned around in every other epoch, by chance. That
        teaches left and right to be the same: say True only where they are, unlike in arrows and letters.
    seed : int
        Chooses the folds of the first head, the order of the pictures, and their parts. On the same machine, the same
        seed gives the same weights.
    validation : (paths, rows), optional
        Pictures to measure on after each epoch. They are not trained on.
    after_epoch : callable, optional
        In place of the progress bar: is given the history so far. When it returns True, training ends, with the
        weights of the best epoch: the one with the lowest loss, on validation pictures if there are any.

    Returns
    -------
    FineTuned
        The network, its head, and the history.

    Raises
    ------
    ImportError
        If there is no TensorFlow, as in the small edition.
    UnreadableImageError
        If a file can't be read; the message names it.
    ValueError
        If there are not as many paths as rows, or fewer than two classes; if the network is not the cut MobileNet; or
        if a setting makes no sense.
    """
    keras = import_keras()
    paths = list(paths)
    _expect(pretrained_model, paths, rows)
    _expect_settings(epochs, learning_rate, layers)
    read = _with_features(paths, pretrained_model)
    squares, numbers = _keep(read if after_epoch else with_bar(read, len(paths)))
    head = fit_warm_head(numbers, rows, seed)
    network = keras.models.clone_model(pretrained_model)
    network.set_weights(pretrained_model.get_weights())
    model = _join(network, head, learning_rate, layers)
    weights = weigh(rows)[:, 0]
    history = model.fit(
        _parts(paths, squares, rows, mirror, seed),
        epochs=epochs,
        shuffle=False,  # the batches come shuffled
        validation_data=_middles(*validation) if validation else None,
        class_weight={int(row.argmax()): float(weight) for row, weight in zip(rows, weights, strict=True)},
        callbacks=[_told(after_epoch) if after_epoch else _bar(epochs)],
        verbose=0,
    )
    network.trainable = True
    return FineTuned(network, PooledHead(*model.layers[-1].get_weights()), history.history)


def _expect(pretrained_model: keras.Model, paths: list[str | Path], rows: np.ndarray) -> None:
    """Refuse what can't be learned from."""
    if len(paths) != len(rows) or not paths:
        raise ValueError(f"got {len(paths)} paths and {len(rows)} label rows; expected as many of each")
    if np.ndim(rows) != 2 or rows.shape[1] < 2:
        raise ValueError(f"got label rows of shape {np.shape(rows)}; expected (n, classes), with at least 2 classes")
    if not isinstance(pretrained_model, import_keras().Model) or layers_of(pretrained_model) is None:
        kind = type(pretrained_model).__name__
        raise ValueError(f"got {kind}, another network; expected the cut MobileNet, from build_pretrained_model")


def _expect_settings(epochs: int, learning_rate: float, layers: int | str) -> None:
    if epochs < 1 or learning_rate <= 0:
        raise ValueError(f"got {epochs} epochs and the learning rate {learning_rate}; expected more than 0")
    if layers != "all" and layers not in range(1, BLOCKS + 1):
        raise ValueError(f"got layers={layers!r}; expected 'all', or how many of the last {BLOCKS} blocks learn")


def fit_warm_head(numbers: np.ndarray, rows: np.ndarray, seed: int) -> PooledHead:
    """Fit a linear head on features that were averaged over all places, of shape (n, 256), of a length of about 1."""
    size = float(np.linalg.norm(numbers, axis=1).mean())
    head = fit_linear_head(numbers / size, rows, seed=seed)
    return PooledHead((head.weights / size).astype(np.float32), head.bias.astype(np.float32))


def _join(network: keras.Model, head: PooledHead, learning_rate: float, layers: int | str) -> keras.Model:
    """Put a head on the network, and compile both; the layers below those that learn stay as they are."""
    keras = import_keras()
    names = [layer.name for layer in network.layers]
    first = 0 if layers == "all" else names.index(f"conv_dw_{BLOCKS + 1 - int(layers)}")
    for number, layer in enumerate(network.layers):  # batch normalization that is not trainable keeps its means, too
        layer.trainable = number >= first and not isinstance(layer, keras.layers.BatchNormalization)
    pictures = keras.Input((SIDE, SIDE, 3))
    pooled = keras.layers.GlobalAveragePooling2D()(network(pictures, training=False))
    last = keras.layers.Dense(head.weights.shape[1], activation="softmax")
    model = keras.Model(pictures, last(pooled))
    last.set_weights(list(head))
    optimizer = keras.optimizers.Adam(learning_rate)
    model.compile(optimizer, "categorical_crossentropy", metrics=["accuracy"], jit_compile=False)
    return model


def _bar(epochs: int) -> keras.callbacks.Callback:
    from tqdm.keras import TqdmCallback

    words, line = f"Fine-tuning on {describe_device()}", "{l_bar}{bar}| {n_fmt}/{total_fmt}{postfix}"
    return TqdmCallback(epochs, verbose=0, desc=words, bar_format=line)


def _told(after_epoch: AfterEpoch) -> keras.callbacks.Callback:
    """Ask after each epoch whether to end, and go back to the best one then."""
    keras = import_keras()

    # mypy knows no Keras that is imported late
    class Told(keras.callbacks.Callback):  # type: ignore[name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.so_far: History = {}
            self.lowest, self.best = np.inf, None

        def on_epoch_end(self, epoch: int, logs: dict[str, float]) -> None:
            for name, value in logs.items():
                self.so_far.setdefault(name, []).append(float(value))
            loss = logs.get("val_loss", logs["loss"])
            if loss < self.lowest:
                self.lowest, self.best = loss, self.model.get_weights()
            if after_epoch(self.so_far):
                self.model.stop_training = True
                self.model.set_weights(self.best)

    return Told()


# the pictures that it learns from, in batches -------------------------------------------------------------------------


def _with_features(paths: list[str | Path], pretrained_model: keras.Model) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield the square of each picture, and what the network sees in it: shape (256,)."""
    engine = engine_of(pretrained_model)

    def read(path: str | Path) -> tuple[np.ndarray, np.ndarray]:
        square = _square(path)
        return square, pool(engine.run(batch_image(resize_image(square))))[0]

    with ThreadPoolExecutor() as threads:
        yield from threads.map(read, paths)


def _keep(read: Iterable[tuple[np.ndarray, np.ndarray]]) -> tuple[list[np.ndarray], np.ndarray]:
    """Keep the first squares, and what the network sees in all."""
    squares: list[np.ndarray] = []
    numbers = []
    for square, seen in read:
        squares += [square] if len(squares) < MOST_KEPT else []
        numbers.append(seen)
    return squares, np.stack(numbers)


def _parts(
    paths: list[str | Path], kept: list[np.ndarray], rows: np.ndarray, mirror: bool, seed: int
) -> keras.utils.PyDataset:
    """Serve a random part of each picture, in a new order each epoch."""

    def take(epoch: int, index: int) -> tuple[np.ndarray, np.ndarray]:
        order = np.random.default_rng([seed, epoch]).permutation(len(paths))
        numbers, rng = order[index * BATCH : (index + 1) * BATCH], np.random.default_rng([seed, epoch, index])
        squares = (kept[number] if number < len(kept) else _square(paths[number]) for number in numbers)
        return np.stack([random_part(square, rng, mirror) for square in squares]), rows[numbers]

    return _serve(take, len(paths))


def _middles(paths: Iterable[str | Path], rows: np.ndarray) -> keras.utils.PyDataset:
    """Serve the middle square of each picture, as the network is asked later."""
    paths = list(paths)
    if len(paths) != len(rows):
        raise ValueError(f"got {len(paths)} validation paths and {len(rows)} label rows; expected as many of each")
    with ThreadPoolExecutor() as threads:
        kept = list(threads.map(_middle, paths[:MOST_KEPT]))

    def take(epoch: int, index: int) -> tuple[np.ndarray, np.ndarray]:
        numbers = range(len(paths))[index * BATCH : (index + 1) * BATCH]
        squares = [kept[number] if number < len(kept) else _middle(paths[number]) for number in numbers]
        return np.stack(squares), rows[numbers]

    return _serve(take, len(paths))


def _serve(take: Callable[[int, int], tuple[np.ndarray, np.ndarray]], count: int) -> keras.utils.PyDataset:
    """Serve what ``take(epoch, index)`` gives, scaled to -1 .. 1 as ``batch_image`` does."""
    keras = import_keras()

    # mypy knows no Keras that is imported late
    class Batches(keras.utils.PyDataset):  # type: ignore[name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.epoch = 0

        def on_epoch_end(self) -> None:
            self.epoch += 1

        def __len__(self) -> int:
            return -(-count // BATCH)

        def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
            pictures, rows = take(self.epoch, index)
            return pictures.astype(np.float32) / 127.5 - 1, rows

    return Batches()


def _square(path: str | Path) -> np.ndarray:
    """The middle square of a picture, a little larger than the network reads: shape (256, 256, 3), uint8."""
    with loaded(path, at_least=2 * KEPT_SIDE) as image:
        return resize_image(crop_image(image), KEPT_SIDE)


def _middle(path: str | Path) -> np.ndarray:
    """The middle square, as ``load_and_process_image`` makes it: shape (224, 224, 3), uint8."""
    with loaded(path, at_least=2 * SIDE) as image:
        return resize_image(crop_image(image))


def random_part(square: np.ndarray, rng: np.random.Generator, mirror: bool) -> np.ndarray:
    """Cut a random part of a square, or take its mirror image: shape (224, 224, 3), uint8."""
    side = int(rng.integers(SMALLEST, KEPT_SIDE + 1))
    left, top = (int(place) for place in rng.integers(KEPT_SIDE - side + 1, size=2))
    part = Image.fromarray(square).resize((SIDE, SIDE), Image.Resampling.BILINEAR, (left, top, left + side, top + side))
    turned = mirror and rng.random() < 0.5
    return np.asarray(part.transpose(Image.Transpose.FLIP_LEFT_RIGHT) if turned else part)
