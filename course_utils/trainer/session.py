"""A training session: bring pictures, train, judge, keep (notebook 07).

It holds the state and calls what the notebooks teach. It knows no widget, so a script can drive it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ..export.classifier import Classifier, load_classifier, make_classifier
from ..faults.pictures import check_pictures
from ..learning.evaluation import Results
from ..learning.head import get_model, train
from ..learning.labels import add_labels
from ..network.features import load_readable
from ..network.mobilenet import build_pretrained_model
from ..network.runtime import import_keras, set_seed
from ..pictures.layouts import read_both, read_pictures
from ..pictures.sets import PictureSet
from ..report import Report
from .progress import History, Progress, Stopped, Watched, Watcher
from .sources import is_table

if TYPE_CHECKING:
    import keras

TRAINING, VALIDATION = "training", "validation"
PROGRAM = """\
from course_utils import (
    Trainer, add_labels, build_pretrained_model, get_model,
    load_readable, save_classifier, set_seed, train,
)

trainer = Trainer()
{steps}training, validation = trainer.split(seed={seed})

pretrained_model = build_pretrained_model()
features, training = load_readable(training, pretrained_model)
{load}
set_seed({seed})
model = get_model({classes}, units={units}, learning_rate={learning_rate:g})
rows = add_labels(training.labels, training.classes)
train(model, features, rows, epochs={epochs}{held})
save_classifier({path!r}, pretrained_model, model, training.classes)
"""


class Settings(NamedTuple):
    """How a head is trained: as for ``train``, ``get_model`` and ``set_seed`` (notebook 07)."""

    epochs: int = 20
    learning_rate: float = 1e-4
    units: int = 100
    seed: int = 7


class Session:
    """Train a classifier on your own pictures, from a program (notebook 07). ``Trainer`` adds the widget.

    Attributes
    ----------
    results : Results or None
        What the last training gave.
    classifier : Classifier or None
        What the last training made, or what was loaded.
    steps : list of str
        The lines of the program that brings the same pictures.
    """

    def __init__(self) -> None:
        self.results: Results | None = None
        self.classifier: Classifier | None = None
        self.steps: list[str] = []
        self._pictures: dict[Path, tuple[str, str]] = {}  # label, and training or validation
        self._findings = Report()
        self._stop = threading.Event()
        self._network: keras.Model | None = None
        self._settings = Settings()

    def __repr__(self) -> str:
        return f"{type(self).__name__}: {len(self._pictures)} pictures of {', '.join(self.classes) or 'no class yet'}"

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

    @property
    def stopped(self) -> bool:
        """Whether :meth:`stop` was called since the last training began."""
        return self._stop.is_set()

    def _part(self, wanted: str) -> PictureSet:
        pairs = [(path, label) for path, (label, part) in self._pictures.items() if part == wanted]
        pairs.sort(key=lambda pair: (pair[1], str(pair[0])))
        paths, labels = tuple(path for path, _ in pairs), tuple(label for _, label in pairs)
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
            files = [source] if isinstance(source, str | Path) else list(source)
            found, report = _label(files, label), Report()
        elif isinstance(source, str | Path):
            found, report = _read(Path(source))
        else:
            return sum((self.add(one) for one in source), Report())
        self._pictures |= found
        self._findings += report
        place = str(source) if isinstance(source, str | Path) else [str(path) for path in found]
        self.steps.append(f"trainer.add({place!r}{f', label={label!r}' if label else ''})")
        return report

    def move(self, path: str | Path, label: str) -> None:
        """Say that a picture shows something else."""
        known = self._known(path)
        self._pictures[known] = (label, self._pictures[known][1])
        self.steps.append(f"trainer.move({str(path)!r}, {label!r})")

    def drop(self, path: str | Path) -> None:
        """Leave a picture out. Its file stays where it is."""
        del self._pictures[self._known(path)]
        self.steps.append(f"trainer.drop({str(path)!r})")

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
        return (training, validation) if validation.paths else training.hold_back(seed=seed)

    def train(
        self,
        epochs: int = 20,
        learning_rate: float = 1e-4,
        units: int = 100,
        seed: int = 7,
        progress: Progress | None = None,
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
        data = self._read_features(*self.split(seed), said)
        classes = data.training.classes

        set_seed(seed)
        model = get_model(len(classes), units, learning_rate)
        history, stopped = self._fit(model, data, epochs, said)
        probabilities = np.zeros((0, len(classes)), np.float32)
        if data.held_back:
            probabilities = model.predict_on_batch(data.held_back[0])
        self.classifier = make_classifier(self._build_network(), model, classes)
        seconds = time.perf_counter() - start
        self.results = Results(classes, data.validation, probabilities, history, data.report, stopped, seconds)
        self._settings = Settings(epochs, learning_rate, units, seed)
        return self.results

    def _build_network(self) -> keras.Model:
        if self._network is None:
            self._network = build_pretrained_model()
        return self._network

    def _read_features(self, training: PictureSet, validation: PictureSet, said: Progress) -> _Data:
        """Turn both sets into features, and report what had to be left out."""
        watched = Watched(self._stop, said, len(training.paths) + len(validation.paths))
        features, training = load_readable(training, self._build_network(), progress=watched)
        held_back = None
        if validation.paths:
            try:
                new_features, validation = load_readable(validation, self._build_network(), progress=watched)
            except ValueError as error:
                raise ValueError(f"of the validation pictures, {error}") from None
            held_back = new_features, add_labels(validation.labels, training.classes)
        report = Report([one for one in training.report + validation.report if one not in self._findings])
        lost = set(training.classes) - set(training.labels)
        if lost:
            raise ValueError(f"no picture of {', '.join(sorted(lost))} can be read:\n{report}")
        return _Data(training, features, validation, held_back, report)

    def _fit(self, model: keras.Model, data: _Data, epochs: int, said: Progress) -> tuple[History, bool]:
        """Train to the end, or until stopped: then the weights are those of the best epoch."""
        watcher = Watcher(model, self._stop, epochs, bool(data.held_back), said)
        callback = import_keras().callbacks.LambdaCallback(
            on_train_batch_end=watcher.after_batch, on_epoch_end=watcher.after_epoch
        )
        rows = add_labels(data.training.labels, data.training.classes)
        history = train(model, data.features, rows, epochs, data.held_back, callbacks=[callback]).history
        stopped = self.stopped
        if stopped:
            if watcher.best is None:
                raise Stopped("stopped before the first epoch had ended; nothing was trained")
            model.set_weights(watcher.best)
        return history, stopped

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
        training, validation = self.training, self.validation
        judged = bool(validation.paths) or any(training.labels.count(name) > 1 for name in training.classes)
        load = "new_features, validation = load_readable(validation, pretrained_model)\n" if judged else ""
        held = ", validation=(new_features, add_labels(validation.labels, training.classes))" if judged else ""
        steps = "".join(f"{step}\n" for step in self.steps)
        return PROGRAM.format(
            steps=steps, load=load, held=held, path=str(path), classes=len(self.classes), **self._settings._asdict()
        )


class _Data(NamedTuple):
    """What is trained on: pictures and their features. ``held_back`` has features and one-hot rows to judge by."""

    training: PictureSet
    features: np.ndarray
    validation: PictureSet
    held_back: tuple[np.ndarray, np.ndarray] | None
    report: Report


def _read(source: Path) -> tuple[dict[Path, tuple[str, str]], Report]:
    """Read what holds labeled pictures: label and part of each, and what was noticed."""
    parts = {}
    if not is_table(source):
        try:
            parts[TRAINING], parts[VALIDATION] = read_both(source)
        except FileNotFoundError:  # there are no two parts
            pass
    parts = parts or {TRAINING: read_pictures(source)}
    found = {path: (label, part) for part, pictures in parts.items() for path, label in pictures.pairs()}
    return found, sum((pictures.report for pictures in parts.values()), Report())


def _label(files: list[str | Path], label: str) -> dict[Path, tuple[str, str]]:
    """Give picture files one class."""
    if not label.strip():
        raise ValueError("the class has no name; type what the pictures show")
    paths = [Path(file) for file in files]
    for path in paths:
        if not path.is_file():
            raise FileNotFoundError(f"{path} is no file; expected a picture")
    return {path: (label.strip(), TRAINING) for path in paths}
