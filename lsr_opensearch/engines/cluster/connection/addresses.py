"""Where a cluster is: reading its URL, and telling of it without secrets."""

from __future__ import annotations

import base64
import binascii
import ipaddress
import re
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import unquote

from lsr_opensearch.engines.cluster.connection.port import Engine
from lsr_opensearch.errors import UsageError

Scheme = Literal["http", "https"]

# As opensearch-py has them; elasticsearch-py wants the port spelled out.
DEFAULT_PORTS: dict[Scheme, int] = {"http": 9200, "https": 443}
FORMS = (
    "Write https://host:9200, opensearch+https://host:9200 or elasticsearch+https://host:9200; "
    "several hosts are separated by commas, and a path may follow."
)

# Labels of up to 63 characters, as DNS has them; names in Docker have underscores, too.
_HOST_NAME = re.compile(r"(?=.{1,253}$)[A-Za-z0-9_-]{1,63}(\.[A-Za-z0-9_-]{1,63})*\.?")
_NEXT_SCHEME = re.compile(r",\s*(?:[a-z]+\+)?https?://", re.IGNORECASE)
_PREFIX = re.compile(r"[A-Za-z0-9/._~!$&'()*+,;=:%-]*")


@dataclass(frozen=True)
class Host:
    """One host of a cluster. ``name`` of an IPv6 address is without brackets."""

    name: str
    port: int

    def __str__(self) -> str:
        return f"[{self.name}]:{self.port}" if ":" in self.name else f"{self.name}:{self.port}"


@dataclass(frozen=True)
class Address:
    """Where a cluster is.

    Attributes:
        engine: None where the cluster is asked which it is.
        prefix: path before every request's, such as ``/search``; empty where there is none.
        port_given: whether the URL names a port, or the default was taken.
    """

    engine: Engine | None
    scheme: Scheme
    hosts: tuple[Host, ...]
    prefix: str = ""
    port_given: bool = True

    @property
    def url(self) -> str:
        """The URL of the first host."""
        return self.url_of(self.hosts[0])

    def url_of(self, host: Host) -> str:
        return f"{self.scheme}://{host}{self.prefix}"


@dataclass(frozen=True)
class ClusterUrl:
    """What a URL says: an address, and perhaps who is asking."""

    address: Address
    user: str | None = None
    password: str | None = field(default=None, repr=False)


def without_secrets(url: str) -> str:
    """A URL, well-formed or not, without user name and password."""
    scheme, separator, rest = url.partition("://") if "://" in url else ("", "", url)
    userinfo, _, host = rest.rpartition("@")
    # A path may have an @, too; it seldom has a colon before it.
    return f"{scheme}{separator}{host}" if separator or ":" in userinfo else url


def parse_url(url: str) -> ClusterUrl:
    """``[engine+]scheme://[user[:password]@]host[:port][,host[:port]...][/prefix]`` as data.

    Raises:
        UsageError: it has not this form. The message never repeats user names or passwords.
    """
    engine, scheme = _scheme(url)
    rest = url.partition("://")[2]
    _check_one_scheme(scheme, rest)
    authority, _, path = rest.partition("/")
    userinfo, at, hosts = authority.rpartition("@")
    if "@" in path or "?" in rest or "#" in rest:
        raise UsageError(
            f"The URL {without_secrets(url)} cannot be read: it has a character that means "
            "something else there.",
            "A password in it must have / ? # @ and % written as %2F %3F %23 %40 %25; better, put "
            "it into LSR_OS_PASSWORD. A query after ? has no meaning here.",
        )
    prefix = path.strip("/")
    if not _PREFIX.fullmatch(prefix):
        raise UsageError(
            f"The path in the URL {without_secrets(url)} has characters that a URL may not have.",
            "Percent-encode them: a space is %20.",
        )
    named = [_host(host, scheme, url) for host in hosts.split(",")]
    address = Address(
        engine,
        scheme,
        tuple(dict.fromkeys(host for host, _ in named)),
        f"/{prefix}" if prefix else "",
        all(given for _, given in named),
    )
    if not at:
        return ClusterUrl(address)
    user, colon, password = userinfo.partition(":")
    return ClusterUrl(address, unquote(user), unquote(password) if colon else None)


def parse_cloud_id(cloud_id: str) -> Address:
    """The address that an Elastic Cloud id stands for.

    Raises:
        UsageError: it is not one.
    """
    _, _, encoded = cloud_id.rpartition(":")
    try:
        parts = base64.b64decode(encoded, validate=True).decode().split("$")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        parts = []
    if len(parts) < 2 or not parts[0] or not parts[1]:
        raise UsageError(
            "LSR_OS_CLOUD_ID (cloud_id) is not a Cloud ID of Elastic Cloud.",
            "Copy it from the deployment's page; it has the form name:letters-and-digits.",
        )
    name, colon, port = parts[0].partition(":")
    host = f"{parts[1]}.{name}{colon}{port}"
    named, _ = _host(host, "https", f"https://{host}")
    return Address("elasticsearch", "https", (named,))


def is_loopback(name: str) -> bool:
    """Whether a host's name stands for this machine."""
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name.lower().rstrip(".") == "localhost" or name.lower().endswith(".localhost")


def _scheme(url: str) -> tuple[Engine | None, Scheme]:
    name, separator, _ = url.partition("://")
    prefix, _, scheme = name.lower().rpartition("+")
    if separator and scheme in ("http", "https") and prefix in ("", "opensearch", "elasticsearch"):
        # mypy does not narrow by membership in a tuple.
        return prefix or None, scheme  # type: ignore[return-value]
    raise UsageError(f"{without_secrets(url)} is not the URL of a cluster.", FORMS)


def _check_one_scheme(scheme: Scheme, rest: str) -> None:
    """The scheme stands before the first of several hosts, and is meant for all."""
    if _NEXT_SCHEME.search(rest):
        # Where a user or password may stand, nothing is repeated.
        hosts = "a:9200,b:9200" if "@" in rest else _NEXT_SCHEME.sub(",", rest).replace("/,", ",")
        raise UsageError(
            "The URL has a scheme before a further host.",
            f"Write the scheme once, before all hosts: {scheme}://{hosts}",
        )


def _host(text: str, scheme: Scheme, url: str) -> tuple[Host, bool]:
    """A host, and whether its port is named."""
    if text.startswith("["):
        name, bracket, port = text[1:].partition("]")
        colon, port = (port[:1], port[1:])
        valid = bool(bracket) and colon in ("", ":") and _is_ipv6(name)
    else:
        name, colon, port = text.partition(":")
        valid = bool(_HOST_NAME.fullmatch(name))
    if not valid or (colon and not (port.isascii() and port.isdigit() and 0 < int(port) < 65536)):
        raise UsageError(
            f"The URL {without_secrets(url)} has no readable host and port.",
            f"{FORMS} An IPv6 address stands in brackets: https://[::1]:9200.",
        )
    return Host(name, int(port) if colon else DEFAULT_PORTS[scheme]), bool(colon)


def _is_ipv6(name: str) -> bool:
    try:
        ipaddress.IPv6Address(name)
    except ValueError:
        return False
    return True
