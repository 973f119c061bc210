"""Labels as numbers and back: mapping, one-hot encoding, ImageNet's names (notebooks 02 and 04)."""

import json
import operator
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from ..files import data_folder


def load_imagenet_labels() -> list[str]:
    """Read the names of ImageNet's 1000 classes (notebook 02).

    Returns
    -------
    list of str
        The name at index i belongs to MobileNet's output i.

    Examples
    --------
    >>> load_imagenet_labels()[541]
    'drum, membranophone, tympan'
    """
    return json.loads((data_folder() / "imagenet_labels.json").read_text(encoding="utf-8"))


def top_labels(probabilities: np.ndarray, labels: Sequence[str], k: int = 5) -> list[tuple[int, str, float]]:
    """List the ``k`` most probable classes, most probable first (notebook 02).

    Parameters
    ----------
    probabilities : numpy.ndarray
        One probability per class; shape ``(classes,)`` or ``(1, classes)``.
    labels : sequence of str
        The name of each class.
    k : int
        How many to list.

    Returns
    -------
    list of (int, str, float)
        Index, name and probability.

    Raises
    ------
    ValueError
        If there are not as many labels as probabilities.

    Examples
    --------
    >>> top_labels(np.array([0.25, 0.75]), ["blue", "red"], k=1)
    [(1, 'red', 0.75)]
    """
    flat = np.ravel(probabilities)
    if len(flat) != len(labels):
        raise ValueError(
            f"got {len(flat)} probabilities for {len(labels)} labels; expected one picture's, one per label"
        )
    return [(int(i), labels[i], float(flat[i])) for i in np.argsort(-flat, kind="stable")[:k]]


def get_labels_as_dict(labels: Iterable[str]) -> dict[str, int]:
    """Number the labels in order of first appearance (notebook 04).

    Parameters
    ----------
    labels : iterable of str
        One label per picture, repeated as often as it occurs.

    Returns
    -------
    dict of str to int
        Each different label and its index, from 0.

    Examples
    --------
    >>> get_labels_as_dict(["blue", "blue", "red", "red"])
    {'blue': 0, 'red': 1}
    """
    return {label: index for index, label in enumerate(dict.fromkeys(labels))}


def one_hot(label_index: int, class_count: int) -> np.ndarray:
    """Encode one index as a row of zeros with a single one (notebook 04).

    Parameters
    ----------
    label_index : int
        The class, from 0 to ``class_count - 1``.
    class_count : int
        How many classes there are.

    Returns
    -------
    numpy.ndarray
        Shape ``(class_count,)``, float32.

    Raises
    ------
    ValueError
        If the index is no whole number, or names no class.

    Examples
    --------
    >>> one_hot(1, 3).tolist()
    [0.0, 1.0, 0.0]
    """
    try:
        if isinstance(label_index, (bool, np.bool_)):
            raise TypeError
        index = operator.index(label_index)
    except TypeError:
        raise ValueError(f"got {label_index!r} as a label index; expected a whole number from 0") from None
    if not 0 <= index < class_count:
        raise ValueError(f"got label index {index} for {class_count} classes; expected one from 0 to {class_count - 1}")
    row = np.zeros(class_count, np.float32)
    row[index] = 1
    return row


def add_labels(labels: Sequence[str], classes: Mapping[str, int] | Sequence[str] | None = None) -> np.ndarray:
    """One-hot encode a label for each picture (notebook 04).

    Parameters
    ----------
    labels : sequence of str
        One label per picture.
    classes : mapping of str to int, or sequence of str, optional
        The classes in order. Pass the training pictures' classes to encode the validation pictures;
        unset, the order of first appearance in ``labels``.

    Returns
    -------
    numpy.ndarray
        Shape ``(len(labels), number of classes)``, float32.

    Raises
    ------
    ValueError
        If a label is not among the classes, or the classes' indices are not 0, 1, 2 and so on.

    Examples
    --------
    >>> add_labels(["blue", "red"]).tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """
    if isinstance(labels, str):
        raise ValueError(f"got the text {labels!r}; expected a sequence of labels, as in [{labels!r}]")
    labels = list(labels)
    names = names_of(get_labels_as_dict(labels) if classes is None else classes)
    index_of = {name: index for index, name in enumerate(names)}
    unknown = sorted(set(labels) - set(index_of), key=str)
    if unknown:
        raise ValueError(f"unknown label {', '.join(map(repr, unknown))}; the known classes are {', '.join(names)}")
    rows = np.zeros((len(labels), len(names)), np.float32)
    for row, label in zip(rows, labels, strict=True):
        row[:] = one_hot(index_of[label], len(names))
    return rows


def names_of(classes: Mapping[str, int] | Sequence[str]) -> list[str]:
    """The classes in the order of their columns."""
    if not isinstance(classes, Mapping):
        return list(dict.fromkeys(classes))
    if sorted(classes.values()) != list(range(len(classes))):
        raise ValueError(f"got the mapping {dict(classes)}; expected each index from 0 to {len(classes) - 1} once")
    return sorted(classes, key=classes.__getitem__)


def decode_labels(rows: np.ndarray, classes: Mapping[str, int] | Sequence[str]) -> list[str]:
    """Name the largest entry of each row: one-hot rows, or probabilities (notebook 04).

    Parameters
    ----------
    rows : numpy.ndarray
        Shape ``(n, number of classes)``.
    classes : mapping of str to int, or sequence of str
        The classes in order.

    Returns
    -------
    list of str
        One label per row.

    Raises
    ------
    ValueError
        If the rows are not as long as there are classes.

    Examples
    --------
    >>> decode_labels(np.array([[0.2, 0.8]]), ["blue", "red"])
    ['red']
    """
    names = names_of(classes)
    if np.ndim(rows) != 2 or np.shape(rows)[1] != len(names):
        raise ValueError(f"got rows of shape {np.shape(rows)}; expected (n, {len(names)}) for {len(names)} classes")
    return [names[i] for i in np.argmax(rows, axis=1)]
