"""A cluster of one answer: what a check makes of it."""

from __future__ import annotations

from typing import Any

from lsr_opensearch.engines.cluster.connection.port import Response, ServerInfo


class Answering:
    """Looks like what is examined, and like its connection, which gives one answer to everything;
    an error in its place is raised."""

    name = "photos"
    serving = None

    def __init__(
        self,
        answer: Response | Exception,
        server: ServerInfo | None = None,
        settings: dict[str, Any] | None = None,
    ) -> None:
        self.answer = answer
        self.server = server or ServerInfo("opensearch", (3, 6, 0))
        self.settings = settings or {}

    @property
    def connection(self) -> Answering:
        return self

    def ask(self, *_arguments: Any, **_options: Any) -> Response:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer
