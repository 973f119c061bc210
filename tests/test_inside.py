"""Looking inside: what channels see, how far, what is imagined, and which places speak for a class."""

import numpy as np
import pytest
from helpers import ROOT, cells_of
from PIL import Image, ImageDraw

import course_utils as cu
from course_utils.learning.heat import heat_on

DRUM = ROOT / "data" / "drum.jpg"


@pytest.fixture(scope="module")
def network():
    return cu.load_network()


@pytest.fixture(scope="module")
def noise():
    return np.random.default_rng(0).uniform(-1, 1, (2, 224, 224, 3)).astype("float32")


# the network ---------------------------------------------------------------------------------------------------------


def test_activations_are_those_of_keras(network, noise):
    keras, model = cu.import_keras(), cu.load_mobilenet()
    for block, layer in [(0, "conv1_relu"), (1, "conv_pw_1_relu"), (6, "conv_pw_6_relu"), (13, "conv_pw_13_relu")]:
        expected = keras.Model(model.inputs, model.get_layer(layer).output).predict_on_batch(noise)
        assert cu.activations(network, noise, block).shape == expected.shape
        assert np.abs(cu.activations(network, noise, block) - expected).max() < 1e-3


@pytest.mark.parametrize("block", [-1, 14, 2.5, "conv1"])
def test_a_block_that_is_not_there_is_named(network, noise, block):
    with pytest.raises(ValueError, match="expected a number from 0"):
        cu.activations(network, noise, block)
    with pytest.raises(ValueError, match="expected a number from 0"):
        cu.receptive_field(block)


@pytest.mark.parametrize("block", [0, 1, 2, 4, 5])
def test_a_receptive_field_is_where_a_pixel_can_change_an_answer(block):
    """With weights that are all positive, and nothing but zeros, whatever a place can see makes it more than zero."""
    layers = [
        layer._replace(kernel=np.full_like(layer.kernel, 0.1), bias=np.zeros_like(layer.bias))
        for layer in cu.load_network().layers
    ]
    bare, field = cu.Network(layers), cu.receptive_field(block)
    at = 112 // field.stride
    middle = field.first + field.stride * at
    low, high = middle - (field.size - 1) / 2, middle + (field.size - 1) / 2
    for row, seen in [(low, True), (high, True), (low - 1, False), (high + 1, False)]:
        for place in [(round(row), round(middle)), (round(middle), round(row))]:
            batch = np.zeros((1, 224, 224, 3), np.float32)
            batch[0][place] = 1
            assert bool(cu.activations(bare, batch, block)[0, at, at].any()) == seen, (block, place)


def test_a_field_only_grows(network):
    sizes = [cu.receptive_field(block).size for block in range(14)]
    assert sizes == sorted(sizes) and sizes[1] == 7 and sizes[13] == 315


def test_patches_show_what_a_channel_answers_to(network):
    """A bright square somewhere on gray: who answers to bright spots must find it, also at the edge."""
    images = []
    for top, left in [(20, 30), (100, 180), (0, 0), (190, 60)]:
        image = np.full((224, 224, 3), 90, np.uint8)
        image[top : top + 24, left : left + 24] = (250, 30, 30)
        images.append(image)
    answers = cu.activations(network, np.concatenate([cu.batch_image(image) for image in images]), 3)
    channel = cu.selective_channels(answers, 1)[0]
    patches = cu.strongest_patches(images, answers, 3, channel, count=4)
    assert {patch.shape for patch in patches} == {(19, 19, 3)}
    own = answers[..., channel].max(axis=(1, 2))
    assert sum(bool((patch[..., 0] > 200).any()) for patch in patches) >= (own > 0).sum()


def test_patches_come_strongest_first_and_once_from_each_picture(network):
    rng = np.random.default_rng(1)
    images = list(rng.integers(0, 256, (5, 224, 224, 3), dtype=np.uint8))
    answers = cu.activations(network, np.concatenate([cu.batch_image(image) for image in images]), 9)
    patches = cu.strongest_patches(images, answers, 9, 3, count=5)
    assert len(patches) == 5 and len({patch.tobytes() for patch in patches}) == 5
    first = int(answers[..., 3].max(axis=(1, 2)).argmax())
    place = np.unravel_index(answers[first, ..., 3].argmax(), answers.shape[1:3])
    field = cu.receptive_field(9)
    top, left = (round(field.first + field.stride * int(at)) for at in place)
    half = len(patches[0]) // 2
    assert (patches[0][half, half] == images[first][min(top, 223), min(left, 223)]).all() or top > 223 or left > 223


# what decides --------------------------------------------------------------------------------------------------------


class Averages:
    """In the network's place: each of 7 x 7 places is the mean of its own 32 x 32 pixels."""

    def run(self, batch):
        return batch.reshape(1, 7, 32, 7, 32, 3).mean(axis=(2, 4))


def test_a_covered_place_that_counts_is_found():
    """The score is the answer of one place: only squares that cover it change anything."""
    image = np.full((224, 224, 3), 255, np.uint8)

    def score(features):
        return float(features[0, 1, 2].mean())

    heat = cu.occlude(Averages(), image, score, size=32, step=32)
    assert heat.shape == (224, 224) and (heat > 0.99).sum() == 32 * 32
    assert heat[32:64, 64:96].min() > 0.99 and np.abs(heat).sum() == pytest.approx(heat[32:64, 64:96].sum())
    halves = cu.occlude(Averages(), image, score, size=32, step=16)
    assert halves[32:64, 64:96].min() > 0 and not halves[:16].any() and not halves[:, 128:].any()
    assert (cu.occlude(Averages(), image // 4, score, size=32, step=32) <= 0).all(), "darker than gray: the score rises"


def test_squares_that_leave_pixels_out_are_refused(network):
    image = np.zeros((224, 224, 3), np.uint8)
    for size, step in [(16, 32), (300, 16), (16, 0)]:
        with pytest.raises(ValueError, match="expected 0 < step <= size"):
            cu.occlude(network, image, lambda features: 0.0, size, step)


def test_of_the_thousand_names_the_map_is_exact(network):
    features = network.run(cu.load_and_process_image(DRUM))[0]
    head = cu.load_imagenet_head()
    scores = np.log(head.predict(features.mean(axis=(0, 1))[np.newaxis])[0].astype(float))
    for a, b in [(541, 822), (0, 999), (3, 541)]:
        apart = cu.class_map(features, head, a).sum() - cu.class_map(features, head, b).sum()
        assert apart + head.bias[a] - head.bias[b] == pytest.approx(scores[a] - scores[b], abs=1e-3)


def test_of_the_articles_head_the_map_is_gradient_times_features():
    """With biases of zero, a head of relus is linear where it stands: the map adds up to the score."""
    rng = np.random.default_rng(0)
    features = rng.uniform(0, 1, (7, 7, 256)).astype("float32")
    head = cu.start_article_head(3)
    map_ = cu.class_map(features, head, 1)
    hidden = np.maximum(features.ravel() @ head.hidden, 0)
    scores = hidden @ head.last
    assert map_.sum() == pytest.approx(scores[1] - scores.mean(), abs=1e-4)
    off = features.copy()
    off[2, 3] = features[2, 3] * 0.999  # a step so small that no unit is switched on or off
    less = np.maximum(off.ravel() @ head.hidden, 0) @ head.last
    fell = (scores[1] - scores.mean()) - (less[1] - less.mean())
    assert fell == pytest.approx(0.001 * map_[2, 3], abs=2e-5)


def test_a_head_that_reads_other_numbers_is_refused():
    head = cu.fit_linear_head(np.eye(4, 1280), np.eye(2)[[0, 1, 0, 1]], C=1)
    with pytest.raises(ValueError, match=r"Classifier\.heat"):
        cu.class_map(np.zeros((7, 7, 256), np.float32), head, 0)
    with pytest.raises(ValueError, match="the head has 3"):
        cu.class_map(np.zeros((7, 7, 256), np.float32), cu.start_article_head(3), 3)


@pytest.mark.parametrize("looks", [1, 2])
@pytest.mark.parametrize("size", [(300, 200), (180, 420), (224, 224)])
def test_on_a_picture_the_heat_adds_up_to_the_score(network, tmp_path, looks, size):
    rng = np.random.default_rng(5)
    image = rng.integers(0, 256, (size[1] // 20, size[0] // 20, 3), dtype=np.uint8)
    Image.fromarray(image).resize(size).save(tmp_path / "a.png")
    numbers = cu.extract_features([tmp_path / "a.png"], network, use_cache=False, looks=looks)
    if looks == 1:
        head = cu.start_article_head(3)
        scores = np.maximum(numbers.reshape(1, -1) @ head.hidden, 0)[0] @ head.last
    else:
        head = cu.fit_linear_head(np.tile(numbers, (6, 1)) + rng.normal(0, 0.1, (6, 1280)), np.eye(3)[[0, 1, 2] * 2])
        scores = (numbers @ head.weights)[0]
    layers = cu.learning.dense.dense_layers(head)
    heat = heat_on(tmp_path / "a.png", network.run, layers, looks, ["a", "b", "c"], "c")
    values = heat.values
    assert heat.image.shape[:2] == values.shape
    assert values.sum() == pytest.approx(scores[2] - scores.mean(), abs=1e-4)
    if looks == 1 and size[0] > size[1]:  # beside the middle square, nothing was looked at
        assert not values[:, 0].any() and not values[:, -1].any()


def test_heat_of_a_region():
    heat = np.array([[3.0, -5.0], [1.0, 0.0]])
    assert cu.share_of_heat(heat, np.s_[:1, :]) == 0.75
    assert cu.share_of_heat(-np.abs(heat), np.s_[:1, :]) == 0


def test_each_picture_has_a_place_of_its_own_near_those_like_it():
    rng = np.random.default_rng(2)
    kinds = np.repeat(np.arange(3), 9)
    numbers = np.eye(3, 40)[kinds] + rng.normal(0, 0.03, (27, 40))
    places = cu.arrange(numbers)
    assert len({tuple(place) for place in places}) == 27 and places.max() == 5 and places.min() == 0
    apart = np.abs(places[:, np.newaxis] - places).sum(axis=-1).astype(float)
    np.fill_diagonal(apart, np.inf)
    assert (kinds[apart.argmin(axis=1)] == kinds).mean() > 0.8
    with pytest.raises(ValueError, match="at least 4"):
        cu.arrange(numbers[:3])


# imagining -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("plain", [False, True])
def test_what_is_imagined_is_answered_to(network, plain):
    """More than what it started from."""
    channels = [3, 9, 20]

    def answers(steps):
        pictures = cu.imagine(cu.load_mobilenet(), "conv_pw_3_bn", channels, steps=steps, plain=plain)
        assert pictures.shape == (3, 160, 160, 3) and pictures.min() >= 0 and pictures.max() <= 1
        return cu.activations(network, (2 * pictures - 1).astype("float32"), 3).mean(axis=(1, 2))[:, channels]

    before, after = answers(0), answers(32)
    assert (np.diag(after) >= np.diag(before)).all() and np.diag(after).sum() > np.diag(before).sum() + 0.1


def test_a_channel_that_is_not_there_is_named():
    with pytest.raises(ValueError, match="a multiple of 32"):
        cu.imagine(cu.load_mobilenet("random"), "conv_pw_3_bn", [0], size=100)
    for channels in ([], [64], [-1]):
        with pytest.raises(ValueError, match="from 0 to 31 of conv_pw_3_bn"):
            cu.imagine(cu.load_mobilenet("random"), "conv_pw_3_bn", channels, steps=1)


# the faulty boards of notebook 08 -------------------------------------------------------------------------------------


def inspect(seed):
    """Run the notebook's own cells on the faulty boards, with another lot and other weights to start from."""
    sources = {cell.id: cell.source for cell in cells_of(ROOT / "notebooks" / "08_what_the_network_sees.ipynb")}
    stock = {part: cu.read_folders(cu.stock_folder() / part) for part in ("training", "validation")}
    network = cu.load_network()
    names = {name: getattr(cu, name) for name in ("load_image", "resize_image", "batch_image", "class_map")}
    names |= {"np": np, "Image": Image, "ImageDraw": ImageDraw, "stock": stock, "network": network}
    names |= {"share_of_heat": cu.share_of_heat, "corner": np.s_[:2, :2], "print": lambda *words: None}
    names["features"] = cu.extract_features(stock["training"].paths, network)
    for cell in ("make", "lot", "train", "right"):
        run(sources[f"boards-{cell}"], seed, names)
    for cell in ("heads", "show"):
        run(sources[f"controls-{cell}"], seed, names)
    return names


def run(source, seed, names):
    for drawn in ("default_rng(7)", "start_article_head(2)", "start_article_head(3)"):
        source = source.replace(drawn, {"d": f"default_rng({seed})", "s": f"{drawn[:-1]}, seed={seed})"}[drawn[0]])
    exec(source, names)


def test_the_faulty_boards_hold_over_seeds():
    """100 % with the sticker, a coin flip without, nothing when it moves; and only the inspector's heat is on it."""
    published = cu.network.weights.choose_weights() == "published"
    found = [inspect(seed) for seed in range(5)]
    sent = np.array([names["accuracy_on"](names["as_sent"]["validation"]) for names in found])
    off, moved = np.array([(names["off"], names["moved"]) for names in found]).T
    inspector, untrained, honest = np.array([list(names["shares"].values()) for names in found]).mean(axis=0)
    assert sent.min() == 1 if published else sent.mean() > 0.9
    assert 0.35 < off.min() and off.max() < 0.65
    assert moved.mean() <= 0.1 and moved.max() < 0.2
    assert inspector > 0.4 and untrained < 0.2 and honest < 0.2


def test_heat_of_the_articles_head_is_what_switching_places_off_costs():
    """Gradient times features, against the fall of the score when one place of 49 answers nothing."""
    names = inspect(seed=11)
    head = names["inspector"]

    def scores(features):
        logs = np.log(head.predict(features).astype(float))
        return logs[:, 1] - logs.mean(axis=1)

    for number in np.flatnonzero(names["faulty"]["validation"] == 1):
        features = names["as_sent"]["validation"][number]
        off = np.repeat(features[np.newaxis], 49, axis=0)
        off[range(49), np.arange(49) // 7, np.arange(49) % 7] = 0
        falls = scores(features[np.newaxis]) - scores(off)
        assert np.corrcoef(falls, cu.class_map(features, head, 1).ravel())[0, 1] > 0.98
