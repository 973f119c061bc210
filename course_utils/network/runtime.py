"""Start TensorFlow without its log lines, and make runs repeatable."""

import importlib.util
import os
import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

FULL_EDITION = (
    "`python tools/course.py setup full` brings it, where it has builds for this machine and this Python; with pip, "
    "the package's extra `keras` does."
)


def import_keras() -> ModuleType:
    """Import Keras without the lines that TensorFlow's C++ code prints at its first import (notebook 01).

    Returns
    -------
    module
        ``keras``

    Raises
    ------
    ImportError
        If TensorFlow is not installed, as in the small edition.
    """
    if sys.modules.get("keras"):
        return sys.modules["keras"]
    if not importlib.util.find_spec("tensorflow"):
        raise ImportError(f"this needs TensorFlow, which the small edition of the course leaves out. {FULL_EDITION}")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ["KERAS_BACKEND"] = "tensorflow"
    with silence(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import keras
        import tensorflow  # some of its libraries load late otherwise, and print then
    tensorflow.get_logger().setLevel("ERROR")  # its Python code warns of retracing when several small models are run
    return keras


_silencing = threading.RLock()  # descriptor 2 is the process's: two threads at once would put back each other's


@contextmanager
def silence() -> Iterator[None]:
    """Send what is written to file descriptor 2 nowhere. C++ code writes there, past ``sys.stderr``."""
    with _silencing:
        if sys.stderr:
            sys.stderr.flush()
        try:
            kept = os.dup(2)
        except OSError:  # a process without a terminal may have none
            yield
            return
        silent = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silent, 2)
        try:
            yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)
            os.close(silent)


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
