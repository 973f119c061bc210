"""A notebook as a learner opens it: nothing answers a question before its cell is run. Originals keep their results."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nbformat import NotebookNode

FOLDED = (
    "# Run this cell. Its code is folded: click here to read it.\n"  # JupyterLab shows the first line of folded code
)
SOLUTION = "<details><summary>Solution</summary>\n\n```python\n{code}\n```\n\n</details>"
TELLING = re.compile(r"\balt=|^ *assert ", re.MULTILINE)  # a picture's description, or what must come out
GO_ON = "Before you go on, choose *Kernel → Shut Down Kernel*: a notebook that is done needs no memory.\n\n"
LINKS = re.compile(r"^(?=(?:Back|On) to \[)", re.MULTILINE)  # the last paragraph, which leads to the other notebooks


def edition_of(path: Path, solutions: bool) -> NotebookNode:
    """Make the edition that is handed out: a learner's copy, or, without solutions, the student edition.

    It has no results: they come when the learner runs the cells. Code that would answer the question before it is
    folded, and stays so when it is run: that of cells tagged ``reveal`` which describe their picture or assert what
    comes out, and what is folded in the original. A solution is text to unfold, so that running all cells does not
    pass an exercise. Cells tagged ``verify``, which only the tests need, are left out. The last cell says how to give
    the memory back.

    Parameters
    ----------
    path : pathlib.Path
        An original, or an edition of one, which comes out as it is.
    solutions : bool
        Whether to keep the solutions.

    Returns
    -------
    nbformat.NotebookNode
        The notebook, with the cells' own ids.
    """
    import nbformat

    notebook = nbformat.read(path, as_version=4)
    left_out = {"verify"} if solutions else {"verify", "solution"}
    notebook.cells = [cell for cell in notebook.cells if not left_out.intersection(tags_of(cell))]
    for cell in notebook.cells:
        if cell.cell_type == "code" and "solution" in tags_of(cell):
            _fold_away(cell)
        elif cell.cell_type == "code":
            _clear(cell)
    last = notebook.cells[-1]
    if GO_ON not in last.source:
        last.source = LINKS.sub(GO_ON, last.source, count=1)
    return notebook


def tags_of(cell: NotebookNode) -> list[str]:
    """The tags of a cell, which say what becomes of it."""
    return cell.metadata.get("tags", [])


def is_folded(cell: NotebookNode) -> bool:
    """Whether the code of a cell is folded: in the original, or since it would answer the question before it."""
    telling = "reveal" in tags_of(cell) and TELLING.search(cell.source)
    return bool(telling or cell.metadata.get("jupyter", {}).get("source_hidden"))


def _clear(cell: NotebookNode) -> None:
    """Take the results out, and fold code that tells them."""
    cell.outputs, cell.execution_count = [], None
    if is_folded(cell):
        cell.metadata.setdefault("jupyter", {})["source_hidden"] = True
        cell.source = FOLDED + cell.source.removeprefix(FOLDED)


def _fold_away(cell: NotebookNode) -> None:
    """Make text of a solution. JupyterLab shows the result of folded code once that is run, and all of it runs."""
    cell.source = SOLUTION.format(code=cell.source.removeprefix("# Solution\n"))
    cell.cell_type = "markdown"
    cell.metadata.pop("jupyter", None)
    del cell["outputs"], cell["execution_count"]
