"""A machine whose clock was ahead, and was set right: what it has deleted can come back."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from lsr_opensearch import open_index
from tests.conftest import Finished, draw_picture

from .nodes.endpoint import Endpoint

DAY_NS = 86_400_000_000_000


@pytest.fixture(params=["opensearch_node", "elasticsearch_node", "elasticsearch7_node"])
def node(request: pytest.FixtureRequest) -> Endpoint:
    endpoint: Endpoint = request.getfixturevalue(request.param)
    return endpoint


def test_a_source_that_was_forgotten_comes_back(
    node: Endpoint,
    index_name: str,
    lsr_os: Callable[..., Finished],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whether the node says which revision is in the way is its own choice of words."""
    folder = tmp_path / "album"
    folder.mkdir()
    for name in ("a.png", "b.png"):
        draw_picture(folder / name)
    where = ["--url", node.url, "--index", index_name]
    now_ns = time.time_ns
    with monkeypatch.context() as patched:
        patched.setattr(time, "time_ns", lambda: now_ns() + DAY_NS)
        done = lsr_os("index", folder, *where, "--field-type", node.field_type)
        assert done.out == "album: 2 new\n", done.err
    assert lsr_os("forget", folder, "--yes", *where).status == 0
    done = lsr_os("index", folder, *where)
    assert (done.out, done.err) == ("album: 2 new\n", "")
    with open_index(node.url, name=index_name) as index:
        assert len(list(index.engine.document_ids())) == 2
    assert lsr_os("verify", *where).status == 0
