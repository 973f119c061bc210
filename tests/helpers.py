"""What several tests use: the course's folder, its notebooks, made pictures, and the browser on this machine."""

import shutil
import socket
from pathlib import Path

import nbformat
import numpy as np
from PIL import Image

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)
NO_BROWSER = "needs Chromium, which is not on this machine"
BROWSER_OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
]
COLORS = {"red": (200, 40, 40), "blue": (40, 40, 200), "green": (40, 200, 40)}


def read_notebook(path):
    return nbformat.read(path, as_version=4)


def tags(cell):
    return cell.metadata.get("tags", [])


def text_of(cell):
    """What a code cell printed."""
    return "".join(output.get("text", "") for output in cell.outputs)


def solved(cells):
    """Pairs of an exercise's cell and its solution's."""
    return [(cell, after) for cell, after in zip(cells, cells[1:], strict=False) if "exercise" in tags(cell)]


def title_of(path):
    """The heading that a notebook starts with."""
    return read_notebook(path).cells[0].source.split("\n")[0].removeprefix("# ")


def make_pictures(folder, seed=3, **counts):
    """Noise around a color of its own for each class, in a folder for each."""
    rng = np.random.default_rng(seed)
    for name, count in counts.items():
        (folder / name).mkdir(parents=True, exist_ok=True)
        for number in range(count):
            noise = np.clip(rng.normal(COLORS[name], 30, (90, 120, 3)), 0, 255).astype("uint8")
            Image.fromarray(noise).save(folder / name / f"{name}-{number}.png")
    return folder


def make_noise(folder, count, first=0):
    """Numbered pictures of nothing, each one different."""
    folder.mkdir(exist_ok=True)
    paths = [folder / f"{first + number:03}.png" for number in range(count)]
    for number, path in enumerate(paths, first):
        Image.fromarray(np.random.default_rng(number).integers(0, 256, (60, 80, 3), np.uint8)).save(path)
    return paths


def free_ports(count=1):
    """Ports of this machine that nobody listens at."""
    servers = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [server.getsockname()[1] for server in servers]
    for server in servers:
        server.close()
    return ports
