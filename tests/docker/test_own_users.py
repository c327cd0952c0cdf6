"""docker/opensearch/own-users.sh, in a folder laid out as the image is."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
import yaml

SCRIPT = Path(__file__).parents[2] / "docker" / "opensearch" / "own-users.sh"
DEMO_USERS = """\
_meta:
  type: "internalusers"
  config_version: 2
admin:
  hash: "$2a$12$public"
readall:
  hash: "$2a$12$public"
  backend_roles: ["readall"]
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """OPENSEARCH_HOME with demo users, and a hash.sh that prints what the real one prints."""
    users = tmp_path / "config" / "opensearch-security" / "internal_users.yml"
    users.parent.mkdir(parents=True)
    users.write_text(DEMO_USERS)
    return tmp_path


def run(home: Path, hash_script: str) -> subprocess.CompletedProcess[str]:
    tool = home / "plugins" / "opensearch-security" / "tools" / "hash.sh"
    tool.parent.mkdir(parents=True)
    tool.write_text(f"#!/bin/bash\n{hash_script}\n")
    tool.chmod(0o700)
    return subprocess.run(
        ["bash", SCRIPT, "echo", "started", "with", "$arguments"],
        env=os.environ | {"OPENSEARCH_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )


def users_of(home: Path) -> dict[str, dict[str, object]]:
    path = home / "config" / "opensearch-security" / "internal_users.yml"
    users: dict[str, dict[str, object]] = yaml.safe_load(path.read_text())
    return users


def test_no_demo_user_is_left(home: Path) -> None:
    done = run(
        home, """[[ $* == "-env OPENSEARCH_INITIAL_ADMIN_PASSWORD" ]] && echo '$2y$12$own'"""
    )
    assert done.stdout == "started with $arguments\n"
    users = users_of(home)
    assert set(users) == {"_meta", "admin", "kibanaserver"}
    assert {users[name]["hash"] for name in ("admin", "kibanaserver")} == {"$2y$12$own"}
    assert users["admin"]["backend_roles"] == ["admin"]


def test_a_warning_before_the_hash_does_no_harm(home: Path) -> None:
    run(home, """printf '%s\\n' 'a warning' '$2y$12$own'""")
    assert users_of(home)["admin"]["hash"] == "$2y$12$own"


@pytest.mark.parametrize("hash_script", ["exit 1", "echo 'no such option'", "true"])
def test_without_a_hash_nothing_starts(home: Path, hash_script: str) -> None:
    done = run(home, hash_script)
    assert done.returncode != 0
    assert done.stdout == ""
