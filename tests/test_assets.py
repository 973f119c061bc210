"""The search for files, against a server on this machine that misbehaves in every way."""

import hashlib
import http.server
import json
import subprocess
import sys
import threading

import pytest

from course_utils import assets

CONTENT = b"the right bytes" * 1000
NAME = "set/file.bin"


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        mode = self.server.mode
        self.server.asked.append(self.path)
        self.send_response(404 if mode == "404" else 200)
        self.send_header("Content-Length", str(len(CONTENT)))
        self.end_headers()
        body = {"wrong": CONTENT[::-1], "cut": CONTENT[:100], "404": b""}.get(mode, CONTENT)
        self.wfile.write(body)

    def log_message(self, *words):
        pass


@pytest.fixture
def server():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.mode, server.asked = "good", []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    server.address = f"http://127.0.0.1:{server.server_port}"
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def place(tmp_path, monkeypatch, server):
    """A data folder, a cache and a home of the test's own; no mirror."""
    files = [{"path": NAME, "checksum": "sha256:" + hashlib.sha256(CONTENT).hexdigest()}]
    (tmp_path / "data").mkdir()
    manifest = {"homes": {"set": server.address + "/home/"}, "files": files}
    (tmp_path / "data" / "manifest.json").write_text(json.dumps(manifest))
    monkeypatch.setattr(assets, "DATA", tmp_path / "data")
    monkeypatch.setattr(assets, "ROOT", tmp_path / "project")
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("COURSE_MIRROR", raising=False)
    assets.manifest.cache_clear(), assets._manifest.cache_clear()
    yield tmp_path
    assets.manifest.cache_clear(), assets._manifest.cache_clear()


def files_in(folder):
    return [path for path in folder.rglob("*") if path.is_file()]


def test_home_then_cache(place, server):
    assert assets.fetch([NAME])[0].read_bytes() == CONTENT
    assert assets.fetch([NAME])[0].read_bytes() == CONTENT
    assert server.asked == ["/home/file.bin"], "the second call reads the cache"


def test_mirror_folder_comes_first(place, server, monkeypatch):
    (place / "mirror" / "set").mkdir(parents=True)
    (place / "mirror" / NAME).write_bytes(CONTENT)
    monkeypatch.setenv("COURSE_MIRROR", str(place / "mirror"))
    assert assets.fetch([NAME]) == [place / "mirror" / NAME] and not server.asked


def test_mirror_beside_the_project_is_found(place, server):
    beside = place / "shared" / "mirror" / NAME
    beside.parent.mkdir(parents=True)
    beside.write_bytes(CONTENT)
    assert assets.fetch([NAME]) == [beside] and not server.asked


def test_mirror_address_comes_before_home(place, server, monkeypatch):
    monkeypatch.setenv("COURSE_MIRROR", server.address + "/mirror/")
    assets.fetch([NAME])
    assert server.asked == ["/mirror/set/file.bin"]


def test_damaged_mirror_file_is_not_used(place, server, monkeypatch):
    (place / "mirror" / "set").mkdir(parents=True)
    (place / "mirror" / NAME).write_bytes(b"damaged")
    monkeypatch.setenv("COURSE_MIRROR", str(place / "mirror"))
    assert assets.fetch([NAME])[0].read_bytes() == CONTENT


def test_damaged_cache_is_fetched_again(place, server):
    (place / "cache" / "set").mkdir(parents=True)
    (place / "cache" / NAME).write_bytes(b"damaged")
    assert assets.fetch([NAME])[0].read_bytes() == CONTENT


@pytest.mark.parametrize("mode", ["404", "wrong", "cut"])
def test_a_bad_answer_leaves_nothing_and_says_what_to_do(place, server, mode):
    server.mode = mode
    with pytest.raises(assets.AssetError) as caught:
        assets.fetch([NAME])
    message = str(caught.value)
    assert NAME in message and server.address in message and str(place / "cache") in message
    assert "Three ways out" in message and "COURSE_MIRROR" in message
    assert files_in(place / "cache") == []


def test_no_network(place, server):
    server.shutdown()
    server.server_close()
    with pytest.raises(assets.AssetError, match="Three ways out"):
        assets.fetch([NAME])
    assert files_in(place / "cache") == []


def test_a_cache_that_cannot_be_written(place, monkeypatch):
    (place / "taken").write_text("a file where the folder should be")
    monkeypatch.setenv("COURSE_CACHE", str(place / "taken"))
    with pytest.raises(assets.AssetError, match="COURSE_CACHE"):
        assets.fetch([NAME])


def test_two_processes_at_once(place):
    code = (
        "import sys; from pathlib import Path; from course_utils import assets\n"
        f"assets.DATA = Path({str(place / 'data')!r}); assets.ROOT = Path({str(place / 'project')!r})\n"
        f"print(len(assets.fetch([{NAME!r}])[0].read_bytes()))"
    )
    both = [subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) for _ in range(2)]
    assert [process.communicate()[0].strip() for process in both] == [str(len(CONTENT))] * 2
    assert [path.name for path in files_in(place / "cache")] == ["file.bin"]


def test_git_blob_checksum(tmp_path):
    (tmp_path / "file").write_bytes(b"hello\n")
    assert assets.matches(tmp_path / "file", "gitblob:ce013625030ba8dba906f756967f9e9ca394464a")
    assert not assets.matches(tmp_path / "file", "gitblob:" + "0" * 40)


def test_a_name_outside_the_manifest(place):
    with pytest.raises(assets.AssetError, match="manifest"):
        assets.fetch(["set/other.bin"])
