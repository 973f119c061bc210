"""The slides: what is in them, and that each fits its screen in a real browser, with no network.

reveal.js comes from the mirror, the cache or, through npm, its own package. The browser is Chromium, and
``COURSE_SHOTS`` names a folder for screenshots.
"""

import os
import re
import shutil
import subprocess
import tarfile
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import nbformat
import pytest
from bs4 import BeautifulSoup
from helpers import NO_NETWORK, PATIENCE, cells_of, expect, tags, wait_for_answer
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from course_utils import AssetError
from course_utils.classroom import slides

PATHS = {path.stem: path for path in slides.find_notebooks()}
NAMES = list(PATHS)
REVEAL = {"npm": "reveal.js@5.2.1", "folder": "reveal.js-5.2.1"}


@pytest.fixture(scope="module")
def decks(tmp_path_factory):
    """All decks, made of the stored outputs."""
    folder = tmp_path_factory.mktemp("slides") / "made"
    with pytest.MonkeyPatch.context() as patch:
        for name, value in NO_NETWORK.items():
            patch.setenv(name, value)
        try:
            return slides.write_slides(folder, execute=False).parent
        except AssetError:
            patch.undo()
            cache = tmp_path_factory.mktemp("cache")
            pack_reveal(cache)
            patch.setenv("COURSE_CACHE", str(cache))
            return slides.write_slides(folder, execute=False).parent


def pack_reveal(cache):
    if not shutil.which("npm"):
        pytest.skip("needs reveal.js, which is not on this machine, and there is no npm to get it")
    command = [shutil.which("npm"), "pack", REVEAL["npm"], "--pack-destination", str(cache)]
    try:
        subprocess.run(command, capture_output=True, text=True, check=True, timeout=PATIENCE)
    except subprocess.SubprocessError as error:
        pytest.skip(f"needs reveal.js, and npm can't get it: {error} {error.stderr or ''}")
    (archive,) = cache.glob("*.tgz")
    with tarfile.open(archive) as file:
        file.extractall(cache, filter="data")
    (cache / "package").rename(cache / REVEAL["folder"])


def read(decks, name):
    return BeautifulSoup((decks / f"{name}.html").read_text(encoding="utf-8"), "html.parser")


@pytest.fixture(params=NAMES)
def deck(decks, request):
    return read(decks, request.param)


def slides_of(deck):
    return deck.select(".slides > section > section")


def test_decks_load_files_of_their_own_folder_only(decks, deck):
    loaded = [
        value
        for element in deck.find_all(True)
        for attribute, value in element.attrs.items()
        if attribute in ("src", "srcset", "data", "poster") or (attribute == "href" and element.name != "a")
    ]
    assert {"reveal.js/dist/reveal.js", "reveal.js/dist/theme/course.css"} <= set(loaded)
    for address in loaded:
        assert address.startswith("data:") or (decks / address).is_file(), address
    styles = [element.text for element in deck.find_all("style")]
    styles += [path.read_text(encoding="utf-8") for path in (decks / "reveal.js").rglob("*.css")]
    assert not re.search(r"@import|url\((?!data:)", "".join(styles))
    assert not any("//" in element.text for element in deck.find_all("script")), "an address in a script"
    held = {path.relative_to(decks / "reveal.js").as_posix() for path in (decks / "reveal.js").rglob("*.*")}
    expected = {"dist/reset.css", "dist/reveal.css", "dist/reveal.js", "dist/theme/course.css", "plugin/notes/notes.js"}
    assert held == expected
    assert (decks / "reveal.js" / "LICENSE").is_file()


def test_a_deck_goes_from_title_to_recap(deck):
    sections = slides_of(deck)
    assert 5 <= len(sections) <= 14
    assert deck.title.text.startswith(sections[0].h1.text) and len(sections[0].find_all("li")) >= 2
    assert sections[-1].h2.text == "Recap" and sections[-1].find("li")
    for section in sections:
        assert section.find(["h1", "h2", "h3"]).find_parent("aside") is None, "each slide has a heading"


@pytest.mark.parametrize("name", NAMES)
def test_answers_wait_and_solutions_stay_out(decks, name):
    deck, cells = read(decks, name), cells_of(PATHS[name])
    answers = deck.select(".jp-OutputArea")
    at_once = [cell for cell in cells if cell.cell_type == "code" and "slide" in tags(cell)]
    assert len([answer for answer in answers if not answer.find_parent(class_="fragment")]) == len(at_once)
    assert len(answers) - len(at_once) >= 2
    assert not any("[TO DO]" in answer.text or "A widget, shown" in answer.text for answer in answers)
    assert "# Solution" not in deck.text
    code = [element.text.strip() for element in deck.select(".jp-CodeCell .highlight")]
    shown = [
        cell.source for cell in cells if {"exercise", "fragment"} <= set(tags(cell)) and "hide-code" not in tags(cell)
    ]
    assert shown and all(source.strip() in code for source in shown), "code is shown as it is"
    assert not any("alt=" in text for text in code), "alt text tells the answer: tag the cell hide-code"
    for cell in cells:
        if "solution" in tags(cell):
            assert not any(cell.source.split("\n", 1)[1].strip() in text for text in code)


@pytest.mark.parametrize("name", NAMES)
def test_tags_say_one_thing_and_exercises_are_shown(name):
    cells = cells_of(PATHS[name])
    for cell in cells:
        assert len({"slide", "fragment", "notes"} & set(tags(cell))) <= 1
        assert max(Counter(tags(cell)).values(), default=1) == 1
        assert not ("notes" in tags(cell) and cell.cell_type == "code")
    tasks = [cell for cell in cells if cell.source.count("### Exercise")]
    assert tasks and all({"slide", "fragment"} & set(tags(cell)) for cell in tasks)


def test_the_index_lists_the_decks(decks):
    index = BeautifulSoup((decks / "index.html").read_text(encoding="utf-8"), "html.parser")
    titles = {f"{name}.html": slides_of(read(decks, name))[0].h1.text for name in NAMES}
    assert {link["href"]: link.text for link in index.find_all("a")} == titles


class Slide(NamedTuple):
    """The text of a slide: what stands there from the start, what waits for each key, and the notes."""

    at_once: str
    waiting: list[str]
    notes: list[str]
    bold: list[str]


def words_of(element):
    return " ".join(element.text.split())


def make(folder, *cells):
    """Make a deck of cells, without running them, and read its slides."""
    path = folder / "made.ipynb"
    nbformat.write(new_notebook(cells=list(cells)), path)
    found = []
    for section in slides_of(BeautifulSoup(slides.make_deck(path, execute=False), "html.parser")):
        assert not section.select(".fragment aside"), "the speaker would see these notes only"
        notes, waiting = ([words_of(one.extract()) for one in section.select(kind)] for kind in ("aside", ".fragment"))
        found.append(Slide(words_of(section), waiting, notes, [words_of(one) for one in section.find_all("strong")]))
    return found


def markdown(source, *marks):
    return new_markdown_cell(source, metadata={"tags": list(marks)})


def code(source, *marks, outputs=("shown",)):
    streams = [new_output("stream", text=text) for text in outputs]
    return new_code_cell(source, metadata={"tags": list(marks)}, outputs=streams)


def test_a_slide_shows_its_heading_and_the_question(tmp_path):
    text = "## Shapes\n\nLong. Is it?\n\nRead [this](a.ipynb).\n\nIt has rows.\nWhich *one*?\n\nMore."
    full = "Shapes Long. Is it? Read this. It has rows. Which one? More."
    assert make(tmp_path, markdown(text, "slide")) == [
        Slide("Shapes It has rows. Which one?", [], [full], ["Which one?"])
    ]
    table = "| a |\n| --- |\n| 1 |"
    for source, shown in [
        ("## Shapes\n\nLong.\n\nLast.", "Shapes Last."),
        ("# A\n\n**You will**\n- see\n\nLast.", "A You will see"),
        (f"## A\n\nFirst.\n\n{table}\n\nRank.", "A a 1 Rank."),
    ]:
        assert [slide.at_once for slide in make(tmp_path, markdown(source, "slide"))] == [shown]


def test_what_speaks_of_the_slide_before_goes_there(tmp_path):
    follow_up = "Three. It was:\n\n- a leak\n\nThat is all.\n\n### Exercise 1: one more\n\nDo it.\n\nNow."
    hinted = follow_up + "\n\n<details>No.</details>"
    first, second = make(tmp_path, markdown("## A\n\nHow many?", "slide"), markdown(hinted, "slide"))
    assert first.at_once == "A How many?" and first.waiting == ["Three. It was: a leak"]
    assert first.notes == ["A How many?", "Three. It was: a leak That is all."]
    assert second.at_once == "Exercise 1: one more Do it. Now." and not second.waiting
    assert second.notes == ["Exercise 1: one more Do it. Now. No."]
    first, second = make(tmp_path, markdown("## A\n\nOne?", "slide"), markdown("Yes.\n\nTwo?", "slide"))
    assert first.notes == ["A One?", "Yes."] and not first.waiting
    assert second == Slide("A Two?", [], ["Two?"], ["Two?"])


def test_code_waits_with_its_output_only(tmp_path):
    first, second = make(
        tmp_path,
        markdown("# Title", "slide"),
        markdown("## A\n\nOne?"),
        code("left = 'out'", "reveal"),
        code("f()", "slide"),
        code("g()", "reveal", "fragment", outputs=["once"]),
        markdown("It did.", "notes"),
        code("long()", "fragment", "hide-code", outputs=["again"]),
        code("h = ...", "exercise", "fragment", outputs=["[TO DO]"]),
        code("h = 1", "solution", "fragment"),
    )
    assert first.at_once == "Title"
    assert second.at_once == "A f() shown g()" and second.notes == ["It did."]
    assert second.waiting == ["once", "again h = ..."]


def test_widgets_and_warnings_stay_out(tmp_path):
    widget = {"application/vnd.jupyter.widget-view+json": {"model_id": "1"}, "text/plain": "bar"}
    stored = {"text/plain": "A widget, shown when you run this cell."}
    cell = code("f()", "fragment")
    cell.outputs += [new_output("display_data", data) for data in (widget, stored)]
    cell.outputs += [new_output("stream", name="stderr", text="a warning")]
    assert make(tmp_path, markdown("# A", "slide"), cell)[0].waiting == ["shown"]


def test_text_is_not_taken_for_html(tmp_path):
    (slide,) = make(tmp_path, markdown("# A", "slide"), code("a < b", "fragment", outputs=["<b>bold</b> & so on"]))
    assert slide.at_once == "A a < b" and slide.waiting == ["<b>bold</b> & so on"]


def test_notebooks_are_named_by_number_name_or_file():
    for word in (NAMES[1][:2], NAMES[1], f"notebooks/{NAMES[1]}.ipynb", Path(f"{NAMES[1]}.ipynb")):
        assert [path.stem for path in slides.find_notebooks([word])] == [NAMES[1]]
    with pytest.raises(ValueError, match="no notebook '99'; expected some of 00_start_here"):
        slides.find_notebooks(["01", "99"])


def test_without_reveal_nothing_is_written(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("COURSE_MIRROR", str(tmp_path / "mirror"))
    for name, value in NO_NETWORK.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(AssetError, match=r"Can't get reveal.js-5.2.1/LICENSE.*(?s:.*)Set COURSE_MIRROR"):
        slides.write_slides(tmp_path / "made", execute=False)
    assert not (tmp_path / "made").exists()


@pytest.mark.notebooks
def test_notebooks_are_executed(tmp_path):
    for name, source in [("good", "6 * 7"), ("bad", "1 / 0")]:
        cells = [markdown("# A\n\nWhat?", "slide"), new_code_cell(source, metadata={"tags": ["fragment"]})]
        nbformat.write(new_notebook(cells=cells), tmp_path / f"{name}.ipynb")
    deck = BeautifulSoup(slides.make_deck(tmp_path / "good.ipynb", execute=True), "html.parser")
    assert deck.select_one(".fragment").text.strip() == "42"
    with pytest.raises(RuntimeError, match="bad.ipynb stopped.*ZeroDivisionError: division by zero"):
        slides.make_deck(tmp_path / "bad.ipynb", execute=True)


@pytest.fixture
def page(browser):
    """A page of a projector's shape. The test fails if it, or a page it opens, loads an address or has an error."""
    wrong, local = [], ("file:", "data:", "blob:", "about:")
    with browser.new_context(viewport={"width": 1280, "height": 720}, offline=True) as context:
        context.set_default_timeout(1000 * PATIENCE)
        context.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
        context.on("weberror", lambda error: wrong.append(str(error.error)))
        context.on("requestfailed", lambda request: wrong.append(request.url))
        context.on("request", lambda request: None if request.url.startswith(local) else wrong.append(request.url))
        yield context.new_page()
    assert wrong == []


def wait_for_deck(page):
    page.wait_for_function("window.Reveal && Reveal.isReady() && [...document.images].every(image => image.complete)")


MISFITS = """() => {
  const slide = Reveal.getCurrentSlide(), room = slide.getBoundingClientRect(), found = [];
  for (const one of slide.querySelectorAll(":not(aside, aside *)")) {
    const box = one.getBoundingClientRect();
    if (box.width && (box.right > room.right - 60 || box.bottom > room.bottom - 40 || box.left < room.left + 60))
      found.push(`${one.tagName}.${one.className} ends at ${box.right}, ${box.bottom}`);
    if (one.scrollWidth > one.clientWidth + 1 && one.tagName == "PRE") found.push("a line is too long");
    if (one.matches(".fragment, .jp-Cell-outputWrapper") && one.scrollHeight > one.clientHeight + 1)
      found.push(`${one.className} runs over what is below it`);
    if (one.tagName == "IMG" && (box.height < 150 || !one.naturalWidth || !one.alt || /^No desc/.test(one.alt)))
      found.push(`picture ${one.alt}`);
  }
  if (slide.scrollHeight > 720 || slide.scrollWidth > 1280) found.push(`${slide.scrollWidth} x ${slide.scrollHeight}`);
  return found;
}"""
HIDDEN = """[...Reveal.getCurrentSlide().querySelectorAll(".fragment")].filter(one =>
  getComputedStyle(one).visibility == "hidden" || getComputedStyle(one).opacity == 0).length"""


def shoot(page, name):
    folder = os.environ.get("COURSE_SHOTS")
    if folder:
        page.screenshot(path=str(Path(folder, f"slides-{name}.png")))


@pytest.mark.browser
@pytest.mark.parametrize("name", NAMES)
def test_every_slide_fits_and_answers_wait_for_the_key(decks, page, name):
    page.goto((decks / f"{name}.html").as_uri())
    wait_for_deck(page)
    total = page.evaluate("Reveal.getTotalSlides()")
    assert total == len(slides_of(read(decks, name)))
    for number in range(1, total + 1):
        page.wait_for_function(f"Reveal.getSlidePastCount() == {number - 1}")
        expect(page.locator("section.present section.present :is(h1, h2, h3)").first).to_be_visible()
        count = page.locator("section.present section.present .fragment").count()
        shoot(page, f"{name}-{number:02}-0")
        wait_for_answer(count, lambda: page.evaluate(HIDDEN))  # nothing is shown before its key
        for shown in range(1, count + 1):
            page.keyboard.press("ArrowRight")
            page.wait_for_function(f"{HIDDEN} == {count - shown}")
        if count:
            shoot(page, f"{name}-{number:02}-1")
        wait_for_answer([], lambda: page.evaluate(MISFITS))
        page.keyboard.press("Space")
    assert page.evaluate("Reveal.isLastSlide()")


@pytest.mark.browser
def test_the_speaker_has_the_full_text(decks, page):
    page.goto((decks / f"{NAMES[0]}.html").as_uri())
    wait_for_deck(page)
    page.keyboard.press("ArrowRight")
    with page.expect_popup() as opened:
        page.keyboard.press("s")
    opened.value.get_by_text("Show a person ten photos of phones").first.wait_for()


@pytest.mark.browser
def test_the_index_opens_a_deck(decks, page):
    page.goto((decks / "index.html").as_uri())
    shoot(page, "index")
    page.click(f'a[href="{NAMES[-1]}.html"]')
    page.wait_for_url(f"**/{NAMES[-1]}.html*")
    wait_for_deck(page)
    expect(page.locator("section.present section.present > div h1")).to_have_text(re.compile(f"^{NAMES[-1][:2]}"))
