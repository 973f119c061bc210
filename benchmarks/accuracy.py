"""How accurate is each head with few pictures? Sets given as folders, drawn from again and again.

    python benchmarks/accuracy.py SET ... [--each 3 5 10 20] [--draws 5] [--heads article linear ...] [--seeds 5]
    python benchmarks/accuracy.py --made FOLDER

SET is anything that ``read_pictures`` reads: a folder for each class, a table, a zip file. Of folders in folders, the
innermost name the classes. Each draw takes so many pictures of each class to learn from, and judges on all others (at
most 100 a class). A set after ``--by-group`` has a group above each class, as in ``digits/george/3/1.png``: each
draw judges on one group that it has not learned from. All heads of a draw see the same pictures.

The outcome of a head that starts from random weights depends on those, too: with ``--seeds`` so many more of it are
trained on each draw, from other weights, so that what the draw does and what the seed does can be told apart.

It prints a table, and writes ``data/accuracy.json`` and ``benchmarks/accuracy.svg``, or both to ``--out``. ``--add``
keeps what that ``accuracy.json`` holds of other sets, heads and numbers of pictures. ``--made`` writes the sets that
the course can make or has: arrows to the left and right, small ones anywhere, shapes at the edges, handwritten
digits, spoken digits. ``fine-tuned``, ``six blocks`` and ``with mirrors`` need TensorFlow, and minutes.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Literal, NamedTuple

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt
import numpy as np
from PIL import Image, ImageDraw

import course_utils as cu
from course_utils.learning.calibration import measure_reliability
from course_utils.learning.linear import estimate_C
from course_utils.network.looks import pool, unit
from course_utils.pictures.parts import read_levels
from course_utils.pictures.sets import PictureSet

HERE = Path(__file__).parent
MOST = 100  # pictures of a class to judge by
LINES = {"article": "0.5", "pooled": "C1", "C = 100": "C3", "linear": "C0"}
LINES |= {"flat": "C2"}
STARTED = ("article",)  # heads that start from random weights
OTHERS = 1000  # the first of their other seeds: draws have those below


class Set(NamedTuple):
    """A set of pictures, as the network sees it."""

    name: str
    labels: np.ndarray
    groups: np.ndarray | None
    features: np.ndarray
    looks: np.ndarray
    paths: np.ndarray = np.empty(0)
    weights: str | None = None


# the heads: each is given what to learn from and what to judge by, and says how probable each class is ----------------


def article(data: Set, learn: np.ndarray, judge: np.ndarray, rows: np.ndarray, seed: int) -> np.ndarray:
    """The article's head: 20 epochs with Adam."""
    head = cu.start_article_head(rows.shape[1], seed=seed)
    cu.train_article_head(head, data.features[learn], rows, seed=seed)
    return head.predict(data.features[judge])


def pooled(data: Set, learn: np.ndarray, judge: np.ndarray, rows: np.ndarray, seed: int) -> np.ndarray:
    """A linear head on the middle square alone, averaged over all places."""
    numbers = unit(pool(data.features))
    return cu.fit_linear_head(numbers[learn], rows, seed=seed).predict(numbers[judge])


def flat(data: Set, learn: np.ndarray, judge: np.ndarray, rows: np.ndarray, seed: int) -> np.ndarray:
    """A linear head on all that the article's is given: 7 x 7 x 256 numbers, scaled to length 1."""
    known, asked = (unit(data.features[part].reshape(len(part), -1)) for part in (learn, judge))
    return cu.fit_linear_head(known, rows, seed=seed).predict(asked)


def linear(data: Set, learn: np.ndarray, judge: np.ndarray, rows: np.ndarray, seed: int) -> np.ndarray:
    """The trainer's default: two looks, and a linear head with C found by cross-validation."""
    return cu.fit_linear_head(data.looks[learn], rows, seed=seed).predict(data.looks[judge])


def fixed(data: Set, learn: np.ndarray, judge: np.ndarray, rows: np.ndarray, seed: int) -> np.ndarray:
    """The same with C = 100."""
    return cu.fit_linear_head(data.looks[learn], rows, 100).predict(data.looks[judge])


def estimated(data: Set, learn: np.ndarray, judge: np.ndarray, rows: np.ndarray, seed: int) -> np.ndarray:
    """The same with C estimated from how far the pictures lie apart."""
    centered = data.looks[learn] - data.looks[learn].mean(axis=0)
    return cu.fit_linear_head(data.looks[learn], rows, estimate_C(centered)).predict(data.looks[judge])


def fine_tuned(
    data: Set,
    learn: np.ndarray,
    judge: np.ndarray,
    rows: np.ndarray,
    seed: int,
    layers: int | Literal["all"] = "all",
    learning_rate: float = 1e-4,
    mirror: bool = False,
) -> np.ndarray:
    """MobileNet's layers learn, too, on random parts of the middle square; needs TensorFlow, and takes a while."""
    network = cu.build_pretrained_model(data.weights)
    tuned = cu.fine_tune(
        network, data.paths[learn], rows, learning_rate=learning_rate, layers=layers, mirror=mirror, seed=seed
    )
    return tuned.head.predict(cu.extract_features(data.paths[judge], tuned.network, use_cache=False))


HEADS: dict[str, Callable[..., np.ndarray]] = {
    "article": article,
    "pooled": pooled,
    "flat": flat,
    "C = 100": fixed,
    "C estimated": estimated,
    "linear": linear,
    "fine-tuned": fine_tuned,
    "six blocks": partial(fine_tuned, layers=6, learning_rate=3e-4),
    "with mirrors": partial(fine_tuned, layers=6, learning_rate=3e-4, mirror=True),
}


# measuring ------------------------------------------------------------------------------------------------------------


def read(source: Path, weights: str | None, by_group: bool) -> Set:
    """Read a set, and turn its pictures into what each kind of head is given."""
    network = cu.load_network(weights)
    levels = read_levels(source)
    pictures: PictureSet = cu.read_pictures(source, max(levels) if len(levels) > 1 else None)
    _, pictures = cu.load_readable(pictures, network, looks=2)
    groups = np.array([path.parts[-3] for path in pictures.paths]) if by_group else None
    features, looks = (cu.extract_features(pictures.paths, network, looks=looks) for looks in (1, 2))
    name, paths = source.stem + " by group" * by_group, np.array(pictures.paths)
    return Set(name, np.array(pictures.labels), groups, features, looks, paths, weights)


def draw(data: Set, each: int, seed: int) -> tuple[np.ndarray, np.ndarray] | None:
    """Choose pictures to learn from and pictures to judge by; None where a class has too few."""
    rng = np.random.default_rng(seed)
    known = np.ones(len(data.labels), bool)
    if data.groups is not None:
        names = np.unique(data.groups)
        known = data.groups != names[seed % len(names)]
    learn, judge = [], []
    for label in np.unique(data.labels):
        own = rng.permutation(np.flatnonzero(data.labels == label))
        first, others = own[known[own]][:each], own if data.groups is None else own[~known[own]]
        others = np.setdiff1d(others, first)
        if len(first) < each or not len(others):
            return None
        learn.append(first)
        judge.append(rng.permutation(others)[:MOST])
    return np.concatenate(learn), np.concatenate(judge)


def judge_by(probabilities: np.ndarray, truth: np.ndarray) -> dict[str, float]:
    """Accuracy, log loss, and expected calibration error in ten bins (Guo et al. 2017)."""
    right, rows = probabilities.argmax(axis=1) == truth, np.eye(probabilities.shape[1])[truth]
    error = measure_reliability(probabilities, rows).error
    surprise = -np.log(np.maximum(probabilities[np.arange(len(truth)), truth], 1e-7)).mean()
    return {"accuracy": float(right.mean()), "log loss": float(surprise), "calibration": error}


def measure(data: Set, heads: list[str], each: list[int], draws: int, seeds: int = 0) -> list[dict]:
    """All heads, on the same draws; those that start from random weights, from ``seeds`` others too."""
    names = sorted(set(data.labels))
    truth = np.array([names.index(label) for label in data.labels])
    found = []
    for count in each:
        for seed in range(draws):
            parts = draw(data, count, seed)
            if parts is None:
                continue
            learn, judge = parts
            rows = np.eye(len(names), dtype=np.float32)[truth[learn]]
            for head in heads:
                others = range(OTHERS, OTHERS + seeds * (head in STARTED))
                result, *more = (
                    judge_by(HEADS[head](data, learn, judge, rows, one), truth[judge]) for one in (seed, *others)
                )
                seeded = {"seeds": [one["accuracy"] for one in more]} if more else {}
                found.append({"set": data.name, "each": count, "draw": seed, "head": head} | result | seeded)
    return found


def unbalanced(data: Set, counts: tuple[int, int], draws: int) -> list[dict]:
    """Many pictures of one class and few of another: as they are, and with every class weighing the same."""
    names = sorted(set(data.labels))[:2]
    found = []
    for seed in range(draws):
        rng = np.random.default_rng(seed)
        own = [rng.permutation(np.flatnonzero(data.labels == name)) for name in names]
        if any(len(some) < count + 30 for some, count in zip(own, counts, strict=True)):
            return []
        learn = np.concatenate([some[:count] for some, count in zip(own, counts, strict=True)])
        judge = np.concatenate([some[count : count + MOST] for some, count in zip(own, counts, strict=True)])
        truth = np.array([names.index(label) for label in data.labels[judge]])
        usual = np.array(counts)[truth] / np.bincount(truth)[truth]  # as often as each class comes in training
        rows = (data.labels[learn][:, np.newaxis] == np.array(names)).astype(np.float32)
        for balanced in (False, True):
            head = cu.fit_linear_head(data.looks[learn], rows, seed=seed, balanced=balanced)
            probabilities = head.predict(data.looks[judge])
            right = probabilities.argmax(axis=1) == truth
            surprise = -np.log(np.maximum(probabilities[np.arange(len(truth)), truth], 1e-7))
            shares = [right[truth == number].mean() for number in range(2)]
            found.append(
                {
                    "set": data.name,
                    "draw": seed,
                    "classes weigh the same": balanced,
                    f"right of {names[0]}": float(shares[0]),
                    f"right of {names[1]}": float(shares[1]),
                    "mean of both": float(np.mean(shares)),
                    "accuracy": float(np.average(right, weights=usual)),
                    "log loss": float(np.average(surprise, weights=usual)),
                }
            )
    return found


# telling --------------------------------------------------------------------------------------------------------------


def summary(found: list[dict]) -> list[dict]:
    """Mean and standard deviation over the draws, for each set, number of pictures, and head; and single draws."""
    cases = defaultdict(list)
    for one in found:
        cases[one["set"], one["each"], one["head"]].append(one)
    return [
        {"set": name, "each": each, "head": head, "draws": len(runs)}
        | {
            key: [round(float(of([run[key] for run in runs])), 4) for of in (np.mean, np.std)]
            for key in ("accuracy", "log loss", "calibration")
        }
        | {"single draws": [round(run["accuracy"], 4) for run in runs]}
        | ({"seeds": [[round(one, 4) for one in run["seeds"]] for run in runs]} if "seeds" in runs[0] else {})
        for (name, each, head), runs in cases.items()
    ]


def add_to(before: list[dict], rows: list[dict]) -> list[dict]:
    """Rows of before, but for those that were measured anew; a set's rows lie together, in order."""
    cases = {(row["set"], row["each"], row["head"]): row for row in [*before, *rows]}
    sets, heads = list(dict.fromkeys(case[0] for case in cases)), list(HEADS)
    return [
        cases[case] for case in sorted(cases, key=lambda case: (sets.index(case[0]), case[1], heads.index(case[2])))
    ]


def tell(found: list[dict], heads: list[str], key: str = "accuracy") -> None:
    """Print a row for each set and number of pictures: the mean of the draws, and how far single draws lie apart."""
    values = defaultdict(list)
    for one in found:
        values[one["set"], one["each"], one["head"]].append(100 * one[key] if key != "log loss" else one[key])
    print(f"\n{key}{'' if key == 'log loss' else ' in %'}: mean of the draws ± their standard deviation")
    print(f"{'set':<24}{'each':>5}" + "".join(f"{head:>16}" for head in heads))
    for name, each in dict.fromkeys((one["set"], one["each"]) for one in found):
        cells = [values[name, each, head] for head in heads]
        print(f"{name:<24}{each:>5}" + "".join(f"{np.mean(v):>9.1f} ± {np.std(v):<4.1f}" for v in cells))
    for each in sorted({one["each"] for one in found}):
        names = [name for name, count in dict.fromkeys((one["set"], one["each"]) for one in found) if count == each]
        means = {head: [np.mean(values[name, each, head]) for name in names] for head in heads}
        cells = [f"{np.mean(means[head]):>9.1f}{'':7}" for head in heads]
        print(f"{f'mean of {len(names)} sets':<24}{each:>5}" + "".join(cells))


def write_down(rows: list[dict], path: Path) -> None:
    """Write JSON with a line for each row."""
    path.write_text("[\n" + ",\n".join(json.dumps(row) for row in rows) + "\n]\n", encoding="utf-8")


@plt.style.context("course_utils.course")
def plot(rows: list[dict], path: Path) -> None:
    """Draw accuracy against the number of pictures, one panel for each set; bands are one standard deviation."""
    names = list(dict.fromkeys(row["set"] for row in rows))
    columns = min(len(names), 3)
    lines = -(-len(names) // columns)
    size = (3.6 * columns, 2.8 * lines)
    figure, panels = plt.subplots(lines, columns, figsize=size, layout="constrained", squeeze=False)
    for axes, name in zip(panels.flat, names, strict=False):
        for head in dict.fromkeys(row["head"] for row in rows if row["set"] == name):
            own = {row["each"]: row["accuracy"] for row in rows if (row["set"], row["head"]) == (name, head)}
            counts, (middle, apart) = list(own), np.array(list(own.values())).T
            axes.plot(counts, middle, "o-", color=LINES.get(head), label=head, markersize=4)
            axes.fill_between(counts, middle - apart, middle + apart, color=LINES.get(head), alpha=0.15, linewidth=0)
        axes.set(title=name, xlabel="pictures a class", ylabel="accuracy", xscale="log", ylim=(None, 1.02))
        counts = sorted({row["each"] for row in rows if row["set"] == name})
        axes.set_xticks(counts, counts)
        axes.minorticks_off()
    for axes in list(panels.flat)[len(names) :]:
        axes.remove()
    panels.flat[0].legend()
    figure.savefig(path, metadata={"Date": None})


# sets that the course can make ----------------------------------------------------------------------------------------


def make_sets(folder: Path) -> None:
    """Write the made sets, and those that scikit-learn and the course's mirror have."""
    make_arrows(folder / "arrows")
    make_small_arrows(folder / "small arrows")
    make_edges(folder / "edges")
    make_handwritten(folder / "handwritten digits")
    make_spoken(folder / "spoken digits")


def make_arrows(folder: Path, count: int = 160) -> None:
    """Arrows to the left and to the right: what counts is where the tip is."""
    rng = np.random.default_rng(0)
    for number in range(count):
        for side in ("left", "right"):
            picture = Image.new("RGB", (320, 320), tuple(rng.integers(60, 255, 3)))
            ink, x, y = tuple(rng.integers(0, 160, 3)), *map(int, rng.integers(110, 210, 2))
            long, wide = int(rng.integers(70, 110)), int(rng.integers(12, 30))
            pen = ImageDraw.Draw(picture)
            pen.rectangle([x - long, y - wide, x + long - 2 * wide, y + wide], fill=ink)
            tip, back = x + long, x + long - 3 * wide
            pen.polygon([(tip, y), (back, y - 2 * wide), (back, y + 2 * wide)], fill=ink)
            picture = picture.rotate(float(rng.normal(0, 8)), fillcolor=picture.getpixel((0, 0)))
            if side == "left":
                picture = picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
            write(picture, rng, folder / side / f"{number:03}.png")


def make_small_arrows(folder: Path, count: int = 110) -> None:
    """Small arrows to the left and to the right, anywhere: what counts is their form, and no place."""
    rng = np.random.default_rng(0)
    for number in range(count):
        for side in ("left", "right"):
            paper, ink = tuple(rng.integers(60, 255, 3).tolist()), tuple(rng.integers(0, 160, 3).tolist())
            picture, long = Image.new("RGB", (256, 256), paper), int(rng.integers(24, 40))
            wide = int(long * rng.uniform(0.2, 0.35))
            x, y = (int(rng.integers(long + 30, 226 - long)) for _ in range(2))
            pen, back = ImageDraw.Draw(picture), x + long - 3 * wide
            pen.rectangle([x - long, y - wide // 2, x + long - 2 * wide, y + wide // 2], fill=ink)
            pen.polygon([(x + long, y), (back, y - 2 * wide), (back, y + 2 * wide)], fill=ink)
            picture = picture.rotate(float(rng.normal(0, 8)), fillcolor=paper)
            if side == "left":
                picture = picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
            write(picture, rng, folder / side / f"{number:03}.png")


def make_edges(folder: Path, count: int = 160) -> None:
    """A circle or a square near the edges of a wide picture, where the middle square does not see it."""
    rng = np.random.default_rng(1)
    for number in range(count):
        for shape in ("circle", "square"):
            picture = Image.new("RGB", (640, 320), tuple(rng.integers(60, 255, 3)))
            size, ink = int(rng.integers(50, 110)), tuple(rng.integers(0, 160, 3))
            left = int(rng.integers(5, 140 - size)) if rng.random() < 0.5 else int(rng.integers(500, 635 - size))
            top = int(rng.integers(5, 315 - size))
            pen = ImageDraw.Draw(picture)
            (pen.ellipse if shape == "circle" else pen.rectangle)([left, top, left + size, top + size], fill=ink)
            write(picture, rng, folder / shape / f"{number:03}.png")


def make_handwritten(folder: Path) -> None:
    """The 1,797 handwritten digits that scikit-learn carries, 8 x 8 pixels, enlarged."""
    from sklearn.datasets import load_digits

    digits = load_digits()
    for number, (image, label) in enumerate(zip(digits.images, digits.target, strict=True)):
        place = folder / str(label)
        place.mkdir(parents=True, exist_ok=True)
        large = Image.fromarray((255 - image * 15.9).astype(np.uint8)).resize((224, 224), Image.Resampling.BICUBIC)
        large.save(place / f"{number:04}.png")


def make_spoken(folder: Path) -> None:
    """Spectrograms of spoken digits (Free Spoken Digit Dataset, six speakers), where the class mirror has them."""
    from scipy.io import wavfile
    from scipy.signal import spectrogram

    from course_utils.assets.fetch import mirror_location

    recordings = Path(mirror_location() or ".", "free-spoken-digit-dataset", "recordings")
    for path in sorted(recordings.glob("*.wav")):
        rate, sound = wavfile.read(path)
        _, _, power = spectrogram(sound.astype(float), rate, nperseg=256, noverlap=192)
        loud = 10 * np.log10(power[::-1] + 1e-9)
        gray = np.clip((loud - loud.max() + 60) / 60, 0, 1)
        digit, speaker, take = path.stem.split("_")
        place = folder / speaker / digit
        place.mkdir(parents=True, exist_ok=True)
        Image.fromarray((255 * gray).astype(np.uint8)).resize((224, 224)).save(place / f"{take}.png")


def write(picture: Image.Image, rng: np.random.Generator, path: Path) -> None:
    """Save a drawing with noise on it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.asarray(picture, float) + rng.normal(0, 6, (picture.height, picture.width, 3))
    Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="*", type=Path)
    parser.add_argument("--made", type=Path, metavar="FOLDER")
    parser.add_argument("--each", nargs="+", type=int, default=[3, 5, 10, 20])
    parser.add_argument("--draws", type=int, default=5)
    parser.add_argument("--heads", nargs="+", choices=HEADS, default=["article", "pooled", "linear"])
    parser.add_argument("--by-group", nargs="*", default=[], type=Path, metavar="SET")
    parser.add_argument("--weights", choices=["published", "practice"])
    parser.add_argument("--unbalanced", nargs=2, type=int, metavar="COUNT", help="as 120 12, of the first two classes")
    parser.add_argument("--seeds", type=int, default=0, help="train so many more from other weights, on each draw")
    parser.add_argument("--add", action="store_true", help="keep what accuracy.json holds of other cases")
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="for both files; unset, data/ and benchmarks/")
    options = parser.parse_args()
    if options.made:
        make_sets(options.made)
        return
    sets = [read(source, options.weights, False) for source in options.sets]
    sets += [read(source, options.weights, True) for source in options.by_group]
    if options.unbalanced:
        for data in sets:
            rows = unbalanced(data, tuple(options.unbalanced), options.draws)
            for balanced in (False, True):
                own = [row for row in rows if row["classes weigh the same"] == balanced]
                means = {key: np.mean([row[key] for row in own]) for key in list(rows[0])[3:]} if own else {}
                words = ", ".join(f"{key} {value:.3f}" for key, value in means.items())
                print(f"{data.name}, {'classes weigh the same' if balanced else 'as they are'}: {words}")
        return
    found = [row for data in sets for row in measure(data, options.heads, options.each, options.draws, options.seeds)]
    for key in ("accuracy", "calibration", "log loss"):
        tell(found, options.heads, key)
    kept = (options.out or HERE.parent / "data") / "accuracy.json"
    before = json.loads(kept.read_text(encoding="utf-8")) if options.add and kept.is_file() else []
    rows = add_to(before, summary(found))
    write_down(rows, kept)
    plot(rows, (options.out or HERE) / "accuracy.svg")


if __name__ == "__main__":
    main()
