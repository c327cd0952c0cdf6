"""Pictures of a list of skipped ones, tried again."""

from __future__ import annotations

from pathlib import Path

from lsr_opensearch import Item, open_index
from lsr_opensearch.indexing.dead_letters import read_dead_letters, write_dead_letters
from lsr_opensearch.indexing.retrying import retry
from lsr_opensearch.photo_index import open_encoding_cache


def test_an_item_has_to_be_added_again_by_whoever_added_it(tmp_path: Path) -> None:
    listed = tmp_path / "skipped.jsonl"
    with open_index(tmp_path / "index.sqlite") as index, open_encoding_cache() as cache:
        report = index.add([Item("1", image=b"no picture")])
        write_dead_letters(listed, index.engine, [report])
        letters = read_dead_letters(listed)
        (tried,) = retry(index.engine, index.encoder, cache, letters)
    (skipped,) = tried.skipped
    assert skipped.path == "1"
    assert "add it again" in skipped.reason
