"""`lsr-os verify`"""

from __future__ import annotations

import shlex
from collections.abc import Sequence

import click

from lsr_opensearch.amounts import amount
from lsr_opensearch.engines.port import Index
from lsr_opensearch.errors import IndexFileError, UsageError
from lsr_opensearch.indexing.agreement import Agreement
from lsr_opensearch.indexing.repairing import repair
from lsr_opensearch.indexing.verifying import Survey, verify
from lsr_opensearch.photo_index import open_encoding_cache

from .options import json_option
from .output import note, print_json, printable, working
from .store import Store, store_options

_DIFFERS = 1
_SHOWN = 10
_INDEX = "lsr-os index FOLDER"
_REPAIR = "lsr-os verify --repair"
# What a difference is called, and what mends it.
_KINDS = {
    "not_indexed": ("not indexed yet", f"added by {_INDEX}"),
    "out_of_date": ("changed since the last run", f"updated by {_INDEX}"),
    "gone": (
        "gone from the folder",
        f"removed by {_INDEX}; a fifth or more, if no drive is missing, with --prune",
    ),
    "pending": ("sent, but not known to have arrived", f"sent again by {_INDEX}"),
    "lost": ("missing from the index", f"indexed again by {_REPAIR}"),
    "differs": ("in the index otherwise than indexed", f"mended by {_REPAIR}"),
    "words_differ": (
        "in the index without the words that were indexed, or with others",
        f"indexed again by {_REPAIR}, or by the program that added them",
    ),
    "stray": ("in the index, but of no known file", f"removed by {_REPAIR}"),
}


@click.command("verify")
@click.option("--repair", "mend", is_flag=True, help="Mend what can be mended, and tell of it.")
@click.option(
    "--prune", is_flag=True, help="With --repair: remove pictures that are gone, however many."
)
@click.option(
    "--model",
    metavar="NAME|DIR",
    help="With --repair: model to encode with. [default: the index's own]",
)
@store_options
@json_option
def command(mend: bool, prune: bool, model: str | None, store: Store, as_json: bool) -> int:
    """Check that folders, manifest and index agree, and that the index itself is sound.

    Without --repair nothing is changed. With it, pictures that the index does not have as they are
    are indexed again (no others), what is gone or of no file is removed, and around an index in a
    cluster a lost alias, registry or record of this machine and the settings for searches are
    brought back. Sources of other machines are left alone.

    Exit status 0 when everything agrees (afterwards), 1 otherwise.
    """
    if prune and not mend:
        raise UsageError("--prune without --repair removes nothing.", "Add --repair.")
    if model is not None and not mend:
        raise UsageError("--model without --repair encodes nothing.", "Add --repair.")
    done: list[str] = []

    def told(sentence: str) -> None:
        done.append(sentence)
        if not as_json:
            click.echo(f"Mended: {printable(sentence)}")

    index = store.reach()
    try:
        if mend:
            with open_encoding_cache() as cache:
                survey = repair(index, cache, told, prune=prune, model=model)
        else:
            with working("Checking the index and the folders"):
                survey = verify(index)
        _warn(index, store, survey.damage)
    except IndexFileError:
        _warn(index, store)
        raise
    finally:
        index.close()
    if as_json:
        _print_json(survey, store, {"repaired": done} if mend else {})
    else:
        _show(index, survey, store)
    return 0 if survey.agrees else _DIFFERS


def _warn(index: Index, store: Store, damage: Sequence[str] = ()) -> None:
    for line in index.notices():
        if line not in damage:
            note(f"Warning: {store.pasteable(line)}")


def _print_json(survey: Survey, store: Store, more: dict[str, list[str]]) -> None:
    more = {"damage": list(map(store.pasteable, survey.damage)), **more}
    for result in survey.sources:
        print_json(result.as_json() | more)
    if not survey.sources:
        print_json({"source": None, **more, "agrees": survey.agrees})


def _show(index: Index, survey: Survey, store: Store) -> None:
    for line in survey.damage:
        click.echo(f"Damage: {printable(store.pasteable(line))}")
    for result in survey.sources:
        if result.unbound:
            _show_unbound(result, store)
        else:
            _show_source(result, store)
    if not survey.sources:
        click.echo(f"The index {index.name} has no sources: nothing is indexed.")


def _show_unbound(result: Agreement, store: Store) -> None:
    count = amount(result.unbound, "document")
    if not result.source:
        click.echo(f"{count} of no source at all: another program has written into the index.")
        return
    repair = store.pasteable(_REPAIR)
    forget = store.pasteable(f"lsr-os forget {shlex.quote(result.source)}")
    click.echo(f"{printable(result.source)}: {count}, but no such source is registered.")
    click.echo(f"  On the machine that has the folder, {repair} registers it again, unless the")
    click.echo("  folder is another source's;")
    click.echo(f"  {printable(forget)} removes the documents.")


def _show_source(result: Agreement, store: Store) -> None:
    skipped = f", {amount(len(result.skipped), 'file')} skipped" if result.skipped else ""
    name = printable(result.source)
    if result.agrees and result.elsewhere:
        where = printable(result.elsewhere)
        click.echo(f"{name}: manifest and index agree{skipped}; the folder is on {where}.")
        return
    if result.agrees:
        click.echo(f"{name}: folder, manifest and index agree{skipped}.")
        return
    click.echo(f"{name}: they differ{skipped}.")
    if result.unreachable:
        click.echo(f"  {printable(result.unreachable)}")
    for kind, (what, remedy) in _KINDS.items():
        paths: list[str] = getattr(result, kind)
        if not paths:
            continue
        click.echo(f"  {amount(len(paths), 'picture')} {what}: {store.pasteable(remedy)}")
        for path in paths[:_SHOWN]:
            click.echo(f"    {printable(path)}")
        if len(paths) > _SHOWN:
            click.echo(f"    ... and {len(paths) - _SHOWN:,} more (--json lists all)")
