"""A folder, an index and random faults between them: once the faults stop, they are equal.

Everything is real but the cluster, which is the one of `tests.faults`.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from PIL import Image
from tenacity import wait_fixed

from lsr_opensearch.encoders import load_encoder
from lsr_opensearch.engines.cluster.bulk.policy import BulkPolicy
from lsr_opensearch.engines.cluster.connection import ConnectionOptions, open_connection
from lsr_opensearch.engines.cluster.index import ClusterIndex
from lsr_opensearch.engines.cluster.state.file import StateFile
from lsr_opensearch.engines.port import ManifestEntry
from lsr_opensearch.errors import LsrError
from lsr_opensearch.indexing.dead_letters import dead_letters
from lsr_opensearch.indexing.encoding_cache import EncodingCache
from lsr_opensearch.indexing.plan import is_indexed
from lsr_opensearch.indexing.retrying import retry
from lsr_opensearch.indexing.scope import folder_scope
from lsr_opensearch.indexing.sync import SyncOptions, sync
from tests.conftest import draw_picture
from tests.faults.plan import NONE, Fault
from tests.faults.server import FaultyCluster, serving

from .conftest import Command, serving_index

NAME, SOURCE = "photos", "album"
FILES = st.sampled_from([f"{letter}.png" for letter in "abcdef"])
FAULTS = st.lists(
    st.builds(
        Fault,
        st.sampled_from(
            [
                "none",
                "drop_before",
                "drop_after",
                "truncated",
                "garbage",
                "fewer_items",
                "overloaded",
                "unavailable",
                "bad_gateway",
                "unauthorized",
                "items_overloaded",
                "items_unavailable",
                "items_rejected",
                "slow",
            ]
        ),
        delay_s=st.sampled_from([0.0, 0.0, 0.02]),
        every=st.integers(1, 2),
    ),
    max_size=8,
)
# What a cluster that stays broken gets: the patience of tests.
POLICY = BulkPolicy(changes_per_request=2, timeout_s=2, wait=wait_fixed(0.001), patience_s=0.05)
OPTIONS = ConnectionOptions(timeout_s=2, retry_s=0.05)


def picture(shade: int) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (16, 16), (shade * 40, 90, 200 - shade * 30)).save(file, "png")
    return file.getvalue()


ENCODER = load_encoder("basic")
# A picture, no picture, or no file.
CHANGES = st.dictionaries(
    FILES,
    st.sampled_from([*map(picture, range(4)), b"no picture at all", None]),
    min_size=1,
)
# What follows the planned faults: mostly none, sometimes one that stays.
THEN = st.sampled_from([Fault(kind) for kind in ("none", "none", "overloaded", "unauthorized")])


class FolderAndIndex(RuleBasedStateMachine):
    """The folder changes, the cluster fails, runs begin and break off."""

    @initialize()
    def begin(self) -> None:
        self.home = Path(tempfile.mkdtemp())
        self.folder = self.home / SOURCE
        self.folder.mkdir()
        self.server = serving()
        self.cluster = self.server.__enter__()
        self.cache = EncodingCache(self.home / "encodings.sqlite")
        self.clock = 1_000_000_000
        # Name -> what the file was, and when, in turn.
        self.written: dict[str, list[tuple[bytes, int]]] = {}
        self.open()

    def open(self) -> None:
        self.state = StateFile(self.home / "state.sqlite")
        connection = open_connection(f"opensearch+{self.cluster.url}", OPTIONS, {})
        self.index = ClusterIndex(connection, NAME, self.state, "here", policy=POLICY)

    @rule(changes=CHANGES, faults=FAULTS, then=THEN, only=st.sampled_from(["", "_bulk"]))
    def run_among_faults(
        self, changes: dict[str, bytes | None], faults: list[Fault], then: Fault, only: str
    ) -> None:
        """The folder changes, and a run follows it while the cluster fails."""
        for name, content in changes.items():
            if content is None:
                (self.folder / name).unlink(missing_ok=True)
            else:
                (self.folder / name).write_bytes(content)
                # Every writing has a time of its own: some file systems keep only seconds.
                self.clock += 1
                os.utime(self.folder / name, (self.clock, self.clock))
                self.written.setdefault(name, []).append((content, self.clock))
        self.cluster.plan.only = only
        self.cluster.plan.set(faults, then)
        # Whatever happens, it is one of our errors.
        with contextlib.suppress(LsrError):
            self.run()
        self.cluster.plan.clear()
        self.cluster.wait_until_idle()

    @rule(name=FILES, ago=st.integers(1, 3), faults=FAULTS, then=THEN)
    def put_back_among_faults(self, name: str, ago: int, faults: list[Fault], then: Fault) -> None:
        """A file becomes what it was some runs ago, with its size and time of then."""
        written = self.written.get(name, [])
        if len(written) > ago:
            content, at = written[-ago - 1]
            (self.folder / name).write_bytes(content)
            os.utime(self.folder / name, (at, at))
            written.append((content, at))
        self.run_among_faults({}, faults, then, "_bulk")

    @rule(largest=st.sampled_from([100 << 20, 3000, 300]))
    def take_only_requests_of(self, largest: int) -> None:
        """A cluster, or a proxy before it, that answers 413 to what is larger."""
        self.cluster.largest = largest

    @rule()
    def lose_what_is_remembered_here(self) -> None:
        self.forget_here()

    @invariant()
    def what_is_recorded_is_there(self) -> None:
        """Acknowledged: the index has it. Given up: with a reason. Neither: sent again."""
        if not self.exists():
            return
        stored = self.stored()
        for path, entry in self.index.manifest(SOURCE).items():
            assert not (entry.problem and entry.pending)
            if is_indexed(entry) and stored.get(path.decode()) != entry.sha256:
                # A later reading arrived, or a deletion, and its answer was lost: the next run
                # sees that the file is not as it is recorded, and sends it again.
                assert not self.is_as_recorded(path, entry)

    def teardown(self) -> None:
        try:
            self.cluster.largest = 100 << 20
            self.run()
            self.retry()
            if self.exists():
                assert self.stored() == self.pictures()
                entries = self.index.manifest(SOURCE).values()
                known = {entry.document_id for entry in entries if is_indexed(entry)}
                assert known == set(self.index.document_ids(SOURCE))
            else:
                assert not list(self.folder.iterdir())
        finally:
            self.index.close()
            self.cache.close()
            self.server.__exit__(None, None, None)
            shutil.rmtree(self.home)

    def forget_here(self) -> None:
        self.index.close()
        for path in self.home.glob("state.sqlite*"):
            path.unlink()
        self.open()

    def run(self) -> None:
        known = self.index.sources() if self.index.schema() is not None else []
        scope = folder_scope(self.folder, SOURCE, known, self.index.host)
        sync(self.index, ENCODER, self.cache, scope, SyncOptions(prune=True, workers=1))

    def retry(self) -> None:
        """What the cluster has rejected is listed, and sent again when the cause is mended."""
        if self.exists():
            letters = list(dead_letters(self.index, []))
            retry(self.index, ENCODER, self.cache, letters, 1)

    def is_as_recorded(self, path: bytes, entry: ManifestEntry) -> bool:
        file = self.folder / path.decode()
        return file.exists() and file.stat().st_mtime_ns == entry.mtime_ns

    def exists(self) -> bool:
        return any(name.startswith(f"{NAME}-") for name in self.cluster.store.indexes)

    def stored(self) -> dict[str, str]:
        """Path -> hash of every document, looked up in the cluster itself."""
        documents: dict[str, Any] = self.cluster.store.indexes[f"{NAME}-000001"].documents
        return {
            document.source["path"]: document.source["sha256"]
            for document in documents.values()
            if document.source is not None
        }

    def pictures(self) -> dict[str, str]:
        return {
            path.name: hashlib.sha256(content).hexdigest()
            for path in self.folder.iterdir()
            if (content := path.read_bytes()).startswith(b"\x89PNG")
        }


FolderAndIndex.TestCase.settings = settings(
    max_examples=100,
    stateful_step_count=8,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture
def machine() -> Iterator[FolderAndIndex]:
    """Two pictures in a folder and in the index; at the end the two must be equal."""
    machine = FolderAndIndex()
    machine.begin()
    machine.run_among_faults({"a.png": picture(0), "b.png": picture(1)}, [], NONE, "")
    yield machine
    machine.teardown()


LOST, REFUSED = Fault("drop_after"), Fault("unauthorized")


def test_a_picture_that_arrived_without_an_answer_and_is_gone_leaves_no_document(
    machine: FolderAndIndex,
) -> None:
    machine.run_among_faults({"c.png": picture(2)}, [LOST], REFUSED, "_bulk")
    assert "c.png" in machine.stored()
    machine.run_among_faults({"c.png": None}, [], NONE, "")
    assert machine.stored().keys() == {"a.png", "b.png"}


def test_a_deletion_that_was_refused_is_done_by_the_next_run(machine: FolderAndIndex) -> None:
    machine.run_among_faults({"a.png": None}, [], REFUSED, "_bulk")
    assert "a.png" in machine.stored()
    machine.run_among_faults({}, [], NONE, "")
    assert machine.stored().keys() == {"b.png"}


def test_a_change_that_arrived_without_an_answer_is_undone_with_the_file(
    machine: FolderAndIndex,
) -> None:
    machine.run_among_faults({"a.png": picture(2)}, [LOST], REFUSED, "_bulk")
    assert machine.stored()["a.png"] != hashlib.sha256(picture(0)).hexdigest()
    machine.put_back_among_faults("a.png", 1, [], NONE)
    assert machine.stored()["a.png"] == hashlib.sha256(picture(0)).hexdigest()


def test_a_deletion_that_arrived_without_an_answer_is_undone_with_the_file(
    machine: FolderAndIndex,
) -> None:
    (machine.folder / "a.png").rename(machine.home / "away.png")
    machine.run_among_faults({}, [LOST], REFUSED, "_bulk")
    assert "a.png" not in machine.stored()
    (machine.home / "away.png").rename(machine.folder / "a.png")
    machine.run_among_faults({}, [], NONE, "")
    assert "a.png" in machine.stored()


def test_captions_that_were_sent_without_an_answer_are_kept(
    indexed: Path, on_cluster: Command, cluster: FaultyCluster
) -> None:
    table = indexed.parent / "captions.tsv"
    table.write_text("a.png\tA lighthouse at dawn\nnew.png\tAn old harbour\n")
    draw_picture(indexed / "new.png", seed=77)
    cluster.plan.only = "_bulk"
    cluster.plan.set([], REFUSED)
    assert on_cluster("index", indexed, "--captions", table).status == 1
    cluster.plan.clear()
    assert on_cluster("index", indexed).out == "album: 1 new, 1 changed, 5 unchanged\n"
    documents = serving_index(cluster).visible.values()
    captions = {
        each.source["path"]: each.source.get("captions") for each in documents if each.source
    }
    assert captions["a.png"] == ["A lighthouse at dawn"]
    assert captions["new.png"] == ["An old harbour"]


def test_what_was_refused_is_not_recorded_as_indexed(machine: FolderAndIndex) -> None:
    machine.run_among_faults({"c.png": picture(2)}, [], REFUSED, "_bulk")
    entry = machine.index.manifest(SOURCE)[b"c.png"]
    assert entry.pending


def test_what_was_rejected_is_recorded_with_its_reason_and_taken_when_it_is_tried_again(
    machine: FolderAndIndex,
) -> None:
    rejecting = Fault("items_rejected")
    machine.run_among_faults({"c.png": picture(2)}, [], rejecting, "_bulk")
    assert "failed to parse" in machine.index.manifest(SOURCE)[b"c.png"].problem
    assert "c.png" not in machine.stored()
    machine.retry()
    assert "c.png" in machine.stored()


TestFolderAndIndex = pytest.mark.slow(FolderAndIndex.TestCase)
