"""Learning curves: parted fairly, the same for the same seed, and words that say what is known and what is not."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

import course_utils as cu


def clouds(each, classes=3, apart=0.05, seed=0, size=64):
    """Points around a place for each class, each of length 1, and their labels."""
    rng = np.random.default_rng(seed)
    places = rng.standard_normal((classes, size)) * apart
    labels = np.repeat(np.arange(classes), each)
    points = 1 + places[labels] * 8 + rng.standard_normal((len(labels), size))
    return points / np.linalg.norm(points, axis=1, keepdims=True), [f"class {label}" for label in labels]


def test_a_curve_has_a_row_for_each_draw_and_a_column_for_each_count():
    curve = cu.learning_curve(*clouds(25), draws=6)
    assert curve.counts == (2, 3, 5, 7, 10, 14, 20)
    assert curve.accuracies.shape == (6, 7)
    assert curve.mean == pytest.approx(curve.accuracies.mean(axis=0)) and curve.now == curve.mean[-1]
    assert curve.pictures == curve.tries == 75 and curve.classes == {f"class {number}": 25 for number in range(3)}
    assert curve.mean[-1] > curve.mean[0] + 0.1, "more pictures helped"
    low, middle, high = curve.twice
    assert 0 <= low <= middle <= high <= 1 and curve.gain[0] <= curve.gain[1] <= curve.gain[2]


def test_the_same_seed_gives_the_same_curve():
    numbers, labels = clouds(12)
    first, again, other = (cu.learning_curve(numbers, labels, seed=seed) for seed in (3, 3, 4))
    assert np.array_equal(first.accuracies, again.accuracies) and first.gain == again.gain
    assert not np.array_equal(first.accuracies, other.accuracies)


def test_each_picture_is_held_back_once_in_five_draws():
    """Of two classes, one has labels that are all wrong: it costs the same in any five draws, whatever the seed."""
    numbers, labels = clouds(20, classes=2, apart=1.0)
    labels[0], labels[-1] = labels[-1], labels[0]
    for seed in range(3):
        runs = cu.learning_curve(numbers, labels, draws=10, seed=seed).accuracies[:, -1]
        assert runs[:5].mean() == runs[5:].mean() == pytest.approx(38 / 40)


def test_near_copies_are_never_parted():
    """With labels by coin, nobody can be right but by a near-copy that was learned."""
    rng = np.random.default_rng(0)
    scenes = np.repeat(np.arange(60), 4)
    points = rng.standard_normal((60, 64))[scenes] + 0.05 * rng.standard_normal((240, 64))
    labels = [f"side {scene % 2}" for scene in scenes]
    parted, together = (cu.learning_curve(points / 8, labels, groups) for groups in (None, scenes.tolist()))
    assert parted.now > 0.9 and abs(together.now - 0.5) < 0.12
    assert parted.tries == 240 and together.tries == 60


def test_a_group_may_have_pictures_of_all_classes():
    """What one speaker says, with a label by coin for each word: known speakers would be told by their other words."""
    rng = np.random.default_rng(1)
    speakers = np.repeat(np.arange(12), 10)
    words = np.tile(np.repeat([0, 1], 5), 12)
    places = rng.standard_normal((12, 2, 64))  # each says both words in a way of their own
    points = places[speakers, words] + 0.05 * rng.standard_normal((120, 64))
    labels = [f"word {word}" for word in words]
    parted, together = (cu.learning_curve(points / 8, labels, groups) for groups in (None, speakers))
    assert parted.now > 0.9 and abs(together.now - 0.5) < 0.2 and together.tries == 12


def test_one_large_group_is_learned_from():
    numbers, labels = clouds(20, classes=2)
    groups = ["burst" if place < 15 else place for place in range(40)]
    curve = cu.learning_curve(numbers, labels, groups)
    assert curve.counts[-1] == 16 and curve.tries < 10


def test_the_heads_are_nested():
    """What a head of a draw learns from, the next one learns from, too: with all that matters early, none forgets."""
    asked = []
    numbers, labels = clouds(10)
    curve = cu.learning_curve(numbers, labels, draws=3, progress=lambda runs, total: asked.append(total) or runs)
    one_less = cu.learning_curve(numbers, labels, draws=2)
    assert asked == [3] and np.array_equal(curve.accuracies[:2], one_less.accuracies), "draws don't depend on others"


def test_classes_of_different_sizes_keep_their_mix():
    numbers, labels = clouds(40)
    kept = [place for place, label in enumerate(labels) if label != "class 2" or place % 4 == 0]
    curve = cu.learning_curve(numbers[kept], [labels[place] for place in kept])
    assert curve.classes == {"class 0": 40, "class 1": 40, "class 2": 10} and curve.counts[-1] == 24
    assert "24 pictures a class on average" in str(curve)
    assert "on average" not in str(cu.learning_curve(numbers, labels))


def test_a_class_that_can_not_be_parted_costs_only_that_class():
    numbers, labels = clouds(12, classes=4)
    groups = ["one" if label == "class 3" else place for place, label in enumerate(labels)]
    few = [place for place in range(48) if labels[place] != "class 2" or place % 12 < 3]
    numbers, labels, groups = numbers[few], [labels[one] for one in few], [groups[one] for one in few]
    curve = cu.learning_curve(numbers, labels, groups)
    assert list(curve.classes) == ["class 0", "class 1"] and curve.left_out == ("class 2", "class 3")
    assert "Left out" in str(curve) and "class 2, class 3" in str(curve) and curve.pictures == 24
    two = [place for place, label in enumerate(labels) if label in curve.classes]
    alone = cu.learning_curve(numbers[two], [labels[one] for one in two])
    assert np.array_equal(curve.accuracies, alone.accuracies)


@pytest.mark.parametrize(
    "change, words",
    [
        ({"labels": ["a"] * 24}, "24 of 'a' in groups: 24; expected at least 4 of each of two classes"),
        ({"labels": ["a"] * 21 + ["b"] * 3}, "3 of 'b' in groups: 3"),
        ({"groups": [1] * 24}, "12 of 'class 0' in groups: 1, .*Take more pictures"),
        ({"labels": ["a"] * 5}, "24 pictures, 5 labels and 5 groups"),
        ({"groups": [1, 2]}, "24 pictures, 24 labels and 2 groups"),
        ({"numbers": np.zeros((24, 7, 7, 256))}, r"shape \(24, 7, 7, 256\); expected \(n, d\)"),
        ({"labels": [], "numbers": np.zeros((0, 5))}, "got none"),
        ({"draws": 0}, "got 0 draws"),
    ],
)
def test_what_can_not_be_asked_is_said(change, words):
    numbers, labels = clouds(12, classes=2)
    with pytest.raises(ValueError, match=words):
        cu.learning_curve(**{"numbers": numbers, "labels": labels} | change)


def test_more_pictures_say_more():
    """Intervals of sets of the same kind become narrower."""
    widths = []
    for each in (6, 20, 60):
        curves = [cu.learning_curve(*clouds(each, apart=0.03, seed=seed), draws=5) for seed in range(4)]
        widths.append(np.mean([curve.twice[2] - curve.twice[0] for curve in curves]))
    assert widths[0] > widths[1] > widths[2]


def test_labels_by_coin_promise_little():
    for seed in range(3):
        curve = cu.learning_curve(*clouds(20, classes=2, apart=0.0, seed=seed))
        assert abs(curve.now - 0.5) < 0.15 and curve.gain[0] <= 0
        assert "perhaps no better than guessing (50%)" in str(curve)
    assert "guessing" not in str(cu.learning_curve(*clouds(25)))


def test_the_words_are_those_of_the_numbers():
    curve = cu.learning_curve(*clouds(25))
    low, middle, high = (round(100 * points) for points in curve.gain)
    words = str(curve)
    assert words.startswith(f"With 20 pictures a class, {curve.now:.0%} of the held-back pictures came out right.")
    assert f"between {low} and {high} points, most probably {middle}" in words and "8 of 10" in words


def test_where_all_are_right_no_gain_is_promised():
    labels = np.repeat(["circle", "square"], 12)
    numbers = (labels[:, np.newaxis] == ["circle", "square"]).astype(float)
    words = str(cu.learning_curve(numbers, labels.tolist()))
    assert "100% of the held-back" in words and "can't show" in words and "points" not in words


def test_a_progress_that_ends_ends_the_work():
    class Enough(Exception):
        pass

    def one_and_no_more(runs, total):
        yield next(iter(runs))
        raise Enough

    with pytest.raises(Enough):
        cu.learning_curve(*clouds(12), progress=one_and_no_more)


def test_the_curve_is_drawn_with_its_prediction():
    curve = cu.learning_curve(*clouds(25))
    figure = cu.plot_learning_curve(curve)
    (axes,) = figure.axes
    assert [text.get_text() for text in axes.get_xticklabels()] == ["2", "3", "5", "7", "10", "14", "20", "40"]
    assert axes.get_xscale() == "log" and len(axes.lines) >= 21
    (bar,) = axes.containers
    (ends,) = bar[2][0].get_segments()
    assert ends[:, 0].tolist() == [40, 40] and ends[:, 1].tolist() == pytest.approx([curve.twice[0], curve.twice[2]])
    plt.close(figure)
