"""An alias that somebody removed, back to the index that it must have pointed at."""

from __future__ import annotations

from collections.abc import Sequence

from lsr_opensearch.engines.cluster.connection.port import Connection
from lsr_opensearch.engines.cluster.generations import Generation, Generations
from lsr_opensearch.engines.cluster.mapping import is_left_loading
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
    generations = Generations(connection, name)
    found = latest(generations.all(), generations.next_alias)
    right = [made for made in found if made.uuid == known_uuid] or found
    if not right:
        return ""
    if len(right) > 1:
        names = sorted(made.index for made in right)
        raise ClusterIndexError(
            f"The alias {name!r} is missing, and it may be for any of {' and '.join(names)}.",
            'Choose one: POST /_aliases {"actions": [{"add": {"index": '
            f'"{names[-1]}", "alias": "{name}"}}}}]}}',
        )
    action = {"add": {"index": right[0].index, "alias": name}}
    connection.ask("POST", "/_aliases", body={"actions": [action]})
    return right[0].index


def latest(made: Sequence[Generation], next_alias: str) -> list[Generation]:
    """Those that may serve: not what a rebuild has begun to fill, and nothing that was kept,
    frozen, when another of them took its place."""
    complete = [
        one for one in made if next_alias not in one.aliases and not is_left_loading(one.settings)
    ]
    replaced = {uuid for one in complete for uuid in one.rebuilt_from}
    return [one for one in complete if not (one.is_frozen and one.uuid in replaced)]
