"""How far a head's probabilities can be believed."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from course_utils import measure_reliability, plot_reliability


def drawn(seed, count=600, sharper=1.0):
    """Probabilities, and rows that come out as often as they say; then the same, said more or less boldly."""
    rng = np.random.default_rng(seed)
    scores = 2 * rng.standard_normal((count, 4))
    powers = np.exp(scores)
    true = powers / powers.sum(axis=1, keepdims=True)
    rows = np.eye(4)[[rng.choice(4, p=one) for one in true]]
    powers = np.exp(sharper * scores)
    return powers / powers.sum(axis=1, keepdims=True), rows


def test_bins_and_error_by_hand():
    probabilities = np.array([[0.95, 0.05], [0.85, 0.15], [0.05, 0.95], [0.55, 0.45]])
    rows = np.array([[1, 0], [0, 1], [0, 1], [1, 0]])
    found = measure_reliability(probabilities, rows)
    assert found.sure == pytest.approx([0.55, 0.85, 0.95]) and found.right.tolist() == [1, 0, 1]
    assert found.counts.tolist() == [1, 1, 2]
    assert found.error == pytest.approx((0.45 + 0.85 + 2 * 0.05) / 4)


def test_a_calibrated_head_lies_where_chance_puts_it():
    """Of heads that are calibrated by construction, 95 in 100 have an error within what chance gives."""
    inside = 0
    for seed in range(60):
        found = measure_reliability(*drawn(seed))
        inside += found.by_chance[0] <= found.error <= found.by_chance[2]
    assert inside >= 50  # of 60; with 95 % each, fewer come once in 1,000


@pytest.mark.parametrize("sharper", [0.4, 3])
def test_too_shy_and_too_sure_lie_outside(sharper):
    found = measure_reliability(*drawn(0, sharper=sharper))
    assert found.error > 2 * found.by_chance[2]
    above = np.average(found.right - found.sure, weights=found.counts)
    assert (above > 0) == (sharper < 1), "the shy are right more often than they say"


def test_few_pictures_have_an_error_even_when_calibrated():
    few, many = (measure_reliability(*drawn(1, count)).by_chance for count in (20, 2000))
    assert few[1] > 3 * many[1] > 0


def test_the_same_each_time_and_sure_of_everything():
    rows = np.eye(3)[[0, 1, 2, 1]]
    found = measure_reliability(rows, rows)
    assert found.counts.tolist() == [4] and found.error == 0 and found.by_chance == (0, 0, 0)
    one, other = measure_reliability(*drawn(2)), measure_reliability(*drawn(2))
    assert one.by_chance == other.by_chance and measure_reliability(*drawn(2), seed=8).by_chance != one.by_chance


@pytest.mark.parametrize("rows", [np.zeros((0, 2)), np.eye(2)])
def test_what_does_not_fit_is_refused(rows):
    with pytest.raises(ValueError, match="expected the same"):
        measure_reliability(np.full((len(rows), 3), 1 / 3) if len(rows) else rows, rows)


def test_the_plot_shows_each_bin():
    found = measure_reliability(*drawn(3))
    figure = plot_reliability(found, "C = 10")
    axes = figure.axes[0]
    assert [text.get_text() for text in axes.texts] == [f"{count:.0f}" for count in found.counts]
    assert axes.get_title() == "C = 10" and axes.get_ylabel() == "how often right"
    dots = axes.lines[1].get_xydata()
    assert np.allclose(dots, np.stack([found.sure, found.right], axis=1))
    plt.close(figure)
