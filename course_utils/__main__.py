"""``python -m course_utils tour``: the whole story in a terminal."""

import argparse

from course_utils import (
    add_labels,
    batch_image,
    build_pretrained_model,
    colors_folder,
    drum_path,
    evaluation_view,
    find_weights,
    get_model,
    load_image,
    load_imagenet_labels,
    load_images,
    load_mobilenet,
    pexels_folder,
    predict,
    read_folders,
    resize_image,
    set_seed,
    top_labels,
    train,
)
from course_utils.assets import AssetError


def tour() -> None:
    """Predict the drum, then train the head on colors and on Pexels."""
    find_weights(), drum_path(), pexels_folder()  # what can't be had is said before TensorFlow starts
    set_seed(7)
    print("The drum, through MobileNet:")
    batch = batch_image(resize_image(evaluation_view(load_image(drum_path()))))
    probabilities = load_mobilenet().predict(batch, verbose=0)
    for index, name, probability in top_labels(probabilities, load_imagenet_labels(), k=3):
        print(f'  {index} "{name}" {probability:.2f}')
    pretrained_model = build_pretrained_model()
    for title, folder in [("Colors", colors_folder()), ("Pexels", pexels_folder())]:
        training, validation = read_folders(folder / "training"), read_folders(folder / "validation")
        model = get_model(len(training.classes))
        train(model, load_images(training.paths, pretrained_model), add_labels(training.labels, training.classes))
        predicted = predict(model, load_images(validation.paths, pretrained_model), training.classes)
        right = sum(a == b for a, b in zip(predicted, validation.labels, strict=True))
        print(f"{title}: trained on {len(training.paths)} pictures; {right} of {len(predicted)} new ones right", end="")
        print(f" ({right / len(predicted):.0%})")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m course_utils")
    parser.add_argument("command", choices=["tour"], help="tour: run the story and print its results")
    parser.parse_args()
    try:
        tour()
    except AssetError as error:
        raise SystemExit(str(error)) from None
    except KeyboardInterrupt:
        raise SystemExit(130) from None


if __name__ == "__main__":
    main()
