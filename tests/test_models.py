import subprocess
import sys

import numpy as np
import pytest

import course_utils as cu


def test_mobilenet_is_the_published_one(mobilenet):
    assert mobilenet.input_shape == (None, 224, 224, 3) and mobilenet.output_shape == (None, 1000)
    assert mobilenet.count_params() == 475_544
    assert sum(int(np.prod(w.shape)) for w in mobilenet.trainable_weights) == 470_072
    batch = cu.batch_image(cu.resize_image(cu.evaluation_view(cu.load_image(cu.drum_path()))))
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
