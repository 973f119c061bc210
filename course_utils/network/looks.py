"""One look at a picture, as in the article, or two: at its middle square and at the whole, for a linear head; or three,
with what other tools see of it."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Literal

import numpy as np

from ..pictures.decode import loaded
from ..pictures.pipeline import PREPROCESSING, batch_image, crop_image, load_and_process_image, resize_image
from ..pictures.sound import SOUND

# Names what this file makes of a picture, as PREPROCESSING does for the pipeline: whoever changes that changes this.
LOOKS = "center square at 224, pooled, beside the whole picture at 288 x 288, in quarters; sRGB from -1 to 1"
THREE_LOOKS = f"{LOOKS}; beside both, in quarters: the whole picture at 224 x 224, and the center square at 224"
PREPARED = {1: PREPROCESSING, 2: LOOKS, 3: THREE_LOOKS}  # how a picture is prepared for one look, for two, for three
# The same before color profiles were read: most pictures came out as they do now.
PREPARED_BEFORE = {
    1: "center square, 224 x 224, RGB from -1 to 1",
    2: "center square at 224, pooled, beside the whole picture at 288 x 288, in quarters; RGB from -1 to 1",
}
OF_SOUNDS = "; of sounds: "  # what stands between the two halves, where the pictures are made of sounds
Looks = Literal[1, 2, 3]
WHOLE = 288  # pixels of a side, for the look at the whole
TWO = slice(0, 5 * 256)  # where the two looks stand among the numbers of three
MIDDLE = slice(4 * 256, 5 * 256)  # where the middle square stands
# What other tools see, which look once: the whole picture squeezed to a square, or its middle square.
SQUEEZED, SQUARE = "squeezed", "square"
CLIENTS = {SQUEEZED: slice(5 * 256, 9 * 256), SQUARE: slice(9 * 256, 13 * 256)}  # where they stand


def prepared(looks: Looks, sounds: bool) -> str:
    """Name how pictures are prepared, and how those of sounds are made."""
    return PREPARED[looks] + (OF_SOUNDS + SOUND if sounds else "")


def look(path: str | Path, run: Callable[[np.ndarray], np.ndarray], looks: Looks) -> np.ndarray:
    """Return what the network sees of a picture: with one look, shape (7, 7, 256); with two, as ``look_twice``; with
    three, as ``look_thrice``."""
    if looks == 1:
        return run(load_and_process_image(path))[0]
    return look_twice(path, run) if looks == 2 else look_thrice(path, run)


def look_twice(path: str | Path, run: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """Look at the whole picture, squeezed to a square, and at its middle: what is where, and what is there at all.

    Parameters
    ----------
    path : str or Path
        A picture file.
    run : callable
        Turns a batch into features, as ``Network.run`` does.

    Returns
    -------
    numpy.ndarray
        Shape ``(1280,)``, float32, of length 1: 4 x 256 numbers of the whole picture's quarters, then 256 of its
        middle square; both halves weigh the same.

    Raises
    ------
    UnreadableImageError
        If the file can't be read.
    """
    with loaded(path, at_least=2 * WHOLE) as image:
        return join(see_whole(image, run), see_middle(image, run))


def look_thrice(path: str | Path, run: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """Look twice, and once more at the whole picture, as small as other tools squeeze it.

    Parameters
    ----------
    path, run
        As for :func:`look_twice`.

    Returns
    -------
    numpy.ndarray
        Shape ``(3328,)``, float32: what ``look_twice`` gives (``TWO``), then what each of ``CLIENTS`` stands for: 4 x
        256 numbers of the quarters of one look at 224 x 224, of length 1.

    Raises
    ------
    UnreadableImageError
        If the file can't be read.
    """
    with loaded(path, at_least=2 * WHOLE) as image:
        height, width = image.shape[:2]
        whole, middle = see_whole(image, run), see_middle(image, run)
        squeezed = middle if height == width else run(batch_image(resize_image(image)))  # a square is its own middle
    seen = [unit(quarters(features))[0] for features in (squeezed, middle)]
    return np.concatenate([join(whole, middle), *seen])


def middle_of(seen: np.ndarray) -> np.ndarray:
    """Return what the network sees in the middle square of pictures, wherever it is among what was seen (notebook 13).

    Parameters
    ----------
    seen : numpy.ndarray
        One look at each picture, shape ``(n, 7, 7, 256)``; or two or three, shape ``(n, 1280)`` or more.

    Returns
    -------
    numpy.ndarray
        Shape ``(n, 256)``, float32: the average over all places, of length 1.
    """
    return unit(pool(seen) if seen.ndim == 4 else seen[:, MIDDLE])


def see_whole(image: np.ndarray, run: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """Look at the whole picture, squeezed to a square: shape ``(1, 9, 9, 256)``."""
    return run(batch_image(resize_image(image, WHOLE)))


def see_middle(image: np.ndarray, run: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """Look at the middle square: shape ``(1, 7, 7, 256)``."""
    return run(batch_image(resize_image(crop_image(image))))


def join(whole: np.ndarray, middle: np.ndarray) -> np.ndarray:
    """Two looks as one row of numbers."""
    return unit(np.concatenate([unit(quarters(whole)), unit(pool(middle))], axis=-1))[0]


def pool(features: np.ndarray) -> np.ndarray:
    """Average over all places: shape ``(n, height, width, channels)`` becomes ``(n, channels)``."""
    return features.mean(axis=(1, 2))


def quarters(features: np.ndarray) -> np.ndarray:
    """Average each quarter, side by side: ``(n, height, width, channels)`` becomes ``(n, 4 * channels)``.

    Where a side is odd, the quarters share the row or column in the middle.
    """
    parts = [features[:, rows, columns] for rows, columns in quarter_places(*features.shape[1:3])]
    return np.concatenate([pool(part) for part in parts], axis=-1)


def quarter_places(height: int, width: int) -> list[tuple[slice, slice]]:
    """Rows and columns of each quarter, in the order of :func:`quarters`."""
    high, wide = -(-height // 2), -(-width // 2)
    halves = [slice(0, high), slice(-high, None)], [slice(0, wide), slice(-wide, None)]
    return list(product(*halves))


def unit(numbers: np.ndarray) -> np.ndarray:
    """Scale each row to length 1; a row of zeros stays."""
    return numbers / np.maximum(np.linalg.norm(numbers, axis=-1, keepdims=True), 1e-12)
