"""What notebook 09 writes by hand is what libraries give: NumPy's line, scikit-learn's and Keras's heads."""

import numpy as np
import pytest
from helpers import ROOT, cells_of
from sklearn.linear_model import LogisticRegression

import course_utils as cu

NOTEBOOK = ROOT / "notebooks" / "09_how_much_data.ipynb"
LINE, LINEAR, ARTICLE, TAUGHT = ["line-11"], ["head-8b", "head-9"], ["head-8b", "article-2", "article-4"], ["why-5"]


def written(cells, **names):
    """The names that these cells of the notebook define, where ``names`` are known."""
    source_of = {cell.id: cell.source for cell in cells_of(NOTEBOOK)}
    known = {"np": np, **names}
    for cell in cells:
        exec(source_of[cell], known)
    return known


@pytest.fixture
def rng():
    return np.random.default_rng(3)


def some_rows(rng, count, classes):
    return np.eye(classes, dtype=np.float32)[rng.permutation(np.arange(count) % classes)]


def test_the_line_is_numpys(rng):
    across = rng.uniform(-2, 2, 30)
    up = rng.normal(0, 3, 30)
    by_hand = written(LINE, across=across, up=up)["walk"](0.1, 2000)[-1]
    assert by_hand == pytest.approx(np.polyfit(across, up, 1), abs=1e-6)


def test_the_linear_head_is_scikit_learns_and_ours(rng):
    numbers = rng.normal(0, 1, (45, 60))
    numbers /= np.linalg.norm(numbers, axis=1, keepdims=True)
    rows = some_rows(rng, 45, 4)  # one class has fewer
    hand = written(LINEAR)
    weights, bias = hand["fit_by_hand"](numbers, rows, C=5, rate=2, steps=4000)
    by_hand = hand["softmax"](numbers @ weights + bias)
    library = LogisticRegression(C=5, tol=1e-10, max_iter=5000).fit(numbers, rows.argmax(axis=1))
    assert np.abs(by_hand - library.predict_proba(numbers)).max() < 1e-5
    ours = cu.fit_linear_head(numbers, rows, C=5, balanced=False)
    assert np.abs(by_hand - ours.predict(numbers)).max() < 1e-4


def test_the_articles_head_is_keras(rng):
    features = rng.uniform(0, 6, (12, 7, 7, 256)).astype(np.float32) * (rng.random((12, 7, 7, 256)) < 0.3)
    rows = some_rows(rng, 12, 3)
    cu.set_seed(3)
    model = cu.get_model(3, units=20)
    hand = written(ARTICLE)
    head = dict(zip(["hidden", "bias", "last"], [array.copy() for array in model.get_weights()], strict=True))
    before = hand["forward"](head, features.reshape(12, -1))[1]
    memory = {name: [np.zeros_like(array), np.zeros_like(array)] for name, array in head.items()}
    for count in range(1, 9):
        model.train_on_batch(features, rows)
        hand["adam_step"](head, hand["backward"](head, features.reshape(12, -1), rows), memory, count)
    after = hand["forward"](head, features.reshape(12, -1))[1]
    assert np.abs(after - model.predict(features, verbose=0)).max() < 1e-3
    assert np.abs(after - before).max() > 0.05  # it has learned something, so there was something to get wrong
    for mine, theirs in zip(head.values(), model.get_weights(), strict=True):
        assert np.allclose(mine, theirs, atol=2e-5)


def test_what_was_never_taught_changes_no_answer_on_what_was_learned(rng):
    features = rng.uniform(0, 6, (9, 7, 7, 256)).astype(np.float32)
    rows = some_rows(rng, 6, 2)
    head = cu.start_article_head(2, units=20)
    cu.train_article_head(head, features[:6], rows)
    kept = written(TAUGHT, features=features)["taught"](head, np.arange(6))
    assert np.abs(kept.predict(features[:6]) - head.predict(features[:6])).max() < 1e-4
    assert np.abs(kept.predict(features[6:]) - head.predict(features[6:])).max() > 1e-3
    assert np.linalg.norm(kept.hidden) < 0.2 * np.linalg.norm(head.hidden)
