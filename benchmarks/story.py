"""One story as one process, from a folder to a judged head: the course's way, the article's, or the usual tutorial's.

    python benchmarks/story.py course|article|tutorial

Prints JSON: seconds for the imports and after them, the share of validation pictures that were right, and the
largest memory that the process had, in MB (not on Windows).
"""

import json
import re
import sys
import time
from pathlib import Path

start = time.perf_counter()
import course_utils as cu  # noqa: E402

EPOCHS = 20


def course(root):
    """Two looks at each picture, and a linear head, without TensorFlow: what the trainer does."""
    training, validation = cu.read_folders(root / "training"), cu.read_folders(root / "validation")
    looks = cu.extract_features([*training.paths, *validation.paths], cu.load_network(), looks=2)
    count = len(training.paths)
    head = cu.fit_linear_head(looks[:count], cu.add_labels(training.labels, training.classes))
    predicted = cu.decode_labels(head.predict(looks[count:]), training.classes)
    return sum(a == b for a, b in zip(predicted, validation.labels, strict=True)) / len(predicted), count


def article(root):
    """Features once, with the course's engine; then the article's head on them in Keras, as in notebook 06."""
    training, validation = cu.read_folders(root / "training"), cu.read_folders(root / "validation")
    pretrained_model = cu.build_pretrained_model()
    features = cu.load_images([*training.paths, *validation.paths], pretrained_model)
    count = len(training.paths)
    model = cu.get_model(len(training.classes))
    held_back = features[count:], cu.add_labels(validation.labels, training.classes)
    history = cu.train(model, features[:count], cu.add_labels(training.labels, training.classes), EPOCHS, held_back)
    return history.history["val_accuracy"][-1], count


def tutorial(root):
    """Keras' own loader, and the frozen network inside the model: each epoch reads and runs everything again."""
    keras = cu.import_keras()
    sets = {
        part: keras.utils.image_dataset_from_directory(
            root / part, label_mode="categorical", image_size=(224, 224), crop_to_aspect_ratio=True, verbose=False
        )
        for part in ("training", "validation")
    }
    base = cu.build_pretrained_model()
    base.trainable = False
    classes = len(sets["training"].class_names)
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((224, 224, 3)),
            layers.Rescaling(1 / 127.5, -1),
            base,
            layers.Flatten(),
            layers.Dense(100, activation="relu"),
            layers.Dense(classes, activation="softmax"),
        ]
    )
    model.compile(keras.optimizers.Adam(1e-4), loss="categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(sets["training"], validation_data=sets["validation"], epochs=EPOCHS, verbose=0)
    return history.history["val_accuracy"][-1], len(sets["training"].file_paths)


def peak():
    """The largest memory of this process, in MB. On Linux, ``resource`` counts the process that started it, too."""
    status = Path("/proc/self/status")
    if status.exists():
        return int(re.search(r"VmHWM:\s+(\d+)", status.read_text())[1]) * 1024 / 1e6
    try:
        import resource
    except ImportError:  # Windows
        return 0
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


if __name__ == "__main__":
    way = {"course": course, "article": article, "tutorial": tutorial}[sys.argv[1]]
    if way is not course:
        cu.import_keras()
    imported = time.perf_counter()
    accuracy, count = way(cu.pexels_folder())
    after = time.perf_counter() - imported
    told = {"imports": imported - start, "after": after, "accuracy": accuracy, "pictures": count, "peak": peak()}
    print(json.dumps(told))
