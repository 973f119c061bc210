"""The classifiers that the course saved at first: both halves as networks for LiteRT, not as weights.

A network may hold any program. These are not run: their weights are taken out, where they have the form that the course
gave them.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np

from ..learning.dense import Dense
from ..network.litert import empty_template, has_litert
from ..network.weights import KERNELS, Layer, make_layer

KIND = "transfer-learning-course classifier, version 1"
NETWORK, HEAD = "mobilenet.tflite", "head.tflite"
MOST_STEPS = 50  # operators: MobileNet has 27
# what a network may hold, with the settings that say how it works; those of RESHAPE say nothing that is used
OPTIONS = {
    "CONV_2D": "Conv2DOptions",
    "DEPTHWISE_CONV_2D": "DepthwiseConv2DOptions",
    "FULLY_CONNECTED": "FullyConnectedOptions",
    "SOFTMAX": "SoftmaxOptions",
    "RESHAPE": "",
}
ACTIVATIONS = {0: "linear", 1: "relu"}  # by the numbers that LiteRT has for them


class Step(NamedTuple):
    """An operator of a network: what it does, how, and the constants that it reads."""

    kind: str
    settings: dict[str, Any]
    constants: list[np.ndarray]


def read_networks(members: Mapping[str, bytes]) -> tuple[list[Layer], list[Dense]]:
    """Take the weights out of both halves.

    Raises
    ------
    ValueError
        If a half is another network than the course wrote, or there is no LiteRT for this machine, whose library knows
        the format.
    """
    if not has_litert():
        raise ValueError("it is of the first version, which needs LiteRT, and there is none on this machine")
    missing = [name for name in (NETWORK, HEAD) if name not in members]
    if missing:
        raise ValueError(f"it has no {missing[0]}")
    return _layers(_steps_of(members[NETWORK], NETWORK)), _dense(_steps_of(members[HEAD], HEAD))


def _steps_of(network: bytes, name: str) -> list[Step]:
    """The operators of a network, one after another."""
    from ai_edge_litert import schema_py_generated as schema

    try:
        if network[4:8] != b"TFL3":
            raise ValueError("it is no network for LiteRT")
        model = schema.Model.GetRootAs(network, 0)
        graph = model.Subgraphs(0)
        if model.SubgraphsLength() != 1 or graph.OperatorsLength() > MOST_STEPS:
            raise ValueError(f"it has more than {MOST_STEPS} operators, or parts beside them")
        (given,), (wanted,) = graph.InputsAsNumpy().tolist(), graph.OutputsAsNumpy().tolist()
        steps = []
        for number in range(graph.OperatorsLength()):
            step, given = _step(schema, model, graph.Operators(number), given)
            steps.append(step)
        if given != wanted:
            raise ValueError("its last operator is not its end")
    except (struct.error, ValueError, TypeError, AttributeError, IndexError, OverflowError) as error:
        raise ValueError(f"{name} is not as the course wrote it: {error}") from error
    return steps


def _step(schema: ModuleType, model: Any, operator: Any, given: int) -> tuple[Step, int]:
    """One operator, which must read what comes before it; and the number of what it gives."""
    code = model.OperatorCodes(operator.OpcodeIndex()).BuiltinCode()
    kind = next((name for name, number in vars(schema.BuiltinOperator).items() if number == code), f"operator {code}")
    if kind not in OPTIONS:
        raise ValueError(f"it holds {kind}; expected {', '.join(OPTIONS)} only")
    first, *others = operator.InputsAsNumpy().tolist()
    (result,) = operator.OutputsAsNumpy().tolist()
    if first != given or len(others) > 2:
        raise ValueError(f"{kind} does not read what comes before it")
    constants = [_constant(schema, model, number) for number in others if number >= 0]
    return Step(kind, _settings(schema, operator, OPTIONS[kind]), constants), result


def _settings(schema: ModuleType, operator: Any, name: str) -> dict[str, Any]:
    """How an operator works, such as its strides."""
    if not name:
        return {}
    if operator.BuiltinOptionsType() != getattr(schema.BuiltinOptions, name):
        raise ValueError(f"an operator lacks its {name}")
    options, table = getattr(schema, name)(), operator.BuiltinOptions()
    options.Init(table.Bytes, table.Pos)
    return vars(getattr(schema, f"{name}T").InitFromObj(options))


def _constant(schema: ModuleType, model: Any, number: int) -> np.ndarray:
    """Numbers that an operator reads: plain float32 or int32, as many as their shape says."""
    tensor = model.Subgraphs(0).Tensors(number)
    kinds = {schema.TensorType.FLOAT32: "<f4", schema.TensorType.INT32: "<i4"}
    if tensor.Type() not in kinds or tensor.ShapeLength() > 4:
        raise ValueError("it holds constants of another type than float32")
    content = np.asarray(model.Buffers(tensor.Buffer()).DataAsNumpy(), np.uint8)
    return content.view(kinds[tensor.Type()]).reshape(tensor.ShapeAsNumpy().tolist())


def _layers(steps: list[Step]) -> list[Layer]:
    """The layers of MobileNet, if the steps are those of the network that the course fills with weights."""
    form = _steps_of(empty_template(), NETWORK)
    if [(step.kind, step.settings) for step in steps] != [(step.kind, step.settings) for step in form]:
        raise ValueError(f"{NETWORK} is another network than the cut MobileNet")
    layers = []
    for name, step in zip(KERNELS, steps, strict=True):
        if len(step.constants) != 2 or step.constants[0].ndim != 4:
            raise ValueError(f"{NETWORK} lacks the weights of {name}")
        kernel, bias = step.constants
        plain = kernel[0] if "dw" in name else np.moveaxis(kernel, 0, -1)
        layers.append(make_layer(name, plain[0, 0] if "pw" in name else plain, bias))
    return layers


def _dense(steps: list[Step]) -> list[Dense]:
    """The layers of the head: dense ones, with a softmax at the end, and nothing before but what makes a row of all."""
    kinds = [step.kind for step in steps]
    body = steps[kinds[:1] == ["RESHAPE"] : -1]
    if kinds[-1:] != ["SOFTMAX"] or steps[-1].settings["beta"] != 1 or not body:
        raise ValueError(f"{HEAD} does not end in a softmax")
    layers = []
    for number, step in enumerate(body):
        activation = ACTIVATIONS.get(step.settings.get("fusedActivationFunction", -1))
        plain = step.kind == "FULLY_CONNECTED" and not step.settings["weightsFormat"]
        if not plain or not activation or not step.constants or step.constants[0].ndim != 2:
            raise ValueError(f"layer {number} of {HEAD} is {step.kind}; expected dense layers, linear or with a ReLU")
        kernel, *bias = step.constants
        layers.append(Dense(kernel.T, bias[0] if bias else np.zeros(len(kernel), np.float32), activation))
    if layers[-1].activation != "linear":
        raise ValueError(f"{HEAD} does not end in a softmax alone")
    return [*layers[:-1], layers[-1]._replace(activation="softmax")]
