"""Who asks: one kind of credentials out of the options, ready to be sent and never to be shown."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import Literal

from lsr_opensearch.engines.cluster.connection.options import ConnectionOptions
from lsr_opensearch.errors import UsageError

CredentialsKind = Literal["none", "basic", "api_key", "bearer", "aws", "client"]
_AWS_SERVICES = ("es", "aoss")


@dataclass(frozen=True)
class Credentials:
    """Who asks.

    Attributes:
        kind: ``client`` where a caller's own client knows, and we do not.
        user: of basic authentication.
        authorization: value of the header; empty where requests are signed or nobody is named.
        secrets: every text that must not be shown.
    """

    kind: CredentialsKind
    user: str = ""
    authorization: str = field(default="", repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)
    aws_region: str = ""
    aws_service: str = ""


def credentials_from(options: ConnectionOptions) -> Credentials:
    """The credentials that the options name.

    Raises:
        UsageError: they name two kinds, half of one, or a secret that no header can carry.
    """
    kinds = [
        name
        for name, given in (
            ("a user and password (LSR_OS_USER, user)", options.user or options.password),
            ("an API key (LSR_OS_API_KEY, api_key)", options.api_key),
            ("a bearer token (LSR_OS_BEARER_TOKEN, bearer_token)", options.bearer_token),
            ("an AWS region (LSR_OS_AWS_REGION, aws_region)", options.aws_region),
        )
        if given
    ]
    if len(kinds) > 1:
        raise UsageError(
            f"Two kinds of credentials are given: {' and '.join(kinds)}.", "Leave one of them out."
        )
    if options.user is not None or options.password is not None:
        return _basic(options)
    if options.api_key:
        return _api_key(options.api_key)
    if options.bearer_token:
        _check_header("LSR_OS_BEARER_TOKEN (bearer_token)", options.bearer_token)
        return _header("bearer", "Bearer", options.bearer_token, options.bearer_token)
    return _aws(options)


def _basic(options: ConnectionOptions) -> Credentials:
    user, password = options.user, options.password
    if not user:
        raise UsageError("There is a password, but no user.", "Set LSR_OS_USER (user), too.")
    if password is None:
        raise UsageError(
            f"There is no password for the user {user}.",
            "Set LSR_OS_PASSWORD, or LSR_OS_PASSWORD_FILE with the path of a file that holds it.",
        )
    if ":" in user:
        raise UsageError(
            "A user name for basic authentication cannot have a colon.",
            "Check LSR_OS_USER (user), and that a password is not part of it.",
        )
    # A variable that is not UTF-8 is sent as the bytes that it has.
    pair = f"{user}:{password}".encode("utf-8", "surrogateescape")
    return _header("basic", "Basic", base64.b64encode(pair).decode("ascii"), password, user)


def _api_key(api_key: str) -> Credentials:
    _check_header("LSR_OS_API_KEY (api_key)", api_key)
    encoded = base64.b64encode(api_key.encode()).decode("ascii") if ":" in api_key else api_key
    return _header("api_key", "ApiKey", encoded, api_key.partition(":")[2] or api_key)


def _aws(options: ConnectionOptions) -> Credentials:
    if not options.aws_region:
        if options.aws_service:
            raise UsageError(
                "LSR_OS_AWS_SERVICE (aws_service) is set without a region.",
                "Set LSR_OS_AWS_REGION (aws_region), such as eu-central-1, too.",
            )
        return Credentials("none")
    service = options.aws_service or "es"
    if service not in _AWS_SERVICES:
        raise UsageError(
            f"LSR_OS_AWS_SERVICE (aws_service) is {service!r}.",
            "Set es for OpenSearch Service, or aoss for OpenSearch Serverless.",
        )
    return Credentials("aws", aws_region=options.aws_region, aws_service=service)


def _header(
    kind: CredentialsKind, scheme: str, value: str, secret: str, user: str = ""
) -> Credentials:
    return Credentials(kind, user, f"{scheme} {value}", worth_hiding(value, secret))


def worth_hiding(*secrets: str) -> tuple[str, ...]:
    """Those that are long enough to be told from other text, each once."""
    return tuple(dict.fromkeys(secret for secret in secrets if len(secret) > 3))


def _check_header(name: str, value: str) -> None:
    """Refuse what an HTTP client would refuse with an error that repeats it."""
    if not value.isascii() or not value.isprintable() or " " in value:
        raise UsageError(
            f"{name} has characters that it cannot have, such as spaces or line ends.",
            "Copy it again, without quotes and line ends.",
        )
