"""Keep a trained classifier in one file, and use it without TensorFlow (notebook 10)."""

from __future__ import annotations

import json
import warnings
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..files import keep
from ..learning.labels import names_of
from ..network.litert import convert, convert_once, run_litert
from ..pictures.pipeline import PREPROCESSING, load_and_process_image

if TYPE_CHECKING:
    import keras

NAMES = ("classifier.json", "mobilenet.tflite", "head.tflite")
KIND = "transfer-learning-course classifier, version 1"


class Classifier:
    """Both halves of a network, with the names of its classes (notebook 10).

    Attributes
    ----------
    classes : list of str
        In the order of the network's outputs.
    """

    def __init__(self, classes: Sequence[str], mobilenet: bytes, head: bytes) -> None:
        self.classes, self._mobilenet, self._head = list(classes), mobilenet, head

    def __repr__(self) -> str:
        return f"Classifier({', '.join(self.classes)})"

    def predict(self, picture: str | Path) -> dict[str, float]:
        """Say how probable each class is.

        Parameters
        ----------
        picture : str or Path
            A picture file.

        Returns
        -------
        dict of str to float
            Probabilities, which sum to 1, the largest first.

        Raises
        ------
        UnreadableImageError
            If the file can't be read.
        """
        features = run_litert(self._mobilenet, load_and_process_image(picture))
        probabilities = run_litert(self._head, features)[0].tolist()
        pairs = zip(self.classes, probabilities, strict=True)
        return dict(sorted(pairs, key=lambda pair: pair[1], reverse=True))

    def save(self, path: str | Path) -> Path:
        """Write it to a zip file; what was there before is replaced when all is written."""
        about = {"kind": KIND, "classes": self.classes, "preprocessing": PREPROCESSING}
        contents = [json.dumps(about, ensure_ascii=False, indent=1).encode(), self._mobilenet, self._head]

        def write(arriving: Path) -> None:
            with zipfile.ZipFile(arriving, "w", zipfile.ZIP_DEFLATED) as file:
                for name, content in zip(NAMES, contents, strict=True):
                    file.writestr(name, content)

        return keep(Path(path), write)


def make_classifier(
    pretrained_model: keras.Model, model: keras.Model, classes: Mapping[str, int] | Sequence[str]
) -> Classifier:
    """Put both halves together, converted to LiteRT (notebook 10).

    Parameters
    ----------
    pretrained_model : keras.Model
        From ``build_pretrained_model``.
    model : keras.Model
        The trained head.
    classes : mapping of str to int, or sequence of str
        The classes in the order of training.

    Returns
    -------
    Classifier
        ``save(path)`` writes it to a file.

    Raises
    ------
    ValueError
        If the head does not have as many outputs as there are classes, or LiteRT does not agree with Keras.
    ImportError
        If there is no LiteRT for this machine.
    """
    names = names_of(classes)
    if model.output_shape[-1] != len(names):
        raise ValueError(f"got {len(names)} classes for a head with {model.output_shape[-1]} outputs")
    return Classifier(names, convert_once(pretrained_model)[0], convert(model))


def save_classifier(
    path: str | Path, pretrained_model: keras.Model, model: keras.Model, classes: Mapping[str, int] | Sequence[str]
) -> Path:
    """Write both halves of the network and the names of its classes into one file (notebook 10).

    Parameters
    ----------
    path : str or Path
        A zip file to write. What was there before is replaced when all is written.
    pretrained_model, model, classes
        As for :func:`make_classifier`.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    ValueError, ImportError
        As for :func:`make_classifier`.
    """
    return make_classifier(pretrained_model, model, classes).save(path)


def load_classifier(path: str | Path) -> Classifier:
    """Read a classifier. Nothing in the file is run as a program, so a stranger's file is safe to open (notebook 10).

    Parameters
    ----------
    path : str or Path
        From :func:`save_classifier`.

    Returns
    -------
    Classifier
        ``predict(picture)`` gives its answer.

    Warns
    -----
    UserWarning
        If it was trained on pictures that were prepared otherwise than this version of the course prepares them.

    Raises
    ------
    ValueError
        If the file is no classifier, or is damaged; the message names it.
    FileNotFoundError
        If there is no such file.
    """
    try:
        about, mobilenet, head = _read(path)
        if about["kind"] != KIND:
            raise ValueError(f"it is a {about['kind']!r}, and this course reads {KIND!r}")
        classifier = Classifier(about["classes"], mobilenet, head)
        blank = np.zeros((1, 224, 224, 3), np.float32)
        outputs = run_litert(head, run_litert(mobilenet, blank)).shape
        if outputs != (1, len(classifier.classes)):
            raise ValueError(f"it names {len(classifier.classes)} classes and has outputs of shape {outputs}")
    except FileNotFoundError:
        raise FileNotFoundError(f"there is no file {path}; expected one from save_classifier") from None
    except Exception as error:
        raise ValueError(
            f"{path} can't be read as a classifier: {error}. Expected a file from save_classifier, whole and unchanged."
        ) from error
    if about.get("preprocessing") != PREPROCESSING:
        warnings.warn(
            f"{path} was trained on pictures prepared as {about.get('preprocessing')!r}; this course prepares them as "
            f"{PREPROCESSING!r}. Its answers may differ from those after training: train it again.",
            stacklevel=2,
        )
    return classifier


def _read(path: str | Path) -> tuple[dict, bytes, bytes]:
    """The members of a classifier's file: what it says about itself, and both halves of the network."""
    with zipfile.ZipFile(path) as file:
        if any(file.getinfo(name).file_size > 500_000_000 for name in NAMES):
            raise ValueError("it holds more than 500 MB")
        about, mobilenet, head = (file.read(name) for name in NAMES)
    return json.loads(about), mobilenet, head
