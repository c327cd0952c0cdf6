"""What is told of changes and of whole writes that the cluster refuses."""

from __future__ import annotations

from lsr_opensearch.engines.cluster.bulk.outcomes import Outcome
from lsr_opensearch.engines.cluster.connection.answers import block_numbers, is_disk_block
from lsr_opensearch.engines.cluster.connection.blocks import BLOCKS, lifting, making_room
from lsr_opensearch.engines.cluster.connection.port import ConnectionFailure
from lsr_opensearch.errors import (
    ClusterBlockedError,
    ClusterError,
    ClusterIndexError,
    ClusterRequestError,
    ClusterSecurityError,
    ClusterUnreachableError,
)

_AFTERWARDS = (
    "Nothing that was acknowledged is lost: run the same command again afterwards, and it sends "
    "the rest."
)
_MIB = 1 << 20
# Of the blocks, those that somebody sets and that are in the way of writes.
_IN_THE_WAY = {5, 8}


def rejection(outcome: Outcome, size: int) -> str:
    """Why the cluster will never take a change of ``size`` bytes, and what to do about it."""
    if outcome.status == 413:
        return (
            f"It has {size / _MIB:.1f} MiB, more than the cluster, or a proxy before it, takes in "
            "one request. Raise http.max_content_length or the proxy's limit, or say less of the "
            "picture."
        )
    return f"The cluster refuses it ({outcome}). Correct what that names and index it again."


def fatal_error(outcome: Outcome, url: str, target: str) -> ClusterError:
    """The error that ends a write to the alias ``target`` of the cluster at ``url``."""
    where = f"The index {target!r} of {url}"
    if outcome.meaning == "blocked":
        if is_disk_block(outcome.detail):
            return ClusterBlockedError(
                f"{where} takes no writes, because a disk of the cluster is nearly full "
                f"({outcome}).",
                f"{making_room(target)} {_AFTERWARDS}",
            )
        return ClusterBlockedError(
            f"{where} takes no writes, because somebody has blocked it ({outcome}).",
            f"See why with GET /{target}/_settings, and lift it with: "
            f"{lifting(target, _named(outcome))}. {_AFTERWARDS}",
        )
    if outcome.meaning == "no_index":
        return _index_error(outcome, where, target)
    if outcome.meaning == "forbidden":
        return ClusterSecurityError(
            f"{where} may not be written to with these credentials ({outcome}).",
            "Check them, or ask whoever runs the cluster for a role that may write to the index. "
            f"{_AFTERWARDS}",
        )
    return ClusterRequestError(
        f"{where} refuses bulk requests ({outcome}).",
        f"Check the URL, and what stands between here and the cluster. {_AFTERWARDS}",
    )


def tls_error(failure: ConnectionFailure, url: str) -> ClusterError:
    """The error for a cluster that cannot be talked to safely any more."""
    return ClusterSecurityError(
        f"No TLS connection to {url} could be made ({failure.detail}).",
        f"Check the certificates on both sides. {_AFTERWARDS}",
    )


def unreachable_error(last: str, url: str, waited_s: float, left: int) -> ClusterError:
    """The error for a cluster that has acknowledged nothing for too long.

    Args:
        last: what came last in place of an acknowledgement.
        left: how many changes were sent and not acknowledged.
    """
    return ClusterUnreachableError(
        f"The cluster {url} has acknowledged nothing for {waited_s:.0f} seconds ({last}): {left} "
        f"change{'s' if left != 1 else ''} sent to it {'are' if left != 1 else 'is'} not "
        "acknowledged.",
        "See whether it is running and has room, then run the same command again: it sends what "
        "is missing.",
    )


def _named(outcome: Outcome) -> list[str]:
    """The blocks that are named, or all that it may be where none is."""
    numbers = block_numbers(outcome.detail) & _IN_THE_WAY or _IN_THE_WAY
    return [BLOCKS[number] for number in sorted(numbers)]


def _index_error(outcome: Outcome, where: str, target: str) -> ClusterError:
    kinds = {outcome.detail.type, outcome.detail.root_type}
    if "index_closed_exception" in kinds:
        return ClusterIndexError(
            f"{where} is closed.", f"Open it: POST /{target}/_open. {_AFTERWARDS}"
        )
    if "index_not_found_exception" in kinds:
        return ClusterIndexError(
            f"{where} is gone, or it is not an alias any more ({outcome}).",
            "Run the same command again to make it anew, or give the alias back to its index.",
        )
    return ClusterIndexError(
        f"{where} is an alias of several indices ({outcome}).",
        f"Take it off all but one (POST /_aliases), or set is_write_index on one. {_AFTERWARDS}",
    )
