"""An alias that somebody removed, back to the index that it must have pointed at."""

from __future__ import annotations

from collections.abc import Iterator

from lsr_opensearch.engines.cluster.connection.port import Connection
from lsr_opensearch.engines.cluster.mapping import is_left_loading, read_meta
from lsr_opensearch.engines.cluster.names import generation_number
from lsr_opensearch.errors import ClusterIndexError


def bring_back(connection: Connection, name: str, known_uuid: str) -> str:
    """Let the name stand for its index again; that index, or empty where there is nothing to do.

    Args:
        known_uuid: of the index that this machine wrote last; empty where it does not know.

    Raises:
        ClusterIndexError: several indexes may be the right one.
    """
    if connection.ask("HEAD", f"/{name}", allowed=(404,)).ok:
        return ""
    found = dict(_complete(connection, name))
    if not found:
        return ""
    right = [index for index, uuid in found.items() if uuid == known_uuid] or list(found)
    if len(right) > 1:
        several = " and ".join(sorted(right))
        raise ClusterIndexError(
            f"The alias {name!r} is missing, and it may be for any of {several}.",
            'Choose one: POST /_aliases {"actions": [{"add": {"index": '
            f'"{max(right)}", "alias": "{name}"}}}}]}}',
        )
    (index,) = right
    action = {"add": {"index": index, "alias": name}}
    connection.ask("POST", "/_aliases", body={"actions": [action]})
    return index


def _complete(connection: Connection, name: str) -> Iterator[tuple[str, str]]:
    """Index and UUID of everything of ours that could serve under the name: what a rebuild has
    begun to fill is left out."""
    answer = connection.ask("GET", f"/{name}-*", params={"flat_settings": "true"}, allowed=(404,))
    if not answer.ok:
        return
    for index, found in answer.body.items():
        meta = read_meta(found["mappings"].get("_meta"))
        if (
            generation_number(name, index)
            and meta is not None
            and meta.name == name
            and f"{name}.next" not in found["aliases"]
            and not is_left_loading(found["settings"])
        ):
            yield index, found["settings"]["index.uuid"]
