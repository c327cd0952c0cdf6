"""The connections to one host, for either client: TLS, a proxy and time limits in one place."""

from __future__ import annotations

import hashlib
import hmac
import re
import ssl
import sys
import threading
import warnings
from collections.abc import Mapping
from typing import Any

import urllib3
from urllib3.connection import HTTPSConnection
from urllib3.exceptions import InsecureRequestWarning, SSLError

from lsr_opensearch.engines.cluster.connection.addresses import Host, Scheme
from lsr_opensearch.engines.cluster.connection.destination import Destination
from lsr_opensearch.engines.cluster.connection.proxies import Proxy
from lsr_opensearch.engines.cluster.connection.tls import Tls, ssl_context

# Threads beyond this number wait for a connection; writers use 4, a web server up to 40.
CONNECTIONS_PER_HOST = 40
# Who takes longer to take a call is not there.
CONNECT_TIMEOUT_S = 10.0
_DER = 2  # _ssl.ENCODING_DER


class Pool:
    """The connections to one host. Both clients ask no more of a pool than these two methods."""

    def __init__(
        self,
        scheme: Scheme,
        host: Host,
        tls: Tls,
        context: ssl.SSLContext | None,
        proxy: Proxy | None,
        timeout_s: float,
    ) -> None:
        self._scheme = scheme
        self._host = host
        self._tls = tls
        self._proxy = proxy
        self._timeout_s = timeout_s
        self._lock = threading.Lock()
        self._authority = b""
        self._pool = self._new_pool(context)

    def urlopen(
        self,
        method: str,
        url: str,
        body: bytes | None = None,
        *,
        retries: Any,
        headers: Mapping[str, str],
        timeout: float | None = None,
    ) -> urllib3.BaseHTTPResponse:
        """One request. ``timeout`` is for the answer; the pool's own by default."""
        seconds = timeout or self._timeout_s
        limits = urllib3.Timeout(connect=min(seconds, CONNECT_TIMEOUT_S), read=seconds)
        target = f"{self._scheme}://{self._host}{url}" if self._proxy else url
        options: dict[str, Any] = {
            "body": body,
            "retries": retries,
            "headers": headers,
            "timeout": limits,
            "redirect": False,
        }
        try:
            response: urllib3.BaseHTTPResponse = self._pool.urlopen(method, target, **options)
        except _AuthorityPinnedError as found:
            self._trust(found.certificate)
            response = self._pool.urlopen(method, target, **options)
        return response

    def close(self) -> None:
        """Close the connections that are not in use."""
        _close(self._pool)

    def _trust(self, authority: bytes) -> None:
        """From now on verify certificates as signed by this one."""
        with self._lock:
            if self._authority != authority:
                self._authority = authority
                self._pool = self._new_pool(ssl_context(self._tls, authority), verified=True)

    def _new_pool(self, context: ssl.SSLContext | None, *, verified: bool = False) -> Any:
        """``verified``: the context itself sees to it that the fingerprint is right."""
        options: dict[str, Any] = {"maxsize": CONNECTIONS_PER_HOST, "block": True}
        pool_class: type[urllib3.HTTPConnectionPool] = urllib3.HTTPConnectionPool
        if context:
            pool_class = urllib3.HTTPSConnectionPool
            options["ssl_context"] = context
            if self._tls.insecure:
                _silence(self._host)
            elif verified:
                options["assert_hostname"] = False
            elif self._tls.fingerprint:
                pool_class = _pinned(self._tls.fingerprint)
        if self._proxy is None:
            return pool_class(self._host.name, self._host.port, **options)
        authorization = self._proxy.authorization
        manager = urllib3.ProxyManager(
            self._proxy.url,
            proxy_headers={"proxy-authorization": authorization} if authorization else None,
            **options,
        )
        manager.pool_classes_by_scheme = {**manager.pool_classes_by_scheme, "https": pool_class}
        return manager


def pools_to(destination: Destination) -> dict[Host, Pool]:
    """A pool for each host of a destination.

    Raises:
        UsageError: a certificate that cannot be read.
    """
    address, tls = destination.address, destination.tls
    context = ssl_context(tls) if address.scheme == "https" else None
    return {
        host: Pool(address.scheme, host, tls, context, proxy, destination.timeout_s)
        for host, proxy in zip(address.hosts, destination.proxies, strict=True)
    }


def _close(pool: Any) -> None:
    if isinstance(pool, urllib3.PoolManager):
        pool.clear()
    else:
        pool.close()


def _silence(host: Host) -> None:
    """urllib3 warns at every new connection of what was asked for; it is said once, by us."""
    warnings.filterwarnings(
        "ignore",
        message=re.escape(f"Unverified HTTPS request is being made to host '{host.name}'"),
        category=InsecureRequestWarning,
    )


class _AuthorityPinnedError(SSLError):
    """The fingerprint is an authority's: that it signed the cluster's certificate is to be
    verified in a connection of its own, because any server may present any authority."""

    def __init__(self, certificate: bytes) -> None:
        super().__init__("the fingerprint is an authority's")
        self.certificate = certificate


def _pinned(fingerprint: str) -> type[urllib3.HTTPSConnectionPool]:
    """A pool that talks only to who presents the certificate with this fingerprint."""

    class PinnedConnection(HTTPSConnection):
        def connect(self) -> None:
            super().connect()
            _check(self.sock, fingerprint)
            self.is_verified = True

    class PinnedPool(urllib3.HTTPSConnectionPool):
        ConnectionCls = PinnedConnection

    return PinnedPool


def _check(sock: Any, fingerprint: str) -> None:
    own = sock.getpeercert(binary_form=True)
    if _has(own, fingerprint):
        return
    for certificate in _presented(sock):
        if _has(certificate, fingerprint):
            raise _AuthorityPinnedError(certificate)
    presented = hashlib.sha256(own).hexdigest()
    raise SSLError(f"fingerprint mismatch: the certificate has the fingerprint {presented}")


def _has(certificate: bytes, fingerprint: str) -> bool:
    return hmac.compare_digest(hashlib.sha256(certificate).hexdigest(), fingerprint)


def _presented(sock: ssl.SSLSocket) -> list[bytes]:
    """The certificates that the other side sent."""
    if sys.version_info >= (3, 13):
        return list(sock.get_unverified_chain())
    # Older Pythons have it, but not in public.
    ask: Any = getattr(getattr(sock, "_sslobj", None), "get_unverified_chain", list)
    return [certificate.public_bytes(_DER) for certificate in ask() or ()]
