"""What is checked of an index before its cluster is asked anything, and what is told once it is."""

from __future__ import annotations

import json
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
    assert told.err.endswith(" --field-type sparse_vector\n")


def test_an_alias_of_several_indexes_is_told_with_the_request_that_leaves_the_newest(
    lsr_os: Callable[..., Finished],
) -> None:
    with serving() as cluster:
        for name in ("backup", "photos-000002", "photos-000010"):
            cluster.store.create(name, {"aliases": {"photos": {}}})
        done = lsr_os("status", "--url", f"opensearch+{cluster.url}")
        assert "photos-000010 is the right one" in done.err
        body = done.err.partition("POST /_aliases ")[2]
        cluster.store.change_aliases(json.loads(body)["actions"])
        assert cluster.store.aliases == {"photos": {"photos-000010"}}
