"""A training session: bring pictures, train, judge, keep (notebook 07).

It holds the state and calls what the notebooks teach. It knows no widget, so a script can drive it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from pathlib import Path

from ..export.classifier import Classifier, load_classifier, make_classifier
from ..faults.pictures import check_pictures
from ..learning.evaluation import Results
from ..network.engines import Network, load_network
from ..pictures.archives import is_archive, unzip
from ..pictures.layouts import read_both, read_pictures
from ..pictures.sets import PictureSet, find_pictures, normalize_label
from ..report import Finding, Report
from .fitting import ARTICLE, LINEAR, LOOKS_OF, Data, Fitted, Settings, fit_article, fit_linear, read_features
from .program import write_program
from .progress import Progress, Watched
from .sources import is_table

TRAINING, VALIDATION = "training", "validation"


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
        self._network: Network | None = None
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
            for ``read_both``; or, with ``label``, picture files, and folders or zip files with pictures.
        label : str, optional
            What all of the pictures show, whatever folders they lie in: as in one zip file for each class.

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
            found, report = _label([Path(file) for file in files], label)
        elif isinstance(source, str | Path):
            found, report = _read(Path(source))
        else:
            return sum((self.add(one) for one in source), Report())
        self._pictures |= found
        self._findings += report
        place = str(source) if isinstance(source, str | Path) else [str(file) for file in files]
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
        epochs: int | None = None,
        learning_rate: float | None = None,
        units: int | None = None,
        seed: int = 7,
        progress: Progress | None = None,
        head: str | None = None,
    ) -> Results:
        """Look at the pictures, train a head on what the network sees, and judge it.

        Parameters
        ----------
        epochs, learning_rate, units : optional
            As for ``train`` and ``get_model``: 20, 0.0001 and 100 unless given. Only the article's head has them.
        seed : int
            Chooses which pictures are held back, the folds of cross-validation, and the article's first weights.
        progress : callable, optional
            Is given what is done (``"features"`` or ``"epochs"``), how many are done, of how many, and the history so
            far.
        head : str, optional
            ``linear``: two looks at each picture, and a linear head, which is the more accurate with few pictures.
            ``article``: the article's head, and how many a linear head has right beside it. Unset, ``linear``, unless
            epochs, learning rate or units are given.

        Returns
        -------
        Results
            Also kept as ``results``; the classifier as ``classifier``. After :meth:`stop`, those of the best epoch so
            far: the one with the lowest loss, on validation pictures if there are any.

        Raises
        ------
        ValueError
            If there is not enough to train on, or a setting makes no sense.
        Stopped
            If it is stopped before there is anything to keep. Earlier results stay.
        """
        start = time.perf_counter()
        self._stop.clear()
        settings = _settle(head, epochs, learning_rate, units, seed)
        said = progress or (lambda *_: None)
        data, fitted, others = self._fit(settings, said)
        classes = data.training.classes
        self.classifier = make_classifier(self._load_network(), fitted.head, classes)
        seconds = time.perf_counter() - start
        report = Report([one for one in data.report if one not in self._findings])
        self.results = Results(
            classes,
            data.validation,
            fitted.probabilities,
            fitted.history,
            report,
            fitted.stopped,
            seconds,
            settings.head,
        )
        if others and data.validation.paths:
            right = self.results._replace(probabilities=others.probabilities).right
            self.results = self.results._replace(others={LINEAR: right})
        self._settings = settings
        return self.results

    def _fit(self, settings: Settings, said: Progress) -> tuple[Data, Fitted, Fitted | None]:
        """Fit the head that is wanted; and beside the article's, a linear one."""
        training, validation = self.split(settings.seed)
        heads = [LINEAR] if settings.head == LINEAR else [LINEAR, ARTICLE]
        watched = Watched(self._stop, said, len(heads) * (len(training.paths) + len(validation.paths)))
        data_of = {
            kind: read_features(training, validation, self._load_network(), LOOKS_OF[kind], watched) for kind in heads
        }
        linear = fit_linear(data_of[LINEAR], settings)
        if settings.head == LINEAR:
            return data_of[LINEAR], linear, None
        return data_of[ARTICLE], fit_article(data_of[ARTICLE], settings, self._stop, said), linear

    def _load_network(self) -> Network:
        if self._network is None:
            self._network = load_network()
        return self._network

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
        training = self.training
        judged = bool(self.validation.paths) or any(training.labels.count(name) > 1 for name in training.classes)
        return write_program(self.steps, self._settings, judged, str(path))


def _settle(
    head: str | None, epochs: int | None, learning_rate: float | None, units: int | None, seed: int
) -> Settings:
    """Fill in what was not said, and refuse what makes no sense."""
    wanted = {"epochs": epochs, "learning_rate": learning_rate, "units": units}
    given = [name for name, value in wanted.items() if value is not None]
    if head not in (None, LINEAR, ARTICLE):
        raise ValueError(f"got the head {head!r}; expected linear or article")
    if head == LINEAR and given:
        raise ValueError(f"a linear head has no {', '.join(given)}; leave it out, or train with head='article'")
    plain = Settings()
    settings = Settings(
        head or (ARTICLE if given else LINEAR),
        plain.epochs if epochs is None else epochs,
        plain.learning_rate if learning_rate is None else learning_rate,
        plain.units if units is None else units,
        seed,
    )
    if min(settings.epochs, settings.units) < 1 or settings.learning_rate <= 0:
        raise ValueError(
            f"got {settings.epochs} epochs, {settings.units} units, learning rate {settings.learning_rate}; "
            "expected more than 0"
        )
    return settings


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


def _label(files: list[Path], label: str) -> tuple[dict[Path, tuple[str, str]], Report]:
    """Give one class to picture files, and to all pictures in folders and zip files; and say what else lies there."""
    label = normalize_label(label.strip())
    if not label:
        raise ValueError("the class has no name; type what the pictures show")
    found: dict[Path, tuple[str, str]] = {}
    findings: list[Finding] = []
    for file in files:
        pictures, noticed = _pictures_in(file)
        found |= {path: (label, TRAINING) for path in pictures}
        findings += noticed
    return found, Report(findings)


def _pictures_in(file: Path) -> tuple[list[Path], list[Finding]]:
    """A picture file itself, or all pictures in a folder or zip file."""
    if file.is_dir():
        pictures, findings = find_pictures(file)
    elif not file.is_file():
        raise FileNotFoundError(f"{file} is no file; expected a picture, or a folder or zip file with pictures")
    elif is_archive(file):
        pictures, findings = find_pictures(unzip(file))  # how names are written doesn't matter: the label is given
    else:
        return [file], []
    if not pictures:
        raise ValueError(f"{file} holds no pictures.\n{Report(findings)}")
    return pictures, findings
