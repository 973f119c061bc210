"""What runs the cut MobileNet: LiteRT, or plain NumPy where there is none; neither needs TensorFlow."""

from __future__ import annotations

import hashlib
import re
from contextlib import suppress
from functools import cache, cached_property
from typing import TYPE_CHECKING

import numpy as np

from ..cache import NETWORKS, make_room, read_checked, write_checked
from ..files import cache_folder
from .litert import convert, fill_template, has_litert, run_litert
from .mobilenet import build_pretrained_model, name_weights
from .plain import run_plain
from .weights import Layer, fold_weights, read_weights

if TYPE_CHECKING:
    import keras

COMPUTING = (  # settings of Keras layers that change what they compute
    "filters kernel_size strides padding data_format dilation_rate groups depth_multiplier activation use_bias "
    "axis epsilon center scale max_value negative_slope threshold"
).split()


class Network:
    """The cut MobileNet with its weights: pictures in, features out, without TensorFlow (notebook 12).

    Parameters
    ----------
    layers : list of Layer
        From ``fold_weights``.
    """

    def __init__(self, layers: list[Layer]) -> None:
        self.layers = layers
        arrays = [array for layer in layers for array in (layer.kernel, layer.bias)]
        parts = [np.ascontiguousarray(array, "<f4").tobytes() for array in arrays]
        self.fingerprint = hashlib.sha256(b"".join(parts)).hexdigest()

    @cached_property
    def _file(self) -> bytes | None:  # filled when something is to be computed: kept features need neither
        return fill_template(self.layers) if has_litert() else None

    @property
    def engine(self) -> str:
        """What runs it: ``LiteRT`` or ``NumPy``."""
        return "LiteRT" if self._file else "NumPy"

    def run(self, batch: np.ndarray) -> np.ndarray:
        """Turn a batch into features.

        Parameters
        ----------
        batch : numpy.ndarray
            Shape ``(1, side, side, 3)``, float32, from -1 to 1; the side a multiple of 32, such as 224.

        Returns
        -------
        numpy.ndarray
            Shape ``(1, side / 32, side / 32, 256)``, float32, from 0 to 6.
        """
        return run_litert(self._file, batch) if self._file else run_plain(self.layers, batch)

    def __reduce__(self) -> tuple[type[Network], tuple[list[Layer]]]:
        return Network, (self.layers,)  # another machine may have another engine


class Converted:
    """Another network than the cut MobileNet, converted to LiteRT."""

    def __init__(self, network: bytes, fingerprint: str) -> None:
        self.network, self.fingerprint = network, fingerprint

    def run(self, batch: np.ndarray) -> np.ndarray:
        """Run it on a batch of one."""
        return run_litert(self.network, batch)


Engine = Network | Converted
engines: dict[str, Engine] = {}  # by fingerprint: those that this process has used or been sent


def load_network(weights: str | None = None) -> Network:
    """Read MobileNet's weights, and make the cut network of them, in milliseconds (notebook 10).

    Parameters
    ----------
    weights : str, optional
        As for ``load_mobilenet``.

    Returns
    -------
    Network
        Computes what ``build_pretrained_model()`` computes, but for rounding, without TensorFlow.

    Raises
    ------
    AssetError
        If the published weights are asked for and can't be had.
    ValueError
        If there are no weights of this name.
    """
    return Network(fold_weights(read_weights(weights)))


def engine_of(model: keras.Model | Network) -> Engine:
    """Return what computes the same as a network from Keras, and faster.

    Raises
    ------
    ImportError, ValueError
        If it is not the cut MobileNet, and there is no LiteRT, or LiteRT does not agree with Keras.
    """
    if isinstance(model, Network):
        return model
    layers = layers_of(model)
    return Network(layers) if layers else _convert_once(model)


def layers_of(model: keras.Model) -> list[Layer] | None:
    """The weights of a Keras model, if it is the cut MobileNet, fine-tuned or cloned or not; else None."""
    if _steps(model) != _steps_of_the_cut():
        return None
    return fold_weights({name: np.asarray(variable) for name, variable in name_weights(model).items()})


def _steps(model: keras.Model) -> list[tuple]:
    """What a network computes, layer by layer, whatever its weights. With one way in, and no layer that joins two, this
    is all of it."""
    layers = [layer for layer in model.layers if type(layer).__name__ != "InputLayer"]
    settings = [{key: layer.get_config().get(key) for key in COMPUTING} for layer in layers]
    return [
        (layer.name, type(layer).__name__, layer.compute_dtype, str(setting))
        for layer, setting in zip(layers, settings, strict=True)
    ]


@cache
def _steps_of_the_cut() -> list[tuple]:
    return _steps(build_pretrained_model("random"))


def _convert_once(model: keras.Model) -> Converted:
    """Convert a network, or take the conversion that this machine has kept.

    Networks with the same layers and weights have the same fingerprint.
    """
    layers = re.sub(r'"(input_layer|functional|sequential)_\d+"', r'"\1"', model.to_json())  # Keras counts these
    parts = [layers.encode(), *(array.tobytes() for array in model.get_weights())]
    fingerprint = hashlib.sha256(b"".join(parts)).hexdigest()
    path = cache_folder() / NETWORKS / f"{fingerprint}.tflite"
    network = read_checked(path)
    if network is None:  # not kept yet, or damaged
        network = convert(model)
        with suppress(OSError, ValueError):
            make_room(NETWORKS, len(network))
            write_checked(path, network)
    return Converted(network, fingerprint)
