"""Tables as people have them: which column is which, and which file a name means."""

import json
import re

import pytest
from helpers import add, problems, table

from course_utils import read_csv, read_parts, read_pictures

TEN = [f"{number}.png" for number in range(10)]
KINDS = ["cat", "dog"] * 5


def rows(*columns, mark=","):
    return "\n".join(mark.join(map(str, row)) for row in zip(*columns, strict=True)) + "\n"


def labels(pictures):
    return dict(zip((path.name for path in pictures.paths), pictures.labels, strict=True))


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def ten(tmp_path):
    """A folder with ten pictures, cats and dogs by turns."""
    return add(tmp_path / "set", *TEN)


EXPECTED = dict(zip(TEN, KINDS, strict=True))
NUMBERS = list(range(10))
WIDTHS = [160, 320] * 5


# Which file a name means


@pytest.mark.parametrize(
    "written",
    [
        "{}.png",
        "{}",
        "{}.PNG",
        "{}.jpg",
        "./{}.png",
        "set/{}.png",
        "data/set/{}.png",
        "C:\\Users\\me\\set\\{}.png",
        "/kaggle/input/pets/set/{}.png",
        "file:///home/me/{}.png",
        '"{}.png"',
        " {}.png ",
    ],
)
@pytest.mark.parametrize("where", ["", "images/", "a/b/"])
def test_names_are_written_in_many_ways(tmp_path, written, where):
    folder = add(tmp_path / "pets", *(where + name for name in TEN))
    text = rows(["file", *map(written.format, NUMBERS)], ["label", *KINDS])
    pictures = read_csv(folder, table(folder, text))
    assert labels(pictures) == EXPECTED and pictures.report == ()


def test_an_absolute_path_inside_the_folder_is_meant(ten):
    pictures = read_csv(ten, table(ten, rows([ten / name for name in TEN], KINDS)))
    assert labels(pictures) == EXPECTED and pictures.report == ()


def test_a_missing_file_is_not_taken_from_another_folder(tmp_path):
    folder = add(tmp_path, *(f"{kind}/{number}.png" for kind in ("cat", "dog") for number in range(10)))
    (folder / "cat" / "3.png").unlink()
    text = rows([f"{kind}/{number}.png" for kind in ("cat", "dog") for number in range(10)], ["a", "b"] * 10)
    pictures = read_csv(folder, table(folder, text))
    assert len(pictures.paths) == 19 and problems(pictures)["files that don't exist"] == ("row 4: cat/3.png",)


def test_one_of_several_folders_with_the_same_names(tmp_path):
    folder = add(tmp_path / "set", *(f"{part}/{name}" for part in ("images", "masks") for name in TEN))
    pictures = read_csv(folder, table(folder, rows(TEN, KINDS)))
    assert {path.parent.name for path in pictures.paths} == {"images"} and labels(pictures) == EXPECTED
    folder = add(tmp_path / "other", *(f"{part}/{name}" for part in ("left", "right") for name in TEN))
    add(folder, "10.png")
    pictures = read_csv(folder, table(folder, rows([*TEN, "10.png"], [*KINDS, "cat"])))
    assert labels(pictures) == {"10.png": "cat"}
    assert len(problems(pictures)["names that fit several pictures"]) == 10


def test_two_pictures_of_one_stem_are_told_apart_by_the_ending(tmp_path):
    folder = add(tmp_path, "1.png", "1.jpg", "2.png", "3.png")
    pictures = read_csv(folder, table(folder, "file,label\n1.jpg,cat\n2,dog\n3,dog\n"))
    assert labels(pictures) == {"1.jpg": "cat", "2.png": "dog", "3.png": "dog"}
    pictures = read_csv(folder, table(folder, "file,label\n1,cat\n2,dog\n3,dog\n"))
    assert problems(pictures)["names that fit several pictures"] == ("row 2: 1",)


def test_addresses_are_refused_in_words(ten):
    addresses = [f"https://example.com/{name}" for name in TEN]
    with pytest.raises(ValueError, match="not followed: download"):
        read_csv(ten, table(ten, rows(["image", *addresses], ["label", *KINDS])))
    pictures = read_csv(ten, table(ten, rows(["url", *addresses], ["file", *TEN], ["label", *KINDS])))
    assert labels(pictures) == EXPECTED


# Which column is which


@pytest.mark.parametrize(
    "columns",
    [
        {"": NUMBERS, "image": TEN, "width": WIDTHS, "height": WIDTHS, "species": KINDS},
        {"": NUMBERS, "image": TEN, "width": WIDTHS, "height": WIDTHS, "bird": KINDS},
        {"class id": [0, 1] * 5, "filepaths": [f"set/{n}" for n in TEN], "labels": KINDS, "data set": ["train"] * 10},
        {"lesion_id": [f"L{n}" for n in range(10)], "image_id": NUMBERS, "dx": KINDS, "dx_type": ["histo", "x"] * 5},
        {"file_name": TEN, "text": KINDS},
        {" Filename ": TEN, " Class ": KINDS},
        {"Label": KINDS, "Image Index": TEN},
        {"id_code": NUMBERS, "diagnosis": KINDS, "age": [30 + n for n in NUMBERS]},
        {"filename": TEN, "cat": [1, 0] * 5, "dog": [0, 1] * 5},
        {"filename": TEN, " cat": ["1.0", "0.0"] * 5, " dog": ["0.0", "1.0"] * 5},
        {"filename": TEN, "breed": KINDS, "is_test": [0, 1] * 5, "good": [1, 0] * 5},
        {"photo": TEN, "label_id": [0, 1] * 5, "label_name": KINDS, "score": [f"0.{n}" for n in NUMBERS]},
        {"image": TEN, "mask": [f"m{n}" for n in TEN], "kind": KINDS, "quality": [f"{n / 7:.3f}" for n in range(10)]},
        {"a": KINDS, "b": TEN},
    ],
)
@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_columns_are_found(ten, columns, mark):
    text = rows(*([heading, *values] for heading, values in columns.items()), mark=mark)
    pictures = read_csv(ten, table(ten, text))
    assert labels(pictures) == EXPECTED and pictures.classes == ("cat", "dog")
    understood = [finding.problem for finding in pictures.report]
    assert len(understood) == (len(columns) > 2)
    assert all("labels from the column" in one or "one class for each of the columns" in one for one in understood)


def test_it_is_said_how_a_table_was_understood(ten):
    columns = [["dx_type", *["histo", "x"] * 5], ["image_id", *NUMBERS], ["dx", *KINDS]]
    (found,) = read_csv(ten, table(ten, rows(*columns))).report
    assert found.severity == "note" and "name=..., label=..." in found.remedy
    assert found.problem == "a table of 3 columns: labels from the column 'dx', pictures from 'image_id' + .png"


def test_without_headings_the_first_row_is_data(ten):
    for text in (rows(TEN, KINDS), rows(KINDS, TEN), rows(NUMBERS, KINDS), rows(TEN, KINDS, mark=" ")):
        assert labels(read_csv(ten, table(ten, text))) == EXPECTED
    pictures = read_csv(ten, table(ten, "gone.png,cat\n" + rows(TEN, KINDS)))
    assert labels(pictures) == EXPECTED and problems(pictures)["files that don't exist"] == ("row 1: gone.png",)


def test_decimal_commas_and_labels_with_commas(ten):
    pictures = read_csv(ten, table(ten, rows(TEN, [f"0,{n}" for n in NUMBERS], KINDS, mark=";"), name="a.csv"))
    assert labels(pictures) == EXPECTED
    text = "file,label\n" + rows(TEN, [f"{kind}, large" for kind in KINDS])
    pictures = read_csv(ten, table(ten, text, name="b.csv"))
    assert set(pictures.classes) == {"cat, large", "dog, large"}
    assert any("more columns than others" in problem for problem in problems(pictures))


def test_the_caller_can_say(ten):
    path = table(ten, rows(["file", *TEN], ["shape", *["round", "long"] * 5], ["color", *KINDS]))
    with pytest.raises(ValueError, match=r"not clear where the labels are.*'shape' or 'color'.*'file', 'shape'"):
        read_csv(ten, path)
    assert labels(read_csv(ten, path, label="Color")) == EXPECTED
    assert labels(read_csv(ten, path, name="file", label=3)) == EXPECTED
    for wrong in ("colour", 0, 4):
        with pytest.raises(ValueError, match=f"no column {wrong!r}.*'color'"):
            read_csv(ten, path, label=wrong)


@pytest.mark.parametrize("heading", ["label", "caption"])
def test_as_many_classes_as_pictures_is_an_error(ten, heading):
    captions = [f"a {kind} on a chair, number {n}" for n, kind in enumerate(KINDS)]
    with pytest.raises(ValueError, match=f"labels.csv.*{heading!r} has 10 different values in 10 rows"):
        read_csv(ten, table(ten, rows(["file", *TEN], [heading, *(f'"{caption}"' for caption in captions)])))


@pytest.mark.parametrize("count, refused", [(2, False), (4, False), (5, True), (9, True)])
def test_a_handful_of_rows_is_enough_to_tell(ten, count, refused):
    path = table(ten, rows(["file", *TEN[:count]], ["caption", *(f"picture {n}" for n in range(count))]))
    if refused:
        with pytest.raises(ValueError, match=f"'caption' has {count} different values in {count} rows"):
            read_csv(ten, path)
    assert len(read_csv(ten, path, label="caption").classes) == count, "the caller may say that it is meant"


def test_rows_with_several_ones_cost_themselves(ten):
    text = "file,cat,dog\n" + rows(TEN, [1, 0] * 5, [0, 1] * 5).replace("3.png,0,1", "3.png,1,1")
    pictures = read_csv(ten, table(ten, text))
    assert len(pictures.paths) == 9
    assert problems(pictures)["rows that have not exactly one class"] == ("row 5: 3.png",)


def test_a_column_tells_training_from_validation(ten):
    parts = ["train"] * 6 + ["valid"] * 2 + ["TEST"] * 2
    path = table(ten, rows(["labels", *KINDS], ["filepaths", *TEN], ["data set", *parts]))
    training, validation, test = read_parts(ten)
    assert [len(part.paths) for part in (training, validation, test)] == [6, 2, 2]
    assert training.classes == validation.classes == test.classes == ("cat", "dog")
    assert "training and validation pictures, read as one set" in problems(read_csv(ten, path))
    assert len(read_pictures(ten).paths) == 10


# Other kinds of tables


def test_records(ten):
    records = [{"file_name": name, "animal": kind} for name, kind in EXPECTED.items()]
    lines = "\n".join(map(json.dumps, records))
    texts = {"metadata.jsonl": lines, "list.json": json.dumps(records), "map.json": json.dumps(EXPECTED)}
    for name, text in texts.items():
        path = table(ten, text, name=name)
        assert labels(read_pictures(ten)) == labels(read_csv(ten, path)) == EXPECTED
        path.unlink()


def coco(categories_of):
    names = sorted({kind for kinds in categories_of.values() for kind in kinds})
    return {
        "images": [{"id": place, "file_name": name} for place, name in enumerate(categories_of)],
        "categories": [{"id": place, "name": name} for place, name in enumerate(names)],
        "annotations": [
            {"image_id": place, "category_id": names.index(kind), "bbox": [0, 0, 2, 2]}
            for place, kinds in enumerate(categories_of.values())
            for kind in kinds
        ],
    }


def test_coco(ten):
    categories = {name: [kind] for name, kind in EXPECTED.items()}
    path = table(ten, json.dumps(coco(categories)), name="_annotations.coco.json")
    assert labels(read_pictures(ten)) == EXPECTED
    path.write_text(json.dumps(coco(categories | {"3.png": ["cat", "dog"]})))
    with pytest.raises(ValueError, match=r"_annotations.coco.json.*detection.*3\.png has several"):
        read_pictures(ten)
    path.write_text(json.dumps(coco(categories) | {"images": [{"id": 1}]}))
    with pytest.raises(ValueError, match="looks like COCO, but lacks 'file_name'"):
        read_pictures(ten)


@pytest.mark.parametrize("name", ["labels.xlsx", "labels.parquet", "labels.mat", "broken.json"])
def test_what_cannot_be_read_is_refused_by_name(tmp_path, name):
    folder = add(tmp_path / "set", "cat-1.png", "dog-1.png")
    table(folder, "PK something", name=name)
    with pytest.raises(ValueError, match=re.escape(name)):
        read_pictures(folder)
    with pytest.raises(ValueError, match=re.escape(name)):
        read_pictures(folder / name)


def test_boxes_are_not_classes(ten):
    corners = ["0"] * 10
    text = rows(["filename", *TEN], ["class", *KINDS], ["xmin", *corners], ["ymin", *corners])
    assert labels(read_csv(ten, table(ten, text))) == EXPECTED
    with pytest.raises(ValueError, match=r"labels.csv.*detection.*0\.png"):
        read_csv(ten, table(ten, text + "0.png,dog,1,1\n"))
    yolo = add(tmp := ten.parent / "yolo", *(f"train/images/dog{name}" for name in TEN))
    for name in TEN:
        table(tmp / "train" / "labels", "0 0.5 0.5 1 1\n", name=f"dog{name}".replace(".png", ".txt"))
    with pytest.raises(ValueError, match="detection"):
        read_pictures(yolo)


# Tables among pictures


def test_a_table_for_answers_is_passed_over(ten):
    table(ten, rows(["id", *TEN], ["label", *KINDS]), name="train.csv")
    table(ten, rows(["id", *TEN], ["label", *["cat"] * 10]), name="sample_submission.csv")
    table(ten, rows(["id", "90", "91"], ["width", "1", "2"]), name="test.csv")
    pictures = read_pictures(ten)
    assert labels(pictures) == EXPECTED
    assert problems(pictures)["tables for answers"] == ("sample_submission.csv",)
    assert problems(pictures)["other tables that name pictures, not read"] == ("test.csv",)
    table(ten, rows(["id", "90", "91"], ["width", "10", "20"]), name="test.csv")
    assert problems(read_pictures(ten))["tables that name no picture of this set"] == ("test.csv",)


def test_two_tables_that_contradict_are_refused_by_name(ten):
    table(ten, rows(["id", *TEN], ["label", *KINDS]), name="anna.csv")
    table(ten, rows(["id", *TEN], ["label", *["cat"] * 9, "dog"]), name="ben.csv")
    with pytest.raises(ValueError, match=r"anna\.csv, ben\.csv"):
        read_pictures(ten)


def test_a_table_for_each_part(ten):
    for name, part in [("train.csv", slice(0, 6)), ("val.csv", slice(6, 8)), ("test.csv", slice(8, 10))]:
        table(ten, rows(["id", *TEN[part]], ["label", *KINDS[part]]), name=name)
    assert [len(part.paths) for part in read_parts(ten)] == [6, 2, 2]


@pytest.mark.parametrize(
    "text",
    [
        "name,author,terms\na.png,Ann,yes\nb.png,Ben,yes\n",
        "file,author\n1.png,Ann\n2.png,Ben\n",
        "site,author\nx,y\n",
    ],
)
def test_credits_do_not_block_folders(tmp_path, text):
    folder = add(tmp_path / "set", "cat/1.png", "cat/a.png", "dog/2.png", "dog/b.png")
    table(folder, text, name="credits.csv")
    table(folder, "PK", name="plan.xlsx")
    pictures = read_pictures(folder)
    assert pictures.classes == ("cat", "dog") and len(pictures.paths) == 4
    said = [finding.problem for finding in pictures.report if "credits.csv" in finding.files]
    assert len(said) == 1 and "tables" in said[0], "it is said once that it was not read"


def test_a_table_of_labels_wins_over_folders_and_says_so(tmp_path):
    folder = add(tmp_path / "set", *(f"camera{n % 2}/{name}" for n, name in enumerate(TEN)))
    table(folder, rows(["file", *TEN], ["species", *["cat", "cat", "dog", "dog", "dog"] * 2]))
    pictures = read_pictures(folder)
    assert pictures.classes == ("cat", "dog")
    assert problems(pictures)["labels from a table, not from the folders"] == ("labels.csv",)


def test_a_table_that_is_not_clear_is_no_reason_to_guess(tmp_path):
    folder = add(tmp_path / "set", *(f"img_{name}" for name in TEN))
    table(folder, rows(["file", *(f"img_{name}" for name in TEN)], ["one", *KINDS], ["two", *KINDS]))
    with pytest.raises(ValueError, match=r"labels.csv.*'one' or 'two'"):
        read_pictures(folder)
