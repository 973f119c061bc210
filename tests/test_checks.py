import numpy as np
import pytest

import course_utils as cu
from course_utils.assets import catalog


class Awkward:
    """An answer that can't be compared or printed."""

    def __eq__(self, other):
        raise TypeError("no")

    __hash__ = None

    def __repr__(self):
        raise TypeError("no")


@pytest.mark.parametrize(
    "got, expected",
    [
        (4, 4),
        (0.33333, 1 / 3),
        ([1, 2], (1, 2)),
        (" Wood", "wood"),
        (np.int64(3), 3),
        (np.arange(3), np.arange(3.0)),
        ([0.1 + 0.2], [0.3]),
        (0.3 * 10, 3),
        (((1, 0), (0, 1)), [[1, 0], [0, 1]]),
        (np.array(["a"]), np.array(["a"])),
    ],
)
def test_right_answers(capsys, got, expected):
    cu.check("it", got, expected)
    assert capsys.readouterr().out.startswith("[OK] it: ")


@pytest.mark.parametrize(
    "got, expected",
    [(5, 4), (None, 4), ("4", 4), ([1], (1, 2)), (np.zeros((9, 9)), 4), (0.3, 1 / 3), (1e-5, 2e-5), (Awkward(), 4)],
)
def test_wrong_answers_are_told_and_never_raise(capsys, got, expected):
    cu.check("it", got, expected)
    assert capsys.readouterr().out.startswith("[TRY AGAIN] it: ")


def test_answers_are_printed_for_people(capsys):
    cu.check("it", [np.int64(1), np.float32(0.1)], [2, 3])
    cu.check("it", np.zeros((224, 224, 3), np.uint8), 4)
    assert capsys.readouterr().out == (
        "[TRY AGAIN] it: got [1, 0.1], expected [2, 3]\n"
        "[TRY AGAIN] it: got an array of shape (224, 224, 3), uint8, from 0 to 0, expected 4\n"
    )


def test_a_missing_package_and_a_missing_file_are_told(capsys, monkeypatch, tmp_path):
    monkeypatch.setattr(
        "importlib.metadata.requires", lambda name: ["numpy<1", "no-such-package>=2", "ruff; extra == 'test'"]
    )
    monkeypatch.setattr(catalog, "find_weights", lambda: (_ for _ in ()).throw(cu.AssetError("looked everywhere")))
    monkeypatch.setattr(catalog, "find_drum", lambda: tmp_path)
    monkeypatch.setattr(catalog, "find_pexels", lambda: tmp_path)
    monkeypatch.setenv("COURSE_ASSETS", "real")
    cu.check_setup()
    python, packages, weights, drum, pexels = capsys.readouterr().out.splitlines()
    assert python == "[OK] Python" and drum.startswith("[OK]") and pexels.startswith("[OK]")
    assert packages.startswith("[FAIL] packages: numpy is ") and "course.py open" in packages
    assert "no-such-package is not installed" in packages
    assert weights == "[FAIL] MobileNet's weights: looked everywhere"
    monkeypatch.delenv("COURSE_ASSETS")
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path))  # nothing has been looked for there yet
    cu.check_setup()
    assert "[OK] MobileNet's weights: the practice set stands in\n[OK] the drum photo\n" in capsys.readouterr().out
