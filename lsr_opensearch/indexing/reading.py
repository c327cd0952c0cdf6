"""From files to outcomes: read, hash, decode and encode a chunk of the files of a source."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from lsr_opensearch.encoders import Encoder
from lsr_opensearch.engines.port import Document, Schema
from lsr_opensearch.errors import ImageError, LsrError
from lsr_opensearch.indexing.annotations import parse_annotation
from lsr_opensearch.indexing.captions import read_sidecar
from lsr_opensearch.indexing.documents import EncodedPhoto, encode_photos
from lsr_opensearch.indexing.encoding_cache import EncodingCache
from lsr_opensearch.indexing.photo import Photo
from lsr_opensearch.indexing.sources import FoundFile, display_path, document_id, file_uri

# A larger file is no photograph, and would have to fit into memory.
MAX_FILE_BYTES = 512 * 1024 * 1024


@dataclass(frozen=True)
class Outcome:
    """What became of one file: a document, a problem, or neither where it had vanished.

    ``sha256`` is empty where the content could not be read at all.
    """

    file: FoundFile
    sha256: str = ""
    document: Document | None = None
    problem: str = ""


class FileEncoder:
    """Turns files of one source into documents. Safe to call from several threads.

    Args:
        annotations: relative path -> what is said of the file, as the manifest keeps it.
    """

    def __init__(
        self,
        source: str,
        schema: Schema,
        encoder: Encoder,
        cache: EncodingCache,
        annotations: Mapping[bytes, str],
    ) -> None:
        self._source = source
        self._schema = schema
        self._encoder = encoder
        self._cache = cache
        self._annotations = annotations

    def encode(self, files: Sequence[FoundFile]) -> list[Outcome]:
        """One outcome a file, in order; what is wrong with one file touches no other."""
        outcomes: dict[bytes, Outcome] = {}
        photos: list[Photo] = []
        sources: list[FoundFile] = []
        for file in files:
            try:
                found, content = read_content(file)
                photos.append(self._photo(found, content))
                sources.append(found)
            except FileNotFoundError:
                outcomes[file.relative] = Outcome(file)
            except (OSError, LsrError) as error:
                outcomes[file.relative] = Outcome(file, problem=_unreadable(file, error))
        encoded = encode_photos(photos, self._encoder, self._schema, self._cache)
        for file, photo, result in zip(sources, photos, encoded, strict=True):
            outcomes[file.relative] = _outcome(file, photo, result)
        return [outcomes[file.relative] for file in files]

    def _photo(self, file: FoundFile, content: bytes) -> Photo:
        said = parse_annotation(self._annotations.get(file.relative, ""))
        modified = datetime.fromtimestamp(file.mtime_ns / 1e9, UTC)
        return Photo(
            id=document_id(self._source, file.relative),
            label=display_path(file.relative),
            content=content,
            captions=said.captions + (read_sidecar(file.path) if said.sidecar else ()),
            stored={
                "path": display_path(file.relative),
                "uri": file_uri(file.path),
                "source": self._source,
                "modified_at": modified.replace(tzinfo=None).isoformat(timespec="seconds"),
            },
            extra=said.extra,
        )


def read_content(file: FoundFile) -> tuple[FoundFile, bytes]:
    """The bytes of a file, and the file as it was when they were read.

    Raises:
        OSError: it cannot be read.
        ImageError: it is too large to be read into memory.
    """
    with open(file.path, "rb") as opened:
        state = os.fstat(opened.fileno())
        if state.st_size > MAX_FILE_BYTES:
            raise ImageError(
                f"the file has {state.st_size:,} bytes, more than the {MAX_FILE_BYTES:,} that "
                "are read into memory.",
                "Index a smaller copy of it.",
            )
        content = opened.read()
    return FoundFile(file.path, file.relative, state.st_size, state.st_mtime_ns), content


def hash_file(file: FoundFile) -> str:
    """The sha256 of a file's content; empty where it cannot be read."""
    try:
        return hashlib.sha256(read_content(file)[1]).hexdigest()
    except (OSError, ImageError):
        return ""


def _outcome(file: FoundFile, photo: Photo, result: EncodedPhoto | LsrError) -> Outcome:
    if isinstance(result, EncodedPhoto):
        return Outcome(file, result.sha256, result.document)
    content = photo.content if isinstance(photo.content, bytes) else b""
    # The list of skipped files names the file already.
    problem = str(result).removeprefix(f"{photo.label}: ")
    return Outcome(file, hashlib.sha256(content).hexdigest(), problem=problem)


def _unreadable(file: FoundFile, error: OSError | LsrError) -> str:
    if isinstance(error, LsrError):
        return str(error).removeprefix(f"{display_path(file.relative)}: ")
    return (
        f"the file cannot be read ({error.strerror or error}). "
        "Check that you may read it, then run the same command again."
    )
