"""Whom a TLS connection trusts, and who it says it is."""

from __future__ import annotations

import os
import re
import ssl
from dataclasses import dataclass

from lsr_opensearch.engines.cluster.connection.options import ConnectionOptions
from lsr_opensearch.errors import UsageError

_SHA256 = re.compile(r"[0-9a-f]{64}")
_CERTIFICATE_ENDINGS = (".pem", ".crt", ".cer")


@dataclass(frozen=True)
class Tls:
    """Whom to trust.

    Attributes:
        fingerprint: SHA-256 in lower case without colons; empty where authorities are trusted.
    """

    ca_certs: str = ""
    fingerprint: str = ""
    insecure: bool = False
    client_cert: str = ""
    client_key: str = ""


def tls_from(options: ConnectionOptions) -> Tls:
    """The options for TLS, checked against each other; no file is read.

    Raises:
        UsageError: a fingerprint that is none, or options that contradict each other.
    """
    fingerprint = (options.cert_fingerprint or "").replace(":", "").strip().lower()
    if fingerprint and not _SHA256.fullmatch(fingerprint):
        raise UsageError(
            "LSR_OS_CERT_FINGERPRINT (cert_fingerprint) is not the SHA-256 fingerprint of a "
            "certificate.",
            "It has 64 hexadecimal digits, with or without colons: openssl x509 -in ca.crt "
            "-noout -fingerprint -sha256 prints it.",
        )
    if fingerprint and options.ca_certs:
        raise UsageError(
            "Both authorities (LSR_OS_CA_CERTS, ca_certs) and one certificate's fingerprint "
            "(LSR_OS_CERT_FINGERPRINT, cert_fingerprint) are given.",
            "Leave one of the two out: a fingerprint is trusted without any authority.",
        )
    if options.client_key and not options.client_cert:
        raise UsageError(
            "There is a client's key (LSR_OS_CLIENT_KEY, client_key), but no certificate.",
            "Set LSR_OS_CLIENT_CERT (client_cert), too.",
        )
    return Tls(
        options.ca_certs or "",
        fingerprint,
        bool(options.insecure),
        options.client_cert or "",
        options.client_key or "",
    )


def ssl_context(tls: Tls, authority: bytes = b"") -> ssl.SSLContext:
    """The context that a connection is made with.

    A fingerprint is not checked in it: see `pools`.

    Args:
        authority: a certificate (DER) that the fingerprint is of, once one was presented.

    Raises:
        UsageError: a file that cannot be read, or is not what it should be.
    """
    if authority:
        context = _trusting_nobody()
        context.load_verify_locations(cadata=authority)
        context.check_hostname = False
    elif tls.ca_certs and not tls.insecure:
        context = _trusting(tls.ca_certs)
    else:
        context = ssl.create_default_context()
        if tls.insecure or tls.fingerprint:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        elif not context.cert_store_stats()["x509_ca"]:
            _trust_bundled(context)
    if tls.client_cert:
        _present(context, tls)
    return context


def _trusting_nobody() -> ssl.SSLContext:
    """A context without authorities, which takes home-made ones, too: they seldom have all the
    extensions that Python 3.13 asks of public ones, and may be the cluster's own certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    return context


def _trusting(path: str) -> ssl.SSLContext:
    variable = "LSR_OS_CA_CERTS (ca_certs)"
    context = _trusting_nobody()
    files = [path]
    try:
        if os.path.isdir(path):
            context.load_verify_locations(capath=path)
            names = sorted(os.listdir(path))
            files = [os.path.join(path, n) for n in names if n.endswith(_CERTIFICATE_ENDINGS)]
        for file in files:
            context.load_verify_locations(cafile=file)
    except ssl.SSLError as error:
        raise UsageError(
            f"{path}, which {variable} names, holds no certificates that can be read "
            f"({error.reason or error}).",
            "Give a file of certificates in PEM form (-----BEGIN CERTIFICATE-----), or a folder "
            "of them.",
        ) from None
    except OSError as error:
        raise _unreadable(path, variable, error) from None
    return context


def _trust_bundled(context: ssl.SSLContext) -> None:
    """Slim images have no authorities of their own; both clients bring certifi."""
    import certifi

    context.load_verify_locations(cafile=certifi.where())


def _present(context: ssl.SSLContext, tls: Tls) -> None:
    """Show a client's certificate."""

    def no_passphrase() -> str:
        raise UsageError(
            f"The client's key in {tls.client_key or tls.client_cert} is encrypted.",
            "Decrypt it into a file that only you may read: openssl pkey -in key.pem -out "
            "plain-key.pem",
        )

    variable = "LSR_OS_CLIENT_CERT (client_cert) or LSR_OS_CLIENT_KEY (client_key)"
    for path in filter(None, (tls.client_cert, tls.client_key)):
        try:
            with open(path, "rb"):
                pass
        except OSError as error:
            raise _unreadable(path, variable, error) from None
    try:
        context.load_cert_chain(tls.client_cert, tls.client_key or None, password=no_passphrase)
    except ssl.SSLError as error:
        raise UsageError(
            f"The client's certificate {tls.client_cert} and its key "
            f"{tls.client_key or '(in the same file)'} cannot be used ({error.reason or error}).",
            "Both must be in PEM form, and the key must be that certificate's.",
        ) from None


def _unreadable(path: str, variable: str, error: OSError) -> UsageError:
    return UsageError(
        f"{path}, which {variable} names, cannot be read ({error.strerror}).",
        "Check the path, and that you may read it.",
    )
