"""Step 1: bring pictures, see them, change their class, and hear what would spoil training (notebook 07)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import ipywidgets as widgets
from markupsafe import Markup

from ..assets.catalog import colors_folder, pexels_folder, stock_folder
from ..files import data_folder, log_error
from ..markup import render
from ..pictures.levels import TEST, TRAINING, VALIDATION
from ..pictures.shown import in_words
from .controls import WIDE, button, field, row
from .dropzone import Dropzone
from .levelchoice import LevelChoice
from .messages import alert, note, place
from .sources import Source, sort_dropped, source_of
from .thumbnail import thumbnail

if TYPE_CHECKING:
    from .jobs import Jobs
    from .session import Session

BUNDLED: dict[str, Callable[[], Path]] = {
    "colors (4 + 2 pictures)": colors_folder,
    "Pexels photos, or rendered ones": pexels_folder,
    "rendered phones, notebooks, wood (36 + 12)": stock_folder,
    "a messy zip file": lambda: data_folder() / "messy.zip",
}
PARTS = {VALIDATION: "to judge by", TEST: "to test by, once, at the end"}
SHOWN = 12  # pictures of each class
UNTYPED = "empty: their names say it"


class Collection(widgets.VBox):
    """The pictures of a session (notebook 07)."""

    def __init__(self, session: Session, jobs: Jobs) -> None:
        self.session, self.jobs = session, jobs
        words = "Drop a folder with a folder per class, a zip file, or pictures here"
        self.drop = Dropzone(self.bring_dropped, words, on_close=session.stop, keep=True)
        self.label = field("Class of pictures without a folder:", hint=UNTYPED, width="60%")
        self.path = field("On this computer:", hint="path of a folder, zip file or table", flex="1")
        self.bundled = widgets.Dropdown(
            options=list(BUNDLED), description="Or a set of the course:", style=WIDE, layout={"width": "470px"}
        )
        self.says = place()
        self.levels = LevelChoice(self.read_again)
        self.overview = widgets.HTML()
        self.chosen = widgets.SelectMultiple(
            description="Pictures:", rows=6, style=WIDE, layout={"flex": "1", "min_width": "300px"}
        )
        self.target = widgets.Combobox(description="Class:", placeholder="an old or a new one", style=WIDE)
        self.findings = widgets.HTML()
        move, leave_out = button("Move to this class", self.move), button("Leave out", self.leave_out)
        super().__init__(
            [
                widgets.HTML("<h3>1 Pictures</h3>"),
                self.drop,
                self.label,
                row(self.path, button("Add path", self.bring_path)),
                row(self.bundled, button("Add set", self.bring_bundled)),
                self.says,
                self.levels,
                self.overview,
                row(self.chosen, widgets.VBox([self.target, move, leave_out])),
                self.findings,
            ]
        )
        self.show()

    def bring_dropped(self, files: list[Path]) -> None:
        """Add what was dropped together, or chosen (notebook 07)."""
        self._bring(lambda: sort_dropped(files, self.label.value.strip()))

    def bring_path(self) -> None:
        """Add what the field names (notebook 07)."""
        typed, label = self.path.value.strip().strip('"'), self.label.value.strip()
        if not typed:
            self.says.value = alert("the field is empty; type the path of a folder, a zip file or a table")
            return
        path = Path(typed).expanduser()
        self._bring(lambda: [source_of(path, label)])

    def bring_bundled(self) -> None:
        """Add one of the course's sets (notebook 07)."""
        find = BUNDLED[self.bundled.value]
        self._bring(lambda: [Source(find())])

    def _bring(self, find: Callable[[], list[Source]]) -> None:
        def job() -> None:
            before, problems, typed = len(self.session.pictures), [], 0
            sources = find()
            for source in sources:
                had = len(self.session.pictures)
                try:
                    self.session.add(source.place, source.label)
                    typed += len(self.session.pictures) - had if source.label else 0
                except (ValueError, OSError) as error:
                    log_error(error)
                    problems.append(alert(self.drop.shorten(in_words(error))))
            count = len(self.session.pictures) - before
            of_class = f" {typed} of them have the class that is typed above." if typed else ""
            self.says.value = Markup().join([note(f"{count} pictures added.{of_class}"), *problems])
            self.show()
            self.examine()
            self.levels.offer(sources)

        self.jobs.run(self.says, job, "Reading the pictures…")

    def read_again(self, place: Path | list[Path], label: str | None, level: int | None) -> None:
        """Read what was brought last in another way (notebook 07)."""

        def job() -> None:
            self.session.add(place, label, level)
            self.says.value = note(f"Read anew: the classes are {', '.join(self.session.classes)}.")
            self.show()
            self.examine()

        self.jobs.run(self.says, job, "Reading the pictures…")

    def move(self) -> None:
        """Give the chosen pictures another class (notebook 07)."""
        label = self.target.value.strip()
        if not self.chosen.value or not label:
            self.says.value = alert("choose pictures in the list, and type or choose a class")
            return
        self._change(lambda path: self.session.move(path, label), "moved")

    def leave_out(self) -> None:
        """Take the chosen pictures out (notebook 07). Their files stay."""
        if not self.chosen.value:
            self.says.value = alert("choose pictures in the list")
            return
        self._change(self.session.drop, "left out")

    def _change(self, change: Callable[[Path], None], done: str) -> None:
        chosen = self.chosen.value

        def job() -> None:
            for path in chosen:
                change(path)
            self.says.value = note(f"{len(chosen)} pictures {done}.")
            self.show()
            self.examine()

        self.jobs.run(self.says, job, "Changing…")

    def show(self) -> None:
        """List the pictures, and show some of each class (notebook 07)."""
        pictures = self.session.pictures
        self.chosen.options = [
            (f"{label}: {path.name}" + (f" ({part})" if part != TRAINING else ""), path)
            for path, (label, part) in sorted(pictures.items(), key=lambda item: (item[1], item[0].name))
        ]
        self.target.options = self.session.classes
        rows = []
        for name in self.session.classes:
            own = sorted(path for path, (label, _) in pictures.items() if label == name)
            of_part = Counter(pictures[path][1] for path in own)
            rows.append(
                {
                    "name": name,
                    "learned": of_part[TRAINING],
                    "others": [f"{of_part[part]} {words}" for part, words in PARTS.items() if of_part[part]],
                    "pictures": [thumbnail(path) for path in own[:SHOWN]],
                    "more": len(own[SHOWN:]),
                }
            )
        self.overview.value = render(Path(__file__).with_name("collection.html.j2"), rows=rows)

    def examine(self) -> None:
        """Say what would spoil training, if there are pictures (notebook 07)."""
        if self.session.pictures:
            report = self.session.check()
            table = Markup(report._repr_html_()) if report else ""
            self.findings.value = render(Path(__file__).with_name("findings.html.j2"), count=len(report), table=table)
