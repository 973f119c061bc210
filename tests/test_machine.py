"""The doctor for laptops: a line for each thing, a remedy where it fails, an exit code, and JSON to collect."""

import importlib.metadata
import importlib.util
import json
import shutil
import socket
import sys
import webbrowser
from collections import namedtuple

import psutil
import pytest
from helpers import ROOT, run_python

from course_utils.checks import machine


def doctor(*words):
    return run_python(*words, cwd=ROOT)


def test_this_machine():
    done = doctor("tools/course.py", "doctor", "--json")
    told = json.loads(done.stdout)
    checks = {check["name"]: check for check in told["checks"]}
    assert {"disk", "memory", "port", "browser"} <= set(checks)  # whether these are well is this machine's affair
    for name in ("Python", "packages", "prediction"):
        assert checks[name]["ok"], checks[name]
    for name, engine in [("prediction", "by LiteRT"), ("TensorFlow", "by Keras")]:
        assert checks[name]["found"].startswith("541 ") and engine in checks[name]["found"]
    assert all(check["ok"] == (check["remedy"] == "") and check["found"] for check in checks.values())
    assert told["ready"] == all(check["ok"] for check in checks.values()) == (done.returncode == 0)
    assert len(done.stdout.splitlines()) == 1 and told["machine"] and told["seconds"] > 0


def test_a_python_without_packages_is_told_what_to_do():
    done = doctor("-S", "-m", "course_utils", "doctor")
    python, packages, *lines = done.stdout.splitlines()
    assert done.returncode == 1 and not done.stderr
    assert python.startswith("[OK] Python: ") and packages.startswith("[FAIL] packages: ")
    assert "tools/course.py" in packages
    assert any(line.startswith("[FAIL] prediction: ") and "Set the course up first." in line for line in lines)
    other = doctor("-S", "-m", "course_utils", "tour")
    assert other.returncode == 1 and "tools/course.py setup" in other.stderr and "Traceback" not in other.stderr


def failed(outcome, *words):
    assert outcome.remedy and str(outcome).startswith(f"[FAIL] {outcome.name}: ")
    assert all(word in str(outcome) for word in words), outcome


def test_another_python(monkeypatch):
    monkeypatch.setattr(machine.sys, "version_info", (3, 15, 0))
    failed(machine.check_python(), "3.11 to 3.14")


def test_packages_that_are_old_or_missing(monkeypatch):
    monkeypatch.setattr(importlib.metadata, "requires", lambda name: ["numpy<1", "no-such>=2", "ruff; extra == 'test'"])
    failed(machine.check_packages(), "numpy is ", "no-such is not installed")


def test_a_full_disk(monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda path: namedtuple("usage", "free")(1e9))
    failed(machine.check_disk(), "1.0 GB free", "Make room")


def test_little_memory(monkeypatch):
    monkeypatch.setattr(psutil, "virtual_memory", lambda: namedtuple("memory", "total available")(4e9, 1e9))
    failed(machine.check_memory(), "1.0 GB of it free", "Close other programs")


def test_ports_in_use_and_ports_that_cannot_be_opened(monkeypatch):
    with socket.socket() as taken:
        try:
            taken.bind(("127.0.0.1", 8888))
        except OSError:
            pass  # somebody else has it: as good
        assert not machine.check_port().found.startswith("8888 ")

    def refuse(*words, **settings):
        raise PermissionError("not allowed")

    monkeypatch.setattr(socket, "create_connection", refuse)
    failed(machine.check_port(), "127.0.0.1")


@pytest.mark.parametrize("found", [None, "w3m"])
def test_no_browser_with_windows(monkeypatch, found):
    def get():
        if found is None:
            raise webbrowser.Error("none")
        return webbrowser.GenericBrowser(found)

    monkeypatch.setattr(webbrowser, "get", get)
    monkeypatch.setenv("DISPLAY", ":0")
    failed(machine.check_browser(), "BROWSER")
    monkeypatch.delenv("DISPLAY")
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    for system, words in [("linux", "[OK] browser: none"), ("win32", "[FAIL] browser"), ("darwin", "[FAIL] browser")]:
        monkeypatch.setattr("sys.platform", system)
        assert str(machine.check_browser()).startswith(words), "on a server, no browser helps"
    found = "firefox"
    assert str(machine.check_browser()) == "[OK] browser: firefox"


def test_files_that_are_nowhere(monkeypatch, tmp_path):
    monkeypatch.setenv("COURSE_MIRROR", str(tmp_path))
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path))
    outcomes = list(machine.check_files())
    assert [outcome.name for outcome in outcomes] == ["MobileNet's weights", "the drum photo", "the Pexels photos"]
    for outcome in outcomes:
        failed(outcome, "0 of ", "--fetch")


def test_files_that_are_there(real_files):
    assert [outcome.remedy for outcome in machine.check_files()] == ["", "", ""]


@pytest.mark.parametrize(
    "program, words",
    [
        ('print(\'["NumPy", [[0, "tench", 0.5]]]\')', ['0 "tench", 0.50, by NumPy', "541 was expected"]),
        ("print('a box'); print('[\"NumPy\", [[0, \"tench\", 0.5]]]')", ["541 was expected"]),
        ("raise ImportError('DLL load failed')", ["ImportError: DLL load failed", ".venv"]),
        ("import os; os.kill(os.getpid(), 9)", ["it was ended by SIGKILL", "memory"]),
        ("import os; os.kill(os.getpid(), 4)", ["it was ended by SIGILL", "AVX"]),
        ("import os; os.kill(os.getpid(), 11)", ["it was ended by SIGSEGV", ".venv"]),
        ("import os; os.kill(os.getpid(), 15)", ["it was ended by SIGTERM", "Try again"]),
        ("raise MemoryError('all is used')", ["MemoryError", "memory ran out"]),
        ("raise OSError(28, 'No space left on device')", ["Make room"]),
        ("raise ValueError('nobody knows')", ["ValueError: nobody knows", "report them"]),
        ("pass", ["it gave no answer"]),
        ("raise SystemExit(3)", ["it said nothing", ".venv"]),
    ],
)
def test_a_prediction_that_is_wrong_or_stops(monkeypatch, program, words):
    if "kill" in program and sys.platform == "win32":
        pytest.skip("Windows has no signals")
    monkeypatch.setattr(machine, "PREDICT", program)
    monkeypatch.setattr(machine, "PREDICT_WITH_KERAS", program)
    for outcome in (machine.check_prediction(), machine.check_tensorflow()):
        failed(outcome, *words)
        assert (".venv" in outcome.remedy) == ("broken" in outcome.remedy), "nothing else is mended by that"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signals")
def test_a_processor_without_avx_is_led_to_the_small_edition(monkeypatch):
    """Seen in an emulator of such a processor: TensorFlow ends with this signal, and LiteRT predicts."""
    monkeypatch.setattr(machine, "PREDICT_WITH_KERAS", "import os; os.kill(os.getpid(), 4)")
    failed(machine.check_tensorflow(), "python tools/course.py setup small")
    monkeypatch.setattr(machine, "PREDICT_WITH_KERAS", "import os; os.abort()")
    monkeypatch.setattr(machine, "lacks_avx", lambda: True)
    failed(machine.check_tensorflow(), "SIGABRT", "python tools/course.py setup small")


def test_a_machine_without_tensorflow(monkeypatch):
    """Nothing is wrong with it: it is the small edition."""
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "tensorflow" else find(name))
    assert str(machine.check_tensorflow()).startswith("[OK] TensorFlow: not installed, as in the small edition.")
    wanted = ["tensorflow>=99; extra == 'keras'", "numpy>=2"]
    monkeypatch.setattr(importlib.metadata, "requires", lambda name: wanted)
    assert str(machine.check_packages()) == "[OK] packages: all 1 are there"
    monkeypatch.setattr(importlib.util, "find_spec", find)
    failed(machine.check_packages(), "tensorflow is ", "the course needs >=99")


def test_a_check_that_stops_costs_only_itself(monkeypatch, tmp_path):
    def check_moon():
        raise ZeroDivisionError("no moon")

    monkeypatch.setenv("COURSE_CACHE", str(tmp_path))
    monkeypatch.setattr(machine, "CHECKS", (check_moon, machine.check_python))
    said = []
    outcomes = machine.check_machine(said.append)
    failed(outcomes[0], "moon", "ZeroDivisionError: no moon", str(tmp_path / "errors.log"))
    assert said == outcomes and len(outcomes) == 2
    assert "in check_moon" in (tmp_path / "errors.log").read_text()


def test_what_is_missing_before_the_set_up_is_not_called_broken(monkeypatch, tmp_path):
    monkeypatch.setattr(machine, "PREDICT", "import no_such_package")
    monkeypatch.setattr(machine, "course_folder", lambda: tmp_path)
    assert machine.check_prediction().remedy == "Set the course up first."
    (tmp_path / ".venv").mkdir()
    assert "delete the folder .venv" in machine.check_prediction().remedy
