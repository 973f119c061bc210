"""Find labelled pictures on disk (notebooks 05 and 06)."""

import os
from pathlib import Path
from typing import NamedTuple

from PIL import Image


class PictureSet(NamedTuple):
    """Pictures and their labels: ``paths[i]`` shows ``labels[i]``; ``classes`` lists each label once, in order."""

    paths: tuple[Path, ...]
    labels: tuple[str, ...]
    classes: tuple[str, ...]


def read_folders(root: str | Path) -> PictureSet:
    """List the pictures under ``root``; the folder a picture lies in is its label (notebook 05).

    Hidden files and folders are not data. Other files that are no pictures raise an error when they
    are loaded, not here.

    Parameters
    ----------
    root : str or Path
        A folder with one folder a label.

    Returns
    -------
    PictureSet
        Paths sorted by label, then name; classes sorted.

    Raises
    ------
    FileNotFoundError
        If ``root`` is no folder.
    ValueError
        If it holds no picture inside a label's folder.
    """
    root = Path(root)
    if not root.is_dir():
        raise FileNotFoundError(f"{root} is not a folder; expected a folder with one folder of pictures a label")
    endings = Image.registered_extensions()
    paths = []
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        if Path(folder) != root:
            paths += [
                Path(folder, name)
                for name in names
                if not name.startswith(".") and Path(name).suffix.lower() in endings
            ]
    if not paths:
        raise ValueError(f"{root} holds no pictures in label folders; expected, for example, {root.name}/cat/cat-1.jpg")
    paths.sort(key=lambda path: (path.parent.name, path.name))
    labels = tuple(path.parent.name for path in paths)
    return PictureSet(tuple(paths), labels, tuple(dict.fromkeys(labels)))
