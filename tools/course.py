"""Set up the course and run it. Needs nothing but Python 3.11 or newer.

    python tools/course.py open    set up, then open JupyterLab at notebook 00
    python tools/course.py test    set up, then run all tests
    python tools/course.py tour    set up, then run the story in the terminal
    python tools/course.py setup   set up only
    python tools/course.py doctor  check this machine, set up or not
    python tools/course.py benchmark    set up with the course's peers, then measure it beside them

`small` after open, tour or setup sets up the small edition: without TensorFlow, a quarter of the size. `full` brings
TensorFlow later. Other words after the command go on to JupyterLab, pytest or the benchmark.
"""

import hashlib
import http.client
import json
import os
import platform
import shutil
import subprocess
import sys
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

ROOT = Path(__file__).resolve().parents[1]
ENVIRONMENT, TOOLS = ROOT / ".venv", ROOT / ".venv-uv"
STAMP = ENVIRONMENT / "course-setup"
EDITIONS = ("full", "small")
LEFT_OUT = """\
This is the small edition, without TensorFlow. The trainer, in the second half of notebook 07, and the commands of the
terminal work as they do with it. So does what the notebooks say of pictures and labels; cells that build a network with
Keras say that they can't. `python tools/course.py setup full` brings TensorFlow, where it has a build."""
BIN, EXE = ("Scripts", ".exe") if os.name == "nt" else ("bin", "")


def python_in(environment: Path) -> Path:
    return environment / BIN / f"python{EXE}"


def run(*words) -> None:
    """Run a command in the course's folder and stop with its exit code if it fails."""
    process = subprocess.Popen([str(word) for word in words], cwd=ROOT)
    while True:
        try:
            code = process.wait()
            break
        except KeyboardInterrupt:  # the command got it too, and may want to ask before it ends
            continue
    if code:
        sys.exit(code if code > 0 else 128 - code)


def find_wheels() -> str:
    """Say where the class mirror keeps packages, if there is a mirror and it has any."""
    mirror = os.environ.get("COURSE_MIRROR", "").rstrip("/")
    if not mirror:
        return ""
    try:
        if "://" in mirror:
            urllib.request.urlopen(f"{mirror}/wheels/requirements.txt", timeout=60).close()
            return f"{mirror}/wheels/"
        return str(Path(mirror, "wheels")) if Path(mirror, "wheels", "requirements.txt").is_file() else ""
    except (OSError, ValueError, http.client.HTTPException) as error:
        print(f"The class mirror {mirror} gives no packages ({error}). They come from the internet then.", flush=True)
        return ""


def inside(wheels: str, name: str) -> str:
    return wheels + name if "://" in wheels else str(Path(wheels, name))


def is_new(uv: str) -> bool:
    """Whether this uv knows the words that are used here."""
    said = subprocess.run([uv, "--version"], capture_output=True, text=True).stdout.split()
    return len(said) > 1 and [int(part) for part in said[1].split(".")[:2]] >= [0, 9]


def find_uv(wheels: str = "") -> str:
    """Find uv, or install it beside the environment."""
    found = filter(None, map(shutil.which, ("uv", str(TOOLS / BIN / "uv"))))
    uv = next(filter(is_new, found), "")
    if not uv:
        try:
            subprocess.run([sys.executable, "-m", "venv", str(TOOLS)], check=True)
            pip = [str(python_in(TOOLS)), "-m", "pip", "install", "-q", "--disable-pip-version-check"]
            offline = ["--no-index", "--find-links", wheels, "--trusted-host", urlsplit(wheels).netloc or "none"]
            offline += ["--require-hashes", "--requirement", inside(wheels, "installer.txt")]
            subprocess.run(pip + (offline if wheels else ["uv>=0.9"]), check=True)
        except subprocess.CalledProcessError:
            shutil.rmtree(TOOLS, ignore_errors=True)
            sys.exit(
                "The installer uv could not be set up. On Debian and Ubuntu, install python3-venv. "
                "Otherwise check that this machine reaches a Python package index or the class mirror, and try again."
            )
        uv = str(TOOLS / BIN / f"uv{EXE}")
    return uv


def install_from_mirror(install: list, wheels: str, lock: str) -> None:
    """Install what the class mirror lists, and nothing that it did not hold when it was filled."""
    print(f"The packages come from the class mirror, {wheels}.", flush=True)
    # without dependencies: the list has all, and looking for them would fetch each package twice
    listed = ["--no-deps", "--require-hashes", "--requirement", inside(wheels, lock)]
    try:
        run(*install, "--no-config", "--compile-bytecode", "--no-index", "--find-links", wheels, *listed)
    except SystemExit:
        print("If a package is damaged, copy the class mirror anew. If one is missing, the mirror may lack packages")
        print(f"for this machine ({platform.system()}, Python {platform.python_version()}). Then try again.")
        raise


def why_small() -> str:
    """Say why TensorFlow can't be had on this machine, if so."""
    machine = (sys.platform, platform.machine())
    known = [("linux", "x86_64"), ("linux", "aarch64"), ("darwin", "arm64"), ("win32", "AMD64")]
    if machine in known:
        return ""
    what = {("darwin", "x86_64"): "Intel Macs", ("win32", "ARM64"): "Windows on ARM"}.get(machine, " ".join(machine))
    return f"TensorFlow has no build for {what}."


def make_environment(uv: str, edition: str, wheels: str) -> str:
    """Make an empty environment for an edition; return the edition that this machine can have."""
    fits = (3, 11) <= sys.version_info[:2] <= (3, 13)
    venv = [uv, "venv", "--quiet", "--clear"]
    if edition == "full" and not fits and not wheels:  # on a newer Python, uv finds or fetches 3.13
        if subprocess.run([*venv, "--python", "3.13", str(ENVIRONMENT)], cwd=ROOT).returncode == 0:
            return edition
    run(*venv, "--python", sys.executable, ENVIRONMENT)
    if edition == "full" and not fits:
        print(f"TensorFlow has no build for Python {platform.python_version()}, and 3.13 can't be had here.")
        return "small"
    return edition


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
    install = [uv, "pip", "install", "--quiet", "--python", python_in(ENVIRONMENT)]
    lock = "requirements-small.txt" if edition == "small" else "requirements.txt"
    if wheels:
        install_from_mirror(install, wheels, lock)
    else:
        run(*install, "--compile-bytecode", "--requirement", ROOT / lock)
    run(*install, "--no-deps", "--no-build-isolation", "--no-index", "--editable", ROOT)
    write_settings()
    if os.environ.get("COURSE_MIRROR"):  # the stick or the room may be gone next time: keep its files in the cache
        fetch = [str(python_in(ENVIRONMENT)), "-m", "course_utils", "assets", "--fetch"]
        if subprocess.run(fetch, cwd=ROOT, stdout=subprocess.DEVNULL).returncode:
            print("It lacks some weights or photos, or they are damaged. The course runs all the same;")
            print("`python tools/course.py doctor` says more.")
    if edition == "small":
        print(LEFT_OUT, flush=True)
    STAMP.write_text(f"{edition} {wanted}")


def write_settings() -> None:
    """Keep JupyterLab from asking about news: the first thing a newcomer sees is the course."""
    settings = ENVIRONMENT / "share" / "jupyter" / "lab" / "settings" / "overrides.json"
    settings.parent.mkdir(parents=True, exist_ok=True)
    quiet = {"fetchNews": "false", "checkForUpdates": False}
    settings.write_text(json.dumps({"@jupyterlab/apputils-extension:notification": quiet}))


def place_mirror() -> None:
    """Say where the class mirror is as seen from here, not from where a notebook runs."""
    mirror = os.environ.get("COURSE_MIRROR")
    if mirror and mirror.lower().startswith("file:"):
        mirror = url2pathname(urlsplit(mirror).path)
    if mirror and "://" not in mirror:
        os.environ["COURSE_MIRROR"] = str(Path(mirror).expanduser().resolve())


def open_lab(*words) -> None:
    # in a container the user is often root, which Jupyter refuses without being told
    root = ["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    page = "--LabApp.default_url=/lab/tree/notebooks/00_start_here.ipynb"
    folder = f"--ServerApp.root_dir={ROOT}"
    quiet = ["--log-level=WARN", "--LabApp.log_level=WARN"]  # the second for the lab within the server
    run(python_in(ENVIRONMENT), "-m", "jupyterlab", *quiet, folder, page, *root, *words)


def measure(*words) -> None:
    python = python_in(ENVIRONMENT)
    install = [find_uv(), "pip", "install", "--quiet", "--compile-bytecode", "--python", python]
    run(*install, "--editable", ".[benchmark]")
    run(python, ROOT / "benchmarks" / "run.py", *words)


def main() -> None:
    command, *rest = sys.argv[1:] or ["help"]
    if sys.version_info < (3, 11) and command != "doctor":
        sys.exit(f"This is Python {platform.python_version()}; the course needs 3.11 or newer.")
    if command in ("-h", "--help"):
        print(__doc__)
        return
    if command not in ("open", "test", "tour", "setup", "doctor", "benchmark"):
        sys.exit(__doc__)
    place_mirror()
    python = python_in(ENVIRONMENT)
    if command == "doctor":
        run(python if python.exists() else sys.executable, "-m", "course_utils", "doctor", *rest)
        return
    if command == "test" and not (ROOT / "tests").is_dir():
        sys.exit("The student edition has no tests. `python tools/course.py doctor` checks this machine.")
    wish = rest.pop(0) if command in ("open", "tour", "setup") and rest and rest[0] in EDITIONS else ""
    if command in ("test", "benchmark"):  # these need TensorFlow
        wish = "full"
    set_up(wish)
    if command == "open":
        open_lab(*rest)
    elif command == "test":
        # two at a time halves the wait; the tests of one file, and the cells of one notebook, stay together
        run(python, "-m", "pytest", *(rest or ["--numprocesses=2", "--dist=loadfile", "--no-loadscope-reorder"]))
    elif command == "tour":
        run(python, "-m", "course_utils", "tour")
    elif command == "benchmark":
        measure(*rest)
    else:
        print(f"The course is set up. Its Python is {python.relative_to(ROOT)}.")


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
