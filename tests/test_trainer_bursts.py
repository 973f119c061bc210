"""Frames that were taken together stay on one side of the split, and where a class has no others, that is said."""

import numpy as np
import pytest
from helpers import make_bursts, noise, scene_of
from PIL import Image

import course_utils as cu


def put(folder, seed, count):
    """Pictures that do not look alike, so that only their folder tells that they belong together."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        noise(seed + number, 60 + number, 80).save(folder / f"{seed}-{number}.png")


@pytest.fixture
def pets(tmp_path):
    return tmp_path / "pets"


def sides(trainer, **settings):
    training, validation = trainer.split(**settings)
    return set(training.paths), set(validation.paths), training.report


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("loose", [0, 6])
def test_a_folder_inside_a_class_is_never_parted(pets, loose, seed):
    """Whether there are several, or one beside loose pictures."""
    for number, name in enumerate(["cat", "dog"]):
        put(pets / name / "monday", 100 * number, 4)
        put(pets / name if loose else pets / name / "friday", 100 * number + 50, loose or 4)
    trainer = cu.Trainer()
    trainer.add(pets, level=1)
    learned, judged, _ = sides(trainer, seed=seed)
    assert learned and judged and not learned & judged
    for day in pets.glob("*/*day"):
        assert len({path in judged for path in day.iterdir()}) == 1, day


def test_bursts_without_folders_are_never_parted(pets):
    trainer = cu.Trainer()
    trainer.add(make_bursts(pets, ["cat", "dog"] * 4, frames=5))
    learned, judged, _ = sides(trainer)
    assert not {scene_of(path) for path in learned} & {scene_of(path) for path in judged}


@pytest.mark.parametrize("inside", ["", "burst"])
def test_a_class_that_is_one_burst_says_so(pets, inside):
    make_bursts(pets, ["cat", *["dog"] * 4], frames=6)
    if inside:
        moved = [path.rename(path.with_name("_" + path.name)) for path in (pets / "cat").iterdir()]
        (pets / "cat" / inside).mkdir()
        for path in moved:
            path.rename(path.parent / inside / path.name[1:])
    trainer = cu.Trainer()
    trainer.add(pets, level=1)
    results = trainer.train()
    words = f"{results.report}"
    assert "the pictures of 'cat' are too alike to tell near-copies" in words and "another day" in words
    assert ("all pictures of 'cat' lie in one folder, burst" in words) == bool(inside)


def test_a_class_of_copies_alone_is_not_judged_and_that_is_said(pets):
    make_bursts(pets, ["dog"] * 4, frames=3)
    (pets / "cat").mkdir()
    picture = Image.fromarray(np.random.default_rng(0).integers(0, 256, (60, 80, 3), np.uint8))
    for name in ("cat", "cat copy", "cat copy 2", "cat - Copy"):
        picture.save(pets / "cat" / f"{name}.png")
    trainer = cu.Trainer()
    trainer.add(pets)
    results = trainer.train()
    assert "all pictures of 'cat' are one group of near-copies" in f"{results.report}"
    assert set(results.validation.labels) == {"dog"} and "was not judged" in f"{results.report}"


def test_a_class_in_one_folder_says_so_unless_its_name_says_nothing(pets):
    for number, (name, folder) in enumerate([("cat", "burst"), ("dog", "images")]):
        put(pets / name / folder, 100 * number, 5)
    trainer = cu.Trainer()
    trainer.add(pets, level=1)
    *_, report = sides(trainer)
    told = [finding.problem for finding in report if "lie in one folder" in finding.problem]
    assert told == ["all pictures of 'cat' lie in one folder, burst"]
