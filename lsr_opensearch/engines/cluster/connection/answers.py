"""What an answer that refuses something says: both engines' error bodies as plain data."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# Cluster and index blocks by number, as the engines' ClusterBlock constants have them.
_DISK_BLOCKS = frozenset(
    {
        10,  # OpenSearch: no new indices while every node is short of disk
        12,  # index read-only, deletes allowed: flood stage
        13,  # the same for the whole cluster
    }
)
_BLOCK_NUMBER = re.compile(r"\[?[A-Z_]+/(\d+)/")
_TEXT_LIMIT = 300


@dataclass(frozen=True)
class ErrorDetail:
    """Why something was refused, in the cluster's words.

    Attributes:
        type: such as ``cluster_block_exception``; empty when only a text came.
        reason: a sentence; empty when nothing was said.
        root_type: of the innermost cause; ``type`` where there is no other.
        root_reason: of the innermost cause; ``reason`` where there is no other.
    """

    type: str
    reason: str
    root_type: str
    root_reason: str


def error_of(body: Any) -> ErrorDetail:
    """The error in the body of an answer, or in an item of a bulk answer.

    Takes what `Response.body` has (decoded JSON or text) or the ``error`` object of a bulk item;
    gives empty strings where it says nothing.
    """
    error = body
    if isinstance(body, Mapping) and "error" in body:
        error = body["error"]
    if isinstance(error, Mapping):
        kind, reason = _text(error.get("type")), _text(error.get("reason"))
        if not kind and not reason:
            # Gateways in front of clusters (AWS, API gateways) answer in forms of their own.
            reason = _text(body.get("message") or body.get("Message"))
        root = _innermost(error)
        return ErrorDetail(
            kind,
            reason,
            _text(root.get("type")) or kind,
            _text(root.get("reason")) or reason,
        )
    text = _shown_text(error)
    return ErrorDetail("", text, "", text)


def is_disk_block(detail: ErrorDetail) -> bool:
    """Whether a refusal means that the cluster's disks are nearly full (flood stage).

    Trying again is useless until there is room; its status is 429 or 403.
    """
    return bool(_DISK_BLOCKS.intersection(block_numbers(detail)))


def block_numbers(detail: ErrorDetail) -> frozenset[int]:
    """The numbers of the blocks that a ``cluster_block_exception`` names; empty for others."""
    if detail.type != "cluster_block_exception" and detail.root_type != "cluster_block_exception":
        return frozenset()
    return frozenset(int(number) for number in _BLOCK_NUMBER.findall(detail.reason)) or frozenset(
        int(number) for number in _BLOCK_NUMBER.findall(detail.root_reason)
    )


def _innermost(error: Mapping[str, Any]) -> Mapping[str, Any]:
    """The innermost cause: along ``caused_by``, or from the first failed shard or root cause."""
    for start in (error, _failed_shard(error), _first(error.get("root_cause"))):
        cause = start
        while isinstance(inner := cause.get("caused_by"), Mapping) and inner:
            cause = inner
        if cause is not error and cause:
            return cause
    return error


def _failed_shard(error: Mapping[str, Any]) -> Mapping[str, Any]:
    reason = _first(error.get("failed_shards")).get("reason")
    return reason if isinstance(reason, Mapping) else {}


def _first(causes: Any) -> Mapping[str, Any]:
    if isinstance(causes, list) and causes and isinstance(causes[0], Mapping):
        return causes[0]
    return {}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _shown_text(text: Any) -> str:
    """A text answer on one line; of a web page, its title."""
    if not isinstance(text, str):
        return ""
    title = re.search(r"<title[^>]*>(.*?)</title>", text, re.IGNORECASE | re.DOTALL)
    line = " ".join((title.group(1) if title else text).split())
    return line if len(line) <= _TEXT_LIMIT else f"{line[:_TEXT_LIMIT]}…"
