"""Slides made of the notebooks themselves: a reveal.js deck for each, built before a class and shown without a network.

Cell tags choose: ``slide`` starts a slide, ``fragment`` adds a cell to it, ``notes`` goes to the speaker's notes, and
other cells stay out, solutions always. On a slide, Markdown shows its last heading, lists, tables and pictures, what
leads up to them, and the paragraph that asks (in an exercise, the whole task); the full text is in the notes (key S).
What a cell says before its first heading belongs to the slide before: lists come with a key, text goes to the notes.
Code stands on the slide from the start, and its output waits for a key, unless the code is what starts the slide.
What comes after something that waits comes with it. ``hide-code`` leaves the code out, where it is long or would tell
the answer, as alt text does.

This module chooses; nbconvert writes the decks, and ``slides.html.j2`` and ``slides.css`` say what they load and how
they look.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from ..assets.fetch import fetch, registry
from ..files import keep, notebooks
from ..markup import render

if TYPE_CHECKING:
    from nbconvert import SlidesExporter
    from nbformat import NotebookNode

HERE = Path(__file__).parent
REVEAL = "reveal.js"  # the folder beside the decks
THEME = "course"  # the name of our style among those of reveal.js
TAGS = ("slide", "fragment", "notes")
WIDGET = "application/vnd.jupyter.widget-view+json"
HEADING = re.compile(r"#+ ")
LIST = re.compile(r"^(- |\d+\. )", re.M)
SHOWN = re.compile(r"^(- |\d+\. |\||!\[)", re.M)  # lists, tables and pictures
LINK = re.compile(r"(?<!!)\[([^\]]+)\]\((?!https?:)[^)]+\)")  # to files that don't lie beside a deck


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
        keep(folder / REVEAL / name.split("/", 1)[1], partial(shutil.copyfile, path))
    keep(folder / REVEAL / "dist" / "theme" / f"{THEME}.css", partial(shutil.copyfile, HERE / "slides.css"))
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

    paths = [path for path in find_notebooks() if (folder / f"{path.stem}.html").exists()]
    titles = {path.stem: title_of(nbformat.read(path, as_version=4)) for path in paths}
    return render(HERE / "slides_index.html.j2", titles=titles)


def title_of(notebook: NotebookNode) -> str:
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

    notebook = nbformat.read(path, as_version=4)
    if execute:
        _run(notebook, path)
    base = str(path.parents[1])  # pictures below it are embedded
    return _exporter().from_notebook_node(notebook, {"metadata": {"name": title_of(notebook), "path": base}})[0]


def _run(notebook: NotebookNode, path: Path) -> None:
    """Run a notebook in an empty folder: what it writes stays nowhere."""
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

    try:
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as empty:
            resources = {"metadata": {"path": empty}}
            NotebookClient(
                notebook, timeout=600, startup_timeout=600, store_widget_state=False, resources=resources
            ).execute()
    except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
        reason = f"{error.ename}: {error.evalue}" if isinstance(error, CellExecutionError) else error
        raise RuntimeError(f"{path.name} stopped, so it has no slides: {reason}") from error


def _exporter() -> SlidesExporter:
    """Set up nbconvert: it leaves out what is tagged so, calls ``choose_cells``, and writes the deck."""
    from nbconvert import SlidesExporter
    from traitlets.config import Config

    tags = {
        "remove_cell_tags": {"solution"},
        "remove_input_tags": {"hide-code"},
        "remove_all_outputs_tags": {"exercise"},
    }
    return SlidesExporter(
        config=Config(
            TagRemovePreprocessor={"enabled": True, **tags},
            CoalesceStreamsPreprocessor={"enabled": True},
            CSSHTMLHeaderPreprocessor={"style": "xcode"},  # each of its colors can be read on gray
        ),
        preprocessors=[choose_cells],
        template_file=str(HERE / "slides.html.j2"),
        reveal_url_prefix=REVEAL,
        reveal_theme=THEME,
        embed_images=True,
        exclude_anchor_links=True,
        exclude_input_prompt=True,
        exclude_output_prompt=True,
    )


def choose_cells(notebook: NotebookNode, resources: dict[str, object]) -> tuple[NotebookNode, dict[str, object]]:
    """Keep what belongs to the slides. This is a preprocessor for nbconvert.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
        Is changed. Each of its cells gets the ``slide_type`` that nbconvert looks for.
    resources : dict
        What nbconvert hands from one preprocessor to the next.

    Returns
    -------
    tuple
        Both.
    """
    chosen, heading = [], ""
    for cell in notebook.cells:
        kind = next((tag for tag in TAGS if tag in cell.metadata.get("tags", [])), "")
        if cell.cell_type == "markdown":
            before, own = _split_text(LINK.sub(r"\1", cell.source).replace("](../", "]("))
            heading = next((part for part in reversed(own) if part.startswith("## ")), heading)
            chosen += _show_text(before, own, kind, heading)
        elif cell.cell_type == "code" and kind:
            chosen += _show_code(cell, kind, heading)
    notebook.cells = _notes_first(chosen)
    return notebook, resources


def _show_text(before: list[str], own: list[str], kind: str, heading: str) -> list[NotebookNode]:
    """Make cells of the paragraphs that speak of the slide before, and of those of its own slide."""
    from nbformat.v4 import new_markdown_cell

    if kind == "notes":
        pieces = [(before + own, "notes")]
    elif kind:
        listed = [part for part in before if _is_shown(part)]
        short = _shorten(own, heading if kind == "slide" else "")
        pieces = [(listed, "fragment"), (before, "notes"), (short, kind), (own, "notes")]
    else:
        pieces = []
    return [_as(new_markdown_cell("\n\n".join(parts)), how) for parts, how in pieces if parts]


def _show_code(cell: NotebookNode, kind: str, heading: str) -> list[NotebookNode]:
    """Part a cell: its code does not wait for a key, and its output does, unless the code starts the slide."""
    from nbformat.v4 import new_code_cell, new_markdown_cell

    outputs = [output for output in cell.outputs if not is_widget(output)]
    cell.outputs = []
    cells = [_as(cell, "-")]
    if outputs:
        answer = new_code_cell(outputs=outputs, metadata={"transient": {"remove_source": True}})
        cells.append(_as(answer, "fragment" if kind == "fragment" else "-"))
    if kind == "slide" and heading:
        cells.insert(0, _as(new_markdown_cell(heading), "slide"))
    return cells


def _as(cell: NotebookNode, kind: str) -> NotebookNode:
    """Tell nbconvert how a cell is shown."""
    cell.metadata["slideshow"] = {"slide_type": kind}
    return cell


def _notes_first(cells: list[NotebookNode]) -> list[NotebookNode]:
    """Move notes up to their slide's first cell. Behind a fragment they would be that fragment's alone."""
    ordered: list[NotebookNode] = []
    place = 0
    for cell in cells:
        kind = cell.metadata.slideshow.slide_type
        if kind == "notes":
            ordered.insert(place, cell)
            place += 1
        else:
            ordered.append(cell)
            place = len(ordered) if kind == "slide" else place
    return ordered


def is_widget(output: NotebookNode) -> bool:
    """Whether an output of a cell is a widget, which lives in a running kernel, or what is stored in its place."""
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


def _shorten(parts: list[str], heading: str) -> list[str]:
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
    return [part for part in [heading, *map(_stress_questions, body)] if part]


def _stress_questions(part: str) -> str:
    """Make a paragraph's questions bold."""
    if SHOWN.search(part):
        return part
    sentences = re.split(r"(?<=[.?]) ", " ".join(part.split()))
    return " ".join(f"**{sentence}**" if sentence.endswith("?") else sentence for sentence in sentences)
