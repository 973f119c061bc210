"""The trainer: bring pictures, train, judge, keep (notebook 07).

``Trainer`` holds the state and calls what the notebooks teach. A notebook shows it as a widget (``trainer_view.py``);
a script drives the same object.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .export.classifier import Classifier, load_classifier, make_classifier
from .faults.pictures import check_pictures
from .learning.head import get_model, train
from .learning.labels import add_labels
from .network.features import load_readable
from .network.mobilenet import build_pretrained_model
from .network.runtime import import_keras, set_seed
from .pictures.layouts import read_both, read_pictures
from .pictures.sets import PictureSet
from .report import Report

if TYPE_CHECKING:
    import keras

TRAINING, VALIDATION = "training", "validation"
TABLES = (".csv", ".tsv", ".txt")


class Stopped(RuntimeError):
    """The work was stopped before there was anything to keep."""


class Mistake(NamedTuple):
    """A validation picture that was taken for something else (notebook 07)."""

    path: Path
    expected: str
    predicted: str
    probabilities: dict[str, float]


class Results(NamedTuple):
    """What training gave (notebook 07).

    ``probabilities`` has the shape ``(validation pictures, classes)``. ``history`` holds loss and accuracy after each
    epoch. ``report`` names the pictures that could not be read.
    """

    classes: tuple[str, ...]
    validation: PictureSet
    probabilities: np.ndarray
    history: dict[str, list[float]]
    report: Report
    stopped: bool
    seconds: float

    @property
    def predicted(self) -> list[str]:
        """The most probable class of each validation picture."""
        return [self.classes[index] for index in self.probabilities.argmax(axis=1)]

    @property
    def right(self) -> int:
        """How many validation pictures were right."""
        return sum(a == b for a, b in zip(self.predicted, self.validation.labels, strict=True))

    @property
    def accuracy(self) -> float | None:
        """The share of validation pictures that were right; None if there are none."""
        return self.right / len(self.predicted) if self.predicted else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """The true accuracies that fit this result, with 95 % confidence (Clopper and Pearson's exact interval)."""
        from scipy.stats import binomtest

        if not self.predicted:
            return None
        low, high = binomtest(self.right, len(self.predicted)).proportion_ci(0.95, "exact")
        return float(low), float(high)

    @property
    def mistakes(self) -> list[Mistake]:
        """The validation pictures that were taken for something else."""
        rows = zip(self.validation.paths, self.validation.labels, self.predicted, self.probabilities, strict=True)
        return [
            Mistake(path, expected, said, dict(zip(self.classes, map(float, row), strict=True)))
            for path, expected, said, row in rows
            if said != expected
        ]

    def __repr__(self) -> str:
        if not self.predicted:
            return f"{len(self.classes)} classes; no validation pictures to judge by"
        low, high = self.interval
        return f"{self.right} of {len(self.predicted)} right; the true accuracy may be {low:.0%} to {high:.0%}"


class Trainer:
    """Train a classifier on your own pictures (notebook 07). At the end of a cell, it is shown as a widget.

    Attributes
    ----------
    results : Results or None
        What the last training gave.
    classifier : Classifier or None
        What the last training made, or what was loaded.

    Examples
    --------
    >>> from course_utils import colors_folder
    >>> trainer = Trainer()
    >>> trainer.add(colors_folder())
    Nothing was found.
    >>> trainer.training.classes, len(trainer.validation.paths)
    (('blue', 'red'), 2)
    """

    def __init__(self) -> None:
        self.results: Results | None = None
        self.classifier: Classifier | None = None
        self.steps: list[str] = []
        self._pictures: dict[Path, tuple[str, str]] = {}  # label, and training or validation
        self._findings = Report()
        self._stop = threading.Event()
        self._network: keras.Model | None = None

    def __repr__(self) -> str:
        return f"Trainer: {len(self._pictures)} pictures of {', '.join(self.classes) or 'no class yet'}"

    @property
    def pictures(self) -> dict[Path, tuple[str, str]]:
        """Label and part (``training`` or ``validation``) of each picture."""
        return dict(self._pictures)

    @property
    def training(self) -> PictureSet:
        """The pictures to learn from."""
        return self._part(TRAINING)

    @property
    def validation(self) -> PictureSet:
        """The pictures to judge by, if they were brought apart; else empty, and training holds some back."""
        return self._part(VALIDATION)

    @property
    def classes(self) -> tuple[str, ...]:
        """The classes of all pictures, sorted."""
        return tuple(sorted({label for label, _ in self._pictures.values()}))

    def _part(self, wanted: str) -> PictureSet:
        pairs = [(path, label) for path, (label, part) in self._pictures.items() if part == wanted]
        pairs.sort(key=lambda pair: (pair[1], str(pair[0])))
        paths, labels = zip(*pairs, strict=True) if pairs else ((), ())
        return PictureSet(paths, labels, self.classes, self._findings if wanted == TRAINING else Report())

    def add(self, source: str | Path | Iterable[str | Path], label: str | None = None) -> Report:
        """Add labeled pictures to those that are there.

        Parameters
        ----------
        source : str, Path, or several of them
            A folder, zip file or table, as for ``read_pictures``; one that holds training and validation pictures, as
            for ``read_both``; or, with ``label``, picture files.
        label : str, optional
            What the pictures show, for picture files.

        Returns
        -------
        Report
            What was noticed about them.

        Raises
        ------
        FileNotFoundError, ValueError
            If there are no labeled pictures. Nothing is added then.
        """
        if label is not None:
            paths = [Path(path) for path in ([source] if isinstance(source, str | Path) else source)]
            if not label.strip():
                raise ValueError("the class has no name; type what the pictures show")
            missing = [path for path in paths if not path.is_file()]
            if missing:
                raise FileNotFoundError(f"{missing[0]} is no file; expected a picture")
            found, report = {path: (label.strip(), TRAINING) for path in paths}, Report()
        elif isinstance(source, str | Path):
            parts = _read(Path(source))
            found = {
                path: (name, part)
                for part, pictures in parts.items()
                for path, name in zip(pictures.paths, pictures.labels, strict=True)
            }
            report = sum((pictures.report for pictures in parts.values()), Report())
        else:
            return sum((self.add(one) for one in source), Report())
        self._pictures |= found
        self._findings += report
        source = source if isinstance(source, str | Path) else [str(path) for path in source]
        self.steps.append(f"trainer.add({_text(source)}{f', label={label!r}' if label else ''})")
        return report

    def move(self, path: str | Path, label: str) -> None:
        """Say that a picture shows something else."""
        self._pictures[self._known(path)] = (label, self._pictures[self._known(path)][1])
        self.steps.append(f"trainer.move({_text(path)}, {label!r})")

    def drop(self, path: str | Path) -> None:
        """Leave a picture out. Its file stays where it is."""
        del self._pictures[self._known(path)]
        self.steps.append(f"trainer.drop({_text(path)})")

    def _known(self, path: str | Path) -> Path:
        path = Path(path)
        if path not in self._pictures:
            raise ValueError(f"{path} is none of the {len(self._pictures)} pictures here; trainer.training lists them")
        return path

    def check(self) -> Report:
        """Look for what would spoil training: ``check_pictures`` of all pictures."""
        return check_pictures(self.training, self.validation if self.validation.paths else None)

    def split(self, seed: int = 7) -> tuple[PictureSet, PictureSet]:
        """Return training and validation pictures. Without validation pictures, one in five of each class is held back.

        Raises
        ------
        ValueError
            If there are no pictures, only one class, or a class without training pictures.
        """
        training, validation = self.training, self.validation
        if not training.paths:
            raise ValueError("there are no pictures yet; add some, sorted into a folder for each class")
        if len(self.classes) < 2:
            raise ValueError(f"all pictures are of the class {self.classes[0]!r}; add pictures of a second class")
        bare = set(self.classes) - set(training.labels)
        if bare:
            raise ValueError(f"no training pictures of {', '.join(sorted(bare))}; add some, or drop the others of it")
        return (training, validation) if validation.paths else _hold_back(training, seed)

    def train(
        self,
        epochs: int = 20,
        learning_rate: float = 1e-4,
        units: int = 100,
        seed: int = 7,
        progress: Callable[[str, int, int, dict], None] | None = None,
    ) -> Results:
        """Turn the pictures into features, train a head on them, and judge it.

        Parameters
        ----------
        epochs, learning_rate, units, seed
            As for ``train``, ``get_model`` and ``set_seed``. The seed also chooses which pictures are held back.
        progress : callable, optional
            Is given what is done (``"features"`` or ``"epochs"``), how many are done, of how many, and the history so
            far.

        Returns
        -------
        Results
            Also kept as ``results``; the classifier as ``classifier``. After :meth:`stop`, those of the best epoch so
            far: the one with the lowest loss, on validation pictures if there are any.

        Raises
        ------
        ValueError
            If there is not enough to train on.
        Stopped
            If it is stopped before the first epoch has ended. Earlier results stay.
        """
        start = time.perf_counter()
        self._stop.clear()
        if min(epochs, units) < 1 or learning_rate <= 0:
            raise ValueError(f"got {epochs} epochs, {units} units, learning rate {learning_rate}; expected more than 0")
        said = progress or (lambda *_: None)
        training, features, validation, new_features, report = self._read_features(*self.split(seed), said)
        rows, held_back = add_labels(training.labels, training.classes), None
        if validation.paths:
            held_back = new_features, add_labels(validation.labels, training.classes)

        set_seed(seed)
        model = get_model(len(training.classes), units, learning_rate)
        watcher = self._watch(model, epochs, bool(held_back), said)
        history = train(model, features, rows, epochs, held_back, callbacks=[watcher]).history
        stopped = self._stop.is_set()
        if stopped:
            if watcher.best is None:
                raise Stopped("stopped before the first epoch had ended; nothing was trained")
            model.set_weights(watcher.best)
        probabilities = np.zeros((0, len(training.classes)), np.float32)
        if held_back:
            probabilities = model.predict_on_batch(held_back[0])
        self.classifier = make_classifier(self._network, model, training.classes)
        seconds = time.perf_counter() - start
        self.results = Results(training.classes, validation, probabilities, history, report, stopped, seconds)
        self._settings = f"units={units}, learning_rate={learning_rate:g}", epochs, seed
        return self.results

    def _read_features(self, training: PictureSet, validation: PictureSet, said: Callable) -> tuple:
        """Turn both sets into features, and report what had to be left out."""
        if self._network is None:
            self._network = build_pretrained_model()
        watched, new_features = _Watched(self, said, len(training.paths) + len(validation.paths)), None
        features, training = load_readable(training, self._network, progress=watched)
        if validation.paths:
            try:
                new_features, validation = load_readable(validation, self._network, progress=watched)
            except ValueError as error:
                raise ValueError(f"of the validation pictures, {error}") from None
        report = Report([one for one in training.report + validation.report if one not in self._findings])
        lost = set(training.classes) - set(training.labels)
        if lost:
            raise ValueError(f"no picture of {', '.join(sorted(lost))} can be read:\n{report}")
        return training, features, validation, new_features, report

    def _watch(self, model: keras.Model, epochs: int, validated: bool, said: Callable) -> keras.callbacks.Callback:
        """Keep the weights of the best epoch, report each one, and stop when asked to."""
        keras, stop = import_keras(), self._stop

        class Watcher(keras.callbacks.Callback):
            best, lowest, so_far = None, np.inf, {}

            def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
                self.model.stop_training = stop.is_set()

            def on_epoch_end(self, epoch: int, logs: dict) -> None:
                loss = logs.get("val_loss", np.inf) if validated else logs["loss"]
                if loss < self.lowest:
                    self.best, self.lowest = self.model.get_weights(), loss
                self.so_far = {name: [*self.so_far.get(name, []), value] for name, value in logs.items()}
                said("epochs", epoch + 1, epochs, self.so_far)
                self.model.stop_training = stop.is_set()

        return Watcher()

    def stop(self) -> None:
        """Stop training soon, from another thread. What is best so far is kept."""
        self._stop.set()

    def predict(self, picture: str | Path) -> dict[str, float]:
        """Say how probable each class is, the most probable first.

        Raises
        ------
        ValueError
            If nothing has been trained or loaded.
        UnreadableImageError
            If the picture can't be read.
        """
        return self._trained().predict(picture)

    def save(self, path: str | Path = "my-classifier.zip") -> Path:
        """Write the classifier to one file. ``load_classifier(path)`` reads it, here or on another machine."""
        return self._trained().save(path)

    def load(self, path: str | Path) -> Classifier:
        """Take a saved classifier, to try it on pictures."""
        self.classifier = load_classifier(path)
        return self.classifier

    def _trained(self) -> Classifier:
        if self.classifier is None:
            raise ValueError("there is no classifier yet; train one, or load one")
        return self.classifier

    def code(self, path: str | Path = "my-classifier.zip") -> str:
        """Write the program that does the same, with the functions that the notebooks teach."""
        head, epochs, seed = getattr(self, "_settings", ("units=100, learning_rate=0.0001", 20, 7))
        judged = bool(self.validation.paths) or any(
            self.training.labels.count(name) > 1 for name in self.training.classes
        )
        load = "new_features, validation = load_readable(validation, pretrained_model)\n" if judged else ""
        held = ", validation=(new_features, add_labels(validation.labels, training.classes))" if judged else ""
        return (
            "from course_utils import (\n"
            "    Trainer, add_labels, build_pretrained_model, get_model,\n"
            "    load_readable, save_classifier, set_seed, train,\n"
            ")\n\n"
            "trainer = Trainer()\n"
            + "".join(f"{step}\n" for step in self.steps)
            + f"training, validation = trainer.split(seed={seed})\n\n"
            "pretrained_model = build_pretrained_model()\n"
            "features, training = load_readable(training, pretrained_model)\n"
            f"{load}\n"
            f"set_seed({seed})\n"
            f"model = get_model({len(self.classes)}, {head})\n"
            "rows = add_labels(training.labels, training.classes)\n"
            f"train(model, features, rows, epochs={epochs}{held})\n"
            f"save_classifier({_text(path)}, pretrained_model, model, training.classes)\n"
        )

    def close(self) -> None:
        """Stop what is going on, and close the widget."""
        self.stop()
        for view in self.__dict__.pop("_views", []):
            view.close()

    def _ipython_display_(self) -> None:
        from IPython.display import display

        from .trainer_view import TrainerView

        view = TrainerView(self)
        self.__dict__.setdefault("_views", []).append(view)
        display(view)


class _Watched:
    """Passes features on, reports how many there are, and stops when asked to."""

    def __init__(self, trainer: Trainer, said: Callable, total: int) -> None:
        self.trainer, self.said, self.total, self.done = trainer, said, total, 0

    def __call__(self, blocks: Iterator, count: int) -> Iterator:
        for block in blocks:
            if self.trainer._stop.is_set():
                raise Stopped("stopped while reading pictures; what is known of them is kept")
            self.done += 1
            self.said("features", self.done, self.total, {})
            yield block


def _read(source: Path) -> dict[str, PictureSet]:
    if source.suffix.lower() in TABLES:
        return {TRAINING: read_pictures(source)}
    try:
        training, validation = read_both(source)
    except FileNotFoundError:  # there are no two parts
        return {TRAINING: read_pictures(source)}
    return {TRAINING: training, VALIDATION: validation}


def _hold_back(pictures: PictureSet, seed: int) -> tuple[PictureSet, PictureSet]:
    """Hold back one picture in five of each class, at least one; a class with a single picture keeps it."""
    parts, rng = ([], []), random.Random(seed)
    for name in pictures.classes:
        paths = [path for path, label in zip(pictures.paths, pictures.labels, strict=True) if label == name]
        rng.shuffle(paths)
        held = min(max(1, round(len(paths) / 5)), len(paths) - 1)
        for part, chosen in zip(parts, (paths[held:], paths[:held]), strict=True):
            part += [(path, name) for path in sorted(chosen)]
    sets = []
    for part in parts:
        paths, labels = zip(*part, strict=True) if part else ((), ())
        sets.append(pictures._replace(paths=paths, labels=labels))
    return sets[0], sets[1]._replace(report=Report())


def _text(paths: str | Path | list[str]) -> str:
    return repr(paths if isinstance(paths, list) else str(paths))
