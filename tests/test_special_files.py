"""Pipes, sockets and devices are no pictures, tables or archives: nothing waits for them."""

import os
import socket
import sys

import pytest
from helpers import PATIENCE, add, run_python

pytestmark = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes in folders")
TRY = """
import os, sys
from pathlib import Path
import course_utils as cu
from course_utils.export.answers import list_pictures
from course_utils.network.features import features_one_by_one
from course_utils.pictures.sets import find_pictures, is_picture

folder, kind = Path(sys.argv[1]), sys.argv[2]
jpg, archive, table = (folder / name for name in ("a.jpg", "a.zip", "a.csv"))
words = f"it is no regular file, but {kind}; give a file"

def refuses(function, *given):
    try:
        function(*given)
    except (ValueError, OSError) as error:
        return str(error)
    raise AssertionError(f"{function} {given}")

assert words in refuses(cu.load_image, jpg)
assert not is_picture(jpg)
found, findings = find_pictures(folder)
assert [path.name for path in found] == ["good.png"], found
assert [one.files for one in findings if "pipes" in one.problem] == [("a.csv", "a.jpg", "a.zip")], findings
pictures = cu.PictureSet((jpg, folder / "good.png"), ("cat", "dog"), ("cat", "dog"))
assert any(words in one.problem for one in cu.check_pictures(pictures))
seen = list(features_one_by_one(pictures.paths, cu.load_network()))
assert words in seen[0].reason and seen[1].shape == (7, 7, 256)
assert list_pictures([folder])[0] == [folder / "good.png"]
for path in (jpg, archive, table):
    for function in (cu.read_pictures, cu.read_folders, cu.unzip):
        assert words in refuses(function, path), function
assert "not a file" in refuses(cu.read_csv, folder, table)
"""


def make(kind, path):
    if kind == "a named pipe (FIFO)":
        os.mkfifo(path)
    elif kind == "a socket":
        with socket.socket(socket.AF_UNIX) as end:
            end.bind(str(path))
    else:
        path.symlink_to("/dev/zero")


@pytest.mark.parametrize("kind", ["a named pipe (FIFO)", "a socket", "a device"])
def test_special_files_are_named_and_not_opened(tmp_path, kind, monkeypatch):
    folder = add(tmp_path / "set", "good.png")
    monkeypatch.chdir(folder)  # the name of a socket must be short
    for name in ("a.jpg", "a.zip", "a.csv"):
        make(kind, folder / name if kind == "a device" else type(folder)(name))
    done = run_python(
        "-c", TRY, folder, kind, timeout=PATIENCE, env={**os.environ, "COURSE_CACHE": str(tmp_path / "c")}
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="memory is limited as on Linux")
def test_a_table_larger_than_tables_are_is_refused(tmp_path):
    path = add(tmp_path, "1.png") / "labels.csv"
    path.write_text("file,label\n1.png,cat\n")
    with open(path, "r+b") as file:
        file.truncate(3_000_000_000)  # a hole: it takes no disk
    limited = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_AS, (1_500_000_000,) * 2)\n"
        "import course_utils as cu\n"
        "try: cu.read_csv(sys.argv[1], sys.argv[2])\n"
        "except ValueError as error: print(error)"
    )
    done = run_python("-c", limited, tmp_path, path, timeout=PATIENCE)
    assert done.stdout.startswith("labels.csv has more than 100 million bytes; expected a row for each picture."), done
