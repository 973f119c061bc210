"""What several tests use: the course's folder, notebooks, processes, made pictures, servers, and ways to wait."""

import io
import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import numpy as np
from PIL import Image, ImageDraw

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)
NO_BROWSER = "needs Chromium, which is not on this machine"
BROWSER_OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--use-fake-device-for-media-stream",  # a made camera
    "--use-fake-ui-for-media-stream",
]
# anywidget gives a widget 2 seconds to start; one that is later, as on a busy machine, never hears from Python
LATE_WIDGETS = """
const after = AbortSignal.timeout;
AbortSignal.timeout = (limit) => after.call(AbortSignal, 400 * limit);
"""
COLORS = {"red": (200, 40, 40), "blue": (40, 40, 200), "green": (40, 200, 40)}
NO_NETWORK = dict.fromkeys(["http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"], "http://127.0.0.1:9")
PATIENCE = 900  # seconds: far more than anything takes on a busy machine
SOON = 180  # seconds: far more than a page takes to show what has happened already


# The course


def read_notebook(path):
    return nbformat.read(path, as_version=4)


def cells_of(path):
    return read_notebook(path).cells


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
    return cells_of(path)[0].source.split("\n")[0].removeprefix("# ")


def run_python(*words, **options):
    """Run this Python in a process of its own, and keep what it says."""
    return subprocess.run([sys.executable, *map(str, words)], capture_output=True, text=True, **options)


def run_course(*words, cwd=ROOT, **variables):
    """Run a command of the course, with these changes to the environment."""
    return run_python("-m", "course_utils", *words, cwd=cwd, env={**os.environ, **variables})


# Pictures


def make_pictures(folder, seed=3, **counts):
    """Noise around a color of its own for each class, in a folder for each."""
    rng = np.random.default_rng(seed)
    for name, count in counts.items():
        (folder / name).mkdir(parents=True, exist_ok=True)
        for number in range(count):
            noise = np.clip(rng.normal(COLORS[name], 30, (90, 120, 3)), 0, 255).astype("uint8")
            Image.fromarray(noise).save(folder / name / f"{name}-{number}.png")
    return folder


def scene(rng, size=(160, 120)):
    """Shapes in front of soft colors."""
    rows, columns = rng.integers(2, 6, 2)
    soft = Image.fromarray(rng.integers(0, 256, (rows, columns, 3), np.uint8))
    picture = soft.resize(size, Image.Resampling.BICUBIC)
    draw = ImageDraw.Draw(picture)
    for number in range(rng.integers(3, 8)):
        left, top, wide, high = (rng.integers(0, [*size, size[0] // 2, size[1] // 2]) + [0, 0, 8, 8]).tolist()
        color = tuple(rng.integers(0, 256, 3).tolist())
        (draw.ellipse if number % 2 else draw.rectangle)([left, top, left + wide, top + high], fill=color)
    return picture


def frame(picture, rng):
    """The picture once more: turned, zoomed and shifted a little, brighter or darker, and noisy."""
    turned = picture.rotate(rng.uniform(-2, 2), Image.Resampling.BICUBIC)
    wide, high = (np.array(picture.size) * (1 - rng.uniform(0.03, 0.14))).astype(int).tolist()
    left, top = (int(rng.integers(0, more + 1)) for more in (picture.width - wide, picture.height - high))
    near = turned.crop((left, top, left + wide, top + high)).resize(picture.size, Image.Resampling.BICUBIC)
    levels = np.asarray(near, float) * rng.uniform(0.88, 1.12) + rng.normal(0, 6, (*picture.size[::-1], 3))
    return Image.fromarray(np.clip(levels, 0, 255).astype("uint8"))


def make_bursts(folder, labels, frames=5, seed=0):
    """A scene for each label, and some frames of each scene. The start of a name, as far as ``-``, tells the scene."""
    rng = np.random.default_rng([seed, frames])
    for number, label in enumerate(labels):
        picture = scene(np.random.default_rng([seed, number]))
        (folder / label).mkdir(parents=True, exist_ok=True)
        for _ in range(frames):
            name = f"{number:02}-{rng.integers(1_000_000):06}.png"  # so that no numbers tell the order
            frame(picture, rng).save(folder / label / name)
    return folder


def scene_of(path):
    return path.name.split("-")[0]


def noise(seed, height=60, width=80):
    """A picture of nothing; another seed gives another one."""
    return Image.fromarray(np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8))


def make_noise(folder, count, first=0):
    """Numbered pictures of nothing, each one different."""
    folder.mkdir(exist_ok=True)
    paths = [folder / f"{first + number:03}.png" for number in range(count)]
    for number, path in enumerate(paths, first):
        noise(number).save(path)
    return paths


def add(folder, *names):
    """Write small pictures; the folder."""
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (4, 4), "red").save(folder / name, "PNG")
    return folder


def table(folder, text, encoding="utf-8", name="labels.csv"):
    """Write a table among them; its path."""
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(text.encode(encoding))
    return folder / name


def problems(pictures):
    """What was noticed about a set, with the files concerned."""
    return {finding.problem: finding.files for finding in pictures.report}


def saved(picture, form, **options):
    """What a file of the picture holds."""
    buffer = io.BytesIO()
    picture.save(buffer, form, **options)
    return buffer.getvalue()


# Servers


def free_ports(count=1):
    """Ports of this machine that nobody listens at."""
    servers = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [server.getsockname()[1] for server in servers]
    for server in servers:
        server.close()
    return ports


def wait_until(ready, process=None, log=None):
    """Ask until the answer is true, and return it. Ends with an error when the process has ended, or after minutes.

    ``ready`` may raise OSError, as it does while nobody listens yet. ``log`` is a file, shown where waiting is in vain.
    """
    end = time.monotonic() + PATIENCE
    while True:
        try:
            if answer := ready():
                return answer
            why = f"still {answer!r}"
        except OSError as error:  # those of requests, and of urllib, are of this kind
            why = str(error)
        ended = process is not None and process.poll() is not None
        if ended or time.monotonic() > end:
            said = f"\n{Path(log).read_text()[-3000:]}" if log else ""
            raise TimeoutError(f"waited in vain{', for a process that has ended' if ended else ''}: {why}{said}")
        time.sleep(0.05)


def wait_for_answer(wanted, ask, patience=SOON):
    """Ask until the answer is the one that is wanted. Ends with an error that shows the last answer."""
    end = time.monotonic() + patience
    while (seen := ask()) != wanted:
        assert time.monotonic() < end, f"expected {wanted!r}, and after {patience} seconds it was still {seen!r}"
        time.sleep(0.05)


def expect(what):
    """Playwright's checks of a locator or a page. Each looks until it is so: a page shows things a moment later."""
    from playwright.sync_api import expect as checks

    checks.set_options(timeout=1000 * SOON)
    return checks(what)


def says(place, *words):
    """Wait until all of this can be read in a part of a page."""
    for each in words:
        expect(place).to_contain_text(each, use_inner_text=True)
