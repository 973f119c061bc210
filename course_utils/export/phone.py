"""One ``.tflite`` file for MediaPipe, on phones, in browsers and in Python: both halves, labels, normalization."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from ..network.litert import fill_template, has_litert
from .onelook import OneLook

MISSING = (
    "a .tflite file is written with LiteRT, and there is none for this machine. A folder whose name ends in -tm or "
    "-ml5 needs none, nor does .onnx"
)
LICENSE = "MobileNet's weights: Apache License 2.0"


def write_tflite(plan: OneLook, path: Path) -> None:
    """Write the file: MediaPipe reads the labels from a zip archive behind the network.

    Raises
    ------
    ImportError
        If there is no LiteRT for this machine.
    """
    if not has_litert():
        raise ImportError(MISSING)
    file = io.BytesIO(_join(plan))
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr(zipfile.ZipInfo("labels.txt"), "\n".join(" ".join(name.split()) for name in plan.classes))
    path.write_bytes(file.getvalue())


def _join(plan: OneLook) -> bytes:
    """The network with its head, and what describes both."""
    import flatbuffers
    from ai_edge_litert import schema_py_generated as schema

    graph = _Graph(schema, fill_template(plan.layers))
    if plan.quartered:
        pool = schema.Pool2DOptionsT()
        pool.padding = schema.Padding.VALID
        pool.filterWidth = pool.filterHeight = 4  # of 7 places: both halves have the one in the middle
        pool.strideW = pool.strideH = 3
        graph.add("AVERAGE_POOL_2D", "Pool2DOptions", pool, [], (1, 2, 2, 256))
    graph.flatten()
    if plan.quartered:
        graph.add("L2_NORMALIZATION", "L2NormOptions", schema.L2NormOptionsT(), [], graph.shape)
    for dense in plan.head:
        connected = schema.FullyConnectedOptionsT()
        kinds = schema.ActivationFunctionType
        connected.fusedActivationFunction = kinds.RELU if dense.activation == "relu" else kinds.NONE
        inputs = [graph.constant(np.ascontiguousarray(dense.kernel.T)), graph.constant(dense.bias)]
        graph.add("FULLY_CONNECTED", "FullyConnectedOptions", connected, inputs, (1, len(dense.bias)))
    last = schema.SoftmaxOptionsT()
    last.beta = 1.0
    graph.add("SOFTMAX", "SoftmaxOptions", last, [], graph.shape)
    return graph.finish(flatbuffers, _describe(flatbuffers, plan))


class _Graph:
    """A network for LiteRT that grows at its end; ``shape`` is what comes out there.

    Parameters
    ----------
    schema : module
        LiteRT's own, of its file format.
    network : bytes
        What to begin with.
    """

    def __init__(self, schema: ModuleType, network: bytes) -> None:
        self.schema = schema
        self.model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(network, 0))
        self.model.signatureDefs, self.model.metadata = [], []
        self.graph = self.model.subgraphs[0]
        (self.end,) = (int(index) for index in self.graph.outputs)
        self.shape = tuple(int(side) for side in self.graph.tensors[self.end].shape)

    def add(self, name: str, kind: str, options: Any, others: Sequence[int], shape: tuple[int, ...]) -> None:
        """Add an operator that reads what comes out now, and perhaps constants."""
        schema, code, operator = self.schema, self.schema.OperatorCodeT(), self.schema.OperatorT()
        code.builtinCode = code.deprecatedBuiltinCode = getattr(schema.BuiltinOperator, name)
        code.version = 1
        operator.opcodeIndex = len(self.model.operatorCodes)
        operator.builtinOptionsType, operator.builtinOptions = getattr(schema.BuiltinOptions, kind), options
        operator.inputs = np.array([self.end, *others], np.int32)
        self.end, self.shape = self._tensor(shape, schema.TensorType.FLOAT32, 0), shape
        operator.outputs = np.array([self.end], np.int32)
        self.model.operatorCodes.append(code)
        self.graph.operators.append(operator)

    def flatten(self) -> None:
        """Put all numbers that come out now into one row."""
        options, shape = self.schema.ReshapeOptionsT(), (1, int(np.prod(self.shape)))
        options.newShape = np.array(shape, np.int32)
        self.add("RESHAPE", "ReshapeOptions", options, [self.constant(np.array(shape, np.int32))], shape)

    def constant(self, values: np.ndarray) -> int:
        """Add numbers that an operator reads."""
        kinds = self.schema.TensorType
        return self._tensor(
            values.shape, kinds.INT32 if values.dtype == np.int32 else kinds.FLOAT32, self._buffer(values)
        )

    def _tensor(self, shape: tuple[int, ...], kind: int, buffer: int) -> int:
        tensor = self.schema.TensorT()
        tensor.name, tensor.type, tensor.buffer = f"head_{len(self.graph.tensors)}", kind, buffer
        tensor.shape = np.array(shape, np.int32)
        self.graph.tensors.append(tensor)
        return len(self.graph.tensors) - 1

    def _buffer(self, values: np.ndarray) -> int:
        buffer = self.schema.BufferT()
        buffer.data = np.frombuffer(values.tobytes(), np.uint8)
        self.model.buffers.append(buffer)
        return len(self.model.buffers) - 1

    def finish(self, flatbuffers: ModuleType, description: bytes) -> bytes:
        """The file, with the description that MediaPipe looks for."""
        entry = self.schema.MetadataT()
        entry.name, entry.buffer = "TFLITE_METADATA", self._buffer(np.frombuffer(description, np.uint8))
        self.model.metadata = [entry]
        self.graph.outputs = np.array([self.end], np.int32)
        builder = flatbuffers.Builder(1 << 20)
        builder.Finish(self.model.Pack(builder), b"TFL3")
        return bytes(builder.Output())


def _describe(flatbuffers: ModuleType, plan: OneLook) -> bytes:
    """TFLite's model metadata: a picture from -1 to 1 goes in, probabilities come out, named in ``labels.txt``.

    The numbers of fields and kinds are those of ``metadata_schema.fbs``, version 1.
    """
    table = _Tables(flatbuffers.Builder(1024))
    normalization = table(2, {0: table.floats(127.5), 1: table.floats(127.5)})  # mean and standard deviation
    unit = table(2, {0: ("Uint8", 1), 1: normalization})  # kind 1: NormalizationOptions
    image = table(2, {0: ("Uint8", 2), 1: table(2, {0: ("Int8", 1)})})  # kind 2: ImageProperties; colors 1: RGB
    span = table(2, {0: table.floats(1.0), 1: table.floats(-1.0)})  # largest and least
    given = table(7, {0: table.text("image"), 3: image, 4: table.list(unit), 5: span})
    feature = table(2, {0: ("Uint8", 1), 1: table(0, {})})  # kind 1: FeatureProperties
    labels = table(5, {0: table.text("labels.txt"), 2: ("Int8", 2)})  # kind 2: TENSOR_AXIS_LABELS
    span = table(2, {0: table.floats(1.0), 1: table.floats(0.0)})
    result = table(7, {0: table.text("probability"), 3: feature, 5: span, 6: table.list(labels)})
    graph = table(8, {2: table.list(given), 3: table.list(result)})
    words = {0: table.text("classifier"), 1: table.text(plan.words), 5: table.text(LICENSE)}
    return table.finish(table(8, {**words, 3: table.list(graph), 7: table.text("1.0.0")}))


class _Tables:
    """Writes tables of a flatbuffer by the numbers of their fields, without a generated module for their schema.

    Parameters
    ----------
    builder : flatbuffers.Builder
        What they are written with.
    """

    def __init__(self, builder: Any) -> None:
        self.builder = builder

    def __call__(self, fields: int, values: dict[int, tuple[str, int]]) -> tuple[str, int]:
        """Write a table that has so many fields, of which some have values; return where it is."""
        self.builder.StartObject(fields)
        for number, (kind, value) in values.items():
            getattr(self.builder, f"Prepend{kind}Slot")(number, value, 0)
        return "UOffsetTRelative", self.builder.EndObject()

    def text(self, words: str) -> tuple[str, int]:
        return "UOffsetTRelative", self.builder.CreateString(words)

    def floats(self, *values: float) -> tuple[str, int]:
        return "UOffsetTRelative", self.builder.CreateNumpyVector(np.array(values, np.float32))

    def list(self, table: tuple[str, int]) -> tuple[str, int]:
        """A list of one table."""
        self.builder.StartVector(4, 1, 4)
        self.builder.PrependUOffsetTRelative(table[1])
        return "UOffsetTRelative", self.builder.EndVector()

    def finish(self, root: tuple[str, int]) -> bytes:
        self.builder.Finish(root[1], b"M001")
        return bytes(self.builder.Output())
