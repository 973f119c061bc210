"""A classifier as files for other tools: the ending of the name says for which (notebook 12)."""

from __future__ import annotations

import os
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import NamedTuple

from ..files import keep
from ..network.looks import SQUARE, SQUEEZED
from .graphs import write_coreml, write_keras, write_onnx
from .onelook import OneLook, one_look
from .phone import write_tflite
from .teachable import layers_model

ZIP, PAGE = ".zip", ".html"  # all that a classifier is; a page that classifies
OF_ZIP = "load_classifier and `python -m course_utils classify` open it, on any machine with the course."
OF_PAGE = (
    "Any browser opens it, without a network, and looks as the course does; iPhones want it from a web host. Large "
    "JPEG files are reduced before, as in the course, but by the page's own sums: numbers may differ a little."
)
WRITTEN = {"model.json", "metadata.json", "weights.bin", "Manifest.json", "Data"}  # in folders
BATCH = "It reads what load_and_process_image makes of a picture: (n, 224, 224, 3), float32, from -1 to 1."


class Format(NamedTuple):
    """A kind of file: who opens it, how that looks at a picture, what it does otherwise, and who writes it."""

    tool: str
    look: str
    differs: str
    write: Callable[[OneLook, Path], None]


def _write_folder(plan: OneLook, path: Path) -> None:
    path.mkdir()
    for name, content in layers_model(plan).items():
        (path / name).write_bytes(content)


FORMATS = {
    ".tflite": Format(
        "MediaPipe",
        SQUEEZED,
        "MediaPipe opens it, tried in Python and in browsers; its libraries for Android and iOS read the same files. "
        "It squeezes the whole photo to 224 x 224 and looks once.",
        write_tflite,
    ),
    "-tm": Format(
        "Teachable Machine's library",
        SQUARE,
        "Teachable Machine's library opens the folder, from the addresses of model.json and metadata.json. It looks "
        "once, at the middle square, which the browser shrinks in its own way: numbers differ a little from the "
        "course's. (ml5 would open it, too, and squeeze the whole photo: a name that ends in -ml5 fits that.)",
        _write_folder,
    ),
    "-ml5": Format(
        "ml5",
        SQUEEZED,
        "ml5 opens the folder, from the whole address of its model.json. It squeezes the whole photo to 224 x 224, "
        "in the browser's own way, and looks once.",
        _write_folder,
    ),
    ".onnx": Format("onnxruntime", SQUARE, f"onnxruntime opens it. {BATCH} It looks once.", write_onnx),
    ".keras": Format(
        "Keras",
        SQUARE,
        f"keras.models.load_model opens it; labels.txt, in the same file, has the classes in order. {BATCH} It looks "
        "once.",
        write_keras,
    ),
    ".mlpackage": Format(
        "Core ML",
        SQUARE,
        "Xcode and Core ML open it. Apple's Vision cuts out the middle square unless asked otherwise, and it looks "
        "once. It was written, not run: only Apple's devices can. Compare some answers before you rely on it.",
        write_coreml,
    ),
}


def format_of(path: Path) -> str:
    """Which format a name asks for: one of ``FORMATS``, ``.zip`` or ``.html``.

    Raises
    ------
    ValueError
        If there is none of that ending.
    """
    for ending in [ZIP, PAGE, *FORMATS]:
        if path.name.lower().endswith(ending):
            return ending
    known = ", ".join([ZIP, PAGE, *FORMATS])
    raise ValueError(
        f"{path.name!r} says no format that is known; expected a name that ends in one of {known}, such as "
        "my-classifier.zip, or my-classifier-tm for a folder as Teachable Machine writes it"
    )


def save(members: Mapping[str, bytes], path: Path) -> Path:
    """Write a classifier's file as its name asks for; what was there before is replaced when all is written.

    Parameters
    ----------
    members : mapping of str to bytes
        What its zip file holds.
    path : pathlib.Path
        The file, or folder, to write.
    """
    ending = format_of(path)
    if ending == ZIP:
        return keep(path, partial(_write_zip, members))
    form = FORMATS[ending]
    return _keep_any(path, partial(form.write, one_look(members, form.look, form.tool)))


def explain(members: Mapping[str, bytes], path: Path) -> str:
    """Say who opens a file of this name, what that does otherwise, and how often its head was right."""
    ending = format_of(path)
    if ending in (ZIP, PAGE):
        return OF_ZIP if ending == ZIP else OF_PAGE
    form = FORMATS[ending]
    return f"{form.differs} {one_look(members, form.look, form.tool).words}"


def in_one_file(path: Path) -> Path:
    """A folder as a zip file beside it, for whoever can take one file only; a file is that already."""
    return Path(shutil.make_archive(str(path), "zip", path.parent, path.name)) if path.is_dir() else path


def megabytes(path: Path) -> float:
    """The size of a file, or of all files in a folder."""
    return sum(file.stat().st_size for file in [path, *path.rglob("*")] if file.is_file()) / 1e6


def _write_zip(members: Mapping[str, bytes], path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members.items():
            file.writestr(name, content)


def _keep_any(target: Path, write: Callable[[Path], None]) -> Path:
    """As ``files.keep``, for folders, too: one that is there goes when the new one is whole.

    Raises
    ------
    FileExistsError
        If a folder of that name holds what no such format has.
    """
    if not target.is_dir():
        return keep(target, write)
    strange = {path.name for path in target.iterdir()} - WRITTEN
    if strange:
        raise FileExistsError(f"{target} is a folder with other files, such as {min(strange)}; choose another name")
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".arriving-") as folder:
        write(Path(folder, target.name))
        os.replace(target, Path(folder, "before"))
        os.replace(Path(folder, target.name), target)
    return target
