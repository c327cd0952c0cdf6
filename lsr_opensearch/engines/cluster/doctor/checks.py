"""All checks, in the order in which one would look."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from lsr_opensearch.engines.cluster.doctor import (
    clocks,
    disks,
    fields,
    generations,
    index,
    permissions,
    reach,
    record,
    server,
    sources,
)
from lsr_opensearch.engines.cluster.doctor.examined import Examined, told
from lsr_opensearch.engines.finding import Finding
from lsr_opensearch.errors import ClusterUnreachableError, LsrError

Check = Callable[[Examined], Iterator[Finding]]

_OF_THE_CLUSTER: tuple[tuple[str, Check], ...] = (
    ("field types", fields.field_types),
    ("plugins", server.plugins),
    ("clause limit", server.clause_limit),
    ("cluster block", server.cluster_blocks),
    ("automatic indexes", server.automatic_indexes),
    ("disk", disks.disks),
    ("clock", clocks.clock),
    ("permissions", permissions.permissions),
)
# Where there is an index.
_OF_THE_INDEX: tuple[tuple[str, Check], ...] = (
    ("index block", index.index_blocks),
    ("settings", index.settings),
    ("health", index.health),
    ("rebuild", generations.rebuild),
    ("kept indexes", generations.kept),
    ("sources", sources.sources),
)


def examine(examined: Examined) -> Iterator[Finding]:
    """What is found of the cluster, of the index in it and of this machine; nothing is changed."""
    try:
        yield from _at_the_cluster(examined)
    except ClusterUnreachableError as error:
        yield Finding("connection", "problem", error.message, error.next_step)
    yield from record.local_record(examined.state)


def _at_the_cluster(examined: Examined) -> Iterator[Finding]:
    try:
        yield from reach.reach(examined)
    except LsrError as error:
        yield Finding("connection", "problem", error.message, error.next_step)
        return
    looked_up = list(told("alias", index.alias(examined), all_need_it=True))
    yield from looked_up
    if looked_up[-1].state == "ok":
        examined = replace(examined, serving=examined.generations.serving())
    checks = _OF_THE_CLUSTER + (_OF_THE_INDEX if examined.serving else ())
    for name, check in checks:
        yield from told(name, check(examined))
