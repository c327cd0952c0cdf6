"""Checks of one index."""

from __future__ import annotations

from collections.abc import Iterator

from lsr_opensearch.engines.cluster.connection.port import Connection
from lsr_opensearch.engines.cluster.doctor.finding import Finding
from lsr_opensearch.engines.cluster.generations import Generation, Generations
from lsr_opensearch.engines.cluster.mapping import is_left_loading
from lsr_opensearch.engines.cluster.upkeep import blocks
from lsr_opensearch.errors import ClusterError

_REFUSED = (400, 401, 403, 404, 405, 410, 500)
_PRIVILEGES = ("read", "write", "create_index", "view_index_metadata", "maintenance", "manage")


def alias(generations: Generations, name: str) -> tuple[Finding, Generation | None]:
    """Does the name stand for one index of ours?"""
    try:
        serving = generations.serving()
    except ClusterError as error:
        return Finding("alias", "problem", error.message, error.next_step), None
    if serving is None:
        return Finding(
            "alias", "note", f"There is no index {name!r} yet.", "Make it: lsr-os index FOLDER"
        ), None
    return Finding("alias", "ok", f"{name} stands for {serving.index}"), serving


def state(
    connection: Connection, generations: Generations, serving: Generation
) -> Iterator[Finding]:
    """Blocks, leftovers and health of the index."""
    for block in blocks(serving):
        yield Finding(
            "index block",
            "problem",
            f"{serving.index} has the block index.blocks.{block}."
            + (
                " Clusters set it when a disk is nearly full (flood stage)."
                if block == "read_only_allow_delete"
                else ""
            ),
            "Once its reason is gone, lift it: "
            f'PUT /{serving.index}/_settings {{"index.blocks.{block}": null}}',
        )
    if is_left_loading(serving.settings):
        yield Finding(
            "settings",
            "problem",
            f"{serving.index} has the settings of a load that was not finished.",
            "lsr-os verify --repair",
        )
    building = generations.building()
    if building is not None:
        yield Finding(
            "rebuild",
            "note",
            f"A rebuild into {building.index} was begun and is not finished.",
            "Go on with it: lsr-os reindex; or give it up: lsr-os reindex --abandon",
        )
    yield _health(connection, serving)


def privileges(connection: Connection, name: str) -> Finding:
    """May this user do what the commands do? Elasticsearch can be asked; OpenSearch cannot."""
    if connection.server.engine == "opensearch":
        return Finding(
            "permissions",
            "unknown",
            "OpenSearch cannot be asked what a user may do.",
            f"Indexing needs crud, create_index and manage on {name}, {name}-*, {name}.next and "
            f"{name}.sources; searching needs read and indices:admin/get on {name}.",
        )
    names = [name, f"{name}-000001", f"{name}.next", f"{name}.sources"]
    answer = connection.ask(
        "POST",
        "/_security/user/_has_privileges",
        body={"index": [{"names": names, "privileges": list(_PRIVILEGES)}]},
        allowed=_REFUSED,
    )
    if not answer.ok:
        return Finding(
            "permissions", "ok", "The cluster has no users: everybody may do everything."
        )
    missing = sorted(
        {
            privilege
            for granted in answer.body["index"].values()
            for privilege, is_granted in granted.items()
            if not is_granted
        }
    )
    if missing:
        reads = "searching works" if "read" not in missing else "searching does not work either"
        return Finding(
            "permissions",
            "note",
            f"This user lacks on {name}*: {', '.join(missing)}; {reads}.",
            f"To index, a role needs these privileges on {name}, {name}-*, {name}.*",
        )
    return Finding("permissions", "ok", "everything that the commands do")


def _health(connection: Connection, serving: Generation) -> Finding:
    answer = connection.ask("GET", f"/_cluster/health/{serving.index}", allowed=(401, 403, 408))
    if answer.status in (401, 403):
        return Finding(
            "health",
            "unknown",
            f"This user may not look (status {answer.status}).",
            "It needs the privilege cluster:monitor/health; the commands themselves do not.",
        )
    colour = answer.body["status"]
    unassigned = answer.body["unassigned_shards"]
    if colour == "red":
        return Finding(
            "health",
            "problem",
            f"A part of {serving.index} is missing ({unassigned} shards are nowhere).",
            "GET /_cluster/allocation/explain says why. Searches fail until it is back.",
        )
    if colour == "yellow":
        return Finding(
            "health", "note", f"{unassigned} copies of {serving.index} have no node to lie on."
        )
    return Finding("health", "ok", "every part and copy is there")
