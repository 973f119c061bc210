"""How the tests themselves run: files of others are fetched when one needs them, and at the end it is said which."""

import os
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from helpers import NO_NETWORK, ROOT, run_python

pytestmark = pytest.mark.notebooks  # each collects them, which takes as long as running a short one


class Recorder(BaseHTTPRequestHandler):
    """A mirror that has nothing, and notes what it is asked for."""

    def do_GET(self):
        self.server.asked.append(self.path)
        self.send_error(404)

    def log_message(self, *words):
        pass


@pytest.fixture
def mirror():
    with ThreadingHTTPServer(("127.0.0.1", 0), Recorder) as server:
        server.asked = []
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.shutdown()


def run_tests(*words, **variables):
    words = ["-m", "pytest", "-q", "-p", "no:cacheprovider", *words]
    return run_python(*words, cwd=ROOT, env={**os.environ, "PYTEST_ADDOPTS": "", **variables})


def test_collecting_fetches_nothing(mirror, tmp_path):
    places = {"COURSE_MIRROR": f"http://127.0.0.1:{mirror.server_port}", "COURSE_CACHE": str(tmp_path / "cache")}
    done = run_tests("--collect-only", **places, **NO_NETWORK)
    assert done.returncode == 0, done.stdout[-3000:]
    assert "notebooks/00_start_here.ipynb::" in done.stdout and "files: none were needed" in done.stdout
    assert mirror.asked == [] and not (tmp_path / "cache").exists()


@pytest.mark.parametrize("workers", [0, 1])
def test_it_is_said_which_files_were_used(workers):
    """Without the plugins that this does not need: they take seconds to start."""
    lean = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_PLUGINS": "xdist.plugin"}
    words = ["-o", "addopts=--strict-markers", f"--numprocesses={workers}"]
    done = run_tests(*words, "tests/test_machine.py::test_files_that_are_there", COURSE_ASSETS="practice", **lean)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "files: the practice set (COURSE_ASSETS=practice)" in done.stdout
