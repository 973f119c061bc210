"""The class mirror: gathered, served or on a stick, a course is set up from it alone, and damage is told."""

import contextlib
import hashlib
import os
import re
import shutil
import socket
import subprocess
import sys
import urllib.request
import zipfile
from pathlib import Path

import psutil
import pytest
from helpers import PATIENCE, ROOT

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
    fill_in_checksum(room)
    return room


def fill_in_checksum(room):
    checksum = hashlib.sha256((room / "course.zip").read_bytes()).hexdigest()
    text = (room / "start.py").read_text(encoding="utf-8")
    (room / "start.py").write_text(re.sub('CHECKSUM = ".*"', f'CHECKSUM = "{checksum}"', text), encoding="utf-8")


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
        fill_in_checksum(stick)
        server.line = re.fullmatch(r'python -c "(.*)"', line.strip())[1]
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
    checksum = re.search('CHECKSUM = "(.*)"', (room / "start.py").read_text(encoding="utf-8"))[1]
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


@pytest.mark.hub
@pytest.mark.network
def test_the_page_shows_the_line(served):
    address = re.search("mirror='(.*?)'", served)[1]
    page = urllib.request.urlopen(address + "/").read().decode()
    assert "location.origin" in page and "u.urlopen(mirror+'/start.py').read()" in page
    assert serve.line_for(address) == f'python -c "{served}"'


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
    done = laptop(tmp_path / "home", sys.executable, "-c", f"mirror='http://127.0.0.1:9'; {start_of(room)}")
    assert done.returncode and "Check the network or the stick" in done.stderr and "Traceback" not in done.stderr


def start_of(room):
    return f"exec(open({str(room / 'start.py')!r}).read())"


@pytest.mark.hub
@pytest.mark.network
@pytest.mark.skipif(sys.platform == "win32", reason="there, a server that is held up has no queue")
def test_many_laptops_come_at_once(server, served):
    """More connections than a server takes by itself, all before the first is answered."""
    host, port = re.search("mirror='http://(.*?):(\\d+)'", served).groups()
    with contextlib.ExitStack() as stack:
        server.suspend()
        stack.callback(server.resume)
        crowd = [stack.enter_context(socket.create_connection((host, int(port)), timeout=60)) for _ in range(100)]
        server.resume()
        for one in crowd:
            one.settimeout(PATIENCE)
            one.sendall(b"GET /start.py HTTP/1.0\r\n\r\n")
        assert all(one.recv(12) == b"HTTP/1.1 200" for one in crowd)


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
