"""The same classifier for three other libraries: ONNX, Keras, Core ML."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from ..network.runtime import import_keras
from ..network.weights import Layer
from ..pictures.quiet import silence
from .onelook import OneLook, require

ONNX, COREML = "onnx>=1.21,<2", "coremltools>=9,<10"  # as in pyproject.toml
OPSET, IR = 17, 8  # of ONNX: what libraries of 2022 read


def write_onnx(plan: OneLook, path: Path) -> None:
    """Write a graph that reads what ``load_and_process_image`` gives: ``(n, 224, 224, 3)``, from -1 to 1.

    Raises
    ------
    ImportError
        If there is no library ``onnx``.
    """
    onnx = require("onnx", ".onnx", ONNX)
    graph = _OnnxGraph(onnx)
    graph.add("Transpose", perm=[0, 3, 1, 2])
    for layer in plan.layers:
        halving = layer.stride == 2
        pads = [0, 0, 0, 0] if layer.kernel.ndim == 2 else [int(not halving)] * 2 + [1, 1]
        groups = len(layer.bias) if layer.kernel.ndim == 3 else 1
        graph.add("Conv", _as_onnx(layer), layer.bias, strides=[layer.stride] * 2, pads=pads, group=groups)
        graph.add("Clip", np.array(0), np.array(6))
    if plan.quartered:
        graph.add("AveragePool", kernel_shape=[4, 4], strides=[3, 3])
    graph.add("Transpose", perm=[0, 2, 3, 1])
    graph.add("Flatten", axis=1)
    if plan.quartered:
        graph.add("LpNormalization", axis=1, p=2)
    for dense in plan.head:
        graph.add("Gemm", dense.kernel, dense.bias)
        if dense.activation != "linear":
            graph.add(dense.activation.capitalize() if dense.activation == "softmax" else "Relu")
    path.write_bytes(graph.finish(plan))


def _as_onnx(layer: Layer) -> np.ndarray:
    """A kernel as ONNX has it: what comes out, what goes in, height, width."""
    kernel = layer.kernel
    if kernel.ndim == 3:
        return kernel.transpose(2, 0, 1)[:, np.newaxis]
    return (kernel if kernel.ndim == 4 else kernel[np.newaxis, np.newaxis]).transpose(3, 2, 0, 1)


class _OnnxGraph:
    """A graph in which each step reads what the one before gives.

    Parameters
    ----------
    onnx : module
        The library.
    """

    def __init__(self, onnx: Any) -> None:
        self.onnx, self.end = onnx, "image"
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def add(self, kind: str, *arrays: np.ndarray, **settings: Any) -> None:
        """Add a step, which may read constants, too."""
        number = len(self.nodes)
        names = [f"constant_{number}_{place}" for place in range(len(arrays))]
        for name, array in zip(names, arrays, strict=True):
            values = np.asarray(array, np.float32, order="C")
            self.constants.append(self.onnx.numpy_helper.from_array(values, name))
        result = f"step_{number}"
        self.nodes.append(self.onnx.helper.make_node(kind, [self.end, *names], [result], **settings))
        self.end = result

    def finish(self, plan: OneLook) -> bytes:
        """The file, checked; its classes are among its properties."""
        helper, floats = self.onnx.helper, self.onnx.TensorProto.FLOAT
        self.nodes[-1].output[0] = "probabilities"
        given = helper.make_tensor_value_info("image", floats, ["n", 224, 224, 3])
        result = helper.make_tensor_value_info("probabilities", floats, ["n", len(plan.classes)])
        graph = helper.make_graph(self.nodes, "classifier", [given], [result], self.constants)
        opsets = [helper.make_opsetid("", OPSET)]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=IR, doc_string=plan.words)
        helper.set_model_props(model, {"classes": json.dumps(plan.classes, ensure_ascii=False)})
        self.onnx.checker.check_model(model)
        return bytes(model.SerializeToString())


def write_keras(plan: OneLook, path: Path) -> None:
    """Write a Keras model of plain layers, which was never compiled and so has no optimizer; ``labels.txt`` lies in it.

    Raises
    ------
    ImportError
        If there is no TensorFlow.
    """
    keras = import_keras()
    of = keras.layers
    layers: list[Any] = [keras.Input((224, 224, 3), name="image")]
    for layer in plan.layers:
        shared = {"strides": layer.stride, "padding": "same", "name": layer.name}
        if layer.kernel.ndim == 3:
            layers.append(of.DepthwiseConv2D(3, **shared))
        else:
            layers.append(of.Conv2D(len(layer.bias), 3 if layer.kernel.ndim == 4 else 1, **shared))
        layers.append(of.ReLU(6, name=f"{layer.name}_relu"))
    layers += [of.AveragePooling2D(4, 3, name="quarters")] if plan.quartered else []
    layers += [of.Flatten(name="flatten")]
    layers += [of.UnitNormalization(name="length_1")] if plan.quartered else []
    for number, dense in enumerate(plan.head, 1):
        layers.append(of.Dense(len(dense.bias), dense.activation, name=f"dense_{number}"))
    model = keras.Sequential(layers, name="classifier")
    for layer in plan.layers:
        kernel = layer.kernel[..., np.newaxis] if layer.kernel.ndim == 3 else layer.kernel
        own = model.get_layer(layer.name)
        own.set_weights([kernel.reshape(own.get_weights()[0].shape), layer.bias])
    for number, dense in enumerate(plan.head, 1):
        model.get_layer(f"dense_{number}").set_weights([dense.kernel, dense.bias])
    model.save(path)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("labels.txt", "\n".join(plan.classes))


def write_coreml(plan: OneLook, path: Path) -> None:
    """Write a package for Core ML, which reads a picture and names its class. Only Apple's devices can run it.

    Raises
    ------
    ImportError
        If there is no coremltools.
    """
    ct = require("coremltools", ".mlpackage", COREML)
    builder = require("coremltools.converters.mil", ".mlpackage", COREML).Builder

    @builder.program(input_specs=[builder.TensorSpec(shape=(1, 3, 224, 224))], opset_version=ct.target.iOS15)
    def program(image: Any) -> Any:
        for layer in plan.layers:
            halving = layer.stride == 2
            pads = [0, 0, 0, 0] if layer.kernel.ndim == 2 else [int(not halving), 1] * 2
            groups = len(layer.bias) if layer.kernel.ndim == 3 else 1
            kernel = np.ascontiguousarray(_as_onnx(layer))
            settings = {"strides": [layer.stride] * 2, "pad_type": "custom", "pad": pads, "groups": groups}
            image = builder.conv(x=image, weight=kernel, bias=layer.bias, **settings)
            image = builder.clip(x=image, alpha=np.float32(0), beta=np.float32(6))
        if plan.quartered:
            image = builder.avg_pool(x=image, kernel_sizes=[4, 4], strides=[3, 3], pad_type="valid")
        numbers = builder.reshape(x=builder.transpose(x=image, perm=[0, 2, 3, 1]), shape=[1, -1])
        if plan.quartered:
            length = builder.reduce_l2_norm(x=numbers, axes=[1], keep_dims=True)
            numbers = builder.real_div(x=numbers, y=builder.maximum(x=length, y=np.float32(1e-12)))
        for dense in plan.head:
            numbers = builder.linear(x=numbers, weight=np.ascontiguousarray(dense.kernel.T), bias=dense.bias)
            if dense.activation == "relu":
                numbers = builder.relu(x=numbers)
        return builder.softmax(x=numbers, axis=1, name="probabilities")

    colors = ct.ImageType(name="image", shape=(1, 3, 224, 224), scale=1 / 127.5, bias=[-1, -1, -1])
    with silence():  # its bars, one for each step of converting
        model = ct.convert(
            program,
            inputs=[colors],
            classifier_config=ct.ClassifierConfig(plan.classes),
            compute_precision=ct.precision.FLOAT32,
            minimum_deployment_target=ct.target.iOS15,
        )
    model.short_description, model.license = plan.words, "MobileNet's weights: Apache License 2.0"
    model.save(str(path))
