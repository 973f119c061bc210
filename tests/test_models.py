import re

import numpy as np
import pytest
from helpers import NO_NETWORK, run_course, run_python

import course_utils as cu
from course_utils import tour


def test_mobilenet_is_the_published_one(real_files, mobilenet, drum):
    assert mobilenet.input_shape == (None, 224, 224, 3) and mobilenet.output_shape == (None, 1000)
    assert mobilenet.count_params() == 475_544
    assert sum(int(np.prod(w.shape)) for w in mobilenet.trainable_weights) == 470_072
    files = cu.find_weights()
    published = np.concatenate(
        [np.frombuffer(path.read_bytes(), "<f4") for name, path in files.items() if name != "model.json"]
    )
    loaded = np.concatenate([variable.numpy().ravel() for variable in mobilenet.weights])
    assert (np.sort(loaded) == np.sort(published)).all(), "every published number, and no other"
    batch = cu.batch_image(cu.resize_image(cu.evaluation_view(cu.load_image(drum))))
    assert mobilenet.predict(batch, verbose=0).argmax() == 541


def test_colors_train_to_all_right(pretrained_model):
    assert pretrained_model.output_shape == (None, 7, 7, 256)
    assert pretrained_model.layers[-1].name == "conv_pw_13_relu"
    training = cu.read_folders(cu.colors_folder() / "training")
    validation = cu.read_folders(cu.colors_folder() / "validation")
    losses = []
    for _ in range(2):
        cu.set_seed(7)
        model = cu.get_model(2)
        history = cu.train(model, cu.load_images(training.paths, pretrained_model), cu.add_labels(training.labels))
        losses.append(history.history["loss"])
        predicted = cu.predict(model, cu.load_images(validation.paths, pretrained_model), training.classes)
        assert predicted == list(validation.labels)
    assert losses[0] == losses[1], "the same seed must give the same losses"


def test_head_and_training_refuse_what_cannot_work():
    with pytest.raises(ValueError, match="at least 2"):
        cu.get_model(1)
    with pytest.raises(ValueError, match="as many of each"):
        cu.train(None, np.zeros((2, 7, 7, 256)), np.zeros((3, 2)))


def test_pictures_need_no_tensorflow():
    code = (
        "import sys, course_utils as cu\n"
        "for path in cu.read_folders(cu.colors_folder()).paths: cu.load_and_process_image(path)\n"
        "assert 'tensorflow' not in sys.modules and 'keras' not in sys.modules"
    )
    run_python("-c", code, check=True)


def test_the_head_is_the_articles():
    head = cu.get_model(3)
    flatten, hidden, last = head.layers
    assert hidden.units == 100 and hidden.activation.__name__ == "relu" and hidden.use_bias
    assert last.units == 3 and last.activation.__name__ == "softmax" and not last.use_bias
    assert float(head.optimizer.learning_rate) == np.float32(1e-4) and head.loss == "categorical_crossentropy"
    features, rows = np.random.default_rng(0).random((6, 7, 7, 256), np.float32), np.eye(3)[[0, 1, 2, 0, 1, 2]]
    history = cu.train(head, features, rows, validation=(features[:2], rows[:2]))
    assert len(history.history["loss"]) == len(history.history["val_accuracy"]) == 20


def test_one_picture_from_file_to_probabilities(pretrained_model):
    head = cu.get_model(2)
    paths = cu.read_folders(cu.colors_folder() / "training").paths
    probabilities = cu.make_prediction(pretrained_model, head, paths[3])
    assert probabilities.shape == (2,) and abs(probabilities.sum() - 1) < 1e-5
    expected = head.predict(cu.load_images(paths, pretrained_model), verbose=0)[3]
    assert np.allclose(probabilities, expected, atol=1e-5)


def test_the_tour_tells_the_story(real_files, capsys):
    tour.run_tour()
    told = capsys.readouterr().out
    assert "Practice set" not in told
    assert '541 "drum, membranophone, tympan"' in told
    assert re.search(r"Colors: trained on 4 pictures; 2 of 2 new ones right \(100%\)", told)
    assert re.search(r"Pexels: trained on \d+ pictures; \d of \d new ones right", told)


def test_the_tour_without_any_source_runs_on_the_practice_set(tmp_path, monkeypatch, capsys):
    for name, value in {**NO_NETWORK, "COURSE_MIRROR": str(tmp_path), "COURSE_CACHE": str(tmp_path / "cache")}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("COURSE_ASSETS", raising=False)
    tour.run_tour()
    told = capsys.readouterr().out
    assert told.count("Practice set in use") == 1 and told.count("Also from the practice set") == 2
    assert "Three ways out" in told and f"{tmp_path}: the file is not there" in told
    assert '541 "drum, membranophone, tympan"' in told
    assert "Colors: trained on 4 pictures; 2 of 2 new ones right (100%)" in told
    right, count = map(int, re.search(r"Stock: trained on \d+ pictures; (\d+) of (\d+) new", told).groups())
    assert right >= 0.9 * count


def test_the_tour_counts_right_answers(monkeypatch, capsys):
    monkeypatch.setattr(tour, "drum_path", lambda: None)
    monkeypatch.setattr(tour, "pexels_folder", cu.stock_folder)
    monkeypatch.setattr(tour, "load_network", lambda: None)
    monkeypatch.setattr(tour, "predict_drum", lambda k: [(541, "drum", 0.25)][:k])
    monkeypatch.setattr(tour, "train_and_judge", lambda folder, network: (27, 4, 5))
    tour.run_tour()
    assert capsys.readouterr().out.splitlines()[1:] == [
        '  541 "drum" 0.25',
        "Colors: trained on 27 pictures; 4 of 5 new ones right (80%)",
        "Stock: trained on 27 pictures; 4 of 5 new ones right (80%)",
    ]


def test_the_tour_that_insists_on_the_real_files(tmp_path):
    done = run_course(
        "tour", COURSE_MIRROR=str(tmp_path), COURSE_CACHE=str(tmp_path / "cache"), **NO_NETWORK, COURSE_ASSETS="real"
    )
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert "Three ways out" in done.stderr and "no connection to raw.githubusercontent.com" in done.stderr
