"""The style of the figures: every figure has it, its colors stay apart for everybody, and it follows a dark theme."""

import ast
import base64
import io
import itertools
import re
from types import SimpleNamespace

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest
from helpers import CHROMIUM, NO_BROWSER, NOTEBOOKS, ROOT, cells_of
from matplotlib.colors import to_rgb
from matplotlib.text import Text
from PIL import Image

import course_utils as cu

STYLE = "course_utils.course"
SHOWN = 900  # pixels: as wide as a page shows a figure
WHITE = (1.0, 1.0, 1.0)
with plt.style.context(STYLE, after_reset=True):
    RC = dict(plt.rcParams)
CYCLE = [to_rgb(color) for color in RC["axes.prop_cycle"].by_key()["color"]]

# figures -------------------------------------------------------------------------------------------------------------

PICTURE = np.full((40, 60, 3), 90, np.uint8)
TOP = [(541, "drum, membranophone", 0.47), (822, "steel drum", 0.17)]
PAIR = {"loss": [2.0, 1.0], "accuracy": [0.5, 1.0], "val_loss": [3.0, 2.0], "val_accuracy": [0.0, 0.5]}
CURVE = SimpleNamespace(
    counts=(2, 4), accuracies=np.array([[0.5, 0.7], [0.6, 0.8]]), mean=np.array([0.55, 0.75]), twice=(0.7, 0.8, 0.9)
)
BINS = SimpleNamespace(sure=np.array([0.5, 0.9]), right=np.array([0.4, 0.95]), counts=np.array([12, 120]))
BINS.low, BINS.high = BINS.right - 0.1, BINS.right + 0.1


def plot_alone(top):
    figure, axes = plt.subplots()
    cu.plot_top_labels(axes, top)
    return figure


def confusion(count, each):
    names = [f"a class, number {number}" for number in range(count)]
    return cu.plot_confusion(names * each, names[1:] * each + names[:1] * each, names)


FIGURES = {
    "plot_prediction": lambda: cu.plot_prediction(PICTURE, TOP),
    "plot_history": lambda: cu.plot_history(SimpleNamespace(history=PAIR)),
    "plot_learning_curve": lambda: cu.plot_learning_curve(CURVE),
    "plot_reliability": lambda: cu.plot_reliability(BINS, "a title"),
    "plot_rates": lambda: cu.plot_rates({"slow": 1.0, "fast": 20.0}),
    "plot_cost": lambda: cu.plot_cost([100, 200], [1.0, 2.0]),
    "plot_confusion": lambda: confusion(3, 4),
    "plot_map": lambda: cu.plot_map([PICTURE] * 4, np.array([[0, 0], [0, 1], [1, 0], [1, 1]]), list("abca")),
    "contact_sheet": lambda: cu.contact_sheet([PICTURE] * 7, ["says notebook 0.99\nis notebook"] * 7, 7),
}
CROWDED = {
    "30 classes": lambda: confusion(30, 10),
    "200 classes": lambda: confusion(200, 1),
    "two-letter names": lambda: cu.contact_sheet([PICTURE] * 20, ["no"] * 20, 20),
}


def plotting():
    """The names of the public functions of plots.py that give a figure."""
    tree = ast.parse((ROOT / "course_utils" / "plots.py").read_text(encoding="utf-8"))
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")]
    return {node.name for node in functions if returned(node) == "Figure"}


def returned(function):
    return ast.unparse(function.returns) if function.returns else ""


def test_all_figures_are_tried():
    assert plotting() == set(FIGURES)


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_looks_the_same_whatever_was_set(name):
    """Also what is drawn only when it is written, as the marks of an axis are."""
    with plt.style.context("default"):
        plain = cu.to_html(FIGURES[name](), "a figure")
    for other in ("dark_background", "ggplot", STYLE):
        with plt.style.context(other):
            before = dict(plt.rcParams)
            assert cu.to_html(FIGURES[name](), "a figure") == plain, other
            assert dict(plt.rcParams) == before, "what was set is left as it was"


def test_bars_on_axes_of_a_learner_have_the_colors_of_the_course():
    with plt.style.context("default"):
        figure = plot_alone(TOP)
    assert to_rgb(figure.axes[0].patches[0].get_facecolor()) == CYCLE[0]
    plt.close(figure)


@pytest.mark.parametrize("name", FIGURES | CROWDED)
def test_letters_can_be_read_at_the_width_in_which_they_are_shown(name):
    figure = (FIGURES | CROWDED)[name]()
    figure.draw_without_rendering()
    size = min(1, SHOWN / (100 * figure.get_size_inches()[0]))
    counted = {text for axes in figure.axes for text in axes.texts} if "class" in name else set()  # in a matrix
    texts = [text for text in figure.findobj(Text) if text.get_text() and text.get_visible() and text not in counted]
    assert texts and min(text.get_fontsize() for text in texts) * size >= 9
    assert min([text.get_fontsize() for text in counted if text.get_visible()], default=9) * size >= 8
    plt.close(figure)


# sources -------------------------------------------------------------------------------------------------------------


def code_of(path):
    if path.suffix == ".py":
        return [path.read_text(encoding="utf-8")]
    return [cell.source for cell in cells_of(path) if cell.cell_type == "code"]


@pytest.mark.parametrize(
    "path", [*sorted((ROOT / "course_utils").rglob("*.py")), *NOTEBOOKS], ids=lambda path: path.stem
)
def test_what_the_style_says_is_not_said_again(path):
    for code in code_of(path):
        assert not re.search(r"[\"']tab:|\.spines\b|cmap=\"(?!gray\")|\.rcParams\[[^]]*\] *=", code)
        assert not any(float(size) < 9 for size in re.findall(r"(?:font|label|title)_?size=(\d+(?:\.\d+)?)\b", code)), (
            code
        )


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_that_plots_itself_sets_the_style_where_it_imports_matplotlib(path):
    cells = code_of(path)
    first = next((code for code in cells if "import matplotlib" in code), "")
    assert bool(first) == any("plt." in code for code in cells)
    assert not first or f'plt.style.use("{STYLE}")' in first
    assert sum("style.use" in code for code in cells) == bool(first), "once is enough"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_stored_figures_are_no_wider_than_a_page(path):
    html = "".join(str(cell.outputs) for cell in cells_of(path) if cell.cell_type == "code")
    assert all(int(width) < SHOWN + 30 for width in re.findall(r'class="figure" width="(\d+)"', html))


# colors --------------------------------------------------------------------------------------------------------------

# what people see who lack one of the three kinds of cones: Machado, Oliveira and Fernandes 2009, severity 1
CONES = {
    "all three": np.eye(3),
    "no long": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "no middle": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "no short": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}
XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])  # of linear sRGB


def linear(color):
    color = np.asarray(color)
    return np.where(color <= 0.04045, color / 12.92, ((color + 0.055) / 1.055) ** 2.4)


def lab(light):
    """CIELAB of linear sRGB, under its own white."""
    part = np.clip(light, 0, 1) @ XYZ.T / XYZ.sum(axis=1)
    x, y, z = np.moveaxis(np.where(part > 0.008856, np.cbrt(part), 7.787 * part + 16 / 116), -1, 0)
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def contrast(one, other):
    """Of WCAG 2: from 1 to 21."""
    darker, lighter = sorted([linear(one) @ XYZ[1], linear(other) @ XYZ[1]])
    return (lighter + 0.05) / (darker + 0.05)


def least_apart(colors, cones):
    seen = lab(linear(colors) @ np.transpose(CONES[cones]))
    return min(np.linalg.norm(one - other) for one, other in itertools.combinations(seen, 2))


def test_the_distance_of_colors_is_that_of_the_books():
    assert lab(linear(WHITE)) == pytest.approx([100, 0, 0], abs=0.1)
    assert lab(linear((1, 0, 0))) == pytest.approx([53.2, 80.1, 67.2], abs=0.1)
    assert contrast(WHITE, (0, 0, 0)) == pytest.approx(21)
    red, green = (0.84, 0.15, 0.16), (0.17, 0.63, 0.17)  # two of matplotlib's own
    assert least_apart([red, green], "no middle") < 10 < 80 < least_apart([red, green], "all three")


@pytest.mark.parametrize("cones", CONES)
def test_colors_stay_apart(cones):
    assert len(CYCLE) >= 4 and least_apart(CYCLE, cones) > 20


def test_colors_stay_apart_on_gray_paper():
    light = lab(linear(CYCLE))[:, 0]
    assert abs(light[0] - light[1]) > 20 and np.diff(sorted(light)).min() > 7


def test_lines_and_letters_stand_out_from_paper():
    assert min(contrast(color, WHITE) for color in [*CYCLE, to_rgb(RC["axes.edgecolor"])]) >= 3
    letters = ["text.color", "axes.labelcolor", "xtick.labelcolor", "ytick.labelcolor"]
    assert min(contrast(to_rgb(RC[name]), WHITE) for name in letters) >= 7


def test_the_colormap_gets_darker_in_even_steps():
    colors = matplotlib.colormaps[RC["image.cmap"]](np.linspace(0, 1, 9))[:, :3]
    seen = lab(linear(colors))
    steps = np.linalg.norm(np.diff(seen, axis=0), axis=1)
    assert (np.diff(seen[:, 0]) < -3).all() and steps.max() < 2.2 * steps.min()
    assert contrast(colors[0], WHITE) < 1.1, "nothing looks like paper"


@pytest.mark.parametrize("share", range(1, 11))
def test_numbers_stand_out_from_the_cells_of_a_confusion_matrix(share):
    names = ["a"] * 10 + ["b"] * 10
    figure = cu.plot_confusion(names, ["a"] * 10 + ["b"] * share + ["a"] * (10 - share), ["a", "b"])
    (axes,) = figure.axes
    image = axes.images[0]
    cells = image.cmap(image.norm(image.get_array())).reshape(-1, 4)[:, :3]
    assert min(contrast(to_rgb(text.get_color()), cell) for text, cell in zip(axes.texts, cells, strict=True)) > 3.9
    plt.close(figure)


# the dark theme ------------------------------------------------------------------------------------------------------

PAGE = """<!doctype html><style>body {{ margin: 0; background: {paper} }} img {{ display: block }} {css}</style>
<body data-jp-theme-light="{light}">{before}<div class="trainer">{figure}<p><img class="photo" alt="" src="{photo}">"""
PAPER = {"true": "#ffffff", "false": "#111111"}  # of JupyterLab's own two themes


def swatches():
    """A figure of the colors of the style: stripes of the cycle, then of the letters', on the figure's white."""
    figure, axes = plt.subplots(figsize=(6, 2))
    for place, color in enumerate([*CYCLE, to_rgb(RC["text.color"])]):
        axes.axvspan(place, place + 0.8, color=color)
    axes.axis("off")
    return cu.to_html(figure, "colors of the style")


def pixels(locator):
    return np.asarray(Image.open(io.BytesIO(locator.screenshot())).convert("RGB"))


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason=NO_BROWSER)
@pytest.mark.parametrize("light", PAPER)
def test_figures_of_the_trainer_follow_the_theme(browser, light):
    css = (ROOT / "course_utils" / "trainer" / "trainer.css").read_text(encoding="utf-8")
    photo = io.BytesIO()
    Image.new("RGB", (20, 20), (200, 60, 40)).save(photo, "PNG")
    photo = f"data:image/png;base64,{base64.b64encode(photo.getvalue()).decode()}"
    parts = {"figure": swatches(), "before": swatches(), "photo": photo, "css": css}
    page = browser.new_page(viewport={"width": 1000, "height": 700})
    page.set_content(PAGE.format(light=light, paper=PAPER[light], **parts))
    (own, shown), photo = map(pixels, page.locator(".figure").all()), pixels(page.locator(".photo"))
    page.close()
    paper = to_rgb(PAPER[light])
    assert own[4, own.shape[1] // 2].tolist() == [255] * 3, "a notebook's figure stands on white"
    assert np.abs(shown[4, shown.shape[1] // 2] / 255 - paper).max() < 0.01, "the trainer's on the theme's own ground"
    assert photo[10, 10].tolist() == [200, 60, 40], "photos are not drawings"
    row, same = shown[shown.shape[0] // 2], own[own.shape[0] // 2]
    *colors, letters = [row[find(same, color)] / 255 for color in [*CYCLE, to_rgb(RC["text.color"])]]
    assert min(contrast(color, paper) for color in colors) >= 3 and contrast(letters, paper) >= 7
    assert min(least_apart(colors, cones) for cones in CONES) > 15
    assert colors[0][2] > colors[0][0] and colors[1][0] > colors[1][2], "blue stays blue, and orange orange"
    if light == "true":
        assert (shown == own).all()


def find(row, color):
    """The middle of the stripe of a color in a row of pixels."""
    return int(np.median(np.flatnonzero(np.abs(row / 255 - color).max(axis=1) < 0.01)))
