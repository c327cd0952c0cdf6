"""Reading the URL of a cluster."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lsr_opensearch.engines.cluster.connection.addresses import (
    Address,
    Host,
    parse_cloud_id,
    parse_url,
    without_secrets,
)
from lsr_opensearch.errors import UsageError

PORT = st.integers(1, 65535)
NAME = st.from_regex(r"[a-z0-9-]{1,20}(\.[a-z0-9-]{1,20}){0,3}", fullmatch=True)


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("https://h:9200", Address(None, "https", (Host("h", 9200),))),
        ("opensearch+https://h:9200/", Address("opensearch", "https", (Host("h", 9200),))),
        ("elasticsearch+http://h:1", Address("elasticsearch", "http", (Host("h", 1),))),
        ("OpenSearch+HTTPS://h:1", Address("opensearch", "https", (Host("h", 1),))),
        ("http://h", Address(None, "http", (Host("h", 9200),), port_given=False)),
        ("https://h", Address(None, "https", (Host("h", 443),), port_given=False)),
        (
            "https://a:1,b:2,c:3/es",
            Address(None, "https", (Host("a", 1), Host("b", 2), Host("c", 3)), "/es"),
        ),
        ("https://a:1,a:1", Address(None, "https", (Host("a", 1),))),
        (
            "https://gate/way/search/",
            Address(None, "https", (Host("gate", 443),), "/way/search", False),
        ),
        ("http://[::1]:9201", Address(None, "http", (Host("::1", 9201),))),
        (
            "http://[fe80::1],h",
            Address(None, "http", (Host("fe80::1", 9200), Host("h", 9200)), "", False),
        ),
        ("http://my_node-1.x.:9200", Address(None, "http", (Host("my_node-1.x.", 9200),))),
    ],
)
def test_a_url_says_where_the_cluster_is(url: str, address: Address) -> None:
    assert parse_url(url).address == address


@settings(deadline=None)
@given(name=NAME, port=PORT)
def test_the_url_of_an_address_is_read_as_that_address(name: str, port: int) -> None:
    address = Address(None, "https", (Host(name, port),), "/p")
    assert parse_url(address.url).address == address


@pytest.mark.parametrize(
    ("url", "user", "password"),
    [
        ("https://h", None, None),
        ("https://me@h", "me", None),
        ("https://me:@h", "me", ""),
        ("https://me:secret@h", "me", "secret"),
        ("https://me:a%40b%2Fc%3A@h", "me", "a@b/c:"),
        ("https://me:a@b:c@h", "me", "a@b:c"),
        ("https://me:a,b@h:1,i:2", "me", "a,b"),
    ],
)
def test_a_url_may_say_who_asks(url: str, user: str | None, password: str | None) -> None:
    parsed = parse_url(url)
    assert (parsed.user, parsed.password) == (user, password)


@pytest.mark.parametrize(
    "url",
    [
        "h:9200",
        "ftp://h",
        "solr+https://h",
        "https://",
        "https:///path",
        "https://h:port",
        "https://h:0",
        "https://h:70000",
        "https://h:9200,",
        "https://[::1",
        "https://[h]:1",
        "https://::1:9200",
        "https://a:1,https://b:2",
        "https://h/a b",
        "https://h?pretty",
        "https://h/#x",
        "https://h h",
        "https://a..b",
        "https://" + "a" * 64,
        "https://" + "a." * 130,
        "https://ä",
    ],
)
def test_what_is_no_url_of_a_cluster_is_refused_with_the_form_to_use(url: str) -> None:
    with pytest.raises(UsageError) as refused:
        parse_url(url)
    assert refused.value.next_step


@pytest.mark.parametrize(
    ("url", "hint"),
    [
        ("http://a:1,http://b:2", "http://a:1,b:2"),
        ("https://a:1/, HTTPS://b:2/", "https://a:1,b:2/"),
        ("opensearch+http://a,opensearch+http://b,opensearch+http://c/p", "http://a,b,c/p"),
        ("http://me:pw@a,http://me:pw@b", "http://a:9200,b:9200"),
    ],
)
def test_a_scheme_before_each_host_is_told_with_the_form_to_use(url: str, hint: str) -> None:
    with pytest.raises(UsageError, match="scheme once") as refused:
        parse_url(url)
    assert refused.value.next_step.endswith(hint)
    assert "pw" not in str(refused.value)


@pytest.mark.parametrize(
    "url",
    [
        "https://me:hunter2/x@h",
        "https://me:hunter2?x@h",
        "https://me:hunter2#x@h",
        "https://me:hunter2@h:port",
        "https://me:hun,http://hunter2@h",
        "me:hunter2@h",
        "ftp://me:hunter2@h",
    ],
)
def test_a_url_that_cannot_be_read_is_not_repeated_with_its_password(url: str) -> None:
    with pytest.raises(UsageError) as refused:
        parse_url(url)
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://me:secret@h:1/p", "https://h:1/p"),
        ("opensearch+https://me:a@b@h", "opensearch+https://h"),
        ("https://h", "https://h"),
        ("me:secret@h", "h"),
        ("photos@home/index.sqlite", "photos@home/index.sqlite"),
    ],
)
def test_a_url_is_shown_without_secrets(url: str, shown: str) -> None:
    assert without_secrets(url) == shown


def cloud_id(text: str) -> str:
    return "my-deployment:" + base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("eu.cloud.es.io$abc123$kib456", Host("abc123.eu.cloud.es.io", 443)),
        ("eu.cloud.es.io:9243$abc123$", Host("abc123.eu.cloud.es.io", 9243)),
        ("eu.cloud.es.io$abc123", Host("abc123.eu.cloud.es.io", 443)),
    ],
)
def test_a_cloud_id_stands_for_a_host(text: str, host: Host) -> None:
    address = parse_cloud_id(cloud_id(text))
    assert (address.engine, address.scheme, address.hosts) == ("elasticsearch", "https", (host,))


@pytest.mark.parametrize("text", ["", "name", "name:!!!", "name:" + "A" * 5, cloud_id("only-host")])
def test_what_is_no_cloud_id_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="LSR_OS_CLOUD_ID"):
        parse_cloud_id(text)
