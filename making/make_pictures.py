"""Make the pictures that the project owns.

    python making/make_pictures.py

``data/colors``: six plain pictures, three blue and three red, each of a slightly different shade.
``data/story.svg``: the course in one drawing, for the README and notebook 00.
``data/messy.zip``: drawings of circles, squares and triangles as they might arrive from somebody's disk, with the
mistakes that people make, for notebook 07.
"""

import io
import zipfile
from pathlib import Path

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import FancyBboxPatch, Polygon, Rectangle
from PIL import Image, ImageDraw

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


def draw(shape: str, generator: np.random.Generator) -> Image.Image:
    """Draw one shape, in some color, size, place and turn, on paper of some color."""
    size = 640
    paper, ink = generator.integers(150, 256, 3), generator.integers(0, 110, 3)
    stains = np.clip(paper + generator.normal(0, 30, (6, 6, 3)), 0, 255).astype(np.uint8)
    picture = Image.fromarray(stains).resize((size, size), Image.Resampling.BICUBIC)
    radius, turn = generator.uniform(110, 230), generator.uniform(0, 360)
    center = generator.uniform(radius, size - radius, 2)
    pen = ImageDraw.Draw(picture)
    if shape == "circle":
        pen.circle(center.tolist(), radius, fill=tuple(ink.tolist()))
    else:
        sides = {"square": 4, "triangle": 3}[shape]
        pen.regular_polygon((*center.tolist(), radius), sides, rotation=turn, fill=tuple(ink.tolist()))
    grain = generator.normal(0, 6, (size, size, 1))
    return Image.fromarray(np.clip(np.asarray(picture) + grain, 0, 255).astype(np.uint8)).resize((256, 256))


def encoded(picture: Image.Image, form: str = "JPEG", **options) -> bytes:
    """A picture as the content of a file."""
    buffer = io.BytesIO()
    picture.save(buffer, form, **({"quality": 80} if form in ("JPEG", "WEBP") else {}), **options)
    return buffer.getvalue()


def make_messy() -> None:
    """Write drawings in folders, with a mistake of every kind among them."""
    generator = np.random.default_rng(7)
    files = {}
    for part, count in [("training", 10), ("validation", 8)]:
        for shape in ["circle", "square", "triangle"]:
            for number in range(1, count + 1):
                files[f"{part}/{shape}/{shape}-{number}.jpg"] = encoded(draw(shape, generator))
    turned = Image.Exif()
    turned[0x0112] = 6
    files["training/circle/from-phone.jpg"] = encoded(draw("circle", generator), exif=turned)
    files["training/circle/small.webp"] = encoded(draw("circle", generator), "WEBP")
    files["training/circle/really-a-png.jpg"] = encoded(draw("circle", generator), "PNG")
    files["training/square/cut-short.jpg"] = files["training/square/square-1.jpg"][:3000]
    files["training/square/empty.jpg"] = b""
    files["training/square/web-page.jpg"] = b"<!doctype html><title>404 Not found</title>"
    files["training/square/black.png"] = encoded(Image.new("RGB", (256, 256)), "PNG")
    files["training/triangle/copy of triangle-1.jpg"] = files["training/triangle/triangle-1.jpg"]
    files["validation/triangle/borrowed.jpg"] = encoded(
        Image.open(io.BytesIO(files["training/triangle/triangle-2.jpg"])).resize((180, 180))
    )
    files["validation/circle/misfiled.jpg"] = files["validation/square/square-1.jpg"]
    files["training/notes.txt"] = b"drawn on a rainy afternoon"
    files["training/loose.jpg"] = encoded(draw("square", generator))
    files["__MACOSX/training/._loose.jpg"] = b"left behind"
    files["training/circle/Thumbs.db"] = b"left behind"
    with zipfile.ZipFile(DATA / "messy.zip", "w") as archive:
        for name, content in sorted(files.items()):
            archive.writestr(zipfile.ZipInfo("drawings/" + name, (2026, 1, 1, 0, 0, 0)), content)


if __name__ == "__main__":
    make_colors()
    make_story()
    make_messy()
