"""Which folders name the classes, and which the parts of a data set."""

import shutil

import pytest
from helpers import add, problems, table

from course_utils import Trainer, read_both, read_folders, read_parts, read_pictures


def spread(folder, *places, count=2):
    """Write some pictures with camera's names into each of these folders."""
    return add(folder, *(f"{place}/IMG_{number}.png" for place in places for number in range(count)))


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "cache"))


# Classes


@pytest.mark.parametrize(
    "places, classes, innermost",
    [
        (["cat", "dog"], ("cat", "dog"), None),
        (["cat/day1", "cat/day2", "dog/day1", "dog/day2"], ("cat", "dog"), ("day1", "day2")),
        (["cat", "cat/more", "dog"], ("cat", "dog"), ("cat", "dog", "more")),
        (["cat/Photos-001", "dog/Photos-001"], ("cat", "dog"), ("Photos-001",)),
        ([f"benign/{kind}/40X" for kind in "abcd"], ("a", "b", "c", "d"), ("40X",)),
        (["plants/color/Apple___scab", "plants/color/Apple___rust"], ("Apple___rust", "Apple___scab"), None),
        (["animals/pets/cat", "animals/fox"], ("fox", "pets"), ("cat", "fox")),
        (["animals/cat", "$RECYCLE.BIN"], ("cat",), None),
        (["only"], ("only",), None),
        (["test", "cat", "dog"], ("cat", "dog", "test"), None),
        (["train", "bus", "car"], ("bus", "car", "train"), None),
        (["2019", "2020"], ("2019", "2020"), None),
    ],
)
def test_the_first_level_with_several_folders_names_the_classes(tmp_path, places, classes, innermost):
    folder = spread(tmp_path / "set", *places)
    for pictures in (read_folders(folder), read_pictures(folder), read_pictures(str(folder))):
        assert pictures.classes == classes
        assert len(pictures.paths) == 2 * (len(places) - ("$RECYCLE.BIN" in places))
        assert len(pictures.report) == bool(innermost)
        if innermost:
            assert f"level {'animals' in places[0] or 'benign' in places[0]:d}"[:5] in pictures.report[0].problem
            assert ", ".join(innermost) in pictures.report[0].remedy


def test_the_level_can_be_chosen(tmp_path):
    folder = spread(tmp_path / "set", "animals/pets/cat", "animals/fox", "animals/pets/dog/day1")
    assert read_folders(folder, level=1).classes == ("animals",)
    assert read_pictures(folder).classes == read_folders(folder, level=2).classes == ("fox", "pets")
    assert read_pictures(folder, level=3).classes == ("cat", "dog", "fox")
    trainer = Trainer()
    trainer.add(folder)
    trainer.add(folder, level=3)
    assert trainer.classes == ("cat", "dog", "fox") and len(trainer.pictures) == 6
    with pytest.raises(ValueError, match="level=0; expected 1"):
        read_folders(folder, level=0)


def test_pictures_above_the_classes_have_no_label(tmp_path):
    folder = add(spread(tmp_path / "set", "animals/cat", "animals/dog"), "animals/loose.png", "top.png")
    assert problems(read_pictures(folder))["pictures outside of any label's folder"] == ("top.png", "loose.png")


# Parts


@pytest.mark.parametrize(
    "training, validation, test",
    [
        ("training", None, "testing"),
        ("train", None, "test1"),
        ("seg_train/seg_train", None, "seg_test/seg_test"),
        ("training_set", None, "test_set"),
        ("Train", "Dev", None),
        ("TRAIN", "Valid", "TEST"),
        ("train", "eval", "test"),
        ("train", "holdout", None),
        ("dogs-train", "dogs-validation", "dogs-test"),
        ("train2017", "val2017", None),
        ("Training Data", "Validation Data", None),
        ("train/images", "valid/images", "test/images"),
        ("images/train", "images/val", None),
        ("trainset", None, "testset"),
    ],
)
def test_parts_are_recognized(tmp_path, training, validation, test):
    folders = [f"data/{part}/{kind}" for part in (training, validation, test) if part for kind in ("cat", "dog")]
    parts = read_parts(spread(tmp_path / "set", *folders))
    both = validation is not None and test is not None
    assert parts.training.classes == ("cat", "dog") and len(parts.training.paths) == 4
    assert f"/{validation or test}/" in parts.validation.paths[0].as_posix()
    assert (parts.test is not None) == both and parts.training.report == ()
    learned, judged = read_both(tmp_path / "set")
    assert (learned.paths, judged.paths) == (parts.training.paths, parts.validation.paths)
    assert [finding.problem for finding in learned.report] == ["4 test pictures"] * both


def test_no_picture_of_three_parts_is_dropped_unsaid(tmp_path):
    folders = [f"{part}/{kind}" for part in ("train", "valid", "test") for kind in ("cat", "dog")]
    trainer = Trainer()
    trainer.add(spread(tmp_path / "set", *folders, count=3))
    sizes = [len(part.paths) for part in (trainer.training, trainer.validation, trainer.test)]
    assert sizes == [6, 6, 6]


def test_a_part_without_labels_costs_itself_only(tmp_path):
    folder = spread(tmp_path / "set", "seg_train/cat", "seg_train/dog", "seg_test/cat", "seg_pred", count=3)
    parts = read_parts(folder)
    assert (len(parts.training.paths), len(parts.validation.paths), parts.test) == (6, 3, None)
    assert "3 pictures without labels in seg_pred (by its name)" in problems(parts.training)
    folder = spread(tmp_path / "kaggle", "train/cat", "train/dog", "test1", count=3)
    parts = read_parts(folder)
    assert parts.validation is None and len(parts.training.paths) == 6
    assert any("in test1" in problem for problem in problems(parts.training))
    with pytest.raises(FileNotFoundError, match="both folders"):
        read_both(folder)


def test_pictures_beside_the_parts_are_named(tmp_path):
    folder = add(spread(tmp_path / "set", "train/cat", "train/dog", "val/cat"), "extra/more.png")
    beside = "pictures beside the folders of training and validation"
    assert problems(read_parts(folder).training)[beside] == ("more.png",)


def test_a_part_with_one_class_is_read_at_the_level_of_training(tmp_path):
    folder = spread(tmp_path / "set", "train/cat/day1", "train/dog/day1", "val/cat/day9")
    parts = read_parts(folder)
    assert parts.validation.labels == ("cat", "cat") and parts.validation.classes == ("cat", "dog")


def test_a_label_that_only_a_test_part_has_costs_these_pictures(tmp_path):
    folder = spread(tmp_path / "set", "train/cat", "train/dog", "val/cat", "test/dog", "test/emu")
    parts = read_parts(folder)
    assert parts.test.labels == ("dog", "dog")
    assert "test pictures of 'emu', which training has not" in problems(parts.test)
    spread(tmp_path / "set", "val/emu")
    with pytest.raises(ValueError, match="validation part.*'emu'.*'cat', 'dog'"):
        read_parts(folder)


def test_a_table_beside_parts_labels_what_lies_in_them(tmp_path):
    folder = add(tmp_path / "set", *(f"{part}/{n}.png" for part in ("train", "test") for n in range(4)))
    rows = [f"{n},{'cat' if n % 2 else 'dog'}" for n in range(4)]
    table(folder, "\n".join(["id,label", *(f"train/{row}" for row in rows)]), name="train.csv")
    parts = read_parts(folder)
    assert parts.training.classes == ("cat", "dog") and len(parts.training.paths) == 4 and parts.validation is None
    assert len(problems(parts.training)["pictures that the table does not name"]) == 4
    table(
        folder,
        "\n".join(["id,label", *(f"{part}/{row}" for part in ("train", "test") for row in rows)]),
        name="train.csv",
    )
    assert len(read_parts(folder).validation.paths) == 4


def test_labels_in_a_file_that_can_not_be_read_are_named(tmp_path):
    folder = add(tmp_path / "cars", *(f"cars_{part}/{n:05}.png" for part in ("train", "test") for n in range(3)))
    table(folder, "MATLAB", name="cars_annos.mat")
    with pytest.raises(ValueError, match="cars_annos.mat is numbers for programs; save the labels as CSV"):
        read_parts(folder)
    for part in ("train", "test"):
        (folder / f"cars_{part}").rename(folder / "moved")
        spread(folder, f"cars_{part}/audi", f"cars_{part}/bmw")
        shutil.rmtree(folder / "moved")
    report = read_parts(folder).training.report
    assert [finding.severity for finding in report if "cars_annos.mat" in finding.problem] == ["warning"]


def test_tables_within_parts(tmp_path):
    folder = add(tmp_path / "set", *(f"{part}/{n}.png" for part in ("train", "valid", "test") for n in range(4)))
    for part in ("train", "valid", "test"):
        text = "filename, cat, dog\n" + "".join(f"{n}.png, {n % 2}, {1 - n % 2}\n" for n in range(4))
        table(folder / part, text, name="_classes.csv")
    parts = read_parts(folder)
    assert [part.labels for part in parts] == [("dog", "cat", "dog", "cat")] * 3
    assert not any("_classes.csv" in finding.files for finding in parts.training.report)
