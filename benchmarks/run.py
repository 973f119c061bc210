"""Measure the course against its peers on this machine: a table on screen, and all numbers as JSON.

    python benchmarks/run.py [--largest 100000] [--repeats 5] [--only GROUP ...] [--out benchmarks/results.json]

Peers run side by side and in turn; a row is the median of the repeats. OpenCV, simplejpeg, libvips, ONNX Runtime and
OpenVINO take part if they are installed (the extra ``benchmark``). It takes about twenty minutes, and less with a
smaller ``--largest``. Caches are folders of its own, so nothing of yours is used or changed.
"""

import argparse
import importlib.util
import json
import logging
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image, ImageCms

HERE = Path(__file__).parent
scratch = tempfile.TemporaryDirectory(prefix="benchmark-")
SCRATCH = Path(scratch.name)
os.environ["COURSE_CACHE"] = str(SCRATCH / "cache")  # before the package looks
os.environ["TQDM_DISABLE"] = "1"

import course_utils as cu  # noqa: E402
from course_utils.network import features as engine, runtime  # noqa: E402
from course_utils.network.plain import run_plain  # noqa: E402


def in_turn(peers: dict[str, Callable[[], object]], repeats: int) -> dict[str, list[float]]:
    """Run all peers once to warm up, then in turn; return the seconds of each run."""
    seconds = {name: [] for name in peers}
    for number in range(repeats + 1):
        for name, run in peers.items():
            start = time.perf_counter()
            run()
            if number:
                seconds[name].append(time.perf_counter() - start)
    return seconds


def rates(seconds: dict[str, list[float]], count: int) -> dict[str, float]:
    """Pictures a second, from the median."""
    return {name: count / statistics.median(runs) for name, runs in seconds.items()}


def in_threads(function: Callable, items: list) -> list:
    """Call the function on all items with one thread per core, as the engine does."""
    import joblib

    return joblib.Parallel(n_jobs=-1, backend="threading")(joblib.delayed(function)(item) for item in items)


def has(*modules: str) -> bool:
    return all(importlib.util.find_spec(module) for module in modules)


def say(group: str, rows: list[tuple[str, str]]) -> None:
    print(f"\n{group}")
    for name, value in rows:
        print(f"  {name:<58} {value}", flush=True)


# decoding ------------------------------------------------------------------------------------------------------------


def photos() -> list[Path]:
    return cu.read_folders(cu.pexels_folder() / "training").paths


def finish(image: np.ndarray) -> np.ndarray:
    return cu.resize_image(cu.crop_image(image))


def decoders() -> dict[str, Callable[[Path], np.ndarray]]:
    """Ways from a JPEG file to 224 x 224 pixels. All but the first ask the decoder for a reduced scale."""
    keras = cu.import_keras()

    def in_full(path: Path) -> np.ndarray:
        return finish(keras.utils.img_to_array(keras.utils.load_img(path), dtype="uint8"))

    def at_224(path: Path) -> np.ndarray:
        return np.asarray(keras.utils.load_img(path, target_size=(224, 224), keep_aspect_ratio=True))

    found = {
        "Keras load_img in full": in_full,
        "Keras load_img at 224 (nearest pixel)": at_224,
        "course": lambda path: finish(cu.load_image(path, at_least=448)),
    }
    if has("cv2"):
        import cv2

        flags = {2: cv2.IMREAD_REDUCED_COLOR_2, 4: cv2.IMREAD_REDUCED_COLOR_4, 8: cv2.IMREAD_REDUCED_COLOR_8}

        def opencv(path: Path) -> np.ndarray:
            with Image.open(path) as picture:
                scale = max(s for s in (1, 2, 4, 8) if s == 1 or min(picture.size) // s >= 448)
            return finish(cv2.imread(str(path), flags.get(scale, cv2.IMREAD_COLOR))[..., ::-1])

        found["OpenCV"] = opencv
    if has("simplejpeg"):
        import simplejpeg

        def simple(path: Path) -> np.ndarray:
            content = path.read_bytes()
            return finish(simplejpeg.decode_jpeg(content, min_height=448, min_width=448, min_factor=1))

        found["simplejpeg"] = simple
    if has("pyvips"):
        import pyvips

        pyvips.cache_set_max(0)

        def vips(path: Path) -> np.ndarray:
            return pyvips.Image.thumbnail(str(path), 224, height=224, crop="centre").numpy()[..., :3]

        found["libvips thumbnail"] = vips
    return found


def decoding(options: argparse.Namespace) -> dict:
    """Large JPEG files. Fidelity: mean difference in gray levels from decoding in full."""
    paths, found = photos(), decoders()
    exact = [finish(cu.load_image(path)).astype(float) for path in paths]
    off = {
        name: float(np.mean([np.abs(decode(path) - full).mean() for path, full in zip(paths, exact, strict=True)]))
        for name, decode in found.items()
    }
    peers = {name: partial(lambda decode: [decode(path) for path in paths], decode) for name, decode in found.items()}
    threads = {f"{name}, all cores": partial(in_threads, decode, paths) for name, decode in found.items()}
    rate = rates(in_turn(peers | threads, options.repeats), len(paths))
    sizes = [Image.open(path).size for path in paths]
    result = {"rates": rate, "gray_levels": off, "pictures": len(paths), "first": list(sizes[0])}
    say(
        f"Decoding {len(paths)} JPEG files, such as {sizes[0][0]} x {sizes[0][1]}",
        [
            (name, f"{value:7.1f}/s   {off[name.removesuffix(', all cores')]:.2f} gray levels from full decoding")
            for name, value in rate.items()
        ],
    )
    equal = [name for name in found if off[name] <= 1.25 * off["course"] and name != "course"]
    fastest = max(equal, key=lambda name: rate[f"{name}, all cores"])
    own = rate["course, all cores"]
    return result | {
        "aims": [
            aim("large JPEGs, of Keras load_img in full", own / rate["Keras load_img in full"], 7),
            aim("large JPEGs, of load_img at 224", own / rate["Keras load_img at 224 (nearest pixel)"], 7),
            aim(f"large JPEGs, of the fastest at equal fidelity ({fastest})", own / rate[f"{fastest}, all cores"], 0.9),
        ]
    }


def with_profile(path: Path, profile: bytes) -> bytes:
    """A JPEG file with this color profile, or none, instead of its own; its pixels stay as they are."""
    content = path.read_bytes()
    part = b"ICC_PROFILE\0\1\1" + profile
    parts, place = [content[:2], b"\xff\xe2" + (len(part) + 2).to_bytes(2) + part if profile else b""], 2
    while content[place + 1] != 0xDA:  # the scan
        end = place + 2 + int.from_bytes(content[place + 2 : place + 4])
        if not content[place + 4 : end].startswith(b"ICC_PROFILE"):
            parts.append(content[place:end])
        place = end
    return b"".join([*parts, content[place:]])


def profiles(options: argparse.Namespace) -> dict:
    """Large JPEG files without a color profile, with that of sRGB, and with another one, which is applied."""
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    other = srgb.replace(b"rXYZ", b"....").replace(b"gXYZ", b"rXYZ").replace(b"....", b"gXYZ")
    peers, count = {}, 0
    for name, profile in {"no profile": b"", "sRGB": srgb, "another": other}.items():
        folder = SCRATCH / "profiles" / name
        folder.mkdir(parents=True)
        paths = [folder / path.name for path in photos()]
        for path, source in zip(paths, photos(), strict=True):
            path.write_bytes(with_profile(source, profile))
        peers[name], count = (
            partial(lambda paths: [cu.load_image(path, at_least=448) for path in paths], paths),
            len(paths),
        )
    rate = rates(in_turn(peers, options.repeats), count)
    say(f"Color profiles in {count} JPEG files, one core", [(name, f"{value:7.1f}/s") for name, value in rate.items()])
    plain, same, converted = rate.values()
    return {
        "rates": rate,
        "aims": [
            aim("large JPEGs with an sRGB profile, of those without", same / plain, 0.97),
            aim("large JPEGs with another profile, of those without", converted / plain, 0.5),
        ],
    }


# network and features ------------------------------------------------------------------------------------------------


def made(count: int) -> Path:
    """Small JPEG pictures, each one different, made from a rendering of the course."""
    folder = SCRATCH / "made"
    folder.mkdir(exist_ok=True)
    base = np.asarray(Image.open(cu.data_folder() / "drum.jpg").resize((224, 224)))
    for number in range(count):
        path = folder / f"{number:05}.jpg"
        if not path.exists():
            picture = base.copy()
            picture[:32, :32] = list(number.to_bytes(3, "big"))  # a square in a color of its own
            Image.fromarray(np.roll(picture, number, axis=(0, 1))).save(path, quality=85)
    return folder


def bare(content: bytes) -> Callable:
    """A LiteRT loop without anything around it, on all cores."""
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_content=content, num_threads=os.cpu_count())
    interpreter.allocate_tensors()
    given, result = interpreter.get_input_details()[0]["index"], interpreter.get_output_details()[0]["index"]

    def run(batches: list[np.ndarray]) -> list[np.ndarray]:
        blocks = []
        for batch in batches:
            interpreter.set_tensor(given, batch)
            interpreter.invoke()
            blocks.append(interpreter.get_tensor(result))
        return blocks

    return run


def engine_alone(run: Callable, batches: list[np.ndarray]) -> list[np.ndarray]:
    """The engine's own loop, on pictures that are decoded already."""
    import joblib

    parallel = joblib.Parallel(n_jobs=-1, backend="threading", return_as="generator", batch_size=engine.BATCH)
    return list(parallel(joblib.delayed(run)(batch) for batch in batches))


def network(options: argparse.Namespace) -> dict:
    """The network alone, on 256 decoded pictures."""
    cu.import_keras()
    import tensorflow

    model = cu.build_pretrained_model()
    content = cu.convert(model)
    folder = made(256)
    batches = [cu.load_and_process_image(path) for path in sorted(folder.iterdir())[:256]]
    whole = np.concatenate(batches)
    compiled = tensorflow.function(lambda batch: model(batch, training=False), reduce_retracing=True)
    loop, own = bare(content), cu.load_network()
    peers = {
        "Keras predict": lambda: model.predict(whole, verbose=0),
        "tf.function": lambda: [compiled(whole[start : start + 32]).numpy() for start in range(0, 256, 32)],
        "bare LiteRT loop": lambda: loop(batches),
        "course": lambda: engine_alone(own.run, batches),
        "course, in NumPy": lambda: engine_alone(partial(run_plain, own.layers), batches),
    }
    if has("onnxruntime", "onnx", "tf2onnx"):
        import onnxruntime

        with runtime.silence():
            model.export(SCRATCH / "network.onnx", format="onnx", verbose=False)
        session = onnxruntime.InferenceSession(SCRATCH / "network.onnx", providers=["CPUExecutionProvider"])
        name = session.get_inputs()[0].name
        peers["ONNX Runtime"] = lambda: [session.run(None, {name: batch}) for batch in batches]
    if has("openvino"):
        import openvino

        with runtime.silence():
            model.export(str(SCRATCH / "network.xml"), format="openvino", verbose=False)
        network = openvino.Core().compile_model(SCRATCH / "network.xml", "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
        peers["OpenVINO"] = lambda: [network(whole[start : start + 32]) for start in range(0, 256, 32)]
    rate = rates(in_turn(peers, options.repeats), len(batches))
    say("The network alone, 256 pictures in memory", [(name, f"{value:7.0f}/s") for name, value in rate.items()])
    return {
        "rates": rate,
        "aims": [
            aim("features, of Keras predict", rate["course"] / rate["Keras predict"], 4),
            aim("features, of a bare LiteRT loop", rate["course"] / rate["bare LiteRT loop"], 0.9),
        ],
    }


def features(options: argparse.Namespace) -> dict:
    """From small JPEG files to features, decoding included; and from the large photos."""
    model = cu.build_pretrained_model()
    content = cu.convert(model)
    loop, folder = bare(content), made(1000)
    results = {}
    for title, paths in {"small files": sorted(folder.iterdir())[:1000], "large photos": photos()}.items():

        def with_keras(paths: list = paths) -> None:
            for start in range(0, len(paths), 32):
                part = [cu.load_and_process_image(path) for path in paths[start : start + 32]]
                model.predict_on_batch(np.concatenate(part))

        def cold(paths: list = paths) -> None:
            cu.feature_cache().clear()
            cu.extract_features(paths, model)

        peers = {
            "Keras, one after the other": with_keras,
            "bare LiteRT loop": partial(lambda paths: loop(map(cu.load_and_process_image, paths)), paths),
            "course, no cache": partial(cu.extract_features, paths, model, use_cache=False),
            "course, empty cache": cold,
            "course, full cache": partial(cu.extract_features, paths, model),
        }
        results[title] = rates(in_turn(peers, options.repeats), len(paths))
        say(
            f"From files to features: {len(paths)} {title}",
            [(name, f"{value:7.0f}/s") for name, value in results[title].items()],
        )
    return {"rates": results, "aims": []}


def head(options: argparse.Namespace) -> dict:
    """20 epochs of the head on 27 + 5 pictures in memory."""
    rng = np.random.default_rng(0)
    blocks, rows = rng.random((32, 7, 7, 256), np.float32), np.eye(3, dtype=np.float32)[np.arange(32) % 3]
    held_back = blocks[27:], rows[27:]

    def plain() -> None:
        cu.get_model(3).fit(blocks[:27], rows[:27], epochs=20, validation_data=held_back, verbose=0)

    def course() -> None:
        cu.train(cu.get_model(3), blocks[:27], rows[:27], validation=held_back)

    seconds = in_turn({"Keras fit on arrays": plain, "course": course}, options.repeats)
    median = {name: statistics.median(runs) for name, runs in seconds.items()}
    say("The head: 20 epochs on 27 + 5 pictures", [(name, f"{value:7.2f} s") for name, value in median.items()])
    return {"seconds": median, "aims": []}


# whole processes -----------------------------------------------------------------------------------------------------


def process(command: list, cache: Path = SCRATCH / "cache") -> tuple[float, str]:
    """Run a fresh Python process; return its seconds and what it printed."""
    environment = os.environ | {"COURSE_CACHE": str(cache)}
    start = time.perf_counter()
    run = subprocess.run([sys.executable, *map(str, command)], capture_output=True, text=True, env=environment)
    seconds = time.perf_counter() - start
    if run.returncode:
        sys.exit(f"{command} failed:\n{run.stderr}")
    return seconds, run.stdout


def story(options: argparse.Namespace) -> dict:
    """The whole story as one process: folder to validated head."""
    names = ("tutorial", "article, new pictures", "course, new pictures", "course, known pictures")
    runs = {name: [] for name in names}
    for number in range(options.repeats):
        cache = SCRATCH / f"story-{number}"
        for name, accounts in runs.items():
            whole, printed = process([HERE / "story.py", name.split(",")[0]], cache)
            accounts.append(json.loads(printed.splitlines()[-1]) | {"whole": whole})
    keys = ("whole", "imports", "after", "peak")
    median = {name: {key: statistics.median(one[key] for one in told) for key in keys} for name, told in runs.items()}
    right = {name: [account["accuracy"] for account in accounts] for name, accounts in runs.items()}
    say(
        f"The story as one process: {runs['tutorial'][0]['pictures']} photos in folders to a validated head, 20 epochs",
        [
            (
                name,
                f"{value['whole']:6.2f} s, {value['after']:5.2f} after imports; {value['peak']:5.0f} MB; "
                f"validation {min(right[name]):.0%} to {max(right[name]):.0%}",
            )
            for name, value in median.items()
        ],
    )
    peer, _, new, known = (median[name] for name in names)
    return {
        "median": median,
        "accuracy": right,
        "aims": [
            aim("story as one process, of the tutorial way", new["whole"] / peer["whole"], 1 / 25, below=True),
            aim(
                "its second run, pictures known, of the tutorial way",
                known["after"] / peer["after"],
                1 / 60,
                below=True,
            ),
            aim("story as one process, peak memory in MB", new["peak"], 150, below=True),
        ],
    }


def training(options: argparse.Namespace) -> dict:
    """The command that trains, as one process each time: photos, and small pictures, all new."""
    folder = SCRATCH / "small"
    for number, path in enumerate(sorted(made(1000).glob("*.jpg"))[:1000]):
        place = folder / "ab"[number % 2] / path.name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(path.read_bytes())
    sets = {"the Pexels photos": cu.pexels_folder(), "1,000 small pictures": folder}
    runs = {name: [] for name in sets}
    for number in range(options.repeats):
        for name, source in sets.items():
            cache = SCRATCH / f"training-{number}-{len(name)}"
            runs[name].append(process(["-m", "course_utils", "train", source], cache)[0])
    median = {name: statistics.median(seconds) for name, seconds in runs.items()}
    say("`train`, from a shell, all pictures new", [(name, f"{value:7.2f} s") for name, value in median.items()])
    photos, small = median.values()
    return {
        "seconds": median,
        "aims": [
            aim("`train` from a shell, the Pexels photos, seconds", photos, 1.2, below=True),
            aim("`train` from a shell, 1,000 small pictures, seconds", small, 5, below=True),
        ],
    }


def one_picture(options: argparse.Namespace) -> dict:
    """One picture classified by a fresh process."""
    pretrained_model, model = cu.build_pretrained_model(), cu.get_model(3)
    saved = cu.save_classifier(SCRATCH / "classifier.zip", pretrained_model, model, ["a", "b", "c"])
    keras_file = SCRATCH / "classifier.keras"
    cu.import_keras().Sequential([pretrained_model, model]).save(keras_file)
    code = (
        "import sys, keras, numpy as np\n"
        "picture = keras.utils.load_img(sys.argv[2], target_size=(224, 224), keep_aspect_ratio=True)\n"
        "batch = np.asarray(picture, 'float32')[np.newaxis] / 127.5 - 1\n"
        "print(keras.models.load_model(sys.argv[1]).predict(batch, verbose=0))"
    )
    drum = cu.drum_path()
    seconds = in_turn(
        {
            "Keras": lambda: process(["-c", code, keras_file, drum]),
            "course": lambda: process(["-m", "course_utils", "classify", saved, drum]),
        },
        options.repeats,
    )
    median = {name: statistics.median(runs) for name, runs in seconds.items()}
    say("One picture, classified by a fresh process", [(name, f"{value:7.2f} s") for name, value in median.items()])
    return {
        "seconds": median,
        "aims": [
            aim("one picture from a shell, seconds", median["course"], 0.5, below=True),
            aim("one picture from a shell, of Keras", median["course"] / median["Keras"], 1 / 10, below=True),
        ],
    }


def in_double_precision() -> object:
    """MobileNet's part, as exact as Keras can be."""
    config = cu.import_keras().config
    usual = config.dtype_policy()
    config.set_dtype_policy("float64")
    model = cu.build_pretrained_model()
    config.set_dtype_policy(usual)
    return model


def on_a_cluster(paths: list[Path], model: object, repeats: int) -> tuple[np.ndarray, dict[str, float]]:
    """Features from a cluster of two processes; and its rate, beside that of threads, on the last 1000 pictures."""
    import distributed

    logging.getLogger("distributed").setLevel(logging.ERROR)
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0") as cluster,
        distributed.Client(cluster) as client,
    ):
        features = cu.extract_features(paths, model, use_cache=False, client=client)
        own = partial(cu.extract_features, paths[-1000:], model, use_cache=False)
        peers = {"threads": own, "cluster of two processes": partial(own, client=client)}
        return features, rates(in_turn(peers, repeats), 1000)


def differences_of(found: dict[str, np.ndarray], exact: np.ndarray) -> dict[str, float]:
    """The largest difference of any feature, photos first, from Keras in double precision and from Keras."""
    own, photo = found["engine"], slice(len(photos()))
    differences = {
        f"{name} from Keras in double precision": float(np.abs(values - exact).max()) for name, values in found.items()
    }
    differences["engine from Keras, photos"] = float(np.abs(own[photo] - found["Keras"][photo]).max())
    differences["engine from Keras, made pictures"] = float(np.abs(own - found["Keras"]).max())
    return differences


def agreement(options: argparse.Namespace) -> dict:
    """Features from engine, cache, cluster and Keras: how far they differ, and the rate of a cluster."""
    model, exact_model = cu.build_pretrained_model(), in_double_precision()
    paths = [*photos(), *sorted(made(1000).iterdir())[:1000]]
    cu.feature_cache().clear()

    def run(network: object) -> np.ndarray:
        return np.concatenate([network.predict_on_batch(cu.load_and_process_image(path)) for path in paths])

    found = {"Keras": run(model), "engine": cu.extract_features(paths, model)}
    found["cache"] = cu.extract_features(paths, model)
    rate = {}
    if has("distributed"):
        found["cluster"], rate = on_a_cluster(paths, model, options.repeats)
    differences = differences_of(found, run(exact_model))
    say(
        f"Agreement: largest difference of any feature of {len(photos())} photos and 1000 made pictures",
        [(name, f"{value:.1e}") for name, value in differences.items()],
    )
    say("Small files on a cluster", [(name, f"{value:7.0f}/s") for name, value in rate.items()])
    same = all(np.array_equal(found["engine"], found[name]) for name in found if name != "Keras")
    aims = {
        "largest difference from Keras, photos": "engine from Keras, photos",
        "the same, made pictures": "engine from Keras, made pictures",
        "largest difference from Keras in double precision": "engine from Keras in double precision",
    }
    return {
        "differences": differences,
        "rates": rate,
        "identical": same,
        "aims": [aim("engine, cache and cluster are identical (1: yes)", int(same), 1)]
        + [aim(what, differences[name], 1e-3, below=True) for what, name in aims.items()],
    }


def size(options: argparse.Namespace) -> dict:
    """Cost of a picture and peak memory as the set grows. Once for each size: the large ones take minutes."""
    counts = [count for count in (100, 1_000, 10_000, 100_000) if count <= options.largest]
    folder = made(counts[-1])
    rows = []
    for looks in (1, 2):
        for count in counts:
            _, printed = process([HERE / "size.py", folder, count, looks], SCRATCH / f"size-{count}-{looks}")
            rows.append(json.loads(printed.splitlines()[-1]) | {"looks": looks})
    say(
        "Growing sets: new pictures, what is seen of them written to a file, and a head on it",
        [
            (
                f"{row['count']:,} pictures, {'two looks' if row['looks'] == 2 else 'one look'}",
                f"{row['features'] * 1e3:6.2f} ms a picture, head {row['head'] * 1e3:6.2f} ms; "
                f"peak memory {row['peak'] / 1e6:,.0f} MB ({row['peak of features'] / 1e6:,.0f} before the head)",
            )
            for row in rows
        ],
    )
    small = {row["looks"]: row["peak of features"] for row in rows if row["count"] == 1_000}
    aims = [
        aim(
            f"peak memory, {row['count']:,} pictures of 1,000, {row['looks']} looks",
            row["peak of features"] / small[row["looks"]],
            1.1,
            below=True,
        )
        for row in rows
        if row["count"] > 1_000
    ]
    return {"rows": rows, "aims": aims}


def aim(what: str, reached: float, wanted: float, below: bool = False) -> dict:
    return {"what": what, "reached": reached, "wanted": wanted, "below": below}


def verdict(one: dict) -> str:
    met = one["reached"] <= one["wanted"] if one["below"] else one["reached"] >= one["wanted"]
    direction = "at most" if one["below"] else "at least"
    return f"{one['reached']:9.3g}   {direction} {one['wanted']:.3g}: {'reached' if met else 'NOT reached'}"


GROUPS = {
    function.__name__.replace("_", " "): function
    for function in (decoding, profiles, network, features, head, story, training, one_picture, agreement, size)
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--largest", type=int, default=100_000, help="pictures in the largest set")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--only", nargs="+", choices=GROUPS, default=list(GROUPS))
    parser.add_argument("--out", type=Path, default=HERE / "results.json")
    options = parser.parse_args()
    machine = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    results = {"machine": machine, "date": time.strftime("%Y-%m-%d"), "training on": cu.describe_device()}
    print(f"{machine}; head trained on {results['training on']}; pictures: {cu.pexels_folder().name}")
    try:
        for name in options.only:
            results[name] = GROUPS[name](options)
            options.out.write_text(json.dumps(results, indent=1), encoding="utf-8")
    finally:
        scratch.cleanup()
    aims = [one for name in options.only for one in results[name]["aims"]]
    say("Aims: what was reached, and what was wanted", [(one["what"], verdict(one)) for one in aims])
    print(f"\nAll numbers are in {options.out}")


if __name__ == "__main__":
    main()
