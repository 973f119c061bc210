"""The shape of the code: which room knows which, how long functions are, types, and names that agree."""

import ast
import os
import re
import subprocess
import sys
import tokenize
import tomllib
from functools import cache
from graphlib import CycleError, TopologicalSorter
from itertools import chain

import pytest
from helpers import NOTEBOOKS, ROOT, read_notebook

import course_utils as cu

PACKAGE = ROOT / "course_utils"
# The rooms from top to bottom. A module may import from its own line and from those below it.
ROOMS = [
    ["__init__", "__main__", "commands", "tour"],
    ["trainer"],
    ["classroom"],
    ["export"],
    ["faults"],
    ["learning"],
    ["network"],
    ["checks"],
    ["pictures"],
    ["assets"],
    ["browser"],
    ["report", "plots", "markup"],
    ["fonts"],
    ["installers"],
    ["cache"],
    ["settings"],
    ["files"],
]
FLOOR = {room: floor for floor, rooms in enumerate(ROOMS) for room in rooms}
# What an older Python runs, to be told that it is too old.
FOR_OLD_PYTHONS = [
    "tools/course.py",
    "tools/setup_course.py",
    "course_utils/__init__.py",
    "course_utils/__main__.py",
    "course_utils/commands.py",
    "course_utils/files.py",
    "course_utils/settings.py",
    "course_utils/checks/__init__.py",
    "course_utils/checks/machine.py",
    "course_utils/classroom/__init__.py",
    "course_utils/classroom/commands.py",
    "course_utils/classroom/start.py",
]
FOLDERS = ["course_utils", "tools", "deploy", "benchmarks", "making"]
LONGEST = 40  # lines of a function, without its docstring, blank lines and comments
MAY_BE_LONG = {
    f"making/renders/{name}": "one thing's parts, in the order in which it draws random numbers; only Blender could "
    "tell that a shorter one draws the same pictures, which the project ships"
    for name in [
        "stock.py: boards",
        "things.py: analog_clock",
        "things.py: candle",
        "things.py: coffee_mug",
        "things.py: hourglass",
    ]
}
MAY_CATCH_ALL = {
    "pictures/sets.py: _opens": "a file at which a decoder fails, however it does, is no picture",
    "pictures/camera.py: _taken": "damaged EXIF data fail in many ways, and the photo is only one without a time",
    "pictures/decode.py: orientation_of": "damaged EXIF data fail in many ways, and the picture is shown all the same",
}


@cache
def parse(path):
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def here(path):
    return path.relative_to(ROOT).as_posix()


def sources(*folders, suffix=".py"):
    return sorted(path for folder in folders for path in (ROOT / folder).rglob(f"*{suffix}"))


# imports -------------------------------------------------------------------------------------------------------------


def name_of(path):
    """A module's name, as ``trainer.session``; a room's own is that of its folder."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)


MODULES = {name_of(path): path for path in sources("course_utils")}
MODULES["__init__"] = PACKAGE / "__init__.pyi"  # which lists what __init__.py imports late


def imported(name):
    """All that a module imports, wherever in it, with relative names resolved, as ``course_utils.files``."""
    path = MODULES[name]
    folder = ("course_utils", *path.relative_to(PACKAGE).parent.parts)
    for node in ast.walk(parse(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(folder[: len(folder) + 1 - node.level]) if node.level else ""
            source = ".".join(filter(None, [base, node.module]))
            for alias in node.names:  # a module, or a name in one
                whole = f"{source}.{alias.name}"
                yield whole if whole.removeprefix("course_utils.") in MODULES else source


@cache
def graph():
    """The modules of the package that each module imports."""
    needs = {name: {one for one in imported(name) if one.split(".")[0] == "course_utils"} for name in MODULES}
    return {
        name: {one.removeprefix("course_utils.") if "." in one else "__init__" for one in found}
        for name, found in needs.items()
    }


def test_modules_import_each_other_in_no_circle():
    assert len(graph()) > 50 and set().union(*graph().values()) <= set(MODULES)
    try:
        TopologicalSorter(graph()).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]), pytrace=False)


def test_rooms_import_only_the_rooms_below():
    assert {name.split(".")[0] for name in MODULES} == set(FLOOR)
    wrong = [
        f"{name} imports {other}"
        for name, needs in graph().items()
        for other in needs
        if FLOOR[other.split(".")[0]] < FLOOR[name.split(".")[0]]
    ]
    assert not wrong


def test_only_the_trainer_knows_both_session_and_view():
    both = {"trainer.session", "trainer.view"}
    assert [name for name, needs in graph().items() if both <= needs] == ["trainer.trainer"]


@pytest.mark.parametrize("name", ["files", "settings", "installers"])
def test_what_a_bare_python_runs_imports_the_standard_library_only(name):
    assert {name.split(".")[0] for name in imported(name)} <= sys.stdlib_module_names | {"course_utils"}


def test_checking_an_answer_imports_nothing_heavy():
    heavy = {"tensorflow", "keras", "matplotlib", "scipy", "sklearn", "IPython", "PIL"}
    look = f"import sys; from course_utils import check; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.strip() == "[]"


def for_types(tree):
    """All nodes under ``if TYPE_CHECKING``, which only a type checker runs."""
    blocks = [node for node in ast.walk(tree) if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"]
    return {node for block in blocks for node in ast.walk(block)}


def test_keras_is_imported_in_one_place_and_elsewhere_for_types_only():
    found = {
        name
        for name, path in MODULES.items()
        for node in set(ast.walk(parse(path))) - for_types(parse(path))
        if isinstance(node, ast.Import | ast.ImportFrom) and re.match(r"(import|from) keras\b", ast.unparse(node))
    }
    assert found == {"network.runtime"}


def test_the_pipeline_stands_in_the_order_of_the_article():
    functions = [node.name for node in parse(PACKAGE / "pictures" / "pipeline.py").body if hasattr(node, "args")]
    assert functions[:5] == ["load_image", "crop_image", "resize_image", "batch_image", "load_and_process_image"]


# older Pythons -------------------------------------------------------------------------------------------------------


NEWER = {"UTC", "cache", "file_digest", "pairwise", "removeprefix", "removesuffix"}
GENERIC = {"list", "dict", "set", "frozenset", "tuple", "type", "Callable", "Iterable", "Iterator", "Sequence"}


def run_on_import(tree, skipped):
    """What Python evaluates when it imports a file: all but the insides of functions, and the fields to skip."""
    for field, value in ast.iter_fields(tree):
        if field not in skipped and not (field == "body" and hasattr(tree, "args")):
            for node in value if isinstance(value, list) else [value]:
                if isinstance(node, ast.AST):
                    yield node
                    yield from run_on_import(node, skipped)


@pytest.mark.parametrize("name", FOR_OLD_PYTHONS)
def test_an_older_python_can_read(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    tree = ast.parse(text, name, feature_version=(3, 8))
    words = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    words |= {alias.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for alias in node.names}
    assert not words & NEWER
    later = "from __future__ import annotations\n" in text  # then annotations are not evaluated
    for node in run_on_import(tree, ("annotation", "returns") if later else ()):
        union = isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr)
        generic = isinstance(node, ast.Subscript) and ast.unparse(node.value) in GENERIC
        assert not union and not generic, ast.unparse(node)


def old_python():
    """Python 3.8, where this machine has it; pyenv must be asked for it."""
    environment = os.environ | {"PYENV_VERSION": "3.8", "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}

    def run(*words):
        return subprocess.run(["python3.8", *words], cwd=ROOT, env=environment, capture_output=True, text=True)

    try:
        return None if run("-c", "import course_utils").returncode else run
    except OSError:
        return None


@pytest.mark.skipif(not old_python(), reason="needs Python 3.8, which is not on this machine")
def test_an_older_python_explains_itself():
    run = old_python()
    done = run("-m", "course_utils", "doctor")
    assert done.returncode == 1 and not done.stderr and done.stdout.startswith("[FAIL] Python: 3.8.")
    for script in ("tools/course.py", "course_utils/classroom/start.py"):
        assert run(script, "open").stderr.startswith("This is Python 3.8.")
    assert run("-c", "import course_utils.classroom.start, course_utils.classroom.commands").returncode == 0


# functions and classes -----------------------------------------------------------------------------------------------


def lines_of_code(path):
    """The numbers of lines with code: no blank lines, no comments."""
    nothing = (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT)
    with open(path, "rb") as file:
        tokens = [token for token in tokenize.tokenize(file.readline) if token.type not in nothing]
    return set(chain.from_iterable(range(token.start[0], token.end[0] + 1) for token in tokens))


def lengths(path):
    """Each function of a file, and its lines without docstring, blank lines and comments."""
    code = lines_of_code(path)
    for node in ast.walk(parse(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            own = set(range(node.lineno, node.end_lineno + 1))
            if ast.get_docstring(node):
                own -= set(range(node.body[0].lineno, node.body[0].end_lineno + 1))
            yield node.name, len(own & code)


def test_functions_are_short():
    long = {f"{here(path)}: {name}": n for path in sources(*FOLDERS) for name, n in lengths(path) if n > LONGEST}
    assert not {name: n for name, n in long.items() if name not in MAY_BE_LONG}
    assert set(MAY_BE_LONG) <= set(long), "take these off the list"


def closing(text, start, pair):
    """Where the bracket that opens first behind ``start`` is closed."""
    depth = 0
    for place in range(text.index(pair[0], start), len(text)):
        depth += (text[place] == pair[0]) - (text[place] == pair[1])
        if not depth:
            return place
    raise ValueError("a bracket is not closed")


def js_lengths(text):
    """The first line of each function in JavaScript, and its lines without blank lines and comments.

    Brackets are counted, also those in strings: a page whose strings hold single ones would need a parser.
    """
    for found in re.finditer(r"\bfunction\b|=>\s*\{", text):
        opening = found.end() - 1 if found[0].endswith("{") else closing(text, found.end(), "()")
        lines = text[found.start() : closing(text, opening, "{}") + 1].splitlines()
        yield text[: found.start()].count("\n") + 1, sum(bool(re.match(r"\s*[^\s/]", line)) for line in lines)


def test_functions_in_javascript_are_short():
    assert list(js_lengths("function f({ a }, b) {\n  // one\n\n  return () => {\n  };\n}")) == [(1, 4), (4, 2)]
    for path in sources("course_utils", suffix=".js"):
        for line, count in js_lengths(path.read_text(encoding="utf-8")):
            assert count <= LONGEST, f"{here(path)}, line {line}: {count}"


CLASSES = {
    node.name: node for path in MODULES.values() for node in ast.walk(parse(path)) if isinstance(node, ast.ClassDef)
}


def chain_of(node):
    """A class, and those of the package that it inherits from."""
    names = [ast.unparse(base).split(".")[-1] for base in node.bases]
    return [node, *(one for name in names if CLASSES.get(name, node) is not node for one in chain_of(CLASSES[name]))]


def stored(node):
    """The attributes of ``self`` that a piece of code sets."""
    for one in ast.walk(node):
        if isinstance(one, ast.Attribute) and isinstance(one.ctx, ast.Store) and ast.unparse(one.value) == "self":
            yield one.attr


def born(node):
    """The attributes that an object has from the start."""
    for one in node.body:
        if isinstance(one, ast.FunctionDef) and one.name in ("__init__", "__new__"):
            yield from stored(one)
        elif isinstance(one, ast.Assign | ast.AnnAssign):
            targets = one.targets if isinstance(one, ast.Assign) else [one.target]
            yield from (target.id for target in targets if isinstance(target, ast.Name))


def test_attributes_are_born_in_init():
    late = {name: set(stored(node)) - set(chain(*map(born, chain_of(node)))) for name, node in CLASSES.items()}
    assert len(CLASSES) > 20 and not {name: found for name, found in late.items() if found}


def test_no_object_looks_itself_up():
    for path in MODULES.values():
        for node in ast.walk(parse(path)):
            if isinstance(node, ast.Call):
                called = ast.unparse(node.func) + "(" + ", ".join(map(ast.unparse, node.args[:1]))
                assert called not in ("getattr(self", "setattr(self", "hasattr(self"), here(path)
            assert not (isinstance(node, ast.Attribute) and ast.unparse(node) == "self.__dict__"), here(path)


def catches_all(handler):
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(kind is None or ast.unparse(kind) in ("Exception", "BaseException") for kind in kinds)


def is_told(handler):
    """Whether an error goes on, with its cause, or its traceback is kept."""
    return any(
        (isinstance(node, ast.Raise) and isinstance(node.cause, ast.Name))
        or (isinstance(node, ast.Raise) and node.exc is None)
        or (isinstance(node, ast.Call) and ast.unparse(node.func) == "log_error")
        for node in ast.walk(handler)
    )


def test_no_error_is_swallowed():
    silent = {
        f"{path.relative_to(PACKAGE).as_posix()}: {function.name}"
        for path in MODULES.values()
        for function in ast.walk(parse(path))
        if isinstance(function, ast.FunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.ExceptHandler) and catches_all(node) and not is_told(node)
    }
    assert silent == set(MAY_CATCH_ALL)


# names ---------------------------------------------------------------------------------------------------------------


def code_in_readers_hands():
    """The Python that readers see: the cells of the notebooks, and the README's examples."""
    for path in NOTEBOOKS:
        for cell in read_notebook(path).cells:
            if cell.cell_type == "code":
                yield path.name, re.sub(r"^(\s*)[%!].*", r"\1pass", cell.source, flags=re.M)
    for example in re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.S):
        yield "README.md", example


def names_used(tree):
    """The names of the package that a piece of code imports, or takes from it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[2] for alias in node.names if alias.name.startswith("course_utils."))
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "course_utils":
            room = node.module.partition(".")[2]
            yield from [room] if room else (alias.name for alias in node.names)
        elif isinstance(node, ast.Attribute) and ast.unparse(node.value) in ("course_utils", "cu"):
            yield node.attr


def test_readers_see_public_names_only():
    used = {(where, name) for where, code in code_in_readers_hands() for name in names_used(ast.parse(code))}
    assert len(used) > 50 and not {(where, name) for where, name in used if name not in cu.__all__}


def test_the_wheel_has_every_room():
    told = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]["packages"]
    rooms = {here(path.parent).replace("/", ".") for path in sources("course_utils") if path.name == "__init__.py"}
    assert len(told) == len(set(told)) and set(told) == rooms | {"course_utils.data", "course_utils.notebooks"}


# tools ---------------------------------------------------------------------------------------------------------------


def found_by(*words):
    """What a tool finds in the code, or nothing."""
    done = subprocess.run([sys.executable, "-m", *words], cwd=ROOT, capture_output=True, text=True)
    return done.stdout + done.stderr if done.returncode else ""


def test_ruff_finds_nothing():
    assert not found_by("ruff", "check", ".") and not found_by("ruff", "format", "--check", ".")


def test_mypy_finds_nothing():
    assert not found_by("mypy")


def test_what_mypy_must_ignore_has_a_reason():
    for path in MODULES.values():
        lines = path.read_text(encoding="utf-8").splitlines()
        for before, line in zip(["", *lines], lines, strict=False):
            if "# type: ignore" in line:
                assert before.strip().startswith("# "), f"{here(path)}: say why above: {line.strip()}"


def test_versions_agree():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert re.findall(r"^version: (.*)$", citation, re.M) == [project["version"]]
    locked = re.findall(r"^(ruff==[\d.]+)", (ROOT / "requirements.txt").read_text(encoding="utf-8"), re.M)
    hooks = (ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8")
    assert set(re.findall(r"ruff==[\d.]+", hooks)) == set(locked) and len(locked) == 1
