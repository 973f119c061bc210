"""Execute every notebook again and save it with small, shareable outputs.

    python tools/save_notebooks.py [NOTEBOOK ...]

Timings, widgets and machine names are dropped. In cells tagged ``shows-photos`` the image data is
replaced by the picture's alt text, and players by a line: others' photos and recordings don't enter the repository. It
stops where the real weights and photos can't be had: outputs of the practice set are not stored.
"""

import os
import re
import sys
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient

from course_utils.files import notebooks

WIDGET = "application/vnd.jupyter.widget-view+json"
PLAYER = re.compile(r"<audio.*?</audio>", re.DOTALL)
HEARD = "<p><em>A recording, heard when you run this cell.</em></p>"
PHOTO = re.compile(r'<img alt="([^"]*)"[^>]*>')


def clean(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Drop what a stored notebook must not hold."""
    version = {"name": "python"}
    kernel = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
    notebook.metadata = nbformat.from_dict({"kernelspec": kernel, "language_info": version})
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        for output in cell.get("outputs", []):
            if WIDGET in output.get("data", {}):  # a widget lives in a running kernel; stored, it would show an error
                output.data = nbformat.from_dict({"text/plain": "A widget, shown when you run this cell."})
            if "shows-photos" in cell.metadata.get("tags", []) and "data" in output:
                for kind in ("image/png", "image/jpeg"):
                    output.data.pop(kind, None)
                if "text/html" in output.data:
                    html = PLAYER.sub(HEARD, output.data["text/html"])
                    photo = r"<p><em>A photo, shown when you run this cell.</em> \1</p>"
                    output.data["text/html"] = PHOTO.sub(photo, html)
    return notebook


def main() -> None:
    os.environ["COURSE_ASSETS"] = "real"
    os.environ.pop("COURSE_PROGRESS", None)  # checks would say that they note something
    paths = [Path(word) for word in sys.argv[1:]] or notebooks()
    for path in paths:
        notebook = nbformat.read(path, as_version=4)
        start = time.perf_counter()
        how = {"timeout": 600, "startup_timeout": 600, "resources": {"metadata": {"path": str(path.parent)}}}
        how["coalesce_streams"] = True  # else a slow machine would store one print in several pieces
        NotebookClient(notebook, **how).execute()
        nbformat.write(clean(notebook), path)
        print(f"saved {path.name}: {time.perf_counter() - start:.0f} seconds to run")


if __name__ == "__main__":
    main()
