"""None of these in the trainer: the check mark, Try, the webcam's answers, judging, and a class of its own."""

import json

import pytest
from helpers import make_noise, make_pictures, saved
from test_known import wall

import course_utils as cu
from course_utils.learning.known import NONE_OF_THESE
from course_utils.trainer.account import as_json, as_text
from course_utils.trainer.live import LIKE_NONE, verdict
from course_utils.trainer.session import Session
from course_utils.trainer.view import TrainerView


@pytest.fixture
def view():
    view = TrainerView(Session())
    yield view
    view.close()


@pytest.fixture(scope="module")
def taught():
    session = Session()
    session.add(cu.stock_folder())
    session.train()
    return session


@pytest.fixture
def shown(taught):
    view = TrainerView(taught)
    yield view
    view.close()


ARTICLE_HEAD = "as in the article"


def choose(view, words):
    view.training.head.value = next(name for name in view.training.heads if name.startswith(words))


def test_the_check_mark_follows_the_head_until_it_is_touched(view):
    known = view.training.known
    assert known.value
    choose(view, ARTICLE_HEAD)
    assert not known.value, "the article's answer is left as it is"
    choose(view, "linear")
    assert known.value
    known.value = False
    choose(view, ARTICLE_HEAD)
    choose(view, "linear")
    assert not known.value, "what a person chose stays"


@pytest.mark.parametrize("wanted", [True, False])
def test_training_is_told_of_the_check_mark(view, tmp_path, wanted):
    view.session.add(make_pictures(tmp_path / "pets", red=6, blue=6))
    view.training.known.value = wanted
    view.training.train()
    view.jobs.wait()
    assert (view.session.classifier.known is not None) == wanted


def test_try_says_none_of_these_and_shows_the_nearest(shown, tmp_path):
    wall(0).save(tmp_path / "wall.png")
    shown.trial.classify([tmp_path / "wall.png", shown.session.training.paths[0]])
    shown.jobs.wait()
    said = shown.trial.says.value
    assert said.count("unlike anything it learned") == 1 and said.count("<details open>") == 1
    assert said.count("<details>") == 1, "of what is known, they are folded"
    assert said.count("<figure") == 6 and said.count('class="trial-quiet"') == 1
    assert said.index("unlike anything it learned") < said.index("<details>")


def test_the_webcam_is_told_and_sends_each_thumbnail_when_asked(shown, monkeypatch):
    sent = []
    live = shown.trial.live
    monkeypatch.setattr(live, "send", lambda message, buffers=(): sent.append((message, list(buffers))))
    live.receive({"kind": "frame", "number": 1}, [saved(wall(0), "jpeg")])
    live.receive({"kind": "frame", "number": 2}, [shown.session.training.paths[0].read_bytes()])
    (other, none), (good, _) = sent
    assert (other["unlike"], good["unlike"]) == (True, False) and not none, "answers carry no pictures"
    assert all(len(one["nearest"]) == 3 for one in (other, good))
    assert good["nearest"][0]["name"] == shown.session.training.paths[0].name
    ids = [one["id"] for one in good["nearest"]]
    live.receive({"kind": "pictures", "ids": ids}, [])
    message, files = sent[-1]
    assert message == {"kind": "pictures", "ids": ids} and all(file[:2] == b"\xff\xd8" for file in files)
    live.receive({"kind": "frame", "number": 3}, [shown.session.training.paths[0].read_bytes()])
    assert [one["id"] for one in sent[-1][0]["nearest"]] == ids, "a picture keeps its number"


def test_judging_says_how_many_would_be_refused(taught, shown):
    assert "would be called" in shown.judgement.says.value
    results = taught.results._replace(known=(False, False, *[True] * (len(taught.results.validation.paths) - 2)))
    lost = list(results.validation.paths[:2])
    assert results.refused == lost
    said, told = as_text(results, results.report, None), json.loads(as_json(results, results.report, None))
    assert f"2 of {len(results.known)} would be called 'none of these'" in said and lost[0].name in said
    assert told["none_of_these"] == list(map(str, lost))
    nobody = results._replace(known=())
    assert "would be called" not in as_text(nobody, results.report, None)
    assert json.loads(as_json(nobody, results.report, None))["none_of_these"] is None


def test_too_few_pictures_are_said(view, tmp_path):
    view.session.add(make_pictures(tmp_path / "pets", red=1, blue=1))
    view.training.train()
    view.jobs.wait()
    assert "too few pictures to tell what is none of these" in view.judgement.says.value


@pytest.mark.parametrize(
    "name", ["none of these", "None of these", "none_of_these", "NONE-OF-THESE", "none  of these "]
)
def test_a_folder_or_a_label_may_be_spelled_in_several_ways(tmp_path, name):
    session = Session()
    make_noise(tmp_path / "noise", 2)
    session.add(tmp_path / "noise", label=name)
    assert session.classes == (NONE_OF_THESE,)
    session.drop(session.training.paths[0])
    folder = make_pictures(tmp_path / "pets", red=2, blue=2)
    make_noise(folder / name.strip(), 2)
    other = Session()
    other.add(folder)
    assert other.classes == ("blue", NONE_OF_THESE, "red")
    other.rename("red", name)
    other.move(other.training.paths[0], name)
    assert other.classes == ("blue", NONE_OF_THESE)


def test_a_class_like_none_of_these_keeps_its_name(tmp_path):
    session = Session()
    session.add(make_pictures(tmp_path / "pets", red=1) / "red", label="some of these")
    assert session.classes == ("some of these",)


def test_pictures_of_no_class_are_answered_like_a_refusal(tmp_path):
    folder = make_pictures(tmp_path / "pets", red=6, blue=6)
    make_noise(tmp_path / "others", 6)
    session = Session()
    session.add(folder)
    session.add(tmp_path / "others", label="None_of_these")
    session.train()
    assert NONE_OF_THESE not in session.classifier.known.labels
    assert verdict(session.predict(tmp_path / "others" / "000.png")) == LIKE_NONE, "it is like some that it learned"
    assert verdict(session.predict(folder / "red" / "red-0.png")) == ""
    answer = session.predict(tmp_path / "others" / "000.png")
    assert answer.answer == NONE_OF_THESE and next(iter(answer)) == NONE_OF_THESE
    assert not set(session.results.refused) & set((tmp_path / "others").iterdir())
