"""A gray square over a picture: what Python answers, and what the page does without Jupyter."""

import base64
import io

import numpy as np
import pytest
from helpers import CHROMIUM, NO_BROWSER, expect, says, wait_for_answer
from PIL import Image

import course_utils as cu
from course_utils.browser.scripts import STYLE, join_modules
from course_utils.trainer import occluder as module

IMAGE = np.random.default_rng(3).integers(0, 256, (224, 224, 3), np.uint8)
NAMES = ["red", "green", "blue", "black", "white", "top", "left"]


def predict(image):
    """Made numbers, each of another part of the picture, so that no two places are told alike."""
    parts = image.astype(float).reshape(7, 32, 224, 3).mean(axis=(1, 2, 3)) + np.arange(7)
    return dict(zip(NAMES, parts / parts.sum(), strict=True))


def covered(top, left, size=48):
    image = IMAGE.copy()
    image[top : top + size, left : left + size] = 128
    return image


@pytest.fixture
def log(monkeypatch):
    """What was logged, in place of the file of errors."""
    errors = []
    monkeypatch.setattr(module, "log_error", lambda error: errors.append(error) or "The traceback is kept.")
    return errors


def answers(occluder, monkeypatch, *places):
    """What it sends when it is asked about these places."""
    sent = []
    monkeypatch.setattr(occluder, "send", sent.append)
    for place in places:
        occluder.receive({"place": list(place)}, [])
    assert [one["place"] for one in sent] == [list(place) for place in places]
    return sent


# Python


def test_the_whole_picture_gives_the_five_largest():
    occluder = cu.Occluder(IMAGE, predict)
    largest = sorted(predict(IMAGE).items(), key=lambda pair: pair[1], reverse=True)[:5]
    assert [tuple(pair) for pair in occluder.bars] == largest
    assert (occluder.side, occluder.size) == (224, 48)
    kind, _, data = occluder.picture.partition(",")
    assert kind == "data:image/png;base64"
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(base64.b64decode(data)))), IMAGE)


@pytest.mark.parametrize("size, place", [(48, (0, 0)), (48, (176, 176)), (1, (223, 0)), (224, (0, 0)), (48, (16, 99))])
def test_a_place_is_answered_as_predict_does_on_the_covered_picture(monkeypatch, size, place):
    occluder = cu.Occluder(IMAGE, predict, size=size)
    (answer,) = answers(occluder, monkeypatch, place)
    expected, names = predict(covered(*place, size)), [name for name, _ in occluder.bars]
    assert [name for name, _ in answer["bars"][:5]] == names, "they keep their place"
    assert dict(answer["bars"]).items() <= expected.items() and answer["words"] == ""
    ((other, value),) = answer["bars"][5:]
    assert value == max(expected[name] for name in set(NAMES) - set(names)) and other not in names


def test_few_names_have_no_other(monkeypatch):
    occluder = cu.Occluder(IMAGE, lambda image: {"dark": np.float32(0.25), "light": np.float32(0.75)})
    (answer,) = answers(occluder, monkeypatch, (0, 0))
    assert [tuple(pair) for pair in occluder.bars] == answer["bars"] == [("light", 0.75), ("dark", 0.25)]
    assert all(type(value) is float for _, value in answer["bars"]), "as JSON needs it"


def test_predict_may_spoil_what_it_is_given(monkeypatch):
    image = IMAGE.copy()

    def spoil(given):
        answer = predict(given)
        given[:] = 0
        return answer

    occluder = cu.Occluder(image, spoil)
    first, second = answers(occluder, monkeypatch, (9, 9), (9, 9))
    image[:] = 0
    (third,) = answers(occluder, monkeypatch, (9, 9))
    assert first == second == third and dict(first["bars"]).items() <= predict(covered(9, 9)).items()


@pytest.mark.parametrize(
    "answer, words",
    [
        (RuntimeError("out of paint"), "predict failed: RuntimeError: out of paint. The traceback is kept."),
        (KeyboardInterrupt(), "predict failed: KeyboardInterrupt. The traceback is kept."),
        ([0.5, 0.5], "predict returned list; expected a dict"),
        ({}, "predict returned an empty dict; expected a dict"),
        ({"cat": 3.5}, "predict returned 3.5 for 'cat'; expected a probability"),
        ({"cat": float("nan")}, "predict returned nan for 'cat'"),
        ({"cat": "most"}, "predict failed: TypeError"),
        ({"dog": 1.0}, "got no probability for 'cat'; expected one for the same names"),
    ],
)
def test_what_predict_does_wrong_is_told_in_words(monkeypatch, log, answer, words):
    def wrong(image):
        if np.array_equal(image, IMAGE):
            return {"cat": 1.0}
        if isinstance(answer, BaseException):
            raise answer
        return answer

    occluder = cu.Occluder(IMAGE, wrong)
    told = answers(occluder, monkeypatch, (0, 0), (0, 16))
    assert all(words in one["words"] and one["bars"] == [] for one in told)
    assert len(log) == 1, "for two places, one traceback"


@pytest.mark.parametrize(
    "image, size, words",
    [
        (IMAGE[:200], 48, r"shape \(200, 224, 3\), uint8; expected \(224, 224, 3\), uint8"),
        (IMAGE / 255, 48, "float64; expected"),
        (IMAGE[..., 0], 48, r"shape \(224, 224\)"),
        ("drum.jpg", 48, "type str; expected a NumPy array"),
        (IMAGE, 0, "a square of 0 pixels; expected a whole number from 1 to 224"),
        (IMAGE, 225, "225 pixels"),
        (IMAGE, 48.5, "48.5 pixels"),
        (IMAGE, "48", "'48' pixels"),
    ],
)
def test_wrong_inputs_are_refused_in_words(image, size, words):
    with pytest.raises(ValueError, match=words):
        cu.Occluder(image, predict, size)


def test_what_fails_on_the_whole_picture_fails_in_the_cell():
    with pytest.raises(ValueError, match="predict returned list; expected a dict"):
        cu.Occluder(IMAGE, lambda image: [1.0])
    with pytest.raises(ZeroDivisionError):
        cu.Occluder(IMAGE, lambda image: {"cat": 1 / 0})


# The page: the very text that Jupyter is given, and in the kernel's place a model that answers when it is told to

PAGE = f"""<!doctype html><meta charset="utf-8"><style>{STYLE}</style><body style="margin: 0"><button>before</button>
<main style="width: 800px"></main>"""
SHOW = """async ([text, state]) => {
  const { default: widget } = await import(URL.createObjectURL(new Blob([text], { type: "text/javascript" })));
  const heard = new Set();
  const on = (_, one) => heard.add(one), off = (_, one) => heard.delete(one);
  const send = ({ place }) => asked.push(place);
  Object.assign(window, { asked: [], heard, keys: [] });
  window.answer = (place, value, words = "") => [...heard].forEach((one) =>
    one({ place, words, bars: words ? [] : [["drum", value], ["cup", 0.1], ["a third", 0.25]] }));
  const el = document.querySelector("main");
  document.addEventListener("keydown", (event) => keys.push(event.key));
  window.end = widget.render({ model: { get: (name) => state[name], on, off, send }, el });
}"""
REST = ["drum0.80", "cup0.20"]


@pytest.fixture
def page(browser):
    page = browser.new_page(viewport={"width": 1000, "height": 600}, has_touch=True)
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.set_content(PAGE)
    state = {"picture": module._data_uri(IMAGE), "side": 224, "size": 48, "bars": [["drum", 0.8], ["cup", 0.2]]}
    page.evaluate(SHOW, [join_modules("widgets/occluder.js"), state])
    yield page
    page.close()
    assert not errors


def frame(page):
    return page.get_by_role("application", name="arrow keys move the square")


def point(page, row, column):
    """Move the mouse to a place of the picture, in its own pixels."""
    box = frame(page).bounding_box()
    page.mouse.move(box["x"] + column * 300 / 224, box["y"] + row * 300 / 224)


def asked(page, *places):
    """Wait until these places were asked about, and no others."""
    wait_for_answer([list(place) for place in places], lambda: page.evaluate("asked"))


def rows(page, *words):
    expect(page.locator(".bars-row")).to_have_text(list(words))


def square(page):
    return page.locator(".occluder-square")


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason=NO_BROWSER)
class TestPage:
    def test_at_rest_the_whole_picture_is_shown(self, page):
        rows(page, *REST)
        expect(square(page)).to_be_hidden()
        expect(page.get_by_role("img", name="The picture that the classifier is asked about")).to_have_count(1)
        assert frame(page).bounding_box()["width"] == frame(page).bounding_box()["height"] == 300
        asked(page)

    def test_the_square_follows_the_mouse_and_leaves_with_it(self, page):
        point(page, 112, 56)
        asked(page, (88, 32))
        box, outer = square(page).bounding_box(), frame(page).bounding_box()
        seen = [box["y"] - outer["y"], box["x"] - outer["x"], box["width"], box["height"]]
        np.testing.assert_allclose(np.array(seen) * 224 / 300, [88, 32, 48, 48], atol=0.1)
        page.evaluate("answer([88, 32], 0.3)")
        rows(page, "drum0.30", "cup0.10", "a third0.25")
        page.mouse.move(900, 500)
        expect(square(page)).to_be_hidden()
        rows(page, *REST)
        asked(page, (88, 32))

    def test_it_stays_inside_the_picture(self, page):
        corners = [((1, 1), (0, 0)), ((223, 1), (176, 0)), ((223, 223), (176, 176)), ((1, 223), (0, 176))]
        for place, wanted in corners:
            point(page, *place)
            wait_for_answer([*wanted], lambda: page.evaluate("asked.at(-1)"))
            page.evaluate("answer(asked.at(-1), 0.3)")

    def test_one_question_at_a_time_and_the_newest_place_counts(self, page):
        for column in (50, 60, 70, 80):
            point(page, 112, column)
        asked(page, (88, 26))
        page.evaluate("answer([0, 0], 0.5)")  # to another view's question
        page.evaluate("answer([88, 26], 0.4)")
        rows(page, "drum0.40", "cup0.10", "a third0.25")
        asked(page, (88, 26), (88, 56))
        page.evaluate("answer([88, 56], 0.3)")
        rows(page, "drum0.30", "cup0.10", "a third0.25")
        asked(page, (88, 26), (88, 56))

    def test_an_answer_that_comes_when_the_pointer_has_left(self, page):
        point(page, 112, 56)
        page.mouse.move(900, 500)
        expect(square(page)).to_be_hidden()
        page.evaluate("answer([88, 32], 0.3)")
        rows(page, *REST)
        point(page, 112, 80)
        asked(page, (88, 32), (88, 56))

    def test_a_pointer_that_comes_back_before_the_answer(self, page):
        point(page, 112, 56)
        page.mouse.move(900, 500)
        point(page, 112, 80)
        asked(page, (88, 32))
        page.evaluate("answer([88, 32], 0.3)")
        asked(page, (88, 32), (88, 56))

    def test_arrow_keys_move_it_by_16_pixels(self, page):
        page.get_by_role("button").focus()
        page.keyboard.press("Tab")
        expect(frame(page)).to_be_focused()
        expect(square(page)).to_be_hidden()
        places = {"ArrowRight": (88, 104), "ArrowDown": (104, 104), "ArrowLeft": (104, 88), "ArrowUp": (88, 88)}
        for count, key in enumerate(places, 1):
            page.keyboard.press(key)
            asked(page, *[*places.values()][:count])
            page.evaluate("answer(asked.at(-1), 0.3)")
        pressed = "(one) => one.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowUp', cancelable: true }))"
        assert not frame(page).evaluate(pressed), "the page does not scroll"
        page.keyboard.press("x")
        page.keyboard.press("Escape")
        expect(square(page)).to_be_hidden()
        rows(page, *REST)
        assert page.evaluate("keys") == ["Tab", "Escape"], "the rest of the page hears nothing of the others"
        page.keyboard.press("ArrowUp")
        expect(square(page)).to_be_visible()
        page.keyboard.press("Tab")
        expect(square(page)).to_be_hidden()

    def test_a_finger_moves_it_and_the_page_does_not_scroll(self, page):
        expect(frame(page)).to_have_css("touch-action", "none")
        box = frame(page).bounding_box()
        touch = page.context.new_cdp_session(page)

        def finger(kind, *places):
            points = [{"x": box["x"] + x, "y": box["y"] + y} for x, y in places]
            touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

        finger("touchStart", (75, 150))
        asked(page, (88, 32))
        finger("touchMove", (150, 150))
        page.evaluate("answer([88, 32], 0.3)")
        asked(page, (88, 32), (88, 88))
        page.evaluate("answer([88, 88], 0.3)")
        finger("touchEnd")
        expect(square(page)).to_be_hidden()
        rows(page, *REST)

    def test_a_screen_reader_is_told_at_rest_only(self, page):
        status = page.get_by_role("status")
        expect(status).to_have_text("Nothing covered: drum 0.80; cup 0.20")
        status.evaluate(
            "(one) => { window.told = [];"
            "new MutationObserver(() => told.push(one.textContent)).observe(one, { childList: true }); }"
        )
        page.evaluate(  # in one go: no time passes between them
            "() => { const frame = document.querySelector('.occluder-frame');"
            "for (const x of [75, 150, 225]) {"
            "  frame.dispatchEvent(new PointerEvent('pointermove', { clientX: frame.getBoundingClientRect().x + x,"
            "    clientY: frame.getBoundingClientRect().y + 150 })); answer(asked.at(-1), x / 300); } }"
        )
        expect(status).to_have_text("Rows 88 to 135, columns 144 to 191 covered: drum 0.75; cup 0.10; a third 0.25")
        assert page.evaluate("told.length") == 1
        expect(page.locator(".bars").locator("xpath=ancestor-or-self::*[@aria-live]")).to_have_count(0)

    def test_what_went_wrong_is_shown(self, page):
        point(page, 112, 56)
        page.evaluate("answer([88, 32], 0, 'predict failed: RuntimeError: out of paint.')")
        says(page.locator(".occluder"), "predict failed: RuntimeError: out of paint.")
        expect(page.locator(".bars-quiet")).to_have_count(1)
        rows(page, *REST)
        page.mouse.move(900, 500)
        expect(page.locator(".bars-quiet")).to_have_count(0)
        expect(page.get_by_role("status")).to_have_text("Nothing covered: drum 0.80; cup 0.20")
        expect(page.locator(".part-unseen")).to_have_count(1)

    def test_it_fits_a_narrow_page(self, page):
        page.evaluate("document.querySelector('main').style.width = '150px'")
        wait_for_answer(150, lambda: frame(page).bounding_box()["width"])
        box = frame(page).bounding_box()
        page.mouse.move(box["x"] + 75, box["y"] + 75)
        asked(page, (88, 88))

    def test_a_view_that_is_closed_hears_nothing(self, page):
        assert page.evaluate("heard.size") == 1
        page.evaluate("end()")
        assert page.evaluate("heard.size") == 0
