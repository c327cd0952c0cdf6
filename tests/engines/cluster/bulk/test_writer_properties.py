"""Whatever fails in whatever order: nothing is lost, nothing is counted twice, all converges."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import orjson
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from lsr_opensearch.engines.cluster.bulk.change import Change
from lsr_opensearch.engines.cluster.bulk.policy import BulkPolicy
from lsr_opensearch.engines.cluster.bulk.writer import BulkWriter
from lsr_opensearch.engines.cluster.connection import ConnectionOptions, open_connection
from lsr_opensearch.errors import ClusterError
from tests.faults.plan import Fault
from tests.faults.server import FaultyCluster, serving

from .ledger import POLICY, Ledger, contents, make_index, values

_KEYS = st.sampled_from([f"k{number}" for number in range(8)])
_FAULTS = st.one_of(
    st.builds(
        Fault,
        st.sampled_from(
            [
                "none",
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
                "unauthorized",
            ]
        ),
    ),
    st.builds(
        Fault,
        st.sampled_from(["items_overloaded", "items_unavailable"]),
        every=st.integers(1, 4),
    ),
    # Later than the policies below wait for.
    st.just(Fault("slow", delay_s=0.12)),
)
_POLICIES = st.builds(
    lambda changes, size, requests: replace(
        POLICY,
        changes_per_request=changes,
        bytes_per_request=size,
        requests=requests,
        timeout_s=0.06,
        patience_s=0.2,
    ),
    st.integers(1, 8),
    st.sampled_from([90, 300, 10_000]),
    st.integers(1, 3),
)
_INDEX = "photos-000001"


class Writing(RuleBasedStateMachine):
    """Writers with revisions of their own write to one index, and things go wrong."""

    cluster: FaultyCluster

    @initialize(largest=st.sampled_from([60, 150, 400, 100_000]))
    def begin(self, largest: int) -> None:
        self.cluster.wait_until_idle()
        self.cluster.reset()
        # From first to last: what may have arrived must not become too large afterwards.
        self.cluster.largest = largest
        make_index(self.cluster.store)
        options = ConnectionOptions(timeout_s=5)
        self.connection = open_connection(f"opensearch+{self.cluster.url}", options, {})
        self.revision = self.late_revision = 100_000
        # In the order of their writing; rejected ones are not among them.
        self.meant: list[Change] = []
        self.pending: list[Change] = []
        self.acknowledged: dict[str, int] = {}
        self.policies: list[BulkPolicy] = []

    @rule(
        faults=st.lists(_FAULTS, max_size=6),
        lasting=st.sampled_from([False, False, True]),
        last=_FAULTS,
    )
    def plan(self, faults: list[Fault], lasting: bool, last: Fault) -> None:
        self.cluster.plan.set(faults, last if lasting else Fault("none"))

    @rule(block=st.sampled_from(["write", "read_only_allow_delete", "read_only"]))
    def block(self, block: str) -> None:
        self.cluster.store.indexes[_INDEX].settings[f"index.blocks.{block}"] = True

    @rule()
    def close_index(self) -> None:
        self.cluster.store.indexes[_INDEX].closed = True

    @rule()
    def lose_alias(self) -> None:
        self.cluster.store.aliases.clear()

    @rule()
    def repair(self) -> None:
        self.cluster.plan.clear()
        index = self.cluster.store.indexes[_INDEX]
        index.settings.clear()
        index.closed = False
        self.cluster.store.aliases["photos"] = {_INDEX}

    @rule(data=st.data(), policy=_POLICIES)
    def write(self, data: st.DataObject, policy: BulkPolicy) -> None:
        keys = data.draw(st.lists(_KEYS, min_size=1, max_size=20))
        self._write([self._change(data, key) for key in keys], policy)

    @precondition(lambda self: self.pending)
    @rule(policy=_POLICIES)
    def write_again(self, policy: BulkPolicy) -> None:
        changes, self.pending = self.pending, []
        self._write(changes, policy)

    @invariant()
    def what_was_acknowledged_is_there(self) -> None:
        documents = self.cluster.store.indexes[_INDEX].documents
        for key, revision in self.acknowledged.items():
            assert documents[key].version >= revision

    def teardown(self) -> None:
        if not hasattr(self, "connection"):
            return
        self.repair()
        self.cluster.wait_until_idle()
        changes, self.pending = self.pending, []
        self._write(changes, replace(POLICY, changes_per_request=8))
        assert not self.pending
        assert contents(self.cluster.store) == values(self.meant)
        self.connection.close()

    def _change(self, data: st.DataObject, key: str) -> Change:
        """A new revision, or one of a writer who comes late."""
        self.revision += 1
        revision = self.revision
        if data.draw(st.integers(0, 5)) == 0:
            self.late_revision -= 1
            revision = self.late_revision
        kind = data.draw(st.sampled_from(["document"] * 4 + ["delete", "poison"]))
        if kind == "delete":
            return Change(key, revision, None)
        body: dict[str, Any] = {"value": f"{revision}" * data.draw(st.sampled_from([1, 40]))}
        if kind == "poison":
            body["unknown"] = 1
        return Change(key, revision, orjson.dumps(body))

    def _write(self, changes: list[Change], policy: BulkPolicy) -> None:
        ledger = Ledger()
        before = len(self.cluster.arrived)
        # A request that nobody waited for any more may arrive only now, of a policy before this.
        self.policies.append(policy)
        source = ledger.counted(changes, policy.requests * policy.changes_per_request)
        failed = False
        try:
            BulkWriter(self.connection, "photos", policy=policy).write(source, ledger)
        except ClusterError:
            failed = True
        self._check_requests(before)
        rejected = set()
        for result in ledger.results:
            change = result.change
            if result.fate == "rejected":
                assert result.reason
                rejected.add(id(change))
            elif result.fate == "acknowledged":
                known = self.acknowledged.get(change.id, 0)
                self.acknowledged[change.id] = max(known, change.revision)
        unsettled = ledger.pending(changes)
        assert failed or not unsettled
        known_changes = {id(change) for change in self.meant}
        self.meant = [change for change in self.meant if id(change) not in rejected]
        self.meant += [
            change
            for change in changes
            if id(change) not in rejected and id(change) not in known_changes
        ]
        self.pending += unsettled

    def _check_requests(self, before: int) -> None:
        most = max(policy.changes_per_request for policy in self.policies)
        largest = max(policy.bytes_per_request for policy in self.policies)
        for request in self.cluster.arrived[before:]:
            assert request.changes <= most
            assert request.size <= largest or request.changes == 1


def test_whatever_fails_nothing_is_lost_and_all_converges() -> None:
    with serving() as cluster:
        machine = type("OnOneCluster", (Writing,), {"cluster": cluster})
        run_state_machine_as_test(
            machine,
            settings=settings(
                max_examples=120,
                stateful_step_count=15,
                deadline=None,
                suppress_health_check=list(HealthCheck),
            ),
        )


@settings(max_examples=30, deadline=None)
@given(data=st.data(), size=st.integers(0, 30))
def test_the_order_of_changes_does_not_matter(data: st.DataObject, size: int) -> None:
    changes = [
        Change(
            data.draw(_KEYS), revision, orjson.dumps({"value": revision}) if revision % 5 else None
        )
        for revision in range(1, size + 1)
    ]
    shuffled = data.draw(st.permutations(changes))
    faults = data.draw(st.lists(_FAULTS.filter(lambda fault: fault.kind != "slow"), max_size=4))
    with serving() as cluster:
        make_index(cluster.store)
        cluster.plan.set([fault for fault in faults if fault.kind != "unauthorized"])
        connection = open_connection(f"opensearch+{cluster.url}", ConnectionOptions(), {})
        ledger = Ledger()

        BulkWriter(connection, "photos", policy=POLICY).write(shuffled, ledger)

        connection.close()
        assert contents(cluster.store) == values(changes)
        assert not ledger.pending(changes)
