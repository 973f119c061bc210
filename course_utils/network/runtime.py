"""Start TensorFlow without its log lines, and make runs repeatable."""

import gc
import importlib.util
import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from types import ModuleType
from typing import Any

from ..files import cache_folder
from ..pictures.quiet import silence
from ..settings import KERAS, KERAS_VARIABLES, foreign_keras_settings, lacks_avx

FULL_EDITION = (
    "`python tools/course.py setup full` brings it, where it has builds for this machine and this Python; with pip, "
    "the package's extra `keras` does."
)


def import_keras() -> ModuleType:
    """Import Keras without the lines that TensorFlow's C++ code prints at its first import (notebook 01).

    The course's settings of Keras hold, whatever ``keras.json`` and Keras's variables say: TensorFlow computes, in
    float32, and an image's channels come last.

    Returns
    -------
    module
        ``keras``

    Raises
    ------
    ImportError
        If TensorFlow is not installed, as in the small edition; if it can't run on this processor; or if Keras was
        imported before with another backend.
    """
    keras = sys.modules.get("keras") or _start_keras()
    _settle(keras)
    return keras


def has_keras() -> bool:
    """Whether :func:`import_keras` would find a TensorFlow that can run here."""
    return bool(importlib.util.find_spec("tensorflow")) and not lacks_avx()


def _start_keras() -> ModuleType:
    if not importlib.util.find_spec("tensorflow"):
        raise ImportError(f"this needs TensorFlow, which the small edition of the course leaves out. {FULL_EDITION}")
    if lacks_avx():
        raise ImportError(
            "this needs TensorFlow, which is built for processors with AVX, and this machine's has none. "
            "`python tools/course.py setup small` sets up the small edition, which does without."
        )
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ["KERAS_BACKEND"] = str(KERAS["backend"])
    with silence(), _own_settings(), _uncollected(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import keras
        import tensorflow  # some of its libraries load late otherwise, and print then
    tensorflow.get_logger().setLevel("ERROR")  # its Python code warns of retracing when several small models are run
    return keras


@contextmanager
def _uncollected() -> Iterator[None]:
    """Look for no garbage: TensorFlow's import makes 370,000 objects that stay, and a fifth of it was the search."""
    on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if on:
            gc.enable()


@contextmanager
def _own_settings() -> Iterator[None]:
    """Keep Keras from reading the settings of this machine's user, where they are not those of the course."""
    changed = {name: os.environ.pop(name, None) for name in KERAS_VARIABLES}
    if any(setting.endswith("keras.json") for setting in foreign_keras_settings()):
        changed["KERAS_HOME"] = os.environ.get("KERAS_HOME")
        os.environ["KERAS_HOME"] = str(cache_folder() / "keras")  # Keras writes a new file there
    try:
        yield
    finally:
        for name, value in changed.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value


@cache
def _settle(keras: ModuleType) -> None:
    """Give Keras the course's settings once, where somebody has imported it before; later changes are deliberate."""
    config = keras.config
    if config.backend() != KERAS["backend"]:
        raise ImportError(
            f"Keras runs on {config.backend()} here, and the course needs {KERAS['backend']}. Restart the kernel, and "
            "call a function of course_utils before you import keras; or set KERAS_BACKEND=tensorflow before you start."
        )
    if config.floatx() != KERAS["floatx"]:
        config.set_floatx(KERAS["floatx"])
        config.set_dtype_policy(KERAS["floatx"])
    config.set_epsilon(KERAS["epsilon"])
    config.set_image_data_format(KERAS["image_data_format"])
    if any(os.environ.get(name) for name in KERAS_VARIABLES):
        config.set_max_epochs(None)
        config.set_max_steps_per_epoch(None)


def set_seed(seed: int = 7) -> None:
    """Make what follows repeatable: same seed and same machine, same result (notebook 05).

    Parameters
    ----------
    seed : int
        Seeds Python, NumPy and TensorFlow, and TensorFlow uses deterministic operations.
    """
    keras = import_keras()
    import tensorflow

    keras.utils.set_random_seed(seed)
    tensorflow.config.experimental.enable_op_determinism()


def describe_device() -> str:
    """Say what TensorFlow trains on: ``CPU``, or the GPUs that it has found (notebook 10).

    Returns
    -------
    str
        Such as ``CPU`` or ``2 GPUs``.
    """
    import_keras()
    import tensorflow

    gpus = tensorflow.config.list_logical_devices("GPU")
    return "CPU" if not gpus else "GPU" if len(gpus) == 1 else f"{len(gpus)} GPUs"


def strategy() -> Any:
    """How TensorFlow spreads training: over all GPUs if it finds several, else as it does by itself (notebook 10).

    Returns
    -------
    tensorflow.distribute.Strategy
        A model made inside its ``scope()`` trains so.
    """
    import_keras()
    import tensorflow

    gpus = tensorflow.config.list_logical_devices("GPU")
    return tensorflow.distribute.MirroredStrategy() if len(gpus) > 1 else tensorflow.distribute.get_strategy()
