"""Weight-only compression of an ONNX network.

Depthwise and small convolutions are kept as float16, every other large array as int8 with one
scale an output channel. onnxruntime folds the casts when it loads the network, so that the
arithmetic stays float32.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from onnx import NodeProto, TensorProto, helper, numpy_helper

from tools.basic_model.int8 import Floats, to_int8

# Arrays smaller than this many values stay float32.
_SMALLEST = 2048
# Convolutions smaller than this many values stay float16: they are few bytes and lose most.
_SMALL_CONVOLUTION = 160_000


def compress(source: Path, target: Path) -> None:
    """Write the network of ``source`` with compressed weights to ``target``."""
    model = onnx.load(source)
    graph = model.graph
    multiplied = {node.input[1] for node in graph.node if node.op_type == "MatMul"}
    arrays: list[TensorProto] = []
    restoring: list[NodeProto] = []
    for array in graph.initializer:
        values = numpy_helper.to_array(array)
        if values.dtype != np.float32 or values.ndim < 2 or values.size < _SMALLEST:
            arrays.append(array)
            continue
        if _stays_float(values):
            stored, nodes = _as_float16(array.name, values)
        else:
            stored, nodes = _as_int8(array.name, values, int(array.name in multiplied))
        arrays += stored
        restoring += nodes
    nodes_after = list(graph.node)
    del graph.initializer[:], graph.node[:]
    graph.initializer.extend(arrays)
    graph.node.extend(restoring + nodes_after)
    onnx.checker.check_model(model)
    onnx.save(model, target)


def _stays_float(values: Floats) -> bool:
    return values.ndim == 4 and (values.shape[1] == 1 or values.size < _SMALL_CONVOLUTION)


def _as_float16(name: str, values: Floats) -> tuple[list[TensorProto], list[NodeProto]]:
    stored = numpy_helper.from_array(values.astype(np.float16), f"{name}_half")
    return [stored], [helper.make_node("Cast", [f"{name}_half"], [name], to=TensorProto.FLOAT)]


def _as_int8(
    name: str, values: Floats, channel_axis: int
) -> tuple[list[TensorProto], list[NodeProto]]:
    integers, scale = to_int8(values, channel_axis)
    stored = [
        numpy_helper.from_array(integers, f"{name}_int8"),
        numpy_helper.from_array(scale, f"{name}_scale"),
    ]
    cast = helper.make_node("Cast", [f"{name}_int8"], [f"{name}_float"], to=TensorProto.FLOAT)
    product = helper.make_node("Mul", [f"{name}_float", f"{name}_scale"], [name])
    return stored, [cast, product]
