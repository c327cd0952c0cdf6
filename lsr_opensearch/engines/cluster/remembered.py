"""What a machine knows of the sources in an index: its own from its file, others' by looking."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

from lsr_opensearch.engines.cluster.connection.port import Connection
from lsr_opensearch.engines.cluster.documents import decode_source
from lsr_opensearch.engines.cluster.generations import Generation
from lsr_opensearch.engines.cluster.registry import Registry
from lsr_opensearch.engines.cluster.relearning import scanned
from lsr_opensearch.engines.cluster.state.file import StateFile
from lsr_opensearch.engines.cluster.state.manifests import Manifests
from lsr_opensearch.engines.port import Document, ManifestEntry, SourceBinding


@dataclass(frozen=True)
class RememberedSources:
    """The sources of the index behind ``alias``, as the machine ``host`` knows them."""

    connection: Connection
    alias: str
    registry: Registry
    state: StateFile
    host: str

    def of(self, index: Generation) -> Manifests:
        """What is kept here of an index."""
        return Manifests(self.state, index.uuid)

    def kept(self, source: str, index: Generation) -> dict[bytes, ManifestEntry] | None:
        """The manifest, by path, that is kept here; None where the index has to be looked at."""
        return None if self._is_elsewhere(source) else self.of(index).read(source)

    def found_out(
        self, source: str, index: Generation, *, keep: bool
    ) -> dict[bytes, ManifestEntry]:
        """The manifest, by path, from the documents of the index.

        Args:
            keep: remember it, where the source is this machine's.
        """
        records = list(scanned(self.connection, self.alias, source))
        binding = self.registry.find(source)
        # Of nothing, nothing is kept: a source that was emptied from here differs from one that
        # was never written.
        if keep and records and binding is not None and self.is_own(binding):
            self.of(index).replace(source, records)
        return {record.entry.path: record.entry for record in records}

    def look_again(self, source: str, index: Generation) -> None:
        """Let a manifest that is kept here say what the index has, before a source is bound.

        It may be of one that another machine has forgotten since: then its pictures are gone, and a
        run that is interrupted after it has bound the source anew would take them for unchanged.
        """
        records = list(scanned(self.connection, self.alias, source))
        if records:
            self.of(index).replace(source, records)
        else:
            self.of(index).forget(source)

    def rejected(self, source: str, index: Generation) -> dict[bytes, Document]:
        """Path -> document, as it was sent, of everything of the source that was rejected."""
        fields = index.schema.fields
        return {
            path: replace(decode_source(key, json.loads(letter), fields), revision=revision)
            for path, key, revision, letter in self.of(index).letters(source)
        }

    def is_own(self, binding: SourceBinding) -> bool:
        """Whether a source is this machine's, or no machine's."""
        return binding.host in ("", self.host)

    def _is_elsewhere(self, source: str) -> bool:
        return any(
            binding.name == source and not self.is_own(binding)
            for binding in self.registry.bindings()
        )
