"""Arrays of weights as 8-bit integers with one scale a channel."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]


def to_int8(weights: Floats, channel_axis: int) -> tuple[npt.NDArray[np.int8], Floats]:
    """Integers and the scale of each channel: ``weights`` is about their product."""
    others = tuple(axis for axis in range(weights.ndim) if axis != channel_axis)
    scale = np.abs(weights).max(axis=others, keepdims=True) / 127
    scale[scale == 0] = 1
    return np.round(weights / scale).astype(np.int8), scale.astype(np.float32)
