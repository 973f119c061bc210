"""None of these: what is unlike all that was learned from is told, in Python, in a file, and in a terminal."""

import csv
import json
import subprocess
import sys
import zipfile

import numpy as np
import pytest
from helpers import frame, make_bursts, make_pictures, run_course, scene, scene_of
from PIL import Image

import course_utils as cu
from course_utils.export.prediction import Prediction
from course_utils.learning.known import MOST, NONE_OF_THESE, Known, fit_known
from course_utils.network.runtime import has_keras
from course_utils.trainer.session import Session


def clusters(seed, per_class=12, classes=3, spread=0.4):
    """Numbers as a network gives them, none below zero: a direction for each class, and each picture a bit off it."""
    rng = np.random.default_rng(seed)
    centers = rng.gamma(0.5, 1, (classes, 256))
    labels = [f"class {number}" for number in range(classes) for _ in range(per_class)]
    numbers = np.repeat(centers, per_class, axis=0) * rng.gamma(1 / spread, spread, (classes * per_class, 256))
    return numbers.astype(np.float32), labels


def cosine(one, other):
    return float(one @ other / np.sqrt((one @ one) * (other @ other)))


def slow_threshold(numbers, groups, share):
    """The same, a picture at a time: like its nearest three of other groups, which are kept in bytes."""
    kept = [np.rint(row / row.max() * 255).astype(float) for row in numbers]
    found = []
    for row, group in zip(numbers, groups, strict=True):
        cosines = [
            cosine(row.astype(float), other) for other, others in zip(kept, groups, strict=True) if others != group
        ]
        found.append(np.mean(sorted(cosines)[-3:]))
    found.sort()
    place = (1 - share) * (len(found) - 1)  # the quantile, between two of them
    low = int(place)
    return found[low] + (place - low) * (found[min(low + 1, len(found) - 1)] - found[low])


@pytest.mark.parametrize("share", [0.5, 0.8, 0.95])
@pytest.mark.parametrize("size", [1, 3])
def test_the_threshold_is_what_the_slow_way_gives(share, size):
    numbers, labels = clusters(1)
    groups = [number // size for number in range(len(labels))]
    known = fit_known(numbers, labels, groups, share)
    assert known.threshold == pytest.approx(slow_threshold(numbers, groups, share), abs=1e-5)
    assert known.examples.shape == (36, 256) and known.examples.dtype == np.uint8
    assert (known.examples.max(axis=1) == 255).all()


def test_without_groups_each_picture_is_by_itself():
    numbers, labels = clusters(2)
    assert fit_known(numbers, labels).threshold == fit_known(numbers, labels, range(len(labels))).threshold


def test_a_larger_share_asks_for_less():
    numbers, labels = clusters(3)
    thresholds = [fit_known(numbers, labels, share=share).threshold for share in (0.5, 0.8, 0.95)]
    assert thresholds == sorted(thresholds, reverse=True) and len(set(thresholds)) == 3


def test_most_of_the_same_kind_are_known_and_another_kind_is_not():
    numbers, labels = clusters(4, per_class=40)
    known = fit_known(numbers[::2], labels[::2])
    others, _ = clusters(5, per_class=20)
    assert known.knows(numbers[1::2]).mean() > 0.8 and not known.knows(others).any()


def test_the_nearest_three_are_the_most_alike():
    numbers, labels = clusters(6)
    known = fit_known(numbers, labels)
    places, cosines = known.nearest(numbers[:5])
    for row, (found, alike) in enumerate(zip(places, cosines, strict=True)):
        slow = sorted(range(len(labels)), key=lambda one: -cosine(numbers[row], known.examples[one].astype(float)))
        assert found.tolist() == slow[:3] and found[0] == row
        assert alike == pytest.approx([cosine(numbers[row], known.examples[one].astype(float)) for one in found], 1e-4)
    assert known.similarities(numbers[:5]) == pytest.approx(cosines.mean(axis=1))


def test_of_many_pictures_as_many_of_each_class_are_kept():
    numbers, labels = clusters(7, per_class=300)
    known = fit_known(numbers, labels)
    assert len(known.labels) == MOST and {known.labels.count(name) for name in set(labels)} == {MOST // 3}
    assert [labels[row] for row in known.rows] == list(known.labels)
    first = [row for row in known.rows if row < 300]
    assert first[0] == 0 and first[-1] > 290 and max(np.diff(first)) <= 3, "evenly spread"
    few, many = clusters(8, per_class=10)[0][:10], clusters(8, per_class=600)[0][:600]
    uneven = fit_known(np.concatenate([few, many]), ["few"] * 10 + ["many"] * 600)
    assert uneven.labels.count("few") == 10 and uneven.labels.count("many") == MOST // 2


def test_pictures_of_none_of_these_are_left_out():
    numbers, labels = clusters(9)
    without = fit_known(numbers[12:], labels[12:])
    with_them = fit_known(numbers, [NONE_OF_THESE] * 12 + labels[12:])
    assert with_them.threshold == without.threshold and NONE_OF_THESE not in with_them.labels
    assert [row - 12 for row in with_them.rows] == list(without.rows)


@pytest.mark.parametrize(
    ("count", "groups", "share", "words"),
    [
        (11, None, 0.95, "got numbers of 11 pictures, 12 labels and 12 groups"),
        (12, [1, 2], 0.95, "12 labels and 2 groups"),
        (12, None, 0, "got the share 0; expected a number between 0 and 1"),
        (12, None, 1, "got the share 1"),
        (12, None, 95, "got the share 95"),
        (12, ["one burst"] * 12, 0.95, "got 12 pictures in 1 groups of near-copies; expected at least 4"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(count, groups, share, words):
    numbers, labels = clusters(1, per_class=4)
    with pytest.raises(ValueError, match=words):
        fit_known(numbers[:count], labels, groups, share)


def test_three_pictures_are_too_few():
    numbers, labels = clusters(1, per_class=1)
    with pytest.raises(ValueError, match="got 3 pictures in 3 groups"):
        fit_known(numbers, labels)
    with pytest.raises(ValueError, match="got 0 pictures"):
        fit_known(numbers, [NONE_OF_THESE] * 3)


def test_in_the_order_of_the_classes():
    numbers, labels = clusters(10, per_class=4)
    known = fit_known(numbers, labels)
    turned = known.ordered_by(["class 2", "class 0", "class 1"])
    assert turned.labels == ("class 2",) * 4 + ("class 0",) * 4 + ("class 1",) * 4
    assert turned.rows == (8, 9, 10, 11, 0, 1, 2, 3, 4, 5, 6, 7)
    assert np.array_equal(turned.examples, known.examples[list(turned.rows)]) and turned.threshold == known.threshold
    with pytest.raises(ValueError, match="got examples of class 2; the classes are class 0, class 1"):
        known.ordered_by(["class 0", "class 1"])


def test_a_prediction_answers_as_a_person_would():
    numbers, labels = clusters(11)
    known, (stranger, *_) = fit_known(numbers, labels), clusters(12)[0]
    pairs = [("class 0", 0.2), ("class 1", 0.7), ("class 2", 0.1)]
    same = Prediction(pairs, known, numbers[:1])
    assert list(same) == ["class 1", "class 0", "class 2"] and same == dict(pairs)
    assert same.known is True and same.answer == "class 1"
    assert same.nearest[0] == 0 and same.neighbors == ("class 0",) * 3 and same.threshold == known.threshold
    other = Prediction(pairs, known, stranger[np.newaxis])
    assert other.known is False and other.answer == NONE_OF_THESE and other.similarity < known.threshold
    plain = Prediction(pairs)
    assert plain.known is None and plain.answer == "class 1" and plain.nearest == plain.neighbors == ()
    at_it = Known(known.examples, known.labels, same.similarity)
    assert Prediction(pairs, at_it, numbers[:1]).known is True, "what is as like as it has to be is known"


# With pictures


def wall(seed, size=(320, 240)):
    """A wall in soft light, as a camera sees it: no thing on it, and grain."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[0 : 1 : size[1] * 1j, 0 : 1 : size[0] * 1j]
    light = 1 - rng.uniform(0.05, 0.25) * np.hypot(rows - rng.uniform(0, 1), columns - rng.uniform(0, 1))
    color = np.array([205, 200, 190]) + rng.normal(0, 8, 3)
    grain = rng.normal(0, 2.5, (size[1], size[0], 3))
    return Image.fromarray(np.clip(light[..., np.newaxis] * color + grain, 0, 255).astype("uint8"))


@pytest.fixture(scope="module")
def taught():
    """A session that has learned the course's rendered phones, notebooks and wood."""
    session = Session()
    session.add(cu.stock_folder())
    session.train()
    return session


@pytest.fixture(scope="module")
def kept(taught, tmp_path_factory):
    return taught.save(tmp_path_factory.mktemp("kept") / "stock.zip")


@pytest.fixture(scope="module")
def walls(tmp_path_factory):
    folder = tmp_path_factory.mktemp("walls")
    for seed in range(5):
        wall(seed).save(folder / f"wall-{seed}.png")
    return sorted(folder.iterdir())


def test_walls_are_none_of_these(taught, walls):
    answers = [taught.predict(path) for path in walls]
    assert {answer.answer for answer in answers} == {NONE_OF_THESE}
    assert all(answer.similarity < answer.threshold for answer in answers)
    assert all(sum(answer.values()) == pytest.approx(1) for answer in answers), "it still says how probable each is"


def test_a_sessions_pictures_are_known_and_its_nearest_are_named(taught):
    training, validation = taught.split()
    assert np.mean([taught.predict(path).known for path in training.paths]) >= 0.95
    assert taught.results.known == tuple(taught.predict(path).known for path in taught.results.validation.paths)
    answer = taught.predict(training.paths[3])
    nearest = taught.nearest(answer)
    assert nearest[0] == training.paths[3] and len(nearest) == 3
    labels = dict(training.pairs())
    assert tuple(labels[path] for path in nearest) == answer.neighbors


def test_it_is_the_same_after_a_round_trip(taught, kept, walls):
    loaded = cu.load_classifier(kept)
    assert np.array_equal(loaded.known.examples, taught.classifier.known.examples)
    assert loaded.known.threshold == taught.classifier.known.threshold
    assert loaded.known.labels == taught.classifier.known.labels
    for path in [*walls, *taught.results.validation.paths]:
        one, other = loaded.predict(path), taught.predict(path)
        assert (one.answer, one.nearest, one.neighbors) == (other.answer, other.nearest, other.neighbors)
        assert one.similarity == pytest.approx(other.similarity, abs=1e-6)
    again = Session()
    again.load(kept)
    assert again.predict(walls[0]).answer == NONE_OF_THESE and again.nearest(again.predict(walls[0])) == []


def damaged(kept, path, change=lambda facts: None, **members):
    """The file once more, with other facts or members; ``None`` leaves a member out."""
    with zipfile.ZipFile(kept) as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            content = members.get(name.replace("/", "_").replace(".", "_"), old.read(name))
            if name == "classifier.json":
                facts = json.loads(content)
                change(facts)
                content = json.dumps(facts)
            if content is not None:
                new.writestr(name, content)
    return path


@pytest.mark.parametrize(
    "change",
    [
        lambda facts: facts["known"].update(threshold=1.5),
        lambda facts: facts["known"].update(threshold=float("nan")),
        lambda facts: facts["known"].update(threshold="high"),
        lambda facts: facts["known"].pop("threshold"),
        lambda facts: facts["known"].update(examples=[1, 2, 3]),
        lambda facts: facts["known"].update(examples=[1]),
        lambda facts: facts["known"].pop("examples"),
    ],
)
def test_a_file_whose_facts_do_not_fit_is_refused(kept, tmp_path, change):
    with pytest.raises(ValueError, match=r"damaged\.zip"):
        cu.load_classifier(damaged(kept, tmp_path / "damaged.zip", change))


@pytest.mark.parametrize("content", [None, b"", b"\x93NUMPY", b"no numbers"])
def test_a_file_whose_examples_are_damaged_is_refused(kept, tmp_path, content):
    with pytest.raises(ValueError, match=r"damaged\.zip"):
        cu.load_classifier(damaged(kept, tmp_path / "damaged.zip", known_examples_npy=content))


def test_the_articles_head_answers_as_there_unless_asked(tmp_path, walls):
    session = Session()
    session.add(make_pictures(tmp_path, red=6, blue=6))
    assert session.train(head="article", epochs=1).known == () and session.classifier.known is None
    assert session.predict(walls[0]).known is None and session.predict(walls[0]).answer in ("red", "blue")
    results = session.train(head="article", epochs=1, known=True)
    assert session.classifier.known is not None and len(results.known) == len(results.validation.paths)
    assert session.train(known=False).known == () and session.classifier.known is None


@pytest.mark.skipif(not has_keras(), reason="needs TensorFlow")
@pytest.mark.usefixtures("untraced")
def test_a_fine_tuned_network_compares_by_what_it_sees_itself(tmp_path):
    session = Session()
    session.add(make_pictures(tmp_path, red=6, blue=6))
    session.train(head="fine-tuned", epochs=2, learning_rate=0.01)
    path = session._examples[0]  # one of those that it keeps
    known, answer = session.classifier.known, session.predict(path)
    own = known.similarities(known.examples[:1].astype(np.float32))
    assert answer.nearest[0] == 0 and answer.similarity == pytest.approx(own[0], abs=2e-3), "by its own numbers"
    numbers, _ = cu.load_readable(session.training.only([path]), cu.load_network(), looks=2)
    assert known.nearest(cu.middle_of(numbers))[1][0, 0] < 0.998, "MobileNet's own are others by now"


@pytest.mark.parametrize("counts", [{"red": 1, "blue": 1}, {"red": 2, "blue": 1}])
def test_with_too_few_pictures_it_answers_with_a_class(tmp_path, walls, counts):
    session = Session()
    session.add(make_pictures(tmp_path, **counts))
    assert session.train().known == () and session.classifier.known is None
    assert session.predict(walls[0]).known is None
    assert "fit_known" not in session.code()


def seen(folder, network):
    numbers, pictures = cu.load_readable(cu.read_folders(folder), network, looks=2)
    return cu.middle_of(numbers), pictures


def test_a_bursts_new_frame_stays_known_where_bursts_are_groups(tmp_path):
    """Of frames that are nearly the same, each alone asks a new picture to be nearly the same, too."""
    labels = ["cats"] * 5 + ["dogs"] * 5
    make_bursts(tmp_path / "bursts", labels, frames=6)
    for number, label in enumerate(labels):  # the same scenes, moved and lit twice as much
        (tmp_path / "new" / label).mkdir(parents=True, exist_ok=True)
        rng = np.random.default_rng([1, number])
        new = frame(frame(scene(np.random.default_rng([0, number])), rng), rng)
        new.save(tmp_path / "new" / label / f"{number}.png")
    network = cu.load_network()
    (middle, pictures), (new, _) = (seen(tmp_path / name, network) for name in ("bursts", "new"))
    groups = [scene_of(path) for path in pictures.paths]
    together, alone = fit_known(middle, pictures.labels, groups), fit_known(middle, pictures.labels)
    assert together.knows(new).all()
    assert alone.knows(new).mean() <= 0.8


# Programs and terminals


def test_the_saved_program_gives_the_same_answers(taught, walls, tmp_path):
    run = subprocess.run([sys.executable, "-c", taught.code(tmp_path / "coded.zip")], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    coded = cu.load_classifier(tmp_path / "coded.zip")
    assert coded.known.threshold == pytest.approx(taught.classifier.known.threshold, abs=1e-6)
    for path in [walls[0], *taught.results.validation.paths[:4]]:
        one, other = coded.predict(path), taught.predict(path)
        assert (one.answer, one.nearest) == (other.answer, other.nearest)


def first_known(taught):
    pairs = zip(taught.results.validation.paths, taught.results.known, strict=True)
    return next(path for path, known in pairs if known)


def test_in_a_terminal_it_says_so_and_tells_a_program(taught, kept, walls, tmp_path):
    run = run_course("classify", kept, walls[0], first_known(taught), cwd=tmp_path)
    other, good = run.stdout.splitlines()
    assert run.returncode == 3 and "none of these, unlike anything it learned; else " in other, run.stderr
    assert NONE_OF_THESE not in good
    assert run_course("classify", kept, first_known(taught)).returncode == 0
    (tmp_path / "bad.jpg").write_text("no picture")
    assert run_course("classify", kept, walls[0], tmp_path / "bad.jpg").returncode == 1, (
        "what can't be read comes first"
    )


def test_as_json_and_as_a_table(taught, kept, walls, tmp_path):
    run = run_course("classify", kept, walls[0], first_known(taught), "--json")
    other, good = json.loads(run.stdout)
    assert run.returncode == 3 and (other["answer"], other["known"]) == (NONE_OF_THESE, False)
    assert other["similarity"] < other["threshold"] and set(other["probabilities"]) == set(taught.classes)
    assert good["known"] is True and good["answer"] == max(good["probabilities"], key=good["probabilities"].get)
    run = run_course("classify", kept, walls[0], first_known(taught), "--csv", tmp_path / "table.csv")
    rows = list(csv.DictReader(open(tmp_path / "table.csv", encoding="utf-8-sig")))
    assert run.returncode == 3 and [row["class"] for row in rows] == [NONE_OF_THESE, good["answer"]]


def test_a_terminal_can_ask_for_a_class_always(walls, tmp_path):
    run = run_course("train", cu.stock_folder(), "--no-known", "--save", tmp_path / "always.zip")
    assert run.returncode == 0, run.stderr
    run = run_course("classify", tmp_path / "always.zip", walls[0], "--json")
    (told,) = json.loads(run.stdout)
    assert run.returncode == 0 and told["known"] is None and told["similarity"] is None
    assert told["answer"] in told["probabilities"]


def test_pictures_that_count_by_themselves_are_left_out_singly(tmp_path):
    """What an earlier training found of near-copies is not asked, where none shall be kept on one side."""
    folder = make_bursts(tmp_path / "bursts", ["cats"] * 4 + ["dogs"] * 4, frames=4)
    session, fresh = Session(), Session()
    for one in (session, fresh):
        one.add(folder)
    session.train()
    grouped = session.classifier.known.threshold
    session.train(groups=False)
    fresh.train(groups=False)
    assert session.classifier.known.threshold == fresh.classifier.known.threshold > grouped


def test_only_pictures_of_the_classes_can_be_lost(taught, tmp_path, walls):
    session = Session()
    session.add(cu.stock_folder())
    session.add(walls[:2], label=NONE_OF_THESE)
    held = [wall(seed) for seed in range(20, 23)]
    for number, picture in enumerate(held):
        (tmp_path / "validation" / NONE_OF_THESE).mkdir(parents=True, exist_ok=True)
        picture.save(tmp_path / "validation" / NONE_OF_THESE / f"{number}.png")
    results = session.train()
    pictures = cu.read_folders(tmp_path / "validation")
    labels = (*results.validation.labels, *pictures.labels)
    more = results.validation._replace(paths=(*results.validation.paths, *pictures.paths), labels=labels)
    rows = np.concatenate([results.probabilities, np.eye(len(results.classes))[[1] * len(held)]])
    results = results._replace(validation=more, probabilities=rows, known=(*results.known, *[False] * len(held)))
    assert len(results.refused) + sum(results.known) + len(held) == len(labels)
    assert results.of_classes == len(labels) - len(held)


def test_the_program_is_that_of_the_training_whatever_was_loaded_since(taught, tmp_path):
    session = Session()
    session.add(cu.stock_folder())
    session.train()
    before = session.code()
    session.load(session.save(tmp_path / "one.zip"))
    assert "known=known" in before and session.code() == before
