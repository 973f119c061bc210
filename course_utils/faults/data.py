"""Find silent bugs in features and label rows, by computing some again (notebook 07)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from ..learning.labels import decode_labels
from ..pictures.sets import PictureSet
from ..report import Finding, Report


def check_data(
    training: PictureSet,
    features: np.ndarray,
    rows: np.ndarray,
    validation: PictureSet | None = None,
    validation_features: np.ndarray | None = None,
    validation_rows: np.ndarray | None = None,
    compute: Callable[[Path], np.ndarray] | None = None,
) -> Report:
    """Compare features and label rows with the pictures that they should belong to (notebook 07).

    Parameters
    ----------
    training, validation : PictureSet
        The pictures.
    features, validation_features : numpy.ndarray
        Shape ``(n, ...)``: what was computed from them.
    rows, validation_rows : numpy.ndarray
        Shape ``(n, classes)``: their one-hot labels, in the order of ``training.classes``.
    compute : callable, optional
        Takes a path and returns its features, shape ``(1, ...)``. Given, five pictures are computed again.

    Returns
    -------
    Report
        A finding for each fault; empty if there is none. Found are: another number of features or rows than pictures,
        rows that don't belong to the labels, classes in another order, one picture repeated, pictures of training in
        validation, features in another order than the pictures, and labels that don't follow what pictures look like.
    """
    findings = list(_set_faults("training", training, features, rows, training.classes, compute))
    if not findings:
        findings += _shuffled(training, features)
    if validation is not None and validation_features is not None and validation_rows is not None:
        given = (validation, validation_features, validation_rows)
        findings += _set_faults("validation", *given, training.classes, compute)
        flat, judged = (block.reshape(len(block), -1) for block in (features, validation_features))
        leaked = tuple(
            path.name for path, block in zip(validation.paths, judged, strict=False) if _equal(flat, block).any()
        )
        if leaked:
            remedy = "Keep them apart: what was learned proves nothing."
            findings.append(Finding("error", "validation pictures that are in training, too", leaked, remedy))
    return Report(findings)


def _set_faults(
    part: str,
    pictures: PictureSet,
    features: np.ndarray,
    rows: np.ndarray,
    classes: tuple[str, ...],
    compute: Callable[[Path], np.ndarray] | None,
) -> Iterator[Finding]:
    if not len(pictures.paths) == len(features) == len(rows):
        problem = f"{part}: {len(pictures.paths)} pictures, {len(features)} features and {len(rows)} label rows"
        yield Finding("error", problem, (), "There must be as many of each. Compute them anew from the pictures.")
        return
    if rows.shape[1] != len(classes):
        problem = f"{part}: rows for {rows.shape[1]} classes, where training has {len(classes)}"
        yield Finding("error", problem, (), "Pass the training classes: add_labels(labels, training.classes).")
        return
    decoded = decode_labels(rows, classes)
    wrong = [path.name for path, a, b in zip(pictures.paths, decoded, pictures.labels, strict=True) if a != b]
    if wrong:
        renamed = len(set(zip(decoded, pictures.labels, strict=True))) == len(set(pictures.labels))
        problem = "classes in another order than in training" if renamed else "label rows that belong to other pictures"
        remedy = "Make the rows with add_labels(pictures.labels, training.classes), and never reorder them alone."
        yield Finding("error", f"{part}: {problem}", tuple(wrong), remedy)
    flat = features.reshape(len(features), -1)
    if len(flat) > 1 and _equal(flat, flat[0]).all():
        remedy = "Look at the loop that reads them: it may use the same path, or the same part of each picture."
        yield Finding("error", f"{part}: all pictures have the same features", (), remedy)
    elif compute is not None:
        some = sorted({round(place) for place in np.linspace(0, len(flat) - 1, 5)})
        moved = []
        for place in some:
            again = np.asarray(compute(pictures.paths[place])).ravel()
            if np.abs(flat - again).mean(1).argmin() != place and not _equal(flat, again)[place]:
                moved.append(pictures.paths[place].name)
        if moved:
            remedy = "Compute them in the order of pictures.paths, and shuffle only both together."
            yield Finding("error", f"{part}: features in another order than the pictures", tuple(moved), remedy)


def _equal(blocks: np.ndarray, block: np.ndarray) -> np.ndarray:
    """Which rows are the same but for rounding."""
    return np.abs(blocks - block).max(1) < 1e-4


def _shuffled(training: PictureSet, features: np.ndarray) -> Iterator[Finding]:
    """Whether pictures that look alike have the same label more often than the largest class is large."""
    flat, labels = features.reshape(len(features), -1), np.array(training.labels)
    if len(flat) < 4 or len(set(training.labels)) < 2:
        return
    nearest = [
        np.where(np.arange(len(flat)) == i, np.inf, np.abs(flat - row).mean(1)).argmin() for i, row in enumerate(flat)
    ]
    agree = float((labels[nearest] == labels).mean())
    largest = max(training.labels.count(name) for name in training.classes) / len(labels)
    if agree <= largest:
        problem = f"only {agree:.0%} of the pictures have the label of the one that looks most like them"
        remedy = f"Guessing reaches {largest:.0%}. The labels may be shuffled: look at some pictures with their labels."
        yield Finding("warning", problem, (), remedy)
