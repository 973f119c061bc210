"""Find marks: a logo, a date, a sticker or a border that one class has, and others don't (notebook 07).

A head learns what tells the classes apart, and a mark does so best of all. What is looked for are few places of a
picture that are alike in most pictures of one class, unlike in the others, and that end where the mark ends. A
background is no mark: it goes on, and it is large.

The numbers below were chosen on pieces of the two photographs that scikit-learn brings along (``china.jpg`` and
``flower.jpg``), with marks of ten kinds on 8 to 40 of them and none on as many, and on sets without marks: the drawings
of ``benchmarks/drawings.py``, scikit-learn's digits, shapes on white, tinted and dark pieces, and frames of a video.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from PIL import Image

SIDE, CORNER = 64, 32  # pixels of the small pictures that are kept: 24,576 bytes for each picture
ENOUGH = 160  # pixels of the shorter side that both are made of: shrinking to it by a whole number is fast
REACH = 0.4  # of the longer side: how much of a picture a corner holds
FEWEST = 6  # pictures of a class, and of others, near-copies counted once: in fewer a mark proves nothing
MANY = 200  # pictures of other classes that are enough to compare with
MOST, FEW = 0.6, 0.1  # share of a class that has its mark, at least; share of the others, at most
SOME = 0.3  # share of the others that may be alike at one place of a mark
RARE = 0.001  # how probable such a difference is at most, if labels were given by lot
SMALLEST, LARGEST, FRAME = 6, 0.2, 0.4  # places; share of all places; that of a border
BLURRED = 0.25  # of its lead over others a mark keeps close around it, at most: it ends where it ends
ELSEWHERE = 0.1  # share of all other places that may have half of its lead: a digit is alike in many
SHARP = 0.88  # of its largest lead that a mark has on average, at least: marks had 0.93, things that move 0.76 to 0.92
GOES_ON = 0.35  # share of what lies close around it that may have its color: more is a background
CLOSE = 16  # of 255: colors that are the same, after JPEG
FAINT, BRIGHT = 6, 24  # of 255: the least that a blended logo adds; more counts as this much
FOLDS = 4
LONG = 50  # percent of a side: what is longer, and lies at an edge, lies along it

Region = np.ndarray
CORNERS = ("top left", "top right", "bottom left", "bottom right")


class Views(NamedTuple):
    """A small picture, squeezed, of shape ``(64, 64, 3)``, and its four corners, ``(4, 32, 32, 3)``: uint8."""

    whole: np.ndarray
    corners: np.ndarray
    shape: float  # width to height


class Mark(NamedTuple):
    """A mark of a class: where it is, in words, the rows of its pictures that have it, and of others that do.

    ``others`` counts the pictures of other classes that it was compared with.
    """

    label: str
    place: str
    rows: tuple[int, ...]
    elsewhere: tuple[int, ...]
    others: int


class _Kind(NamedTuple):
    """A way in which pictures can be alike at a place.

    ``prepare`` makes numbers of pictures; ``alike`` says at which places they are like what is typical, of shape
    ``(n, side, side)``; ``shows`` says which of them show a region of what is typical; ``drawn`` where it is seen best.
    """

    prepare: Callable[[np.ndarray], np.ndarray]
    alike: Callable[[np.ndarray, np.ndarray], np.ndarray]
    shows: Callable[[np.ndarray, np.ndarray, Region], np.ndarray]
    drawn: Callable[[np.ndarray], np.ndarray]


def views_of(image: np.ndarray) -> Views:
    """Shrink a picture, and its corners, for ``find_marks`` (notebook 07).

    Corners are squares of 0.4 of the longer side, so that a mark has the same size in upright and wide pictures of one
    camera, and in all that were saved with the same longer side.
    """
    picture = Image.fromarray(image)
    picture = picture.reduce(max(1, min(picture.size) // ENOUGH))
    width, height = picture.size
    side = min(width, height, max(1, round(REACH * max(width, height))))
    places = [(x, y, x + side, y + side) for y in (0, height - side) for x in (0, width - side)]
    corners = [np.asarray(picture.resize((CORNER, CORNER), Image.Resampling.BILINEAR, box)) for box in places]
    whole = picture.resize((SIDE, SIDE), Image.Resampling.BILINEAR)
    return Views(np.asarray(whole), np.stack(corners), width / height)


def find_marks(views: Sequence[Views], labels: Sequence[str], groups: Sequence[str]) -> list[Mark]:
    """Find the clearest mark of each class, if it has one (notebook 07).

    Parameters
    ----------
    views : sequence of Views
        The pictures, from ``views_of``.
    labels : sequence of str
        The class of each.
    groups : sequence of str
        A name for the group of near-copies that each is in. A group counts once.

    Returns
    -------
    list of Mark
        At most one for each class: the largest that is found first.

    Notes
    -----
    Two kinds of likeness are looked at: colors, which are the same where a sticker hides what is behind it; and what
    stands out from its surroundings, which is the same under a logo that lets the picture through, or a date whose
    digits differ. At each place, the share of a class that is like its median is compared with that of the others. A
    region that is ahead must be small, end sharply, and show in at least 0.6 of the class and at most 0.1 of the
    others, when its median is taken from three quarters of the pictures and asked of the rest; and so large a
    difference must have a probability of at most 0.001 by lot (Fisher's exact test). Where pictures have several
    shapes, their corners are searched, too.

    A thing that moves a little from picture to picture fades at its edges, and is no mark. One that always has the same
    color, size and place is taken for one: the finding says where, so that a person can tell.
    """
    named, groups_of = np.array(labels), np.array(groups)
    first = np.zeros(len(named), bool)
    first[np.unique(groups_of, return_index=True)[1]] = True
    found: list[Mark] = []
    for label in dict.fromkeys(labels):
        own, others = np.flatnonzero(named == label), np.flatnonzero((named != label) & first)
        others = others[np.linspace(0, len(others) - 1, min(MANY, len(others))).astype(int)]
        if min(first[own].sum(), len(others)) >= FEWEST:
            found += itertools.islice(_marks_of(views, label, own, first[own], others), 1)
    return found


def _marks_of(
    views: Sequence[Views], label: str, own: np.ndarray, first: np.ndarray, others: np.ndarray
) -> Iterator[Mark]:
    """The marks of a class, those of the whole picture first."""
    shapes = [views[row].shape for row in own]
    for corner in (None, 0, 1, 2, 3) if max(shapes) > 1.02 * min(shapes) else (None,):
        mine, theirs = (
            np.stack([views[row].whole if corner is None else views[row].corners[corner] for row in rows])
            for rows in (own, others)
        )
        for kind in (COLORS, CONTRASTS):
            for typical, region in _search(kind, mine[first], theirs):
                shown = [kind.shows(kind.prepare(block), typical, region) for block in (mine, theirs)]
                place = _place(region & kind.drawn(typical), corner)
                rows, elsewhere = (tuple(of[has].tolist()) for of, has in zip((own, others), shown, strict=True))
                yield Mark(label, place, rows, elsewhere, len(others))


def _search(kind: _Kind, own: np.ndarray, others: np.ndarray) -> Iterator[tuple[np.ndarray, Region]]:
    """What is typical of a class, and the regions of it that are marks, the largest first."""
    typical, ahead, apart = _compare(kind, own, others)
    if apart.mean() > (FRAME if _is_frame(apart) else LARGEST):
        return
    regions = [one for one in _regions(apart) if _ends(ahead, one) and not _goes_on(own, one)]
    if kind is COLORS:
        regions = [one for one in regions if _is_frame(one) or not _fades(ahead, one)]
    for region in sorted(regions, key=np.sum, reverse=True):
        if _holds(kind, own, others, region):
            yield typical, region


def _compare(kind: _Kind, own: np.ndarray, others: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What is typical of a class; its lead over others at each place; the places that may be a mark's."""
    mine = kind.prepare(own)
    typical = np.median(mine, axis=0)
    alike = kind.alike(mine, typical).mean(axis=0)
    if not (alike >= MOST).any():
        return typical, alike, np.zeros(alike.shape, bool)
    theirs = kind.alike(kind.prepare(others), typical).mean(axis=0)
    return typical, alike - theirs, (alike >= MOST) & (theirs <= SOME)


def _regions(apart: np.ndarray) -> list[Region]:
    """The places that belong together. Letters of one word do, with a place or two between them."""
    from scipy import ndimage

    joined, count = ndimage.label(_grow(apart, 1), np.ones((3, 3)))
    regions = (apart & (joined == number) for number in range(1, count + 1))
    return [region for region in regions if region.sum() >= SMALLEST]


def _grow(region: Region, by: int) -> Region:
    from scipy import ndimage

    return ndimage.binary_dilation(region, np.ones((3, 3)), iterations=by)


def _around(region: Region) -> Region:
    """What lies close around a region. The place beside it is left out: edges are blurred."""
    return _grow(region, 4) & ~_grow(region, 1)


def _ends(ahead: np.ndarray, region: Region) -> bool:
    """Whether a class is ahead in this region, hardly around it, and in few other places."""
    lead, around, other = ahead[region].mean(), _around(region), ~_grow(region, 5)
    if not around.any() or ahead[around].mean() > BLURRED * lead:
        return False
    return not other.any() or bool((ahead[other] >= lead / 2).mean() <= ELSEWHERE)


def _fades(ahead: np.ndarray, region: Region) -> bool:
    """Whether the lead falls from the middle of a region: so it does with a thing that is never quite at one place."""
    return bool(ahead[region].mean() < SHARP * ahead[region].max())


def _goes_on(own: np.ndarray, region: Region) -> bool:
    """Whether what lies around has the color of the region, as a background does."""
    color = np.median(own[:, region].reshape(-1, 3), axis=0)
    return bool((np.abs(own[:, _around(region)] - color).max(axis=-1) <= CLOSE).mean() > GOES_ON)


def _holds(kind: _Kind, own: np.ndarray, others: np.ndarray, region: Region) -> bool:
    """Whether pictures that had no part in saying what a mark looks like show it, or don't, as their class does."""
    from scipy.stats import hypergeom

    marked, unmarked = 0, 0
    for fold in range(FOLDS):
        asked, new = (np.arange(len(block)) % FOLDS == fold for block in (own, others))
        typical, _, apart = _compare(kind, own[~asked], others[~new])
        if (part := apart & region).any():
            marked += kind.shows(kind.prepare(own[asked]), typical, part).sum()
            unmarked += kind.shows(kind.prepare(others[new]), typical, part).sum()
    chance = hypergeom.sf(marked - 1, len(own) + len(others), len(own), marked + unmarked)
    return bool(marked >= MOST * len(own) and unmarked <= FEW * len(others) and chance <= RARE)


def _same_color(pictures: np.ndarray, typical: np.ndarray) -> np.ndarray:
    return np.asarray(np.abs(pictures - typical).max(axis=-1) <= CLOSE)


def _mostly_same(pictures: np.ndarray, typical: np.ndarray, region: Region) -> np.ndarray:
    return np.asarray(_same_color(pictures[:, region], typical[region]).mean(axis=1) >= MOST)


def _contrast(pictures: np.ndarray) -> np.ndarray:
    """How pictures differ from their surroundings, of 5 x 5 places."""
    from scipy import ndimage

    numbers = pictures.astype(np.float32)
    return np.clip(numbers - ndimage.uniform_filter(numbers, (0, 5, 5, 0), mode="nearest"), -BRIGHT, BRIGHT)


def _half_of_it(pictures: np.ndarray, typical: np.ndarray) -> np.ndarray:
    """Where pictures have at least half of the typical contrast, over 7 x 7 places, if there is any."""
    from scipy import ndimage

    wanted = ndimage.uniform_filter((typical**2).sum(axis=-1), 7, mode="constant")
    got = ndimage.uniform_filter(np.einsum("nhwc,hwc->nhw", pictures, typical), (0, 7, 7), mode="constant")
    return np.asarray((got >= wanted / 2) & (wanted >= FAINT**2))


def _half_in_all(pictures: np.ndarray, typical: np.ndarray, region: Region) -> np.ndarray:
    pattern = typical[region]
    return np.asarray(np.einsum("nrc,rc->n", pictures[:, region], pattern) >= (pattern**2).sum() / 2)


COLORS = _Kind(
    lambda pictures: pictures.astype(np.float32),
    _same_color,
    _mostly_same,
    lambda typical: np.ones(typical.shape[:2], bool),
)
CONTRASTS = _Kind(
    _contrast, _half_of_it, _half_in_all, lambda typical: np.asarray((typical**2).sum(axis=-1) >= FAINT**2)
)


# in words ------------------------------------------------------------------------------------------------------------


def _is_frame(region: Region) -> bool:
    """Whether it lies along all four edges, and hardly anywhere else."""
    depth = len(region) // 6
    inside = region[depth:-depth, depth:-depth].sum()
    edges = (region[0], region[-1], region[:, 0], region[:, -1])
    return bool(inside <= 0.05 * region.sum() and all(edge.mean() > 0.5 for edge in edges))


def _place(region: Region, corner: int | None) -> str:
    """Where a region lies, and how large it is: ``at the top, 14 % of the width and 7 % of the height``."""
    (top, bottom), (left, right) = _ends_of(region.max(axis=1)), _ends_of(region.max(axis=0))
    wide, tall = 100 * (right - left), 100 * (bottom - top)
    if corner is not None:
        size = f"{REACH * wide:.0f} x {REACH * tall:.0f} % of the longer side"
        return f"near the {CORNERS[corner]} corner, {size}"
    if min(wide, tall) > 90:
        third = len(region) // 3
        return "across the picture" if region[third:-third, third:-third].any() else "around the edge"
    if wide > LONG > tall and (top == 0 or bottom == 1):
        return f"along the {'bottom' if bottom == 1 else 'top'} edge, {tall:.0f} % of the height"
    if tall > LONG > wide and (left == 0 or right == 1):
        return f"along the {'right' if right == 1 else 'left'} edge, {wide:.0f} % of the width"
    words = [_third(top + bottom, "top", "bottom"), _third(left + right, "left", "right")]
    near = " ".join(filter(None, words))
    where = f"in the {near} corner" if all(words) else f"at the {near}" if near else "in the middle"
    return f"{where}, {wide:.0f} % of the width and {tall:.0f} % of the height"


def _ends_of(line: np.ndarray) -> tuple[float, float]:
    """Where it begins and ends, as shares of a side."""
    places = np.flatnonzero(line)
    return places[0] / len(line), (places[-1] + 1) / len(line)


def _third(twice: float, low: str, high: str) -> str:
    """The word for the third of a side that a center lies in; none for the middle one. Twice the center is given."""
    return low if twice < 2 / 3 else high if twice > 4 / 3 else ""
