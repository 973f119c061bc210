"""The story in a terminal, without TensorFlow: predict the drum, then train on colors and on photos."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from .assets.catalog import colors_folder, drum_path, pexels_folder
from .learning.labels import add_labels, decode_labels, load_imagenet_labels, top_labels
from .learning.linear import fit_linear_head, load_imagenet_head
from .network.engines import Network, load_network
from .network.features import extract_features
from .network.looks import pool
from .pictures.layouts import read_folders
from .pictures.pipeline import batch_image, evaluation_view, load_image, resize_image


def run_tour() -> None:
    """Run the story and print its results."""
    drum_path(), pexels_folder()  # what can't be had is said before anything else
    print("The drum, through MobileNet:")
    for index, name, probability in predict_drum(k=3):
        print(f'  {index} "{name}" {probability:.2f}')
    photos, network = pexels_folder(), load_network()
    for title, folder in [("Colors", colors_folder()), ("Pexels" if photos.name != "stock" else "Stock", photos)]:
        learned, right, judged = train_and_judge(folder, network)
        print(f"{title}: trained on {learned} pictures; {right} of {judged} new ones right ({right / judged:.0%})")


def predict_drum(k: int = 1) -> list[tuple[int, str, float]]:
    """Predict what is on the drum photo: index, name and probability of the ``k`` most probable classes."""
    probabilities = load_imagenet_head().predict(pool(load_network().run(drum_batch())))
    return top_labels(probabilities, load_imagenet_labels(), k)


def drum_batch() -> np.ndarray:
    """Make the drum photo what MobileNet reads: shape (1, 224, 224, 3), as in notebook 02."""
    return batch_image(resize_image(evaluation_view(load_image(drum_path()))))


def train_and_judge(folder: Path, network: Network) -> tuple[int, int, int]:
    """Train on one half of a folder, and judge on the other: how many pictures were learned, right, and judged."""
    training, validation = read_folders(folder / "training"), read_folders(folder / "validation")
    rows = add_labels(training.labels, training.classes)
    head = fit_linear_head(extract_features(training.paths, network, looks=2), rows)
    predicted = decode_labels(head.predict(extract_features(validation.paths, network, looks=2)), training.classes)
    right = sum(a == b for a, b in zip(predicted, validation.labels, strict=True))
    return len(training.paths), right, len(predicted)
