"""What checks say: to typical wrong answers of each exercise (wrong_answers.txt), and to answers of any kind."""

import ast
import re
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import Mock

import numpy as np
import pytest
from helpers import NOTEBOOKS, ROOT, cells_of, solved, text_of
from PIL import Image

import course_utils as cu
from course_utils.assets import catalog
from course_utils.checks import answers
from course_utils.classroom.progress import exercises

FORM = """wrong_answers.txt has for each check: its name in brackets; `right:` and the right answer, or nothing, where
the exercise's own cell is run; and for each wrong answer, as a learner would write it, what is said to it where it is
the first one, the second, the third"""


@pytest.fixture(autouse=True)
def no_answers_yet():
    answers._wrong.clear()


# typical wrong answers -----------------------------------------------------------------------------------------------


@cache
def table():
    """The rows of wrong_answers.txt: for each check the right answer, if it is given, and the wrong ones."""
    text = (ROOT / "tests" / "wrong_answers.txt").read_text(encoding="utf-8")
    rows = {}
    for block in re.split(r"^\[(?=[^\]\n]+\]$)", text, flags=re.M)[1:]:
        name, rest = block.split("]\n", 1)
        right = re.search(r"^right: (.+)$", rest, re.M)
        wrong = [part.rstrip().split("\n    ") for part in rest.split("wrong: ")[1:]]
        rows[name] = SimpleNamespace(right=right and right[1], wrong=[(answer, said) for answer, *said in wrong])
    return rows


class Exercise:
    """An exercise of a notebook: its cell and its solution's."""

    def __init__(self, notebook, cell, solution):
        self.notebook, self.cell, self.solution = notebook, cell, solution
        self.name = re.search(r'\bcheck\(\s*"([^"]+)"', cell.source)[1]

    def asked(self):
        """The cell's names, and the name that the learner gives a meaning to, after the cell was run as it is."""
        names = {"np": np, "check": cu.check, "Path": Path, "Image": Image, **GIVEN.get(self.name, dict)()}
        exec(self.cell.source, names)
        return names, next(filter(None, map(open_name, ast.parse(self.cell.source).body)))

    def run(self, answer, names, target):
        """Run the cell with an answer in the place of its ``...``."""
        body = [statement for statement in ast.parse(self.cell.source).body if open_name(statement) is None]
        exec("\n".join(map(ast.unparse, body)), {**names, target: answer})


def open_name(statement):
    """The name that is still to be defined, if a statement is the one with the ``...``."""
    if any(isinstance(node, ast.Constant) and node.value is ... for node in ast.walk(statement)):
        return statement.name if isinstance(statement, ast.FunctionDef) else statement.targets[0].id
    return None


EXERCISES = {one.name: one for path in NOTEBOOKS for one in (Exercise(path, *two) for two in solved(cells_of(path)))}


class TwoColors:
    """In MobileNet's place: it knows red and blue."""

    def predict(self, batch, verbose=0):
        if np.shape(batch)[1:] != (224, 224, 3):
            raise ValueError(f"got {np.shape(batch)}, expected (n, 224, 224, 3)")
        return np.eye(3)[[0 if picture[0, 0, 0] > picture[0, 0, 2] else 1 for picture in batch]]


def with_two_colors():
    named = {name: getattr(cu, name) for name in ("colors_folder", "batch_image", "resize_image", "load_image")}
    return {**named, "mobilenet": TwoColors(), "labels": ["velvet", "flagpole", "drum"]}


def with_a_picture():
    small = np.random.default_rng(0).integers(0, 256, (224, 224, 3), np.uint8)
    return {"small": small, "batch": cu.batch_image(small)}


def with_berries():
    names, answers = ["raspberry", "blueberry", "strawberry"], np.array([[0.2, 0.7, 0.1], [0.3, 0.3, 0.4]])
    labels = ["raspberry", "blueberry", "raspberry", "strawberry"]
    return {"names": names, "answers": answers, "labels": labels, "rows": np.eye(3)[[0, 1, 0, 2]]}


def with_a_pipeline():
    names = {"np": np, "Image": Image, "check_pipeline": cu.check_pipeline}
    exec(
        next(cell.source for cell in cells_of(EXERCISES["faults left"].notebook) if "def process" in cell.source), names
    )
    return names


class Saver:
    """In the trainer's place: what it saves is right."""

    def add(self, pictures):
        pass

    train = dict

    def save(self, path):
        path.write_text("red blue")
        return path


def with_files():
    """In the folder where the test runs: a classifier that always says blue, and a file that is none."""
    Path("blue.zip").write_text("blue blue")
    Path("notes.txt").write_text("")

    def load_classifier(file):
        red, blue = Path(file).read_text().split()
        return SimpleNamespace(predict=lambda path: {red if "red" in path.name else blue: 1.0})

    return {"desk": Path.cwd(), "load_classifier": load_classifier, "Trainer": Saver}


def with_points():
    """The points and the loss of notebook 09's line."""
    sources = {cell.id: cell.source for cell in cells_of(EXERCISES["slope of b"].notebook)}
    names = {"np": np, "plt": Mock()}
    for cell in ("line-2", "line-4"):
        exec(sources[cell].split("print(")[0].replace("import matplotlib.pyplot as plt", ""), names)
    return names


def with_a_table():
    """The notebook's table of methods, and the cell that finds the largest of each column."""
    table = {"MFCC": {"by lot": 0.95, "by speaker": 0.65}, "network": {"by lot": 0.89, "by speaker": 0.68}}
    return {"table": table, "largest_of_each": defined("largest_of_each", np=np, table=table)}


def with_voices():
    """The notebook's speakers, and the cell that leaves out one of them after the other."""
    voices = SimpleNamespace(groups=("ada", "ben", "ada", "dan", "cleo"))
    return {"voices": voices, "leave_one_out": defined("leave_one_out")}


def defined(function, **names):
    """A function that a cell of some notebook defines."""
    (cell,) = (cell for path in NOTEBOOKS for cell in cells_of(path) if f"def {function}(" in cell.source)
    exec(cell.source, names)
    return names[function]


GIVEN = {
    "slope of b": with_points,
    "the red square": with_two_colors,
    "the picture": with_a_picture,
    "decoded labels": with_berries,
    "faults left": with_a_pipeline,
    "right": with_files,
    "columns": lambda: {"spectrogram": cu.spectrogram},
    "folds by speaker": with_voices,
    "what each split chooses": with_a_table,
    "calibration error": lambda: {"measure_reliability": cu.measure_reliability},
}


def lines(capsys, mark, name):
    """What was printed after the mark and the check's name."""
    start = f"{mark} {name}: "
    printed = [line for line in capsys.readouterr().out.splitlines() if line.startswith("[")]
    assert all(line.startswith(start) for line in printed), printed
    return [line.removeprefix(start) for line in printed]


def another(number, function):
    """A wrong answer to any exercise."""

    def stops(*inputs):
        raise ValueError(number)

    return stops if function else f"wrong answer {number}"


def test_each_check_of_each_exercise_has_its_rows():
    checks = [name for exercise in exercises() for name in exercise.checks]
    assert sorted(checks) == sorted(EXERCISES) == sorted(table()), FORM
    assert not {name: len(row.wrong) for name, row in table().items() if len(row.wrong) < 5}
    assert not [answer for row in table().values() for answer, said in row.wrong if not 1 <= len(said) <= 3], FORM
    assert all(any(len(said) == 3 for _, said in row.wrong) for row in table().values())


@pytest.mark.parametrize("name", EXERCISES)
def test_wrong_answers_are_told_step_by_step(name, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    row, exercise = table()[name], EXERCISES[name]
    if row.right:
        right, names = eval(row.right), {}

        def ask(answer):
            cu.check(name, answer, right)
    else:
        names, target = exercise.asked()
        exec(exercise.solution.source, solved_names := dict(names))
        names["right"] = solved_names[target]

        def ask(answer):
            exercise.run(answer, {key: value for key, value in names.items() if key != "right"}, target)

    for answer, said in row.wrong:
        got = eval(answer, {"np": np, "Path": Path, **names})
        for number in range(len(said)):
            answers._wrong.clear()
            for before in range(number):
                ask(another(before, callable(got)))
            capsys.readouterr()
            ask(got)
            assert lines(capsys, "[TRY AGAIN]", name) == [said[number]], answer


@pytest.mark.parametrize("name", EXERCISES)
def test_right_answers_pass_and_print_what_is_saved(name, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    row, exercise = table()[name], EXERCISES[name]
    if row.right:
        cu.check(name, ..., 1)
        todo = capsys.readouterr().out
        cu.check(name, eval(row.right), eval(row.right))
    else:
        names, _ = exercise.asked()
        todo = capsys.readouterr().out
        exec(exercise.solution.source, names)
    assert text_of(exercise.solution).strip() == capsys.readouterr().out.strip()
    assert text_of(exercise.cell).strip() == todo.strip()


@pytest.mark.parametrize("name", [name for name, one in EXERCISES.items() if "inputs=" in one.cell.source])
def test_a_constant_is_refused(name, capsys, monkeypatch):
    """Whatever an exercise's inputs give: a function that always returns it does not pass."""
    right = []

    def look(name, function, expected, inputs):
        given = [one if isinstance(one, tuple) else (one,) for one in inputs]
        right.extend([expected(*one) for one in given] if callable(expected) else expected)

    with monkeypatch.context() as patch:
        patch.setattr(cu, "check", look)
        EXERCISES[name].asked()
    names, target = EXERCISES[name].asked()
    capsys.readouterr()
    assert len(right) >= 2
    for value in right:
        EXERCISES[name].run(lambda *inputs, value=value: value, names, target)
    assert len(lines(capsys, "[TRY AGAIN]", name)) == len(right)


# answers of any kind -------------------------------------------------------------------------------------------------


class Awkward:
    """An answer that can't be compared or printed."""

    def __eq__(self, other):
        raise TypeError("no")

    __hash__ = None

    def __repr__(self):
        raise TypeError("no")


def said(capsys):
    return capsys.readouterr().out.removesuffix("\n")


@pytest.mark.parametrize(
    "got, expected",
    [
        (4, 4),
        (4.0, 4),
        (0.33333, 1 / 3),
        ([1, 2], (1, 2)),
        (" Wood", "wood"),
        (np.int64(3), 3),
        (np.array(3), 3),
        (np.arange(3), np.arange(3.0)),
        ([0, 1, 2], np.arange(3)),
        ([0.1 + 0.2], [0.3]),
        (0.3 * 10, 3),
        (((1, 0), (0, 1)), [[1, 0], [0, 1]]),
        (np.array(["a"]), np.array(["a"])),
        ({"b": (1,), "a": 2}, {"a": 2, "b": [1]}),
        (frozenset("ab"), {"a", "b"}),
        (None, None),
        (str(ROOT), ROOT),
        (ROOT / "tests" / "..", ROOT),
        (np.dtype("uint8"), np.dtype("uint8")),
    ],
)
def test_right_answers(capsys, got, expected):
    cu.check("it", got, expected)
    assert said(capsys).startswith("[OK] it: ")


@pytest.mark.parametrize(
    "got, expected, words",
    [
        (5, 4, "got 5. Off by one."),
        (None, 4, "got None. Nothing (`None`), where a whole number is expected."),
        ("4", 4, "got '4'. A text, where a number is expected: leave the quotes out."),
        (True, 1, "got True. True or False, where a number is expected."),
        ([1], (1, 2), "got [1]. Too few elements."),
        ([[1, 2]], [1, 2], "got [[1, 2]]. One pair of brackets too many."),
        (iter([1]), [1], "got a list_iterator. A list_iterator, where a list is expected: put `list(...)` around it."),
        (0.3, 1 / 3, "got 0.3. Too small."),
        (0.33, 1 / 3, "got 0.33. Too small, but close: was it rounded?"),
        (1e-5, 2e-5, "got 1e-05. Too small."),
        (float("nan"), 2, "got nan. No usual number: was something divided by 0?"),
        (218543.0, 218544, "got 218543.0. Off by one."),
        (10**20 + 1, 10**20, "got 100000000000000000001. Off by one."),
        (5.5, 5, "got 5.5. Too large."),
        (5.36870912, 5.0, "got 5.369. Counted in steps of 1024, where 1000 is expected."),
        (
            max,
            4,
            "got the function max. The function itself, where a whole number is expected: call it, with brackets.",
        ),
        ("no such", ROOT, "got 'no such'. There is no such file or folder."),
        (ROOT / "tests", ROOT, "got tests. Another file or folder is expected."),
        ("True", True, "got 'True'. A text, where True or False is expected: leave the quotes out."),
        (3, {"a": 1}, "got 3. A whole number, where a dictionary is expected."),
        (b"a", b"b", "got b'a'. Another value is expected."),
    ],
)
def test_kinds_of_wrong_answers(capsys, got, expected, words):
    cu.check("it", got, expected)
    assert said(capsys) == f"[TRY AGAIN] it: {words}"


def test_an_answer_that_cannot_be_compared_stops_nothing(capsys, tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path))
    cu.check("it", Awkward(), 4)
    assert said(capsys).startswith(
        "[TRY AGAIN] it: this answer can't be compared (TypeError: no). The traceback is in "
    )


PICTURE = np.random.default_rng(1).integers(0, 256, (60, 60, 3), np.uint8)
SEEN = "an array of shape (60, 60, 3), uint8, from 0 to 255"


@pytest.mark.parametrize(
    "got, kind, near",
    [
        (PICTURE[:50], "Another shape is expected.", "The shape is (50, 60, 3), and (60, 60, 3) is expected."),
        (PICTURE.swapaxes(0, 1), "Rows and columns are swapped.", None),
        (PICTURE[::-1], "Upside down.", None),
        (PICTURE[:, ::-1], "Left and right are exchanged.", None),
        (PICTURE[..., ::-1], "The last dimension is in reverse order, as in blue, green, red.", None),
        (PICTURE.astype(float), "The values are right, their type float64 is not.", "The type uint8 is expected."),
        (PICTURE / 255, "The right picture, in numbers of another range.", None),
        (PICTURE.transpose(2, 0, 1), "The right shape, but for the order of its dimensions.", None),
    ],
)
def test_arrays_that_differ(capsys, got, kind, near):
    for _ in range(2):
        cu.check("it", got, PICTURE)
        answers._wrong["it"].add("another")
    first, second = said(capsys).splitlines()
    assert first.endswith(f". {kind}") and second.startswith(first) and len(second) > len(first)
    assert near is None or second.endswith(near)


def test_arrays_that_look_the_same_are_told_apart(capsys):
    got = PICTURE.copy()
    got[3, :, 0] ^= 255
    places = int((got != PICTURE).sum())
    most = np.abs(got.astype(int) - PICTURE).max()
    answers._wrong["it"] = {"one", "another"}
    cu.check("it", got, PICTURE)
    assert said(capsys) == (
        f"[TRY AGAIN] it: got {SEEN}, expected {SEEN}. "
        f"Other numbers are expected. {places} of 10,800 places differ, by up to {most}."
    )


@pytest.mark.parametrize(
    "got, expected", [(534000, 534001), (0.66021, 0.6615), (12345.678, 12400.0), (2.0001, 3), (1, 1.5)]
)
def test_two_different_numbers_never_look_the_same(capsys, got, expected):
    answers._wrong["it"] = {"one", "another"}
    cu.check("it", got, expected)
    one, other = re.search(r"got ([\d.]+), expected ([\d.]+)\. ", said(capsys)).groups()
    assert float(one) != float(other) and float(other) == pytest.approx(expected, 1e-3)


def test_a_whole_number_is_shown_in_full(capsys):
    cu.check("it", 1254500, 1254500)
    cu.check("it", 218544.0, 218544)
    assert said(capsys) == "[OK] it: 1254500\n[OK] it: 218544.0"


def test_kind_then_nearness_then_the_right_answer(capsys):
    for answer in (12, 12, 13, 12, ..., 14, 6, 12):
        cu.check("it", answer, 6)
    assert said(capsys).splitlines() == [
        "[TRY AGAIN] it: got 12. Too large.",
        "[TRY AGAIN] it: got 12. Too large.",  # the same once more is no new one
        "[TRY AGAIN] it: got 13. It is about 2.2 times too large.",
        "[TRY AGAIN] it: got 12. It is about 2 times too large.",
        "[TO DO] it: replace the ... above with your answer",
        "[TRY AGAIN] it: got 14, expected 6. Too large.",
        "[OK] it: 6",
        "[TRY AGAIN] it: got 12. Too large.",  # a right one starts anew
    ]


def test_each_check_counts_for_itself(capsys):
    for name in ("one", "another"):
        cu.check(name, 12, 6)
    assert "expected 6" not in said(capsys) and said(capsys).count("times") == 0


@pytest.mark.parametrize("got", [..., [1, ...], (..., 2), {"red": ...}, {1, ...}, [[1], [...]], np.array([1, ...])])
def test_to_do_is_said_while_a_place_is_open(capsys, got):
    cu.check("it", got, 4)
    cu.check("it", lambda number: got, [4], inputs=[1])
    cu.check("it", lambda number: got, 4, measure=lambda function: function(1))
    assert said(capsys).splitlines() == ["[TO DO] it: replace the ... above with your answer"] * 3


# functions -----------------------------------------------------------------------------------------------------------


def half(number):
    return number / 2


def through_zero(number):
    rest = number - 4
    return 8 / rest


def test_a_function_is_called_with_each_input(capsys):
    cu.check("half", half, half, inputs=[4, 6])
    cu.check("half", half, [2], inputs=[4])
    cu.check("half", lambda number: number - 2, half, inputs=[4, 6])
    cu.check("half", 2.0, half, inputs=[4, 6])
    assert said(capsys).splitlines() == [
        "[OK] half: 2.0, and right for 1 other input",
        "[OK] half: 2.0",
        "[TRY AGAIN] half: for 6, your function gave 4. Off by one.",
        "[TRY AGAIN] half: got 2.0. The function itself is expected: its name, without brackets.",
    ]


def test_what_stops_a_function_is_told_with_its_input_and_line(capsys):
    cu.check("it", through_zero, through_zero, inputs=[(6,)])
    cu.check("it", through_zero, [1, 2], inputs=[6, 4])
    cu.check("it", lambda number: exec("raise SystemExit"), [1], inputs=[6])
    ok, line, left = said(capsys).splitlines()
    assert ok == "[OK] it: 4.0"
    assert line == (
        "[TRY AGAIN] it: for 4, your function stopped with ZeroDivisionError: division by zero, "
        "in the line `return 8 / rest`."
    )
    assert left.startswith("[TRY AGAIN] it: for 6, your function stopped with SystemExit")


def test_what_the_learner_stops_by_hand_is_told(capsys):
    def endless(number):
        raise KeyboardInterrupt  # what the Stop button does

    cu.check("it", endless, half, inputs=[4])
    words = "for 4, your function was stopped before it ended. Is there a loop that never ends?"
    assert said(capsys) == f"[TRY AGAIN] it: {words}"


def test_a_function_is_given_copies(capsys):
    def last(names):
        return names.pop()

    names = ["a", "b"]
    cu.check("it", last, ["b", "b"], inputs=[names, names])
    assert said(capsys).startswith("[OK]") and names == ["a", "b"]


def test_a_function_that_is_measured(capsys):
    for answer in (half, lambda number: None, through_zero):
        cu.check("it", answer, 2, measure=lambda function: function(4))
    assert said(capsys).splitlines() == [
        "[OK] it: 2.0",
        "[TRY AGAIN] it: for 4, your function returned nothing: is there a `return`?",
        "[TRY AGAIN] it: for 4, your function stopped with ZeroDivisionError: division by zero, "
        "in the line `return 8 / rest`.",
    ]


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
