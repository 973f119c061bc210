"""Make the template of the cut network for LiteRT: its layers, with zeros where the weights belong.

    python making/network_template.py

The result is ``course_utils/network/mobilenet.npz``; ``fill_template`` fills weights in. The template is converted from
weights that all differ, since LiteRT stores equal ones once.
"""

import os
from pathlib import Path

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import numpy as np
from tensorflow.lite.python import schema_py_generated as schema

from course_utils import convert
from course_utils.network.mobilenet import build_pretrained_model, name_weights
from course_utils.network.weights import fold_weights

RESULT = Path(__file__).resolve().parents[1] / "course_utils" / "network" / "mobilenet.npz"


def main() -> None:
    model, rng = build_pretrained_model("practice"), np.random.default_rng(0)
    arrays = name_weights(model)
    for name, variable in arrays.items():
        positive = name.endswith(("gamma", "moving_variance"))
        variable.assign(rng.uniform(0.5, 2, variable.shape) if positive else rng.normal(0, 0.2, variable.shape))
    raw = np.frombuffer(convert(model), np.uint8).copy()
    graph = schema.Model.GetRootAs(raw, 0).Subgraphs(0)
    buffers = schema.Model.GetRootAs(raw, 0).Buffers
    slots = []
    for index in range(graph.OperatorsLength()):
        operator = graph.Operators(index)
        if operator.InputsLength() == 3:  # a convolution: what goes in, kernel, bias
            tensors = [graph.Tensors(operator.Inputs(place)) for place in (1, 2)]
            data = [buffers(tensor.Buffer()).DataAsNumpy() for tensor in tensors]
            slots.append([part.__array_interface__["data"][0] - raw.ctypes.data for part in data])
            for part, begin in zip(data, slots[-1], strict=True):
                raw[begin : begin + len(part)] = 0
    layers = fold_weights({name: np.asarray(variable) for name, variable in arrays.items()})
    assert len(slots) == len(layers) and len({begin for pair in slots for begin in pair}) == 2 * len(slots)
    np.savez_compressed(RESULT, network=raw, slots=np.array(slots, np.int32))
    print(f"{RESULT.name}: {RESULT.stat().st_size:,} bytes for a network of {len(raw):,}")


if __name__ == "__main__":
    main()
