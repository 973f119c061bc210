"""Find silent bugs: in a pipeline, with made pictures; in features and labels, by computing some again."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from .datasets import PictureSet
from .labels import decode_labels
from .report import Finding, Report

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

        def run(image: np.ndarray, **options) -> np.ndarray:
            path = Path(folder, "made.png")
            Image.fromarray(image.astype(np.uint8)).save(path, **options)
            return np.asarray(process(path))

        return Report(_faults(run))


def _faults(run: Callable[..., np.ndarray]) -> Iterator[Finding]:
    plain = np.full((256, 256, 3), 255)
    white, black = run(plain), run(plain * 0)
    if white.shape != (1, 224, 224, 3) or white.dtype != np.float32:
        problem = f"the batch has shape {white.shape} and type {white.dtype}"
        yield Finding("error", problem, (), "MobileNet reads (1, 224, 224, 3), float32.")
    if white.ndim != 4 or white.shape[-1] != 3 or white.max() == black.max():
        return  # nothing more can be said
    high, low = float(white.max()), float(black.min())
    if abs(high - 1) > 1e-3 or abs(low + 1) > 1e-3:
        yield Finding("error", f"white becomes {high:.3f} and black {low:.3f}, not 1 and -1", (), _scaling(low, high))

    def seen(image: np.ndarray, **options) -> np.ndarray:
        """What the network sees, from 0 to 1."""
        return (run(image, **options)[0] - low) / (high - low)

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
    upside_down = seen(corners[::-1, ::-1], exif=exif)
    if np.abs(upside_down - upright).mean() > 0.1:
        remedy = "Apply it: ImageOps.exif_transpose(picture)."
        yield Finding("error", "the EXIF orientation is ignored", (), remedy)
    noise = np.random.default_rng(0).integers(0, 2, (2240, 2240, 1)) * np.full(3, 255)
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
        elif not 0.9 < np.ptp(rows) / max(1, np.ptp(columns)) < 1.1:
            remedy = "Crop to a square before resizing, unless you squash on purpose."
            yield Finding("warning", f"{form} format is squashed", (), remedy)


def check_data(
    training: PictureSet,
    features: np.ndarray,
    rows: np.ndarray,
    validation: PictureSet | None = None,
    validation_features: np.ndarray | None = None,
    validation_rows: np.ndarray | None = None,
    compute: Callable[[Path], np.ndarray] | None = None,
) -> Report:
    """Compare features and label rows with the pictures that they should belong to (notebook 07).

    Parameters
    ----------
    training, validation : PictureSet
        The pictures.
    features, validation_features : numpy.ndarray
        Shape ``(n, ...)``: what was computed from them.
    rows, validation_rows : numpy.ndarray
        Shape ``(n, classes)``: their one-hot labels, in the order of ``training.classes``.
    compute : callable, optional
        Takes a path and returns its features, shape ``(1, ...)``. Given, five pictures are computed again.

    Returns
    -------
    Report
        A finding for each fault; empty if there is none. Found are: another number of features or rows than pictures,
        rows that don't belong to the labels, classes in another order, one picture repeated, pictures of training in
        validation, features in another order than the pictures, and labels that don't follow what pictures look like.
    """
    findings = list(_set_faults("training", training, features, rows, training.classes, compute))
    if not findings:
        findings += _shuffled(training, features)
    if validation is not None and validation_features is not None and validation_rows is not None:
        given = (validation, validation_features, validation_rows)
        findings += _set_faults("validation", *given, training.classes, compute)
        flat, judged = (block.reshape(len(block), -1) for block in (features, validation_features))
        leaked = tuple(
            path.name for path, block in zip(validation.paths, judged, strict=False) if _equal(flat, block).any()
        )
        if leaked:
            remedy = "Keep them apart: what was learned proves nothing."
            findings.append(Finding("error", "validation pictures that are in training, too", leaked, remedy))
    return Report(findings)


def _set_faults(part, pictures, features, rows, classes, compute) -> Iterator[Finding]:
    if not len(pictures.paths) == len(features) == len(rows):
        problem = f"{part}: {len(pictures.paths)} pictures, {len(features)} features and {len(rows)} label rows"
        yield Finding("error", problem, (), "There must be as many of each. Compute them anew from the pictures.")
        return
    if rows.shape[1] != len(classes):
        problem = f"{part}: rows for {rows.shape[1]} classes, where training has {len(classes)}"
        yield Finding("error", problem, (), "Pass the training classes: add_labels(labels, training.classes).")
        return
    decoded = decode_labels(rows, classes)
    wrong = [path.name for path, a, b in zip(pictures.paths, decoded, pictures.labels, strict=True) if a != b]
    if wrong:
        renamed = len(set(zip(decoded, pictures.labels, strict=True))) == len(set(pictures.labels))
        problem = "classes in another order than in training" if renamed else "label rows that belong to other pictures"
        remedy = "Make the rows with add_labels(pictures.labels, training.classes), and never reorder them alone."
        yield Finding("error", f"{part}: {problem}", tuple(wrong), remedy)
    flat = features.reshape(len(features), -1)
    if len(flat) > 1 and _equal(flat, flat[0]).all():
        remedy = "Look at the loop that reads them: it may use the same path, or the same part of each picture."
        yield Finding("error", f"{part}: all pictures have the same features", (), remedy)
    elif compute is not None:
        some = sorted({round(place) for place in np.linspace(0, len(flat) - 1, 5)})
        moved = []
        for place in some:
            again = np.asarray(compute(pictures.paths[place])).ravel()
            if np.abs(flat - again).mean(1).argmin() != place and not _equal(flat, again)[place]:
                moved.append(pictures.paths[place].name)
        if moved:
            remedy = "Compute them in the order of pictures.paths, and shuffle only both together."
            yield Finding("error", f"{part}: features in another order than the pictures", tuple(moved), remedy)


def _equal(blocks: np.ndarray, block: np.ndarray) -> np.ndarray:
    """Which rows are the same but for rounding."""
    return np.abs(blocks - block).max(1) < 1e-4


def _shuffled(training: PictureSet, features: np.ndarray) -> Iterator[Finding]:
    """Whether pictures that look alike have the same label more often than the largest class is large."""
    flat, labels = features.reshape(len(features), -1), np.array(training.labels)
    if len(flat) < 4 or len(set(training.labels)) < 2:
        return
    nearest = [
        np.where(np.arange(len(flat)) == i, np.inf, np.abs(flat - row).mean(1)).argmin() for i, row in enumerate(flat)
    ]
    agree = float((labels[nearest] == labels).mean())
    largest = max(training.labels.count(name) for name in training.classes) / len(labels)
    if agree <= largest:
        problem = f"only {agree:.0%} of the pictures have the label of the one that looks most like them"
        remedy = f"Guessing reaches {largest:.0%}. The labels may be shuffled: look at some pictures with their labels."
        yield Finding("warning", problem, (), remedy)
