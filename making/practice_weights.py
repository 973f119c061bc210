"""Train the practice weights: a MobileNet v1 0.25 of the course's own, from random numbers on.

    python making/practice_weights.py RENDERS

RENDERS is a folder for the renderings of named things; Blender fills it first, if it is not full yet. The result is
``data/practice/weights.npz``; the log goes to the screen. ``making/practice_card.py`` then measures what they are
worth.

The student sees random crops of the Pexels training photos, of random drawings and of the renderings, and learns what
the published MobileNet makes of them: its probabilities (Hinton et al. 2015) and eight of its inner activations (Romero
et al. 2015). Only for the renderings it learns their true names instead. It never sees a validation picture, the drum
photo, ``data/drum.jpg`` or ``data/stock``.
"""

import json
import os
import queue
import subprocess
import sys
import threading
import time
from pathlib import Path

os.environ.update(TF_CPP_MIN_LOG_LEVEL="3", COURSE_ASSETS="real", TF_ENABLE_ONEDNN_OPTS="1")

import numpy as np
import tensorflow as tf
from PIL import Image, ImageDraw

from course_utils import data_folder, load_image, load_mobilenet, pexels_folder, read_folders
from course_utils.network.mobilenet import name_weights
from course_utils.network.runtime import import_keras

keras = import_keras()

SEED, BATCH = 0, 64
PHASES = [(128, 9_000, 4e-3), (224, 800, 1e-3)]  # pixels, steps, highest learning rate
SHARES = {"photos": 32, "drawings": 10, "things": 22}  # of a batch
SMALLEST = {"photos": 0.02, "drawings": 0.1, "things": 0.5}  # the least share of the area in a crop
INNER = [f"conv_pw_{number}_relu" for number in (1, 3, 5, 7, 9, 11, 12, 13)]
EACH, UNSEEN = 30, 8  # renderings of each thing; twice as many drums


def render_things(folder: Path) -> None:
    """Render what is missing, in Blender."""
    script = Path(__file__).parent / "renders" / "things.py"
    for part, each, first in [("training", EACH, 0), ("unseen", UNSEEN, 10_000)]:
        words = ["blender", "--background", "--factory-startup", "--python", str(script), "--", str(folder / part)]
        words += ["--each", str(each), "--first", str(first), "--samples", "10"]
        subprocess.run(words, check=True, stdout=subprocess.DEVNULL)


def read_pool(paths: list[Path], side: int) -> list[Image.Image]:
    """Read pictures, with the shorter side no longer than this."""
    pictures = [Image.fromarray(load_image(path, at_least=side)) for path in paths]
    sizes = [min(1, side / min(picture.size)) for picture in pictures]
    return [
        picture.resize([round(length * scale) for length in picture.size], Image.Resampling.BOX)
        for picture, scale in zip(pictures, sizes, strict=True)
    ]


def draw(rng: np.random.Generator, side: int = 256) -> Image.Image:
    """Make a picture of random leaves that cover each other, or of colored noise (Baradad et al. 2021)."""
    if rng.random() < 0.4:
        frequency = np.hypot(np.fft.fftfreq(side)[:, None], np.fft.rfftfreq(side)[None])
        frequency[0, 0] = 1
        spectrum = np.fft.rfft2(rng.normal(size=(3, side, side))) / frequency ** rng.uniform(0.8, 2)
        noise = np.einsum("ij,jyx->yxi", rng.normal(size=(3, 3)), np.fft.irfft2(spectrum))
        noise = (noise - noise.mean()) / noise.std() * rng.uniform(20, 60) + rng.uniform(60, 190, 3)
        return Image.fromarray(np.clip(noise, 0, 255).astype("uint8"))
    picture = Image.new("RGB", (side, side))
    canvas, palette = ImageDraw.Draw(picture), rng.integers(0, 256, (6, 3))
    for radius in np.sort(side / 2 / rng.uniform(1, 40, rng.integers(30, 300)))[::-1]:
        x, y = rng.uniform(0, side, 2)
        color = tuple(np.clip(palette[rng.integers(6)] + rng.normal(0, 20, 3), 0, 255).astype(int))
        if rng.random() < 0.5:
            tall = radius * rng.uniform(0.3, 1)
            canvas.ellipse((x - radius, y - tall, x + radius, y + tall), fill=color)
        else:
            turns = np.sort(rng.uniform(0, 2 * np.pi, rng.integers(3, 7)))
            canvas.polygon([(x + radius * np.cos(t), y + radius * np.sin(t)) for t in turns], fill=color)
    return picture


def crop(picture: Image.Image, smallest: float, pixels: int, rng: np.random.Generator) -> np.ndarray:
    """Cut out a rectangle of random size, shape and place, and resize it to a square, sometimes to a blurred one."""
    area = np.exp(rng.uniform(np.log(smallest), 0)) * min(picture.size) ** 2
    stretch = np.exp(rng.uniform(-0.2, 0.2))
    width, height = min(picture.width, np.sqrt(area) * stretch), min(picture.height, np.sqrt(area) / stretch)
    left, top = rng.uniform(0, picture.width - width), rng.uniform(0, picture.height - height)
    box = (left, top, left + width, top + height)
    sharp = pixels if rng.random() < 0.7 else round(pixels * rng.uniform(0.4, 1))
    square = picture.resize((sharp, sharp), Image.Resampling.BILINEAR, box, reducing_gap=2)
    return np.asarray(square.resize((pixels, pixels), Image.Resampling.BILINEAR))


def make_batches(pools: dict[str, list], pixels: int, rng: np.random.Generator, ready: queue.Queue) -> None:
    """Put batches of crops and of indices into the queue, without end; -1 is for a crop without a name."""
    while True:
        crops, indices = [], []
        for kind, count in SHARES.items():
            for choice in rng.integers(len(pools[kind]), size=count):
                picture, index = pools[kind][choice]
                crops.append(crop(picture, SMALLEST[kind], pixels, rng))
                indices.append(index)
        ready.put((np.stack(crops), np.array(indices)))


def augment(batch: tf.Tensor, named: tf.Tensor) -> tf.Tensor:
    """Mirror, recolor and mix the pictures of a batch; those with a name are not mixed."""
    count = tf.shape(batch)[0]

    def chance(share, *shape):
        return tf.random.uniform((count, *shape)) < share

    pictures = tf.cast(batch, tf.float32) / 127.5 - 1
    pictures = tf.where(chance(0.5, 1, 1, 1), pictures[:, :, ::-1], pictures)
    upright = named[:, None, None, None] | chance(0.7, 1, 1, 1)
    pictures = tf.where(upright, pictures, tf.transpose(pictures, (0, 2, 1, 3)))
    channels = tf.where(chance(0.3, 1, 1, 1), 1.0, 0.3) * tf.random.uniform((count, 1, 1, 3), -0.4, 0.4)
    scale = 1 + channels + tf.random.uniform((count, 1, 1, 1), -0.3, 0.3)
    recolored = pictures * scale + tf.random.uniform((count, 1, 1, 1), -0.3, 0.3)
    recolored = tf.where(chance(0.1, 1, 1, 1), tf.reduce_mean(recolored, -1, keepdims=True), recolored)
    pictures = tf.clip_by_value(tf.where(chance(0.8, 1, 1, 1), recolored, pictures), -1, 1)
    share = tf.random.uniform((count, 1, 1, 1))
    share = tf.where(named[:, None, None, None] | chance(0.3, 1, 1, 1), 1.0, share)
    return share * pictures + (1 - share) * tf.random.shuffle(pictures)


def build(pixels: int, weights: list[np.ndarray] | None = None) -> keras.Model:
    """Build MobileNet for pictures of this size, with its inner activations as outputs beside the probabilities."""
    model = keras.applications.MobileNet(alpha=0.25, weights=None, input_shape=(pixels, pixels, 3), dropout=0.0)
    if weights:
        model.set_weights(weights)
    return keras.Model(model.inputs, [*(model.get_layer(name).output for name in INNER), model.output])


def make_step(teacher: keras.Model, student: keras.Model, optimizer: keras.optimizers.Optimizer):
    """Compile one step of training. It returns two numbers: the divergence from the teacher, and of the names."""
    optimizer.build(student.trainable_variables)

    @tf.function
    def step(batch, indices):
        named = indices >= 0
        pictures = augment(batch, named)
        *inner, taught = teacher(pictures, training=False)
        target = tf.where(named[:, None], tf.one_hot(indices, 1000), taught)
        with tf.GradientTape() as tape:
            *own, said = student(pictures, training=True)
            each = tf.reduce_sum(target * (tf.math.log(target + 1e-8) - tf.math.log(said + 1e-8)), -1)
            match = [
                tf.reduce_mean((a - b) ** 2) / (tf.math.reduce_variance(a) + 1e-6)
                for a, b in zip(inner, own, strict=True)
            ]
            loss = tf.reduce_mean(each) + tf.add_n(match)
        gradients = tape.gradient(loss, student.trainable_variables)
        optimizer.apply_gradients(zip(gradients, student.trainable_variables, strict=True))
        return tf.reduce_mean(each[~named]), tf.reduce_mean(each[named])

    return step


def train(pools: dict[str, list]) -> list[np.ndarray]:
    """Train the student through all phases and return its weights."""
    teacher_weights, weights, start = load_mobilenet().get_weights(), None, time.time()
    for pixels, steps, highest in PHASES:
        rng, ready = np.random.default_rng([SEED, pixels]), queue.Queue(8)
        threading.Thread(target=make_batches, args=(pools, pixels, rng, ready), daemon=True).start()
        student = build(pixels, weights)
        optimizer = keras.optimizers.Adam(highest)
        step, recent = make_step(build(pixels, teacher_weights), student, optimizer), []
        for number in range(steps):
            warm, progress = min(1, (number + 1) / 300), number / steps
            optimizer.learning_rate.assign(highest * warm * 0.5 * (1 + np.cos(np.pi * progress)) + 1e-6)
            recent.append(step(*ready.get()))
            if (number + 1) % 250 == 0:
                divergence, names = np.mean(recent, axis=0)
                minutes = (time.time() - start) / 60
                print(
                    f"{pixels} pixels, step {number + 1:5} of {steps}, {minutes:5.1f} minutes: "
                    f"divergence from the teacher {divergence:.3f}, of the names {names:.3f}",
                    flush=True,
                )
                recent = []
        weights = student.get_weights()
    return weights


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    renders = Path(sys.argv[1])
    render_things(renders)
    keras.utils.set_random_seed(SEED)
    rng = np.random.default_rng(SEED)
    things = read_folders(renders / "training")
    photos = read_folders(pexels_folder() / "training")
    pools = {
        "photos": [(picture, -1) for picture in read_pool(photos.paths, 800)],
        "drawings": [(draw(rng), -1) for _ in range(600)],
        "things": list(zip(read_pool(things.paths, 176), map(int, things.labels), strict=True)),
    }
    print(json.dumps({"seed": SEED, "batch": BATCH, "phases": PHASES, "shares": SHARES, "renderings": EACH}))
    print({kind: len(pool) for kind, pool in pools.items()}, flush=True)
    model = keras.applications.MobileNet(alpha=0.25, weights=None)
    model.set_weights(train(pools))
    (data_folder() / "practice").mkdir(exist_ok=True)
    arrays = {name: variable.numpy().astype("float16") for name, variable in name_weights(model).items()}
    np.savez(data_folder() / "practice" / "weights.npz", **arrays)


if __name__ == "__main__":
    main()
