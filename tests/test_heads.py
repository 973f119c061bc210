"""What runs in NumPy gives what Keras and scikit-learn give: the cut network, the article's head, the linear head."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

import course_utils as cu
from course_utils.learning.article import ArticleHead, start_article_head, train_article_head
from course_utils.learning.linear import STRENGTHS, bend, descend, fit_linear_head, weigh
from course_utils.network.plain import run_plain
from course_utils.network.weights import fold_weights, read_weights


def made_set(count, classes, seed=0):
    """Vectors of length 1 around a center for each class, with their one-hot rows."""
    rng = np.random.default_rng(seed)
    labels = np.arange(count) % classes
    numbers = np.abs(0.3 * rng.normal(size=(classes, 60))[labels] + rng.normal(size=(count, 60)))
    return numbers / np.linalg.norm(numbers, axis=1, keepdims=True), np.eye(classes, dtype="float32")[labels]


def test_the_cut_network_in_numpy_agrees_with_keras():
    batch = np.random.default_rng(1).uniform(-1, 1, (2, 224, 224, 3)).astype("float32")
    expected = cu.build_pretrained_model("practice").predict_on_batch(batch)
    got = run_plain(fold_weights(read_weights("practice")), batch)
    assert expected.std() > 0.01 and np.abs(got - expected).max() < 1e-3


@pytest.mark.parametrize("count, classes", [(27, 3), (40, 2), (200, 5)])
@pytest.mark.parametrize("C", [3, 100])
@pytest.mark.parametrize("balanced", [False, True])
def test_the_linear_head_is_scikit_learns(count, classes, C, balanced):
    numbers, rows = made_set(count, classes)
    kept = (rows[:, 0] == 0) | (np.arange(count) % 3 == 0)  # of the first class, a third
    numbers, rows = numbers[kept], rows[kept]
    free = 2 * C if classes == 2 else C  # there, scikit-learn fits one row of weights where ours has two
    weight = "balanced" if balanced else None
    reference = LogisticRegression(C=free, class_weight=weight, tol=1e-8, max_iter=10_000)
    expected = reference.fit(numbers, rows.argmax(axis=1)).predict_proba(numbers)
    assert np.abs(fit_linear_head(numbers, rows, C, balanced=balanced).predict(numbers) - expected).max() < 1e-3


@pytest.mark.parametrize("C", [30.0, np.float64(30)])
def test_the_linear_head_is_sought_in_32_bits(C):
    numbers, rows = made_set(20, 2)
    x, weighs = numbers.astype("float32"), weigh(rows)
    sought = descend(x, rows, weighs, C, 1e-4, bend(x, weighs))
    assert {one.dtype for one in (x, weighs, *sought)} == {np.dtype("float32")}


def test_few_of_a_class_are_not_given_up_for_many_of_another():
    numbers, rows = made_set(400, 2)
    kept = np.flatnonzero((rows[:, 1] == 0) | (np.arange(400) < 40))
    others = np.setdiff1d(np.arange(400), kept)
    right = {}
    for balanced in (False, True):
        head = fit_linear_head(numbers[kept], rows[kept], balanced=balanced)
        right[balanced] = (head.predict(numbers[others]).argmax(axis=1) == 1).mean()
    assert right[True] > right[False]


def test_C_is_chosen_by_what_was_left_out():
    rng = np.random.default_rng(0)
    numbers, rows = made_set(60, 3)
    assert fit_linear_head(numbers, rng.permutation(rows)).C == min(STRENGTHS), "labels that mean nothing"
    apart = np.repeat(np.eye(3, 60), 20, axis=0) + rng.normal(0, 0.01, (60, 60))
    assert fit_linear_head(apart, np.repeat(np.eye(3), 20, axis=0)).C == max(STRENGTHS), "classes far apart"


def test_a_class_with_one_picture_and_wrong_shapes():
    numbers, rows = made_set(7, 3)
    assert np.isfinite(fit_linear_head(numbers, rows).predict(numbers)).all()
    with pytest.raises(ValueError, match="7 pictures and 6 label rows"):
        fit_linear_head(numbers, rows[:6])
    with pytest.raises(ValueError, match="1 classes"):
        fit_linear_head(numbers, rows[:, :1])


def test_the_articles_head_is_keras():
    rng = np.random.default_rng(0)
    features, rows = rng.random((20, 7, 7, 256), np.float32), np.eye(3, dtype="float32")[np.arange(20) % 3]
    model = cu.get_model(3)
    head = ArticleHead(*(weights.copy() for weights in model.get_weights()))
    expected = cu.train(model, features, rows, epochs=5, validation=(features, rows), callbacks=[]).history
    history = train_article_head(head, features, rows, epochs=5, validation=(features, rows))
    for weights, own in zip(model.get_weights(), head, strict=True):
        assert np.abs(weights - own).max() < 1e-5
    assert set(history) == set(expected)
    for name, values in expected.items():
        assert np.allclose(history[name], values, atol=1e-4), name


def test_the_articles_head_starts_as_keras_does():
    head = start_article_head(3)
    assert np.isclose(head.hidden.std(), np.sqrt(1 / 12544), rtol=0.01) and not head.bias.any()
    assert np.abs(head.hidden).max() <= 2 * np.sqrt(1 / 12544) / 0.879
    assert np.array_equal(start_article_head(3).last, head.last), "the same seed, the same weights"
    with pytest.raises(ValueError, match="got 1 classes"):
        start_article_head(1)
