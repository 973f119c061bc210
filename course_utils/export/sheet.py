"""A sheet of pictures: of each, what a classifier answers, and where it looks (notebook 08)."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from PIL import Image

from ..files import keep
from ..learning.heat import Heat
from ..learning.known import NONE_OF_THESE
from ..pictures.formats import require_file
from ..pictures.shown import shown

if TYPE_CHECKING:
    from .answers import Answer
    from .classifier import Classifier

MOST = 20  # pictures on a sheet: so many can still be looked at one by one
COLUMNS = 2
SOFTWARE, MADE_BY = 0x0131, "course_utils classify --explain"  # where EXIF names it, and the name
WIDE = 2.3  # inches of a picture
DPI = 150


class Sheet(NamedTuple):
    """Which classifier is shown, where its sheet is written, and in which of Pillow's forms."""

    classifier: Classifier
    path: Path
    form: str

    def write(self, answers: Sequence[Answer]) -> str:
        """Write the pictures with their answers and heat.

        Parameters
        ----------
        answers : sequence of Answer
            What the classifier said. Those that can't be read are left out, and so are all after the first ``MOST``.

        Returns
        -------
        str
            What is on the sheet, in a sentence.

        Raises
        ------
        OSError
            If it can't be written.
        """
        read = [answer for answer in answers if answer.prediction]
        if not read:
            return f"{shown(self.path)} was not written: no picture could be read."
        heats = [(_title(answer), self.classifier.heat(answer.picture)) for answer in read[:MOST]]
        picture, exif = _draw(heats, self.classifier.heat_note()), Image.Exif()
        exif[SOFTWARE] = MADE_BY
        keep(self.path, lambda arriving: picture.save(arriving, self.form, exif=exif))
        left = len(read) - len(heats)
        more = f" It holds no more: {left} were left out." if left else ""
        return f"{shown(self.path)} shows where it looks in {len(heats)} of {len(answers)} pictures.{more}"


def plan_sheet(classifier: Classifier, path: Path) -> Sheet:
    """Make sure that a sheet can be written, before pictures are looked at.

    Parameters
    ----------
    classifier : Classifier
        What answers.
    path : pathlib.Path
        The file to write. Its ending says in which form.

    Raises
    ------
    ValueError
        If the classifier can't tell where it looks, no picture can be written under this name, or something else lies
        there.
    """
    classifier.heat_note()
    form = Image.registered_extensions().get(path.suffix.lower(), "")
    try:
        Image.new("RGB", (1, 1)).save(io.BytesIO(), form)
    except (KeyError, OSError, ValueError):
        raise ValueError(
            f"got {shown(path.name)}; expected a name that ends as a picture's, such as sheet.png"
        ) from None
    if path.exists() and not _is_sheet(path):
        raise ValueError(f"{shown(path)} is there already, and is no sheet written before; choose another name")
    return Sheet(classifier, path, form)


def _is_sheet(path: Path) -> bool:
    """Whether a file is an earlier sheet: no other picture shall be lost to a slip."""
    try:
        require_file(path)
        with Image.open(path) as picture:
            return picture.getexif().get(SOFTWARE) == MADE_BY
    except (OSError, ValueError):
        return False


def _title(answer: Answer) -> str:
    """A picture's name, and beneath it what is said of it."""
    from ..plots import label as written

    label, probability = next(iter((answer.prediction or {}).items()))
    said = f"{written(label)} {probability:.2f}"
    return f"{written(answer.picture.name, 40)}\n{f'{NONE_OF_THESE}; else ' if answer.unknown else ''}{said}"


def _draw(heats: Sequence[tuple[str, Heat]], note: str) -> Image.Image:
    """Each picture beside its heat, under its title; and what that is, beneath all."""
    import textwrap

    from matplotlib.figure import Figure

    from ..fonts import drawn, families
    from ..plots import plot_heat

    columns = min(COLUMNS, len(heats))
    rows = -(-len(heats) // columns)
    tallest = max(heat.image.shape[0] / heat.image.shape[1] for _, heat in heats)
    size = (WIDE * 2 * columns, rows * (WIDE * min(tallest, 1.4) + 0.6) + 0.8)
    figure = Figure(figsize=size, layout="constrained")
    grid = figure.subplots(rows, 2 * columns, squeeze=False)
    for axes in grid.flat:
        axes.axis("off")
    for (left, right), (title, heat) in zip(grid.reshape(-1, 2), heats, strict=False):
        left.imshow(heat.image)
        left.set_title(title, fontsize=9, loc="left", fontfamily=families())
        plot_heat(right, heat.image, heat.values)
    figure.supxlabel(drawn(textwrap.fill(note, 60 * columns)), fontsize=9, fontfamily=families())
    painted = io.BytesIO()
    figure.savefig(painted, format="png", dpi=DPI, facecolor="white")
    return Image.open(painted).convert("RGB")
