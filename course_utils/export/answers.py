"""What a classifier says of many pictures: one after another, as lines, JSON or a table (notebook 10)."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from ..files import keep
from ..learning.known import NONE_OF_THESE
from ..pictures.sets import find_pictures
from ..pictures.unreadable import UnreadableImageError
from ..report import Finding
from .classifier import Classifier
from .prediction import Prediction


class Answer(NamedTuple):
    """What is said of one picture: a prediction, or why it can't be read."""

    picture: Path
    prediction: Prediction | None
    error: str = ""

    def __str__(self) -> str:
        if self.prediction is None:
            return f"{self.picture}: not read: {self.error}"
        words = ", ".join(f"{label} {probability:.2f}" for label, probability in self.prediction.items())
        if self.unknown:
            return f"{self.picture}: {NONE_OF_THESE}, unlike anything it learned; else {words}"
        return f"{self.picture}: {words}"

    @property
    def unknown(self) -> bool:
        """Whether it is none of these."""
        return self.prediction is not None and self.prediction.answer == NONE_OF_THESE

    @property
    def facts(self) -> dict[str, object]:
        """The same for a program."""
        if self.prediction is None:
            return {"picture": str(self.picture), "error": self.error}
        one = self.prediction
        told = {"answer": one.answer, "known": one.known, "similarity": one.similarity, "threshold": one.threshold}
        return {"picture": str(self.picture), "probabilities": one, **told}


def list_pictures(sources: Iterable[str | Path]) -> tuple[list[Path], list[Finding]]:
    """List picture files: those given, and all in the folders given. The rest is what else was noticed there.

    Raises
    ------
    ValueError
        If there is no picture at all.
    """
    pictures: list[Path] = []
    findings: list[Finding] = []
    for source in map(Path, sources):
        if source.is_dir():
            found, noticed = find_pictures(source)
            pictures += found
            findings += noticed
        else:
            pictures.append(source)
    if not pictures:
        raise ValueError(f"{', '.join(map(str, sources))} hold no pictures; expected picture files, or folders of them")
    return pictures, findings


def classify_all(classifier: Classifier, pictures: Sequence[Path]) -> Iterator[Answer]:
    """Yield what the classifier says of each picture, in their order. One that can't be read costs itself only."""

    def ask(picture: Path) -> Answer:
        try:
            return Answer(picture, classifier.predict(picture))
        except UnreadableImageError as error:
            return Answer(picture, None, error.reason)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        yield from pool.map(ask, pictures)


def as_json(answers: Iterable[Answer]) -> str:
    """Write the answers as JSON: a list with ``picture``, and ``error`` or what is said of it.

    That is ``probabilities``; ``answer``, the most probable class or ``none of these``; and ``known``, ``similarity``
    and ``threshold``, which are null where the classifier does not tell.
    """
    return json.dumps([answer.facts for answer in answers], indent=1, ensure_ascii=False)


def write_csv(answers: Iterable[Answer], classes: Sequence[str], path: Path) -> Path:
    """Write a table with a row per picture: its path, its class or ``none of these``, and what went wrong.

    There is a column for the probability of each class.
    """

    def write(arriving: Path) -> None:
        with open(arriving, "w", encoding="utf-8-sig", newline="") as file:  # the mark tells Excel that it is UTF-8
            table = csv.writer(file)
            table.writerow(["picture", "class", *classes, "error"])
            for answer in answers:
                said = answer.prediction
                numbers = [f"{said[name]:.4f}" if said else "" for name in classes]
                table.writerow([answer.picture, said.answer if said else "", *numbers, answer.error])

    return keep(path, write)
