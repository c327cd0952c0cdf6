"""Requests signed for Amazon, with botocore and keys that are none."""

from __future__ import annotations

import hashlib
import re
import sys
from collections.abc import Callable

import pytest

from lsr_opensearch.engines.cluster.connection.cluster import ClusterConnection
from lsr_opensearch.errors import ClusterSecurityError, MissingExtraError

from .server import OPENSEARCH, Reply, served

Connect = Callable[..., ClusterConnection]
SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
LINES = b'{"index":{"_index":"i"}}\n{"a":1}\n'


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("boto3")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)


@pytest.mark.usefixtures("keys")
@pytest.mark.parametrize("service", ["es", "aoss"])
def test_requests_are_signed(service: str, connect: Connect) -> None:
    with served(Reply({"a": 1})) as server:
        connection = connect(server.url, aws_region="eu-central-1", aws_service=service)
        connection.ask("POST", "/_bulk", params={"a": "b c"}, body=LINES)
    request = server.requests[-1]
    assert re.match(
        rf"AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/\d{{8}}/eu-central-1/{service}/aws4_request, "
        r"SignedHeaders=\S+, Signature=[0-9a-f]{64}$",
        request.headers["authorization"],
    )
    assert request.headers["x-amz-content-sha256"] == hashlib.sha256(LINES).hexdigest()
    assert request.body == LINES
    assert SECRET not in str(request.headers)


@pytest.mark.usefixtures("keys")
def test_the_signature_is_the_one_that_amazon_computes(connect: Connect) -> None:
    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    with served(Reply({"a": 1})) as server:
        connect(server.url, aws_region="eu-central-1").ask("POST", "/i/_search", body={"q": 1})
    sent = server.requests[-1]
    names = re.search(r"SignedHeaders=([^,]+)", sent.headers["authorization"])
    assert names
    signed = {name: sent.headers[name] for name in names[1].split(";")}
    again = AWSRequest("POST", f"{server.url}{sent.path}", data=sent.body, headers=signed)
    again.context["timestamp"] = signed["x-amz-date"]
    auth = SigV4Auth(Credentials("AKIDEXAMPLE", SECRET), "es", "eu-central-1")
    signature = auth.signature(auth.string_to_sign(again, auth.canonical_request(again)), again)
    assert sent.headers["authorization"].endswith(f"Signature={signature}")


@pytest.mark.usefixtures("keys")
def test_serverless_is_not_asked_what_it_does_not_answer(connect: Connect) -> None:
    with served(Reply({"a": 1})) as server:
        info = connect(server.url, aws_region="eu-central-1", aws_service="aoss").server
    assert (info.engine, info.version) == ("opensearch", None)
    assert server.requests == []


@pytest.mark.usefixtures("keys")
def test_the_version_of_the_service_is_asked_for(connect: Connect) -> None:
    with served(OPENSEARCH) as server:
        info = connect(server.url, aws_region="eu-central-1").server
    assert (info.engine, info.version) == ("opensearch", (2, 19, 4))


def test_without_boto3_the_extra_is_named(
    connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "boto3", None)
    with pytest.raises(MissingExtraError, match=r"lsr-opensearch\[aws\]"):
        connect("https://h", aws_region="eu-central-1")


def test_without_keys_it_is_told_where_they_come_from(
    connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("boto3")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with pytest.raises(ClusterSecurityError, match="AWS_PROFILE"):
        connect("https://h", aws_region="eu-central-1")


def test_a_login_that_has_expired_is_told_as_that(
    connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    boto3 = pytest.importorskip("boto3")
    from botocore.credentials import DeferredRefreshableCredentials
    from botocore.exceptions import CredentialRetrievalError

    def refused() -> None:
        raise CredentialRetrievalError(provider="sso", error_msg="the token has expired")

    expired = DeferredRefreshableCredentials(refused, "sso")
    monkeypatch.setattr(boto3.Session, "get_credentials", lambda session: expired)
    with (
        served(OPENSEARCH) as server,
        pytest.raises(ClusterSecurityError, match="the token has expired"),
    ):
        connect(server.url, aws_region="eu-central-1").ask("GET", "/")
    assert server.requests == []
