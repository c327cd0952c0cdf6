"""The URL, the caller's options and the environment, settled into one destination."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path

import pytest

from lsr_opensearch.engines.cluster.connection.addresses import Host
from lsr_opensearch.engines.cluster.connection.destination import Destination, settle
from lsr_opensearch.engines.cluster.connection.environment import options_from
from lsr_opensearch.engines.cluster.connection.options import ConnectionOptions
from lsr_opensearch.engines.cluster.connection.proxies import proxy_for
from lsr_opensearch.errors import UsageError

URL = "opensearch+https://h:9200"


def settled(
    url: str = URL, environ: Mapping[str, str] | None = None, **options: object
) -> Destination:
    return settle(url, ConnectionOptions(**options), environ or {})  # type: ignore[arg-type]


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def refusal(url: str = URL, environ: Mapping[str, str] | None = None, **options: object) -> str:
    with pytest.raises(UsageError) as refused:
        settled(url, environ, **options)
    assert refused.value.next_step
    return str(refused.value)


def test_without_any_options_nobody_is_named() -> None:
    destination = settled()
    assert destination.credentials.kind == "none"
    assert destination.credentials.authorization == ""
    assert (destination.timeout_s, destination.notes) == (30.0, ())


@pytest.mark.parametrize(
    ("environ", "authorization"),
    [
        ({"LSR_OS_USER": "me", "LSR_OS_PASSWORD": "pässword"}, basic("me", "pässword")),
        ({"LSR_OS_API_KEY": "a2V5OnNlY3JldA=="}, "ApiKey a2V5OnNlY3JldA=="),
        ({"LSR_OS_API_KEY": "key:secret"}, "ApiKey a2V5OnNlY3JldA=="),
        ({"LSR_OS_BEARER_TOKEN": "eyJ.x.y"}, "Bearer eyJ.x.y"),
    ],
)
def test_credentials_come_from_the_environment(
    environ: Mapping[str, str], authorization: str
) -> None:
    assert settled(environ=environ).credentials.authorization == authorization


def test_a_password_that_is_no_utf_8_is_sent_as_its_bytes() -> None:
    environ = {"LSR_OS_USER": "me", "LSR_OS_PASSWORD": b"p\xe4ss".decode(errors="surrogateescape")}
    sent = settled(environ=environ).credentials.authorization.removeprefix("Basic ")
    assert base64.b64decode(sent) == b"me:p\xe4ss"


@pytest.mark.parametrize(
    ("name", "others", "authorization"),
    [
        ("LSR_OS_PASSWORD_FILE", {"LSR_OS_USER": "me"}, basic("me", "from file")),
        ("LSR_OS_API_KEY_FILE", {}, "ApiKey from"),
        ("LSR_OS_BEARER_TOKEN_FILE", {}, "Bearer from"),
    ],
)
@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_secrets_come_from_files(
    name: str, others: Mapping[str, str], authorization: str, end: str, tmp_path: Path
) -> None:
    content = "from file" if others else "from"
    (tmp_path / "secret").write_bytes((content + end).encode())
    environ = {name: str(tmp_path / "secret"), **others}
    assert settled(environ=environ).credentials.authorization == authorization


@pytest.mark.parametrize("content", [None, b"", b"\n", b"\xff\xfe\x00", b"x" * 70_000])
def test_a_secret_file_without_a_secret_is_refused_by_its_variable(
    content: bytes | None, tmp_path: Path
) -> None:
    path = tmp_path / "secret"
    if content is not None:
        path.write_bytes(content)
    message = refusal(environ={"LSR_OS_API_KEY_FILE": str(path)})
    assert "LSR_OS_API_KEY_FILE" in message
    assert str(path) in message


def test_a_secret_file_that_is_a_folder_is_refused_by_its_variable(tmp_path: Path) -> None:
    message = refusal(environ={"LSR_OS_PASSWORD_FILE": str(tmp_path)})
    assert "LSR_OS_PASSWORD_FILE" in message


@pytest.mark.parametrize(
    ("environ", "named"),
    [
        (
            {"LSR_OS_PASSWORD": "hunter2", "LSR_OS_PASSWORD_FILE": "/x"},
            ("LSR_OS_PASSWORD", "LSR_OS_PASSWORD_FILE"),
        ),
        (
            {"LSR_OS_USER": "me", "LSR_OS_PASSWORD": "hunter2", "LSR_OS_API_KEY": "hunter2k"},
            ("LSR_OS_USER", "LSR_OS_API_KEY"),
        ),
        (
            {"LSR_OS_BEARER_TOKEN": "hunter2", "LSR_OS_API_KEY": "hunter2k"},
            ("LSR_OS_BEARER_TOKEN", "LSR_OS_API_KEY"),
        ),
        (
            {"LSR_OS_AWS_REGION": "eu-north-1", "LSR_OS_API_KEY": "hunter2"},
            ("LSR_OS_AWS_REGION", "LSR_OS_API_KEY"),
        ),
        ({"LSR_OS_PASSWORD": "hunter2"}, ("LSR_OS_USER",)),
        ({"LSR_OS_USER": "me"}, ("LSR_OS_PASSWORD", "LSR_OS_PASSWORD_FILE")),
        ({"LSR_OS_USER": "me:hunter2", "LSR_OS_PASSWORD": "x"}, ("LSR_OS_USER",)),
        ({"LSR_OS_API_KEY": "hunter2\nx: y"}, ("LSR_OS_API_KEY",)),
        ({"LSR_OS_BEARER_TOKEN": "hunter2 "}, ("LSR_OS_BEARER_TOKEN",)),
        ({"LSR_OS_AWS_SERVICE": "es"}, ("LSR_OS_AWS_SERVICE", "LSR_OS_AWS_REGION")),
        ({"LSR_OS_AWS_SERVICE": "s3", "LSR_OS_AWS_REGION": "x"}, ("LSR_OS_AWS_SERVICE",)),
        ({"LSR_OS_CLIENT_KEY": "/k"}, ("LSR_OS_CLIENT_KEY", "LSR_OS_CLIENT_CERT")),
        ({"LSR_OS_CERT_FINGERPRINT": "ab:cd"}, ("LSR_OS_CERT_FINGERPRINT",)),
        (
            {"LSR_OS_CERT_FINGERPRINT": "ab" * 32, "LSR_OS_CA_CERTS": "/c"},
            ("LSR_OS_CERT_FINGERPRINT", "LSR_OS_CA_CERTS"),
        ),
        ({"LSR_OS_CLOUD_ID": "x:eA=="}, ("LSR_OS_CLOUD_ID",)),
        ({"LSR_OS_INSECURE": "maybe"}, ("LSR_OS_INSECURE",)),
        ({"LSR_OS_TIMEOUT_S": "soon"}, ("LSR_OS_TIMEOUT_S",)),
        ({"LSR_OS_TIMEOUT_S": "0"}, ("LSR_OS_TIMEOUT_S",)),
        ({"LSR_OS_RETRY_S": "long"}, ("LSR_OS_RETRY_S",)),
        ({"LSR_OS_RETRY_S": "-1"}, ("LSR_OS_RETRY_S",)),
        ({"LSR_OS_TIMEOUT_S": "nan"}, ("LSR_OS_TIMEOUT_S",)),
        ({"LSR_OS_TIMEOUT_S": "1e9"}, ("LSR_OS_TIMEOUT_S",)),
        ({"LSR_OS_PROXY": "socks5://me:hunter2@p:1"}, ("LSR_OS_PROXY",)),
        ({"LSR_OS_PROXY": "http://me:hunter2@"}, ("LSR_OS_PROXY",)),
    ],
)
def test_what_contradicts_or_cannot_be_is_refused_by_its_variable_without_the_secret(
    environ: Mapping[str, str], named: tuple[str, ...]
) -> None:
    message = refusal(environ=environ)
    assert all(name in message for name in named)
    assert "hunter2" not in message


def test_a_cloud_id_needs_no_url() -> None:
    environ = {"LSR_OS_CLOUD_ID": "d:" + base64.b64encode(b"eu.es.io$abc$").decode()}
    for url in ("", "elasticsearch+https://"):
        address = settled(url, environ).address
        assert (address.engine, address.url) == ("elasticsearch", "https://abc.eu.es.io:443")


def test_without_a_url_and_a_cloud_id_there_is_no_cluster() -> None:
    assert "No URL" in refusal("")


def test_options_count_more_than_the_environment() -> None:
    destination = settled(
        environ={"LSR_OS_TIMEOUT_S": "7", "LSR_OS_CA_CERTS": "/env"}, ca_certs="/given"
    )
    assert (destination.timeout_s, destination.tls.ca_certs) == (7.0, "/given")


def test_the_url_counts_more_than_the_options() -> None:
    destination = settled("https://me:one@h", user="you", password="two")
    assert destination.credentials.authorization == basic("me", "one")


@pytest.mark.parametrize(
    ("options", "kind"),
    [({"user": "me", "password": "x"}, "basic"), ({"aws_region": "r"}, "aws")],
)
def test_who_gives_credentials_is_not_asked_for_those_of_the_environment(
    options: dict[str, str], kind: str
) -> None:
    destination = settled(environ={"LSR_OS_API_KEY": "key"}, **options)
    assert destination.credentials.kind == kind


def test_a_user_in_the_url_takes_the_password_of_the_environment() -> None:
    destination = settled("https://me@h", {"LSR_OS_PASSWORD": "secret"})
    assert destination.credentials.authorization == basic("me", "secret")


def test_an_empty_password_in_the_url_is_one() -> None:
    assert settled("https://me:@h").credentials.authorization == basic("me", "")


def test_who_says_whom_to_trust_is_not_asked_for_the_environments_trust() -> None:
    environ = {"LSR_OS_CERT_FINGERPRINT": "ab" * 32}
    assert settled(environ=environ, ca_certs="/c").tls.fingerprint == ""
    assert settled(environ=environ, insecure=True).tls.fingerprint == ""


@pytest.mark.parametrize("text", ["AB" * 32, ":".join(["ab"] * 32), f" {'ab' * 32}"])
def test_a_fingerprint_may_have_colons(text: str) -> None:
    assert settled(cert_fingerprint=text).tls.fingerprint == "ab" * 32


@pytest.mark.parametrize(("text", "insecure"), [("1", True), ("TRUE", True), ("0", False)])
def test_a_flag_is_read_from_the_environment(text: str, insecure: bool) -> None:
    assert settled(environ={"LSR_OS_INSECURE": text}).tls.insecure is insecure


def test_an_empty_variable_says_nothing() -> None:
    environ = {"LSR_OS_API_KEY": "", "LSR_OS_USER": "", "LSR_OS_INSECURE": "", "LSR_OS_PROXY": ""}
    assert settled(environ=environ) == settled()


def test_an_empty_option_says_nothing() -> None:
    destination = settled(environ={"LSR_OS_API_KEY": "key"}, user="", api_key="", ca_certs="")
    assert destination.credentials.kind == "api_key"


def test_requests_signed_for_amazon_go_to_opensearch() -> None:
    destination = settled("https://h", {"LSR_OS_AWS_REGION": "eu-central-1"})
    assert destination.address.engine == "opensearch"
    assert destination.credentials.aws_service == "es"
    assert "LSR_OS_AWS_REGION" in refusal("elasticsearch+https://h", {"LSR_OS_AWS_REGION": "x"})


def test_a_password_in_the_url_is_noted_without_being_shown() -> None:
    (note,) = settled("https://me:hunter2@h").notes
    assert "LSR_OS_PASSWORD" in note
    assert "hunter2" not in note


def test_not_checking_certificates_is_noted() -> None:
    (note,) = settled(insecure=True).notes
    assert "not checked" in note
    assert settled("http://h", insecure=True).notes == ()


@pytest.mark.parametrize(
    ("url", "notes"), [("http://h", 1), ("http://localhost", 0), ("https://h", 0)]
)
def test_credentials_that_the_network_can_read_are_noted(url: str, notes: int) -> None:
    assert len(settled(url, user="me", password="x").notes) == notes


def test_every_variable_is_in_the_manual() -> None:
    manual = (Path(__file__).parents[4] / "docs" / "connecting.md").read_text()
    asked: set[str] = set()

    class Asking(dict[str, str]):
        def get(self, name: str, default: object = None) -> None:  # type: ignore[override]
            asked.add(name)

    options_from(Asking())
    proxy_for("http", Host("h", 1), None, Asking())
    proxy_for("https", Host("h", 1), None, Asking())
    assert len(asked) > 20
    assert {name for name in asked if name.isupper() and f"`{name}`" not in manual} == set()
    assert all(f"`{option.name}`" in manual for option in fields(ConnectionOptions))
