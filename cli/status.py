"""`lsr-os status`"""

from __future__ import annotations

from typing import Any

import click

from lsr_opensearch.amounts import amount
from lsr_opensearch.engines.missing import missing_index
from lsr_opensearch.engines.port import Index, SourceBinding
from lsr_opensearch.indexing.scope import root_path
from lsr_opensearch.indexing.sources import display_path

from .options import json_option
from .output import print_json, print_table
from .store import Store, store_options


@click.command("status")
@store_options
@json_option
def command(store: Store, as_json: bool) -> None:
    """Show what is indexed, and where."""
    index = store.open()
    try:
        schema = index.schema()
        if schema is None:
            raise missing_index(index)
        state = index.status()
        sources = [_source(index, binding) for binding in index.sources()]
        rebuilding = _rebuilding(index)
    finally:
        index.close()
    facts = {
        "url": index.url,
        "index": index.name,
        "model": schema.model,
        "documents": state.documents,
        "terms": state.terms,
        "bytes_on_disk": state.bytes_on_disk,
        "sources": sources,
        "rebuilding": rebuilding,
        "store": dict(state.store),
    }
    if as_json:
        print_json(facts)
        return
    click.echo(f"Index {index.name} in {index.url}")
    words = amount(state.terms, "different word")
    which = "" if state.counts_all_terms else " among their strongest"
    click.echo(f"  {amount(state.documents, 'picture')}, {words}{which}")
    click.echo(f"  model {schema.model}, {state.bytes_on_disk / 1e6:,.1f} MB on disk")
    if rebuilding is not None:
        count = amount(rebuilding["documents"], "picture")
        ways = "lsr-os reindex goes on, lsr-os reindex --abandon gives it up"
        click.echo(
            f"  being rebuilt with the model {rebuilding['model']}: {count} so far "
            f"({store.pasteable(ways)})"
        )
    print_table(
        ("source", "indexed", "skipped", "folder"),
        [(row["name"], row["indexed"], row["skipped"], row["folder"]) for row in sources],
        numeric=("indexed", "skipped"),
        always_headed=True,
    )


def _rebuilding(index: Index) -> dict[str, Any] | None:
    rebuild = index.rebuilding()
    if rebuild is None:
        return None
    try:
        schema = rebuild.index.schema()
        model = "" if schema is None else schema.model
        return {"model": model, "documents": rebuild.index.status().documents}
    finally:
        rebuild.close()


def _source(index: Index, binding: SourceBinding) -> dict[str, object]:
    entries = index.manifest(binding.name, keep=False).values()
    skipped = sum(1 for entry in entries if entry.problem)
    indexed = sum(1 for _ in index.document_ids(binding.name))
    folder = display_path(root_path(binding)) if binding.root else ""
    return {"name": binding.name, "folder": folder, "indexed": indexed, "skipped": skipped}
