"""The instructor's commands: each imports what it needs itself."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

PLATFORMS = ["linux", "linux-arm", "mac", "windows"]


def add_commands(commands: argparse._SubParsersAction) -> None:
    """Add the instructor's commands to those of the course."""
    _add_student(commands)
    _add_slides(commands)
    _add_site(commands)
    _add_mirror(commands)
    _add_progress(commands)


def _add_student(commands: argparse._SubParsersAction) -> None:
    edition = commands.add_parser("student", help="write the student edition: everything but the solutions")
    edition.add_argument("folder", type=Path, metavar="DIR", help="a folder that is empty or not there yet")
    edition.set_defaults(run=student)


def student(options: argparse.Namespace) -> None:
    """Write the edition that students get."""
    from .student import write_student_edition

    names = write_student_edition(options.folder)
    print(f"The student edition is in {options.folder}: {len(names)} notebooks, without solutions.")
    print("Give students the whole folder. In it, `python tools/course.py open` sets up and opens notebook 00.")


def _add_slides(commands: argparse._SubParsersAction) -> None:
    deck = commands.add_parser("slides", help="write slides of the notebooks, which open without a network")
    deck.add_argument("folder", type=Path, metavar="DIR", help="where to write them")
    numbers = "their numbers, such as 05; all if none is given"
    deck.add_argument("notebooks", nargs="*", metavar="NOTEBOOK", help=numbers)
    deck.add_argument("--stored", action="store_true", help="don't run the notebooks first: quick, but without photos")
    deck.set_defaults(run=slides)


def slides(options: argparse.Namespace) -> None:
    """Write slides of the notebooks."""
    from .slides import write_slides

    os.environ.pop("COURSE_PROGRESS", None)  # the exercises that are run for the slides are nobody's
    print(f"Open {write_slides(options.folder, options.notebooks, execute=not options.stored)} in a browser.")


def _add_site(commands: argparse._SubParsersAction) -> None:
    pages = commands.add_parser("site", help="write the site of the course, to read, which a web host serves")
    pages.add_argument("folder", type=Path, metavar="DIR", help="a folder that is empty or not there yet")
    source = "where the course's folder can be had: the front page says so"
    pages.add_argument("--source", default="", metavar="ADDRESS", help=source)
    pages.set_defaults(run=site)


def site(options: argparse.Namespace) -> None:
    """Write the site of the course."""
    from .site import train_writer, write_site

    front = write_site(options.folder, options.source, train_writer())
    print(f"The site is in {options.folder}, for any web host. Read it here: open {front} in a browser.")


def _add_mirror(commands: argparse._SubParsersAction) -> None:
    room = commands.add_parser("mirror", help="gather all that a class needs in a folder, and offer it on the network")
    room.add_argument("folder", type=Path, metavar="DIR", help="the mirror; what is in it and right stays")
    packages = f"packages too: {', '.join(PLATFORMS)}"
    room.add_argument("--wheels", nargs="+", choices=PLATFORMS, metavar="PLATFORM", help=packages)
    here = f"{sys.version_info.major}.{sys.version_info.minor}"
    pythons = ["3.11", "3.12", "3.13"]
    room.add_argument("--python", nargs="+", choices=pythons, default=[here], help=f"for these ({here})")
    room.add_argument("--serve", action="store_true", help="offer it on the local network")
    room.add_argument("--host", default="", help="listen at this address only")
    room.add_argument("--port", type=int, default=8000)
    room.set_defaults(run=mirror)


def mirror(options: argparse.Namespace) -> None:
    """Gather what a class needs in one folder, and offer it on the network."""
    from ..assets.fetch import AssetError, fetch, registry
    from ..files import require_course_folder
    from .mirror import gather
    from .serve import serve
    from .wheels import gather_wheels, has_packages

    require_course_folder()  # before anything is fetched
    try:
        fetch(registry("course", "digits"))
    except AssetError as error:
        print(error, end="\n\n")
    try:
        fetch(registry("slides"))
    except AssetError:
        print("reveal.js can't be had now. Students don't need it; slides can't be made from this mirror alone.")
    missing = gather(options.folder)
    if options.wheels:
        gather_wheels(options.folder, options.wheels, options.python)
    print(f"{options.folder} has the student edition and {len(registry()) - len(missing)} of {len(registry())} files.")
    if not has_packages(options.folder):
        print("It has no packages, or another version's: set-up without a network needs them. `--wheels` gets them.")
    if options.serve:
        serve(options.folder, options.host, options.port)
    else:
        print("From a USB stick: `python start.py`, in that folder. On the network: the same command with `--serve`.")
    if missing:
        raise SystemExit(1)


def _add_progress(commands: argparse._SubParsersAction) -> None:
    progress = commands.add_parser("progress", help="show which exercises a class has passed (COURSE_PROGRESS)")
    progress.add_argument("places", type=Path, nargs="+", metavar="PLACE", help="files of notes, or folders with them")
    progress.add_argument("--json", action="store_true", help="print JSON")
    progress.set_defaults(run=show_progress)


def show_progress(options: argparse.Namespace) -> None:
    """Show which exercises a class has passed."""
    from .progress import describe, outcomes, read_notes

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
