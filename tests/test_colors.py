"""Colors as the photographer saw them: pictures with color profiles, and what is said of profiles that are no use."""

import io
import struct
import zlib

import numpy as np
import pytest
from helpers import saved
from PIL import Image, ImageCms

from course_utils import check_pictures, load_image, read_folders
from course_utils.pictures import colors
from course_utils.pictures.colors import is_srgb

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
RED, SWAPPED_RED = (220, 30, 30), (30, 220, 30)
FORMS = {
    "JPEG": dict(quality=95, subsampling=0),
    "MPO": dict(quality=95, subsampling=0, save_all=True, append_images=[Image.new("RGB", (40, 30))]),
    "PNG": {},
    "TIFF": {},
    "WEBP": dict(lossless=True),
    "AVIF": dict(quality=95),
}


def profile_of(tags, space=b"RGB ", kind=b"mntr", target=b"XYZ "):
    """An ICC profile, written by hand: a header, a table, and what each tag says."""
    place, table, data = 128 + 4 + 12 * len(tags), b"", b""
    for name, content in tags.items():
        content += bytes(-len(content) % 4)
        table += struct.pack(">4sII", name, place + len(data), len(content))
        data += content
    white = struct.pack(">3I", 0xF6D6, 0x10000, 0xD32D)
    header = struct.pack(">I4sI4s4s4s", place + len(data), b"    ", 0x02400000, kind, space, target)
    header += bytes(12) + b"acsp" + bytes(28) + white + bytes(48)
    return header + struct.pack(">I", len(tags)) + table + data


def xyz(*values):
    return b"XYZ \0\0\0\0" + struct.pack(">3i", *(round(value * 65536) for value in values))


def gamma(value):
    return b"curv\0\0\0\0" + struct.pack(">IH", 1, round(value * 256))


def srgb_tags():
    tags = colors._tags(SRGB)
    return {name: tags[name] for name in [b"wtpt", b"rXYZ", b"gXYZ", b"bXYZ", b"rTRC", b"gTRC", b"bTRC"]}


def rgb_profile(**changes):
    return profile_of(srgb_tags() | {name.encode(): content for name, content in changes.items()})


def swapped():
    """sRGB with red and green exchanged."""
    return rgb_profile(rXYZ=srgb_tags()[b"gXYZ"], gXYZ=srgb_tags()[b"rXYZ"])


P3 = dict(rXYZ=xyz(0.5151, 0.2412, -0.0011), gXYZ=xyz(0.292, 0.6922, 0.0419), bXYZ=xyz(0.1571, 0.0666, 0.7841))
ADOBE = dict(rXYZ=xyz(0.6097, 0.3111, 0.0195), gXYZ=xyz(0.2053, 0.6257, 0.0609), bXYZ=xyz(0.1492, 0.0632, 0.7446))
ADOBE |= dict.fromkeys(["rTRC", "gTRC", "bTRC"], gamma(2.2))


def cmyk_profile():
    """Its cyan is a dark blue, its black is black, and the other inks do nothing: unlike what any guess would give."""
    corners = [
        (255 - 140 * cyan - (255 - 140 * cyan) * black, 128, 128 - 40 * cyan * (1 - black))
        for cyan in (0, 1)
        for _ in range(4)  # magenta, yellow
        for black in (0, 1)
    ]
    ramp = bytes(range(256))
    table = b"mft1\0\0\0\0" + bytes([4, 3, 2, 0]) + struct.pack(">9i", *np.eye(3, dtype=int).ravel() * 65536)
    table += ramp * 4 + bytes(np.ravel(corners).tolist()) + ramp * 3
    return profile_of({b"wtpt": xyz(0.9642, 1, 0.8249), b"A2B0": table}, b"CMYK", b"prtr", b"Lab ")


def plain(mode, color, size=(40, 30)):
    return Image.new(mode, size, color)


def seen(tmp_path, content, name="picture"):
    (tmp_path / name).write_bytes(content)
    image = load_image(tmp_path / name)
    assert image.dtype == np.uint8 and image.flags.c_contiguous
    return image


def close(image, color, most=3):
    return np.abs(image.astype(int) - color).max() <= most


@pytest.mark.parametrize("form", FORMS)
def test_a_profile_says_what_the_numbers_mean(tmp_path, form):
    content = saved(plain("RGB", RED), form, icc_profile=swapped(), **FORMS[form])
    assert close(seen(tmp_path, content), SWAPPED_RED)
    assert close(seen(tmp_path, saved(plain("RGB", RED), form, **FORMS[form])), RED)
    assert close(seen(tmp_path, saved(plain("RGB", RED), form, icc_profile=SRGB, **FORMS[form])), RED)


def test_a_large_picture_band_by_band_and_a_reduced_one(tmp_path):
    picture = Image.effect_noise((1200, 1100), 90).convert("RGB")
    picture.paste(RED, (0, 0, 600, 1100))
    picture.save(tmp_path / "large.png", icc_profile=swapped())
    plain_numbers = np.asarray(picture).astype(int)
    assert np.abs(load_image(tmp_path / "large.png") - plain_numbers[..., [1, 0, 2]]).max() <= 1
    picture.save(tmp_path / "large.jpg", icc_profile=swapped(), quality=95)
    small = load_image(tmp_path / "large.jpg", at_least=200)
    assert small.shape == (275, 300, 3) and close(small[:, :140], SWAPPED_RED)


@pytest.mark.parametrize("gamut", [P3, ADOBE], ids=["Display P3", "Adobe RGB"])
def test_wide_gamuts(tmp_path, gamut):
    """What lies in sRGB is found again: the numbers are computed here, from the primaries."""
    wanted = np.array([[180, 60, 60], [60, 150, 70], [70, 70, 160], [128, 128, 128]])
    light = np.where(wanted / 255 > 0.04045, ((wanted / 255 + 0.055) / 1.055) ** 2.4, wanted / 255 / 12.92)
    to_xyz, other = (
        np.array([np.array(struct.unpack(">3i", source[name][8:20])) / 65536 for name in names])
        for source, names in [(srgb_tags(), (b"rXYZ", b"gXYZ", b"bXYZ")), (gamut, ("rXYZ", "gXYZ", "bXYZ"))]
    )
    linear = light @ to_xyz @ np.linalg.inv(other)
    encoded = linear ** (1 / 2.2) if gamut is ADOBE else 1.055 * linear ** (1 / 2.4) - 0.055
    stored = Image.fromarray((encoded * 255).round().astype(np.uint8)[np.newaxis])
    assert np.abs(np.asarray(stored)[0].astype(int) - wanted).max() > 5, "else this would prove nothing"
    assert close(seen(tmp_path, saved(stored, "PNG", icc_profile=rgb_profile(**gamut)))[0], wanted, most=2)


def test_palettes_and_transparency(tmp_path):
    palette = plain("RGB", RED).quantize(4)
    assert close(seen(tmp_path, saved(palette, "PNG", icc_profile=swapped())), SWAPPED_RED)
    clear = plain("RGBA", (*RED, 255))
    clear.paste((0, 0, 200, 0), (20, 0, 40, 30))
    clear.paste((*RED, 128), (0, 20, 10, 30))
    for content in [
        saved(clear, "PNG", icc_profile=swapped()),
        saved(clear, "WEBP", icc_profile=swapped(), lossless=True, exact=True),
    ]:
        image = seen(tmp_path, content)
        assert close(image[:, 20:], 255) and close(image[:20, :20], SWAPPED_RED)
        assert close(image[20:, :10], np.add(SWAPPED_RED, 255) / 2), "half over white"
    one = saved(plain("RGB", RED), "PNG", icc_profile=swapped(), transparency=RED)
    assert close(seen(tmp_path, one), 255)


def test_cmyk_through_its_profile(tmp_path):
    cyan = plain("CMYK", (255, 0, 0, 0))
    naive = seen(tmp_path, saved(cyan, "TIFF"))
    for form, options in [("TIFF", {}), ("JPEG", {"quality": 95})]:  # Pillow writes JPEG as Adobe does: inverted
        image = seen(tmp_path, saved(cyan, form, icc_profile=cmyk_profile(), **options))
        assert close(naive, (0, 255, 255)) and close(image, (63, 109, 174), most=5)
        paper = seen(tmp_path, saved(plain("CMYK", (0, 0, 0, 0)), form, icc_profile=cmyk_profile(), **options))
        assert close(paper, 255), "no ink is white"


def gray_profile(value):
    return profile_of({b"wtpt": xyz(0.9642, 1, 0.8249), b"kTRC": gamma(value)}, b"GRAY")


def test_gray_with_a_gray_profile(tmp_path):
    """Linear light: a fifth of white's looks like 124 in sRGB, where the numbers alone say 51."""
    sixteen = Image.fromarray(np.full((30, 40), 51 * 257, np.uint16))
    for picture in [plain("L", 51), plain("LA", (51, 255)), sixteen]:
        assert close(seen(tmp_path, saved(picture, "PNG", icc_profile=gray_profile(1))), 124, most=2)
        assert close(seen(tmp_path, saved(picture, "PNG")), 51, most=0)


UNUSABLE = {
    "noise": (plain("RGB", RED), b"no profile at all" * 20),
    "cut": (plain("RGB", RED), swapped()[:200]),
    "without curves": (plain("RGB", RED), profile_of({b"wtpt": xyz(0.9642, 1, 0.8249)})),
    "gray in RGB": (plain("RGB", RED), gray_profile(1)),
    "CMYK in RGB": (plain("RGB", RED), cmyk_profile()),
    "RGB in gray": (plain("L", 51), rgb_profile(**ADOBE)),
}


@pytest.mark.parametrize("name", UNUSABLE)
def test_a_profile_that_is_no_use_costs_no_picture(tmp_path, name, capfd):
    picture, profile = UNUSABLE[name]
    for form in ("PNG", "TIFF", "JPEG"):
        without = seen(tmp_path, saved(picture, form))
        assert np.array_equal(seen(tmp_path, saved(picture, form, icc_profile=profile)), without), form
    assert capfd.readouterr() == ("", "")


def soft(seed):
    noise = np.random.default_rng(seed).integers(0, 256, (8, 8, 3), np.uint8)
    return Image.fromarray(noise).resize((96, 96), Image.Resampling.BICUBIC)


def findings(tmp_path, **others):
    """What is found beside twenty good pictures."""
    for number in range(20):
        (tmp_path / "ab"[number % 2]).mkdir(exist_ok=True)
        soft(number).save(
            tmp_path / "ab"[number % 2] / f"{number}.png", icc_profile=[None, SRGB, swapped()][number % 3]
        )
    for name, content in others.items():
        (tmp_path / "a" / f"{name}.png").write_bytes(content)
    return {found.problem: found for found in check_pictures(read_folders(tmp_path))}


def test_the_check_notes_profiles_that_are_no_use(tmp_path):
    assert findings(tmp_path) == {}
    packed = saved(soft(98), "PNG", icc_profile=swapped())
    start = packed.index(b"iCCP")
    end = start + 4 + int.from_bytes(packed[start - 4 : start])
    chunk = packed[start : end - 40] + bytes(40)  # what was packed in it can't be unpacked
    broken = packed[:start] + chunk + zlib.crc32(chunk).to_bytes(4) + packed[end + 4 :]
    found = findings(
        tmp_path,
        broken=broken,
        cut=saved(soft(99), "PNG", icc_profile=swapped()[:200]),
        other=saved(soft(97), "PNG", icc_profile=cmyk_profile()),
        gray=saved(soft(96).convert("L"), "PNG", icc_profile=SRGB),  # which is nothing to note
    )
    assert {(one.severity, one.files) for one in found.values()} == {
        ("note", ("training/a/broken.png", "training/a/cut.png")),
        ("note", ("training/a/other.png",)),
    }
    assert "pictures whose color profile is damaged" in found and "sRGB" in next(iter(found.values())).remedy


def test_a_pillow_without_littlecms_goes_on_and_says_so(tmp_path, monkeypatch):
    def missing(*_, **__):
        raise ImportError("The _imagingcms C module is not installed")

    monkeypatch.setattr(ImageCms, "ImageCmsProfile", missing)
    colors._read_profile.cache_clear()
    assert close(seen(tmp_path, saved(plain("RGB", RED), "PNG", icc_profile=swapped())), RED, most=0)
    with Image.open(io.BytesIO(saved(plain("RGB", RED), "PNG", icc_profile=swapped()))) as picture:
        assert "LittleCMS" in colors.colors_of(picture).fault
    colors._read_profile.cache_clear()


def test_srgb_is_told_by_its_numbers():
    table = (
        np.where((x := np.linspace(0, 1, 1024)) > 0.04045, ((x + 0.055) / 1.055) ** 2.4, x / 12.92) * 65535
    ).round()
    curve = b"curv\0\0\0\0" + struct.pack(">I", 1024) + table.astype(">u2").tobytes()
    assert is_srgb(SRGB) and is_srgb(rgb_profile()) and is_srgb(rgb_profile(rTRC=curve, gTRC=curve, bTRC=curve))
    name = b"desc\0\0\0\0" + struct.pack(">I", 5) + b"sRGB\0" + bytes(78)
    for other in [swapped(), rgb_profile(**P3), rgb_profile(**ADOBE), rgb_profile(gTRC=gamma(1)), gray_profile(2.2)]:
        assert not is_srgb(other)
    assert not is_srgb(rgb_profile(desc=name, **P3)), "a name proves nothing"
    for end in range(0, len(SRGB), 7):
        is_srgb(SRGB[:end])  # which says no, or yes if nothing of weight is missing, but always says something
    assert not is_srgb(SRGB[:250])


# Deep grays ---------------------------------------------------------------------------------------------------------


def test_12_bits_in_16_are_noted_and_stay(tmp_path):
    """Nobody can tell them from a dark picture, so they are read as they are."""
    gray = np.asarray(soft(99).convert("L"), np.uint16)
    twelve, full = Image.fromarray(gray * 16), Image.fromarray(gray * 257)
    dark = Image.fromarray((gray // 5).astype(np.uint8)).rotate(180)  # with 8 bits, nothing was mistaken
    files = {"twelve": twelve, "full": full.transpose(Image.Transpose.FLIP_LEFT_RIGHT), "dark": dark}
    found = findings(tmp_path, **{name: saved(picture, "PNG") for name, picture in files.items()})
    (problem,) = found
    assert problem == "pictures with 16 bits, none brighter than a quarter of them"
    assert found[problem].files == ("training/a/twelve.png",) and found[problem].severity == "note"
    assert load_image(tmp_path / "a" / "twelve.png").max() <= 16


def test_12_bits_that_the_file_declares_and_white_that_is_zero(tmp_path):
    packed = bytes([0xFF, 0xFF, 0xFF, 0x80, 0x08, 0x00]) * 8  # 4095, 4095, 2048 and 2048 in 12 bits each
    tags = {256: 4, 257: 8, 258: 12, 259: 1, 262: 1, 273: 8, 277: 1, 278: 8, 279: len(packed)}
    entries = b"".join(struct.pack("<HHIHH", tag, 3, 1, value, 0) for tag, value in tags.items())
    content = b"II*\0" + struct.pack("<I", 8 + len(packed)) + packed + struct.pack("<H", len(tags)) + entries + bytes(4)
    assert seen(tmp_path, content)[0, :, 0].tolist() == [255, 255, 128, 128]
    negative = Image.fromarray(np.full((4, 4), 65535, np.uint16))
    assert (seen(tmp_path, saved(negative, "TIFF", tiffinfo={262: 0})) == 0).all()
