"""The options that say where the index is, and what they open."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import click

from lsr_opensearch.engines import DEFAULT_INDEX, is_cluster, open_engine

from .options import default_url
from .output import note

if TYPE_CHECKING:
    from lsr_opensearch.engines.cluster.connection.options import ConnectionOptions
    from lsr_opensearch.engines.port import Index
    from lsr_opensearch.photo_index import PhotoIndex

Decorated = TypeVar("Decorated", bound=Callable[..., Any])


@dataclass(frozen=True)
class Store:
    """Where the index is, as the options say.

    Attributes:
        url: a path, or the address of a cluster; it may hold a password.
        index_name: the name of the index there.
    """

    url: str
    index_name: str
    insecure: bool
    ca_certs: str | None

    @property
    def is_cluster(self) -> bool:
        return is_cluster(self.url)

    def open(self, **kind: Any) -> Index:
        """The index itself; ``kind`` says how it is to be made where there is none."""
        index = self.reach(**kind)
        _tell(index)
        return index

    def reach(self, **kind: Any) -> Index:
        """The same, without looking at it yet: for those who find out themselves what is wrong."""
        self._prepare()
        return open_engine(self.url, self.index_name, connection=self._connection(), **kind)

    def open_index(self, model: str | None, **kind: Any) -> PhotoIndex:
        """The index together with its model."""
        from lsr_opensearch.photo_index import open_index

        self._prepare()
        index = open_index(
            self.url, name=self.index_name, model=model, connection=self._connection(), **kind
        )
        _tell(index.engine)
        return index

    def _prepare(self) -> None:
        if self.is_cluster:
            from .waiting import tell_of_waiting

            tell_of_waiting()

    def _connection(self) -> ConnectionOptions | None:
        if not self.is_cluster:
            return None
        from lsr_opensearch.engines.cluster.connection.options import ConnectionOptions

        return ConnectionOptions(insecure=self.insecure or None, ca_certs=self.ca_certs)


def store_options(command: Decorated) -> Decorated:
    """The options of every command that opens an index; it takes them as one ``store``."""

    @functools.wraps(command)
    def with_store(
        *arguments: Any,
        url: str,
        index_name: str,
        insecure: bool,
        ca_certs: str | None,
        **others: Any,
    ) -> Any:
        store = Store(url, index_name, insecure, ca_certs)
        return command(*arguments, store=store, **others)

    options = (
        click.option(
            "--url",
            envvar="LSR_OS_URL",
            metavar="URL",
            help="A cluster (https://host:9200), or an index file: a path or sqlite:///PATH. "
            "[env: LSR_OS_URL; default: a file in your data directory]",
            callback=lambda _context, _option, value: value or _default_url(),
        ),
        click.option(
            "--index",
            "index_name",
            envvar="LSR_OS_INDEX",
            default=DEFAULT_INDEX,
            show_default=True,
            metavar="NAME",
            help="Name of the index in the cluster or file. [env: LSR_OS_INDEX]",
        ),
        click.option(
            "--ca-certs",
            type=click.Path(),
            metavar="FILE",
            help="Trust the cluster's certificate by these authorities. [env: LSR_OS_CA_CERTS]",
        ),
        click.option(
            "--insecure",
            is_flag=True,
            help="Take any certificate of the cluster. Anyone between could read along.",
        ),
    )
    decorated: Any = with_store
    for option in reversed(options):
        decorated = option(decorated)
    return decorated  # type: ignore[no-any-return]


def _default_url() -> str:
    """The deployment that a Cloud ID names, or the index file of people who name nothing."""
    return "" if os.environ.get("LSR_OS_CLOUD_ID") else default_url()


def _tell(index: Index) -> None:
    for line in index.notices():
        note(f"Warning: {line}")
