"""From pictures to a trained head: read what the network sees of them, and fit a head of either kind (notebook 07)."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ..faults.copies import Copies
from ..learning.article import ArticleHead, History, start_article_head, train_article_head
from ..learning.finetuning import fine_tune
from ..learning.known import FEWEST, NONE_OF_THESE, Known, fit_known
from ..learning.labels import add_labels
from ..learning.linear import LinearHead, PooledHead, fit_linear_head
from ..network.engines import Network
from ..network.features import load_readable
from ..network.looks import CLIENTS, middle_of
from ..network.mobilenet import build_pretrained_model
from ..pictures.sets import PictureSet
from ..report import Report
from .progress import Progress, Stopped, Watched, Watcher

if TYPE_CHECKING:
    import keras

LINEAR, ARTICLE, TUNED = "linear", "article", "fine-tuned"


class Settings(NamedTuple):
    """Which head is trained, and how (notebook 07). A linear head has a seed only, which chooses the folds.

    Fine-tuning has no units, and alone may learn from mirror images, too. ``known`` says whether the classifier learns
    to say none of these, ``clients`` whether a linear head comes with those for tools that look once.
    """

    head: str = LINEAR
    epochs: int = 20
    learning_rate: float = 1e-4
    units: int = 100
    seed: int = 7
    groups: bool = True  # whether near-copies are kept on one side
    mirror: bool = False
    known: bool = True
    clients: bool = True


class Data(NamedTuple):
    """What the network sees of training and validation pictures, and which of them could be read (notebook 07)."""

    training: PictureSet
    features: np.ndarray
    validation: PictureSet
    new_features: np.ndarray | None
    report: Report

    @property
    def rows(self) -> np.ndarray:
        """The training pictures' labels, one-hot."""
        return add_labels(self.training.labels, self.training.classes)

    @property
    def held_back(self) -> tuple[np.ndarray, np.ndarray] | None:
        """The validation pictures' features and labels, if there are any."""
        if self.new_features is None:
            return None
        return self.new_features, add_labels(self.validation.labels, self.training.classes)

    def only(self, numbers: slice) -> Data:
        """The same with some of the numbers that are known of each picture."""
        new = None if self.new_features is None else self.new_features[:, numbers]
        return self._replace(features=self.features[:, numbers], new_features=new)


class Fitted(NamedTuple):
    """A head, what it says of the validation pictures, and how training went (notebook 07).

    Where MobileNet learned, too, ``network`` is what became of it. ``clients`` has heads for tools that look once.
    ``middle`` and ``new_middle`` are what the network sees in the middle squares, to learn from and held back.
    """

    head: LinearHead | PooledHead | ArticleHead
    probabilities: np.ndarray
    history: History
    stopped: bool
    middle: np.ndarray
    new_middle: np.ndarray | None
    network: keras.Model | None = None
    clients: Mapping[str, Fitted] = MappingProxyType({})


def read_features(training: PictureSet, validation: PictureSet, network: Network, watched: Watched) -> Data:
    """Turn both sets into the features that the article's head reads (notebook 07).

    Raises
    ------
    ValueError
        If no picture of one set, or of one class, can be read.
    Stopped
        If it is stopped.
    """
    features, training = load_readable(training, network, progress=watched)
    new_features = None
    if validation.paths:
        try:
            new_features, validation = load_readable(validation, network, progress=watched)
        except ValueError as error:
            raise ValueError(f"of the validation pictures, {error}") from None
    return _complete(Data(training, features, validation, new_features, training.report + validation.report))


def part_features(numbers: np.ndarray, readable: PictureSet, training: PictureSet, validation: PictureSet) -> Data:
    """Part what is known of all pictures that could be read, as the pictures were parted (notebook 07).

    Raises
    ------
    ValueError
        If no picture of one set, or of one class, can be read.
    """
    row_of = {path: row for row, path in enumerate(readable.paths)}
    report = readable.report + Report(one for one in training.report if one not in readable.report)
    parts = [part.only(path for path in part.paths if path in row_of) for part in (training, validation)]
    features = [numbers[[row_of[path] for path in part.paths]] for part in parts]
    if validation.paths and not parts[1].paths:
        raise ValueError(f"none of {len(validation.paths)} validation pictures can be read:\n{report}")
    return _complete(Data(parts[0], features[0], parts[1], features[1] if validation.paths else None, report))


def _complete(data: Data) -> Data:
    """Refuse pictures to learn from that lack a class."""
    lost = set(data.training.classes) - set(data.training.labels)
    if lost:
        raise ValueError(f"no picture of {', '.join(sorted(lost))} can be read:\n{data.report}")
    return data


def fit_linear(data: Data, settings: Settings) -> Fitted:
    """Fit a linear head; cross-validation on the training pictures chooses how freely (notebook 07)."""
    head = fit_linear_head(data.features, data.rows, seed=settings.seed)
    return Fitted(head, _judge(head, data), {}, False, *_middles(data))


def fit_clients(data: Data, settings: Settings) -> dict[str, Fitted]:
    """Fit a linear head for each way in which other tools look at a picture, once (notebook 12).

    Parameters
    ----------
    data : Data
        With three looks at each picture.
    settings : Settings
        As for the linear head.
    """
    return {name: fit_linear(data.only(numbers), settings) for name, numbers in CLIENTS.items()}


def fit_article(data: Data, settings: Settings, stop: threading.Event, said: Progress) -> Fitted:
    """Train the article's head to the end, or until stopped: then it is that of the best epoch (notebook 07).

    Raises
    ------
    Stopped
        If it is stopped before the first epoch.
    """
    head = start_article_head(len(data.training.classes), settings.units, settings.seed)
    watcher = Watcher(stop, settings.epochs, said)
    if stop.is_set():
        raise Stopped("stopped before the first epoch; nothing was trained")
    history = train_article_head(
        head,
        data.features,
        data.rows,
        settings.epochs,
        settings.learning_rate,
        data.held_back,
        settings.seed,
        after_epoch=watcher.after_epoch,
    )
    if stop.is_set():
        head = watcher.best or head
    return Fitted(head, _judge(head, data), history, stop.is_set(), *_middles(data))


def fit_tuned(data: Data, settings: Settings, stop: threading.Event, said: Progress) -> Fitted:
    """Fine-tune MobileNet to the end, or until stopped: then it is that of the best epoch (notebook 07).

    Raises
    ------
    ImportError
        If there is no TensorFlow.
    Stopped
        If it is stopped before the first epoch.
    """

    def after_epoch(history: History) -> bool:
        said("epochs", len(history["loss"]), settings.epochs, {name: [*values] for name, values in history.items()})
        return stop.is_set()

    if stop.is_set():
        raise Stopped("stopped before the first epoch; nothing was trained")
    tuned = fine_tune(
        build_pretrained_model(),
        data.training.paths,
        data.rows,
        settings.epochs,
        settings.learning_rate,
        mirror=settings.mirror,
        seed=settings.seed,
        validation=(data.validation.paths, data.held_back[1]) if data.held_back else None,
        after_epoch=after_epoch,
    )
    data = _seen_by(tuned.network, data)
    return Fitted(
        tuned.head, _judge(tuned.head, data), tuned.history, stop.is_set(), *_middles(data), network=tuned.network
    )


def _seen_by(network: keras.Model, data: Data) -> Data:
    """The same pictures, as another network sees them: none of them is unreadable any more."""

    def see(pictures: PictureSet) -> np.ndarray:
        return load_readable(pictures, network, strict=True, progress=lambda blocks, count: blocks)[0]

    new = see(data.validation) if data.held_back else None
    return data._replace(features=see(data.training), new_features=new)


def fit_neighbors(data: Data, fitted: Fitted, copies: Copies) -> Known | None:
    """Learn what is none of these (notebook 13); None, where there are too few pictures to tell.

    Parameters
    ----------
    data : Data
        The pictures that were learned from.
    fitted : Fitted
        What the network sees of them.
    copies : Copies
        Which of them are near-copies of one another.
    """
    groups = copies.group_of(data.training)
    own = {group for group, label in zip(groups, data.training.labels, strict=True) if label != NONE_OF_THESE}
    count = sum(label != NONE_OF_THESE for label in data.training.labels)
    return fit_known(fitted.middle, data.training.labels, groups) if len(own) > 1 and count >= FEWEST else None


def _middles(data: Data) -> tuple[np.ndarray, np.ndarray | None]:
    new = data.new_features
    return middle_of(data.features), None if new is None else middle_of(new)


def _judge(head: LinearHead | PooledHead | ArticleHead, data: Data) -> np.ndarray:
    if data.new_features is None:
        return np.zeros((0, len(data.training.classes)), np.float32)
    return head.predict(data.new_features)
