"""What is checked of a classifier's file before it is believed: anybody may have made it (notebook 10)."""

from __future__ import annotations

import json
import math
import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..learning.dense import Dense
from ..network.weights import Layer
from ..pictures.archives import open_zip
from ..pictures.shown import UNSEEN
from .card import ABOUT

LARGEST = 30_000_000  # bytes, of a file and of all that it holds: MobileNet has 0.9 million, a head of 500 units 25
MOST_MEMBERS, MOST_TEXT = 200, 2_000_000  # files in it; bytes of each that is text
LONGEST = 255  # letters of a class's name, and of what else is said in a line
OVERFLOW = 1e37  # float32 ends at 3.4e38
UNITS = "A head with fewer units makes a smaller file; a Keras model of any size is saved with model.save('name.keras')"


def read_members(path: str | Path) -> dict[str, bytes]:
    """Read what a classifier's file holds, by name, with no more memory than a classifier needs.

    Raises
    ------
    ValueError
        If it is no file, too large, or packed in a way that the course never does.
    """
    if not Path(path).is_file():
        raise FileNotFoundError(path) if not Path(path).exists() else ValueError("it is a folder, or no regular file")
    if Path(path).stat().st_size > LARGEST:
        raise ValueError(f"it has more than {LARGEST // 1_000_000} MB, and no classifier of this course has")
    with open_zip(path, MOST_MEMBERS) as file:
        entries = file.infolist()
        if sum(entry.file_size for entry in entries) > LARGEST:
            raise ValueError(f"it would unpack to more than {LARGEST // 1_000_000} MB")
        if len({entry.filename for entry in entries}) < len(entries):
            raise ValueError("it holds two files of one name")
        return {entry.filename: _unpack(file, entry) for entry in entries}


def _unpack(file: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """One member. Asked for so many bytes, zipfile unpacks no more of Deflate; of other methods it does."""
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) or entry.flag_bits & 1:
        raise ValueError(f"{short(entry.filename)} is locked, or packed otherwise than with Deflate")
    if not entry.filename.endswith((".npy", ".tflite")) and entry.file_size > MOST_TEXT:
        raise ValueError(f"{short(entry.filename)} has more than {MOST_TEXT // 1_000_000} MB of text")
    with file.open(entry) as member:
        content = member.read(entry.file_size + 1)
    if len(content) != entry.file_size:
        raise ValueError(f"{short(entry.filename)} is cut short")
    return content


def read_about(members: Mapping[str, bytes], kinds: Sequence[str]) -> dict[str, Any]:
    """Read ``classifier.json``, and refuse other kinds of files, and what :func:`check_about` refuses."""
    if ABOUT not in members:
        raise ValueError(f"it has no {ABOUT}")
    about = json.loads(members[ABOUT])
    if isinstance(about, dict) and about.get("kind") not in kinds:
        raise ValueError(f"it is a {short(about.get('kind'))}, and this course reads {kinds[-1]!r}")
    check_about(about)
    return about


def check_about(about: Any) -> None:
    """Refuse what is said of a classifier, unless each entry is of the kind, length and range that the course writes.

    Raises
    ------
    ValueError
        The message says which entry is wrong, and what was expected.
    """
    if not isinstance(about, dict):
        raise ValueError(f"its {ABOUT} holds {short(about)}; expected names with values")
    for name in ("kind", "preprocessing", "made", "weights"):
        _expect(name, about.get(name), about.get(name) is None or _is_line(about[name]), "a line")
    _expect("grouped", about.get("grouped"), about.get("grouped") in (True, False, None), "true or false")
    classes = _check_names(about.get("classes"))
    counts, clients = about.get("pictures") or {}, about.get("clients") or {}
    fits = isinstance(counts, dict) and all(map(_is_count, counts.values()))
    _expect("pictures", counts, fits, "a number for each class")
    fits = isinstance(clients, dict) and all(isinstance(client, dict) for client in clients.values())
    _expect("clients", clients, fits, "how each head for another tool was judged")
    for judged in (about.get("judged"), *(client.get("judged") for client in clients.values())):
        _expect("judged", judged, judged is None or _is_judgment(judged), "how many of how many were right")
    _check_known(about.get("known"), len(classes))


def _check_names(classes: Any) -> list[str]:
    """Refuse classes unless they are names that can be printed, and differ."""
    if not isinstance(classes, list) or not classes:
        raise ValueError(f"its {ABOUT} says {short(classes)} for 'classes'; expected a list of names")
    for name in classes:
        _expect("classes", name, _is_line(name), f"names of 1 to {LONGEST} letters that can be printed")
    _expect("classes", classes, len(set(classes)) == len(classes), "names that differ from each other")
    return classes


def _check_known(known: Any, classes: int) -> None:
    """Refuse what is said of the pictures that were learned from, unless it is a threshold and a number per class."""
    if not known:
        return
    fits = isinstance(known, dict) and _is_number(known.get("threshold"), -1, 1)
    _expect("known", known, fits, "a threshold from -1 to 1")
    counts, lost = known.get("examples"), known.get("lost")
    fits = isinstance(counts, list) and len(counts) == classes and all(map(_is_count, counts))
    _expect("known", counts, fits, "a number of examples for each class")
    fits = lost is None or (isinstance(lost, list) and len(lost) == 2 and all(map(_is_count, lost)))
    _expect("known", lost, fits, "how many of how many were lost")


def check_numbers(layers: Iterable[Layer], head: list[Dense], gives: float) -> None:
    """Refuse weights that could give, for any picture, what is no finite number.

    Parameters
    ----------
    layers : iterable of Layer
        The network. What a layer gives is clipped to 0 .. 6.
    head : list of Dense
        What follows.
    gives : float
        The largest number that the head reads.

    Raises
    ------
    ValueError
        The message names the layer.
    """
    largest = 1.0  # of a prepared picture
    for layer in layers:
        sums = np.abs(layer.kernel).sum(axis=tuple(range(layer.kernel.ndim - 1)), dtype=np.float64) * largest
        _expect_finite(layer.name, sums + np.abs(layer.bias))
        largest = 6.0
    sums = np.full(len(head[0].kernel), gives)
    for number, dense in enumerate(head):
        sums = sums @ np.abs(dense.kernel).astype(np.float64) + np.abs(dense.bias)
        _expect_finite(f"layer {number} of its head", sums)


def _expect_finite(name: str, sums: np.ndarray) -> None:
    if not (sums < OVERFLOW).all():  # not a number compares as False
        raise ValueError(f"{name} holds numbers that are not finite, or so large that no answer would be")


def check_size(members: Mapping[str, bytes]) -> None:
    """Refuse to write what :func:`read_members` would not read.

    Raises
    ------
    ValueError
        The message says what to do.
    """
    size = sum(map(len, members.values()))
    if size > LARGEST:
        raise ValueError(
            f"this classifier has {size / 1e6:.0f} MB; its file holds up to {LARGEST // 1_000_000} MB. {UNITS}."
        )


def short(value: object) -> str:
    """Write what a file says, for a message: nothing in it can steer a terminal, and it is not long."""
    text = repr(value) if isinstance(value, str | int | float | None) else json.dumps(value)[: 2 * LONGEST]
    return text if len(text) <= 60 else f"{text[:57]}..."


def without_controls(text: str) -> str:
    """A text of several lines without what would steer a terminal."""
    return re.sub(UNSEEN.pattern, lambda found: found[0] if found[0] in "\n\t" else "", text)


def _expect(name: str, value: object, fits: bool, what: str) -> None:
    if not fits:
        raise ValueError(f"its {ABOUT} says {short(value)} for {name!r}; expected {what}")


def _is_line(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value.strip()) and len(value) <= LONGEST and not UNSEEN.search(value)


def _is_number(value: object, low: float, high: float) -> bool:
    return isinstance(value, int | float) and math.isfinite(value) and low <= value <= high


def _is_count(value: object) -> bool:
    return isinstance(value, int) and _is_number(value, 0, 1e9)


def _is_judgment(judged: object) -> bool:
    if not isinstance(judged, dict) or not all(_is_count(judged.get(name)) for name in ("right", "of")):
        return False
    shares = all(_is_number(judged.get(name), 0, 1) for name in ("low", "high"))
    return shares and judged["right"] <= judged["of"] > 0 and _is_number(judged.get("worth"), 0, 1e9)
