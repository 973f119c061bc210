"""A classifier that looks once: what a file for another tool computes (notebook 12)."""

from __future__ import annotations

import importlib
import json
from collections.abc import Mapping
from types import ModuleType
from typing import Any, NamedTuple

from ..learning.dense import Dense
from ..learning.known import NONE_OF_THESE
from ..network.looks import SQUEEZED
from ..network.weights import Layer
from . import version2
from .card import ABOUT

WORDS = {"squeezed": "the whole photo, squeezed to a square", "square": "the photo's middle square"}
TRAIN = (
    "Train it again in the trainer, or with `python -m course_utils train`, which fits a head for each of these tools; "
    "or save it as .zip, which keeps both looks."
)
SQUASHED = (
    "Its head learned from middle squares, so photos that are no squares look unlike those: with one such head, 15 of "
    "153 answers changed, and 3 where the middle square was given as region of interest. The linear head, which the "
    "trainer fits unless asked otherwise, comes with one for this look."
)
ALWAYS = (
    "It can't refuse a picture: it always names one of its classes. The course's own file and page say none of these; "
    "here, that takes a class of this name, with pictures of what may come before the camera."
)
ITS_OWN = (
    "It says none of these of what resembles the pictures that were brought as that. Of all else it names a class, "
    "where the course's own file and page can refuse it."
)


class OneLook(NamedTuple):
    """The network, and the head that fits what a tool looks at.

    With ``quartered``, the features of each quarter are averaged, and the 1024 numbers scaled to length 1, before the
    one dense layer of ``head`` reads them; without, ``head`` reads all 7 x 7 x 256 features. ``words`` says which head
    it is, how often it was right, and what it says of pictures of no class.
    """

    classes: list[str]
    layers: list[Layer]
    head: list[Dense]
    quartered: bool
    words: str


def one_look(members: Mapping[str, bytes], look: str, tool: str) -> OneLook:
    """Choose the head for a tool's look.

    Parameters
    ----------
    members : mapping of str to bytes
        What a classifier's file holds.
    look : str
        One of ``network.looks.CLIENTS``.
    tool : str
        Its name, for the message.

    Raises
    ------
    ValueError
        If there is none: its head needs two looks.
    """
    about = json.loads(members[ABOUT])
    parts = version2.read_weights(members, about)
    own, classes = _right(about.get("judged")), about["classes"]
    if look in parts.clients:
        judged = _right(about["clients"][look].get("judged"))
        beside = f", where the classifier itself, with two looks, has {own}" if judged and own else ""
        words = f"It has a head that learned from {WORDS[look]}{f': {judged} right' if judged else ''}{beside}."
        return OneLook(classes, parts.layers, [parts.clients[look]], True, f"{words} {_refusal(classes)}")
    if parts.looks == 2:
        raise ValueError(
            f"this classifier looks twice at each picture, and {tool} looks once, at {WORDS[look]}. {TRAIN}"
        )
    words = SQUASHED if look == SQUEEZED else f"It learned from middle squares, too{f': {own} right' if own else ''}."
    return OneLook(classes, parts.layers, parts.head, False, f"{words} {_refusal(classes)}")


def _refusal(classes: list[str]) -> str:
    return ITS_OWN if NONE_OF_THESE in classes else ALWAYS


def _right(judged: Mapping[str, Any] | None) -> str:
    return f"{judged['right']} of {judged['of']}" if judged else ""


def require(module: str, ending: str, package: str) -> ModuleType:
    """Import a library that only one format needs.

    Raises
    ------
    ImportError
        If it is not there; the message says how to get it.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise ImportError(
            f"{ending} needs the package {module.split('.')[0]}, which is not here: {error}. Inside the environment, "
            f'python -m pip install "{package}" gets it'
        ) from error
