"""Look inside the network: what its channels answer to, how far they see, and what changes when a place is covered."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product
from typing import NamedTuple

import numpy as np

from ..pictures.pipeline import batch_image
from .engines import Network
from .plain import run_plain
from .weights import HALVING, KERNELS

BLOCKS = 13
GRAY = 235  # of 255, beside the picture's edge
# Pixels of a side that patches show where the receptive field is too large to look at: chosen by eye, and at least
# what holds 90 % of the squared gradient around a place in the middle. That is 42, 45, 57, 65, 84, 88 and 132 pixels
# with the published weights (24 of the stock pictures, the median of three draws of signs for the channels).
SEEN = {7: 60, 8: 64, 9: 72, 10: 80, 11: 96, 12: 112, 13: 132}


class ReceptiveField(NamedTuple):
    """What one place of a block can see of a picture, in pixels (notebook 08).

    ``size`` is the side of the square, ``stride`` how far the squares of two neighboring places are apart, and
    ``first`` where the center of the first one lies, counted from the center of the picture's first pixel.
    """

    size: int
    stride: int
    first: float


def receptive_field(block: int) -> ReceptiveField:
    """Work out from kernels and strides alone what a place of a block can see (notebook 08).

    Parameters
    ----------
    block : int
        1 to 13; 0 is the first layer, ``conv1``.

    Returns
    -------
    ReceptiveField
        Its size, and where it lies.

    Raises
    ------
    ValueError
        If there is no such block.

    Notes
    -----
    Araujo, Norris and Sim, *Computing Receptive Fields of Convolutional Neural Networks* (Distill, 2019). Where a layer
    steps two pixels at a time, Keras pads at the bottom and right only, so that the squares lie further there.
    """
    size, stride, first = 1, 1, 0.0
    for name in _layers_up_to(block):
        wide = 1 if "pw" in name else 3
        step = 2 if name in HALVING else 1
        padded = 0 if step == 2 else (wide - 1) / 2
        first += ((wide - 1) / 2 - padded) * stride
        size += (wide - 1) * stride
        stride *= step
    return ReceptiveField(size, stride, first)


def _layers_up_to(block: int) -> list[str]:
    if block not in range(BLOCKS + 1):
        raise ValueError(f"got block {block!r}; expected a number from 0 (the first layer) to {BLOCKS}")
    return list(KERNELS)[: 1 + 2 * block]


def activations(network: Network, batch: np.ndarray, block: int) -> np.ndarray:
    """Run the network up to a block, and return what its channels answer (notebook 08).

    Parameters
    ----------
    network : Network
        From ``load_network``.
    batch : numpy.ndarray
        Shape ``(n, side, side, 3)``, from -1 to 1, from ``batch_image``; the side a multiple of 32.
    block : int
        1 to 13; 0 is the first layer, ``conv1``.

    Returns
    -------
    numpy.ndarray
        Shape ``(n, height, width, channels)``, float32, from 0 to 6. At block 13, these are the features.

    Raises
    ------
    ValueError
        If there is no such block.
    """
    return run_plain(network.layers[: len(_layers_up_to(block))], np.asarray(batch, np.float32))


def selective_channels(answers: np.ndarray, count: int) -> list[int]:
    """Choose channels that answer strongly somewhere and weakly on average (notebook 08).

    Parameters
    ----------
    answers : numpy.ndarray
        Shape ``(n, height, width, channels)``, from :func:`activations`.
    count : int
        How many.

    Returns
    -------
    list of int
        The most selective first. The measure is the course's own: the mean of the strongest answers in nine pictures,
        over 0.3 more than the mean of all answers. It was chosen by eye, for patches that people can name.
    """
    strongest = np.sort(answers.max(axis=(1, 2)), axis=0)[-9:].mean(axis=0)
    return np.argsort(-strongest / (answers.mean(axis=(0, 1, 2)) + 0.3), kind="stable")[:count].tolist()


def strongest_patches(
    images: Sequence[np.ndarray], answers: np.ndarray, block: int, channel: int, count: int = 9
) -> list[np.ndarray]:
    """Cut out what a channel answers to most strongly, once from each picture (notebook 08).

    Parameters
    ----------
    images : sequence of numpy.ndarray
        Shape ``(224, 224, 3)`` each, uint8.
    answers : numpy.ndarray
        What ``activations`` gives for them at this block.
    block, channel : int
        Whose answers they are.
    count : int
        How many pictures to take.

    Returns
    -------
    list of numpy.ndarray
        Patches of one size, the strongest answer first. Each shows what the place saw: its receptive field, or from
        block 7 on a part in its middle that 90 % or more of the squared gradient comes from. Beyond the picture's edge,
        it is gray.

    Notes
    -----
    After Zeiler and Fergus, *Visualizing and Understanding Convolutional Networks* (ECCV 2014), figure 2.
    """
    field = receptive_field(block)
    half = SEEN.get(block, field.size) // 2
    own = answers[..., channel]
    order = np.argsort(-own.max(axis=(1, 2)), kind="stable")[:count]
    patches = []
    for number in order:
        place = np.unravel_index(own[number].argmax(), own[number].shape)
        top, left = (round(field.first + field.stride * int(at)) for at in place)  # of the padded picture
        padded = np.pad(images[number], ((half, half), (half, half), (0, 0)), constant_values=GRAY)
        patches.append(padded[top : top + 2 * half + 1, left : left + 2 * half + 1])
    return patches


def occlude(
    network: Network, image: np.ndarray, score: Callable[[np.ndarray], float], size: int = 48, step: int = 16
) -> np.ndarray:
    """Cover one place after another in gray, and measure how far a score falls (notebook 08).

    Parameters
    ----------
    network : Network
        From ``load_network``.
    image : numpy.ndarray
        Shape ``(side, side, 3)``, uint8; the side a multiple of 32, such as 224.
    score : callable
        Turns features of shape ``(1, side / 32, side / 32, 256)`` into a number.
    size, step : int
        Pixels of a side of the gray square, and from one to the next.

    Returns
    -------
    numpy.ndarray
        Shape ``(side, side)``, in the units of the score: at each pixel, the mean fall over all squares that cover it.
        Where it is negative, the score rose.

    Raises
    ------
    ValueError
        If the square is larger than the picture, or leaves pixels out.

    Notes
    -----
    Zeiler and Fergus (2014), figure 6. The network has never seen gray squares: what falls may be due to them.
    """
    side = len(image)
    if not 0 < step <= size <= side:
        raise ValueError(f"got squares of {size} pixels, {step} apart, on {side}; expected 0 < step <= size <= {side}")
    whole, batch = score(network.run(batch_image(image))), batch_image(image)
    falls, covered = np.zeros((side, side)), np.zeros((side, side))
    starts = sorted({*range(0, side - size, step), side - size})
    for top, left in product(starts, starts):
        square = np.s_[top : top + size, left : left + size]
        hidden = batch.copy()
        hidden[0][square] = 0  # middle gray
        falls[square] += whole - score(network.run(hidden))
        covered[square] += 1
    return falls / covered


def share_of_heat(heat: np.ndarray, region: tuple[slice, slice]) -> float:
    """Say how much of the heat lies in a region (notebook 08).

    Parameters
    ----------
    heat : numpy.ndarray
        Shape ``(height, width)``. What is negative speaks against the class, and does not count.
    region : (slice, slice)
        Rows and columns, such as ``numpy.s_[:2, :2]``.

    Returns
    -------
    float
        From 0 to 1; 0 where there is no heat at all. Compare it with the region's share of the area.
    """
    hot = np.maximum(heat, 0)
    return float(hot[region].sum() / max(hot.sum(), 1e-12))


def arrange(numbers: np.ndarray, seed: int = 7) -> np.ndarray:
    """Give each picture a place of its own in a grid, near those that are like it (notebook 08).

    Parameters
    ----------
    numbers : numpy.ndarray
        Shape ``(n, d)``: what is known of each picture.
    seed : int
        Chooses one of many such maps: only what is near means something.

    Returns
    -------
    numpy.ndarray
        Shape ``(n, 2)``: row and column of each picture, in the smallest square that holds them all.

    Raises
    ------
    ValueError
        If there are fewer than 4 pictures.

    Notes
    -----
    t-SNE (van der Maaten and Hinton, 2008) with cosines, then the assignment with the smallest sum of squared ways.
    """
    from scipy.optimize import linear_sum_assignment
    from scipy.spatial.distance import cdist
    from sklearn.manifold import TSNE

    if len(numbers) < 4:
        raise ValueError(f"got {len(numbers)} pictures; expected at least 4, for there to be neighbors")
    near = min(10, (len(numbers) - 1) / 3)
    found = TSNE(2, perplexity=near, metric="cosine", init="pca", random_state=seed).fit_transform(numbers)
    found = (found - found.min(axis=0)) / np.maximum(np.ptp(found, axis=0), 1e-12)
    side = int(np.ceil(np.sqrt(len(numbers))))
    places = np.array(list(product(range(side), range(side))))
    _, chosen = linear_sum_assignment(cdist(found, places / (side - 1), "sqeuclidean"))
    return places[chosen]
