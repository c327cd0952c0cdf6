"""An alias that somebody removed, back to the index that it must have pointed at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lsr_opensearch.engines.cluster.connection.port import Connection
from lsr_opensearch.engines.cluster.generations import Generation, Generations
from lsr_opensearch.engines.cluster.mapping import is_left_loading
from lsr_opensearch.errors import ClusterIndexError


def brought_back(connection: Connection, name: str, known_uuid: str) -> Iterator[str]:
    """Let the name stand for its index again, and that index take writes; what was done, a
    sentence each, and none where there is nothing to do.

    Args:
        known_uuid: of the index that this machine wrote last; empty where it does not know.

    Raises:
        ClusterIndexError: several indexes may be the right one.
    """
    if connection.ask("HEAD", f"/{name}", allowed=(404,)).ok:
        return
    generations = Generations(connection, name)
    made = generations.all()
    found = latest(made, generations.next_alias)
    right = [one for one in found if one.uuid == known_uuid] or found
    if not right:
        return
    if len(right) > 1:
        names = sorted(one.index for one in right)
        raise ClusterIndexError(
            f"The alias {name!r} is missing, and it may be for any of {' and '.join(names)}.",
            'Choose one: POST /_aliases {"actions": [{"add": {"index": '
            f'"{names[-1]}", "alias": "{name}"}}}}]}}',
        )
    index = right[0]
    action = {"add": {"index": index.index, "alias": name}}
    connection.ask("POST", "/_aliases", body={"actions": [action]})
    yield f"The alias {name!r} points at {index.index} again."
    if was_kept(index, made, generations.next_alias, known_uuid):
        generations.thaw(index)
        yield f"{index.index} takes writes again: it was kept by a rebuild whose index is gone."


def was_kept(
    index: Generation, made: Sequence[Generation], next_alias: str, known_uuid: str
) -> bool:
    """Whether an index takes no writes because another has served in its place since.

    One that served last has its block from somebody else, or from a rebuild in its last step.
    """
    is_being_replaced = any(next_alias in one.aliases for one in made)
    return index.is_frozen and index.uuid != known_uuid and not is_being_replaced


def latest(made: Sequence[Generation], next_alias: str) -> list[Generation]:
    """Those that may serve: not what a rebuild has begun to fill, and nothing that was kept,
    frozen, when another of them took its place."""
    complete = [
        one for one in made if next_alias not in one.aliases and not is_left_loading(one.settings)
    ]
    replaced = {uuid for one in complete for uuid in one.rebuilt_from}
    return [one for one in complete if not (one.is_frozen and one.uuid in replaced)]
