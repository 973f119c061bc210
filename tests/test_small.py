"""The small edition, set up for real in a copy of the course: all but Keras works, with LiteRT and without."""

import json
import os
import platform
import re
import runpy
import shutil
import subprocess
import sys

import pytest
from helpers import ROOT, make_pictures

import course_utils as cu
from course_utils.assets.fetch import mirror_location
from course_utils.files import cache_folder

pytestmark = [pytest.mark.hub, pytest.mark.network]
INSTALLERS = [str(ROOT / ".venv-uv" / name) for name in ("bin", "Scripts")]
KEPT = shutil.ignore_patterns(".*", "__pycache__", "*.egg-info", "my-classifier*")
# a machine that TensorFlow has no build for, and uv has: as far as the set-up sees
ANOTHER_MACHINE = """
import platform, runpy, sys
platform.machine = lambda: "riscv64"
sys.argv[0] = "tools/course.py"
runpy.run_path("tools/course.py", run_name="__main__")
"""
NAMES = "import importlib.metadata as m; print(*sorted(d.name.lower() for d in m.distributions()))"
WIDGET = """
import course_utils as cu
from course_utils.trainer.view import TrainerView
trainer = cu.Trainer()
view = TrainerView(trainer)
view.collection.bring_bundled()
view.jobs.wait()
view.training.train()
view.jobs.wait()
print(trainer.results, "|", view.training.says.value)
view.close()
"""


class Small:
    def __init__(self, folder):
        self.folder = shutil.copytree(ROOT, folder / "course", ignore=KEPT)
        self.words = {
            "PATH": os.pathsep.join([*INSTALLERS, os.environ["PATH"]]),
            "COURSE_MIRROR": str(mirror_location() or cache_folder()),
            "COURSE_CACHE": str(folder / "cache"),
        }

    @property
    def python(self):
        return next(self.folder.glob(".venv/[bS]*/python*"))

    def run(self, *words):
        words = [str(word) for word in words]
        return subprocess.run(words, cwd=self.folder, env=os.environ | self.words, capture_output=True, text=True)

    def course(self, *words):
        return self.run(self.python, "-m", "course_utils", *words)


def skip_without_an_index(done):
    if done.returncode and re.search("failed to fetch|client error|dns", done.stderr, re.I):
        pytest.skip(f"needs a Python package index: {done.stderr.strip().splitlines()[-1]}")


@pytest.fixture(scope="module")
def small(tmp_path_factory, practice):
    edition = Small(tmp_path_factory.mktemp("small"))
    mirror = edition.words.pop("COURSE_MIRROR")  # it has no packages
    done = edition.run(sys.executable, "-c", ANOTHER_MACHINE, "setup")
    edition.words["COURSE_MIRROR"] = mirror
    skip_without_an_index(done)
    assert done.returncode == 0, done.stderr
    assert "TensorFlow has no build for " in done.stdout and "riscv64." in done.stdout
    assert "This is the small edition, without TensorFlow." in done.stdout
    return edition


@pytest.fixture(scope="module", params=["LiteRT", "NumPy"])
def engine(request, small):
    """The second time, LiteRT is taken away, as on a machine that it has no build for."""
    if request.param == "NumPy":
        done = small.run("uv", "pip", "uninstall", "--python", small.python, "ai-edge-litert")
        assert done.returncode == 0, done.stderr
        shutil.rmtree(small.words["COURSE_CACHE"], ignore_errors=True)
    return request.param


MACHINES = {
    "x86_64-manylinux_2_28": "full",
    "aarch64-manylinux_2_28": "full",
    "x86_64-pc-windows-msvc": "full",
    "aarch64-apple-darwin": "full",
    "x86_64-apple-darwin": "small",
    "aarch64-pc-windows-msvc": "small",
}


@pytest.mark.parametrize("edition, version", [("full", "3.13"), ("small", "3.14")])
@pytest.mark.parametrize("machine", MACHINES)
def test_every_package_has_a_build_for_every_machine(tmp_path, machine, edition, version):
    """Nobody needs a compiler, and the lock has the build's checksum: asked of the index, nothing is installed."""
    if edition == "full" and MACHINES[machine] == "small":
        pytest.skip("there, the set-up takes the small edition")
    lock = ROOT / ("requirements.txt" if edition == "full" else "requirements-small.txt")
    words = ["--dry-run", "--only-binary", ":all:", "--no-deps", "--require-hashes", "--requirement", lock]
    words += ["--target", tmp_path, "--no-config"]  # the project's own constraints have no checksums
    words += ["--python-platform", machine, "--python-version", version]
    path = os.pathsep.join([*INSTALLERS, os.environ["PATH"]])
    done = subprocess.run([shutil.which("uv", path=path), "pip", "install", *words], capture_output=True, text=True)
    skip_without_an_index(done)
    assert done.returncode == 0, done.stderr
    assert ("tensorflow==" in done.stderr) == (edition == "full")
    litert = machine not in ("x86_64-apple-darwin", "aarch64-pc-windows-msvc")
    assert ("ai-edge-litert==" in done.stderr) == litert


def test_it_lacks_tensorflow_and_keras_alone(small):
    names = set(small.run(small.python, "-c", NAMES).stdout.split())
    assert not {"tensorflow", "keras"} & names
    assert {"jupyterlab", "scikit-learn", "ai-edge-litert", "transfer-learning-course"} <= names


@pytest.mark.parametrize("words", [[], ["small"]])
def test_its_edition_stays(small, words):
    done = small.run(sys.executable, "tools/course.py", "setup", *words)
    assert done.returncode == 0 and "Setting up" not in done.stdout, "nothing was to be done"


@pytest.mark.parametrize(
    "system, machine, words",
    [
        ("linux", "x86_64", ""),
        ("linux", "aarch64", ""),
        ("darwin", "arm64", ""),
        ("win32", "AMD64", ""),
        ("darwin", "x86_64", "Intel Macs"),
        ("win32", "ARM64", "Windows on ARM"),
        ("linux", "armv7l", "linux armv7l"),
    ],
)
def test_machines_that_tensorflow_has_no_build_for(monkeypatch, system, machine, words):
    course = runpy.run_path(str(ROOT / "tools" / "setup_course.py"))
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setattr(platform, "machine", lambda: machine)
    assert course["why_small"]() == (f"TensorFlow has no build for {words}." if words else "")


def test_the_doctor_names_the_engine(small, engine):
    checks = {check["name"]: check for check in json.loads(small.course("doctor", "--json").stdout)["checks"]}
    assert checks["prediction"]["ok"] and checks["prediction"]["found"].startswith("541 ")
    assert f"by {engine} " in checks["prediction"]["found"]
    assert checks["TensorFlow"]["ok"] and "not installed" in checks["TensorFlow"]["found"]
    assert checks["packages"]["ok"] == (engine == "LiteRT")


def test_the_story_runs(small, engine):
    done = small.course("tour")
    assert done.returncode == 0 and "2 of 2 new ones right" in done.stdout, done.stderr


def test_it_trains_and_classifies(small, engine, tmp_path):
    pets = make_pictures(tmp_path / "pets", red=6, blue=6)
    for head in ("linear", "article"):
        done = small.course("train", pets, "--head", head, "--save", tmp_path / f"{head}.zip", "--json")
        assert done.returncode == 0 and json.loads(done.stdout)["right"] == 2, done.stderr
        done = small.course("classify", tmp_path / f"{head}.zip", pets / "red" / "red-0.png", "--json")
        (answer,) = json.loads(done.stdout)
        assert max(answer["probabilities"], key=answer["probabilities"].get) == "red"
        here = cu.load_classifier(tmp_path / f"{head}.zip").predict(pets / "red" / "red-0.png")
        assert here == pytest.approx(answer["probabilities"], abs=1e-3), "the same on every machine"


def test_the_trainers_widget_works(small, engine):
    done = small.run(small.python, "-c", WIDGET)
    assert "2 of 2 right" in done.stdout and "Done, after" in done.stdout, done.stderr


def test_what_needs_keras_says_so(small):
    done = small.run(small.python, "-c", "import course_utils as cu; cu.load_mobilenet()")
    assert "ImportError: this needs TensorFlow, which the small edition of the course leaves out." in done.stderr
    assert "setup full" in done.stderr
