"""Make the pictures that the project owns.

    python tools/make_pictures.py

``data/colors``: six plain pictures, three blue and three red, each of a slightly different shade.
``data/story.svg``: the course in one drawing, for the README and notebook 00.
"""

from pathlib import Path

import matplotlib
import matplotlib.pyplot as plt
from matplotlib.patches import FancyBboxPatch, Polygon, Rectangle
from PIL import Image

DATA = Path(__file__).resolve().parents[1] / "data"
SHADES = {
    "training/blue/blue-1.png": (0, 0, 255),
    "training/blue/blue-2.png": (20, 30, 220),
    "validation/blue/blue-3.png": (10, 60, 200),
    "training/red/red-1.png": (255, 0, 0),
    "training/red/red-2.png": (220, 30, 20),
    "validation/red/red-3.png": (200, 10, 60),
}


def make_colors() -> None:
    """Write the six plain pictures."""
    for name, shade in SHADES.items():
        path = DATA / "colors" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (256, 256), shade).save(path)


def make_story() -> None:
    """Draw the way from a picture to its label."""
    figure, axes = plt.subplots(figsize=(11, 3.2))
    axes.set(xlim=(0, 18), ylim=(0, 5.2), aspect="equal")
    axes.axis("off")

    for place, shade in enumerate([SHADES["training/red/red-2.png"], SHADES["training/blue/blue-1.png"]]):
        axes.add_patch(Rectangle((0.2 + 0.35 * place, 1.9 - 0.35 * place), 1.8, 1.8, color=[c / 255 for c in shade]))
    axes.add_patch(Polygon([(4, 4.1), (4, 0.9), (8.2, 1.7), (8.2, 3.3)], color="#d5e3f0"))
    axes.text(6, 2.5, "MobileNet\nwithout its\nending", ha="center", va="center", fontsize=10)
    for row in range(7):
        for column in range(7):
            axes.add_patch(Rectangle((9.7 + 0.22 * column, 1.75 + 0.22 * row), 0.18, 0.18, color="#7fa8cf"))
    axes.add_patch(FancyBboxPatch((12.9, 1.9), 1.7, 1.2, boxstyle="round,pad=0.15", color="#f6d9b8"))
    axes.text(13.75, 2.5, "head", ha="center", va="center", fontsize=11)
    for height, shade, label in [(2.75, "blue", "blue"), (1.75, "red", "red")]:
        axes.add_patch(Rectangle((16.1, height), 1.6 if label == "blue" else 0.1, 0.45, color=shade))
        axes.text(16.1, height + 0.55, label, fontsize=9)

    for start, end in [(2.6, 3.8), (8.4, 9.5), (11.3, 12.5), (14.9, 15.9)]:
        axes.annotate("", (end, 2.5), (start, 2.5), arrowprops={"arrowstyle": "-|>", "color": "gray"})
    for place, words in [
        (1.3, "your pictures"),
        (6, "trained by others,\nkept as it is"),
        (10.4, "features"),
        (13.75, "trained by you,\nin seconds"),
        (16.9, "probabilities"),
    ]:
        axes.text(place, 0.65, words, ha="center", va="top", fontsize=9, color="#333333")
    matplotlib.rcParams["svg.hashsalt"] = "story"  # the same file each time
    figure.savefig(DATA / "story.svg", bbox_inches="tight", facecolor="white", metadata={"Date": None})


if __name__ == "__main__":
    make_colors()
    make_story()
