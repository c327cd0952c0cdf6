"""What a caller may say about reaching a cluster."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace

# Options of one group are taken from one place: who passes a password is not asked for the API key
# that stands in the environment, too.
_CREDENTIALS = ("user", "password", "api_key", "bearer_token", "aws_region", "aws_service")
_SECRETS = ("password", "api_key", "bearer_token", "aws_region")
_TRUST = ("ca_certs", "cert_fingerprint", "insecure")
_CLIENT_CERTIFICATE = ("client_cert", "client_key")


@dataclass(frozen=True)
class ConnectionOptions:
    """How a cluster is reached. What is None is taken from the environment, or from the default.

    Attributes:
        user: for basic authentication, with ``password``.
        api_key: as the cluster gave it: ``encoded``, or ``id:api_key``.
        bearer_token: a token of a single sign-on service (JWT, OIDC).
        aws_region: sign requests for Amazon with the credentials that boto3 finds.
        aws_service: ``es`` (OpenSearch Service, the default) or ``aoss`` (Serverless).
        ca_certs: file or folder of certificates (PEM) of the authorities to trust, in place of
            the system's.
        cert_fingerprint: SHA-256 of the one certificate to trust, the cluster's or its
            authority's, in hexadecimal, with or without colons.
        insecure: take any certificate.
        client_cert: file (PEM) of the certificate to show; it may hold the key, too.
        client_key: file (PEM) of its key.
        cloud_id: of a deployment on Elastic Cloud, in place of a URL's hosts.
        proxy: ``http://[user:password@]host:port``, in place of HTTPS_PROXY and HTTP_PROXY.
        timeout_s: for one answer; 30 by default.
        retry_s: for how long a request that may be repeated is tried again while the cluster is
            overloaded or out of reach; 60 by default.
    """

    user: str | None = None
    password: str | None = field(default=None, repr=False)
    api_key: str | None = field(default=None, repr=False)
    bearer_token: str | None = field(default=None, repr=False)
    aws_region: str | None = None
    aws_service: str | None = None
    ca_certs: str | None = None
    cert_fingerprint: str | None = None
    insecure: bool | None = None
    client_cert: str | None = None
    client_key: str | None = None
    cloud_id: str | None = None
    proxy: str | None = field(default=None, repr=False)
    timeout_s: float | None = None
    retry_s: float | None = None

    def completed(self, other: ConnectionOptions) -> ConnectionOptions:
        """These options, and where they say nothing, those of ``other``."""
        missing = {each.name for each in fields(self) if self._says_nothing(each.name)}
        if any(name not in missing for name in _SECRETS):
            missing.difference_update(_CREDENTIALS)
        for group in (_TRUST, _CLIENT_CERTIFICATE):
            if any(name not in missing for name in group):
                missing.difference_update(group)
        return replace(self, **{name: getattr(other, name) for name in missing})

    def _says_nothing(self, name: str) -> bool:
        """An empty text says nothing, but for a password, which may be empty."""
        value = getattr(self, name)
        return value is None or (value == "" and name != "password")
