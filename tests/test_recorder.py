"""The trainer's microphone without Jupyter: a sound becomes a WAV file and an example, or is answered in words."""

import errno
import json
from pathlib import Path

import numpy as np
import pytest
from helpers import CHROMIUM, NO_BROWSER, expect, make_pictures, says
from scipy.io import wavfile

import course_utils as cu
from course_utils.browser.scripts import STYLE, join_modules
from course_utils.pictures.camera import sessions
from course_utils.pictures.sound import RATE, load_sound
from course_utils.trainer.recorder import LONGEST, SECONDS, SHORTEST, Recorder

TONE = (0.5 * np.sin(np.arange(12_000) * 2 * np.pi * 440 / RATE)).astype("<f4")
LOUD = np.full(80, 0.5, "<f4")


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def session():
    return cu.Trainer()


def say(recorder, *sounds, **changes):
    """Send what a browser would; the problem that is answered."""
    answers = []
    recorder.send = answers.append
    sent = [memoryview(np.asarray(sound).tobytes()) for sound in sounds]
    recorder.receive({"kind": "sound", "view": "one", "rate": RATE, "label": "yes"} | changes, sent)
    (answer,) = answers
    json.dumps(answer, ensure_ascii=False).encode()
    assert (answer["kind"], answer["view"]) == ("heard", "one")
    return answer["problem"]


def kept():
    """The files of sounds, and whatever else was left."""
    return sorted(path.as_posix() for path in Path("my-pictures").rglob("*") if path.is_file())


# A good sound


def test_a_sound_becomes_a_file_that_can_be_read():
    heard = []
    recorder = Recorder(lambda *told: heard.append(told), keep=True)
    assert say(recorder, TONE, label="  yes ") == ""
    ((path, label),) = heard
    assert label == "yes" and path.parent == Path.cwd() / "my-pictures" / "sounds-1" / "yes"
    assert wavfile.read(path)[1].dtype == np.int16
    assert load_sound(path) == pytest.approx(TONE, abs=1e-4)


@pytest.mark.parametrize("rate", [8000, 44_100, 192_000])
def test_any_rate_is_written_as_it_is(rate):
    heard = []
    assert say(Recorder(lambda path, _: heard.append(path)), TONE, rate=rate) == ""
    assert wavfile.read(heard[0])[0] == rate


def test_what_is_too_loud_is_cut_off():
    heard = []
    say(Recorder(lambda path, _: heard.append(path)), np.array([-3, -1, 0, 1, 3], "<f4"))
    assert wavfile.read(heard[0])[1].tolist() == [-32767, -32767, 0, 32767, 32767]


def test_nothing_is_overwritten(monkeypatch):
    heard = []
    recorder = Recorder(lambda path, _: heard.append(path), keep=True)
    monkeypatch.setattr("course_utils.trainer.recorder.datetime", Noon)
    for _ in range(3):
        assert say(recorder, TONE) == ""
    assert len(set(heard)) == len(kept()) == 3
    say(Recorder(lambda path, _: heard.append(path), keep=True), TONE)
    assert heard[-1].parent.parent.name == "sounds-2", "another sitting"


class Noon:
    """A clock that stands still."""

    @staticmethod
    def now():
        from datetime import datetime

        return datetime(2026, 5, 1, 12)


def test_a_class_can_have_any_name():
    heard = []
    recorder = Recorder(lambda *told: heard.append(told), keep=True)
    for label in ("a/b", "../..", "con", "x" * 400, "?", "ja\u0308"):
        assert say(recorder, TONE, label=label) == ""
    assert {path.parent.parent for path, _ in heard} == {Path.cwd() / "my-pictures" / "sounds-1"}
    assert [label for _, label in heard] == ["a/b", "../..", "con", "x" * 400, "?", "j\u00e4"]


def test_the_folders_name_the_classes_another_day():
    recorder = Recorder(lambda *told: None, keep=True)
    for label in ("yes", "no", "yes"):
        assert say(recorder, TONE, label=label) == ""
    pictures = cu.read_pictures("my-pictures/sounds-1")
    assert pictures.labels == ("no", "yes", "yes")


def test_where_no_class_is_asked_for_the_file_goes_with_the_kernel(tmp_path):
    heard = []
    recorder = Recorder(lambda *told: heard.append(told), asks=False)
    assert say(recorder, TONE) == ""
    ((path, label),) = heard
    assert label == "" and path.is_relative_to(tmp_path / "cache") and kept() == []


def test_the_seconds_have_bounds():
    recorder = Recorder(lambda *told: None)
    assert recorder.seconds == SECONDS and recorder.bounds == (SHORTEST, LONGEST) == (0.3, 10)
    for seconds in (0.2, 10.5):
        with pytest.raises(Exception, match="seconds"):
            recorder.seconds = seconds


# Anything else is answered


@pytest.mark.parametrize(
    "changes, sounds, words",
    [
        ({"rate": 0}, [TONE], "Got 0 samples a second; expected a whole number from 1 to 192000"),
        ({"rate": 192_001}, [TONE], "192001"),
        ({"rate": 8000.5}, [TONE], "8000.5"),
        ({"rate": True}, [TONE], "True"),
        ({"rate": None}, [TONE], "None"),
        ({"rate": "8000"}, [TONE], "'8000'"),
        ({}, [], "Got 0 pieces"),
        ({}, [TONE, TONE], "Got 2 pieces"),
        ({}, [TONE[:0]], "Got 0 bytes"),
        ({}, [np.zeros(7, np.uint8)], "Got 7 bytes"),
        ({"rate": 1}, [np.full(61, 0.5, "<f4")], "at most 60 seconds"),
        ({}, [np.array([0.5, np.nan], "<f4")], "no finite numbers"),
        ({}, [np.array([0.5, -np.inf], "<f4")], "no finite numbers"),
        ({}, [np.full(800, 1e-6, "<f4")], "Nothing was heard; the microphone may be muted"),
        ({"label": " "}, [TONE], "The class has no name"),
        ({"label": None}, [TONE], "The class has no name"),
        ({"label": "a\ud800"}, [TONE], "is not UTF-8"),
    ],
)
def test_what_is_no_sound_is_answered_and_leaves_nothing(changes, sounds, words):
    heard = []
    recorder = Recorder(lambda *told: heard.append(told), keep=True)
    problem = say(recorder, *sounds, **changes)
    assert words in problem and problem.endswith(".") and not problem.endswith("..")
    assert not heard and kept() == []
    assert say(recorder, LOUD) == "" and len(heard) == len(kept()) == 1, "the next one is taken"


def test_a_full_disk_is_said_and_leaves_no_part(monkeypatch):
    def full(path, rate, samples):
        Path(path).write_bytes(b"RIFF")
        raise OSError(errno.ENOSPC, "No space left on device", str(path))

    heard = []
    recorder = Recorder(lambda *told: heard.append(told), keep=True)
    monkeypatch.setattr(wavfile, "write", full)
    problem = say(recorder, TONE)
    assert "no space is left on the disk" in problem.lower() and str(Path.cwd()) not in problem
    assert not heard and kept() == []


def test_a_folder_that_may_not_be_written_to_is_said(monkeypatch):
    def closed(path, rate, samples):
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(wavfile, "write", closed)
    assert "may not be opened" in say(Recorder(lambda *told: None, keep=True), TONE)


def test_what_should_not_happen_is_said_too():
    def fail(path, label):
        raise KeyError("a mistake")

    problem = say(Recorder(fail, keep=True), TONE)
    assert "This should not happen: KeyError" in problem and "errors.log" in problem


# In the trainer


def record(view, label, sound=TONE):
    problem = say(view.collection.recorder, sound, label=label)
    view.jobs.wait()
    return problem


def test_a_sound_is_one_more_example_of_its_class(view, session):
    for number, label in enumerate(["yes", "yes", "no", "None_of_these"]):
        assert record(view, label, TONE * (1 - number / 10)) == ""
    assert session.classes == ("no", "none of these", "yes")
    assert "1 recording added to none of these, which has 1 now." in view.collection.says.value
    assert view.collection.recorder.classes == ["no", "none of these", "yes"]
    words = [one["words"] for one in view.collection.cards.shown["classes"]]
    assert words == ["1 recording", "1 recording", "2 recordings"]
    assert repr(session).endswith(": 4 recordings of no, none of these, yes")
    paths = [path for path, (label, _) in session.pictures.items() if label == "yes"]
    assert sessions(paths, "yes") == [], "they are no burst"


def test_sounds_are_not_mixed_with_pictures(view, session, tmp_path):
    session.add(make_pictures(tmp_path / "colors", red=2, blue=2))
    problem = record(view, "yes")
    assert problem.startswith("There are pictures here, and sounds and pictures are not mixed. To record sounds, press")
    assert len(session.pictures) == 4 and kept() == []
    session.start_over()
    assert record(view, "yes") == "" and session.classes == ("yes",)


def test_pictures_that_come_while_a_sound_waits_stay_alone(view, session, tmp_path):
    colors = make_pictures(tmp_path / "colors", red=2, blue=2)
    view.jobs.run(view.collection.says, lambda: session.add(colors), "Reading the pictures…")
    (tmp_path / "sound.wav").write_bytes(b"")
    view.collection.bring_sound(tmp_path / "sound.wav", "yes")
    view.jobs.wait()
    assert "sounds and pictures are not mixed" in view.collection.says.value and len(session.pictures) == 4


def test_a_sound_can_be_tried(view, monkeypatch):
    tried = []
    monkeypatch.setattr(view.trial, "classify", tried.append)
    assert say(view.trial.recorder, TONE) == ""
    assert load_sound(tried[0][0]) == pytest.approx(TONE, abs=1e-4)


# The page: the very text that Jupyter is given, and a pretended microphone; in the kernel's place a model that asks
# this Python

PAGE = f"""<!doctype html><meta charset="utf-8"><style>{STYLE}</style><main style="width: 800px"></main>"""
SHOW = """async ([text, state]) => {
  const { default: widget } = await import(URL.createObjectURL(new Blob([text], { type: "text/javascript" })));
  Object.assign(window, { streams: [], refusal: "", asked: null, heard: null, state });
  const open = navigator.mediaDevices?.getUserMedia.bind(navigator.mediaDevices);
  if (open) navigator.mediaDevices.getUserMedia = async (asked) => {
    if (refusal) throw new DOMException("no", refusal);
    window.asked = asked.audio;
    streams.push(await open(asked));
    return streams.at(-1);
  };
  const on = (kind, one) => kind === "msg:custom" && (window.heard = one), off = () => (window.heard = null);
  const send = async (message, _, [view]) => heard(await python(message, [...new Uint8Array(view.buffer)]));
  const [get, set] = [(name) => state[name], (name, one) => (state[name] = one)];
  const model = { get, set, save_changes() {}, on, off, send };
  window.end = widget.render({ model, el: document.querySelector("main") });
}"""
GIVEN_BACK = "streams.every((one) => one.getTracks().every((track) => track.readyState === 'ended'))"


def show(page, recorder, address):
    """Show a recorder, unfolded, on a page from this address."""

    def python(message, sent):
        answers = []
        recorder.send = answers.append
        recorder.receive(message, [memoryview(bytes(sent))])
        return answers[0]

    page.route(address, lambda route: route.fulfill(body=PAGE, content_type="text/html"))
    page.expose_function("python", python)
    page.goto(address)
    state = {name: getattr(recorder, name) for name in ("asks", "classes", "seconds", "bounds", "rate")}
    page.evaluate(SHOW, [join_modules("widgets/recorder.js"), state])
    page.locator("summary").click()


@pytest.fixture
def blank(browser):
    page = browser.new_page(viewport={"width": 900, "height": 400})
    page.set_default_timeout(180_000)
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    page.close()
    assert not errors


@pytest.fixture
def page(blank, view):
    """The recorder of the trainer's first step, with a class typed."""
    view.collection.recorder.classes = ["no", "yes"]
    show(blank, view.collection.recorder, "http://localhost/")
    blank.get_by_label("Class:").fill("yes")
    return blank


# What the page says at any time, however briefly: on a slow machine, a recording may be over before a test looks.
WATCH = """() => {
  window.seen = "";
  const main = document.querySelector("main");
  const note = () => { window.seen += main.innerText; };
  new MutationObserver(note).observe(main, { subtree: true, childList: true, characterData: true });
}"""
WHEN_IT_RECORDS = """() => {
  const wait = setInterval(() => {
    if (!document.querySelector("main").innerText.includes("Speak now.")) return;
    clearInterval(wait);
    ACTION
  }, 20);
}"""
STOP = """const all = [...document.querySelectorAll("button")];
    setTimeout(() => all.find((one) => one.textContent === "Stop").click(), 1500); // after something to hear"""


def press_record(page, seconds="0.3"):
    page.get_by_label("Seconds:").fill(seconds)
    page.get_by_label("Seconds:").press("Tab")
    page.get_by_role("button", name="Record").click()


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason=NO_BROWSER)
class TestPage:
    def test_a_press_makes_an_example(self, page, view, session):
        page.evaluate(WATCH)
        press_record(page, "3")
        says(page.locator("main"), "s recorded.")
        assert "Stop" in page.evaluate("seen") and "Speak now." in page.evaluate("seen")
        view.jobs.wait()
        assert "1 recording added to yes, which has 1 now." in view.collection.says.value
        ((path, (label, _)),) = session.pictures.items()
        sound = load_sound(path)
        assert label == "yes" and 0.5 < len(sound) / RATE < 6 and abs(sound).max() > 0.05
        assert page.evaluate("streams.length") == 1 and page.evaluate(GIVEN_BACK)
        asked = page.evaluate("asked")
        assert not any(asked[name] for name in ("echoCancellation", "noiseSuppression", "autoGainControl"))
        expect(page.get_by_role("button", name="Record")).to_be_visible()

    def test_it_can_be_stopped_early(self, page, session):
        page.evaluate(WHEN_IT_RECORDS.replace("ACTION", STOP))
        press_record(page, "10")
        says(page.locator("main"), "s recorded.")
        assert page.evaluate(GIVEN_BACK) and len(kept()) == 1
        assert len(load_sound(kept()[0])) < 8 * RATE

    def test_a_class_is_asked_for_first(self, page):
        page.get_by_label("Class:").fill(" ")
        page.get_by_role("button", name="Record").click()
        says(page.locator("main"), "Type the class first")
        expect(page.get_by_label("Class:")).to_be_focused()
        assert page.evaluate("streams.length") == 0
        assert page.locator("option").evaluate_all("all => all.map((one) => one.value)") == ["no", "yes"]

    def test_seconds_stay_within_bounds(self, page):
        for typed, taken in [("99", "10"), ("0.01", "0.3"), ("", "0.3"), ("0.5", "0.5")]:
            page.get_by_label("Seconds:").fill(typed)
            page.get_by_label("Seconds:").press("Tab")
            expect(page.get_by_label("Seconds:")).to_have_value(taken)
            assert page.evaluate("state.seconds") == float(taken)

    @pytest.mark.parametrize(
        "refusal, words",
        [
            ("NotAllowedError", "it is not allowed. Allow it for this page"),
            ("NotFoundError", "finds no microphone. Connect one"),
            ("NotReadableError", "another program may have it"),
            ("AbortError", "gives no microphone (no)"),
        ],
    )
    def test_it_says_why_there_is_no_microphone(self, page, refusal, words):
        page.evaluate("(name) => (window.refusal = name)", refusal)
        press_record(page)
        says(page.locator("main"), words)
        expect(page.get_by_role("button", name="Record")).to_be_visible()

    def test_what_fails_behind_the_recording_gives_the_microphone_back(self, page):
        page.evaluate(
            "() => { OfflineAudioContext.prototype.decodeAudioData = () => Promise.reject(new Error('damaged')); }"
        )
        press_record(page)
        says(page.locator("main"), "The browser recorded nothing")
        page.evaluate(
            "() => { window.MediaRecorder = class { constructor() { throw new Error('no way to record'); } }; }"
        )
        press_record(page)
        says(page.locator("main"), "no way to record")
        assert page.evaluate("streams.length") == 2 and page.evaluate(GIVEN_BACK)

    def test_what_python_says_is_shown(self, page, session, tmp_path):
        session.add(make_pictures(tmp_path / "colors", red=2, blue=2))
        press_record(page)
        says(page.locator("main"), "sounds and pictures are not mixed")

    def test_who_leaves_takes_the_microphone_along(self, page):
        page.evaluate(WHEN_IT_RECORDS.replace("ACTION", "end(); window.left = true;"))
        press_record(page, "10")
        page.wait_for_function("window.left")
        page.wait_for_function(GIVEN_BACK)
        page.wait_for_timeout(500)
        assert kept() == []

    def test_a_page_from_elsewhere_is_given_none(self, blank):
        show(blank, Recorder(lambda *told: None, asks=False), "http://example.org/")
        expect(blank.get_by_label("Class:")).to_be_hidden()
        blank.get_by_role("button", name="Record").click()
        says(blank.locator("main"), "only to pages from this computer (localhost) or over https.")
