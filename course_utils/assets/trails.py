"""Trails of a mouse on a web page, made by the course: people, three simple bots, and a careful one (notebook 11)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

LINKS = np.array(  # where the page has something to click, from 0 to 1 across and down
    [(0.1, 0.06), (0.25, 0.06), (0.4, 0.06), (0.55, 0.06), (0.9, 0.06), (0.3, 0.25), (0.3, 0.4)]
    + [(0.3, 0.55), (0.3, 0.7), (0.75, 0.3), (0.75, 0.5), (0.75, 0.75), (0.5, 0.93)]
)

Rng = np.random.Generator


def make_trail(kind: str, seed: int) -> np.ndarray:
    """Make the trail of a mouse on a web page (notebook 11).

    Parameters
    ----------
    kind : str
        person; or a bot: straight, scanner, jumper or careful.
    seed : int
        Which of them.

    Returns
    -------
    numpy.ndarray
        Shape ``(n, 2)``: where the mouse is, across and down, each from 0 to 1, at equal times.

    Raises
    ------
    ValueError
        If there is no such kind.
    """
    if kind not in TRAILS:
        raise ValueError(f"got the kind {kind!r}; expected one of {', '.join(TRAILS)}")
    return TRAILS[kind](np.random.default_rng([list(TRAILS).index(kind), seed]))


def _swing(start: np.ndarray, goal: np.ndarray, steps: int, bend: float = 0) -> np.ndarray:
    """The way of a hand: slow, fast, slow (minimum jerk, Flash and Hogan 1985), and a little bent."""
    along = np.linspace(0, 1, steps)[:, np.newaxis]
    smooth = 10 * along**3 - 15 * along**4 + 6 * along**5
    aside = np.array([start[1] - goal[1], goal[0] - start[0]])
    return start + (goal - start) * smooth + aside * bend * np.sin(np.pi * along)


def _rest(place: np.ndarray, rng: Rng) -> np.ndarray:
    """A hand that rests, and trembles."""
    return place + np.cumsum(rng.normal(0, 0.0015, (int(rng.exponential(40)), 2)), axis=0)


def _person(rng: Rng) -> np.ndarray:
    """Goes to places that this person likes, overshoots at times, and rests."""
    at, trail, liked = rng.uniform(0, 1, 2), [], rng.dirichlet(np.full(len(LINKS), 0.6))
    for _ in range(rng.integers(10, 25)):
        goal = LINKS[rng.choice(len(LINKS), p=liked)] + rng.normal(0, 0.02, 2)
        stops = [goal + rng.normal(0, 0.04, 2), goal] if rng.uniform() < 0.5 else [goal]
        for stop in stops:
            trail.append(_swing(at, stop, int(rng.uniform(15, 60)), rng.normal(0, 0.15)))
            at = stop
        trail.append(_rest(at, rng))
    return np.concatenate(trail)


def _straight(rng: Rng) -> np.ndarray:
    """Goes from link to link in straight lines, at one speed."""
    at, trail, order, speed = rng.uniform(0, 1, 2), [], rng.permutation(len(LINKS)), rng.uniform(0.01, 0.04)
    for number in range(rng.integers(10, 25)):
        goal = LINKS[order[number % len(order)]]
        steps = max(2, int(np.linalg.norm(goal - at) / speed))
        trail.append(np.linspace(at, goal, steps))
        at = goal
    return np.concatenate(trail)


def _scanner(rng: Rng) -> np.ndarray:
    """Goes over the page row by row, or column by column."""
    count, steps = rng.integers(5, 14), rng.integers(15, 60)
    left, top, right, bottom = [*rng.uniform(0, 0.2, 2), *rng.uniform(0.7, 1, 2)]
    across = np.linspace(left, right, steps)
    rows = [
        np.stack([across[:: 1 if number % 2 else -1], np.full(steps, down)], axis=1)
        for number, down in enumerate(np.linspace(top, bottom, count))
    ]
    trail = np.concatenate(rows)
    return trail[:, ::-1] if rng.uniform() < 0.3 else trail


def _jumper(rng: Rng) -> np.ndarray:
    """Appears anywhere, clicks, and is gone."""
    return np.repeat(rng.uniform(0, 1, (rng.integers(15, 60), 2)), rng.integers(3, 12), axis=0)


def _careful(rng: Rng) -> np.ndarray:
    """Imitates a hand: straight lines, but slow, fast, slow; it trembles and rests."""
    at, trail = rng.uniform(0, 1, 2), []
    for _ in range(rng.integers(10, 25)):
        goal = LINKS[rng.integers(len(LINKS))] + rng.normal(0, 0.02, 2)
        way = _swing(at, goal, int(rng.uniform(15, 60)))
        trail += [way + rng.normal(0, 0.003, way.shape), _rest(goal, rng)]
        at = goal
    return np.concatenate(trail)


TRAILS: dict[str, Callable[[Rng], np.ndarray]] = {
    "person": _person,
    "straight": _straight,
    "scanner": _scanner,
    "jumper": _jumper,
    "careful": _careful,
}
