"""What the answer to a bulk request means for each change that was in it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from lsr_opensearch.engines.cluster.bulk.change import Change
from lsr_opensearch.engines.cluster.connection.answers import ErrorDetail, error_of
from lsr_opensearch.engines.cluster.connection.port import Response

# The three fates; then what is not settled yet. again: the cluster may take it later. split: the
# request is refused for one of its changes, or for its size. The others end the whole write.
Meaning = Literal[
    "acknowledged",
    "superseded",
    "rejected",
    "again",
    "split",
    "blocked",
    "no_index",
    "forbidden",
    "refused",
]
FATAL: frozenset[Meaning] = frozenset({"blocked", "no_index", "forbidden", "refused"})

_NO_INDEX = frozenset({"index_not_found_exception", "index_closed_exception"})
# Reasons of an illegal_argument_exception that are about the alias and not about the document.
_NO_WRITE_INDEX = (
    "no write index is defined for alias",
    "has more than one ind",
    "matches an alias, specify",
)
_OVERLOADED = frozenset({408, 429})
_NOTHING_SAID = ErrorDetail("", "", "", "")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is meant, and what the cluster says of it."""

    meaning: Meaning
    status: int
    detail: ErrorDetail = _NOTHING_SAID

    def __str__(self) -> str:
        """Status and reason, for people."""
        detail = self.detail
        words = [f"status {self.status}", detail.type, detail.reason]
        if detail.root_reason != detail.reason:
            words.append(detail.root_reason)
        # Blocks end in a semicolon, for the next one.
        return ": ".join(word for word in words if word).removesuffix(";")


_ACKNOWLEDGED = Outcome("acknowledged", 200)
_CURRENT_VERSION = re.compile(r"current version \[(\d+)\]")


def later_revision(outcome: Outcome) -> int:
    """Of what is superseded, the revision that the cluster has; 0 where it does not say."""
    found = _CURRENT_VERSION.search(outcome.detail.reason)
    return int(found[1]) if found else 0


def outcomes_of(response: Response, changes: Sequence[Change]) -> list[Outcome] | Outcome:
    """One outcome for each change, in their order, or one for the request as a whole."""
    if not response.ok:
        return _of_request(response.status, error_of(response.body))
    items = response.body.get("items") if isinstance(response.body, Mapping) else None
    if not isinstance(items, list) or len(items) != len(changes):
        return _unknown(response.status)
    try:
        return [_of_item(item, change) for item, change in zip(items, changes, strict=True)]
    except (AttributeError, KeyError, TypeError, ValueError):
        return _unknown(response.status)


def _unknown(status: int) -> Outcome:
    """What was cut short, or does not come from the cluster at all, says nothing."""
    reason = "the answer is not one to this request"
    return Outcome("again", status, ErrorDetail("", reason, "", reason))


def _of_item(item: Mapping[str, Any], change: Change) -> Outcome:
    [(kind, said)] = item.items()
    if kind != ("index" if change.source is not None else "delete"):
        raise ValueError(kind)
    status = said["status"]
    error = said.get("error")
    if error is None:
        if 200 <= status < 300 or (status == 404 and change.source is None):
            return _ACKNOWLEDGED
        raise ValueError(status)
    detail = error_of(error)
    if status == 409 and "version_conflict" in detail.type:
        return Outcome("superseded", status, detail)
    meaning = _for_all(status, detail)
    if meaning is None:
        meaning = "again" if _may_pass(status) else "rejected"
    return Outcome(meaning, status, detail)


def _of_request(status: int, detail: ErrorDetail) -> Outcome:
    meaning = _for_all(status, detail)
    if meaning is None:
        if _may_pass(status):
            meaning = "again"
        elif status == 413 or (status == 400 and detail.type):
            meaning = "split"
        else:
            meaning = "refused"
    return Outcome(meaning, status, detail)


def _for_all(status: int, detail: ErrorDetail) -> Meaning | None:
    """What would befall every other change just as well."""
    types = {detail.type, detail.root_type}
    if "cluster_block_exception" in types:
        # While it starts or elects, a cluster blocks everything: that passes.
        return "again" if status == 503 else "blocked"
    if status in (401, 403, 407):
        return "forbidden"
    if types & _NO_INDEX or any(sign in detail.reason for sign in _NO_WRITE_INDEX):
        return "no_index"
    return None


def _may_pass(status: int) -> bool:
    return status in _OVERLOADED or status >= 500
