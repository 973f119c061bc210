"""Every kind of picture file is read right, or refused by name."""

import sys
import time

import hard_pictures
import numpy as np
import pytest
from helpers import noise, run_python, saved
from PIL import Image, ImageCms

from course_utils import UnreadableImageError, load_image

GOOD, GRAY, BAD = hard_pictures.good(), hard_pictures.good_gray(), hard_pictures.bad()
CORNERS = [(4, 4), (4, 27), (19, 4), (19, 27)]


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


def test_heic_is_read_or_says_what_it_needs(tmp_path):
    try:
        import pillow_heif

        pillow_heif.register_heif_opener()
        content = saved(hard_pictures.quadrants(), "HEIF", quality=95)
        assert load_image(written(tmp_path, "phone.heic", content)).shape == (24, 32, 3)
    except ImportError:
        with pytest.raises(UnreadableImageError, match="pillow-heif"):
            load_image(written(tmp_path, "phone.heic", b"\x00\x00\x00\x18ftypheic"))


# sRGB with red and green exchanged
PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
PROFILE = PROFILE.replace(b"rXYZ", b"----").replace(b"gXYZ", b"rXYZ").replace(b"----", b"gXYZ")
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
