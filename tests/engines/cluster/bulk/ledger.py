"""Changes to write, and the record of their results."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import orjson
from tenacity import wait_fixed

from lsr_opensearch.engines.cluster.bulk.change import Change, Result
from lsr_opensearch.engines.cluster.bulk.policy import BulkPolicy
from tests.faults.store import Store

# Impatient, for tests.
POLICY = BulkPolicy(changes_per_request=10, wait=wait_fixed(0.001), patience_s=60, timeout_s=10)


def make_index(store: Store, name: str = "photos-000001", alias: str = "photos") -> None:
    """An index whose documents have the field ``value`` and no other."""
    mappings = {"dynamic": "strict", "properties": {"value": {}}}
    store.create(name, {"mappings": mappings, "aliases": {alias: {}}})


def document(key: str, revision: int = 1, **fields: Any) -> Change:
    """A document to write; ``value`` tells it from others unless it is given."""
    return Change(key, revision, orjson.dumps(fields or {"value": f"{key} {revision}"}))


def documents(count: int, revision: int = 1) -> list[Change]:
    return [document(str(number), revision) for number in range(count)]


class Ledger:
    """Takes results, each change's at most once."""

    def __init__(self) -> None:
        self.results: list[Result] = []
        self._seen: set[int] = set()

    def __call__(self, results: Sequence[Result]) -> None:
        assert results
        for result in results:
            assert id(result.change) not in self._seen, "a change has two results"
            self._seen.add(id(result.change))
            self.results.append(result)

    @property
    def fates(self) -> Counter[str]:
        return Counter(result.fate for result in self.results)

    @property
    def reasons(self) -> dict[str, str]:
        """Of what was rejected, by id."""
        return {each.change.id: each.reason for each in self.results if each.fate == "rejected"}

    def pending(self, changes: Iterable[Change]) -> list[Change]:
        """Those that have no result."""
        return [change for change in changes if id(change) not in self._seen]

    def counted(self, changes: Iterable[Change], most_unsettled: int) -> Iterator[Change]:
        """The changes; fails if more of them are asked for than may be unsettled at once."""
        for taken, change in enumerate(changes):
            assert taken - len(self.results) <= most_unsettled, "too much is looked ahead"
            yield change


def contents(store: Store, name: str = "photos-000001") -> dict[str, Any]:
    """Id -> ``value`` of everything that the index holds."""
    with store.lock:
        return {
            key: stored.source["value"]
            for key, stored in store.indexes[name].documents.items()
            if stored.source is not None
        }


def values(changes: Iterable[Change]) -> dict[str, Any]:
    """Id -> ``value`` of what should be there once all of the changes are done."""
    latest: dict[str, Change] = {}
    for change in changes:
        if change.id not in latest or change.revision >= latest[change.id].revision:
            latest[change.id] = change
    return {
        key: orjson.loads(change.source)["value"]
        for key, change in latest.items()
        if change.source is not None
    }
