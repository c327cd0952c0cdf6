"""`lsr-os doctor`"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace

import click

from lsr_opensearch.amounts import amount
from lsr_opensearch.engines import surroundings
from lsr_opensearch.engines.finding import Finding
from lsr_opensearch.engines.port import Index
from lsr_opensearch.errors import LsrError

from .options import json_option
from .output import note, print_json, print_table, working
from .store import Store, store_options

_HAS_PROBLEM = 1
_STYLES: dict[str, str] = {
    "ok": "green",
    "note": "yellow",
    "problem": "bold red",
    "unknown": "cyan",
}


@click.command("doctor")
@store_options
@json_option
def command(store: Store, as_json: bool) -> int:
    """Look for what keeps the commands from working, and say what to do about it.

    Nothing is changed. What this user may not look at is "unknown". Exit status 0 when no problem
    was found, 1 otherwise.
    """
    with working("Looking"):
        findings = [
            replace(
                finding,
                message=store.pasteable(finding.message),
                remedy=store.pasteable(finding.remedy),
            )
            for finding in _findings(store)
        ]
    if as_json:
        for finding in findings:
            print_json(asdict(finding))
    else:
        _show(findings)
    return _HAS_PROBLEM if any(finding.state == "problem" for finding in findings) else 0


def _findings(store: Store) -> Iterator[Finding]:
    check = "connection" if store.is_cluster else "index file"
    try:
        index = store.reach()
    except LsrError as error:
        yield Finding(check, "problem", error.message, error.next_step)
    else:
        try:
            yield from _of_the_store(index)
            schema = index.schema()
            if schema is not None:
                yield from surroundings.model(index.name, schema)
        except LsrError as error:
            if not store.is_cluster:
                yield Finding(check, "problem", error.message, error.next_step)
        finally:
            index.close()
    yield from surroundings.decoders()


def _of_the_store(index: Index) -> Iterator[Finding]:
    from lsr_opensearch.engines.embedded.index import EmbeddedIndex

    if isinstance(index, EmbeddedIndex):
        from lsr_opensearch.engines.embedded.doctor import examine as examine_file

        yield from examine_file(index)
        return
    from lsr_opensearch.engines.cluster.doctor.checks import examine as examine_cluster
    from lsr_opensearch.engines.cluster.doctor.examined import Examined
    from lsr_opensearch.engines.cluster.index import ClusterIndex

    if isinstance(index, ClusterIndex):
        examined = Examined(index.connection, index.name, index.host, index.state)
        yield from examine_cluster(examined)


def _show(findings: Sequence[Finding]) -> None:
    """What to do stands below what was found."""
    rows = [
        row
        for finding in _folded(findings)
        for row in ((finding.check, finding.state, finding.message), ("", "", finding.remedy))
        if any(row)
    ]
    columns = ("check", "state", "what was found, and what to do")
    print_table(columns, rows, names=("check",), styles=_STYLES)
    problems = sum(finding.state == "problem" for finding in findings)
    if problems:
        note(f"{amount(problems, 'problem')}.")
    elif any(finding.state == "unknown" for finding in findings):
        note("No problem found in what could be checked.")
    else:
        note("No problem.")


def _folded(findings: Sequence[Finding]) -> Iterator[Finding]:
    """The findings, with one in place of all that the user may not look at and need not."""
    unseen = [finding for finding in findings if finding.needs]
    for finding in findings:
        if not finding.needs:
            yield finding
        elif finding is unseen[0]:
            permissions = sorted({one.needs for one in unseen})
            yield Finding(
                "not looked at",
                "unknown",
                f"This user may not look at: {', '.join(one.check for one in unseen)}.",
                f"The looks need {', '.join(permissions)}; no other command does.",
            )
