"""The doctor finds each fault that is planted, and none that is not there."""

from pathlib import Path

import hard_pictures
import numpy as np
import pytest
from helpers import saved
from PIL import Image, ImageFilter

import course_utils as cu
from course_utils import Finding, Report, check_pictures, data_folder, read_folders
from course_utils.faults import pictures as faults
from course_utils.faults.copies import Copies


def picture(seed, size=(96, 96)):
    """A soft random pattern: different seeds look different."""
    noise = np.random.default_rng(seed).integers(0, 256, (8, 8, 3), np.uint8)
    return Image.fromarray(noise).resize(size, Image.Resampling.BICUBIC)


class Folders:
    """Training and validation folders without a fault, for a test to spoil."""

    def __init__(self, root):
        self.root = root
        for part, count in [("training", 8), ("validation", 10)]:
            for label in ["cat", "emu"]:
                for number in range(count):
                    self.add(
                        f"{part}/{label}/{number}.png", number + 100 * len(part) + 1000 * len(label[1:]) * ord(label[0])
                    )

    def add(self, name, seed_or_picture, **options):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        shown = picture(seed_or_picture) if isinstance(seed_or_picture, int) else seed_or_picture
        shown.save(path, **options)
        return path

    def remove(self, pattern):
        for path in self.root.glob(pattern):
            path.unlink()

    def problems(self):
        report = check_pictures(read_folders(self.root / "training"), read_folders(self.root / "validation"))
        return {finding.problem: finding for finding in report}


@pytest.fixture
def folders(tmp_path):
    return Folders(tmp_path)


def test_no_fault_no_finding(folders):
    assert folders.problems() == {}


def only(folders, problem, severity, *files):
    """Exactly one finding, with this beginning."""
    (found,) = folders.problems().values()
    assert found.problem.startswith(problem) and found.severity == severity and found.remedy
    assert found.files == files


def test_an_unreadable_picture(folders):
    (folders.root / "training/cat/broken.png").write_bytes(b"no picture")
    only(folders, "a picture that can't be read: it is empty", "error", "training/cat/broken.png")


def test_the_same_picture_in_training_and_validation(folders):
    folders.add("training/cat/copy.png", 5)
    folders.add("validation/cat/copy.png", 5)
    only(folders, "the same picture in training and", "error", "training/cat/copy.png", "validation/cat/copy.png")


def test_nearly_the_same_picture(folders):
    folders.add("training/cat/copy.png", 5)
    changed = picture(5).resize((150, 150)).filter(ImageFilter.GaussianBlur(1))
    folders.add("validation/cat/other.jpg", changed, quality=60)
    only(folders, "nearly the same picture in", "error", "training/cat/copy.png", "validation/cat/other.jpg")


def test_near_copies_in_training_and_validation_where_they_are_known(folders):
    training, validation = read_folders(folders.root / "training"), read_folders(folders.root / "validation")
    pair = training.paths[0], validation.paths[1]
    found, note = check_pictures(training, validation, Copies((pair,)))
    assert found.severity == "error" and found.problem.endswith("with near-copies in training: 1 of 20")
    assert found.files == (f"validation/cat/{pair[1].name}",) and "20 of 20" in found.remedy
    assert note.severity == "note" and note.problem == "2 near-copies, in groups: 1"
    (note,) = check_pictures(training, validation, Copies((training.paths[:2],)))
    assert note.severity == "note"
    assert check_pictures(training, copies=Copies()) == ()


def test_one_picture_twice_and_with_two_labels(folders):
    folders.add("training/cat/again.png", 5)
    folders.add("training/cat/copy.png", 5)
    only(
        folders,
        "the same picture more than once in training",
        "warning",
        "training/cat/again.png",
        "training/cat/copy.png",
    )
    (folders.root / "training/cat/copy.png").unlink()
    folders.add("training/emu/copy.png", 5)
    only(folders, "the same picture with two labels", "error", "training/cat/again.png", "training/emu/copy.png")


def test_few_pictures_and_imbalance(folders):
    folders.remove("training/emu/[2-7].png")
    assert [found.severity for found in folders.problems().values()] == ["warning", "warning"]
    assert list(folders.problems()) == ["only 2 training pictures of 'emu'", "8 pictures of 'cat' and only 2 of 'emu'"]


def test_many_classes_with_the_same_fault_are_told_in_one_line(folders):
    for number in range(11):
        folders.add(f"training/few {number:02}/1.png", 40 + number)
        folders.add(f"validation/new {number:02}/1.png", 80 + number)
    problems = [problem for problem in folders.problems() if " and 8 more" in problem]
    assert problems == [
        "'new 00', 'new 01', 'new 02' and 8 more are in validation only",
        "fewer than 5 training pictures of 'few 00', 'few 01', 'few 02' and 8 more",
        "no validation pictures of 'few 00', 'few 01', 'few 02' and 8 more",
    ]
    (folders.root / "training/few 10/1.png").unlink()
    assert "only 1 training picture of 'few 09'" in folders.problems()


def test_few_validation_pictures_and_a_class_without_any(folders):
    folders.remove("validation/emu/*.png")
    assert set(folders.problems()) == {
        "only 10 validation pictures",
        "no validation pictures of 'emu'",
        "folders without pictures",
    }


def test_a_label_in_validation_only_and_another_order(folders):
    training, validation = read_folders(folders.root / "training"), read_folders(folders.root / "validation")
    swapped = validation._replace(classes=("emu", "cat"))
    assert [found.problem for found in check_pictures(training, swapped)] == [
        "validation has another order of classes than training"
    ]
    folders.add("validation/gnu/1.png", 77)
    assert "'gnu' is in validation only" in folders.problems()


@pytest.mark.parametrize("label", ["cats", "Cat", "\uff43at"])
def test_labels_that_are_nearly_the_same(folders, label):
    for number in range(8):
        folders.add(f"training/{label}/{number}.png", 500 + number)
        folders.add(f"validation/{label}/{number}.png", 600 + number)
    problems = folders.problems()
    assert len(problems) == 1 and "are nearly the same" in next(iter(problems))


@pytest.mark.parametrize("first, second", [("class 1", "class 2"), ("level-10", "level-11"), ("1-2", "12"), ("+", "-")])
def test_labels_that_differ_in_a_number_are_different(folders, first, second):
    for label, other in (("cat", first), ("emu", second)):
        for part in ("training", "validation"):
            (folders.root / part / label).rename(folders.root / part / other)
    assert folders.problems() == {}


def test_one_finding_for_many_labels_in_two_spellings(tmp_path):
    folders = Folders(tmp_path / "few")
    for number in range(110):
        letters = chr(97 + number % 26) * (1 + number // 26)
        for label in (f"kind {letters}", f"Kind_{letters}"):
            folders.add(
                f"training/{label}/{number}.png", Image.new("RGB", (70, 70), (number, len(label), ord(label[0])))
            )
    found = [one for one in check_pictures(read_folders(folders.root / "training")) if "nearly the same" in one.problem]
    assert [one.problem for one in found] == ["110 pairs of labels are nearly the same"]
    assert found[0].files[0] == "'Kind_a' and 'kind a'"


def test_small_long_and_plain_pictures(folders):
    folders.add("training/cat/small.png", picture(5, (40, 40)))
    folders.add("training/cat/long.png", picture(6, (400, 100)))
    folders.add("training/emu/black.png", Image.new("RGB", (96, 96)))
    assert {problem: found.files for problem, found in folders.problems().items()} == {
        "pictures of fewer than 64 pixels": ("training/cat/small.png",),
        "pictures more than 3 times as long as wide": ("training/cat/long.png",),
        "pictures of a single color": ("training/emu/black.png",),
    }


def test_shortcuts(folders):
    folders.remove("training/emu/*.png")
    for number in range(8):
        folders.add(f"training/emu/{number}.jpg", picture(40 + number, (300 + number, 300)), quality=95)
    assert set(folders.problems()) == {
        "all pictures of 'cat', and no others, have the format PNG",
        "all pictures of 'emu', and no others, have the format JPEG",
        "all pictures of 'cat', and no others, have the size 96 x 96",
        "all pictures of 'emu' are larger than all others",
    }


def test_orientation_tags(folders):
    exif = Image.Exif()
    exif[0x0112] = 6
    folders.add("training/cat/turned.png", 5, exif=exif)
    only(folders, "pictures with an orientation tag", "note", "training/cat/turned.png")


def test_what_was_noticed_on_reading_is_reported_too(folders):
    (folders.root / "training" / "notes.txt").write_text("no picture")
    only(folders, "files that are no pictures", "note", "notes.txt")


def test_none_on_the_pexels_photos_that_is_not_there(practice):
    photos = cu.pexels_folder()
    training, validation = read_folders(photos / "training"), read_folders(photos / "validation")
    found = [finding.problem for finding in check_pictures(training, validation)]
    assert found == [f"only {len(validation.paths)} validation pictures"]


def test_a_picture_is_read_once_and_again_when_its_file_has_changed(folders, monkeypatch):
    read, load = [], faults.loaded
    monkeypatch.setattr(faults, "loaded", lambda path, **how: read.append(path) or load(path, **how))
    assert folders.problems() == {} and len(read) == 36
    assert folders.problems() == {} and len(read) == 36, "nothing has changed"
    changed = folders.add("training/cat/0.png", Image.new("RGB", (96, 96)))
    assert set(folders.problems()) == {"pictures of a single color"}
    assert read[36:] == [changed]


def test_a_report_is_a_table_in_a_notebook():
    report = Report([Finding("note", "odd", (), "Nothing."), Finding("error", "<b>", tuple("abcdefg"), "Mend & go.")])
    assert str(report) == "[ERROR] <b>: a, b, c, d, e and 2 more. Mend & go.\n[NOTE] odd. Nothing."
    html = report._repr_html_()
    assert "&lt;b&gt;" in html and "Mend &amp; go." in html and html.index("error") < html.index("note")
    assert "Nothing was found" in str(Report()) and "Nothing was found" in Report()._repr_html_()


def test_features_of_what_can_be_read(pretrained_model, folders):
    (folders.root / "training/cat/broken.png").write_bytes(b"no picture")
    pictures = read_folders(folders.root / "training")
    features, kept = cu.load_readable(pictures, pretrained_model)
    assert len(features) == len(kept.paths) == len(kept.labels) == 16 and kept.classes == pictures.classes
    (found,) = kept.report
    assert found.files == ("broken.png",) and "it is empty" in found.problem
    assert np.allclose(features[0], cu.load_images([kept.paths[0]], pretrained_model)[0])
    with pytest.raises(cu.UnreadableImageError, match="broken.png"):
        cu.load_readable(pictures, pretrained_model, strict=True)
    with pytest.raises(ValueError, match="none of 1"):
        cu.load_readable(pictures.only([folders.root / "training/cat/broken.png"]), pretrained_model)


def test_every_bad_kind_among_good_ones(pretrained_model, tmp_path):
    """Training goes on with the good pictures, and each bad one is named."""
    files = {
        f"{label}/{label}-{i}.png": saved(picture(9 * i + k), "PNG") for k, label in enumerate("ab") for i in range(4)
    }
    bad = {f"a/{name}": content for name, content in hard_pictures.bad().items()}
    for name, content in (files | bad).items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(content)
    features, kept = cu.load_readable(cu.read_pictures(tmp_path), pretrained_model)
    assert [path.name for path in kept.paths] == [f"{label}-{i}.png" for label in "ab" for i in range(4)]
    named = {name for finding in kept.report for name in finding.files}
    assert named == {name.split("/")[1] for name in bad}
    history = cu.train(cu.get_model(2), features, cu.add_labels(kept.labels, kept.classes))
    assert history.history["accuracy"][-1] == 1


def test_the_messy_zip_from_file_to_classifier(pretrained_model, cache):
    training, validation = cu.read_both(data_folder() / "messy.zip")
    features, learned = cu.load_readable(training, pretrained_model)
    new_features, judged = cu.load_readable(validation, pretrained_model)
    found = {finding.problem.split(":")[0]: finding.files for finding in check_pictures(learned, judged)}
    assert found == {
        "pictures outside of any label's folder": ("loose.jpg",),
        "a picture that can't be read": ("web-page.jpg",),  # the last of three
        "nearly the same picture in training and validation": (
            "training/triangle/triangle-2.jpg",
            "validation/triangle/borrowed.jpg",
        ),
        "the same picture with two labels": ("validation/circle/misfiled.jpg", "validation/square/square-1.jpg"),
        "the same picture more than once in training": (
            "training/triangle/copy of triangle-1.jpg",
            "training/triangle/triangle-1.jpg",
        ),
        "pictures of a single color": ("training/square/black.png",),
        "files that are no pictures": ("notes.txt",),
        "pictures with an orientation tag": ("training/circle/from-phone.jpg",),
    }
    cu.set_seed(7)
    head = cu.get_model(3)
    cu.train(head, features, cu.add_labels(learned.labels, training.classes))
    predicted = cu.predict(head, new_features, training.classes)
    assert np.mean([a == b for a, b in zip(predicted, judged.labels, strict=True)]) > 0.6


def many_looks(count, content, seen):
    looks = faults._Looks(None, 96, 96, "PNG", hash=seen, content=content)
    return [faults._Picture(Path(f"{number}.png"), "cat", "training", looks) for number in range(count)]


def test_20_000_equal_pictures_are_one_group():
    """Each pair of them is the same: 200 million pairs, which nobody goes through one by one."""
    pictures = many_looks(10_000, "a", 5) + many_looks(10_000, "b", 4)
    (group,) = faults._groups(pictures)
    assert group == pictures


def test_each_picture_joins_a_group_once(monkeypatch):
    """1,500 different hashes, all within four bits of the first."""
    bits = [0, *(1 << one for one in range(64)), *(1 << one | 1 << other for one in range(64) for other in range(one))]
    joined, isin = [], np.isin
    monkeypatch.setattr(faults.np, "isin", lambda groups, some: joined.append(len(some)) or isin(groups, some))
    assert set(faults._near(np.array(bits[:1500], np.uint64))) == {0}
    assert sum(joined) <= 1500
