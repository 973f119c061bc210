import base64
import io
import itertools
import re
from html import unescape
from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np
import pytest
from helpers import CHROMIUM, NO_BROWSER
from PIL import Image

import course_utils as cu
from course_utils.plots import shorten


def test_a_figure_has_alt_text_and_is_closed():
    figure, _ = plt.subplots(figsize=(3, 2))
    html = cu.to_html(figure, 'a "plot" of <nothing>')
    assert unescape(re.search('alt="([^"]+)"', html)[1]) == 'a "plot" of <nothing>'
    assert "<nothing>" not in html
    picture = Image.open(io.BytesIO(base64.b64decode(re.search(r'base64,([^"]+)', html)[1])))
    assert int(re.search(r'width="(\d+)"', html)[1]) == round(picture.width / 1.5)
    assert not plt.fignum_exists(figure.number)


def test_a_figure_without_alt_text_is_refused():
    with pytest.raises(ValueError, match="alt is empty"):
        cu.to_html(plt.figure(), " ")


def test_bars_show_the_most_probable_label_on_top():
    figure = cu.plot_prediction(np.zeros((4, 4, 3), np.uint8), [(1, "red, scarlet", 0.75), (0, "blue", 0.25)])
    bars = figure.axes[1]
    assert [text.get_text() for text in bars.get_yticklabels()] == ["1 red", "0 blue"]
    assert bars.yaxis_inverted() and [bar.get_width() for bar in bars.patches] == [0.75, 0.25]
    plt.close(figure)


def test_curves_are_drawn_for_training_and_validation():
    history = {"loss": [2.0, 1.0], "accuracy": [0.5, 1.0], "val_loss": [3.0, 2.0], "val_accuracy": [0.0, 0.5]}
    figure = cu.plot_history(SimpleNamespace(history=history))
    loss, accuracy = figure.axes
    assert [line.get_ydata().tolist() for line in loss.lines] == [[2, 1], [3, 2]]
    assert [line.get_label() for line in accuracy.lines] == ["training", "validation"]
    assert loss.get_ylim()[1] > 3
    plt.close(figure)


def test_rates_are_written_beside_their_bars():
    figure = cu.plot_rates({"slow": 0.123, "fast": 1234.5}, unit="pictures a day")
    (axes,) = figure.axes
    assert [text.get_text() for text in axes.get_yticklabels()] == ["slow", "fast"] and axes.yaxis_inverted()
    assert [bar.get_width() for bar in axes.patches] == [0.123, 1234.5] and axes.get_xlabel() == "pictures a day"
    assert [text.get_text() for text in axes.texts] == ["0.12", "1,234"]
    plt.close(figure)


def test_cost_is_that_of_one_picture():
    figure = cu.plot_cost([100, 1000], [2.0, 10.0])
    (axes,) = figure.axes
    assert axes.lines[0].get_ydata().tolist() == [20, 10] and axes.get_ylim()[0] == 0
    assert [text.get_text() for text in axes.get_xticklabels()] == ["100", "1,000"]
    plt.close(figure)


def test_confusion_counts():
    figure = cu.plot_confusion(["a", "a", "b"], ["a", "b", "b"], ["a", "b"])
    assert [text.get_text() for text in figure.axes[0].texts] == ["1", "1", "0", "1"]
    plt.close(figure)


def test_contact_sheet_keeps_every_picture():
    figure = cu.contact_sheet([np.zeros((2, 2, 3))] * 7, list("abcdefg"), columns=3)
    assert [axes.get_title() for axes in figure.axes if axes.images] == list("abcdefg")
    plt.close(figure)
    for images, titles in [([], []), ([np.zeros((2, 2, 3))], [])]:
        with pytest.raises(ValueError, match="as many of each"):
            cu.contact_sheet(images, titles)


@pytest.mark.parametrize(("count", "shown"), [(30, 15), (99, 15), (100, 20), (300, 20)])
def test_the_worst_confusions_of_many_classes(count, shown):
    """Class 1 is taken for class 0 once, class 2 twice, and so on."""
    classes = [f"class {number}" for number in range(count)]
    expected = [name for number, name in enumerate(classes) for _ in range(number)]
    figure = cu.plot_confusion(
        [*expected, "class 5", "strange"], ["class 0"] * len(expected) + ["class 5"] * 2, classes
    )
    (axes,) = figure.axes
    assert axes.get_title(loc="left") == f"the {shown} most frequent of {count - 1} confusions"
    if count < 100:
        told = [text.get_text() for text in axes.get_yticklabels()]
        assert told[0] == f"class {count - 1} → class 0" and len(told) == shown
        assert [bar.get_width() for bar in axes.patches] == list(range(count - 1, count - 1 - shown, -1))
    else:
        assert not axes.patches
        cells = axes.tables[0].get_celld()
        assert [cells[1, column].get_text().get_text() for column in range(3)] == [
            classes[-1],
            "class 0",
            f"{count - 1}",
        ]
        assert len(cells) == 3 * (shown + 1)
    assert figure.get_size_inches()[0] <= 9
    plt.close(figure)


@pytest.mark.parametrize("count", [30, 100])
def test_many_classes_and_no_confusion(count):
    names = [str(number) for number in range(count)]
    figure = cu.plot_confusion(names, names, names)
    assert [text.get_text() for text in figure.axes[0].texts] == ["no picture was taken for one of another class"]
    plt.close(figure)


def overlaps(texts, figure):
    """Pairs of texts that lie upon one another."""
    figure.draw_without_rendering()
    boxes = [(text.get_text(), text.get_window_extent()) for text in texts if text.get_text()]
    return [(one, other) for (one, box), (other, area) in itertools.combinations(boxes, 2) if box.overlaps(area)]


MANY = {
    "few": ["a", "b"],
    "long": ["mobile phone", "notebook computer on a desk", "wood"],
    "long ones": [f"a rather long name of a class, number {number}" for number in range(12)],
    "many": [f"class {number}" for number in range(29)],
    "without end": ["x" * 80, "y"],
}


@pytest.mark.parametrize("kind", MANY)
def test_names_beside_a_confusion_matrix_do_not_overlap(kind):
    classes = MANY[kind]
    rng = np.random.default_rng(0)
    expected = [classes[place] for place in rng.integers(0, len(classes), 3000)]
    figure = cu.plot_confusion(expected, expected, classes)
    figure.canvas.draw()
    (axes,) = figure.axes
    for texts in (axes.get_xticklabels(), axes.get_yticklabels()):
        assert overlaps(texts, figure) == [] and len({text.get_text() for text in texts}) == len(texts)
    assert overlaps([text for text in axes.texts if text.get_visible()], figure) == []
    assert axes.get_window_extent().width > 2.5 * figure.dpi, "the matrix itself keeps its size"
    assert figure.get_size_inches()[0] < 10
    plt.close(figure)


def test_long_names_are_shortened_in_the_middle():
    assert shorten("wood") == "wood" and len(shorten("x" * 80)) == 26
    assert shorten("a rather long name, number 10") != shorten("a rather long name, number 11")
    figure = cu.plot_rates({"z" * 200: 123456.0, "fast": 1.0})
    figure.canvas.draw()
    (axes,) = figure.axes
    assert overlaps(axes.get_xticklabels(), figure) == [] and axes.get_window_extent().width > 200
    plt.close(figure)


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason=NO_BROWSER)
@pytest.mark.parametrize("width", [500, 1280])
def test_a_figure_is_readable_in_the_dark_and_never_cut(browser, width):
    """On its own white, and no wider than the page."""
    html = cu.to_html(cu.plot_prediction(np.zeros((4, 4, 3), np.uint8), [(1, "red", 0.75)]), "a figure")
    page = browser.new_page(viewport={"width": width, "height": 700})
    page.set_content(f"<body style='background: #111; color: #eee'><div style='margin: 0 60px'>{html}</div>")
    box = page.locator("img").bounding_box()
    shot = np.asarray(Image.open(io.BytesIO(page.locator("img").screenshot())).convert("L"))
    page.close()
    assert box["x"] + box["width"] <= width - 60 and box["width"] / box["height"] > 2, "it keeps its form"
    assert np.median(shot[5:8]) == 255 and shot[10:-10, 10:-10].min() < 50, "dark letters on white"
