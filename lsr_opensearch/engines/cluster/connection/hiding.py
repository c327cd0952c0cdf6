"""Secrets, taken out of whatever an answer repeats of what was sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from lsr_opensearch.engines.cluster.connection.port import ConnectionFailure, Response


def hidden_in_answer(response: Response, secrets: Sequence[str]) -> Response:
    """The answer as it may be shown. What was asked for is left as it came: only refusals, and
    what something on the way says in the cluster's place, are ever shown."""
    if not secrets or (response.ok and not isinstance(response.body, str)):
        return response
    headers = {name: _hidden(value, secrets) for name, value in response.headers.items()}
    return replace(response, body=_hidden(response.body, secrets), headers=headers)


def hidden_in_failure(failure: ConnectionFailure, secrets: Sequence[str]) -> ConnectionFailure:
    """The failure as it may be shown."""
    return ConnectionFailure(failure.kind, _hidden(failure.detail, secrets))


def _hidden(value: Any, secrets: Sequence[str]) -> Any:
    if isinstance(value, str):
        for secret in secrets:
            value = value.replace(secret, "…")
        return value
    if isinstance(value, Mapping):
        return {_hidden(key, secrets): _hidden(each, secrets) for key, each in value.items()}
    if isinstance(value, list):
        return [_hidden(each, secrets) for each in value]
    return value
