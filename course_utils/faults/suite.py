"""Run all of it over a pipeline and a head: the sanity suite (notebook 07)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..assets.catalog import colors_folder
from ..learning.head import get_model, train
from ..learning.labels import add_labels
from ..network.mobilenet import build_pretrained_model
from ..pictures.layouts import read_folders
from ..pictures.pipeline import load_and_process_image
from ..report import Finding, Report
from .data import check_data
from .pipeline import check_pipeline

if TYPE_CHECKING:
    import keras


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
    train(head, features, rows)
    findings = []
    for part, blocks, truth in [("training", features, rows), ("validation", new_features, new_rows)]:
        right = float((head.predict(blocks, verbose=0).argmax(1) == truth.argmax(1)).mean())
        if right < 1:
            remedy = "Two colors are easy: look at the head's last layer, its loss and its learning rate."
            findings.append(Finding("error", f"the head gets {right:.0%} of the {part} colors right", (), remedy))
    return report + Report(findings)
