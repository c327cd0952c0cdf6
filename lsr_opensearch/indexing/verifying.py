"""Everything that an index holds, compared with the folders that it was made from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lsr_opensearch.engines.missing import missing_index
from lsr_opensearch.engines.port import Index, SourceBinding
from lsr_opensearch.errors import SourceError
from lsr_opensearch.indexing.agreement import Agreement, compare
from lsr_opensearch.indexing.scope import bound_files


@dataclass(frozen=True)
class Survey:
    """What was found.

    Attributes:
        damage: what is wrong with the store itself, one sentence each.
        sources: one for each source, and for each name of a source that documents have although
            it is not registered.
    """

    damage: Sequence[str]
    sources: Sequence[Agreement]

    @property
    def agrees(self) -> bool:
        return not self.damage and all(source.agrees for source in self.sources)


def verify(index: Index) -> Survey:
    """Compare folders, manifests and documents; nothing is changed.

    Raises:
        IndexFileError: the index does not exist.
        ClusterError: the cluster does not answer, or what the name stands for is not clear.
    """
    if index.schema() is None:
        raise missing_index(index)
    damage = index.check()
    known = index.sources()
    results = [agreement(index, binding, known) for binding in known]
    names = {binding.name for binding in known}
    unbound = sorted(index.source_counts().items())
    results += [Agreement(name, unbound=count) for name, count in unbound if name not in names]
    return Survey(damage, results)


def agreement(index: Index, binding: SourceBinding, known: Sequence[SourceBinding]) -> Agreement:
    """One source compared.

    Args:
        known: all sources of the index.
    """
    found, unreachable = None, ""
    try:
        found = bound_files(binding, known, index.host)
    except SourceError as error:
        unreachable = str(error)
    elsewhere = binding.host if binding.root and binding.host != index.host else ""
    return compare(
        binding.name,
        found,
        index.manifest(binding.name, keep=False),
        index.stored(binding.name),
        elsewhere=elsewhere,
        unreachable=unreachable,
    )
