"""Measure what the practice weights are worth, and write it down in ``data/practice/README.md``.

    python making/practice_card.py RENDERS

RENDERS is the folder that ``making/practice_weights.py`` filled; its part ``unseen`` was not trained on.
"""

import os
import sys
from pathlib import Path

os.environ["COURSE_ASSETS"] = "real"

import numpy as np

from course_utils import (
    add_labels,
    batch_image,
    build_pretrained_model,
    colors_folder,
    data_folder,
    drum_path,
    evaluation_view,
    get_model,
    load_and_process_image,
    load_image,
    load_imagenet_labels,
    load_mobilenet,
    pexels_folder,
    read_folders,
    resize_image,
    set_seed,
    stock_folder,
    top_labels,
)

WEIGHTS, SEEDS = ("published", "practice", "random"), range(10)
CARD = """# The practice weights

A MobileNet v1 0.25 for pictures of 224 × 224 pixels that the course trained itself, from random numbers on. It has the
architecture, the layer names, the input range and the 1000 outputs of Google's published network, and stands in for it
where that can't be had. `weights.npz` holds its 475,544 numbers as float16; NumPy reads them with
`np.load("weights.npz")`, without pickle. License: CC BY 4.0, as the course's other data.

## What it was trained on

`making/practice_weights.py` made it, and `making/practice_weights.log` is what that printed. It looked at random
crops of

- {photos} photos: the training photos of the Pexels set, in the classes mobile, notebook and wood
- 600 random drawings: leaves that cover each other, and colored noise
- {things} renderings of {names} things, made by `making/renders/things.py`

On all but the last, it learned to answer what Google's MobileNet (Apache 2.0) answers, and to have its inner
activations: this is *distillation*. On the renderings, it learned their names instead. It was never shown a validation
picture, the drum photo, `data/drum.jpg` or `data/stock`. A seed fixes the order of the pictures, but not that of the
sums inside TensorFlow: a second training gives another network. Only one was trained.

## The head on its features

Validation accuracy of the course's head, trained for 20 epochs; mean of ten seeds, in brackets the lowest and the
highest. Random weights are drawn anew for each seed.

| weights | colors ({n_colors}) | stock ({n_stock}) | Pexels ({n_pexels}) | \
Pexels to stock ({all_stock}) | stock to Pexels ({all_pexels}) |
| --- | --- | --- | --- | --- | --- |
{heads}

In brackets in the first line: how many pictures. *Pexels to stock* is trained on the Pexels training photos and judged
on all stock pictures; *stock to Pexels* is the other way round.

## The names it knows

It knows these names, and no others. The renderings counted here were not trained on, but they come from the
same program; photos are another matter, as the drum photo below shows. Eight renderings say little about a single name.
The last column is Google's network on the same renderings.

| ImageNet's number and name | unseen renderings | practice right | published right |
| --- | --- | --- | --- |
{known}
| all | {unseen} | {practice_right:.0%} | {published_right:.0%} |

`data/drum.jpg`, in the evaluation view of notebook 02, is called {own_drum}.
The drum photo is called {photo_drum}. Google's network says {published_own} and {published_photo}.
(`data/drum.jpg` was chosen among some sixty tries by what Google's network says of it; that answer proves little.)
"""


def spread(values: list[float]) -> str:
    return f"{np.mean(values):.0%} ({min(values):.0%} to {max(values):.0%})"


def read_sets() -> dict:
    """Read all pictures once: for each set and part, a batch and its label rows."""
    sets = {}
    for name, folder in {"colors": colors_folder(), "stock": stock_folder(), "pexels": pexels_folder()}.items():
        for part in ("training", "validation"):
            pictures = read_folders(folder / part)
            batch = np.concatenate([load_and_process_image(path) for path in pictures.paths])
            sets[name, part] = batch, add_labels(pictures.labels, pictures.classes)
        sets[name, "all"] = [np.concatenate(parts) for parts in zip(*list(sets.values())[-2:], strict=True)]
    return sets


def measure_heads() -> dict:
    """Measure the head on the features of all three weights."""
    sets, lines = read_sets(), []
    judged = {
        "colors": [("colors", "validation")],
        "stock": [("stock", "validation"), ("pexels", "all")],
        "pexels": [("pexels", "validation"), ("stock", "all")],
    }
    columns = [judged["colors"][0], judged["stock"][0], judged["pexels"][0], ("stock", "all"), ("pexels", "all")]
    for weights in WEIGHTS:
        found = {column: [] for column in columns}
        for seed in SEEDS:
            set_seed(seed)
            if weights == "random" or seed == SEEDS[0]:
                network = build_pretrained_model(weights)
                features = {place: network.predict(batch, verbose=0) for place, (batch, _) in sets.items()}
            for name, places in judged.items():
                rows = sets[name, "training"][1]
                set_seed(seed)
                head = get_model(rows.shape[1])
                head.fit(features[name, "training"], rows, epochs=20, verbose=0)
                for place in places:
                    found[place].append(head.evaluate(features[place], sets[place][1], verbose=0)[1])
        lines.append(f"| {' | '.join([weights, *map(spread, found.values())])} |")
        print(lines[-1], flush=True)
    counts = {f"n_{name}": len(sets[name, "validation"][1]) for name in judged}
    counts |= {f"all_{name}": len(sets[name, "all"][1]) for name in ("stock", "pexels")}
    return counts | {"heads": "\n".join(lines), "photos": len(sets["pexels", "training"][1])}


def measure_names(renders: Path) -> dict:
    """Measure how well the named things are known by the practice weights, and by the published ones."""
    names, unseen = load_imagenet_labels(), read_folders(renders / "unseen")
    expected, right, drums = np.array([int(label) for label in unseen.labels]), {}, {}
    batch = np.concatenate([batch_image(resize_image(evaluation_view(load_image(path)))) for path in unseen.paths])
    for weights in ("practice", "published"):
        network = load_mobilenet(weights)
        right[weights] = network.predict(batch, verbose=0).argmax(1) == expected
        for path in (data_folder() / "drum.jpg", drum_path()):
            view = batch_image(resize_image(evaluation_view(load_image(path))))
            index, name, chance = top_labels(network.predict(view, verbose=0), names)[0]
            drums[weights, path] = f"{index}, {name.split(',')[0]}, with {chance:.2f}"
    lines = []
    for index in sorted(set(expected)):
        own = expected == index
        shares = [f"{right[weights][own].mean():.0%}" for weights in ("practice", "published")]
        lines.append(f"| {' | '.join([f'{index} {names[index]}', str(own.sum()), *shares])} |")
    own, photo, other, published = drums.values()
    return {
        "known": "\n".join(lines),
        "names": len(lines),
        "unseen": len(expected),
        "things": len(read_folders(renders / "training").paths),
        "practice_right": right["practice"].mean(),
        "published_right": right["published"].mean(),
        "own_drum": own,
        "photo_drum": photo,
        "published_own": other,
        "published_photo": published,
    }


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    text = CARD.format(**measure_heads(), **measure_names(Path(sys.argv[1])))
    (data_folder() / "practice" / "README.md").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
