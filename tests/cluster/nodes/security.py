"""TLS, users and their rights, written into a node's configuration before its first start."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

from .certificates import Certificates, make_certificates
from .kinds import Engine
from .users import ADMIN, HASHES, READER, WRITER

_INDICES = ["lsr*"]


def secure(engine: Engine, config: Path) -> tuple[dict[str, object], Path]:
    """Write the security files; returns the settings that turn them on, and the authority."""
    certificates = make_certificates(config / "certs")
    return _WRITERS[engine](config, certificates), certificates.authority


def _secure_opensearch(config: Path, certificates: Certificates) -> dict[str, object]:
    users = {
        user.name: {"hash": digest, "backend_roles": ["admin"] if user is ADMIN else []}
        for user, digest in HASHES.items()
    }
    # Not even `GET /` (cluster:monitor/main): users of a cluster often have no right to it.
    roles = {
        "lsr_reader": {
            "cluster_permissions": ["cluster_composite_ops_ro"],
            "index_permissions": [
                {
                    "index_patterns": _INDICES,
                    "allowed_actions": [
                        "read",
                        "indices:admin/get",
                        "indices:admin/aliases/get",
                        "indices:admin/mappings/get",
                        "indices:monitor/settings/get",
                    ],
                }
            ],
        },
        "lsr_writer": {
            "cluster_permissions": ["cluster_composite_ops"],
            "index_permissions": [
                {
                    "index_patterns": _INDICES,
                    "allowed_actions": ["crud", "create_index", "manage"],
                }
            ],
        },
    }
    mapping = {
        "all_access": {"backend_roles": ["admin"]},
        "lsr_reader": {"users": [READER.name]},
        "lsr_writer": {"users": [WRITER.name]},
    }
    folder = config / "opensearch-security"
    _write_opensearch(folder / "internal_users.yml", "internalusers", users)
    _write_opensearch(folder / "roles.yml", "roles", roles)
    _write_opensearch(folder / "roles_mapping.yml", "rolesmapping", mapping)
    return {
        f"plugins.security.ssl.{layer}.{name}": value
        for layer in ("http", "transport")
        for name, value in {
            "pemcert_filepath": f"certs/{certificates.chain.name}",
            "pemkey_filepath": f"certs/{certificates.key.name}",
            "pemtrustedcas_filepath": f"certs/{certificates.authority.name}",
        }.items()
    } | {
        "plugins.security.ssl.http.enabled": True,
        "plugins.security.ssl.transport.enforce_hostname_verification": False,
        "plugins.security.allow_default_init_securityindex": True,
        "plugins.security.nodes_dn": ["CN=node,O=lsr-test"],
        "plugins.security.restapi.roles_enabled": ["all_access"],
    }


def _write_opensearch(path: Path, kind: str, entries: Mapping[str, object]) -> None:
    # Every JSON value is a YAML value.
    path.write_text(json.dumps({"_meta": {"type": kind, "config_version": 2}, **entries}))


def _secure_elasticsearch(config: Path, certificates: Certificates) -> dict[str, object]:
    roles = {
        "lsr_reader": {
            "indices": [{"names": _INDICES, "privileges": ["read", "view_index_metadata"]}]
        },
        "lsr_writer": {
            "indices": [
                {"names": _INDICES, "privileges": ["read", "write", "create_index", "manage"]}
            ]
        },
    }
    # Elasticsearch cuts this file into roles by line, before it reads any as YAML.
    lines = "".join(f"{name}: {json.dumps(role)}\n" for name, role in roles.items())
    (config / "roles.yml").write_text(lines)
    hashes = "".join(f"{user.name}:{digest}\n" for user, digest in HASHES.items())
    (config / "users").write_text(hashes)
    (config / "users_roles").write_text(
        f"superuser:{ADMIN.name}\nlsr_reader:{READER.name}\nlsr_writer:{WRITER.name}\n"
    )
    return {
        "xpack.security.enabled": True,
        "xpack.security.autoconfiguration.enabled": False,
        "xpack.security.enrollment.enabled": False,
        "xpack.security.transport.ssl.enabled": False,
        "xpack.security.http.ssl.enabled": True,
        "xpack.security.http.ssl.certificate": str(certificates.chain),
        "xpack.security.http.ssl.key": str(certificates.key),
    }


_WRITERS: dict[Engine, Callable[[Path, Certificates], dict[str, object]]] = {
    "opensearch": _secure_opensearch,
    "elasticsearch": _secure_elasticsearch,
}
