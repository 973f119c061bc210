"""Where things lie, and writing them whole."""

import os
import shutil
import sys
import tempfile
import warnings
from pathlib import Path

import platformdirs
import pooch
import pytest
from helpers import make_pictures

import course_utils as cu
from course_utils import files
from course_utils.assets import fetch


def in_folder(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


def test_the_cache_lies_where_other_programs_keep_theirs(monkeypatch):
    monkeypatch.delenv("COURSE_CACHE", raising=False)
    assert files.cache_folder() == Path(pooch.os_cache(files.NAME)) == Path(platformdirs.user_cache_dir(files.NAME))


def test_the_cache_lies_where_the_desktop_says(monkeypatch, tmp_path):
    monkeypatch.delenv("COURSE_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert files.cache_folder() == Path(platformdirs.user_cache_dir(files.NAME))


def test_the_cache_lies_where_it_is_told_to(monkeypatch, tmp_path):
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "here"))
    assert files.cache_folder() == tmp_path / "here"


@pytest.mark.parametrize("before", [None, "the old content"])
def test_a_file_is_kept_whole_or_not_at_all(tmp_path, before):
    target = tmp_path / "deep" / "file.txt"
    if before:
        target.parent.mkdir()
        target.write_text(before)

    def break_off(arriving):
        arriving.write_text("half")
        assert not target.exists() or target.read_text() == before
        raise ZeroDivisionError("in the middle")

    with pytest.raises(ZeroDivisionError, match="in the middle"):
        files.keep(target, break_off)
    assert in_folder(tmp_path) == (["deep", "deep/file.txt"] if before else ["deep"])
    assert not before or target.read_text() == before
    assert files.keep(target, lambda arriving: arriving.write_text("new")) == target
    assert target.read_text() == "new" and in_folder(tmp_path) == ["deep", "deep/file.txt"]


def test_what_a_file_is_written_under_has_its_ending(tmp_path):
    seen = []
    files.keep(tmp_path / "a.npy", lambda arriving: (seen.append(arriving.name), arriving.touch()))
    assert seen == ["a.npy"]


def caught():
    try:
        raise ValueError("caf\u00e9 \udce9")  # a name in no encoding, as file systems may hold
    except ValueError as error:
        return error


def test_the_traceback_of_an_error_is_kept(monkeypatch, tmp_path):
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "cache"))
    log = tmp_path / "cache" / "errors.log"
    assert files.log_error(caught()) == files.log_error(caught()) == f"The traceback is in {log}."
    text = log.read_text(encoding="utf-8")
    assert text.count("ValueError: caf\u00e9 \\udce9") == text.count("in caught\n") == 2


@pytest.fixture
def nowhere(monkeypatch, tmp_path):
    """A home that can't be written to, and no other cache named: a file is in the way."""
    (tmp_path / "taken").touch()
    for name in ("COURSE_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name in ("HOME", "USERPROFILE", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(tmp_path / "taken" / "deep"))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    files.temporary_folder.cache_clear()
    yield tmp_path
    files.temporary_folder.cache_clear()


def test_a_cache_that_cannot_be_written_to_gives_way_to_a_temporary_folder(nowhere):
    with pytest.warns(UserWarning, match="taken.deep.*can't be written to.*COURSE_CACHE"):
        folder = files.cache_folder()
    assert folder.is_relative_to(nowhere) and files.keep(folder / "a.txt", Path.touch).exists()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert files.cache_folder() == folder, "and it is said once"
    if sys.platform != "win32":
        assert folder.parent.stat().st_mode & 0o077 == 0, "nobody else's"


@pytest.mark.skipif(sys.platform == "win32", reason="there, each user has a temporary folder")
@pytest.mark.parametrize("kind", ["a file", "a link", "open to all"])
def test_a_temporary_folder_of_somebody_else_is_not_used(nowhere, kind):
    usual = nowhere / f"{files.NAME}-{os.getuid()}"
    if kind == "a file":
        usual.touch()
    elif kind == "a link":
        (nowhere / "else").mkdir()
        usual.symlink_to(nowhere / "else")
    else:
        usual.mkdir()
        usual.chmod(0o777)
    assert files.temporary_folder() != usual and files.can_write(files.temporary_folder())


def test_pictures_of_a_zip_file_are_read_where_the_cache_cannot_be_written(nowhere):
    pets = make_pictures(nowhere / "pets", red=2, blue=2)
    pets = shutil.make_archive(str(nowhere / "pets"), "zip", pets)
    with pytest.warns(UserWarning, match="COURSE_CACHE"):
        assert len(cu.read_pictures(pets).paths) == 4


def test_a_file_that_is_named_as_the_cache_is_told(nowhere, monkeypatch):
    monkeypatch.setenv("COURSE_CACHE", str(nowhere / "taken"))
    pets = make_pictures(nowhere / "pets", red=2, blue=2)
    with pytest.raises(OSError, match="Can't make .*taken.*COURSE_CACHE"):
        cu.read_pictures(shutil.make_archive(str(nowhere / "pets"), "zip", pets))


def test_what_can_only_be_read_serves_for_reading(monkeypatch, tmp_path):
    (tmp_path / "cache").mkdir()
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("COURSE_MIRROR", str(tmp_path / "none"))
    monkeypatch.setattr(fetch, "matches", lambda path, checksum: path.is_relative_to(tmp_path / "cache"))
    monkeypatch.setattr(fetch, "cache_folder", lambda: tmp_path / "other")
    name = next(iter(fetch.registry()))
    assert fetch.where(name) == ("cache", str(tmp_path / "cache" / name))


def test_a_home_in_the_caches_name_is_put_in(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    monkeypatch.setenv("COURSE_CACHE", "~/x")
    assert files.cache_folder() == tmp_path / "x"


def test_an_error_that_cannot_be_logged_costs_nothing(monkeypatch, tmp_path):
    (tmp_path / "taken").touch()
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "taken"))
    assert files.log_error(caught()) == ""


def test_nor_does_one_where_nothing_can_be_written_at_all(monkeypatch, nowhere):
    monkeypatch.setattr(tempfile, "tempdir", str(nowhere / "taken"))
    assert files.log_error(caught()) == ""


def test_a_named_cache_that_may_not_be_written_to_gives_way_too(monkeypatch, nowhere):
    """Mocked, since tests may run as root, who may write anywhere."""
    (nowhere / "locked").mkdir()
    monkeypatch.setenv("COURSE_CACHE", str(nowhere / "locked" / "cache"))
    monkeypatch.setattr(files, "can_write", lambda folder: "locked" not in str(folder))
    with pytest.warns(UserWarning, match="locked.cache can't be written to.*COURSE_CACHE"):
        assert "locked" not in str(files.cache_folder())


def test_without_the_courses_folder_its_copies_in_the_package_serve(monkeypatch):
    monkeypatch.setattr(files, "course_folder", lambda: None)
    assert files.data_folder() == files.PACKAGE / "data"
    with pytest.raises(FileNotFoundError, match="the package alone"):
        files.require_course_folder()
