"""The package as a wheel, installed where the checkout is not: its contents, its command, and each notebook alone."""

import ast
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
from helpers import NOTEBOOKS, PATIENCE, ROOT, make_pictures, read_notebook, solved, text_of
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell

from course_utils.assets.fetch import mirror_location
from course_utils.classroom.editions import edition_of
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


@pytest.mark.notebooks
@pytest.mark.alone
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_alone_and_each_solution_passes(path, installed, tmp_path, monkeypatch):
    """In the student edition. After each exercise its solution is tried in a copy of the notebook's names: what
    follows runs without it."""
    filled = {one.id: fill(one.source, solution.source) for one, solution in solved(read_notebook(path).cells)}
    notebook = edition_of(path, solutions=False)
    cells, notebook.cells = notebook.cells, [new_code_cell(f"{PLACE}\nassert {str(ROOT)!r} not in sys.path")]
    for cell in cells:
        notebook.cells.append(cell)
        if cell.id in filled:
            notebook.cells.append(new_code_cell(f"exec({filled[cell.id]!r}, dict(globals()))"))
    monkeypatch.setenv("JUPYTER_PATH", installed.variables["JUPYTER_PATH"])
    resources = {"metadata": {"path": str(tmp_path)}}
    patient = {"timeout": PATIENCE, "startup_timeout": PATIENCE}
    NotebookClient(notebook, **patient, kernel_name="alone", resources=resources).execute()
    assert text_of(notebook.cells[0]).startswith(str(installed.packages))
    for cell, after in zip(notebook.cells, notebook.cells[1:], strict=False):
        if cell.get("id") in filled:
            checks = cell.source.count("check(")
            assert re.findall(r"^\[.*?\]", text_of(cell), re.M) == ["[TO DO]"] * checks
            assert re.findall(r"^\[.*?\]", text_of(after), re.M) == ["[OK]"] * checks, text_of(after)


def fill(exercise, solution):
    """Put a solution where the exercise has its ``...``, as a student would."""
    answer = [statement for statement in ast.parse(solution).body if not is_check(statement)]
    names = set().union(*map(defined, answer))
    body = []
    for statement in ast.parse(exercise).body:
        bare = isinstance(statement, ast.Expr) and is_open(statement) and not is_check(statement)
        if bare or defined(statement) & names:
            body, answer = body + answer, []
        else:
            body.append(statement)
    assert not answer, "the exercise has no place for this solution"
    return "\n".join(map(ast.unparse, body))


def is_check(statement):
    call = getattr(statement, "value", None)
    return isinstance(call, ast.Call) and getattr(call.func, "id", "") == "check"


def defined(statement):
    """The names that a statement defines."""
    targets = getattr(statement, "targets", [statement])
    return {getattr(target, "id", None) or getattr(target, "name", None) for target in targets} - {None}


def is_open(statement):
    return any(isinstance(node, ast.Constant) and node.value is ... for node in ast.walk(statement))
