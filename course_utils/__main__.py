"""The course in a terminal: ``python -m course_utils tour``, and ``assets`` for the files that it needs."""

import argparse
from pathlib import Path

from course_utils import (
    add_labels,
    batch_image,
    build_pretrained_model,
    colors_folder,
    drum_path,
    evaluation_view,
    fetch,
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
from course_utils.assets import AssetError, cache_folder, copy_all, manifest, mirror_location, where


def tour(options: argparse.Namespace) -> None:
    """Run the story: predict the drum, then train the head on colors and on photos."""
    drum, photos = drum_path(), pexels_folder()  # what can't be had is said before TensorFlow starts
    set_seed(7)
    mobilenet = load_mobilenet()
    print("The drum, through MobileNet:")
    batch = batch_image(resize_image(evaluation_view(load_image(drum))))
    for index, name, probability in top_labels(mobilenet.predict(batch, verbose=0), load_imagenet_labels(), k=3):
        print(f'  {index} "{name}" {probability:.2f}')
    pretrained_model = build_pretrained_model()
    for title, folder in [("Colors", colors_folder()), ("Pexels" if photos.name != "stock" else "Stock", photos)]:
        training, validation = read_folders(folder / "training"), read_folders(folder / "validation")
        model = get_model(len(training.classes))
        train(model, load_images(training.paths, pretrained_model), add_labels(training.labels, training.classes))
        predicted = predict(model, load_images(validation.paths, pretrained_model), training.classes)
        right = sum(a == b for a, b in zip(predicted, validation.labels, strict=True))
        print(f"{title}: trained on {len(training.paths)} pictures; {right} of {len(predicted)} new ones right", end="")
        print(f" ({right / len(predicted):.0%})")


def list_assets(options: argparse.Namespace) -> None:
    """Say where each file of others was found, or why not; fetch them, or copy them for a class."""
    if options.fetch or options.copy:
        try:
            fetch(manifest())
        except AssetError as error:
            print(error, end="\n\n")
    print(f"mirror: {mirror_location() or 'none'}\ncache:  {cache_folder()}\n")
    missing = 0
    for name in manifest():
        place, detail = where(name)
        missing += place == "missing"
        print(f"[{place}] {name}" + (f" ({detail})" if place == "missing" else ""))
    print(f"\n{len(manifest()) - missing} of {len(manifest())} files are on this machine.")
    if options.copy:
        left_out = copy_all(options.copy)
        print(f"{len(manifest()) - len(left_out)} of them are in {options.copy}: set COURSE_MIRROR to it.")
    elif missing and not options.fetch:
        print("`python -m course_utils assets --fetch` gets the others, if there is a network.")
    if missing:
        print("The course goes on without them: with fewer photos, or on its practice set.")
        raise SystemExit(int(options.fetch or bool(options.copy)))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m course_utils")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    commands.add_parser("tour", help="run the story and print its results").set_defaults(run=tour)
    assets = commands.add_parser("assets", help="list the files that the course borrows, and where they are")
    assets.add_argument("--fetch", action="store_true", help="download what is missing, for later")
    assets.add_argument("--copy", type=Path, metavar="DIR", help="fetch, then copy all to DIR, a mirror for a class")
    assets.set_defaults(run=list_assets)
    options = parser.parse_args()
    try:
        options.run(options)
    except AssetError as error:
        raise SystemExit(str(error)) from None
    except KeyboardInterrupt:
        raise SystemExit(130) from None


if __name__ == "__main__":
    main()
