"""The settings for hubs agree with one another and with what was measured, and the container file's steps work."""

import asyncio
import contextlib
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import psutil
import pytest
import requests
import yaml
from helpers import NOTEBOOKS, PATIENCE, ROOT, cells_of, free_ports, tags, wait_until
from jupyterhub.auth import Authenticator
from jupyterhub.utils import maybe_future
from packaging.requirements import Requirement
from traitlets.config import Config

from course_utils.assets.fetch import mirror_location

if sys.platform == "win32":
    pytest.skip("the image's steps are for a shell that Windows lacks", allow_module_level=True)

DEPLOY = ROOT / "deploy"
CONTAINERFILE = (DEPLOY / "Containerfile").read_text(encoding="utf-8")
STEPS = [line.split(maxsplit=1) for line in CONTAINERFILE.splitlines() if line and not line.startswith("#")]
README = (DEPLOY / "README.md").read_text(encoding="utf-8")
UNITS = {"M": 1e6, "G": 1e9}
NO_INDEX = re.compile("package index|Failed to fetch|Could not connect|dns error|No solution found", re.IGNORECASE)


def settings_for_one_machine(students: tuple[str, ...] = ("ada",)) -> Config:
    """As the hub reads a file of jupyterhub_config.d: by itself, and then into what it has."""
    config, own, path = Config(), Config(), DEPLOY / "littlest_jupyterhub.py"
    if students:
        config.Authenticator.allowed_users = set(students)
    exec(compile(path.read_text(encoding="utf-8"), path, "exec"), {"get_config": lambda: own})
    config.merge(own)
    return config


def chart() -> dict:
    return yaml.safe_load((DEPLOY / "zero-to-jupyterhub.yaml").read_text(encoding="utf-8"))


def kubernetes() -> dict:
    return chart()["singleuser"]


def mine() -> dict:
    """The example of a file of one's own in README.md."""
    (text,) = re.findall(r"```yaml\n(.*?)```", README, re.DOTALL)
    return yaml.safe_load(text)


def merged(below: dict, above: dict) -> dict:
    """As the chart merges files of values: a list replaces a list."""
    both = {name: merged(below[name], above[name]) for name in below.keys() & above.keys() if type(below[name]) is dict}
    return below | above | both


def amount(words: str) -> float:
    """A number of bytes, as in 1.5G."""
    return float(words[:-1]) * UNITS[words[-1]]


def measured() -> dict[str, float]:
    """The first number of each row in the tables of README.md, in MB."""
    return {name: float(number) for name, number in re.findall(r"^\| ([^|]+) \| (\d+) \|", README, re.MULTILINE)}


def test_settings_agree():
    one, many = settings_for_one_machine(), kubernetes()
    for spawner in (one.Spawner, one.SystemdSpawner):
        assert (spawner.mem_limit, spawner.cpu_limit) == (many["memory"]["limit"], many["cpu"]["limit"])
    assert one.Spawner.cmd == many["cmd"]
    assert one.Spawner.default_url == many["defaultUrl"]
    assert one.Spawner.environment == many["extraEnv"]
    assert dict(STEPS)["ENV"] == "COURSE_MIRROR=" + many["extraEnv"]["COURSE_MIRROR"]
    assert (ROOT / "notebooks" / Path(many["defaultUrl"]).name).exists()


def test_limits_lie_above_what_was_measured():
    memory, table = kubernetes()["memory"], measured()
    kernels = {name: peak for name, peak in table.items() if name.startswith("kernel of ")}
    assert {name[-2:] for name in kernels} == {path.name[:2] for path in NOTEBOOKS}
    server = max(table["server, idle"], table["each of the three"])
    two = sum(sorted(kernels.values())[-2:])  # the two hungriest notebooks, both open
    assert (server + two) * 1e6 < amount(memory["limit"])
    assert (server + kernels["kernel of 05"]) * 1e6 < amount(memory["guarantee"])
    for number in memory.values():
        assert f"{number[:-1]} GB" in README


def test_files_that_the_readme_names_exist():
    for target in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (DEPLOY / target).exists(), target
    for target in re.findall(r"deploy/[\w.-]+", README):
        assert (ROOT / target).exists(), target


# What must not be an open door

OPEN = re.compile(
    r"dummy|allow_all\W+true|(open_sessions|open_signup|create_users|allow_unauthenticated_access|disable_check_xsrf|"
    r"allow_remote_access|allow_any_group)\W+true|allow_origin|(token|password)=(['\"\s,]|$)",
    re.IGNORECASE | re.MULTILINE,
)


@pytest.mark.parametrize(
    "path", sorted(path for path in DEPLOY.iterdir() if path.is_file()), ids=lambda path: path.name
)
def test_no_file_for_a_hub_opens_a_door(path):
    assert not OPEN.search(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "line",
    [
        "authenticator_class: dummy",
        "c.Authenticator.allow_all = True",
        "--IdentityProvider.token=",
        "open_signup: true",
    ],
)
def test_an_open_door_would_be_seen(line):
    assert OPEN.search(line)


def test_each_hub_names_its_login():
    classes = {settings_for_one_machine().JupyterHub.authenticator_class, "github"}
    assert classes == {"oauthenticator.github.GitHubOAuthenticator", "github"}
    for values in (chart(), merged(chart(), mine())):
        assert values["hub"]["config"]["JupyterHub"]["authenticator_class"] == "github"
        assert values["hub"]["config"]["Authenticator"]["allow_all"] is False
    assert settings_for_one_machine().Authenticator.allow_all is False


@pytest.mark.parametrize("students, may", [((), False), (("ada",), True)])
def test_only_those_who_are_named_may_log_in(students, may):
    """Without a list, nobody: the settings stand in a file of their own, which can't see whom others name."""
    authenticator = Authenticator(config=Config({"Authenticator": settings_for_one_machine(students).Authenticator}))

    async def check(name):
        return await maybe_future(authenticator.check_allowed(name, {}))

    assert bool(asyncio.run(check("ada"))) == may and not asyncio.run(check("eve"))


def test_secrets_are_asked_for():
    """None is written, and where there is none the hub does not start: the cluster lacks what it names."""
    held = merged(chart(), mine())["hub"]["extraEnv"]
    assert set(held) == {"GITHUB_CLIENT_ID", "GITHUB_CLIENT_SECRET"}
    for value in held.values():
        assert set(value) == {"valueFrom"} and not value["valueFrom"]["secretKeyRef"].get("optional")
    assert "client_secret" not in repr(merged(chart(), mine())).lower().replace("github_client_secret", "")
    commands = [line for line in README.splitlines() if re.search("client.secret ", line)]
    assert commands and all("systemd-ask-password" in line or "read -rsp" in line for line in commands)


def names_of_the_chart(values: dict) -> Config:
    return Config(values["hub"]["config"]["Authenticator"])


def names_of_one_machine() -> Config:
    """What tljh-config is told in README.md."""
    names = {kind: set(re.findall(rf"add-item users\.{kind} '(.*)'", README)) for kind in ("admin", "allowed")}
    config = settings_for_one_machine(names["allowed"])
    config.Authenticator.admin_users = names["admin"]
    return config.Authenticator


LEFT_TO_FILL_IN = {"chart": chart, "mine": lambda: merged(chart(), mine()), "tljh": names_of_one_machine}


@pytest.mark.parametrize("place", LEFT_TO_FILL_IN)
def test_names_that_are_left_to_fill_in_are_refused(place):
    found = LEFT_TO_FILL_IN[place]()
    found = names_of_the_chart(found) if "hub" in found else found
    authenticator = Authenticator(config=Config({"Authenticator": found}))
    assert authenticator.admin_users and authenticator.allowed_users and authenticator.validate_username("Ada-1")
    for name in authenticator.admin_users | authenticator.allowed_users:
        assert not authenticator.validate_username(name.lower()), name


SETTINGS = """
c.JupyterHub.authenticator_class = "null"
c.JupyterHub.db_url = "sqlite://"
c.JupyterHub.bind_url = "http://127.0.0.1:{0}"
c.JupyterHub.hub_bind_url = "http://127.0.0.1:{1}"
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{2}"
c.ConfigurableHTTPProxy.command = ["there is no such proxy"]
c.Authenticator.update({3!r})
"""


@pytest.mark.hub
@pytest.mark.parametrize("fill", [False, True], ids=["verbatim", "filled"])
def test_a_real_hub_does_not_start_with_them(tmp_path, fill):
    """With names that are filled in, it goes on, to start a proxy that is not there."""
    names = dict(names_of_the_chart(merged(chart(), mine())))
    if fill:
        names |= {"admin_users": ["ada"], "allowed_users": ["bob"]}
    config = tmp_path / "jupyterhub_config.py"
    config.write_text(SETTINGS.format(*free_ports(3), names))
    words = [sys.executable, "-m", "jupyterhub", "--config", str(config)]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode
    assert ("there is no such proxy" in done.stderr) == fill, done.stderr[-2000:]
    assert bool(re.search("username '<.*>' is not valid", done.stderr)) != fill, done.stderr[-2000:]


def test_nothing_is_published_beyond_this_machine():
    for text in (README, CONTAINERFILE):
        published = re.findall(r"--publish[ =](\S+)", text)
        assert published and all(address.startswith("127.0.0.1:") for address in published)
        assert "--network" not in text
    assert [line for line in README.splitlines() + CONTAINERFILE.splitlines() if "0.0.0.0" in line] == [
        "CMD " + dict(STEPS)["CMD"]  # all of the container's own addresses, of which none is this machine's
    ]


# The image


def test_the_image_runs_as_nobody_special():
    kinds = [kind for kind, _ in STEPS]
    assert dict(STEPS)["USER"] == "1000" and "RUN" not in kinds[kinds.index("USER") :]


def test_base_image_is_named_exactly_and_has_a_python_that_fits():
    image = dict(STEPS)["FROM"]
    version = re.search(r"/python:(\d+\.\d+\.\d+)-slim-\w+", image)[1]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert Requirement("python" + project["requires-python"]).specifier.contains(version)


def of_the_image(test):
    """Building it takes minutes, and packages."""
    return pytest.mark.hub(pytest.mark.network(test))


class Image:
    """A folder that stands for the image's file system. What the container file names there is found in it."""

    def __init__(self, root: Path):
        self.root, self.workdir, self.variables = root, root, {}
        # the image's own Python: not the one of the environment that runs this test
        programs = [str(Path(sys.base_prefix, "bin")), "/usr/local/bin", "/usr/bin", "/bin"]
        programs += [str(ROOT / ".venv-uv" / "bin")] if (ROOT / ".venv-uv").is_dir() else []
        self.outside = {"PATH": os.pathsep.join(programs), "HOME": str(root / "root"), "LANG": "C.UTF-8"}
        for name, value in os.environ.items():  # how this machine reaches an index of packages
            if name.startswith(("PIP_", "UV_", "COURSE_", "PYTHONPATH", "SSL_", "http", "HTTP", "no_", "NO_")):
                self.outside[name] = value
        self.outside.setdefault("UV_CACHE_DIR", os.path.expanduser("~/.cache/uv"))
        if mirror_location():
            self.outside["COURSE_MIRROR"] = str(mirror_location())

    def inside(self, words: str) -> str:
        return re.sub(r"(?<![\w./])/(?=(opt|srv|home)/)", f"{self.root}/", words)

    def environment(self) -> dict[str, str]:
        return self.outside | self.variables

    def run(self, words: str) -> None:
        done = subprocess.run(
            ["sh", "-c", self.inside(words)], cwd=self.workdir, env=self.environment(), capture_output=True, text=True
        )
        said = done.stdout + done.stderr
        if done.returncode and NO_INDEX.search(said):
            pytest.skip(f"the packages can't be had here: {said.strip()[-300:]}")
        assert done.returncode == 0, f"{words}\n{said[-3000:]}"

    def copy(self, words: str) -> None:
        source, target = words.split()
        lines = (DEPLOY / "Containerfile.dockerignore").read_text(encoding="utf-8").splitlines()
        left_out = shutil.ignore_patterns(*(line.removeprefix("**/") for line in lines))
        shutil.copytree(ROOT / source, self.inside(target), ignore=left_out)


@pytest.fixture(scope="module")
def image(tmp_path_factory):
    """The image, built; but for the steps that need a system of its own."""
    image = Image(tmp_path_factory.mktemp("image"))
    for kind, words in STEPS:
        if kind == "COPY":
            image.copy(words)
        elif kind == "RUN" and words.startswith("useradd "):
            assert "--create-home --uid 1000 jovyan" in words
            (image.root / "home" / "jovyan").mkdir(parents=True)
        elif kind == "RUN":
            image.run(words)
        elif kind == "WORKDIR":
            image.workdir = Path(image.inside(words))
        elif kind == "ENV":
            name, value = words.split("=", 1)
            image.variables[name] = image.inside(value)
        elif kind == "USER":
            image.variables["HOME"] = str(image.root / "home" / "jovyan")
        else:
            assert kind in ("FROM", "EXPOSE", "CMD"), kind
    yield image
    shutil.rmtree(image.root)


@of_the_image
def test_the_image_holds_the_course_and_the_student_edition(image):
    for path in NOTEBOOKS:
        cells = cells_of(image.root / "opt" / "student" / "notebooks" / path.name)
        assert not any("solution" in tags(cell) for cell in cells), path.name
    assert (image.root / "opt" / "course" / ".venv" / "bin" / "jupyterhub-singleuser").exists()
    assert (image.root / "srv" / "mirror").is_dir()
    assert not (image.root / "opt" / "course" / ".git").exists()


@of_the_image
def test_the_container_serves_the_first_notebook(image):
    (port,) = free_ports()
    words = yaml.safe_load(image.inside(dict(STEPS)["CMD"].replace("0.0.0.0", "127.0.0.1")))
    mine = [*words, f"--port={port}", "--IdentityProvider.token=here"]
    mine += ["--allow-root"] if os.geteuid() == 0 else []
    log = image.root / "log"
    with open(log, "w") as file:
        process = psutil.Popen(mine, cwd=image.workdir, env=image.environment(), stdout=file, stderr=file)
    try:
        status = f"http://127.0.0.1:{port}/api/status?token=here"
        answer = wait_until(lambda: requests.get(status, timeout=PATIENCE), process, log)
        assert answer.json()["kernels"] == 0
        notebook = "course/notebooks/00_start_here.ipynb"
        assert shlex.join(words).endswith(notebook)
        answer = requests.get(f"http://127.0.0.1:{port}/api/contents/{notebook}?token=here", timeout=PATIENCE)
        assert answer.json()["writable"]
    finally:
        with contextlib.suppress(psutil.NoSuchProcess):
            for one in [*process.children(recursive=True), process]:
                one.kill()
        process.wait()


@of_the_image
def test_students_keep_their_work(image):
    """At the next start, what is there stays, and what is missing comes back."""
    home = image.root / "home" / "jovyan"
    notebooks = home / "course" / "notebooks"
    words = [
        image.root / "opt/course/.venv/bin/python",
        image.root / "opt/course/deploy/start.py",
        "jupyter",
        "--version",
    ]
    changed, deleted = notebooks / "01_load_mobilenet.ipynb", notebooks / "02_predict_imagenet_labels.ipynb"
    for _ in range(2):
        subprocess.run(words, check=True, env=image.environment(), capture_output=True)
        if changed.read_text(encoding="utf-8") != "mine":
            changed.write_text("mine", encoding="utf-8")
            deleted.unlink()
    assert changed.read_text(encoding="utf-8") == "mine"
    assert deleted.exists()
    assert (home / "course" / "data" / "story.svg").exists()
    assert not (home / "course" / "course_utils").exists()
