"""A disk beyond the flood-stage mark, as the node itself finds it, on a node of the test's own."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Finished, draw_picture

from .nodes.endpoint import Endpoint
from .nodes.kinds import ELASTICSEARCH, OPENSEARCH, NodeKind

DISK = "cluster.routing.allocation.disk."
BLOCK = "index.blocks.read_only_allow_delete"
WAIT_S = 90


def set_marks(node: Endpoint, value: str | None) -> None:
    """How much must be free, for every mark."""
    marks = {f"{DISK}watermark.{mark}": value for mark in ("low", "high", "flood_stage")}
    often = {f"{DISK}threshold_enabled": True, "cluster.info.update.interval": "10s"}
    answer = node.request("PUT", "/_cluster/settings", {"persistent": often | marks})
    assert answer.status == 200, answer.body


def wait_for_block(node: Endpoint, index: str, *, there: bool) -> None:
    """Until the node has looked at its disk, and done what it does."""
    until = time.monotonic() + WAIT_S
    while time.monotonic() < until:
        settings = node.request("GET", f"/{index}/_settings?flat_settings=true").body
        (found,) = settings.values()
        if (found["settings"].get(BLOCK) == "true") is there:
            return
        time.sleep(0.5)
    pytest.fail(f"the node has not {'set' if there else 'lifted'} the block in {WAIT_S} s")


@pytest.mark.slow
@pytest.mark.parametrize("kind", [OPENSEARCH, ELASTICSEARCH], ids=lambda kind: kind.name)
def test_a_disk_that_fills_up_ends_the_run_and_nothing_is_lost(
    kind: NodeKind,
    start_node: Callable[..., Any],
    lsr_os: Callable[..., Finished],
    tmp_path: Path,
    index_name: str,
) -> None:
    album = tmp_path / "album"
    album.mkdir()
    draw_picture(album / "a.png", seed=1)
    with start_node(kind) as node:
        place = ("--url", node.url, "--index", index_name)
        indexed = lsr_os("index", album, "--field-type", node.field_type, *place)
        assert indexed.status == 0, indexed.err

        set_marks(node, "1000tb")
        wait_for_block(node, index_name, there=True)
        draw_picture(album / "b.png", seed=2)
        full = lsr_os("index", album, *place)
        assert full.status == 1
        assert "nearly full" in full.err
        assert lsr_os("status", *place).status == 0

        set_marks(node, None)
        wait_for_block(node, index_name, there=False)
        again = lsr_os("index", album, *place)
        assert again.status == 0, again.err
        verified = lsr_os("verify", *place)
        assert verified.status == 0, verified.out
        assert "agree" in verified.out
        assert node.request("GET", f"/{index_name}/_count").body["count"] == 2
