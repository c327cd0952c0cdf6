"""Which node is started follows from the Java that is there."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from .nodes import java
from .nodes.kinds import ELASTICSEARCH, ELASTICSEARCH7, OPENSEARCH, OPENSEARCH2, NodeKind
from .nodes.start import runnable
from .nodes.unavailable import NodeUnavailableError

Have = Callable[..., None]


@pytest.fixture
def have(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Have]:
    """A machine that has these versions of Java and nothing else."""
    kept, on_path = tmp_path / "jvm", tmp_path / "bin"
    kept.mkdir()
    on_path.mkdir()
    monkeypatch.setattr(java, "_WHERE_SYSTEMS_KEEP_THEM", ((str(kept), "*"),))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(on_path))

    def with_versions(*versions: int) -> None:
        for version in versions:
            write_home(kept / f"java-{version}", version)
        java.installed_javas.cache_clear()

    yield with_versions
    java.installed_javas.cache_clear()


def write_home(home: Path, version: int) -> None:
    (home / "bin").mkdir(parents=True)
    (home / "bin" / "java").touch()
    (home / "release").write_text(f'IMPLEMENTOR="Nobody"\nJAVA_VERSION="{version}.0.1"\n')


@pytest.mark.parametrize(
    ("versions", "kind", "version", "runs_on"),
    [
        ((17, 21), OPENSEARCH, "3.6.0", 21),
        ((17, 25), ELASTICSEARCH, "9.5.0", 25),
        ((17, 25), ELASTICSEARCH7, "7.17.29", 17),
        ((17,), OPENSEARCH, "2.19.6", 17),
        ((17,), ELASTICSEARCH, "8.19.21", 17),
        ((25,), OPENSEARCH2, "3.6.0", 25),
        ((11, 17), OPENSEARCH, "2.19.6", 17),
    ],
)
def test_the_newest_version_that_a_java_of_this_machine_runs_is_taken(
    have: Have, versions: tuple[int, ...], kind: NodeKind, version: str, runs_on: int
) -> None:
    have(*versions)
    chosen, chosen_java = runnable(kind)
    assert (chosen.version, chosen_java.version) == (version, runs_on)


@pytest.mark.parametrize(
    ("versions", "kind", "missing"),
    [
        ((), OPENSEARCH, "Java 21 or newer is missing"),
        ((11,), ELASTICSEARCH, "is missing"),
        ((25,), ELASTICSEARCH7, "Java 17 to 23 is missing"),
    ],
)
def test_what_is_missing_is_said(
    have: Have, versions: tuple[int, ...], kind: NodeKind, missing: str
) -> None:
    have(*versions)
    with pytest.raises(NodeUnavailableError, match=missing):
        runnable(kind)


def test_the_java_of_the_environment_counts(
    have: Have, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    have()
    write_home(tmp_path / "mine", 21)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "mine"))
    assert runnable(OPENSEARCH)[1].home == tmp_path / "mine"


@pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0, reason="only root on Linux installs packages"
)
def test_where_there_is_none_at_all_the_package_is_installed(have: Have, tmp_path: Path) -> None:
    have()
    home = tmp_path / "jvm" / "java-17"
    apt_get = tmp_path / "bin" / "apt-get"
    apt_get.write_text(
        "#!/bin/sh\n"
        f'case "$*" in *" install "*default-jre-headless*) ;; *) exit 0 ;; esac\n'
        f"/bin/mkdir -p {home}/bin\n"
        f": > {home}/bin/java\n"
        f"echo 'JAVA_VERSION=\"17.0.1\"' > {home}/release\n"
    )
    apt_get.chmod(0o755)
    assert runnable(OPENSEARCH)[0].version == "2.19.6"
