"""Files that arrive in pieces: whole or not at all, a sentence for each that is not, and never outside their folder."""

import errno
import itertools
import json
import ntpath
import os
from pathlib import Path, PurePosixPath, PureWindowsPath

import pytest
from hypothesis import given, strategies as st

from course_utils.trainer import arrivals as module
from course_utils.trainer.arrivals import LONGEST, Arrivals, safe_name


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "cache"))


class Browser:
    """Sends files as a page does, and hears the answers."""

    def __init__(self, arrivals, view="one", size=4):
        self.arrivals, self.view, self.size, self.lot = arrivals, view, size, 1

    def ask(self, kind, content=b"", **more):
        message = {"kind": kind, "view": self.view, "number": 0, "lot": self.lot, **more}
        answer = self.arrivals.answer(message, [memoryview(content)] if kind == "piece" else [])
        assert (answer["kind"], answer["view"], answer["number"]) == ("got", self.view, 0)
        json.dumps(answer, ensure_ascii=False).encode()
        return answer["problem"]

    def pieces(self, name, content, file=0):
        for start in range(0, max(len(content), 1), self.size):
            place = {"name": name, "file": file, "start": start, "size": len(content)}
            yield place, content[start : start + self.size]

    def send(self, name, content, file=0):
        answers = [self.ask("piece", piece, **place) for place, piece in self.pieces(name, content, file)]
        return next(filter(None, answers), "")

    def end(self, files):
        return self.ask("end", files=files)


@pytest.fixture
def lots():
    return []


@pytest.fixture
def arrivals(lots):
    return Arrivals(lambda folder, message: lots.append(folder), keep=True)


@pytest.fixture
def browser(arrivals):
    return Browser(arrivals)


def held(folder):
    """What lies in a folder, at any depth."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def everything():
    return sorted(path.relative_to("my-pictures").as_posix() for path in Path("my-pictures").rglob("*"))


# Whole, and each by itself


def test_files_arrive_whole_and_in_their_folder(browser, lots):
    large = os.urandom(10)
    for file, (name, content) in enumerate(
        [("pets/cat/large", large), ("../../evil.png", b"x"), ("same.png", b"1"), ("same.png", b"2"), ("empty", b"")]
    ):
        assert browser.send(name, content, file) == ""
    assert browser.end(5) == ""
    assert held(lots[0]) == {
        "pets/cat/large": large,
        "evil.png": b"x",
        "same.png": b"1",
        "same-2.png": b"2",
        "empty": b"",
    }


def test_two_views_do_not_mix_their_lots(arrivals, lots):
    one, two = Browser(arrivals, "one"), Browser(arrivals, "two")
    first, second = (list(view.pieces("a.bin", content)) for view, content in [(one, b"1" * 10), (two, b"2" * 10)])
    for (place, piece), (other, its) in zip(first, second, strict=True):
        assert one.ask("piece", piece, **place) == "" and two.ask("piece", its, **other) == ""
    assert two.end(1) == "" and one.end(1) == ""
    assert [held(lot) for lot in lots] == [{"a.bin": b"2" * 10}, {"a.bin": b"1" * 10}]


# Lost, doubled, out of order


@given(st.data())
def test_whatever_happens_on_the_way_no_wrong_file_is_silent(tmp_path_factory, data):
    """Pieces are lost, doubled and exchanged: each file that lies there is right, and each that does not is told of."""
    os.chdir(tmp_path_factory.mktemp("lot"))
    lots = []
    browser = Browser(Arrivals(lambda folder, message: lots.append(folder), keep=True))
    files = {
        f"file{n}": bytes([n]) * size for n, size in enumerate(data.draw(st.lists(st.integers(0, 13), max_size=4)))
    }
    sent = [
        piece for file, (name, content) in enumerate(files.items()) for piece in browser.pieces(name, content, file)
    ]
    order = data.draw(st.lists(st.sampled_from(range(len(sent))), max_size=12)) if sent else []
    if data.draw(st.booleans()):
        order = list(range(len(sent)))
    told = [browser.ask("piece", sent[place][1], **sent[place][0]) for place in order] + [browser.end(len(files))]
    there = held(lots[0]) if lots else {}
    assert all(files[name] == content for name, content in there.items())
    assert bool("".join(told)) == (order != list(range(len(sent)))) and (len(there) == len(files) or any(told))


def test_a_piece_that_is_lost_costs_its_file_only(browser, lots):
    first, _, last = browser.pieces("a.bin", b"0123456789")
    assert browser.ask("piece", first[1], **first[0]) == ""
    lost = "a.bin was left out: a piece of it was lost on the way; bring it again."
    assert browser.ask("piece", last[1], **last[0]) == lost
    assert browser.send("b.bin", b"b", 1) == "" and browser.end(2) == ""
    assert held(lots[0]) == {"b.bin": b"b"}


def test_a_piece_that_comes_twice_counts_once(browser, lots):
    first, second, third = browser.pieces("a.bin", b"0123456789")
    told = [browser.ask("piece", piece, **place) for place, piece in (first, second, second, third)]
    assert told == ["", "", "A piece of a.bin came twice; it counts once.", ""] and browser.end(1) == ""
    assert browser.ask("piece", third[1], **third[0]) == "a.bin came once more, after its lot; it counts once."
    assert held(lots[0]) == {"a.bin": b"0123456789"} and everything() == ["lot-1", "lot-1/a.bin"]


def test_files_that_never_arrive_are_counted(browser, lots):
    assert browser.send("a", b"a") == ""
    assert browser.send("d", b"d", 3) == "2 files did not arrive; bring them again."
    (place, piece), *_ = browser.pieces("e", b"0123456789", 4)
    browser.ask("piece", piece, **place)
    words = "e and 1 file behind it did not arrive whole, and are left out; bring it again."
    assert browser.end(6) == words and held(lots[0]) == {"a": b"a", "d": b"d"}


@pytest.mark.parametrize("gone", ["a new lot", "closed"])
def test_what_is_given_up_leaves_no_part_of_a_file(arrivals, browser, gone):
    browser.send("pets/a", b"a")
    (place, piece), *_ = browser.pieces("pets/cats/b", b"0123456789", 1)
    browser.ask("piece", piece, **place)
    if gone == "closed":
        arrivals.forget("one")
        arrivals.forget("one")
        assert everything() == ["lot-1", "lot-1/pets", "lot-1/pets/a"]
    else:
        browser.lot = 2
        assert browser.send("c", b"c") == "" and browser.end(1) == ""
        assert everything() == ["lot-1", "lot-1/pets", "lot-1/pets/a", "lot-2", "lot-2/c"]


# What can't be written


def refusing(number, after=0):
    """An ``open`` that fails with an error of the system, for files called bad."""
    count = itertools.count()

    class Full:
        def __init__(self, file):
            self.file = file

        def __enter__(self):
            return self

        def __exit__(self, *_):
            self.file.close()

        def write(self, content):
            self.file.write(content[:1])
            raise OSError(number, os.strerror(number))

    def opened(path, mode):
        file = open(path, mode)  # noqa: SIM115
        return Full(file) if "bad" in Path(path).name and next(count) >= after else file

    return opened


@pytest.mark.parametrize("after", [0, 2])
@pytest.mark.parametrize(
    "number, why",
    [
        (errno.ENOSPC, "no space is left on the disk; make room, and bring it again"),
        (errno.ENAMETOOLONG, "its name is too long for this system"),
        (errno.EACCES, "nothing may be written there; allow it"),
        (errno.EIO, os.strerror(errno.EIO).lower()[:5]),
    ],
)
def test_a_file_that_can_not_be_written_costs_that_file_only(browser, lots, monkeypatch, number, why, after):
    monkeypatch.setattr(module, "open", refusing(number, after), raising=False)
    assert browser.send("a", b"a") == ""
    told = [browser.ask("piece", piece, **place) for place, piece in browser.pieces("cats/bad", b"0123456789", 1)]
    assert [bool(words) for words in told] == [place == after for place in range(3)]
    assert told[after].startswith(f"cats/bad was left out: {why}")
    assert browser.send("b", b"b", 2) == "" and browser.end(3) == ""
    assert held(lots[0]) == {"a": b"a", "b": b"b"} and everything() == ["lot-1", "lot-1/a", "lot-1/b"]


def test_a_path_that_is_too_long_costs_that_file_only(browser, lots):
    deep = "/".join(["d" * 200] * 400) + "/x.png"
    told = browser.send(deep, b"x")
    if os.name == "posix":
        assert told.startswith(deep) and "its name is too long for this system" in told
    assert browser.send("b", b"b", 1) == "" and browser.end(2) == "" and "b" in held(lots[0])


def test_a_file_where_a_folder_should_be_costs_that_file_only(browser, lots):
    assert browser.send("a", b"a") == "" and browser.send("a/b", b"b", 1).startswith("a/b was left out: ")
    assert browser.end(2) == "" and held(lots[0]) == {"a": b"a"}


def test_a_lot_of_which_nothing_can_be_written_is_no_lot(browser, lots, monkeypatch):
    monkeypatch.setattr(module, "open", refusing(errno.ENOSPC), raising=False)
    assert "no space" in browser.send("bad", b"x") and browser.end(1) == ""
    assert not lots and everything() == []


def test_without_any_folder_each_file_is_told(arrivals, lots, monkeypatch):
    def refuse(*_, **__):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "mkdir", refuse)
    monkeypatch.setattr(module.tempfile, "TemporaryDirectory", refuse)
    browser = Browser(arrivals)
    assert "nothing may be written there" in browser.send("a", b"a")
    assert "nothing may be written there" in browser.send("b", b"b", 1)
    assert browser.end(2) == "" and not lots


@pytest.mark.parametrize(
    "error", [OSError(errno.EIO, "Input/output error", "spam"), ValueError("no such spam"), KeyError("spam")]
)
def test_an_error_of_whoever_takes_the_lot_is_answered(error, tmp_path):
    def fail(folder, message):
        raise error

    browser = Browser(Arrivals(fail))
    assert browser.send("a", b"a") == "" and "spam" in browser.end(1)
    assert "spam" in (tmp_path / "cache" / "errors.log").read_text()
    browser.lot = 2
    assert browser.send("a", b"a") == ""


@pytest.mark.parametrize("message", [{}, {"view": "one"}, {"kind": "piece", "view": "one", "lot": 1, "file": "x"}])
def test_a_message_that_makes_no_sense_is_answered(arrivals, message):
    assert "this should not happen" in arrivals.answer(message, [])["problem"]


def test_more_bytes_than_were_promised_are_no_file(browser, lots):
    place = {"name": "a", "file": 0, "start": 0, "size": 2}
    assert browser.ask("piece", b"abc", **place) == "a was left out: 3 bytes arrived where it has 2."
    assert browser.end(1) == "" and not lots


# Names


@pytest.mark.parametrize(
    "name, safe",
    [
        ("a/b.jpg", "a/b.jpg"),
        ("/etc/x", "etc/x"),
        ("//x", "x"),
        ("//server/share/x", "server/share/x"),
        ("\\\\server\\share\\x", "__server_share_x"),
        ("..\\..\\x", ".._.._x"),
        ("C:\\x", "C__x"),
        ("C:x", "C_x"),
        ("..", "unnamed"),
        ("", "unnamed"),
        ("...", "_"),
        ("cat. ./dog .jpg ", "cat/dog .jpg"),
        ("con", "_con"),
        ("NUL.tar.gz", "_NUL.tar.gz"),
        ("com¹/LPT0 .txt", "_com¹/_LPT0 .txt"),
        ("console/comic.jpg", "console/comic.jpg"),
        ("a\0b\x1b\x85\ud800.jpg", "a_b___.jpg"),
        ("é" * 200 + ".jpeg", "é" * 117 + ".jpeg"),
        ("x" * 300, "x" * 240),
        ("a. " + "long sentence " * 20, ("a. " + "long sentence " * 20)[:240].rstrip()),
    ],
)
def test_names_stay_inside(name, safe):
    assert safe_name(name) == safe


SEPARATED = st.lists(
    st.one_of(
        st.text(max_size=6),
        st.sampled_from(["..", ".", "", "C:", "con", "NUL.txt", "\\\\server\\share", "~", "a" * 300 + ".jpg", "x. "]),
    ),
    max_size=6,
)


@given(st.one_of(st.text(), st.builds(lambda parts, mark: mark.join(parts), SEPARATED, st.sampled_from("/\\"))))
def test_whatever_the_name_its_path_lies_inside_on_every_system(name):
    safe = safe_name(name)
    for kind, home in ((PurePosixPath, "/home/lot"), (PureWindowsPath, "D:\\home\\lot")):
        path = kind(home) / safe
        assert path.is_relative_to(home) and path != kind(home) and ".." not in path.parts
        assert not kind(safe).is_absolute() and not kind(safe).drive and not kind(safe).root
    for part in safe.split("/"):
        assert 0 < len(part.encode()) <= LONGEST and part not in (".", "..")
        assert not part.endswith((".", " ")) and not set(part) & set('<>:"|?*\\\0')
        reserved = getattr(ntpath, "isreserved", None) or (lambda part: PureWindowsPath(part).is_reserved())
        assert not reserved(part)
    assert safe_name(safe) == safe
