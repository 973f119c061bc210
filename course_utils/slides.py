"""Slides made of the notebooks themselves: a reveal.js deck for each, built before a class and shown without a network.

Cell tags choose: ``slide`` starts a slide, ``fragment`` adds a cell to it, ``notes`` goes to the speaker's notes, and
other cells stay out, solutions always. On a slide, Markdown shows its last heading, lists, tables and pictures, what
leads up to them, and the paragraph that asks (in an exercise, the whole task); the full text is in the notes (key S).
What a cell says before its first heading belongs to the slide before: lists come with a key, text goes to the notes.
Code stands on the slide from the start, and its output waits for a key, unless the code is what starts the slide.
``hide-code`` leaves the code out, where it is long or would tell the answer, as alt text does.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable
from functools import partial
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from .assets.fetch import fetch
from .files import keep, notebooks

if TYPE_CHECKING:
    from nbformat import NotebookNode

TEMPLATE = Path(__file__).with_name("slides.html.j2")
WIDGET = "application/vnd.jupyter.widget-view+json"
HEADING = re.compile(r"#+ ")
LIST = re.compile(r"^(- |\d+\. )", re.M)
SHOWN = re.compile(r"^(- |\d+\. |\||!\[)", re.M)  # lists, tables and pictures
LINK = re.compile(r"(?<!!)\[([^\]]+)\]\((?!https?:)[^)]+\)")  # to files that don't lie beside a deck
INDEX = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Slides of the course</title>
<style>
body {{ max-width: 40em; margin: 3em auto; padding: 0 1em; font: 1.2em/1.5 system-ui, sans-serif; color: #1f2430; }}
a {{ color: #0b5394; }}
kbd {{ border: 1px solid #888; border-radius: 4px; padding: 0 0.3em; font-size: 0.9em; }}
</style>
</head>
<body>
<h1>Slides of the course</h1>
<ul>
{decks}
</ul>
<p><kbd>Space</kbd> goes on, <kbd>Shift</kbd> + <kbd>Space</kbd> goes back, <kbd>S</kbd> opens the speaker's notes,
<kbd>Esc</kbd> shows all slides, <kbd>F</kbd> fills the screen, <kbd>B</kbd> makes it black.</p>
</body>
</html>
"""


def write_slides(folder: Path, wanted: Iterable[str | Path] | None = None, execute: bool = True) -> Path:
    """Write a deck of slides for each notebook, with a page that lists them. They open from disk, without a network.

    Parameters
    ----------
    folder : pathlib.Path
        Is made if it is not there. Decks in it are replaced.
    wanted : iterable of str or pathlib.Path, optional
        Which notebooks: their numbers, names or files. All, if not given.
    execute : bool, default=True
        Whether to run the notebooks first, which takes some minutes. Without that the decks show the stored outputs,
        which hold no photos.

    Returns
    -------
    pathlib.Path
        The page that lists the decks.

    Raises
    ------
    ValueError
        If there is no such notebook.
    AssetError
        If reveal.js can't be had. Nothing has been written then.
    RuntimeError
        If a notebook stops with an error. Nothing has been written then.
    """
    from tqdm.auto import tqdm

    folder, paths = Path(folder), find_notebooks(wanted)
    reveal = dict(zip(registry("slides"), fetch(registry("slides")), strict=True))
    decks = {path.stem: make_deck(path, execute) for path in tqdm(paths, desc="Making slides", unit="deck", delay=1)}
    for name, path in reveal.items():
        keep(folder / "reveal.js" / name.split("/", 1)[1], partial(shutil.copyfile, path))
    for name, html in decks.items():
        keep(folder / f"{name}.html", partial(Path.write_text, data=html, encoding="utf-8"))
    return keep(folder / "index.html", partial(Path.write_text, data=_make_index(folder), encoding="utf-8"))


def find_notebooks(wanted: Iterable[str | Path] | None = None) -> list[Path]:
    """Find notebooks of the course.

    Parameters
    ----------
    wanted : iterable of str or pathlib.Path, optional
        Their numbers, names or files. All, if none is named.

    Returns
    -------
    list of pathlib.Path
        In their order.

    Raises
    ------
    ValueError
        If there is no such notebook.
    """
    paths = notebooks()
    by_name = {path.stem[:2]: path for path in paths} | {path.stem: path for path in paths}
    wanted = list(wanted or by_name)
    for word in wanted:
        if Path(word).stem not in by_name:
            names = ", ".join(path.stem for path in paths)
            raise ValueError(f"there is no notebook {str(word)!r}; expected some of {names}")
    return sorted({by_name[Path(word).stem] for word in wanted})


def _make_index(folder: Path) -> str:
    """List the decks that lie in a folder."""
    import nbformat

    lines = [
        f'<li><a href="{path.stem}.html">{escape(_title_of(nbformat.read(path, as_version=4)))}</a></li>'
        for path in find_notebooks()
        if (folder / f"{path.stem}.html").exists()
    ]
    return INDEX.format(decks="\n".join(lines))


def _title_of(notebook: NotebookNode) -> str:
    """The heading that a notebook starts with."""
    return notebook.cells[0].source.split("\n")[0].removeprefix("# ")


def make_deck(path: Path, execute: bool) -> str:
    """Make the page of one deck.

    Parameters
    ----------
    path : pathlib.Path
        The notebook.
    execute : bool
        Whether to run it first.

    Returns
    -------
    str
        HTML. It wants the folder ``reveal.js`` beside it.

    Raises
    ------
    RuntimeError
        If the notebook stops with an error.
    """
    import nbformat
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
    from nbconvert import HTMLExporter
    from nbconvert.preprocessors import ExecutePreprocessor, TagRemovePreprocessor
    from traitlets.config import Config

    notebook = nbformat.read(path, as_version=4)
    if execute:
        try:
            ExecutePreprocessor(timeout=600).preprocess(notebook, {"metadata": {"path": str(path.parent)}})
        except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
            reason = f"{error.ename}: {error.evalue}" if isinstance(error, CellExecutionError) else error
            raise RuntimeError(f"{path.name} stopped, so it has no slides: {reason}") from error
    tags = {
        "remove_cell_tags": {"solution"},
        "remove_input_tags": {"hide-code"},
        "remove_all_outputs_tags": {"exercise"},
    }
    notebook, _ = TagRemovePreprocessor(**tags).preprocess(notebook, {})
    kinds = ["text/html", "image/svg+xml", "image/png", "image/jpeg", "text/plain"]  # a widget needs a kernel
    exporter = HTMLExporter(
        config=Config(NbConvertBase={"display_data_priority": kinds}, CoalesceStreamsPreprocessor={"enabled": True}),
        template_file=str(TEMPLATE),
        embed_images=True,
        exclude_anchor_links=True,
        exclude_input_prompt=True,
        exclude_output_prompt=True,
    )
    resources = {
        "metadata": {"name": _title_of(notebook), "path": str(course_folder())}
    }  # pictures below it are embedded
    return exporter.from_notebook_node(choose_cells(notebook), resources)[0]


def choose_cells(notebook: NotebookNode) -> NotebookNode:
    """Keep what belongs to the slides.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
        Is changed.

    Returns
    -------
    nbformat.NotebookNode
        The same. Each cell's metadata say how it is shown: ``slide``, ``fragment``, ``notes``, or ``shown`` (at once).
    """
    from nbformat.v4 import new_markdown_cell

    chosen, heading = [], ""

    def add(source: str, kind: str) -> None:
        if source:
            chosen.append(new_markdown_cell(source, metadata={"slide": kind}))

    for cell in notebook.cells:
        tags = cell.metadata.get("tags", [])
        kind = next((kind for kind in ("slide", "fragment", "notes") if kind in tags), "")
        if cell.cell_type == "code" and kind:
            if kind == "slide":
                add(heading, "slide")
            cell.metadata["slide"] = "fragment" if kind == "fragment" else "shown"
            cell.outputs = [output for output in cell.outputs if not _is_widget(output)]
            chosen.append(cell)
        elif cell.cell_type == "markdown":
            before, own = _split_text(LINK.sub(r"\1", cell.source).replace("](../", "]("))
            heading = next((part for part in reversed(own) if part.startswith("## ")), heading)
            if kind == "notes":
                add("\n\n".join(before + own), "notes")
            elif kind:
                add("\n\n".join(filter(_is_shown, before)), "fragment")
                add("\n\n".join(before), "notes")
                add(_shorten(own, heading if kind == "slide" else ""), kind)
                add("\n\n".join(own), "notes")
    notebook.cells = chosen
    return notebook


def _is_widget(output: NotebookNode) -> bool:
    """Whether an output is a widget, which lives in a running kernel, or what is stored in its place."""
    data = output.get("data", {})
    return WIDGET in data or data.get("text/plain", "").startswith("A widget, ")


def _split_text(source: str) -> tuple[list[str], list[str]]:
    """Part a cell's paragraphs: those that still speak of the slide before, and those of its own slide."""
    parts = re.split(r"\n\s*\n", source)
    headings = [place for place, part in enumerate(parts) if HEADING.match(part)]
    asking = [place for place, part in enumerate(parts) if "?" in part]
    start = headings[0] if headings else asking[-1] if asking else 0
    return parts[:start], parts[start:]


def _is_shown(part: str) -> bool:
    """Whether a paragraph is a list, a table or a picture, or leads up to one."""
    return bool(SHOWN.search(part)) or part.endswith(":")


def _shorten(parts: list[str], heading: str) -> str:
    """Choose what a slide shows of a cell's paragraphs: what can be read in a room."""
    last = max((place for place, part in enumerate(parts) if HEADING.match(part)), default=-1)
    heading, body = parts[last] if last >= 0 else heading, parts[last + 1 :]
    if heading.startswith("### Exercise"):
        body = [part for part in body if "<details>" not in part]
    else:
        asking = [part for part in body if "?" in part and not _is_shown(part)]
        if not asking and not any(LIST.search(part) for part in body):
            asking = body
        body = [part for part in body if _is_shown(part) or part in asking[-1:]]
    return "\n\n".join([heading, *map(_stress_questions, body)]).strip()


def _stress_questions(part: str) -> str:
    """Make a paragraph's questions bold."""
    if SHOWN.search(part):
        return part
    sentences = re.split(r"(?<=[.?]) ", " ".join(part.split()))
    return " ".join(f"**{sentence}**" if sentence.endswith("?") else sentence for sentence in sentences)
