import numpy as np
import pytest
from hypothesis import given, strategies as st

from course_utils import add_labels, decode_labels, get_labels_as_dict, load_imagenet_labels, one_hot

label_lists = st.lists(st.text(max_size=5), min_size=1, max_size=30)


@given(label_lists)
def test_mapping_follows_first_sight(labels):
    mapping = get_labels_as_dict(labels)
    assert list(mapping.values()) == list(range(len(set(labels))))
    firsts = [labels.index(label) for label in mapping]
    assert firsts == sorted(firsts)


@given(label_lists)
def test_encoding_and_decoding_come_back(labels):
    rows = add_labels(labels)
    assert (rows.sum(1) == 1).all() and set(np.unique(rows)) <= {0, 1}
    assert decode_labels(rows, get_labels_as_dict(labels)) == labels


@given(st.integers(1, 50), st.data())
def test_one_hot_has_a_single_one(count, data):
    index = data.draw(st.integers(0, count - 1))
    row = one_hot(index, count)
    assert row.argmax() == index and row.sum() == 1 and row.shape == (count,)


@pytest.mark.parametrize("index", [-1, 3])
def test_one_hot_refuses_an_index_outside(index):
    with pytest.raises(ValueError, match="outside 0..2"):
        one_hot(index, 3)


def test_unknown_label_is_named():
    with pytest.raises(ValueError, match="'green'.*blue, red"):
        add_labels(["green"], ["blue", "red"])


def test_imagenet_names():
    labels = load_imagenet_labels()
    assert len(labels) == 1000 and all(labels)
