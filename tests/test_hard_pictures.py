"""Every kind of picture file is read right, or refused by name."""

import io
import sys
import time
import tomllib

import hard_pictures
import numpy as np
import pytest
from helpers import ROOT, noise, run_python, saved
from PIL import Image, ImageCms, TiffImagePlugin

from course_utils import UnreadableImageError, load_image
from course_utils.pictures.formats import HEIC_COMMAND

GOOD, GRAY, BAD = hard_pictures.good(), hard_pictures.good_gray(), hard_pictures.bad()
CORNERS = [(4, 4), (4, 27), (19, 4), (19, 27)]


# sRGB with red and green exchanged
PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
PROFILE = PROFILE.replace(b"rXYZ", b"----").replace(b"gXYZ", b"rXYZ").replace(b"----", b"gXYZ")


def written(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    return tmp_path / name


@pytest.mark.parametrize("name", GOOD)
def test_pictures_in_color(tmp_path, name):
    image = load_image(written(tmp_path, name, GOOD[name]))
    assert image.shape == (24, 32, 3) and image.dtype == np.uint8 and image.flags.c_contiguous
    for place, color in zip(CORNERS, hard_pictures.COLORS, strict=True):
        assert np.abs(image[place].astype(int) - color).max() < 20, place


@pytest.mark.parametrize("name", GRAY)
def test_pictures_in_gray(tmp_path, name):
    image = load_image(written(tmp_path, name, GRAY[name]))
    expected = np.asarray(hard_pictures.quadrants("L")).astype(int)
    assert image.shape == (24, 32, 3) and (image == image[..., :1]).all()
    for place in CORNERS:
        assert abs(int(image[place][0]) - expected[place]) < 8, place


@pytest.mark.parametrize("name", BAD)
def test_files_that_are_no_whole_picture(tmp_path, name, capfd):
    path = written(tmp_path, name, BAD[name])
    with pytest.raises(UnreadableImageError, match=name) as caught:
        load_image(path)
    message = str(caught.value)
    assert str(path) in message and "try again or leave it out" in message
    assert message.count(str(tmp_path)) == 1, "the reason does not name the path again"
    assert capfd.readouterr() == ("", "")


def test_a_folder_and_a_missing_file(tmp_path):
    for path in [tmp_path, tmp_path / "gone.jpg"]:
        with pytest.raises(UnreadableImageError, match=path.name):
            load_image(path)


def test_a_jpeg_in_ycck(tmp_path):
    content = GOOD["cmyk.jpg"]
    place = content.index(b"Adobe") + 11  # the byte that names the color transform
    ycck = content[:place] + b"\x02" + content[place + 1 :]
    assert load_image(written(tmp_path, "ycck.jpg", ycck)).shape == (24, 32, 3)


HEIC = b"\0\0\0\x1cftypheic\0\0\0\0mif1heicmiaf" + bytes(99)


@pytest.mark.parametrize("name", ["phone.heic", "phone.jpg"])
def test_heic_is_read_or_says_what_it_needs(tmp_path, name):
    try:
        import pillow_heif

        pillow_heif.register_heif_opener()
        content = saved(hard_pictures.quadrants(), "HEIF", quality=95)
        assert load_image(written(tmp_path, name, content)).shape == (24, 32, 3)
    except ImportError:
        with pytest.raises(UnreadableImageError, match=f"{name}: it is a HEIC picture") as caught:
            load_image(written(tmp_path, name, HEIC))
        assert HEIC_COMMAND in str(caught.value)


def test_the_readme_has_the_command_for_heic():
    extra = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    assert HEIC_COMMAND in (ROOT / "README.md").read_text(encoding="utf-8")
    assert [f'python -m pip install "{one}"' for one in extra["heic"]] == [HEIC_COMMAND]


@pytest.mark.parametrize("name", ["phone.HEIC", "phone.avif", "phone.tif", "phone.txt"])
def test_a_jpeg_under_another_name(tmp_path, name):
    assert np.array_equal(
        load_image(written(tmp_path, name, GOOD["baseline.jpg"])), load_image(written(tmp_path, "a", GOOD["jpeg"]))
    )


FOREIGN = {
    "git-lfs pointer": b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n",
    "web page": b"\xef\xbb\xbf\n<!-- saved -->\n<HTML lang=en><body>Log in</body></HTML>",
    "JPEG 2000": b"\0\0\0\x0cjP  \r\n\x87\n\0\0\0\x14ftypjp2 ",
    "JPEG XL": b"\0\0\0\x0cJXL \r\n\x87\n\0\0\0\x14ftypjxl ",
    "JPEG XL ": b"\xff\x0a\xfa\x7f\x01",
    "Photoshop": b"8BPS\0\1\0\0\0\0\0\0\0\3",
    "SVG": b'<?xml version="1.0"?>\n<!-- made -->\n<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN">\n<svg width="9">',
    "PDF": b"%PDF-1.7\n%\xe2\xe3",
    "raw": b"II*\0\x10\0\0\0CR\2\0" + bytes(50),
    "raw ": b"\0\0\0\x18ftypcrx \0\0\0\1crx isom",
    "raw  ": b"FUJIFILMCCD-RAW 0201FF389501",
    "raw   ": b"IIU\0\x18\0\0\0",
    "raw    ": b"IIRO\x08\0\0\0",
    "PostScript": b"%!PS-Adobe-3.0 EPSF-3.0\n",
    "video": b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom",
    "video ": b"\0\0\0\x14ftypqt  \0\0\2\0qt  ",
    "zip file": b"PK\3\4\x14\0\0\0",
    "gzip": b"\x1f\x8b\x08\0",
    "zeros": bytes(5000),
    "empty": b"",
    "text": b"dear diary\ntoday\n",
    "JPEG picture, damaged or cut short": GOOD["baseline.jpg"][:20],
}


@pytest.mark.parametrize("kind", FOREIGN)
@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.heic", "a"])
def test_what_is_no_picture_says_what_it_is(tmp_path, kind, name):
    path = written(tmp_path, name, FOREIGN[kind])
    with pytest.raises(UnreadableImageError) as caught:
        load_image(path)
    assert f"Can't read the picture {path}: it is " in str(caught.value) and kind.strip() in caught.value.reason
    assert "; " in caught.value.reason, "and what to do"


def thumbnail_first(**tags):
    """A TIFF file whose first page is small, and of another color, and says so in its tags."""
    small = Image.new("RGB", (8, 6), "black")
    buffer = io.BytesIO()
    with TiffImagePlugin.AppendingTiffWriter(buffer, True) as file:
        small.save(file, "TIFF", tiffinfo={int(tag[1:]): value for tag, value in tags.items()})
        file.newFrame()
        hard_pictures.quadrants().save(file, "TIFF", compression="tiff_lzw")
        file.newFrame()
        Image.new("RGB", (32, 24), "black").save(file, "TIFF")
        file.finalize()
    return buffer.getvalue()


@pytest.mark.parametrize("name", ["scan.tif", "camera.dng"])
@pytest.mark.parametrize("tags", [{}, {"t254": 1}])
def test_the_largest_page_is_the_picture(tmp_path, name, tags):
    """The first of those: a later one of the same size is another picture."""
    image = load_image(written(tmp_path, name, thumbnail_first(**tags)))
    assert image.shape == (24, 32, 3)
    for place, color in zip(CORNERS, hard_pictures.COLORS, strict=True):
        assert np.abs(image[place].astype(int) - color).max() < 20, place


def test_a_page_has_its_own_turn_and_profile(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    small, large = Image.new("RGB", (8, 6), "black"), Image.new("RGB", (32, 24), (220, 30, 30))
    buffer = io.BytesIO()
    with TiffImagePlugin.AppendingTiffWriter(buffer, True) as file:
        small.save(file, "TIFF", icc_profile=PROFILE)
        file.newFrame()
        large.save(file, "TIFF", exif=exif)
        file.finalize()
    image = load_image(written(tmp_path, "two.tif", buffer.getvalue()))
    assert image.shape == (32, 24, 3) and (image == (220, 30, 30)).all()


def test_a_damaged_page_costs_that_page(tmp_path):
    """The second says that it has a kind of pixels that nobody knows."""
    buffer = io.BytesIO()
    sizes = [(8, 6), (64, 48), (32, 24)]
    with TiffImagePlugin.AppendingTiffWriter(buffer, True) as file:
        for number, size in enumerate(sizes):
            Image.new("RGB", size).save(file, "TIFF", tiffinfo={262: 77} if number == 1 else {})
            file.newFrame() if number < 2 else file.finalize()
    assert load_image(written(tmp_path, "pages.tif", buffer.getvalue())).shape == (24, 32, 3)


def test_a_raw_picture_of_which_only_the_thumbnail_can_be_read(tmp_path):
    """As cameras write it: a small first page, which says that it is one, and the rest in pages below it."""
    small = Image.new("RGB", (16, 12), "red")
    for tags in [{254: 1, 330: 8}, {254: 1, 50706: bytes([1, 4, 0, 0])}]:
        content = saved(small, "TIFF", tiffinfo=tags)
        with pytest.raises(UnreadableImageError, match="a.nef: it is a camera's raw picture; export it as JPEG"):
            load_image(written(tmp_path, "a.nef", content))
    assert load_image(written(tmp_path, "a.tif", saved(small, "TIFF", tiffinfo={254: 1}))).shape == (12, 16, 3)


KINDS = [
    ("RGB", "PNG", {"compress_level": 1}),
    ("RGBA", "PNG", {"compress_level": 1}),
    ("P", "PNG", {"compress_level": 1}),
    ("CMYK", "TIFF", {"compression": "tiff_lzw"}),
    ("I;16", "TIFF", {"compression": "tiff_lzw"}),
    ("F", "TIFF", {"compression": "tiff_lzw"}),
    ("RGB", "JPEG", {"progressive": True}),
    ("CMYK", "JPEG", {"progressive": True}),
    ("RGBA", "WEBP", {"method": 0}),
    ("RGB", "AVIF", {"speed": 10}),
    ("RGB", "PNG", {"compress_level": 1, "icc_profile": PROFILE}),
    ("RGBA", "PNG", {"compress_level": 1, "icc_profile": PROFILE}),
]
MEMORY = """
import os, re, sys
from pathlib import Path
from course_utils import load_image
from course_utils.pictures.decode import most_pixels, open_image

def peak():
    return int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) * 1024

for path in sys.argv[1:]:
    with open_image(path) as picture:
        pixels, most = picture.width * picture.height, most_pixels(picture)
    if not os.fork():  # each in a process of its own, all of which start alike
        start = peak()
        assert load_image(path).shape == (4000, 4000, 3)
        print(Path(path).name, start, peak(), pixels, most, flush=True)
        os._exit(0)
    os.wait()
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="Linux tells the most memory that a process has taken")
def test_memory_for_the_largest_pictures(tmp_path):
    """What the largest that is read would take, by what one of 16 million pixels takes for each."""
    exif = Image.Exif()
    exif[0x0112] = 6
    paths = []
    for mode, form, options in KINDS:
        paths.append(tmp_path / f"{mode}-{form}-{len(paths)}")
        Image.new(mode, (4_000, 4_000)).save(paths[-1], form, exif=exif, **options)
    lines = [line.split() for line in run_python("-c", MEMORY, *paths, check=True).stdout.splitlines()]
    assert [name for name, *_ in lines] == [path.name for path in paths]
    for name, *numbers in lines:
        start, peak, pixels, most = map(int, numbers)
        assert most in (50_000_000, 100_000_000)
        assert start + (peak - start) / pixels * most < 1_000_000_000, name


NOISE = noise(0, 96, 96)
CUT = {
    "baseline.jpg": saved(NOISE, "JPEG"),
    "progressive.jpg": saved(NOISE, "JPEG", progressive=True),
    "cmyk.jpg": saved(NOISE.convert("CMYK"), "JPEG"),
    "lossless.webp": saved(NOISE, "WEBP", lossless=True),
    "lzw.tif": saved(NOISE, "TIFF", compression="tiff_lzw"),
    **{f"plain.{form}": saved(NOISE, form) for form in "PNG GIF WEBP BMP TIFF AVIF PPM ICO MPO".split()},
}


@pytest.mark.parametrize("name", CUT)
def test_a_cut_file_is_never_half_a_picture(tmp_path, name):
    """Wherever it is cut: refused, or, if only what follows the pixels is missing, read in full."""
    content = CUT[name]
    whole = load_image(written(tmp_path, "whole", content))
    refused = 0
    for end in {len(content) * percent // 100 for percent in range(2, 100, 2)} | {len(content) - 1, len(content) - 12}:
        try:
            assert np.array_equal(load_image(written(tmp_path, "cut", content[:end])), whole), end
        except UnreadableImageError:
            refused += 1
    assert refused > 40


def test_a_heavy_format_is_refused_earlier(tmp_path):
    Image.new("L", (8_000, 7_000)).save(tmp_path / "large.webp", method=0)
    with pytest.raises(UnreadableImageError, match="8000 x 7000 pixels.*50 million"):
        load_image(tmp_path / "large.webp")


def mutated(generator, files):
    """A file with bytes flipped, cut out, or joined with another's."""
    content = bytearray(files[generator.integers(len(files))])
    kind = generator.integers(4)
    if kind == 0:
        for place in generator.integers(0, len(content), generator.integers(1, 20)):
            content[place] = generator.integers(256)
    elif kind == 1:
        del content[generator.integers(len(content)) :]
    elif kind == 2:
        start = generator.integers(len(content))
        del content[start : start + generator.integers(1, 200)]
    else:
        other = files[generator.integers(len(files))]
        content = content[: generator.integers(len(content))] + other[generator.integers(len(other)) :]
    return bytes(content)


def test_2000_damaged_files(tmp_path):
    generator = np.random.default_rng(7)
    files = [*GOOD.values(), *GRAY.values(), *BAD.values()]
    files = [content for content in files if content]
    path = tmp_path / "damaged.jpg"
    read = refused = 0
    for number in range(2000):
        content = mutated(generator, files)
        path.write_bytes(content)
        start, image, reason = time.process_time(), None, ""
        try:
            image = load_image(path)
        except UnreadableImageError as error:
            reason = str(error)
        assert time.process_time() - start < 60, f"case {number} hangs"  # seconds of work: a busy machine adds none
        if reason:
            assert "damaged.jpg" in reason
            refused += 1
        else:
            assert image.dtype == np.uint8 and image.ndim == 3 and image.shape[2] == 3
            read += 1
    assert read > 100 and refused > 100, (read, refused)
