"""Figures of the course, each shown with alt text."""

from __future__ import annotations

import base64
import io
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import matplotlib.pyplot as plt
import numpy as np
from IPython.display import display
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from PIL import Image

from .markup import render

if TYPE_CHECKING:
    import keras

DPI = 150
DRAWN = 4096  # colors at most of a drawing, which is kept to the last pixel; photos would take ten times the space
QUALITY = 60  # of 100, of WebP for photos, as large as they are shown: notebook 08 stays below 500 KB
LONG = 26  # letters of a name beside an axis
LEAST = 8  # points: where the numbers of the cells would be smaller, there are none
LETTER, LINE, MARGIN = 0.085, 0.2, 0.8  # inches of a letter, of a line of them, and of what else stands beside an axis
CELL, SIDES = 0.42, (2.8, 6.0)  # inches of a cell of a confusion matrix, and of its sides: at least, at most
READABLE = 0.15  # inches between two names
WIDEST = 9.0  # inches: as wide as a page shows a figure; a wider one, and its letters, would shrink
LUMA = np.array([0.299, 0.587, 0.114])  # how bright red, green and blue are, as in JPEG
# Orange and blue are told apart with any kind of color blindness. The strongest heat covers so much of the picture.
FOR, AGAINST, COVER = np.array([242.0, 128.0, 0.0]), np.array([0.0, 90.0, 217.0]), 0.85
in_style = plt.style.context("course_utils.course")  # around a function: it draws so, whatever else is set


class Curve(Protocol):
    """What ``plot_learning_curve`` draws: a ``LearningCurve``, which stands in a room above (notebook 09)."""

    @property
    def counts(self) -> tuple[int, ...]: ...
    @property
    def accuracies(self) -> np.ndarray: ...
    @property
    def mean(self) -> np.ndarray: ...
    @property
    def twice(self) -> tuple[float, float, float]: ...


class Bins(Protocol):
    """What ``plot_reliability`` draws: a ``Reliability``, which stands in a room above (notebook 13)."""

    @property
    def sure(self) -> np.ndarray: ...
    @property
    def right(self) -> np.ndarray: ...
    @property
    def counts(self) -> np.ndarray: ...
    @property
    def low(self) -> np.ndarray: ...
    @property
    def high(self) -> np.ndarray: ...


def show(figure: Figure, alt: str) -> None:
    """Display a figure together with words for those who can't see it, and close it (notebook 00).

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        What to show.
    alt : str
        What a reader who can't see the figure should know.

    Raises
    ------
    ValueError
        If ``alt`` says nothing.
    """
    display({"text/html": to_html(figure, alt), "text/plain": alt}, raw=True)


@in_style
def to_html(figure: Figure, alt: str) -> str:
    """Write a figure as an HTML picture with alt text, and close it: what :func:`show` displays (notebook 03).

    It stands on white, in a dark theme too (the trainer's ``trainer.css`` turns those in it dark), and is never wider
    than the page.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        What to write. Its size on screen is its size in inches times 100 pixels.
    alt : str
        What a reader who can't see the figure should know.

    Returns
    -------
    str
        An ``<img>`` element that holds the picture itself.

    Raises
    ------
    ValueError
        If ``alt`` says nothing.
    """
    if not alt.strip():
        raise ValueError("alt is empty; expected a sentence that says what the figure shows")
    drawn, written = io.BytesIO(), io.BytesIO()
    figure.savefig(drawn, format="png", dpi=DPI, bbox_inches="tight", facecolor="white")
    plt.close(figure)
    picture = Image.open(drawn).convert("RGB")
    width, height = (round(side * 100 / DPI) for side in picture.size)
    if picture.getcolors(DRAWN):
        picture.save(written, "webp", lossless=True)
    else:
        picture.resize((width, height), Image.Resampling.LANCZOS).save(written, "webp", quality=QUALITY)
    return str(
        render(
            Path(__file__).with_name("picture.html.j2"),
            alt=alt,
            width=width,
            data=base64.b64encode(written.getvalue()).decode(),
        )
    )


@in_style
def plot_top_labels(axes: Axes, top: Sequence[tuple[int, str, float]]) -> None:
    """Draw the output of ``top_labels`` as bars, most probable on top (notebook 02).

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Where to draw.
    top : sequence of (int, str, float)
        Index, name and probability, from ``top_labels``.
    """
    names = [shorten(f"{index} {name.split(',')[0]}") for index, name, _ in top]
    bars = axes.barh(range(len(top)), [probability for *_, probability in top], color="C0")
    axes.bar_label(bars, [f"{probability:.2f}" for *_, probability in top], padding=3)
    axes.set(yticks=range(len(top)), yticklabels=names, xlim=(0, 1), xlabel="probability")
    axes.invert_yaxis()


@in_style
def plot_prediction(image: np.ndarray, top: Sequence[tuple[int, str, float]]) -> Figure:
    """Draw a picture beside the labels that a network finds most probable (notebook 02).

    Parameters
    ----------
    image : numpy.ndarray
        Shape ``(height, width, 3)``.
    top : sequence of (int, str, float)
        Index, name and probability, from ``top_labels``.

    Returns
    -------
    matplotlib.figure.Figure
        Give it to :func:`show`.
    """
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.4), layout="constrained", width_ratios=[1, 2])
    left.imshow(image)
    left.axis("off")
    plot_top_labels(right, top)
    return figure


@in_style
def plot_history(history: keras.callbacks.History) -> Figure:
    """Draw loss and accuracy after each epoch (notebook 05).

    Parameters
    ----------
    history : keras.callbacks.History
        From ``train``. Training is drawn solid, validation, where there is one, dashed.

    Returns
    -------
    matplotlib.figure.Figure
        Give it to :func:`show`.
    """
    figure, both = plt.subplots(1, 2, figsize=(9, 3), layout="constrained")
    for axes, name in zip(both, ["loss", "accuracy"], strict=True):
        highest = 1.0
        for key, label, style in [(name, "training", "-"), (f"val_{name}", "validation", "--")]:
            if key in history.history:
                values = history.history[key]
                axes.plot(range(1, len(values) + 1), values, style, label=label)
                highest = max(highest, *values)
        axes.set(xlabel="epoch", ylabel=name, ylim=(0, 1.05 * highest))
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.legend()
    return figure


@in_style
def plot_learning_curve(curve: Curve) -> Figure:
    """Draw how accuracy grew with the number of pictures, and where it may be with twice as many (notebook 09).

    Parameters
    ----------
    curve : LearningCurve
        From ``learning_curve``. The line is the mean of the draws, the dots are single draws, and 8 of 10 draws lie in
        the band. The bar at the right is where 8 of 10 predictions hold the truth.

    Returns
    -------
    matplotlib.figure.Figure
        Give it to :func:`show`.
    """
    figure, axes = plt.subplots(figsize=(7, 3.4), layout="constrained")
    for run in curve.accuracies:
        axes.plot(curve.counts, run, "o", color="C0", markersize=3, alpha=0.2, markeredgewidth=0)
    axes.fill_between(
        curve.counts, *np.percentile(curve.accuracies, [10, 90], axis=0), color="C0", alpha=0.15, linewidth=0
    )
    axes.plot(curve.counts, curve.mean, "o-", color="C0", label="measured")
    low, middle, high = curve.twice
    double, apart = 2 * curve.counts[-1], [[middle - low], [high - middle]]
    axes.errorbar([double], [middle], apart, fmt="o", color="C1", label="predicted")
    axes.set(xscale="log", xlabel="pictures of each class to learn from", ylabel="accuracy", ylim=(None, 1.03))
    axes.set_xticks([*curve.counts, double], [f"{count:,}" for count in (*curve.counts, double)])
    axes.minorticks_off()
    axes.legend(loc="lower right")
    return figure


@in_style
def plot_reliability(reliability: Bins, title: str = "") -> Figure:
    """Draw how often a head is right against how sure it is (notebook 13).

    Parameters
    ----------
    reliability : Reliability
        From ``measure_reliability``. Each dot is a bin, and its number says how many pictures that holds. Of a
        perfectly calibrated head, 95 % of the dots would lie on the gray bars.
    title : str
        What stands above.

    Returns
    -------
    matplotlib.figure.Figure
        Give it to :func:`show`.
    """
    figure, axes = plt.subplots(figsize=(5, 4), layout="constrained")
    axes.plot([0, 1], [0, 1], color="0.5", linewidth=1, linestyle="--", label="as sure as right")
    axes.vlines(reliability.sure, reliability.low, reliability.high, color="0.7", linewidth=8, label="by chance")
    axes.plot(reliability.sure, reliability.right, "o-", color="C0", label="this head")
    for sure, right, count in zip(reliability.sure, reliability.right, reliability.counts, strict=True):
        apart = 9 if right < 0.9 else -15
        axes.annotate(f"{count:.0f}", (sure, right), (0, apart), textcoords="offset points", ha="center")
    axes.set(xlabel="how sure (mean probability)", ylabel="how often right", xlim=(0, 1.02), ylim=(-0.02, 1.03))
    axes.set_title(title)
    axes.legend(loc="upper left")
    return figure


@in_style
def plot_rates(rates: Mapping[str, float], unit: str = "pictures per second") -> Figure:
    """Draw how fast several ways are as bars, in the order given (notebook 10).

    Parameters
    ----------
    rates : mapping of str to float
        The rate of each way.
    unit : str
        What the rates count.

    Returns
    -------
    matplotlib.figure.Figure
        Give it to :func:`show`.
    """
    figure, axes = plt.subplots(figsize=(7, 0.6 + 0.4 * len(rates)), layout="constrained")
    bars = axes.barh(range(len(rates)), list(rates.values()))
    axes.bar_label(bars, [f"{rate:,.0f}" if rate >= 10 else f"{rate:.2g}" for rate in rates.values()], padding=3)
    axes.set(
        yticks=range(len(rates)),
        yticklabels=[shorten(name, 40) for name in rates],
        xlabel=unit,
        xlim=(0, 1.12 * max(rates.values())),
    )
    axes.locator_params(axis="x", nbins=4)
    axes.invert_yaxis()
    return figure


@in_style
def plot_cost(counts: Sequence[int], seconds: Sequence[float]) -> Figure:
    """Draw what one picture costs as the set grows; level means that a set of any size costs the same (notebook 10).

    Parameters
    ----------
    counts : sequence of int
        How many pictures each set has.
    seconds : sequence of float
        Seconds for each whole set.

    Returns
    -------
    matplotlib.figure.Figure
        Give it to :func:`show`.
    """
    figure, axes = plt.subplots(figsize=(7, 2.8), layout="constrained")
    cost = [1000 * whole / count for whole, count in zip(seconds, counts, strict=True)]
    axes.plot(counts, cost, "o-")
    axes.set(xscale="log", xlabel="pictures in the set", ylabel="milliseconds per picture", ylim=(0, 1.2 * max(cost)))
    axes.set_xticks(counts, [f"{count:,}" for count in counts], minor=False)
    axes.minorticks_off()
    return figure


@in_style
def plot_confusion(expected: Sequence[str], predicted: Sequence[str], classes: Sequence[str]) -> Figure:
    """Draw how often each class was taken for each (notebook 06).

    Parameters
    ----------
    expected, predicted : sequence of str
        One label per picture.
    classes : sequence of str
        The order of rows and columns.

    Returns
    -------
    matplotlib.figure.Figure
        Give it to :func:`show`.
    """
    from sklearn.metrics import ConfusionMatrixDisplay, confusion_matrix

    count = len(classes)
    side = min(max(CELL * count, SIDES[0]), SIDES[1])
    names = [shorten(name) for name in classes]
    longest, cell = LETTER * max(map(len, names)), side / count
    upright = longest > 0.9 * cell
    size = (side + longest + MARGIN, side + (longest if upright else 0.2) + MARGIN)
    figure, axes = plt.subplots(figsize=size, layout="constrained")
    counts, usual = confusion_matrix(expected, predicted, labels=list(classes)), plt.rcParams["font.size"]
    fits = 72 * cell * min(0.6, 1.25 / len(str(counts.max())))
    drawn = ConfusionMatrixDisplay(counts).plot(include_values=fits >= LEAST, cmap=None, colorbar=False, ax=axes)
    for text, dark in zip(drawn.text_.flat if fits >= LEAST else [], counts.flat > 0.65 * counts.max(), strict=False):
        text.set(color="white" if dark else plt.rcParams["text.color"], fontsize=min(usual, fits))
    step = math.ceil(READABLE / cell)
    points = min(usual, 72 * 0.85 * cell * step)
    places = range(0, count, step)
    axes.set_xticks(places, names[::step], rotation=90 if upright else 0, fontsize=points)
    axes.set_yticks(places, names[::step], fontsize=points)
    axes.set(xlabel="predicted", ylabel="expected")
    return figure


def shorten(name: str, most: int = LONG) -> str:
    """Leave out the middle of a long name, so that it fits beside an axis; the ends tell names apart (notebook 06)."""
    kept = most - 1
    return name if len(name) <= most else f"{name[: kept - kept // 2].rstrip()}…{name[-(kept // 2) :].lstrip()}"


@in_style
def contact_sheet(images: Sequence[np.ndarray], titles: Sequence[str], columns: int = 5) -> Figure:
    """Lay pictures out in rows, each under its title (notebook 00).

    Parameters
    ----------
    images : sequence of numpy.ndarray
        Each of shape ``(height, width, 3)``: uint8, or floating-point numbers from 0 to 1.
    titles : sequence of str
        One per picture.
    columns : int
        How many pictures a row holds at most.

    Returns
    -------
    matplotlib.figure.Figure
        Give it to :func:`show`.

    Raises
    ------
    ValueError
        If there are no pictures, or not as many titles.
    """
    if not len(images) or len(images) != len(titles):
        raise ValueError(f"got {len(images)} pictures and {len(titles)} titles; expected at least one, as many of each")
    columns = min(columns, len(images))
    rows = math.ceil(len(images) / columns)
    side = min(1.8, WIDEST / columns)
    letters = max(int(side / LETTER), 3)
    size = (side * columns, (side + LINE * max(title.count("\n") + 1 for title in titles)) * rows)
    figure, grid = plt.subplots(rows, columns, figsize=size, layout="constrained", squeeze=False)
    for axes in grid.flat:
        axes.axis("off")
    for axes, image, title in zip(grid.flat, images, titles, strict=False):  # the last row may have places left
        axes.imshow(image)
        axes.set_title("\n".join(shorten(line, letters) for line in title.split("\n")), fontsize="medium")
    return figure


@in_style
def plot_heat(axes: Axes, image: np.ndarray, heat: np.ndarray, most: float | None = None) -> None:
    """Lay heat over a picture: orange speaks for the class, blue against it (notebook 08).

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Where to draw. The picture beneath is gray, so that all color is heat.
    image : numpy.ndarray
        Shape ``(height, width, 3)``, uint8.
    heat : numpy.ndarray
        Of any height and width: it is stretched over the picture, and its places stay seen.
    most : float, optional
        The heat that is drawn in full color; unset, the largest here. Give it to compare pictures.
    """
    axes.imshow(heat_over(image, heat, most))
    axes.axis("off")


def heat_over(image: np.ndarray, heat: np.ndarray, most: float | None = None) -> np.ndarray:
    """Color a gray copy of a picture by heat: what :func:`plot_heat` draws (notebook 08).

    Parameters
    ----------
    image, heat, most
        As for :func:`plot_heat`.

    Returns
    -------
    numpy.ndarray
        Of the shape of ``image``, uint8.
    """
    rows, columns = (np.arange(size) * places // size for size, places in zip(image.shape, heat.shape, strict=False))
    strength = heat[np.ix_(rows, columns)][..., np.newaxis] / (most or max(float(np.abs(heat).max()), 1e-12))
    cover = COVER * np.minimum(np.abs(strength), 1)
    gray = (image @ LUMA)[..., np.newaxis]
    return np.rint(cover * np.where(strength > 0, FOR, AGAINST) + (1 - cover) * gray).astype(np.uint8)


@in_style
def plot_map(images: Sequence[np.ndarray], places: np.ndarray, labels: Sequence[str]) -> Figure:
    """Draw each picture at its place in a grid, in a frame that tells its label (notebook 08).

    Parameters
    ----------
    images : sequence of numpy.ndarray
        Shape ``(side, side, 3)`` each, uint8.
    places : numpy.ndarray
        Shape ``(n, 2)``, rows and columns, from ``arrange``.
    labels : sequence of str
        One per picture.

    Returns
    -------
    matplotlib.figure.Figure
        Give it to :func:`show`.
    """
    classes = list(dict.fromkeys(labels))
    colors = [f"C{number % 10}" for number in range(len(classes))]
    side = int(places.max()) + 1
    figure, grid = plt.subplots(side, side, figsize=(6, 6.4), layout="constrained", squeeze=False)
    for axes in grid.flat:
        axes.axis("off")
    for image, (row, column), label in zip(images, places, labels, strict=True):
        wide = math.ceil(len(image) / 24)
        framed = np.full(
            (image.shape[0] + 2 * wide, image.shape[1] + 2 * wide, 3), to_rgb(colors[classes.index(label)])
        )
        framed[wide:-wide, wide:-wide] = image / 255
        grid[row, column].imshow(framed)
    handles = [
        Patch(facecolor=color, linewidth=0, label=shorten(name)) for color, name in zip(colors, classes, strict=True)
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=min(4, len(classes)))
    return figure
