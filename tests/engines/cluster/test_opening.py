"""What is checked of an index before its cluster is asked anything, and what is told once it is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lsr_opensearch import open_index
from lsr_opensearch.engines.cluster.connection import ConnectionOptions
from lsr_opensearch.errors import UsageError
from tests.conftest import Finished, draw_picture
from tests.engines.cluster.connection.server import unused_port
from tests.faults.server import serving


def test_a_type_that_does_not_exist_is_refused_at_once() -> None:
    unknown: Any = "foo"
    url = f"http://127.0.0.1:{unused_port()}"
    with pytest.raises(UsageError, match="rank_features or sparse_vector"):
        open_index(url, field_type=unknown, connection=ConnectionOptions(retry_s=0.01))


def test_another_type_than_the_index_has_is_told_and_not_taken(
    tmp_path: Path, lsr_os: Callable[..., Finished]
) -> None:
    (tmp_path / "album").mkdir()
    draw_picture(tmp_path / "album" / "a.png")
    with serving() as cluster:
        run = ["index", tmp_path / "album", "--url", f"opensearch+{cluster.url}"]
        assert lsr_os(*run).err == ""
        told = lsr_os(*run, "--field-type", "sparse_vector")
    assert (told.status, told.out.strip()) == (0, "album: 1 unchanged")
    assert "lsr-os reindex --field-type sparse_vector" in told.err
