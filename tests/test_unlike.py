"""Validation pictures of another world than training's are told, and those of the same kind are not."""

import numpy as np
import pytest
from helpers import make_pictures
from PIL import Image, ImageEnhance, ImageFilter

import course_utils as cu
from course_utils.faults.copies import Copies
from course_utils.faults.unlike import find_unlike
from course_utils.learning.known import NONE_OF_THESE
from course_utils.trainer.session import TOO_FEW, Session

SEEDS = 200


@pytest.fixture(scope="module")
def stock():
    """All of the course's rendered pictures, and what the network sees of them."""
    pictures = cu.read_folders(cu.stock_folder() / "training").with_those_of(
        cu.read_folders(cu.stock_folder() / "validation")
    )
    numbers, pictures = cu.load_readable(pictures, cu.load_network(), looks=2)
    return pictures, cu.middle_of(numbers)


def halves(pictures, numbers, seed):
    """Two parts by chance: pictures and numbers of each."""
    order = np.random.default_rng(seed).permutation(len(pictures.paths))
    parts = np.split(order, [len(order) * 2 // 3])
    return [(pictures.only(pictures.paths[row] for row in rows), numbers[np.sort(rows)]) for rows in parts]


def changed(pictures, change, folder):
    """Copies of the pictures, each changed, and what the network sees of these."""
    for path, label in pictures.pairs():
        (folder / label).mkdir(parents=True, exist_ok=True)
        with Image.open(path) as picture:
            change(picture.convert("RGB")).save(folder / label / f"{path.stem}.png")
    numbers, read = cu.load_readable(cu.read_folders(folder), cu.load_network(), looks=2)
    return read, cu.middle_of(numbers)


def test_the_same_kind_gives_no_warning(stock):
    """False alarms are as rare as they are meant to be: 1 in 100, and some more since the same pictures come again."""
    found = []
    for seed in range(SEEDS):
        (training, numbers), (validation, new) = halves(*stock, seed)
        found.append(find_unlike(training, validation, numbers, new))
    assert sum(bool(one.report) for one in found) <= 0.04 * SEEDS
    usual = np.mean([len(one.pictures.paths) for one in found])
    assert usual == pytest.approx(found[0].expected, rel=0.4), "as many are unlike as are expected"


def blurred(picture):
    return picture.filter(ImageFilter.GaussianBlur(min(picture.size) / 25))


def dark(picture):
    return ImageEnhance.Brightness(picture).enhance(0.08)


def drawn(picture):
    return picture.filter(ImageFilter.FIND_EDGES)


@pytest.mark.parametrize("change", [blurred, dark, drawn])
def test_another_world_gives_a_warning(stock, tmp_path, change, practice):
    if practice and change is drawn:
        pytest.skip("the practice weights learned from drawn pictures: these are known to them")
    (training, numbers), (validation, _) = halves(*stock, 1)
    other, new = changed(validation, change, tmp_path)
    unlike = find_unlike(training, other, numbers, new)
    (finding,) = unlike.report
    assert finding.severity == "warning" and f"{len(finding.files)} of {len(other.paths)}" in finding.problem
    assert finding.files[0].startswith("validation/") and not finding.paths, "nobody is told to leave them out"
    assert "they are the honest ones" in finding.remedy
    assert finding in cu.check_pictures(training, other, unlike=unlike)


def test_near_copies_count_once(stock, tmp_path):
    (training, numbers), (validation, _) = halves(*stock, 2)
    other, new = changed(validation, blurred, tmp_path)
    burst = Copies((other.paths,))
    assert find_unlike(training, other, numbers, new).report
    assert not find_unlike(training, other, numbers, new, burst).report


def test_two_are_no_proof_and_those_of_no_class_are_not_asked(stock, tmp_path):
    (training, numbers), (validation, _) = halves(*stock, 3)
    other, new = changed(validation, blurred, tmp_path)
    assert not find_unlike(training, other.only(other.paths[:2]), numbers, new[:2]).report
    none = other._replace(labels=(NONE_OF_THESE,) * len(other.paths))
    unlike = find_unlike(training, none, numbers, new)
    assert not unlike.report and unlike.asked == 0 and not unlike.pictures.paths


def test_what_does_not_fit_is_refused(stock):
    (training, numbers), (validation, new) = halves(*stock, 4)
    with pytest.raises(ValueError, match=f"got numbers of 1 validation pictures; expected those of {len(new)}"):
        find_unlike(training, validation, numbers, new[:1])


def test_a_session_tells_it_after_training(tmp_path):
    pictures = cu.read_folders(cu.stock_folder() / "training")
    for path, label in pictures.pairs():
        for part, dim in (("training", 1), ("validation", 0.08)):
            (tmp_path / part / label).mkdir(parents=True, exist_ok=True)
            if hash_of(path) % 3 and part == "validation" or not hash_of(path) % 3 and part == "training":
                continue
            with Image.open(path) as picture:
                ImageEnhance.Brightness(picture.convert("RGB")).enhance(dim).save(
                    tmp_path / part / label / f"{path.stem}.png"
                )
    session = Session()
    session.add(tmp_path)
    warned = [one for one in session.train().report if "unlike all of training" in one.problem]
    assert warned and set(warned) <= set(session.check())
    assert len(session.results.refused) == len(warned[0].files)
    session.drop(session.training.paths[0])
    assert not set(warned) & set(session.check()), "the pictures are others now"


def hash_of(path):
    return sum(path.stem.encode())


def test_with_too_few_pictures_it_says_so(tmp_path):
    session = Session()
    session.add(make_pictures(tmp_path, red=1, blue=1))
    assert set(TOO_FEW) <= set(session.train().report)
    assert not set(TOO_FEW) & set(session.train(known=False).report)
