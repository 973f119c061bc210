"""The course in a terminal: ``python -m course_utils --help`` lists its commands.

Each command imports what it needs itself, so that one that needs no TensorFlow does not wait for it.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import sys
import time
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from .classroom.commands import add_commands
from .files import course_folder, log_error

if TYPE_CHECKING:
    from .learning.curves import LearningCurve
    from .trainer.progress import Progress
    from .trainer.session import Session


UNKNOWN = 3  # the exit code where a picture is none of the classes; 2 is what argparse says of wrong words
NO_READER = 141  # that of a program whose output nobody reads any more, as shells say it: 128 + SIGPIPE


def main() -> None:
    """Run the command that the words name. What goes wrong ends in words, and its traceback in a file.

    Where nobody reads what it prints any more, as behind ``| head -1``, it ends and says nothing.
    """
    sys.stdout, sys.stderr = sys.stdout or _nowhere(), sys.stderr or _nowhere()  # a closed one is None
    for stream in (sys.stdout, sys.stderr):  # a name that this terminal can't show stops nothing
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    warnings.showwarning = lambda message, *_: print(message, file=sys.stderr)
    try:
        try:
            _run(_parse())
        finally:
            sys.stdout.flush()
    except BrokenPipeError:
        for stream in (sys.stdout, sys.stderr):  # Python writes what is left when it ends
            with contextlib.suppress(OSError, ValueError):
                os.dup2(_nowhere().fileno(), stream.fileno())
        raise SystemExit(NO_READER) from None


def _nowhere() -> TextIO:
    return open(os.devnull, "w", encoding="utf-8")


def _run(options: argparse.Namespace) -> None:
    try:
        options.run(options)
    except BrokenPipeError:
        raise
    except ModuleNotFoundError as error:
        remedy = "Run `python tools/course.py setup`, then use the course's own Python."
        raise SystemExit(f"{error}. {remedy if course_folder() else 'Install the package again.'}") from None
    except (RuntimeError, ValueError, OSError, ImportError) as error:  # the course's own errors say what to do
        from .pictures.shown import in_words

        raise SystemExit(f"{in_words(error)}\n{log_error(error)}".strip()) from None
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    except Exception as error:
        words = f"this should not happen: {type(error).__name__}: {error}. {log_error(error)}"
        raise SystemExit(words.strip()) from None


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m course_utils")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for add in (_add_open, _add_tour, _add_assets, _add_train, _add_classify, _add_convert, _add_page):
        add(commands)
    for add in (_add_studio, _add_cache, _add_doctor):
        add(commands)
    add_commands(commands)
    return parser.parse_args()


def _add_open(commands: argparse._SubParsersAction) -> None:
    lab = commands.add_parser("open", help="bring your own copy of the notebooks up to date, and open it in JupyterLab")
    lab.add_argument("words", nargs="*", metavar="WORD", help="for JupyterLab, after `--`, as in `-- --port=9000`")
    lab.set_defaults(run=open_copy)


def _add_tour(commands: argparse._SubParsersAction) -> None:
    commands.add_parser("tour", help="run the story and print its results").set_defaults(run=tour)


def _add_assets(commands: argparse._SubParsersAction) -> None:
    assets = commands.add_parser("assets", help="list the files that the course borrows, and where they are")
    fetched = "download what is missing, and keep all in the cache for later"
    assets.add_argument("--fetch", nargs="*", choices=["beans"], metavar="beans", help=f"{fetched}; beans: those, too")
    assets.add_argument("--copy", type=Path, metavar="DIR", help="fetch, then copy all to DIR, a mirror for a class")
    assets.set_defaults(run=list_assets)


def _add_train(commands: argparse._SubParsersAction) -> None:
    learn = commands.add_parser("train", help="train a classifier on labeled pictures, judge it, and save it")
    learn.add_argument(
        "sources", nargs="+", metavar="FOLDER", help="a folder for each class in it, a zip file, a table"
    )
    learn.add_argument("--save", type=Path, metavar="FILE", help="where to keep the classifier, such as my.zip")
    learn.add_argument(
        "--head", choices=["linear", "article", "fine-tuned"], help="linear unless you say; fine-tuning is slow"
    )
    learn.add_argument("--epochs", type=int, help="of the article's head and of fine-tuning; 20 unless you say")
    learn.add_argument("--seed", type=int, default=7, help="chooses which pictures are held back, and more")
    learn.add_argument("--no-groups", action="store_true", help="hold back pictures singly, near-copies or not")
    whose = "which piece of the files' names tells who or what they belong to: 2 for george in 7_george_5.wav"
    learn.add_argument("--together", type=int, metavar="PIECE", help=f"hold back together what is of one; {whose}")
    says = "say none of these of what is unlike all that was learned; unset, all heads but the article's do"
    learn.add_argument("--known", action="store_true", default=None, help=says)
    learn.add_argument("--no-known", action="store_false", dest="known", help="always answer with a class")
    learn.add_argument("--curve", action="store_true", help="say whether more pictures would help")
    learn.add_argument("--json", action="store_true", help="print JSON")
    learn.set_defaults(run=train)


def _add_classify(commands: argparse._SubParsersAction) -> None:
    codes = f"Exit code: 1 if a picture can't be read, else {UNKNOWN} if one is none of the classes, else 0."
    words = "say what is on pictures, with a classifier that was saved"
    judge = commands.add_parser("classify", help=words, epilog=codes)
    judge.add_argument("classifier", type=Path, help="a file from save_classifier")
    judge.add_argument("pictures", type=Path, nargs="+", metavar="PICTURE", help="picture files, or folders of them")
    judge.add_argument("--csv", type=Path, metavar="FILE", help="write a table with a row per picture")
    judge.add_argument("--json", action="store_true", help="print JSON")
    sheet = "write a picture, such as sheet.png, that shows where it looks in each, the first 20 at most"
    judge.add_argument("--explain", type=Path, metavar="FILE", help=sheet)
    judge.set_defaults(run=classify)


def _add_convert(commands: argparse._SubParsersAction) -> None:
    other = commands.add_parser("convert", help="write a saved classifier for phones and other tools")
    other.add_argument("classifier", type=Path, help="a file from save_classifier")
    endings = ".tflite, .onnx, .keras, .mlpackage, or a folder whose name ends in -tm or -ml5"
    other.add_argument("out", type=Path, metavar="OUT", help=f"what to write: {endings}")
    other.set_defaults(run=convert)


def _add_page(commands: argparse._SubParsersAction) -> None:
    page = commands.add_parser("page", help="write a saved classifier as a page for any browser, on laptops and phones")
    page.add_argument("classifier", type=Path, help="a file from save_classifier")
    page.add_argument("out", type=Path, nargs="?", metavar="OUT", help="its HTML file; unset, beside the classifier")
    page.add_argument("--title", default="", help="the page's heading")
    page.add_argument("--offline", type=Path, metavar="DIR", help="a folder for a web host instead, to install it from")
    page.set_defaults(run=save_page)


def _add_studio(commands: argparse._SubParsersAction) -> None:
    tool = commands.add_parser("studio", help="write the page that trains, in any browser, without Python")
    tool.add_argument("out", type=Path, metavar="OUT", help="an HTML file to write, such as my-page.html")
    tool.add_argument("--offline", action="store_true", help="OUT is a folder for a web host: phones can install it")
    tool.set_defaults(run=save_studio)


def _add_cache(commands: argparse._SubParsersAction) -> None:
    cache = commands.add_parser("cache", help="show what is kept on this machine: features, unpacked and dropped files")
    cache.add_argument("--clear", action="store_true", help="empty it")
    cache.set_defaults(run=show_cache)


def _add_doctor(commands: argparse._SubParsersAction) -> None:
    machine = commands.add_parser("doctor", help="check a laptop before the day: [OK] or [FAIL], and what to do")
    machine.add_argument("--json", action="store_true", help="print one line of JSON, to collect those of a class")
    machine.set_defaults(run=doctor)


def open_copy(options: argparse.Namespace) -> None:
    """Bring the learner's copy up to date, and open JupyterLab at its notebook 00."""
    from jupyterlab.labapp import LabApp

    from .classroom.learner import FOLDER, bring_copy, find_place, tell_place

    place = find_place()
    newer = bring_copy(place)
    print(tell_place(place), flush=True)
    if newer:
        names = ", ".join(path.name for path in newer)
        print(
            f"There is a newer version of what you have changed. Yours stays, and beside it lies {names}.", flush=True
        )
    LabApp.launch_instance(_options_of_lab(place / FOLDER, options.words))


def _options_of_lab(folder: Path, words: list[str]) -> list[str]:
    """What JupyterLab is started with. Of an option that is among the words, theirs holds."""
    own = {
        "--ServerApp.root_dir": str(folder.parent),
        "--LabApp.default_url": f"/lab/tree/{folder.name}/00_start_here.ipynb",
        "--log-level": "WARN",
        "--LabApp.log_level": "WARN",  # for the lab within the server
        "--MappingKernelManager.cull_idle_timeout": "1800",  # ends a kernel that no page is connected to for so long
        "--MappingKernelManager.cull_interval": "60",
    }
    given = {word.split("=")[0] for word in words}
    chosen = [f"{name}={value}" for name, value in own.items() if name not in given]
    # in a container the user is often root, which Jupyter refuses without being told
    root = ["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    return [*chosen, *root, *words]


def tour(options: argparse.Namespace) -> None:
    """Run the story."""
    from .tour import run_tour

    run_tour()


def list_assets(options: argparse.Namespace) -> None:
    """Say where each file of others was found, or why not; fetch them, or copy them for a class."""
    from .assets.fetch import AssetError, copy_all, fetch, mirror_location, registry, where
    from .files import cache_folder
    from .settings import without_credentials

    wanted = options.fetch or []  # beside the course's
    for purpose in ["course", "digits", *wanted] if options.fetch is not None or options.copy else []:
        try:
            fetch(registry(purpose))
        except AssetError as error:
            print(error, end="\n\n")
    if options.fetch is not None:  # what lies in a mirror too: it may not be there next time
        copy_all(cache_folder(), ["course", "digits", "slides", *wanted])
    print(f"mirror: {without_credentials(str(mirror_location() or 'none'))}\ncache:  {cache_folder()}\n")
    missing, lacking = _list("course"), _list("beans")
    digits = [where(name)[0] for name in registry("digits")]
    for place in sorted(set(digits)):
        print(f"[{place}] {digits.count(place)} of {len(digits)} spoken digits, for notebook 11")
    print(f"\n{len(registry()) - missing} of {len(registry())} files are on this machine.")
    if lacking:
        print("Optional are photographs of bean leaves, for notebook 09: `assets --fetch beans` gets them.")
    if options.copy:
        left_out = copy_all(options.copy)
        print(f"{len(registry()) - len(left_out)} of them are in {options.copy}: set COURSE_MIRROR to it.")
    elif missing and options.fetch is None:
        print("`python -m course_utils assets --fetch` gets the others, if there is a network.")
    if missing:
        print("The course goes on without them: with fewer photos, or on its practice set.")
    if (missing and (options.fetch is not None or options.copy)) or (lacking and wanted):
        raise SystemExit(1)


def _list(purpose: str) -> int:
    """Print where each file of this purpose is, and count those that are not on this machine."""
    from .assets.fetch import registry, sizes, where

    places = {name: where(name) for name in registry(purpose)}
    for name, (place, detail) in places.items():
        size = f", optional, {sizes()[name] / 1e6:.1f} MB" if purpose != "course" else ""
        print(f"[{place}] {name}{size}" + (f" ({detail})" if place == "missing" else ""))
    return sum(place == "missing" for place, _ in places.values())


def train(options: argparse.Namespace) -> None:
    """Train on labeled pictures, and say how good the classifier is."""
    from tqdm import tqdm

    from .export.formats import format_of
    from .trainer.account import as_json, as_text
    from .trainer.progress import on_bar
    from .trainer.session import Session

    form = format_of(options.save) if options.save else ""  # before anything is trained
    session = Session()
    for source in options.sources:
        session.add(source, together=options.together)
    # JSON stands alone on its stream: a box that says what stands in goes to the other
    other = contextlib.redirect_stdout(sys.stderr) if options.json else contextlib.nullcontext()
    with other, tqdm(disable=options.json or None, leave=False) as bar:  # None: only in a terminal
        results = session.train(
            options.epochs,
            seed=options.seed,
            progress=on_bar(bar),
            head=options.head,
            groups=not options.no_groups,
            known=options.known,
            clients=bool(options.save),
        )
        curve = _curve_or_why(session, on_bar(bar), not options.no_groups) if options.curve else None
    saved = session.save(options.save) if options.save else None
    report = session.training.report + results.report
    if options.json:
        print(as_json(results, report, saved, curve))
    else:
        explained = session.explain(saved) if saved and form != ".zip" else ""
        print(as_text(results, report, saved, curve, explained))


def _curve_or_why(session: Session, progress: Progress, groups: bool) -> LearningCurve | str:
    """Whether more pictures would help, or why that can't be told."""
    try:
        return session.learning_curve(progress, groups)
    except ValueError as error:
        log_error(error)
        return str(error)


def classify(options: argparse.Namespace) -> None:
    """Say what is on each picture. A picture that can't be read costs that picture only."""
    from tqdm import tqdm

    from .export.answers import Answer, as_json, classify_all, list_pictures, write_csv
    from .export.classifier import load_classifier
    from .export.sheet import plan_sheet
    from .report import Report

    classifier = load_classifier(options.classifier)
    sheet = plan_sheet(classifier, options.explain) if options.explain else None  # refused before anything is computed
    pictures, findings = list_pictures(options.pictures)
    answers: list[Answer] = []
    with tqdm(total=len(pictures), unit="picture", disable=None, leave=False) as bar:
        for answer in classify_all(classifier, pictures):
            answers.append(answer)
            bar.update()
            if not (options.json or options.csv):
                bar.write(str(answer))
    if options.json:
        print(as_json(answers))
    if findings:
        print(Report(findings), file=sys.stderr)
    failed = sum(bool(answer.error) for answer in answers)
    if options.csv:
        write_csv(answers, classifier.classes, options.csv)
        print(f"{options.csv} says what is on {len(answers) - failed} of {len(answers)} pictures.", file=sys.stderr)
    if sheet:
        print(sheet.write(answers), file=sys.stderr)
    if failed or any(answer.unknown for answer in answers):
        raise SystemExit(1 if failed else UNKNOWN)


def convert(options: argparse.Namespace) -> None:
    """Write a classifier for another tool, and say what that does differently."""
    from .export.classifier import load_classifier
    from .export.formats import megabytes

    classifier = load_classifier(options.classifier)
    path = classifier.save(options.out)
    print(f"Saved to {path}, {megabytes(path):.1f} MB. {classifier.explain(path)}")


def save_page(options: argparse.Namespace) -> None:
    """Write the page that classifies, and say how it is handed on."""
    from .export.classifier import load_classifier
    from .export.formats import megabytes

    out = options.offline or options.out or options.classifier.with_suffix(".html")
    path = load_classifier(options.classifier).save_page(out, options.title, bool(options.offline))
    print(f"Saved to {path}, {megabytes(path):.1f} MB.")
    if options.offline:
        print("Put this folder on a web host with https. Phones can install the page from there,")
        print("and it opens without a network.")
    else:
        print("A browser opens it from disk; it needs no network, and sends nothing. Hand it on as any file.")


def save_studio(options: argparse.Namespace) -> None:
    """Write the page that trains, and say how it is handed on."""
    from .export.formats import megabytes
    from .export.studio import write_studio

    path = write_studio(options.out, offline=options.offline)
    print(f"Saved to {path}, {megabytes(path):.1f} MB.")
    print("A browser opens it, from disk or from a web host. It trains there, and sends nothing.")


def show_cache(options: argparse.Namespace) -> None:
    """Say what the course keeps of earlier work, and clear it."""
    from .cache import MOST, WORDS, clear, count_damaged, kept, sweep
    from .files import cache_folder

    (clear if options.clear else sweep)()
    found = kept()
    print(cache_folder())
    for kind, (count, size) in found.items():
        print(f"  {WORDS[kind]:22}{count:8,}{size / 1e6:12,.1f} MB of {MOST[kind] / 1e6:,.0f}")
    if count_damaged():
        print(f"  damaged, and made anew{count_damaged():8,}")
    if any(count for count, _ in found.values()):
        print("`python -m course_utils cache --clear` empties it. Nothing is lost but time; downloads stay.")


def doctor(options: argparse.Namespace) -> None:
    """Check this machine for the course."""
    from .checks.machine import as_json, check_machine

    start = time.perf_counter()
    outcomes = check_machine(
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
