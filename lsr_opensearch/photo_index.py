"""The library in one object: open an index, add pictures, search.

with open_index("photos.sqlite") as index:
    index.add_folder("~/Pictures")
    for hit in index.search("two dogs at a window"):
        print(hit.score, hit.path)
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from lsr_opensearch.encoders import Encoder, encoder_of
from lsr_opensearch.engines import DEFAULT_INDEX, open_engine
from lsr_opensearch.errors import UsageError
from lsr_opensearch.models import DEFAULT_MODEL
from lsr_opensearch.searcher import Hit, Searcher

if TYPE_CHECKING:
    from lsr_opensearch.engines.cluster.connection.options import ConnectionOptions
    from lsr_opensearch.engines.cluster.mapping import FieldType
    from lsr_opensearch.engines.port import Index, SourceBinding
    from lsr_opensearch.images import ImageSource
    from lsr_opensearch.indexing.captions import CaptionTable
    from lsr_opensearch.indexing.encoding_cache import EncodingCache
    from lsr_opensearch.indexing.item import Item
    from lsr_opensearch.indexing.report import IndexReport, Progress

ITEMS_SOURCE = "items"


def open_index(
    url: str | os.PathLike[str] | None = None,
    *,
    name: str = DEFAULT_INDEX,
    model: str | os.PathLike[str] | None = None,
    cache_bytes: int = 0,
    client: Any = None,
    connection: ConnectionOptions | None = None,
    field_type: FieldType = "rank_features",
) -> PhotoIndex:
    """Open an index of pictures; it is created when the first pictures are added.

    Args:
        url: a path, or ``sqlite:///absolute/path``, of an index file; or the address of a cluster,
            ``https://host:9200``. Credentials for a cluster come from ``connection``, then from
            the environment (docs/connecting.md).
        name: of the index in that file or cluster.
        model: name or directory of the model; by default the one that the index was built with,
            or the bundled ``basic`` for a new one.
        cache_bytes: of a file: memory for postings in a long-lived process; 0 suits single
            queries.
        client: an ``OpenSearch`` or ``Elasticsearch`` client that your app already has, in place
            of ``url``. It stays open, and its settings are its own.
        connection: how the cluster at ``url`` is reached.
        field_type: how an index that has to be made in a cluster keeps term weights:
            ``rank_features``, or ``sparse_vector`` (Elasticsearch 8.11 and newer).

    Raises:
        UsageError: not exactly one of ``url`` and ``client``, or one that cannot be used.
        ClusterError: the cluster cannot be reached, or refuses.
        IndexFileError: the file is damaged, of a newer version, or no index.
        ModelError: the model cannot be loaded.
    """
    if (url is None) == (client is None):
        raise UsageError(
            "An index is opened by its url, or through a client.",
            'Write open_index("photos.sqlite"), open_index("https://search:9200") or '
            "open_index(client=client).",
        )
    if client is not None:
        from lsr_opensearch.engines.cluster.opening import open_with_client

        return PhotoIndex(open_with_client(client, name, field_type=field_type), model)
    assert url is not None  # noqa: S101  one of the two is given
    engine = open_engine(
        url, name, cache_bytes=cache_bytes, connection=connection, field_type=field_type
    )
    return PhotoIndex(engine, model)


class PhotoIndex:
    """An index together with the model that speaks its language. Made by `open_index`."""

    def __init__(self, index: Index, model: str | os.PathLike[str] | None = None) -> None:
        self.engine = index
        schema = index.schema()
        own = schema.model if schema else DEFAULT_MODEL
        self.encoder: Encoder = encoder_of(index.name, own, asked_for=model)
        self._searcher: Searcher | None = None

    def add_folder(
        self,
        folder: str | os.PathLike[str],
        *,
        source: str | None = None,
        captions: CaptionTable | Sequence[CaptionTable] = (),
        prune: bool = False,
        dry_run: bool = False,
        workers: int | None = None,
        on_progress: Progress | None = None,
    ) -> IndexReport:
        """Bring the index up to date with a folder: new, changed, moved and removed pictures.

        Args:
            source: a name for the folder; its own by default.
            captions: from `lsr_opensearch.indexing.captions.read_captions`.
            prune: remove documents even when a fifth of the pictures or more is gone at once.
            dry_run: only tell what would be done.
            workers: pictures encoded at once; the usable cores by default.
            on_progress: called with pictures done and pictures in all.

        Returns:
            What was done; pictures that cannot be read are in its ``skipped``.

        Raises:
            SourceError: the folder cannot be used.
            SpaceMismatchError: the index was built with another model.
        """
        from lsr_opensearch.indexing.captions import CaptionTable
        from lsr_opensearch.indexing.scope import folder_scope
        from lsr_opensearch.indexing.sync import SyncOptions, sync

        _check_workers(workers)
        captions = (captions,) if isinstance(captions, CaptionTable) else captions
        if not all(isinstance(table, CaptionTable) for table in captions):
            raise UsageError(
                "Captions are given as tables.", 'Use captions=[read_captions("captions.tsv")].'
            )
        scope = folder_scope(os.path.expanduser(folder), source, self.sources(), self.engine.host)
        options = SyncOptions(captions, prune=prune, dry_run=dry_run, workers=workers)
        with open_encoding_cache() as cache:
            return sync(self.engine, self.encoder, cache, scope, options, on_progress)

    def add(
        self,
        items: Iterable[Item],
        *,
        source: str = ITEMS_SOURCE,
        workers: int | None = None,
        on_progress: Progress | None = None,
    ) -> IndexReport:
        """Add pictures with ids of the caller's own; the same id again replaces the document.

        The items are taken one after the other and never held all at once.

        Returns:
            What was done; items that cannot be read are in its ``skipped``.

        Raises:
            SourceError: ``source`` is the name of a folder.
            UsageError: an item that is none (no id, captions that are one string, ...), by its id;
                everything given before it has been written.
            SpaceMismatchError: the index was built with another model.
        """
        from lsr_opensearch.indexing.items import add_items

        _check_workers(workers)
        with open_encoding_cache() as cache:
            return add_items(self.engine, self.encoder, cache, items, source, workers, on_progress)

    def search(
        self,
        query: str = "",
        *,
        image: ImageSource | None = None,
        limit: int = 10,
        filters: Sequence[str] = (),
    ) -> list[Hit]:
        """The best hits for words, an image, or both; see `lsr_opensearch.searcher.Searcher`."""
        return self.searcher.search(query, image=image, limit=limit, filters=filters)

    def unknown_words(self, query: str) -> dict[str, list[str]]:
        """The words of a query that no picture has, each with known words spelled like it."""
        return self.searcher.unknown_words(query)

    @property
    def searcher(self) -> Searcher:
        """What searches this index.

        Raises:
            IndexFileError: the index does not exist yet.
            SpaceMismatchError: it was built with another model than this object's.
        """
        if self._searcher is None:
            self._searcher = Searcher(self.engine, self.encoder)
        return self._searcher

    def sources(self) -> list[SourceBinding]:
        """The folders and other sources that were added; a cluster keeps them in an index of their
        own, and knows them also where somebody has deleted the pictures."""
        return self.engine.sources()

    def close(self) -> None:
        """Close the index; closing twice is fine."""
        self.engine.close()

    def __enter__(self) -> PhotoIndex:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()


def _check_workers(workers: int | None) -> None:
    if workers is not None and workers < 1:
        raise UsageError(f"The number of workers is {workers}.", "Ask for at least 1.")


def open_encoding_cache() -> EncodingCache:
    """The encodings of earlier runs, in the user's cache directory.

    The environment variable ``LSR_OS_CACHE_DIR`` names another directory.
    """
    import platformdirs

    from lsr_opensearch.indexing.encoding_cache import EncodingCache

    folder = os.environ.get("LSR_OS_CACHE_DIR") or platformdirs.user_cache_dir("lsr-opensearch")
    return EncodingCache(os.path.join(folder, "encodings.sqlite"))
