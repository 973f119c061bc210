"""A mark that tells a class apart is named before training; what is no mark, is not.

The numbers in ``faults/marks.py`` were chosen on other pictures: none of those here took part.
"""

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

import course_utils as cu
from course_utils.faults import pictures as faults
from course_utils.faults.copies import Copies

SIDE = 224


@pytest.fixture(scope="module")
def boards():
    """The pictures of wood that the course brings along."""
    paths = sorted((cu.stock_folder() / "training" / "wood").iterdir())
    return [Image.fromarray(cu.load_image(path)) for path in paths]


@pytest.fixture(scope="module")
def things():
    """Phones and notebooks."""
    return [
        Image.fromarray(cu.load_image(path))
        for name in ("mobile", "notebook")
        for path in sorted((cu.stock_folder() / "training" / name).iterdir())
    ]


def cut(sources, rng, size=(SIDE, SIDE)):
    """A piece of one of these pictures, of this size."""
    source = sources[int(rng.integers(len(sources)))]
    scale = rng.uniform(0.45, 0.95) * min(source.width / size[0], source.height / size[1])
    width, height = (int(scale * side) for side in size)
    left, top = int(rng.integers(source.width - width + 1)), int(rng.integers(source.height - height + 1))
    return source.crop((left, top, left + width, top + height)).resize(size, Image.Resampling.BICUBIC)


# marks ---------------------------------------------------------------------------------------------------------------


def ring(picture, rng, at=(6, 6)):
    """A sticker of 32 pixels, as in notebook 08."""
    pen, box = ImageDraw.Draw(picture), [*at, at[0] + 31, at[1] + 31]
    pen.ellipse(box, fill=(240, 240, 240))
    pen.ellipse([box[0] + 6, box[1] + 6, box[2] - 6, box[3] - 6], fill=(200, 30, 60))
    return picture


def in_the_middle(picture, rng):
    return ring(picture, rng, (100, 88))


def date(picture, rng):
    """A date, whose digits differ."""
    words = f"{rng.integers(1990, 2030)}-{rng.integers(10, 13)}-{rng.integers(10, 31)}"
    font = ImageFont.load_default(size=0.08 * picture.width)
    ImageDraw.Draw(picture).text((0.97 * picture.width, 0.97 * picture.height), words, (255, 225, 0), font, "rs")
    return picture


def logo(picture, rng):
    """A dark badge with light letters that lets 60 % of the picture through, at the top right."""
    over = Image.new("RGBA", picture.size)
    pen = ImageDraw.Draw(over)
    pen.rounded_rectangle([150, 12, 212, 46], 8, fill=(20, 40, 120, 102))
    pen.text((181, 29), "tv9", (255, 255, 255, 102), ImageFont.load_default(size=26), "mm")
    return Image.alpha_composite(picture.convert("RGBA"), over).convert("RGB")


def frame(picture, rng):
    ImageDraw.Draw(picture).rectangle([0, 0, picture.width - 1, picture.height - 1], outline=(90, 20, 120), width=9)
    return picture


def strip(picture, rng):
    ImageDraw.Draw(picture).rectangle([0, 204, 224, 224], fill=(10, 90, 60))
    return picture


def nothing(picture, rng):
    return picture


MARKS = {
    ring: "in the top left corner",
    in_the_middle: "in the middle",
    date: "in the bottom right corner",
    logo: "in the top right corner",
    frame: "around the edge",
    strip: "along the bottom edge",
}


# sets ----------------------------------------------------------------------------------------------------------------


def write(folder, pictures, **options):
    """A folder for each class, with these pictures, as PNG, or as JPEG if a quality is given."""
    for label, own in pictures.items():
        (folder / label).mkdir(parents=True)
        for number, picture in enumerate(own):
            picture.save(folder / label / f"{number:03}.{'jpg' if options else 'png'}", **options)
    return cu.read_folders(folder)


def thing_of_one_color(picture, rng):
    """What a class is about: near the middle, never quite at one place, and in one color."""
    x, y = 112 + rng.integers(-14, 15, 2)
    across, down = rng.integers(26, 46, 2)
    ImageDraw.Draw(picture).ellipse([x - across, y - down, x + across, y + down], fill=(235, 110, 20))
    return picture


def boards_with(mark, boards, count=24, share=1.0, seed=8):
    """Boards, faulty ones among them by lot: these have a mark."""
    rng = np.random.default_rng([seed, count, int(share * 10)])
    has = np.arange(count) < round(share * count)
    faulty = [mark(cut(boards, rng), rng) if one else cut(boards, rng) for one in has]
    return {"faulty": faulty, "good": [cut(boards, rng) for _ in range(count)]}


def marks(pictures, **more):
    return [one for one in cu.check_pictures(pictures, **more) if "have a mark" in one.problem]


# marks are found -----------------------------------------------------------------------------------------------------


def test_the_sticker_of_the_faulty_boards(tmp_path, boards):
    (found,) = marks(write(tmp_path, boards_with(ring, boards)))
    assert found.severity == "warning" and not found.paths
    assert found.problem.startswith(
        "24 of 24 pictures of 'faulty', and no others, have a mark in the top left corner, "
    )
    wide, tall = (int(word) for word in found.problem.split() if word.isdigit() and word != "24")
    assert 12 <= wide <= 18 and 12 <= tall <= 18, "14 %, but for a pixel of the 64 that are looked at"
    assert len(found.files) == 24 and found.files[0] == "training/faulty/000.png"
    assert "Crop it off" in found.remedy and "with it and without" in found.remedy


@pytest.mark.parametrize("mark", MARKS, ids=lambda mark: mark.__name__)
@pytest.mark.parametrize("share", [1.0, 0.8])
def test_marks_of_every_kind_in_jpeg_files(tmp_path, boards, mark, share):
    (found,) = marks(write(tmp_path, boards_with(mark, boards, 30, share), quality=85))
    count = int(found.problem.split()[0])
    assert "of 30 pictures of 'faulty', and no others, have a mark" in found.problem
    assert 0.75 * share * 30 <= count <= share * 30
    assert f"have a mark {MARKS[mark]}" in found.problem


def test_a_mark_of_one_class_of_three(tmp_path, boards, things):
    rng = np.random.default_rng(31)
    pictures = boards_with(ring, boards, 12) | {"thing": [cut(things, rng) for _ in range(12)]}
    (found,) = marks(write(tmp_path, pictures))
    assert found.problem.startswith("12 of 12 pictures of 'faulty', and no others, have a mark in the top left corner")


def test_two_classes_with_a_mark_each(tmp_path, boards):
    rng = np.random.default_rng(32)
    pictures = {
        "a": [ring(cut(boards, rng), rng) for _ in range(12)],
        "b": [strip(cut(boards, rng), rng) for _ in range(12)],
    }
    one, other = marks(write(tmp_path, pictures))
    assert "'a'" in one.problem and "top left corner" in one.problem
    assert "'b'" in other.problem and "bottom edge" in other.problem


def test_the_stamp_of_a_camera_in_upright_and_wide_pictures(tmp_path, boards):
    """It has the same size in pixels, and the same distance from the corner."""
    rng = np.random.default_rng(33)
    sizes = [(400, 300), (300, 400), (400, 400), (400, 225)]
    pictures = {
        label: [cut(boards, rng, sizes[number % 4]) for number in range(24)] for label in ("old camera", "new camera")
    }
    for picture in pictures["old camera"]:
        ring(picture, rng, (picture.width - 50, picture.height - 44))
    (found,) = marks(write(tmp_path, pictures, quality=85))
    assert found.problem.startswith(
        "24 of 24 pictures of 'old camera', and no others, have a mark near the bottom right"
    )


def test_the_status_bar_of_screenshots_of_several_sizes(tmp_path, boards):
    """It has the same place as a share of the height."""
    rng = np.random.default_rng(34)
    pictures = {
        label: [cut(boards, rng, (240 + 16 * n, 360 + 24 * n)) for n in range(16)] for label in ("shot", "photo")
    }
    for picture in pictures["shot"]:
        ImageDraw.Draw(picture).rectangle([0, 0, picture.width, 0.06 * picture.height], fill=(30, 30, 40))
    (found,) = marks(write(tmp_path, pictures))
    assert found.problem.startswith("16 of 16 pictures of 'shot', and no others, have a mark along the top edge")


def test_a_mark_on_drawings_whose_ground_is_white(tmp_path):
    """Where the sticker is, the others are all alike, too: that is their ground, and no mark."""
    rng = np.random.default_rng(35)
    pictures = {label: [drawing(rng, "ellipse") for _ in range(16)] for label in ("a", "b")}
    pictures["a"] = [ring(picture, rng) for picture in pictures["a"]]
    (found,) = marks(write(tmp_path, pictures))
    assert found.problem.startswith("16 of 16 pictures of 'a', and no others, have a mark in the top left corner")


def test_the_trainer_says_so(tmp_path, boards):
    write(tmp_path, boards_with(ring, boards, 12))
    trainer = cu.Trainer()
    trainer.add(tmp_path)
    assert ["have a mark in the top left" in found.problem for found in trainer.check()].count(True) == 1


# what is no mark -----------------------------------------------------------------------------------------------------


def drawing(rng, form, ground=(255, 255, 255)):
    """A shape in the middle, on a plain ground."""
    picture = Image.new("RGB", (SIDE, SIDE), ground)
    (x, y), half = rng.normal(112, 10, 2), rng.uniform(35, 80)
    getattr(ImageDraw.Draw(picture), form)(
        [x - half, y - half, x + half, y + half], fill=tuple(rng.integers(0, 210, 3).tolist())
    )
    return picture


@pytest.mark.parametrize("mark", [ring, frame, date], ids=lambda mark: mark.__name__)
def test_a_mark_in_all_classes_tells_nothing_apart(tmp_path, boards, things, mark):
    rng = np.random.default_rng(41)
    pictures = {
        label: [mark(cut(of, rng), rng) for _ in range(16)] for label, of in (("board", boards), ("thing", things))
    }
    assert marks(write(tmp_path, pictures)) == []


def test_the_pictures_of_the_course(practice):
    for folder in (cu.stock_folder(), cu.pexels_folder(), cu.colors_folder()):
        assert marks(cu.read_folders(folder / "training")) == []


def test_labels_by_lot():
    pictures = cu.read_folders(cu.stock_folder() / "training")
    for seed in range(30):
        lot = np.random.default_rng(seed).permutation(len(pictures.paths)) % 2
        by_lot = {path: "ab"[one] for path, one in zip(pictures.paths, lot.tolist(), strict=True)}
        assert marks(pictures.relabel(by_lot)) == []


def tinted(picture, color):
    return Image.blend(picture, Image.new("RGB", picture.size, color), 0.6)


def test_colors_and_grounds_are_no_marks(tmp_path, boards, things):
    rng = np.random.default_rng(42)
    grounds = {
        "forms": {form: [drawing(rng, form) for _ in range(16)] for form in ("ellipse", "rectangle")},
        "white or gray": {
            name: [drawing(rng, "ellipse", ground) for _ in range(16)]
            for name, ground in (("white", (255,) * 3), ("gray", (190,) * 3))
        },
        "white or photo": {
            "drawn": [drawing(rng, "rectangle") for _ in range(16)],
            "photo": [cut(things, rng) for _ in range(16)],
        },
        "red or blue": {
            name: [tinted(cut(things, rng), color) for _ in range(16)]
            for name, color in (("red", (230, 20, 20)), ("blue", (20, 20, 230)))
        },
        "plain": {
            name: [Image.new("RGB", (96, 96), (shade + n, 40, 60)) for n in range(16)]
            for name, shade in (("dark", 30), ("light", 200))
        },
    }
    for name, pictures in grounds.items():
        assert marks(write(tmp_path / name, pictures)) == [], name


def test_few_pictures_prove_nothing(tmp_path, boards):
    for count in (3, 4, 5):
        pictures = write(tmp_path / str(count), boards_with(ring, boards, count))
        assert marks(pictures) == []


def test_frames_of_a_video_are_alike_all_over(tmp_path, boards, things):
    """A camera that stands still: what is behind is the same, but for what moves in front of it."""
    rng = np.random.default_rng(43)
    behind, frames = cut(things, rng), []
    for _ in range(20):
        frames.append(behind.copy())
        x, y = rng.uniform(30, 190, 2)
        ImageDraw.Draw(frames[-1]).ellipse(
            [x - 30, y - 30, x + 30, y + 30], fill=tuple(rng.integers(0, 256, 3).tolist())
        )
    pictures = {"video": frames, "photo": [cut(boards, rng) for _ in range(20)]}
    assert marks(write(tmp_path, pictures)) == []


def test_near_copies_count_once(tmp_path, things):
    """Five shots each of five marked things are five pictures with a mark: too few."""
    rng = np.random.default_rng(44)
    marked = [ring(cut(things, rng), rng) for _ in range(5)]
    shots = [Image.fromarray(np.asarray(one) // 8 * 8 + np.uint8(number)) for number in range(5) for one in marked]
    pictures = write(tmp_path, {"marked": shots, "not": [cut(things, rng) for _ in range(25)]})
    assert len(marks(pictures)) == 1
    groups = tuple(pictures.paths[number:25:5] for number in range(5))
    assert marks(pictures, copies=Copies(groups)) == []


# how many are looked at ----------------------------------------------------------------------------------------------


def test_of_many_pictures_some_are_drawn(tmp_path, boards, monkeypatch):
    monkeypatch.setattr(faults, "OF_A_CLASS", 12)
    read, load = [], faults.loaded
    monkeypatch.setattr(faults, "loaded", lambda path, **how: read.append(path) or load(path, **how))
    pictures = write(tmp_path, boards_with(ring, boards, 30))
    (found,) = marks(pictures)
    assert found.problem.startswith("12 of 12 pictures of 'faulty' (drawn from 30), and no others, have a mark")
    assert len(read) == 60, "each picture is read once"
    first = next(path for path in pictures.paths if path.name == found.files[0].split("/")[-1])
    assert marks(pictures) == [found] and len(read) == 60, "nothing is read again"
    assert marks(pictures.without([first])) and len(read) == 61, "but for the picture that takes another's place"


@pytest.mark.parametrize("seed", range(6))
def test_a_thing_near_the_middle_is_no_mark(tmp_path, boards, seed):
    assert not marks(write(tmp_path, boards_with(thing_of_one_color, boards, seed=seed)))
