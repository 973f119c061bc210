"""Names and errors that look like HTML stay text, wherever the course writes HTML."""

import json
import re
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from helpers import ROOT, make_pictures

import course_utils as cu
from course_utils.assets.practice import STANDS_IN, PracticeBox
from course_utils.export.webpage import fill_page
from course_utils.markup import _environment
from course_utils.plots import to_html
from course_utils.report import Finding, Report
from course_utils.trainer.findings import MOST
from course_utils.trainer.messages import alert, note
from course_utils.trainer.view import TrainerView

EVIL = "<img src=x onerror=alert(1)>\"'&]]><b>"
WORSE = f"{EVIL}</script></pre></code><script>alert(1)</script>"  # a folder can't be called so
IN_FILES = "img src=x onerror=alert(1) '&]]" if Path("x").drive else EVIL


def assert_tame(html, words=()):
    """No element of it comes from a name; and the names stand there, as text."""
    assert not re.search(r"<img src=x|<script>alert|<b>&lt;/script|</?b>(?=</script>)", html)
    soup = BeautifulSoup(html, "html.parser")
    assert not soup.find_all("img", src="x") and not soup.find_all("script", string=re.compile("^alert"))
    assert not [tag for tag in soup.find_all(True) if any(name.startswith("on") for name in tag.attrs)]
    shown = " ".join([soup.get_text(), *(str(value) for tag in soup.find_all(True) for value in tag.attrs.values())])
    assert all(word in shown for word in words)


def values_in(widget):
    """The HTML of each widget in one, at any depth."""
    if type(widget).__name__ == "HTML":
        yield widget.value
    for child in getattr(widget, "children", ()):
        yield from values_in(child)


@pytest.fixture(scope="module")
def evil(tmp_path_factory):
    """Pictures whose files and folders are called so; one that can't be read, and a copy in the wrong class."""
    folder = make_pictures(tmp_path_factory.mktemp("lot") / IN_FILES, red=6, blue=6)
    (folder / "red").rename(folder / IN_FILES)
    (folder / "blue").rename(folder / "other")
    for number, path in enumerate(sorted(folder.rglob("*.png"))):
        path.rename(path.with_name(f"{number}{IN_FILES}.png"))
    (folder / "other" / f"broken{IN_FILES}.png").write_bytes(b"\x89PNG no picture")
    copied = next((folder / IN_FILES).iterdir())
    (folder / "other" / f"copy{IN_FILES}.png").write_bytes(copied.read_bytes())
    return folder


@pytest.fixture
def view(evil, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    view = TrainerView(cu.Trainer())
    yield view
    view.jobs.wait()
    view.close()


def test_the_trainer_shows_names_as_text(view, evil, tmp_path):
    session, collection = view.session, view.collection
    collection.path.value = str(evil)
    collection.bring_path()
    view.jobs.wait()
    collection.rename(IN_FILES, WORSE)
    view.jobs.wait()
    assert WORSE in session.classes
    found = [value for row in collection.findings.children for value in values_in(row)]
    assert any("broken" in value for value in found) and any("copy" in value for value in found)
    view.training.train()
    view.jobs.wait()
    session.results = session.results._replace(
        probabilities=session.results.probabilities[:, ::-1]
    )  # so that there are mistakes
    view.show_results()
    view.judgement.mistakes.look.value = True
    view.judgement.prospect.ask_button.click()
    view.trial.classify(
        [*session.validation.paths, *session.training.paths[:2], evil / "other" / f"broken{IN_FILES}.png"]
    )
    view.jobs.wait()
    texts = list(values_in(view))
    assert any(WORSE in BeautifulSoup(text, "html.parser").get_text() for text in (view.trial.says.value,))
    assert any("taken for" in text and "alert(1)" in text for text in texts)
    view.keeping.file.value = str(tmp_path / f"my{IN_FILES}.zip")
    view.keeping.save()
    view.jobs.wait()
    for text in [*texts, *values_in(view)]:
        assert_tame(text)
    assert_tame(view.keeping.says.value, [f"my{IN_FILES}.zip"])
    assert_tame(view.keeping.program.value, ["trainer.rename"])


@pytest.mark.parametrize("field", ["path", "label"])
def test_the_trainer_shows_errors_as_text(view, field):
    view.collection.path.value = f"/nowhere/{WORSE}"
    view.collection.label.value = WORSE
    view.collection.bring_path()
    view.keeping.file.value = f"/nowhere/{WORSE}.zip"
    view.keeping.load()
    view.jobs.run(view.training.says, lambda: exec("raise KeyError(words)", {"words": WORSE}), WORSE)
    view.jobs.wait()
    for place in (view.collection.says, view.keeping.says, view.training.says):
        assert 'role="alert"' in place.value and "alert(1)" in place.value
    for text in values_in(view):
        assert_tame(text)


def test_reports_boxes_figures_and_messages_show_names_as_text():
    report = Report([Finding("error", WORSE, (WORSE,), WORSE)] * (MOST + 2))
    figure, _ = __import__("matplotlib.pyplot").pyplot.subplots(figsize=(1, 1))
    box = PracticeBox(next(iter(STANDS_IN)), WORSE, first=True)
    for html in (report._repr_html_(), box._repr_html_(), to_html(figure, WORSE), note(WORSE), alert(WORSE)):
        assert_tame(html, [WORSE])


def test_pages_show_names_as_text():
    about = {"classes": [WORSE, "<!--<script>", "]]>"], "title": WORSE}
    page = fill_page("classify.js", WORSE, about, b"").decode()
    soup = BeautifulSoup(page, "html.parser")
    carried = json.loads(soup.find("script", id="about").string)
    assert carried == about and [soup.title.string, soup.h1.string] == [WORSE, WORSE]
    assert not soup.find_all("img") and not soup.find_all("script", string=re.compile("^alert"))


def test_all_templates_escape_and_all_html_is_made_by_them():
    folders = {path.parent for path in (ROOT / "course_utils").rglob("*.j2")}
    assert len(folders) >= 4 and all(_environment(folder).autoescape is True for folder in folders)
    for path in (ROOT / "course_utils").rglob("*.j2"):
        assert not re.search(r"\|\s*safe\b|autoescape", path.read_text(encoding="utf-8")), path.name
    made = [
        path.name for path in (ROOT / "course_utils").rglob("*.py") if "jinja2.Environment(" in path.read_text("utf-8")
    ]
    assert made == ["markup.py"]


def test_the_parts_of_pages_make_no_html_of_text():
    wrong = re.compile(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|createContextualFragment|DOMParser|\beval\("
    )
    for path in (ROOT / "course_utils" / "browser").rglob("*.js"):
        assert not wrong.search(path.read_text(encoding="utf-8")), path.name
