"""Figures of the course, each shown with alt text."""

from __future__ import annotations

import base64
import io
import math
from collections import Counter
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
from matplotlib.transforms import Bbox
from PIL import Image

from .fonts import drawn, families, legible
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
BARS, WORDS = 30, 100  # classes from which on a matrix can't be read: worst confusions are shown, then listed
WORST, LISTED = 15, 20  # so many of them
READABLE = 0.15  # inches between two names
WIDEST = 9.0  # inches: as wide as a page shows a figure; a wider one, and its letters, would shrink
LUMA = np.array([0.299, 0.587, 0.114])  # how bright red, green and blue are, as in JPEG
# Orange and blue are told apart with any kind of color blindness. The strongest heat covers so much of the picture.
FOR, AGAINST, COVER = np.array([242.0, 128.0, 0.0]), np.array([0.0, 90.0, 217.0]), 0.85
# around a function: it draws so, whatever else is set
in_style = plt.style.context(["course_utils.course", {"font.family": families()}])


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
    painted, written = io.BytesIO(), io.BytesIO()
    figure.savefig(painted, format="png", dpi=DPI, bbox_inches="tight", facecolor="white")
    plt.close(figure)
    picture = Image.open(painted).convert("RGB")
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
    names = [label(f"{index} {name.split(',')[0]}") for index, name, _ in top]
    bars = axes.barh(range(len(top)), [probability for *_, probability in top], color="C0")
    axes.bar_label(bars, [f"{probability:.2f}" for *_, probability in top], padding=3)
    axes.set(xlim=(0, 1), xlabel="probability")
    axes.set_yticks(range(len(top)), names, fontfamily=families())
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
        for key, part, style in [(name, "training", "-"), (f"val_{name}", "validation", "--")]:
            if key in history.history:
                values = history.history[key]
                axes.plot(range(1, len(values) + 1), values, style, label=part)
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
    axes.set_title(drawn(title))
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
    axes.set(xlabel=drawn(unit), xlim=(0, 1.12 * max(rates.values())))
    axes.set_yticks(range(len(rates)), [label(name, 40) for name in rates])
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

    With 30 classes or more, no matrix can be read: then the 15 most frequent confusions are drawn as bars, and with 100
    or more, 20 are listed.

    Parameters
    ----------
    expected, predicted : sequence of str
        One label per picture.
    classes : sequence of str
        The order of rows and columns. Pictures with other labels are left out.

    Returns
    -------
    matplotlib.figure.Figure
        Give it to :func:`show`.
    """
    if len(classes) < BARS:
        return _confusion_matrix(expected, predicted, classes)
    known = set(classes)
    pairs = zip(expected, predicted, strict=True)
    wrong = Counter(pair for pair in pairs if pair[0] != pair[1] and known.issuperset(pair))
    if not wrong:
        figure, axes = plt.subplots(figsize=(7, 1), layout="constrained")
        axes.text(0.5, 0.5, "no picture was taken for one of another class", ha="center", va="center")
        axes.axis("off")
        return figure
    return _confusion_bars(wrong) if len(classes) < WORDS else _confusion_list(wrong)


def _confusion_bars(wrong: Counter[tuple[str, str]]) -> Figure:
    worst = wrong.most_common(WORST)
    figure, axes = plt.subplots(figsize=(8, 0.9 + 0.3 * len(worst)), layout="constrained")
    bars = axes.barh(range(len(worst)), [count for _, count in worst])
    axes.bar_label(bars, [f"{count:,}" for _, count in worst], padding=3)
    names = [f"{label(one)} → {label(other)}" for (one, other), _ in worst]
    axes.set_yticks(range(len(worst)), names)
    axes.set(xlabel="pictures of the first class that were taken for the second", xlim=(0, 1.12 * worst[0][1]))
    axes.locator_params(axis="x", integer=True, nbins=5)
    axes.set_title(f"the {len(worst)} most frequent of {len(wrong):,} confusions", loc="left")
    axes.invert_yaxis()
    return figure


def _confusion_list(wrong: Counter[tuple[str, str]]) -> Figure:
    worst = wrong.most_common(LISTED)
    figure, axes = plt.subplots(figsize=(7, 0.6 + LINE * 1.3 * (len(worst) + 1)), layout="constrained")
    axes.axis("off")
    axes.set_title(f"the {len(worst)} most frequent of {len(wrong):,} confusions", loc="left")
    rows = [[label(one), label(other), f"{count:,}"] for (one, other), count in worst]
    table = axes.table(
        rows,
        colLabels=["expected", "predicted", "pictures"],
        colWidths=[0.43, 0.43, 0.14],
        cellLoc="left",
        colLoc="left",
        edges="horizontal",
        bbox=Bbox.unit(),
    )
    table.auto_set_font_size(False)
    table.set_fontsize(plt.rcParams["font.size"])
    for cell in table.get_celld().values():
        cell.set(edgecolor=plt.rcParams["axes.edgecolor"], linewidth=0.4)
    return figure


def _confusion_matrix(expected: Sequence[str], predicted: Sequence[str], classes: Sequence[str]) -> Figure:
    from sklearn.metrics import ConfusionMatrixDisplay, confusion_matrix

    count = len(classes)
    side = min(max(CELL * count, SIDES[0]), SIDES[1])
    names = [label(name) for name in classes]
    longest, cell = LETTER * max(map(len, names)), side / count
    upright = longest > 0.9 * cell
    size = (side + longest + MARGIN, side + (longest if upright else 0.2) + MARGIN)
    figure, axes = plt.subplots(figsize=size, layout="constrained")
    counts, usual = confusion_matrix(expected, predicted, labels=list(classes)), plt.rcParams["font.size"]
    fits = 72 * cell * min(0.6, 1.25 / len(str(counts.max())))
    matrix = ConfusionMatrixDisplay(counts).plot(include_values=fits >= LEAST, cmap=None, colorbar=False, ax=axes)
    for text, dark in zip(matrix.text_.flat if fits >= LEAST else [], counts.flat > 0.65 * counts.max(), strict=False):
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


def label(name: str, most: int = LONG) -> str:
    """Write a name beside an axis, in a legend or above a picture: shortened, and as it is (see :func:`drawn`)."""
    return drawn(shorten(legible(name), most))


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
        axes.set_title("\n".join(label(line, letters) for line in title.split("\n")), fontsize="medium")
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
    for image, (row, column), name in zip(images, places, labels, strict=True):
        wide = math.ceil(len(image) / 24)
        framed = np.full((image.shape[0] + 2 * wide, image.shape[1] + 2 * wide, 3), to_rgb(colors[classes.index(name)]))
        framed[wide:-wide, wide:-wide] = image / 255
        grid[row, column].imshow(framed)
    handles = [Patch(facecolor=color, linewidth=0, label="class") for color in colors]
    legend = figure.legend(handles=handles, loc="outside lower center", ncols=min(4, len(classes)))
    for text, name in zip(legend.get_texts(), classes, strict=True):  # a handle whose label begins with _ has no place
        text.set_text(label(name))
    return figure
