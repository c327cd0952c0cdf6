"""The options that say where the index is, and what they open."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

import click
from click.core import ParameterSource

from lsr_opensearch.engines import DEFAULT_INDEX, is_cluster, open_engine
from lsr_opensearch.engines.cluster.connection.addresses import without_secrets
from lsr_opensearch.errors import LsrError

from .hints import pasteable
from .options import default_url
from .output import note

if TYPE_CHECKING:
    from lsr_opensearch.engines.cluster.connection.options import ConnectionOptions
    from lsr_opensearch.engines.port import Index
    from lsr_opensearch.photo_index import PhotoIndex

# Name of the parameter -> what is written.
_FLAGS = {
    "url": "--url",
    "index_name": "--index",
    "ca_certs": "--ca-certs",
    "insecure": "--insecure",
}
Decorated = TypeVar("Decorated", bound=Callable[..., Any])


@dataclass(frozen=True)
class Store:
    """Where the index is, as the options say.

    Attributes:
        url: a path, or the address of a cluster; it may hold a password.
        index_name: the name of the index there.
        given: the options of these that were written out, flag -> value, without secrets.
    """

    url: str
    index_name: str
    insecure: bool
    ca_certs: str | None
    given: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_cluster(self) -> bool:
        return is_cluster(self.url)

    def open(self, **kind: Any) -> Index:
        """The index itself; ``kind`` says how it is to be made where there is none."""
        index = self.reach(**kind)
        self._tell(index)
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
        self._tell(index.engine)
        return index

    def pasteable(self, text: str) -> str:
        """A message whose commands are for this index."""
        return pasteable(text, self.given)

    def _tell(self, index: Index) -> None:
        for line in index.notices():
            note(f"Warning: {self.pasteable(line)}")

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
        store = Store(url, index_name, insecure, ca_certs, _written_out())
        try:
            return command(*arguments, store=store, **others)
        except LsrError as error:
            error.message = store.pasteable(error.message)
            error.next_step = store.pasteable(error.next_step)
            raise

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
    )
    decorated: Any = connection_options(with_store)
    for option in reversed(options):
        decorated = option(decorated)
    return decorated  # type: ignore[no-any-return]


def connection_options(command: Decorated) -> Decorated:
    """The options of how a cluster is reached, ``ca_certs`` and ``insecure``."""
    ca_certs = click.option(
        "--ca-certs",
        type=click.Path(),
        metavar="FILE",
        help="Trust the cluster's certificate by these authorities. [env: LSR_OS_CA_CERTS]",
    )
    insecure = click.option(
        "--insecure",
        is_flag=True,
        help="Take any certificate of the cluster. Anyone between could read along.",
    )
    return ca_certs(insecure(command))


def _written_out() -> dict[str, str]:
    """The options of the store that stand in the command, not in the environment."""
    context = click.get_current_context()
    written = {}
    for name, flag in _FLAGS.items():
        if context.get_parameter_source(name) is ParameterSource.COMMANDLINE:
            value = context.params[name]
            written[flag] = "" if value is True else without_secrets(value)
    return written


def _default_url() -> str:
    """The deployment that a Cloud ID names, or the index file of people who name nothing."""
    return "" if os.environ.get("LSR_OS_CLOUD_ID") else default_url()
