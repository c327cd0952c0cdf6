"""Which proxy stands between here and a host."""

from __future__ import annotations

import base64
import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, unquote

from lsr_opensearch.engines.cluster.connection.addresses import (
    Host,
    Scheme,
    is_loopback,
    without_secrets,
)
from lsr_opensearch.engines.cluster.connection.credentials import worth_hiding
from lsr_opensearch.errors import UsageError


@dataclass(frozen=True)
class Proxy:
    """A proxy: ``url`` is without secrets; ``login`` is ``user:password``, or empty."""

    url: str
    login: str = field(default="", repr=False)

    @property
    def authorization(self) -> str:
        """Value of the header; empty where nobody is named."""
        return f"Basic {self._encoded}" if self.login else ""

    @property
    def secrets(self) -> tuple[str, ...]:
        """Every text of it that must not be shown."""
        password = self.login.partition(":")[2]
        return worth_hiding(self._encoded, password, quote(password, safe=""))

    @property
    def _encoded(self) -> str:
        return base64.b64encode(self.login.encode("utf-8", "surrogateescape")).decode("ascii")


def proxy_for(
    scheme: Scheme, host: Host, chosen: str | None, environ: Mapping[str, str]
) -> Proxy | None:
    """The proxy on the way to a host, or None.

    Args:
        chosen: by LSR_OS_PROXY (``proxy``), for every host.
        environ: HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY are looked up in it, in small
            letters first. They are not for this machine itself (``localhost``).

    Raises:
        UsageError: it is of a kind that is not supported.
    """
    if chosen:
        return _parsed(chosen, "LSR_OS_PROXY (proxy)")
    if is_loopback(host.name) or _bypassed(host, environ):
        return None
    for name in (f"{scheme}_proxy", "all_proxy"):
        # A web server hands a visitor's header "Proxy" to its CGI scripts as HTTP_PROXY.
        forged = name == "http_proxy" and "REQUEST_METHOD" in environ
        value = environ.get(name) or ("" if forged else environ.get(name.upper()))
        if value:
            return _parsed(value, name.upper())
    return None


def _bypassed(host: Host, environ: Mapping[str, str]) -> bool:
    """Whether NO_PROXY names the host: itself, a domain that it is in, its network, or ``*``."""
    exceptions = environ.get("no_proxy") or environ.get("NO_PROXY") or ""
    return any(_matches(host, each) for each in exceptions.lower().replace(",", " ").split())


def _matches(host: Host, exception: str) -> bool:
    name = host.name.lower()
    if exception == "*":
        return True
    try:
        return ipaddress.ip_address(name) in ipaddress.ip_network(exception.strip("[]"), False)
    except ValueError:
        domain = exception.removesuffix(f":{host.port}").lstrip("*").lstrip(".")
        return name == domain.strip("[]") or name.endswith(f".{domain}")


def _parsed(url: str, variable: str) -> Proxy:
    scheme, separator, rest = url.partition("://")
    if not separator:
        scheme, rest = "http", url
    login, _, host = rest.rstrip("/").rpartition("@")
    if scheme.lower() not in ("http", "https") or not host or any(c in host for c in "/?# "):
        raise UsageError(
            f"{variable} is {without_secrets(url) if separator else host}, which is no proxy that "
            "can be used.",
            "Write http://host:port or https://host:port; SOCKS proxies are not supported.",
        )
    return Proxy(f"{scheme.lower()}://{host}", unquote(login))
