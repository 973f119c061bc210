"""Sounds and voices that the course makes itself, with a recipe of a few lines for each (notebook 11)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np

RATE = 8000  # samples a second
RECIPE = 1  # whoever changes what comes out counts up
SPEAKERS, TAKES = ("ada", "ben", "cleo", "dan", "eva", "finn"), 5  # of the voices that stand in for recordings
SECONDS = 2.0  # that each sound lasts; voices last as long as their word
MODES = (1, 1.59, 2.14, 2.30, 2.65, 2.92)  # of a round membrane, as multiples of the lowest: the zeros of Bessel's
HIGHEST = 3900  # Hz: what is higher would come back as something lower
STEP = 80  # samples for which a voice's resonances stand still: 10 ms

Rng = np.random.Generator


def make_sound(kind: str, seed: int) -> np.ndarray:
    """Make one of the course's six kinds of sounds: each time of another pitch, speed, room and loudness (notebook 11).

    Parameters
    ----------
    kind : str
        string, drum, bird, siren, rain or clock.
    seed : int
        Which of them.

    Returns
    -------
    numpy.ndarray
        Shape ``(16000,)``, float32, from -1 to 1: two seconds.

    Raises
    ------
    ValueError
        If there is no such kind.
    """
    if kind not in SOUNDS:
        raise ValueError(f"got the kind {kind!r}; expected one of {', '.join(SOUNDS)}")
    rng = np.random.default_rng([list(SOUNDS).index(kind), seed])
    sound = SOUNDS[kind](rng, np.arange(round(SECONDS * RATE)) / RATE)
    place = Place(rng.uniform(0.02, 0.12), rng.uniform(15, 40), rng.uniform(-20, 0))
    return place.record(sound, rng)


def say(word: str, speaker: int, take: int) -> np.ndarray:
    """Let one of the course's made speakers say a word (notebook 11).

    A buzz stands for the vocal cords, three resonances for throat and mouth; they glide while a word is said.

    Parameters
    ----------
    word : str
        ah, ee, oo, eye, oy or ow.
    speaker : int
        Which speaker: each has a pitch, a size, an accent, a room and a microphone of their own.
    take : int
        Which time: none is quite like another.

    Returns
    -------
    numpy.ndarray
        Shape ``(samples,)``, float32, from -1 to 1: about half a second.

    Raises
    ------
    ValueError
        If there is no such word.

    Notes
    -----
    The resonances are near those of Peterson and Barney (1952) for vowels of American English.
    """
    if word not in WORDS:
        raise ValueError(f"got the word {word!r}; expected one of {', '.join(WORDS)}")
    who, number = Speaker.of(speaker), list(WORDS).index(word)
    rng = np.random.default_rng([11, speaker, number, take])
    count = round(who.length * rng.uniform(0.8, 1.25) * RATE)
    along = np.linspace(0, 1, count)
    buzz = _buzz(who, along, rng)
    sounding = np.array(WORDS[word]) * who.size * who.accent[number] * rng.normal(1, 0.03, (2, 3))
    turns = 1 / (1 + np.exp(-10 * (along - 0.5 - rng.normal(0, 0.05))))
    for place in range(3):
        path = sounding[0, place] + (sounding[1, place] - sounding[0, place]) * turns
        buzz = _resonate(buzz, np.minimum(path, HIGHEST), who.width * (1 + place / 2))
    spoken = buzz * np.clip(np.minimum(along / 0.08, (1 - along) / 0.15), 0, 1)
    around = np.pad(spoken, (int(rng.uniform(0, 0.03) * RATE), int(0.05 * RATE)))
    return who.place.record(around, rng)


def write_voice(word: str, speaker: str, take: int, path: Path) -> None:
    """Write what a speaker says to a WAV file."""
    from scipy.io import wavfile

    spoken = say(word, SPEAKERS.index(speaker), take)
    wavfile.write(path, RATE, (spoken * 32767).round().astype(np.int16))


class Place(NamedTuple):
    """Where a sound is recorded: how much comes back from the walls, how far the noise lies below, and how loud."""

    echo: float
    above_noise: float  # decibels
    loud: float  # decibels below the loudest possible

    def record(self, sound: np.ndarray, rng: Rng) -> np.ndarray:
        from scipy.signal import fftconvolve, lfilter

        after = np.arange(round(0.4 * RATE)) / RATE
        walls = rng.standard_normal(len(after)) * np.exp(-after * rng.uniform(12, 60)) * self.echo
        walls[0] = 1
        sound = fftconvolve(sound, walls)[: len(sound)]
        noise = lfilter([1], [1, -rng.uniform(0, 0.9)], rng.standard_normal(len(sound)))
        power = np.sqrt((sound**2).mean()) / noise.std()
        sound = sound + noise * power * 10 ** (-self.above_noise / 20)
        return (sound / np.abs(sound).max() * 10 ** (self.loud / 20)).astype(np.float32)


class Speaker(NamedTuple):
    """What makes a voice: pitch in Hz, size of the mouth, breath, width of the resonances in Hz, accent and habits."""

    pitch: float
    size: float
    soft: float
    breath: float
    width: float
    length: float  # of a word, in seconds
    melody: float  # by how much the pitch rises to the word's end
    accent: np.ndarray  # of each word, for its start and end: how far its resonances lie from the usual ones
    place: Place

    @classmethod
    def of(cls, number: int) -> Speaker:
        rng = np.random.default_rng([7, number])
        return cls(
            pitch=rng.uniform(90, 240),
            size=rng.uniform(0.85, 1.18),
            soft=rng.uniform(0.8, 0.97),
            breath=rng.uniform(0.002, 0.025),
            width=rng.uniform(60, 140),
            length=rng.uniform(0.3, 0.6),
            melody=rng.uniform(-0.25, 0.2),
            accent=1 + 0.1 * rng.standard_normal((len(WORDS), 2, 3)),
            place=Place(rng.uniform(0.01, 0.1), rng.uniform(12, 40), rng.uniform(-26, -2)),
        )


def _string(rng: Rng, t: np.ndarray) -> np.ndarray:
    """Plucks: noise that goes round a delay line, and loses its highs (Karplus and Strong 1983)."""
    from scipy.signal import lfilter

    sound, pitch, ring = np.zeros(len(t)), rng.uniform(110, 440), rng.uniform(0.6, 3)
    for start in rng.uniform(0, 0.1) + np.arange(rng.integers(1, 5)) * rng.uniform(0.3, 0.6):
        period, at = int(RATE / pitch), int(start * RATE)
        pluck = np.zeros(len(t))
        pluck[at : at + period] = rng.uniform(-1, 1, period)
        keep = 10 ** (-3 * period / RATE / ring)  # 60 decibels quieter after so many seconds
        again = np.zeros(period + 2)
        again[[0, period, period + 1]] = 1, -keep / 2, -keep / 2
        sound += lfilter([1], again, pluck)
        pitch = np.clip(pitch * 2 ** (rng.integers(-7, 8) / 12), 90, 600)
    return sound


def _drum(rng: Rng, t: np.ndarray) -> np.ndarray:
    """Beats on a membrane: its tones are no whole multiples of the lowest, so that it has no clear pitch."""
    sound, low = np.zeros(len(t)), rng.uniform(60, 180)
    for start in np.cumsum(rng.uniform(0.2, 0.6, rng.integers(2, 6))) - 0.15:
        after, beat = np.maximum(t - start, 0), np.zeros(len(t))
        for number, mode in enumerate(MODES):
            fall = after + 0.02 * (1 - np.exp(-20 * after))  # a struck skin is tighter at first
            beat += np.exp(-after * (6 + 4 * mode)) * np.sin(2 * np.pi * low * mode * fall) / (1 + 0.6 * number)
        beat += 0.6 * np.exp(-after * 90) * rng.standard_normal(len(t))
        sound += (t >= start) * rng.uniform(0.4, 1) * beat
    return sound


def _bird(rng: Rng, t: np.ndarray) -> np.ndarray:
    """Short whistles that glide up or down; some birds trill."""
    sound, at, high = np.zeros(len(t)), rng.uniform(0, 0.2), rng.uniform(2000, 3200)
    glide, trill = rng.uniform(200, 700) * rng.choice([-1, 1]), rng.choice([0, 0, rng.uniform(15, 35)])
    length, gap = rng.uniform(0.06, 0.25), rng.uniform(0.05, 0.25)
    while at < SECONDS - length:
        along = np.clip((t - at) / length, 0, 1)
        pitch = np.clip(high + glide * (along - 0.5) + 300 * np.sin(2 * np.pi * trill * t), 800, HIGHEST)
        sound += np.sin(np.pi * along) ** 0.7 * np.sin(2 * np.pi * np.cumsum(pitch) / RATE) * rng.uniform(0.6, 1)
        at, high = at + length + gap * rng.uniform(0.6, 1.5), high + rng.uniform(-150, 150)
    return sound


def _siren(rng: Rng, t: np.ndarray) -> np.ndarray:
    """A tone that rises and falls, or jumps between two pitches; with its overtones."""
    low = rng.uniform(400, 700)
    high, soft = low * rng.uniform(1.3, 2.2), rng.uniform(1, 2)
    swing = np.sin(2 * np.pi * (rng.uniform(0.4, 3) * t + rng.uniform()))
    swing = np.sign(swing) if rng.uniform() < 0.4 else swing
    phase = 2 * np.pi * np.cumsum(low + (high - low) * (1 + swing) / 2) / RATE
    return sum((np.sin(k * phase) / k**soft for k in range(1, 6) if k * high < RATE / 2), np.zeros(len(t)))


def _rain(rng: Rng, t: np.ndarray) -> np.ndarray:
    """A hiss, and drops of six sizes."""
    from scipy.signal import butter, fftconvolve, sosfilt

    hiss = butter(1, rng.uniform(300, 1500), "high", fs=RATE, output="sos")
    sound, often = sosfilt(hiss, rng.standard_normal(len(t))) * rng.uniform(0.1, 0.3), rng.uniform(2, 15)
    drop = t[:400]
    for _ in range(6):
        falls = (rng.uniform(size=len(t)) < often / RATE) * rng.exponential(1, len(t))
        rings = np.exp(-drop * 180) * np.sin(2 * np.pi * rng.uniform(700, 3000) * drop)
        sound += 0.7 * fftconvolve(falls, rings)[: len(t)]
    return sound


def _clock(rng: Rng, t: np.ndarray) -> np.ndarray:
    """Tick, tock: two clicks in turn, each with three pitches of its own."""
    sound, each = np.zeros(len(t)), 1 / rng.uniform(2.5, 6)
    pitches = rng.uniform(1200, 3600, 3), rng.uniform(1000, 3000, 3)
    for number, at in enumerate(np.arange(rng.uniform(0, each), SECONDS, each)):
        after = np.maximum(t - at, 0)
        tick = sum(np.sin(2 * np.pi * pitch * after) for pitch in pitches[number % 2]) / 3
        tick = tick + 0.5 * rng.standard_normal(len(t))
        sound += (t >= at) * tick * np.exp(-after * rng.uniform(150, 260)) * (1 if number % 2 else 0.8)
    return sound


def _buzz(who: Speaker, along: np.ndarray, rng: Rng) -> np.ndarray:
    """The vocal cords: a click for each of their swings, softened, and breath."""
    from scipy.signal import lfilter

    count = len(along)
    wander = 1 + 0.01 * np.cumsum(rng.standard_normal(count)) / np.sqrt(count)
    pitch = who.pitch * rng.uniform(0.93, 1.07) * (1 + who.melody * along) * wander
    clicks = np.diff(np.floor(np.cumsum(pitch) / RATE), prepend=0) - pitch / RATE
    return lfilter([1], [1, -who.soft], clicks) + who.breath * rng.standard_normal(count)


def _resonate(sound: np.ndarray, path: np.ndarray, width: float) -> np.ndarray:
    """One resonance of the mouth, which moves along a path of pitches in Hz."""
    from scipy.signal import lfilter

    near, state, parts = np.exp(-np.pi * width / RATE), np.zeros(2), []
    for start in range(0, len(sound), STEP):
        turn = 2 * near * np.cos(2 * np.pi * path[start] / RATE)
        part, state = lfilter([1 - near], [1, -turn, near**2], sound[start : start + STEP], zi=state)
        parts.append(part)
    return np.concatenate(parts)


SOUNDS: dict[str, Callable[[Rng, np.ndarray], np.ndarray]] = {
    "string": _string,
    "drum": _drum,
    "bird": _bird,
    "siren": _siren,
    "rain": _rain,
    "clock": _clock,
}
# where the first three resonances of each word begin and end, in Hz
WORDS = {
    "ah": [(750, 1250, 2600), (750, 1250, 2600)],
    "ee": [(290, 2250, 2950), (290, 2250, 2950)],
    "oo": [(320, 800, 2300), (320, 800, 2300)],
    "eye": [(720, 1250, 2550), (330, 2150, 2800)],
    "oy": [(480, 800, 2500), (330, 2100, 2800)],
    "ow": [(740, 1300, 2500), (360, 820, 2400)],
}
