"""Small pictures for the tests of the trainer, made in a moment."""

import numpy as np
from PIL import Image


def make_pictures(folder, seed=3, **counts):
    """Noise around a color of its own for each class."""
    colors = {"red": (200, 40, 40), "blue": (40, 40, 200), "green": (40, 200, 40)}
    rng = np.random.default_rng(seed)
    for name, count in counts.items():
        (folder / name).mkdir(parents=True, exist_ok=True)
        for number in range(count):
            noise = np.clip(rng.normal(colors[name], 30, (90, 120, 3)), 0, 255).astype("uint8")
            Image.fromarray(noise).save(folder / name / f"{name}-{number}.png")
    return folder
