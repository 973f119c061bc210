"""Keep a trained classifier in one file, and use it without TensorFlow (notebook 10)."""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..learning.article import ArticleHead
from ..learning.dense import Dense, dense_layers, run_dense
from ..learning.heat import Heat, heat_note, heat_on
from ..learning.known import Known
from ..learning.labels import names_of
from ..learning.linear import LinearHead, PooledHead
from ..network.engines import Network, layers_of
from ..network.looks import CLIENTS, OF_SOUNDS, PREPARED, PREPARED_BEFORE, Looks, look, middle_of, prepared
from ..pictures.formats import is_sound
from ..pictures.given import Given, as_file
from ..pictures.shown import reason_of
from ..pictures.sound import SOUND
from ..pictures.unreadable import UnreadableImageError, UnreadableSoundError
from . import formats, version1, version2
from .card import ABOUT, CARD, origin_of, write_card
from .checked import check_about, check_size, read_about, read_members, without_controls
from .prediction import Prediction
from .webpage import write_page

if TYPE_CHECKING:
    import keras

OTHERWISE = "Its answers may differ from those after training: train it again."
TOLD = ("pictures", "judged", "grouped")  # what may be told of a classifier, beside what it is


class Classifier:
    """The network and a head, with the names of the classes (notebook 10).

    Attributes
    ----------
    classes : list of str
        In the order of the head's outputs.
    known : Known or None
        What is like the pictures that it learned from, if that was kept.
    sounds : bool
        Whether it learned from sounds, and so answers for sounds only.

    Parameters
    ----------
    classes : sequence of str
        Their names.
    parts : version2.Parts
        The weights of both halves.
    members : mapping of str to bytes
        What its file holds.
    sounds : bool
        As above.
    """

    def __init__(
        self, classes: Sequence[str], parts: version2.Parts, members: Mapping[str, bytes], sounds: bool = False
    ) -> None:
        self.classes, self.known, self._parts, self._members = list(classes), parts.known, parts, members
        self.sounds = sounds
        self._network = Network(parts.layers)

    def __repr__(self) -> str:
        return f"Classifier({', '.join(self.classes)})"

    def predict(self, picture: Given) -> Prediction:
        """Say how probable each class is, and whether the picture is like any that was learned from.

        Parameters
        ----------
        picture : str, Path, bytes, PIL.Image.Image or numpy.ndarray
            A picture file; what it holds; an image of Pillow; or an array (height, width, 3), uint8, as ``load_image``
            returns it. Where it learned from sounds, a sound's file, what that holds, or what ``sound_to_image`` made.

        Returns
        -------
        Prediction
            A dict of probabilities, which sum to 1, the largest first. Its ``known`` is False where the picture is
            unlike all that was learned from, and its ``answer`` then says ``none of these``.

        Raises
        ------
        UnreadableImageError
            If the picture can't be read, or is a sound and no picture, or the other way round.
        ValueError
            If it is nothing of that kind.
        """
        with as_file(picture) as path:
            self._require_kind(picture, path)
            seen = look(path, self._network.run, self._parts.looks)
        (probabilities,) = run_dense(self._parts.head, seen[np.newaxis])
        pairs = zip(self.classes, probabilities.tolist(), strict=True)
        return Prediction(pairs, self.known, middle_of(seen[np.newaxis]) if self.known else None)

    def _require_kind(self, picture: Given, path: Path) -> None:
        """Refuse a sound where pictures were learned, and the other way round. Arrays may be pictures of sounds."""
        try:
            sound = is_sound(path)
        except OSError:  # reading it says why
            return
        if sound and not self.sounds:
            raise UnreadableSoundError(path, "it is a sound, and this classifier learned from pictures")
        if self.sounds and not sound and isinstance(picture, str | Path | bytes | bytearray | memoryview):
            raise UnreadableImageError(path, "it is no sound, and this classifier learned from sounds")

    def heat(self, picture: Given, label: str | None = None) -> Heat:
        """Say which places of a picture speak for a class, and which against it (notebook 08).

        It tells where the numbers come from that the head added up, and no more: covering a hot place may change
        nothing. Of a linear head it is exact; of the article's, gradient times features (``class_map``).

        Parameters
        ----------
        picture : str, Path, bytes, PIL.Image.Image or numpy.ndarray
            As for :meth:`predict`.
        label : str, optional
            One of the classes; unset, the most probable one.

        Returns
        -------
        Heat
            ``plot_heat(axes, heat.image, heat.values)`` draws it, and ``heat.note`` says what it is. The network looks
            at 7 x 7 places of the middle square, and a head on two looks at 9 x 9 of the whole picture besides: no map
            is finer.

        Raises
        ------
        UnreadableImageError
            If the picture can't be read.
        ValueError
            If there is no such class.
        """
        if label is not None and label not in self.classes:
            raise ValueError(f"got the class {label!r}; expected one of {', '.join(self.classes)}")
        with as_file(picture) as path:
            self._require_kind(picture, path)
            return heat_on(path, self._network.run, self._parts.head, self._parts.looks, self.classes, label)

    def heat_note(self, label: str = "the most probable class") -> str:
        """Say what its maps of heat are, and what they are not.

        Parameters
        ----------
        label : str
            What the orange places speak for.

        Returns
        -------
        str
            Three sentences.
        """
        return heat_note(self._parts.head, self._parts.looks, label)

    @property
    def card(self) -> str:
        """Its model card, in Markdown: what it learned from, how it was judged, and what it does not know."""
        if CARD in self._members:
            return without_controls(self._members[CARD].decode(errors="replace"))
        return write_card(json.loads(self._members[ABOUT]))

    def save(self, path: str | Path) -> Path:
        """Write it to a file; what was there before is replaced when all is written.

        Parameters
        ----------
        path : str or Path
            Its ending says what is written. ``.zip``: all of it, for ``load_classifier``, with its model card.
            ``.html``: a page, as :meth:`save_page` writes it. For other tools: ``.tflite`` for MediaPipe, on phones
            and in browsers; ``.onnx`` for onnxruntime; ``.keras`` for Keras; ``.mlpackage`` for Core ML; a folder whose
            name ends in ``-tm``, as Teachable Machine writes it, or in ``-ml5``, for ml5.

        Returns
        -------
        pathlib.Path
            The file or folder. :meth:`explain` says what its tool does differently.

        Raises
        ------
        ValueError
            If there is no such format, or this classifier has no head for a tool that looks once. If it learned from
            sounds, and other tools would not make the same pictures of them.
        ImportError
            If a library is missing that this format needs; the message names it.
        """
        path = Path(path)
        self._require_pictures(path)
        if formats.format_of(path) == formats.PAGE:
            return self.save_page(path)
        return formats.save({CARD: self.card.encode()} | dict(self._members), path)

    def _require_pictures(self, path: Path) -> None:
        if self.sounds and formats.format_of(path) != ".zip":
            raise ValueError(
                f"{path.name} can't be written: other tools and pages read pictures, and this classifier learned from "
                "sounds, of which this course makes pictures. Save it as .zip, for load_classifier."
            )

    def explain(self, path: str | Path) -> str:
        """Say what opens a file of this name, what that does differently, and how often its head was right.

        Parameters
        ----------
        path : str or Path
            As for :meth:`save`. Nothing is written.

        Returns
        -------
        str
            Some sentences.

        Raises
        ------
        ValueError
            As for :meth:`save`.
        """
        return formats.explain(self._members, Path(path))

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
        """
        layers, head, looks, _, known = self._parts
        return write_page(Path(path), self.classes, layers, head, looks, title, self.card, offline, known)


def make_classifier(
    pretrained_model: keras.Model | Network,
    model: keras.Model | LinearHead | PooledHead | ArticleHead,
    classes: Mapping[str, int] | Sequence[str],
    about: Mapping[str, Any] | None = None,
    clients: Mapping[str, LinearHead] | None = None,
    known: Known | None = None,
    sounds: bool = False,
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
    about : mapping, optional
        What is known for its model card: ``pictures``, how many of each class it learned from; ``judged``, how many of
        those held back it had right, with ``right``, ``of``, ``worth``, ``low`` and ``high``; ``grouped``, whether
        near-copies were kept on one side. Under ``clients``, the same as ``judged`` for each of them; under ``lost``,
        how many of the pictures held back are not known, and of how many.
    clients : mapping of str to LinearHead, optional
        Heads for tools that look once: ``squeezed`` learned from the whole picture at 224 x 224, ``square`` from its
        middle square, each in quarters (``extract_features(..., looks=3)``).
    known : Known, optional
        What is like the pictures that were learned from, from ``fit_known`` (notebook 13). Without it, every picture
        is taken for one of the classes.
    sounds : bool
        Whether the pictures were made of sounds, as ``PictureSet.sounds`` says. The file keeps how.

    Returns
    -------
    Classifier
        ``save(path)`` writes it to a file.

    Raises
    ------
    ValueError
        If the head does not have as many outputs as there are classes, or other layers than dense ones; if the
        network is not the cut MobileNet; if an example of ``known`` is of another class; or if its file could not be
        opened again: a name can't be printed or has more than 255 letters, two are the same, training has ended in
        numbers that are not finite, or there are more than 30 MB of them.
    """
    names = names_of(classes)
    looks: Looks = 2 if isinstance(model, LinearHead) else 1
    layers = pretrained_model.layers if isinstance(pretrained_model, Network) else layers_of(pretrained_model)
    if layers is None:
        raise ValueError(
            "a classifier's file holds the cut MobileNet, from build_pretrained_model, and this is another network. "
            "Save both halves with model.save('name.keras'), and read them with keras.saving.load_model."
        )
    head = _fitting(dense_layers(model), len(names), version2.INPUTS[looks])
    others = {
        name: _fitting(dense_layers(clients[name]), len(names), version2.CLIENT_INPUTS)[0]
        for name in CLIENTS
        if clients and name in clients
    }
    told, known = about or {}, known and known.ordered_by(names)
    facts = {
        "kind": version2.KIND,
        "classes": names,
        "preprocessing": prepared(looks, sounds),
        "looks": looks,
        "head": [dense.activation for dense in head],
        "made": date.today().isoformat(),
        "weights": origin_of(layers),
        "clients": {name: {"judged": told.get("clients", {}).get(name)} for name in others},
    } | {name: told[name] for name in TOLD if name in told}
    if known:
        facts["known"] = version2.tell_known(known, names) | {"lost": told.get("lost")}
    parts = version2.Parts(layers, head, looks, others, known)
    return Classifier(names, parts, _write_members(facts, parts), sounds)


def _write_members(facts: Mapping[str, Any], parts: version2.Parts) -> dict[str, bytes]:
    """What a classifier's file holds; nothing is written that would not be read."""
    check_about(json.loads(json.dumps(facts)))
    version2.check_parts(parts)
    members = {ABOUT: _write_facts(facts), CARD: write_card(facts).encode()} | version2.write_weights(parts)
    check_size(members)
    return members


def _write_facts(facts: Mapping[str, Any]) -> bytes:
    return json.dumps(facts, ensure_ascii=False, indent=1).encode()


def _fitting(head: list[Dense], classes: int, inputs: int) -> list[Dense]:
    """Refuse a head for another number of classes, or of what it reads."""
    if len(head[-1].bias) != classes:
        raise ValueError(f"got {classes} classes for a head with {len(head[-1].bias)} outputs")
    if len(head[0].kernel) != inputs:
        raise ValueError(f"got a head for {len(head[0].kernel)} numbers; expected one for {inputs}")
    return head


def save_classifier(
    path: str | Path,
    pretrained_model: keras.Model | Network,
    model: keras.Model | LinearHead | PooledHead | ArticleHead,
    classes: Mapping[str, int] | Sequence[str],
    about: Mapping[str, Any] | None = None,
    clients: Mapping[str, LinearHead] | None = None,
    known: Known | None = None,
    sounds: bool = False,
) -> Path:
    """Write the weights of both halves and the names of its classes into one file (notebook 10).

    Parameters
    ----------
    path : str or Path
        A zip file to write, or what other endings mean to ``Classifier.save``. What was there before is replaced when
        all is written.
    pretrained_model, model, classes, about, clients, known, sounds
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
    return make_classifier(pretrained_model, model, classes, about, clients, known, sounds).save(path)


def load_classifier(path: str | Path) -> Classifier:
    """Read a classifier, from whomever (notebook 10). Files of the course's first version are read too.

    Nothing in the file is run. Before anything is believed, this is checked: its size, and that of what it would unpack
    to (30 MB); that the names of the classes can be printed, differ from each other and are as many as the head's
    outputs; that every array has its place, its type and its shape; and that no picture can give an answer that is no
    number. What can't be checked is whether it is right, and what it learned from.

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
        members = read_members(path)
        about = read_about(members, (version1.KIND, version2.KIND))
        if about["kind"] == version1.KIND:
            about, members = _renew(about, members)
        parts = version2.read_weights(members, about)
    except FileNotFoundError:
        raise FileNotFoundError(f"there is no file {path}; expected one from save_classifier") from None
    except Exception as error:
        raise ValueError(
            f"{path} can't be read as a classifier: {reason_of(error)}. "
            "Expected a file from save_classifier, whole and unchanged."
        ) from error
    said, of_sounds, sound = (about.get("preprocessing") or "").partition(OF_SOUNDS)
    difference = _tell_apart(said, parts.looks)
    if of_sounds and sound != SOUND:
        difference = f"of sounds as {sound!r}; this course makes them as {SOUND!r}. {OTHERWISE}"
    if difference:
        warnings.warn(f"{path} was trained on pictures prepared {difference}", stacklevel=2)
    return Classifier(about["classes"], parts, members, bool(of_sounds))


def _renew(about: Mapping[str, Any], members: Mapping[str, bytes]) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Write a file of the first version as one of the second: with its weights, and without its networks."""
    layers, head = version1.read_networks(members)
    told = {name: about.get(name) for name in ("classes", "preprocessing")}
    facts = told | {"kind": version2.KIND, "looks": 1, "head": [dense.activation for dense in head]}
    facts["weights"] = origin_of(layers)
    return facts, {ABOUT: _write_facts(facts)} | version2.write_weights(version2.Parts(layers, head, 1, {}))


def _tell_apart(said: str, looks: Looks) -> str:
    """What is different from the preparation that a file names; nothing, if that is today's."""
    if said == PREPARED[looks]:
        return ""
    if said == PREPARED_BEFORE[looks]:
        return (
            "before the course read color profiles. Its answers are the same for all others. If pictures that it "
            "learned from carry a profile other than sRGB (wide-gamut phones, CMYK), train it again."
        )
    named = f"as {said!r}" if said else "in a way that it does not name"
    return f"{named}; this course prepares them as {PREPARED[looks]!r}. {OTHERWISE}"
