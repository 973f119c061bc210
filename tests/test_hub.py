"""A class of three on a real JupyterHub: each trains on colors, none sees another's files.

``pytest -s tests/test_hub.py`` prints what was measured.
"""

import hashlib
import json
import os
import re
import runpy
import shlex
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
import psutil
import pytest
import requests
import websocket
import yaml
from helpers import PATIENCE, ROOT, cells_of, free_ports, tags, wait_until

from course_utils.assets.fetch import copy_all

pytestmark = pytest.mark.hub
if sys.platform != "linux":
    pytest.skip("the hub runs on Linux", allow_module_level=True)

PROXY = "configurable-http-proxy@5.3.0"
STUDENTS = {"ada": 30001, "bob": 30002, "cleo": 30003}  # and the uid of each, where the hub may choose
SOLVED = {"ada": 3, "bob": 1, "cleo": 0}  # of the three exercises of notebook 05
PASSWORD = uuid.uuid4().hex
NOTEBOOK = "course/notebooks/05_train_on_colors.ipynb"
MEASURE = runpy.run_path(str(ROOT / "deploy" / "measure.py"))
KUBERNETES = yaml.safe_load((ROOT / "deploy" / "zero-to-jupyterhub.yaml").read_text(encoding="utf-8"))
GUARANTEE = float(KUBERNETES["singleuser"]["memory"]["guarantee"].removesuffix("G")) * 1e9  # per student

SETTINGS = """
import os

from jupyterhub.auth import DummyAuthenticator
from jupyterhub.spawner import SimpleLocalProcessSpawner

load_subconfig({settings!r})  # as The Littlest JupyterHub does: they see nothing of what was set before
c.Authenticator.allowed_users = {students!r}

class OneUidEach(SimpleLocalProcessSpawner):
    async def start(self):
        self.port = {student_ports!r}[self.user.name]  # ports picked one by one may be the same
        return await super().start()

    def make_preexec_fn(self, name):
        home, uid = self.home_dir, {uids!r}.get(name)

        def become():
            os.umask(0o077)
            if uid:
                os.setgroups([])
                os.setgid(uid)
                os.setuid(uid)
            os.chdir(home)

        return become

c.JupyterHub.spawner_class = OneUidEach
c.SimpleLocalProcessSpawner.home_dir_template = {homes!r} + "/{{username}}"
c.Spawner.cmd = {command!r}
c.Spawner.args = {args!r}
c.Spawner.environment |= {environment!r}
c.Spawner.start_timeout = c.Spawner.http_timeout = {patience}
c.LocalProcessSpawner.interrupt_timeout = c.LocalProcessSpawner.term_timeout = 60

class TwoPasswords(DummyAuthenticator):
    async def authenticate(self, handler, data):
        return data["username"] if data["password"] == {password!r} + data["username"] else None

c.JupyterHub.authenticator_class = TwoPasswords
c.Authenticator.admin_users = {{"instructor"}}

c.JupyterHub.bind_url = "http://127.0.0.1:{ports[0]}"
c.JupyterHub.hub_bind_url = "http://127.0.0.1:{ports[1]}"
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{ports[2]}"
c.ConfigurableHTTPProxy.should_start = False  # the hub would wait 10 seconds for it, which a busy machine may need
c.JupyterHub.cleanup_servers = True
c.JupyterHub.log_level = "WARN"
"""


# Start and end the hub


@pytest.fixture(scope="module")
def proxy(tmp_path_factory) -> list[str]:
    """The command of the hub's proxy: the one on this machine, or one from npm."""
    if found := shutil.which("configurable-http-proxy"):
        return [found]
    node, npm = shutil.which("node"), shutil.which("npm")
    if not (node and npm):
        pytest.skip("the hub's proxy needs Node.js and npm")
    folder = tmp_path_factory.mktemp("proxy")
    options = ["--no-save", "--no-audit", "--no-fund", "--prefer-offline", "--prefix", str(folder)]
    done = subprocess.run([npm, "install", *options, PROXY], capture_output=True, text=True, timeout=PATIENCE)
    if done.returncode:
        pytest.skip(f"{PROXY} can't be had from npm: {done.stderr.strip()[-200:]}")
    return [node, str(folder / "node_modules" / "configurable-http-proxy" / "bin" / "configurable-http-proxy")]


def in_sight(folders: list[Path], stage: Path) -> list[str]:
    """Words that start a command so that everybody can reach these folders, while it runs and for it alone.

    Where a folder lies below one that only its owner may enter, such as /root, the command sees an empty folder
    in its place, with nothing in it but the folders asked for.
    """
    closed = {}
    for folder in sorted(map(Path.resolve, folders)):
        above = [parent for parent in reversed(folder.parents) if not parent.stat().st_mode & 0o001]
        if above:
            closed[folder] = above[0]
    if not closed:
        return []
    stage.mkdir()
    lines = ["umask 022", f"mount -t tmpfs none {shlex.quote(str(stage))}"]
    for number, folder in enumerate(closed):
        place = shlex.quote(str(stage / str(number)))
        lines += [f"mkdir {place}", f"mount --bind {shlex.quote(str(folder))} {place}"]
    lines += [f"mount -t tmpfs -o mode=755 none {shlex.quote(str(cover))}" for cover in sorted(set(closed.values()))]
    for number, folder in enumerate(closed):
        place, name = shlex.quote(str(stage / str(number))), shlex.quote(str(folder))
        lines += [f"mkdir -p {name}", f"mount --bind {place} {name}"]
    return ["unshare", "--mount", "sh", "-ec", "; ".join([*lines, 'exec "$@"']), "sh"]


def why_one_uid(start: list[str]) -> str | None:
    """Why the three students' servers can't run as three users of this machine, or None if they can."""
    if os.geteuid():
        return "only root can start processes of other users"
    drop = ["setpriv", "--reuid=30001", "--regid=30001", "--clear-groups", sys.executable]
    try:
        done = subprocess.run(
            [*start, *drop, "-c", "import course_utils.assets"], capture_output=True, text=True, cwd="/"
        )
    except OSError as error:
        return str(error)
    return f"other users can't run this Python: {done.stderr.strip()[-200:]}" if done.returncode else None


@pytest.fixture(scope="module")
def desk():
    """A folder that everybody may enter. At the end, whatever was started with it in its environment is ended."""
    folder = Path(tempfile.mkdtemp(prefix="course-hub-")).resolve()
    folder.chmod(0o755)
    yield folder
    end([process for process in psutil.process_iter() if str(folder) in environment_of(process).get("COURSE_DESK", "")])
    for path in [folder, *folder.rglob("*")]:
        if path.is_dir() and not path.is_symlink():
            path.chmod(0o755)
    shutil.rmtree(folder)


def environment_of(process: psutil.Process) -> dict[str, str]:
    try:
        return process.environ()
    except psutil.Error:
        return {}


def end(processes: list[psutil.Process]) -> None:
    for process in processes:
        try:
            process.kill()
        except psutil.NoSuchProcess:
            pass
    psutil.wait_procs(processes, timeout=PATIENCE)


@pytest.fixture(scope="module")
def hub(desk, proxy, practice):
    """A running hub: its address, its folders, and why its students are one user of this machine, if they are."""
    edition, mirror, homes, own = (desk / name for name in ("student", "mirror", "homes", "hub"))
    subprocess.run([sys.executable, "-m", "course_utils", "student", edition], check=True, stdout=subprocess.DEVNULL)
    mirror.mkdir()
    copy_all(mirror)
    for path in [*mirror.rglob("*"), mirror]:
        path.chmod(0o555 if path.is_dir() else 0o444)
    start = in_sight([Path(sys.base_prefix), Path(sys.prefix), ROOT, desk], desk / "stage")
    one_uid = why_one_uid(start)
    own.mkdir(mode=0o700)
    for name, uid in STUDENTS.items():
        (homes / name).mkdir(parents=True, mode=0o700)
        if not one_uid:
            os.chown(homes / name, uid, uid)
    ports = free_ports(3 + len(STUDENTS))
    (own / "jupyterhub_config.py").write_text(settings(desk, ports, {} if one_uid else STUDENTS))
    words = [*([] if one_uid else start), sys.executable, "-m", "jupyterhub"]
    variables = {**os.environ, "COURSE_DESK": str(desk), "CONFIGPROXY_AUTH_TOKEN": uuid.uuid4().hex}
    with open(own / "proxy.log", "w") as log:
        subprocess.Popen(
            [*proxy, *addresses_of(ports)], cwd=own, stdout=log, stderr=log, start_new_session=True, env=variables
        )
    with open(own / "log", "w") as log:
        process = subprocess.Popen(
            words, cwd=own, stdout=log, stderr=log, start_new_session=True, env=variables, umask=0o077
        )
    address = f"http://127.0.0.1:{ports[0]}"
    try:
        wait_until(lambda: requests.get(f"{address}/hub/api", timeout=PATIENCE).ok, process, own / "log")
        yield {"address": address, "desk": desk, "process": process, "one_uid": one_uid}
    finally:
        process.terminate()
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()


def addresses_of(ports: list[int]) -> list[str]:
    """What the proxy is told: where to listen, where the hub talks to it, and where the hub is."""
    here = ["--ip", "127.0.0.1", "--port", str(ports[0]), "--api-ip", "127.0.0.1", "--api-port", str(ports[2])]
    return [
        *here,
        "--default-target",
        f"http://127.0.0.1:{ports[1]}",
        "--error-target",
        f"http://127.0.0.1:{ports[1]}/hub/error",
    ]


def settings(desk: Path, ports: list[int], uids: dict[str, int]) -> str:
    """The course's settings for a hub, and what only this test needs."""
    environment = {"COURSE_DESK": desk, "COURSE_MIRROR": desk / "mirror", "COURSE_EDITION": desk / "student"}
    for name in ("PYTHONPATH", "COURSE_ASSETS"):
        environment |= {name: os.environ[name]} if os.environ.get(name) else {}
    return SETTINGS.format(
        settings=str(ROOT / "deploy" / "littlest_jupyterhub.py"),
        uids=uids,
        homes=str(desk / "homes"),
        command=[sys.executable, str(ROOT / "deploy" / "start.py"), "jupyterhub-singleuser"],
        args=[] if uids or os.geteuid() else ["--allow-root"],
        environment={name: str(value) for name, value in environment.items()},
        password=PASSWORD,
        students=set(STUDENTS),
        ports=ports,
        student_ports=dict(zip(STUDENTS, ports[3:], strict=True)),
        patience=PATIENCE,
    )


# What a browser does


class Person:
    """Someone who logs in with the hub's form and then works through its addresses."""

    def __init__(self, address: str, name: str):
        self.address, self.name = address, name
        self.session = requests.Session()
        form = self.session.get(f"{address}/hub/login", timeout=PATIENCE)
        fields = {
            "username": name,
            "password": PASSWORD + name,
            "_xsrf": re.search(r'_xsrf" value="([^"]+)', form.text)[1],
        }
        answer = self.session.post(f"{address}/hub/login?next=/hub/token", data=fields, timeout=PATIENCE)
        assert answer.url.endswith("/hub/token"), answer.url
        xsrf = re.search(r'xsrf_token: "([^"]+)', answer.text)[1]
        answer = self.session.post(
            f"{address}/hub/api/users/{name}/tokens",
            headers={"X-XSRFToken": xsrf, "Referer": answer.url},
            json={},
            timeout=PATIENCE,
        )
        self.token = answer.json()["token"]
        self.session = requests.Session()  # from here on the token says who it is
        self.session.headers["Authorization"] = f"token {self.token}"

    def ask(self, path: str, method: str = "GET", **options) -> requests.Response:
        return self.session.request(method, self.address + path, timeout=PATIENCE, **options)

    def start_server(self) -> None:
        assert self.ask(f"/hub/api/users/{self.name}/server", "POST").status_code in (201, 202)
        wait_until(lambda: self.ask(f"/hub/api/users/{self.name}").json()["server"])

    def open_notebook(self) -> None:
        """Start the kernel of the notebook, in its folder, as JupyterLab does."""
        wish = {"path": NOTEBOOK, "name": "05", "type": "notebook", "kernel": {"name": "python3"}}
        answer = self.ask(f"/user/{self.name}/api/sessions", "POST", json=wish)
        assert answer.status_code == 201, answer.text
        path = f"/user/{self.name}/api/kernels/{answer.json()['kernel']['id']}/channels"
        self.socket = websocket.create_connection(
            self.address.replace("http", "ws") + path, header=[f"Authorization: token {self.token}"], timeout=PATIENCE
        )

    def run(self, code: str) -> str:
        """Run code in the kernel and return what it prints. An error fails the test."""
        header = {
            "msg_id": uuid.uuid4().hex,
            "msg_type": "execute_request",
            "session": self.name,
            "username": self.name,
        }
        content = {"code": code, "silent": False, "allow_stdin": False, "stop_on_error": True}
        message = {"header": header, "parent_header": {}, "metadata": {}, "content": content, "channel": "shell"}
        self.socket.send(json.dumps(message))
        printed = ""
        while True:
            answer = json.loads(self.socket.recv())
            if answer["parent_header"].get("msg_id") != header["msg_id"] or answer["channel"] != "iopub":
                continue
            kind, content = answer["header"]["msg_type"], answer["content"]
            if kind == "stream" and content["name"] == "stdout":
                printed += content["text"]
            assert kind != "error", f"{self.name}: {content.get('ename')}: {content.get('evalue')}\n{code}"
            if kind == "status" and content["execution_state"] == "idle":
                return printed


# The lesson


FINGERPRINT = """
import hashlib
from course_utils import extract_features
paths = training.paths + validation.paths
kept = [hashlib.sha256(extract_features(paths, pretrained_model).tobytes()).hexdigest() for _ in range(2)]
print(*kept)
"""


def solutions() -> list[str]:
    cells = cells_of(ROOT / "notebooks" / Path(NOTEBOOK).name)
    return [cell.source for cell in cells if "solution" in tags(cell)]


def lesson(person: Person, solved: int) -> str:
    """Work through the student's own notebook, up to its last exercise, and solve so many of the exercises."""
    answer = person.ask(f"/user/{person.name}/api/contents/{NOTEBOOK}")
    cells = nbformat.from_dict(answer.json()["content"]).cells
    assert not any("solution" in tags(cell) for cell in cells)
    exercises = [number for number, cell in enumerate(cells) if "exercise" in tags(cell)]
    printed, answers = "", solutions()[:solved]
    for number, cell in enumerate(cells[: exercises[-1] + 1]):
        if cell.cell_type == "code":
            printed += person.run(cell.source)
        if number in exercises and answers:
            printed += person.run(answers.pop(0))
    return printed


@pytest.fixture(scope="module")
def three(hub):
    """Three students, logged in, each with a server."""
    with ThreadPoolExecutor(3) as pool:
        people = list(pool.map(lambda name: Person(hub["address"], name), STUDENTS))
        list(pool.map(Person.start_server, people))
    return people


@pytest.fixture(scope="module")
def worked(hub, three):
    """What the three saw, when each of them worked, and the memory that each needed."""
    mirror = hub["desk"] / "mirror"
    before = checksums(mirror)
    together = threading.Barrier(3, timeout=PATIENCE)
    watches = {person.name: MEASURE["Watch"](lambda name=person.name: processes_of(hub, name)) for person in three}

    def work(person: Person) -> dict:
        watch = watches[person.name]
        watch.sample()
        idle = watch.now
        watch.start()
        start = time.monotonic()
        person.open_notebook()
        together.wait()  # three kernels run at once
        printed = lesson(person, SOLVED[person.name])
        seconds = time.monotonic() - start
        watch.stop()
        kept = person.run(FINGERPRINT).split()
        return {"printed": printed, "seconds": seconds, "kept": kept, "idle": idle, "watch": watch}

    with ThreadPoolExecutor(3) as pool:
        results = dict(zip(STUDENTS, pool.map(work, three), strict=True))
    print("\n\n| student | MB idle | MB at the peak | CPU seconds | seconds |\n| --- | --- | --- | --- | --- |")
    for name, one in results.items():
        numbers = one["idle"] / 1e6, one["watch"].peak / 1e6, one["watch"].cpu, one["seconds"]
        print(f"| {name} | " + " | ".join(f"{number:.0f}" for number in numbers) + " |")
    return {"results": results, "before": before, "after": checksums(mirror)}


def processes_of(hub: dict, name: str) -> list[psutil.Process]:
    below = MEASURE["with_children"](hub["process"].pid)
    return [process for process in below if environment_of(process).get("JUPYTERHUB_USER") == name]


def checksums(folder: Path) -> dict[str, str]:
    return {
        str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.rglob("*")) if path.is_file()
    }


def test_three_students_train_on_colors_at_once(worked):
    results = worked["results"].values()
    for result in results:
        answers = re.findall(r"expected (\w+), predicted (\w+)", result["printed"])
        assert [expected for expected, _ in answers] == ["blue", "red"]
        assert all(expected == predicted for expected, predicted in answers)


def test_each_gets_by_with_the_memory_that_it_is_promised(worked):
    for result in worked["results"].values():
        assert 0 < result["idle"] < result["watch"].peak < GUARANTEE


def test_no_student_reaches_another_server(hub, three):
    for person in three:
        for other in STUDENTS:
            paths = [
                f"/user/{other}/api/contents/{NOTEBOOK}",
                f"/user/{other}/files/{NOTEBOOK}",
                f"/user/{other}/api/kernels",
            ]
            for path in paths:
                answer = person.ask(path)
                assert answer.status_code == (200 if other == person.name else 403), answer.text
            if other != person.name:
                assert person.ask(f"/hub/api/users/{other}/server", "DELETE").status_code in (403, 404)
        away = f"/user/{person.name}/api/contents/..%2F{'bob' if person.name != 'bob' else 'ada'}"
        assert person.ask(away).status_code in (400, 403, 404)


PRY = """
import os
from pathlib import Path

def works(action):
    try:
        action()
    except PermissionError:
        return False
    return True

home = Path({home!r})
print(works((home / {notebook!r}).read_bytes), works((home / "course-progress.jsonl").read_bytes),
      works(lambda: os.listdir(home)), works((home / "new").touch))
"""


def test_no_student_opens_the_files_of_another(hub, three, worked):
    if hub["one_uid"]:
        pytest.skip(f"the three students are one user of this machine: {hub['one_uid']}")
    for person in three:
        for other in STUDENTS:
            words = person.run(PRY.format(home=str(hub["desk"] / "homes" / other), notebook=NOTEBOOK)).split()
            assert words == [str(other == person.name)] * 4, f"{person.name} in the home of {other}"
        for name in ("jupyterhub_config.py", "jupyterhub.sqlite", "log"):
            path = str(hub["desk"] / "hub" / name)
            assert person.run(f"import os\nprint(os.access({path!r}, os.R_OK))") == "False\n", path


def test_assets_are_shared_and_stay_as_they_are(hub, three, worked):
    assert worked["before"] == worked["after"]
    mirror = str(hub["desk"] / "mirror")
    for person in three:
        used = person.run("from course_utils.assets.fetch import mirror_location\nprint(mirror_location())")
        assert used.strip() == mirror
        if not hub["one_uid"]:
            assert person.run(f"import os\nprint(os.access({mirror!r}, os.W_OK))") == "False\n"


def test_caches_are_not_corrupted(worked):
    kept = {checksum for result in worked["results"].values() for checksum in result["kept"]}
    assert all(len(result["kept"]) == 2 for result in worked["results"].values())
    assert len(kept) == 1, "each student's features, computed and then from the cache, are the same"


def test_the_instructor_sees_the_class(hub, worked):
    instructor = Person(hub["address"], "instructor")
    command = [sys.executable, ROOT / "deploy" / "class_progress.py", hub["address"], hub["desk"] / "seen"]
    environment = {**os.environ, "JUPYTERHUB_API_TOKEN": instructor.token}
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    print(done.stdout)
    assert done.returncode == 0, done.stderr
    for name, solved in SOLVED.items():
        row = next(line for line in done.stdout.splitlines() if line.startswith(name))
        assert f" {solved}/3 " in row, row


def test_a_student_is_no_instructor(three):
    assert three[0].ask("/hub/api/users").status_code == 403
