"""The story in a terminal: predict the drum, then train the head on colors and on photos."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from .assets.catalog import colors_folder, drum_path, pexels_folder
from .learning.evaluation import predict
from .learning.head import get_model, train
from .learning.labels import add_labels, load_imagenet_labels, top_labels
from .network.features import load_images
from .network.mobilenet import build_pretrained_model, load_mobilenet
from .network.runtime import set_seed
from .pictures.layouts import read_folders
from .pictures.pipeline import batch_image, evaluation_view, load_image, resize_image

if TYPE_CHECKING:
    import keras


def run_tour() -> None:
    """Run the story and print its results."""
    drum_path(), pexels_folder()  # what can't be had is said before TensorFlow starts
    set_seed(7)
    print("The drum, through MobileNet:")
    for index, name, probability in predict_drum(k=3):
        print(f'  {index} "{name}" {probability:.2f}')
    photos, pretrained_model = pexels_folder(), build_pretrained_model()
    for title, folder in [("Colors", colors_folder()), ("Pexels" if photos.name != "stock" else "Stock", photos)]:
        learned, right, judged = train_and_judge(folder, pretrained_model)
        print(f"{title}: trained on {learned} pictures; {right} of {judged} new ones right ({right / judged:.0%})")


def predict_drum(k: int = 1) -> list[tuple[int, str, float]]:
    """Predict what is on the drum photo: index, name and probability of the ``k`` most probable classes."""
    batch = batch_image(resize_image(evaluation_view(load_image(drum_path()))))
    return top_labels(load_mobilenet().predict(batch, verbose=0), load_imagenet_labels(), k)


def train_and_judge(folder: Path, pretrained_model: keras.Model) -> tuple[int, int, int]:
    """Train on one half of a folder, and judge on the other: how many pictures were learned, right, and judged."""
    training, validation = read_folders(folder / "training"), read_folders(folder / "validation")
    model = get_model(len(training.classes))
    train(model, load_images(training.paths, pretrained_model), add_labels(training.labels, training.classes))
    predicted = predict(model, load_images(validation.paths, pretrained_model), training.classes)
    right = sum(a == b for a, b in zip(predicted, validation.labels, strict=True))
    return len(training.paths), right, len(predicted)
