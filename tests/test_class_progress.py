"""The instructor's view of a hub asks each server with a token of its own, and one bad server costs that one only."""

import json
import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from helpers import PATIENCE, ROOT, run_python

NOTE = {"time": "2026-11-25T10:00:00+00:00", "check": "accuracy", "outcome": "passed"}
STUDENTS = ["ada", "bob", "cleo", "dora", "eva"]


class Hub(BaseHTTPRequestHandler):
    """A hub with five students: bob's server breaks off, cleo's answers nonsense, dora's is off, eva tried nothing."""

    def do_GET(self):
        self.server.seen.append((self.path, self.headers["Authorization"]))
        if self.path.startswith("/hub/api/users"):
            servers = {name: None if name == "dora" else f"/user/{name}/" for name in STUDENTS}
            return self.answer([{"name": name, "server": server} for name, server in servers.items()])
        name = self.path.split("/")[2]
        if name == "bob":
            return self.connection.close()
        if name == "eva":
            return self.answer({}, 404)
        return self.answer({} if name == "cleo" else {"content": json.dumps({**NOTE, "student": name})})

    def do_POST(self):
        wish = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        assert self.headers["Authorization"] == "token admin" and wish["expires_in"] <= 60
        self.answer({"token": " ".join(wish["scopes"])}, 201)

    def answer(self, content, code=200):
        body = json.dumps(content).encode()
        self.send_response(code)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words):
        pass


@pytest.fixture(scope="module")
def hub():
    with ThreadingHTTPServer(("127.0.0.1", 0), Hub) as server:
        server.seen = []
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.shutdown()


def ask(hub, folder, **settings):
    script, address = ROOT / "deploy" / "class_progress.py", f"http://127.0.0.1:{hub.server_port}"
    return run_python(script, address, folder, env={**os.environ, "JUPYTERHUB_API_TOKEN": "admin", **settings})


@pytest.fixture(scope="module")
def done(hub, tmp_path_factory):
    """What an instructor sees who has asked before."""
    folder = tmp_path_factory.mktemp("class")
    (folder / "dora.jsonl").write_text(json.dumps({**NOTE, "student": "dora"}))  # from an earlier call
    return ask(hub, folder)


def test_one_bad_server_costs_that_one_only(done):
    assert done.returncode == 0
    assert {line.split()[0] for line in done.stdout.splitlines()[1:3]} == {"ada", "dora"}
    told = {line.split(":")[0] for line in done.stderr.splitlines()}
    assert told == {"bob", "cleo"}


def test_no_student_sees_the_instructors_token(hub, done):
    asked = [(path, token) for path, token in hub.seen if path.startswith("/user/")]
    assert len(asked) == 4
    for path, token in asked:
        assert token == f"token access:servers!user={path.split('/')[2]}"


def test_without_a_token_it_asks_and_says_where_there_is_one(hub, tmp_path):
    script, address = ROOT / "deploy" / "class_progress.py", f"http://127.0.0.1:{hub.server_port}"
    environ = {**os.environ, "JUPYTERHUB_API_TOKEN": ""}
    words = [sys.executable, str(script), address, str(tmp_path)]
    nobody = {"stdin": subprocess.DEVNULL, "start_new_session": True}  # without a terminal to ask at
    done = subprocess.run(words, env=environ, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE, **nobody)
    assert done.returncode == 1 and "The token, from the hub's page Token: " in done.stderr
    told = "Without an administrator's token the hub tells nothing. Its page Token makes one."
    assert done.stderr.splitlines()[-1].endswith(told)


@pytest.mark.parametrize("address", ["http://hub.example.org", "hub.example.org", "ftp://127.0.0.2"])
def test_the_token_travels_by_https_alone(tmp_path, address):
    script = ROOT / "deploy" / "class_progress.py"
    done = run_python(script, address, tmp_path, env={**os.environ, "JUPYTERHUB_API_TOKEN": "admin"})
    assert done.returncode == 1 and f"{address} is not an https address" in done.stderr
