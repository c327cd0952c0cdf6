"""Items of the caller's into an index: own ids, and pictures from anywhere."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence

from lsr_opensearch.encoders import Encoder
from lsr_opensearch.engines.port import Index, SourceBinding, WriteBatch
from lsr_opensearch.errors import LsrError, UsageError
from lsr_opensearch.images import read_file
from lsr_opensearch.indexing.documents import EncodedPhoto, encode_photos, schema_for
from lsr_opensearch.indexing.encoding_cache import EncodingCache
from lsr_opensearch.indexing.fetching import fetch_image, is_url
from lsr_opensearch.indexing.photo import Item, Photo
from lsr_opensearch.indexing.report import IndexReport, Progress, Skipped
from lsr_opensearch.indexing.sources import display_path, file_uri
from lsr_opensearch.indexing.workers import map_chunks, usable_cores

ItemResult = tuple[str, EncodedPhoto | LsrError]


def add_items(
    index: Index,
    encoder: Encoder,
    cache: EncodingCache,
    items: Iterable[Item],
    source: str,
    workers: int | None = None,
    on_progress: Progress | None = None,
) -> IndexReport:
    """Encode and write ``items``, a chunk a batch, without ever holding all of them.

    Raises:
        SourceError: ``source`` is the name of a folder.
        SpaceMismatchError: the index was built with another model.
        UsageError: an item has no id, or neither an image nor captions.
    """
    schema = schema_for(encoder)
    index.create(schema)
    index.bind_source(SourceBinding(source, "", ""))
    report = IndexReport(source)

    def work(chunk: Sequence[Item]) -> list[ItemResult]:
        loaded = [_load(item, source) for item in chunk]
        photos = [photo for photo in loaded if isinstance(photo, Photo)]
        encoded = iter(encode_photos(photos, encoder, schema, cache))
        return [
            (item.id, next(encoded) if isinstance(photo, Photo) else photo)
            for item, photo in zip(chunk, loaded, strict=True)
        ]

    through = 0
    for results in map_chunks(work, map(_checked, items), workers or usable_cores()):
        _write(index, source, results, report)
        through += len(results)
        if on_progress:
            on_progress(through, through)
    return report


def _write(index: Index, source: str, results: Sequence[ItemResult], report: IndexReport) -> None:
    # Within a batch an id may stand once; the last of several items with the same id wins.
    documents = {}
    for item_id, result in results:
        if isinstance(result, EncodedPhoto):
            documents[item_id] = result.document
        else:
            report.skipped.append(Skipped(item_id, str(result).removeprefix(f"{item_id}: ")))
    known = index.fetch(list(documents))
    index.write(WriteBatch(source=source, documents=list(documents.values())))
    report.changed += len(known)
    report.new += len(documents) - len(known)


def _checked(item: Item) -> Item:
    if not isinstance(item.id, str) or not item.id:
        raise UsageError(f"An item has the id {item.id!r}.", "Ids are non-empty strings.")
    if item.image is None and not item.captions:
        raise UsageError(
            f"The item {item.id!r} has neither an image nor captions.", "Give it one of them."
        )
    return item


def _load(item: Item, source: str) -> Photo | LsrError:
    stored: dict[str, str] = {"source": source}
    image = item.image
    try:
        if isinstance(image, str) and is_url(image):
            stored |= {"path": image, "uri": image}
            image = fetch_image(image)
        elif isinstance(image, str | os.PathLike):
            path = os.path.abspath(os.fsencode(image))
            stored |= {"path": display_path(path), "uri": file_uri(path)}
            image = read_file(image)
    except LsrError as error:
        return error
    return Photo(item.id, item.id, image, tuple(item.captions), stored, item.metadata)
