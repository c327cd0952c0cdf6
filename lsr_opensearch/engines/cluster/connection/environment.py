"""Connection options from environment variables, and from the files that some of them name."""

from __future__ import annotations

from collections.abc import Mapping

from lsr_opensearch.engines.cluster.connection.options import ConnectionOptions
from lsr_opensearch.errors import UsageError

_PREFIX = "LSR_OS_"
_SECRET_BYTES = 65_536
_TRUE = frozenset({"1", "true", "yes", "on"})
_FALSE = frozenset({"0", "false", "no", "off"})


def options_from(environ: Mapping[str, str]) -> ConnectionOptions:
    """What the variables ``LSR_OS_…`` say; an empty variable says nothing.

    Raises:
        UsageError: a value that cannot be one, or a file that cannot be read. Values that may be
            secret are not repeated.
    """

    def text(name: str) -> str | None:
        return environ.get(_PREFIX + name) or None

    return ConnectionOptions(
        user=text("USER"),
        password=_secret(environ, "PASSWORD"),
        api_key=_secret(environ, "API_KEY"),
        bearer_token=_secret(environ, "BEARER_TOKEN"),
        aws_region=text("AWS_REGION"),
        aws_service=text("AWS_SERVICE"),
        ca_certs=text("CA_CERTS"),
        cert_fingerprint=text("CERT_FINGERPRINT"),
        insecure=_flag(text("INSECURE")),
        client_cert=text("CLIENT_CERT"),
        client_key=text("CLIENT_KEY"),
        cloud_id=text("CLOUD_ID"),
        proxy=text("PROXY"),
        timeout_s=_seconds("TIMEOUT_S", text("TIMEOUT_S")),
        retry_s=_seconds("RETRY_S", text("RETRY_S")),
    )


def _secret(environ: Mapping[str, str], name: str) -> str | None:
    variable = _PREFIX + name
    value, path = environ.get(variable), environ.get(f"{variable}_FILE")
    if value and path:
        raise UsageError(
            f"Both {variable} and {variable}_FILE are set.", "Leave one of the two out."
        )
    return _read_secret(f"{variable}_FILE", path) if path else value or None


def _read_secret(variable: str, path: str) -> str:
    try:
        with open(path, "rb") as file:
            data = file.read(_SECRET_BYTES + 1)
    except OSError as error:
        raise UsageError(
            f"The file {path} that {variable} names cannot be read ({error.strerror}).",
            "Check the path, and that you may read it.",
        ) from None
    try:
        secret = data.decode("utf-8-sig").rstrip("\r\n")
    except UnicodeDecodeError:
        secret = ""
    if not secret or len(data) > _SECRET_BYTES:
        raise UsageError(
            f"The file {path} that {variable} names holds no secret: it is empty, very long, or "
            "no text.",
            "Write the secret alone into it, in UTF-8.",
        )
    return secret


def _flag(text: str | None) -> bool | None:
    if text is None:
        return None
    if text.lower() in _TRUE:
        return True
    if text.lower() in _FALSE:
        return False
    raise UsageError(f"LSR_OS_INSECURE is {text!r}.", "Set it to 1, or leave it out.")


def _seconds(name: str, text: str | None) -> float | None:
    if text is None:
        return None
    try:
        return float(text)
    except ValueError:
        raise UsageError(
            f"{_PREFIX}{name} is {text!r}.", "Give a number of seconds, such as 30."
        ) from None
