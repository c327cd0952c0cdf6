"""The cache of encodings: right when it works, harmless when it does not."""

from __future__ import annotations

from pathlib import Path

from lsr_opensearch.indexing.encoding_cache import EncodingCache

TERMS = {"dog": 1.5, "beach": 0.25}


def test_what_was_put_in_comes_out_of_a_later_run(tmp_path: Path) -> None:
    with EncodingCache(tmp_path / "c.sqlite") as cache:
        cache.put("space", {"hash": TERMS})
    with EncodingCache(tmp_path / "c.sqlite") as cache:
        assert cache.get("space", ["hash", "other"]) == {"hash": TERMS}


def test_another_space_has_other_encodings(tmp_path: Path) -> None:
    with EncodingCache(tmp_path / "c.sqlite") as cache:
        cache.put("space", {"hash": TERMS})
        assert cache.get("newer-space", ["hash"]) == {}


def test_a_damaged_cache_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "c.sqlite").write_bytes(b"this is no database, whatever its name says" * 100)
    with EncodingCache(tmp_path / "c.sqlite") as cache:
        cache.put("space", {"hash": TERMS})
        assert cache.get("space", ["hash"]) == {"hash": TERMS}


def test_a_cache_that_cannot_be_written_is_only_no_cache() -> None:
    with EncodingCache("/proc/no-such-place/c.sqlite") as cache:
        cache.put("space", {"hash": TERMS})


def test_the_oldest_encodings_go_first(tmp_path: Path) -> None:
    with EncodingCache(tmp_path / "c.sqlite", max_entries=2) as cache:
        for number in range(4):
            cache.put("space", {str(number): TERMS})
    with EncodingCache(tmp_path / "c.sqlite") as cache:
        assert cache.get("space", list("0123")).keys() == {"2", "3"}
