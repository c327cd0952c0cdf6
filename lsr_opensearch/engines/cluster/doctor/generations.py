"""What rebuilds leave behind: one that is not finished, and indexes that were kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from lsr_opensearch.engines.cluster.doctor.examined import Examined
from lsr_opensearch.engines.finding import Finding
from lsr_opensearch.errors import ClusterSecurityError


def rebuild(examined: Examined) -> Iterator[Finding]:
    """Was a rebuild begun that is not finished?"""
    building = examined.generations.building()
    if building is not None:
        yield Finding(
            "rebuild",
            "note",
            f"A rebuild into {building.index} was begun and is not finished.",
            "Go on with it: lsr-os reindex; or give it up: lsr-os reindex --abandon",
        )


def kept(examined: Examined) -> Iterator[Finding]:
    """Which indexes of the name serve nobody?"""
    generations, serving = examined.generations, examined.serving
    made = generations.all()
    unused = [
        one.index
        for one in made
        if generations.next_alias not in one.aliases
        and (serving is None or one.uuid != serving.uuid)
    ]
    sizes = _sizes(examined) if unused else {}
    for index in unused:
        yield Finding(
            "kept indexes",
            "note",
            f"{index}{sizes.get(index, '')} is of an earlier time and serves nobody.",
            f"If nobody wants to go back to it: DELETE /{index}",
        )


def _sizes(examined: Examined) -> Mapping[str, str]:
    """Index -> how much it holds; nothing where the user may not know."""
    try:
        answer = examined.connection.ask(
            "GET",
            f"/{examined.name}-*/_stats/store,docs",
            params={"filter_path": "indices.*.total.store.size_in_bytes,indices.*.primaries.docs"},
        )
    except ClusterSecurityError:
        return {}
    return {index: _said(found) for index, found in answer.body.get("indices", {}).items()}


def _said(found: Mapping[str, Any]) -> str:
    documents = found["primaries"]["docs"]["count"]
    return f" ({documents:,} pictures, {found['total']['store']['size_in_bytes'] / 1e6:,.1f} MB)"
