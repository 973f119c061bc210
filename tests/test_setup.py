"""The lock, the conda file and the project's own requirements say the same."""

import inspect
import re
import sys
import tomllib
from importlib.metadata import distributions

import pytest
from helpers import NOTEBOOKS, ROOT, cells_of, run_python
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

import course_utils as cu

LOCK = (ROOT / "requirements.txt").read_text(encoding="utf-8")


def test_the_lock_satisfies_the_project():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    locked = dict(re.findall(r"^([\w.-]+)==([^ \n]+)", LOCK, re.M))
    for words in project["dependencies"] + project["optional-dependencies"]["test"]:
        requirement = Requirement(words)
        assert requirement.specifier.contains(locked[requirement.name]), words


def test_the_lock_names_no_index():
    assert "://" not in LOCK and "--index" not in LOCK and "--find-links" not in LOCK


def test_every_locked_package_says_that_it_is_for_this_python():
    """Otherwise pip refuses what uv has installed, and conda and Binder use pip."""
    running = ".".join(map(str, sys.version_info[:3]))
    for distribution in distributions():
        asked = distribution.metadata.get("Requires-Python")
        if asked and re.search(rf"^{distribution.name}==", LOCK, re.M | re.I):
            assert SpecifierSet(asked).contains(running), f"{distribution.name} is for Python {asked}"


def test_conda_installs_the_lock():
    lines = [line.strip(" -") for line in (ROOT / "environment.yml").read_text(encoding="utf-8").splitlines()]
    assert "requirement requirements.txt" in lines and "editable ." in lines
    version = next(line for line in lines if line.startswith("python=")).removeprefix("python=")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert Requirement("python" + project["requires-python"]).specifier.contains(version)


def test_readme_links_resolve():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)]+)\)", readme):
        assert (ROOT / target).exists(), target


def test_readme_and_notebooks_name_the_same_minutes():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for path in NOTEBOOKS:
        first = cells_of(path)[0].source
        read, do = map(int, re.search(r"(\d+) minutes to read, (\d+) minutes to do", first).groups())
        row = next(line for line in readme.splitlines() if path.name in line)
        assert row.endswith(f"| {read + do} |"), path.name


def test_the_command_explains_itself():
    done = run_python(ROOT / "tools" / "course.py")
    assert done.returncode == 1 and "course.py open" in done.stderr


@pytest.mark.parametrize("name", cu.__all__)
def test_every_public_name_is_documented(name):
    thing = getattr(cu, name)
    words = inspect.getdoc(thing)
    assert re.search(r"notebook [01]\d", words), "say which notebook introduces it"
    if inspect.isfunction(thing):
        signature = inspect.signature(thing)
        assert all(parameter.annotation is not inspect.Parameter.empty for parameter in signature.parameters.values())
        assert not signature.parameters or "Parameters\n-----" in words
        assert signature.return_annotation in (None, "None") or re.search("(Returns|Yields)\n-----", words)
        assert "raise " not in inspect.getsource(thing) or "Raises\n-----" in words
