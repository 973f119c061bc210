"""One HTML file that says what is on a picture, in any browser: no network, no Python (notebook 12).

It carries the weights as text, and JavaScript from ``browser/``. Its Content-Security-Policy allows no request at all.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from ..browser.scripts import FOLDER, STYLE, join_modules
from ..files import keep
from ..learning.dense import Dense
from ..learning.known import Known
from ..markup import render
from ..network.weights import Layer
from .version2 import tell_known

PAGES = FOLDER / "pages"
SMALL = 100_000  # numbers of a kernel; larger ones are written in 16 bits
LARGEST = 32767  # of 16 bits
OFFLINE = ("index.html", "manifest.webmanifest", "icon.png", "service-worker.js")
KINDS = {4: "conv", 3: "depthwise", 2: "pointwise"}  # by the dimensions of a kernel


def write_page(
    path: Path,
    classes: Sequence[str],
    layers: list[Layer],
    head: list[Dense],
    looks: int,
    title: str = "",
    card: str = "",
    offline: bool = False,
    known: Known | None = None,
) -> Path:
    """Write the page that classifies.

    Parameters
    ----------
    path : pathlib.Path
        An HTML file to write; with ``offline``, a folder.
    classes : sequence of str
        In the order of the head's outputs.
    layers : list of Layer
        The network.
    head : list of Dense
        Kernels of more than 100,000 numbers are written in 16 bits, with a scale for each output.
    looks : int
        1 or 2: what the head reads.
    title : str
        Unset, what the classes are, if they are few.
    card : str
        What else is to be said of the classifier.
    offline : bool
        Write a folder for a web host instead, with a manifest, an icon and a service worker: from https, the page can
        be installed then, and opens without a network.
    known : Known, optional
        What is like the pictures that were learned from: 256 bytes for each example.

    Returns
    -------
    pathlib.Path
        What was written, whole or not at all.

    Raises
    ------
    OSError
        If it can't be written.
    """
    title = title or _question(classes)
    network, weights = pack_network(layers)
    packed = [pack(dense.kernel, dense.bias) for dense in head]
    heads = [
        {"inputs": len(dense.kernel), "outputs": len(dense.bias), "activation": dense.activation} | kind
        for dense, (kind, _) in zip(head, packed, strict=True)
    ]
    about = {"classes": list(classes), "looks": looks, "card": card, "network": network, "head": heads}
    about["known"] = tell_known(known, classes) if known else None
    weights += b"".join(numbers for _, numbers in packed)
    examples = known.examples.tobytes() if known else b""
    html = fill_page("classify.js", title, about, weights, offline, examples=examples)
    return keep_page(path, html, title, offline)


def _question(classes: Sequence[str]) -> str:
    """Ask what it is; of a few classes, which of them."""
    *others, last = classes
    return f"What is it: {', '.join(others)} or {last}?" if len(classes) in (2, 3) else "What is it?"


def fill_page(
    script: str, title: str, about: Mapping[str, Any], weights: bytes, offline: bool = False, **more: bytes
) -> bytes:
    """Fill a page in: its script, and what it carries as text.

    Parameters
    ----------
    script : str
        A module of ``browser/pages``.
    title : str
        Its heading.
    about : mapping of str to object
        What the script reads of it, as JSON.
    weights : bytes
        Those of all layers that ``about`` names, in that order.
    offline : bool
        Whether a manifest, an icon and a service worker stand beside it.
    **more : bytes
        What else the script finds in the page, by name, in base64.

    Returns
    -------
    bytes
        An HTML file.
    """
    from markupsafe import Markup

    code = join_modules(f"pages/{script}").strip()
    style = (STYLE + (PAGES / "page.css").read_text(encoding="utf-8")).strip()
    assert "</" + "script" not in code and "<!--" not in code, "it would end the page's script"
    carried = {
        "about": json.dumps(about, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c"),
    }
    more = {"weights": weights, "simd": (FOLDER / "engine" / "simd.wasm").read_bytes()} | more
    carried |= {name: base64.b64encode(content).decode() for name, content in more.items()}
    page = render(
        PAGES / "page.html.j2",
        title=title,
        policy=Markup(_policy(code, style, offline)),
        style=Markup(style),
        script=Markup(code),
        carried={name: Markup(text) for name, text in carried.items()},
        offline=offline,
    )
    return page.encode()


def _policy(code: str, style: str, offline: bool) -> str:
    """Allow this script and this style, pictures that the page itself makes, and no request to anywhere."""
    own = "'self' " if offline else ""
    rules = {
        "default-src": "'none'",
        "script-src": f"{_digest(code)} 'wasm-unsafe-eval'",
        "style-src": _digest(style),
        "img-src": f"{own}blob: data:",
        "base-uri": "'none'",
        "form-action": "'none'",
    } | ({"manifest-src": "'self'", "worker-src": "'self'"} if offline else {})
    return "; ".join(f"{name} {value}" for name, value in rules.items())


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def pack_network(layers: list[Layer]) -> tuple[list[dict[str, Any]], bytes]:
    """Say what each layer is, as ``engine/weights.js`` reads it, and write all their numbers."""
    about, numbers = [], []
    for layer in layers:
        kind, packed = pack(layer.kernel, layer.bias)
        inputs, outputs = layer.kernel.shape[-2], layer.kernel.shape[-1]
        shape = {"name": layer.name, "kind": KINDS[layer.kernel.ndim], "stride": layer.stride}
        about.append(shape | {"inputs": outputs if layer.kernel.ndim == 3 else inputs, "outputs": outputs} | kind)
        numbers.append(packed)
    return about, b"".join(numbers)


def pack(kernel: np.ndarray, bias: np.ndarray) -> tuple[dict[str, Any], bytes]:
    """Write a layer's numbers: its bias, then its kernel, in 32 bits or, if it is large, in 16 with a scale."""
    start, count = bias.astype("<f4").tobytes(), {"count": int(kernel.size)}
    if kernel.size <= SMALL:
        return count | {"type": "float32"}, start + kernel.astype("<f4").tobytes()
    scale = np.abs(kernel).reshape(-1, kernel.shape[-1]).max(axis=0) / LARGEST
    whole = np.round(kernel / np.where(scale, scale, 1)).astype("<i2")
    return count | {"type": "int16"}, start + scale.astype("<f4").tobytes() + whole.tobytes()


def keep_page(path: Path, html: bytes, title: str, offline: bool) -> Path:
    """Write a page whole or not at all: a file, or the folder for a web host."""
    return _write_folder(path, html, title) if offline else keep(path, partial(_write, html))


def _write_folder(folder: Path, html: bytes, title: str) -> Path:
    """Write the page and what makes it installable, each file whole."""
    digest = hashlib.sha256(html).hexdigest()[:16]
    manifest = {
        "name": title,
        "short_name": "What is it?",
        "start_url": "./",
        "display": "standalone",
        "icons": [{"src": "icon.png", "sizes": "512x512", "type": "image/png"}],
    }
    worker = render(PAGES / "service-worker.js.j2", name=f"page-{digest}")
    contents = [html, json.dumps(manifest, indent=1, ensure_ascii=False).encode(), _icon(), worker.encode()]
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in zip(OFFLINE, contents, strict=True):
        keep(folder / name, partial(_write, content))
    return folder


def _write(content: bytes, arriving: Path) -> None:
    arriving.write_bytes(content)


def _icon() -> bytes:
    """Draw bars of three probabilities, as a PNG file."""
    from PIL import Image, ImageDraw

    picture = Image.new("RGB", (512, 512), "#1a5fb4")
    pen = ImageDraw.Draw(picture)
    for row, wide in enumerate((304, 160, 64)):
        pen.rounded_rectangle([104, 128 + 96 * row, 104 + wide, 192 + 96 * row], 16, fill="white")
    file = io.BytesIO()
    picture.save(file, "png", optimize=True)
    return file.getvalue()
