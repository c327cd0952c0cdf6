"""The cache of encodings: right when it works, harmless when it does not."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

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


@pytest.mark.parametrize("terms", ['{"dog": 1.', "[1, 2]", '{"dog": "many"}', '{"dog": NaN}', 7])
def test_a_damaged_entry_is_a_miss_and_takes_no_other(tmp_path: Path, terms: str | int) -> None:
    with EncodingCache(tmp_path / "c.sqlite") as cache:
        cache.put("space", {"bad": TERMS, "good": TERMS})
    connection = sqlite3.connect(tmp_path / "c.sqlite")
    with connection:
        connection.execute("UPDATE encodings SET terms = ? WHERE sha256 = 'bad'", (terms,))
    connection.close()
    with EncodingCache(tmp_path / "c.sqlite") as cache:
        assert cache.get("space", ["bad", "good"]) == {"good": TERMS}


def spoil(path: Path) -> None:
    """Damage everything but the first page, which alone is read when a file is opened."""
    content = path.read_bytes()
    assert len(content) > 8192
    path.write_bytes(content[:4096] + b"\xa5" * (len(content) - 4096))


def write_out(path: Path) -> None:
    """Bring the log into the file, as another process that uses the cache does."""
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


def test_a_cache_damaged_in_its_middle_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "c.sqlite"
    with EncodingCache(path) as cache:
        cache.put("space", {f"{number:064}": TERMS for number in range(500)})
    spoil(path)
    with EncodingCache(path) as cache:
        assert cache.get("space", [f"{number:064}" for number in range(500)]) == {}
        cache.put("space", {"hash": TERMS})
    with EncodingCache(path) as cache:
        assert cache.get("space", ["hash"]) == {"hash": TERMS}


def test_a_cache_that_is_damaged_again_is_no_cache(tmp_path: Path) -> None:
    path = tmp_path / "c.sqlite"
    many = {f"{number:064}": TERMS for number in range(500)}
    with EncodingCache(path) as cache:
        for _ in range(2):
            cache.put("space", many)
            write_out(path)
            spoil(path)
            assert cache.get("space", ["hash"]) == {}
        cache.put("space", {"hash": TERMS})
        assert cache.get("space", ["hash"]) == {"hash": TERMS}
    with EncodingCache(path) as cache:
        assert cache.get("space", ["hash"]) == {}
