"""The rules that every notebook keeps, where a program can check them."""

import ast
import base64
import io
import re
import runpy
import statistics

import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pytest
from helpers import NOTEBOOKS, ROOT, read_notebook, tags
from nbformat.v4 import new_code_cell, new_notebook
from PIL import Image

from course_utils import to_html

GLOSSARY = (ROOT / "data" / "glossary.md").read_text(encoding="utf-8")
LOCAL_PATH = re.compile(r"(/home/|/root/|/tmp/|/Users/|\b[A-Z]:\\)")


def bullets(text):
    return re.findall(r"^[-*] ", text, re.M)


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def notebook(request):
    return read_notebook(request.param)


@pytest.fixture
def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def test_notebooks_are_numbered_once():
    numbers = [path.stem[:2] for path in NOTEBOOKS]
    assert numbers and len(set(numbers)) == len(numbers) and all(number.isdigit() for number in numbers)


def test_first_cell_has_goals_and_time(notebook):
    first = notebook.cells[0].source
    assert first.startswith("# ") and "You will" in first and "minutes" in first and "seconds" in first
    assert len(bullets(first)) >= 2


def test_last_cell_mirrors_the_goals(notebook):
    goals = notebook.cells[0].source.split("You will")[1].split("**Builds on")[0]
    recap = notebook.cells[-1].source
    assert recap.startswith("## Recap") and len(bullets(recap)) == len(bullets(goals))
    assert re.search(r"^(Back to|On to) \[", recap, re.M)


def test_cells_are_short(code_cells):
    assert statistics.median(len(cell.source.splitlines()) for cell in code_cells) <= 6


def test_exercises_have_a_check_a_hint_and_a_folded_solution(notebook):
    cells = notebook.cells
    exercises = [index for index, cell in enumerate(cells) if "exercise" in tags(cell)]
    assert len(exercises) >= 3
    for index in exercises:
        assert "check(" in cells[index].source and "..." in cells[index].source
        assert "<summary>Hint</summary>" in cells[index - 1].source
        solution = cells[index + 1]
        assert "solution" in tags(solution) and solution.source.startswith("# Solution\n")
        assert solution.metadata["jupyter"] == {"source_hidden": True, "outputs_hidden": True}
        assert "[OK]" in str(solution.outputs) and "[TO DO]" in str(cells[index].outputs)


def test_links_resolve(notebook):
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            for target in re.findall(r"\]\(([^)#]+)", cell.source):
                assert target.startswith("https://") or (ROOT / "notebooks" / target).exists(), target


def test_every_word_of_the_glossary_is_linked_where_it_is_introduced():
    entries = re.findall(r"^### (.+)\n.*\((\d\d)(?:, \d\d)*\)$", GLOSSARY, re.M)
    assert len(entries) == GLOSSARY.count("### ") and [word for word, _ in entries] == sorted(
        [word for word, _ in entries], key=str.lower
    )
    linked = {}
    for path in NOTEBOOKS:
        prose = "".join(cell.source for cell in read_notebook(path).cells if cell.cell_type == "markdown")
        for word in re.findall(r"\]\(\.\./data/glossary\.md#([^)]+)\)", prose):
            linked.setdefault(word.replace("-", " "), path.stem[:2])
    assert linked == {word.replace("-", " "): number for word, number in entries}


def names_in(tree, context):
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, context)}


def test_what_a_slider_calls_finds_the_names_that_it_knew(code_cells):
    trees = [ast.parse(cell.source) for cell in code_cells]
    for place, cell in enumerate(code_cells):
        if ".observe(" in cell.source:
            functions = [node for node in trees[place].body if isinstance(node, ast.FunctionDef)]
            needed = set().union(*(names_in(one, ast.Load) - names_in(one, ast.Store) for one in functions))
            needed -= {node.arg for one in functions for node in ast.walk(one) if isinstance(node, ast.arg)}
            later = set().union(*(names_in(node, ast.Store) for tree in trees[place + 1 :] for node in outside(tree)))
            assert functions and not needed & later


def outside(tree):
    """The statements of a cell that stand in no function."""
    return [node for node in tree.body if not isinstance(node, ast.FunctionDef)]


def test_every_code_cell_was_executed_in_order(code_cells):
    assert [cell.execution_count for cell in code_cells] == list(range(1, len(code_cells) + 1))


def test_outputs_are_clean(notebook, code_cells):
    assert len(nbformat.writes(notebook)) < 500_000
    for cell in code_cells:
        assert "execution" not in cell.metadata
        names = [output.get("name") for output in cell.outputs]
        pairs = zip(names, names[1:], strict=False)
        assert not any(one == other is not None for one, other in pairs), "a slow machine prints in several pieces"
        assert not LOCAL_PATH.search(cell.source + str(cell.outputs))
        assert str(ROOT) not in cell.source + str(cell.outputs)
        assert not any(o.get("name") == "stderr" or o.output_type == "error" for o in cell.outputs)
        for picture in re.findall(r"<img [^>]*>", str([o.get("data") for o in cell.outputs])):
            assert re.search(r'alt="[^"]{10,}', picture)
        assert not any("image/png" in o.get("data", {}) for o in cell.outputs), "show(figure, alt) gives alt text"


def colors_in(html):
    """How many different colors the most colorful picture in a piece of HTML has."""
    encoded = re.findall(r"data:image/[a-z]+;base64,([^\"']+)", html)
    pictures = [np.asarray(Image.open(io.BytesIO(base64.b64decode(data))).convert("RGB")) for data in encoded]
    return max([len(np.unique(picture @ [65536, 256, 1])) for picture in pictures], default=0)


PHOTO = np.random.default_rng(0).integers(0, 256, (80, 80, 3), np.uint8)


def test_a_photo_would_be_noticed():
    figure, axes = plt.subplots(figsize=(2, 2))
    axes.imshow(PHOTO)
    assert colors_in(to_html(figure, "noise, as colorful as a photo")) > 3000


def test_no_photos_are_stored(code_cells):
    for cell in code_cells:
        html = "".join(str(output.get("data", {}).get("text/html", "")) for output in cell.outputs)
        if "own-pictures" not in tags(cell):
            assert colors_in(html) < 3000, "this looks like a photo: tag the cell shows-photos and save again"
        assert not ("shows-photos" in tags(cell) and "base64" in html)


def test_own_pictures_stand_where_no_others_are_read(notebook, code_cells):
    if any("own-pictures" in tags(cell) for cell in code_cells):
        sources = " ".join(cell.source for cell in code_cells)
        assert not re.search(r"pexels_folder|drum_path|bean_zips|sklearn\.datasets|fetch", sources)


def test_saving_leaves_out_photos_widgets_and_timings():
    clean = runpy.run_path(str(ROOT / "tools" / "save_notebooks.py"))["clean"]
    figure, axes = plt.subplots(figsize=(2, 2))
    axes.imshow(PHOTO)
    html = str(to_html(figure, alt='a "photo"'))
    shown = {"output_type": "display_data", "metadata": {}, "data": {"text/html": html, "text/plain": "a photo"}}
    widget = {"application/vnd.jupyter.widget-view+json": {"model_id": "1"}, "text/plain": "100%|###| 20/20"}
    cell = new_code_cell(
        metadata={"tags": ["shows-photos"], "execution": {"iopub.status.idle": "2026"}},
        outputs=[nbformat.from_dict(shown), nbformat.from_dict({**shown, "data": widget})],
    )
    bare = {"output_type": "display_data", "metadata": {}, "data": {"image/png": "base64", "image/jpeg": "base64"}}
    cell.outputs.append(nbformat.from_dict(bare))
    plot = new_code_cell(outputs=[nbformat.from_dict(shown)])
    notebook = clean(new_notebook(cells=[cell, plot], metadata={"widgets": {}, "host": "somebody's"}))
    saved, kept = notebook.cells
    assert set(notebook.metadata) == {"kernelspec", "language_info"} and kept.outputs[0].data["text/html"] == html
    assert "</em> a &#34;photo&#34;</p>" in saved.outputs[0].data["text/html"] and "base64" not in str(saved)
    assert saved.outputs[1].data == {"text/plain": "A widget, shown when you run this cell."}
    assert "execution" not in saved.metadata


def test_an_output_that_may_differ_has_an_assertion(code_cells):
    for cell, after in zip(code_cells, [*code_cells[1:], None], strict=True):
        if "nbval-ignore-output" in tags(cell):
            assert "assert " in cell.source or (after and "assert " in after.source), cell.source


def test_what_only_verifies_stands_in_cells_of_its_own(notebook):
    """An ``assert`` in another cell is there to be learned: the words after it name it."""
    for before, cell, after in zip(notebook.cells, notebook.cells[1:], notebook.cells[2:], strict=False):
        asserts = cell.cell_type == "code" and "assert " in cell.source
        if "verify" in tags(cell):
            assert before.cell_type == "code" and tags(cell) == ["verify"]
            assert all(line.startswith("assert ") for line in cell.source.splitlines()) and not cell.outputs
            assert cell.metadata["jupyter"] == {"source_hidden": True}
        elif asserts:
            assert "`assert`" in after.source, cell.source


def test_prose_keeps_its_voice(notebook):
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            prose = re.sub(r"```.*?```|`[^`]*`|!\[", "", cell.source, flags=re.S)
            assert "!" not in prose, cell.source
