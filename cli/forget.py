"""`lsr-os forget`"""

from __future__ import annotations

import os
from collections.abc import Sequence

import click

from lsr_opensearch.amounts import amount
from lsr_opensearch.engines.port import Index, SourceBinding
from lsr_opensearch.errors import IndexFileError, UsageError
from lsr_opensearch.indexing.scope import root_path
from lsr_opensearch.indexing.sources import display_path, file_uri

from .options import json_option
from .output import print_json, printable
from .store import Store, store_options


@click.command("forget")
@click.argument("source", required=False, metavar="[SOURCE|FOLDER]")
@click.option("--all", "everything", is_flag=True, help="Remove the whole index.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@store_options
@json_option
def command(source: str | None, everything: bool, yes: bool, store: Store, as_json: bool) -> None:
    """Remove a folder's pictures from the index. The picture files are not touched.

    \b
      lsr-os forget Pictures
      lsr-os forget ~/Pictures
      lsr-os forget --all

    A folder is one of this machine; name the source of another by its name.
    """
    if (source is None) != everything:
        raise UsageError(
            "Say what to forget: one source, or --all.", "`lsr-os status` lists the sources."
        )
    if source == "":
        # As a folder it would be the current one, which an unset variable of a shell does not mean.
        raise UsageError("The source to forget is empty.", "`lsr-os status` lists the sources.")
    index = store.open()
    try:
        if index.schema() is None:
            raise IndexFileError(
                f"There is no index {index.name!r} in {index.url}.", "There is nothing to forget."
            )
        others = index.dropped_with() if source is None else []
        removed = _forget_all(index, others, yes) if source is None else _forget(index, source, yes)
    finally:
        index.close()
    if as_json:
        facts = {"index": index.name, "source": source, "removed": removed}
        print_json(facts | ({"removed_indexes": others} if others else {}))
    else:
        pictures = amount(removed, "picture")
        click.echo(f"Removed {pictures} from the index {index.name}{_and_with_it(others)}.")


def _forget_all(index: Index, others: Sequence[str], yes: bool) -> int:
    count = index.status().documents
    pictures = amount(count, "picture")
    _ask(f"Remove the whole index {index.name} with {pictures}{_and_with_it(others)}?", yes)
    index.drop()
    return count


def _and_with_it(others: Sequence[str]) -> str:
    return f", and with it what rebuilds have left: {', '.join(others)}" if others else ""


def _forget(index: Index, source: str, yes: bool) -> int:
    bindings = {binding.name: binding for binding in index.sources()}
    name = _source_name(index, source, list(bindings.values()))
    count = sum(1 for _ in index.document_ids(name))
    whose = f"{name}{_place(bindings.get(name))}"
    _ask(f"Remove {amount(count, 'picture')} of {whose} from the index {index.name}?", yes)
    return index.forget_source(name)


def _place(binding: SourceBinding | None) -> str:
    """Where the pictures of a source lie; empty for items."""
    if binding is None or not binding.root:
        return ""
    host = f" on {binding.host}" if binding.host else ""
    return f" ({display_path(root_path(binding))}{host})"


def _ask(question: str, yes: bool) -> None:
    if not yes:
        click.confirm(printable(question), abort=True, err=True)


def _source_name(index: Index, source: str, bindings: Sequence[SourceBinding]) -> str:
    """The name of a source that is given by its name, or by its folder on this machine."""
    for binding in bindings:
        if binding.name == source:
            return binding.name
    root = file_uri(os.path.realpath(os.fsencode(os.path.expanduser(source))))
    for binding in bindings:
        if (binding.host, binding.root) == (index.host, root):
            return binding.name
    if source in index.source_counts():
        # Documents whose source is not registered any more.
        return source
    names = ", ".join(binding.name for binding in bindings) or "none"
    raise UsageError(f"There is no source {source!r} in the index.", f"Sources: {names}.")
