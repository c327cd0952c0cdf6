"""Whose the sources of the index are, and whether this machine is one of theirs."""

from __future__ import annotations

from collections.abc import Iterator
from shlex import quote

from lsr_opensearch.engines.cluster.counts import source_counts
from lsr_opensearch.engines.cluster.doctor.examined import Examined
from lsr_opensearch.engines.cluster.generations import Generation
from lsr_opensearch.engines.cluster.rebinding import on_one_folder
from lsr_opensearch.engines.cluster.state.manifests import Manifests
from lsr_opensearch.engines.cluster.upkeep import Upkeep
from lsr_opensearch.engines.finding import Finding
from lsr_opensearch.engines.folders import folders_of

_REPAIR = "lsr-os verify --repair"


def sources(examined: Examined) -> Iterator[Finding]:
    """Is the registry there, and is there a source of this machine in it?"""
    registry, host = examined.registry, examined.host
    upkeep = Upkeep(
        examined.connection,
        examined.generations,
        registry,
        examined.state,
        examined.name,
        host,
    )
    if replaced := upkeep.replaced():
        yield Finding("sources", "note", replaced, f"Compare all of it: {_REPAIR}")
    if not registry.exists():
        yield Finding(
            "sources",
            "problem",
            f"The index {registry.index}, which says whose the sources are, is missing.",
            f"On each machine that has folders in the index: {_REPAIR}",
        )
        return
    bindings = registry.bindings()
    for binding in registry.leaving():
        yield Finding(
            "sources",
            "note",
            f"The source {binding.name!r} was being forgotten, and that was not finished.",
            f"Go on with it: lsr-os forget {quote(binding.name)}",
        )
    problems = [
        Finding("sources", "problem", wrong, remedy)
        for wrong, remedy in [*on_one_folder(bindings), *_never_indexed(upkeep, examined.serving)]
    ]
    if problems:
        yield from problems
        return
    own = [binding.name for binding in bindings if binding.host == host]
    others = sorted({binding.host for binding in bindings if binding.host} - {host})
    if own or not others:
        yield Finding(
            "sources", "ok", f"{len(bindings)} in all, {len(own)} of this machine ({host})"
        )
        return
    yield Finding(
        "sources",
        "note",
        f"No source is of this machine, which is called {host}; they are of {', '.join(others)}.",
        f"If this is one of them under a new name, keep the old one: LSR_OS_HOST={others[0]}",
    )


def _never_indexed(upkeep: Upkeep, serving: Generation | None) -> Iterator[tuple[str, str]]:
    """For each folder of this machine that the index should have and has nothing of: what is
    wrong, and what to do. One whose pictures were all removed has a manifest."""
    if serving is None:
        return
    counts, manifests = (
        source_counts(upkeep.connection, upkeep.name),
        Manifests(upkeep.state, serving.uuid),
    )
    for binding in folders_of(upkeep.registry.bindings(), upkeep.host):
        if binding.name not in counts and manifests.read(binding.name) is None:
            yield (
                f"Nothing of the source {binding.name!r}, {binding.root}, was indexed into "
                f"{serving.index}.",
                f"Index it: {_REPAIR}",
            )
