"""The site: each link leads somewhere, no page loads anything from elsewhere, and answers wait folded.

It is written once, by the command. The browser is Chromium; ``COURSE_SHOTS`` names a folder for screenshots.
"""

import os
import re
import sys
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
import yaml
from bs4 import BeautifulSoup
from helpers import NOTEBOOKS, PATIENCE, ROOT, cells_of, expect, solved, tags, title_of, wait_for_answer, wait_until
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from course_utils import commands
from course_utils.classroom import site as made
from course_utils.classroom.site_pages import Links, PageRenderer, render_notebook

SOURCE = "https://example.org/course"
GUIDES = "readme glossary instructor architecture deploy benchmarks practice contributing".split()
NAMES = ["index", *GUIDES, *(path.stem for path in NOTEBOOKS)]
WIDGET = {"application/vnd.jupyter.widget-view+json": {"model_id": "1"}, "text/plain": "bar"}
PHOTO = '<img alt="a photo of a drum" src="data:image/png;base64,AAAA">'


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The whole site, with a stand-in for the page that trains."""
    folder = tmp_path_factory.mktemp("desk") / "site"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(made, "train_writer", lambda: lambda path: path.write_text("<title>train</title>"))
        patch.setattr(sys, "argv", ["course_utils", "site", str(folder), "--source", SOURCE])
        commands.main()
    return folder


@pytest.fixture(scope="module")
def pages(site):
    return {name: BeautifulSoup((site / f"{name}.html").read_text(encoding="utf-8"), "html.parser") for name in NAMES}


# what is in it -------------------------------------------------------------------------------------------------------


def test_the_folder_holds_pages_and_what_they_link_to(site):
    found = {path.relative_to(site).as_posix() for path in site.rglob("*") if path.is_file()}
    files = {name for name in found if name.startswith("files/")}
    assert found - files == {*(f"{name}.html" for name in NAMES), "style.css", "train.html"}
    assert "files/data/story.svg" in files and "files/LICENSE.txt" in files
    assert {Path(name).suffix for name in files} <= {".svg", ".json", ".yml", ".txt"}, "no photos, no raw Markdown"


def test_every_link_leads_somewhere(site, pages):
    names = {name: {one["id"] for one in page.select("[id]")} for name, page in pages.items()}
    followed = 0
    for name, page in pages.items():
        for link in page.find_all("a"):
            address = urlsplit(link["href"])
            if address.scheme:
                assert address.scheme == "https", link
                continue
            target = site / (unquote(address.path) or f"{name}.html")
            assert target.is_file(), f"{name}: {link}"
            if address.fragment:
                assert unquote(address.fragment) in names[target.stem], f"{name}: {link}"
            followed += 1
    assert followed > 400


def test_every_page_can_be_reached(pages):
    seen, waiting = set(), ["index"]
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting += [Path(urlsplit(link["href"]).path).stem for link in pages[name].select('a[href*=".html"]')]
            waiting = [name for name in waiting if name != "train"]
    assert seen == set(NAMES)


def test_no_page_loads_anything_from_elsewhere(site, pages):
    allowed = "img-src 'self' data:; media-src data:; style-src 'self'"
    policy = f"default-src 'none'; {allowed}; base-uri 'none'; form-action 'none'"
    for name, page in pages.items():
        assert page.select_one('meta[http-equiv="Content-Security-Policy"]')["content"] == policy
        assert not page.select("script, style, iframe, object, embed, form, base"), name
        for element in page.find_all(True):
            assert not any(word == "style" or word.startswith("on") for word in element.attrs), f"{name}: {element}"
            for word in {"src", "srcset", "data", "poster"} & set(element.attrs):
                assert element[word].startswith("data:") or (site / element[word]).is_file(), f"{name}: {element[word]}"
        assert {link["href"] for link in page.find_all("link")} == {"style.css", "data:,"}
    assert not re.search(r"@import|url\(", (site / "style.css").read_text(encoding="utf-8"))
    assert "<script" not in (site / "files" / "data" / "story.svg").read_text(encoding="utf-8")


def test_a_screen_reader_finds_its_way(pages):
    titles = [page.title.text for page in pages.values()]
    assert len(set(titles)) == len(titles) and all(title.endswith("Transfer learning, hands on") for title in titles)
    for name, page in pages.items():
        levels = [int(heading.name[1]) for heading in page.select("h1, h2, h3, h4, h5, h6")]
        assert levels[0] == 1 and levels.count(1) == 1, name
        assert all(below <= above + 1 for above, below in zip(levels, levels[1:], strict=False)), f"{name}: {levels}"
        ids = [one["id"] for one in page.select("[id]")]
        assert len(set(ids)) == len(ids), name
        assert page.html["lang"] == "en" and len(page.select("header, main, footer")) == 3
        assert page.body.find("a")["href"] == "#main" and page.main["id"] == "main"
        assert all(len(image["alt"]) >= 10 for image in page.find_all("img")), name
        assert not page.select("a a"), name
        assert not re.search(r"\$[^$\s][^$]*\$", "".join(one.text for one in page.select("p, li"))), "math is not set"


def test_the_front_page_says_what_the_course_is_and_how_to_start(pages):
    page = pages["index"]
    assert page.select_one('.doors a[href="train.html"]').text == "Train in your browser"
    assert "python tools/course.py open" in page.text and page.select_one(f'a[href="{SOURCE}"]')
    listed = [link["href"] for link in page.select("table a")]
    assert listed == [f"{path.stem}.html" for path in NOTEBOOKS]
    assert "MobileNet without its ending" in page.select_one('img[src="files/data/story.svg"]')["alt"]


def test_notebooks_lead_to_their_neighbors(pages):
    for before, after in zip(NOTEBOOKS, NOTEBOOKS[1:], strict=False):
        assert title_of(after) in pages[before.stem].select_one(f'.turn a[rel=next][href="{after.stem}.html"]').text
        assert title_of(before) in pages[after.stem].select_one(f'.turn a[rel=prev][href="{before.stem}.html"]').text


def test_the_glossary_leads_to_the_notebooks(pages):
    entry = pages["glossary"].find(id="aliasing")
    assert entry.find_next("a")["href"] == "03_build_the_pipeline.html" and entry.name == "h2"


def is_told(output):
    """Whether a result can be told without Python."""
    data = output.get("data", {})
    return not (data.get("text/plain", "").startswith("A widget, ") or WIDGET.keys() <= data.keys())


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_answers_and_solutions_wait_folded(pages, path):
    page, cells = pages[path.stem], cells_of(path)
    assert not page.select("details[open]")
    revealing = [cell for cell in cells if "reveal" in tags(cell) and any(map(is_told, cell.outputs))]
    assert len(page.select("details.answer")) == len(revealing) >= 2
    solutions = [one for one in page.find_all("details") if one.summary.text == "Solution"]
    assert len(solutions) == len(solved(cells))
    for (_, cell), folded in zip(solved(cells), solutions, strict=True):
        assert all(line in folded.text for line in cell.source.splitlines()) and "[OK]" in folded.text
    at_once = [one for one in page.select(".highlight, .result") if not one.find_parent("details")]
    assert not any("# Solution" in one.text or "[TO DO]" in one.text for one in at_once)
    seen = [cell for cell in cells if cell.cell_type == "code" and not {"reveal", "solution"} & set(tags(cell))]
    seen = [cell for cell in seen if not cell.metadata.get("jupyter", {}).get("source_hidden")]
    shown = [one.text.strip() for one in at_once]
    assert seen and all(cell.source.strip() in shown for cell in seen)


# single cells --------------------------------------------------------------------------------------------------------


def body_of(*cells):
    """The cells of a made notebook as the site shows them."""
    links = Links(ROOT, {ROOT / "notebooks" / "a.ipynb": "a.html"})
    renderer = PageRenderer(ROOT / "notebooks" / "made.ipynb", links)
    return BeautifulSoup(render_notebook(new_notebook(cells=list(cells)), renderer), "html.parser")


def code(*outputs, source="f()", **metadata):
    shown = [one if "output_type" in one else new_output("display_data", one) for one in outputs]
    return new_code_cell(source, metadata=metadata, outputs=shown)


def said(text, name="stdout"):
    return new_output("stream", text=text, name=name)


def test_a_guess_comes_before_its_answer():
    body = body_of(code(said("four"), tags=["reveal"]), code(said("five")), code(source="show(f, alt='no')"))
    assert [one.text.split() for one in body.select("details")] == [["Answer", "four"]]
    assert [one.text for one in body.select(".result")] == ["four", "five"]
    telling = body_of(code(said("four"), source="show(figure, alt='four')", tags=["reveal"]))
    assert [one.summary.text for one in telling.select("details")] == ["Code", "Answer"]
    hidden = {"jupyter": {"source_hidden": True, "outputs_hidden": True}}
    folded = body_of(code(said("ok"), source="# Solution\nx = 1", tags=["solution"], **hidden))
    assert [one.text.split() for one in folded.select("details")] == [
        ["Solution", "#", "Solution", "x", "=", "1", "ok"]
    ]


def test_others_photos_are_left_out():
    body = body_of(code({"text/html": PHOTO}, {"image/png": "AAAA"}, said("356 rows"), tags=["shows-photos"]))
    assert not body.select("img") and "data:" not in str(body)
    assert body.text.count("belong to others") == 1 and "356 rows" in body.text
    assert body_of(code({"text/html": PHOTO})).img["alt"] == "a photo of a drum"


def test_a_widget_is_told_where_nothing_else_is_shown():
    assert body_of(code(WIDGET, WIDGET, tags=["reveal"])).text.count("needs Python") == 1
    assert "needs Python" not in body_of(code(WIDGET, said("done"))).text
    assert body_of(code(said("a warning", name="stderr"))).text.strip() == "f()"
    assert body_of(code(source="assert True", tags=["verify"])).text.strip() == ""


def test_results_are_not_taken_for_html():
    body = body_of(code(said("<b>bold</b> & so on\x1b[31m red")), code({"text/plain": "<i>"}))
    assert [one.text for one in body.select(".result")] == ["<b>bold</b> & so on red", "<i>"]


def test_a_link_that_leads_nowhere_is_told():
    links = body_of(new_markdown_cell("[a](a.ipynb#One-two) [b](../LICENSE) [c](#d)\n\n# One *two*\n\n# One two"))
    assert [one["href"] for one in links.select("a")] == ["a.html#One-two", "files/LICENSE.txt", "#d"]
    assert [one["id"] for one in links.select("h1")] == ["One-two", "One-two-2"]
    for address, words in [("no.png", "no such file"), ("../../x", "no such file"), ("../CHANGELOG.md", "no page of")]:
        with pytest.raises(ValueError, match=rf"made.ipynb links to {re.escape(address)}.*{words}"):
            body_of(new_markdown_cell(f"[x]({address})"))


# writing it ----------------------------------------------------------------------------------------------------------


def test_nothing_is_overwritten_and_nothing_half_is_left(tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("mine")
    with pytest.raises(ValueError, match="is not empty. Choose another folder"):
        made.write_site(tmp_path / "mine")
    with pytest.raises(ValueError, match="inside the course's own folder"):
        made.write_site(ROOT / "site")

    def no_weights(path):
        path.write_text("half")
        raise RuntimeError("no weights")

    with pytest.raises(RuntimeError, match="no weights"):
        made.write_site(tmp_path / "new", write_train=no_weights)
    assert [path.name for path in tmp_path.rglob("*")] == ["mine", "notes.txt"]


def test_a_student_edition_has_no_site(tmp_path, monkeypatch):
    monkeypatch.setattr(made, "require_course_folder", lambda: tmp_path)
    with pytest.raises(FileNotFoundError, match=r"There is no README.md .* full edition"):
        made.write_site(tmp_path / "site")


def test_the_page_that_trains_is_written_where_the_course_has_it():
    assert (made.train_writer() is not None) == (ROOT / "course_utils" / "export" / "studio.py").is_file()


def test_the_workflow_publishes_what_the_command_writes():
    text = (ROOT / ".github" / "workflows" / "site.yml").read_text(encoding="utf-8")
    jobs = yaml.safe_load(text)["jobs"]
    assert "python -m course_utils site" in text and jobs["publish"]["needs"] == "build"
    assert jobs["publish"]["permissions"] == {"pages": "write", "id-token": "write"}
    used = re.findall(r"uses: (.*)", text)
    assert all(re.fullmatch(r"\./.*|actions/[\w-]+@[0-9a-f]{40}  # v[\d.]+", one) for one in used), used


# in a browser --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def address(site):
    """The site on this machine's own network, as a web host serves it."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *words):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(site)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


@pytest.fixture
def page(browser, address):
    """A phone's page. The test fails if it asks another host, misses a file, or breaks the page's own policy."""
    wrong = []
    with browser.new_context(viewport={"width": 320, "height": 640}, base_url=address) as context:
        context.set_default_timeout(1000 * PATIENCE)
        context.on("console", lambda message: wrong.append(message.text))
        context.on("request", lambda one: None if one.url.startswith((address, "data:")) else wrong.append(one.url))
        context.on("requestfailed", lambda request: wrong.append(request.url))
        context.on("response", lambda response: wrong.append(response.url) if response.status >= 400 else None)
        yield context.new_page()
    assert wrong == []


def shoot(page, name):
    folder = os.environ.get("COURSE_SHOTS")
    if folder:
        page.screenshot(path=str(Path(folder, f"site-{name}.png")), full_page=True)


TOO_WIDE = """() => {
  for (const one of document.querySelectorAll("details")) one.open = true;
  const wide = [...document.body.querySelectorAll("*")].filter(one => !one.closest(".scroll > *, pre > *, .skip"));
  return wide.filter(one => one.getBoundingClientRect().right > 320).map(one => one.outerHTML.slice(0, 200));
}"""


@pytest.mark.browser
def test_every_page_fits_a_phone_and_asks_nobody_else(page):
    for name in NAMES:
        page.goto(f"{name}.html")
        shoot(page, f"{name}-320")
        assert page.evaluate("[...document.images].every(image => image.complete && image.naturalWidth)"), name
        assert page.evaluate(TOO_WIDE) == [] and page.evaluate("document.documentElement.scrollWidth") == 320, name
    assert page.evaluate("[...document.querySelectorAll('pre')].some(one => one.scrollWidth > one.clientWidth)")


@pytest.mark.browser
def test_an_answer_is_shown_when_it_is_clicked_and_printed_in_any_case(page):
    page.goto("05_train_on_colors.html")
    answer = page.locator("details.answer").filter(has=page.locator("img")).first
    expect(answer.locator("img")).to_be_hidden()
    answer.locator("summary").click()
    expect(answer.locator("img")).to_be_visible()
    answer.locator("summary").click()
    expect(answer.locator("img")).to_be_hidden()
    page.emulate_media(media="print")
    expect(answer.locator("img")).to_be_visible()


@pytest.mark.browser
def test_the_keyboard_skips_to_the_text_and_scrolls_code(page):
    page.goto("03_build_the_pipeline.html")
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
    page.evaluate("document.querySelectorAll('.contents a, .note a').forEach(one => one.remove())")
    while page.evaluate("document.activeElement.tagName") != "PRE":
        page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    wait_for_answer(True, lambda: page.evaluate("document.activeElement.scrollLeft > 0"))


@pytest.mark.browser
def test_a_dark_screen_gets_dark_pages(page):
    def colors():
        return page.evaluate("(style => [style.color, style.backgroundColor])(getComputedStyle(document.body))")

    page.goto("index.html")
    light = colors()
    page.emulate_media(color_scheme="dark")
    wait_until(lambda: colors()[0] != light[0] and sum(map(int, re.findall(r"\d+", colors()[1]))) < 150)
    page.emulate_media(media="print")
    wait_for_answer(light, colors)
