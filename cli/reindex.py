"""`lsr-os reindex`"""

from __future__ import annotations

from functools import partial
from typing import get_args

import click

from lsr_opensearch.amounts import amount
from lsr_opensearch.encoders import encoder_of
from lsr_opensearch.engines.cluster.mapping import FieldType
from lsr_opensearch.engines.missing import missing_index
from lsr_opensearch.engines.port import Index
from lsr_opensearch.errors import UsageError
from lsr_opensearch.indexing.bringing_over import RebuiltSource
from lsr_opensearch.indexing.rebuilding import RebuildOptions, RebuildReport, rebuild_index
from lsr_opensearch.photo_index import open_encoding_cache

from .options import json_option, model_option
from .output import note, print_json, printable
from .progress import progress_bar
from .store import Store, store_options

SOME_MISSING = 3
_SHOWN = 20


@click.command("reindex")
@click.option(
    "--field-type",
    type=click.Choice(get_args(FieldType)),
    help="How an index in a cluster keeps term weights. [default: as before]",
)
@click.option(
    "--leave-out",
    multiple=True,
    metavar="SOURCE",
    help="Do not bring this source over: its pictures are not found afterwards. May be given "
    "several times.",
)
@click.option(
    "--prune", is_flag=True, help="Go on even if a fifth or more of a folder's pictures are gone."
)
@click.option(
    "--keep-old/--drop-old",
    default=True,
    show_default=True,
    help="Whether the index of before stays in the cluster or file, under its own name.",
)
@click.option("--abandon", is_flag=True, help="Give up a rebuild that was begun.")
@click.option("--workers", type=click.IntRange(min=1), help="[default: the number of cores]")
@store_options
@model_option
@json_option
def command(
    field_type: FieldType | None,
    leave_out: tuple[str, ...],
    prune: bool,
    keep_old: bool,
    abandon: bool,
    workers: int | None,
    store: Store,
    model: str | None,
    as_json: bool,
) -> int:
    """Rebuild the index beside the one that serves, then swap the two.

    \b
      lsr-os reindex --model ~/models/new
      lsr-os reindex --url https://search:9200 --field-type sparse_vector
      lsr-os reindex --abandon

    Searches go on, in the old index until everything is in the new one. Running the same command
    again after an interruption continues where it stopped. Pictures of other machines are encoded
    by running the same command there; the last one swaps.
    """
    index = store.open()
    try:
        before = index.schema()
        if before is None:
            raise missing_index(index)
        if abandon:
            _abandon(index, as_json)
            return 0
        encoder = encoder_of(index.name, before.model, asked_for=model)
        options = RebuildOptions(field_type, leave_out, prune, keep_old, workers)
        with open_encoding_cache() as cache:
            show_progress = partial(progress_bar, quiet=as_json)
            report = rebuild_index(index, encoder, cache, options, show_progress)
    finally:
        index.close()
    _tell(index.name, report, store, as_json)
    complete = not any(source.skipped or source.gone for source in report.sources)
    return 0 if complete else SOME_MISSING


def _abandon(index: Index, as_json: bool) -> None:
    rebuild = index.rebuilding()
    if rebuild is None:
        raise UsageError(
            f"No rebuild of the index {index.name!r} is under way.", "There is nothing to give up."
        )
    rebuild.abandon()
    rebuild.close()
    if as_json:
        print_json({"index": index.name, "abandoned": True})
    else:
        click.echo(f"The rebuild of the index {index.name} was given up; the old index serves.")


def _tell(name: str, report: RebuildReport, store: Store, as_json: bool) -> None:
    swapped = report.swapped
    for source in report.sources:
        if as_json:
            print_json(source.as_json())
        else:
            click.echo(printable(_summary(source)))
        for path in source.gone[:_SHOWN]:
            note(f"Not there any more: {path}")
        for item in source.skipped[:_SHOWN]:
            note(f"Skipped {item.path}: {item.reason}")
        more = len(source.gone[_SHOWN:]) + len(source.skipped[_SHOWN:])
        if more:
            listed = store.pasteable("`lsr-os index FOLDER` lists what it skips")
            note(f"... and {more:,} more of {source.source}; {listed}.")
        if source.how == "left out":
            name = _named(source)
            note(f"The pictures of {name} are not found any more: they were left out.")
    if as_json:
        print_json(
            {
                "index": name,
                "model": report.schema.model,
                "serving": swapped.serving,
                "kept": swapped.kept or None,
            }
        )
        return
    click.echo(f"The index {name} is the rebuilt one now, with the model {report.schema.model}.")
    click.echo(f"The old one was {f'kept as {swapped.kept}' if swapped.kept else 'deleted'}.")
    for line in swapped.notes:
        click.echo(f"  {line}")


def _summary(source: RebuiltSource) -> str:
    parts = [f"{amount(source.documents, 'picture')} {source.how}"]
    if source.gone:
        parts.append(f"{len(source.gone):,} gone")
    if source.skipped:
        parts.append(f"{len(source.skipped):,} skipped")
    return f"{_named(source)}: {', '.join(parts)}"


def _named(source: RebuiltSource) -> str:
    return source.source or "no source"
