"""The set-up in surroundings that are not its own: settings of pip, uv and Python, failing installers, old Pythons."""

import json
import os
import shutil
import stat
import subprocess
import sys
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from helpers import NO_NETWORK, ROOT, free_ports, run_python

from course_utils import files, installers, settings
from course_utils.checks import machine
from course_utils.network import runtime

FAKE_UV = """#!{python}
import json, os, sys
if sys.argv[1:] == ["--version"]:
    print("uv 0.99.0")
elif sys.argv[1] == "venv" and "3.13" in sys.argv:
    sys.exit("error: No interpreter found for Python 3.13")
elif sys.argv[1] == "venv":
    open({note!r}, "w").write(json.dumps(dict(os.environ)))
else:
    open({note!r} + ".words", "w").write(json.dumps(sys.argv[1:]))
    sys.stderr.write({said!r} + "\\n")
    sys.exit(2)
"""
PASSWORD = "s3cret"
LOCKS = ["requirements.txt", "requirements-small.txt", "pyproject.toml"]


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A home of the test's own, without any settings."""
    for name in list(os.environ):
        if name.upper().startswith(("PIP_", "UV_", "XDG_")) or name.upper().endswith("_PROXY"):
            monkeypatch.delenv(name)
    for name in ("SSL_CERT_FILE", "SSL_CLIENT_CERT", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA", "PROGRAMDATA"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CONFIG_DIRS", str(tmp_path / "none"))
    (tmp_path / "home" / ".config" / "pip").mkdir(parents=True)
    (tmp_path / "home" / ".config" / "uv").mkdir()
    return tmp_path / "home"


def write_pip(home, text):
    folder = home / "pip" if sys.platform == "win32" else home / ".config" / "pip"
    folder.mkdir(exist_ok=True)
    (folder / ("pip.ini" if sys.platform == "win32" else "pip.conf")).write_text(text)


def write_uv(home, text):
    folder = home / "uv" if sys.platform == "win32" else home / ".config" / "uv"
    folder.mkdir(exist_ok=True)
    (folder / "uv.toml").write_text(text)


def chosen(**variables):
    return installers.installer_environment({**os.environ, **variables})


# settings of pip and uv ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    "PIP_USER PIP_TARGET PIP_PREFIX PIP_ROOT PIP_DRY_RUN PIP_REQUIRE_VIRTUALENV PIP_REQUIRE_HASHES PIP_NO_BINARY "
    "PIP_CONSTRAINT PIP_NO_DEPS PIP_PRE PIP_PYTHON PIP_UPGRADE UV_REQUIRE_HASHES UV_SYSTEM_PYTHON UV_PYTHON "
    "UV_CONSTRAINT UV_OVERRIDE UV_EXCLUDE_NEWER UV_NO_BINARY UV_ONLY_BINARY UV_RESOLUTION UV_PRERELEASE "
    "UV_WORKING_DIR UV_PROJECT UV_CONFIG_FILE UV_BREAK_SYSTEM_PACKAGES UV_TORCH_BACKEND UV_COMPILE_BYTECODE "
    "UV_SOMETHING_OF_TOMORROW PYTHONPATH PYTHONHOME PYTHONSAFEPATH PYTHONSTARTUP PYTHONOPTIMIZE VIRTUAL_ENV".split(),
)
def test_what_is_meant_for_other_projects_reaches_no_installer(home, name):
    assert name not in chosen(**{name: "1"})


@pytest.mark.parametrize(
    "name",
    "PIP_INDEX_URL PIP_FIND_LINKS PIP_PROXY PIP_CERT PIP_TRUSTED_HOST UV_DEFAULT_INDEX UV_INDEX UV_INDEX_OURS_PASSWORD "
    "UV_INSECURE_HOST UV_NATIVE_TLS UV_SYSTEM_CERTS UV_HTTP_TIMEOUT UV_LINK_MODE HTTPS_PROXY no_proxy "
    "SSL_CERT_FILE PATH".split(),
)
def test_indexes_proxies_and_certificates_reach_them(home, name):
    assert chosen(**{name: "/some/value"})[name] == "/some/value"


def test_what_only_pip_knows_reaches_uv(home):
    (home / "company.pem").touch()
    write_pip(
        home,
        "[global]\nindex-url = https://pip.example/simple\nextra-index-url =\n  https://one.example\n  https://two.example"
        f"\nproxy = proxy.example:3128\ncert = {home / 'company.pem'}\nno-index = true\n"
        "[install]\nuser = true\ntrusted_host = one.example\nfind-links = /wheels /more\n",
    )
    seen = chosen()
    assert seen["UV_DEFAULT_INDEX"] == seen["PIP_INDEX_URL"] == "https://pip.example/simple"
    assert seen["UV_INDEX"] == "https://one.example https://two.example"
    assert seen["UV_INDEX_STRATEGY"] == "unsafe-best-match"
    assert seen["HTTPS_PROXY"] == seen["HTTP_PROXY"] == "http://proxy.example:3128"
    assert seen["SSL_CERT_FILE"] == str(home / "company.pem") and seen["UV_INSECURE_HOST"] == "one.example"
    assert seen["UV_FIND_LINKS"] == "/wheels,/more" and seen["UV_NO_INDEX"] == "1"
    assert seen["PIP_CONFIG_FILE"] == os.devnull and "PIP_USER" not in seen


def test_a_variable_counts_more_than_a_file(home):
    write_pip(home, "[global]\nindex-url = https://file.example\n")
    assert chosen(PIP_INDEX_URL="https://variable.example")["UV_DEFAULT_INDEX"] == "https://variable.example"


def test_the_file_that_a_variable_names_counts_instead_of_the_users(home, tmp_path):
    write_pip(home, "[global]\nindex-url = https://user.example\n")
    (tmp_path / "named.conf").write_text("[global]\nextra-index-url = https://named.example\n")
    seen = chosen(PIP_CONFIG_FILE=str(tmp_path / "named.conf"))
    assert "UV_DEFAULT_INDEX" not in seen and seen["UV_INDEX"] == "https://named.example"


def test_what_is_said_to_uv_wins_there_and_reaches_pip(home):
    write_uv(
        home,
        'require-hashes = true\nnative-tls = true\nfind-links = ["wheels"]\nallow-insecure-host = ["uv.example"]\n'
        '[[index]]\nname = "ours"\nurl = "https://uv.example/simple"\ndefault = true\n'
        '[[index]]\nurl = "https://more.example"\n[[index]]\nname = "hidden"\nurl = "https://no"\nexplicit = true\n'
        "[pip]\nsystem = true\n",
    )
    seen = chosen()
    assert seen["UV_DEFAULT_INDEX"] == "ours=https://uv.example/simple" and seen["UV_INDEX"] == "https://more.example"
    assert (
        seen["PIP_INDEX_URL"] == "https://uv.example/simple" and seen["PIP_EXTRA_INDEX_URL"] == "https://more.example"
    )
    assert seen["UV_NATIVE_TLS"] == "1" and seen["UV_INSECURE_HOST"] == seen["PIP_TRUSTED_HOST"] == "uv.example"
    assert seen["UV_FIND_LINKS"].startswith("file://") and seen["UV_FIND_LINKS"].endswith("/uv/wheels")
    assert seen["UV_NO_CONFIG"] == "1" and "UV_REQUIRE_HASHES" not in seen and "UV_SYSTEM_PYTHON" not in seen
    write_pip(home, "[global]\nindex-url = https://pip.example\n")
    seen = chosen(UV_INDEX_URL="https://variable.example")
    assert seen["UV_INDEX_URL"] == "https://variable.example" and "UV_DEFAULT_INDEX" not in seen
    assert seen["PIP_INDEX_URL"] == "https://pip.example"


@pytest.mark.parametrize("text", ["not [ toml", "[global\nindex-url", "\x00", "index-url = 3"])
def test_a_damaged_file_of_settings_stops_nothing(home, text):
    write_pip(home, text)
    write_uv(home, text)
    assert chosen()["UV_NO_CONFIG"] == "1"


def test_a_home_that_cannot_be_written_to_gives_uv_no_cache(home, tmp_path):
    (tmp_path / "file").touch()
    assert "UV_NO_CACHE" not in chosen()
    assert chosen(UV_CACHE_DIR=str(tmp_path / "file" / "x"))["UV_NO_CACHE"] == "1"


# failures ------------------------------------------------------------------------------------------------------------

SAID = {
    "error: Failed to fetch: https://x/simple/\n cause: dns error": "reaches the internet",
    "cause: tcp connect error\n cause: Connection refused (os error 111)": "reaches the internet",
    "cause: operation timed out": "reaches the internet",
    "cause: tunnel error: failed to create underlying connection": "The proxy can't be used",
    "ProxyError('Cannot connect to proxy.', NewConnectionError())": "The proxy can't be used",
    "cause: tunnel error: 407 Proxy Authentication Required": "The proxy wants a name and a password",
    "cause: invalid peer certificate: UnknownIssuer": "SSL_CERT_FILE",
    "SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] self-signed'))": "SSL_CERT_FILE",
    "cause: invalid peer certificate: Expired": "date and time",
    "cause: HTTP status client error (401 Unauthorized) for url (https://x/simple/)": "refuses access",
    "ERROR: HTTP error 403 while getting https://x/simple/": "refuses access",
    "cause: No space left on device (os error 28)": "Make room",
    "OSError: [Errno 28] No space left on device": "Make room",
    "cause: failed to create file `/c/.venv/x`: Permission denied (os error 13)": "may write to the course's folder",
    "error: failed to remove `C:\\c\\.venv`: Access is denied. (os error 5)": "may write to the course's folder",
    "The process cannot access the file because it is being used by another process. (os error 32)": "Close JupyterLab",
    "cause: Read-only file system (os error 30)": "can only be read",
    "error: Failed to initialize cache at `/home/x/.cache/uv`\n cause: Permission denied (os error 13)": "UV_CACHE_DIR",
    "error: Hash mismatch for `numpy==2.4`": "not the one that was expected",
    "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.": "not the one that was expected",
    "error: No solution found when resolving\n cause: numpy has no wheels with a matching Python ABI tag": (
        "lacks a package for this machine"
    ),
    "ERROR: No matching distribution found for uv>=0.9": "lacks a package for this machine",
    "error: Failed to build `scipy==1.17`\n The build backend returned an error": "setup small",
    "The virtual environment was not created successfully because ensurepip is not available.": "python3-venv",
    "/usr/bin/python3: No module named venv": "python3-venv",
    "hint: the network was disabled. When the network is disabled, packages may only be read": "UV_OFFLINE",
    "error: No interpreter found for Python 3.13": "Install Python 3.13",
    "something that nobody has ever seen": "lines above",
}


@pytest.mark.parametrize("said", SAID)
def test_each_failure_ends_with_a_sentence_that_fits(home, said):
    sentence = installers.what_to_do(said, {})
    assert SAID[said] in sentence and sentence.endswith(", and try again.")
    assert sentence.count(". ") == 0 or "python.org" in sentence


def test_the_proxy_is_named_without_its_password(home):
    settings_ = {"HTTPS_PROXY": f"http://ada:{PASSWORD}@10.0.0.1:3128"}
    for said in ("tunnel error", "dns error", "407 Proxy Authentication Required"):
        sentence = installers.what_to_do(said, settings_)
        assert "HTTPS_PROXY (http://****@10.0.0.1:3128)" in sentence and PASSWORD not in sentence


def test_an_installer_that_a_signal_ended(home):
    assert "memory" in installers.what_to_do("", {}, -9)
    assert "processor" in installers.what_to_do("", {}, -4)


@pytest.fixture
def course(tmp_path, home):
    """What the set-up needs of the course, in a place of its own."""
    course = tmp_path / "course"
    (course / "notebooks").mkdir(parents=True)
    for name in ("tools", "course_utils"):
        shutil.copytree(ROOT / name, course / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in LOCKS:
        shutil.copyfile(ROOT / name, course / name)
    return course


def set_up(course, said="", words=None, **variables):
    """Set it up with an installer that says this and fails."""
    programs = course.parent / "programs"
    programs.mkdir()
    uv = programs / "uv"
    uv.write_text(FAKE_UV.format(python=sys.executable, note=str(course.parent / "seen.json"), said=said))
    uv.chmod(uv.stat().st_mode | stat.S_IXUSR)
    environ = {**os.environ, "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}", "COURSE_MIRROR": "", **variables}
    return run_python(*(words or [course / "tools" / "course.py", "setup"]), env=environ)


posix = pytest.mark.skipif(sys.platform == "win32", reason="the false installer is a script")


@posix
def test_the_set_up_ends_with_the_sentence_and_without_passwords(course):
    said = f"error: Failed to fetch: http://ada:{PASSWORD}@index.example/simple/\n cause: 403 Forbidden"
    done = set_up(course, said, UV_REQUIRE_HASHES="1", PIP_INDEX_URL=f"http://ada:{PASSWORD}@index.example/simple/")
    assert done.returncode == 2 and "http://****@index.example/simple/" in done.stderr
    assert done.stderr.splitlines()[-1].startswith("The package index refuses access")
    assert PASSWORD not in done.stdout + done.stderr
    seen = json.loads((course.parent / "seen.json").read_text())
    assert "UV_REQUIRE_HASHES" not in seen and seen["UV_DEFAULT_INDEX"].endswith("@index.example/simple/")


@posix
@pytest.mark.parametrize("edition, lock", [("full", "requirements.txt"), ("small", "requirements-small.txt")])
@pytest.mark.parametrize("held", ["", "this lock", "an earlier lock"])
def test_packages_are_asked_for_by_the_courses_own_checksums(course, tmp_path, edition, lock, held):
    """Also those of a class mirror, whose list is not asked for them."""
    wheels = tmp_path / "mirror" / "wheels"
    wheels.mkdir(parents=True)
    pins = [f"{pin} --hash=sha256:{'0' * 64}" for pin in installers.read_lock((course / LOCKS[0]).read_text())]
    listed = "\n".join(pins if held == "this lock" else [pin.replace("==", "==0.", 1) for pin in pins])
    (wheels / "requirements.txt").write_text(listed)
    words = [course / "tools" / "course.py", "setup", edition]
    done = set_up(course, "", words, COURSE_MIRROR=str(wheels.parent) if held else "")
    called = json.loads((tmp_path / "seen.json.words").read_text())
    assert called[:2] == ["pip", "install"] and {"--require-hashes", "--no-deps"} <= set(called)
    assert called[called.index("--requirement") + 1] == str(course / lock)
    assert ("--no-index" in called) == (held == "this lock") == (str(wheels) in called)
    assert ("lacks packages of this version of the course" in done.stdout) == ("earlier" in held)


def without_uv():
    """The path, without folders that have a uv."""
    return os.pathsep.join(one for one in os.environ["PATH"].split(os.pathsep) if not any(Path(one).glob("uv*")))


def test_an_installer_that_is_not_the_pinned_one_is_refused(course, tmp_path):
    """An index gives another file under its name."""
    (pin,) = installers.read_lock((course / "tools" / "installer.txt").read_text(encoding="utf-8"))
    name = pin.replace("==", "-")
    with zipfile.ZipFile(tmp_path / f"{name}-py3-none-any.whl", "w") as file:
        file.writestr(f"{name}.dist-info/METADATA", f"Metadata-Version: 2.1\nName: uv\nVersion: {name[3:]}\n")
        file.writestr(f"{name}.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        file.writestr(f"{name}.dist-info/RECORD", "")
    places = {"PATH": without_uv(), "COURSE_MIRROR": "", "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(tmp_path)}
    done = run_python(course / "tools" / "course.py", "setup", env={**os.environ, **places})
    told = "The installer uv could not be set up. A package is not the one that was expected"
    assert done.returncode and done.stderr.splitlines()[-1].startswith(told), done.stderr
    assert not (course / ".venv-uv").exists()


@posix
def test_an_index_that_is_not_there_is_told_where_uv_has_to_be_brought(course, tmp_path):
    environ = {**os.environ, "PATH": without_uv(), "COURSE_MIRROR": ""}
    environ["PIP_INDEX_URL"] = f"http://127.0.0.1:{free_ports()[0]}"
    environ |= {"PIP_RETRIES": "0", "PIP_USER": "1", "PIP_TARGET": str(tmp_path / "target")}
    done = run_python(course / "tools" / "course.py", "setup", env=environ)
    last = done.stderr.splitlines()[-1]
    assert done.returncode and last.startswith("The installer uv could not be set up. Check that this machine reaches")
    assert "user" not in last and not (tmp_path / "target").exists() and not (course / ".venv-uv").exists()


@posix
@pytest.mark.parametrize(
    "minor, told",
    [
        (14, "TensorFlow has no build for Python 3.14.0, and 3.13 can't be had here."),
        (15, "This is Python 3.15.0, which the course's packages have no builds for. Run this with Python 3.13."),
    ],
)
def test_a_python_that_is_too_new_is_told_in_one_line(course, minor, told):
    script = str(course / "tools" / "course.py")
    another = f"import platform, runpy, sys; sys.version_info = (3, {minor}, 0); sys.argv = ['course.py', 'setup']; "
    another += f"platform.python_version = lambda: '3.{minor}.0'; runpy.run_path({script!r}, run_name='__main__')"
    done = set_up(course, "error: something", ["-c", another])
    assert done.returncode and told in (done.stdout + done.stderr).splitlines()
    assert "No interpreter found" not in done.stderr, "what uv said of a Python that nobody asked for"


class Closed(BaseHTTPRequestHandler):
    """An index that wants a password."""

    def do_GET(self):
        self.send_error(401)

    def log_message(self, *words):
        pass


def test_a_real_installer_that_is_refused(home, tmp_path):
    with ThreadingHTTPServer(("127.0.0.1", 0), Closed) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        index = f"http://ada:{PASSWORD}@127.0.0.1:{server.server_port}/simple"
        write_pip(home, f"[global]\nindex-url = {index}\n[install]\nuser = true\ntarget = {tmp_path}\n")
        said = []
        words = [sys.executable, "-m", "pip", "install", "--dry-run", "no-such-package"]
        with pytest.raises(installers.InstallerError, match="refuses access|lacks a package"):
            installers.call_installer(words, say=said.append)
        server.shutdown()
    assert said and PASSWORD not in "\n".join(said)


# Python's own settings -----------------------------------------------------------------------------------------------


@pytest.fixture
def old(tmp_path):
    """A folder with packages of long ago, and one of Python's own modules."""
    for name in ("keras", "numpy"):
        (tmp_path / "old" / name).mkdir(parents=True)
        (tmp_path / "old" / name / "__init__.py").write_text("raise ImportError('of long ago')")
    (tmp_path / "old" / "pathlib.py").write_text("raise ImportError('of long ago')")
    return tmp_path / "old"


def test_entries_of_pythonpath_that_shadow_are_named_and_left_out(old, tmp_path):
    harmless = ROOT / "tools" / "no_network"
    variables = {"PYTHONPATH": os.pathsep.join(map(str, [harmless, old, ROOT])), "PYTHONHOME": "/usr", "OTHER": "1"}
    found = settings.shadowing(variables)
    assert list(found) == [str(old)] and {"numpy", "pathlib"} <= set(found[str(old)])
    cleaned = settings.for_python(variables, tmp_path / "none")
    assert cleaned["PYTHONPATH"] == os.pathsep.join(map(str, [harmless, ROOT])), "the tests' cut of the network stays"
    assert "PYTHONHOME" not in cleaned and cleaned["OTHER"] == "1"


def test_the_courses_environment_is_the_active_one(tmp_path):
    (tmp_path / ".venv").mkdir()
    cleaned = settings.for_python({"VIRTUAL_ENV": "/other", "PATH": "/bin", "JUPYTER_PATH": "/x"}, tmp_path / ".venv")
    assert cleaned["VIRTUAL_ENV"] == str(tmp_path / ".venv") and "JUPYTER_PATH" not in cleaned
    assert cleaned["PATH"].startswith(str(tmp_path / ".venv")) and cleaned["PATH"].endswith("/bin")


def test_the_doctor_is_well_in_such_surroundings(old):
    path = os.pathsep.join([str(old), os.environ.get("PYTHONPATH", "")])
    variables = {"PYTHONSAFEPATH": "1", "PYTHONOPTIMIZE": "2", "PYTHONSTARTUP": "/none", "VIRTUAL_ENV": "/none"}
    environ = {**os.environ, "PYTHONPATH": path, "PYTHONWARNINGS": "error::DeprecationWarning", **variables}
    done = run_python(ROOT / "tools" / "course.py", "doctor", "--json", env=environ)
    checks = {check["name"]: check for check in json.loads(done.stdout)["checks"]}
    assert all(checks[name]["ok"] for name in ("packages", "settings", "prediction")), checks
    assert f"PYTHONPATH is taken without what would stand before the course's packages: {old} with" in done.stderr


def test_the_doctor_names_what_shadows_where_it_is_called_without_the_shield(old):
    """A Python's own module must not be among them: with such a one, no program starts."""
    (old / "pathlib.py").unlink()
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join([str(old), os.environ.get("PYTHONPATH", "")])}
    done = run_python("-m", "course_utils", "doctor", "--json", cwd=ROOT, env=environ)
    checks = {check["name"]: check for check in json.loads(done.stdout)["checks"]}
    for name in ("settings", "prediction"):
        assert not checks[name]["ok"] and str(old) in checks[name]["remedy"] and "PYTHONPATH" in checks[name]["remedy"]
    assert "Delete the folder .venv" not in done.stdout


def old_pythons():
    """Those that pyenv has, or that are on the path."""
    found = sorted(Path.home().glob(".pyenv/versions/*/bin/python"))
    versions = ["2.7", *(f"3.{minor}" for minor in range(4, 11))]
    found += [Path(path) for version in versions if (path := shutil.which(f"python{version}"))]
    return [path for path in found if path.parent.parent.name.startswith(tuple(f"{version}." for version in versions))]


@pytest.mark.parametrize("words", [["open"], ["setup", "small"], []])
@pytest.mark.parametrize("script", ["tools/course.py", "course_utils/classroom/start.py"])
@pytest.mark.parametrize("python", old_pythons(), ids=lambda path: path.parent.parent.name)
def test_an_old_python_is_told_in_one_line(python, script, words):
    done = subprocess.run([python, ROOT / script, *words], capture_output=True, text=True, env={"LANG": "C"})
    version = python.parent.parent.name
    assert done.returncode == 1 and done.stderr == f"This is Python {version}; the course needs 3.11 or newer.\n"


# Keras's own settings ------------------------------------------------------------------------------------------------

SETTINGS = {"floatx": "float16", "image_data_format": "channels_first", "backend": "jax", "epsilon": 0.1}
LOOK = """
import gc
from course_utils.network.runtime import import_keras
seen = []
gc.callbacks.append(lambda phase, told: seen.append(told["generation"]))
keras = import_keras()
searched, config = seen.count(2), keras.config
print(config.floatx(), config.image_data_format(), config.backend(), config.epsilon(), keras.layers.Dense(1).dtype)
print(searched, gc.isenabled())
"""


@pytest.mark.parametrize("before", ["", "import keras; keras.layers.Dense(1)"])
def test_the_course_overrules_keras_json(tmp_path, before):
    """Also where a cell has imported Keras before: then, its backend is what was asked for.

    Nor is TensorFlow's start held up by a search for garbage among all objects, which goes on afterwards.
    """
    held = json.dumps({**SETTINGS, "backend": "tensorflow"} if before else {**SETTINGS, "epsilon": "no number"})
    (tmp_path / "keras.json").write_text(held)
    places = {"KERAS_HOME": str(tmp_path), "COURSE_CACHE": str(tmp_path / "cache")}
    places |= {"KERAS_BACKEND": "", "KERAS_MAX_EPOCHS": "1" if before else "no number"}
    done = run_python("-c", before + LOOK, cwd=ROOT, env={**os.environ, **places})
    said, search = done.stdout.splitlines() or [done.stderr, ""]
    assert said.split() == ["float32", "channels_last", "tensorflow", "1e-07", "float32"]
    assert search == "0 True"
    assert (tmp_path / "keras.json").read_text() == held


@pytest.mark.parametrize(
    "held, told",
    [
        ("{}", ""),
        ('{"floatx": "float32", "epsilon": 1e-07}', ""),
        ('{"floatx": "float16"}', "floatx = float16"),
        ('{"epsilon": 1}', "epsilon = 1"),
        ("[1]", "no settings that can be read"),
        ("no JSON", "no settings that can be read"),
    ],
)
def test_what_differs_in_keras_json_is_found(monkeypatch, tmp_path, held, told):
    for name in ("KERAS_BACKEND", *settings.KERAS_VARIABLES):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    assert settings.foreign_keras_settings() == []
    (tmp_path / "keras.json").write_text(held)
    assert settings.foreign_keras_settings() == ([f"{told} in {tmp_path / 'keras.json'}"] if told else [])


def test_another_backend_that_runs_already_is_told(tmp_path):
    """A stand-in: the other backends are not installed."""
    look = "import sys, types; keras = sys.modules['keras'] = types.ModuleType('keras'); keras.config = keras\n"
    look += "keras.backend = lambda: 'jax'\nimport course_utils as cu; cu.load_mobilenet()"
    done = run_python("-c", look, cwd=ROOT)
    assert done.stderr.splitlines()[-1].startswith("ImportError: Keras runs on jax here") and "Restart" in done.stderr


def test_the_doctor_names_keras_settings_and_stays_well(monkeypatch, tmp_path):
    (tmp_path / "keras.json").write_text(json.dumps(SETTINGS))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    told = machine.check_settings()
    assert not told.remedy and "KERAS_BACKEND = jax" in told.found
    assert f"image_data_format = channels_first in {tmp_path / 'keras.json'}" in told.found


def test_a_processor_without_avx_is_told_before_it_stops_python(monkeypatch):
    monkeypatch.setattr(runtime, "lacks_avx", lambda: True)
    monkeypatch.setitem(sys.modules, "keras", None)
    with pytest.raises(ImportError, match="AVX.*setup small"):
        runtime.import_keras()


# homes and proxies ---------------------------------------------------------------------------------------------------


def start(tmp_path, mirror, **variables):
    """Type the line that a class mirror prints, in a folder of its own."""
    script = f"m = {mirror!r}; exec(open({str(ROOT / 'course_utils/classroom/start.py')!r}).read())"
    return run_python("-c", script, cwd=tmp_path, env={**os.environ, "no_proxy": "", "NO_PROXY": "", **variables})


def test_the_start_from_a_mirror_names_the_proxy(home, tmp_path):
    mirror = f"http://ada:{PASSWORD}@127.0.0.1:{free_ports()[0]}"
    proxy = f"http://bob:{PASSWORD}@127.0.0.1:9"
    done = start(tmp_path, mirror, http_proxy=proxy, HTTP_PROXY=proxy)
    assert "proxy http://****@127.0.0.1:9: set NO_PROXY=127.0.0.1" in done.stderr and PASSWORD not in done.stderr
    assert "NO_PROXY" not in start(tmp_path, mirror).stderr


@pytest.mark.skipif(sys.platform == "win32", reason="needs a home that is no folder")
def test_the_start_from_a_mirror_goes_on_without_a_home(tmp_path):
    done = start(tmp_path, str(tmp_path / "none"), HOME=os.devnull + "/x")
    assert "the course goes into this folder" in done.stdout and "Traceback" not in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="needs a home that is no folder")
def test_a_home_that_cannot_be_written_to_is_told_once(tmp_path):
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("COURSE_CACHE", "XDG_"))}
    environ |= {"HOME": os.devnull + "/x", "TMPDIR": str(tmp_path)}
    done = run_python(ROOT / "tools" / "course.py", "doctor", "--json", env=environ)
    assert done.stderr.count("can't be written to") == 1 and "COURSE_CACHE" in done.stderr
    assert {check["name"]: check for check in json.loads(done.stdout)["checks"]}["prediction"]["ok"]


def test_jupyter_gets_other_places_where_its_own_cannot_be_written(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    names = ["JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR", "MPLCONFIGDIR"]
    moved = settings.writable_homes(dict.fromkeys(names, str(tmp_path / "file" / "x")))
    assert sorted(moved) == sorted(names) and all(files.can_write(Path(place)) for place in moved.values())
    assert settings.writable_homes(dict.fromkeys(names, str(tmp_path))) == {}


def test_the_proxy_before_a_mirror_is_named(tmp_path):
    """The mirror is there, but nothing gets through to it."""
    ports = free_ports()
    name = next(iter(json.loads((ROOT / "data" / "manifest.json").read_text())["files"]))["path"]
    look = f"from course_utils.assets.fetch import fetch; fetch([{name!r}])"
    proxies = {key: value.replace("://", f"://ada:{PASSWORD}@") for key, value in NO_NETWORK.items()}
    places = {
        "COURSE_MIRROR": f"http://127.0.0.1:{ports[0]}",
        "COURSE_CACHE": str(tmp_path),
        "no_proxy": "",
        "NO_PROXY": "",
    }
    done = run_python("-c", look, cwd=ROOT, env={**os.environ, **proxies, **places})
    assert "127.0.0.1" in done.stderr and "through the proxy http://****@127.0.0.1:9" in done.stderr
    assert "NO_PROXY=127.0.0.1" in done.stderr and PASSWORD not in done.stderr
