"""How many documents a manifest can stand for."""

from __future__ import annotations

import pytest

from lsr_opensearch.engines.port import ManifestEntry
from lsr_opensearch.indexing.counting import counts_differ


def entry(document_id: str, *, problem: str = "", pending: bool = False) -> ManifestEntry:
    return ManifestEntry(b"a", 1, 1, "hash", "", document_id, problem, pending)


TWO = [entry("a"), entry("b")]


@pytest.mark.parametrize(
    ("entries", "right"),
    [
        ([], {0}),
        (TWO, {2}),
        ([*TWO, entry("", problem="no picture")], {2}),
        ([*TWO, entry("c", problem="rejected")], {2, 3}),
        ([*TWO, entry("c", pending=True)], {2, 3}),
    ],
)
def test_a_number_is_right_where_it_can_be(entries: list[ManifestEntry], right: set[int]) -> None:
    manifest = {b"%d" % number: each for number, each in enumerate(entries)}
    assert {count for count in range(5) if not counts_differ(manifest, count)} == right
