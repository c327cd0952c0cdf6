"""What an answer repeats of the secrets that were sent is taken out before anybody sees it."""

from __future__ import annotations

import pytest

from lsr_opensearch.engines.cluster.connection.hiding import hidden_in_answer, hidden_in_failure
from lsr_opensearch.engines.cluster.connection.port import ConnectionFailure, Response

SECRETS = ("c2VjcmV0", "secret")


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        ("Basic c2VjcmV0 (me:secret)", "Basic … (me:…)"),
        (
            {"error": {"root_cause": [{"reason": "me:secret"}], "secret": 1}},
            {"error": {"root_cause": [{"reason": "me:…"}], "…": 1}},
        ),
        (None, None),
    ],
)
def test_a_refusal_is_without_them_wherever_they_stand(body: object, shown: object) -> None:
    headers = {"location": "https://me:secret@h"}
    found = hidden_in_answer(Response(500, body, headers), SECRETS)
    assert found == Response(500, shown, {"location": "https://me:…@h"})


def test_a_page_in_place_of_an_answer_is_without_them() -> None:
    assert hidden_in_answer(Response(200, "me:secret"), SECRETS) == Response(200, "me:…")


def test_what_was_asked_for_is_left_as_it_came() -> None:
    answer = Response(200, {"hits": [{"caption": "a secret door"}]})
    assert hidden_in_answer(answer, SECRETS) is answer


def test_a_failure_is_without_them() -> None:
    found = hidden_in_failure(ConnectionFailure("reset", "sent me:secret"), SECRETS)
    assert (found.kind, found.detail) == ("reset", "sent me:…")
