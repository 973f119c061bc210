"""Check a laptop before the day, in seconds, and say what to do about each thing that fails.

It needs none of the packages that it looks for: ``python -m course_utils doctor`` runs where nothing is set up yet.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import platform
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import webbrowser
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from ..files import NAME, PACKAGE, course_folder, log_error
from ..settings import explain_shadowing, foreign_keras_settings, lacks_avx, shadowing

SET_UP = "Run `python tools/course.py open` from the course's folder: it sets up an environment that fits."
AGAIN = "Packages are broken: delete the folder .venv, and set the course up again."
ALONE = "Packages are broken: install the course's package again, in an environment of its own."
REPORT = "Look for these words among the issues of the course, or report them with the line of `doctor --json`."
UNSET = "Unset PYTHONPATH, or take {} out of it: its modules stand before the course's packages."
AVX = "This machine's processor lacks instructions (AVX) that packages are built for. "
SMALL = "Use the small edition, which does without TensorFlow: `python tools/course.py setup small`."
ELSEWHERE = "Use another machine, or a hub."
MEMORY = "Most likely memory ran out. Close other programs, or use a machine with 4 GB or more."
LIBRARIES = "Install Microsoft's Visual C++ Redistributable (x64), which TensorFlow needs, and try again."
FIRST = "Set the course up first."
PREDICT = """
import json
from course_utils.network.engines import load_network
from course_utils.tour import predict_drum
print(json.dumps([load_network().engine, predict_drum()]))
"""
PREDICT_WITH_KERAS = """
import json
from course_utils import load_imagenet_labels, load_mobilenet, top_labels
from course_utils.tour import drum_batch
probabilities = load_mobilenet().predict_on_batch(drum_batch())
print(json.dumps(["Keras", top_labels(probabilities, load_imagenet_labels(), k=1)]))
"""
WITHOUT = "The trainer and the terminal do without it; of the notebooks, only 04 runs from end to end"
NO_SCREEN = (
    "none, since there is no screen here. JupyterLab prints its address: open it where you sit. From another machine, "
    "run `ssh -L 8888:localhost:8888 NAME` there first, with this machine's name"
)
GIGABYTE = 1e9
FOLDERS = {
    "MobileNet's weights": "mobilenet_v1_0.25_224/",
    "the drum photo": "dataset-tutorial/data/pretrained-model-data/",
    "the Pexels photos": "dataset-tutorial/data/pexel-images/",
}


class Outcome(NamedTuple):
    """What came of one check: what was found, and the remedy if that is not enough."""

    name: str
    found: str
    remedy: str  # empty where all is well

    def __str__(self) -> str:
        return f"[FAIL] {self.name}: {self.found}. {self.remedy}" if self.remedy else f"[OK] {self.name}: {self.found}"


def check_python() -> Outcome:
    """Python 3.11 to 3.14. TensorFlow has no builds for 3.14: there, the course is its small edition."""
    fits = (3, 11) <= sys.version_info[:2] <= (3, 14)
    remedy = "The course needs 3.11 to 3.14. Install Python 3.13, and run this with it."
    return Outcome("Python", platform.python_version(), "" if fits else remedy)


def check_packages() -> Outcome:
    """All packages that the course requires, in versions that fit."""
    from importlib.metadata import PackageNotFoundError, requires, version

    course = course_folder()
    remedy = SET_UP if course else ALONE
    shadows = shadowing(os.environ)
    if shadows:
        remedy = UNSET.format(" and ".join(shadows))
    elif course and (course / ".venv").is_dir() and Path(sys.prefix).resolve() != (course / ".venv").resolve():
        remedy = "This is not the course's own Python: `python tools/course.py doctor` asks that one."
    try:
        from packaging.requirements import Requirement

        extra = {"extra": "keras" if importlib.util.find_spec("tensorflow") else ""}  # else it is the small edition
        every = map(Requirement, requires(NAME) or [])
        needed = [need for need in every if not need.marker or need.marker.evaluate(extra)]
    except ImportError:  # PackageNotFoundError is one of them
        return Outcome("packages", "they are not installed in this Python", remedy)
    problems = []
    for need in needed:
        try:
            if not need.specifier.contains(version(need.name), prereleases=True):
                problems.append(f"{need.name} is {version(need.name)}, the course needs {need.specifier}")
        except PackageNotFoundError:
            problems.append(f"{need.name} is not installed")
    return Outcome("packages", "; ".join(problems) or f"all {len(needed)} are there", remedy if problems else "")


def check_disk() -> Outcome:
    """Room for the environment (3.3 GB) and for the features of many pictures (at most 2 GB)."""
    course = course_folder()
    needed = 5.5 if course and not (course / ".venv" / "course-setup").exists() else 2
    free = shutil.disk_usage(course or PACKAGE).free / GIGABYTE
    remedy = f"The course needs {needed} GB. Make room, or move its folder to another disk."
    return Outcome("disk", f"{free:.1f} GB free", "" if free >= needed else remedy)


def check_memory() -> Outcome:
    """Memory for JupyterLab and one notebook: 1.6 GB at most up to notebook 07, 2 GB in 10 (deploy/README.md)."""
    try:
        import psutil
    except ImportError:
        return Outcome("memory", "it can't be measured without the packages", FIRST)
    memory = psutil.virtual_memory()
    found = f"{memory.total / GIGABYTE:.0f} GB, {memory.available / GIGABYTE:.1f} GB of it free"
    remedy = "The course needs 2 GB free. Close other programs, or use a machine with 4 GB or more."
    return Outcome("memory", found, "" if memory.available >= 2 * GIGABYTE else remedy)


def check_port() -> Outcome:
    """A port of JupyterLab's, 8888 or one after it, that this machine can open and reach."""
    for port in range(8888, 8898):
        with contextlib.suppress(OSError), socket.socket() as server:
            server.bind(("127.0.0.1", port))
            server.listen()
            socket.create_connection(("127.0.0.1", port), timeout=2).close()
            return Outcome("port", f"{port} is free", "")
    remedy = "JupyterLab could not be reached. Let security software allow connections to 127.0.0.1."
    return Outcome("port", "none from 8888 to 8897 can be opened and reached", remedy)


def check_browser() -> Outcome:
    """A browser with windows, in which JupyterLab can open."""
    try:
        name = getattr(webbrowser.get(), "name", "") or "the system's own"
    except webbrowser.Error:
        name = ""
    text_only = Path(name).name in ("www-browser", "links", "elinks", "lynx", "w3m", "")
    if text_only and sys.platform.startswith("linux") and not {"DISPLAY", "WAYLAND_DISPLAY"} & set(os.environ):
        return Outcome("browser", NO_SCREEN, "")
    remedy = "Install Firefox, Chrome or Edge. If there is one, set BROWSER to its command."
    return Outcome("browser", name or "none found", remedy if text_only else "")


def check_settings() -> Outcome:
    """Settings for other programs that reach the course: entries of PYTHONPATH, and Keras's own file and variables."""
    shadows, keras = shadowing(os.environ), foreign_keras_settings()
    told = [f"PYTHONPATH names {explain_shadowing(shadows)}"] if shadows else []
    told += [f"{'; '.join(keras)}, which the course overrules"] if keras else []
    remedy = UNSET.format(" and ".join(shadows)) if shadows else ""
    return Outcome("settings", "; ".join(told) or "none stands in the way", remedy)


def check_files() -> Iterator[Outcome]:
    """The weights and photos, in a class mirror's folder or in the cache. Nothing is downloaded."""
    try:
        from ..assets.fetch import find_local, registry
    except ImportError:
        yield Outcome("weights and photos", "they can't be looked for without the packages", FIRST)
        return
    python = Path(sys.executable)
    course = course_folder()
    python = python.relative_to(course) if course and course in python.parents else python
    command = f"`{python} -m course_utils assets --fetch` gets them from the class mirror or their home."
    remedy = f"In the course's folder, {command}" if course else command
    for name, folder in FOLDERS.items():
        files = [file for file in registry() if file.startswith(folder)]
        here = [file for file in files if find_local(file)]
        if name == "the Pexels photos":  # a class may do with fewer photos, but not with fewer kinds
            enough = {Path(file).parent for file in here} == {Path(file).parent for file in files}
        else:
            enough = here == files
        yield Outcome(name, f"{len(here)} of {len(files)} files", "" if enough else remedy)


def check_prediction() -> Outcome:
    """A real prediction, without TensorFlow: MobileNet on the drum photo. It should say 541, a drum."""
    return _predict("prediction", PREDICT)


def check_tensorflow() -> Outcome:
    """The same by TensorFlow, which the notebooks need where they teach Keras. It may be missing on purpose."""
    if not importlib.util.find_spec("tensorflow"):
        return Outcome("TensorFlow", f"not installed, as in the small edition. {WITHOUT}", "")
    return _predict("TensorFlow", PREDICT_WITH_KERAS)


def _predict(name: str, program: str) -> Outcome:
    """Let a process of its own predict the drum, so that what goes wrong there, even in C++, is told here."""
    if not importlib.util.find_spec("numpy"):
        return Outcome(name, "none without the packages", FIRST)
    start = time.perf_counter()
    program = f"import sys; sys.path.insert(0, {str(PACKAGE.parent)!r}); {program}"
    try:
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, errors="replace")
    except OSError as error:
        return Outcome(name, f"it could not be started: {error}", _remedy_for(str(error), name))
    said = done.stderr.strip().splitlines()[-1:] or ["it said nothing"]
    ended = _name_of_end(done.returncode)
    if ended:
        return Outcome(name, f"it was ended by {ended}", _remedy_for(f"{ended} {done.stderr}", name))
    if done.returncode:
        return Outcome(name, f"it stopped with {said[0]}", _remedy_for(said[0], name))
    try:
        engine, [(index, label, probability)] = json.loads(done.stdout.splitlines()[-1])  # a box may stand before it
    except (ValueError, IndexError, TypeError):
        return Outcome(name, "it gave no answer", _remedy_for(said[0], name))
    found = f'{index} "{label}", {probability:.2f}, by {engine} in {time.perf_counter() - start:.0f} s'
    return Outcome(name, found, "" if index == 541 else f"541 was expected. {_remedy_for('it said nothing', name)}")


def _name_of_end(code: int) -> str:
    """What ended a process, if it did not end by itself: a signal, or Windows's word for the same."""
    windows = {0xC000001D: "SIGILL", 0xC0000005: "SIGSEGV", 0xC0000017: "SIGKILL", 0xC000012D: "SIGKILL"}
    if code >= 0:
        return windows.get(code, "")
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"


def _remedy_for(said: str, name: str) -> str:
    """Choose what helps against what a prediction said when it ended, and nothing that can't."""
    shadows = shadowing(os.environ)
    tensorflow = name == "TensorFlow"
    known = [
        (r"^SIGKILL|MemoryError|bad_alloc|ResourceExhausted|[Oo]ut of memory|Cannot allocate memory", MEMORY),
        (r"^SIGILL|AVX|SSE|baseline optimizations|X86_V\d", AVX + (SMALL if tensorflow else ELSEWHERE)),
        (r"^SIG(TERM|INT|HUP|XCPU|QUIT|USR)", "Something else ended it, or a limit of this machine did. Try again."),
        (r"No space left|Errno 28", "Make room on the disk."),
        (
            r"GLIBC|GLIBCXX|CXXABI",
            f"This system is too old for the packages. {ELSEWHERE}",
        ),
        (r"COURSE_ASSETS", "Unset COURSE_ASSETS."),
        (r"^(\S*\.)?AssetError", "Unset COURSE_ASSETS: the practice set stands in then."),
        (r"Read-only file system|Permission ?(denied|Error)", "See that you may read the course's folder."),
    ]
    if shadows and not re.match("SIGKILL|SIGILL", said):
        return UNSET.format(" and ".join(shadows))
    if re.match("SIGABRT", said) and lacks_avx():  # TensorFlow looks, and ends so, where it is told to be silent
        return AVX + (SMALL if tensorflow else ELSEWHERE)
    remedy = next((remedy for pattern, remedy in known if re.search(pattern, said)), "")
    broken = r"^SIG|^\S*(Import|ModuleNotFound|Attribute|Syntax)\w*Error|undefined symbol|\.(so|dll|pyd)\b|said nothing"
    if not remedy and re.search(broken, said):
        windows = os.name == "nt" and said.startswith("ImportError")
        remedy = LIBRARIES if windows else _set_up_again()
    return remedy or REPORT


def _set_up_again() -> str:
    """What to do where packages are broken; or missing, since nothing was set up yet."""
    course = course_folder()
    if not course:
        return ALONE
    return AGAIN if (course / ".venv").exists() else FIRST


CHECKS = (
    check_python,
    check_packages,
    check_disk,
    check_memory,
    check_port,
    check_browser,
    check_settings,
    check_files,
    check_prediction,
    check_tensorflow,
)


def _run(check: Callable[[], Outcome | Iterator[Outcome]]) -> list[Outcome]:
    """Run a check. What goes wrong in it costs this check, and no other."""
    try:
        outcomes = check()
        return [outcomes] if isinstance(outcomes, Outcome) else list(outcomes)
    except Exception as error:
        name, found = check.__name__.replace("check_", ""), f"it stopped with {type(error).__name__}: {error}"
        return [Outcome(name, found, f"{REPORT} {log_error(error)}".strip())]


def check_machine(say: Callable[[Outcome], object] = print) -> list[Outcome]:
    """Run all checks.

    Parameters
    ----------
    say : callable
        Is given each outcome as soon as it is there.

    Returns
    -------
    list of Outcome
        All of them, in order.
    """
    outcomes: list[Outcome] = []
    for check in CHECKS:
        for outcome in _run(check):
            say(outcome)
            outcomes.append(outcome)
    return outcomes


def as_json(outcomes: list[Outcome], seconds: float) -> str:
    """Write the outcomes as one line of JSON, so that those of many laptops can be put one below the other.

    Parameters
    ----------
    outcomes : list of Outcome
        From ``check_machine``.
    seconds : float
        How long it took.

    Returns
    -------
    str
        With the laptop's name and system, whether it is ready, and all checks.
    """
    checks = [{"name": one.name, "ok": not one.remedy, "found": one.found, "remedy": one.remedy} for one in outcomes]
    machine = {"machine": platform.node(), "system": platform.platform(), "seconds": round(seconds, 1)}
    return json.dumps({**machine, "ready": all(check["ok"] for check in checks), "checks": checks})


def check_setup() -> None:
    """Print a line for each thing that the course needs: [OK], or [FAIL] and what to do (notebook 00)."""
    from ..assets.catalog import find_drum, find_pexels, find_weights
    from ..assets.fetch import AssetError
    from ..assets.practice import real_or_practice
    from .notes import announce

    announce()
    for outcome in (check_python(), check_packages()):
        print(outcome if outcome.remedy else f"[OK] {outcome.name}")
    for name, kind, find in [
        ("MobileNet's weights", "weights", find_weights),
        ("the drum photo", "drum", find_drum),
        ("the Pexels photos", "photos", find_pexels),
    ]:
        try:
            stands_in = real_or_practice(kind, find, None) is None
            print(f"[OK] {name}" + (": the practice set stands in" if stands_in else ""))
        except (AssetError, OSError) as error:
            print(f"[FAIL] {name}: {error}")
