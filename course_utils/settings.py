"""What this machine's settings do to the course: proxies, Python's own variables, Keras's file.

Needs the standard library only, and an older Python can read it: the doctor tells of these.
"""

from __future__ import annotations

import json
import os
import pkgutil
import re
import sys
import sysconfig
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from .files import PACKAGE, can_write, expand, temporary_folder

# Python's variables that are meant for another program, and stop the course's Python or make it another one
NOT_FOR_THE_COURSE = (
    "PYTHONHOME PYTHONSAFEPATH PYTHONSTARTUP PYTHONINSPECT PYTHONOPTIMIZE PYTHONWARNINGS PYTHONEXECUTABLE "
    "PYTHONPLATLIBDIR PYTHONCASEOK PYTHONUSERBASE PYTHONVERBOSE PYTHONDEBUG PYTHONPROFILEIMPORTTIME "
    "__PYVENV_LAUNCHER__"
).split()
KERAS = {"floatx": "float32", "epsilon": 1e-07, "backend": "tensorflow", "image_data_format": "channels_last"}
KERAS_VARIABLES = ("KERAS_MAX_EPOCHS", "KERAS_MAX_STEPS_PER_EPOCH", "KERAS_NNX_ENABLED")


def without_credentials(text: str) -> str:
    """Hide user names and passwords in the addresses of a text.

    Parameters
    ----------
    text : str
        Such as an error, or an address.

    Returns
    -------
    str
        With ``****`` in their place.
    """
    return re.sub(r"(://)[^/\s'\"<>]*@", r"\1****@", text)


def printable(text: str, longest: int = 1000) -> str:
    """Write what others have sent or named so that it does nothing to a terminal.

    Parameters
    ----------
    text : str
        Such as a file's name, an address that was asked for, or a server's reason.
    longest : int
        How many letters are kept.

    Returns
    -------
    str
        On one line. What is no visible letter is written as its escape, such as ``\\x1b``.
    """
    short = text if len(text) <= longest else text[:longest] + "..."
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode("ascii") for one in short)


def proxy_for(address: str) -> str:
    """Say which proxy this machine's settings put before an address.

    Parameters
    ----------
    address : str
        Of http or https.

    Returns
    -------
    str
        The proxy's address, without a password; empty, if there is none.
    """
    parts = urlsplit(address)
    host = parts.hostname or ""
    try:
        if not host or proxy_bypass(parts.netloc.rpartition("@")[2]) or proxy_bypass(host):
            return ""
    except OSError:  # Windows and macOS are asked for it
        return ""
    proxies = getproxies()
    return without_credentials(proxies.get(parts.scheme) or proxies.get("all") or "")


def through_proxy(address: str) -> str:
    """Say in words which proxy stands before an address, to end a sentence about it.

    Parameters
    ----------
    address : str
        Of http or https.

    Returns
    -------
    str
        Such as `` through the proxy http://10.0.0.1:3128 (...)``; empty, if there is no proxy.
    """
    proxy = proxy_for(address)
    if not proxy:
        return ""
    host = urlsplit(address).hostname
    return f" through the proxy {proxy} (set NO_PROXY={host} to go to {host} directly)"


def shadowing(environ: Mapping[str, str], environment: Path | None = None) -> dict[str, list[str]]:
    """Find the entries of PYTHONPATH that hold modules of Python's own or of the course's environment.

    Parameters
    ----------
    environ : mapping
        The variables, such as ``os.environ``.
    environment : pathlib.Path, optional
        Of the course. Unset, that of this Python.

    Returns
    -------
    dict
        Each such entry, with the names of these modules.
    """
    entries = [entry for entry in environ.get("PYTHONPATH", "").split(os.pathsep) if entry]
    if not entries:
        return {}
    places = [Path(sysconfig.get_paths()[name]) for name in ("purelib", "platlib")]
    if environment and environment.is_dir():
        places = [*environment.glob("lib*/python*/site-packages"), *environment.glob("Lib/site-packages")]
    own = [*map(str, places), sysconfig.get_paths()["stdlib"], str(PACKAGE.parent)]
    own = [os.path.realpath(place) for place in own]
    known = set(getattr(sys, "stdlib_module_names", ("json", "pathlib", "typing")))
    known |= {"course_utils"} | {module.name for module in pkgutil.iter_modules([*map(str, places)])}
    known -= {"sitecustomize", "usercustomize"}  # these are made to be put before
    found = {}
    for entry in dict.fromkeys(entries):
        names = {module.name for module in pkgutil.iter_modules([os.path.expanduser(entry)])}
        if os.path.realpath(entry) not in own and names & known:
            found[entry] = sorted(names & known, key=lambda name: (name not in ("keras", "numpy", "tensorflow"), name))
    return found


def explain_shadowing(found: Mapping[str, list[str]]) -> str:
    """Say which entries of PYTHONPATH stand before the course's packages.

    Parameters
    ----------
    found : mapping
        From ``shadowing``.

    Returns
    -------
    str
        A part of a sentence.
    """
    parts = []
    for entry, names in found.items():
        more = f" and {len(names) - 3} more" if len(names) > 3 else ""
        parts.append(f"{entry} with {', '.join(names[:3])}{more}")
    return "; ".join(parts)


def for_python(environ: Mapping[str, str], environment: Path) -> dict[str, str]:
    """Leave out the variables that would make another Python of the course's own, and activate its environment.

    Parameters
    ----------
    environ : mapping
        The variables, such as ``os.environ``.
    environment : pathlib.Path
        Of the course.

    Returns
    -------
    dict
        For its programs. Entries of PYTHONPATH that shadow no module stay.
    """
    dropped = (*NOT_FOR_THE_COURSE, "PYTHONPATH", "JUPYTER_PATH")
    kept = {name: value for name, value in environ.items() if name not in dropped}
    shadows = shadowing(environ, environment)
    path = [entry for entry in environ.get("PYTHONPATH", "").split(os.pathsep) if entry and entry not in shadows]
    if path:
        kept["PYTHONPATH"] = os.pathsep.join(path)
    if environment.is_dir():  # IPython puts the packages of another one, if that is active, before the course's
        programs = environment / ("Scripts" if sys.platform == "win32" else "bin")
        kept["VIRTUAL_ENV"] = str(environment)
        kept["PATH"] = os.pathsep.join([str(programs), environ.get("PATH", os.defpath)])
    return {**kept, "JUPYTER_PREFER_ENV_PATH": "1"}  # else a user's kernel of the same name comes first


def writable_homes(environ: Mapping[str, str]) -> dict[str, str]:
    """Find other places for what Jupyter keeps, where a home can't be written to.

    Parameters
    ----------
    environ : mapping
        The variables, such as ``os.environ``.

    Returns
    -------
    dict
        Variables that name folders below a temporary one; empty, where all is well.

    Raises
    ------
    OSError
        If nothing can be written anywhere.
    """
    data = environ.get("XDG_DATA_HOME") or "~/.local/share"
    jupyter = {"win32": "~/AppData/Roaming/jupyter", "darwin": "~/Library/Jupyter"}.get(sys.platform, f"{data}/jupyter")
    usual = {
        "JUPYTER_CONFIG_DIR": "~/.jupyter",
        "JUPYTER_DATA_DIR": jupyter,
        "JUPYTER_RUNTIME_DIR": f"{environ.get('JUPYTER_DATA_DIR') or jupyter}/runtime",
        "IPYTHONDIR": "~/.ipython",
    }
    if sys.platform == "linux":
        usual["MPLCONFIGDIR"] = f"{environ.get('XDG_CONFIG_HOME') or '~/.config'}/matplotlib"
    else:
        usual["MPLCONFIGDIR"] = "~/.matplotlib"
    moved = [name for name, folder in usual.items() if not can_write(expand(environ.get(name) or folder))]
    return {name: str(temporary_folder() / name.lower()) for name in moved}


def lacks_avx() -> bool:
    """Find out whether this processor lacks AVX, without which TensorFlow ends Python at once, and says nothing.

    Returns
    -------
    bool
        False, too, where it can't be known: only Linux says it.
    """
    try:
        flags = re.findall(r"^flags\s*:(.*)$", Path("/proc/cpuinfo").read_text(errors="replace"), re.M)
    except OSError:
        return False
    return bool(flags) and "avx" not in flags[0].split()


def keras_file() -> Path:
    """Say where Keras looks for its settings.

    Returns
    -------
    pathlib.Path
        ``keras.json``, whether it is there or not.
    """
    home = os.path.expanduser("~")
    usual = os.path.join(home if os.access(home, os.W_OK) else "/tmp", ".keras")
    return expand(os.path.join(os.environ.get("KERAS_HOME", usual), "keras.json"))


def foreign_keras_settings() -> list[str]:
    """List the settings of Keras on this machine that are not those of the course.

    Returns
    -------
    list of str
        Such as ``image_data_format = channels_first in /home/ada/.keras/keras.json``.
    """
    backend = os.environ.get("KERAS_BACKEND")
    found = [f"KERAS_BACKEND = {backend}"] if backend not in (None, "", KERAS["backend"]) else []
    found += [f"{name} = {os.environ[name]}" for name in KERAS_VARIABLES if os.environ.get(name)]
    path = keras_file()
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
        settings = [f"{name} = {held[name]}" for name, value in KERAS.items() if held.get(name, value) != value]
        settings += [f"nnx_enabled = {held['nnx_enabled']}"] if held.get("nnx_enabled") else []
    except (FileNotFoundError, NotADirectoryError):
        settings = []
    except (OSError, ValueError, AttributeError, TypeError, RecursionError):
        settings = ["no settings that can be read"]
    return found + [f"{setting} in {path}" for setting in settings]
