"""One story as one process, from a folder to a validated head: the course's way, or the usual tutorial's.

    python benchmarks/story.py course|tutorial

Prints JSON: seconds for the imports and after them, and how many validation pictures were right.
"""

import json
import sys
import time

start = time.perf_counter()
import course_utils as cu  # noqa: E402

EPOCHS = 20


def course(root):
    """Features once, with the course's engine; then the head on them."""
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


if __name__ == "__main__":
    way = {"course": course, "tutorial": tutorial}[sys.argv[1]]
    cu.import_keras()
    imported = time.perf_counter()
    accuracy, count = way(cu.pexels_folder())
    after = time.perf_counter() - imported
    print(json.dumps({"imports": imported - start, "after": after, "accuracy": accuracy, "pictures": count}))
