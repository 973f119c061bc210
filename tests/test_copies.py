"""Near-copies: which pictures are some, and that each group of them is on one side when a head is judged."""

import json
import subprocess
import sys
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from helpers import frame, make_bursts, make_noise, noise, run_course, scene, scene_of
from PIL import Image

import course_utils as cu
from course_utils import PictureSet, Report, find_copies
from course_utils.learning.evaluation import Results
from course_utils.pictures.camera import made_of_one, numbered, sessions, taken_together

COIN = ["yes", "no", "no", "yes", "yes", "no", "yes", "no", "no", "yes"] * 2
HASH = "0a1b2c3d4e5f60718293a4b5c6d7e8f9"


@pytest.fixture(scope="session")
def bursts(tmp_path_factory):
    """20 scenes, 5 frames of each, and a tossed coin for a label."""
    return make_bursts(tmp_path_factory.mktemp("coin"), COIN)


def seen(folder):
    """What the network sees of all pictures under a folder, and the pictures."""
    return cu.load_readable(cu.read_folders(folder), cu.load_network(), looks=2)


def made(folder, names):
    """One picture under many names, in a folder for each class."""
    picture = scene(np.random.default_rng(1))
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        picture.save(folder / name)
    paths = [folder / name for name in names]
    labels = tuple(Path(name).parts[0] for name in names)
    return PictureSet(tuple(paths), labels, tuple(sorted(set(labels))))


def turned(*degrees):
    """Numbers of length 1 whose cosines are those of the angles between them."""
    angles = np.radians(degrees)
    return np.stack([np.cos(angles), np.sin(angles)], axis=1)


def names(groups):
    return sorted(sorted(path.name for path in group) for group in groups)


# which pictures are near-copies


def test_each_burst_is_a_group_and_nothing_else(bursts):
    numbers, pictures = seen(bursts)
    copies = find_copies(pictures, numbers)
    assert [len(group) for group in copies.groups] == [5] * 20 and not copies.alike and not copies.sessions
    assert all(len({scene_of(path) for path in group}) == 1 for group in copies.groups)
    (found,) = copies.report
    assert found.severity == "note" and "100 near-copies, in groups: 20" in found.problem


def test_frames_of_a_camera_that_moves(tmp_path):
    """Each shows another part of its scene, moved by up to an eighth."""
    rng = np.random.default_rng(12)
    for number in range(20):
        picture, label = scene(rng, (360, 280)), ("no", "yes")[rng.integers(2)]
        (tmp_path / label).mkdir(exist_ok=True)
        for left, top in rng.integers(0, 40, (5, 2)).tolist():
            moved = np.asarray(picture.crop((left, top, left + 320, top + 240)), float)
            levels = np.clip(moved + rng.normal(0, 8, moved.shape), 0, 255).astype(np.uint8)
            Image.fromarray(levels).save(tmp_path / label / f"{number:02}-{left}x{top}.png")
    numbers, pictures = seen(tmp_path)
    groups = find_copies(pictures, numbers).groups
    assert all(len({scene_of(path) for path in group}) == 1 for group in groups)
    assert len(groups) == 20 and sum(map(len, groups)) >= 98


def test_a_few_wrong_labels_hide_no_bursts(bursts, real_files):
    numbers, pictures = seen(bursts)
    wrong = {path: "yes" if label == "no" else "no" for path, label in pictures.pairs()[::33]}
    groups = find_copies(pictures.relabel(wrong), numbers).groups
    assert len(groups) == 20 and sum(map(len, groups)) == 100 - len(wrong) == 96
    assert not set(wrong) & {path for group in groups for path in group}


def test_different_pictures_are_no_copies(tmp_path, practice):
    assert find_copies(*seen(make_bursts(tmp_path / "scenes", COIN, frames=1))[::-1]) == ((), (), ())
    make_noise(tmp_path / "noise", 0)
    make_noise(tmp_path / "noise" / "no", 12)
    make_noise(tmp_path / "noise" / "yes", 12, first=50)
    assert find_copies(*seen(tmp_path / "noise")[::-1]) == ((), (), ())


@pytest.mark.parametrize("course", [cu.colors_folder, cu.pexels_folder, cu.stock_folder])
def test_the_sets_of_the_course_have_no_near_copies(course, practice):
    training, validation = cu.read_both(course())
    both = training.with_those_of(validation)
    copies = find_copies(both, cu.extract_features(both.paths, cu.load_network(), looks=2))
    few = len(both.paths) // 8 if practice else 0  # the practice network finds some rendered boards alike
    assert sum(map(len, copies.groups)) <= few and not copies.sessions and not copies.alike


def test_pairs_of_different_classes_say_how_alike_different_pictures_are(tmp_path):
    pictures = made(tmp_path, ["cat/x.png", "cat/y.png", "cat/p.png", "cat/q.png", "dog/z.png"])
    far = turned(0, 15, 90, 130, 200)
    assert names(find_copies(pictures, far).groups) == [["x.png", "y.png"]]
    assert not find_copies(pictures, turned(0, 15, 90, 130, 100)).groups, "10 degrees apart, and of two classes"
    copied = turned(0, 15, 90, 130, 130)
    assert names(find_copies(pictures, copied).groups) == [["x.png", "y.png"]], "an exact copy with two labels"


def test_alike_for_the_network_but_in_other_colors(tmp_path):
    pictures = made(tmp_path, ["cat/x.png", "cat/y.png", "cat/p.png", "cat/q.png", "dog/z.png"])
    scene(np.random.default_rng(2)).save(tmp_path / "cat/y.png")
    assert not find_copies(pictures, turned(0, 15, 90, 130, 200)).groups


def test_plain_pictures_are_no_copies(tmp_path):
    pictures = made(tmp_path, ["cat/x.png", "cat/y.png", "cat/p.png", "cat/q.png", "dog/z.png"])
    Image.new("RGB", (90, 90), "red").save(tmp_path / "cat/x.png")
    Image.new("RGB", (90, 90), "red").save(tmp_path / "cat/y.png")
    assert not find_copies(pictures, turned(0, 1, 90, 130, 200)).groups


def test_a_near_copy_of_a_near_copy_is_one(tmp_path):
    pictures = made(tmp_path, [f"cat/{name}.png" for name in "stuvwxyz"] + ["dog/z.png"])
    copies = find_copies(pictures, turned(0, 20, 40, 60, 120, 140, 230, 300, 265))
    assert names(copies.groups) == [["s.png", "t.png", "u.png", "v.png"], ["w.png", "x.png"]]


def test_one_group_of_nearly_all_tells_nothing(tmp_path):
    pictures = made(tmp_path, [f"cat/{name}.png" for name in "uvwxyz"] + ["dog/y.png", "dog/z.png"])
    copies = find_copies(pictures, turned(0, 5, 10, 15, 20, 60, 180, 270))
    assert copies.alike == ("cat",) and not copies.groups
    (found,) = copies.report
    assert found.severity == "warning" and "'cat' are too alike" in found.problem
    two = find_copies(pictures, turned(0, 5, 10, 15, 60, 65, 180, 270))
    assert [len(group) for group in two.groups] == [4, 2] and not two.alike, "two videos"


def test_numbers_of_other_pictures_are_refused(tmp_path):
    with pytest.raises(ValueError, match="got numbers of 1 pictures; expected those of 2"):
        find_copies(made(tmp_path, ["cat/a.png", "dog/b.png"]), turned(0))


def test_memory_grows_with_the_pictures_not_with_their_square():
    count = 4_000
    paths = tuple(Path("gone", f"{number:05}.png") for number in range(count))
    labels = tuple("ab"[number % 2] for number in range(count))
    numbers = np.random.default_rng(0).normal(size=(count, 32)).astype(np.float32)
    tracemalloc.start()
    find_copies(PictureSet(paths, labels, ("a", "b")), numbers)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < count**2, "bytes: a quarter of what all cosines take"


# what names, cameras and folders tell


@pytest.mark.parametrize(
    "together",
    [
        [f"a/dog-3_jpg.rf.{HASH}.jpg", f"b/dog-3_jpg.rf.{HASH[::-1]}.jpg"],
        ["dog.jpg", "dog - Copy.jpg", "dog - Copy (2).jpg", "Copy of dog.jpg"],
        ["dog.jpg", "dog copy.jpg", "dog copy 3.jpg"],
    ],
)
def test_names_of_copies_and_exports(together):
    paths = [Path(name) for name in together]
    assert made_of_one([*paths, Path("cat.jpg")]) == [list(range(len(paths)))]


@pytest.mark.parametrize(
    "apart",
    [
        ["dog (4).jpg", "dog (5).jpg", "dog.jpg"],
        ["dog-1.jpg", "dog-2.jpg"],
        ["dog.jpg", "dog.png"],
        ["a/dog.jpg", "b/dog - Copy.jpg"],
        [f"dog-3_jpg.rf.{HASH}.jpg", f"dog-4_jpg.rf.{HASH}.jpg"],
    ],
)
def test_names_that_tell_nothing(apart):
    assert made_of_one([Path(name) for name in apart]) == []


def test_exports_belong_together_whatever_they_look_like(tmp_path):
    exports = [f"cat/day_jpg.rf.{HASH}.png", f"cat/day_jpg.rf.{HASH[::-1]}.png"]
    pictures = made(tmp_path, [*exports, "cat/x.png", "dog/z.png"])
    assert names(find_copies(pictures, turned(0, 90, 180, 270)).groups) == [sorted(Path(name).name for name in exports)]


def test_consecutive_numbers():
    paths = [
        Path(name) for name in ("a/f-9.png", "a/f-10.png", "b/f-11.png", "a/g (11).png", "a/x.png", "a/g (12).png")
    ]
    assert numbered(paths) == [(0, 1), (3, 5)]


def test_consecutive_numbers_help_only_where_they_tell_the_order(tmp_path):
    """A pair of two classes is nearer than the frames are, as in one room; the numbers tell them all the same."""
    frames = [f"cat/{number:02}.png" for number in range(12)] + ["dog/y.png", "dog/z.png"]
    angles = [place * 60 + step for place in range(4) for step in (0, 16, 32)]
    room = [angles[0] + 12, 270]
    copies = find_copies(made(tmp_path / "video", frames), turned(*angles, *room))
    assert [len(group) for group in copies.groups] == [3] * 4
    mixed = np.random.default_rng(3).permutation(angles)
    assert not find_copies(made(tmp_path / "mixed", frames), turned(*mixed, *room)).groups


def photo(path, time, camera="Eye 7", **options):
    exif = Image.Exif()
    exif[0x010F], exif[0x0110] = "Maker", camera
    exif.get_ifd(0x8769)[0x9003] = time
    path.parent.mkdir(parents=True, exist_ok=True)
    scene(np.random.default_rng(1)).save(path, exif=exif, **options)
    return path


def test_photos_of_one_camera_within_seconds(tmp_path):
    told = [
        ("a", "2026:05:01 10:00:00", "Eye 7"),
        ("b", "2026:05:01 10:00:02", "Eye 7"),
        ("c", "2026:05:01 10:00:01", "Eye 8"),
        ("d", "2026:05:01 10:00:05", "Eye 7"),
        ("e", "yesterday", "Eye 7"),
    ]
    paths = [photo(tmp_path / f"{name}.jpg", time, camera) for name, time, camera in told]
    (tmp_path / "f.jpg").write_bytes(b"no picture")
    assert list(taken_together([*paths, tmp_path / "f.jpg"])) == [(0, 1)]


def test_times_help_photos_that_look_alike(tmp_path):
    times = ["10:00:00", "10:00:01", "11:00:00", "11:00:01"]
    paths = [
        photo(tmp_path / "cat" / f"{name}.jpg", f"2026:05:01 {time}") for name, time in zip("abcd", times, strict=True)
    ]
    paths.append(photo(tmp_path / "dog" / "e.jpg", "2026:05:01 12:00:00"))
    pictures = PictureSet(tuple(paths), ("cat",) * 4 + ("dog",), ("cat", "dog"))
    assert names(find_copies(pictures, turned(0, 35, 100, 150, 250)).groups) == [["a.jpg", "b.jpg"]]


def test_folders_inside_a_class_are_sessions(tmp_path):
    paths = [Path("pets", "cat", *name.split("/")) for name in ("mon/1.png", "mon/2.png", "fri/1.png", "loose.png")]
    assert sessions(paths, "cat") == [[0, 1], [2]]
    assert sessions(paths, "pet") == [], "these folders belong to another class"
    assert sessions(paths[:2], "cat") == [], "one folder parts nothing"
    assert sessions([Path("a/cat/1.png"), Path("b/cat/1.png")], "cat") == []
    burst = [Path("my-pictures/burst-1/1.jpg"), Path("my-pictures/burst-1/2.jpg")]
    assert sessions([*burst, Path("my-pictures/lot-1/1.jpg")], "dog") == [[0, 1]], "a burst counts wherever it lies"
    assert sessions([Path("burst-of-light/1.jpg"), Path("burst/1.jpg")], "dog") == []


# the session


@pytest.fixture
def trainer():
    trainer = cu.Trainer()
    yield trainer
    trainer.close()


def straddling(training, validation):
    return {scene_of(path) for path in training.paths} & {scene_of(path) for path in validation.paths}


def test_tossed_coins_are_guessed_and_no_longer_known(trainer, bursts):
    trainer.add(bursts)
    dishonest = trainer.train(groups=False)
    assert dishonest.accuracy > 0.9 and dishonest.interval[0] > 0.6 and dishonest.tries == 20
    accuracies = []
    for toss in range(5):
        coin = dict(zip(range(20), np.random.default_rng(toss).permutation(COIN).tolist(), strict=True))
        for path in trainer.pictures:
            trainer.move(path, coin[int(scene_of(path))])
        for seed in (1, 2):
            results = trainer.train(seed=seed)
            assert not straddling(trainer.split(seed)[0], results.validation)
            assert results.tries == 4 and len(results.predicted) == 20
            assert results.interval[0] < 0.5 < results.interval[1]
            assert "no better than always saying 'no'" in str(results) and "are worth 4" in str(results)
            accuracies.append(results.accuracy)
    assert 0.3 < np.mean(accuracies) < 0.7


def test_the_program_parts_the_pictures_alike(trainer, bursts, tmp_path):
    trainer.add(bursts)
    group = trainer.groups()[0]
    trainer.separate(group)
    trainer.train(seed=3)
    code = trainer.code(tmp_path / "by-code.zip")
    assert "trainer.separate(" in code
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    picture = trainer.results.validation.paths[0]
    by_code, own = cu.load_classifier(tmp_path / "by-code.zip").predict(picture), trainer.predict(picture)
    assert by_code == pytest.approx(own, abs=1e-6)
    trainer.train(groups=False)
    assert "trainer.split(seed=7, groups=False)" in trainer.code()


def test_a_person_can_overrule(trainer, bursts):
    trainer.add(bursts)
    groups = trainer.groups()
    assert len(groups) == 20 and {len(group) for group in groups} == {5}
    trainer.separate(groups[0][:4])
    assert len(trainer.groups()) == 19, "the fifth is left by itself"
    with pytest.raises(ValueError, match=r"x\.png is none of the 100 pictures"):
        trainer.separate(["x.png"])
    assert straddling(*trainer.split(groups=False))


def test_validation_pictures_with_near_copies_in_training_do_not_count(trainer, tmp_path):
    make_bursts(tmp_path / "training", COIN[:8], frames=3)
    make_bursts(tmp_path / "validation", COIN[:4], frames=1)  # from the same scenes
    make_bursts(tmp_path / "validation", ["yes", "no"], frames=2, seed=99)
    trainer.add(tmp_path)
    results = trainer.train()
    judged = {path.name for path in results.validation.paths}
    (found,) = [one for one in results.report if "validation pictures with near-copies" in one.problem]
    assert results.shared == len(found.files) == 4 and len(judged) == 4 and not judged & set(found.files)
    assert "judged without 4 near-copies of training pictures" in str(results)
    assert trainer.split()[1] == trainer.results.validation
    told = [one for one in trainer.check() if "near-copies in training: 4 of 8" in one.problem]
    assert told[0].severity == "error" and len(told[0].files) == 4 and told[0].files[0].startswith("validation/")
    assert not trainer.train(groups=False).shared


def test_validation_of_near_copies_alone(trainer, tmp_path):
    make_bursts(tmp_path / "training", COIN[:8], frames=3)
    make_bursts(tmp_path / "validation", COIN[:4], frames=1)
    trainer.add(tmp_path)
    results = trainer.train(head="article", epochs=2)
    assert results.accuracy is None and results.shared == 4 and "judged without 4" in str(results)
    assert "validation=new" not in trainer.code(), "there are none to judge by"


def test_sessions_are_held_back_whole(trainer, tmp_path):
    """A table may name pictures at any depth."""
    rng = np.random.default_rng(5)
    rows = ["file,label"]
    for label in ("cat", "dog"):
        for number in range(12):
            path = tmp_path / label / f"day{number % 4}" / f"{number}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            scene(rng).save(path)
            rows.append(f"{path.relative_to(tmp_path).as_posix()},{label}")
    (tmp_path / "labels.csv").write_text("\n".join(rows))
    trainer.add(tmp_path / "labels.csv")
    training, validation = trainer.split()
    days = [{path.parent for path in part.paths} for part in (training, validation)]
    assert not days[0] & days[1] and {label: validation.labels.count(label) for label in validation.classes} == {
        "cat": 3,
        "dog": 3,
    }
    assert any("folders inside classes" in finding.problem for finding in training.report)


def test_of_a_class_that_is_too_alike_the_last_are_held_back(trainer, tmp_path):
    make_bursts(tmp_path, COIN[:6], frames=1)
    rng = np.random.default_rng(8)
    wall = scene(rng)
    (tmp_path / "wall").mkdir()
    for number in range(12):
        frame(wall, rng).save(tmp_path / "wall" / f"frame{number}.png")
    trainer.add(tmp_path)
    for seed in (1, 2):
        training, validation = trainer.split(seed)
        held = [path.name for path, label in validation.pairs() if label == "wall"]
        assert held == ["frame10.png", "frame11.png"]
    assert any("'wall' are too alike" in finding.problem for finding in training.report)


def test_a_class_of_one_group_is_not_judged(trainer, tmp_path):
    make_bursts(tmp_path, COIN[:6], frames=1)
    for number in range(3):
        noise(number).save(tmp_path / "yes" / f"day_jpg.rf.{number}{HASH}.png")
    for path in (tmp_path / "yes").glob("0*"):
        path.unlink()
    trainer.add(tmp_path)
    training, validation = trainer.split()
    assert set(validation.labels) == {"no"} and training.labels.count("yes") == 3
    assert any("all pictures of 'yes' are one group" in finding.problem for finding in training.report)


def test_groups_in_a_terminal(bursts):
    done = run_course("train", bursts, "--json")
    told = json.loads(done.stdout)
    assert len(told["groups"]) == 20 and told["tries"] == 4 and told["baseline"] == 0.5 and told["shared"] == 0
    assert told["commonest"] == "no" and sum(one["of"] for one in told["by_class"].values()) == 20
    text = run_course("train", bursts).stdout
    assert "near-copies, in groups: 20" in text and "Right of each class: no " in text
    assert json.loads(run_course("train", bursts, "--json", "--no-groups").stdout)["tries"] == 20


# what a number is worth


def judged(right, groups=(), commonest="no", **of_class):
    """Results in which so many pictures of each class were right."""
    classes = tuple(sorted(of_class))
    pairs = [(Path(f"{name}-{number}.png"), name) for name in classes for number in range(of_class[name])]
    said = [name if int(path.stem.split("-")[1]) < right[name] else classes[classes[0] == name] for path, name in pairs]
    validation = PictureSet(tuple(path for path, _ in pairs), tuple(name for _, name in pairs), classes)
    rows = np.array([[float(name == one) for name in classes] for one in said], np.float32)
    return Results(classes, validation, rows, {}, Report(), False, 0.0, commonest=commonest, groups=groups)


def test_what_always_saying_the_commonest_would_get():
    results = judged({"no": 24, "yes": 0}, no=24, yes=2)
    assert str(results) == (
        "24 of 26 right; the true accuracy may be 75% to 99%\n"
        "always saying 'no' would get 24; no better than always saying 'no'\nno 24 of 24, yes 0 of 2"
    )
    assert results.baseline == 24 / 26 and results.by_class == {"no": (24, 24), "yes": (0, 2)}
    perhaps = judged({"no": 24, "yes": 1}, no=24, yes=2)
    assert "perhaps no better than always saying 'no'" in str(perhaps)
    better = judged({"no": 13, "yes": 12}, no=13, yes=13)
    assert "always saying 'no' would get 13" in str(better) and "no better" not in str(better)


def test_the_commonest_class_is_that_of_training(trainer, tmp_path):
    make_noise(tmp_path / "no", 120)
    make_noise(tmp_path / "yes", 12, first=500)
    trainer.add(tmp_path)
    results = trainer.train()
    assert results.commonest == "no" and results.baseline == 24 / 26
    assert "; no better than always saying 'no'" in str(results)
    assert sum(count for _, count in results.by_class.values()) == 26


@pytest.mark.parametrize("sizes, tries", [([1] * 20, 20), ([5] * 4, 4), ([20], 1), ([10] + [1] * 10, 3)])
def test_near_copies_count_once(sizes, tries):
    results = judged({"no": 20}, no=20, yes=0)
    paths = iter(results.validation.paths)
    groups = tuple(tuple(next(paths) for _ in range(size)) for size in sizes)
    worth = results._replace(groups=groups)
    assert worth.tries == tries and worth.interval[0] == pytest.approx(0.025 ** (1 / tries)) and worth.interval[1] == 1


def test_of_many_classes_the_worst_are_named():
    counts = dict.fromkeys("abcdefgh", 4)
    results = judged(counts | {"h": 1}, commonest="a", **counts)
    assert "worst: h 1 of 4" in str(results) and "g 4 of 4" not in str(results)
