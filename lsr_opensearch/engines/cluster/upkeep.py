"""What may be wrong around an index of a cluster, and putting it right; no picture is looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from shlex import quote

from lsr_opensearch.amounts import amount
from lsr_opensearch.engines.cluster.aliases import brought_back
from lsr_opensearch.engines.cluster.connection.blocks import BLOCKS, block_setting, lifting
from lsr_opensearch.engines.cluster.connection.port import Connection
from lsr_opensearch.engines.cluster.counts import source_counts
from lsr_opensearch.engines.cluster.generations import Generation, Generations
from lsr_opensearch.engines.cluster.mapping import is_left_loading, serving_settings
from lsr_opensearch.engines.cluster.rebinding import found_here, on_one_folder
from lsr_opensearch.engines.cluster.registry import Registry
from lsr_opensearch.engines.cluster.relearning import relearn
from lsr_opensearch.engines.cluster.state.file import StateFile
from lsr_opensearch.engines.cluster.state.manifests import Manifests
from lsr_opensearch.engines.cluster.state.memory import remember_uuid, remembered_uuid
from lsr_opensearch.engines.folders import folders_of, index_command
from lsr_opensearch.engines.port import SourceBinding
from lsr_opensearch.errors import ClusterSecurityError


@dataclass(frozen=True)
class Upkeep:
    """Of the index ``name``, for the machine ``host``."""

    connection: Connection
    generations: Generations
    registry: Registry
    state: StateFile
    name: str
    host: str

    def notices(self) -> Iterator[str]:
        """What happened behind our back to an index that was written from here, a sentence each."""
        if self._known():
            if replaced := self.replaced():
                yield replaced
            elif self.registry.is_missing():
                yield self._registry_lost()

    def replaced(self) -> str:
        """What happened to the index behind our back: a sentence, or empty."""
        known = self._known()
        serving = self.generations.serving() if known else None
        if not known or (serving is not None and known in (serving.uuid, *serving.rebuilt_from)):
            return ""
        if serving is None:
            command = index_command(self.registry.bindings(), self.host)
            return (
                f"The index {self.name!r} was deleted since it was last written from this machine. "
                f"What it had from here is indexed anew with: {command}"
            )
        return (
            f"The index {self.name!r} is not the one that was last written from this machine: it "
            "was made anew, or an earlier one was brought back. What it holds was found out by "
            "looking at all of its documents."
        )

    def left_loading(self, index: Generation) -> str:
        """That an index still has the settings of a build that is over: a sentence, or empty."""
        if not self._is_left_loading(index):
            return ""
        return (
            f"{index.index} has the settings of a load that was not finished: no replica, and what "
            "is written is not found before the command ends. The next command that writes brings "
            "back those for searches; so does lsr-os verify --repair."
        )

    def serves_again(self, index: Generation) -> bool:
        """Give an index the settings for searches, where a build that is over has left others;
        whether it has. Who may not is told by `left_loading`."""
        if not self._is_left_loading(index):
            return False
        try:
            self.generations.set(index.index, serving_settings())
        except ClusterSecurityError:
            return False
        return True

    def _is_left_loading(self, index: Generation) -> bool:
        """Whether settings for a load are nobody's any more: what a rebuild fills, it finishes."""
        is_owned = self.generations.next_alias in index.aliases
        return not is_owned and is_left_loading(index.settings)

    def problems(self, serving: Generation) -> Iterator[str]:
        """What is wrong, a sentence each."""
        if replaced := self.replaced():
            yield replaced
        if left := self.left_loading(serving):
            yield left
        for block in blocks(serving):
            if block != "write" or self.generations.building() is None:
                yield (
                    f"{serving.index} has the block {block_setting(block)}, and no rebuild is "
                    "under way that could have set it. Once you know why, lift it: "
                    f"{lifting(serving.index, [block])}"
                )
        if not self.registry.exists():
            yield self._registry_lost()
        for wrong, remedy in on_one_folder(self.registry.bindings()):
            yield f"{wrong} {remedy}"
        for binding in self.registry.leaving():
            yield (
                f"The source {binding.name!r} was being forgotten, and that was not finished: "
                f"lsr-os forget {quote(binding.name)} goes on with it."
            )

    def mended(self, forget: Callable[[str], int]) -> Iterator[str]:
        """Put right what `problems` finds, as far as that is safe; what was done, a sentence each.

        Args:
            forget: takes a source out of the index.
        """
        known = self._known()
        yield from brought_back(self.connection, self.name, known)
        serving = self.generations.serving()
        if serving is None:
            return
        if self.serves_again(serving):
            yield f"{serving.index} has its settings for searches again."
        if not self.registry.exists():
            self.registry.create()
            yield f"The index {self.registry.index} was made again."
        yield from self._bound_again()
        for binding in self.registry.leaving():
            if binding.host in ("", self.host):
                gone = forget(binding.name)
                left = amount(gone, "picture")
                yield f"The source {binding.name!r} was forgotten, with {left} that it had left."
        yield from self._relearnt(serving)
        if known not in ("", serving.uuid, *serving.rebuilt_from):
            yield f"{serving.index} is taken for the index {self.name!r}; it was another before."
        if serving.uuid != known:
            remember_uuid(self.state, self.connection.url, self.name, serving.uuid)

    def _bound_again(self) -> Iterator[str]:
        bound = self.registry.bindings()
        # The most frequent comes first: a few documents that somebody has given another source
        # must not take the folder from the others.
        for source in source_counts(self.connection, self.name):
            if source and source not in {binding.name for binding in bound}:
                binding = found_here(self.connection, self.name, source, self.host)
                if binding is not None and binding.root not in self._roots(bound):
                    self.registry.bind(binding)
                    bound.append(binding)
                    yield f"The source {source!r} stands for {binding.root} on {self.host} again."

    def _roots(self, bindings: Iterable[SourceBinding]) -> set[str]:
        return {binding.root for binding in folders_of(bindings, self.host)}

    def _known(self) -> str:
        """The UUID of the index that was last written from here; empty where none was."""
        return remembered_uuid(self.state, self.connection.url, self.name)

    def _registry_lost(self) -> str:
        return (
            f"The index {self.registry.index}, which says whose the sources are, is missing; until "
            "`lsr-os verify --repair`, on each machine that has folders in it, every picture is "
            "new."
        )

    def _relearnt(self, serving: Generation) -> Iterator[str]:
        manifests = Manifests(self.state, serving.uuid)
        for binding in folders_of(self.registry.bindings(), self.host):
            yield from relearn(self.connection, self.name, manifests, binding.name)


def blocks(index: Generation) -> list[str]:
    """The blocks that are set on an index: ``write``, ``read_only_allow_delete``, ..."""
    return [
        block
        for block in BLOCKS.values()
        if str(index.settings.get(block_setting(block), "")).lower() == "true"
    ]
