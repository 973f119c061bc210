import numpy as np
import pytest
from hypothesis import given, strategies as st
from PIL import Image

from course_utils import (
    UnreadableImageError,
    batch_image,
    crop_image,
    evaluation_view,
    load_and_process_image,
    load_image,
    resize_image,
)
from course_utils.pictures.pipeline import PREPROCESSING

sides = st.integers(1, 60)


def numbered(height, width):
    """A picture in which every pixel says where it is."""
    rows, columns = np.mgrid[:height, :width]
    return np.stack([rows, columns, rows + columns], -1).astype(np.uint8)


@given(sides, sides)
def test_crop_cuts_the_center_square(height, width):
    square = crop_image(numbered(height, width))
    side = min(height, width)
    assert square.shape == (side, side, 3)
    top, left = int(square[0, 0, 0]), int(square[0, 0, 1])
    assert 0 <= (height - side - top) - top <= 1
    assert 0 <= (width - side - left) - left <= 1


@given(sides, sides, st.integers(1, 50))
def test_resize_gives_the_size_and_keeps_a_plain_color(height, width, size):
    plain = np.full((height, width, 3), (10, 200, 30), np.uint8)
    resized = resize_image(plain, size)
    assert resized.shape == (size, size, 3) and (resized == (10, 200, 30)).all()


def test_batch_scales_to_minus_one_and_one():
    batch = batch_image(np.array([[[0, 127, 255]]], np.uint8))
    assert batch.dtype == np.float32 and batch.shape == (1, 1, 1, 3)
    assert batch.min() == -1 and batch.max() == 1


def test_evaluation_view_keeps_the_center():
    view = evaluation_view(numbered(80, 40))
    assert view.shape == (70, 35, 3)
    assert tuple(view[0, 0, :2]) == (5, 2)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_load_applies_orientation(tmp_path, orientation):
    upright = Image.fromarray(np.repeat(np.repeat(numbered(2, 3) * 40, 16, 0), 16, 1))
    back = {1: None, 2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}[orientation]  # Pillow's Transpose that undoes it
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored = upright if back is None else upright.transpose(back)
    stored.save(tmp_path / "turned.png", exif=exif)
    assert (load_image(tmp_path / "turned.png") == np.asarray(upright)).all()


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr", "I;16"])
def test_load_gives_rgb_from_any_mode(tmp_path, mode):
    name = "picture.tiff" if mode in ("CMYK", "YCbCr", "I;16") else "picture.png"
    picture = Image.new("I;16", (3, 2), 65535) if mode == "I;16" else Image.new("RGB", (3, 2), "white").convert(mode)
    picture.save(tmp_path / name)
    image = load_image(tmp_path / name)
    assert image.shape == (2, 3, 3) and image.dtype == np.uint8 and image.min() >= 254


def test_load_puts_transparency_over_white(tmp_path):
    Image.new("RGBA", (2, 2), (0, 0, 0, 0)).save(tmp_path / "clear.png")
    assert (load_image(tmp_path / "clear.png") == 255).all()


@pytest.mark.parametrize("content", [None, b"", b"no picture", "cut"])
def test_load_names_the_file_it_cannot_read(tmp_path, content):
    path = tmp_path / "broken.jpg"
    if content == "cut":
        noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
        Image.fromarray(noise).save(path)
        path.write_bytes(path.read_bytes()[:1500])
    elif content is not None:
        path.write_bytes(content)
    with pytest.raises(UnreadableImageError, match="broken.jpg"):
        load_image(path)


def test_the_whole_pipeline(tmp_path):
    Image.new("RGB", (50, 30), "red").save(tmp_path / "red.png")
    batch = load_and_process_image(tmp_path / "red.png")
    assert batch.shape == (1, 224, 224, 3) and batch[0, 0, 0].tolist() == [1, -1, -1]


def test_arrays_that_are_no_picture_are_explained():
    with pytest.raises(ValueError, match="height, width, 3"):
        crop_image(np.zeros((3, 3)))
    with pytest.raises(ValueError, match="height, width, 3"):
        resize_image(np.zeros((3, 3, 4), np.uint8))
    with pytest.raises(ValueError, match="float64.*uint8"):
        resize_image(np.zeros((3, 3, 3)))


def test_resize_averages_and_the_pipeline_crops(tmp_path):
    noise = np.random.default_rng(0).integers(0, 2, (448, 448, 1), np.uint8).repeat(3, 2) * 255
    assert resize_image(noise).std() < 70 < noise.std()
    wide = np.zeros((100, 300, 3), np.uint8)
    wide[:, 100:200] = 255
    Image.fromarray(wide).save(tmp_path / "wide.png")
    assert (load_and_process_image(tmp_path / "wide.png") == 1).all()


def test_evaluation_view_takes_a_fraction():
    assert evaluation_view(numbered(80, 40), 0.5).shape == (40, 20, 3)
    for fraction in [0, 1.1]:
        with pytest.raises(ValueError, match="above 0"):
            evaluation_view(numbered(8, 8), fraction)


def test_a_loaded_picture_can_be_drawn_on(tmp_path):
    Image.new("RGB", (4, 4)).save(tmp_path / "a.png")
    load_image(tmp_path / "a.png")[:2] = 7


def test_16_bits_mean_the_same_brightness_whatever_the_picture_holds(tmp_path):
    for brightest in [255, 510, 65535]:
        Image.fromarray(np.full((2, 2), brightest, np.uint16)).save(tmp_path / "gray.png")
        assert (load_image(tmp_path / "gray.png") == round(brightest / 257)).all()


# What comes out of the pipeline, under the name that kept features and saved classifiers carry: means of blocks, and
# single pixels. Who changes the pipeline writes new numbers down, under a new name, and leaves the old ones alone.
KNOWN = {
    "center square, 224 x 224, RGB from -1 to 1": {
        "blocks": [[0.267, -0.72, 0.145], [0.031, -0.286, -0.347], [0.664, 0.075, -0.327], [0.287, 0.059, 0.277]],
        "pixels": [[0.78, -0.898, -0.263], [-0.859, 0.553, 0.882], [0.075, 0.404, 0.773]],
    },
    # the same, without a color profile; tests/test_colors.py has those with one
    "center square, 224 x 224, sRGB from -1 to 1": {
        "blocks": [[0.267, -0.72, 0.145], [0.031, -0.286, -0.347], [0.664, 0.075, -0.327], [0.287, 0.059, 0.277]],
        "pixels": [[0.78, -0.898, -0.263], [-0.859, 0.553, 0.882], [0.075, 0.404, 0.773]],
    },
}


def test_who_changes_the_preprocessing_changes_its_name(tmp_path):
    rng = np.random.default_rng(11)
    coarse = Image.fromarray(rng.integers(0, 256, (9, 14, 3), np.uint8)).resize((700, 450), Image.Resampling.NEAREST)
    grainy = np.asarray(coarse) + rng.integers(-60, 61, (450, 700, 3))
    Image.fromarray(np.clip(grainy, 0, 255).astype(np.uint8)).save(tmp_path / "made.png")
    (batch,) = load_and_process_image(tmp_path / "made.png")
    blocks = [batch[place : place + 28, place : place + 28].mean((0, 1)) for place in (0, 56, 112, 168)]
    assert PREPROCESSING in KNOWN, "write the new numbers down under the new name"
    assert np.allclose(blocks, KNOWN[PREPROCESSING]["blocks"], atol=0.01)
    assert np.allclose([batch[place, place] for place in (3, 97, 201)], KNOWN[PREPROCESSING]["pixels"], atol=0.01)
