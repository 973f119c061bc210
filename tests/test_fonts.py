"""Figures draw names as they are: no formulas, no boxes, no warnings."""

import warnings
from functools import cache
from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

import course_utils as cu
from course_utils import fonts
from course_utils.fonts import drawn, families, legible

PICTURE = np.full((40, 60, 3), 90, np.uint8)
NAMES = [
    "$x_1$",
    "a$b",
    r"\$5 $6",
    "_hidden",
    "cat",
    "犬",
    "قطة",
    "😀 smile",
    "tab\there",
    "zero\u200bwidth",
    "e\u0301",
]
BINS = SimpleNamespace(sure=np.array([0.5]), right=np.array([0.4]), counts=np.array([12]), low=[0.3], high=[0.5])
FIGURES = {
    "plot_prediction": lambda names: cu.plot_prediction(PICTURE, [(0, name, 0.5) for name in names]),
    "plot_rates": lambda names: cu.plot_rates(dict.fromkeys(names, 2.0), unit="$ a $day"),
    "plot_reliability": lambda names: cu.plot_reliability(BINS, " ".join(names)),
    "contact_sheet": lambda names: cu.contact_sheet([PICTURE] * len(names), names),
    "plot_map": lambda names: cu.plot_map(
        [PICTURE] * len(names), np.array([[place // 4, place % 4] for place in range(len(names))]), names
    ),
    "matrix": lambda names: cu.plot_confusion(names, names[1:] + names[:1], names),
    "bars": lambda names: cu.plot_confusion(names, names[1:] + names[:1], [*names, *map(str, range(30))]),
    "list": lambda names: cu.plot_confusion(names, names[1:] + names[:1], [*names, *map(str, range(100))]),
}


@pytest.mark.parametrize("kind", FIGURES)
def test_names_are_drawn_as_they_are(kind):
    figure = FIGURES[kind](NAMES)
    cells = [cell.get_text() for axes in figure.axes for one in axes.tables for cell in one.get_celld().values()]
    texts = [text for text in [*figure.findobj(Text), *cells] if text.get_text()]
    parts, formulas = zip(*(text._preprocess_math(text.get_text()) for text in texts), strict=True)
    assert not any(formulas)
    assert all(legible(name) in " ".join(parts) for name in NAMES), parts
    plt.close(figure)


@pytest.mark.parametrize("others", [fonts.OTHERS, ""])
def test_no_letter_is_a_box(others, monkeypatch):
    """With the fonts of this machine, and with matplotlib's own alone. Boxes come with a warning."""
    monkeypatch.setattr(fonts, "OTHERS", others)
    for function in (families, fonts._drawable):
        monkeypatch.setattr(fonts, function.__name__, cache(function.__wrapped__))
    figure = Figure()
    for name in NAMES:
        figure.text(0.5, 0.5, drawn(name), fontfamily=fonts.families())
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        figure.draw_without_rendering()


def test_a_letter_without_a_font_is_written_by_its_number(monkeypatch):
    monkeypatch.setattr(fonts, "_drawable", lambda: frozenset(range(32, 0x250)))
    assert legible("犬 dog") == "U+72AC dog" and legible("犬猫") == "U+72AC U+732B"
    assert legible("e\u0301t\u00e9") == "été" and legible("a\u200d\ufe0fb") == "ab" and legible("a\tb\x00") == "a b"
    assert legible("caf\udce9") == "caf\N{REPLACEMENT CHARACTER}" and legible("two\nlines") == "two\nlines"
    assert drawn("US$ and $x$") == r"US\$ and \$x\$"


def test_fonts_that_this_machine_has_are_found():
    assert families()[0] == "DejaVu Sans" and {ord("ж"), ord("ق")} <= fonts._drawable()


def test_arabic_letters_are_joined():
    """Then four are narrower than one by itself, four times."""
    one, four = (Text(0, 0, drawn(text), figure=Figure()).get_window_extent().width for text in ("س", "سسسس"))
    assert four < 0.9 * 4 * one
