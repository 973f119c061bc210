"""The package as a wheel, installed where the checkout is not: its contents and its command."""

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest
from helpers import NOTEBOOKS, ROOT, make_pictures

from course_utils.assets.fetch import mirror_location
from course_utils.files import NAME, cache_folder

pytestmark = pytest.mark.hub
SOURCES = ["course_utils", "data", "notebooks", "pyproject.toml", "MANIFEST.in", "README.md", "LICENSE", "LICENSE-TEXT"]
JUNK = shutil.ignore_patterns("__pycache__", ".*", "my-classifier*", "[!0-9]*.ipynb")
PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
BUILD = "import sys; from setuptools import build_meta; build_meta.build_sdist(sys.argv[1])"
STYLE = "import matplotlib.pyplot as plt; plt.style.use('course_utils.course'); print(plt.rcParams['legend.frameon'])"
PLACE = "import sys, course_utils; print(course_utils.__file__); assert 'tensorflow' not in sys.modules"
NOTE = "from course_utils import check; check('numbers in the photo', 3, 3)"
DECK = "from course_utils.classroom import slides; print(slides.make_deck(slides.find_notebooks(['00'])[0], False))"
CLASSIFIER = """
from course_utils import build_pretrained_model, get_model, save_classifier
save_classifier("colors.zip", build_pretrained_model(), get_model(2), ["blue", "red"])
"""


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    """A copy of what the package is made of: building leaves folders behind."""
    copy = tmp_path_factory.mktemp("checkout")
    for name in SOURCES:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, copy / name, ignore=JUNK)
        else:
            shutil.copyfile(ROOT / name, copy / name)
    return copy


@pytest.fixture(scope="module")
def wheel(checkout, tmp_path_factory):
    """The wheel that the source distribution builds."""
    dist = tmp_path_factory.mktemp("dist")
    subprocess.run([sys.executable, "-c", BUILD, dist], cwd=checkout, check=True, stdout=subprocess.DEVNULL)
    (source,) = dist.glob("*.tar.gz")
    offline = ["--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", dist]
    subprocess.run([*PIP, "wheel", *offline, source], cwd=dist, check=True)
    (path,) = dist.glob("*.whl")
    return path


class Installed:
    """An environment of its own, with the wheel in it. All other packages are those of the environment that tests."""

    def __init__(self, folder, wheel):
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / "env"], check=True)
        paths = sysconfig.get_paths("venv", vars={"base": str(folder / "env"), "platbase": str(folder / "env")})
        self.packages, scripts = Path(paths["purelib"]), paths["scripts"]
        # a folder that is named so is searched, but its own .pth files, the checkout's among them, are not read
        (self.packages / "others.pth").write_text(sysconfig.get_path("purelib"))
        self.python = shutil.which("python", path=scripts)
        subprocess.run([*PIP, "--python", self.python, "install", "--no-deps", "--no-index", wheel], check=True)
        self.command = shutil.which(NAME, path=scripts)
        path = [part for part in os.environ.get("PYTHONPATH", "").split(os.pathsep) if part and Path(part) != ROOT]
        self.variables = {
            "PYTHONPATH": os.pathsep.join(path),
            "COURSE_CACHE": str(folder / "cache"),
            "COURSE_MIRROR": str(mirror_location() or cache_folder()),  # the cache is laid out as a mirror is
            "JUPYTER_PATH": os.pathsep.join([str(folder / "jupyter"), str(Path(sys.prefix, "share", "jupyter"))]),
        }
        argv = [self.python, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        about = {"display_name": "alone", "language": "python", "argv": argv, "env": self.variables}
        kernel = folder / "jupyter" / "kernels" / "alone" / "kernel.json"
        kernel.parent.mkdir(parents=True)
        kernel.write_text(json.dumps(about))

    def run(self, *words, cwd, **variables):
        words, env = [str(word) for word in words], {**os.environ, **self.variables, **variables}
        return subprocess.run(words, cwd=cwd, env=env, capture_output=True, text=True, encoding="utf-8")


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory, practice):
    return Installed(tmp_path_factory.mktemp("alone"), wheel)


@pytest.fixture
def course(installed, tmp_path):
    """The console command, in an empty folder."""
    return lambda *words: installed.run(installed.command, *words, cwd=tmp_path)


def test_the_wheel_holds_the_whole_package_and_nothing_else(checkout, wheel):
    sources = [path.relative_to(checkout) for path in checkout.rglob("*") if path.is_file()]
    wanted = {path.as_posix() for path in sources if path.parts[0] == "course_utils"}
    wanted |= {f"course_utils/{path.as_posix()}" for path in sources if path.parts[0] in ("data", "notebooks")}
    names = [name for name in zipfile.ZipFile(wheel).namelist() if not name.endswith("/")]
    about = {name.split("/", 1)[1] for name in names if ".dist-info/" in name}
    assert {name for name in names if ".dist-info/" not in name} == wanted
    assert {"licenses/LICENSE", "licenses/LICENSE-TEXT", "entry_points.txt"} < about
    assert wheel.name in (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_installed_package_is_the_one_that_is_imported_and_without_tensorflow(installed, tmp_path):
    done = installed.run(installed.python, "-c", PLACE, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert Path(done.stdout.strip()).is_relative_to(installed.packages)


def test_matplotlib_finds_the_style_of_the_figures(installed, tmp_path):
    done = installed.run(installed.python, "-c", STYLE, cwd=tmp_path)
    assert done.stdout.strip() == "False", done.stderr


def test_the_command_explains_itself(course):
    done = course("--help")
    assert done.returncode == 0
    for name in ("open", "tour", "assets", "classify", "cache", "doctor", "student", "slides", "mirror", "progress"):
        assert re.search(rf"^ +{name} ", done.stdout, re.MULTILINE), name


def test_the_tour_runs(course):
    done = course("tour")
    assert done.returncode == 0, done.stderr


def test_files_are_found_and_the_cache_is_shown(course, installed, practice):
    done = course("assets")
    assert installed.variables["COURSE_CACHE"] in done.stdout and "Traceback" not in done.stderr
    assert practice or done.returncode == 0
    done = course("cache")
    assert done.returncode == 0 and installed.variables["COURSE_CACHE"] in done.stdout


def test_the_doctor_finds_the_packages(course):
    done = course("doctor", "--json")
    checks = {check["name"]: check for check in json.loads(done.stdout)["checks"]}
    assert checks["Python"]["ok"] and checks["packages"]["ok"], checks


def test_a_picture_is_classified(course, installed, tmp_path):
    done = installed.run(installed.python, "-c", CLASSIFIER, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    make_pictures(tmp_path, red=1)
    done = course("classify", "colors.zip", Path("red", "red-0.png"), "--json")
    assert done.returncode == 0, done.stderr
    assert sorted(json.loads(done.stdout)[0]["probabilities"]) == ["blue", "red"]


def test_open_brings_the_notebooks_to_the_home(installed, tmp_path):
    homes = {"HOME": str(tmp_path), "USERPROFILE": str(tmp_path)}
    done = installed.run(installed.command, "open", "--", "--version", cwd=tmp_path, **homes)
    place = tmp_path / f"my-{NAME}" / "my-notebooks"
    assert done.returncode == 0 and done.stdout.startswith(f"Your notebooks are in {place}.\n"), done.stderr
    assert sorted(path.name for path in place.glob("*.ipynb")) == [path.name for path in NOTEBOOKS]
    assert (place.parent / "data" / "story.svg").is_file()


def test_progress_knows_the_exercises(course, installed, tmp_path):
    installed.run(installed.python, "-c", NOTE, cwd=tmp_path, COURSE_PROGRESS=str(tmp_path / "ann.jsonl"))
    done = course("progress", "ann.jsonl")
    assert done.returncode == 0 and "00, exercise 1" in done.stdout, done.stderr


def test_slides_are_made_with_their_pictures(installed, tmp_path):
    done = installed.run(installed.python, "-c", DECK, cwd=tmp_path)
    assert "data:image/svg+xml;base64," in done.stdout, done.stderr


@pytest.mark.parametrize("name", ["student", "mirror"])
def test_what_needs_the_whole_folder_says_so(course, tmp_path, name):
    done = course(name, "made")
    assert done.returncode == 1 and not done.stdout and "Traceback" not in done.stderr
    assert done.stderr.startswith("This needs the course's whole folder") and not list(tmp_path.iterdir())
