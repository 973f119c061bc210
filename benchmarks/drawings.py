"""Drawings of many kinds, each with its classes, and pieces of photos: what ``curves.py`` learns from."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import matplotlib
import numpy as np
from PIL import Image, ImageDraw, ImageFont

import course_utils as cu

SIDE = 224
COUNT = 160  # drawings of each class
FONTS = ["DejaVuSans", "DejaVuSans-Bold", "DejaVuSans-Oblique", "DejaVuSerif", "DejaVuSerif-Bold", "DejaVuSansMono"]

Points = list[tuple[float, float]]


def blank(rng: np.random.Generator) -> tuple[Image.Image, ImageDraw.ImageDraw, tuple[int, ...]]:
    """A light ground, a pen, and a dark ink."""
    picture = Image.new("RGB", (SIDE, SIDE), tuple(rng.integers(130, 256, 3).tolist()))
    return picture, ImageDraw.Draw(picture), tuple(rng.integers(0, 130, 3).tolist())


def around(x: float, y: float, size: float, corners: int, turn: float, dent: float = 1.0) -> Points:
    """The corners of a polygon; with a dent, those of a star."""
    angles = turn + np.arange(corners) * 2 * math.pi / corners
    far = size * np.where(np.arange(corners) % 2, dent, 1.0)
    return list(zip((x + far * np.cos(angles)).tolist(), (y + far * np.sin(angles)).tolist(), strict=True))


SHAPES = {"circle": (40, 1.0), "hexagon": (6, 1.0), "pentagon": (5, 1.0), "square": (4, 1.0), "star": (10, 0.5)}
SHAPES |= {"triangle": (3, 1.0)}


def shape(kind: str, rng: np.random.Generator) -> Image.Image:
    picture, pen, ink = blank(rng)
    (x, y), size, (corners, dent) = rng.uniform(70, 154, 2), rng.uniform(25, 60), SHAPES[kind]
    pen.polygon(around(x, y, size, corners, rng.uniform(0, 7), dent), fill=ink)
    return picture


def letter(kind: str, rng: np.random.Generator) -> Image.Image:
    picture, pen, ink = blank(rng)
    folder = Path(matplotlib.get_data_path(), "fonts", "ttf")
    font = ImageFont.truetype(str(folder / f"{rng.choice(FONTS)}.ttf"), int(rng.integers(60, 150)))
    pen.text(tuple(rng.uniform(80, 144, 2)), kind, ink, font, anchor="mm")
    return picture.rotate(rng.normal(0, 20), fillcolor=picture.getpixel((0, 0)))


def texture(kind: str, rng: np.random.Generator) -> Image.Image:
    y, x = np.mgrid[:SIDE, :SIDE] / SIDE
    turn, often, phase = rng.uniform(0, math.pi), rng.uniform(5, 25), rng.uniform(0, 7, 2)
    first = np.sin(2 * math.pi * often * (x * math.cos(turn) + y * math.sin(turn)) + phase[0])
    second = np.sin(2 * math.pi * often * (y * math.cos(turn) - x * math.sin(turn)) + phase[1])
    rings = np.sin(2 * math.pi * often * np.hypot(x - rng.uniform(0, 1), y - rng.uniform(0, 1)))
    waves = np.sin(2 * math.pi * often * (x * math.cos(turn) + y * math.sin(turn)) + 3 * second)
    field = {"stripes": first, "checks": first * second, "dots": first + second, "rings": rings, "waves": waves}[kind]
    low, high = rng.integers(0, 130, 3), rng.integers(130, 256, 3)
    mixed = (field - field.min()) / np.ptp(field)
    return Image.fromarray((low + mixed[..., np.newaxis] * (high - low)).astype(np.uint8))


def rough(kind: str, rng: np.random.Generator) -> Image.Image:
    """Clouds: the larger the power, the smoother."""
    far = np.hypot(*np.meshgrid(np.fft.fftfreq(SIDE), np.fft.fftfreq(SIDE))) + 1 / SIDE
    field = np.fft.ifft2(np.fft.fft2(rng.standard_normal((SIDE, SIDE))) / far ** float(kind)).real
    low, high = rng.integers(0, 130, 3), rng.integers(130, 256, 3)
    mixed = np.clip(0.5 + field / field.std() / 4, 0, 1)
    return Image.fromarray((low + mixed[..., np.newaxis] * (high - low)).astype(np.uint8))


def dots(kind: str, rng: np.random.Generator) -> Image.Image:
    """Two to five dots of any size."""
    picture, pen, ink = blank(rng)
    cells = rng.permutation(9)[: int(kind)]
    for cell in cells:
        x, y, size = (
            40 + 72 * (cell % 3) + rng.normal(0, 6),
            40 + 72 * (cell // 3) + rng.normal(0, 6),
            rng.uniform(8, 26),
        )
        pen.ellipse([x - size, y - size, x + size, y + size], fill=ink)
    return picture


def tilt(kind: str, rng: np.random.Generator) -> Image.Image:
    """A bar that leans to one side, by 4 to 40 degrees."""
    picture, pen, ink = blank(rng)
    lean = math.radians(rng.uniform(4, 40)) * (1 if kind == "right" else -1)
    x, y, long = *rng.uniform(80, 144, 2), rng.uniform(40, 75)
    ends = [
        (x - long * math.sin(lean), y + long * math.cos(lean)),
        (x + long * math.sin(lean), y - long * math.cos(lean)),
    ]
    pen.line(ends, fill=ink, width=int(rng.integers(4, 22)))
    return picture


def face(kind: str, rng: np.random.Generator) -> Image.Image:
    """A face that smiles or frowns, or neither."""
    picture, pen, ink = blank(rng)
    x, y, size = *rng.uniform(80, 144, 2), rng.uniform(40, 75)
    pen.ellipse([x - size, y - size, x + size, y + size], outline=ink, width=4)
    for side in (-1, 1):
        eye = x + side * size * 0.4
        pen.ellipse([eye - 5, y - size * 0.4 - 5, eye + 5, y - size * 0.4 + 5], fill=ink)
    bent = {"smile": 0.35, "plain": 0.0, "frown": -0.35}[kind] * rng.uniform(0.4, 1)
    mouth = [(x + size * at, y + size * (0.45 + bent * (0.5 - 3 * at**2))) for at in np.linspace(-0.45, 0.45, 15)]
    pen.line(mouth, fill=ink, width=5)
    return picture


def clock(kind: str, rng: np.random.Generator) -> Image.Image:
    """A hand that points to a quarter, beside a longer one that points anywhere."""
    picture, pen, ink = blank(rng)
    x, y, size = *rng.uniform(90, 134, 2), rng.uniform(50, 80)
    pen.ellipse([x - size, y - size, x + size, y + size], outline=ink, width=3)
    for turn, long, wide in [
        (math.pi / 2 * (int(kind) + rng.uniform(0.05, 0.95)), 0.5, 9),
        (rng.uniform(0, 7), 0.9, 4),
    ]:
        pen.line([(x, y), (x + long * size * math.sin(turn), y - long * size * math.cos(turn))], fill=ink, width=wide)
    return picture


def beside(kind: str, rng: np.random.Generator) -> Image.Image:
    """A circle to the left or to the right of a square."""
    picture, pen, ink = blank(rng)
    places = [rng.uniform(35, 85), rng.uniform(139, 189)]
    for form, x in zip(("circle", "square") if kind == "left" else ("square", "circle"), places, strict=True):
        y, size = rng.uniform(60, 164), rng.uniform(18, 32)
        (pen.ellipse if form == "circle" else pen.rectangle)([x - size, y - size, x + size, y + size], fill=ink)
    return picture


def pair(kind: str, rng: np.random.Generator) -> Image.Image:
    """Two shapes, the same or not."""
    picture, pen, ink = blank(rng)
    first, second = rng.choice(list(SHAPES), 2, replace=False)
    for x, form in ((60, first), (164, first if kind == "same" else second)):
        corners, dent = SHAPES[form]
        pen.polygon(around(x, rng.uniform(70, 154), rng.uniform(25, 42), corners, rng.uniform(0, 7), dent), fill=ink)
    return picture


def mirrored(kind: str, rng: np.random.Generator) -> Image.Image:
    """A pattern of patches whose halves are mirrored, or not."""
    patches = rng.integers(0, 256, (6, 6, 3)).astype(np.uint8)
    if kind == "mirrored":
        patches[:, 3:] = patches[:, 2::-1]
    return Image.fromarray(patches).resize((SIDE, SIDE), Image.Resampling.BICUBIC).rotate(rng.normal(0, 4))


def hidden(kind: str, rng: np.random.Generator) -> Image.Image:
    """One small shape among dashes."""
    picture, pen, ink = blank(rng)
    for _ in range(60):
        x, y, dx, dy = *rng.uniform(0, SIDE, 2), *rng.normal(0, 12, 2)
        pen.line([(x, y), (x + dx, y + dy)], fill=tuple(rng.integers(0, 256, 3).tolist()), width=3)
    corners, dent = SHAPES[kind]
    pen.polygon(around(*rng.uniform(50, 174, 2), rng.uniform(16, 26), corners, rng.uniform(0, 7), dent), fill=ink)
    return picture


DRAWINGS: dict[str, tuple[Callable[[str, np.random.Generator], Image.Image], list[str]]] = {
    "shapes": (shape, list(SHAPES)),
    "letters": (letter, list("ABEGKQRS")),
    "textures": (texture, ["stripes", "checks", "dots", "rings", "waves"]),
    "clouds": (rough, ["0.8", "1.2", "1.6"]),
    "dots": (dots, ["2", "3", "4", "5"]),
    "tilts": (tilt, ["left", "right"]),
    "faces": (face, ["smile", "plain", "frown"]),
    "clocks": (clock, ["0", "1", "2", "3"]),
    "beside": (beside, ["left", "right"]),
    "pairs": (pair, ["same", "other"]),
    "mirrored": (mirrored, ["mirrored", "not"]),
    "hidden": (hidden, ["circle", "star", "triangle"]),
}


def make_drawings(folder: Path) -> None:
    """Write all kinds, with noise on them, in a folder for each kind, and for each class."""
    for name, (function, kinds) in DRAWINGS.items():
        for number, kind in enumerate(kinds):
            rng = np.random.default_rng([len(name), number])
            place = folder / name / kind
            place.mkdir(parents=True, exist_ok=True)
            for count in range(COUNT):
                pixels = np.asarray(function(kind, rng), float) + rng.normal(0, 6, (SIDE, SIDE, 3))
                Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(place / f"{count:03}.png")


def make_pieces(folder: Path, count: int = 40) -> None:
    """Cut pieces out of the Pexels photos: which of ten photos is it from, and which of the three classes?"""
    pictures = cu.read_folders(cu.pexels_folder() / "training")
    for number, (path, label) in enumerate(pictures.pairs()):
        rng, photo = np.random.default_rng([9, number]), Image.fromarray(cu.load_image(path))
        for piece in range(count):
            side = int(rng.uniform(0.08, 0.25) * min(photo.size))
            left, top = (int(rng.integers(0, more - side)) for more in photo.size)
            cut = photo.crop((left, top, left + side, top + side)).resize((SIDE, SIDE), Image.Resampling.BICUBIC)
            places = [folder / "pieces of three classes" / label]
            places += [folder / "pieces of ten photos" / f"photo {number}"] if number % 3 == 0 else []
            for place in places:
                place.mkdir(parents=True, exist_ok=True)
                cut.save(place / f"{number:02}-{piece:02}.png")
