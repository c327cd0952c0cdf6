"""Pictures of nothing: drawn alike from the same seed, and different among themselves."""

from __future__ import annotations

import numpy as np
import pytest

from tools.basic_model.nothing import KINDS, Kind, draw

ALL = pytest.mark.parametrize("kind", KINDS, ids=lambda k: k.__name__)


@ALL
def test_a_seed_always_draws_the_same_pictures(kind: Kind) -> None:
    assert np.array_equal(draw(kind, 2, seed=5), draw(kind, 2, seed=5))


@ALL
def test_pictures_have_the_size_that_the_network_takes(kind: Kind) -> None:
    assert draw(kind, 1, seed=0).shape == (1, 224, 224, 3)
