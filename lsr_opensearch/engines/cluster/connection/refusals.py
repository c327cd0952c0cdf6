"""Errors for answers that refuse something: what the cluster says, and what to do about it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from lsr_opensearch.engines.cluster.connection.answers import (
    ErrorDetail,
    block_numbers,
    error_of,
    is_disk_block,
)
from lsr_opensearch.engines.cluster.connection.blocks import BLOCKS, lifting, making_room
from lsr_opensearch.engines.cluster.connection.credentials import CredentialsKind
from lsr_opensearch.engines.cluster.connection.port import Response
from lsr_opensearch.engines.cluster.connection.target import Target
from lsr_opensearch.errors import (
    ClusterBlockedError,
    ClusterError,
    ClusterIndexError,
    ClusterRequestError,
    ClusterSecurityError,
    ClusterUnreachableError,
)

_CREDENTIALS: dict[CredentialsKind, tuple[str, str]] = {
    "none": (
        "wants to know who asks",
        "Set LSR_OS_USER and LSR_OS_PASSWORD (or LSR_OS_PASSWORD_FILE), or LSR_OS_API_KEY; for "
        "OpenSearch on AWS set LSR_OS_AWS_REGION.",
    ),
    "basic": (
        "does not accept the user {user} with the password given",
        "Check LSR_OS_USER and LSR_OS_PASSWORD or LSR_OS_PASSWORD_FILE.",
    ),
    "api_key": (
        "does not accept the API key",
        "Check LSR_OS_API_KEY: it is the key's encoded form, or id:api_key. Keys expire.",
    ),
    "bearer": (
        "does not accept the bearer token",
        "Check LSR_OS_BEARER_TOKEN. Tokens expire.",
    ),
    "aws": (
        "does not accept the AWS credentials",
        "Check LSR_OS_AWS_REGION, LSR_OS_AWS_SERVICE, AWS_PROFILE and this machine's clock.",
    ),
    "client": (
        "does not accept the credentials",
        "Check the credentials of the client that was passed in.",
    ),
}
_OPENSEARCH_DENIED = re.compile(r"no permissions for \[(.*?)\] and .*?\[name=([^,\]]*)", re.DOTALL)
_ELASTICSEARCH_DENIED = re.compile(r"action \[(.*?)\] is unauthorized for (.*?)(?=, this|$)")
_ELASTICSEARCH_GRANTED = re.compile(r"granted by the (\w+ privileges \[[^]]*\])")
# Elasticsearch 7 still has paths of two parts, for other methods.
_NO_SUCH_PATH = ("no handler found for uri", "Incorrect HTTP method for uri")
_OVERLOADED = frozenset({429, 502, 503, 504})
# By the numbers of blocks: what an index is, and what lifts it where no setting of the index does.
_BLOCKED = {
    4: ("is closed", "Open it: POST /INDEX/_open"),
    5: ("is read-only", ""),
    6: ("is read-only, with the whole cluster", "See the cluster setting cluster.blocks.read_only"),
    7: ("is blocked for reading", ""),
    8: ("is blocked for writing", ""),
    9: ("is blocked for changes of its settings", ""),
}


@dataclass(frozen=True)
class Asked:
    """A request, for messages."""

    method: str
    path: str

    @property
    def index(self) -> str:
        """The index or alias that it is about; ``INDEX`` where the path names none."""
        first = self.path.removeprefix("/").partition("/")[0]
        return first if first and not first.startswith("_") else "INDEX"

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def refusal(target: Target, asked: Asked, response: Response) -> ClusterError:
    """The error for an answer that is not wanted."""
    detail = error_of(response.body)
    if response.status in (401, 407):
        return _not_authenticated(target, response.status)
    if is_disk_block(detail):
        return _disk_full(target, asked, detail)
    if "cluster_block_exception" in (detail.type, detail.root_type) and response.status != 503:
        return _blocked(target, asked, detail)
    if response.status == 403:
        return _denied(target, asked, detail)
    if response.status in _OVERLOADED:
        return ClusterUnreachableError(
            f"The cluster {target.name} is overloaded or restarting ({_said(response)}).",
            "Run the same command again when it has recovered.",
        )
    if response.status == 413:
        return ClusterRequestError(
            f"The cluster {target.name}, or a proxy before it, takes no request as large as "
            f"{asked}.",
            "Send less at once, or raise http.max_content_length (100 MB by default) or the "
            "proxy's limit.",
        )
    if 300 <= response.status < 400:
        elsewhere = response.headers.get("location", "elsewhere")
        return ClusterRequestError(
            f"{target.name} sends requests on to {elsewhere}.", "Give that address as the URL."
        )
    return _request_error(target, asked, response, detail)


def _not_authenticated(target: Target, status: int) -> ClusterError:
    if status == 407:
        return ClusterSecurityError(
            f"The proxy {target.proxy or 'on the way'} wants to know who asks.",
            "Write user and password into LSR_OS_PROXY: http://user:password@host:port",
        )
    said, next_step = _CREDENTIALS[target.credentials.kind]
    said = said.format(user=target.credentials.user)
    return ClusterSecurityError(f"The cluster {target.name} {said}.", next_step)


def _denied(target: Target, asked: Asked, detail: ErrorDetail) -> ClusterError:
    reason = detail.reason
    if match := _OPENSEARCH_DENIED.search(reason):
        return ClusterSecurityError(
            f"The user {match[2]} may not do {match[1]}, which {asked} on {target.name} needs.",
            "Ask whoever runs the cluster for a role that allows it.",
            match[1],
        )
    if match := _ELASTICSEARCH_DENIED.search(reason):
        granted = _ELASTICSEARCH_GRANTED.search(reason)
        return ClusterSecurityError(
            f"{asked} on {target.name} needs {match[1]}, which is not allowed to {match[2]}.",
            f"Ask whoever runs the cluster for one of the {granted[1]}."
            if granted
            else "Ask whoever runs the cluster for a role that allows it.",
            match[1],
        )
    if "signature" in reason or "anonymous" in reason or "es:ESHttp" in reason:
        return ClusterSecurityError(
            f"{target.name} refuses {asked} ({reason}).", _CREDENTIALS["aws"][1]
        )
    return ClusterSecurityError(
        f"{target.name} refuses {asked} ({reason or 'status 403, without a reason'}).",
        "Ask whoever runs the cluster, or the proxy before it, for the permission.",
    )


def _disk_full(target: Target, asked: Asked, detail: ErrorDetail) -> ClusterError:
    return ClusterBlockedError(
        f"The cluster {target.name} takes no writes, because a disk of it is nearly full "
        f"({detail.reason}).",
        f"{making_room(asked.index)} Nothing that was acknowledged is lost: run the same command "
        "again afterwards.",
    )


def _blocked(target: Target, asked: Asked, detail: ErrorDetail) -> ClusterError:
    for number in sorted(block_numbers(detail)):
        if number in _BLOCKED:
            state, next_step = _BLOCKED[number]
            return ClusterBlockedError(
                f"The index on {target.name} {state} ({detail.reason}).",
                next_step.replace("INDEX", asked.index)
                or f"{lifting(asked.index, [BLOCKS[number]])} lifts it, once you know why it was "
                "set.",
            )
    return ClusterBlockedError(
        f"The cluster {target.name} has blocked this ({detail.reason}).",
        "Ask whoever runs the cluster what the block is for.",
    )


def _request_error(
    target: Target, asked: Asked, response: Response, detail: ErrorDetail
) -> ClusterError:
    types = {detail.type, detail.root_type}
    if "index_not_found_exception" in types or (
        response.status == 404 and "alias" in detail.reason
    ):
        return ClusterIndexError(
            f"There is no such index or alias on {target.name} ({detail.root_reason}).",
            "Check its name, or index something into it first.",
        )
    if "index_closed_exception" in types:
        return ClusterIndexError(
            f"{target.name} refuses {asked}: the index is closed.",
            f"Open it: POST /{asked.index}/_open",
        )
    path = urlsplit(target.url).path
    if path and any(sign in detail.root_reason for sign in _NO_SUCH_PATH):
        return ClusterRequestError(
            f"{target.name} refuses {asked} ({_said(response)}).",
            f"The URL says that {path} comes before the path of every request. If it is the name "
            f"of an index, leave it out of the URL and use --index {path.rpartition('/')[2]}",
        )
    if _too_many_clauses(detail):
        return ClusterRequestError(
            f"The query has more words than {target.name} takes in one ({detail.root_reason}).",
            "Search with fewer words, or raise indices.query.bool.max_clause_count there.",
        )
    if "compatible-with" in detail.root_reason:
        return ClusterRequestError(
            f"{target.name} does not speak with the client's version ({detail.root_reason}).",
            "Pass a client of elasticsearch-py of the server's major version, or give the "
            "cluster's URL in place of a client.",
        )
    return ClusterRequestError(
        f"{target.name} refuses {asked} ({_said(response)}).",
        "See what it says; docs/connecting.md lists the versions that are tested.",
    )


def _too_many_clauses(detail: ErrorDetail) -> bool:
    return "too_many_clauses" in detail.root_type or any(
        sign in reason
        for reason in (detail.reason, detail.root_reason)
        for sign in ("maxClauseCount", "too many clauses", "too many nested clauses")
    )


def _said(response: Response) -> str:
    """Status, type and reason of an answer."""
    detail = error_of(response.body)
    words = [f"status {response.status}", detail.root_type or detail.type, detail.root_reason]
    if detail.reason != detail.root_reason and not detail.root_reason:
        words.append(detail.reason)
    return ": ".join(word for word in words if word)
