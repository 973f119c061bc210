"""Step 1: bring pictures, see them, change their class, and hear what would spoil training (notebook 07)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import ipywidgets as widgets
from markupsafe import Markup

from ..assets.catalog import colors_folder, pexels_folder, stock_folder
from ..files import data_folder, log_error
from ..pictures.camera import is_burst
from ..pictures.groups import counted
from ..pictures.sets import normalize_label
from ..pictures.shown import in_words
from ..pictures.sound import sound_endings
from .cards import Actions, Cards
from .controls import WIDE, button, field, row
from .dropzone import Dropzone
from .findings import Findings
from .levelchoice import LevelChoice
from .messages import alert, note, place
from .reading import spell_none
from .recorder import Recorder
from .sources import Source, sort_dropped, source_of

if TYPE_CHECKING:
    from .jobs import Jobs
    from .session import Session

BUNDLED: dict[str, Callable[[], Path]] = {
    "colors (4 + 2 pictures)": colors_folder,
    "Pexels photos, or rendered ones": pexels_folder,
    "rendered phones, notebooks, wood (36 + 12)": stock_folder,
    "a messy zip file": lambda: data_folder() / "messy.zip",
}
UNTYPED = "empty: its folder's name, or theirs"


class Collection(widgets.VBox):
    """The pictures of a session (notebook 07).

    Parameters
    ----------
    session : Session
        Whose pictures.
    jobs : Jobs
        Where the work waits.
    on_start_over : callable
        Is called when all pictures and results were dropped.
    """

    def __init__(self, session: Session, jobs: Jobs, on_start_over: Callable[[], None] = lambda: None) -> None:
        self.session, self.jobs, self._on_start_over = session, jobs, on_start_over
        words = "Drop a folder with a folder per class, a zip file, or pictures here"
        self.drop = Dropzone(self.bring_dropped, words, on_close=session.stop, keep=True)
        self.label = field("Class of pictures without a folder:", hint=UNTYPED, width="auto", max_width="540px")
        self.path = field("On this computer:", hint="path of a folder, zip file or table", flex="1")
        self.bundled = widgets.Dropdown(
            options=list(BUNDLED), description="Or a set of the course:", style=WIDE, layout={"width": "auto"}
        )
        self.recorder = Recorder(self.bring_sound, check=self._require_sounds, keep=True)
        self.says = place()
        self.levels = LevelChoice(self.read_again)
        self.cards = Cards(session, Actions(self.move, self.leave_out, self.rename, self.bring_to))
        self.findings = Findings(self.leave_out)
        self.fresh = button("Start over", lambda: self.ask_to_start_over(True))
        question = widgets.HTML("Drop all pictures, findings and results? The files stay where they are.")
        drop, keep = button("Drop all", self.start_over), button("Keep them", lambda: self.ask_to_start_over(False))
        self.sure = row(question, drop, keep)
        self.ask_to_start_over(False)
        super().__init__(
            [
                widgets.HTML("<h3>1 Pictures</h3>"),
                self.drop,
                self.label,
                row(self.path, button("Add path", self.bring_path)),
                row(self.bundled, button("Add set", self.bring_bundled)),
                self.recorder,
                self.says,
                self.levels,
                self.cards,
                row(self.fresh, self.sure),
                self.findings,
            ]
        )
        self.show()

    def bring_dropped(self, files: list[Path]) -> None:
        """Add what was dropped together, or chosen (notebook 07)."""
        self._bring(lambda: sort_dropped(files, self.label.value.strip()))

    def bring_to(self, folder: Path, label: str, burst: bool = False) -> None:
        """Add what arrived for a class's card: files, or one burst of the webcam (notebook 07)."""
        place = [folder] if burst else sorted(folder.iterdir())
        self._bring(lambda: [Source(place, label)])

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

    def bring_sound(self, path: Path, label: str) -> None:
        """Add a sound that was recorded, as one more example of its class (notebook 07)."""

        def job() -> None:
            self._require_sounds()  # pictures may have come while it waited
            self.session.add([path], label)
            name = spell_none(label)
            count = [one for one, _ in self.session.pictures.values()].count(name)
            self.says.value = note(f"1 recording added to {name}, which has {count} now.")
            self.show()
            self.examine()

        self.jobs.run(self.says, job, "Reading the sound…")

    def _require_sounds(self) -> None:
        if any(path.suffix.lower() not in sound_endings() for path in self.session.pictures):
            raise ValueError(
                "there are pictures here, and sounds and pictures are not mixed. To record sounds, press Start over; "
                "the files of the pictures stay"
            )

    def _bring(self, find: Callable[[], list[Source]]) -> None:
        def job() -> None:
            before, problems, typed = set(self.session.pictures), [], 0
            sources = find()
            for source in sources:
                had = len(self.session.pictures)
                try:
                    self.session.add(source.place, source.label)
                    typed += len(self.session.pictures) - had if source.label else 0
                except (ValueError, OSError) as error:
                    log_error(error)
                    problems.append(alert(self.cards.shorten(self.drop.shorten(in_words(error)))))
            new = set(self.session.pictures) - before
            of_class = f" {typed} of them have the class {sources[-1].label}." if typed else ""
            nothing = "Nothing was added." if problems else "Nothing is new: all of it was here before."
            said = f"{counted(new)} added.{of_class}" if new else nothing
            self.says.value = Markup().join([note(said + self._lone_bursts()), *problems])
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

    def _lone_bursts(self) -> str:
        """Say which classes are one burst each."""
        folders: dict[str, set[Path]] = {}
        for path, (label, _) in self.session.pictures.items():
            folders.setdefault(label, set()).add(path.parent)
        lone = [label for label, found in folders.items() if len(found) == 1 and is_burst(min(found))]
        words = " A burst is kept on one side, so that {} can be learned, but not judged. Record another, elsewhere."
        return words.format(" and ".join(f"{label}, all of one burst," for label in lone)) if lone else ""

    def move(self, paths: Iterable[Path], label: str) -> None:
        """Give pictures another class (notebook 07)."""
        self._change(paths, lambda path: self.session.move(path, label), f"moved to {label}")

    def leave_out(self, paths: Iterable[Path]) -> None:
        """Take pictures out (notebook 07). Their files stay."""
        self._change(paths, self.session.drop, "left out")

    def _change(self, paths: Iterable[Path], change: Callable[[Path], None], done: str) -> None:
        wanted = list(paths)

        def job() -> None:
            here = [path for path in wanted if path in self.session.pictures]  # another click may have been first
            for path in here:
                change(path)
            self.says.value = note(f"{counted(here)} {done}.")
            self.show()
            self.examine()

        self.jobs.run(self.says, job, "Changing…")

    def rename(self, label: str, name: str) -> None:
        """Give a class another name (notebook 07)."""

        def job() -> None:
            wanted = spell_none(normalize_label(name.strip()))
            if not wanted:
                raise ValueError(f"the new name of {label} is empty; type what its pictures show")
            both = wanted in self.session.classes
            self.session.rename(label, wanted)
            self.says.value = note(f"{label} and {wanted} are one class now." if both else f"{label} is {wanted} now.")
            self.show()
            self.examine()

        self.jobs.run(self.says, job, "Changing…")

    def ask_to_start_over(self, asked: bool) -> None:
        """Ask whether all shall go, or stop asking (notebook 07)."""
        self.fresh.layout.display, self.sure.layout.display = ("none", "flex") if asked else ("", "none")

    def start_over(self) -> None:
        """Drop all pictures, findings and results (notebook 07). The files stay."""
        self.ask_to_start_over(False)

        def job() -> None:
            self.session.start_over()
            self.says.value = note("All is as at the start.")
            self.show()
            self.examine()
            self._on_start_over()

        self.jobs.run(self.says, job, "Changing…")

    def show(self) -> None:
        """Show the pictures, sorted by class (notebook 07)."""
        self.recorder.classes = list(self.session.classes)
        self.cards.show()

    def examine(self) -> None:
        """Say what would spoil training, if there are pictures (notebook 07)."""
        self.findings.show(self.session.check() if self.session.pictures else None)
