"""Every command that a message names is for the cluster that was asked."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.faults.server import FaultyCluster

from .conftest import Command, changed
from .test_mending import deleted

COMMAND = re.compile(r"lsr-os (?:index|reindex|search|status|verify|forget|doctor)\b.*")


def commands(text: str) -> list[str]:
    return COMMAND.findall(text)


def url(cluster: FaultyCluster) -> str:
    return f"--url opensearch+{cluster.url}"


@pytest.mark.parametrize("looked", [["status"], ["verify"], ["search", "red"], ["reindex"]])
def test_a_deleted_index_has_one_remedy(
    looked: list[str], indexed: Path, on_cluster: Command, cluster: FaultyCluster
) -> None:
    cluster.store.delete("photos-000001")
    done = on_cluster(*looked)
    assert done.status == 1
    assert "was deleted" in done.err
    assert commands(done.err) == [f"lsr-os index {url(cluster)} {indexed}"] * 2


@pytest.mark.usefixtures("indexed")
@pytest.mark.parametrize("form", [[], ["--json"]])
def test_damage(form: list[str], on_cluster: Command, cluster: FaultyCluster) -> None:
    cluster.store.delete("photos.sources")
    (hint, *_) = commands(on_cluster("verify", *form).out)
    assert hint.startswith(f"lsr-os verify {url(cluster)} --repair")


@pytest.mark.usefixtures("indexed")
def test_documents_of_a_source_that_is_not_registered(
    on_cluster: Command, cluster: FaultyCluster
) -> None:
    changed(cluster, "a.png", source="a lost one")
    said = on_cluster("verify").out
    assert f"lsr-os verify {url(cluster)} --repair registers it again" in said
    assert f"lsr-os forget {url(cluster)} 'a lost one' removes" in said


def test_a_note_of_a_run(indexed: Path, on_cluster: Command, cluster: FaultyCluster) -> None:
    deleted(cluster, "a.png")
    done = on_cluster("index", indexed)
    assert commands(done.err) == [f"lsr-os verify {url(cluster)} --repair"]


@pytest.mark.usefixtures("indexed")
def test_a_warning(on_cluster: Command, cluster: FaultyCluster, indexed: Path) -> None:
    cluster.store.delete("photos.sources")
    (hint,) = commands(on_cluster("index", indexed, "--dry-run").err)
    assert hint.startswith(f"lsr-os verify {url(cluster)} --repair")
