"""Keep a trained classifier in one file, and use it without TensorFlow (notebook 10)."""

from __future__ import annotations

import json
import warnings
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..files import keep
from ..learning.article import ArticleHead
from ..learning.dense import dense_layers
from ..learning.labels import names_of
from ..learning.linear import LinearHead, PooledHead
from ..network.engines import Network, layers_of
from ..network.looks import PREPARED, PREPARED_BEFORE, Looks
from ..pictures.given import Given, as_file
from ..pictures.shown import reason_of
from . import version1, version2
from .webpage import write_page

if TYPE_CHECKING:
    import keras

ABOUT = "classifier.json"
LARGEST = 500_000_000  # bytes, of all that a file holds


class Classifier:
    """The network and a head, with the names of the classes (notebook 10).

    Attributes
    ----------
    classes : list of str
        In the order of the head's outputs.

    Parameters
    ----------
    classes : sequence of str
        Their names.
    judge : callable
        Turns a picture file into a probability for each class.
    members : mapping of str to bytes
        What its file holds.
    """

    def __init__(
        self, classes: Sequence[str], judge: Callable[[str | Path], np.ndarray], members: Mapping[str, bytes]
    ) -> None:
        self.classes, self._judge, self._members = list(classes), judge, members

    def __repr__(self) -> str:
        return f"Classifier({', '.join(self.classes)})"

    def predict(self, picture: Given) -> dict[str, float]:
        """Say how probable each class is.

        Parameters
        ----------
        picture : str, Path, bytes, PIL.Image.Image or numpy.ndarray
            A picture file; what it holds; an image of Pillow; or an array (height, width, 3), uint8, as ``load_image``
            returns it.

        Returns
        -------
        dict of str to float
            Probabilities, which sum to 1, the largest first.

        Raises
        ------
        UnreadableImageError
            If the picture can't be read.
        ValueError
            If it is nothing of that kind.
        """
        with as_file(picture) as path:
            pairs = zip(self.classes, self._judge(path).tolist(), strict=True)
        return dict(sorted(pairs, key=lambda pair: pair[1], reverse=True))

    def save(self, path: str | Path) -> Path:
        """Write it to a zip file; what was there before is replaced when all is written."""

        def write(arriving: Path) -> None:
            with zipfile.ZipFile(arriving, "w", zipfile.ZIP_DEFLATED) as file:
                for name, content in self._members.items():
                    file.writestr(name, content)

        return keep(Path(path), write)

    def save_page(self, path: str | Path, title: str = "", offline: bool = False) -> Path:
        """Write it as a web page, which says what is on a picture in any browser, without a network (notebook 12).

        Parameters
        ----------
        path : str or Path
            An HTML file, such as ``what-is-it.html``. What was there before is replaced when all is written.
        title : str
            The page's heading; unset, it asks what a picture shows.
        offline : bool
            Write a folder instead, for a web host with https: from there, phones can install the page.

        Returns
        -------
        pathlib.Path
            The file, or the folder.

        Raises
        ------
        ValueError
            If the classifier is of the course's first version, whose file holds no plain weights.
        """
        about = json.loads(self._members[ABOUT])
        if about["kind"] != version2.KIND:
            raise ValueError("a page needs plain weights, and this is a classifier of the first version; train anew")
        network, head, looks = version2.read_weights(self._members, about)
        return write_page(Path(path), self.classes, network.layers, head, looks, title, offline=offline)


def make_classifier(
    pretrained_model: keras.Model | Network,
    model: keras.Model | LinearHead | PooledHead | ArticleHead,
    classes: Mapping[str, int] | Sequence[str],
) -> Classifier:
    """Put both halves together (notebook 10).

    Parameters
    ----------
    pretrained_model : keras.Model or Network
        From ``build_pretrained_model``, fine-tuned or not, or from ``load_network``.
    model : keras.Model, LinearHead, PooledHead or ArticleHead
        The trained head: from ``get_model`` or with other dense layers, ``fit_linear_head``, or ``fine_tune``.
    classes : mapping of str to int, or sequence of str
        The classes in the order of training.

    Returns
    -------
    Classifier
        ``save(path)`` writes it to a file.

    Raises
    ------
    ValueError
        If the head does not have as many outputs as there are classes, or other layers than dense ones; or if the
        network is not the cut MobileNet.
    """
    names = names_of(classes)
    looks: Looks = 2 if isinstance(model, LinearHead) else 1
    layers = pretrained_model.layers if isinstance(pretrained_model, Network) else layers_of(pretrained_model)
    if layers is None:
        raise ValueError(
            "a classifier's file holds the cut MobileNet, from build_pretrained_model, and this is another network. "
            "Save both halves with model.save('name.keras'), and read them with keras.saving.load_model."
        )
    head = dense_layers(model)
    if len(head[-1].bias) != len(names):
        raise ValueError(f"got {len(names)} classes for a head with {len(head[-1].bias)} outputs")
    if len(head[0].kernel) != version2.INPUTS[looks]:
        raise ValueError(f"got a head for {len(head[0].kernel)} numbers; expected one for {version2.INPUTS[looks]}")
    network = pretrained_model if isinstance(pretrained_model, Network) else Network(layers)
    about = {
        "kind": version2.KIND,
        "classes": names,
        "preprocessing": PREPARED[looks],
        "looks": looks,
        "head": [dense.activation for dense in head],
    }
    members = {ABOUT: json.dumps(about, ensure_ascii=False, indent=1).encode()}
    return Classifier(names, version2.judge_with(network, head, looks), members | version2.write_weights(network, head))


def save_classifier(
    path: str | Path,
    pretrained_model: keras.Model | Network,
    model: keras.Model | LinearHead | PooledHead | ArticleHead,
    classes: Mapping[str, int] | Sequence[str],
) -> Path:
    """Write the weights of both halves and the names of its classes into one file (notebook 10).

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
    ValueError
        As for :func:`make_classifier`.
    """
    return make_classifier(pretrained_model, model, classes).save(path)


def load_classifier(path: str | Path) -> Classifier:
    """Read a classifier: weights, and no program (notebook 10). Files of the course's first version are read too.

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
        If it was trained on pictures that were prepared otherwise than this version of the course prepares them:
        all of them, or those with color profiles.

    Raises
    ------
    ValueError
        If the file is no classifier, or is damaged; the message names it.
    FileNotFoundError
        If there is no such file.
    """
    try:
        members = _read(path)
        about = json.loads(members[ABOUT])
        kind, classes = about["kind"], about["classes"]
        looks: Looks = 1
        if kind == version1.KIND:
            judge = version1.read_networks(members, len(classes))
        elif kind == version2.KIND:
            parts = version2.read_weights(members, about)
            judge, looks = version2.judge_with(*parts), parts[2]
        else:
            raise ValueError(f"it is a {kind!r}, and this course reads {version2.KIND!r}")
    except FileNotFoundError:
        raise FileNotFoundError(f"there is no file {path}; expected one from save_classifier") from None
    except Exception as error:
        raise ValueError(
            f"{path} can't be read as a classifier: {reason_of(error)}. "
            "Expected a file from save_classifier, whole and unchanged."
        ) from error
    difference = _tell_apart(about.get("preprocessing"), looks)
    if difference:
        warnings.warn(f"{path} was trained on pictures prepared {difference}", stacklevel=2)
    return Classifier(classes, judge, members)


def _read(path: str | Path) -> dict[str, bytes]:
    """What a classifier's file holds, by name."""
    with zipfile.ZipFile(path) as file:
        if sum(member.file_size for member in file.infolist()) > LARGEST:
            raise ValueError(f"it holds more than {LARGEST // 1_000_000} MB")
        return {name: file.read(name) for name in file.namelist()}


def _tell_apart(said: str | None, looks: Looks) -> str:
    """What is different from the preparation that a file names; nothing, if that is today's."""
    if said == PREPARED[looks]:
        return ""
    if said == PREPARED_BEFORE[looks]:
        return (
            "before the course read color profiles. Its answers are the same for all others. If pictures that it "
            "learned from carry a profile other than sRGB (wide-gamut phones, CMYK), train it again."
        )
    return (
        f"as {said!r}; this course prepares them as {PREPARED[looks]!r}. Its answers may differ from those after "
        "training: train it again."
    )
