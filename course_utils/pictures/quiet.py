"""What libraries print or warn of while they read files goes nowhere: what matters is checked, or raised."""

from __future__ import annotations

import ctypes
import os
import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import cache

from PIL import Image

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


def quiet_pillow() -> None:
    """Ignore what Pillow warns of, from now on.

    ``warnings.catch_warnings`` can't do this in threads: the filters are the process's, so that two threads put back
    each other's, and may leave every warning of the process ignored.
    """
    warnings.filterwarnings("ignore", module=r"(PIL|pillow_heif)\.")


def quiet_tiff() -> AbstractContextManager[None]:
    """Keep libtiff, which decodes what is packed in TIFF, from printing what it finds wrong: the error says it.

    Libtiff is told so once, and then it costs nothing. Where it can't be reached, as on Windows, where Pillow has it
    built in, descriptor 2 is silent meanwhile, and one such picture is decoded at a time.
    """
    return nullcontext() if _libtiff_is_quiet() else silence()


@cache
def _libtiff_is_quiet() -> bool:
    """Take libtiff's handlers of errors and warnings away, if they can be reached through Pillow."""
    try:
        # Pillow's module of C code, which knows all that it is linked to, is in no description of its types
        libtiff = ctypes.CDLL(Image.core.__file__)  # type: ignore[attr-defined]
        for kind in ("Error", "Warning"):
            for name in (f"TIFFSet{kind}Handler", f"TIFFSet{kind}HandlerExt"):
                change = getattr(libtiff, name)
                change.argtypes, change.restype = [ctypes.c_void_p], ctypes.c_void_p
                change(None)
    except (OSError, AttributeError):
        return False
    return True
