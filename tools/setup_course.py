"""What ``course.py`` does: make the environment, in whatever surroundings, and run the course in it."""

import hashlib
import http.client
import json
import os
import platform
import re
import shutil
import signal
import subprocess
import sys
import sysconfig
import urllib.request
import warnings
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from course_utils.files import cache_folder, expand, named_cache, temporary_folder
from course_utils.settings import (
    explain_shadowing,
    for_python,
    proxy_for,
    shadowing,
    through_proxy,
    without_credentials,
    writable_homes,
)

ENVIRONMENT, TOOLS = ROOT / ".venv", ROOT / ".venv-uv"
STAMP = ENVIRONMENT / "course-setup"
INSTALLER = ROOT / "tools" / "installer.txt"
EDITIONS = ("full", "small")
LEFT_OUT = """\
This is the small edition, without TensorFlow. The trainer, in the second half of notebook 07, and the commands of the
terminal work as they do with it. So does what the notebooks say of pictures and labels; cells that build a network with
Keras say that they can't. `python tools/course.py setup full` brings TensorFlow, where it has a build."""
FULL = [("linux", "x86_64"), ("linux", "aarch64"), ("darwin", "arm64"), ("win32", "AMD64")]  # TensorFlow has builds
SMALL_ONLY = {("darwin", "x86_64"): "Intel Macs", ("win32", "ARM64"): "Windows on ARM"}  # all other packages have
LARGEST_LIST = 4_000_000  # bytes that are read of a mirror's list of packages
BIN, EXE = ("Scripts", ".exe") if os.name == "nt" else ("bin", "")


def python_in(environment: Path) -> Path:
    return environment / BIN / f"python{EXE}"


def run(*words, **variables) -> None:
    """Run a command of the course in its folder and stop with its exit code if it fails."""
    environ = {**for_python(os.environ, ENVIRONMENT), **variables}
    process = subprocess.Popen([str(word) for word in words], cwd=ROOT, env=environ)
    while True:
        try:
            code = process.wait()
            break
        except KeyboardInterrupt:  # the command got it too, and may want to ask before it ends
            continue
    if code < 0:
        print(f"It was ended by {name_signal(-code)}. `python tools/course.py doctor` says more.", file=sys.stderr)
    if code:
        sys.exit(code if code > 0 else 128 - code)


def name_signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def install(*words, wheels: str = "") -> None:
    """Call pip or uv in the course's folder, and stop with a sentence of what to do if it fails."""
    from course_utils.installers import InstallerError, call_installer

    try:
        call_installer(words, cwd=ROOT)
    except InstallerError as error:
        print(with_mirror(error, wheels), file=sys.stdout if wheels else sys.stderr, flush=True)
        sys.exit(error.code if error.code > 0 else 128 - error.code)


def find_wheels() -> str:
    """Say where the class mirror keeps packages, if there is a mirror and it has any."""
    mirror = os.environ.get("COURSE_MIRROR", "").rstrip("/")
    if not mirror:
        return ""
    try:
        if "://" in mirror:
            with urllib.request.urlopen(f"{mirror}/wheels/requirements.txt", timeout=60) as answer:
                listed = answer.read(LARGEST_LIST).decode("utf-8")
            if not proxy_for(mirror):  # nor does the installer need one to reach it, whatever pip's settings say
                hosts = {os.environ.get("NO_PROXY"), os.environ.get("no_proxy"), urlsplit(mirror).hostname}
                os.environ["NO_PROXY"] = ",".join(filter(None, hosts))
            wheels = f"{mirror}/wheels/"
        elif not Path(mirror, "wheels", "requirements.txt").is_file():
            return ""
        else:
            listed = Path(mirror, "wheels", "requirements.txt").read_text(encoding="utf-8")
            wheels = str(Path(mirror, "wheels"))
    except (OSError, ValueError, http.client.HTTPException) as error:
        told = without_credentials(f"The class mirror {mirror} gives no packages ({error})")
        by = through_proxy(mirror) if "://" in mirror else ""
        print(f"{told}{by}. They come from the internet then.", flush=True)
        return ""
    if lacks(listed):
        told = without_credentials(f"The class mirror {mirror} lacks packages of this version of the course")
        print(f"{told}. They come from the internet then.", flush=True)
        return ""
    return wheels


def lacks(listed: str) -> bool:
    """Whether a mirror's list lacks a package of the lock that every machine needs."""
    from course_utils.installers import read_lock

    pins = read_lock((ROOT / "requirements.txt").read_text(encoding="utf-8"))
    return not {pin for pin in pins if " ; " not in pin} <= set(read_lock(listed))


def version_of(uv: str) -> list:
    """The version of this uv, as numbers; empty if it does not run."""
    try:
        said = subprocess.run([uv, "--version"], capture_output=True, text=True).stdout
    except (OSError, ValueError):
        return []
    return [int(part) for part in re.findall(r"\d+", said)[:3]]


def find_uv(wheels: str = "") -> str:
    """Find a uv that knows the words that are used here, or install the pinned one beside the environment."""
    from course_utils.installers import InstallerError, call_installer, read_lock

    found, own = shutil.which("uv"), str(TOOLS / BIN / f"uv{EXE}")
    if found and version_of(found) >= [0, 9]:
        return found
    (pin,) = read_lock(INSTALLER.read_text(encoding="utf-8"))
    if version_of(own) == [int(part) for part in pin.partition("==")[2].split(".")]:
        return own
    try:
        call_installer([sys.executable, "-m", "venv", "--clear", TOOLS])
        pip = [python_in(TOOLS), "-m", "pip", "install", "-q"]
        trusted = ["--trusted-host", urlsplit(wheels).netloc or "none"] if wheels else []
        call_installer([*pip, *from_mirror(wheels), *trusted, *listed_in(INSTALLER)], cwd=ROOT)
    except InstallerError as error:
        shutil.rmtree(TOOLS, ignore_errors=True)
        sys.exit(f"The installer uv could not be set up. {with_mirror(error, wheels)}")
    return own


def from_mirror(wheels: str) -> list:
    """Words that let pip and uv take packages from the class mirror alone, if there is one."""
    return ["--no-index", "--find-links", wheels] if wheels else []


def listed_in(lock: Path) -> list:
    """Words that let pip and uv install what a lock lists, and only the very files that it lists.

    Building a package would bring others that no list names, so that is done only where packages have no builds.
    """
    builds = ["--only-binary", ":all:"] if (sys.platform, platform.machine()) in {*FULL, *SMALL_ONLY} else []
    # without dependencies: the list has all, and looking for them would fetch each package twice
    return [*builds, "--no-deps", "--require-hashes", "--requirement", lock]


def with_mirror(error, wheels: str) -> str:
    """What to do when an installer has failed that was to take packages from the class mirror, if there is one."""
    if not wheels or not re.search("hash|lacks|damaged|does not match|from versions", f"{error} {error.said}", re.I):
        return str(error)
    here = f"{platform.system()}, Python {platform.python_version()}"
    return f"If a package is damaged, copy the class mirror anew; if one is missing for this machine ({here}), add it."


def install_packages(uv: str, wheels: str, lock: Path) -> None:
    """Install what the lock lists, from the class mirror or an index: its checksums are the course's own."""
    if wheels:
        print(f"The packages come from the class mirror, {without_credentials(wheels)}.", flush=True)
    install(*into_environment(uv), *compiled(), *from_mirror(wheels), *listed_in(lock), wheels=wheels)


def compiled() -> list:
    """Compile all packages now, so that no first import has to. The tests go without: they use few of them, once."""
    return [] if os.environ.get("COURSE_COMPILE") == "no" else ["--compile-bytecode"]


def into_environment(uv: str) -> list:
    return [uv, "pip", "install", "--quiet", "--python", python_in(ENVIRONMENT)]


def why_small() -> str:
    """Say why TensorFlow can't be had on this machine, if so."""
    machine = (sys.platform, platform.machine())
    what = SMALL_ONLY.get(machine, " ".join(machine))
    return "" if machine in FULL else f"TensorFlow has no build for {what}."


def serves(newest: tuple) -> bool:
    """Whether packages have builds for this Python, up to a version: the usual one, of 64 bits."""
    usual = platform.python_implementation() == "CPython" and sys.maxsize > 2**32
    threads = sysconfig.get_config_var("Py_GIL_DISABLED")
    return usual and not threads and (3, 11) <= sys.version_info[:2] <= newest


def make_environment(uv: str, edition: str, wheels: str) -> str:
    """Make an empty environment for an edition; return the edition that this machine can have."""
    from course_utils.installers import InstallerError, call_installer

    venv = [uv, "venv", "--quiet", "--clear", "--python"]
    newest = (3, 13) if edition == "full" else (3, 14)
    if serves(newest):
        install(*venv, sys.executable, ENVIRONMENT)
        return edition
    here = f"{platform.python_implementation()} {platform.python_version()}".replace("CPython", "Python")
    if not wheels:  # uv finds or fetches 3.13
        try:
            call_installer([*venv, "3.13", ENVIRONMENT], ROOT, say=lambda line: None)
            return edition
        except InstallerError:
            pass
    if not serves((3, 14)):
        sys.exit(f"This is {here}, which the course's packages have no builds for. Run this with Python 3.13.")
    install(*venv, sys.executable, ENVIRONMENT)
    print(f"TensorFlow has no build for {here}, and 3.13 can't be had here.", flush=True)
    return "small"


def set_up(wish: str = "") -> None:
    """Make the environment, unless it is there and belongs to this lock. Without a wish, its edition stays."""
    parts = [(ROOT / name).read_bytes() for name in ("requirements.txt", "requirements-small.txt", "pyproject.toml")]
    wanted = hashlib.sha256(b"".join([*parts, str(ROOT).encode()])).hexdigest()
    kept = STAMP.read_text().split() if STAMP.exists() and python_in(ENVIRONMENT).exists() else []
    before = next((word for word in kept if word in EDITIONS), "")
    edition = wish or before or "full"
    if wanted in kept and before in (edition, "small" if why_small() else edition):
        return
    if not os.access(ROOT, os.W_OK):
        sys.exit(f"{ROOT} can't be written to. Copy the course's folder to a place of your own and try again.")
    print("Setting up the course. The first time takes a few minutes.", flush=True)
    if edition == "full" and why_small():
        print(why_small())
        edition = "small"
    wheels = find_wheels()
    uv = find_uv(wheels)
    edition = make_environment(uv, edition, wheels)
    lock = "requirements-small.txt" if edition == "small" else "requirements.txt"
    install_packages(uv, wheels, ROOT / lock)
    install(*into_environment(uv), "--no-deps", "--no-build-isolation", "--no-index", "--editable", ROOT)
    write_settings()
    if os.environ.get("COURSE_MIRROR"):  # the stick or the room may be gone next time: keep its files in the cache
        fetch = [str(python_in(ENVIRONMENT)), "-m", "course_utils", "assets", "--fetch"]
        environ = for_python(os.environ, ENVIRONMENT)
        if subprocess.run(fetch, cwd=ROOT, stdout=subprocess.DEVNULL, env=environ).returncode:
            print("It lacks some weights or photos, or they are damaged. The course runs all the same;")
            print("`python tools/course.py doctor` says more.")
    if edition == "small":
        print(LEFT_OUT, flush=True)
    STAMP.write_text(f"{edition} {wanted}")


def write_settings() -> None:
    """Let JupyterLab ask nothing about news, and end a notebook's kernel, which holds its memory, with its tab."""
    settings = ENVIRONMENT / "share" / "jupyter" / "lab" / "settings" / "overrides.json"
    settings.parent.mkdir(parents=True, exist_ok=True)
    quiet = {"fetchNews": "false", "checkForUpdates": False}
    tidy = {"kernelShutdown": True}
    plugins = {"apputils-extension:notification": quiet, "notebook-extension:tracker": tidy}
    settings.write_text(json.dumps({f"@jupyterlab/{name}": values for name, values in plugins.items()}))


def place_variables() -> None:
    """Say where the class mirror, the cache and the progress are as seen from here, not from where a notebook runs."""
    for name in ("COURSE_MIRROR", "COURSE_CACHE", "COURSE_PROGRESS"):
        place = os.environ.get(name)
        if place and place.lower().startswith("file:"):
            place = url2pathname(urlsplit(place).path)
        if place and "://" not in place:
            os.environ[name] = str(expand(place).absolute())


def place_homes() -> None:
    """Where the home can't be written to, go on in a temporary folder; say so, once for all that is started here."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        cache = cache_folder()
    moved = writable_homes(os.environ)
    if cache != named_cache():
        moved["COURSE_CACHE"] = str(cache)
        told = f"{named_cache()} can't be written to. What the course keeps goes to {temporary_folder()}, which may "
        told += "be gone tomorrow; to keep it, set COURSE_CACHE to a folder that you can write to."
    elif moved:
        told = f"Not all of your home can be written to. JupyterLab's own files go to {temporary_folder()}."
    if moved:
        print(told, file=sys.stderr, flush=True)
    os.environ.update(moved)


def tell_shadows() -> None:
    """Say which entries of PYTHONPATH the course does without."""
    found = shadowing(os.environ, ENVIRONMENT)
    if found:
        told = f"PYTHONPATH is taken without what would stand before the course's packages: {explain_shadowing(found)}."
        print(told, file=sys.stderr, flush=True)


def open_lab(*words) -> None:
    if os.access(ENVIRONMENT, os.W_OK):  # one that an administrator has set up has its settings
        write_settings()
    keras = {"KERAS_BACKEND": "tensorflow"}  # for cells that import Keras before the course does
    if words[:1] == ("--",):  # the command's help has it, README has not; what follows is JupyterLab's
        words = words[1:]
    run(python_in(ENVIRONMENT), "-m", "course_utils", "open", "--", *words, **keras)


def measure(*words) -> None:
    install(*into_environment(find_uv()), *compiled(), "--editable", ".[benchmark]")
    run(python_in(ENVIRONMENT), ROOT / "benchmarks" / "run.py", *words)


def main(usage: str) -> None:
    """Run the command that the words name."""
    command, *rest = sys.argv[1:] or ["help"]
    if command in ("-h", "--help"):
        print(usage)
        return
    if command not in ("open", "test", "tour", "setup", "doctor", "benchmark"):
        sys.exit(usage)
    place_variables()
    try:
        place_homes()
    except OSError as error:
        sys.exit(str(error))
    python = python_in(ENVIRONMENT)
    if command == "doctor":
        tell_shadows()
        run(python if python.exists() else sys.executable, "-m", "course_utils", "doctor", *rest)
        return
    if command == "test" and not (ROOT / "tests").is_dir():
        sys.exit("The student edition has no tests. `python tools/course.py doctor` checks this machine.")
    wish = rest.pop(0) if command in ("open", "tour", "setup") and rest and rest[0] in EDITIONS else ""
    if command in ("test", "benchmark"):  # these need TensorFlow
        wish = "full"
    set_up(wish)
    tell_shadows()
    if command == "open":
        open_lab(*rest)
    elif command == "test":
        run(python, "-m", "pytest", *rest)
    elif command == "tour":
        run(python, "-m", "course_utils", "tour")
    elif command == "benchmark":
        measure(*rest)
    else:
        print(f"The course is set up. Its Python is {python.relative_to(ROOT)}.")
