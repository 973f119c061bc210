"""The lock, the conda file and the project's own requirements say the same."""

import inspect
import re
import sys
import tomllib
from importlib.metadata import distributions

import pytest
import yaml
from helpers import NOTEBOOKS, ROOT, cells_of, run_python
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

import course_utils as cu
from course_utils.installers import read_lock

LOCK = (ROOT / "requirements.txt").read_text(encoding="utf-8")
LISTS = ["requirements.txt", "requirements-small.txt", "tools/installer.txt", ".github/tools.txt"]
# the command line names packages, and nothing installs them but by their checksums
BY_CHECKSUM = re.compile(r"--require-hashes\b.*--requirement|--no-index\b")


def test_the_lock_satisfies_the_project():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    locked = dict(re.findall(r"^([\w.-]+)==([^ \n]+)", LOCK, re.M))
    for words in project["dependencies"] + project["optional-dependencies"]["test"]:
        requirement = Requirement(words)
        assert requirement.specifier.contains(locked[requirement.name]), words


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-small.txt"])
def test_a_lock_keeps_bounds_on_what_others_ask_for(name):
    """They stand where uv alone reads them: a list that was made otherwise would have others."""
    uv = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["uv"]
    pins = dict(re.findall(r"^([\w.-]+)==([^ \n]+)", (ROOT / name).read_text(encoding="utf-8"), re.M))
    everywhere = [bound for bound in map(Requirement, uv["constraint-dependencies"]) if not bound.marker]
    assert len(everywhere) == 2
    for bound in everywhere:
        assert bound.specifier.contains(pins[bound.name]), bound


@pytest.mark.parametrize("name", LISTS)
def test_a_list_of_packages_names_no_index(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    assert "://" not in text and "--index" not in text and "--find-links" not in text


@pytest.mark.parametrize("name", LISTS)
def test_every_package_is_pinned_with_checksums(name):
    pins = read_lock((ROOT / name).read_text(encoding="utf-8"))
    assert pins
    for pin, hashes in pins.items():
        assert re.match(r"[\w.-]+==[\w.+!]+( ; |$)", pin), pin
        assert hashes and all(re.fullmatch("sha256:[0-9a-f]{64}", one) for one in hashes), pin


def test_what_has_a_build_for_each_machine_has_a_checksum_for_each():
    """A list made where only this machine's files are known has one or two. These have no build that fits all."""
    pins = {pin.partition("==")[0]: hashes for pin, hashes in read_lock(LOCK).items()}
    pins |= {"uv": next(iter(read_lock((ROOT / "tools" / "installer.txt").read_text(encoding="utf-8")).values()))}
    for name in ("numpy", "scipy", "scikit-learn", "pillow", "pyzmq", "tensorflow", "ai-edge-litert", "uv"):
        assert len(pins[name]) >= 8, name


def test_the_small_edition_takes_the_same_files():
    small = read_lock((ROOT / "requirements-small.txt").read_text(encoding="utf-8"))
    full = {pin.partition(" ; ")[0]: hashes for pin, hashes in read_lock(LOCK).items()}
    assert all(full[pin.partition(" ; ")[0]] == hashes for pin, hashes in small.items())


def test_a_lock_is_read():
    text = "# by uv\na==1 \\\n    --hash=sha256:0 \\\n    --hash=sha256:1\n    # via b\n"
    text += "b==2 ; c == 'd' --hash=sha256:2\ne==3\n"
    assert read_lock(text) == {"a==1": ["sha256:0", "sha256:1"], "b==2 ; c == 'd'": ["sha256:2"], "e==3": []}
    assert read_lock(text.replace("\n", "\r\n")) == read_lock(text)


def test_actions_are_named_by_their_commit():
    files = [*(ROOT / ".github").rglob("*.yml")]
    used = [(path.name, use) for path in files for use in re.findall(r"uses: *(.*)", path.read_text(encoding="utf-8"))]
    assert len(used) > 5
    for name, use in used:
        assert use.startswith("./") or re.fullmatch(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}  # v\d+\.\d+\.\d+", use), (
            name,
            use,
        )


@pytest.mark.parametrize("path", sorted((ROOT / ".github" / "workflows").glob("*.yml")), ids=lambda path: path.stem)
def test_a_workflow_may_only_read_and_runs_nothing_that_others_wrote(path):
    flow = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert flow["permissions"] == {"contents": "read"}
    assert not {"pull_request_target", "workflow_run", "issue_comment"} & set(flow[True])  # YAML reads `on` so
    for job in flow["jobs"].values():
        assert not job.get("permissions") or "contents" not in job["permissions"]
        for step in job["steps"]:
            assert "${{" not in step.get("run", ""), step["run"]
            if step.get("uses", "").startswith("actions/checkout@"):
                assert step["with"]["persist-credentials"] is False
            for line in step.get("run", "").splitlines():
                assert "pip install" not in line or BY_CHECKSUM.search(line), line


def test_every_locked_package_says_that_it_is_for_this_python():
    """Otherwise pip refuses what uv has installed, and conda and Binder use pip."""
    running = ".".join(map(str, sys.version_info[:3]))
    for distribution in distributions():
        asked = distribution.metadata.get("Requires-Python")
        if asked and re.search(rf"^{distribution.name}==", LOCK, re.M | re.I):
            assert SpecifierSet(asked).contains(running), f"{distribution.name} is for Python {asked}"


def test_conda_installs_the_lock():
    lines = [line.strip(" -") for line in (ROOT / "environment.yml").read_text(encoding="utf-8").splitlines()]
    assert "requirement requirements.txt" in lines
    assert not any(line.startswith(("e ", "editable")) for line in lines), "pip refuses it beside checksums"
    (line,) = [line for line in (ROOT / "postBuild").read_text().splitlines() if "pip install" in line]
    assert {"--no-deps", "--no-index", "--editable"} <= set(line.split()) and "setuptools==" in LOCK
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
