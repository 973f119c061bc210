"""One sentence for what goes wrong: it names the file, and what to do; and nothing is printed past it."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
from helpers import PATIENCE, ROOT, add, problems, table
from PIL import Image

import course_utils as cu
from course_utils.pictures import quiet, sets

DEEP = 1100


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "cache"))


# Missing files


@pytest.mark.parametrize("name", ["it", "gone.jpg", "a.b", "deep/er/x.jpg", "p"])
def test_what_is_missing_is_named(tmp_path, name):
    with pytest.raises(cu.UnreadableImageError) as caught:
        cu.load_image(tmp_path / name)
    missing = tmp_path / "deep" if "/" in name else tmp_path / name
    assert caught.value.reason == f"there is no {'folder' if '/' in name else 'file'} {missing}"


@pytest.mark.parametrize("name", ["", ".", "x"])
def test_short_names_leave_the_words_whole(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x").write_bytes(b"xx it x")
    with pytest.raises(cu.UnreadableImageError) as caught:
        cu.load_image(name)
    assert caught.value.reason.startswith(
        {"": "it has no name", ".": "it is a folder; expected a file", "x": "it is empty, or no picture"}[name]
    )


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_a_link_to_nothing_says_where_it_leads(tmp_path):
    (tmp_path / "a.jpg").symlink_to("gone.jpg")
    with pytest.raises(cu.UnreadableImageError, match=r"it is a link to gone\.jpg, which is not there"):
        cu.load_image(tmp_path / "a.jpg")


# Folders and zip files


def test_an_svg_is_named(tmp_path):
    (tmp_path / "logo.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    for read in (cu.load_image, cu.read_pictures):
        with pytest.raises(ValueError, match=r"logo\.svg: it is an SVG drawing"):
            read(tmp_path / "logo.svg")


def test_empty_zip_files_and_those_without_pictures(tmp_path):
    with zipfile.ZipFile(tmp_path / "empty.zip", "w"):
        pass
    with pytest.raises(ValueError, match=r"empty\.zip is empty; expected pictures, in a folder for each class"):
        cu.read_pictures(tmp_path / "empty.zip")
    with zipfile.ZipFile(tmp_path / "texts.zip", "w") as file:
        file.writestr("cat/readme.md", "hello\n")
    with pytest.raises(ValueError, match=r"texts\.zip holds no pictures; expected [\s\S]*readme\.md"):
        cu.read_pictures(tmp_path / "texts.zip")


def test_a_folder_that_can_not_be_read_is_named(tmp_path, monkeypatch):
    """Root may read all, so the refusal is made."""
    add(tmp_path / "pets", "cat/1.png", "dog/1.png", "owl/1.png")
    scan = os.scandir

    def refuse(folder):
        if Path(folder).name == "dog":
            raise PermissionError(13, "Permission denied", str(folder))
        return scan(folder)

    monkeypatch.setattr(sets.os, "scandir", refuse)
    pictures = cu.read_pictures(tmp_path / "pets")
    assert pictures.classes == ("cat", "owl") and problems(pictures) == {"folders that can't be read": ("dog",)}
    trainer = cu.Trainer()
    assert "folders that can't be read: dog" in f"{trainer.add(tmp_path / 'pets')}"


def test_folders_as_deep_as_recursion_never_goes(tmp_path, monkeypatch):
    """Made from inside, so that no path is too long for the system while it is made."""
    monkeypatch.chdir(tmp_path)
    for _ in range(DEEP):
        os.mkdir("d")
        os.chdir("d")
    Image.new("RGB", (8, 8)).save("1.png")
    os.chdir(tmp_path)
    add(tmp_path, "cat/1.png")
    try:
        pictures = cu.read_pictures(Path())
        assert pictures.classes == ("cat", "d")
    finally:
        place = tmp_path / Path(*["d"] * DEEP)
        (place / "1.png").unlink()
        while place != tmp_path:
            place.rmdir()
            place = place.parent


# One class


def test_a_folder_whose_files_are_named_after_nothing_is_one_class(tmp_path):
    for names in (["a.png", "b.png"], ["IMG_1.png", "IMG_2.png"]):
        pictures = cu.read_pictures(add(tmp_path / f"of{len(names[0])}" / "cat", *names))
        assert pictures.classes == ("cat",) and len(pictures.paths) == 2
        (note,) = pictures.report
        assert note.problem == "no folders for classes: all are 'cat', as their folder is called"
    assert cu.read_pictures(tmp_path / "of5" / "cat", level=0).classes == ("a", "b")


def test_a_folder_whose_files_are_named_after_classes_says_so(tmp_path):
    pictures = cu.read_pictures(add(tmp_path / "cat", "cat-1.png", "dog-2.png"))
    assert pictures.classes == ("cat", "dog")
    assert [note.problem for note in pictures.report] == ["classes from the files' names: cat, dog"]


# Tables


def test_a_quote_that_is_not_closed_is_noticed(tmp_path):
    add(tmp_path, "a.png", "b.png", "c.png", "d.png")
    rows = "file,label\na.png,cat\nb.png,{}\nc.png,dog\nd.png,cat\n"
    pictures = cu.read_csv(tmp_path, table(tmp_path, rows.format('"dog')))
    assert [path.name for path in pictures.paths] == ["a.png"]
    found = problems(pictures)
    assert found["a quote that is opened, and not closed in its row"] == ("row 3",)
    pictures = cu.read_csv(tmp_path, table(tmp_path, rows.format('"dog') + 'e.png,"cat"\n'))
    assert problems(pictures)["a quote that is opened, and not closed in its row"] == ("row 3",)
    whole = cu.read_csv(tmp_path, table(tmp_path, rows.format('"do\ng"')))
    assert whole.classes == ("cat", "do g", "dog") and len(whole.paths) == 4
    assert "a quote that is opened, and not closed in its row" not in problems(whole)


def test_a_quote_that_takes_in_a_long_rest_is_refused(tmp_path):
    add(tmp_path, "a.png", "b.png")
    rows = 'file,label\na.png,cat\nb.png,"dog\n' + "".join(f"gone-{number}.png,cat\n" for number in range(20_000))
    with pytest.raises(ValueError, match=r"in row 3, a cell is very long; perhaps a quote in it is not closed"):
        cu.read_csv(tmp_path, table(tmp_path, rows))


def test_control_characters_leave_labels(tmp_path):
    add(tmp_path, "a.png", "b.png", "c.png")
    pictures = cu.read_csv(tmp_path, table(tmp_path, "file,label\na.png,c\0at\nb.png,\x1b[31mdog\u202e\nc.png,\x07\n"))
    assert pictures.labels == ("cat", "[31mdog")
    assert problems(pictures)["labels with control characters"] == ("row 2: a.png", "row 3: b.png")
    assert problems(pictures)["rows without a label"] == ("row 4: c.png",)


def test_rows_that_are_too_short_or_too_long_are_named(tmp_path):
    add(tmp_path, "a.png", "b.png", "c.png")
    rows = "file,label,note\na.png,cat,x\nb.png\nc.png,dog,x,y,z\n"
    found = problems(cu.read_csv(tmp_path, table(tmp_path, rows)))
    assert found["rows with fewer than two columns"] == ("row 3",)
    assert found["rows with more columns than others, parted by ','"] == ("row 4",)


@pytest.mark.parametrize("name", ["labels.json", "labels.jsonl"])
def test_json_that_lies_too_deep_is_refused(tmp_path, name):
    add(tmp_path, "a.png")
    (tmp_path / name).write_text("[" * 100_000 + "]" * 100_000)
    with pytest.raises(ValueError, match=rf"{name} is no table: its lists lie too deep in one another"):
        cu.read_csv(tmp_path, tmp_path / name)


# What C code prints


def damaged_tiff(path):
    numbers = np.random.default_rng(0).integers(0, 255, (200, 200, 3), dtype=np.uint8)
    Image.fromarray(numbers).save(path, "TIFF", compression="tiff_lzw")
    content = bytearray(path.read_bytes())
    content[3000:3400] = b"\xff" * 400
    path.write_bytes(content)
    return path


LOAD = """
import sys
from course_utils import UnreadableImageError, load_image
try:
    load_image(sys.argv[1])
except UnreadableImageError:
    print("told")
"""


@pytest.mark.parametrize("reachable", [True, False])
def test_libtiff_prints_nothing(tmp_path, reachable):
    path = damaged_tiff(tmp_path / "a.tif")
    start = "" if reachable else "import course_utils.pictures.quiet as q; q._libtiff_is_quiet = lambda: False\n"
    bare = f"from PIL import Image\ntry: Image.open({str(path)!r}).load()\nexcept OSError: print('told')"
    said = [
        subprocess.run(
            [sys.executable, "-c", program, path], cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE
        )
        for program in (bare, start + LOAD)
    ]
    assert [one.stdout for one in said] == ["told\n", "told\n"] and said[0].stderr and not said[1].stderr


def test_a_tiff_is_read_as_before(tmp_path):
    picture = Image.fromarray(np.random.default_rng(0).integers(0, 255, (20, 30, 3), dtype=np.uint8))
    for form in ("raw", "tiff_lzw", "tiff_adobe_deflate"):
        picture.save(tmp_path / "a.tif", compression=form)
        assert np.array_equal(cu.load_image(tmp_path / "a.tif"), np.asarray(picture))
    with quiet.quiet_tiff():
        pass


# Nobody reads


@pytest.mark.skipif(sys.platform == "win32", reason="pipes break otherwise there")
@pytest.mark.parametrize("words", [["--help"], ["assets"], ["doctor"], ["doctor", "--json"], ["cache"]])
def test_a_reader_that_goes_ends_the_command_in_silence(words):
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [sys.executable, "-m", "course_utils", *words],
        stdout=writer,
        stderr=subprocess.PIPE,
        cwd=ROOT,
        timeout=PATIENCE,
    )
    os.close(writer)
    code = 0 if words == ["--help"] else 141  # argparse takes no notice
    assert done.returncode == code and done.stderr == b""


@pytest.mark.skipif(sys.platform == "win32", reason="needs a POSIX shell")
@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-"])
def test_a_command_goes_on_where_its_output_is_closed(closed):
    words = ["sh", "-c", f'exec "$0" -m course_utils cache {closed}', sys.executable]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, timeout=PATIENCE)
    assert done.returncode == 0 and done.stderr == b""
    assert bool(done.stdout) == (closed == "2>&-")
