import pytest
from PIL import Image

from course_utils import colors_folder, load_image, read_folders


def test_colors_are_as_in_the_article():
    training, validation = read_folders(colors_folder() / "training"), read_folders(colors_folder() / "validation")
    assert [path.stem for path in training.paths] == ["blue-1", "blue-2", "red-1", "red-2"]
    assert [path.stem for path in validation.paths] == ["blue-3", "red-3"]
    assert training.labels == ("blue", "blue", "red", "red")
    assert training.classes == validation.classes == ("blue", "red")


def test_colors_are_what_the_script_makes():
    import runpy

    from course_utils.assets import ROOT

    shades = runpy.run_path(str(ROOT / "tools" / "make_pictures.py"))["SHADES"]
    for name, shade in shades.items():
        assert (load_image(colors_folder() / name) == shade).all()


def test_hidden_files_and_other_files_are_left_out(tmp_path):
    for name in ["cat/a.png", "cat/.b.png", ".hidden/c.png", "dog/d.PNG"]:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        Image.new("RGB", (1, 1)).save(tmp_path / name)
    (tmp_path / "cat" / "notes.txt").write_text("no picture")
    assert [path.name for path in read_folders(tmp_path).paths] == ["a.png", "d.PNG"]


def test_a_missing_or_empty_folder_is_explained(tmp_path):
    with pytest.raises(FileNotFoundError, match="nowhere"):
        read_folders(tmp_path / "nowhere")
    with pytest.raises(ValueError, match="no pictures"):
        read_folders(tmp_path)
