"""Say whether this machine is ready, how an exercise went, and whether a whole classifier is sane."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from .assets import colors_folder, find_drum, find_pexels
from .datasets import read_folders
from .head import get_model
from .images import load_and_process_image
from .labels import add_labels
from .laptop import check_packages, check_python
from .mobilenet import build_pretrained_model, find_weights
from .practice import AssetError, real_or_practice
from .progress import announce, note
from .report import Finding, Report
from .sanity import check_data, check_pipeline

if TYPE_CHECKING:
    import keras


def check(name: str, got: object, expected: object) -> None:
    """Compare an answer with the expected one and print the result. Never raises (notebook 00).

    Parameters
    ----------
    name : str
        What is checked.
    got : object
        The learner's answer; ``...`` means not answered yet.
    expected : object
        The right answer. Numbers and arrays may differ in rounding, words in capitals and spaces, and a list
        may stand for a tuple.

    Notes
    -----
    In a class, ``COURSE_PROGRESS`` may name a file: the check's name, and whether it is passed, are then noted there.

    Examples
    --------
    >>> check("sides of a square", 4, 4)
    [OK] sides of a square: 4
    >>> check("sides of a square", 5, 4)
    [TRY AGAIN] sides of a square: got 5, expected 4
    >>> check("sides of a square", ..., 4)
    [TO DO] sides of a square: replace the ... above with your answer
    """
    outcome = "not passed"
    try:
        if got is ...:
            outcome = "to do"
            print(f"[TO DO] {name}: replace the ... above with your answer")
        elif _same(got, expected):
            print(f"[OK] {name}: {_brief(got)}")
            outcome = "passed"
        else:
            print(f"[TRY AGAIN] {name}: got {_brief(got)}, expected {_brief(expected)}")
    except Exception as error:  # an answer of any kind must not stop the notebook
        print(f"[TRY AGAIN] {name}: this answer can't be compared ({type(error).__name__}: {error})")
    note(name, outcome)


def _same(got: object, expected: object) -> bool:
    if isinstance(expected, (list, tuple)) and isinstance(got, (list, tuple)):
        return len(got) == len(expected) and all(map(_same, got, expected))
    if isinstance(expected, np.ndarray) or isinstance(got, np.ndarray):
        got, expected = np.asarray(got), np.asarray(expected)
        numbers = all(np.issubdtype(array.dtype, np.number) for array in (got, expected))
        if not numbers or got.shape != expected.shape:
            return bool(np.array_equal(got, expected))
        return bool(np.allclose(got, expected, rtol=1e-3, atol=1e-6))
    if isinstance(expected, str) and isinstance(got, str):
        return got.strip().casefold() == expected.strip().casefold()
    if isinstance(expected, (float, np.floating)) or isinstance(got, (float, np.floating)):
        return math.isclose(got, expected, rel_tol=1e-3, abs_tol=1e-9)
    return bool(got == expected)


def _brief(value: object) -> str:
    if isinstance(value, np.ndarray) and value.size > 12:
        return f"an array of shape {value.shape}, {value.dtype}, from {value.min():g} to {value.max():g}"
    text = repr(_plain(value))
    if isinstance(value, (set, frozenset)) and value:  # in a fixed order
        text = "{" + ", ".join(sorted(repr(_plain(element)) for element in value)) + "}"
    return text if len(text) <= 200 else text[:197] + "..."


def _plain(value: object) -> object:
    """NumPy's numbers as Python's, and no more decimals than a reader needs."""
    if isinstance(value, (np.generic, np.ndarray)):
        value = value.tolist()
    if isinstance(value, (list, tuple)):
        return type(value)(map(_plain, value))
    return float(f"{value:.4g}") if isinstance(value, float) else value


def check_setup() -> None:
    """Print a line for each thing that the course needs: [OK], or [FAIL] and what to do (notebook 00)."""
    announce()
    for outcome in (check_python(), check_packages()):
        print(outcome if outcome.remedy else f"[OK] {outcome.name}")
    for name, kind, find in [
        ("MobileNet's weights", "weights", find_weights),
        ("the drum photo", "drum", find_drum),
        ("the Pexels photos", "photos", find_pexels),
    ]:
        try:
            stands_in = real_or_practice(kind, find, None) is None
            print(f"[OK] {name}" + (": the practice set stands in" if stands_in else ""))
        except (AssetError, OSError) as error:
            print(f"[FAIL] {name}: {error}")


def check_sanity(
    process: Callable[[Path], np.ndarray] = load_and_process_image,
    pretrained_model: keras.Model | None = None,
    build_head: Callable[[int], keras.Model] = get_model,
) -> Report:
    """Run the sanity suite over a pipeline and a head: made pictures, then training on the colors (notebook 07).

    Parameters
    ----------
    process : callable
        Takes the path of a picture file and returns a batch of one, as ``load_and_process_image`` does.
    pretrained_model : keras.Model, optional
        Turns batches into features. Unset, from ``build_pretrained_model``.
    build_head : callable
        Takes the number of classes and returns a compiled head, as ``get_model`` does.

    Returns
    -------
    Report
        What ``check_pipeline`` and ``check_data`` find, and whether the head learns two colors from four pictures
        and classifies two others; empty if all is well.
    """
    pretrained_model = pretrained_model or build_pretrained_model()
    training, validation = (read_folders(colors_folder() / part) for part in ("training", "validation"))

    def compute(path: Path) -> np.ndarray:
        return pretrained_model.predict(process(path), verbose=0)

    features, new_features = (np.concatenate([compute(path) for path in part.paths]) for part in (training, validation))
    rows, new_rows = (add_labels(part.labels, training.classes) for part in (training, validation))
    report = check_pipeline(process)
    report += check_data(training, features, rows, validation, new_features, new_rows, compute)
    head = build_head(len(training.classes))
    head.fit(features, rows, epochs=20, verbose=0)
    findings = []
    for part, blocks, truth in [("training", features, rows), ("validation", new_features, new_rows)]:
        right = float((head.predict(blocks, verbose=0).argmax(1) == truth.argmax(1)).mean())
        if right < 1:
            remedy = "Two colors are easy: look at the head's last layer, its loss and its learning rate."
            findings.append(Finding("error", f"the head gets {right:.0%} of the {part} colors right", (), remedy))
    return report + Report(findings)
