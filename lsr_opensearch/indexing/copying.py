"""The documents of a source from one index into another of the same fields: nothing is encoded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from lsr_opensearch.engines.port import Document, Index, ManifestEntry, WriteBatch
from lsr_opensearch.errors import RebuildError
from lsr_opensearch.indexing.report import Progress, Skipped

# As many as several requests to a cluster take, which are then in flight at once.
_BATCH = 3000
_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Difference:
    """A document that two indexes have in different revisions, or only one of them.

    Attributes:
        old, new: the revision in each; None where it is not there.
    """

    id: str
    old: int | None
    new: int | None

    @property
    def is_certain(self) -> bool:
        """Whether they are known to differ: revision 0 tells nothing."""
        return self.old != self.new


def differences(
    old: Iterable[tuple[str, int]], new: Iterable[tuple[str, int]]
) -> Iterator[Difference]:
    """Where two lists of ids and revisions differ, or may differ; both ascend by id."""
    olds, news = iter(old), iter(new)
    here, there = next(olds, None), next(news, None)
    while here is not None or there is not None:
        if there is None or (here is not None and here[0] < there[0]):
            assert here is not None  # noqa: S101  one of the two is there
            yield Difference(here[0], here[1], None)
            here = next(olds, None)
        elif here is None or there[0] < here[0]:
            yield Difference(there[0], None, there[1])
            there = next(news, None)
        else:
            if here[1] != there[1] or not here[1]:
                yield Difference(here[0], here[1], there[1])
            here, there = next(olds, None), next(news, None)


def copy_source(
    old: Index, new: Index, source: str, on_progress: Progress | None = None
) -> list[Skipped]:
    """Make ``new`` have of a source exactly what ``old`` has, with its manifest.

    Returns:
        What the new index does not take.

    Raises:
        RebuildError: documents of ``old`` lack their words.
        ClusterError: the cluster does not take it now; the same call continues.
    """
    manifest = old.manifest(source)
    entries = _by_document(manifest)
    skipped: list[Skipped] = []
    through = 0
    todo = differences(old.revisions(source), new.revisions(source))
    while part := list(islice(todo, _BATCH)):
        documents = _fetched(old, source, [each.id for each in part if each.old is not None])
        unsure = [each.id for each in part if not each.is_certain]
        known = new.fetch(unsure) if unsure else {}
        wanted = [document for key, document in documents.items() if known.get(key) != document]
        gone = [each for each in part if each.id not in documents and each.new is not None]
        rejected = new.write(
            WriteBatch(
                source,
                wanted,
                deleted_ids={each.id: each.new or 0 for each in gone},
                entries=[entries[document.id] for document in wanted if document.id in entries],
                forgotten_paths=_paths(new, source, gone),
            )
        ).rejected
        skipped += [Skipped(_shown(documents[key]), reason) for key, reason in rejected.items()]
        through += len(part)
        if on_progress:
            on_progress(through, max(through, len(entries)))
    if given_up := _given_up(manifest.values(), new):
        new.write(WriteBatch(source, entries=given_up))
    new.settle()
    return skipped


def copy_words_again(old: Index, new: Index, source: str) -> int:
    """Write anew what ``new`` has of a source without its words; how many documents that were.

    Raises:
        RebuildError, ClusterError: as for `copy_source`.
    """
    entries = _by_document(old.manifest(source))
    lacking = (each.id for each in new.stored(source) if not each.has_its_terms)
    count = 0
    while part := list(islice(lacking, _BATCH)):
        documents = _fetched(old, source, part)
        known = [entries[key] for key in documents if key in entries]
        new.write(WriteBatch(source, list(documents.values()), entries=known))
        count += len(documents)
    if count:
        new.settle()
    return count


def _by_document(manifest: Mapping[bytes, ManifestEntry]) -> dict[str, ManifestEntry]:
    return {entry.document_id: _copied(entry) for entry in manifest.values() if entry.document_id}


def _copied(entry: ManifestEntry) -> ManifestEntry:
    """The entry of a copied document: a pending one may be of another than the one that is there,
    and whoever finds it out from the copy must not take the file for unchanged."""
    return replace(entry, size=0, mtime_ns=0, sha256="") if entry.pending else entry


def _fetched(old: Index, source: str, ids: Sequence[str]) -> dict[str, Document]:
    """Documents that are to be copied.

    Raises:
        RebuildError: some lack their words, and nobody would find the copies.
    """
    documents = old.fetch(ids)
    lacking = [_shown(each) for each in documents.values() if not each.has_its_terms]
    if lacking:
        more = ", ..." if len(lacking) > _SHOWN else ""
        raise RebuildError(
            f"Pictures of {source!r} are in the index without the words that they were indexed "
            f"with, or with others: {', '.join(lacking[:_SHOWN])}{more}. They were not copied, and "
            "the old index serves.",
            "Index them again: lsr-os verify --repair (what a program added, that program has to "
            "add again). Then run the same command again.",
        )
    return documents


def _given_up(entries: Iterable[ManifestEntry], new: Index) -> list[ManifestEntry]:
    """The entries of files that were skipped and have no document, for the next run to try again.

    A document that the old index did not take may well be one for the new index.
    """
    problems = [entry for entry in entries if entry.problem]
    there = new.fetch([entry.document_id for entry in problems if entry.document_id])
    left = [entry for entry in problems if entry.document_id not in there]
    # Whatever the new index knows of the file counts more.
    return [replace(entry, document_id="", revision=0) for entry in left]


def _paths(index: Index, source: str, gone: Sequence[Difference]) -> dict[bytes, int]:
    revisions = {each.id: each.new or 0 for each in gone}
    if not revisions:
        return {}
    manifest = index.manifest(source)
    return {
        path: revisions[entry.document_id]
        for path, entry in manifest.items()
        if entry.document_id in revisions
    }


def _shown(document: Document) -> str:
    path = document.metadata.get("path")
    return str(path) if path else document.id
