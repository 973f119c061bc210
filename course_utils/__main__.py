"""The course in a terminal: ``python -m course_utils --help`` lists its commands.

Each command imports what it needs itself, so that one that needs no TensorFlow does not wait for it.
"""

import argparse
import json
import os
import sys
import time
from pathlib import Path


def tour(options: argparse.Namespace) -> None:
    """Run the story: predict the drum, then train the head on colors and on photos."""
    from course_utils import (
        add_labels,
        batch_image,
        build_pretrained_model,
        colors_folder,
        drum_path,
        evaluation_view,
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
    from course_utils.assets import AssetError, cache_folder, copy_all, fetch, manifest, mirror_location, where

    if options.fetch or options.copy:
        try:
            fetch(manifest())
        except AssetError as error:
            print(error, end="\n\n")
    if options.fetch:
        copy_all(cache_folder())  # what lies in a mirror too: it may not be there next time
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


def classify(options: argparse.Namespace) -> None:
    """Say what is on each picture. A picture that can't be read costs that picture only."""
    from course_utils import UnreadableImageError, load_classifier

    classifier = load_classifier(options.classifier)
    answers = []
    for picture in options.pictures:
        try:
            answers.append({"picture": str(picture), "probabilities": classifier.predict(picture)})
        except UnreadableImageError as error:
            answers.append({"picture": str(picture), "error": error.reason})
    if options.json:
        print(json.dumps(answers, indent=1))
    for answer in [] if options.json else answers:
        words = [f"{label} {probability:.2f}" for label, probability in answer.get("probabilities", {}).items()]
        print(f"{answer['picture']}: {', '.join(words) or 'not read: ' + answer['error']}")
    if any("error" in answer for answer in answers):
        raise SystemExit(1)


def show_cache(options: argparse.Namespace) -> None:
    """Say what is kept of earlier pictures, and clear it."""
    from course_utils.features import LARGEST_CACHE, feature_cache

    if options.clear:
        feature_cache().clear(warn=False)
    items = feature_cache().store_backend.get_items()
    size = sum(item.size for item in items) / 1e6
    print(f"{feature_cache().location}: features of {len(items)} pictures, {size:.1f} MB of {LARGEST_CACHE / 1e6:.0f}")
    if items and not options.clear:
        print("`python -m course_utils cache --clear` empties it. Nothing is lost but time.")


def student(options: argparse.Namespace) -> None:
    """Write the edition that students get."""
    from course_utils.student import write_student_edition

    names = write_student_edition(options.folder)
    print(f"The student edition is in {options.folder}: {len(names)} notebooks, without solutions.")
    print("Give students the whole folder. In it, `python tools/course.py open` sets up and opens notebook 00.")


def slides(options: argparse.Namespace) -> None:
    """Write slides of the notebooks."""
    from course_utils.classroom.slides import write_slides

    os.environ.pop("COURSE_PROGRESS", None)  # the exercises that are run for the slides are nobody's
    print(f"Open {write_slides(options.folder, options.notebooks, execute=not options.stored)} in a browser.")


def mirror(options: argparse.Namespace) -> None:
    """Gather what a class needs in one folder, and offer it on the network."""
    from course_utils.assets import AssetError, fetch, manifest
    from course_utils.mirror import gather, gather_wheels, has_packages, serve

    try:
        fetch(manifest())
    except AssetError as error:
        print(error, end="\n\n")
    try:
        fetch(manifest("slides"))
    except AssetError:
        print("reveal.js can't be had now. Students don't need it; slides can't be made from this mirror alone.")
    missing = gather(options.folder)
    if options.wheels:
        gather_wheels(options.folder, options.wheels, options.python)
    print(f"{options.folder} has the student edition and {len(manifest()) - len(missing)} of {len(manifest())} files.")
    if not has_packages(options.folder):
        print("It has no packages, or another version's: set-up without a network needs them. `--wheels` gets them.")
    if options.serve:
        serve(options.folder, options.host, options.port)
    else:
        print("From a USB stick: `python start.py`, in that folder. On the network: the same command with `--serve`.")
    if missing:
        raise SystemExit(1)


def doctor(options: argparse.Namespace) -> None:
    """Check this laptop for the course."""
    from course_utils.laptop import as_json, check_laptop

    start = time.perf_counter()
    outcomes = check_laptop(
        say=(lambda outcome: None) if options.json else (lambda outcome: print(outcome, flush=True))
    )
    seconds = time.perf_counter() - start
    failed = sum(bool(outcome.remedy) for outcome in outcomes)
    if options.json:
        print(as_json(outcomes, seconds))
    else:
        print(f"{failed} of {len(outcomes)} checks failed." if failed else "This laptop is ready.", f"{seconds:.0f} s")
    if failed:
        raise SystemExit(1)


def show_progress(options: argparse.Namespace) -> None:
    """Show which exercises a class has passed."""
    from course_utils.progress import describe, outcomes, read_notes

    notes, problems = read_notes(options.places)
    for problem in problems:
        print(problem, file=sys.stderr)
    if options.json:
        results = outcomes(notes).items()
        rows = {name: [one._asdict() | {"outcome": outcome} for one, outcome in of.items()] for name, of in results}
        print(json.dumps(rows, indent=1))
    elif notes:
        print(describe(notes))
    if problems or not notes:
        raise SystemExit(1)


def main() -> None:
    """Run the command that the words name. What goes wrong ends in words, not in a traceback."""
    for stream in (sys.stdout, sys.stderr):  # a name that this terminal can't show stops nothing
        stream.reconfigure(errors="backslashreplace")
    parser = argparse.ArgumentParser(prog="python -m course_utils")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    commands.add_parser("tour", help="run the story and print its results").set_defaults(run=tour)
    assets = commands.add_parser("assets", help="list the files that the course borrows, and where they are")
    assets.add_argument(
        "--fetch", action="store_true", help="download what is missing, and keep all in the cache for later"
    )
    assets.add_argument("--copy", type=Path, metavar="DIR", help="fetch, then copy all to DIR, a mirror for a class")
    assets.set_defaults(run=list_assets)
    judge = commands.add_parser("classify", help="say what is on pictures, with a classifier that was saved")
    judge.add_argument("classifier", type=Path, help="a file from save_classifier")
    judge.add_argument("pictures", type=Path, nargs="+", metavar="picture")
    judge.add_argument("--json", action="store_true", help="print JSON")
    judge.set_defaults(run=classify)
    cache = commands.add_parser("cache", help="show the features that are kept on this machine")
    cache.add_argument("--clear", action="store_true", help="empty it")
    cache.set_defaults(run=show_cache)
    edition = commands.add_parser("student", help="write the student edition: everything but the solutions")
    edition.add_argument("folder", type=Path, metavar="DIR", help="a folder that is empty or not there yet")
    edition.set_defaults(run=student)
    laptop = commands.add_parser("doctor", help="check a laptop before the day: [OK] or [FAIL], and what to do")
    laptop.add_argument("--json", action="store_true", help="print one line of JSON, to collect those of a class")
    laptop.set_defaults(run=doctor)
    deck = commands.add_parser("slides", help="write slides of the notebooks, which open without a network")
    deck.add_argument("folder", type=Path, metavar="DIR", help="where to write them")
    deck.add_argument(
        "notebooks", nargs="*", metavar="NOTEBOOK", help="their numbers, such as 05; all if none is given"
    )
    deck.add_argument("--stored", action="store_true", help="don't run the notebooks first: quick, but without photos")
    deck.set_defaults(run=slides)
    room = commands.add_parser("mirror", help="gather all that a class needs in a folder, and offer it on the network")
    room.add_argument("folder", type=Path, metavar="DIR", help="the mirror; what is in it and right stays")
    platforms = ["linux", "linux-arm", "mac", "windows"]
    room.add_argument(
        "--wheels", nargs="+", choices=platforms, metavar="PLATFORM", help=f"packages too: {', '.join(platforms)}"
    )
    here = f"{sys.version_info.major}.{sys.version_info.minor}"
    room.add_argument(
        "--python", nargs="+", choices=["3.11", "3.12", "3.13"], default=[here], help=f"for these ({here})"
    )
    room.add_argument("--serve", action="store_true", help="offer it on the local network")
    room.add_argument("--host", default="", help="listen at this address only")
    room.add_argument("--port", type=int, default=8000)
    room.set_defaults(run=mirror)
    progress = commands.add_parser("progress", help="show which exercises a class has passed (COURSE_PROGRESS)")
    progress.add_argument("places", type=Path, nargs="+", metavar="PLACE", help="files of notes, or folders with them")
    progress.add_argument("--json", action="store_true", help="print JSON")
    progress.set_defaults(run=show_progress)
    options = parser.parse_args()
    try:
        options.run(options)
    except (RuntimeError, ValueError, OSError) as error:  # the course's own errors say what to do
        raise SystemExit(str(error)) from None
    except ModuleNotFoundError as error:
        raise SystemExit(f"{error}. Run `python tools/course.py setup`, then use the course's own Python.") from None
    except KeyboardInterrupt:
        raise SystemExit(130) from None


if __name__ == "__main__":
    main()
