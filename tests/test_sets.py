"""Labeled pictures: which of them, with which labels, and which are held back."""

from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from course_utils import Finding, PictureSet, Report

NOTE = Report([Finding("note", "odd", (), "Nothing.")])
A, B, C, D = (Path(f"{name}.png") for name in "abcd")
PETS = PictureSet((A, B, C, D), ("cat", "dog", "cat", "emu"), ("cat", "dog", "emu"), NOTE)


def test_pairs_are_pictures_with_their_labels():
    assert PETS.pairs() == [(A, "cat"), (B, "dog"), (C, "cat"), (D, "emu")]


def test_only_keeps_the_order_the_classes_and_the_report():
    assert PETS.only([C, "b.png"]) == PictureSet((B, C), ("dog", "cat"), PETS.classes, NOTE)
    assert PETS.only([]) == PictureSet((), (), PETS.classes, NOTE)


def test_without_keeps_what_is_not_named():
    assert PETS.without([C, "b.png"]) == PictureSet((A, D), ("cat", "emu"), PETS.classes, NOTE)
    assert PETS.without([]) == PETS


def test_relabel_adds_new_classes_and_drops_emptied_ones():
    assert PETS.relabel({D: "cat"}) == PictureSet(PETS.paths, ("cat", "dog", "cat", "cat"), ("cat", "dog"), NOTE)
    assert PETS.relabel({A: "bee"}) == PETS._replace(
        labels=("bee", "dog", "cat", "emu"), classes=("bee", "cat", "dog", "emu")
    )
    assert PETS.relabel({}) == PETS


def test_relabel_keeps_a_class_that_had_no_pictures_before():
    waiting = PETS.without([D])
    assert waiting.relabel({B: "cat"}).classes == ("cat", "emu")


@pytest.mark.parametrize("change", [PETS.only, PETS.without, lambda paths: PETS.relabel(dict.fromkeys(paths, "cat"))])
def test_a_picture_of_another_set_is_named(change):
    with pytest.raises(ValueError, match="x.png is none of the 4 pictures of this set"):
        change([A, Path("x.png")])


def make(counts):
    pairs = [(Path(f"{label}-{number:02}.png"), label) for label, count in counts.items() for number in range(count)]
    return PictureSet(*zip(*pairs, strict=True), tuple(counts), NOTE)


def test_a_share_of_each_class_is_held_back():
    learned, judged = make({"cat": 20, "dog": 10, "emu": 3, "fox": 1}).hold_back()
    assert {name: judged.labels.count(name) for name in judged.classes} == {"cat": 4, "dog": 2, "emu": 1, "fox": 0}
    assert learned.report == NOTE and judged.report == Report() and learned.classes == judged.classes


def test_the_seed_chooses_which_are_held_back():
    pets = make({"cat": 20, "dog": 20})
    assert pets.hold_back() == pets.hold_back() == pets.hold_back(seed=7) != pets.hold_back(seed=8)


def grouped(sizes):
    """Pictures of one class for each list, in groups of these sizes."""
    pictures = make({name: sum(own) for name, own in sizes.items()})
    groups = []
    for name, own in sizes.items():
        paths = iter(path for path, label in pictures.pairs() if label == name)
        groups += [[next(paths) for _ in range(size)] for size in own]
    return pictures, groups


SIZES = st.dictionaries(st.sampled_from("abc"), st.lists(st.integers(1, 9), min_size=1, max_size=9), min_size=1)


@given(SIZES, st.floats(0, 1), st.integers(0, 99), st.sets(st.sampled_from("abc")))
def test_groups_are_held_back_whole_or_not_at_all(sizes, share, seed, in_order):
    pictures, groups = grouped(sizes)
    learned, judged = pictures.hold_back(share, seed, groups, in_order)
    assert sorted(learned.pairs() + judged.pairs()) == sorted(pictures.pairs())
    assert not any({*group} & {*learned.paths} and {*group} & {*judged.paths} for group in groups)
    assert set(learned.labels) == set(sizes), "the last group of a class is never held back"
    assert set(judged.labels) == {name for name, own in sizes.items() if len(own) > 1}


@given(st.dictionaries(st.sampled_from("abc"), st.integers(1, 12), min_size=1), st.integers(0, 99))
def test_a_picture_by_itself_is_a_group_too(counts, seed):
    pictures = make(counts)
    assert pictures.hold_back(seed=seed, groups=[[path] for path in pictures.paths]) == pictures.hold_back(seed=seed)


@pytest.mark.parametrize("sizes, held", [([5] * 10, 10), ([25] + [1] * 25, 10), ([5, 5], 5), ([6, 4], 4), ([9], 0)])
def test_about_a_fifth_is_held_back(sizes, held):
    pictures, groups = grouped({"cat": sizes})
    for seed in range(9):
        assert len(pictures.hold_back(seed=seed, groups=groups)[1].paths) == held


def test_in_order_the_last_by_name_are_held_back():
    paths = tuple(Path(f"f{number}.png") for number in range(11))
    pictures = PictureSet(paths, ("cat",) * 11, ("cat",))
    assert pictures.hold_back(in_order=["cat"])[1].paths == (Path("f10.png"), Path("f9.png")), "10 comes behind 9"


def test_two_sets_in_one():
    other = PictureSet((Path("x.png"),), ("bee",), ("bee",), NOTE)
    both = PETS.with_those_of(other)
    assert both.pairs() == PETS.pairs() + other.pairs() and both.classes == ("bee", "cat", "dog", "emu")
    assert both.report == NOTE + NOTE


@given(st.dictionaries(st.sampled_from("abc"), st.integers(1, 12), min_size=1), st.floats(0, 1), st.integers(0, 99))
def test_both_parts_together_are_the_set(counts, share, seed):
    pictures = make(counts)
    learned, judged = pictures.hold_back(share, seed)
    assert sorted(learned.pairs() + judged.pairs()) == sorted(pictures.pairs())
    assert set(learned.labels) == set(counts), "the last picture of a class is never held back"
    assert set(judged.labels) == {name for name, count in counts.items() if count > 1}
    for part in (learned, judged):
        assert part.pairs() == sorted(part.pairs(), key=lambda pair: (pictures.classes.index(pair[1]), pair[0]))
