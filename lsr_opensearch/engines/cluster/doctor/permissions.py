"""What the user may do on the indexes behind a name."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lsr_opensearch.engines.cluster.connection.answers import error_of
from lsr_opensearch.engines.cluster.connection.port import Method
from lsr_opensearch.engines.cluster.doctor.examined import Examined
from lsr_opensearch.engines.finding import Finding

_PRIVILEGES = ("read", "write", "create_index", "view_index_metadata", "maintenance", "manage")
# To be refused for want of permission, or for what they say: whoever may, changes nothing. There
# is never an index of the number 0, nor an alias to it.
_REFUSED = (400, 403, 404, 405)


@dataclass(frozen=True)
class _Try:
    """A request that only tells whether it would be allowed; ``{name}`` is the index's name."""

    privilege: str
    method: Method
    path: str
    body: Mapping[str, Any] | None = None


_TRIES = (
    _Try("read", "POST", "/{name}/_search", {"size": 0}),
    _Try("read", "POST", "/{name}.sources/_search", {"size": 0}),
    _Try("write", "POST", "/{name}-000000.write/_update/none", {"doc": {}}),
    _Try("write", "POST", "/{name}.sources/_update/none", {"doc": {}}),
    _Try("create_index", "PUT", "/{name}-000000", {"settings": {"number_of_shards": 0}}),
    _Try("create_index", "PUT", "/{name}.sources", {"settings": {"number_of_shards": 0}}),
    _Try("maintenance", "POST", "/{name}-000000/_refresh"),
    _Try("manage", "PUT", "/{name}-000000/_settings", {"index": {"refresh_interval": None}}),
)


def permissions(examined: Examined) -> Iterator[Finding]:
    """May the user do what the commands do?"""
    if examined.connection.server.engine == "elasticsearch":
        yield _asked(examined)
    else:
        yield _verdict(examined.name, set(_tried(examined)), "tried without changing anything")


def _asked(examined: Examined) -> Finding:
    """Elasticsearch can be asked."""
    name = examined.name
    names = [name, f"{name}-000001", f"{name}.next", f"{name}.sources"]
    answer = examined.connection.ask(
        "POST",
        "/_security/user/_has_privileges",
        body={"index": [{"names": names, "privileges": list(_PRIVILEGES)}]},
        allowed=(400, 404, 405),
    )
    if not answer.ok:
        return Finding("permissions", "ok", "the cluster knows no users: everybody may do all")
    granted = answer.body["index"].values()
    missing = {what for rights in granted for what, allowed in rights.items() if not allowed}
    return _verdict(name, missing, "as Elasticsearch says")


def _tried(examined: Examined) -> Iterator[str]:
    """OpenSearch cannot be asked: the privileges for want of which it refuses something."""
    for one in _TRIES:
        answer = examined.connection.ask(
            one.method,
            one.path.format(name=examined.name),
            params={"require_alias": "true"} if "/_update/" in one.path else None,
            body=one.body,
            allowed=_REFUSED,
        )
        detail = error_of(answer.body)
        if answer.status == 403 and "security_exception" in (detail.type, detail.root_type):
            yield one.privilege


def _verdict(name: str, missing: Collection[str], how: str) -> Finding:
    if not missing:
        return Finding("permissions", "ok", f"all that the commands need ({how})")
    lacking = ", ".join(what for what in _PRIVILEGES if what in missing)
    works = "Searching does not work, and" if "read" in missing else "Searching works,"
    return Finding(
        "permissions",
        "problem" if "read" in missing else "note",
        f"This user lacks on {name} and what lies behind it: {lacking} ({how}). {works} indexing "
        "does not.",
        f"For indexing, ask for a role that has {', '.join(_PRIVILEGES)} (OpenSearch: crud, "
        f"create_index, manage) on {name}, {name}-* and {name}.*",
    )
