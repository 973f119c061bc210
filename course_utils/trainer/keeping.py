"""Step 5: save the classifier, download it, load one, and see the program that does the same (notebook 07)."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import ipywidgets as widgets

from ..markup import render
from .controls import button, field, row
from .messages import note, place

if TYPE_CHECKING:
    from .jobs import Jobs
    from .session import Session


class Keeping(widgets.VBox):
    """Keeps the classifier of a session (notebook 07).

    Parameters
    ----------
    session : Session
        Whose classifier.
    jobs : Jobs
        Where the work waits.
    hand_over : callable
        Is given the path of a file that the browser shall have.
    """

    def __init__(self, session: Session, jobs: Jobs, hand_over: Callable[[Path], None]) -> None:
        self.session, self.jobs, self._hand_over = session, jobs, hand_over
        self.file = field("File:", "my-classifier.zip", width="60%")
        self.says = place()
        self.program = widgets.HTML()
        buttons = [button("Save", self.save), button("Download", self.download), button("Load", self.load)]
        super().__init__([widgets.HTML("<h3>5 Keep</h3>"), row(self.file, *buttons), self.says, self.program])

    def _named(self) -> Path:
        if not self.file.value.strip():
            raise ValueError("the file has no name; type one, such as my-classifier.zip")
        return Path(self.file.value.strip()).expanduser()

    def save(self) -> None:
        """Write the classifier to the file named (notebook 07)."""

        def job() -> None:
            path = self.session.save(self._named())
            megabytes = path.stat().st_size / 1e6
            self.says.value = render(Path(__file__).with_name("saved.html.j2"), path=path, megabytes=megabytes)
            program = self.session.code(path)
            self.program.value = render(Path(__file__).with_name("program.html.j2"), program=program)

        self.jobs.run(self.says, job, "Saving…")

    def download(self) -> None:
        """Save, and hand the file to the browser (notebook 07)."""

        def job() -> None:
            with tempfile.TemporaryDirectory() as folder:
                self._hand_over(self.session.save(Path(folder, self._named().name)))
            self.says.value = note("The browser has it now, where it keeps downloads.")

        self.jobs.run(self.says, job, "Saving…")

    def load(self) -> None:
        """Read a saved classifier, to try it in step 4 (notebook 07)."""

        def job() -> None:
            classifier = self.session.load(self._named())
            self.says.value = note(f"Loaded a classifier of {', '.join(classifier.classes)}. Try it in step 4.")

        self.jobs.run(self.says, job, "Loading…")
