"""The trainer's JavaScript: plain modules in ``js/``, joined to the one text that a widget is given (notebook 07).

All but those called ``widget_...`` know nothing of Jupyter, so that a page without Python can load them as they are.
"""

from __future__ import annotations

import re
from pathlib import Path

FOLDER = Path(__file__).with_name("js")
STYLE = (FOLDER / "parts.css").read_text(encoding="utf-8")
IMPORT = re.compile(r'^import \{[^}]*\} from "\./([\w-]+\.js)";\n', re.M)
EXPORT = re.compile(r"^export (?!default)", re.M)


def join_modules(name: str, folder: Path = FOLDER) -> str:
    """Join a module and all that it imports, each once, to one module that imports nothing (notebook 07).

    Parameters
    ----------
    name : str
        A file of the folder. What it imports stands in that folder, too: ``import { one, other } from "./file.js"``.
    folder : pathlib.Path
        Where they stand.

    Returns
    -------
    str
        JavaScript. Names at the top of the files must differ.
    """
    texts: dict[str, str] = {}
    _gather(name, folder, texts)
    return "\n".join(EXPORT.sub("", text) for text in texts.values())


def _gather(name: str, folder: Path, texts: dict[str, str]) -> None:
    """What a module imports comes before it."""
    if name not in texts:
        text = (folder / name).read_text(encoding="utf-8")
        for needed in IMPORT.findall(text):
            _gather(needed, folder, texts)
        texts[name] = IMPORT.sub("", text)
