"""How changes are put into requests."""

from __future__ import annotations

from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from lsr_opensearch.engines.cluster.bulk.change import Change
from lsr_opensearch.engines.cluster.bulk.chunks import Chunks
from lsr_opensearch.engines.cluster.bulk.lines import Chunk, line_of

from .ledger import document, documents


def _keys(chunk: Chunk | None) -> list[str]:
    return [line.change.id for line in chunk.lines] if chunk else []


def test_a_chunk_is_newline_delimited_json() -> None:
    chunk = Chunk([line_of(Change("ä", 7, b'{"value":1}')), line_of(Change("b", 8, None))])

    assert chunk.body().decode() == (
        '{"index":{"_id":"ä","version":7,"version_type":"external_gte"}}\n{"value":1}\n'
        '{"delete":{"_id":"b","version":8,"version_type":"external_gte"}}\n'
    )


def test_nothing_is_taken_before_it_is_sent() -> None:
    taken = 0

    def changes() -> Iterator[Change]:
        nonlocal taken
        for change in documents(100):
            taken += 1
            yield change

    chunks = Chunks(changes())
    chunks.take(10, 1 << 20)

    assert taken == 10


@given(
    lengths=st.lists(st.integers(2, 200), max_size=50),
    most=st.integers(1, 10),
    most_bytes=st.integers(1, 600),
)
def test_all_is_sent_once_in_its_order_within_the_limits(
    lengths: list[int], most: int, most_bytes: int
) -> None:
    changes = [Change(str(key), 1, b"x" * length) for key, length in enumerate(lengths)]
    chunks = Chunks(changes)
    sent: list[Chunk] = []
    while chunk := chunks.take(most, most_bytes):
        sent.append(chunk)

    assert [line.change for chunk in sent for line in chunk.lines] == changes
    for chunk in sent:
        assert len(chunk) <= most
        assert chunk.size == len(chunk.body())
        assert chunk.size <= most_bytes or len(chunk) == 1


def test_what_failed_goes_first() -> None:
    chunks = Chunks(documents(6))
    first = chunks.take(3, 1 << 20)
    assert first is not None
    chunks.give_back(first.lines[1:])

    assert _keys(chunks.take(3, 1 << 20)) == ["1", "2", "3"]


def test_a_change_waits_for_an_earlier_one_of_its_id() -> None:
    changes = [document("a"), document("b"), document("a", 2), document("c")]
    chunks = Chunks(changes)

    assert _keys(chunks.take(9, 1 << 20)) == ["a", "b"]
    assert chunks.take(9, 1 << 20) is None
    chunks.settle(changes[:2])
    assert _keys(chunks.take(9, 1 << 20)) == ["a", "c"]


def test_an_id_that_is_no_text_is_rejected_and_holds_up_nothing() -> None:
    chunks = Chunks([Change("\ud800", 1, b"{}"), document("a"), document("b", -1)])

    assert _keys(chunks.take(9, 1 << 20)) == ["a"]
    assert [result.fate for result in chunks.take_unsendable()] == ["rejected"] * 2
    assert chunks.take_unsendable() == []


def test_halves_are_sent_before_anything_else() -> None:
    chunks = Chunks(documents(8))
    first = chunks.take(5, 1 << 20)
    assert first is not None
    chunks.split(first)

    assert [_keys(chunks.take(9, 1 << 20)) for _ in range(3)] == [
        ["0", "1"],
        ["2", "3", "4"],
        ["5", "6", "7"],
    ]
