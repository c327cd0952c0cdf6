"""Which proxy is used for which host."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from lsr_opensearch.engines.cluster.connection.addresses import Host, Scheme
from lsr_opensearch.engines.cluster.connection.proxies import Proxy, proxy_for
from lsr_opensearch.errors import UsageError

HOST = Host("search.example.org", 9200)


@pytest.mark.parametrize(
    ("scheme", "environ", "url"),
    [
        ("https", {}, None),
        ("https", {"HTTPS_PROXY": "http://p:1"}, "http://p:1"),
        ("https", {"https_proxy": "http://p:1", "HTTPS_PROXY": "http://q:1"}, "http://p:1"),
        ("https", {"HTTP_PROXY": "http://p:1"}, None),
        ("http", {"HTTP_PROXY": "p:1"}, "http://p:1"),
        ("http", {"HTTP_PROXY": "http://p:1", "REQUEST_METHOD": "GET"}, None),
        ("http", {"ALL_PROXY": "https://p:1/"}, "https://p:1"),
        ("https", {"HTTPS_PROXY": ""}, None),
    ],
)
def test_the_usual_variables_name_a_proxy(
    scheme: Scheme, environ: Mapping[str, str], url: str | None
) -> None:
    proxy = proxy_for(scheme, HOST, None, environ)
    assert (proxy.url if proxy else None) == url


@pytest.mark.parametrize(
    ("no_proxy", "direct"),
    [
        ("*", True),
        ("search.example.org", True),
        ("SEARCH.example.ORG", True),
        ("other.org, example.org", True),
        (".example.org", True),
        ("*.example.org", True),
        ("example.org:9200", True),
        ("example.org:9201", False),
        ("ample.org", False),
        ("other.org", False),
        ("", False),
    ],
)
def test_no_proxy_names_hosts_and_domains(no_proxy: str, direct: bool) -> None:
    environ = {"HTTPS_PROXY": "http://p:1", "NO_PROXY": no_proxy}
    assert (proxy_for("https", HOST, None, environ) is None) is direct


@pytest.mark.parametrize(
    ("name", "no_proxy", "direct"),
    [
        ("10.1.2.3", "10.0.0.0/8", True),
        ("10.1.2.3", "10.1.2.3", True),
        ("11.1.2.3", "10.0.0.0/8", False),
        ("fd00::1", "fd00::/8", True),
        ("fd00::1", "[fd00::1]", True),
    ],
)
def test_no_proxy_names_networks(name: str, no_proxy: str, direct: bool) -> None:
    environ = {"HTTPS_PROXY": "http://p:1", "NO_PROXY": no_proxy}
    assert (proxy_for("https", Host(name, 1), None, environ) is None) is direct


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "::1", "a.localhost"])
def test_the_usual_variables_are_not_for_this_machine(name: str) -> None:
    environ = {"HTTPS_PROXY": "http://p:1"}
    assert proxy_for("https", Host(name, 1), None, environ) is None
    assert proxy_for("https", Host(name, 1), "http://q:1", environ) == Proxy("http://q:1")


def test_a_login_is_kept_apart_and_not_shown() -> None:
    proxy = proxy_for("https", HOST, "http://me:a%40b@p:1", {})
    assert proxy == Proxy("http://p:1", "me:a@b")
    assert "a@b" not in repr(proxy)


@pytest.mark.parametrize("url", ["socks5://p:1", "http://", "ftp://p", "http://p:1/path", "a b"])
def test_what_is_no_proxy_is_refused_by_its_variable(url: str) -> None:
    with pytest.raises(UsageError, match="HTTPS_PROXY"):
        proxy_for("https", HOST, None, {"HTTPS_PROXY": url})
