"""Fine-tuning: the network learns, a copy of it; what it teaches about mirrors; in the trainer; and without Keras."""

import json

import numpy as np
import pytest
from helpers import make_pictures, run_python
from PIL import Image

import course_utils as cu
from course_utils.learning import finetuning
from course_utils.network import engines
from course_utils.trainer import training
from course_utils.trainer.progress import Stopped
from course_utils.trainer.view import TrainerView

pytestmark = [
    pytest.mark.usefixtures("untraced"),  # commands and notebook 09 trace it, as learners do
    pytest.mark.filterwarnings("ignore:Even though"),
]
WITHOUT_KERAS = """
import sys
sys.modules["tensorflow"] = sys.modules["keras"] = None
sys.argv = ["course_utils", *sys.argv[1:]]
from course_utils.commands import main
main()
"""


@pytest.fixture(scope="module")
def pets(tmp_path_factory):
    return make_pictures(tmp_path_factory.mktemp("made") / "pets", red=6, blue=6)


@pytest.fixture(scope="module")
def known(pets):
    pictures = cu.read_folders(pets)
    return pictures.paths, cu.add_labels(pictures.labels, pictures.classes)


@pytest.fixture(scope="module")
def before(pretrained_model):
    """The weights that the network has before anything learns."""
    return [weights.copy() for weights in pretrained_model.get_weights()]


@pytest.fixture(scope="module")
def tuned(pretrained_model, known, before):
    return cu.fine_tune(pretrained_model, *known, epochs=2, learning_rate=1e-3)


def changed_from(network, other):
    """The layers whose weights differ."""
    pairs = zip(network.layers, other.layers, strict=True)
    return {one.name for one, two in pairs if not same(one.get_weights(), two.get_weights())}


def same(some, others):
    return all(np.array_equal(one, other) for one, other in zip(some, others, strict=True))


# what learns, and what stays ------------------------------------------------------------------------------------------


def test_a_copy_learns_and_the_given_network_stays(pretrained_model, before, tuned):
    assert same(before, pretrained_model.get_weights())
    assert set(tuned.history) == {"loss", "accuracy"} and len(tuned.history["loss"]) == 2
    convolutions = {"conv1"} | {f"conv_{kind}_{block}" for kind in ("dw", "pw") for block in range(1, 14)}
    assert changed_from(tuned.network, pretrained_model) == convolutions, "and no batch normalization"


def test_only_the_last_blocks_learn(pretrained_model, known):
    tuned = cu.fine_tune(pretrained_model, *known, epochs=1, learning_rate=1e-3, layers=2)
    assert changed_from(tuned.network, pretrained_model) == {"conv_dw_12", "conv_pw_12", "conv_dw_13", "conv_pw_13"}


def test_the_same_seed_gives_the_same_whether_pictures_are_kept_or_read_anew(
    pretrained_model, known, tuned, monkeypatch
):
    monkeypatch.setattr(finetuning, "MOST_KEPT", 5)
    again = cu.fine_tune(pretrained_model, *known, epochs=2, learning_rate=1e-3)
    assert same(again.network.get_weights(), tuned.network.get_weights())
    assert same(again.head, tuned.head) and again.history == tuned.history


@pytest.mark.parametrize("engine", ["LiteRT", "NumPy"])
def test_saved_and_loaded_it_says_what_keras_says(tuned, pretrained_model, known, tmp_path, monkeypatch, engine):
    keras = cu.import_keras()
    path = cu.save_classifier(tmp_path / "x.zip", tuned.network, tuned.head, ["blue", "red"])
    monkeypatch.setattr(engines, "has_litert", lambda: engine == "LiteRT")
    classifier = cu.load_classifier(path)
    last = keras.layers.Dense(2, activation="softmax")
    ask = keras.Sequential([tuned.network, keras.layers.GlobalAveragePooling2D(), last])
    ask.build((None, 224, 224, 3))
    last.set_weights(list(tuned.head))
    before = tuned.head.predict(cu.load_images(known[0], pretrained_model))
    for number, picture in enumerate(known[0][::4]):
        expected = ask.predict_on_batch(cu.load_and_process_image(picture))[0]
        got = classifier.predict(picture)
        assert np.allclose([got["blue"], got["red"]], expected, atol=1e-3)
        assert not np.allclose(before[4 * number], expected, atol=1e-3), "it is the new network that was saved"


# left and right -------------------------------------------------------------------------------------------------------


def test_mirror_images_make_left_and_right_the_same(pretrained_model, tmp_path):
    rng = np.random.default_rng(0)
    paths, rows = [], []
    for number in range(8):
        for side in (0, 1):
            picture = rng.integers(0, 60, (64, 64, 3), np.uint8)
            picture[:, 32 * side : 32 * (side + 1)] += 180  # bright on the left, or on the right
            paths.append(tmp_path / f"{number}-{side}.png")
            Image.fromarray(picture).save(paths[-1])
            rows.append(np.eye(2)[side])
    plain, mirrored = (
        cu.fine_tune(pretrained_model, paths, np.array(rows), epochs=2, layers=1, mirror=mirror)
        for mirror in (False, True)
    )
    assert max(plain.history["loss"]) < 0.6
    assert min(mirrored.history["loss"]) > 0.65, "who can't tell left from right has ln 2 = 0.69"


# stopping, and errors -------------------------------------------------------------------------------------------------


def test_stopped_it_is_that_of_the_best_epoch(pretrained_model, known):
    wrong = known[0], 1 - known[1]  # the more it learns, the worse it does here
    seen = []

    def after_epoch(history):
        seen.append(len(history["val_loss"]))
        return len(seen) == 3

    tuned = cu.fine_tune(
        pretrained_model, *known, 9, learning_rate=0.01, layers=1, validation=wrong, after_epoch=after_epoch
    )
    assert seen == [1, 2, 3] and len(tuned.history["val_loss"]) == 3
    said = tuned.head.predict(cu.load_images(known[0], tuned.network))
    loss = -np.log(np.maximum((said * wrong[1]).sum(axis=1), 1e-30)).mean()
    assert loss == pytest.approx(min(tuned.history["val_loss"]), abs=0.01)
    assert max(tuned.history["val_loss"]) > loss + 0.1, "the epochs differ"


def test_what_can_not_be_learned_from(pretrained_model, mobilenet, known, tmp_path):
    paths, rows = known
    for words, wrong in {
        "11 paths and 12 label rows": (pretrained_model, paths[:11], rows),
        r"shape \(12, 1\); expected \(n, classes\), with at least 2": (pretrained_model, paths, rows[:, :1]),
        "0 paths": (pretrained_model, [], rows[:0]),
        "another network; expected the cut MobileNet, from build_pretrained_model": (mobilenet, paths, rows),
        "got Network, another network": (cu.load_network(), paths, rows),
    }.items():
        with pytest.raises(ValueError, match=words):
            cu.fine_tune(*wrong)
    for words, settings in {
        "0 epochs": {"epochs": 0},
        "learning rate -1": {"learning_rate": -1},
        "layers=0; expected 'all', or how many of the last 13": {"layers": 0},
        "3 validation paths and 12 label rows": {"validation": (paths[:3], rows)},
    }.items():
        with pytest.raises(ValueError, match=words):
            cu.fine_tune(pretrained_model, paths, rows, **settings)
    (tmp_path / "bad.png").write_text("no picture")
    with pytest.raises(cu.UnreadableImageError, match=r"bad\.png"):
        cu.fine_tune(pretrained_model, [*paths[:11], tmp_path / "bad.png"], rows)


# in the trainer -------------------------------------------------------------------------------------------------------


@pytest.fixture
def trainer(pets):
    trainer = cu.Trainer()
    trainer.add(pets)
    yield trainer
    trainer.close()


def test_from_folder_to_file_and_its_code(tmp_path):
    trainer, pets = cu.Trainer(), make_pictures(tmp_path / "pets", red=6, blue=6)
    (pets / "red" / "bad.png").write_text("no picture")
    trainer.add(pets)
    seen = []
    results = trainer.train(
        head="fine-tuned", epochs=2, learning_rate=5e-5, mirror=True, progress=lambda *news: seen.append(news)
    )
    assert results.head == "fine-tuned" and results.right == 2 and dict(results.others) == {"linear": 2}
    assert [news[1:3] for news in seen if news[0] == "epochs"] == [(1, 2), (2, 2)]
    assert set(results.history) == {"loss", "accuracy", "val_loss", "val_accuracy"}
    picture = results.validation.paths[0]
    got = cu.load_classifier(trainer.save(tmp_path / "kept.zip")).predict(picture)
    assert got == trainer.predict(picture)
    assert [got[name] for name in results.classes] == pytest.approx(results.probabilities[0].tolist(), abs=1e-4)

    exec(compile(trainer.code(tmp_path / "by-code.zip"), "program", "exec"), {})
    assert cu.load_classifier(tmp_path / "by-code.zip").predict(picture) == pytest.approx(got, abs=1e-5)


def test_stop_keeps_what_is_there(trainer):
    def stop_soon(phase, done, total, history):
        if phase == "epochs":
            trainer.stop()

    results = trainer.train(head="fine-tuned", epochs=9, progress=stop_soon)
    assert results.stopped and len(results.history["loss"]) == 1 and trainer.results is results

    def stop_at_once(*news):
        trainer.stop()

    with pytest.raises(Stopped):
        trainer.train(head="fine-tuned", epochs=5, progress=stop_at_once)
    assert trainer.results is results


def test_settings_that_make_no_sense(trainer):
    with pytest.raises(ValueError, match="fine-tuning has no units"):
        trainer.train(head="fine-tuned", units=5)
    with pytest.raises(ValueError, match="only fine-tuning learns from mirror images"):
        trainer.train(head="article", mirror=True)


def test_the_widget_offers_it_where_keras_is(trainer, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    view = TrainerView(trainer)
    words = next(words for words in view.training.head.options if "fine-tuning" in words)
    view.training.head.value = words
    assert view.training.article.layout.display == "flex" and view.training.units.layout.display == "none"
    view.training.epochs.text.value = "1"
    view.training.train()
    view.jobs.wait()
    assert "Done, after" in view.training.says.value and "1 of 1 epochs" in view.training.meter.says.value
    assert "the linear head has <strong>2 of 2</strong> right" in view.judgement.says.value
    view.keeping.save()
    view.jobs.wait()
    assert "fine_tune(" in view.keeping.program.value
    view.close()
    monkeypatch.setattr(training, "has_keras", lambda: False)
    view = TrainerView(trainer)
    assert not any("fine-tuning" in words for words in view.training.head.options)
    view.close()


def test_in_a_terminal_with_keras_and_without(pets, tmp_path):
    words = ["train", pets, "--head", "fine-tuned", "--epochs", "1"]
    done = run_python("-m", "course_utils", *words, "--json", "--save", tmp_path / "x.zip")
    told = json.loads(done.stdout)
    assert done.returncode == 0 and told["head"] == "fine-tuned" and set(told["others"]) == {"linear"}
    picture = pets / "red" / "red-0.png"
    asked = run_python("-c", WITHOUT_KERAS, "classify", tmp_path / "x.zip", picture)
    said = ", ".join(
        f"{name} {share:.2f}" for name, share in cu.load_classifier(tmp_path / "x.zip").predict(picture).items()
    )
    assert asked.returncode == 0 and asked.stdout == f"{picture}: {said}\n"
    done = run_python("-c", WITHOUT_KERAS, *words)
    assert (
        done.returncode == 1
        and "this needs TensorFlow, which the small edition of the course leaves out" in done.stderr
    )
    assert "Traceback" not in done.stderr
