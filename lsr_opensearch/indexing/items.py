"""Items of the caller's into an index: own ids, and pictures from anywhere."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace

from lsr_opensearch.cores import usable_cores
from lsr_opensearch.encoders import Encoder
from lsr_opensearch.engines.port import Document, Index, Schema, SourceBinding, WriteBatch
from lsr_opensearch.engines.revision import revision_now
from lsr_opensearch.errors import LsrError, MissingExtraError
from lsr_opensearch.images import read_file
from lsr_opensearch.indexing.batches import in_batches
from lsr_opensearch.indexing.documents import EncodedPhoto, encode_photos, schema_for
from lsr_opensearch.indexing.encoding_cache import EncodingCache
from lsr_opensearch.indexing.fetching import fetch_image, is_url, public_url
from lsr_opensearch.indexing.item import CheckedItem, Item, check_item
from lsr_opensearch.indexing.photo import Photo
from lsr_opensearch.indexing.report import IndexReport, Progress, Skipped, superseded_note
from lsr_opensearch.indexing.sources import display_path, file_uri
from lsr_opensearch.indexing.workers import map_chunks

# An item and its revision: when it was given, so that of two with the same id the later wins,
# whichever of them is worked on first.
_Given = tuple[CheckedItem, int]

# A batch is written when it has this many items: what a crash can cost.
BATCH_ITEMS = 128


@dataclass(frozen=True)
class _Outcome:
    """What became of one item: a document, or a problem.

    ``was_read`` tells content that is no picture from content that nobody has seen; ``revision``
    is when the item was given, before it was read.
    """

    item_id: str
    document: Document | None = None
    problem: str = ""
    was_read: bool = True
    revision: int = 0


def add_items(
    index: Index,
    encoder: Encoder,
    cache: EncodingCache,
    items: Iterable[Item],
    source: str,
    workers: int | None = None,
    on_progress: Progress | None = None,
) -> IndexReport:
    """Encode and write ``items`` in their order, without ever holding all of them.

    Of several items with the same id the last one counts. An item that cannot be taken is in the
    report's ``skipped`` and touches no other:

    - Its picture cannot be read (no such file, no answer from the server), or its format needs a
      package that is not installed: a document that the id has already stays as it is.
    - Its picture was read but cannot be decoded: a document that the id has already is removed,
      so that it is not found by what it used to be.
    - Its id belongs to a document of another source, which stays as it is.

    An item that is no proper one, or an error of the iterable itself, ends the run, but whatever
    was given before it is written first. After Ctrl-C what has begun is written, the rest is not.

    Raises:
        SourceError: ``source`` is the name of a folder.
        SpaceMismatchError: the index was built with another model.
        UsageError: an item is not as `lsr_opensearch.indexing.item.check_item` wants it: the
            wrong type of an id, image, caption or metadata value, or neither image nor captions.
    """
    schema = schema_for(encoder)
    index.create(schema)
    index.bind_source(SourceBinding(source, "", ""))
    report = IndexReport(source)

    def work(chunk: Sequence[_Given]) -> list[_Outcome]:
        return _encoded(chunk, source, encoder, schema, cache)

    superseded: set[str] = set()

    def write(outcomes: Sequence[_Outcome]) -> None:
        superseded.update(_write(index, source, outcomes, report))

    through = 0
    given = ((check_item(item), revision_now()) for item in items)
    chunks = map_chunks(work, given, workers or usable_cores())
    with closing(in_batches(chunks, write, BATCH_ITEMS)) as written:
        for outcomes in written:
            through += len(outcomes)
            if on_progress:
                on_progress(through, through)
    index.settle()
    if superseded:
        report.notes.append(superseded_note(len(superseded)))
    return report


def _encoded(
    chunk: Sequence[_Given],
    source: str,
    encoder: Encoder,
    schema: Schema,
    cache: EncodingCache,
) -> list[_Outcome]:
    """One outcome an item, in order. Files are read one at a time, as they are decoded."""
    unread: dict[int, LsrError] = {}

    def photos() -> Iterator[Photo]:
        for position, (item, revision) in enumerate(chunk):
            try:
                yield _load(item, source, revision)
            except LsrError as error:
                unread[position] = error

    results = iter(encode_photos(photos(), encoder, schema, cache))
    return [
        _outcome(
            item,
            unread[position] if position in unread else next(results),
            position in unread,
            revision,
        )
        for position, (item, revision) in enumerate(chunk)
    ]


def _load(item: CheckedItem, source: str, revision: int) -> Photo:
    """The item with its content read.

    Raises:
        ImageError: it cannot be read.
    """
    stored: dict[str, str] = {"source": source}
    image = item.image
    if isinstance(image, str) and is_url(image):
        uri = public_url(image)
        stored |= {"path": display_path(uri.encode()), "uri": uri}
        image = fetch_image(image)
    elif isinstance(image, str | os.PathLike):
        path = os.path.abspath(os.fsencode(image))
        stored |= {"path": display_path(path), "uri": file_uri(path)}
        image = read_file(image, name=display_path(os.fsencode(image)) or "an empty path")
    return Photo(
        item.id,
        item.id,
        image,
        item.captions,
        stored,
        item.metadata,
        revision=revision,
        known_terms=item.terms,
    )


def _outcome(
    item: CheckedItem, result: EncodedPhoto | LsrError, unread: bool, revision: int
) -> _Outcome:
    if isinstance(result, EncodedPhoto):
        return _Outcome(item.id, result.document, revision=revision)
    # The list of skipped items names the item already.
    problem = str(result).removeprefix(f"{item.id}: ")
    was_read = not (unread or isinstance(result, MissingExtraError))
    return _Outcome(item.id, problem=problem, was_read=was_read, revision=revision)


def _write(
    index: Index, source: str, outcomes: Sequence[_Outcome], report: IndexReport
) -> Collection[str]:
    """Write what became of some items; the ids of which the index has something later."""
    stored = index.fetch(list(dict.fromkeys(outcome.item_id for outcome in outcomes)))
    owners: dict[str, str] = {
        item_id: document.metadata.get("source", source) for item_id, document in stored.items()
    }
    # Within a batch an id may stand once: the new document, or the revision at which the old goes.
    documents: dict[str, Document] = {}
    deleted: dict[str, int] = {}
    known = {item_id for item_id, owner in owners.items() if owner == source}
    superseded: Collection[str] = ()
    new = changed = 0
    skipped: list[Skipped] = []
    for outcome in outcomes:
        item_id = outcome.item_id
        if outcome.document is None:
            skipped.append(Skipped(item_id, outcome.problem))
            if outcome.was_read and owners.get(item_id, source) == source:
                documents.pop(item_id, None)
                deleted[item_id] = outcome.revision
                known.discard(item_id)
        elif owners.get(item_id, source) != source:
            skipped.append(_taken(item_id, owners[item_id], source))
        else:
            deleted.pop(item_id, None)
            documents[item_id] = outcome.document
            changed += item_id in known
            new += item_id not in known
            known.add(item_id)
    if documents or deleted:
        # What this machine wrote while its clock was ahead must not win over what it writes now.
        now = revision_now()
        ahead = {key: each.revision + 1 for key, each in stored.items() if each.revision > now}
        result = index.write(
            WriteBatch(
                source=source,
                documents=[
                    replace(document, revision=ahead.get(item_id, document.revision))
                    for item_id, document in documents.items()
                ],
                deleted_ids=deleted | {key: ahead[key] for key in deleted.keys() & ahead.keys()},
            )
        )
        skipped += [Skipped(*rejection) for rejection in result.rejected.items()]
        unwritten = result.rejected.keys() | set(result.superseded).difference(deleted)
        changed -= len(unwritten & stored.keys())
        new -= len(unwritten - stored.keys())
        superseded = result.superseded
    report.skipped += skipped
    report.new += new
    report.changed += changed
    return superseded


def _taken(item_id: str, owner: str, source: str) -> Skipped:
    return Skipped(
        item_id,
        f"the id belongs to a document of the source {owner!r} and was not added to {source!r}. "
        f"Give the item another id, or forget the source {owner!r} first.",
    )
