"""The practice set: weights and pictures of the course's own, where the files of others can't be had."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from ..markup import render
from .fetch import AssetError

T = TypeVar("T")

STANDS_IN = {
    "weights": "weights that the course trained itself, for MobileNet's. They know 26 of ImageNet's names, and no "
    "others (data/practice/README.md lists them). A classifier that you train on them is right less often: with ten "
    "pictures of each class by some 14 points, of eleven sets that were tried.",
    "drum": "a rendered drum, for the drum photo.",
    "digits": "voices that the course made itself, for the spoken digits: six words by six speakers.",
    "photos": "rendered phones, notebooks and wood, for the Pexels photos.",
}
DIFFERS = "Everything runs. Numbers, names and pictures differ from those in the text."
REMEDY = (
    "To get the real files, connect to the internet, or set COURSE_MIRROR to a folder or an http address that holds "
    "them (see README.md). Then restart the kernel."
)
FORCED = "COURSE_ASSETS=practice asks for it. Unset COURSE_ASSETS to get the real files."

_failed: dict[tuple, str] = {}
_said: set[tuple] = set()


class PracticeBox:
    """A plain box that says which file of the practice set is used, why, and what to do."""

    def __init__(self, kind: str, reason: str, first: bool) -> None:
        self.title = "Practice set in use:" if first else "Also from the practice set:"
        self.used, self.reason, self.first = STANDS_IN[kind], reason, first

    def __repr__(self) -> str:
        lines = [f"{self.title} {self.used}", *([DIFFERS, REMEDY, f"Why: {self.reason}"] if self.first else [])]
        return "\n".join(f"| {line}" for line in "\n".join(lines).splitlines())

    def _repr_html_(self) -> str:
        template = Path(__file__).with_name("practice.html.j2")
        return render(template, **vars(self), differs=DIFFERS, remedy=REMEDY)


def real_or_practice(kind: str, find: Callable[[], T], practice: T) -> T:
    """Return what ``find`` finds; where it finds nothing, what the practice set has, and say so once for each place.

    Parameters
    ----------
    kind : str
        A key of ``STANDS_IN``.
    find : callable
        Raises AssetError where the real files can't be had. It is not asked again by this process then.
    practice : object
        Stands in. ``COURSE_ASSETS=practice`` always takes it, ``COURSE_ASSETS=real`` never.
    """
    wish = os.environ.get("COURSE_ASSETS", "")
    if wish not in ("", "real", "practice"):
        raise AssetError(f"COURSE_ASSETS is {wish!r}; expected real, practice, or nothing")
    places = os.environ.get("COURSE_MIRROR"), os.environ.get("COURSE_CACHE")
    looked = (kind, *places)
    if wish == "practice":
        reason = FORCED
    elif wish == "real" or looked not in _failed:
        try:
            return find()
        except AssetError as error:
            if wish == "real":
                raise
            reason = _failed[looked] = str(error)
    else:
        reason = _failed[looked]
    if looked not in _said:
        _say(PracticeBox(kind, reason, first=not any(said[1:] == places for said in _said)))
        _said.add(looked)
    return practice


def _say(box: PracticeBox) -> None:
    """Show the box in a notebook, print it elsewhere, where IPython is not imported for it."""
    ipython = sys.modules.get("IPython")
    if ipython and ipython.get_ipython():
        ipython.display.display(box)
    else:
        print(box)
