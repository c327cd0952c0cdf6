"""What the checks make of answers that a node for tests does not give."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from lsr_opensearch.engines.cluster.connection.credentials import Credentials
from lsr_opensearch.engines.cluster.connection.port import Engine, Response, ServerInfo
from lsr_opensearch.engines.cluster.connection.target import Target, callers_target
from lsr_opensearch.engines.cluster.connection.tls import Tls
from lsr_opensearch.engines.cluster.doctor.examined import told
from lsr_opensearch.engines.cluster.doctor.fields import field_types
from lsr_opensearch.engines.cluster.doctor.permissions import permissions
from lsr_opensearch.engines.cluster.doctor.reach import manner, version
from lsr_opensearch.engines.cluster.doctor.server import clause_limit, cluster_blocks
from lsr_opensearch.engines.finding import Finding
from lsr_opensearch.errors import (
    ClusterBlockedError,
    ClusterRequestError,
    ClusterSecurityError,
    ClusterUnreachableError,
)

from .answering import Answering

URL = "https://search:9200"


@pytest.mark.parametrize(
    ("engine", "found", "state"),
    [
        ("opensearch", (2, 12, 0), "ok"),
        ("opensearch", (2, 11, 1), "problem"),
        ("elasticsearch", (7, 17, 0), "ok"),
        ("elasticsearch", (7, 16, 3), "problem"),
        ("elasticsearch", None, "note"),
    ],
)
def test_versions_that_are_too_old_are_a_problem(
    engine: Engine, found: tuple[int, int, int] | None, state: str
) -> None:
    assert version(engine, found).state == state


@pytest.mark.parametrize(
    ("target", "said"),
    [
        (Target("http://s:9200", Credentials("none"), Tls()), "no TLS, without credentials"),
        (Target(URL, Credentials("basic", "ann"), Tls()), "authorities, as the user ann"),
        (Target(URL, Credentials("api_key"), Tls(ca_certs="ca.pem")), "by ca.pem, with an API key"),
        (Target(URL, Credentials("bearer"), Tls(insecure=True)), "not checked, with a bearer"),
        (Target(URL, Credentials("none"), Tls(fingerprint="00")), "by its fingerprint"),
        (callers_target(URL), "as the caller's client has it"),
    ],
)
def test_it_is_said_how_the_cluster_is_reached(target: Target, said: str) -> None:
    assert said in manner(target)
    proxied = manner(replace(target, proxy="http://proxy:3128"))
    assert proxied.endswith("through the proxy http://proxy:3128")


def findings(check: Any, *arguments: Any, **options: Any) -> list[Finding]:
    return list(check(Answering(*arguments, **options)))


LACKING = Response(
    400,
    {
        "status": 400,
        "error": {
            "type": "illegal_argument_exception",
            "reason": "template after composition is invalid",
            "caused_by": {
                "type": "mapper_parsing_exception",
                "reason": "No handler for type [rank_features] declared on field [terms]",
            },
        },
    },
)


@pytest.mark.parametrize(
    ("server", "state", "remedy"),
    [
        (ServerInfo("opensearch", (3, 6, 0)), "problem", "full distribution"),
        (ServerInfo("elasticsearch", (8, 10, 0)), "problem", "full distribution"),
        (ServerInfo("elasticsearch", (8, 11, 0)), "note", "--field-type sparse_vector"),
        (ServerInfo("elasticsearch", None), "note", "--field-type sparse_vector"),
    ],
)
def test_without_rank_features_it_is_said_what_there_is_instead(
    server: ServerInfo, state: str, remedy: str
) -> None:
    (finding,) = findings(field_types, LACKING, server)
    assert finding.state == state
    assert remedy in finding.remedy


@pytest.mark.parametrize(
    ("settings", "state"),
    [
        ({}, "ok"),
        ({"indices.query.bool.max_clause_count": "1024"}, "ok"),
        ({"indices.query.bool.max_clause_count": "100"}, "problem"),
    ],
)
def test_a_limit_below_what_queries_have_is_a_problem(settings: dict[str, str], state: str) -> None:
    (finding,) = findings(clause_limit, Response(200, {}), settings=settings)
    assert finding.state == state


@pytest.mark.parametrize("block", ["read_only", "read_only_allow_delete"])
def test_a_block_of_the_whole_cluster_is_a_problem_with_what_lifts_it(block: str) -> None:
    (finding,) = findings(
        cluster_blocks, Response(200, {}), settings={f"cluster.blocks.{block}": "true"}
    )
    assert finding.state == "problem"
    assert f'"cluster.blocks.{block}": null' in finding.remedy


def test_no_block_of_the_cluster_is_well() -> None:
    assert findings(cluster_blocks, Response(200, {}))[0].state == "ok"


DENIED = Response(403, {"status": 403, "error": {"type": "security_exception", "reason": "no"}})
BLOCKED = Response(403, {"error": {"type": "cluster_block_exception", "reason": "blocked"}})


@pytest.mark.parametrize(("answer", "state"), [(DENIED, "problem"), (BLOCKED, "ok")])
def test_what_is_refused_for_want_of_permission_alone_is_counted(
    answer: Response, state: str
) -> None:
    (finding,) = findings(permissions, answer)
    assert finding.state == state


def test_elasticsearch_says_itself_what_is_missing() -> None:
    rights = {"read": True, "write": False, "manage": True}
    server = ServerInfo("elasticsearch", (9, 5, 0))
    answer = Response(200, {"index": {"photos": rights, "photos.next": rights}})
    (finding,) = findings(permissions, answer, server)
    assert finding.state == "note"
    assert "lies behind it: write (" in finding.message


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (ClusterSecurityError("may not do x", "ask"), "unknown"),
        (ClusterRequestError("no handler", "see"), "unknown"),
        (ClusterBlockedError("blocked", "lift it"), "problem"),
    ],
)
def test_what_a_check_may_not_see_is_no_error(error: Exception, state: str) -> None:
    def check() -> Any:
        yield Finding("x", "ok", "first")
        raise error

    first, last = told("x", check())
    assert first.state == "ok"
    assert last.state == state


def test_what_every_command_needs_to_see_is_a_problem_where_it_is_refused() -> None:
    def check() -> Any:
        raise ClusterRequestError("no handler", "use --index")
        yield

    (finding,) = told("alias", check(), all_need_it=True)
    assert (finding.state, finding.remedy) == ("problem", "use --index")


def test_a_cluster_that_is_gone_ends_all_checks() -> None:
    def check() -> Any:
        raise ClusterUnreachableError("gone")
        yield

    with pytest.raises(ClusterUnreachableError):
        list(told("x", check()))
