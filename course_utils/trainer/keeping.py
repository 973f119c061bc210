"""Step 5: save the classifier, download it, load one, and see the program that does the same (notebook 07)."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import ipywidgets as widgets

from ..export.formats import in_one_file
from ..markup import render
from .controls import button, field, row
from .messages import note, place
from .program import in_a_terminal

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
        self.asked = Path()
        self.question = row(button("Replace", self.replace), button("Keep", self.keep))
        self.question.layout.display = "none"
        self.file.observe(self._forget_question, "value")
        buttons = [
            button("Save", self.save),
            button("Download", self.download),
            button("Load", self.load),
            button("Save as a page", self.save_page),
        ]
        super().__init__(
            [widgets.HTML("<h3>5 Keep</h3>"), row(self.file, *buttons), self.says, self.question, self.program]
        )

    def _named(self) -> Path:
        if not self.file.value.strip():
            raise ValueError("the file has no name; type one, such as my-classifier.zip")
        return Path(self.file.value.strip()).expanduser()

    def save(self) -> None:
        """Write the classifier to the file named, and ask before another is replaced (notebook 07)."""
        self._save_to(self._named)

    def save_page(self) -> None:
        """Write it as a page that classifies in any browser, beside the file named (notebook 12)."""
        self._save_to(lambda: self._named().with_suffix(".html"))

    def _save_to(self, named: Callable[[], Path]) -> None:
        def job() -> None:
            path = named()
            try:
                self._save(path, replace=False)
            except FileExistsError:
                self.asked = path
                self.says.value = note(f"{path} is there already. Replace it, or keep it and type another name?")
                self.question.layout.display = "flex"

        self._begin(job, "Saving…")

    def replace(self) -> None:
        """Replace the file that was asked about (notebook 07)."""
        path = self.asked
        self._begin(lambda: self._save(path, replace=True), "Saving…")

    def keep(self) -> None:
        """Leave the file that was asked about as it is (notebook 07)."""
        self._forget_question()
        self.says.value = note(f"{self.asked} stays as it is; nothing was saved. Type another name, and save.")

    def _begin(self, job: Callable[[], None], words: str) -> None:
        self._forget_question()
        self.jobs.run(self.says, job, words)

    def _forget_question(self, change: object = None) -> None:
        if change and self.question.layout.display == "flex":
            self.says.value = ""
        self.question.layout.display = "none"

    def _save(self, path: Path, replace: bool) -> None:
        path = self.session.save(path, replace).resolve()
        if path.suffix.lower() != ".zip":
            self.says.value = note(f"Saved to {path}. {self.session.explain(path)}")
            return
        megabytes, command = path.stat().st_size / 1e6, in_a_terminal(path)
        saved = Path(__file__).with_name("saved.html.j2")
        self.says.value = render(saved, path=path, megabytes=megabytes, command=command)
        program = self.session.code(path)
        self.program.value = render(Path(__file__).with_name("program.html.j2"), program=program)

    def download(self) -> None:
        """Save, and hand the file to the browser (notebook 07)."""

        def job() -> None:
            with tempfile.TemporaryDirectory() as folder:
                self._hand_over(in_one_file(self.session.save(Path(folder, self._named().name))))
            self.says.value = note("The browser has it now, where it keeps downloads.")

        self._begin(job, "Saving…")

    def load(self) -> None:
        """Read a saved classifier, to try it in step 4 (notebook 07)."""

        def job() -> None:
            classifier = self.session.load(self._named())
            self.says.value = note(f"Loaded a classifier of {', '.join(classifier.classes)}. Try it in step 4.")

        self._begin(job, "Loading…")
