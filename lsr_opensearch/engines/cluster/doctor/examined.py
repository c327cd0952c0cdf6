"""What is looked at, and how: a look that is refused is told as such, and ends nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from lsr_opensearch.engines.cluster.connection.port import Connection
from lsr_opensearch.engines.cluster.generations import Generation, Generations
from lsr_opensearch.engines.cluster.registry import Registry
from lsr_opensearch.engines.cluster.state.file import StateFile
from lsr_opensearch.engines.finding import Finding
from lsr_opensearch.errors import (
    ClusterRequestError,
    ClusterSecurityError,
    ClusterUnreachableError,
    LsrError,
)


@dataclass(frozen=True)
class Examined:
    """An index of a cluster, as this machine sees it.

    Attributes:
        name: what users call the index.
        host: what this machine's sources are bound to.
        serving: the index that the name stands for, once that is known.
    """

    connection: Connection
    name: str
    host: str
    state: StateFile
    serving: Generation | None = field(default=None, compare=False)

    @property
    def generations(self) -> Generations:
        return Generations(self.connection, self.name)

    @property
    def registry(self) -> Registry:
        return Registry(self.connection, self.name)

    @cached_property
    def settings(self) -> Mapping[str, Any]:
        """The settings of the cluster that hold, defaults among them.

        Raises:
            ClusterSecurityError: the user may not look.
        """
        answer = self.connection.ask(
            "GET",
            "/_cluster/settings",
            params={"include_defaults": "true", "flat_settings": "true"},
        )
        merged: dict[str, Any] = {}
        for level in ("defaults", "persistent", "transient"):
            merged |= answer.body.get(level, {})
        return merged


def told(
    check: str, findings: Iterable[Finding], *, all_need_it: bool = False
) -> Iterator[Finding]:
    """The findings of a check; one more where it could not go on.

    Args:
        all_need_it: whether no command works without this look.

    Raises:
        ClusterUnreachableError: no other check will get an answer, either.
    """
    try:
        yield from findings
    except ClusterUnreachableError:
        raise
    except ClusterSecurityError as error:
        if all_need_it:
            yield Finding(check, "unknown", error.message, error.next_step)
        else:
            remedy = "Nothing but this look needs that permission."
            yield Finding(check, "unknown", error.message, remedy, error.needs)
    except ClusterRequestError as error:
        if all_need_it:
            yield Finding(check, "problem", error.message, error.next_step)
        else:
            yield Finding(check, "unknown", error.message)
    except LsrError as error:
        yield Finding(check, "problem", error.message, error.next_step)
