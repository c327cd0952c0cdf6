"""The one exception tree of the library.

Every error carries a message that says what happened and to which input, and a ``next_step`` that
says what to do about it. ``str(error)`` shows both. The command line prints them as they are and
exits with ``exit_status``.
"""

from __future__ import annotations

from typing import ClassVar


class LsrError(Exception):
    """Anything that the library raises on purpose.

    Args:
        message: what happened, and to which input.
        next_step: what the reader can do about it; shown after the message.
    """

    exit_status: ClassVar[int] = 1

    def __init__(self, message: str, next_step: str = "") -> None:
        super().__init__(message, next_step)
        self.message = message
        self.next_step = next_step

    def __str__(self) -> str:
        return f"{self.message} {self.next_step}".strip()


class UsageError(LsrError):
    """The caller asked for something that makes no sense as asked (exit status 2)."""

    exit_status = 2


class TermWeightsError(UsageError, ValueError):
    """A mapping that should hold term weights does not."""


class QueryError(UsageError, ValueError):
    """A query that cannot be searched for: empty, negative only, or malformed."""


class NoKnownWordError(QueryError):
    """None of the words of a query occurs in the index.

    Attributes:
        unknown: the words that were looked for.
        suggestions: known words that are spelled nearly like them, best first.
    """

    def __init__(
        self, message: str, next_step: str, unknown: tuple[str, ...], suggestions: tuple[str, ...]
    ) -> None:
        super().__init__(message, next_step)
        self.unknown = unknown
        self.suggestions = suggestions


class ImageError(LsrError, ValueError):
    """A picture that cannot be decoded, or is refused by the limits."""


class CaptionFileError(LsrError, ValueError):
    """A caption or annotation file that cannot be read."""


class DatasetError(LsrError, ValueError):
    """A data set, or a file of one, that cannot be used."""


class EncodingError(LsrError):
    """Vectors of a data set that cannot be made, or that do not belong to what is asked for."""


class TrainingError(LsrError):
    """A training that cannot begin, go on, or be resumed."""


class ModelError(LsrError):
    """A model directory that cannot be loaded, or that lacks what was asked of it."""


class MissingExtraError(LsrError, ImportError):
    """A feature needs an optional dependency that is not installed."""

    def __init__(self, feature: str, extra: str) -> None:
        super().__init__(
            f"{feature} needs packages that are not installed.",
            f"Install them with: pip install 'lsr-opensearch[{extra}]'",
        )
        self.extra = extra


class IndexFileError(LsrError):
    """An index that cannot be opened: missing, damaged, of another kind, or of a newer version."""


class SpaceMismatchError(LsrError):
    """A query or document from another model's space than the index was built with."""


class RebuildError(LsrError):
    """An index that is being rebuilt and cannot serve yet; the one before it goes on serving."""


class SourceError(UsageError):
    """A folder, file or list of inputs that cannot be used as a source."""


class StorageFullError(LsrError):
    """The disk had no room for what was to be written; nothing acknowledged was lost."""


class ClusterError(LsrError):
    """A search cluster that does not do what it is asked, in one of the ways below."""


class ClusterUnreachableError(ClusterError):
    """No answer, or none but overload and restarts, for longer than the time allowed."""


class ClusterSecurityError(ClusterError):
    """Credentials, permissions or a certificate are not accepted, by either side.

    Attributes:
        needs: the permission that is lacking, as the engine calls it; empty where it is not that.
    """

    def __init__(self, message: str, next_step: str = "", needs: str = "") -> None:
        super().__init__(message, next_step)
        self.needs = needs


class ClusterBlockedError(ClusterError):
    """The cluster takes no writes: its disk is nearly full, or somebody blocked the index."""


class ClusterRequestError(ClusterError):
    """The cluster refuses a request for what it says."""


class ClusterIndexError(ClusterError):
    """An index or alias of the cluster that is missing, closed, ambiguous or not of this library's
    making."""


class IndexBusyError(LsrError):
    """Another process held the index for longer than the time allowed."""
