"""Certificates of an authority of the run's own."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Certificates:
    """PEM files of a node, and of the authority that a client must trust."""

    authority: Path
    chain: Path
    key: Path


def make_certificates(folder: Path) -> Certificates:
    """Issue a certificate for a node on the loopback interface."""
    # Costly to import, and every collection of tests would pay for it.
    import trustme
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        NoEncryption,
        PrivateFormat,
        load_pem_private_key,
    )

    folder.mkdir()
    made = Certificates(folder / "ca.pem", folder / "node.pem", folder / "node.key")
    authority = trustme.CA(organization_name="lsr-test")
    authority.cert_pem.write_to_path(made.authority)
    issued = authority.issue_cert(
        "localhost", "127.0.0.1", common_name="node", organization_name="lsr-test"
    )
    made.chain.write_bytes(b"".join(pem.bytes() for pem in issued.cert_chain_pems))
    # OpenSearch reads no other form of key than PKCS 8.
    key = load_pem_private_key(issued.private_key_pem.bytes(), None)
    made.key.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return made
