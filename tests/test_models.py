import os
import re
import subprocess
import sys

import numpy as np
import pytest

import course_utils as cu

NO_NETWORK = dict.fromkeys(["http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"], "http://127.0.0.1:9")


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


def test_colors_train_to_all_right(mobilenet):
    cu.set_seed(7)
    pretrained = cu.build_pretrained_model()
    assert pretrained.output_shape == (None, 7, 7, 256) and pretrained.layers[-1].name == "conv_pw_13_relu"
    training = cu.read_folders(cu.colors_folder() / "training")
    validation = cu.read_folders(cu.colors_folder() / "validation")
    losses = []
    for _ in range(2):
        cu.set_seed(7)
        model = cu.get_model(2)
        history = cu.train(model, cu.load_images(training.paths, pretrained), cu.add_labels(training.labels))
        losses.append(history.history["loss"])
        predicted = cu.predict(model, cu.load_images(validation.paths, pretrained), training.classes)
        assert predicted == list(validation.labels)
    assert losses[0] == losses[1], "the same seed must give the same losses"


def test_head_and_training_refuse_what_cannot_work():
    with pytest.raises(ValueError, match="at least 2"):
        cu.get_model(1)
    with pytest.raises(ValueError, match="as many of each"):
        cu.train(None, np.zeros((2, 7, 7, 256)), np.zeros((3, 2)))


def in_a_new_process(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)


def test_pictures_need_no_tensorflow():
    code = (
        "import sys, course_utils as cu\n"
        "for path in cu.read_folders(cu.colors_folder()).paths: cu.load_and_process_image(path)\n"
        "assert 'tensorflow' not in sys.modules and 'keras' not in sys.modules"
    )
    in_a_new_process(code)


def test_starting_tensorflow_prints_nothing():
    done = in_a_new_process(
        "import numpy as np, course_utils as cu; cu.set_seed(1)\n"
        "cu.get_model(2).predict(np.zeros((1, 7, 7, 256)), verbose=0)"
    )
    assert (done.stdout, done.stderr) == ("", "")


def test_the_head_is_the_articles():
    head = cu.get_model(3)
    flatten, hidden, last = head.layers
    assert hidden.units == 100 and hidden.activation.__name__ == "relu" and hidden.use_bias
    assert last.units == 3 and last.activation.__name__ == "softmax" and not last.use_bias
    assert float(head.optimizer.learning_rate) == np.float32(1e-4) and head.loss == "categorical_crossentropy"
    features, rows = np.random.default_rng(0).random((6, 7, 7, 256), np.float32), np.eye(3)[[0, 1, 2, 0, 1, 2]]
    history = cu.train(head, features, rows, validation=(features[:2], rows[:2]))
    assert len(history.history["loss"]) == len(history.history["val_accuracy"]) == 20


def test_one_picture_from_file_to_probabilities(mobilenet):
    pretrained, head = cu.build_pretrained_model(), cu.get_model(2)
    paths = cu.read_folders(cu.colors_folder() / "training").paths
    probabilities = cu.make_prediction(pretrained, head, paths[3])
    assert probabilities.shape == (2,) and abs(probabilities.sum() - 1) < 1e-5
    expected = head.predict(cu.load_images(paths, pretrained), verbose=0)[3]
    assert np.allclose(probabilities, expected, atol=1e-5)


def run_tour(**variables):
    environment = {**os.environ, **variables}
    return subprocess.run(
        [sys.executable, "-m", "course_utils", "tour"], capture_output=True, text=True, env=environment
    )


def test_the_tour_tells_the_story(real_files):
    done = run_tour()
    assert done.returncode == 0, done.stderr
    assert "Practice set" not in done.stdout
    assert '541 "drum, membranophone, tympan"' in done.stdout
    assert re.search(r"Colors: trained on 4 pictures; 2 of 2 new ones right \(100%\)", done.stdout)
    assert re.search(r"Pexels: trained on \d+ pictures; \d of \d new ones right", done.stdout)


NO_SOURCE = {**NO_NETWORK, "COURSE_ASSETS": ""}


def test_the_tour_without_any_source_runs_on_the_practice_set(tmp_path):
    done = run_tour(COURSE_MIRROR=str(tmp_path), COURSE_CACHE=str(tmp_path / "cache"), **NO_SOURCE)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("Practice set in use") == 1 and done.stdout.count("Also from the practice set") == 2
    assert "Three ways out" in done.stdout and f"{tmp_path}: the file is not there" in done.stdout
    assert '541 "drum, membranophone, tympan"' in done.stdout
    assert "Colors: trained on 4 pictures; 2 of 2 new ones right (100%)" in done.stdout
    right, count = map(int, re.search(r"Stock: trained on \d+ pictures; (\d+) of (\d+) new", done.stdout).groups())
    assert right >= 0.9 * count


def test_the_tour_that_insists_on_the_real_files(tmp_path):
    done = run_tour(
        COURSE_MIRROR=str(tmp_path), COURSE_CACHE=str(tmp_path / "cache"), **NO_NETWORK, COURSE_ASSETS="real"
    )
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert "Three ways out" in done.stderr and "no connection to raw.githubusercontent.com" in done.stderr
