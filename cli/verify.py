"""`lsr-os verify`"""

from __future__ import annotations

from collections.abc import Sequence

import click

from lsr_opensearch.engines.port import Index, SourceBinding
from lsr_opensearch.errors import IndexFileError, SourceError
from lsr_opensearch.indexing.agreement import Agreement, compare
from lsr_opensearch.indexing.scope import bound_files

from .options import json_option
from .output import amount, print_json, working
from .store import Store, store_options

_DIFFERS = 1
_SHOWN = 10
# What a difference is called, and what mends it.
_KINDS = {
    "not_indexed": ("not indexed yet", "lsr-os index FOLDER adds them"),
    "out_of_date": ("changed since they were indexed", "lsr-os index FOLDER updates them"),
    "gone": ("gone from the folder", "lsr-os index FOLDER removes them (--prune if many)"),
    "lost": ("missing from the index", "lsr-os forget SOURCE, then lsr-os index FOLDER"),
    "stray": ("in the index, but of no known file", "lsr-os forget SOURCE, then lsr-os index"),
}


@click.command("verify")
@store_options
@json_option
def command(store: Store, as_json: bool) -> int:
    """Check that folders, manifest and index agree, and that the index file is sound.

    Exit status 0 when everything agrees, 1 otherwise.
    """
    index = store.open()
    try:
        if index.schema() is None:
            raise IndexFileError(
                f"There is no index {index.name!r} in {index.url}.",
                "Make it: lsr-os index FOLDER",
            )
        with working("Checking the index file and the folders"):
            damage = index.check()
            sources = index.sources()
            results = [_compare(index, binding, sources) for binding in sources]
    finally:
        index.close()
    if as_json:
        for result in results:
            print_json(result.as_json() | {"damage": damage})
    else:
        for line in damage:
            click.echo(f"Damage: {line}")
        for result in results:
            _show(result)
        if not results:
            click.echo(f"The index {index.name} has no sources: nothing is indexed.")
    return 0 if not damage and all(result.agrees for result in results) else _DIFFERS


def _compare(index: Index, binding: SourceBinding, known: Sequence[SourceBinding]) -> Agreement:
    found, unreachable = None, ""
    try:
        found = bound_files(binding, known)
    except SourceError as error:
        unreachable = str(error)
    manifest = index.manifest(binding.name)
    return compare(
        binding.name, found, manifest, set(index.document_ids(binding.name)), unreachable
    )


def _show(result: Agreement) -> None:
    skipped = f", {amount(len(result.skipped), 'file')} skipped" if result.skipped else ""
    if result.agrees:
        click.echo(f"{result.source}: folder, manifest and index agree{skipped}.")
        return
    click.echo(f"{result.source}: they differ{skipped}.")
    if result.unreachable:
        click.echo(f"  {result.unreachable}")
    for kind, (name, remedy) in _KINDS.items():
        paths: list[str] = getattr(result, kind)
        if not paths:
            continue
        click.echo(f"  {amount(len(paths), 'picture')} {name}: {remedy}")
        for path in paths[:_SHOWN]:
            click.echo(f"    {path}")
        if len(paths) > _SHOWN:
            click.echo(f"    ... and {len(paths) - _SHOWN:,} more (--json lists all)")
