"""Learning curves: would more pictures help? (notebook 09)."""

from __future__ import annotations

import math
import os
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
from threadpoolctl import threadpool_limits

from .labels import add_labels
from .linear import bend, descend, estimate_C, weigh

Progress = Callable[..., Iterable]

FEWEST = 4  # pictures of a class: one is held back, and three are enough for two sizes
TURNS = 5  # draws until each picture was held back about once
MANY = 5_000  # pictures times draws: a bar for fewer would be gone before it is read
ROUNDS = 20  # of power iteration, which would take most of the time
LEVEL = 1e-4  # how nearly level the slope of the loss is where fitting ends, as in ``choose_C``


class Width(NamedTuple):
    """How wide an interval is that holds the truth 8 times in 10.

    ``own`` is how much of the chance counts with which so many pictures come out right, and ``gain`` how much of the
    gain; ``below`` and ``above`` are how many times the two together the interval reaches.
    """

    own: float
    gain: float
    below: float
    above: float


# The next doubling brings so much of the error, and so much of what the last two brought. These were found on drawings,
# digits and sounds (``benchmarks/curves.py --fit``); how good they are on other sets is in ``benchmarks/README.md``.
OF_ERROR, OF_SLOPE = 0.09, 0.42
GAIN, TWICE = Width(0.2, 0.35, 1.42, 1.82), Width(0.7, 0.55, 1.7, 1.62)


class LearningCurve(NamedTuple):
    """How accuracy grew with the number of pictures (notebook 09).

    Attributes
    ----------
    counts : tuple of int
        How many pictures a class each head learned from; on average, where classes differ in size.
    accuracies : numpy.ndarray
        Shape ``(draws, len(counts))``: the share of the pictures held back that came out right.
    classes : dict of str to int
        How many pictures each class has.
    tries : int
        How many independent pictures these are worth: near-copies are right or wrong together.
    left_out : tuple of str
        Classes that could not be parted into pictures to learn from and pictures to judge by.
    """

    counts: tuple[int, ...]
    accuracies: np.ndarray
    classes: Mapping[str, int]
    tries: int
    left_out: tuple[str, ...] = ()

    @property
    def pictures(self) -> int:
        """How many pictures there are."""
        return sum(self.classes.values())

    @property
    def mean(self) -> np.ndarray:
        """The mean accuracy of the draws, for each count."""
        return self.accuracies.mean(axis=0)

    @property
    def now(self) -> float:
        """The accuracy with the most pictures that could be learned from."""
        return float(self.mean[-1])

    @property
    def error(self) -> float:
        """The share that came out wrong, and a little more: of few pictures, it may be so by chance (Laplace)."""
        return ((1 - self.now) * self.tries + 1) / (self.tries + 2)

    @property
    def slope(self) -> float:
        """What twice as many pictures brought at last: the mean of the last two doublings."""
        recent = [place for place, count in enumerate(self.counts[:-2]) if 4.1 * count >= self.counts[-1]]
        recent += [len(self.counts) - 2, len(self.counts) - 1]
        return float(np.polyfit(np.log2(self.counts)[recent], self.mean[recent], 1)[0])

    @property
    def guessed(self) -> float:
        """The share that always saying the commonest class would get right."""
        return max(self.classes.values()) / self.pictures

    @property
    def may_be_guessing(self) -> bool:
        """Whether the accuracy is not clearly (95 %) above :attr:`guessed`: then more pictures may bring nothing."""
        return self.now - 1.96 * self._chance < self.guessed

    @property
    def _chance(self) -> float:
        """The standard deviation of the accuracy of so many independent pictures."""
        return math.sqrt(self.error * (1 - self.error) / self.tries)

    @property
    def gain(self) -> tuple[float, float, float]:
        """What twice as many pictures would add to the accuracy: low, middle, high. 8 of 10 hold the truth."""
        middle = min(OF_ERROR * self.error + OF_SLOPE * self.slope, 1 - self.now)
        low, middle, high = self._around(middle, middle, GAIN)
        if self.may_be_guessing:  # then nothing may be gained: the interval reaches as far below 0 as chance does
            low = min(low, -GAIN.below * GAIN.own * self._chance)
        return low, middle, high

    @property
    def twice(self) -> tuple[float, float, float]:
        """The accuracy with twice as many pictures: low, middle, high. 8 of 10 such intervals hold the truth.

        It is wider than :attr:`gain`, since :attr:`now` is not known exactly either.
        """
        gain = self.gain[1]
        low, middle, high = self._around(self.now + gain, gain, TWICE)
        return max(low, 0.0), middle, min(high, 1.0)

    def _around(self, middle: float, gain: float, width: Width) -> tuple[float, float, float]:
        apart = math.hypot(width.own * self._chance, width.gain * gain)
        return middle - width.below * apart, middle, middle + width.above * apart

    def __repr__(self) -> str:
        each = "a class" if len(set(self.classes.values())) == 1 else "a class on average"
        low, middle, high = (round(100 * points) for points in self.gain)
        doubt = f", perhaps no better than guessing ({self.guessed:.0%})" if self.may_be_guessing else ""
        words = [
            f"With {self.counts[-1]} pictures {each}, {self.now:.0%} of the held-back pictures came out right{doubt}.",
            f"Twice as many would bring between {low} and {high} points, most probably {middle}.",
            "That is a rough guess: 8 of 10 such intervals hold the truth.",
        ]
        if self.now == 1:
            words[1:] = ["What more would bring, these can't show: judge by new ones, of another day and place."]
        if self.left_out:
            names = ", ".join(self.left_out)
            words.append(f"Left out, since too few different pictures are there: {names}.")
        return "\n".join(words)


def learning_curve(
    numbers: np.ndarray,
    labels: Sequence[str],
    groups: Sequence[Hashable] | None = None,
    draws: int = 20,
    seed: int = 7,
    progress: Progress | None = None,
) -> LearningCurve:
    """Learn from few pictures, then from more, and judge each time by others: would more pictures help? (notebook 09).

    Parameters
    ----------
    numbers : numpy.ndarray
        Shape ``(n, d)``: two looks at each picture, as ``extract_features(..., looks=2)`` gives them.
    labels : sequence of str
        One per picture.
    groups : sequence, optional
        One name or number per picture: those of one group, as near-copies are, are never parted between learning and
        judging. Unset, each picture is by itself.
    draws : int
        How often the pictures are parted anew.
    seed : int
        Chooses how.
    progress : callable, optional
        In place of the progress bar: is called like ``tqdm``, with an iterable of the draws and ``total``.

    Returns
    -------
    LearningCurve
        Accuracies, and what twice as many pictures would bring.

    Raises
    ------
    ValueError
        If there are not as many of each, or fewer than two classes with at least 4 pictures that are not all of one
        group.

    Notes
    -----
    Each draw holds back about one in five pictures of each class, and orders the others at random, group after group.
    A linear head learns from the first 2, 3, 5, 7, 10, 14, 20 and so on of each class, and at last from all. All heads
    of a draw are judged by the same pictures. Where classes differ in size, each head learns from the same share of
    every class, so that the mix stays that of the set.

    Where the constants of the prediction come from, and how often its intervals hold the truth, is in
    ``benchmarks/README.md``: with 6, 10 and 20 pictures a class, the gain was missed by 3.1, 2.5 and 2.1 points on
    average, and *always three points more* missed it by 4.2, 2.7 and 2.8.
    """
    numbers, labels = np.asarray(numbers), [str(label) for label in labels]
    _require_as_many(numbers, labels, groups, draws)
    parts, left_out = _sort(labels, range(len(labels)) if groups is None else groups)
    used = np.concatenate([part for own in parts.values() for part in own.values()])
    x = _turn(numbers[used])
    rows = add_labels([labels[place] for place in used], list(parts))
    row_of = np.empty(len(labels), int)
    row_of[used] = np.arange(len(used))
    classes = [{group: row_of[part] for group, part in own.items()} for own in parts.values()]
    plans = [_plan(classes, seed, draw) for draw in range(draws)]
    most = round(float(np.mean([len(own) for plan in plans for own in plan.learn])))
    counts = _sizes(most)
    if len(counts) < 2:
        raise ValueError(_too_few(parts))
    C = estimate_C(x)

    def judge(plan: Plan) -> np.ndarray:
        return _judge(x, rows, plan, [count / most for count in counts], C)

    accuracies = np.stack(_watch(judge, plans, progress, len(used)))
    sizes = {name: _count(own) for name, own in parts.items()}
    return LearningCurve(counts, accuracies, sizes, _worth(classes), left_out)


Parts = dict[Hashable, np.ndarray]  # the places of the pictures of a class, in their groups


class Plan(NamedTuple):
    """What one draw learns from, of each class in order, and what it is judged by: rows of the numbers."""

    learn: list[np.ndarray]
    judge: np.ndarray


def _require_as_many(numbers: np.ndarray, labels: Sequence[str], groups: Sequence[Hashable] | None, draws: int) -> None:
    if numbers.ndim != 2:
        raise ValueError(
            f"got numbers of shape {numbers.shape}; expected (n, d), as extract_features(..., looks=2) gives them"
        )
    named = len(labels) if groups is None else len(groups)
    if not len(numbers) == len(labels) == named:
        raise ValueError(
            f"got numbers of {len(numbers)} pictures, {len(labels)} labels and {named} groups; expected as many of each"
        )
    if draws < 1:
        raise ValueError(f"got {draws} draws; expected at least 1")


def _sort(labels: Sequence[str], groups: Iterable[Hashable]) -> tuple[dict[str, Parts], tuple[str, ...]]:
    """The places of the pictures of each class, in their groups; and the classes that have too few."""
    found: dict[str, dict[Hashable, list[int]]] = {name: {} for name in sorted(set(labels))}
    for place, (label, group) in enumerate(zip(labels, groups, strict=True)):
        found[label].setdefault(group, []).append(place)
    parts = {name: {group: np.array(own) for group, own in of.items()} for name, of in found.items()}
    enough = {name: own for name, own in parts.items() if _count(own) >= FEWEST and len(own) > 1}
    if len(enough) < 2:
        raise ValueError(_too_few(parts))
    return enough, tuple(name for name in parts if name not in enough)


def _count(parts: Parts) -> int:
    return sum(map(len, parts.values()))


def _too_few(parts: Mapping[str, Parts]) -> str:
    told = ", ".join(f"{_count(own)} of {name!r} in groups: {len(own)}" for name, own in parts.items())
    return (
        f"too few pictures for a learning curve: got {told or 'none'}; expected at least {FEWEST} of each of two "
        "classes, not all of one group. A picture by itself is a group, too. Take more pictures."
    )


def _turn(numbers: np.ndarray) -> np.ndarray:
    """Turn the numbers so that n pictures need n directions at most. Distances stay, and so does what a head learns."""
    centered = (numbers - numbers.mean(axis=0, dtype=np.float64)).astype(np.float32)
    if len(centered) >= centered.shape[1]:
        return centered
    squares, directions = np.linalg.eigh((centered @ centered.T).astype(np.float64))
    return (directions * np.sqrt(np.maximum(squares, 0))).astype(np.float32)


def _plan(classes: list[Parts], seed: int, draw: int) -> Plan:
    """Part the pictures of each class, no group of them on both sides; order by chance what is learned from."""
    held, learn = _hold_back(classes, seed, draw), []
    for number, own in enumerate(classes):
        rest = [part for group, part in own.items() if group not in held]
        order = np.random.default_rng([seed, number, draw]).permutation(len(rest))
        learn.append(np.concatenate([rest[place] for place in order]))
    return Plan(learn, np.concatenate([part for own in classes for group, part in own.items() if group in held]))


def _hold_back(classes: list[Parts], seed: int, draw: int) -> set[Hashable]:
    """Choose the groups to judge by: near one in five pictures of each class, never the last group of any.

    In five draws after one another, others are held back each time.
    """
    held: set[Hashable] = set()
    turn, step = divmod(draw, TURNS)

    def is_last(name: Hashable) -> bool:
        return any(name in own and all(one in held or one == name for one in own) for own in classes)

    for number, own in enumerate(classes):
        names, wanted = list(own), max(1, round(_count(own) / TURNS))
        order = np.random.default_rng([seed, number, turn]).permutation(len(own))
        order = np.roll(order, -round(step * len(own) / TURNS))
        missing = wanted - sum(len(own[name]) for name in own.keys() & held)
        for name in (names[place] for place in order):
            if name not in held and abs(missing - len(own[name])) < missing and not is_last(name):
                held.add(name)
                missing -= len(own[name])
        if not own.keys() & held:
            held |= set(sorted((name for name in names if not is_last(name)), key=lambda name: len(own[name]))[:1])
    return held


def _sizes(most: int) -> tuple[int, ...]:
    """How many pictures a class to learn from: 2, 3, 5, 7, 10, 14, 20 and so on, and the most that there are."""
    steps = (math.floor(10 * 2 ** (step / 2)) for step in range(-4, 60))
    return *(step for step in steps if step < 0.85 * most), most


def _judge(x: np.ndarray, rows: np.ndarray, plan: Plan, shares: Iterable[float], C: float) -> np.ndarray:
    """The accuracy of a head for each share of what there is to learn from. Each starts where the one before ended."""
    truth, found, told = rows[plan.judge].argmax(axis=1), None, []
    for share in shares:
        learn = np.concatenate([own[: max(1, round(share * len(own)))] for own in plan.learn])
        weighs = weigh(rows[learn])
        found = descend(x[learn], rows[learn], weighs, C, LEVEL, bend(x[learn], weighs, ROUNDS), found)
        told.append(((x[plan.judge] @ found[0] + found[1]).argmax(axis=1) == truth).mean())
    return np.array(told)


def _watch(
    judge: Callable[[Plan], np.ndarray], plans: list[Plan], progress: Progress | None, pictures: int
) -> list[np.ndarray]:
    """Judge all draws on all cores, and show how far that is. An error in ``progress`` ends it."""
    from tqdm.auto import tqdm

    def bar(results: Iterable, total: int) -> Iterable:
        return tqdm(results, total=total, desc="Learning curve", unit="draw", disable=pictures * total < MANY)

    with threadpool_limits(1, "blas"), ThreadPoolExecutor(os.cpu_count()) as pool:
        try:
            return list((progress or bar)(pool.map(judge, plans), total=len(plans)))
        finally:
            pool.shutdown(cancel_futures=True)


def _worth(classes: list[Parts]) -> int:
    """How many independent pictures these are worth: Kish's effective sample size, rounded down."""
    sizes = Counter(group for own in classes for group, part in own.items() for _ in part)
    return sum(sizes.values()) ** 2 // sum(size**2 for size in sizes.values())
