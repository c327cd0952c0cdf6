"""What is logged while a cluster is waited for: a warning at first, less for further pauses."""

from __future__ import annotations

import logging

LOGGER = "lsr_opensearch.cluster"
_LOG = logging.getLogger(LOGGER)
logging.getLogger("lsr_opensearch").addHandler(logging.NullHandler())


def paused(why: object, pause_s: float, limit_s: float, *, is_first: bool) -> None:
    """Log a pause before the next try.

    Args:
        why: what came in place of a good answer.
        limit_s: for how long it is tried in all.
        is_first: whether none came before it since the last good answer.
    """
    if is_first:
        _LOG.warning(
            "The cluster does not answer as it should (%s): trying again for up to %g s.",
            why,
            limit_s,
        )
    else:
        _LOG.info("No good answer yet (%s): again in %.1f s.", why, pause_s)
