"""Measure the course's page beside tfjs, LiteRT.js and onnxruntime-web, in Chromium on this machine.

    python benchmarks/browser.py [--rounds 5] [--looks 20] [--epochs 20] [--only course tfjs ...] [--out FILE]

All have the same network and the article's head: the course in the page that ``save_page`` writes, the others in the
files that ``save`` writes for them. A round opens a new page for one after the other, with nothing cached, from a web
server on this machine. It measures the time from the page's address to the first answer, what was loaded until then,
and after that one answer after another for a picture in memory. Then heads are trained. A row is the median of the
rounds.

It needs Chromium and playwright and, for the peers, npm and onnx (the extra ``benchmark`` has all but Chromium and
npm). A peer that can't be had is left out, and the reason told. It prints the tables that stand in README.md, and
writes all numbers to ``benchmarks/browser.json``.
"""

from __future__ import annotations

import argparse
import base64
import functools
import gzip
import http.server
import json
import os
import platform
import shutil
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import psutil
from PIL import Image

import course_utils as cu
from course_utils.browser.scripts import FOLDER

HERE = Path(__file__).parent
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)
OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
PATIENCE = 600  # seconds
PACKAGES = {
    "tfjs": [f"@tensorflow/tfjs-{part}@4.22.0" for part in ("core", "layers", "backend-cpu", "backend-wasm")],
    "LiteRT.js": ["@litertjs/core@2.5.3"],
    "onnxruntime-web": ["onnxruntime-web@1.30.0"],
}
SIDES = (224, 288)  # of the squares for one look and for two
NOT_COUNTED = ("/given/", "/browser.js")  # the pictures, and what measures


class Contender(NamedTuple):
    """Who looks: the head, its page, and how the page begins; ``starts`` is empty where ``save_page`` wrote it."""

    name: str
    peer: str
    page: str
    starts: tuple[str, ...] = ()
    plain: bool = False
    head: str = "article"


LOOKS = [
    Contender("course, WebAssembly", "course", "models/article.html"),
    Contender("course, plain JavaScript", "course", "models/article.html", plain=True),
    Contender("LiteRT.js", "LiteRT.js", "litert.html", ("litert",)),
    Contender("onnxruntime-web", "onnxruntime-web", "onnx.html", ("onnx",)),
    Contender("tfjs, wasm", "tfjs", "tfjs-wasm.html", ("tfjs", "wasm")),
    Contender("tfjs, cpu", "tfjs", "tfjs-cpu.html", ("tfjs", "cpu")),
    Contender("course, two looks, WebAssembly", "course", "models/linear.html", head="linear"),
    Contender("course, two looks, plain JavaScript", "course", "models/linear.html", plain=True, head="linear"),
]


class Learner(NamedTuple):
    """Who learns: which head, with which function of browser.js, in which page."""

    name: str
    peer: str
    head: str
    function: str
    page: str = "bare.html"
    backend: str = ""


LEARNERS = [
    Learner("article's head, course", "course", "article", "article"),
    Learner("article's head, tfjs, wasm", "tfjs", "article", "tfjs", "bare-wasm.html", "wasm"),
    Learner("article's head, tfjs, cpu", "tfjs", "article", "tfjs", "bare-cpu.html", "cpu"),
    Learner("linear head, course", "course", "linear", "linear"),
]

# what the pages are given ---------------------------------------------------------------------------------------------


class Given(NamedTuple):
    """Labels of the training photos, and what Python's classifiers and heads say of those held back."""

    labels: list[int]
    class_count: int
    epochs: int
    says: dict[str, np.ndarray]
    learned: dict[str, np.ndarray]


def prepare(site: Path, epochs: int) -> tuple[Given, dict[str, cu.Classifier]]:
    """Learn from the photos in Python; write numbers, pictures and the course's own pages."""
    for name in ("given", "models"):
        (site / name).mkdir()
    shutil.copytree(FOLDER, site / "course")
    shutil.copy(HERE / "browser.js", site)
    training, held_back = (cu.read_folders(cu.pexels_folder() / part) for part in ("training", "validation"))
    classes = list(training.classes)
    rows, network = cu.add_labels(training.labels, training.classes), cu.load_network()
    says, learned, made = {}, {}, {}
    drawn = cu.read_folders(cu.stock_folder()).paths[::4]  # the head is less sure of these
    pictures = write_pictures(site / "given", [*held_back.paths, *drawn])
    for looks, name in ((1, "article"), (2, "linear")):
        known, asked = (
            cu.extract_features(one.paths, network, use_cache=False, looks=looks) for one in (training, held_back)
        )
        write(site / "given", {f"features-{looks}": known, f"asked-{looks}": asked})
        head = learn_article(site / "given", known, rows, epochs) if looks == 1 else cu.fit_linear_head(known, rows)
        learned[name] = head.predict(asked)
        made[name] = cu.make_classifier(network, head, classes)
        made[name].save_page(site / "models" / f"{name}.html")
        answers = [made[name].predict(path) for path in pictures]
        says[name] = np.array([[answer[label] for label in classes] for answer in answers])
    return Given(rows.argmax(1).tolist(), len(classes), epochs, says, learned), made


def learn_article(folder: Path, known: np.ndarray, rows: np.ndarray, epochs: int) -> Any:
    """Train the article's head, and write the weights that it starts from."""
    head = cu.start_article_head(rows.shape[1])
    write(folder, {"hidden": head.hidden, "last": head.last})
    cu.train_article_head(head, known, rows, epochs)
    return head


def write(folder: Path, arrays: dict[str, np.ndarray]) -> None:
    for name, array in arrays.items():
        array.astype("<f4").tofile(folder / f"{name}.bin")


def write_pictures(folder: Path, photos: Sequence[Path]) -> list[Path]:
    """Their middle squares, as PNG files and as the bytes that the network is given for one look and for two."""
    paths, squares = [folder / f"{number}.png" for number in range(len(photos))], b""
    for photo, path in zip(photos, paths, strict=True):
        square = cu.resize_image(cu.crop_image(cu.load_image(photo)))
        Image.fromarray(square).save(path)
        squares += b"".join(cu.resize_image(square, side).tobytes() for side in SIDES)
    (folder / "squares.bin").write_bytes(squares)
    return paths


def get_peers(site: Path, classifier: cu.Classifier, wanted: Sequence[str]) -> dict[str, str]:
    """Get the packages of the peers, and write the classifier for them; return why any is left out."""
    missing = {}
    endings = {"tfjs": "-tm", "LiteRT.js": ".tflite", "onnxruntime-web": ".onnx"}
    for peer in wanted:
        if peer != "course":
            try:
                classifier.save(site / "models" / f"article{endings[peer]}")
                install(site, PACKAGES[peer])
            except (ImportError, OSError, subprocess.SubprocessError) as error:
                missing[peer] = f"{error} {getattr(error, 'stderr', None) or ''}".strip()
    return missing


def install(site: Path, packages: list[str]) -> None:
    npm = shutil.which("npm")
    if npm is None:
        raise FileNotFoundError("there is no npm on this machine")
    command = [npm, "install", "--prefix", str(site), "--silent", "--no-fund", "--no-audit", "--ignore-scripts"]
    subprocess.run([*command, *packages], check=True, capture_output=True, text=True, timeout=PATIENCE)


def write_hosts(site: Path) -> None:
    """Write pages that do no more than load a peer."""
    tfjs = "node_modules/@tensorflow/tfjs-{0}/dist/tf-{0}.min.js"
    scripts = {
        backend: [tfjs.format(part) for part in ("core", "layers", f"backend-{backend}")] for backend in ("cpu", "wasm")
    }
    for one in LOOKS:
        if one.starts:
            write_host(site / one.page, scripts.get(one.starts[-1], []), one.starts)
    for learner in LEARNERS:
        write_host(site / learner.page, scripts.get(learner.backend, []))


def write_host(path: Path, scripts: list[str], starts: tuple[str, ...] = ()) -> None:
    packages = {f"@litertjs/{part}": f"/node_modules/@litertjs/{part}/dist/index.js" for part in ("core", "wasm-utils")}
    begin = f'import {{ begin }} from "/browser.js"; window.begun = begin(...{json.dumps(starts)});' if starts else ""
    lines = [
        '<!doctype html><meta charset="utf-8"><title>Benchmark</title><link rel="icon" href="data:,">',
        f'<script type="importmap">{json.dumps({"imports": packages})}</script>',
        *(f'<script src="{script}"></script>' for script in scripts),
        f'<script type="module">{begin}</script>',
    ]
    path.write_text("\n".join(lines), encoding="utf-8")


# measuring ------------------------------------------------------------------------------------------------------------

# Pastes a picture into a page that `save_page` wrote, as soon as that is ready, and waits for the bars of its answer.
PASTE = """
window.begun = new Promise((done) => {
  let pasted = false;
  function look() {
    if (!pasted && document.querySelector(".dropzone-buttons")) {
      pasted = true;
      const clipboardData = new DataTransfer();
      const bytes = Uint8Array.from(atob("PICTURE"), (letter) => letter.charCodeAt(0));
      clipboardData.items.add(new File([bytes], "picture.png", { type: "image/png" }));
      document.body.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true }));
    }
    if (document.querySelector(".answer .bars-row")) done({ first: performance.now() });
  }
  new MutationObserver(look).observe(document, { childList: true, subtree: true });
});
"""
MEASURE = """async ([count, own]) => {
  const { begin, measure } = await import("/browser.js");
  const { answer } = own ? await begin("course") : await window.begun;
  return measure(answer, count);
}"""
LEARN = """async ([name, options]) => (await import("/browser.js")).learn(name, options)"""


class Quiet(http.server.SimpleHTTPRequestHandler):
    extensions_map = {".js": "text/javascript", ".mjs": "text/javascript", ".wasm": "application/wasm"} | {
        ".html": "text/html",
        "": "application/octet-stream",
    }

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def serving(site: Path) -> Iterator[str]:
    """A web server on this machine; its address."""
    handler = functools.partial(Quiet, directory=str(site))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@contextmanager
def new_page(browser: Any, address: str, script: str = "") -> Iterator[Any]:
    """A page with nothing cached. The course's pages allow no script but their own, which is lifted to measure."""
    context = browser.new_context(bypass_csp=True, base_url=address)
    context.set_default_timeout(PATIENCE * 1000)
    context.add_init_script(script)
    try:
        yield context.new_page()
    finally:
        context.close()


def look(browser: Any, address: str, site: Path, count: int, one: Contender) -> dict[str, Any]:
    """One round: the first answer, what was loaded until then, and answers one after another."""
    picture = base64.b64encode((site / "given" / "0.png").read_bytes()).decode()
    script = ("delete window.WebAssembly;" if one.plain else "") + ("" if one.starts else PASTE)
    with new_page(browser, address, script.replace("PICTURE", picture)) as page:
        asked = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(one.page)
        first = page.evaluate("async () => (await window.begun).first")
        names = [url.removeprefix(address) for url in asked if url.startswith(address)]
        files = [site / name for name in names if not f"/{name}".startswith(NOT_COUNTED)]
        measured = page.evaluate(MEASURE, [count, not one.starts])
    times = {"milliseconds": statistics.median(measured["milliseconds"]), "fastest": min(measured["milliseconds"])}
    sizes = {"bytes": sum(path.stat().st_size for path in files), "gzipped": sum(map(gzipped, files))}
    return {"first": first, **times, **sizes, "said": measured["said"]}


@functools.cache
def gzipped(path: Path) -> int:
    return len(gzip.compress(path.read_bytes(), 6))


def learn(browser: Any, address: str, given: Given, one: Learner) -> dict[str, Any]:
    """One round: a head from features to what it says of the photos that were held back."""
    options = {"labels": given.labels, "classCount": given.class_count, "epochs": given.epochs, "backend": one.backend}
    with new_page(browser, address) as page:
        page.goto(one.page)
        return page.evaluate(LEARN, [one.function, options])


def in_turn(
    present: list[Any], measure: Callable[[Any], dict[str, Any]], rounds: int, missing: dict[str, str]
) -> dict[Any, list[dict[str, Any]]]:
    """Measure each, then each again: what they gave, round by round. A peer that fails is left out."""
    from playwright.sync_api import Error

    told: dict[Any, list[dict[str, Any]]] = {one: [] for one in present}
    for number in range(rounds):
        for one in [*told]:
            try:
                told[one].append(measure(one))
                print(f"round {number + 1}: {one.name}", flush=True)
            except Error as error:
                if one.peer == "course":
                    raise
                missing[one.name] = str(error).splitlines()[0]
                del told[one]
    return told


def row(name: str, expected: np.ndarray, rounds: list[dict[str, Any]]) -> dict[str, Any]:
    """All rounds in one row, with the largest difference of a probability from Python's."""
    said = [np.reshape(one.pop("said"), expected.shape) for one in rounds]
    found = {key: [round(one[key], 4) for one in rounds] for key in rounds[0]}
    sizes = {key: found.pop(key)[0] for key in ("bytes", "gzipped") if key in found}
    return {"name": name, **found, **sizes, "difference": float(np.abs(np.array(said) - expected).max())}


def run(options: argparse.Namespace, site: Path) -> dict[str, Any]:
    """Prepare, and measure all: first those that look, then those that learn."""
    from playwright.sync_api import sync_playwright

    given, made = prepare(site, options.epochs)
    missing = get_peers(site, made["article"], options.only)
    write_hosts(site)
    present = set(options.only) - set(missing)
    results = describe(options, missing)
    with serving(site) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=OPTIONS)
        results["browser"] = f"Chromium {browser.version}"
        looking = functools.partial(look, browser, address, site, options.looks)
        told = in_turn([one for one in LOOKS if one.peer in present], looking, options.rounds, missing)
        results["looks"] = [row(one.name, given.says[one.head], rounds) for one, rounds in told.items()]
        learning = functools.partial(learn, browser, address, given)
        told = in_turn([one for one in LEARNERS if one.peer in present], learning, options.rounds, missing)
        results["training"] = [row(one.name, given.learned[one.head], rounds) for one, rounds in told.items()]
        browser.close()
    results["load"].append(round(psutil.getloadavg()[0], 1))
    return results


def describe(options: argparse.Namespace, missing: dict[str, str]) -> dict[str, Any]:
    """What was measured, where and when; ``load`` is how many processes wanted a core, before and after."""
    return {
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        "date": time.strftime("%Y-%m-%d"),
        "load": [round(psutil.getloadavg()[0], 1)],
        "rounds": options.rounds,
        "packages": {name: packages for name, packages in PACKAGES.items() if name in options.only},
        "left out": missing,
    }


# telling --------------------------------------------------------------------------------------------------------------


def tables(results: dict[str, Any]) -> str:
    """The tables of README.md, in Markdown."""
    looks, training = results["looks"], results["training"]
    titles = ["classifying", "ms a picture", "times as long", "fastest, ms", "first answer, s", "MB loaded", "gzipped"]
    titles += ["off Python"]
    cells = [
        [one["name"], f"{statistics.median(one['milliseconds']):.1f}", times_as_long("milliseconds", one, looks[0])]
        + [f"{min(one['fastest']):.1f}", f"{statistics.median(one['first']) / 1000:.2f}"]
        + [f"{one[key] / 1e6:.1f}" for key in ("bytes", "gzipped")]
        + [f"{one['difference']:.0e}"]
        for one in looks
    ]
    learned = [
        [one["name"], f"{statistics.median(one['seconds']):.2f}", times_as_long("seconds", one, training[0])]
        + [f"{one['difference']:.0e}"]
        for one in training
    ]
    return f"{markdown(titles, cells)}\n\n{markdown(['training', 'seconds', 'times as long', 'off Python'], learned)}"


def times_as_long(what: str, one: dict[str, Any], first: dict[str, Any]) -> str:
    """Than the first row, in the same round: the median."""
    return f"{statistics.median(a / b for a, b in zip(one[what], first[what], strict=True)):.2g}"


def markdown(titles: list[str], rows: list[list[str]]) -> str:
    return "\n".join(f"| {' | '.join(cells)} |" for cells in [titles, ["---"] * len(titles), *rows])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--looks", type=int, default=20, help="answers in each round, after ten to warm up")
    parser.add_argument("--epochs", type=int, default=20, help="of the article's head")
    names = ["course", *PACKAGES]
    parser.add_argument("--only", nargs="+", choices=names, default=names)
    parser.add_argument("--out", type=Path, default=HERE / "browser.json")
    options = parser.parse_args()
    if CHROMIUM is None:
        parser.exit(1, "It needs Chromium, which is not on this machine.\n")
    with tempfile.TemporaryDirectory(prefix="benchmark-") as site:
        results = run(options, Path(site))
    options.out.write_text(json.dumps(results, indent=1), encoding="utf-8")
    for name, reason in results["left out"].items():
        print(f"{name} is left out: {reason}")
    print(f"\n{tables(results)}\n\nAll numbers are in {options.out}")


if __name__ == "__main__":
    main()
