"""A classifier as files for other tools: the ending of the name says for which (notebook 12)."""

from __future__ import annotations

import os
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

ZIP, FOLDER = ".zip", "-tm"  # of all that a classifier is; of a folder's name, as Teachable Machine writes it
OF_ZIP = "load_classifier and `python -m course_utils classify` open it, on any machine with the course."
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
        "MediaPipe (Android, iOS, browsers, Python) opens it, and any LiteRT. It squeezes the whole photo to 224 x 224 "
        "and looks once.",
        write_tflite,
    ),
    FOLDER: Format(
        "Teachable Machine's library",
        SQUARE,
        "Teachable Machine's library and ml5 open the folder, from the address of its model.json. They look once, at "
        "the middle square, which the browser shrinks in its own way: numbers differ a little from the course's.",
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
    """Which format a name asks for: one of ``FORMATS``, or ``.zip``.

    Raises
    ------
    ValueError
        If there is none of that ending.
    """
    ending = FOLDER if path.name.lower().endswith(FOLDER) else path.suffix.lower()
    if ending != ZIP and ending not in FORMATS:
        known = ", ".join([ZIP, *(one for one in FORMATS if one != FOLDER)])
        raise ValueError(
            f"{path.name!r} says no format that is known; expected a name that ends in {known}, or in {FOLDER} for a "
            "folder as Teachable Machine writes it, such as my-classifier-tm"
        )
    return ending


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
    if ending == ZIP:
        return OF_ZIP
    form = FORMATS[ending]
    return f"{form.differs} {one_look(members, form.look, form.tool).words}"


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
