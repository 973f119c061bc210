"""Find silent bugs in a pipeline, with made pictures (notebook 07)."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from ..report import Finding, Report

Process = Callable[[Path], np.ndarray]
CORNERS = {"top left": (0, 0), "top right": (0, 1), "bottom left": (1, 0), "bottom right": (1, 1)}
COLORS = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 0]])  # one for each corner, in this order


def check_pipeline(process: Process) -> Report:
    """Run made pictures through a pipeline, and say what it does wrong (notebook 07).

    Parameters
    ----------
    process : callable
        Takes the path of a picture file and returns a batch of one, as ``load_and_process_image`` does.

    Returns
    -------
    Report
        A finding for each fault; empty if there is none. Found are: the wrong shape or type, numbers outside of -1
        to 1 (also ``/255``, ``/127``, and scaling twice), colors as BGR, swapped axes and mirrored pictures, a crop off
        center, squashing, EXIF orientation ignored, and aliasing.
    """
    with tempfile.TemporaryDirectory() as folder:

        def run(image: np.ndarray, exif: Image.Exif | None = None) -> np.ndarray:
            path = Path(folder, "made.png")
            Image.fromarray(image.astype(np.uint8)).save(path, compress_level=1, exif=exif)
            return np.asarray(process(path))

        return Report(_faults(run))


def _faults(run: Callable[..., np.ndarray]) -> Iterator[Finding]:
    plain = np.full((256, 256, 3), 255)
    white, black = run(plain), run(plain * 0)
    if white.shape != (1, 224, 224, 3) or white.dtype != np.float32:
        problem = f"the batch has shape {white.shape} and type {white.dtype}"
        yield Finding("error", problem, (), "MobileNet reads (1, 224, 224, 3), float32.")
    if white.ndim != 4 or white.shape[-1] != 3:
        return  # nothing more can be said
    if white.max() == black.max():
        yield Finding("error", "white and black come out the same", (), "Return what became of the picture.")
        return
    high, low = float(white.max()), float(black.min())
    if abs(high - 1) > 1e-3 or abs(low + 1) > 1e-3:
        yield Finding("error", f"white becomes {high:.3f} and black {low:.3f}, not 1 and -1", (), _scaling(low, high))

    def seen(image: np.ndarray, exif: Image.Exif | None = None) -> np.ndarray:
        """What the network sees, from 0 to 1."""
        return (run(image, exif)[0] - low) / (high - low)

    red = seen(plain * [1, 0, 0]).mean((0, 1)).round().tolist()
    bgr = red == [0, 0, 1]
    if bgr:
        yield Finding(
            "error",
            "red arrives as blue",
            (),
            "The channels are in the order BGR. Use RGB, or turn them: image[..., ::-1].",
        )
    corners = np.repeat(np.repeat(COLORS.reshape(2, 2, 3), 128, 0), 128, 1) * 255
    upright = seen(corners)
    yield from _turned(upright[..., ::-1] if bgr else upright)
    yield from _crop(seen)
    exif = Image.Exif()
    exif[0x0112] = 3
    upside_down = seen(corners[::-1, ::-1], exif)
    if np.abs(upside_down - upright).mean() > 0.1:
        remedy = "Apply it: ImageOps.exif_transpose(picture)."
        yield Finding("error", "the EXIF orientation is ignored", (), remedy)
    noise = np.random.default_rng(0).integers(0, 2, (2240, 2240, 1), np.uint8) * np.full(3, 255, np.uint8)
    if seen(noise).std() > 0.25:  # averaged, it is nearly even gray
        remedy = "Resize with averaging: Pillow's resize, or antialias=True."
        yield Finding("warning", "fine patterns turn into coarse ones (aliasing)", (), remedy)


def _scaling(low: float, high: float) -> str:
    """The likely cause of a wrong range."""
    causes = [
        (0, 1, "It was divided by 255. MobileNet was trained on -1 to 1."),
        (-1, 255 / 127 - 1, "It was divided by 127."),
        (-1 - 1 / 127.5, -1 + 1 / 127.5, "It was scaled twice."),
        (-1, -1 + 2 / 255, "It was divided by 255 before it was scaled."),
        (0, 255, "It was not scaled at all."),
    ]
    found = [words for a, b, words in causes if abs(low - a) < 1e-3 and abs(high - b) < 1e-3]
    return " ".join([*found, "Use image / 127.5 - 1, once, on values from 0 to 255."])


def _turned(image: np.ndarray) -> Iterator[Finding]:
    """Whether the colors of the four corners are where they belong."""
    height, width = image.shape[:2]
    at = [image[height * (1 + 2 * row) // 4, width * (1 + 2 * column) // 4] for row, column in CORNERS.values()]
    order = tuple(int(np.abs(COLORS - color).sum(1).argmin()) for color in at)
    causes = {
        (0, 2, 1, 3): ("rows and columns are swapped", "An array is (height, width, 3)."),
        (1, 0, 3, 2): ("left and right are swapped", "Don't mirror the picture."),
        (2, 3, 0, 1): ("top and bottom are swapped", "Count rows from the top."),
    }
    if order in causes:
        problem, remedy = causes[order]
        yield Finding("error", problem, (), remedy)
    elif order != (0, 1, 2, 3):
        yield Finding("error", "the corners of a picture are not where they belong", (), "Look at what it returns.")


def _crop(seen: Callable[..., np.ndarray]) -> Iterator[Finding]:
    """Whether a square in the middle stays in the middle, and a square."""
    for shape in [(256, 512), (512, 256)]:
        image = np.zeros((*shape, 3))
        image[shape[0] // 2 - 48 : shape[0] // 2 + 48, shape[1] // 2 - 48 : shape[1] // 2 + 48] = 255
        rows, columns = np.nonzero(seen(image).mean(2) > 0.5)
        form = "landscape" if shape[1] > shape[0] else "portrait"
        if not len(rows) or abs(rows.mean() - 111.5) > 4 or abs(columns.mean() - 111.5) > 4:
            remedy = "Start at (height - side) // 2 and (width - side) // 2, and end a side later."
            yield Finding("error", f"the crop is off center for {form} format", (), remedy)
        elif not 0.9 < np.ptp(rows) / max(1, int(np.ptp(columns))) < 1.1:
            remedy = "Crop to a square before resizing, unless you squash on purpose."
            yield Finding("warning", f"{form} format is squashed", (), remedy)
