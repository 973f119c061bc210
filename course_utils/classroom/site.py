"""Write the site of the course: pages to read that a web host serves, and that load nothing from anywhere else."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

import nbformat
from markupsafe import Markup
from pygments.formatters import HtmlFormatter

from ..files import keep_folder, notebooks, require_course_folder
from ..markup import render
from .site_pages import Links, PageRenderer, render_notebook
from .slides import title_of

HERE = Path(__file__).parent
DOCUMENTS = {
    "README.md": "readme.html",
    "data/glossary.md": "glossary.html",
    "docs/instructor.md": "instructor.html",
    "docs/architecture.md": "architecture.html",
    "deploy/README.md": "deploy.html",
    "benchmarks/README.md": "benchmarks.html",
    "data/practice/README.md": "practice.html",
    "CONTRIBUTING.md": "contributing.html",
}
TRAIN = "train.html"
LICENSES = ["LICENSE", "LICENSE-TEXT"]
COLORS = {"light": "xcode", "dark": "github-dark"}  # of code; each of these can be read on the site's background
INTRODUCED = re.compile(r"\((\d\d(?:, \d\d)*)\)$", re.MULTILINE)  # the notebooks that an entry of the glossary names


class Site(NamedTuple):
    """What every page says of the site: its name, the links at the top, and whether it has the page that trains."""

    title: str
    doors: list[tuple[str, str]]
    trains: bool


def write_site(folder: Path, source: str = "", write_train: Callable[[Path], object] | None = None) -> Path:
    """Write the folder that a web host serves: a front page, each notebook to read, and the guides.

    No page runs a script or loads anything from another place, and none shows photos of others. Results below a
    question, and solutions, stay folded until they are clicked.

    Parameters
    ----------
    folder : pathlib.Path
        Where to write it. It must be empty, or not there.
    source : str, optional
        The address where the course's folder can be had, for the front page.
    write_train : callable, optional
        Is given the path of the page that trains in the browser, and writes it. Without it, the site has no such page.

    Returns
    -------
    pathlib.Path
        The front page.

    Raises
    ------
    ValueError
        If there is something in the folder, or if it lies inside the course's own; or if a page links to what is not
        there.
    FileNotFoundError
        If the course's folder is not there, or is that of a student edition.
    OSError
        If it can't be written. There is nothing new in it then.
    """
    course = require_course_folder()
    missing = next((name for name in DOCUMENTS if not (course / name).is_file()), None)
    if missing:
        raise FileNotFoundError(f"There is no {missing} in {course}. Make the site of the full edition, which has it.")
    keep_folder(folder, partial(_fill, source=source, write_train=write_train))
    return folder / "index.html"


def train_writer() -> Callable[[Path], object] | None:
    """Find what writes the page that trains in the browser.

    Returns
    -------
    callable or None
        For ``write_site``; None, where the course has no such page.
    """
    name = "course_utils.export.studio"
    return importlib.import_module(name).write_studio if importlib.util.find_spec(name) else None


def _fill(folder: Path, source: str, write_train: Callable[[Path], object] | None) -> None:
    course = require_course_folder()
    documents = {course / name: page for name, page in DOCUMENTS.items()}
    books = {path: f"{path.stem}.html" for path in notebooks()}
    links = Links(course, documents | books)
    for name in LICENSES:
        links.lead(course / "README.md", name)
    readme = (course / "README.md").read_text(encoding="utf-8")
    doors = [("glossary.html", "Glossary"), ("instructor.html", "For instructors"), ("architecture.html", "Inside")]
    if write_train:
        doors.insert(0, (TRAIN, "Train"))
        write_train(folder / TRAIN)
    site = Site(readme.split("\n")[0].removeprefix("# "), doors, bool(write_train))
    pages = _notebooks(books, links, site) | _documents(documents, links, site)
    pages["index.html"] = _front(readme, links, site, source)
    for name, html in pages.items():
        (folder / name).write_text(html, encoding="utf-8")
    (folder / "style.css").write_text(_style(), encoding="utf-8")
    links.copy_files(folder)


def _notebooks(books: dict[Path, str], links: Links, site: Site) -> dict[str, Markup]:
    """The page of each notebook, with links to the one before and the one after."""
    read = {path: nbformat.read(path, as_version=4) for path in books}
    titles = [(books[path], title_of(notebook)) for path, notebook in read.items()]
    before, after = [None, *titles], [*titles[1:], None]
    pages = {}
    for place, (path, notebook) in enumerate(read.items()):
        renderer = PageRenderer(path, links)
        body = render_notebook(notebook, renderer)
        turn = before[place], after[place]
        pages[books[path]] = _page(site, *titles[place], renderer, body, turn=turn)
    return pages


def _documents(documents: dict[Path, str], links: Links, site: Site) -> dict[str, Markup]:
    """The page of each guide, and of the glossary."""
    pages = {}
    for path, name in documents.items():
        text, renderer = _text_of(path, name), PageRenderer(path, links)
        pages[name] = _page(site, name, _title(text), renderer, renderer.render(text))
    return pages


def _text_of(path: Path, name: str) -> str:
    """A guide, as it stands on the site."""
    text = path.read_text(encoding="utf-8")
    if name == "readme.html":  # whose title is that of the front page
        text = "# Set-up, commands, files\n" + text.split("\n", 1)[1]
    elif name == "glossary.html":  # whose entries come right below its title
        text = _link_notebooks(text).replace("\n### ", "\n## ")
    return text


def _title(text: str) -> str:
    """The heading that a text starts with."""
    return text.split("\n")[0].removeprefix("# ")


def _link_notebooks(glossary: str) -> str:
    """Make links of the numbers that say where a word is introduced."""
    names = {path.stem[:2]: path.name for path in notebooks()}

    def link(found: re.Match[str]) -> str:
        numbers = found[1].split(", ")
        return f"({', '.join(f'[{one}](../notebooks/{names[one]})' if one in names else one for one in numbers)})"

    return INTRODUCED.sub(link, glossary)


def _page(site: Site, here: str, title: str, renderer: PageRenderer, body: Markup, **values: object) -> Markup:
    """Put the frame of the site around the text of a page."""
    first, end, rest = body.partition("</h1>")
    parts = {"heading": first + end, "body": rest, "headings": [one for one in renderer.headings if one.level == 2]}
    return render(HERE / "site_page.html.j2", site=site, here=here, title=title, **parts, **values)


def _front(readme: str, links: Links, site: Site, source: str) -> Markup:
    """Make the front page of what the README says."""
    course = links.course
    renderer = PageRenderer(course / "README.md", links)
    head, *_ = readme.split("\n## ")
    intro, picture = head.split("\n\n", 1)[1].rsplit("\n\n", 1)
    table = [line for line in _section(readme, "Notebooks").splitlines() if line.startswith("|")]
    start = _section(readme, "Start").split("\n\n**")[0]  # how to begin; what else there is to know comes after it
    values = {"intro": intro, "picture": picture, "notebooks": "\n".join(table), "start": start}
    documents = [(page, _title(_text_of(course / name, page))) for name, page in DOCUMENTS.items()]
    return render(
        HERE / "site_index.html.j2",
        **{name: renderer.render(text) for name, text in values.items()},
        site=site,
        here="index.html",
        title=site.title,
        source=source,
        documents=documents,
    )


def _section(text: str, title: str) -> str:
    """What stands in a text below a heading, up to the next."""
    return text.split(f"\n## {title}\n")[1].split("\n## ")[0]


def _style() -> str:
    """The style sheet, with the colors of code."""
    light, dark = (HtmlFormatter(style=name).get_style_defs(".highlight") for name in COLORS.values())
    own = (HERE / "site.css").read_text(encoding="utf-8")
    return f"{light}\n@media screen and (prefers-color-scheme: dark) {{\n{dark}\n}}\n{own}"
