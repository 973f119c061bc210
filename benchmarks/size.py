"""Features of many pictures, then a head on them, as one process: seconds for each picture, and peak memory.

    python benchmarks/size.py FOLDER COUNT

Prints JSON. FOLDER is one that ``run.py`` filled.
"""

import json
import sys
import tempfile
import threading
import time
from pathlib import Path

import psutil

import course_utils as cu


def main(folder: Path, count: int) -> None:
    cu.import_keras()
    import numpy as np

    pretrained_model = cu.build_pretrained_model()
    cu.load_images([folder / "00000.jpg"], pretrained_model)  # what is done once, whatever the size
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
        features = cu.extract_features(paths, pretrained_model, out=Path(out, "features.npy"))
        extracted = time.perf_counter()
        cu.train(cu.get_model(2), features, rows, epochs=1)
        trained = time.perf_counter()
        del features
    done.set()
    watcher.join()
    seconds = {"features": (extracted - start) / count, "head": (trained - extracted) / count}
    print(json.dumps(seconds | {"count": count, "peak": peak[0]}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
