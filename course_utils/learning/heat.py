"""Which places of a picture speak for a class: the head's own arithmetic, place by place (notebook 08)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from PIL import Image

from ..network.looks import WHOLE, Looks, join, pool, quarter_places, quarters, see_middle, see_whole
from ..pictures.decode import loaded
from .article import ArticleHead
from .dense import Dense, dense_layers, run_dense
from .linear import LinearHead, PooledHead

if TYPE_CHECKING:
    import keras

SIDE = 288  # pixels of the longer side of a picture with heat on it


class Heat(NamedTuple):
    """Which places of a picture speak for a class, and which against it (notebook 08).

    ``image`` has the shape ``(height, width, 3)``, uint8: the picture, made smaller. ``values`` has the shape
    ``(height, width)``. They add up to the score of the class less the mean score of all classes, but for the bias;
    where the head did not look, they are 0. ``label`` is the class, and ``probability`` what the head gives it.
    ``note`` says what such a map is, and what it is not.
    """

    image: np.ndarray
    values: np.ndarray
    label: str
    probability: float
    note: str = ""

    @property
    def alt(self) -> str:
        """The map in words, for those who can't see it: where most of its orange is, and of its blue."""
        told = [
            f"{share:.0%} of what speaks {side} it lies {where}"
            for side, sign in (("for", 1), ("against", -1))
            for where, share in [_fullest(np.maximum(sign * self.values, 0))]
            if share > 0
        ]
        return (
            f"Heat of {self.label} over the picture in gray: {', '.join(told) or 'nothing speaks for or against it'}."
        )


def heat_note(head: Sequence[Dense], looks: Looks, label: str) -> str:
    """Say what a map of heat is, and what it is not.

    Parameters
    ----------
    head : sequence of Dense
        From ``dense_layers``.
    looks : int
        How often it looks at a picture: 1 or 2.
    label : str
        What the orange places speak for.

    Returns
    -------
    str
        Three sentences.
    """
    sums = "as the head adds them up" if len(head) == 1 else "as far as the same hidden units answer"
    places = "; beside it, nothing was looked at"
    if looks == 2:
        places = (
            ", and 9 x 9 of the whole picture; of these, the middle row and column lie in two quarters, and add twice"
        )
    return (
        f"Orange places spoke for {label}, blue ones against it, {sums}. The map has 7 x 7 places of the middle "
        f"square{places}. It is not a reason: covering an orange place may change nothing."
    )


def _fullest(values: np.ndarray) -> tuple[str, float]:
    """Where the ninth of a picture is that holds most, in words, and what share of all is there."""
    down, across = (_shares(3, side) for side in values.shape)
    held = down @ values @ across.T
    row, column = np.unravel_index(held.argmax(), held.shape)
    words = [word for word in (("top", "", "bottom")[row], ("left", "", "right")[column]) if word]
    return f"at the {' '.join(words)}" if words else "in the middle", float(held[row, column] / max(held.sum(), 1e-12))


def class_map(
    features: np.ndarray, head: LinearHead | PooledHead | ArticleHead | keras.Model, place: int
) -> np.ndarray:
    """Say of each place of the features how much it speaks for a class (notebook 08).

    Parameters
    ----------
    features : numpy.ndarray
        Shape ``(height, width, channels)``: those of one picture.
    head : LinearHead, PooledHead, ArticleHead or keras.Model
        A head on features of one look, or on their average over all places, such as ``load_imagenet_head``.
    place : int
        The class, counted from 0 in the order of the head's outputs.

    Returns
    -------
    numpy.ndarray
        Shape ``(height, width)``. For a linear head, the values add up to the score of the class less the mean score of
        all, but for the bias: of two classes, the sums differ by the logarithm of how many times more probable one is
        (CAM: Zhou and others, *Learning Deep Features for Discriminative Localization*, CVPR 2016). For a head with a
        hidden layer, they are gradient times features (HiResCAM: Draelos and Carin, 2020): what is switched on stays.

    Raises
    ------
    ValueError
        If the head reads other numbers, as one on two looks does, or has no such class.
    """
    layers = dense_layers(head)
    kernel, size = layers[0].kernel, features.size
    if len(kernel) == features.shape[-1]:  # it reads the average: each place weighs the same
        layers = [
            layers[0]._replace(kernel=np.tile(kernel, (size // len(kernel), 1)) * len(kernel) / size),
            *layers[1:],
        ]
    elif len(kernel) != size:
        raise ValueError(
            f"got features of shape {features.shape} for a head that reads {len(kernel)} numbers; expected those it "
            "was trained on. Of a head on two looks, Classifier.heat tells."
        )
    return (features * _slopes(layers, features.ravel(), place).reshape(features.shape)).sum(axis=-1)


def _slopes(layers: Sequence[Dense], numbers: np.ndarray, place: int) -> np.ndarray:
    """How the score of a class, less the mean score of all, changes with each number (backpropagation)."""
    last = layers[-1].kernel
    if place not in range(last.shape[1]):
        raise ValueError(f"got class {place!r}; the head has {last.shape[1]}, counted from 0")
    back, x, ways = last[:, place] - last.mean(axis=1), numbers, []
    for layer in layers[:-1]:
        x = x @ layer.kernel + layer.bias
        open_ = x > 0 if layer.activation == "relu" else np.ones_like(x, bool)
        x = np.where(open_, x, 0)
        ways.append((layer.kernel, open_))
    for kernel, open_ in reversed(ways):
        back = kernel @ (back * open_)
    return back


def heat_on(
    path: str | Path,
    run: Callable[[np.ndarray], np.ndarray],
    head: list[Dense],
    looks: Looks,
    classes: Sequence[str],
    label: str | None = None,
) -> Heat:
    """Say of each pixel of a picture how much it speaks for a class: what each look says, laid over the picture.

    Parameters
    ----------
    path : str or Path
        A picture file.
    run : callable
        Turns a batch into features, as ``Network.run`` does.
    head : list of Dense
        From ``dense_layers``.
    looks : int
        1 or 2, as the head was trained.
    classes : sequence of str
        In the order of the head's outputs.
    label : str, optional
        One of them; unset, the most probable one.

    Returns
    -------
    Heat
        Its picture is at most 288 pixels long.

    Raises
    ------
    UnreadableImageError
        If the file can't be read.
    """
    with loaded(path, at_least=2 * WHOLE) as image:
        middle = see_middle(image, run)
        whole = see_whole(image, run) if looks == 2 else None
        small = Image.fromarray(image)
        small.thumbnail((SIDE, SIDE))
    numbers = middle.ravel() if whole is None else join(whole, middle)
    probabilities = run_dense(head, numbers[np.newaxis])[0]
    place = int(np.argmax(probabilities)) if label is None else list(classes).index(label)
    slopes = _slopes(head, numbers, place)
    height, width = small.height, small.width
    side, values = min(height, width), np.zeros((height, width))
    if whole is None:
        of_middle = (middle[0] * slopes.reshape(middle[0].shape)).sum(axis=-1)
    else:
        of_whole, of_middle = _two_maps(whole, middle, numbers, slopes)
        values += _spread(of_whole, height, width)
    top, left = (height - side) // 2, (width - side) // 2
    values[top : top + side, left : left + side] += _spread(of_middle, side, side)
    note = heat_note(head, looks, classes[place])
    return Heat(np.asarray(small), values, classes[place], float(probabilities[place]), note)


def _two_maps(
    whole: np.ndarray, middle: np.ndarray, numbers: np.ndarray, slopes: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """What each place of two looks adds to the score. The head reads averages of places, each made shorter."""
    channels = middle.shape[-1]
    of_channels = slopes.reshape(-1, channels)
    shorter = _length(numbers[:-channels]) / _length(quarters(whole))
    of_whole = np.zeros((whole.shape[1], whole.shape[2]))
    for quarter, weights in zip(quarter_places(*of_whole.shape), of_channels, strict=False):
        of_quarter = whole[0][quarter] @ weights
        of_whole[quarter] += shorter * of_quarter / of_quarter.size
    shorter = _length(numbers[-channels:]) / _length(pool(middle))
    return of_whole, shorter * (middle[0] @ of_channels[-1]) / middle[0, ..., 0].size


def _length(numbers: np.ndarray) -> float:
    """The Euclidean length; never 0, so that it can be divided by."""
    return max(float(np.linalg.norm(numbers)), 1e-12)


def _spread(values: np.ndarray, height: int, width: int) -> np.ndarray:
    """Give each pixel its part of the places that it lies in, so that the sum stays."""
    return _shares(height, len(values)) @ values @ _shares(width, values.shape[1]).T


def _shares(pixels: int, places: int) -> np.ndarray:
    """Along one side, the share of each place that lies in each pixel: shape ``(pixels, places)``."""
    pixel, place = np.linspace(0, 1, pixels + 1)[:, np.newaxis], np.linspace(0, 1, places + 1)
    both = np.minimum(pixel[1:], place[1:]) - np.maximum(pixel[:-1], place[:-1])
    return np.maximum(both, 0) * places
