"""The trainer as a widget: five steps from top to bottom, each with its own messages (notebook 07)."""

from __future__ import annotations

import base64
import html
import io
import queue
import tempfile
import threading
import time
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import ipywidgets as widgets
from PIL import Image

from .assets.catalog import colors_folder, pexels_folder, stock_folder
from .dropzone import Dropzone
from .files import data_folder
from .pictures.decode import UnreadableImageError
from .pictures.pipeline import crop_image, load_image, resize_image
from .plots import plot_confusion, plot_history, to_html
from .trainer import TABLES

if TYPE_CHECKING:
    from .trainer import Trainer

BUNDLED = {
    "colors (4 + 2 pictures)": colors_folder,
    "Pexels photos, or rendered ones": pexels_folder,
    "rendered phones, notebooks, wood (36 + 12)": stock_folder,
    "a messy zip file": lambda: data_folder() / "messy.zip",
}
STYLE = """<style>
.trainer { max-width: 900px; color: var(--jp-ui-font-color1); }
.trainer h3 { margin: 14px 0 4px; color: inherit; }
.trainer .widget-html-content { line-height: 1.4; color: inherit; overflow-x: auto; }
.trainer img { vertical-align: middle; max-width: 100%; height: auto; }
.trainer details { max-height: 320px; overflow: auto; }
.trainer td:first-child { white-space: nowrap; }
.trainer td, .trainer th { padding: 2px 8px; text-align: left; vertical-align: top; }
.trainer .trainer-error { border-left: 4px solid var(--jp-error-color1); padding: 4px 10px; white-space: pre-wrap; }
.trainer pre { overflow-x: auto; background: var(--jp-layout-color2); color: inherit; padding: 8px; }
.trainer progress { width: 160px; }
</style>"""
THUMBNAILS = 12  # shown of each class
REDRAW = 1.0  # seconds between two drawings of the curves
WIDE = {"description_width": "initial"}
WRAP = {"flex_flow": "row wrap", "align_items": "center"}


class TrainerView(widgets.VBox):
    """Shows a trainer and drives it. What takes long waits in a queue, and runs in one thread beside the notebook."""

    def __init__(self, trainer: Trainer) -> None:
        self.trainer, self.jobs, self._last_said, self._last_drawn = trainer, queue.Queue(), 0.0, 0.0
        super().__init__(
            [widgets.HTML(STYLE), *self._bring(), *self._train(), *self._judge(), *self._try(), *self._keep()]
        )
        self.add_class("trainer")
        self._show_pictures()
        self._show_results()
        self._closed = False
        threading.Thread(target=self._work, daemon=True).start()

    # 1 pictures

    def _bring(self) -> list[widgets.Widget]:
        self.drop = Dropzone(
            lambda files: self._run(self.bring_says, lambda: self._add(self._sort(files)), "Reading the pictures…"),
            "Drop a folder with a folder per class, a zip file, or pictures here",
            on_close=self.trainer.stop,
        )
        self.label = widgets.Text(
            description="Class of pictures without a folder:", placeholder="read it from their names", style=WIDE,
            layout={"width": "60%"},
        )  # fmt: skip
        self.path = widgets.Text(
            description="On this computer:", placeholder="path of a folder, zip file or table", style=WIDE,
            layout={"flex": "1"},
        )  # fmt: skip
        self.bundled = widgets.Dropdown(
            options=list(BUNDLED), description="Or a set of the course:", style=WIDE, layout={"width": "470px"}
        )
        add_path = self._button("Add path", self.bring_path)
        add_bundled = self._button("Add set", self.bring_bundled)
        self.bring_says = says("")
        self.thumbnails = widgets.HTML()
        self.chosen = widgets.SelectMultiple(
            description="Pictures:", rows=6, style=WIDE, layout={"flex": "1", "min_width": "300px"}
        )
        self.target = widgets.Combobox(description="Class:", placeholder="an old or a new one", style=WIDE)
        move = self._button("Move to this class", self.move)
        leave_out = self._button("Leave out", self.leave_out)
        self.doctor_says = widgets.HTML()
        change = widgets.HBox([self.chosen, widgets.VBox([self.target, move, leave_out])], layout=WRAP)
        return [
            widgets.HTML("<h3>1 Pictures</h3>"), self.drop, self.label,
            widgets.HBox([self.path, add_path], layout=WRAP), widgets.HBox([self.bundled, add_bundled], layout=WRAP),
            self.bring_says, self.thumbnails, change, self.doctor_says,
        ]  # fmt: skip

    def bring_path(self, _: object = None) -> None:
        """Add what the field names."""
        if not self.path.value.strip():
            self.bring_says.value = alert("the field is empty; type the path of a folder, a zip file or a table")
            return
        path = Path(self.path.value.strip().strip('"')).expanduser()
        label = self.label.value.strip()
        one = (
            ([path], label)
            if label and path.is_file() and path.suffix.lower() not in (".zip", *TABLES)
            else (path, None)
        )
        self._run(self.bring_says, lambda: self._add([one]), "Reading the pictures…")

    def bring_bundled(self, _: object = None) -> None:
        """Add one of the course's sets."""
        find = BUNDLED[self.bundled.value]
        self._run(self.bring_says, lambda: self._add([(find(), None)]), "Reading the pictures…")

    def _sort(self, dropped: list[Path]) -> list[tuple]:
        """Say what to add of what was dropped together: each zip file, pictures of the class typed, and the rest."""
        zips = [path for path in dropped if path.is_file() and path.suffix.lower() == ".zip"]
        label, no_picture = self.label.value.strip(), (".zip", *TABLES)
        loose = [path for path in dropped if label and path.is_file() and path.suffix.lower() not in no_picture]
        sources = [(path, None) for path in zips] + ([(loose, label)] if loose else [])
        others = [path for path in dropped if path not in zips + loose]
        if others:
            rest = Path(tempfile.mkdtemp(dir=others[0].parent.parent))
            for path in others:
                path.rename(rest / path.name)
            sources.append((rest, None))
        return sources

    def _add(self, sources: list[tuple]) -> None:
        before, problems = len(self.trainer.pictures), []
        for source, label in sources:
            try:
                self.trainer.add(source, label)
            except (ValueError, OSError) as error:
                problems.append(self.drop.shorten(str(error)))
        count = len(self.trainer.pictures) - before
        self.bring_says.value = note(f"{count} pictures added.") + "".join(map(alert, problems))
        self._show_pictures(examine=True)

    def move(self, _: object = None) -> None:
        """Give the chosen pictures another class."""
        if not self.chosen.value or not self.target.value.strip():
            self.bring_says.value = alert("choose pictures in the list, and type or choose a class")
            return
        self._change(lambda path: self.trainer.move(path, self.target.value.strip()), "moved")

    def leave_out(self, _: object = None) -> None:
        """Take the chosen pictures out. Their files stay."""
        if not self.chosen.value:
            self.bring_says.value = alert("choose pictures in the list")
            return
        self._change(self.trainer.drop, "left out")

    def _change(self, change: Callable[[Path], None], done: str) -> None:
        chosen = self.chosen.value

        def job() -> None:
            for path in chosen:
                change(path)
            self.bring_says.value = note(f"{len(chosen)} pictures {done}.")
            self._show_pictures(examine=True)

        self._run(self.bring_says, job, "Changing…")

    def _show_pictures(self, examine: bool = False) -> None:
        pictures = self.trainer.pictures
        self.chosen.options = [
            (f"{label}: {path.name}" + (" (validation)" if part == "validation" else ""), path)
            for path, (label, part) in sorted(pictures.items(), key=lambda item: (item[1], item[0].name))
        ]
        self.target.options = self.trainer.classes
        rows = ""
        for name in self.trainer.classes:
            own = sorted(path for path, (label, _) in pictures.items() if label == name)
            judged = sum(pictures[path][1] == "validation" for path in own)
            kinds = f"{len(own) - judged} to learn from" + (f", {judged} to judge by" if judged else "")
            more = f" and {len(own) - THUMBNAILS} more" if len(own) > THUMBNAILS else ""
            rows += f"<tr><td><strong>{html.escape(name)}</strong><br>{kinds}</td>"
            rows += f"<td>{' '.join(map(thumbnail, own[:THUMBNAILS]))}{more}</td></tr>"
        self.thumbnails.value = f"<table>{rows}</table>" if rows else "<p>No pictures yet.</p>"
        if examine and pictures:
            report = self.trainer.check()
            words = f"What the doctor found: {len(report)}" if report else "The doctor found nothing."
            table = report._repr_html_() if report else ""
            self.doctor_says.value = f"<details open><summary>{words}</summary>{table}</details>"

    # 2 train

    def _train(self) -> list[widgets.Widget]:
        number = {"style": WIDE, "layout": {"width": "190px"}}
        self.epochs = widgets.BoundedIntText(20, min=1, max=10_000, description="Epochs:", **number)
        self.rate = widgets.BoundedFloatText(
            1e-4, min=1e-7, max=1, step=1e-5, description="Learning rate:", **number
        )  # fmt: skip
        self.units = widgets.BoundedIntText(100, min=1, max=10_000, description="Units:", **number)
        self.seed = widgets.IntText(7, description="Seed:", **number)
        self.train_button = self._button("Train", self.train, "primary")
        self.stop_button = self._button("Stop", self.stop)
        self.stop_button.disabled = True
        self.bar = widgets.IntProgress(min=0, max=1, layout={"width": "300px"})
        self.bar_says = says("")
        self.train_says = says("")
        self.curves = widgets.HTML()
        return [
            widgets.HTML("<h3>2 Train</h3>"),
            widgets.HBox([self.epochs, self.rate, self.units, self.seed], layout=WRAP),
            widgets.HBox([self.train_button, self.stop_button, self.bar, self.bar_says], layout=WRAP),
            self.train_says, self.curves,
        ]  # fmt: skip

    def train(self, _: object = None) -> None:
        """Train with what the fields say."""

        def job() -> None:
            self.bar.value, self.bar_says.value, self.curves.value, self._phase = 0, "", "", None
            self.stop_button.disabled = False
            try:
                results = self.trainer.train(
                    self.epochs.value, self.rate.value, self.units.value, self.seed.value, progress=self._progress
                )
            finally:
                self.stop_button.disabled = True
            self._draw(results.history)
            done = f"Stopped; the best of {len(results.history['loss'])} epochs was kept" if results.stopped else "Done"
            self.train_says.value = note(f"{done}, after {results.seconds:.1f} seconds.")
            self._show_results()

        self._run(self.train_says, job, "Starting…")

    def stop(self, _: object = None) -> None:
        """Stop soon, and keep the best so far."""
        self.trainer.stop()
        self.stop_button.disabled = True
        self.train_says.value = note("Stopping…")

    def _progress(self, phase: str, done: int, total: int, history: dict) -> None:
        now = time.monotonic()
        if phase != self._phase:
            self._phase, self._began, self.bar.max = phase, (now, done - 1), total
            self.train_says.value = note("Reading the pictures…" if phase == "features" else "Training…")
        if done < total and now - self._last_said < REDRAW / 4:
            return
        self._last_said = now
        since, first = self._began
        left = (now - since) / max(done - first, 1) * (total - done)
        self.bar.value = done
        noun = "pictures" if phase == "features" else "epochs"
        self.bar_says.value = f"{done} of {total} {noun}, {left:.0f} seconds left"
        if history and (done == total or (done > 1 and now - self._last_drawn > REDRAW)):
            self._draw(history)
            self._last_drawn = time.monotonic()

    def _draw(self, history: dict) -> None:
        last = ", ".join(f"{name} {values[-1]:.3f}" for name, values in history.items())
        words = f"Loss and accuracy after each of {len(history['loss'])} epochs; at the end: {last}."
        self.curves.value = to_html(plot_history(SimpleNamespace(history=history)), words)

    # 3 judge

    def _judge(self) -> list[widgets.Widget]:
        self.judged = widgets.HTML()
        return [widgets.HTML("<h3>3 Judge</h3>"), self.judged]

    def _show_results(self) -> None:
        results = self.trainer.results
        self.judge_paths()
        if results is None:
            self.judged.value = "<p>Train first.</p>"
            return
        words = html.escape(str(results))
        if results.predicted:
            low, high = results.interval
            words = (
                f"<strong>{results.right} of {len(results.predicted)}</strong> validation pictures are right "
                f"({results.accuracy:.0%}). With so many pictures, the true accuracy may be anything from "
                f"{low:.0%} to {high:.0%} (with 95 % confidence)."
            )
            figure = plot_confusion(results.validation.labels, results.predicted, results.classes)
            words += "<br>" + to_html(figure, f"Confusion matrix: {results.right} of {len(results.predicted)} right.")
        rows = "".join(
            f"<tr><td>{thumbnail(path, 112)}</td><td>{html.escape(path.name)} is {html.escape(expected)}, "
            f"taken for {html.escape(said)}{bars(probabilities)}</td></tr>"
            for path, expected, said, probabilities in results.mistakes
        )
        mistakes = f"<p>The mistakes:</p><table>{rows}</table>" if rows else ""
        if results.predicted and not rows:
            mistakes = "<p>No mistakes among the validation pictures.</p>"
        left_out = f"<p>Left out:</p>{results.report._repr_html_()}" if results.report else ""
        self.judged.value = f"<div>{words}{mistakes}{left_out}</div>"

    # 4 try

    def _try(self) -> list[widgets.Widget]:
        self.try_drop = Dropzone(
            lambda files: self._run(self.tried, lambda: self._classify(files), "Looking…"),
            "Drop a picture here, and see what the classifier says",
            folders=False,
        )
        self.try_path = widgets.Dropdown(description="Or a validation picture:", style=WIDE)
        look = self._button("Try it", self.try_one)
        self.tried = says("")
        return [
            widgets.HTML("<h3>4 Try</h3>"), self.try_drop, widgets.HBox([self.try_path, look], layout=WRAP), self.tried,
        ]  # fmt: skip

    def judge_paths(self) -> None:
        """Offer the validation pictures of the last training."""
        paths = self.trainer.results.validation.paths if self.trainer.results else self.trainer.validation.paths
        self.try_path.index = None  # so that the browser hears of the new choice
        self.try_path.options = [(path.name, path) for path in paths]
        self.try_path.index = 0 if paths else None

    def try_one(self, _: object = None) -> None:
        """Classify the picture that the list shows."""
        if self.try_path.value is None:
            self.tried.value = alert("there are no validation pictures; drop a picture above")
            return
        path = self.try_path.value
        self._run(self.tried, lambda: self._classify([path]), "Looking…")

    def _classify(self, paths: list[Path]) -> None:
        rows, problems = "", ""
        for path in paths:
            try:
                answer = self.trainer.predict(path)
                rows += f"<tr><td>{thumbnail(path, 224)}</td><td>{html.escape(path.name)}{bars(answer)}</td></tr>"
            except UnreadableImageError as error:
                problems += alert(str(error))
        words = "<p>The square is what the network saw.</p>" if rows else ""
        self.tried.value = f"{words}<table>{rows}</table>{problems}"

    # 5 keep

    def _keep(self) -> list[widgets.Widget]:
        self.file = widgets.Text("my-classifier.zip", description="File:", style=WIDE, layout={"width": "60%"})
        save, load = self._button("Save", self.save), self._button("Load", self.load)
        download = self._button("Download", self.download)
        self.kept = says("")
        self.program = widgets.HTML()
        return [
            widgets.HTML("<h3>5 Keep</h3>"), widgets.HBox([self.file, save, download, load], layout=WRAP), self.kept,
            self.program,
        ]  # fmt: skip

    def _file(self) -> Path:
        if not self.file.value.strip():
            raise ValueError("the file has no name; type one, such as my-classifier.zip")
        return Path(self.file.value.strip()).expanduser()

    def save(self, _: object = None) -> None:
        """Write the classifier to the file named."""

        def job() -> None:
            path = self.trainer.save(self._file())
            command = f"python -m course_utils classify {path} photo.jpg"
            self.kept.value = (
                f"<p>Saved to <code>{html.escape(str(path.resolve()))}</code>, {path.stat().st_size / 1e6:.1f} MB. On "
                f"any machine with the course: <code>load_classifier({str(path)!r}).predict('photo.jpg')</code>, or in "
                f"a terminal <code>{html.escape(command)}</code></p>"
            )
            self.program.value = (
                "<details><summary>The program that does the same</summary>"
                f"<pre>{html.escape(self.trainer.code(path))}</pre></details>"
            )

        self._run(self.kept, job, "Saving…")

    def download(self, _: object = None) -> None:
        """Save, and hand the file to the browser."""

        def job() -> None:
            with tempfile.TemporaryDirectory() as folder:
                self.try_drop.download(self.trainer.save(Path(folder, self._file().name)))
            self.kept.value = note("The browser has it now, where it keeps downloads.")

        self._run(self.kept, job, "Saving…")

    def load(self, _: object = None) -> None:
        """Read a saved classifier, to try it in step 4."""

        def job() -> None:
            classifier = self.trainer.load(self._file())
            names = html.escape(", ".join(classifier.classes))
            self.kept.value = note(f"Loaded a classifier of {names}. Try it in step 4.")

        self._run(self.kept, job, "Loading…")

    # all steps

    def _button(self, words: str, action: Callable, style: str = "") -> widgets.Button:
        button = widgets.Button(description=words, button_style=style, layout={"width": "auto"})
        button.on_click(action)
        return button

    def _run(self, area: widgets.HTML, work: Callable[[], None], words: str) -> None:
        """Put the work in the queue."""
        busy = self.jobs.unfinished_tasks
        area.value = note("Waits until the work before it is done; Stop ends training.") if busy else note(words)
        self.jobs.put((area, work, words))

    def _work(self) -> None:
        """Do one job after the other. Errors become words."""
        while job := self.jobs.get():
            area, work, words = job
            if self._closed:
                self.jobs.task_done()
                continue
            area.value = note(f"{words}")
            try:
                work()
            except (ValueError, OSError, RuntimeError, ImportError) as error:
                area.value = alert(str(error))
            except Exception as error:
                area.value = alert(f"this should not happen: {type(error).__name__}: {error}. Restart the kernel.")
            finally:
                self.jobs.task_done()

    def close(self) -> None:
        """Stop the work, forget what waits, and close."""
        self._closed = True
        self.trainer.stop()
        self.jobs.put(None)
        super().close()


def says(words: str) -> widgets.HTML:
    """A place for messages, which a screen reader reads out when they change."""
    place = widgets.HTML(words)
    place.add_class("trainer-says")
    return place


def note(words: str) -> str:
    """A message that a screen reader reads out; HTML."""
    return f'<p role="status">{words}</p>'


def alert(words: str) -> str:
    """An error in words."""
    words = words[:1].upper() + words[1:]
    return f'<div class="trainer-error" role="alert">{html.escape(words)}</div>'


def bars(probabilities: dict[str, float], most: int = 5) -> str:
    """The most probable classes as bars."""
    top = sorted(probabilities.items(), key=lambda pair: pair[1], reverse=True)[:most]
    rows = "".join(
        f"<tr><td>{html.escape(name)}</td><td><progress value='{value:.4f}' max='1' aria-label='{value:.0%}'>"
        f"</progress></td><td>{value:.2f}</td></tr>"
        for name, value in top
    )
    return f"<table>{rows}</table>"


@lru_cache(maxsize=2000)
def thumbnail(path: Path, size: int = 56) -> str:
    """The square that the network sees, small."""
    try:
        image = resize_image(crop_image(load_image(path, at_least=2 * size)), size)
    except UnreadableImageError as error:
        return f"<span title='{html.escape(error.reason, quote=True)}'>[{html.escape(path.name)} can't be read]</span>"
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, format="jpeg", quality=85)
    data, name = base64.b64encode(buffer.getvalue()).decode(), html.escape(path.name, quote=True)
    return f'<img alt="{name}" title="{name}" width="{size}" src="data:image/jpeg;base64,{data}">'
