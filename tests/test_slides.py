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

import nbformat
import pytest
from bs4 import BeautifulSoup
from helpers import ROOT
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from course_utils import AssetError, slides
from course_utils.assets import fetch as assets

NAMES = [path.stem for path in slides.find_notebooks()]
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)
REVEAL = {"npm": "reveal.js@5.2.1", "folder": "reveal.js-5.2.1"}


@pytest.fixture(scope="module")
def decks(tmp_path_factory):
    """All decks, made of the stored outputs."""
    with pytest.MonkeyPatch.context() as patch:
        if not all(map(assets.find_local, assets.manifest("slides"))):
            cache = tmp_path_factory.mktemp("cache")
            pack_reveal(cache)
            patch.setenv("COURSE_CACHE", str(cache))
        index = slides.write_slides(tmp_path_factory.mktemp("slides") / "made", execute=False)
    return index.parent


def pack_reveal(cache):
    if not shutil.which("npm"):
        pytest.skip("needs reveal.js, which is not on this machine, and there is no npm to get it")
    command = [shutil.which("npm"), "pack", REVEAL["npm"], "--pack-destination", str(cache)]
    try:
        subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    except subprocess.SubprocessError as error:
        pytest.skip(f"needs reveal.js, and npm can't get it: {error} {error.stderr or ''}")
    (archive,) = cache.glob("*.tgz")
    with tarfile.open(archive) as file:
        file.extractall(cache, filter="data")
    (cache / "package").rename(cache / REVEAL["folder"])


@pytest.fixture(params=NAMES)
def deck(decks, request):
    return BeautifulSoup((decks / f"{request.param}.html").read_text(encoding="utf-8"), "html.parser")


def cells_of(name):
    return nbformat.read(ROOT / "notebooks" / f"{name}.ipynb", as_version=4).cells


def tags(cell):
    return cell.metadata.get("tags", [])


def test_decks_load_files_of_their_own_folder_only(decks, deck):
    for kind, attribute in [("script", "src"), ("link", "href"), ("img", "src"), ("iframe", "src"), ("video", "src")]:
        for element in deck.find_all(kind):
            address = element.get(attribute, "")
            assert not address or address.startswith("data:") or (decks / address).is_file(), address
    assert not re.search(r"@import|url\(", str(deck.find_all("style")))
    held = {path.relative_to(decks / "reveal.js").as_posix() for path in (decks / "reveal.js").rglob("*.*")}
    assert {"dist/reset.css", "dist/reveal.css", "dist/reveal.js", "plugin/notes/notes.js"} == held
    assert (decks / "reveal.js" / "LICENSE").is_file()


def test_a_deck_goes_from_title_to_recap(deck):
    sections = deck.find_all("section")
    assert 5 <= len(sections) <= 14
    assert sections[0].h1.text == deck.title.text and len(sections[0].find_all("li")) >= 2
    assert sections[-1].h2.text == "Recap" and sections[-1].find("li")
    for section in sections:
        assert section.find(["h1", "h2", "h3"]).find_parent("aside") is None, "each slide has a heading"


@pytest.mark.parametrize("name", NAMES)
def test_answers_wait_and_solutions_stay_out(decks, name):
    deck = BeautifulSoup((decks / f"{name}.html").read_text(encoding="utf-8"), "html.parser")
    cells = cells_of(name)
    at_once = [cell for cell in cells if cell.cell_type == "code" and "slide" in tags(cell)]
    assert len(deck.select(".answer:not(.fragment)")) == len(at_once)
    assert len(deck.select(".answer.fragment")) >= 2
    assert not any("[TO DO]" in output.text or "A widget, shown" in output.text for output in deck.select(".answer"))
    assert "# Solution" not in deck.text
    code = [element.text for element in deck.select(".code")]
    assert not any("alt=" in text for text in code), "alt text tells the answer: tag the cell hide-code"
    for cell in cells:
        if "solution" in tags(cell):
            assert not any(cell.source.split("\n", 1)[1] in text for text in code)


@pytest.mark.parametrize("name", NAMES)
def test_tags_say_one_thing_and_exercises_are_shown(name):
    cells = cells_of(name)
    for cell in cells:
        assert (
            len({"slide", "fragment", "notes"} & set(tags(cell))) <= 1
            and max(Counter(tags(cell)).values(), default=1) == 1
        )
        assert not ("notes" in tags(cell) and cell.cell_type == "code")
    tasks = [cell for cell in cells if cell.source.count("### Exercise")]
    assert tasks and all({"slide", "fragment"} & set(tags(cell)) for cell in tasks)


def test_the_index_lists_the_decks(decks):
    index = BeautifulSoup((decks / "index.html").read_text(encoding="utf-8"), "html.parser")
    assert [link["href"] for link in index.find_all("a")] == [f"{name}.html" for name in NAMES]


def chosen(*cells):
    result = slides.choose_cells(new_notebook(cells=list(cells))).cells
    return [(cell.metadata["slide"], cell.source) for cell in result]


def markdown(source, *tags):
    return new_markdown_cell(source, metadata={"tags": list(tags)})


def test_a_slide_shows_its_heading_and_the_question():
    text = "## Shapes\n\nLong. Is it?\n\nRead [this](a.ipynb).\n\nIt has rows.\nWhich *one*?\n\nMore."
    full = text.replace("[this](a.ipynb)", "this")
    assert chosen(markdown(text, "slide")) == [
        ("slide", "## Shapes\n\nIt has rows. **Which *one*?**"),
        ("notes", full),
    ]
    assert chosen(markdown("## Shapes\n\nLong.\n\nLast.", "slide"))[0] == ("slide", "## Shapes\n\nLast.")
    assert chosen(markdown("# A\n\n**You will**\n- see\n\nLast.", "slide"))[0] == (
        "slide",
        "# A\n\n**You will**\n- see",
    )
    table = "| a |\n| --- |\n| 1 |"
    assert chosen(markdown(f"## A\n\nFirst.\n\n{table}\n\nRank.", "slide"))[0][1] == f"## A\n\n{table}\n\nRank."


def test_what_speaks_of_the_slide_before_goes_there():
    follow_up = "Three. It was:\n\n- a leak\n\nThat is all.\n\n### Exercise 1: one more\n\nDo it.\n\nNow."
    found = chosen(markdown("## A\n\nHow many?", "slide"), markdown(follow_up + "\n\n<details>No.</details>", "slide"))
    assert [kind for kind, _ in found] == ["slide", "notes", "fragment", "notes", "slide", "notes"]
    assert found[2][1] == "Three. It was:\n\n- a leak" and found[3][1] == follow_up.split("\n\n###")[0]
    assert found[4][1] == "### Exercise 1: one more\n\nDo it.\n\nNow."
    found = chosen(markdown("## A\n\nOne?", "slide"), markdown("Yes.\n\nTwo?", "slide"))
    assert found[2:] == [("notes", "Yes."), ("slide", "## A\n\n**Two?**"), ("notes", "Two?")]


def test_code_waits_with_its_output_only():
    def code(source, *tags):
        widget = {"application/vnd.jupyter.widget-view+json": {"model_id": "1"}, "text/plain": "bar"}
        stored = {"text/plain": "A widget, shown when you run this cell."}
        outputs = [new_output("stream", text="shown"), *(new_output("display_data", one) for one in (widget, stored))]
        return new_code_cell(source, metadata={"tags": list(tags)}, outputs=outputs)

    cells = [
        markdown("## A\n\nOne?"),
        code("left = 'out'", "reveal"),
        code("f()", "slide"),
        code("g()", "reveal", "fragment"),
    ]
    notebook = slides.choose_cells(new_notebook(cells=cells))
    found = [(cell.metadata["slide"], cell.source) for cell in notebook.cells]
    assert found == [("slide", "## A"), ("shown", "f()"), ("fragment", "g()")]
    assert [len(cell.get("outputs", [])) for cell in notebook.cells] == [0, 1, 1]


def test_notebooks_are_named_by_number_name_or_file():
    for word in (NAMES[1][:2], NAMES[1], f"notebooks/{NAMES[1]}.ipynb", Path(f"{NAMES[1]}.ipynb")):
        assert [path.stem for path in slides.find_notebooks([word])] == [NAMES[1]]
    with pytest.raises(ValueError, match="no notebook '99'; expected some of 00_start_here"):
        slides.find_notebooks(["01", "99"])


def test_without_reveal_nothing_is_written(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("COURSE_MIRROR", str(tmp_path / "mirror"))
    monkeypatch.setattr(assets, "_download", lambda name, problems, unreachable: problems.append("no network"))
    with pytest.raises(AssetError, match=r"Can't get reveal.js-5.2.1/LICENSE.*(?s:.*)Set COURSE_MIRROR"):
        slides.write_slides(tmp_path / "made", execute=False)
    assert not (tmp_path / "made").exists()


def test_notebooks_are_executed(tmp_path):
    for name, source in [("good", "6 * 7"), ("bad", "1 / 0")]:
        cells = [markdown("# A\n\nWhat?", "slide"), new_code_cell(source, metadata={"tags": ["fragment"]})]
        nbformat.write(new_notebook(cells=cells), tmp_path / f"{name}.ipynb")
    deck = BeautifulSoup(slides.make_deck(tmp_path / "good.ipynb", execute=True), "html.parser")
    assert deck.select_one(".answer.fragment").text.strip() == "42"
    with pytest.raises(RuntimeError, match="bad.ipynb stopped.*ZeroDivisionError: division by zero"):
        slides.make_deck(tmp_path / "bad.ipynb", execute=True)


@pytest.fixture(scope="module")
def page():
    """A page of a projector's shape, and what went wrong on it."""
    if CHROMIUM is None:
        pytest.skip("needs Chromium, which is not on this machine")
    api = pytest.importorskip("playwright.sync_api")
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        context = browser.new_context(viewport={"width": 1280, "height": 720}, offline=True)
        page = context.new_page()
        page.wrong = []
        page.on("console", lambda message: page.wrong.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: page.wrong.append(str(error)))
        page.on("requestfailed", lambda request: page.wrong.append(request.url))
        local = ("file:", "data:", "blob:")
        page.on("request", lambda ask: None if ask.url.startswith(local) else page.wrong.append(ask.url))
        yield page
        browser.close()


def open_deck(page, path):
    page.goto(path.as_uri())
    page.wait_for_function("window.Reveal && Reveal.isReady()")


MISFITS = """() => {
  const slide = Reveal.getCurrentSlide(), room = slide.getBoundingClientRect(), found = [];
  for (const one of slide.querySelectorAll(":not(aside, aside *)")) {
    const box = one.getBoundingClientRect();
    if (box.width && (box.right > room.right - 60 || box.bottom > room.bottom - 40 || box.left < room.left + 60))
      found.push(`${one.tagName}.${one.className} ends at ${box.right}, ${box.bottom}`);
    if (one.scrollWidth > one.clientWidth + 1 && one.tagName == "PRE") found.push("a line is too long");
    if (one.tagName == "IMG" && (box.height < 150 || !one.naturalWidth || !one.alt)) found.push(`picture ${one.alt}`);
  }
  if (slide.scrollHeight > 720 || slide.scrollWidth > 1280) found.push(`${slide.scrollWidth} x ${slide.scrollHeight}`);
  return found;
}"""
HIDDEN = """() => [...Reveal.getCurrentSlide().querySelectorAll(".fragment")].filter(one =>
  getComputedStyle(one).visibility == "hidden" || getComputedStyle(one).opacity == 0).length"""


def shoot(page, name):
    folder = os.environ.get("COURSE_SHOTS")
    if folder:
        page.screenshot(path=str(Path(folder, f"slides-{name}.png")))


@pytest.mark.parametrize("name", NAMES)
def test_every_slide_fits_and_answers_wait_for_the_key(decks, page, name):
    open_deck(page, decks / f"{name}.html")
    for number in range(1, page.evaluate("Reveal.getTotalSlides()") + 1):
        assert page.evaluate("Reveal.getIndices().h") == number - 1
        assert page.locator("section.present :is(h1, h2, h3)").first.is_visible()
        count = page.locator("section.present .fragment").count()
        shoot(page, f"{name}-{number:02}-0")
        for shown in range(count):
            assert page.evaluate(HIDDEN) == count - shown, "nothing is shown before its key"
            page.keyboard.press("ArrowRight")
        assert page.evaluate(HIDDEN) == 0
        if count:
            shoot(page, f"{name}-{number:02}-1")
        assert page.evaluate(MISFITS) == [], f"slide {number}"
        page.keyboard.press("Space")
    assert page.evaluate("Reveal.isLastSlide()")
    assert page.wrong == []


def test_the_speaker_has_the_full_text(decks, page):
    open_deck(page, decks / f"{NAMES[0]}.html")
    page.keyboard.press("ArrowRight")
    with page.context.expect_page() as opened:
        page.keyboard.press("s")
    opened.value.get_by_text("Show a person ten photos of phones").first.wait_for(timeout=10_000)
    opened.value.close()


def test_the_index_opens_a_deck(decks, page):
    page.goto((decks / "index.html").as_uri())
    shoot(page, "index")
    page.click(f'a[href="{NAMES[-1]}.html"]')
    page.wait_for_function("window.Reveal && Reveal.isReady()")
    assert page.locator("section.present .text h1").inner_text().startswith(NAMES[-1][:2])
