"""Turn a sound into a picture of what sounds when, and how high: load, fit, spectrogram, picture (notebook 11)."""

from __future__ import annotations

import importlib.util
import os
import warnings
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image

from .formats import AS_WAVE, Kind, kind_of
from .unreadable import UnreadableSoundError, why

RATE = 8000  # samples a second: enough for speech on a telephone, which ends at 4000 Hz
WINDOW, HOP = 256, 64  # samples: each column hears 32 ms, 8 ms after the one before
BANDS, LOWEST = 40, 50  # rows, as wide as ears tell apart; Hz
DECIBELS = 30  # below the loudest place: what is quieter is black
SHORTEST, LONGEST = 1.0, 60.0  # seconds: what is shorter gets silence on both sides; what is longer, nobody could see
SIDE = 224
MOST_BYTES, MEMORY_PER_BYTE = 100_000_000, 9  # of a file; while its samples become numbers of 64 bits
# Names what this file makes of a sound. Kept features and saved classifiers carry it: whoever changes what comes out
# changes this name too (tests/test_sound.py notices).
SOUND = "40 mel bands from 50 to 4000 Hz, 32 ms each 8 ms, 30 dB below the loudest, 1 s or longer, squeezed to a square"
WAVE = "a WAV sound"  # as ``kind_of`` calls it
WITH_SOUNDFILE = (".flac", ".ogg", ".mp3", ".aiff", ".aif", ".caf")  # endings


def load_sound(path: str | Path, rate: int = RATE) -> np.ndarray:
    """Read a sound as a row of numbers (notebook 11).

    Parameters
    ----------
    path : str or Path
        A WAV file: 8 to 64 bits, whole numbers or floating-point, any number of channels, any rate. With the extra
        ``sound``, also FLAC, Ogg, MP3 and other kinds of WAV. Its content counts, not its ending.
    rate : int
        How many samples a second to return.

    Returns
    -------
    numpy.ndarray
        Shape ``(samples,)``, float32, from -1 to 1: the mean of all channels.

    Raises
    ------
    UnreadableSoundError
        If the file is missing, is no sound, holds nothing, is damaged or cut short, or lasts more than 60 seconds.
    """
    try:
        found, samples = _read(path)
        return resample(samples, found, rate)
    except Exception as error:  # a damaged file makes decoders fail in every way there is
        raise UnreadableSoundError(path, why(error, Path(path)) if str(path) else "it has no name") from error


def fit_length(sound: np.ndarray, seconds: float = SHORTEST) -> np.ndarray:
    """Make a sound last so long: with silence on both sides, or with its middle only (notebook 11).

    Parameters
    ----------
    sound : numpy.ndarray
        Shape ``(samples,)``, 8000 a second.
    seconds : float
        How long.

    Returns
    -------
    numpy.ndarray
        Shape ``(8000 * seconds,)``.
    """
    wanted = round(seconds * RATE)
    missing = max(0, wanted - len(sound))
    padded = np.pad(sound, (missing // 2, missing - missing // 2))
    start = (len(padded) - wanted) // 2
    return padded[start : start + wanted]


def spectrogram(sound: np.ndarray) -> np.ndarray:
    """Say how much of each pitch sounds when: the Fourier transform of one short piece after another (notebook 11).

    Parameters
    ----------
    sound : numpy.ndarray
        Shape ``(samples,)``, 8000 a second.

    Returns
    -------
    numpy.ndarray
        Power, shape ``(129, columns)``: rows from 0 to 4000 Hz, a column for each 8 ms.
    """
    padded = np.pad(sound, WINDOW // 2)
    pieces = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[::HOP]
    return np.abs(np.fft.rfft(pieces * np.hanning(WINDOW + 1)[:-1])).T ** 2


@cache
def mel_filters() -> np.ndarray:
    """The weights that gather 129 pitches in 40 bands, which widen as the steps of our hearing do (notebook 11).

    Returns
    -------
    numpy.ndarray
        Shape ``(40, 129)``: triangles, from 50 to 4000 Hz.

    Notes
    -----
    The mel scale is 2595 log10(1 + f / 700), as in O'Shaughnessy, *Speech Communication* (1987).
    """
    lowest, highest = 2595 * np.log10(1 + np.array([LOWEST, RATE / 2]) / 700)
    edges = 700 * (10 ** (np.linspace(lowest, highest, BANDS + 2) / 2595) - 1)
    pitches = np.fft.rfftfreq(WINDOW, 1 / RATE)
    widths = np.diff(edges)[:, np.newaxis]
    rising = (pitches - edges[:-2, np.newaxis]) / widths[:-1]
    falling = (edges[2:, np.newaxis] - pitches) / widths[1:]
    return np.clip(np.minimum(rising, falling), 0, None)


def sound_to_image(sound: np.ndarray, decibels: float = DECIBELS) -> np.ndarray:
    """Turn a sound into a picture: time goes to the right, pitch upward, and what is loud is bright (notebook 11).

    Parameters
    ----------
    sound : numpy.ndarray
        Shape ``(samples,)``, 8000 a second. Less than a second gets silence on both sides.
    decibels : float
        How much quieter than the loudest place black is.

    Returns
    -------
    numpy.ndarray
        Shape ``(224, 224, 3)``, uint8, gray; all black, if nothing sounds.

    Raises
    ------
    ValueError
        If it is no such row of numbers, holds nothing, or one of them is not finite.
    """
    sound = np.asarray(sound)
    if sound.ndim != 1 or not len(sound):
        raise ValueError(f"got an array of shape {sound.shape}; expected a row of samples, as load_sound returns it")
    if not np.isfinite(sound).all():
        raise ValueError("got samples that are no finite numbers; expected some from -1 to 1")
    sound = fit_length(sound, max(SHORTEST, len(sound) / RATE))
    # the same as mel_filters() @ spectrogram(...), without threads, which cost more than so small a product
    power = np.einsum("bp,pt->bt", mel_filters(), spectrogram(sound - sound.mean()))
    loudest = max(power.max(), 1e-9)
    level = 10 * np.log10(np.maximum(power / loudest, 1e-12))
    gray = np.clip(level / decibels + 1, 0, 1)[::-1] * 255
    picture = Image.fromarray(gray.round().astype(np.uint8)).resize((SIDE, SIDE))
    return np.repeat(np.asarray(picture)[:, :, np.newaxis], 3, axis=2)


def resample(sound: np.ndarray, found: int, wanted: int) -> np.ndarray:
    """Change how many samples a second has; pitches that are too high for fewer samples are taken out before."""
    if found != wanted:
        from scipy.signal import resample_poly

        divisor = np.gcd(found, wanted)
        sound = resample_poly(sound, wanted // divisor, found // divisor)
    return sound.astype(np.float32)


def sound_endings() -> frozenset[str]:
    """The endings of the sounds that this machine can read, in small letters, each with its dot."""
    return frozenset({".wav", *(WITH_SOUNDFILE if _has_soundfile() else ())})


def memory_for(path: str | Path) -> int:
    """The bytes of memory that reading a sound may take.

    Raises
    ------
    ValueError
        If its file is too large for a sound of a minute.
    """
    size = os.stat(path).st_size
    if size > MOST_BYTES:
        raise ValueError(f"it has {size / 1e6:,.0f} million bytes; {_too_long(None)}")
    return size * MEMORY_PER_BYTE


def picture_of(path: str | Path) -> Image.Image:
    """The picture of a sound's file, as if that were one of a picture.

    Raises
    ------
    Exception
        What decoders raise, or ValueError with the reason.
    """
    rate, samples = _read(path)
    picture = Image.fromarray(sound_to_image(resample(samples, rate, RATE)))
    picture.format = "WAV"
    return picture


def _read(path: str | Path) -> tuple[int, np.ndarray]:
    """The rate of a sound's file, and the mean of its channels from -1 to 1."""
    kind = kind_of(path)
    if kind is None or kind.group != "sound":
        raise ValueError(f"it is {kind.name}; {kind.remedy}" if kind else "it is no sound in a format that can be read")
    memory_for(path)
    rate, samples = _read_wave(path) if kind.name == WAVE else _read_other(path, kind)
    samples = samples.mean(axis=1) if samples.ndim > 1 else samples
    if not len(samples):
        raise ValueError("it holds no samples; record it again")
    if len(samples) > LONGEST * rate:
        raise ValueError(_too_long(len(samples) / rate))
    if not np.isfinite(samples).all():
        raise ValueError("it holds numbers that are not finite; save it again")
    return rate, samples


def _read_wave(path: str | Path) -> tuple[int, np.ndarray]:
    """Read a WAV file with SciPy, as numbers from -1 to 1."""
    from scipy.io import wavfile

    if _is_cut(path):
        raise ValueError("it is cut short; copy or download it again")
    # of parts that hold no sound; for good, as quiet_pillow says why
    warnings.filterwarnings("ignore", category=wavfile.WavFileWarning)
    try:
        rate, samples = wavfile.read(path)
    except ValueError as error:
        if "Unknown wave file format" not in str(error):
            raise
        return _read_other(path, Kind("a WAV sound of an unusual kind", AS_WAVE))
    if rate < 1:
        raise ValueError(f"it says that a second has {rate} samples; save it again")
    if samples.dtype == np.uint8:  # 8 bits have no sign
        return rate, (samples - 128.0) / 128
    if samples.dtype.kind == "i":  # 24 bits stand in the upper part of 32
        return rate, samples / float(2 ** (8 * samples.dtype.itemsize - 1))
    return rate, samples.astype(np.float64)


def _is_cut(path: str | Path) -> bool:
    """Whether a WAV file ends before its header says. Programs that did not know the end wrote 0 or the most there."""
    with open(path, "rb") as file:
        kind, size = file.read(4), file.read(4)
    told = int.from_bytes(size, "big" if kind == b"RIFX" else "little")
    there = os.stat(path).st_size + 1  # a last byte, which only fills up, may lack
    return told not in (0, 2**32 - 1) and told + 8 > there


@cache
def _has_soundfile() -> bool:
    return importlib.util.find_spec("soundfile") is not None


def _read_other(path: str | Path, kind: Kind) -> tuple[int, np.ndarray]:
    """Read a sound that is not in a plain WAV file with the library soundfile, if it is there."""
    if not _has_soundfile():
        raise ValueError(f"it is {kind.name}; {kind.remedy}")
    import soundfile

    try:
        with soundfile.SoundFile(path) as file:
            if file.frames > LONGEST * file.samplerate:
                raise ValueError(_too_long(file.frames / file.samplerate))
            samples = file.read(dtype="float64")
            if len(samples) < file.frames:
                raise ValueError("it is cut short; copy or download it again")
            return file.samplerate, samples
    except soundfile.SoundFileError as error:
        raise ValueError(f"it is {kind.name}, damaged or cut short; copy or download it again") from error


def _too_long(seconds: float | None) -> str:
    found = f"it lasts {seconds:,.0f} seconds; " if seconds else ""
    return f"{found}at most {LONGEST:.0f} seconds are read as one sound: cut it into clips"
