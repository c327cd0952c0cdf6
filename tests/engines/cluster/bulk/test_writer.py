"""What `BulkWriter` promises, against a cluster that fails as planned."""

from __future__ import annotations

import re
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from urllib.parse import urlsplit

import pytest

from lsr_opensearch.engines.cluster.bulk.change import Change, Result
from lsr_opensearch.engines.cluster.bulk.writer import BulkWriter
from lsr_opensearch.engines.cluster.connection import ConnectionOptions, open_connection
from lsr_opensearch.errors import (
    ClusterBlockedError,
    ClusterError,
    ClusterIndexError,
    ClusterSecurityError,
    ClusterUnreachableError,
)
from tests.faults.plan import Fault, FaultKind
from tests.faults.proxy import proxying
from tests.faults.server import FaultyCluster

from .ledger import POLICY, Ledger, contents, document, documents, make_index, values

MakeWriter = Callable[..., BulkWriter]

_PASSING: tuple[FaultKind, ...] = (
    "drop_before",
    "drop_after",
    "truncated",
    "garbage",
    "wrong_shape",
    "fewer_items",
    "overloaded",
    "unavailable",
    "recovering",
    "bad_gateway",
    "broken",
    "items_overloaded",
    "items_unavailable",
)


@pytest.fixture
def ledger() -> Ledger:
    return Ledger()


def test_everything_arrives(cluster: FaultyCluster, writer: MakeWriter, ledger: Ledger) -> None:
    changes = documents(95)

    writer().write(changes, ledger)

    assert ledger.fates == {"acknowledged": 95}
    assert contents(cluster.store) == values(changes)


@pytest.mark.parametrize("dies_after", [0, 30], ids=["dead from the start", "dies in the middle"])
def test_of_two_hosts_the_one_that_is_dead_leaves_the_work_to_the_other(
    dies_after: int, cluster: FaultyCluster, ledger: Ledger
) -> None:
    changes = documents(600)
    address = urlsplit(cluster.url)
    with proxying(address.port or 0) as dying:
        if not dies_after:
            dying.behave(reset_after=0, refuse=True)

        def kill(results: Sequence[Result]) -> None:
            ledger(results)
            if len(ledger.results) >= dies_after:
                dying.behave(reset_after=0, refuse=True)

        url = f"opensearch+{dying.url},{address.netloc}"
        connection = open_connection(url, ConnectionOptions(timeout_s=10), {})
        BulkWriter(connection, "photos", policy=POLICY).write(changes, kill)
        connection.close()
        # It is left out: of 60 requests, few more than were in flight find it dead.
        taken = dying.connections

    assert ledger.fates == {"acknowledged": 600}
    assert contents(cluster.store) == values(changes)
    assert 0 < taken < 20


def test_nothing_to_write_sends_nothing(cluster: FaultyCluster, writer: MakeWriter) -> None:
    writer().write([], Ledger())

    assert cluster.arrived == []


@pytest.mark.parametrize("kind", _PASSING)
def test_a_fault_that_passes_costs_nothing(
    cluster: FaultyCluster, writer: MakeWriter, ledger: Ledger, kind: FaultKind
) -> None:
    changes = documents(95)
    cluster.plan.set([Fault(kind, every=3)] * 4)

    writer().write(changes, ledger)

    assert ledger.fates == {"acknowledged": 95}
    assert contents(cluster.store) == values(changes)


def test_an_answer_after_the_time_allowed_costs_nothing(
    cluster: FaultyCluster, writer: MakeWriter, ledger: Ledger
) -> None:
    changes = documents(30)
    cluster.plan.set([Fault("slow", delay_s=0.5)])

    writer(replace(POLICY, timeout_s=0.2)).write(changes, ledger)

    assert ledger.fates == {"acknowledged": 30}
    cluster.wait_until_idle()
    assert contents(cluster.store) == values(changes)


def test_only_what_failed_is_sent_again(
    cluster: FaultyCluster, writer: MakeWriter, ledger: Ledger
) -> None:
    cluster.plan.set([Fault("items_overloaded", every=5)])

    writer(replace(POLICY, changes_per_request=100)).write(documents(100), ledger)

    assert sum(request.changes for request in cluster.arrived) == 120


def test_documents_that_never_fit_are_rejected_with_a_reason(
    writer: MakeWriter, ledger: Ledger
) -> None:
    writer().write([document("a"), document("b", colour="red")], ledger)

    assert ledger.fates == {"acknowledged": 1, "rejected": 1}
    assert "dynamic introduction of [colour]" in ledger.reasons["b"]


def test_an_older_revision_is_superseded(
    cluster: FaultyCluster, writer: MakeWriter, ledger: Ledger
) -> None:
    writer().write([document("a", 5)], ledger)
    writer().write([document("a", 4)], ledger)

    assert ledger.fates == {"acknowledged": 1, "superseded": 1}
    assert contents(cluster.store) == {"a": "a 5"}


def test_an_equal_revision_replaces(
    cluster: FaultyCluster, writer: MakeWriter, ledger: Ledger
) -> None:
    writer().write([document("a", 5), document("a", 5, value="new")], ledger)

    assert contents(cluster.store) == {"a": "new"}


def test_of_equal_revisions_the_last_one_wins_though_the_first_has_to_be_sent_again(
    cluster: FaultyCluster, writer: MakeWriter, ledger: Ledger
) -> None:
    changes = [*documents(5), *(document(str(key), value="new") for key in range(5))]
    cluster.plan.set([Fault("items_overloaded", every=2)])

    writer().write(changes, ledger)

    assert ledger.fates == {"acknowledged": 10}
    assert contents(cluster.store) == {str(key): "new" for key in range(5)}


def test_deleting_an_unknown_document_is_acknowledged(writer: MakeWriter, ledger: Ledger) -> None:
    writer().write([Change("nobody", 1, None)], ledger)

    assert ledger.fates == {"acknowledged": 1}


def test_a_document_deleted_later_stays_deleted(
    cluster: FaultyCluster, writer: MakeWriter, ledger: Ledger
) -> None:
    writer().write([Change("a", 9, None), document("a", 8)], ledger)

    assert ledger.fates == {"acknowledged": 1, "superseded": 1}
    assert contents(cluster.store) == {}


def test_a_missing_alias_is_an_error_and_nothing_is_made(
    cluster: FaultyCluster, writer: MakeWriter, ledger: Ledger
) -> None:
    with pytest.raises(ClusterIndexError, match="is gone, or it is not an alias"):
        writer(target="pictures").write(documents(3), ledger)

    assert set(cluster.store.indexes) == {"photos-000001"}


def test_an_index_in_place_of_the_alias_is_an_error(writer: MakeWriter, ledger: Ledger) -> None:
    with pytest.raises(ClusterIndexError, match="not an alias"):
        writer(target="photos-000001").write(documents(3), ledger)


def test_an_alias_of_two_indexes_is_an_error(
    cluster: FaultyCluster, writer: MakeWriter, ledger: Ledger
) -> None:
    make_index(cluster.store, "photos-000002")

    with pytest.raises(ClusterIndexError, match="several indices"):
        writer().write(documents(3), ledger)


def test_a_closed_index_is_an_error(
    cluster: FaultyCluster, writer: MakeWriter, ledger: Ledger
) -> None:
    cluster.store.indexes["photos-000001"].closed = True

    with pytest.raises(ClusterIndexError, match="is closed"):
        writer().write(documents(3), ledger)


@pytest.mark.parametrize(
    ("block", "message"),
    [("read_only_allow_delete", "nearly full"), ("write", "blocked"), ("read_only", "blocked")],
)
def test_a_block_is_an_error_at_once(
    cluster: FaultyCluster, writer: MakeWriter, ledger: Ledger, block: str, message: str
) -> None:
    cluster.store.indexes["photos-000001"].settings[f"index.blocks.{block}"] = "true"

    with pytest.raises(ClusterBlockedError, match=message) as caught:
        writer().write(documents(3), ledger)

    assert len(cluster.arrived) == 1
    # It names what lifts the block, and no other.
    assert re.findall(r"index\.blocks\.\w+", str(caught.value)) == [f"index.blocks.{block}"]
    assert ";)" not in str(caught.value)


def test_credentials_that_are_refused_are_an_error(
    cluster: FaultyCluster, writer: MakeWriter, ledger: Ledger
) -> None:
    cluster.plan.set([Fault("unauthorized")])

    with pytest.raises(ClusterSecurityError):
        writer().write(documents(3), ledger)


def test_what_was_in_flight_when_writing_ended_is_still_reported(
    cluster: FaultyCluster, writer: MakeWriter, ledger: Ledger
) -> None:
    cluster.plan.set([Fault("unauthorized", delay_s=0.2), *[Fault("slow", delay_s=0.4)] * 2])
    changes = documents(100)

    with pytest.raises(ClusterSecurityError):
        writer().write(changes, ledger)

    assert len(cluster.arrived) == 3
    assert ledger.fates == {"acknowledged": 20}
    assert len(ledger.pending(changes)) == 80


def test_a_cluster_that_stays_away_is_given_up(
    cluster: FaultyCluster, writer: MakeWriter, ledger: Ledger
) -> None:
    cluster.plan.set([Fault("none")], then=Fault("unavailable"))
    changes = documents(40)

    with pytest.raises(ClusterUnreachableError, match="10 changes sent to it are not") as caught:
        writer(replace(POLICY, patience_s=0.3, requests=1)).write(changes, ledger)

    assert "run the same command again" in caught.value.next_step
    assert "primary shard is not active" in caught.value.message
    assert len(ledger.pending(changes)) == 30


def test_a_request_that_is_too_large_is_halved_until_it_fits(
    cluster: FaultyCluster, writer: MakeWriter, ledger: Ledger
) -> None:
    cluster.largest = 500
    changes = documents(64)

    writer(replace(POLICY, changes_per_request=64)).write(changes, ledger)

    assert ledger.fates == {"acknowledged": 64}
    assert contents(cluster.store) == values(changes)


def test_what_was_too_large_once_is_not_tried_again(
    cluster: FaultyCluster, writer: MakeWriter, ledger: Ledger
) -> None:
    cluster.largest = 500
    one = writer(replace(POLICY, changes_per_request=64))
    one.write(documents(64), ledger)
    before = len(cluster.arrived)

    one.write(documents(640, revision=2), ledger)

    assert all(request.size <= cluster.largest for request in cluster.arrived[before:])


def test_a_single_document_that_is_too_large_is_rejected_with_its_size(
    cluster: FaultyCluster, writer: MakeWriter, ledger: Ledger
) -> None:
    cluster.largest = 100_000
    large = document("large", value="x" * 2_000_000)

    writer().write([document("a"), large, document("b")], ledger)

    assert ledger.fates == {"acknowledged": 2, "rejected": 1}
    assert "1.9 MiB" in ledger.reasons["large"]
    assert "http.max_content_length" in ledger.reasons["large"]


def test_no_request_is_larger_than_allowed_but_for_single_documents(
    cluster: FaultyCluster, writer: MakeWriter, ledger: Ledger
) -> None:
    changes = [document(str(key), value="x" * (key % 7 * 100)) for key in range(60)]

    writer(replace(POLICY, bytes_per_request=500)).write(changes, ledger)

    assert all(request.size <= 500 or request.changes == 1 for request in cluster.arrived)
    assert any(request.size > 500 for request in cluster.arrived)


def test_no_more_requests_are_in_flight_than_allowed(
    cluster: FaultyCluster, writer: MakeWriter, ledger: Ledger
) -> None:
    cluster.plan.set([], then=Fault("slow", delay_s=0.01))

    writer(replace(POLICY, requests=2)).write(documents(200), ledger)

    assert cluster.most_at_once == 2


def test_little_is_looked_ahead(cluster: FaultyCluster, writer: MakeWriter, ledger: Ledger) -> None:
    cluster.plan.set([Fault("overloaded"), Fault("items_overloaded", every=3)] * 5)
    changes = ledger.counted(documents(500), most_unsettled=30)

    writer(replace(POLICY, requests=3)).write(changes, ledger)

    assert ledger.fates == {"acknowledged": 500}


def test_an_overloaded_cluster_gets_fewer_and_smaller_requests(
    cluster: FaultyCluster, writer: MakeWriter, ledger: Ledger
) -> None:
    cluster.plan.set([Fault("overloaded")] * 5)

    writer(replace(POLICY, changes_per_request=64, requests=1)).write(documents(64), ledger)

    assert [request.changes for request in cluster.arrived[:6]] == [64, 32, 16, 8, 4, 2]


def test_the_pause_that_an_overloaded_cluster_asks_for_is_kept(
    cluster: FaultyCluster, writer: MakeWriter, ledger: Ledger
) -> None:
    now_s = 0.0
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        nonlocal now_s
        slept.append(seconds)
        now_s += seconds

    cluster.plan.set([Fault("overloaded", retry_after_s=7)])
    policy = replace(POLICY, clock=lambda: now_s, sleep=sleep)

    writer(policy).write(documents(5), ledger)

    assert slept == [7]


def test_results_come_in_the_callers_thread(writer: MakeWriter) -> None:
    threads: set[int] = set()

    writer().write(documents(50), lambda results: threads.add(threading.get_ident()))

    assert threads == {threading.get_ident()}


def test_an_error_of_the_changes_ends_the_write_after_what_was_sent(
    writer: MakeWriter, ledger: Ledger
) -> None:
    def changes() -> Iterator[Change]:
        yield from documents(25)
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="the disk is gone"):
        writer().write(changes(), ledger)

    assert ledger.fates == {"acknowledged": 20}


def test_who_raises_on_results_is_not_called_again(
    cluster: FaultyCluster, writer: MakeWriter
) -> None:
    calls: list[int] = []

    def fail(results: Sequence[Result]) -> None:
        calls.append(len(results))
        raise OSError("no room for the manifest")

    with pytest.raises(OSError, match="no room"):
        writer().write(documents(500), fail)

    assert calls == [10]
    assert len(cluster.arrived) <= POLICY.requests + 1


def test_an_interruption_reports_what_is_acknowledged_meanwhile(
    cluster: FaultyCluster, writer: MakeWriter, ledger: Ledger
) -> None:
    cluster.plan.set([], then=Fault("slow", delay_s=0.5))
    changes = documents(100)
    threading.Thread(target=_interrupt, args=(cluster, 3)).start()

    with pytest.raises(KeyboardInterrupt):
        writer().write(changes, ledger)

    assert ledger.fates == {"acknowledged": 30}
    assert len(cluster.arrived) == 3
    assert set(contents(cluster.store)) == {result.change.id for result in ledger.results}


def test_a_second_interruption_waits_for_nothing(
    cluster: FaultyCluster, writer: MakeWriter, ledger: Ledger
) -> None:
    cluster.plan.set([], then=Fault("slow", delay_s=5))
    threading.Thread(target=_interrupt, args=(cluster, 1, 2)).start()
    began = time.monotonic()

    with pytest.raises(KeyboardInterrupt):
        writer().write(documents(10), ledger)

    assert time.monotonic() - began < 4


def test_threads_end_with_the_write(writer: MakeWriter, ledger: Ledger) -> None:
    writer().write(documents(100), ledger)

    deadline = time.monotonic() + 5
    while any(thread.name == "lsr-os-bulk" for thread in threading.enumerate()):
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.parametrize("kind", ["unauthorized", "unavailable"])
def test_an_error_says_what_to_do(
    cluster: FaultyCluster, writer: MakeWriter, ledger: Ledger, kind: FaultKind
) -> None:
    cluster.plan.set([], then=Fault(kind))

    with pytest.raises(ClusterError) as caught:
        writer(replace(POLICY, patience_s=0.1)).write(documents(3), ledger)

    assert caught.value.next_step
    assert cluster.url in caught.value.message


def _interrupt(cluster: FaultyCluster, after_requests: int, times: int = 1) -> None:
    """Press Ctrl-C, in the main thread, once so many requests have arrived."""
    main = threading.main_thread().ident
    assert main is not None
    while len(cluster.arrived) < after_requests:
        time.sleep(0.01)
    for _ in range(times):
        time.sleep(0.1)
        signal.pthread_kill(main, signal.SIGINT)
