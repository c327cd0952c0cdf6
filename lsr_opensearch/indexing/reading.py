"""From files to outcomes: read, hash, decode and encode a chunk of the files of a source."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from lsr_opensearch.encoders import Encoder
from lsr_opensearch.engines.port import Document, Schema
from lsr_opensearch.errors import ImageError, LsrError
from lsr_opensearch.indexing.annotations import Annotation, parse_annotation
from lsr_opensearch.indexing.captions import read_sidecar
from lsr_opensearch.indexing.documents import EncodedPhoto, encode_photos
from lsr_opensearch.indexing.encoding_cache import EncodingCache
from lsr_opensearch.indexing.photo import Photo
from lsr_opensearch.indexing.plan import Task
from lsr_opensearch.indexing.sources import FoundFile, display_path, document_id, file_uri

# A larger file is no photograph, and would have to fit into memory.
MAX_FILE_BYTES = 512 * 1024 * 1024


@dataclass(frozen=True)
class Outcome:
    """What became of one file: a document, a problem, or neither where it had vanished.

    Attributes:
        file: as it was when it was read.
        is_new: whether the manifest did not know it.
        annotation: what is said of it elsewhere, as the manifest keeps it.
        sha256: empty where the content could not be read at all.
    """

    file: FoundFile
    is_new: bool
    annotation: str
    sha256: str = ""
    document: Document | None = None
    problem: str = ""


class FileEncoder:
    """Turns files of one source into documents. Safe to call from several threads.

    Args:
        earlier: sha256 of a file that is gone -> what was said of it; a new file with this content
            has moved, and keeps its captions.
    """

    def __init__(
        self,
        source: str,
        schema: Schema,
        encoder: Encoder,
        cache: EncodingCache,
        earlier: Mapping[str, Annotation],
    ) -> None:
        self._source = source
        self._schema = schema
        self._encoder = encoder
        self._cache = cache
        self._earlier = earlier

    def encode(self, tasks: Sequence[Task]) -> list[Outcome]:
        """One outcome a task, in order; what is wrong with one file touches no other."""
        outcomes: dict[bytes, Outcome] = {}
        prepared: list[tuple[Outcome, Photo]] = []
        for task in tasks:
            outcome = Outcome(task.file, task.is_new, task.annotation)
            try:
                prepared.append(self._prepared(task))
            except FileNotFoundError:
                outcomes[task.file.relative] = outcome
            # Whatever it is, the other files have nothing to do with it.
            except Exception as error:
                outcomes[task.file.relative] = replace(
                    outcome, problem=_unreadable(task.file, error)
                )
        photos = [photo for _, photo in prepared]
        encoded = encode_photos(photos, self._encoder, self._schema, self._cache)
        for (outcome, photo), result in zip(prepared, encoded, strict=True):
            outcomes[outcome.file.relative] = _finished(outcome, photo, result)
        return [outcomes[task.file.relative] for task in tasks]

    def _prepared(self, task: Task) -> tuple[Outcome, Photo]:
        file, content = read_content(task.file)
        said = parse_annotation(task.annotation)
        if task.is_new and self._earlier:
            moved = self._earlier.get(hashlib.sha256(content).hexdigest(), Annotation())
            said = replace(moved, sidecar=said.sidecar)
        return Outcome(file, task.is_new, said.as_text()), self._photo(file, content, said)

    def _photo(self, file: FoundFile, content: bytes, said: Annotation) -> Photo:
        return Photo(
            id=document_id(self._source, file.relative),
            label=display_path(file.relative),
            content=content,
            captions=said.captions + (read_sidecar(file.path) if said.sidecar else ()),
            stored={
                "path": display_path(file.relative),
                "uri": file_uri(file.path),
                "source": self._source,
                **_modified_at(file.mtime_ns),
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
    return FoundFile.of(file.path, file.relative, state), content


def hash_file(file: FoundFile) -> str:
    """The sha256 of a file's content; empty where it cannot be read."""
    try:
        return hashlib.sha256(read_content(file)[1]).hexdigest()
    except (OSError, ImageError):
        return ""


def _modified_at(mtime_ns: int) -> dict[str, str]:
    try:
        modified = datetime.fromtimestamp(mtime_ns / 1e9, UTC)
    except (ValueError, OverflowError, OSError):
        # Before the year 1 or after 9999: a damaged file system, or a joke.
        return {}
    return {"modified_at": modified.replace(tzinfo=None).isoformat(timespec="seconds")}


def _finished(outcome: Outcome, photo: Photo, result: EncodedPhoto | LsrError) -> Outcome:
    if isinstance(result, EncodedPhoto):
        return replace(outcome, sha256=result.sha256, document=result.document)
    content = photo.content if isinstance(photo.content, bytes) else b""
    # The list of skipped files names the file already.
    problem = str(result).removeprefix(f"{photo.label}: ")
    return replace(outcome, sha256=hashlib.sha256(content).hexdigest(), problem=problem)


def _unreadable(file: FoundFile, error: Exception) -> str:
    if isinstance(error, LsrError):
        return str(error).removeprefix(f"{display_path(file.relative)}: ")
    if isinstance(error, OSError):
        return (
            f"the file cannot be read ({error.strerror or error}). "
            "Check that you may read it, then run the same command again."
        )
    return (
        f"the file could not be prepared ({type(error).__name__}: {error}). "
        "This is a mistake in lsr-opensearch: please report it."
    )
