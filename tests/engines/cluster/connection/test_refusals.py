"""Errors for answers that refuse something, with bodies as real nodes and gateways sent them."""

from __future__ import annotations

from typing import Any

import pytest

from lsr_opensearch.engines.cluster.connection.addresses import Host
from lsr_opensearch.engines.cluster.connection.credentials import Credentials
from lsr_opensearch.engines.cluster.connection.port import Response
from lsr_opensearch.engines.cluster.connection.refusals import Asked, refusal
from lsr_opensearch.engines.cluster.connection.target import Target
from lsr_opensearch.engines.cluster.connection.tls import Tls
from lsr_opensearch.errors import (
    ClusterBlockedError,
    ClusterError,
    ClusterIndexError,
    ClusterRequestError,
    ClusterSecurityError,
    ClusterUnreachableError,
)

ASKED = Asked("POST", "/photos/_search")
BASIC = Credentials("basic", "reader", "Basic c2VjcmV0", ("c2VjcmV0", "secret"))
NOBODY = Credentials("none")


def refused(
    status: int,
    body: Any,
    credentials: Credentials = BASIC,
    headers: dict[str, str] | None = None,
) -> ClusterError:
    target = Target("https://h:9200", credentials, Tls(), (Host("h", 9200),))
    error = refusal(target, ASKED, Response(status, body, headers or {}))
    assert "https://h:9200" in error.message
    assert error.next_step
    return error


def of_type(kind: str, reason: str) -> dict[str, Any]:
    cause = {"type": kind, "reason": reason}
    return {"error": {"root_cause": [cause], **cause}, "status": 400}


def test_who_names_nobody_is_told_how_to() -> None:
    error = refused(401, "Unauthorized", NOBODY)
    assert isinstance(error, ClusterSecurityError)
    for variable in ("LSR_OS_USER", "LSR_OS_PASSWORD", "LSR_OS_API_KEY", "LSR_OS_AWS_REGION"):
        assert variable in error.next_step


@pytest.mark.parametrize(
    ("credentials", "said", "variable"),
    [
        (BASIC, "the user reader", "LSR_OS_PASSWORD"),
        (Credentials("api_key"), "the API key", "LSR_OS_API_KEY"),
        (Credentials("bearer"), "the bearer token", "LSR_OS_BEARER_TOKEN"),
        (Credentials("aws"), "the AWS credentials", "LSR_OS_AWS_REGION"),
        (Credentials("client"), "the credentials", "client that was passed in"),
    ],
)
def test_wrong_credentials_are_named_by_their_kind(
    credentials: Credentials, said: str, variable: str
) -> None:
    error = refused(401, of_type("security_exception", "unable to authenticate"), credentials)
    assert isinstance(error, ClusterSecurityError)
    assert said in error.message
    assert variable in error.next_step


def test_a_proxy_that_wants_credentials_is_not_taken_for_the_cluster() -> None:
    target = Target("https://h:9200", NOBODY, Tls(), proxy="http://p:3128")
    error = refusal(target, ASKED, Response(407, ""))
    assert isinstance(error, ClusterSecurityError)
    assert "http://p:3128" in error.message
    assert "LSR_OS_PROXY" in error.next_step


def test_a_missing_permission_is_named_on_opensearch() -> None:
    reason = (
        "no permissions for [indices:data/write/bulk] and User [name=reader, backend_roles=[], "
        "requestedTenant=null]"
    )
    error = refused(403, of_type("security_exception", reason))
    assert isinstance(error, ClusterSecurityError)
    assert "The user reader may not do indices:data/write/bulk" in error.message


def test_a_missing_privilege_is_named_on_elasticsearch() -> None:
    reason = (
        "action [indices:data/write/bulk[s]] is unauthorized for user [reader] with effective "
        "roles [r], on indices [photos], this action is granted by the index privileges "
        "[create_doc,create,delete,index,write,all]"
    )
    error = refused(403, of_type("security_exception", reason))
    assert isinstance(error, ClusterSecurityError)
    assert "user [reader]" in error.message
    assert "index privileges [create_doc,create,delete,index,write,all]" in error.next_step


@pytest.mark.parametrize(
    "message",
    [
        "User: anonymous is not authorized to perform: es:ESHttpGet",
        "The request signature we calculated does not match the signature you provided.",
    ],
)
def test_what_amazon_refuses_is_told_with_its_variables(message: str) -> None:
    error = refused(403, {"Message": message}, Credentials("aws"))
    assert isinstance(error, ClusterSecurityError)
    assert message in error.message
    assert "LSR_OS_AWS_REGION" in error.next_step


def test_a_403_without_a_reason_is_an_error_of_security() -> None:
    assert isinstance(refused(403, ""), ClusterSecurityError)


@pytest.mark.parametrize(
    ("status", "reason", "said", "next_step"),
    [
        (
            429,
            "index [p] blocked by: [TOO_MANY_REQUESTS/12/disk usage exceeded flood-stage "
            "watermark, index has read-only-allow-delete block];",
            "nearly full",
            "read_only_allow_delete",
        ),
        (403, "blocked by: [FORBIDDEN/10/cluster create-index blocked (api)];", "full", "room"),
        (403, "index [p] blocked by: [FORBIDDEN/5/index read-only (api)];", "is read-only", "only"),
        (403, "index [p] blocked by: [FORBIDDEN/8/index write (api)];", "for writing", "write"),
        (403, "index [p] blocked by: [FORBIDDEN/7/index read (api)];", "for reading", "read"),
        (403, "blocked by: [FORBIDDEN/99/something new];", "something new", "what the block"),
    ],
)
def test_a_block_is_named_with_how_to_lift_it(
    status: int, reason: str, said: str, next_step: str
) -> None:
    error = refused(status, of_type("cluster_block_exception", reason))
    assert isinstance(error, ClusterBlockedError)
    assert said in error.message
    assert next_step in error.next_step


@pytest.mark.parametrize(
    ("path", "named"),
    [("/photos/_search", "/photos/_"), ("/photos-000001", "/photos-000001/_"), ("/_bulk", "/IND")],
)
@pytest.mark.parametrize(
    "detail",
    [
        of_type("index_closed_exception", "closed"),
        of_type("cluster_block_exception", "index [p] blocked by: [FORBIDDEN/4/index closed];"),
        of_type("cluster_block_exception", "index [p] blocked by: [FORBIDDEN/8/index write (api)]"),
        of_type("cluster_block_exception", "index [p] blocked by: [FORBIDDEN/12/read-only-delete]"),
    ],
)
def test_the_request_that_helps_names_the_index(
    path: str, named: str, detail: dict[str, Any]
) -> None:
    target = Target("https://h:9200", NOBODY, Tls(), (Host("h", 9200),))
    error = refusal(target, Asked("GET", path), Response(400, detail))
    assert named in error.next_step


@pytest.mark.parametrize(
    ("status", "body", "kind", "said"),
    [
        (404, of_type("index_not_found_exception", "no such index [p]"), ClusterIndexError, "[p]"),
        (404, {"error": "alias [p] missing", "status": 404}, ClusterIndexError, "alias [p]"),
        (400, of_type("index_closed_exception", "closed"), ClusterIndexError, "closed"),
        (404, "<title>Not Found</title>", ClusterRequestError, "status 404: Not Found"),
        (400, of_type("illegal_argument_exception", "bad x"), ClusterRequestError, "bad x"),
        (405, {"error": "Incorrect HTTP method", "status": 405}, ClusterRequestError, "Incorrect"),
        (500, of_type("x", "y"), ClusterRequestError, "status 500: x: y"),
        (413, "", ClusterRequestError, "as large as"),
        (429, of_type("circuit_breaking_exception", "too large"), ClusterUnreachableError, "too"),
        (503, "OpenSearch Security not initialized.", ClusterUnreachableError, "not initialized"),
        (502, "<title>502 Bad Gateway</title>", ClusterUnreachableError, "Bad Gateway"),
        (
            503,
            of_type("cluster_block_exception", "blocked by: [SERVICE_UNAVAILABLE/2/no master];"),
            ClusterUnreachableError,
            "no master",
        ),
    ],
)
def test_other_refusals_are_told_in_the_clusters_words(
    status: int, body: Any, kind: type[ClusterError], said: str
) -> None:
    error = refused(status, body)
    assert type(error) is kind
    assert said in error.message


@pytest.mark.parametrize(
    "cause",
    [
        {"type": "too_many_clauses", "reason": "maxClauseCount is set to 1024"},
        {"type": "too_many_nested_clauses", "reason": "Query contains too many nested clauses"},
        {"type": "query_shard_exception", "reason": "failed: maxClauseCount is set to 1024"},
    ],
)
def test_too_many_words_are_told_as_that(cause: dict[str, str]) -> None:
    body = {
        "error": {
            "root_cause": [{"type": "query_shard_exception", "reason": "failed to create query"}],
            "type": "search_phase_execution_exception",
            "reason": "all shards failed",
            "failed_shards": [{"reason": cause}],
        }
    }
    error = refused(400, body)
    assert isinstance(error, ClusterRequestError)
    assert "fewer words" in error.next_step


@pytest.mark.parametrize("said", ["no handler found", "Incorrect HTTP method"])
def test_an_index_in_the_url_is_told_with_the_option_for_it(said: str) -> None:
    body = {"error": f"{said} for uri [/photos/photos] and method [GET]", "status": 400}
    target = Target("https://h:9200/photos", NOBODY, Tls(), (Host("h", 9200),))
    error = refusal(target, Asked("GET", "/photos"), Response(400, body))
    assert isinstance(error, ClusterRequestError)
    assert error.next_step.endswith("leave it out of the URL and use --index photos")
    assert "--index" not in refused(400, body).next_step


def test_a_redirection_names_the_address_to_use() -> None:
    error = refused(301, "", headers={"location": "https://elsewhere/"})
    assert isinstance(error, ClusterRequestError)
    assert "https://elsewhere/" in error.message
