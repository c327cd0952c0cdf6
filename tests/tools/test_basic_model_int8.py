"""Weights as 8-bit integers: what the round trip may lose."""

from __future__ import annotations

import numpy as np
import pytest

from tools.basic_model.int8 import to_int8


def test_a_round_trip_loses_at_most_half_a_step() -> None:
    weights = np.random.default_rng(0).normal(size=(8, 50)).astype(np.float32)
    integers, scale = to_int8(weights, 0)
    assert np.all(np.abs(integers * scale - weights) <= scale / 2 + 1e-7)


def test_each_channel_has_a_scale_of_its_own() -> None:
    weights = np.array([[1, -1], [100, 50]], np.float32)
    _, scale = to_int8(weights, 0)
    assert scale.ravel() == pytest.approx([1 / 127, 100 / 127])


def test_a_channel_of_zeros_stays_zero() -> None:
    integers, scale = to_int8(np.zeros((2, 3), np.float32), 0)
    assert not np.any(integers * scale)
