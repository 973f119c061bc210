"""JavaScript in plain modules, joined to the one text that a widget or a page is given (notebooks 07 and 12).

All but those in ``widgets/`` know nothing of Jupyter, so that a page without Python can load them as they are.
"""

from __future__ import annotations

import re
from pathlib import Path

FOLDER = Path(__file__).parent
STYLE = (FOLDER / "parts" / "parts.css").read_text(encoding="utf-8")
IMPORT = re.compile(r'^import \{[^}]*\} from "(\.{1,2}/[\w/-]+\.js)";\n', re.M)
EXPORT = re.compile(r"^export (?!default)", re.M)


def join_modules(name: str, folder: Path = FOLDER) -> str:
    """Join a module and all that it imports, each once, to one module that imports nothing (notebook 12).

    Parameters
    ----------
    name : str
        A file of the folder, such as ``widgets/live.js``. What it imports is named from where it stands:
        ``import { one, other } from "../parts/file.js"``.
    folder : pathlib.Path
        Where they stand.

    Returns
    -------
    str
        JavaScript. Names at the top of the files must differ.
    """
    texts: dict[Path, str] = {}
    _gather((folder / name).resolve(), texts)
    return "\n".join(EXPORT.sub("", text) for text in texts.values())


def needs(module: Path) -> list[Path]:
    """The files that a module imports (notebook 12)."""
    return [(module.parent / name).resolve() for name in IMPORT.findall(module.read_text(encoding="utf-8"))]


def _gather(module: Path, texts: dict[Path, str]) -> None:
    """What a module imports comes before it."""
    if module not in texts:
        for needed in needs(module):
            _gather(needed, texts)
        texts[module] = IMPORT.sub("", module.read_text(encoding="utf-8"))
