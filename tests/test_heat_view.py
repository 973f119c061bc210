"""Where a classifier looks, as it is shown: by a session, beside mistakes, in Try; and that it finds a planted mark."""

import base64
import io
import re

import numpy as np
import pytest
from helpers import make_pictures, saved, scene
from PIL import Image, ImageDraw

import course_utils as cu
from course_utils.plots import AGAINST, FOR, heat_over
from course_utils.trainer.mistakes import SEEN
from course_utils.trainer.session import Session
from course_utils.trainer.view import TrainerView

HEADS = ["linear", "article", "fine-tuned"]
CAUTION = "covering an orange place may change nothing"


@pytest.fixture(scope="module")
def by_lot(tmp_path_factory):
    """Pictures whose classes are drawn by lot: nothing can be learned of them, so there are mistakes."""
    folder, rng = tmp_path_factory.mktemp("lot"), np.random.default_rng(4)
    for part, count in (("train", 16), ("val", 24), ("test", 12)):
        for number, label in enumerate(rng.permutation(["cat", "dog"] * (count // 2))):
            (folder / part / label).mkdir(parents=True, exist_ok=True)
            scene(rng).save(folder / part / label / f"{part}-{number}.png")
    return folder


@pytest.fixture(scope="module", params=HEADS)
def session(request, by_lot):
    """A session with each kind of head."""
    if request.param == "fine-tuned":
        pytest.importorskip("keras")
        request.getfixturevalue("untraced")
    session = Session()
    session.add(by_lot)
    session.train(head=request.param, epochs=None if request.param == "linear" else 1, groups=False, known=True)
    return session


def pictures_in(html):
    """The alt text of each embedded picture, and the picture."""
    found = re.findall(r'<img alt="([^"]*)"[^>]* src="data:image/jpeg;base64,([^"]*)"', html)
    return [(alt, Image.open(io.BytesIO(base64.b64decode(data)))) for alt, data in found]


def heats_in(html):
    return [(alt, picture) for alt, picture in pictures_in(html) if alt.startswith("Heat of ")]


# a session -----------------------------------------------------------------------------------------------------------


def test_a_session_tells_where_it_looks(session, tmp_path):
    path = session.validation.paths[0]
    heat, answer = session.heat(path), session.predict(path)
    assert heat.label == next(iter(answer)) and heat.probability == pytest.approx(answer[heat.label], abs=1e-5)
    other = next(name for name in session.classes if name != heat.label)
    assert session.heat(path, other).values == pytest.approx(-heat.values, abs=1e-6), "of two classes"
    with pytest.raises(ValueError, match="got the class 'bird'; expected one of cat, dog"):
        session.heat(path, "bird")
    session.save(tmp_path / "a.zip")
    loaded = Session()
    with pytest.raises(ValueError, match="no classifier yet"):
        loaded.heat(path)
    loaded.load(tmp_path / "a.zip")
    assert loaded.heat(path).values == pytest.approx(heat.values, abs=1e-5) and loaded.heat(path).note == heat.note


def test_it_says_what_the_map_is_as_the_head_is(session):
    note = session.heat(session.validation.paths[0], "dog").note
    assert note.startswith("Orange places spoke for dog, blue ones against it, ") and note.endswith(CAUTION + ".")
    assert ("9 x 9 of the whole" in note) == (session.results.head == "linear")
    assert ("as the head adds them up" in note) == (session.results.head != "article")
    assert "7 x 7 places of the middle square" in note
    assert session.classifier.heat_note("dog") == note


def odd(name):
    """Pictures as phones, scanners and accidents make them, all of the same rough scene."""
    picture = scene(np.random.default_rng(9), (400, 300))
    turned = Image.Exif()
    turned[0x0112] = 6
    gray16 = Image.fromarray(np.asarray(picture.convert("L"), np.uint16) * 257)
    return {
        "flat.png": lambda: saved(picture.resize((1000, 1)), "PNG"),
        "thin.png": lambda: saved(picture.resize((1, 1000)), "PNG"),
        "dot.png": lambda: saved(picture.resize((1, 1)), "PNG"),
        "few.png": lambda: saved(picture.resize((5, 4)), "PNG"),
        "huge.jpg": lambda: saved(picture.resize((4000, 3000)), "JPEG"),
        "turned.jpg": lambda: saved(picture, "JPEG", exif=turned),
        "gray.jpg": lambda: saved(picture.convert("L"), "JPEG"),
        "gray16.png": lambda: saved(gray16, "PNG"),
        "clear.png": lambda: saved(picture.convert("RGBA").rotate(20), "PNG"),
        "print.jpg": lambda: saved(picture.convert("CMYK"), "JPEG"),
    }[name]()


ODD = "flat.png thin.png dot.png few.png huge.jpg turned.jpg gray.jpg gray16.png clear.png print.jpg".split()


@pytest.mark.parametrize("name", ODD)
def test_of_an_odd_picture_no_heat_is_lost(tmp_path, name):
    """Of two classes, the sums differ by the logarithm of how many times more probable one is, but for the bias."""
    rng = np.random.default_rng(3)
    head = cu.fit_linear_head(np.eye(6, 1280) + rng.normal(0, 0.1, (6, 1280)), np.eye(2)[[0, 1] * 3])
    classifier = cu.make_classifier(cu.load_network(), head, ["a", "b"])
    path = tmp_path / name
    path.write_bytes(odd(name))
    answer, heat = classifier.predict(path), classifier.heat(path, "a")
    height, width = cu.load_image(path).shape[:2]
    assert heat.image.shape == (*heat.values.shape, 3) and max(heat.values.shape) <= 288
    scale = min(1, 288 / max(height, width))
    assert np.abs(heat.values.shape - np.maximum(1, scale * np.array([height, width]))).max() <= 1
    told = 2 * heat.values.sum() + float(head.bias[0] - head.bias[1])
    assert told == pytest.approx(np.log(answer["a"] / answer["b"]), abs=2e-3)


def test_the_words_say_where_the_heat_is():
    values = np.zeros((60, 90))
    assert cu.learning.heat.Heat(None, values, "cat", 1).alt.endswith("nothing speaks for or against it.")
    values[:10, 70:] = 3.0
    values[25:35, 40:50] = -1.0
    values[50:, 40:50] = -0.25
    told = cu.learning.heat.Heat(None, values, "cat", 1).alt
    assert told == (
        "Heat of cat over the picture in gray: 100% of what speaks for it lies at the top right, "
        "80% of what speaks against it lies in the middle."
    )


# the colors ----------------------------------------------------------------------------------------------------------

# What is left of colors without one kind of cones (Machado, Oliveira and Fernandes 2009, severity 1).
BLIND = {
    "red": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "green": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "blue": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}


@pytest.mark.parametrize("kind", BLIND)
@pytest.mark.parametrize("level", [20, 128, 235])
def test_for_and_against_are_told_apart_by_color_blind_eyes(kind, level):
    image, heat = np.full((1, 3, 3), level, np.uint8), np.array([[1.0, -1.0, 0.0]])
    light = np.where((c := heat_over(image, heat)[0] / 255) <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)
    seen = np.clip(light @ np.array(BLIND[kind]).T, 0, 1) ** (1 / 2.4)
    apart = np.abs(seen[:, np.newaxis] - seen).max(axis=-1)
    assert min(apart[0, 1], apart[0, 2], apart[1, 2]) > 0.15


def test_orange_speaks_for_and_blue_against_and_more_heat_covers_more():
    image = np.full((2, 4, 3), (90, 120, 60), np.uint8)
    heat = np.array([[2.0, 1.0, 0.0, -2.0]])
    (strong, weak, none, against), below = heat_over(image, heat).astype(int)
    assert (below[0] == strong).all(), "it is stretched over the picture"
    assert len(set(none)) == 1, "where there is no heat, it is gray"
    away = [np.abs(color - FOR).sum() for color in (strong, weak, none)]
    assert away == sorted(away) and np.abs(against - AGAINST).sum() < np.abs(none - AGAINST).sum()
    assert (heat_over(image, heat, most=4.0)[0, 0] == weak).all()


# the trainer ---------------------------------------------------------------------------------------------------------


def test_try_has_a_fold_with_heat_for_each_picture(view, tmp_path):
    paths = []
    for name in ("flat.png", "huge.jpg", "turned.jpg"):
        (tmp_path / name).write_bytes(odd(name))
        paths.append(tmp_path / name)
    (tmp_path / "bad.png").write_bytes(b"no picture")
    view.trial.classify([*paths, tmp_path / "bad.png"])
    view.jobs.wait()
    html = view.trial.says.value
    assert html.count("<summary>Where does it look?</summary>") == html.count(CAUTION) == 3
    assert html.count('role="alert"') == 1 and len(heats_in(html)) == 3
    for (alt, picture), path in zip(heats_in(html), paths, strict=True):
        heat = view.session.heat(path)
        assert alt == heat.alt and picture.size == heat.image.shape[1::-1] and max(picture.size) <= 288
    assert all(alt for alt, _ in pictures_in(html))
    assert max(map(len, re.findall(r'alt="Heat of .*?base64,([^"]*)"', html))) < 45_000


def test_beside_mistakes_it_is_shown_on_demand(view):
    mistakes = view.judgement.mistakes
    wrong = view.session.results.mistakes
    assert 0 < len(wrong) and mistakes.layout.display == "flex" and not mistakes.look.value
    assert [alt for alt, _ in pictures_in(mistakes.list.value)] == [one.path.name for one in wrong]
    mistakes.look.value = True
    view.jobs.wait()
    html = mistakes.list.value
    told = [view.session.heat(one.path, one.predicted).alt for one in wrong[:SEEN]]
    assert [alt for alt, _ in heats_in(html)] == told and mistakes.says.value == ""
    assert html.count(CAUTION) == 1 and "spoke for the most probable class" in html
    near = [path.name for one in wrong[:SEEN] for path in view.session.nearest(view.session.predict(one.path))]
    shown = re.findall(r"<figcaption><b>\w+</b><br>([^<]*)</figcaption>", html)
    assert shown == near and len(near) == 3 * len(wrong[:SEEN])
    mistakes.look.value = False
    assert not heats_in(mistakes.list.value) and CAUTION not in mistakes.list.value


def test_of_many_mistakes_the_first_have_heat(view, monkeypatch):
    monkeypatch.setattr("course_utils.trainer.mistakes.SEEN", 2)
    mistakes = view.judgement.mistakes
    count = len(view.session.results.mistakes)
    assert count > 2
    mistakes.look.value = True
    view.jobs.wait()
    assert len(heats_in(mistakes.list.value)) == 2
    assert f"It is shown for the first 2 of {count} mistakes." in mistakes.list.value


@pytest.fixture
def own(by_lot):
    """A view of a session that a test may change."""
    session = Session()
    session.add(by_lot)
    session.train(groups=False)
    view = TrainerView(session)
    yield view
    view.close()


def test_a_new_training_takes_the_check_mark_away(own):
    mistakes = own.judgement.mistakes
    mistakes.look.value = True
    own.training.seed.text.value = "8"
    own.training.train()
    own.jobs.wait()
    assert not mistakes.look.value and not heats_in(mistakes.list.value) and mistakes.says.value == ""


def test_a_check_mark_that_is_taken_away_while_it_waits_counts(own):
    mistakes = own.judgement.mistakes
    own.training.train()  # so that there is something to wait for
    mistakes.look.value = True
    mistakes.look.value = False
    own.jobs.wait()
    assert not heats_in(mistakes.list.value) and mistakes.says.value == ""


def test_a_classifier_from_a_file_does_not_speak_for_the_mistakes_of_another(own, tmp_path):
    own.session.save(tmp_path / "a.zip")
    own.session.load(tmp_path / "a.zip")
    own.judgement.mistakes.look.value = True
    own.jobs.wait()
    said = own.judgement.mistakes.says.value
    assert 'role="alert"' in said and "one from a file; train again" in said
    own.trial.classify([own.session.results.validation.paths[0]])
    own.jobs.wait()
    assert len(heats_in(own.trial.says.value)) == 1


def test_a_mistake_whose_file_has_gone_is_said(tmp_path, by_lot):
    session = Session()
    session.add(by_lot)
    results = session.train(groups=False)
    gone = tmp_path / "gone.png"
    wrong = results.mistakes[0]
    view = TrainerView(session)
    view.judgement.mistakes.show([wrong._replace(path=gone), wrong])
    view.judgement.mistakes.look.value = True
    view.jobs.wait()
    assert len(heats_in(view.judgement.mistakes.list.value)) == 1
    assert "read the picture" in view.judgement.mistakes.list.value and view.judgement.mistakes.says.value == ""
    view.close()


def test_the_mistakes_among_the_test_pictures_have_it_too(own):
    mistakes = own.judgement.test_mistakes
    assert mistakes.layout.display == "none"
    own.judgement.judge_test()
    own.jobs.wait()
    assert mistakes.layout.display == "flex"
    mistakes.look.value = True
    own.jobs.wait()
    heats = heats_in(mistakes.list.value)
    assert 0 < len(heats) <= 12 and not heats_in(own.judgement.mistakes.list.value)


def test_without_mistakes_nothing_is_offered(tmp_path):
    session = Session()
    session.add(make_pictures(tmp_path / "pets", red=6, blue=6))
    session.train()
    view = TrainerView(session)
    assert view.judgement.mistakes.layout.display == "none" and "No mistakes" in view.judgement.says.value
    view.close()


# a planted mark ------------------------------------------------------------------------------------------------------

CORNER = np.s_[:64, :64]  # where the sticker is, as far as the network tells places apart: 8 % of the picture


def boards(rng, count):
    """Pictures of 224 x 224, cut from those of wood."""
    woods = sorted(cu.stock_folder().rglob("wood/*.jpg"))
    for _ in range(count):
        with Image.open(woods[rng.integers(len(woods))]) as wood:
            side = int(rng.uniform(0.5, 1) * min(wood.size))
            left, top = (int(rng.integers(more - side + 1)) for more in wood.size)
            yield wood.convert("RGB").crop((left, top, left + side, top + side)).resize((224, 224))


def with_sticker(board):
    """With a ring of 32 pixels in the top left corner."""
    board = board.copy()
    ImageDraw.Draw(board).ellipse((4, 4, 35, 35), fill=(250, 250, 250), outline=(200, 30, 30), width=6)
    return board


@pytest.mark.parametrize("seed", [20, 21, 22])
def test_heat_finds_a_sticker_that_tells_the_classes_apart(tmp_path, seed):
    """Of six other seeds, 0.62 to 0.79 of the heat was there (practice weights: 0.57 to 0.74), without sticker at most
    0.24."""
    rng, network, classes = np.random.default_rng(seed), cu.load_network(), ["good", "faulty"]
    labels = rng.permutation(["good", "faulty"] * 20)
    paths = [tmp_path / f"{number}.png" for number in range(40)]
    for path, board, label in zip(paths, boards(rng, 40), labels, strict=True):
        (with_sticker(board) if label == "faulty" else board).save(path)
    numbers = cu.extract_features(paths, network, looks=2, use_cache=False)
    head = cu.fit_linear_head(numbers, cu.add_labels(list(labels), classes))
    classifier = cu.make_classifier(network, head, classes)

    def share(board):
        heat = classifier.heat(board, "faulty")
        assert heat.values.shape == (224, 224)
        return cu.share_of_heat(heat.values, CORNER)

    new = list(boards(rng, 8))
    on, off = (np.mean([share(board) for board in some]) for some in (map(with_sticker, new), new))
    assert on > 0.45 and off < 0.35 and on > off + 0.2
    assert "for it lies at the top left" in classifier.heat(with_sticker(new[0]), "faulty").alt
