"""The class mirror: gathered, served or on a stick, a course is set up from it alone, and damage is told."""

import contextlib
import hashlib
import html
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
import zipfile
from pathlib import Path

import psutil
import pytest
from helpers import PATIENCE, ROOT, SOON, wait_for_answer

from course_utils.assets import fetch as assets
from course_utils.classroom import mirror, serve, wheels as packages
from course_utils.installers import read_lock

# what `assets` needs: the set-up is the real one, with fewer packages
FEW = (
    "certifi charset-normalizer idna lazy-loader packaging platformdirs pooch requests setuptools tqdm urllib3".split()
)


@pytest.fixture(scope="module")
def gathered(tmp_path_factory, practice):
    folder = tmp_path_factory.mktemp("class") / "mirror"
    missing = mirror.gather(folder)
    assert set(missing) == {name for name in assets.registry() if not assets.find_local(name)}
    return folder


@pytest.fixture
def room(gathered, tmp_path):
    """A mirror without packages."""
    return shutil.copytree(gathered, tmp_path / "mirror")


@pytest.fixture(scope="module")
def wheels(tmp_path_factory):
    """The few packages, downloaded as an instructor does."""
    folder = tmp_path_factory.mktemp("wheels")
    pins = read_lock((ROOT / "requirements.txt").read_text(encoding="utf-8"))
    lock = folder / "lock.txt"
    lock.write_text(written({pin: hashes for pin, hashes in pins.items() if pin.partition("==")[0] in FEW}))
    here = {"linux": "linux", "darwin": "mac", "win32": "windows"}[sys.platform]
    try:
        packages.gather_wheels(folder, [here], [f"3.{sys.version_info.minor}"], lock)
    except RuntimeError as error:
        pytest.skip(f"needs a Python package index: {str(error).splitlines()[-1]}")
    return folder


def written(pins):
    """A lock, as `uv pip compile` writes it."""
    return "".join(" \\\n    --hash=".join([pin, *hashes]) + "\n    # via something\n" for pin, hashes in pins.items())


@pytest.fixture
def stick(room, wheels):
    return stock(room, wheels)


def stock(room, wheels):
    """Make it a mirror with the few packages, and a course that needs no more."""
    (room / "wheels").mkdir()
    for path in (wheels / "wheels").iterdir():
        os.link(path, room / "wheels" / path.name)
    with zipfile.ZipFile(room / "course.zip") as whole, zipfile.ZipFile(room / "small.zip", "w") as small:
        for member in whole.infolist():
            lock = member.filename.endswith("/requirements.txt")
            small.writestr(member, (wheels / "lock.txt").read_bytes() if lock else whole.read(member))
    (room / "small.zip").replace(room / "course.zip")
    mirror.write_start(room)
    return room


@pytest.fixture(scope="module")
def uv(wheels, tmp_path_factory):
    """A folder with the installer, for a laptop that has it: setting it up takes seconds."""
    folder = tmp_path_factory.mktemp("uv")
    (wheel,) = (wheels / "wheels").glob("uv-*.whl")
    with zipfile.ZipFile(wheel) as file:
        for member in file.infolist():
            if Path(member.filename).stem == "uv":
                member.filename = Path(member.filename).name
                Path(file.extract(member, folder)).chmod(0o755)
    return folder


def laptop(home, *words, uv=None):
    """Type words on a laptop that reaches no package index and has nothing of the course, but maybe the installer."""
    home.mkdir(exist_ok=True)
    keep = ("PATH", "SYSTEMROOT", "PYTHONPATH", "TEMP", "LANG")
    settings = {name: os.environ[name] for name in keep if name in os.environ}
    settings |= {"HOME": str(home), "USERPROFILE": str(home), "COURSE_CACHE": str(home / "cache")}
    settings |= {"PIP_INDEX_URL": "http://127.0.0.1:9/", "UV_DEFAULT_INDEX": "http://127.0.0.1:9/"}
    settings["PATH"] = os.pathsep.join(
        folder for folder in settings["PATH"].split(os.pathsep) if not any(Path(folder).glob("uv*"))
    )
    settings["PATH"] = os.pathsep.join([*([str(uv)] if uv else []), settings["PATH"]])
    return subprocess.run(words, env=settings, cwd=home, capture_output=True, text=True)


@pytest.fixture(scope="module")
def served(server):
    """The line that the command prints which offers the mirror on the network."""
    return server.line


@pytest.fixture(scope="module")
def server(gathered, wheels, tmp_path_factory):
    """The process that offers the mirror, with the line that it prints."""
    stick = stock(shutil.copytree(gathered, tmp_path_factory.mktemp("served") / "mirror"), wheels)
    command = [sys.executable, "-u", "-m", "course_utils", "mirror", stick, "--serve", "--host", "127.0.0.1"]
    settings = {**os.environ, "COURSE_MIRROR": str(stick)}
    server = psutil.Popen([*command, "--port", "0"], stdout=subprocess.PIPE, text=True, env=settings)
    try:
        content = (stick / "course.zip").read_bytes()
        line = next(line for line in server.stdout if line.startswith("  python -c "))
        (stick / "course.zip").write_bytes(content)  # the command has written the whole course anew
        mirror.write_start(stick)
        server.address = re.search("m='(.*?)'", line)[1]
        line = mirror.line_for(server.address, mirror.fingerprint_of(stick))
        server.line = re.fullmatch(r'python -c "(.*)"', line)[1]
        yield server
    finally:
        server.terminate()
        server.wait()
        server.stdout.close()


def check_set_up(done, home, lacks=()):
    """All that the mirror had is kept on the laptop, and what it lacks is told."""
    assert done.returncode == 0, done.stdout + done.stderr
    assert "The packages come from the class mirror" in done.stdout
    course = home / "transfer-learning-course"
    assert (course / ".venv" / "course-setup").exists()
    had = {name for name in assets.registry() if assets.find_local(name)} - {*lacks}
    assert {name for name in assets.registry() if (home / "cache" / name).exists()} == had
    told = "It lacks some weights or photos, or they are damaged" in done.stdout
    assert told == (len(had) < len(assets.registry()))


@pytest.mark.hub
@pytest.mark.network
def test_set_up_from_the_network(served, tmp_path):
    done = laptop(tmp_path / "home", sys.executable, "-c", served, "setup")
    check_set_up(done, tmp_path / "home")
    again = laptop(tmp_path / "home", sys.executable, "-c", served, "setup")
    assert again.returncode == 0 and "Setting up" not in again.stdout and "It was there before" not in again.stdout
    (tmp_path / "home" / "transfer-learning-course" / ".from-mirror").write_text("an earlier one")
    again = laptop(tmp_path / "home", sys.executable, "-c", served, "setup")
    assert again.returncode == 0 and "It was there before, and is not the mirror's version" in again.stdout


@pytest.mark.hub
@pytest.mark.network
def test_set_up_from_a_stick_with_a_damaged_photo(stick, uv, tmp_path):
    damaged = "dataset-tutorial/data/pretrained-model-data/drum.jpg"
    (stick / damaged).parent.mkdir(parents=True, exist_ok=True)
    (stick / damaged).write_bytes(b"not any more")
    done = laptop(tmp_path / "home", sys.executable, stick / "start.py", "setup", uv=uv)
    check_set_up(done, tmp_path / "home", lacks=[damaged])


@pytest.mark.hub
@pytest.mark.network
def test_a_bad_stick_says_so(stick, uv, tmp_path):
    def damage(path):
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.unlink()  # it is a link to the good one
        path.write_bytes(content)

    wheel = next((stick / "wheels").glob("tqdm-*.whl"))
    content = wheel.read_bytes()
    wheel.unlink()
    wheel.write_bytes(content)
    with zipfile.ZipFile(wheel, "a") as file:  # sound in itself, but not what the instructor downloaded
        file.writestr("tqdm/more.py", "")
    done = laptop(tmp_path / "home", sys.executable, stick / "start.py", "setup", uv=uv)
    assert done.returncode and "Hash mismatch for `tqdm" in done.stderr and "copy the class mirror anew" in done.stdout
    damage(wheel)
    done = laptop(tmp_path / "home", sys.executable, stick / "start.py", "setup", uv=uv)
    assert done.returncode and "`tqdm==" in done.stderr and "copy the class mirror anew" in done.stdout
    assert not (tmp_path / "home" / "transfer-learning-course" / ".venv" / "course-setup").exists()
    damage(next(path for path in stick.rglob("*.whl") if path.name.startswith("uv-")))
    done = laptop(tmp_path / "third", sys.executable, stick / "start.py", "setup")
    assert done.returncode and "The installer uv could not be set up" in done.stderr
    damage(stick / "course.zip")
    done = laptop(tmp_path / "other", sys.executable, stick / "start.py", "setup")
    assert done.returncode and "course.zip arrived damaged" in done.stderr
    assert not [path for path in (tmp_path / "other").iterdir() if path.name != "cache"]


def test_what_is_gathered(room):
    checksum = re.search("CHECKSUM = '(.*)'", (room / "start.py").read_text(encoding="utf-8"))[1]
    assert hashlib.sha256((room / "course.zip").read_bytes()).hexdigest() == checksum
    with zipfile.ZipFile(room / "course.zip") as file:
        names = file.namelist()
        assert "solution" not in file.read("transfer-learning-course/notebooks/00_start_here.ipynb").decode().split('"')
    assert "transfer-learning-course/tools/course.py" in names and not any("/tests/" in name for name in names)
    held = [name for name in assets.registry() if (room / name).exists()]
    assert held == [name for name in assets.registry() if assets.find_local(name)]


def test_gathering_again_mends_what_is_damaged_and_leaves_the_rest(room, real_files):
    damaged, good = [room / name for name in assets.registry() if (room / name).exists()][:2]
    damaged.write_bytes(b"not any more")
    before = good.stat().st_mtime_ns
    mirror.gather(room)
    assert good.stat().st_mtime_ns == before
    assert assets.matches(damaged, assets.registry()[damaged.relative_to(room).as_posix()])


def test_a_place_that_cannot_be_had_is_told(room, tmp_path, monkeypatch):
    with pytest.raises(ValueError, match="inside the course's own folder"):
        mirror.gather(ROOT / "class")
    (tmp_path / "taken").write_text("")
    with pytest.raises(assets.AssetError, match="taken"):
        mirror.gather(tmp_path / "taken")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(OSError, match=f"port {port}.*--port"):
            serve.serve(room, "127.0.0.1", port)
    with pytest.raises(OSError, match="--port"):
        serve.serve(room, "127.0.0.1", 99_999)
    done = laptop(tmp_path / "home", sys.executable, "-c", f"m='http://127.0.0.1:9'; {start_of(room)}")
    assert done.returncode and "Check the network or the stick" in done.stderr and "Traceback" not in done.stderr


def start_of(room):
    return f"exec(open({str(room / 'start.py')!r}).read())"


@pytest.mark.hub
@pytest.mark.network
@pytest.mark.skipif(sys.platform == "win32", reason="there, a server that is held up has no queue")
def test_many_laptops_come_at_once(server, served):
    """More connections than a server takes by itself, all before the first is answered."""
    host, port = re.search("m='http://(.*?):(\\d+)'", served).groups()
    with contextlib.ExitStack() as stack:
        server.suspend()
        stack.callback(server.resume)
        crowd = [stack.enter_context(socket.create_connection((host, int(port)), timeout=60)) for _ in range(100)]
        server.resume()
        for one in crowd:
            one.settimeout(PATIENCE)
            one.sendall(b"GET /start.py HTTP/1.0\r\n\r\n")
        assert all(one.recv(12) == b"HTTP/1.1 200" for one in crowd)


# who means no good ----------------------------------------------------------------------------------------------------


@pytest.fixture
def small(tmp_path):
    """A mirror with a script of the test's own, a package, and what must not be offered."""
    folder = tmp_path / "small"
    (folder / "wheels").mkdir(parents=True)
    with zipfile.ZipFile(folder / "course.zip", "w") as file:
        file.writestr("transfer-learning-course/tools/course.py", TOOL)
    make_wheel(folder / "wheels", "plain-1")
    make_wheel(folder / "wheels", "unlisted-1")
    (folder / "wheels" / "requirements.txt").write_text("plain==1 --hash=sha256:0\n")
    (folder / "wheels" / "index.html").write_text("")
    mirror.write_start(folder)
    (folder / ".ssh").mkdir()
    (folder / ".ssh" / "key").write_text("secret")
    (folder / "notes.txt").write_text("secret")
    (tmp_path / "outside").write_text("secret")
    return folder


TOOL = 'print("the course opens")'


@contextlib.contextmanager
def offered(folder):
    """A server in this process."""
    server = serve._Server(("127.0.0.1", 0), folder)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


def send(server, request, seconds=SOON, is_all=False):
    """Everything that comes back until the server ends the connection, which is told if that is all."""
    with socket.create_connection(server.server_address, timeout=seconds) as connection:
        connection.sendall(request)
        if is_all:
            with contextlib.suppress(OSError):  # it has been ended already
                connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(1 << 16), b""))


def ask(server, path, *headers, method="GET"):
    """The status, the headers and the body of an answer."""
    words = "".join(f"{header}\r\n" for header in headers)
    answer = send(server, f"{method} {path} HTTP/1.1\r\n{words}Connection: close\r\n\r\n".encode("latin-1"))
    head, _, body = answer.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    return int(first.split()[1]), dict(line.split(": ", 1) for line in lines), body


def test_only_the_mirrors_own_files_are_offered(small, tmp_path, capsys):
    weights = small / "mobilenet_v1_0.25_224" / "model.json"
    weights.parent.mkdir()
    if hasattr(os, "mkfifo"):
        weights.symlink_to(tmp_path / "outside")
        (weights.parent / "group1-shard1of1").symlink_to("/dev/zero")
        os.mkfifo(weights.parent / "group2-shard1of1")
    refused = [
        *(
            "/.ssh/key",
            "/.ssh/",
            "/notes.txt",
            "/wheels",
            "/mobilenet_v1_0.25_224/",
            "/wheels/unlisted-1-py3-none-any.whl",
        ),
        *("/../outside", "/%2e%2e/outside", "/..%2foutside", "/..%5coutside", "/wheels/../notes.txt", "//notes.txt"),
        *("/%252e%252e/outside", "/wheels/%2e%2e/notes.txt", "/notes.txt%00.html", f"/{small}/notes.txt", "notes.txt"),
        *(f"/mobilenet_v1_0.25_224/{name}" for name in ("model.json", "group1-shard1of1", "group2-shard1of1")),
        *("http://127.0.0.1/notes.txt", "/\xff\xfe", "/wheels/.", "/course.zip/", "/START.PY/../notes.txt"),
    ]
    with offered(small) as server:
        for path in refused:
            status, _, body = ask(server, path)
            assert status in (400, 404) and b"secret" not in body, path
        for path in (
            "/",
            "/start.py",
            "/course.zip",
            "/wheels/",
            "/wheels/plain-1-py3-none-any.whl",
            "/start.py?a=/..",
        ):
            assert ask(server, path)[0] == 200, path
        assert ask(server, "/wheels/plain%2D1-py3-none-any.whl")[2][:2] == b"PK"
    assert "asks for /.ssh/key, which is not in this mirror" in capsys.readouterr().out


def test_nothing_writes_on_the_instructors_terminal(small, capsys):
    with offered(small) as server:
        for request in (
            b"GET /\x1b[2J\x07\x9b HTTP/1.1\r\nConnection: close\r\n\r\n",
            b"\x1b[2J\r\n\r\n",
            b"GET / HTTP/\x1b9.9\r\n\r\n",
            b"\x1b[2J / HTTP/1.1\r\n\r\n",
            b"GET /start.py HTTP/1.1\r\n\x1b: \x1b\r\nRange: \x1b\r\nConnection: close\r\n\r\n",
            b"GET /" + b"x" * 70_000 + b" HTTP/1.1\r\n\r\n",
            b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 20_000 + b"\r\n",
            b"POST /start.py HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n",
            b"\x16\x03\x01\x02\x00\x01\x00\n\n",
        ):
            with contextlib.suppress(ConnectionError):  # who sends too much is cut off
                send(server, request, is_all=True)
        assert ask(server, "/start.py")[0] == 200
    said = capsys.readouterr()
    lines = said.out.splitlines()
    assert not said.err and all(line.isprintable() and len(line) < 300 for line in lines)
    assert r"asks for /\x1b[2J\x07\x9b, which is not in this mirror" in said.out


def test_the_terminal_is_not_flooded(small, capsys, monkeypatch):
    monkeypatch.setattr(serve, "MOST_LINES", 5)
    with offered(small) as server:
        for number in range(20):
            ask(server, f"/{number % 10}")
    assert len(capsys.readouterr().out.splitlines()) == 6


def test_an_interrupted_download_goes_on(small):
    content = (small / "course.zip").read_bytes()
    size = len(content)
    with offered(small) as server:
        status, headers, body = ask(server, "/course.zip")
        assert (status, body) == (200, content) and headers["Accept-Ranges"] == "bytes"
        tag = headers["ETag"]
        for wish, part in {
            "5-": content[5:],
            "0-0": content[:1],
            "-7": content[-7:],
            f"3-{size * 9}": content[3:],
        }.items():
            status, headers, body = ask(server, "/course.zip", f"Range: bytes={wish}", f"If-Range: {tag}")
            start = size - len(part) if wish != "0-0" else 0
            assert (status, body) == (206, part)
            assert headers["Content-Range"] == f"bytes {start}-{start + len(part) - 1}/{size}"
        for wish in (f"{size}-", "-0", "9" * 25 + "-"):
            status, headers, body = ask(server, "/course.zip", f"Range: bytes={wish}")
            assert (status, body, headers["Content-Range"]) == (416, b"", f"bytes */{size}")
        for wish in ("bytes=5-3", "bytes=-", "bytes=1-2,4-5", "lines=1-2", "bytes=x-", "5"):
            assert ask(server, "/course.zip", f"Range: {wish}")[::2] == (200, content)
        assert ask(server, "/course.zip", "Range: bytes=5-", 'If-Range: "another"')[::2] == (200, content)
        assert ask(server, "/course.zip", "Range: bytes=5-", "If-Range: Wed, 21 Oct 2015 07:28:00 GMT")[0] == 200
        status, headers, body = ask(server, "/course.zip", method="HEAD")
        assert (status, body, headers["Content-Length"]) == (200, b"", str(size))
        assert ask(server, "/course.zip", f"If-None-Match: {tag}")[::2] == (304, b"")


def test_slow_clients_are_left_and_do_not_stop_others(small, monkeypatch):
    monkeypatch.setattr(serve, "REQUEST_SECONDS", 1)
    monkeypatch.setattr(serve, "PIECE_SECONDS", 1)
    monkeypatch.setattr(serve, "MOST_OF_ONE", 8)
    with open(small / "course.zip", "ab") as file:
        file.truncate(60_000_000)  # more than a connection holds
    with offered(small) as server, contextlib.ExitStack() as stack:
        drips = [stack.enter_context(socket.create_connection(server.server_address, timeout=SOON)) for _ in range(4)]
        deaf = [stack.enter_context(socket.create_connection(server.server_address, timeout=SOON)) for _ in range(4)]
        for one in deaf:
            one.sendall(b"GET /course.zip HTTP/1.1\r\n\r\n")
        wait_for_answer(8, lambda: len(server._inside))
        assert send(server, b"") == b"", "one more of this machine is not let in"
        monkeypatch.setattr(serve, "MOST_OF_ONE", 9)
        assert ask(server, "/start.py")[0] == 200, "another is served meanwhile"
        end = time.monotonic() + SOON
        while server._inside and time.monotonic() < end:
            for one in drips:
                with contextlib.suppress(OSError):
                    one.send(b"G")
            time.sleep(0.05)
        assert not server._inside


def test_a_folder_that_is_no_mirror_is_refused(small, tmp_path):
    (tmp_path / "home" / ".ssh").mkdir(parents=True)
    (tmp_path / "home" / "thesis.txt").write_text("mine")
    with pytest.raises(ValueError, match="is no class mirror: it has no course.zip"):
        serve.serve(tmp_path / "home", "127.0.0.1", 0)
    with pytest.raises(ValueError, match="is no class mirror: it holds other things, 'thesis.txt' among them"):
        mirror.gather(tmp_path / "home")
    assert sorted(path.name for path in (tmp_path / "home").iterdir()) == [".ssh", "thesis.txt"]


# the line that students type ------------------------------------------------------------------------------------------


def type_line(line, home, **changes):
    """What a laptop does with the line."""
    words = re.fullmatch(r'python -c "(.*)"', line)[1]
    home.mkdir(exist_ok=True)
    settings = {**os.environ, "HOME": str(home), "USERPROFILE": str(home), **changes}
    return subprocess.run(
        [sys.executable, "-c", words], env=settings, cwd=home, capture_output=True, text=True, timeout=PATIENCE
    )


@pytest.fixture
def line(small):
    """A server, and the line for it."""
    with offered(small) as server:
        address = f"http://127.0.0.1:{server.server_port}"
        yield mirror.line_for(address, mirror.fingerprint_of(small))


def test_the_line_runs_the_right_script(line, small, tmp_path):
    done = type_line(line, tmp_path / "home")
    assert done.returncode == 0 and "the course opens" in done.stdout, done.stderr
    assert len(line) < 240 and not set(line) & set("$`!\\%^|<>&") and line.count('"') == 2, "any shell takes it"
    groups = mirror.fingerprint_of(small).split()
    assert len(groups) == 5 and "".join(groups) == hashlib.sha256((small / "start.py").read_bytes()).hexdigest()[:20]
    page = html.unescape((small / "index.html").read_text(encoding="utf-8"))
    assert re.sub("m='.*?'", "m='ADDRESS'", line) in page


@pytest.mark.parametrize("optimize", ["", "2"])
def test_the_line_runs_no_other_script(line, small, tmp_path, optimize):
    with open(small / "start.py", "ab") as file:
        file.write(b"\nprint('taken over')\n")
    done = type_line(line, tmp_path / "home", PYTHONOPTIMIZE=optimize)
    assert done.returncode == 1 and done.stderr.strip() == "Stop: not this class" and not done.stdout
    assert not (tmp_path / "home" / "transfer-learning-course").exists()


@pytest.mark.parametrize("more", [False, True])
def test_another_course_is_not_unpacked(line, small, tmp_path, more):
    content = (small / "course.zip").read_bytes()
    (small / "course.zip").write_bytes(content + bytes(5_000_000) if more else content[::-1])
    done = type_line(line, tmp_path / "home")
    assert done.returncode == 1 and "course.zip arrived damaged" in done.stderr
    assert not list((tmp_path / "home").iterdir())


def test_the_installer_is_offered_too(small):
    """A laptop without uv takes the pinned one from the mirror, and no other."""
    (pinned,) = (pin.partition("==")[2] for pin in read_lock((ROOT / "tools" / "installer.txt").read_text()))
    for version in (pinned, "0.0.1"):
        make_wheel(small / "wheels", f"uv-{version}")
    names = [name for name in mirror.list_offer(small) if "/uv-" in name]
    assert len(names) == 1 and f"uv-{pinned}-" in names[0]


def test_the_line_stays_the_same_as_long_as_nothing_changes(gathered):
    before = mirror.fingerprint_of(gathered)
    mirror.gather(gathered)
    assert mirror.fingerprint_of(gathered) == before


def test_this_machine_has_addresses():
    assert serve.addresses()[-1].startswith("127.") and all(address.count(".") == 3 for address in serve.addresses())


def make_wheel(folder, name, tag="py3-none-any"):
    """Write a package without content, and return the checksum of its file."""
    project, version = name.split("-")
    path = folder / f"{name}-{tag}.whl"
    with zipfile.ZipFile(path, "w") as file:
        words = {"METADATA": f"Metadata-Version: 2.1\nName: {project}\nVersion: {version}\n", "RECORD": ""}
        words["WHEEL"] = f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {tag}\n"
        for part, text in words.items():
            file.writestr(f"{name}.dist-info/{part}", text)
    return f"sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}"


@pytest.fixture
def shop(tmp_path, monkeypatch):
    """A few made packages in place of an index, with a lock and a list of the installer."""
    shop, made = tmp_path / "shop", {}
    shop.mkdir()
    for name, tag in [
        ("uv-1", "py3-none-any"),
        ("uv-99", "py3-none-any"),
        ("plain-1", "py3-none-any"),
        ("old-1", "py3-none-any"),
        ("old-2", "py3-none-any"),
        ("winonly-3", "cp312-cp312-win_amd64"),
        ("built-4", "cp312-cp312-win_amd64"),
        ("built-4", "cp313-cp313-win_amd64"),
        ("built-4", "cp312-cp312-manylinux_2_28_x86_64"),
        ("built-4", "cp312-abi3-macosx_12_0_arm64"),
    ]:
        made.setdefault(name.replace("-", "=="), []).append(make_wheel(shop, name, tag))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(shop))
    markers = {"winonly==3": "sys_platform == 'win32'"}
    markers |= {"old==1": "python_full_version < '3.12.4'", "old==2": "python_full_version >= '3.12.4'"}
    pins = {
        " ; ".join([name, *([markers[name]] if name in markers else [])]): hashes
        for name, hashes in made.items()
        if not name.startswith("uv")
    }
    (tmp_path / "lock.txt").write_text(written(pins))
    (tmp_path / "installer.txt").write_text(written({"uv==1": made["uv==1"]}))
    return tmp_path / "lock.txt"


def gather(tmp_path, platforms, pythons):
    packages.gather_wheels(tmp_path, platforms, pythons, tmp_path / "lock.txt", tmp_path / "installer.txt")
    return tmp_path / "wheels"


def test_packages_for_other_machines(shop, tmp_path, capfd):
    wheels = gather(tmp_path, ["windows", "mac"], ["3.12"])
    assert sorted(path.name for path in wheels.glob("*.whl")) == [
        "built-4-cp312-abi3-macosx_12_0_arm64.whl",
        "built-4-cp312-cp312-win_amd64.whl",
        "old-1-py3-none-any.whl",
        "old-2-py3-none-any.whl",
        "plain-1-py3-none-any.whl",
        "uv-1-py3-none-any.whl",
        "winonly-3-cp312-cp312-win_amd64.whl",
    ]
    assert (wheels / "requirements.txt").read_text().splitlines() == [
        "plain==1",
        "old==1 ; python_full_version < '3.12.4'",
        "old==2 ; python_full_version >= '3.12.4'",
        "winonly==3 ; sys_platform == 'win32'",
        "built==4",
    ]
    for path in wheels.glob("*.whl"):
        assert f'href="{path.name}"' in (wheels / "index.html").read_text()
    assert packages.has_packages(tmp_path, shop)
    shop.write_text(shop.read_text() + "more==1\n")
    assert not packages.has_packages(tmp_path, shop) and not packages.has_packages(tmp_path)


def test_a_damaged_package_is_downloaded_again(shop, tmp_path, capfd):
    wheels = gather(tmp_path, ["mac"], ["3.12"])
    wheel = wheels / "plain-1-py3-none-any.whl"
    good, listed = wheel.read_bytes(), (wheels / "requirements.txt").read_text()
    wheel.write_bytes(good[:-1])
    gather(tmp_path, ["mac"], ["3.12"])
    assert wheel.read_bytes() == good and (wheels / "requirements.txt").read_text() == listed
    assert "plain-1-py3-none-any.whl is damaged" in capfd.readouterr().out


@pytest.mark.parametrize("name", ["plain-1", "uv-1"])
def test_a_package_that_the_lock_does_not_list_is_not_gathered(shop, tmp_path, name):
    """An index gives another file under the same name."""
    other = tmp_path / "shop" / f"{name}-py3-none-any.whl"
    with zipfile.ZipFile(other, "a") as file:
        file.writestr("more.py", "")
    with pytest.raises(RuntimeError, match="(?s)for mac, Python 3.12.*not the one that was expected"):
        gather(tmp_path, ["mac"], ["3.12"])
    assert not (tmp_path / "wheels" / other.name).exists()


def test_a_package_that_cannot_be_had_is_named(shop, tmp_path, capfd):
    with pytest.raises(RuntimeError, match="(?s)for linux, Python 3.13.*built==4"):
        gather(tmp_path, ["linux"], ["3.13"])
