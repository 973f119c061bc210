"""The classifiers that the course saved at first: both halves as networks for LiteRT, not as weights."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from ..network.litert import has_litert, run_litert
from ..pictures.pipeline import load_and_process_image

KIND = "transfer-learning-course classifier, version 1"
NAMES = ("mobilenet.tflite", "head.tflite")


def read_networks(
    members: Mapping[str, bytes], class_count: int
) -> Callable[[str | Path], tuple[np.ndarray, np.ndarray]]:
    """Return what turns a picture file into probabilities, and into what the network sees of it.

    Raises
    ------
    ValueError
        If the halves do not fit together, or there is no LiteRT for this machine.
    """
    if not has_litert():
        raise ValueError("it is of the first version, which needs LiteRT, and there is none on this machine")
    mobilenet, head = (members[name] for name in NAMES)

    def run(batch: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        seen = run_litert(mobilenet, batch)
        return run_litert(head, seen), seen

    outputs = run(np.zeros((1, 224, 224, 3), np.float32))[0].shape
    if outputs != (1, class_count):
        raise ValueError(f"it names {class_count} classes and has outputs of shape {outputs}")

    def judge(picture: str | Path) -> tuple[np.ndarray, np.ndarray]:
        probabilities, seen = run(load_and_process_image(picture))
        return probabilities[0], seen[0]

    return judge
