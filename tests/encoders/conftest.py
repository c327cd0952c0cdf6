"""Fixtures of the encoder tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import PHOTOS


@pytest.fixture
def photos() -> Path:
    """The folder of the example photos."""
    return PHOTOS
