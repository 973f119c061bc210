"""Each silent bug is made on purpose, and found by its name."""

import numpy as np
import pytest
from PIL import Image, ImageOps

import course_utils as cu
from course_utils import check_data, check_pipeline


def pipeline(load=cu.load_image, crop=cu.crop_image, resize=cu.resize_image, batch=cu.batch_image):
    return lambda path: batch(resize(crop(load(path))))


def problems(report):
    return [finding.problem for finding in report]


def article_crop(image):
    height, width = image.shape[:2]
    side = min(height, width)
    begin = (height - side) // 2, (width - side) // 2
    return image[begin[0] : begin[0] + begin[0] + side, begin[1] : begin[1] + begin[1] + side]


def test_the_courses_own_pipeline_has_no_fault():
    assert check_pipeline(cu.load_and_process_image) == ()


@pytest.mark.parametrize(
    "process, problem, remedy",
    [
        (lambda path: np.zeros((1, 224, 224, 3), np.float32), "white and black come out the same", "became"),
        (pipeline(batch=lambda i: i[None].astype(np.float32) / 255), "white becomes 1.000 and black 0.000", "255"),
        (pipeline(batch=lambda i: i[None].astype(np.float32) / 127 - 1), "white becomes 1.008", "by 127"),
        (pipeline(batch=lambda i: i[None].astype(np.float32)), "white becomes 255.000", "not scaled"),
        (pipeline(batch=lambda i: cu.batch_image(i) / np.float32(127.5) - 1), "white becomes -0.992", "twice"),
        (pipeline(batch=lambda i: cu.batch_image(i)[..., ::-1]), "red arrives as blue", "BGR"),
        (pipeline(batch=lambda i: cu.batch_image(i).swapaxes(1, 2)), "rows and columns are swapped", "height"),
        (pipeline(batch=lambda i: cu.batch_image(i)[:, :, ::-1]), "left and right are swapped", "mirror"),
        (pipeline(crop=lambda i: i[: min(i.shape[:2]), : min(i.shape[:2])]), "the crop is off center", "// 2"),
        (pipeline(crop=article_crop), "the crop is off center", "// 2"),
        (pipeline(crop=lambda i: i), "landscape format is squashed", "square"),
        (
            pipeline(crop=lambda i: i if len(i) > len(i[0]) else cu.crop_image(i)),
            "portrait format is squashed",
            "square",
        ),
        (pipeline(load=lambda p: np.asarray(Image.open(p))), "the EXIF orientation is ignored", "exif_transpose"),
        (
            pipeline(resize=lambda i: np.asarray(Image.fromarray(i).resize((224, 224), Image.Resampling.NEAREST))),
            "fine patterns turn into coarse ones",
            "averaging",
        ),
        (lambda path: cu.load_and_process_image(path)[0], "the batch has shape (224, 224, 3)", "(1, 224, 224, 3)"),
        (lambda path: cu.load_and_process_image(path).astype(float), "the batch has shape", "float32"),
    ],
)
def test_each_fault_of_a_pipeline_is_named(process, problem, remedy):
    report = check_pipeline(process)
    assert {finding.problem.split(" for ")[0] for finding in report if finding.problem.startswith(problem)}, report
    assert all(finding.problem.startswith(problem) or "format" in finding.problem for finding in report), report
    assert remedy in next(finding.remedy for finding in report if finding.problem.startswith(problem))


def test_two_faults_are_both_named():
    process = pipeline(
        load=lambda p: np.asarray(ImageOps.exif_transpose(Image.open(p)))[..., ::-1],
        batch=lambda i: i[None].astype(np.float32) / 255,
    )
    assert [words.split(",")[0] for words in problems(check_pipeline(process))] == [
        "white becomes 1.000 and black 0.000",
        "red arrives as blue",
    ]


@pytest.fixture(scope="module")
def data(pretrained_model):
    """The colors with their features and rows, and a function that gives the features of one again."""
    sets = [cu.read_folders(cu.colors_folder() / part) for part in ("training", "validation")]
    features = [cu.load_images(pictures.paths, pretrained_model) for pictures in sets]
    rows = [cu.add_labels(pictures.labels, sets[0].classes) for pictures in sets]
    again = {
        path: block[np.newaxis] for part in (0, 1) for path, block in zip(sets[part].paths, features[part], strict=True)
    }
    return sets, features, rows, again.__getitem__


def check(data, features=None, new_features=None, rows=None, new_rows=None, training=None, compute=True):
    sets, blocks, labels, again = data
    return check_data(
        training or sets[0],
        blocks[0] if features is None else features,
        labels[0] if rows is None else rows,
        sets[1],
        blocks[1] if new_features is None else new_features,
        labels[1] if new_rows is None else new_rows,
        again if compute else None,
    )


def test_right_data_have_no_fault(data):
    assert check(data) == ()


def test_faults_of_the_data_are_named(data):
    (training, validation), (features, new_features), (rows, new_rows), _ = data
    assert problems(check(data, rows=rows[[0, 2, 1, 3]])) == ["training: label rows that belong to other pictures"]
    assert problems(check(data, new_rows=new_rows[:, ::-1])) == [
        "validation: classes in another order than in training"
    ]
    assert "all pictures have the same features" in problems(check(data, features=features[[0, 0, 0, 0]]))[0]
    assert problems(check(data, features=features[::-1])) == ["training: features in another order than the pictures"]
    assert problems(check(data, features=features[:3]))[0].startswith("training: 4 pictures, 3 features")
    assert problems(check(data, rows=np.eye(3)[[0, 0, 1, 1]]))[0].startswith("training: rows for 3 classes")
    leaked = check(data, new_features=features[[0, 2]], compute=False)
    assert problems(leaked) == ["validation pictures that are in training, too"]
    assert leaked[0].files == ("blue-3.png", "red-3.png")
    shuffled = training._replace(labels=("blue", "red", "blue", "red"))
    shuffled_rows = cu.add_labels(shuffled.labels, shuffled.classes)
    assert problems(check(data, training=shuffled, rows=shuffled_rows))[0].startswith("only 0% of the pictures")


def lazy_head(class_count):
    """A head whose weights never change."""
    head = cu.get_model(class_count)
    head.optimizer.learning_rate = 0.0
    return head


def test_the_whole_suite_in_one_call(pretrained_model):
    cu.set_seed(7)
    assert cu.check_sanity(pretrained_model=pretrained_model) == ()


def test_the_suite_names_what_is_wrong_with_a_head(pretrained_model):
    cu.set_seed(7)
    stuck = problems(cu.check_sanity(pretrained_model=pretrained_model, build_head=lazy_head))
    assert stuck and all(words.startswith("the head gets") for words in stuck)


def test_the_suite_names_what_is_wrong_with_a_pipeline(pretrained_model):
    same = problems(cu.check_sanity(lambda path: np.zeros((1, 224, 224, 3)), pretrained_model))
    assert same[0] == "the batch has shape (1, 224, 224, 3) and type float64"
    assert any("all pictures have the same features" in words for words in same)
    assert any(words.startswith("the head gets 50%") for words in same)
