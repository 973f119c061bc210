import numpy as np
import pytest
from hypothesis import given, strategies as st

from course_utils import add_labels, decode_labels, get_labels_as_dict, load_imagenet_labels, one_hot, top_labels

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
    with pytest.raises(ValueError, match="from 0 to 2"):
        one_hot(index, 3)


def test_unknown_label_is_named():
    with pytest.raises(ValueError, match="'green'.*blue, red"):
        add_labels(["green"], ["blue", "red"])


def test_imagenet_names():
    labels = load_imagenet_labels()
    assert len(labels) == 1000 and all(labels)
    known = {0: "tench, Tinca tinca", 541: "drum, membranophone, tympan", 822: "steel drum", 999: "toilet tissue"}
    assert all(labels[index].startswith(name) for index, name in known.items())


@pytest.mark.parametrize("index", [True, 1.0, "1", None, np.array([1])])
def test_one_hot_refuses_what_is_no_whole_number(index):
    if isinstance(index, np.ndarray):
        assert one_hot(index[0], 3).tolist() == [0, 1, 0]
    else:
        with pytest.raises(ValueError, match="whole number"):
            one_hot(index, 3)


def test_rows_follow_the_mapping():
    mapping = {"cat": 1, "dog": 0}
    rows = add_labels((name for name in ["cat", "dog"]), mapping)
    assert rows.tolist() == [[0, 1], [1, 0]] and decode_labels(rows, mapping) == ["cat", "dog"]
    assert add_labels([], ["a", "b"]).shape == (0, 2)
    with pytest.raises(ValueError, match="each index from 0 to 1 once"):
        add_labels(["cat"], {"cat": 1, "dog": 2})
    with pytest.raises(ValueError, match="sequence of labels"):
        add_labels("cat")


def test_the_most_probable_labels_come_first():
    probabilities = np.array([[0.125, 0.5, 0.125, 0.25]])
    assert top_labels(probabilities, "abcd", k=3) == [(1, "b", 0.5), (3, "d", 0.25), (0, "a", 0.125)]
    assert len(top_labels(probabilities[0], "abcd")) == 4
    with pytest.raises(ValueError, match="got 4 probabilities for 3 labels"):
        top_labels(probabilities, "abc")
