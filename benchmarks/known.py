"""Which rule tells that a picture is none of these? Right answers lost, and foreign pictures accepted.

    python benchmarks/known.py [--sets FOLDER] [--each 5 10 30] [--draws 3] [--weights practice] [--out FILE]

FOLDER holds a folder for each set, and in it one for each class; unset or empty, the sets are made: those of
``accuracy.py --made``, all drawings, pieces of photos, walls and their like. Pexels and the stock pictures are added.
Every rule has its threshold from the training pictures alone, left out one by one (neighbors) or by four folds (all
others), so that 95 % of them stay known. It prints the tables, and writes ``benchmarks/known.json`` or ``--out``.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import accuracy
import drawings
import numpy as np
from PIL import Image, ImageEnhance, ImageFilter
from scipy.special import logsumexp
from sklearn.covariance import LedoitWolf

import course_utils as cu
from course_utils.learning.known import NEIGHBORS, NONE_OF_THESE, SHARE
from course_utils.network.looks import unit

HERE = Path(__file__).parent
MOST = 50  # pictures of a class, to learn from and to judge by
FOLDS = 4
C = 100
PHOTOS = ("pexels", "stock", "pieces of three classes", "pieces of ten photos")
KIN = (set(PHOTOS), {"arrows", "small arrows"}, {"shapes", "hidden", "edges"})  # these show the same things
STRANGE = ("plain", "wall", "noise")
OTHERS = (10, 30)  # pictures in the class "none of these"
BURSTS = ("pexels", "stock", "faces", "shapes")  # sets of which near-copies are made
SIDE = 224
CASE = ("table", "set", "each", "other", "rule")  # what names a row


class Pool(NamedTuple):
    """All pictures of all sets: the names of their sets and classes, where they are, and what the network sees."""

    sets: np.ndarray
    labels: np.ndarray
    paths: np.ndarray
    numbers: np.ndarray


# pictures -------------------------------------------------------------------------------------------------------------


def strange(kind: str, rng: np.random.Generator) -> Image.Image:
    """A plain color, noise, or a wall: soft light from one side, and grain."""
    color = rng.integers(60, 230, 3)
    if kind == "noise":
        return Image.fromarray(rng.integers(0, 256, (SIDE, SIDE, 3)).astype(np.uint8))
    pixels = np.tile(color.astype(float), (SIDE, SIDE, 1))
    if kind == "wall":
        (y, x), angle = np.mgrid[:SIDE, :SIDE] / SIDE - 0.5, rng.uniform(0, 2 * np.pi)
        light = 1 + rng.uniform(0.1, 0.4) * (x * np.cos(angle) + y * np.sin(angle))
        grain = rng.normal(0, rng.uniform(1, 5), (SIDE // 2, SIDE // 2)).repeat(2, axis=0).repeat(2, axis=1)
        pixels = pixels * light[..., np.newaxis] + grain[..., np.newaxis]
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))


def make_strange(folder: Path, count: int = 50) -> None:
    """Write plain colors, walls and noise."""
    for number, kind in enumerate(STRANGE):
        (folder / kind).mkdir(parents=True, exist_ok=True)
        rng = np.random.default_rng([21, number])
        for place in range(count):
            strange(kind, rng).save(folder / kind / f"{place:02}.png")


def gather(folder: Path, most: int = MOST) -> Iterator[tuple[str, str, Path]]:
    """Name the set, the class and the place of up to so many pictures of each class."""
    stock = Path(cu.stock_folder())
    sources = [(path.name, path) for path in sorted(folder.iterdir()) if path.name != "foreign"]
    for name, source in [*sources, ("pexels", Path(cu.pexels_folder())), ("stock", stock)]:
        classes = defaultdict(list)
        for path in sorted(source.rglob("*")):
            if path.suffix.lower() in (".png", ".jpg", ".jpeg"):
                classes[path.parent.name].append(path)
        for label, own in classes.items():
            chosen = np.random.default_rng(0).permutation(len(own))[:most]
            yield from ((name, label, own[place]) for place in chosen)


def small(path: Path) -> Image.Image:
    """Read a picture, at most 640 pixels wide and high."""
    picture = Image.fromarray(cu.load_image(path))
    picture.thumbnail((640, 640))
    return picture


def blurred(found: list[tuple[str, str, Path]], folder: Path, each: int = 3) -> Iterator[tuple[str, str, Path]]:
    """Blur a few pictures of each class until hardly more than colors are left."""
    seen: dict[tuple[str, str], int] = defaultdict(int)
    for name, label, path in found:
        seen[name, label] += 1
        if seen[name, label] <= each:
            place = folder / f"{name} {label} {seen[name, label]}.png"
            picture = small(path)
            picture.filter(ImageFilter.GaussianBlur(max(picture.size) / 16)).save(place)
            yield f"blur of {name}", label, place


def see(found: list[tuple[str, str, Path]], weights: str | None) -> Pool:
    """Show all pictures to the network: two looks."""
    sets, labels, paths = (np.array(part) for part in zip(*found, strict=True))
    return Pool(sets, labels, paths, cu.extract_features(list(paths), cu.load_network(weights), looks=2))


def make_pool(folder: Path, desk: Path, weights: str | None) -> Pool:
    """Make what is not there yet, and see it all."""
    folder.mkdir(parents=True, exist_ok=True)
    if not any(folder.iterdir()):
        accuracy.make_sets(folder)
        drawings.make_drawings(folder)
        drawings.make_pieces(folder)
    make_strange(desk / "strange")
    found = list(gather(folder))
    more = [(kind, kind, path) for kind in STRANGE for path in sorted((desk / "strange" / kind).iterdir())]
    return see([*found, *more, *blurred(found, desk)], weights)


# rules: how known the asked pictures are to one who learned from others --------------------------------------------


def by_head(x: np.ndarray, labels: np.ndarray, asked: np.ndarray) -> dict[str, np.ndarray]:
    """What a linear head's scores tell: the largest probability, the energy, the margin."""
    head = cu.fit_linear_head(x, cu.add_labels(list(labels), sorted(set(labels))), C)
    scores = asked.astype(np.float64) @ head.weights + head.bias
    high, energy = np.sort(scores, axis=1), logsumexp(scores, axis=1)
    return {"largest probability": high[:, -1] - energy, "energy": energy, "margin": high[:, -1] - high[:, -2]}


def by_distance(x: np.ndarray, labels: np.ndarray, asked: np.ndarray) -> dict[str, np.ndarray]:
    """Mahalanobis distance to the nearest class, in the 256 numbers of the middle square."""
    x, asked = cu.middle_of(x), cu.middle_of(asked)
    names, number = np.unique(labels, return_inverse=True)
    means = np.stack([x[number == one].mean(axis=0) for one in range(len(names))])
    whiten = np.linalg.cholesky(LedoitWolf(assume_centered=True).fit(x - means[number]).precision_)
    apart = ((asked @ whiten)[:, np.newaxis] - means @ whiten) ** 2
    return {"Mahalanobis": -apart.sum(axis=2).min(axis=1)}


def fold_of(labels: np.ndarray) -> np.ndarray:
    """Deal the pictures of each class to the folds, in turn."""
    folds = np.zeros(len(labels), int)
    for label in set(labels):
        own = np.flatnonzero(labels == label)
        folds[own] = np.arange(len(own)) % FOLDS
    return folds


def by_neighbors(x: np.ndarray, asked: np.ndarray) -> np.ndarray:
    """Say which are known by the mean cosine to the three nearest; the threshold from each left out of the others."""
    cosines = x @ x.T
    np.fill_diagonal(cosines, -1)
    threshold = np.quantile(np.sort(cosines, axis=1)[:, -NEIGHBORS:].mean(axis=1), 1 - SHARE)
    return np.sort(asked @ x.T, axis=1)[:, -NEIGHBORS:].mean(axis=1) >= threshold


def kept(x: np.ndarray, labels: np.ndarray, asked: np.ndarray) -> np.ndarray:
    """Say which are known by the course's own rule, in bytes."""
    return cu.fit_known(cu.middle_of(x), list(labels)).knows(cu.middle_of(asked))


def answers(x: np.ndarray, labels: np.ndarray, asked: np.ndarray) -> dict[str, np.ndarray]:
    """Say for each rule which of the asked pictures are known."""
    folds, found = fold_of(labels), {}
    for rule in (by_head, by_distance):
        left: dict[str, np.ndarray] = defaultdict(lambda: np.zeros(len(x)))
        for fold in range(FOLDS):
            out = folds == fold
            for name, scores in rule(x[~out], labels[~out], x[out]).items():
                left[name][out] = scores
        for name, scores in rule(x, labels, asked).items():
            found[name] = scores >= np.quantile(left[name], 1 - SHARE)
    found["neighbors, 1,280 numbers"] = by_neighbors(unit(x), unit(asked))
    found["neighbors, 256 numbers"] = by_neighbors(cu.middle_of(x), cu.middle_of(asked))
    return found | {"neighbors, as kept": kept(x, labels, asked)}


# measuring ------------------------------------------------------------------------------------------------------------


def foreign_to(name: str, sets: list[str]) -> list[str]:
    """Name the sets that show other things."""
    kin = set().union({name}, *(group for group in KIN if name in group))
    return [one for one in sets if one not in kin]


def draw(pool: Pool, name: str, each: int, seed: int) -> tuple[np.ndarray, np.ndarray] | None:
    """Rows to learn from and rows to judge by, of one set; None where a class has too few."""
    learn, judge = [], []
    rng = np.random.default_rng(seed)
    for label in np.unique(pool.labels[pool.sets == name]):
        own = rng.permutation(np.flatnonzero((pool.sets == name) & (pool.labels == label)))
        if len(own) < each + 2:
            return None
        learn += own[:each].tolist()
        judge += own[each:].tolist()
    return np.array(learn), np.array(judge)


def head_is_right(pool: Pool, learn: np.ndarray, judge: np.ndarray) -> np.ndarray:
    """Say which of the judged pictures a head has right, that learned from the others."""
    names = sorted(set(pool.labels[learn]))
    head = cu.fit_linear_head(pool.numbers[learn], cu.add_labels(list(pool.labels[learn]), names), C)
    return np.array(names)[head.predict(pool.numbers[judge]).argmax(axis=1)] == pool.labels[judge]


def measure(pool: Pool, name: str, each: int, seed: int) -> list[dict]:
    """One draw of one set: shares for each rule; no rows where there are too few pictures."""
    parts = draw(pool, name, each, seed)
    if parts is None:
        return []
    learn, judge = parts
    sets = [one for one in dict.fromkeys(pool.sets) if one not in STRANGE and not one.startswith("blur of ")]
    foreign = foreign_to(name, sets)
    right = head_is_right(pool, learn, judge)
    near = near_class(pool, learn, judge, seed)
    rows = []
    for rule, known in answers(pool.numbers[learn], pool.labels[learn], pool.numbers).items():
        of = {one: float(known[pool.sets == one].mean()) for one in foreign}
        row = {"set": name, "each": each, "draw": seed, "rule": rule, "lost": float(1 - known[judge][right].mean())}
        row |= {"other sets": float(np.mean([share for one, share in of.items() if one != "textures"]))}
        row |= {"textures": of["textures"]} if "textures" in of else {}
        row |= {kind: float(known[pool.sets == kind].mean()) for kind in STRANGE}
        blur = np.isin(pool.sets, [f"blur of {one}" for one in foreign])
        row |= {"blur": float(known[blur].mean())} if blur.any() else {}
        rows.append(row | ({"left-out class": near[rule]} if near else {}))
    return rows


def near_class(pool: Pool, learn: np.ndarray, judge: np.ndarray, seed: int) -> dict[str, float]:
    """Leave one class out of training: how many of its pictures are accepted? Of at least three classes."""
    names = np.unique(pool.labels[learn])
    if len(names) < 3:
        return {}
    out = names[seed % len(names)]
    others = learn[pool.labels[learn] != out]
    asked = np.concatenate([learn, judge])
    asked = asked[pool.labels[asked] == out]
    found = answers(pool.numbers[others], pool.labels[others], pool.numbers[asked])
    return {rule: float(known.mean()) for rule, known in found.items()}


def with_other(pool: Pool, name: str, more: int, seed: int, each: int = 10) -> list[dict]:
    """A class "none of these" of five foreign sets: what it refuses of those, and of sets that it has not seen."""
    parts = draw(pool, name, each, seed)
    if parts is None:
        return []
    learn, judge = parts
    rng = np.random.default_rng([seed, more])
    sets = [one for one in dict.fromkeys(pool.sets) if one not in STRANGE and not one.startswith("blur of ")]
    foreign = rng.permutation(foreign_to(name, sets))
    seen, unseen = foreign[:5], [one for one in foreign[5:] if set(foreign_to(one, sets)) >= set(foreign[:5])]
    added = np.concatenate([rng.permutation(np.flatnonzero(pool.sets == one))[: more // 5] for one in seen])
    labels = np.concatenate([pool.labels[learn], np.full(len(added), NONE_OF_THESE, object)]).astype(str)
    names, x = sorted(set(labels)), pool.numbers[np.concatenate([learn, added])]
    head = cu.fit_linear_head(x, cu.add_labels(list(labels), names), C)
    by_class = head.predict(pool.numbers).argmax(axis=1) != names.index(NONE_OF_THESE)
    by_rule = kept(x, labels, pool.numbers)
    right = head_is_right(pool, learn, judge)
    rest = np.setdiff1d(np.flatnonzero(np.isin(pool.sets, seen)), added)
    groups = {"seen kinds": rest, "unseen kinds": np.isin(pool.sets, unseen), "walls": pool.sets == "wall"}
    cases = {"other class": by_class, "rule": by_rule, "both": by_class & by_rule}
    return [
        {"set": name, "other": more, "draw": seed, "rule": rule, "lost": float(1 - known[judge][right].mean())}
        | {group: float(known[of].mean()) for group, of in groups.items()}
        for rule, known in cases.items()
    ]


def near_copies(path: Path, desk: Path, rng: np.random.Generator, count: int = 3) -> Iterator[Path]:
    """Frames of a burst: a slightly other part of the picture, slightly lighter or darker."""
    picture = small(path)
    for _ in range(count):
        width, height = (int(side * 0.96) for side in picture.size)
        left, top = int(rng.integers(0, picture.width - width)), int(rng.integers(0, picture.height - height))
        frame = picture.crop((left, top, left + width, top + height))
        place = desk / f"{rng.integers(10**12)}.png"
        ImageEnhance.Brightness(frame).enhance(rng.uniform(0.93, 1.07)).save(place)
        yield place


def with_bursts(pool: Pool, name: str, desk: Path, weights: str | None, each: int = 5) -> dict | None:
    """Each training picture with three near-copies: what is lost of other pictures, left out singly and by groups."""
    parts = draw(pool, name, each, 0)
    if parts is None:
        return None
    learn, judge = parts
    rng = np.random.default_rng(3)
    frames = [frame for row in learn for frame in near_copies(Path(pool.paths[row]), desk, rng)]
    seen = cu.extract_features(frames, cu.load_network(weights), looks=2)
    x, rows = np.concatenate([pool.numbers[learn], seen]), np.concatenate([learn, learn.repeat(3)])
    lost = {}
    for way, groups in (("one by one", None), ("by groups", list(map(int, rows)))):
        known = cu.fit_known(cu.middle_of(x), list(pool.labels[rows]), groups)
        lost[way] = float(1 - known.knows(cu.middle_of(pool.numbers[judge])).mean())
    return {"set": name, **lost}


# telling --------------------------------------------------------------------------------------------------------------


def interval(values: list[float], seed: int = 7) -> tuple[float, float, float]:
    """The mean of the sets in %, and between which 95 % of such means lie when sets are drawn anew."""
    own = 100 * np.array(values)
    means = np.random.default_rng(seed).choice(own, (2000, len(own))).mean(axis=1)
    return float(own.mean()), *map(float, np.quantile(means, [0.025, 0.975]))


def summary(rows: list[dict]) -> list[dict]:
    """A row for each case: how many draws it is the mean of, and the mean of each share."""
    cases = defaultdict(list)
    for row in rows:
        cases[tuple((key, value) for key, value in row.items() if key in CASE)].append(row)
    told = []
    for case, own in cases.items():
        shares = {
            key: [row[key] for row in own if key in row] for row in own for key in row if key not in (*CASE, "draw")
        }
        told.append({**dict(case), "draws": len(own)} | {key: round(float(np.mean(v)), 4) for key, v in shares.items()})
    return told


def cell(rows: list[dict], key: str) -> str:
    """The mean of the sets, each the mean of its draws, and its interval."""
    of = defaultdict(list)
    for row in rows:
        if key in row:
            of[row["set"]].append(row[key])
    if not of:
        return ""
    middle, low, high = interval([float(np.mean(values)) for values in of.values()])
    return f"{middle:.1f} ({low:.1f} to {high:.1f})" if len(of) > 1 else f"{middle:.1f}"


def table(rows: list[dict], by: list[str], keys: list[str]) -> str:
    """Write a table: a line for each case, a column for each share, in %."""
    lines = [f"| {' | '.join([*by, 'sets', *keys])} |", "|" + " --- |" * (len(by) + 1 + len(keys))]
    for case in dict.fromkeys(tuple(row[key] for key in by) for row in rows):
        own = [row for row in rows if tuple(row[key] for key in by) == case]
        words = [*map(str, case), str(len({row["set"] for row in own})), *(cell(own, key) for key in keys)]
        lines.append(f"| {' | '.join(words)} |")
    return "\n".join(lines)


def tables(told: list[dict]) -> str:
    """All rules; the course's rule on each photo set and on edges; the other class; near-copies: from what is kept."""
    parts_of = {name: [row for row in told if row["table"] == name] for name in ("rules", "other class", "near-copies")}
    keys = ["lost", "other sets", "textures", *STRANGE, "blur", "left-out class"]
    rows = sorted(parts_of["rules"], key=lambda row: row["each"])
    own = [row for row in rows if row["set"] in (*PHOTOS, "edges") and row["rule"] == "neighbors, as kept"]
    parts = [table(rows, ["each", "rule"], keys), table(own, ["set", "each"], keys[:-1])]
    groups = ["lost", "seen kinds", "unseen kinds", "walls"]
    parts.append(table(parts_of["other class"], ["other", "rule"], groups))
    return "\n\n".join([*parts, table(parts_of["near-copies"], [], ["one by one", "by groups"])])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", type=Path, metavar="FOLDER")
    parser.add_argument("--each", nargs="+", type=int, default=[10, 5, 30])
    parser.add_argument("--draws", type=int, default=3)
    parser.add_argument("--only", nargs="+", metavar="SET", help="learn from these sets only")
    parser.add_argument("--weights", choices=["published", "practice"])
    parser.add_argument("--out", type=Path, default=HERE / "known.json")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        desk = Path(place)
        pool = make_pool(options.sets or desk / "sets", desk, options.weights)
        sets = [one for one in dict.fromkeys(pool.sets) if one not in STRANGE and not one.startswith("blur of ")]
        names, draws = [one for one in sets if one in (options.only or sets)], range(options.draws)
        told: dict = {"other class": [], "near-copies": [], "rules": []}
        for name in BURSTS:
            row = with_bursts(pool, name, desk, options.weights) if name in names else None
            told["near-copies"] += [row] if row else []
        for each in options.each:
            cases = [(name, seed) for seed in draws for name in names]
            told["rules"] += [row for name, seed in cases for row in measure(pool, name, each, seed)]
            if each == 10:
                cases = [(name, seed, more) for more in OTHERS for name, seed in cases]
                told["other class"] += [row for name, seed, more in cases for row in with_other(pool, name, more, seed)]
            every = [{"table": key} | row for key, rows in told.items() for row in rows]
            accuracy.write_down(summary(every), options.out)
    print(tables(summary(every)))


if __name__ == "__main__":
    main()
