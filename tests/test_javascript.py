"""What runs in a browser: node's own tests of it, and comparisons with Python, which is the measure.

Same pictures and same seed must give the same parting, the same folds and C, and the same head.
"""

import json
import random
import shutil
import struct
import subprocess
import sys
import zipfile
from pathlib import Path

import hard_pictures
import numpy as np
import pytest
from file_names import NAMES_OF_CATS, NAMES_OF_DOGS, OTHER_NAMES, TOGETHER
from helpers import ROOT, frame, make_bursts, make_pictures, noise, saved, scene
from PIL import Image

import course_utils as cu
from course_utils.export import version2
from course_utils.faults.copies import TINY, Copies, find_copies
from course_utils.learning.article import start_article_head, train_article_head
from course_utils.learning.evaluation import Results, exact_interval
from course_utils.learning.linear import LinearHead, _deal, fit_linear_head
from course_utils.network.engines import Network
from course_utils.network.looks import PREPARED
from course_utils.network.weights import fold_weights, read_weights
from course_utils.pictures.camera import taken_together
from course_utils.pictures.filenames import labels_in, read_names
from course_utils.pictures.pipeline import load_image, resize_image
from course_utils.pictures.sets import PictureSet, by_name
from course_utils.report import Report
from course_utils.trainer.parting import part
from course_utils.trainer.reading import spell_none
from course_utils.trainer.session import Session

NODE, NPM = shutil.which("node"), shutil.which("npm")
pytestmark = pytest.mark.skipif(NODE is None, reason="needs node, which is not on this machine")
ENGINE = ROOT / "course_utils" / "browser" / "engine"


@pytest.fixture
def ask(tmp_path):
    """Ask JavaScript, and take back what it answers; arrays go and come as files of float32."""

    def pack(value, name):
        if isinstance(value, np.ndarray):
            value.astype("<f4").tofile(folder / f"{name}.f4")
            return {"floats": f"{name}.f4"}
        if isinstance(value, dict):
            return {key: pack(one, f"{name}-{key}".replace("/", "-")) for key, one in value.items()}
        return value

    def unpack(value):
        return np.fromfile(folder / value["floats"], "<f4") if set(value) == {"floats"} else value

    def ask(task, **question):
        folder.mkdir(exist_ok=True)
        (folder / "question.json").write_text(json.dumps(pack(question, "in"), default=str), encoding="utf-8")
        words = [NODE, ROOT / "tests" / "js" / "answer.js", task, folder]
        done = subprocess.run(words, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return json.loads((folder / "answer.json").read_text(encoding="utf-8"), object_hook=unpack)

    folder = tmp_path / "asked"
    return ask


def made_numbers(labels, rng, size=1280, spread=3.0):
    """What the network might see: a direction for each class, and much beside it; rows of length 1."""
    middles = np.abs(np.random.default_rng(5).normal(size=(max(labels) + 1, size)))
    numbers = np.abs(middles[labels] + spread * rng.normal(size=(len(labels), size)))
    return (numbers / np.linalg.norm(numbers, axis=1, keepdims=True)).astype(np.float32)


def test_nodes_own_tests():
    tests = sorted((ROOT / "tests" / "js").glob("*.test.js"))
    done = subprocess.run([NODE, "--test", *tests], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(tests) >= 5 and "# pass 0" not in done.stdout


@pytest.fixture(scope="module")
def tools(tmp_path_factory):
    """ESLint and TypeScript, beside a copy of what they check."""
    if NPM is None:
        pytest.skip("needs npm, which is not on this machine")
    folder = tmp_path_factory.mktemp("tools")
    for name in ("package.json", "tsconfig.json", "eslint.config.mjs", ".npmrc"):
        shutil.copy(ROOT / name, folder)
    for name in ("course_utils/browser", "tests/js"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    done = subprocess.run([NPM, "install"], cwd=folder, capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"npm can't be reached: {done.stderr[-300:]}")
    return folder


def test_jupyterlabs_own_javascript_is_not_taken_for_the_courses():
    # Node asks the nearest package.json above a file how to read it, and above .venv that is the course's
    done = subprocess.run([sys.executable, "-c", "import jupyterlab.labapp"], capture_output=True, text=True)
    assert done.returncode == 0 and "yarn" not in done.stdout + done.stderr


@pytest.mark.network
@pytest.mark.parametrize("check", ["lint", "types"])
def test_javascript_is_linted_and_typed(tools, check):
    done = subprocess.run([NPM, "run", check], cwd=tools, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.network
def test_the_webassembly_is_built_of_its_source(tools):
    built = tools / "course_utils" / "browser" / "engine" / "simd.wasm"
    built.unlink()
    done = subprocess.run([NPM, "run", "build"], cwd=tools, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert built.read_bytes() == (ENGINE / "simd.wasm").read_bytes()


# Names of files


LOTS = [
    *([name] for name in NAMES_OF_CATS + NAMES_OF_DOGS + OTHER_NAMES),
    *TOGETHER,
]


def test_names_of_files_speak_of_the_same_classes(ask):
    told = ask("nameThem", lots=LOTS)["lots"]
    for lot, read in zip(LOTS, told, strict=True):
        assert [one["label"] for one in read] == labels_in(lot), lot
        assert [one["counted"] for one in read] == [one.counted for one in read_names(lot)], lot


# Random numbers, and the order of texts


@pytest.mark.parametrize("seed", [0, 7, 4_294_967_295, 2**40 + 5])
def test_the_random_numbers_of_numpy_and_python(ask, seed):
    count = 30_000  # enough that a tenth of a thousand lies in the bell curve's tail
    told = ask("drawNumbers", seed=seed, count=count)
    rng, single, shuffled = np.random.default_rng(seed), np.random.default_rng(seed), list(range(count))
    assert told["permutation"] == rng.permutation(count).tolist()
    assert told["again"] == rng.permutation(np.arange(0, 90, 10)).tolist()
    assert told["integers"] == [int(rng.integers(number + 1)) for number in range(20)]
    assert told["random"] == [rng.random() for _ in range(5)]
    np.testing.assert_allclose(told["normal"], rng.standard_normal(count), rtol=1e-12)
    np.testing.assert_allclose(told["single"], single.standard_normal(count, np.float32), rtol=2e-7)
    assert told["last"] == single.integers(2**32, dtype=np.uint32)  # as many were drawn
    random.Random(seed).shuffle(shuffled)
    assert told["shuffled"] == shuffled


def test_texts_and_paths_are_sorted_as_in_python(ask):
    words = ["cat", "Cat", "cat 10", "cat 9", "ähre", "\U0001f600", "\ufb01", "cat/b", "cat-1", "cat/a/b", "cat!/a", ""]
    paths = [f"{word}/x{number}.png" for number, word in enumerate(words) if word]
    told = ask("sortThem", texts=words, paths=paths)
    assert told["texts"] == sorted(words)
    assert told["paths"] == [str(path) for path in sorted(map(Path, paths))]
    assert told["names"] == [str(path) for path in sorted(map(Path, paths), key=by_name)]


# Heads


@pytest.mark.parametrize(
    "counts, size, options",
    [
        ([9, 9, 9], 1280, {}),
        ([30, 4, 9, 1], 1280, {}),
        ([12, 5], 1280, {"balanced": False}),
        ([20, 20], 1280, {"C": 30.0}),
        ([40, 25], 20, {}),  # more pictures than numbers
        ([1500, 600], 8, {}),  # so many that C is estimated
        ([1, 1], 1280, {}),  # nothing to compare strengths by
    ],
)
def test_the_linear_head_is_pythons(ask, counts, size, options):
    rng = np.random.default_rng(sum(counts))
    labels = np.repeat(np.arange(len(counts)), counts)
    numbers, fresh = made_numbers(labels, rng, size), made_numbers(labels[::3], rng, size)
    told = ask(
        "fitHead", numbers=numbers, fresh=fresh, labels=labels.tolist(), classCount=len(counts), seed=11, **options
    )
    head = fit_linear_head(numbers, np.eye(len(counts), dtype=np.float32)[labels], seed=11, **options)
    assert told["folds"] == _deal(labels, 11).tolist()
    assert told["C"] == pytest.approx(head.C, rel=1e-5)
    np.testing.assert_allclose(told["weights"].reshape(head.weights.shape), head.weights, atol=1e-4)
    np.testing.assert_allclose(told["bias"], head.bias, atol=1e-4)
    np.testing.assert_allclose(told["told"].reshape(-1, len(counts)), head.predict(fresh), atol=1e-5)


@pytest.mark.parametrize("stop_after", [0, 2])
def test_the_articles_head_is_pythons(ask, stop_after):
    """The first weights, the shuffles, Adam, and where it is stopped the best epoch."""
    rng = np.random.default_rng(2)
    labels = np.arange(40) % 3
    features = (np.abs(rng.normal(size=(40, 7, 7, 256))) * (rng.random((40, 7, 7, 256)) < 0.3)).astype(np.float32)
    features[:, 0, 0, :3] += 3 * np.eye(3)[labels]
    rows, epochs, rate = np.eye(3, dtype=np.float32)[labels], 3, 1e-3
    new, new_labels = features[:7] * 0.8, [1, 1, 0, 0, 2, 2, 0]
    head, best = start_article_head(3, 20, 5), []
    start = [part.copy() for part in head]

    def after_epoch(head, history):
        if history["val_loss"][-1] == min(history["val_loss"]):
            best[:] = [part.copy() for part in head]
        return len(history["loss"]) == stop_after

    validation = (new, np.eye(3, dtype=np.float32)[new_labels])
    history = train_article_head(head, features, rows, epochs, rate, validation, 5, after_epoch)
    told = ask(
        "trainHead",
        features=features,
        labels=labels.tolist(),
        classCount=3,
        validation={"features": new, "labels": new_labels},
        epochs=epochs,
        rate=rate,
        units=20,
        seed=5,
        stopAfter=stop_after,
    )
    assert told["stopped"] == bool(stop_after)
    for found, wanted in zip(told["start"], (start[0], start[2]), strict=True):
        np.testing.assert_allclose(found, wanted.ravel(), rtol=2e-7)
    for found, wanted in zip(told["weights"], best if stop_after else head, strict=True):
        np.testing.assert_allclose(found, wanted.ravel(), atol=3e-6)
    assert set(told["history"]) == set(history) and len(history["loss"]) == (stop_after or epochs)
    for key, values in history.items():
        np.testing.assert_allclose(told["history"][key], values, atol=1e-4, err_msg=key)


# Parting and near-copies


def listed(pictures, root):
    """Pictures as a page has them, in any order, and their places by path."""
    pairs = pictures.pairs()
    random.Random(1).shuffle(pairs)
    entries = [{"path": path.relative_to(root).as_posix(), "label": label} for path, label in pairs]
    return entries, [path for path, _ in pairs]


def made_set(names):
    paths = [Path("/pictures", name) for name in names]
    labels = tuple(path.relative_to("/pictures").parts[0] for path in paths)
    return PictureSet(tuple(paths), labels, tuple(sorted(set(labels))))


@pytest.mark.parametrize("seed", [0, 7, 99])
def test_the_same_pictures_are_held_back(ask, seed):
    """Some alone, some in groups and bursts, and one class of which the last by name are held back."""
    names = [f"cat/{number}.png" for number in range(13)] + [f"dog/burst-{n % 5}/frame-{n:03}.jpg" for n in range(23)]
    names += [f"cow/cow-{number}.png" for number in range(12)] + ["one/only.png"]
    names += [f"elk/x{number}.png" for number in range(6)] + [f"owl/night/{number}.png" for number in range(3)]
    pictures = made_set(sorted(names))
    wanted = ("cat/", "burst-1", "burst-3", "elk")
    of = {name: [path for path in pictures.paths if name in str(path)] for name in wanted}
    copies = Copies((tuple(of["elk"]), tuple(of["cat/"][2:6])), (tuple(of["burst-1"]), tuple(of["burst-3"])), ("cow",))
    entries, paths = listed(pictures, Path("/pictures"))
    places = [[paths.index(path) for path in group] for group in copies.together]
    told = ask("partThem", pictures=entries, copies={"together": places, "alike": ["cow"]}, seed=seed)
    training, validation = part(pictures, PictureSet((), (), pictures.classes), copies, seed)
    assert [paths[place] for place in told["training"]] == list(training.paths)
    assert [paths[place] for place in told["validation"]] == list(validation.paths)
    assert told["oneGroup"] == ["elk"] and told["oneFolder"] == [{"label": "owl", "folder": "night"}]
    assert "all pictures of 'elk' are one group" in str(training.report) and "one folder, night" in str(training.report)


def test_pictures_given_to_judge_by_lose_near_copies(ask):
    pictures = made_set(["cat/a.png", "cat/b.png", "dog/c.png", "dog/d.png"])
    entries, paths = listed(pictures, Path("/pictures"))
    given = {Path("/pictures/cat/b.png"), Path("/pictures/dog/d.png")}
    for entry, path in zip(entries, paths, strict=True):
        entry["part"] = "validation" if path in given else "training"
    group = [paths.index(Path(f"/pictures/cat/{name}.png")) for name in "ab"]
    told = ask("partThem", pictures=entries, copies={"together": [group]}, seed=7)
    assert [paths[place].name for place in told["training"]] == ["a.png", "c.png"]
    assert [paths[place].name for place in told["validation"]] == ["d.png"]
    assert [paths[place].name for place in told["shared"]] == ["b.png"]


@pytest.fixture(scope="module")
def network():
    return Network(fold_weights(read_weights("practice")))


def make_album(folder):
    """Bursts with names that say nothing, a recorded burst, copies and numbered frames."""
    make_bursts(folder, ["cat", "dog"] * 3, frames=4)
    rng = np.random.default_rng(4)
    for label, name in (("cat", "burst-1"), ("dog", "burst-2")):
        (folder / label / name).mkdir()
        for number in range(4):
            scene(rng).save(folder / label / name / f"frame-{number:03}.png")
    (folder / "cow").mkdir()
    walk = scene(rng)
    for number in range(6):
        frame(walk, rng).save(folder / "cow" / f"walk-{number}.png")
        noise(number).save(folder / "cow" / f"noise{number * 7}.png")
    noise(50).save(folder / "cow" / "fog.png")
    noise(51).save(folder / "cow" / "fog - Copy.png")
    return folder


def on_page(pictures, root):
    """Pictures as a page has them, each with its colors in small."""
    tiny = [resize_image(load_image(path, at_least=8 * TINY), TINY).ravel().tolist() for path in pictures.paths]
    names = [path.relative_to(root).as_posix() for path in pictures.paths]
    found = zip(names, pictures.labels, tiny, strict=True)
    return [{"path": name, "label": label, "tiny": colors} for name, label, colors in found]


@pytest.fixture(scope="module")
def album(network, tmp_path_factory):
    """Pictures, what the network sees of them, and what a page has of them."""
    root = make_album(tmp_path_factory.mktemp("album"))
    pictures = cu.read_folders(root, level=1)
    numbers = cu.extract_features(pictures.paths, network, looks=2)
    return root, pictures, numbers, on_page(pictures, root)


def test_the_same_near_copies_are_found(ask, album):
    _, pictures, numbers, entries = album
    told, copies = ask("groupThem", pictures=entries, numbers=numbers), find_copies(pictures, numbers)
    assert [[pictures.paths[place] for place in group] for group in told["groups"]] == list(map(list, copies.groups))
    assert [[pictures.paths[place] for place in one] for one in told["sessions"]] == list(map(list, copies.sessions))
    assert told["alike"] == list(copies.alike) and len(copies.groups) >= 6 and len(copies.sessions) == 2


def steps(rng, count, cosine):
    """Arrows of length 1, each turned so far from the one before, in a direction of its own."""
    arrows = [rng.normal(size=1280)]
    for _ in range(count - 1):
        aside = rng.normal(size=1280) / np.sqrt(1280)
        arrows.append(cosine * arrows[-1] / np.linalg.norm(arrows[-1]) + np.sqrt(1 - cosine**2) * aside)
    return np.stack([arrow / np.linalg.norm(arrow) for arrow in arrows])


def hard_album(folder, wrong):
    """Frames that only their numbers tell, a burst that only its clock tells, one in a folder of its own, a class
    whose pictures are all alike, and some pictures with the label of another class."""
    rng, names, numbers = np.random.default_rng(31), [], []

    def put(label, files, arrows):
        for file, arrow in zip(files, arrows, strict=True):
            names.append((folder / file, label))
            numbers.append(arrow)

    for start in (0, 20):
        put("walk", [f"walk/frame-{start + number}.png" for number in range(12)], steps(rng, 12, 0.955))
    for label in ("walk", "dog", "cat"):
        put(label, [f"{label}/other{number * 7}.png" for number in range(6)], steps(rng, 6, 0.2))
    put("dog", ["dog/a.jpg", "dog/b.jpg"], steps(rng, 2, 0.85))
    put("dog", ["roll/burst-7/1.png", "roll/burst-7/2.png", "dog/c.png"], steps(rng, 3, 0.2))
    put("cat", ["cat/twin-one.png", "cat/twin-two.png"], steps(rng, 2, 0.93))
    put("same", [f"same/x{'abcdefg'[number]}.png" for number in range(6)], steps(rng, 6, 0.985))
    for number in range(wrong):
        three = steps(rng, 3, 0.97)
        put("dog", [f"dog/near-{number}.png", f"dog/near-{number}b.png"], three[:2])
        put("cat", [f"cat/wrong{number}w.png"], three[1:2] + 0.005 * rng.normal(size=1280))
    for place, (path, _) in enumerate(names):
        path.parent.mkdir(parents=True, exist_ok=True)
        noise(1000 if "twin" in path.name or "same" in path.parts else place).save(path)
    for second, name in enumerate("ab"):
        photo(folder / "dog" / f"{name}.jpg", f"2026:11:26 20:00:0{second}")
    order = sorted(range(len(names)), key=lambda place: (names[place][1], names[place][0]))
    paths, labels = zip(*(names[place] for place in order), strict=True)
    pictures = PictureSet(paths, labels, tuple(sorted(set(labels))))
    return pictures, np.stack([numbers[place] for place in order]).astype(np.float32)


@pytest.mark.parametrize("wrong", [0, 1, 4])
def test_near_copies_that_are_hard_to_tell(ask, tmp_path, wrong):
    pictures, numbers = hard_album(tmp_path, wrong)
    copies = find_copies(pictures, numbers)
    entries = [entry | {"file": path} for entry, path in zip(on_page(pictures, tmp_path), pictures.paths, strict=True)]
    told = ask("groupThem", pictures=entries, numbers=numbers)
    named = [[pictures.paths[place] for place in group] for group in told["groups"]]
    assert named == list(map(list, copies.groups)) and told["alike"] == list(copies.alike)
    assert [[pictures.paths[place].name for place in one] for one in told["sessions"]] == [["1.png", "2.png"]]
    assert {"a.jpg", "b.jpg"} in [{path.name for path in group} for group in named]
    assert [len(group) for group in named].count(12) == (2 if wrong == 4 else 0)  # else colors alone decide
    assert told["alike"] == ([] if wrong == 4 else ["same"])


def photo(path, time, maker="Ca Mera", model="X\0", details=True):
    told = Image.Exif()
    told.update({tag: words for tag, words in ((0x010F, maker), (0x0110, model)) if words})
    if details:
        told.get_ifd(0x8769)[0x9003] = time
    noise(1).save(path, exif=told)


def test_photos_of_one_camera_within_seconds(ask, tmp_path):
    """Whatever is written into a file, its camera and time are those that Python reads, or none."""
    day = "2026:11:26 19:40"
    times = [f"{day}:{second}" for second in ("01", "59", "03", "02", "60", "58", "06", "09")]
    times += ["2026:13:26 19:40:01", "soon"]
    for number, time in enumerate(times):
        photo(tmp_path / f"{number}.jpg", time)
    photo(tmp_path / "other.jpg", times[0], model="Y")
    photo(tmp_path / "nobody.jpg", times[0], model=None)
    photo(tmp_path / "never.jpg", times[0], details=False)
    photo(tmp_path / "kept.png", times[0])
    noise(2).save(tmp_path / "plain.jpg")
    whole = (tmp_path / "0.jpg").read_bytes()
    for length in (0, 3, 20, 60, 100):
        (tmp_path / f"cut-{length}.jpg").write_bytes(whole[:length])
    (tmp_path / "big-endian.jpg").write_bytes(saved(noise(3), "JPEG", exif=big_endian(f"{day}:04")))
    paths = sorted(tmp_path.glob("*.*"))
    told = ask("pairThem", files=paths)
    assert told["pairs"] == [list(pair) for pair in taken_together(paths)]
    names = [path.name for path, known in zip(paths, told["known"], strict=True) if known]
    assert names == ["0.jpg", "1.jpg", "2.jpg", "3.jpg", "5.jpg", "6.jpg", "7.jpg", "big-endian.jpg", "other.jpg"]
    assert len(told["pairs"]) == 5


def test_files_that_end_too_early_and_pictures_that_are_turned(ask, tmp_path):
    """Python refuses what ends too early; a browser may not, and turns PNG and WebP or not."""
    grains, good = noise(4, 96, 96), hard_pictures.good() | hard_pictures.good_gray()
    good |= {
        "trailer.jpg": saved(grains, "JPEG") + bytes(range(256)) * 9,
        "thumbnail.jpg": saved(grains, "JPEG", comment=saved(noise(5), "JPEG")),
        "large.gif": saved(grains, "GIF")[:-1],  # nothing but the sign of the end is missing
    }
    bad = {name: content for name, content in hard_pictures.bad().items() if name.startswith(("half", "nearly"))}
    bad = {name: content for name, content in bad.items() if not name.endswith(("webp", "avif", "tif"))}
    cut = len(good["thumbnail.jpg"]) - 40
    bad |= {"cut-thumbnail.jpg": good["thumbnail.jpg"][:cut], "no-end.jpg": saved(grains, "JPEG")[:-2]}
    for name, content in (good | bad).items():
        (tmp_path / name).write_bytes(content)
    told = ask("checkThem", files=[tmp_path / name for name in good | bad])
    told = {Path(path).name: one for path, one in told.items()}
    assert [name for name, one in told.items() if not one["whole"]] == list(bad) and len(bad) == 11
    turned = {name: int(name[7]) for name in good if name.startswith("turned-") and not name.endswith("jpg")}
    assert {name: one["turn"] for name, one in told.items() if one["turn"] > 1 or name in turned} == turned
    assert {one["left"] for one in told.values()} == {1}


def big_endian(time):
    """EXIF data as some cameras write it: the highest byte first."""
    words = [b"Ca Mera\0", b"X\0", time.encode() + b"\0"]
    after = 8 + 2 + 3 * 12 + 4
    inside = after + len(words[0])
    entry = struct.Struct(">HHI4s").pack
    first = entry(0x010F, 2, 8, struct.pack(">I", after)) + entry(0x0110, 2, 2, words[1])
    first += entry(0x8769, 4, 1, struct.pack(">I", inside))
    second = entry(0x9003, 2, 20, struct.pack(">I", inside + 18))
    whole = b"MM\0*" + struct.pack(">I", 8) + struct.pack(">H", 3) + first + b"\0" * 4 + words[0]
    return b"Exif\0\0" + whole + struct.pack(">H", 1) + second + b"\0" * 4 + words[2]


# Judging


def test_judged_as_in_python(ask, album):
    rng, answers, wanted = np.random.default_rng(8), [], []
    classes = ("cat", "cow", "dog", "eel")
    for count, grouped in ((0, 0), (1, 0), (12, 0), (30, 3), (47, 5)):
        paths = tuple(Path(f"{number}.png") for number in range(count))
        labels = tuple(rng.choice(classes[:3], count).tolist())
        probabilities = rng.dirichlet(np.ones(4), count).astype(np.float32).reshape(count, 4)
        groups = [list(range(start, start + 3)) for start in range(0, 3 * grouped, 3)]
        entry = {"classes": classes, "labels": labels, "groups": groups, "commonest": "dog"}
        answers.append(entry | {"probabilities": probabilities.ravel().tolist()})
        validation = PictureSet(paths, labels, classes)
        near = tuple(tuple(paths[place] for place in group) for group in groups)
        told = (classes, validation, probabilities, {}, Report(), False, 0.0)
        wanted.append(Results(*told, commonest="dog", groups=near))
    pairs = [(right, count) for count in (1, 2, 9, 100, 2000) for right in {0, 1, count // 3, count}]
    told = ask("judgeThem", answers=answers, intervals=pairs)
    np.testing.assert_allclose(told["intervals"], [exact_interval(*pair) for pair in pairs], atol=1e-9)
    for judged, results in zip(told["judged"], wanted, strict=True):
        same = ("right", "accuracy", "tries", "predicted", "baseline", "guessed")
        assert {name: judged[name] for name in same} == {name: getattr(results, name) for name in same}
        assert judged["confusion"] == results.confusion.tolist()
        assert [tuple(pair) for pair in judged["byClass"]] == list(results.by_class.values())
        assert [(one["picture"], one["expected"], one["predicted"]) for one in judged["mistakes"]] == [
            (int(one.path.stem), one.expected, one.predicted) for one in results.mistakes
        ]
        if results.interval is None:
            assert judged["interval"] is None
        else:
            np.testing.assert_allclose(judged["interval"], results.interval, atol=1e-9)
            assert judged["better"] == (results.interval[0] > results.baseline)


# Files


def weights_of(network):
    return {layer.name: {"kernel": layer.kernel.ravel(), "bias": layer.bias} for layer in network.layers}


@pytest.mark.parametrize("cards", [False, True])
def test_python_reads_a_classifier_that_a_page_wrote(ask, network, tmp_path, cards):
    """Its members are Python's, number by number; others do not disturb it."""
    rng = np.random.default_rng(3)
    kernel, bias = rng.normal(size=(1280, 2)).astype("f4"), rng.normal(size=2).astype("f4")
    told = ask("writeIt", weights=weights_of(network), kernel=kernel.ravel(), bias=bias, cards=cards)
    file = tmp_path / "asked" / told["file"]
    (noise(1)).save(tmp_path / "noise.png")
    ours = cu.make_classifier(network, LinearHead(kernel, bias), ["Æpfel", "青い花"])
    assert cu.load_classifier(file).predict(tmp_path / "noise.png") == ours.predict(tmp_path / "noise.png")
    with zipfile.ZipFile(file) as theirs, zipfile.ZipFile(ours.save(tmp_path / "ours.zip")) as wanted:
        assert theirs.testzip() is None and len(theirs.namelist()) == told["count"]
        arrays = {name for name in wanted.namelist() if name.endswith(".npy")}
        more = {"notes/more.md"} if cards else set()
        assert set(theirs.namelist()) == arrays | {"classifier.json"} | more
        for name in arrays:
            with theirs.open(name) as one, wanted.open(name) as other:
                np.testing.assert_array_equal(np.load(one), np.load(other))
        about = json.loads(theirs.read("classifier.json"))
        ours_about = json.loads(wanted.read("classifier.json"))
        assert about.pop("limit") == 0.5 and about == {key: ours_about[key] for key in about}
        assert set(about) == {"kind", "classes", "preprocessing", "looks", "head"}
        assert PREPARED[1] in (ENGINE / "looks.js").read_text(encoding="utf-8")


@pytest.mark.parametrize("looks", [1, 2])
def test_a_page_reads_a_classifier_that_python_wrote(ask, network, tmp_path, looks):
    rng = np.random.default_rng(6)
    linear = LinearHead(rng.normal(size=(1280, 2)).astype("f4"), rng.normal(size=2).astype("f4"))
    head = linear if looks == 2 else start_article_head(2, 10)
    path = cu.make_classifier(network, head, ["rød", "blå"]).save(tmp_path / "classifier.zip")
    with zipfile.ZipFile(path, "a") as file:
        file.writestr("notes/more.md", "# More")
        members = [name for name in file.namelist() if not name.startswith(("network/", "head/", "classifier.json"))]
    told = ask("readIt", file=path)
    assert (told["classes"], told["looks"], told["preprocessing"]) == (["rød", "blå"], looks, PREPARED[looks])
    assert told["others"] == members and "notes/more.md" in members
    kinds = {4: "conv", 3: "depthwise", 2: "pointwise"}
    for layer, found in zip(network.layers, told["network"], strict=True):
        assert (found["name"], found["stride"]) == (layer.name, layer.stride)
        assert found["kind"] == kinds[layer.kernel.ndim] and found["outputs"] == layer.kernel.shape[-1]
        np.testing.assert_allclose(found["sums"], [layer.kernel.sum(dtype="f8"), layer.bias.sum(dtype="f8")], atol=1e-9)
    inputs = [dense["inputs"] for dense in told["head"]]
    assert inputs == ([version2.INPUTS[looks]] if looks == 2 else [version2.INPUTS[looks], 10])


@pytest.mark.parametrize("apart", [False, True])
@pytest.mark.parametrize("inside", ["", "burst-1/", "all bursts"])
def test_the_trainer_opens_a_project_again(ask, tmp_path, monkeypatch, apart, inside):
    """With its pictures, classes and parts, however they lie: alone, some in a burst, or all."""
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "cache"))
    make_pictures(tmp_path / "made", red=6, blue=5, green=4)
    renamed = {"red": "røde", "blue": "a/b", "green": "test"}
    pictures = []
    for number, path in enumerate(sorted((tmp_path / "made").glob("*/*.png"))):
        folder = f"burst-{number % 2 + 1}/" if inside == "all bursts" else inside if number % 2 else ""
        judged = {"part": "validation"} if apart and path.stem.endswith("-1") else {}
        pictures.append({"file": str(path), "label": renamed[path.parent.name], "name": folder + path.name, **judged})
    (tmp_path / "classifier.zip").write_bytes(b"")
    told = ask("packIt", pictures=pictures, classifier=tmp_path / "classifier.zip")
    assert told["renamed"] == [["a/b", "a-b"]]
    session = Session()
    report = session.add(tmp_path / "asked" / told["file"])
    assert session.classes == ("a-b", "røde", "test"), report
    assert len(session.training.paths) == (12 if apart else 15) and len(session.validation.paths) == 3 * apart
    bursts = sum(path.parent.name.startswith("burst-") for path in session.pictures)
    assert bursts == {"": 0, "burst-1/": 7, "all bursts": 15}[inside]
    with zipfile.ZipFile(tmp_path / "asked" / told["file"]) as file:
        assert "my-classifier.zip" in file.namelist()


# All of it


@pytest.mark.parametrize("seed", [7, 3])
def test_training_in_a_page_is_training_in_python(ask, album, network, tmp_path, monkeypatch, seed):
    """From what the network sees to the same pictures held back, the same head, and the same judgement."""
    monkeypatch.setenv("COURSE_ASSETS", "practice")
    root, pictures, numbers, entries = album
    session = Session()
    session.add(root, level=1)
    results = session.train(seed=seed)
    told = ask("learnFrom", pictures=entries, numbers=numbers, seed=seed)["linear"]
    judgement, held = told["judgement"], [pictures.paths[place] for place in told["parted"]["validation"]]
    assert held == list(results.validation.paths) and told["classes"] == list(results.classes)
    assert (judgement["right"], judgement["tries"]) == (results.right, results.tries)
    assert judgement["commonest"] == results.commonest
    np.testing.assert_allclose(judgement["interval"], results.interval, atol=1e-9)
    known = session.classifier.known
    assert told["known"]["labels"] == list(known.labels) and told["known"]["rows"] == list(known.rows)
    assert told["known"]["threshold"] == pytest.approx(known.threshold, abs=1e-4)
    assert told["knows"] == list(results.known)
    with zipfile.ZipFile(session.save(tmp_path / "classifier.zip")) as file, file.open("head/0/kernel.npy") as kernel:
        np.testing.assert_allclose(told["layers"][0].reshape(1280, -1), np.load(kernel), atol=1e-4)


def test_the_articles_head_beside_it(ask, album, network, monkeypatch):
    monkeypatch.setenv("COURSE_ASSETS", "practice")
    root, pictures, numbers, entries = album
    session = Session()
    session.add(root, level=1)
    results = session.train(epochs=1, seed=7)
    features = cu.extract_features(pictures.paths, network)
    told = ask("learnFrom", pictures=entries, numbers=numbers, features=features, seed=7, epochs=1)["article"]
    assert told["judgement"]["right"] == results.right
    for name, values in results.history.items():
        np.testing.assert_allclose(told["history"][name], values, atol=1e-3, err_msg=name)


LABELS_OF = {  # of pictures, and which of them are near-copies
    "each by itself": (["a", "b", "c"] * 7, None),
    "bursts": (["b"] * 12 + ["a"] * 9, [str(place // 3) for place in range(21)]),
    "one class is none of these": (["a", "none of these", "b"] * 5, None),
    "names beyond the first letters": (["😀"] * 5 + ["Ａ"] * 3 + ["é"] * 4, None),
    "more than are kept": (["a"] * 350 + ["b"] * 90 + ["c"] * 300, None),
    "many classes": ([f"{place:03}" for place in range(200)] * 2, None),
}


@pytest.mark.parametrize("labels, groups", LABELS_OF.values(), ids=LABELS_OF)
def test_what_is_none_of_these_is_learned_as_in_python(ask, labels, groups):
    numbers = made_numbers([sum(map(ord, label)) % 5 for label in labels], np.random.default_rng(1), 256)
    asked = made_numbers([0, 1, 2, 3, 4] * 3, np.random.default_rng(2), 256)
    groups = groups or [str(place) for place in range(len(labels))]
    known = cu.fit_known(numbers, labels, groups)
    told = ask("learnIt", middles=numbers, labels=labels, groups=groups, asked=asked)
    assert told["known"]["rows"] == list(known.rows) and told["known"]["labels"] == list(known.labels)
    bytes_apart = told["known"]["examples"] - known.examples.ravel().astype("f4")
    assert np.abs(bytes_apart).max() <= 1 and (bytes_apart != 0).mean() < 1e-4
    assert told["known"]["threshold"] == pytest.approx(known.threshold, abs=1e-5)
    similarities = [one["similarity"] for one in told["near"]]
    np.testing.assert_allclose(similarities, known.similarities(asked), atol=1e-5)
    assert [one["nearest"] for one in told["near"]] == known.nearest(asked)[0].tolist()


@pytest.mark.parametrize("count, groups", [(3, None), (8, ["one"] * 8), (0, None)])
def test_too_few_pictures_say_nothing_of_others(ask, count, groups):
    numbers, labels = np.eye(8, 256, dtype=np.float32)[:count], ["a", "b"] * (count // 2) + ["a"] * (count % 2)
    told = ask("learnIt", middles=numbers, labels=labels, groups=groups or list(map(str, range(count))), asked=numbers)
    assert told["known"] is None
    with pytest.raises(ValueError, match="two groups"):
        cu.fit_known(numbers, labels, groups)


def test_groups_are_those_of_python(ask):
    names = [f"{label}/{number}.jpg" for label in ("a", "b") for number in (10, 9, 8, 1, 2, 3, 4)]
    pictures = PictureSet(tuple(map(Path, names)), tuple(name[0] for name in names), ("a", "b"), Report())
    copies = Copies(groups=((Path(names[8]), Path(names[9])),), alike=("a",))
    entries = [{"path": name, "label": name[0]} for name in names]
    found = {"together": [[8, 9]], "alike": ["a"]}
    told = ask("groupIt", pictures=entries, places=list(range(14)), copies=found)["groups"]

    def shape(groups):
        return [groups.index(group) for group in groups]

    assert shape(told) == shape(copies.group_of(pictures)) and len(set(told)) == 5 + 6


def test_none_of_these_is_spelled_in_one_way(ask):
    labels = ["None_of_these", "NONE-OF  THESE", "none of these", "none", "one of these", "Æ"]
    assert ask("spellIt", labels=labels)["labels"] == list(map(spell_none, labels))
