"""The address of a node or a cluster, and plain HTTP to it, without any of the product's code."""

from __future__ import annotations

import base64
import functools
import json
import ssl
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import unquote, urlsplit, urlunsplit

from .kinds import Engine, NodeKind
from .users import User


@dataclass(frozen=True)
class Answer:
    """An HTTP status and a body: parsed where it is JSON, else text."""

    status: int
    body: Any


class Endpoint:
    """Where a node answers. `kind` is None for a cluster that is not ours."""

    def __init__(
        self,
        engine: Engine,
        url: str,
        kind: NodeKind | None = None,
        user: User | None = None,
        ca_file: str | None = None,
    ) -> None:
        self.engine = engine
        self.url = url
        self.kind = kind
        self.user = user
        self.ca_file = ca_file

    @classmethod
    def of_user(cls, engine: Engine, url: str) -> Endpoint:
        """The user's own cluster; a name and password may be part of its URL."""
        parts = urlsplit(url)
        user = None
        if parts.username is not None:
            user = User(unquote(parts.username), unquote(parts.password or ""))
        return cls(engine, url.rstrip("/"), user=user)

    def request(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        user: User | None = None,
        timeout_s: float = 30,
    ) -> Answer:
        """Send a request: a list as lines of JSON (bulk), anything else as one JSON value."""
        parts = urlsplit(self.url)
        bare = urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], "", "", ""))
        request = urllib.request.Request(
            bare + parts.path + path, method=method, data=_encode(body), headers=_media_type(body)
        )
        if user := user or self.user:
            token = base64.b64encode(f"{user.name}:{user.password}".encode()).decode()
            request.add_header("Authorization", f"Basic {token}")
        handlers: list[urllib.request.BaseHandler] = [urllib.request.ProxyHandler({})]
        if parts.scheme == "https":
            context = ssl.create_default_context(cafile=self.ca_file)
            handlers.append(urllib.request.HTTPSHandler(context=context))
        try:
            with urllib.request.build_opener(*handlers).open(request, timeout=timeout_s) as opened:
                return Answer(opened.status, _decode(opened.read()))
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, _decode(error.read()))

    def version(self) -> str:
        """The version that the node says it is (`GET /` is a module that not every node has)."""
        nodes = self.request("GET", "/_nodes/_local?filter_path=nodes.*.version").body["nodes"]
        return next(str(node["version"]) for node in nodes.values())

    @functools.cached_property
    def field_type(self) -> Literal["rank_features", "sparse_vector"]:
        """How an index of ours can keep term weights there: asked, as a user's cluster, and what
        stands in where a Java is missing, may be of any kind."""
        answer = self.request("GET", "/_nodes/plugins?filter_path=nodes.*.modules.name")
        nodes = answer.body["nodes"].values() if answer.status == 200 else ()
        lacking = [
            node
            for node in nodes
            if all(module["name"] != "mapper-extras" for module in node["modules"])
        ]
        return "sparse_vector" if lacking else "rank_features"

    def delete_indices(self, pattern: str) -> None:
        """Delete by name what a pattern finds: clusters may refuse to delete by pattern."""
        found = self.request("GET", f"/{pattern}?expand_wildcards=all&ignore_unavailable=true")
        for name in found.body if found.status == 200 else ():
            self.request("DELETE", f"/{name}")


def _encode(body: object) -> bytes | None:
    if body is None:
        return None
    if isinstance(body, Sequence) and not isinstance(body, str):
        return "".join(json.dumps(line) + "\n" for line in body).encode()
    return json.dumps(body).encode()


def _media_type(body: object) -> dict[str, str]:
    if body is None:
        return {}
    many = isinstance(body, Sequence) and not isinstance(body, str)
    return {"Content-Type": "application/x-ndjson" if many else "application/json"}


def _decode(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return body.decode(errors="replace")
