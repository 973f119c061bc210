"""What names the classes of pictures that are brought to the trainer without a folder for each class."""

import zipfile

import pytest
from helpers import add, make_pictures, problems
from hypothesis import given, strategies as st

import course_utils as cu
from course_utils.pictures.flat import look_at_flat, names_are_clear
from course_utils.trainer.sources import Source, sort_dropped, source_of
from course_utils.trainer.view import TrainerView

STOCK = ["pexels-photo-1234.jpg", "pexels-photo-99.jpg", "IMG_001.jpg", "hand-holding-phone.jpg", "desk.jpg"]
STOCK += ["phone-on-table-3.jpg", "phone-on-table-4.jpg", "unsplash 12.jpg", "download (1).jpg", "download (2).jpg"]
COLORS = ["blue-1.png", "blue-2.png", "red-1.png", "red-2.png"]


@pytest.fixture
def trainer():
    return cu.Trainer()


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    """What is dropped is kept in the current folder, and what is unpacked in a cache of its own."""
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)


def packed(path, *names):
    """A zip file of small pictures."""
    folder = add(path.with_suffix(""), *names)
    with zipfile.ZipFile(path, "w") as file:
        for name in names:
            file.write(folder / name, name)
    return path


@pytest.mark.parametrize("names", [STOCK, ["a.jpg", "b.jpg", "c.jpg"], ["cat-1.jpg", "dog-1.jpg"], ["IMG_1.jpg"]])
@pytest.mark.parametrize("inside", ["", "images/", "photos/new folder/"])
@pytest.mark.parametrize("form", ["folder", "zip"])
def test_a_folder_of_pictures_is_one_class(trainer, tmp_path, names, inside, form):
    names = [inside + name for name in names]
    place = add(tmp_path / "mobile", *names) if form == "folder" else packed(tmp_path / "mobile.zip", *names)
    report = trainer.add(place)
    assert trainer.classes == ("mobile",) and len(trainer.pictures) == len(names)
    assert f"all {len(names)} pictures are 'mobile'" in report[-1].problem
    trainer.add(place, label="phone")
    assert trainer.classes == ("phone",) and not trainer.training.report, "what was noted is no longer so"


@pytest.mark.parametrize("form", ["folder", "zip", "files"])
def test_names_count_where_they_follow_the_scheme(trainer, tmp_path, form):
    folder = add(tmp_path / "paint", *COLORS)
    place = {"folder": folder, "zip": packed(tmp_path / "paint.zip", *COLORS), "files": folder.glob("*.png")}[form]
    report = trainer.add(place)
    assert trainer.classes == ("blue", "red") and "classes from the files' names: blue, red" in report[0].problem


def test_the_course_s_own_colors(trainer):
    trainer.add(cu.colors_folder().rglob("training/*/*.png"))
    assert trainer.classes == ("blue", "red")
    other = cu.Trainer()
    other.add(cu.colors_folder())
    assert other.classes == trainer.classes and not other.training.report


def test_one_of_two_classes_in_a_folder_that_says_nothing(trainer, tmp_path):
    trainer.add(add(tmp_path / "images", *COLORS[:2]))
    assert trainer.classes == ("blue",)


@pytest.mark.parametrize("folder", ["images", "Downloads", "my-pictures", "lot-3-folders", "New folder (2)", "12"])
def test_where_nothing_says_it_nothing_is_guessed(trainer, tmp_path, folder):
    place = add(tmp_path / folder, *STOCK)
    for source in (place, list(place.iterdir())):
        with pytest.raises(ValueError, match="neither their names nor that of a folder say clearly") as caught:
            trainer.add(source)
    assert "label='phone'" in str(caught.value) and "level=0" in str(caught.value) and not trainer.pictures
    trainer.add(place, level=0)
    assert "desk" in trainer.classes and len(trainer.classes) > 3, "whoever says so gets the names"


def test_level_0_is_the_names(tmp_path):
    place = packed(tmp_path / "mobile.zip", "cat-1.png", "dog-1.png")
    assert cu.read_pictures(place, level=0).classes == ("cat", "dog")


def test_tables_and_folders_count_as_before(trainer, tmp_path):
    folder = add(tmp_path / "mobile", "a.png", "b.png")
    (folder / "labels.csv").write_text("file,label\na.png,cat\nb.png,dog\n")
    trainer.add(folder)
    assert trainer.classes == ("cat", "dog")
    boxes = add(tmp_path / "boxes", "a.jpg", "b.jpg")
    for name in "ab":
        (boxes / f"{name}.xml").write_text("<annotation/>")
    with pytest.raises(ValueError, match="each have a .xml file"):
        trainer.add(boxes)


def test_parts_without_folders_for_classes(trainer, tmp_path):
    trainer.add(add(tmp_path / "paint", *(f"{part}/{name}" for part in ("train", "val") for name in COLORS)))
    assert trainer.classes == ("blue", "red") and len(trainer.validation.paths) == 4
    with pytest.raises(ValueError, match="clearly what they show"):
        trainer.add(add(tmp_path / "mobile", *(f"{part}/{name}" for part in ("train", "val") for name in STOCK)))


def test_where_there_is_nothing_flat(tmp_path):
    assert look_at_flat(tmp_path) is None, "no pictures"
    assert look_at_flat(tmp_path / "gone") is None


words = st.text("bcdefghijklmnopqrstuvwxyz", min_size=4, max_size=9)


@given(st.lists(words, min_size=2, max_size=4, unique=True), st.integers(2, 5))
def test_any_counted_words_are_clear_and_one_stranger_makes_them_unclear(labels, count):
    names = [f"{label}-{number}.jpg" for label in labels for number in range(count)]
    if not any(cu.label_of(label) is None for label in labels) and names_are_clear(names):
        assert not names_are_clear([*names, "pexels-photo-1.jpg"]) and not names_are_clear([*names, "zebra-1.jpg"])


# in the widget


@pytest.fixture
def view(trainer):
    view = TrainerView(trainer)
    yield view
    view.close()


def lot(tmp_path, *names):
    folder = add(tmp_path / "my-pictures" / "lot-1", *names)
    return sorted(folder.iterdir())


def test_a_class_that_is_typed_wins(view, trainer, tmp_path):
    folder = make_pictures(tmp_path / "pets", red=2, blue=2)
    view.collection.label.value, view.collection.path.value = "warm", str(folder)
    view.collection.bring_path()
    view.jobs.wait()
    assert trainer.classes == ("warm",)
    assert [words for words, _ in view.collection.levels.level.options] == ["one, for all:", "blue, red (level 1)"]
    view.collection.levels.level.index = 1
    view.collection.levels.read()
    view.jobs.wait()
    assert trainer.classes == ("blue", "red"), "it was asked"


def test_a_folder_that_is_dropped_is_one_class_and_the_names_are_offered(view, trainer, tmp_path):
    dropped = lot(tmp_path, *(f"mobile/{name}" for name in STOCK))
    view.collection.bring_dropped(dropped)
    view.jobs.wait()
    assert trainer.classes == ("mobile",) and len(trainer.pictures) == len(STOCK)
    choice = view.collection.levels
    assert choice.layout.display == "flex" and choice.label.value == "mobile"
    choice.label.value = "phone"
    choice.read()
    view.jobs.wait()
    assert trainer.classes == ("phone",) and "the classes are phone" in view.collection.says.value
    choice.level.index = 1
    assert choice.label.layout.display == "none"
    choice.read()
    view.jobs.wait()
    assert "desk" in trainer.classes and "phone" not in trainer.classes


def test_loose_pictures_without_a_class_are_asked_about(view, trainer, tmp_path):
    view.collection.bring_dropped(lot(tmp_path, *STOCK))
    view.jobs.wait()
    says, choice = view.collection.says.value, view.collection.levels
    assert not trainer.pictures and "say clearly what they show" in says and str(tmp_path) not in says
    assert choice.layout.display == "flex" and choice.label.value == ""
    choice.read()
    view.jobs.wait()
    assert "The class has no name" in view.collection.says.value
    choice.label.value = "phone"
    choice.read()
    view.jobs.wait()
    assert trainer.classes == ("phone",) and len(trainer.pictures) == len(STOCK)
    exec(trainer.steps[-1], {"trainer": (other := cu.Trainer())})
    assert other.pictures == trainer.pictures


def test_what_is_clear_is_not_asked(view, trainer, tmp_path):
    view.collection.bring_dropped(lot(tmp_path, *COLORS))
    view.jobs.wait()
    assert trainer.classes == ("blue", "red") and view.collection.levels.layout.display == "none"


def test_what_is_dropped_with_a_class(tmp_path):
    mobile, one = lot(tmp_path, "mobile/a.jpg", "one.jpg")
    assert sort_dropped([mobile, one], "phone") == [Source([one, mobile], "phone")]
    (rest,) = sort_dropped([mobile])
    assert rest.label is None and [path.name for path in rest.place.iterdir()] == ["mobile"]
    (tmp_path / "labels.csv").write_text("file,label\n")
    assert source_of(tmp_path / "labels.csv", "phone").label is None
    assert source_of(tmp_path, "phone").label == "phone" and source_of(tmp_path / "gone", "phone").label is None


# names as their owner knows them


def test_messages_name_what_is_in_a_zip_by_the_zip(trainer, tmp_path):
    place = packed(tmp_path / "the pets.zip", "pets/cat/a.png", "pets/cat/c.png", "pets/dog/b.png", "pets/dog/d.png")
    trainer.add(place)
    picture = next(path for path in trainer.pictures if path.name == "a.png")
    picture.write_bytes(b"no picture")
    with pytest.raises(ValueError, match=r"the pets\.zip: pets/cat/a\.png: it is") as caught:
        cu.load_image(picture)
    assert "unpacked" not in str(caught.value)
    with pytest.raises(ValueError, match="is none of") as caught:
        trainer.move(picture.with_name("gone.png"), "dog")
    assert f"{place}: pets/cat/gone.png" in str(caught.value)
    picture.unlink()
    words = f"{trainer.check()}"
    assert "[Errno" not in words and "unpacked" not in words and "there is no such file" in words
    assert problems(trainer.training) == {}


@pytest.mark.parametrize("name", ["gone", "gone.zip", "gone.csv", "gone.jpg", "folder.csv", "folder.zip"])
def test_no_number_of_the_system_is_shown(view, tmp_path, name):
    if name.startswith("folder"):
        (tmp_path / name).mkdir()
    view.collection.path.value = view.keeping.file.value = str(tmp_path / name)
    view.collection.bring_path()
    view.keeping.load()
    view.trial.classify([tmp_path / name])
    view.jobs.wait()
    for step in (view.collection, view.keeping, view.trial):
        assert name in step.says.value or step is view.trial
        assert "Errno" not in step.says.value and "> " not in step.says.value
