"""The layouts that pictures come in, and what lies among them."""

import errno
import hashlib
import os
import runpy
import sys
import unicodedata
import zipfile
import zlib

import pytest
from file_names import NAMES_OF_CATS, NAMES_OF_DOGS, OTHERS, TOGETHER
from helpers import ROOT, add, problems, saved, table
from hypothesis import given, strategies as st
from PIL import Image

from course_utils import (
    colors_folder,
    label_of,
    load_image,
    read_both,
    read_csv,
    read_filenames,
    read_folders,
    read_pictures,
    unzip,
)


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "cache"))


# The course's own pictures


def test_colors_are_as_in_the_article():
    training, validation = read_folders(colors_folder() / "training"), read_folders(colors_folder() / "validation")
    assert [path.stem for path in training.paths] == ["blue-1", "blue-2", "red-1", "red-2"]
    assert [path.stem for path in validation.paths] == ["blue-3", "red-3"]
    assert training.labels == ("blue", "blue", "red", "red")
    assert training.classes == validation.classes == ("blue", "red")
    assert training.report == ()


def test_colors_are_what_the_script_makes():
    shades = runpy.run_path(str(ROOT / "making" / "make_pictures.py"))["SHADES"]
    for name, shade in shades.items():
        assert (load_image(colors_folder() / name) == shade).all()


# A folder per label


def test_what_systems_leave_behind_is_no_data(tmp_path):
    add(tmp_path, "cat/a.png", "dog/d.PNG")
    add(tmp_path, "cat/.b.png", ".hidden/c.png", "__MACOSX/cat/a.png", "cat/._a.png", "@eaDir/a.png")
    add(tmp_path, "$RECYCLE.BIN/b.png", "System Volume Information/c.png", "lost+found/d.png", "#recycle/e.png")
    add(tmp_path, "cat/.ipynb_checkpoints/a-checkpoint.png")
    for name in ["cat/Thumbs.db", "dog/desktop.ini", "dog/.DS_Store"]:
        (tmp_path / name).write_text("left behind")
    pictures = read_folders(tmp_path)
    assert [path.name for path in pictures.paths] == ["a.png", "d.PNG"] and pictures.report == ()


def test_everything_else_that_is_left_out_is_counted(tmp_path):
    add(tmp_path, "cat/a.png", "loose.png", "cat/no_ending", "cat/wrong.doc")
    (tmp_path / "cat" / "notes.txt").write_text("no picture")
    (tmp_path / "emu").mkdir()
    pictures = read_folders(tmp_path)
    assert [path.name for path in pictures.paths] == ["a.png", "no_ending", "wrong.doc"]
    assert problems(pictures) == {
        "pictures outside of any label's folder": ("loose.png",),
        "pictures whose ending does not say so": ("no_ending", "wrong.doc"),
        "files that are no pictures": ("notes.txt",),
        "folders without pictures": ("emu",),
    }


@pytest.mark.skipif(sys.platform == "win32", reason="making links needs rights there")
def test_links_are_not_followed_out_of_the_root(tmp_path):
    add(tmp_path, "outside/secret/s.png", "root/cat/a.png")
    os.symlink(tmp_path / "outside" / "secret", tmp_path / "root" / "linked")
    os.symlink(tmp_path / "outside" / "secret" / "s.png", tmp_path / "root" / "cat" / "s.png")
    os.symlink(tmp_path / "root" / "cat" / "a.png", tmp_path / "root" / "cat" / "again.png")
    pictures = read_folders(tmp_path / "root")
    assert [path.name for path in pictures.paths] == ["a.png", "again.png"]
    assert problems(pictures) == {"links that lead elsewhere": ("linked", "s.png")}


def test_a_missing_or_empty_folder_is_explained(tmp_path):
    with pytest.raises(FileNotFoundError, match="nowhere"):
        read_folders(tmp_path / "nowhere")
    with pytest.raises(ValueError, match="no pictures"):
        read_folders(tmp_path)


# Labels in file names


@pytest.mark.parametrize(
    "name, label",
    [
        *[(name, "cat") for name in NAMES_OF_CATS],
        *[(name, "dog") for name in NAMES_OF_DOGS],
        *OTHERS.items(),
        ("dog-1.jpg", "dog"),
        ("dog_2.png", "dog"),
        ("dog 3.jpg", "dog"),
        ("dog (4).jpg", "dog"),
        ("dog(5).jpg", "dog"),
        ("dog6.jpg", "dog"),
        ("dog.jpg", "dog"),
        ("ice-cream-12.jpg", "ice-cream"),
        ("ice cream 12.jpg", "ice cream"),
        ("7up-1.jpg", "7up"),
        ("IMG-1234.jpg", None),
        ("IMG_20240101_120000.jpg", None),
        ("DSC01234.JPG", None),
        ("PXL_20240101_120000123.jpg", None),
        ("WhatsApp Image 2024-01-01 at 12.00.00.jpeg", None),
        ("12345.jpg", None),
        ("(1).jpg", None),
    ],
)
def test_labels_from_names(name, label):
    assert label_of(name) == label


@pytest.mark.parametrize("names, labels", TOGETHER.items(), ids="; ".join)
def test_names_of_files_that_lie_together(tmp_path, names, labels):
    assert ", ".join(read_filenames(add(tmp_path, *names)).classes) == labels


def test_copies_and_dates_are_no_classes(tmp_path):
    add(tmp_path, *NAMES_OF_CATS, *NAMES_OF_DOGS)
    pictures = read_pictures(tmp_path)
    assert pictures.classes == ("cat", "dog") and len(pictures.paths) == len(NAMES_OF_CATS + NAMES_OF_DOGS)


letters = st.text("bcdefghijklmnopqrstuvwxyz", min_size=4, max_size=9)
words = st.lists(letters, min_size=1, max_size=2).map("-".join).filter(lambda word: label_of(word) is not None)


@given(words, st.integers(0, 10_000), st.sampled_from(["-{}", "_{}", " {}", " ({})", "{}"]))
def test_a_number_never_changes_the_label(word, number, form):
    assert label_of(word + form.format(number) + ".jpg") == word


def test_capitals_and_unicode_forms_are_one_label(tmp_path):
    composed, decomposed = (unicodedata.normalize(form, "caf\u00e9") for form in ("NFC", "NFD"))
    add(tmp_path, f"{composed}-1.png", f"{decomposed}-2.png", "dog-1.png", "dog-2.png", "Dog-3.png", "IMG_1.png")
    pictures = read_filenames(tmp_path)
    assert pictures.classes == (composed, "dog") and pictures.labels.count("dog") == 3
    assert problems(pictures) == {
        "names that hold no label": ("IMG_1.png",),
        "one label in several spellings (Dog, dog)": ("Dog-3.png",),
        "one label in two Unicode forms": (f"{decomposed}-2.png",),
    }


def test_a_folder_of_camera_names_is_explained(tmp_path):
    with pytest.raises(ValueError, match=r"dog-1\.jpg[\s\S]*IMG_1\.png"):
        read_filenames(add(tmp_path, "IMG_1.png"))


# Tables


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("header", ["", "file{}label\n"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_tables_of_every_kind(tmp_path, delimiter, encoding, header, end):
    add(tmp_path, "a.png", "sub/b.png")
    text = (header + 'a.png{}"01"\nsub/b.png{}NA\n').replace("{}", delimiter).replace("\n", end)
    pictures = read_csv(tmp_path, table(tmp_path, text, encoding))
    assert [path.name for path in pictures.paths] == ["a.png", "b.png"]
    assert pictures.labels == ("01", "NA") and pictures.classes == ("01", "NA") and pictures.report == ()


def test_columns_are_found_by_their_names(tmp_path):
    add(tmp_path, "a.png")
    pictures = read_csv(tmp_path, table(tmp_path, "id,Class,Image name\n1,null,a.png\n"))
    assert pictures.labels == ("null",)
    assert read_csv(tmp_path, table(tmp_path, "cat,a.png\n")).labels == ("cat",)


def test_a_label_may_hold_the_delimiter_and_accents(tmp_path):
    add(tmp_path, "a.png")
    assert read_csv(tmp_path, table(tmp_path, 'a.png,"caf\u00e9, large"\n')).labels == ("caf\u00e9, large",)
    pictures = read_csv(tmp_path, table(tmp_path, "a.png,caf\u00e9\n", "cp1252"))
    assert pictures.labels == ("caf\u00e9",) and "a table that is not in UTF-8" in problems(pictures)


def test_every_row_that_is_left_out_is_named(tmp_path):
    add(tmp_path / "data", "a.png", "twice.png", "both.png", "unlisted.png")
    add(tmp_path, "outside.png")
    rows = ["a.png,cat", "twice.png,cat", "twice.png,cat", "both.png,cat", "both.png,dog", "gone.png,cat"]
    rows += ["../outside.png,cat", str(tmp_path / "outside.png") + ",cat", r"..\outside.png,cat", "a.png,", "alone"]
    pictures = read_csv(tmp_path / "data", table(tmp_path, "\n".join(rows)))
    assert [path.name for path in pictures.paths] == ["a.png", "twice.png"]
    found = problems(pictures)
    assert found["rows that are repeated"] == ("twice.png",)
    assert found["pictures with more than one label"] == ("both.png (cat, dog)",)
    assert found["files that don't exist"] == ("row 6: gone.png",)
    assert [row[:5] for row in found["names that lead out of the folder"]] == ["row 7", "row 8", "row 9"]
    assert found["rows without a label"] == ("row 10: a.png",)
    assert found["rows with fewer than two columns"] == ("row 11",)
    assert found["pictures that the table does not name"] == ("unlisted.png",)


def test_windows_paths_in_a_table(tmp_path):
    add(tmp_path, "cats/a.png")
    assert read_csv(tmp_path, table(tmp_path, "cats\\a.png,cat\n")).labels == ("cat",)


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=20), max_size=6))
def test_no_table_makes_it_crash_unexplained(tmp_path_factory, lines):
    folder = tmp_path_factory.mktemp("table")
    add(folder, "a.png")
    text = "a.png,cat\n" + "\n".join(lines)
    read = refused = None
    try:
        read = read_csv(folder, table(folder, text))
    except ValueError as error:
        refused = str(error)
    assert "labels.csv" in refused if refused else read.paths


# Any layout, zip files


def zipped(path, entries):
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return path


def png():
    return saved(Image.new("RGB", (4, 4), "red"), "PNG")


def test_the_layout_is_recognized(tmp_path):
    folders = add(tmp_path / "folders", "cat/a.png", "dog/b.png")
    names = add(tmp_path / "names", "cat-1.png", "dog-1.png")
    listed = add(tmp_path / "listed", "1.png", "2.png")
    labels = table(listed, "1.png,cat\n2.png,dog\n")
    for path in [folders, names, listed, labels]:
        pictures = read_pictures(path)
        assert pictures.classes == ("cat", "dog") and len(pictures.paths) == 2
        told = [finding.problem for finding in pictures.report]
        assert told == (["classes from the files' names: cat, dog"] if path == names else [])


@pytest.mark.parametrize("top", ["", "my photos/"])
def test_each_layout_from_a_zip(tmp_path, top):
    layouts = {
        "folders": {"cat/a.png": png(), "dog/b.png": png(), "__MACOSX/cat/._a.png": b"left behind"},
        "names": {"cat-1.png": png(), "dog-1.png": png(), ".DS_Store": b"left behind"},
        "listed": {"1.png": png(), "2.png": png(), "labels.csv": b"1.png,cat\n2.png,dog\n"},
    }
    for name, entries in layouts.items():
        path = zipped(tmp_path / f"{name}.zip", {top + entry: content for entry, content in entries.items()})
        pictures = read_pictures(path)
        assert sorted(pictures.labels) == ["cat", "dog"], name
        assert all(path.is_file() for path in pictures.paths)
        assert read_pictures(path).paths == pictures.paths, "the second time, nothing is unpacked"


def refuse(path, match):
    with pytest.raises(ValueError, match=match) as caught:
        unzip(path)
    assert path.name in str(caught.value)
    unpacked = path.parent / "cache" / "unpacked"
    assert not unpacked.exists() or not list(unpacked.iterdir()), "nothing half-unpacked"


@pytest.mark.parametrize("name", ["../out.png", "/out.png", "a/../../out.png", "..\\out.png", "C:\\out.png"])
def test_a_zip_that_leads_outside_is_refused(tmp_path, name):
    refuse(zipped(tmp_path / "bad.zip", {"cat/a.png": png(), name: png()}), "leads outside")


def test_zips_that_cannot_be_trusted_are_refused(tmp_path, monkeypatch):
    link = zipfile.ZipInfo("cat/link.png")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "link.zip", "w") as archive:
        archive.writestr(link, "/etc/passwd")
    refuse(tmp_path / "link.zip", "is a link")
    (tmp_path / "no.zip").write_bytes(b"no zip at all")
    refuse(tmp_path / "no.zip", "not a zip")
    whole = zipped(tmp_path / "whole.zip", {"cat/a.png": png() * 50}).read_bytes()
    (tmp_path / "cut.zip").write_bytes(whole[: len(whole) // 2])
    refuse(tmp_path / "cut.zip", "zip")
    (tmp_path / "flipped.zip").write_bytes(whole[:100] + bytes([whole[100] ^ 255]) + whole[101:])
    refuse(tmp_path / "flipped.zip", "CRC")
    locked = bytearray(whole)
    locked[6] |= 1
    locked[whole.index(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "locked.zip").write_bytes(locked)
    refuse(tmp_path / "locked.zip", "password")
    monkeypatch.setattr("course_utils.pictures.archives.MOST_FILES", 2)
    refuse(zipped(tmp_path / "many.zip", {f"cat/{i}.png": b"x" for i in range(3)}), "at most 2")
    monkeypatch.setattr("course_utils.pictures.archives.MOST_BYTES", 10)
    refuse(zipped(tmp_path / "large.zip", {"cat/a.png": png()}), "would unpack to")


def test_a_zip_that_needs_much_memory_is_refused(tmp_path):
    """Method LZMA: its header may ask for up to 4 GiB. What Python packs asks for 8 MiB."""
    good, bad = tmp_path / "good.zip", tmp_path / "bad.zip"
    with zipfile.ZipFile(good, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("cat/a.png", png())
    content = bytearray(good.read_bytes())
    place = 30 + len("cat/a.png") + 5
    assert content[place - 3 : place - 1] == b"\5\0", "the length of its settings: five bytes"
    content[place : place + 4] = (2**32 - 1).to_bytes(4, "little")
    bad.write_bytes(content)
    refuse(bad, "'cat/a.png' needs more than 64 MiB of memory")
    assert (unzip(good) / "cat" / "a.png").read_bytes() == png()


class Raw(zipfile.ZipInfo):
    """A member whose name is written as these bytes, without the flag that says UTF-8."""

    def __init__(self, raw, extra=b""):
        super().__init__(raw.hex())
        self.raw, self.extra = raw, extra

    def _encodeFilenameFlags(self):
        return self.raw, 0


def zipped_raw(path, names, **options):
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            archive.writestr(name if isinstance(name, Raw) else Raw(name, **options), png())
    return path


BEETLE = "K\u00e4fer"


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_names_without_the_flag_are_utf8_if_they_can_be(tmp_path, form):
    """Macs write them so, in form NFD."""
    names = [unicodedata.normalize(form, f"{BEETLE}/{number}.png").encode() for number in range(2)]
    pictures = read_pictures(zipped_raw(tmp_path / "mac.zip", [*names, b"dog/1.png", b"__MACOSX/dog/._1.png"]))
    assert pictures.classes == (BEETLE, "dog") and len(pictures.paths) == 3 and pictures.report == ()


@pytest.mark.parametrize("encoding", ["cp437", "latin-1", "shift-jis"])
def test_names_in_another_encoding_are_told(tmp_path, encoding):
    name = "\u72ac/1.png" if encoding == "shift-jis" else f"{BEETLE}/1.png"
    pictures = read_pictures(zipped_raw(tmp_path / "old.zip", [name.encode(encoding), b"dog/1.png"]))
    assert len(pictures.classes) == 2 and (BEETLE in pictures.classes) == (encoding == "cp437")
    ((problem, files),) = problems(pictures).items()
    assert problem == "names in the zip file that may be misspelt" and len(files) == 1 and files[0].endswith("/1.png")
    (tmp_path / "both").mkdir()
    both = [f"{part}/{BEETLE}/1.png".encode(encoding, "ignore") for part in ("train", "val")]
    learned, judged = read_both(zipped_raw(tmp_path / "both.zip", both))
    assert problem in problems(learned) or encoding == "shift-jis"


def test_a_name_that_is_given_in_utf8_too(tmp_path):
    raw = f"{BEETLE}/1.png".encode("latin-1")
    field = b"\x01" + zlib.crc32(raw).to_bytes(4, "little") + f"{BEETLE}/1.png".encode()
    extra = (0x7075).to_bytes(2, "little") + len(field).to_bytes(2, "little") + field
    path = zipped_raw(tmp_path / "info.zip", [raw, b"dog/1.png"], extra=extra)  # of the second, it is a stranger's
    pictures = read_pictures(path)
    assert pictures.classes == (BEETLE, "dog") and pictures.report == ()


@pytest.mark.parametrize(
    "raw", ["../K\u00e4fer.png", "K\u00e4fer/../../x.png", "/K\u00e4fer.png", "C:\\K\u00e4fer.png"]
)
def test_mended_names_stay_inside(tmp_path, raw):
    refuse(zipped_raw(tmp_path / "bad.zip", [raw.encode()]), "leads outside")


def test_an_old_cache_with_misspelt_names_is_not_believed(tmp_path):
    path = zipped_raw(tmp_path / "mac.zip", [f"{BEETLE}/1.png".encode(), b"dog/1.png"])
    before = tmp_path / "cache" / "unpacked" / hashlib.sha256(path.read_bytes()).hexdigest()[:16]
    add(before, "Ka\u2560/1.png", "dog/1.png")
    assert read_pictures(path).classes == (BEETLE, "dog")


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_one_name_twice_loses_nothing(tmp_path):
    shades = ["red", "green", "blue", "white"]
    names = ["dog-1.png", "dog-1.png", "DOG-1.png", "cat (4).png"]
    with zipfile.ZipFile(tmp_path / "twice.zip", "w") as archive:
        for name, shade in zip([*names, "cat (4).png"], [*shades, "black"], strict=True):
            archive.writestr(name, saved(Image.new("RGB", (4, 4), shade), "PNG"))
    pictures = read_pictures(tmp_path / "twice.zip")
    assert {label.lower() for label in pictures.labels} == {"cat", "dog"}
    assert len({load_image(path).tobytes() for path in pictures.paths}) == 5
    assert problems(pictures)["names that occur twice in the zip file"] == (*names, "cat (4).png")


ARCHIVES = {
    "pets.tgz": (b"\x1f\x8b\x08\0", "packed with gzip"),
    "pets.tar": (bytes(257) + b"ustar\x0000" + bytes(300), "a tar archive"),
    "pets.tar.bz2": (b"BZh91AY&SY", "packed with bzip2"),
    "pets.tar.xz": (b"\xfd7zXZ\0\0", "packed with xz"),
    "pets.rar": (b"Rar!\x1a\x07\x01\0", "a RAR archive"),
    "pets.7z": (b"7z\xbc\xaf\x27\x1c\0", "a 7-Zip archive"),
    "renamed.zip": (b"Rar!\x1a\x07\0", "a RAR archive"),
}


@pytest.mark.parametrize("name", ARCHIVES)
def test_other_archives_say_what_they_are(tmp_path, name):
    content, words = ARCHIVES[name]
    (tmp_path / name).write_bytes(content)
    refuse(tmp_path / name, f"{name}: it is {words}.*unpack it, and give the folder, or make a zip file")
    for read in (read_pictures, read_both):
        with pytest.raises(ValueError, match=words):
            read(tmp_path / name)


@pytest.mark.parametrize(
    "name, content, words",
    [
        ("page.zip", b"<!DOCTYPE html><html>404</html>", "it is a web page; download"),
        ("pets.zip", b"version https://git-lfs.github.com/spec/v1\noid", "git-lfs pointer; .*git lfs pull"),
        ("dog.png", None, "it is a PNG picture, no zip file. Give the folder"),
        ("empty.zip", b"", "it is empty; copy or download it again"),
    ],
)
def test_what_is_no_archive_says_what_it_is(tmp_path, name, content, words):
    (tmp_path / name).write_bytes(png() if content is None else content)
    refuse(tmp_path / name, words)


@pytest.mark.parametrize("method, words", [(9, "Deflate64"), (98, "PPMd"), (77, "method 77")])
def test_a_method_that_python_does_not_know(tmp_path, method, words):
    whole = bytearray(zipped(tmp_path / "large.zip", {"cat/a.png": png(), "__MACOSX/a": b"x"}).read_bytes())
    for mark, offset in [(b"PK\x03\x04", 8), (b"PK\x01\x02", 10)]:
        start = whole.index(mark) + offset
        whole[start : start + 2] = method.to_bytes(2, "little")
    (tmp_path / "large.zip").write_bytes(whole)
    refuse(tmp_path / "large.zip", f"large.zip: 'cat/a.png' is packed with {words}.*unpack it with the program")


NO_LABELS = {
    "cameras": (read_pictures, {"IMG_1.png": png()}),
    "no picture": (read_pictures, {"notes.txt": b"x"}),
    "a bad table": (read_pictures, {"1.png": png(), "labels.csv": b"2.png,cat"}),
    "a part": (read_both, {"a/train/cat/a.png": png()}),
    "a strange label": (read_both, {"train/cat/a.png": png(), "val/dog/a.png": png()}),
}


@pytest.mark.parametrize("name", NO_LABELS)
def test_errors_name_the_zip_that_was_given(tmp_path, name):
    read, entries = NO_LABELS[name]
    with pytest.raises((ValueError, FileNotFoundError)) as caught:
        read(zipped(tmp_path / "my pets.zip", entries))
    words = str(caught.value)
    assert str(tmp_path / "my pets.zip") in words and "unpacked" not in words and "-named" not in words


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such names")
def test_names_that_are_not_utf8_are_left_out_and_told(tmp_path):
    add(tmp_path, "cat/a.png", "dog/b.png", "K\udce4fer/c.png", "dog/h\udcfcbsch.png", "dog/\udcff.txt")
    pictures = read_pictures(tmp_path)
    assert pictures.classes == ("cat", "dog") and len(pictures.paths) == 2
    assert problems(pictures) == {
        "names that are not UTF-8": (r"K\udce4fer", r"h\udcfcbsch.png", r"\udcff.txt"),
    }
    str(pictures.report).encode()
    add(tmp_path / "alone", "K\udce4fer/c.png")
    with pytest.raises(ValueError, match=r"K\\udce4fer") as caught:
        read_pictures(tmp_path / "alone")
    str(caught.value).encode()


KINDS = {
    "a.jp2": (b"\0\0\0\x0cjP  \r\n\x87\n", "pictures that can't be read (a JPEG 2000 picture)"),
    "a.psd": (b"8BPS\0\1", "pictures that can't be read (a Photoshop picture (PSD))"),
    "a.nef": (b"II*\0\x10\0\0\0CR\2\0", "pictures that can't be read (a camera's raw picture)"),
    "a.rar": (b"Rar!\x1a\x07\0", "archives that are not opened (a RAR archive)"),
    "a.mp4": (b"\0\0\0\x18ftypmp42", "files that are no pictures"),
}


def test_pictures_of_other_kinds_are_not_called_no_pictures(tmp_path):
    add(tmp_path, "cat/a.png")
    for name, (content, _) in KINDS.items():
        (tmp_path / "cat" / name).write_bytes(content)
    pictures = read_folders(tmp_path)
    assert problems(pictures) == {problem: (name,) for name, (_, problem) in KINDS.items()}
    assert "To use one, export it as JPEG from the camera's program" in str(pictures.report)


def test_a_full_disk_is_no_fault_of_the_zip(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("course_utils.pictures.archives.shutil.copyfileobj", full)
    refuse(zipped(tmp_path / "good.zip", {"cat/a.png": png()}), "no space is left.*COURSE_CACHE names another place")


def test_training_and_validation_share_one_order(tmp_path):
    training = add(tmp_path / "training", "cat/a.png", "dog/b.png", "emu/c.png")
    learned, judged = read_both(training, add(tmp_path / "validation", "emu/a.png", "dog/b.png"))
    assert judged.classes == learned.classes == ("cat", "dog", "emu") and judged.labels == ("dog", "emu")
    with pytest.raises(ValueError, match="'Emu'.*validation|validation.*'Emu'"):
        read_both(training, add(tmp_path / "validation2", "Emu/a.png"))


def test_training_and_validation_in_one_folder_or_zip(tmp_path):
    names = ["Train/cat/a.png", "Train/dog/b.png", "val/dog/c.png"]
    learned, judged = read_both(add(tmp_path / "both", *names))
    assert learned.labels == ("cat", "dog") and judged.labels == ("dog",) and judged.classes == ("cat", "dog")
    learned, judged = read_both(zipped(tmp_path / "both.zip", {f"photos/{name}": png() for name in names}))
    assert learned.labels == ("cat", "dog") and judged.labels == ("dog",)
    with pytest.raises(FileNotFoundError, match="validation or valid or val or test"):
        read_both(add(tmp_path / "half", "training/cat/a.png"))
    add(tmp_path / "mixed", "train/cat/a.png", "val/cat/b.png")
    assert "training and validation folders, read as one set" in problems(read_pictures(tmp_path / "mixed"))
