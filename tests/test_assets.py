"""The search for files, against a server on this machine that misbehaves in every way."""

import hashlib
import http.server
import io
import json
import re
import subprocess
import sys
import threading
import time
import zipfile
import zlib

import pytest
import requests
from helpers import SOON, make_pictures

from course_utils import AssetError, bean_zips, commands, read_pictures
from course_utils.assets import catalog, download, fetch as assets

CONTENT = b"the right bytes" * 1000
NAME = "set/file.bin"
PHOTOS = [
    f"dataset-tutorial/data/pexel-images/{name}"
    for name in ["credits.txt", "training/wood/a.jpg", "training/wood/b.jpg", "validation/wood/c.jpg"]
]


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        mode = "404" if any(part in self.path for part in self.server.lacks) else self.server.mode
        self.server.asked.append(self.path)
        content = self.server.contents.get(self.path, CONTENT)
        self.send_response(404 if mode == "404" else 200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        body = {"wrong": content[::-1], "cut": content[:100], "404": b""}.get(mode, content)
        self.wfile.write(body)

    def log_message(self, *words):
        pass


class Hostile(Handler):
    """Answers as its mode says, for as long as anybody listens, or a minute."""

    def do_GET(self):
        end = time.monotonic() + SOON
        self.server.asked.append(self.path)
        start, again, pause = ATTACKS[self.server.mode]
        try:
            self.wfile.write(start.replace(b"HERE", self.server.address.encode()))
            while again and time.monotonic() < end and self.server.sent < 300e6:
                self.wfile.write(again)
                self.server.sent += len(again)
                time.sleep(pause)
        except OSError:
            self.server.left = True


def packed(times):
    content = bytes(1 << 20)
    for _ in range(times):
        packer = zlib.compressobj(wbits=31)
        content = packer.compress(content) + packer.flush()
    return content


OK, HEADERS_END = b"HTTP/1.1 200 OK\r\n", b"\r\n\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked"
MUCH = b"x" * (1 << 20)
ATTACKS = {  # how the answer starts, what comes again and again, and seconds between
    "endless": (OK + HEADERS_END[2:], MUCH, 0),
    "much": (OK + b"Content-Length: 4000000000" + HEADERS_END, MUCH, 0),
    "more than it says": (OK + b"Content-Length: %d" % len(CONTENT) + HEADERS_END + CONTENT[:-5] + MUCH, MUCH, 0),
    "endless chunks": (CHUNKED + HEADERS_END, b"100000\r\n" + MUCH + b"\r\n", 0),
    "an endless line between chunks": (CHUNKED + HEADERS_END, b"0" * (1 << 20), 0),
    "packed": (OK + b"Content-Encoding: gzip, gzip" + HEADERS_END + packed(2), b"", 0),
    "an endless redirect": (b"HTTP/1.1 302 Found\r\nLocation: HERE/more" + HEADERS_END, MUCH, 0),
    "a redirect to a file": (b"HTTP/1.1 302 Found\r\nLocation: file:///etc/hosts" + HEADERS_END, b"", 0),
    "a circle": (b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: HERE/more" + HEADERS_END, b"", 0),
    "a reason that writes on the terminal": (b"HTTP/1.1 404 \x1b[2Jgone\r\nContent-Length: 0" + HEADERS_END, b"", 0),
    "no answer": (b"", b"H", 0.05),
    "a header that never ends": (OK + b"X: ", b"x", 0.05),
    "drops": (OK + b"Content-Length: %d" % len(CONTENT) + HEADERS_END, b"x", 0.05),
    "drops of chunks": (CHUNKED + HEADERS_END, b"1\r\nx\r\n", 0.05),
}
SLOW = ["no answer", "a header that never ends", "drops", "drops of chunks"]


@pytest.fixture
def hostile(server):
    server.RequestHandlerClass = Hostile
    server.sent, server.left = 0, False
    return server


@pytest.fixture
def server():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.mode, server.asked, server.lacks, server.contents = "good", [], [], {}
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    server.address = f"http://127.0.0.1:{server.server_port}"
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def place(tmp_path, monkeypatch, server):
    """A data folder, a cache and a home of the test's own; no mirror."""
    checksum = "sha256:" + hashlib.sha256(CONTENT).hexdigest()
    files = [{"path": name, "checksum": checksum, "bytes": len(CONTENT)} for name in [NAME, *PHOTOS]]
    (tmp_path / "data").mkdir()
    homes = {"set": server.address + "/home/", "dataset-tutorial": server.address + "/photos/"}
    manifest = {"homes": homes, "files": files}
    (tmp_path / "data" / "manifest.json").write_text(json.dumps(manifest))
    monkeypatch.setattr(assets, "data_folder", lambda: tmp_path / "data")
    monkeypatch.setattr(assets, "course_folder", lambda: tmp_path / "project")
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("COURSE_MIRROR", raising=False)
    return tmp_path


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
    with pytest.raises(AssetError) as caught:
        assets.fetch([NAME])
    message = str(caught.value)
    assert NAME in message and server.address in message and str(place / "cache") in message
    assert "Three ways out" in message and "COURSE_MIRROR" in message
    assert files_in(place / "cache") == []


@pytest.mark.parametrize("mode", [mode for mode in ATTACKS if mode not in SLOW])
def test_a_hostile_server_fills_neither_disk_nor_memory(place, hostile, mode):
    hostile.mode = mode
    with pytest.raises(AssetError, match="Three ways out") as caught:
        assets.fetch([NAME])
    assert files_in(place / "cache") == [] and hostile.sent < 100e6 and "\x1b" not in str(caught.value)
    told = {
        "much": f"it has 4000000000 bytes there; expected {len(CONTENT)}",
        "endless": f"more than {len(CONTENT)} bytes came; expected {len(CONTENT)}",
        "endless chunks": f"more than {len(CONTENT)} bytes came",
        "packed": "sent packed",
        "an endless redirect": "more than 5 redirects",
        "a redirect to a file": "a redirect from http to file is not followed",
        "a reason that writes on the terminal": "404 Client Error: \\x1b[2Jgone",
    }
    assert told.get(mode, "") in str(caught.value)


@pytest.mark.parametrize("mode", SLOW)
def test_a_server_that_drips_is_left(place, hostile, monkeypatch, mode):
    hostile.mode = mode
    monkeypatch.setattr(download, "GRACE", 0.3)
    monkeypatch.setattr(download, "LEAST_RATE", 1e9)
    with pytest.raises(AssetError, match=f"of {len(CONTENT)} bytes came in 0 seconds, and no more is waited"):
        assets.fetch([NAME, PHOTOS[0]])
    assert files_in(place / "cache") == [] and len(hostile.asked) < 2, "it is not asked for the next file"


def test_the_limit_of_time_leaves_a_slow_school_its_time():
    assert download.GRACE >= 60 and download.LEAST_RATE <= 5000


def test_no_redirect_leaves_https(monkeypatch):
    answer = requests.Response()
    answer.status_code, answer.headers["Location"] = 301, "http://127.0.0.1/set/file.bin"
    answer.raw = io.BytesIO()
    asked = []
    monkeypatch.setattr(requests.Session, "get", lambda self, address, **rest: asked.append(address) or answer)
    with pytest.raises(requests.RequestException, match="a redirect from https to http is not followed"):
        download.download("https://127.0.0.1/file.bin", 5)
    assert asked == ["https://127.0.0.1/file.bin"]


@pytest.mark.parametrize("chunked", [False, True])
def test_a_redirect_is_followed_and_chunks_are_put_together(place, server, monkeypatch, chunked):
    class Elsewhere(Handler):
        def do_GET(self):
            self.server.asked.append(self.path)
            if not self.path.startswith("/there"):
                self.wfile.write(b"HTTP/1.1 302 Found\r\nLocation: /there" + HEADERS_END)
            elif chunked:
                halves = [b"%x\r\n%s\r\n" % (len(half), half) for half in (CONTENT[:9], CONTENT[9:])]
                self.wfile.write(CHUNKED + HEADERS_END + b"".join(halves) + b"0\r\n\r\n")
            else:
                self.wfile.write(OK + HEADERS_END[2:] + CONTENT)

    server.RequestHandlerClass = Elsewhere
    assert assets.fetch([NAME])[0].read_bytes() == CONTENT and server.asked == ["/home/file.bin", "/there"]


def test_the_size_of_every_file_is_known(real_files):
    every = assets.registry(*assets.ALL)
    assert set(assets.sizes()) == set(every) and min(assets.sizes().values()) > 0
    found = {name: path for name in every if (path := assets.find_local(name))}
    assert (
        len(found) > 80
        and {name: path.stat().st_size for name, path in found.items()}.items() <= dict(assets.sizes()).items()
    )


def test_no_network(place, server):
    server.shutdown()
    server.server_close()
    with pytest.raises(AssetError, match="Three ways out"):
        assets.fetch([NAME])
    assert files_in(place / "cache") == []


def test_a_cache_that_cannot_be_written(place, monkeypatch):
    (place / "taken").write_text("a file where the folder should be")
    monkeypatch.setenv("COURSE_CACHE", str(place / "taken"))
    with pytest.raises(AssetError, match="COURSE_CACHE"):
        assets.fetch([NAME])


def test_two_processes_at_once(place):
    code = (
        "from pathlib import Path; from course_utils.assets import fetch as assets\n"
        f"assets.data_folder = lambda: Path({str(place / 'data')!r}); assets.course_folder = lambda: None\n"
        f"print(len(assets.fetch([{NAME!r}])[0].read_bytes()))"
    )
    both = [subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) for _ in range(2)]
    assert [process.communicate()[0].strip() for process in both] == [str(len(CONTENT))] * 2
    assert [path.name for path in files_in(place / "cache")] == ["file.bin"]


def test_every_file_has_a_checksum_that_pooch_knows():
    every = assets.registry(*assets.ALL)
    assert len(every) > 90 and all(re.fullmatch("sha256:[0-9a-f]{64}", checksum) for checksum in every.values())


def test_a_name_outside_the_manifest(place):
    with pytest.raises(AssetError, match="manifest"):
        assets.fetch(["set/other.bin"])


def test_all_files_are_tried_and_a_dead_host_is_asked_once(place, server, monkeypatch):
    server.lacks = ["b.jpg"]
    with pytest.raises(AssetError, match="b.jpg"):
        assets.fetch(PHOTOS)
    assert names_in(place / "cache") == ["a.jpg", "c.jpg", "credits.txt"]
    server.shutdown()
    server.server_close()
    tried = []
    monkeypatch.setattr(download, "download", lambda address, *rest: tried.append(address) or dead())
    with pytest.raises(AssetError, match=r"nor 1 more, dataset-tutorial.*b\.jpg"):
        assets.fetch([NAME, PHOTOS[2]])
    assert len(tried) == 1


def dead():
    raise requests.ConnectionError("no route")


def make_mirror(place, names):
    for name in names:
        (place / "mirror" / name).parent.mkdir(parents=True, exist_ok=True)
        (place / "mirror" / name).write_bytes(CONTENT)
    return place / "mirror"


def names_in(folder):
    return sorted(path.name for path in files_in(folder))


def test_pexels_from_home(place, server):
    assert names_in(catalog.find_pexels()) == ["a.jpg", "b.jpg", "c.jpg", "credits.txt"]


def test_pexels_from_a_folder_that_holds_part_of_the_set(place, server, monkeypatch):
    monkeypatch.setenv("COURSE_MIRROR", str(make_mirror(place, [PHOTOS[0], PHOTOS[1], PHOTOS[3]])))
    assert names_in(catalog.find_pexels()) == ["a.jpg", "c.jpg", "credits.txt"] and not server.asked


def test_pexels_from_a_folder_with_a_damaged_photo(place, server, monkeypatch):
    mirror = make_mirror(place, PHOTOS)
    (mirror / PHOTOS[1]).write_bytes(b"damaged")
    monkeypatch.setenv("COURSE_MIRROR", str(mirror))
    folder = catalog.find_pexels()
    assert names_in(folder) == ["a.jpg", "b.jpg", "c.jpg", "credits.txt"]
    assert all(path.read_bytes() == CONTENT for path in files_in(folder))
    assert server.asked == ["/photos/data/pexel-images/training/wood/a.jpg"]


def test_pexels_when_some_photos_cannot_be_had(place, server, capsys):
    server.lacks = ["b.jpg"]
    assert names_in(catalog.find_pexels()) == ["a.jpg", "c.jpg", "credits.txt"]
    assert "1 of 4" in capsys.readouterr().out
    server.lacks = ["b.jpg", "c.jpg"]
    for path in files_in(place / "cache"):
        path.unlink()
    with pytest.raises(AssetError, match="nor 1 more"):
        catalog.find_pexels()


def test_pexels_from_an_address_that_holds_part_of_the_set(place, server, capsys, monkeypatch):
    monkeypatch.setenv("COURSE_MIRROR", server.address + "/mirror")
    server.lacks = ["b.jpg"]
    for _ in range(2):
        assert names_in(catalog.find_pexels()) == ["a.jpg", "c.jpg", "credits.txt"]
    assert capsys.readouterr().out == "" and not any(path.startswith("/photos/") for path in server.asked)


def test_a_folder_that_lacks_a_whole_class_is_completed_from_home(place, server, monkeypatch):
    monkeypatch.setenv("COURSE_MIRROR", str(make_mirror(place, PHOTOS[:2])))
    assert names_in(catalog.find_pexels()) == ["a.jpg", "b.jpg", "c.jpg", "credits.txt"]


def test_a_misspelt_mirror_is_told_apart_from_a_damaged_file(place, server, monkeypatch):
    server.mode = "404"
    monkeypatch.setenv("COURSE_MIRROR", str(place / "mirorr"))
    with pytest.raises(AssetError, match="mirorr: there is no such folder"):
        assets.fetch([NAME])
    (make_mirror(place, [NAME]) / NAME).write_bytes(b"damaged")
    monkeypatch.setenv("COURSE_MIRROR", str(place / "mirror"))
    with pytest.raises(AssetError, match="mirror: the file is there, but damaged"):
        assets.fetch([NAME])


def test_ways_to_write_a_mirror(place, monkeypatch):
    mirror = make_mirror(place, [NAME])
    monkeypatch.setenv("HOME", str(place))
    monkeypatch.setenv("USERPROFILE", str(place))
    for named in ["~/mirror", mirror.as_uri()]:
        monkeypatch.setenv("COURSE_MIRROR", named)
        assert assets.fetch([NAME])[0].read_bytes() == CONTENT


def test_what_another_process_has_fetched_meanwhile_is_taken(place, monkeypatch):
    def arrive_and_fail(*rest):
        (place / "cache" / NAME).parent.mkdir(parents=True, exist_ok=True)
        (place / "cache" / NAME).write_bytes(CONTENT)
        raise requests.ConnectionError("too late")

    monkeypatch.setattr(download, "download", arrive_and_fail)
    assert assets.fetch([NAME]) == [place / "cache" / NAME]


# a set of photographs that is fetched if it is asked for -------------------------------------------------------------

LEAVES = {"angular_leaf_spot": "red", "bean_rust": "blue", "healthy": "green"}
BEANS = ["/beans/validation.zip", "/beans/test.zip"]


@pytest.fixture
def beans(place, server):
    """Made pictures in zip files of the same layout, with what a Mac leaves in them."""
    manifest = json.loads((place / "data" / "manifest.json").read_text())
    manifest["homes"]["ibeans"] = server.address + "/beans/"
    for part, each in [("validation", 3), ("test", 2)]:
        drawn = make_pictures(place / "drawn" / part, **dict.fromkeys(LEAVES.values(), each))
        with zipfile.ZipFile(place / f"{part}.zip", "w") as file:
            for label, color in LEAVES.items():
                for number, path in enumerate(sorted((drawn / color).iterdir())):
                    name = f"{part}/{label}/{label}_{part}.{number}{path.suffix}"
                    file.write(path, name)
                    file.writestr(f"__MACOSX/{part}/{label}/._{label}_{part}.{number}{path.suffix}", "from a Mac")
            file.writestr(f"{part}/.DS_Store", "from a Mac")
            file.writestr(f"{part}/healthy/healthy_{part}.7tore", "no picture")
        content = server.contents[f"/beans/{part}.zip"] = (place / f"{part}.zip").read_bytes()
        checksum = "sha256:" + hashlib.sha256(content).hexdigest()
        own = {"path": f"ibeans/{part}.zip", "checksum": checksum, "for": "beans", "bytes": len(content)}
        manifest["files"].append(own)
    (place / "data" / "manifest.json").write_text(json.dumps(manifest))
    assets._read_manifest.cache_clear()
    return server


def type_in(monkeypatch, *words):
    """Run `python -m course_utils assets`; the status that it ends with."""
    monkeypatch.setattr(sys, "argv", ["course", "assets", *map(str, words)])
    try:
        commands.main()
    except SystemExit as end:
        return end.code
    return 0


def test_bean_leaves_are_fetched_and_read(beans, monkeypatch, capsys):
    monkeypatch.setattr(assets, "LARGE", 1000)
    first, second = (read_pictures(path) for path in bean_zips())
    whole = first.with_those_of(second)
    assert whole.classes == tuple(LEAVES)
    assert [whole.labels.count(label) for label in LEAVES] == [5, 5, 5] and len(set(whole.paths)) == 15
    assert all(label in path.name for path, label in whole.pairs())
    told = capsys.readouterr().err
    assert "validation.zip" in told and "test.zip" in told, "each has a bar"
    assert [path.name for path in bean_zips()] == ["validation.zip", "test.zip"] and beans.asked == BEANS


def test_bean_leaves_that_cannot_be_had(beans, place, monkeypatch, capsys):
    beans.mode = "404"
    with pytest.raises(AssetError, match=r"(?s)ibeans/validation.zip, nor 1 more.*Three ways out"):
        bean_zips()
    monkeypatch.setenv("COURSE_ASSETS", "practice")
    with pytest.raises(AssetError, match="404"):
        bean_zips()
    beans.mode = "wrong"
    with pytest.raises(AssetError, match="hash"):
        bean_zips()
    assert files_in(place / "cache") == []


def test_bean_leaves_come_only_if_asked_for(beans, place, monkeypatch, capsys):
    assert type_in(monkeypatch, "--fetch") == 0 and not set(BEANS) & set(beans.asked)
    told = capsys.readouterr().out
    size = len(beans.contents["/beans/test.zip"]) / 1e6
    assert "5 of 5 files are on this machine" in told and f"[missing] ibeans/test.zip, optional, {size:.1f} MB" in told
    assert type_in(monkeypatch, "--copy", place / "class") == 0 and not set(BEANS) & set(beans.asked)
    assert type_in(monkeypatch, "--fetch", "beans") == 0 and beans.asked[-2:] == BEANS
    told = capsys.readouterr().out
    assert "5 of 5 files are on this machine" in told and "[cache] ibeans/test.zip" in told
    assert not (place / "class" / "ibeans").exists()
    assert type_in(monkeypatch, "--copy", place / "class") == 0 and len(files_in(place / "class" / "ibeans")) == 2


def test_bean_leaves_of_a_mirror_are_kept_only_if_asked_for(beans, place, monkeypatch):
    (place / "mirror" / "ibeans").mkdir(parents=True)
    for part in ("validation", "test"):
        (place / "mirror" / "ibeans" / f"{part}.zip").write_bytes((place / f"{part}.zip").read_bytes())
    monkeypatch.setenv("COURSE_MIRROR", str(place / "mirror"))
    assert type_in(monkeypatch, "--fetch") == 0 and not (place / "cache" / "ibeans").exists()
    assert bean_zips()[1] == place / "mirror" / "ibeans" / "test.zip"
    assert type_in(monkeypatch, "--fetch", "beans") == 0 and len(files_in(place / "cache" / "ibeans")) == 2
    assert not set(BEANS) & set(beans.asked)


def test_a_command_that_asks_for_bean_leaves_in_vain_says_so(beans, monkeypatch, capsys):
    beans.lacks = ["validation.zip"]
    assert type_in(monkeypatch, "--fetch", "beans") == 1
    told = capsys.readouterr().out
    assert "Can't get ibeans/validation.zip" in told and "[cache] ibeans/test.zip" in told
    assert type_in(monkeypatch, "--fetch", "leaves") == 2
    assert type_in(monkeypatch) == 0
