"""What is known of the other side when something has to be said about it."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import chain

from lsr_opensearch.engines.cluster.connection.addresses import Host
from lsr_opensearch.engines.cluster.connection.credentials import Credentials
from lsr_opensearch.engines.cluster.connection.destination import Destination
from lsr_opensearch.engines.cluster.connection.proxies import Proxy
from lsr_opensearch.engines.cluster.connection.tls import Tls


@dataclass(frozen=True)
class Target:
    """Whom requests go to, for messages; no secrets are shown.

    Attributes:
        url: of the first host.
        proxy: the URL of the proxy on the way to it; empty where there is none.
        secrets: every text that must not be shown, those of proxies among them.
    """

    url: str
    credentials: Credentials
    tls: Tls
    hosts: tuple[Host, ...] = ()
    port_given: bool = True
    proxy: str = ""
    secrets: tuple[str, ...] = field(default=(), repr=False)

    @property
    def name(self) -> str:
        others = len(self.hosts) - 1
        return f"{self.url} (and {others} more)" if others > 0 else self.url

    @property
    def is_callers(self) -> bool:
        """Whether the client is a caller's own, so that our variables mean nothing to it."""
        return self.credentials.kind == "client"


def target_of(destination: Destination) -> Target:
    """The target that a destination is."""
    address, proxy = destination.address, destination.proxies[0]
    of_proxies = (each.secrets for each in destination.proxies if each)
    return Target(
        address.url,
        destination.credentials,
        destination.tls,
        address.hosts,
        address.port_given,
        proxy.url if isinstance(proxy, Proxy) else "",
        (*destination.credentials.secrets, *chain.from_iterable(of_proxies)),
    )


def callers_target(url: str) -> Target:
    """The target of a client that a caller has made."""
    return Target(url, Credentials("client"), Tls())
