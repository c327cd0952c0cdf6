"""`lsr-os doctor`"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict

import click

from lsr_opensearch.encoders import load_encoder
from lsr_opensearch.engines.cluster.doctor.checks import examine
from lsr_opensearch.engines.cluster.doctor.finding import Finding
from lsr_opensearch.engines.cluster.index import ClusterIndex
from lsr_opensearch.engines.port import Index
from lsr_opensearch.errors import LsrError

from .options import json_option
from .output import print_json, print_table
from .store import Store, store_options

_HAS_PROBLEM = 1


@click.command("doctor")
@store_options
@json_option
def command(store: Store, as_json: bool) -> int:
    """Look for what keeps the commands from working, and say what to do about it.

    Nothing is changed. Exit status 0 when there is no problem, 1 otherwise.
    """
    try:
        index = store.reach()
    except LsrError as error:
        findings = [Finding("connection", "problem", error.message, error.next_step)]
    else:
        try:
            findings = list(_findings(index))
        finally:
            index.close()
    if as_json:
        for finding in findings:
            print_json(asdict(finding))
    else:
        rows = [
            row
            for finding in findings
            for row in ((finding.check, finding.state, finding.message), ("", "", finding.remedy))
            if any(row)
        ]
        print_table(("check", "state", "what was found, and what to do"), rows, names=("check",))
    return _HAS_PROBLEM if any(finding.state == "problem" for finding in findings) else 0


def _findings(index: Index) -> Iterator[Finding]:
    if isinstance(index, ClusterIndex):
        for note in index.connection.notes:
            yield Finding("connection", "note", note)
        yield from examine(index.connection, index.name, index.state)
    else:
        yield from _file(index)
    yield from _model(index)


def _file(index: Index) -> Iterator[Finding]:
    if index.schema() is None:
        yield Finding(
            "index file",
            "note",
            f"There is no index {index.name!r} in {index.url} yet.",
            "Make it: lsr-os index FOLDER",
        )
        return
    damage = index.check()
    for line in damage:
        yield Finding("index file", "problem", line, "Index the folders again to a new file.")
    if not damage:
        yield Finding("index file", "ok", f"{index.url} is sound")


def _model(index: Index) -> Iterator[Finding]:
    """Is the index's model here, and still the same?"""
    try:
        schema = index.schema()
        if schema is None:
            return
        encoder = load_encoder(schema.model)
    except LsrError as error:
        yield Finding("model", "problem", error.message, error.next_step)
        return
    if any(field.space_id != encoder.space_id for field in schema.fields.values()):
        yield Finding(
            "model",
            "problem",
            f"The index was made by another version of the model {schema.model!r}.",
            f"Rebuild it: lsr-os reindex --model {schema.model}",
        )
        return
    yield Finding("model", "ok", f"{schema.model}, in the same space as the index")
