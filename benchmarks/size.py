"""Many pictures and a head on them, as one process: seconds for each picture, and peak memory.

    python benchmarks/size.py FOLDER COUNT [LOOKS]

Prints JSON. FOLDER is one that ``run.py`` filled. With one look, the article's head trains for an epoch in Keras; with
two, a linear head is fitted in NumPy. Either way, what the network sees is written to a file.
"""

import json
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
import psutil

import course_utils as cu


def main(folder: Path, count: int, looks: int) -> None:
    network = cu.load_network() if looks == 2 else cu.build_pretrained_model()
    cu.extract_features([folder / "00000.jpg"], network, looks=looks)  # what is done once, whatever the size
    paths = [f"{folder}/{number:05}.jpg" for number in range(count)]
    rows = np.stack([cu.one_hot(0, 2), cu.one_hot(1, 2)])[np.arange(count) % 2]
    peak, done = [0], threading.Event()

    def watch() -> None:
        process = psutil.Process()
        while not done.wait(0.05):
            peak[0] = max(peak[0], process.memory_info().rss)

    watcher = threading.Thread(target=watch)
    watcher.start()
    with tempfile.TemporaryDirectory(dir=folder) as out:
        start = time.perf_counter()
        features = cu.extract_features(paths, network, out=Path(out, "features.npy"), looks=looks)
        extracted, peak_of_features = time.perf_counter(), peak[0]
        if looks == 2:
            cu.fit_linear_head(features, rows)
        else:
            cu.train(cu.get_model(2), features, rows, epochs=1)
        trained = time.perf_counter()
        del features
    done.set()
    watcher.join()
    seconds = {"features": (extracted - start) / count, "head": (trained - extracted) / count}
    print(json.dumps(seconds | {"count": count, "peak": peak[0], "peak of features": peak_of_features}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 1)
