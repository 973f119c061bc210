"""Markdown and notebooks as HTML for the site: text, cells, and links that lead to its pages."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote, unquote, urlsplit

from markupsafe import Markup, escape
from nbconvert import HTMLExporter
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbformat.v4 import new_output

from .editions import is_folded, tags_of
from .slides import is_widget

if TYPE_CHECKING:
    from nbformat import NotebookNode

HERE = Path(__file__).parent
STYLE = re.compile(r' style="[^"]*"')  # the site's own style sheet says how results look
WIDGET = "A widget or a progress bar stands here when the notebook runs. It needs Python behind it."
PHOTO = "Photos that belong to others are not on this site. Run the notebook to see them."


class Heading(NamedTuple):
    """A heading of a page: how deep it is, its words as HTML, and the name that links call it by."""

    level: int
    html: Markup
    name: str

    @property
    def link(self) -> str:
        """A link to it, from its own page."""
        return f"#{quote(self.name)}"


class Links:
    """Where the links of the course's files lead on the site.

    Parameters
    ----------
    course : pathlib.Path
        The course's folder.
    pages : dict of pathlib.Path to str
        The files that become pages, and the names of these.
    """

    def __init__(self, course: Path, pages: dict[Path, str]) -> None:
        self.course, self.pages = course, pages
        self.files: dict[Path, str] = {}  # what pages link to beside each other, and where it lies on the site

    def lead(self, page: Path, address: str) -> str:
        """Find what a link means on the site.

        Parameters
        ----------
        page : pathlib.Path
            The file that it stands in.
        address : str
            The link.

        Returns
        -------
        str
            An address on the site; or the same, if it leads to another site, or within its page.

        Raises
        ------
        ValueError
            If there is no such file in the course, or if it is Markdown that is no page of the site.
        """
        parts = urlsplit(address)
        if parts.scheme or parts.netloc or not parts.path:
            return address
        target = (page.parent / unquote(parts.path)).resolve()
        if target in self.pages:
            return self.pages[target] + (f"#{parts.fragment}" if parts.fragment else "")
        if not (target.is_file() and target.is_relative_to(self.course)):
            raise ValueError(f"{page} links to {address}: there is no such file in {self.course}. Mend the link.")
        if target.suffix in (".md", ".ipynb"):
            raise ValueError(
                f"{page} links to {address}, which is no page of the site. Add it to DOCUMENTS in site.py."
            )
        name = "files/" + target.relative_to(self.course).as_posix()
        self.files[target] = name if target.suffix else f"{name}.txt"  # without an ending, hosts offer it as a download
        return quote(self.files[target])

    def copy_files(self, folder: Path) -> None:
        """Copy what the pages link to, as far as they have been made, into the folder of the site."""
        for path, name in self.files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, folder / name)


class PageRenderer(IPythonRenderer):
    """Write the Markdown of one page as HTML, and keep its headings.

    Parameters
    ----------
    page : pathlib.Path
        The file that the text stands in.
    links : Links
        Where its links lead.
    """

    def __init__(self, page: Path, links: Links) -> None:
        super().__init__(escape=False)
        self.page, self.links = page, links
        self.headings: list[Heading] = []

    def heading(self, text: str, level: int, **attrs: object) -> str:
        """Name a heading as JupyterLab does, and keep it."""
        name = Markup(text).striptags().replace(" ", "-")
        taken = sum(one.name == name for one in self.headings)
        self.headings.append(Heading(level, Markup(text), f"{name}-{taken + 1}" if taken else name))
        return f'<h{level} id="{escape(self.headings[-1].name)}">{text}</h{level}>\n'

    def link(self, text: str, url: str, title: str | None = None) -> str:
        return super().link(text, self.links.lead(self.page, url), title)

    def image(self, text: str, url: str, title: str | None = None) -> str:
        return super().image(text, self.links.lead(self.page, url), title)

    def table(self, text: str) -> str:
        """Put a table into a box that scrolls, where the screen is narrow."""
        return f'<div class="scroll"><table>\n{text}</table></div>\n'

    def render(self, source: str) -> Markup:
        """Write a text."""
        return Markup(MarkdownWithMath(renderer=self).render(source))


def render_notebook(notebook: NotebookNode, renderer: PageRenderer) -> Markup:
    """Write the cells of a notebook, with what is folded in it folded, and results below a question, too.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
        With stored results. It is changed.
    renderer : PageRenderer
        Writes its text.

    Returns
    -------
    markupsafe.Markup
        HTML, without a page around it.
    """
    notebook.cells = [cell for cell in notebook.cells if "verify" not in tags_of(cell)]
    for cell in notebook.cells:
        if cell.cell_type == "code":
            _arrange(cell)
    exporter = HTMLExporter(
        template_file=str(HERE / "site_notebook.html.j2"),
        filters={"markdown2html": renderer.render, "without_style": lambda html: STYLE.sub("", html)},
        exclude_input_prompt=True,
        exclude_output_prompt=True,
    )
    return Markup(exporter.from_notebook_node(notebook)[0])


def _arrange(cell: NotebookNode) -> None:
    """Choose what of a cell is shown, and what of that is folded."""
    tags, hidden = tags_of(cell), cell.metadata.get("jupyter", {}).get("outputs_hidden")
    solution = "solution" in tags
    told = [] if "exercise" in tags else [one for one in cell.outputs if _is_shown(one, tags)]
    answers = bool(told) and ("reveal" in tags or bool(hidden))
    if not told and any(is_widget(one) for one in cell.outputs):
        told = [_say(WIDGET)]
    if "shows-photos" in tags and any(_is_picture(one) for one in cell.outputs):
        told.append(_say(PHOTO))
    cell.outputs = told
    cell.metadata["site"] = {
        "solution": solution,
        "folded": is_folded(cell) and not solution,
        "answers": answers and not solution,
    }


def _is_shown(output: NotebookNode, tags: list[str]) -> bool:
    """Whether a result can be read without Python, and is the project's own."""
    photo = "shows-photos" in tags and _is_picture(output)
    return not (photo or is_widget(output) or output.get("name") == "stderr")


def _is_picture(output: NotebookNode) -> bool:
    data = output.get("data", {})
    return "<img" in data.get("text/html", "") or any(kind.startswith("image/") for kind in data)


def _say(sentence: str) -> NotebookNode:
    """Make a result of a sentence."""
    return new_output("display_data", {"text/html": f"<p><em>{sentence}</em></p>"})
