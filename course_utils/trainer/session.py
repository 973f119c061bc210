"""A training session: bring pictures, train, judge, keep (notebook 07).

It holds the state and calls what the notebooks teach. It knows no widget, so a script can drive it.
"""

from __future__ import annotations

import threading
import time
import weakref
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np

from ..export.card import account_of, judgment_of
from ..export.classifier import Classifier, load_classifier, make_classifier
from ..export.prediction import Prediction
from ..faults.copies import Copies, find_copies
from ..faults.pictures import check_pictures
from ..faults.unlike import Unlike, find_unlike
from ..learning.curves import LearningCurve
from ..learning.evaluation import Results
from ..learning.heat import Heat
from ..learning.known import FEWEST, Known
from ..learning.linear import LinearHead
from ..network.engines import Network, load_network
from ..network.features import load_readable
from ..network.looks import TWO, Looks
from ..network.runtime import import_keras
from ..pictures.given import Given
from ..pictures.groups import all_sounds, by_names, counted, noun_for
from ..pictures.levels import TEST, TRAINING, VALIDATION
from ..pictures.sets import PictureSet
from ..pictures.shown import shown
from ..pictures.unreadable import UnreadableImageError
from ..report import Finding, Report
from .fitting import (
    ARTICLE,
    LINEAR,
    TUNED,
    Data,
    Fitted,
    Settings,
    fit_article,
    fit_clients,
    fit_linear,
    fit_neighbors,
    fit_tuned,
    part_features,
    read_features,
)
from .growth import curve_of, draws_for
from .parting import part
from .program import write_program
from .progress import Progress, Watched, told
from .reading import read_places, spell_none
from .sources import clean_path

TOO_FEW = Report(
    [
        Finding(
            "note",
            "too few pictures to tell what is none of these, so that it always answers with a class",
            (),
            f"Bring at least {FEWEST} pictures to learn from that are no near-copies of one another; more tell better.",
        )
    ]
)
LASTING = {"_network", "_stop", "_listeners"}  # what a session keeps when it starts over


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
    loaded : bool
        Whether ``classifier`` comes from a file, so that ``results`` are not its own.
    """

    def __init__(self) -> None:
        self.results: Results | None = None
        self.classifier: Classifier | None = None
        self.steps: list[str] = []
        self._pictures: dict[Path, tuple[str, str]] = {}  # label, and training or validation
        self._groups: dict[Path, str] = {}  # who or what a picture belongs to, where it is known
        self._brought: dict[tuple[Path, ...], tuple[set[Path], Report]] = {}  # together, as it was read last
        self._stop = threading.Event()
        self._network: Network | None = None
        self._settings = Settings()
        self._tests = 0  # how often the test pictures were asked
        self._copies = Copies()  # those that were found last
        self._unlike: Unlike | None = None  # validation pictures, in the last training
        self._examples: tuple[Path, ...] = ()  # the pictures behind the classifier's examples, where they are here
        self._apart: set[Path] = set()  # no copies, as a person said
        self._trained_at = 0  # how many steps there were when the last training began
        self.loaded = False
        self._listeners: list[weakref.WeakMethod] = []

    def __repr__(self) -> str:
        return f"{type(self).__name__}: {counted(self._pictures)} of {', '.join(self.classes) or 'no class yet'}"

    @property
    def pictures(self) -> dict[Path, tuple[str, str]]:
        """Label and part (``training``, ``validation`` or ``test``) of each picture."""
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
    def test(self) -> PictureSet:
        """The pictures of a third part, which are kept apart: :meth:`judge_test` judges by them, when all is chosen."""
        return self._part(TEST)

    @property
    def classes(self) -> tuple[str, ...]:
        """The classes of all pictures, sorted."""
        return tuple(sorted({label for label, _ in self._pictures.values()}))

    @property
    def stopped(self) -> bool:
        """Whether :meth:`stop` was called since the last training began."""
        return self._stop.is_set()

    @property
    def _findings(self) -> Report:
        return Report(dict.fromkeys(finding for _, report in self._brought.values() for finding in report))

    @property
    def outdated(self) -> bool:
        """Whether the pictures have changed since the training that gave ``results`` began."""
        return self.results is not None and self._trained_at != len(self.steps)

    def listen(self, method: Callable[[], None]) -> None:
        """Call a method of an object whenever the pictures change, as long as the object is there."""
        self._listeners.append(weakref.WeakMethod(method))

    def _part(self, wanted: str) -> PictureSet:
        pairs = [(path, label) for path, (label, part) in self._pictures.items() if part == wanted]
        pairs.sort(key=lambda pair: (pair[1], str(pair[0])))
        paths, labels = tuple(path for path, _ in pairs), tuple(label for _, label in pairs)
        known = any(path in self._groups for path in paths)
        groups = tuple(self._groups.get(path, str(path)) for path in paths) if known else ()
        return PictureSet(paths, labels, self.classes, self._findings if wanted == TRAINING else Report(), groups)

    def add(
        self,
        source: str | Path | Iterable[str | Path],
        label: str | None = None,
        level: int | None = None,
        together: int | None = None,
    ) -> Report:
        """Add labeled pictures to those that are there. A picture that is there already counts once, and what was added
        before is read anew.

        Parameters
        ----------
        source : str, Path, or several of them
            A folder, zip file or table, as for ``read_pictures``; one that holds training, validation and test
            pictures, as for ``read_parts``; or picture files. Where no folders name classes, the files' names do if
            they are counted, as ``blue-1.png`` and ``blue-2.png``, with several of each; else, all are of one class,
            which the folder or zip file names. The report says so. With ``label``, picture files, and folders or zip
            files with pictures.
        label : str, optional
            What all of the pictures show, whatever folders they lie in: as in one zip file for each class. Pictures of
            no class are ``none of these``, which may be written ``None_of_these``, too.
        level : int, optional
            Which level of folders names the classes, as for ``read_folders``; 0: the files' names do.
        together : int, optional
            Which piece of the files' names tells who or what they belong to, as for ``PictureSet.grouped``: what is of
            one speaker, session or patient is held back together. Unset, a table tells, or the names of sounds.

        Returns
        -------
        Report
            What was noticed about them.

        Raises
        ------
        FileNotFoundError, ValueError
            If there are no labeled pictures, nothing says clearly what they show, or a name has no such piece. Nothing
            is added then.
        """
        places = [clean_path(one) for one in ([source] if isinstance(source, str | Path) else source)]
        found, report, groups = read_places(places, label, level, together)
        if not found:
            raise ValueError("got no pictures; expected a folder, a zip file, a table, or some picture files")
        self._require_one_kind(found, places)
        self._forget(tuple(places))
        self._pictures |= found
        self._groups |= groups
        report += self._group_by_names()
        self._brought[tuple(places)] = set(found), report
        given = [str(place) for place in places] if len(places) > 1 else str(places[0])
        said = {"label": label, "level": level, "together": together}
        words = "".join(f", {name}={value!r}" for name, value in said.items() if value is not None)
        self._changed(f"trainer.add({given!r}{words})")
        return report

    def _group_by_names(self) -> Report:
        """Group sounds by their names that nothing else groups: only those of all classes together tell."""
        alone = [path for path in self._pictures if path not in self._groups]
        told = by_names([(path, label) for path, (label, _) in self._pictures.items()]) if alone else None
        if not told:
            return Report()
        groups = {path: told.groups[path] for path in alone if path in told.groups}
        self._groups |= groups
        return Report([told.note] if groups else [])

    def _require_one_kind(self, found: Iterable[Path], places: Sequence[Path]) -> None:
        """Refuse sounds where there are pictures, and the other way round: one head learns from one kind."""
        known = set(self._pictures).difference(*(self._brought.get(tuple(places), (set(), None))[:1]))
        kinds = ["sounds" if all_sounds(one) else "pictures" for one in (found, known) if one]
        if len(set(kinds)) > 1:
            raise ValueError(
                f"these are {kinds[0]}, and there are {kinds[1]} already; the two are not mixed. "
                "Start over, or leave these out"
            )

    def _forget(self, places: tuple[Path, ...]) -> None:
        """Take out what came from these places before, and from no other: they are read anew."""
        known, _ = self._brought.pop(places, (set(), Report()))
        for path in known.difference(*(others for others, _ in self._brought.values())):
            self._pictures.pop(path, None)
            self._groups.pop(path, None)

    def move(self, path: str | Path, label: str) -> None:
        """Say that a picture shows something else."""
        known = self._known(path)
        self._pictures[known] = (spell_none(label), self._pictures[known][1])
        self._changed(f"trainer.move({str(path)!r}, {label!r})")

    def drop(self, path: str | Path) -> None:
        """Leave a picture out. Its file stays where it is."""
        known = self._known(path)
        del self._pictures[known]
        self._groups.pop(known, None)
        self._changed(f"trainer.drop({str(path)!r})")

    def rename(self, label: str, name: str) -> None:
        """Give a class another name. If a class of that name is there already, the two become one."""
        if label not in self.classes:
            raise ValueError(f"{label!r} is none of the classes here; they are {', '.join(self.classes) or 'none yet'}")
        renamed = {path: (spell_none(name), part) for path, (old, part) in self._pictures.items() if old == label}
        self._pictures |= renamed
        self._changed(f"trainer.rename({label!r}, {name!r})")

    def start_over(self) -> None:
        """Forget all pictures, findings and results. Files stay where they are."""
        fresh = {name: value for name, value in vars(Session()).items() if name not in LASTING}
        vars(self).update(fresh)

    def separate(self, paths: Iterable[str | Path]) -> None:
        """Say that pictures are no near-copies, whatever they look like: each of them counts by itself."""
        known = [self._known(path) for path in paths]
        self._apart |= set(known)
        self._changed(f"trainer.separate({[str(path) for path in known]!r})")

    def _changed(self, step: str) -> None:
        """Remember a line of the program; the near-copies that were found last may be others now."""
        self.steps.append(step)
        self._copies, self._unlike = Copies(), None
        for listener in self._listeners:
            if method := listener():
                method()

    def _known(self, path: str | Path) -> Path:
        path = clean_path(path)
        if path not in self._pictures:
            raise ValueError(
                f"{shown(path)} is none of the {len(self._pictures)} pictures here; trainer.training lists them"
            )
        return path

    def check(self) -> Report:
        """Look for what would spoil training: ``check_pictures`` of all pictures.

        It is told of near-copies, if :meth:`train`, :meth:`split` or :meth:`groups` has looked at these pictures; and
        after :meth:`train`, of validation pictures that are unlike training.
        """
        validation = self.validation if self.validation.paths else None
        return check_pictures(self.training, validation, self._copies, self._unlike)

    def group_of(self, pictures: PictureSet) -> list[str]:
        """Name the group that each picture is in: its speaker or session where that is known, else its near-copies.

        These are those that the last :meth:`split` or training found.
        """
        return self._copies.group_of(pictures)

    def groups(self) -> list[list[Path]]:
        """Find the pictures that are kept on one side: near-copies, and those of one folder inside a class.

        Returns
        -------
        list of list of pathlib.Path
            The groups, the largest of near-copies first. :meth:`separate` takes pictures out of them.
        """
        if not self._pictures:
            return []
        numbers, readable = load_readable(self._all, self._load_network(), looks=2)
        return [list(group) for group in self._find(numbers, readable).together]

    @property
    def _all(self) -> PictureSet:
        return self.training.with_those_of(self.validation)

    def _find(self, numbers: np.ndarray, readable: PictureSet) -> Copies:
        """Find near-copies, but for the pictures that a person said are none."""
        rows = [row for row, path in enumerate(readable.paths) if path not in self._apart]
        self._copies = find_copies(readable.only(readable.paths[row] for row in rows), numbers[rows])
        return self._copies

    def split(self, seed: int = 7, groups: bool = True) -> tuple[PictureSet, PictureSet]:
        """Return training and validation pictures. Without validation pictures, one in five of each class is held back.

        Parameters
        ----------
        seed : int
            Chooses which pictures are held back.
        groups : bool
            Whether to look for near-copies (``find_copies``), and to keep each group of them on one side: held back
            whole or not at all. Where validation pictures were brought, those with near-copies in training are left
            out. Whole groups are held back, where the pictures have some: a speaker, a session. The training pictures'
            report says so. False: each picture counts by itself.

        Raises
        ------
        ValueError
            If there are no pictures, only one class, or a class without training pictures.
        """
        self._require_classes()
        if groups:
            self.groups()
        return part(*self._sides(groups), self._copies if groups else Copies(), seed)

    def _sides(self, groups: bool) -> tuple[PictureSet, PictureSet]:
        """What was brought to learn from and to judge by, with or without groups."""
        both = self.training, self.validation
        return both if groups else (both[0]._replace(groups=()), both[1]._replace(groups=()))

    def _require_classes(self) -> None:
        training, noun = self.training, noun_for(self.training.paths)
        if not training.paths:
            raise ValueError("there are no pictures yet; add some, sorted into a folder for each class")
        if len(self.classes) < 2:
            raise ValueError(f"all {noun} are of the class {self.classes[0]!r}; add {noun} of a second class")
        bare = set(self.classes) - set(training.labels)
        if bare:
            raise ValueError(f"no training {noun} of {', '.join(sorted(bare))}; add some, or drop the others of it")

    def train(
        self,
        epochs: int | None = None,
        learning_rate: float | None = None,
        units: int | None = None,
        seed: int = 7,
        progress: Progress | None = None,
        head: str | None = None,
        groups: bool = True,
        mirror: bool = False,
        known: bool | None = None,
        clients: bool = True,
    ) -> Results:
        """Look at the pictures, train a head on what the network sees, and judge it.

        Parameters
        ----------
        epochs, learning_rate, units : optional
            As for ``train`` and ``get_model``: 20, 0.0001 and 100 unless given. Only the article's head has them, and
            fine-tuning the first two.
        seed : int
            Chooses which pictures are held back, the folds of cross-validation, and the article's first weights.
        progress : callable, optional
            Is given what is done (``"features"`` or ``"epochs"``), how many are done, of how many, and the history so
            far. Unset, a bar shows it, unless the pictures are few.
        head : str, optional
            ``linear``: two looks at each picture, and a linear head, which is the more accurate with few pictures; and
            a head of their own for tools that look once, which ``save`` writes for them.
            ``article``: the article's head, and how many a linear head has right beside it. ``fine-tuned``: MobileNet
            goes on learning, too (``fine_tune``), and a linear head beside it; this needs TensorFlow. Unset,
            ``linear``; where epochs, learning rate or units are given, ``article``.
        groups : bool
            Whether to keep near-copies and groups on one side, as :meth:`split` does. False: each picture counts by
            itself.
        mirror : bool
            Whether fine-tuning learns from mirror images, too: only where left and right mean the same.
        known : bool, optional
            Whether the classifier shall say ``none of these`` of a picture that is unlike all that it learned from
            (``fit_known``). Unset, all heads do but the article's, whose answer is left as it is there. With fewer than
            4 pictures, or only one group of near-copies, nothing tells what is unlike them.
        clients : bool
            Whether a linear head comes with those for tools that look once. Each takes as long to fit; without them,
            ``save`` writes no file for such a tool.

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
        start, began_at = time.perf_counter(), len(self.steps)
        self._stop.clear()
        settings = _settle(head, epochs, learning_rate, units, seed, mirror)._replace(groups=groups)
        if mirror and self.training.sounds:
            raise ValueError("the mirror image of a sound is that sound backwards; leave mirror out (notebook 11)")
        settings = settings._replace(known=settings.head != ARTICLE if known is None else known, clients=clients)
        if settings.head == TUNED:
            import_keras()  # where there is none, nothing needs to be read
        with told(progress, len(self._pictures)) as said:
            data, fitted, others = self._fit(settings, said)
        copies = self._copies if settings.groups else Copies()
        neighbors = fit_neighbors(data, fitted, copies)
        self._unlike = None
        if neighbors and fitted.new_middle is not None:
            pictures = data.training, data.validation
            self._unlike = find_unlike(*pictures, fitted.middle, fitted.new_middle, copies)
        neighbors = neighbors if settings.known else None
        results = self._judged(settings, data, fitted, others, neighbors)
        results = results._replace(seconds=time.perf_counter() - start)
        self.classifier = self._made(settings, data, fitted, results, neighbors)
        rows = self.classifier.known.rows if self.classifier.known else ()
        self._examples = tuple(data.training.paths[row] for row in rows)
        self.results = results
        self._settings = settings._replace(known=neighbors is not None)
        self._trained_at, self.loaded = began_at, False
        return results

    def _judged(
        self, settings: Settings, data: Data, fitted: Fitted, others: Fitted | None, neighbors: Known | None
    ) -> Results:
        """What training gave; of how long it took, nothing is known yet."""
        classes, groups = data.training.classes, settings.groups
        results = Results(
            classes,
            data.validation,
            fitted.probabilities,
            fitted.history,
            Report([one for one in data.report if one not in self._findings])
            + (self._unlike.report if self._unlike else Report())
            + (TOO_FEW if settings.known and not neighbors else Report()),
            fitted.stopped,
            0,
            settings.head,
            commonest=max(classes, key=data.training.labels.count),
            groups=self._copies.together if groups else (),
            shared=len(self._copies.shared(self.training, self.validation)) if groups else 0,
        )
        if neighbors and fitted.new_middle is not None:
            results = results._replace(known=tuple(neighbors.knows(fitted.new_middle).tolist()))
        if others and data.validation.paths:
            right = results._replace(probabilities=others.probabilities).right
            results = results._replace(others={LINEAR: right})
        return results

    def _made(
        self, settings: Settings, data: Data, fitted: Fitted, results: Results, neighbors: Known | None
    ) -> Classifier:
        """The classifier, with what its model card tells."""
        about = account_of(results, data.training.labels, settings.groups)
        about["clients"] = {name: judgment_of(results, one.probabilities) for name, one in fitted.clients.items()}
        clients = {name: one.head for name, one in fitted.clients.items() if isinstance(one.head, LinearHead)}
        network = fitted.network or self._load_network()
        return make_classifier(network, fitted.head, results.classes, about, clients, neighbors, data.training.sounds)

    def _fit(self, settings: Settings, said: Progress) -> tuple[Data, Fitted, Fitted | None]:
        """Fit the head that is wanted; and beside another than the linear one, that, too."""
        self._require_classes()
        everything, network = self._all, self._load_network()
        watched = Watched(self._stop, said, len(everything.paths) * (2 if settings.head == ARTICLE else 1))
        looks: Looks = 3 if settings.head == LINEAR else 2
        numbers, readable = load_readable(everything, network, progress=watched, looks=looks)
        copies = self._find(numbers[:, TWO], readable) if settings.groups else Copies()
        training, validation = part(*self._sides(settings.groups), copies, settings.seed)
        data = part_features(numbers, readable, training, validation)
        linear = fit_linear(data.only(TWO), settings)
        if settings.head == LINEAR:
            return data, linear._replace(clients=fit_clients(data, settings) if settings.clients else {}), None
        if settings.head == TUNED:
            return data, fit_tuned(data, settings, self._stop, said), linear
        watched.total = watched.done + len(training.paths) + len(validation.paths)
        data = read_features(training, validation, network, watched)
        return data, fit_article(data, settings, self._stop, said), linear

    def learning_curve(self, progress: Progress | None = None, groups: bool = True) -> LearningCurve:
        """Ask whether more pictures would help: ``learning_curve`` of all training pictures.

        Those that :meth:`train` holds back are among them; validation pictures that were brought apart are not. It is
        always a linear head that learns from them, whichever head was trained.

        Parameters
        ----------
        progress : callable, optional
            As for :meth:`train`; what is done is ``"features"`` or ``"draws"``.
        groups : bool
            Whether to keep near-copies and groups on one side, as :meth:`train` does.

        Raises
        ------
        ValueError
            If there are too few pictures to tell.
        Stopped
            If it is stopped.
        """
        self._stop.clear()
        self._require_classes()
        everything, (wanted, _) = self._all, self._sides(groups)
        with told(progress, len(everything.paths)) as said:
            watched = Watched(self._stop, said, len(everything.paths))
            numbers, readable = load_readable(everything, self._load_network(), progress=watched, looks=2)
            copies = self._find(numbers, readable) if groups else Copies()
            watched = Watched(self._stop, said, draws_for(len(wanted.paths)), "draws")
            return curve_of(numbers, readable, wanted, copies, watched)

    def _load_network(self) -> Network:
        if self._network is None:
            self._network = load_network()
        return self._network

    def stop(self) -> None:
        """Stop training soon, from another thread. What is best so far is kept."""
        self._stop.set()

    def judge_test(self) -> Results:
        """Judge the classifier by the test pictures, which took no part in anything before (notebook 07).

        Do it once, when all is chosen: whoever chooses by them has no honest number left. The report says so, from the
        second time on.

        Raises
        ------
        ValueError
            If nothing has been trained, or what was trained gave way to a classifier from a file; if there are no test
            pictures, or none of them can be read.
        """
        classifier, before = self._trained(), self.results
        if self.loaded:
            raise ValueError("the classifier now is one from a file; train again, to judge what these pictures gave")
        if before is None or not self.test.paths:
            raise ValueError("train first, on pictures that have a third part called test; there is nothing to judge")
        answers, lost, noun = [], [], noun_for(self.test.paths)
        for path in self.test.paths:
            try:
                answers.append((path, classifier.predict(path)))
            except UnreadableImageError as error:
                problem = f"a {noun[:-1]} that can't be read: {error.reason}"
                lost.append(Finding("error", problem, (path.name,), "It is left out."))
        if not answers:
            raise ValueError(f"none of {len(self.test.paths)} test {noun} can be read:\n{Report(lost)}")
        self._tests += 1
        if self._tests > 1:
            problem = f"the test {noun} have been asked {self._tests} times"
            lost.append(Finding("warning", problem, (), "What was chosen by them is judged too well. Bring new ones."))
        judged = self.test.only(path for path, _ in answers)._replace(classes=before.classes)
        rows = np.array([[answer[name] for name in before.classes] for _, answer in answers], np.float32)
        known = tuple(answer.known for _, answer in answers if answer.known is not None)
        return before._replace(
            validation=judged, probabilities=rows, report=Report(lost), others={}, groups=(), shared=0, known=known
        )

    def nearest(self, prediction: Prediction) -> list[Path]:
        """Name the pictures that a picture is most like, of those that were learned from; none, if they are not here.

        Parameters
        ----------
        prediction : Prediction
            From :meth:`predict`.
        """
        return [self._examples[place] for place in prediction.nearest if place < len(self._examples)]

    def predict(self, picture: Given) -> Prediction:
        """Say how probable each class is, the most probable first, and whether it is like any that was learned from.

        ``picture`` is what ``Classifier.predict`` takes.

        Raises
        ------
        ValueError
            If nothing has been trained or loaded.
        UnreadableImageError
            If the picture can't be read.
        """
        return self._trained().predict(clean_path(picture) if isinstance(picture, str | Path) else picture)

    def heat(self, picture: Given, label: str | None = None) -> Heat:
        """Say which places of a picture speak for a class, and which against it: ``Classifier.heat``.

        Parameters
        ----------
        picture
            As for :meth:`predict`.
        label : str, optional
            One of the classes; unset, the most probable one.

        Raises
        ------
        ValueError
            If nothing has been trained or loaded, there is no such class, or the classifier is of the course's first
            version.
        UnreadableImageError
            If the picture can't be read.
        """
        return self._trained().heat(clean_path(picture) if isinstance(picture, str | Path) else picture, label)

    def save(self, path: str | Path = "my-classifier.zip", replace: bool = True) -> Path:
        """Write the classifier to one file. ``load_classifier(path)`` reads it, here or on another machine.

        Parameters
        ----------
        path : str or Path
            The file. Other endings than ``.zip`` write it for other tools, as ``Classifier.save`` says.
        replace : bool
            Whether a file of that name may be replaced. The widget asks.

        Raises
        ------
        FileExistsError
            If there is one, and it may not.
        ValueError
            If there is no classifier yet, or it can't be written in this form.
        """
        classifier = self._trained()
        if not replace and Path(path).exists():
            raise FileExistsError(f"{path} is there already; choose another name, or save with replace=True")
        return classifier.save(path)

    def explain(self, path: str | Path) -> str:
        """Say what opens a file of this name, what that does differently, and how often its head was right.

        Raises
        ------
        ValueError
            As for :meth:`save`.
        """
        return self._trained().explain(path)

    def load(self, path: str | Path) -> Classifier:
        """Take a saved classifier, to try it on pictures."""
        self.classifier, self.loaded, self._examples = load_classifier(path), True, ()
        return self.classifier

    def _trained(self) -> Classifier:
        if self.classifier is None:
            raise ValueError("there is no classifier yet; train one, or load one")
        return self.classifier

    def code(self, path: str | Path = "my-classifier.zip") -> str:
        """Write the program that does the same, with the functions that the notebooks teach."""
        training = self.training
        held = bool(self.validation.paths) or any(training.labels.count(name) > 1 for name in training.classes)
        judged = bool(self.results.validation.paths) if self.results else held
        known = self._settings.known and (self.results is not None or len(training.paths) > FEWEST)
        return write_program(self.steps, self._settings, judged, known, str(path), training.sounds)


def _settle(
    head: str | None, epochs: int | None, learning_rate: float | None, units: int | None, seed: int, mirror: bool
) -> Settings:
    """Fill in what was not said, and refuse what makes no sense."""
    wanted = {"epochs": epochs, "learning_rate": learning_rate, "units": units}
    given = [name for name, value in wanted.items() if value is not None]
    if head not in (None, LINEAR, ARTICLE, TUNED):
        raise ValueError(f"got the head {head!r}; expected linear, article or fine-tuned")
    if head == LINEAR and given:
        raise ValueError(f"a linear head has no {', '.join(given)}; leave it out, or train with head='article'")
    if head == TUNED and units is not None:
        raise ValueError("fine-tuning has no units; leave it out, or train with head='article'")
    if head != TUNED and mirror:
        raise ValueError("only fine-tuning learns from mirror images; leave it out, or train with head='fine-tuned'")
    plain = Settings()
    settings = Settings(
        head or (ARTICLE if given else LINEAR),
        plain.epochs if epochs is None else epochs,
        plain.learning_rate if learning_rate is None else learning_rate,
        plain.units if units is None else units,
        seed,
        mirror=mirror,
    )
    if min(settings.epochs, settings.units) < 1 or settings.learning_rate <= 0:
        raise ValueError(
            f"got {settings.epochs} epochs, {settings.units} units, learning rate {settings.learning_rate}; "
            "expected more than 0"
        )
    return settings
