"""From files to outcomes: read, hash, decode and encode a chunk of the files of a source."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from lsr_opensearch.encoders import Encoder
from lsr_opensearch.engines.port import Document, Schema
from lsr_opensearch.engines.revision import revision_after
from lsr_opensearch.errors import ImageError, LsrError, MissingExtraError
from lsr_opensearch.images import read_whole
from lsr_opensearch.indexing.annotations import Annotation, parse_annotation
from lsr_opensearch.indexing.captions import read_sidecar
from lsr_opensearch.indexing.documents import EncodedPhoto, encode_photos
from lsr_opensearch.indexing.encoding_cache import EncodingCache
from lsr_opensearch.indexing.photo import Photo
from lsr_opensearch.indexing.plan import Task
from lsr_opensearch.indexing.sources import FoundFile, display_path, document_id, file_uri


@dataclass(frozen=True)
class Outcome:
    """What became of one file: a document, a problem, or neither where it had vanished.

    Attributes:
        file: as it was when it was read.
        is_new: whether the manifest did not know it.
        annotation: what is said of it elsewhere, as the manifest keeps it.
        sha256: empty where the content could not be read at all, or not be looked into.
        revision: when it began to be read (`engines.port.Document.revision`), and later than what
            was known of it.
    """

    file: FoundFile
    is_new: bool
    annotation: str
    sha256: str = ""
    document: Document | None = None
    problem: str = ""
    revision: int = 0


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
        outcomes: list[Outcome] = []
        read: list[int] = []

        def photos() -> Iterator[Photo]:
            """Each file's bytes are let go before those of the next are read."""
            for task in tasks:
                revision = revision_after(task.known_revision)
                outcome = Outcome(task.file, task.is_new, task.annotation, revision=revision)
                try:
                    outcome, photo = self._prepared(task, revision)
                except FileNotFoundError:
                    outcomes.append(outcome)
                # Whatever it is, the other files have nothing to do with it.
                except Exception as error:
                    outcomes.append(replace(outcome, problem=_unreadable(task.file, error)))
                else:
                    read.append(len(outcomes))
                    outcomes.append(outcome)
                    yield photo

        encoded = encode_photos(photos(), self._encoder, self._schema, self._cache)
        for position, result in zip(read, encoded, strict=True):
            outcomes[position] = _finished(outcomes[position], result)
        return outcomes

    def _prepared(self, task: Task, revision: int) -> tuple[Outcome, Photo]:
        file, content = read_content(task.file)
        sha256 = hashlib.sha256(content).hexdigest()
        said = parse_annotation(task.annotation)
        if task.is_new and sha256 in self._earlier:
            said = replace(self._earlier[sha256], sidecar=said.sidecar)
        outcome = Outcome(file, task.is_new, said.as_text(), sha256, revision=revision)
        return outcome, self._photo(file, content, sha256, said, revision)

    def _photo(
        self, file: FoundFile, content: bytes, sha256: str, said: Annotation, revision: int
    ) -> Photo:
        return Photo(
            id=document_id(self._source, file.relative),
            label=display_path(file.relative),
            content=content,
            sha256=sha256,
            captions=said.captions + (read_sidecar(file.path) if said.sidecar else ()),
            stored={
                "path": display_path(file.relative),
                "uri": file_uri(file.path),
                "source": self._source,
                **_modified_at(file.mtime_ns),
            },
            extra=said.extra,
            revision=revision,
        )


def read_content(file: FoundFile) -> tuple[FoundFile, bytes]:
    """The bytes of a file, and the file as it was when they were read.

    Raises:
        OSError: it cannot be read.
        ImageError: it is too large to be read into memory.
    """
    content, state = read_whole(file.path, display_path(file.relative))
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


def _finished(outcome: Outcome, result: EncodedPhoto | LsrError) -> Outcome:
    if isinstance(result, EncodedPhoto):
        return replace(outcome, document=result.document)
    if isinstance(result, MissingExtraError):
        # Nobody has seen that it is no picture: what is known of it stays.
        outcome = replace(outcome, sha256="")
    # The list of skipped files names the file already.
    label = display_path(outcome.file.relative)
    return replace(outcome, problem=str(result).removeprefix(f"{label}: "))


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
