"""Where things lie, and writing them whole."""

from pathlib import Path

import platformdirs
import pooch
import pytest

from course_utils import files


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


def test_an_error_that_cannot_be_logged_costs_nothing(monkeypatch, tmp_path):
    (tmp_path / "taken").touch()
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "taken"))
    assert files.log_error(caught()) == ""


def test_without_the_courses_folder_its_copies_in_the_package_serve(monkeypatch):
    monkeypatch.setattr(files, "course_folder", lambda: None)
    assert files.data_folder() == files.PACKAGE / "data"
    with pytest.raises(FileNotFoundError, match="the package alone"):
        files.require_course_folder()
