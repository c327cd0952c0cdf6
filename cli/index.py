"""`lsr-os index`"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, get_args
from urllib.parse import quote

import click

from lsr_opensearch.amounts import amount
from lsr_opensearch.datasets.files import is_dataset
from lsr_opensearch.encoders import load_encoder
from lsr_opensearch.engines import DEFAULT_INDEX, index_file, state_folder
from lsr_opensearch.engines.cluster.connection.port import Engine
from lsr_opensearch.engines.cluster.mapping import FieldType, index_body
from lsr_opensearch.errors import SourceError, UsageError
from lsr_opensearch.indexing.captions import read_captions
from lsr_opensearch.indexing.dead_letters import read_dead_letters, write_dead_letters
from lsr_opensearch.indexing.documents import schema_for
from lsr_opensearch.indexing.report import IndexReport
from lsr_opensearch.indexing.retrying import retry
from lsr_opensearch.indexing.scope import Scope, file_scopes, folder_scope, root_path
from lsr_opensearch.indexing.sources import display_path, listed_files
from lsr_opensearch.indexing.sync import SyncOptions, sync
from lsr_opensearch.models import DEFAULT_MODEL
from lsr_opensearch.photo_index import PhotoIndex, open_encoding_cache

from .index_refusals import check_combination
from .options import json_option, make_default_folder, model_option
from .output import note, print_json, printable
from .progress import progress_bar
from .store import Store, store_options

SOME_SKIPPED = 3
FIELD_TYPES: tuple[FieldType, ...] = get_args(FieldType)
_SHOWN = 20


def _checked_name(name: str | None) -> str | None:
    if name is not None and not (name.strip() and name.isprintable()):
        raise UsageError(
            f"{name!r} cannot be the name of a source.", "Use printable characters, on one line."
        )
    return name


@click.command("index")
@click.argument("paths", nargs=-1, metavar="FOLDER|FILE|-...", type=click.Path())
@click.option(
    "--captions",
    "caption_files",
    multiple=True,
    type=click.Path(),
    metavar="FILE",
    help="Captions: TSV, CSV, JSONL, COCO or Karpathy JSON. May be given several times.",
)
@click.option(
    "--no-captions", is_flag=True, help="Forget what earlier --captions said of these pictures."
)
@click.option(
    "--source",
    metavar="NAME",
    callback=lambda _context, _option, name: _checked_name(name),
    help="Name for the folder. [default: its own]",
)
@click.option(
    "--prune", is_flag=True, help="Remove pictures that are gone, even if a fifth or more are."
)
@click.option("--dry-run", is_flag=True, help="Only show what would be done.")
@click.option("--workers", type=click.IntRange(min=1), help="[default: the number of cores]")
@click.option("-0", "--null", is_flag=True, help='With "-": names end with a NUL byte, not a line.')
@click.option(
    "--dead-letters",
    type=click.Path(),
    metavar="FILE",
    help="Where skipped pictures are listed. "
    "[default: beside the index file, or beside this machine's record of a cluster]",
)
@click.option(
    "--retry",
    "retry_file",
    type=click.Path(),
    metavar="FILE",
    help="Try the pictures of a list of skipped ones again, and no others.",
)
@click.option(
    "--field-type",
    type=click.Choice(FIELD_TYPES),
    default=FIELD_TYPES[0],
    show_default=True,
    help="How a new index in a cluster keeps term weights; sparse_vector: Elasticsearch 8.11+.",
)
@click.option(
    "--show-mapping",
    is_flag=True,
    help="Only print the settings and mappings that a new index in a cluster gets.",
)
@store_options
@model_option
@json_option
def command(
    paths: tuple[str, ...],
    caption_files: tuple[str, ...],
    no_captions: bool,
    source: str | None,
    prune: bool,
    dry_run: bool,
    workers: int | None,
    null: bool,
    dead_letters: str | None,
    retry_file: str | None,
    field_type: FieldType,
    show_mapping: bool,
    store: Store,
    model: str | None,
    as_json: bool,
) -> int:
    """Make pictures searchable, or bring the index up to date.

    \b
      lsr-os index ~/Pictures
      lsr-os index ~/Pictures --captions captions.tsv
      find . -name '*.jpg' -print0 | lsr-os index -0 -

    
      lsr-os index ~/Pictures --url https://search:9200 --index photos

    Only new and changed pictures are encoded. Running the same command again after an
    interruption continues where it stopped. Picture files are only ever read.
    """
    if show_mapping:
        _show_mapping(store.index_name, field_type, model)
        return 0
    check_combination(
        paths,
        retry_file,
        {
            "--captions": caption_files,
            "--no-captions": no_captions,
            "--source": source,
            "--prune": prune,
            "--dry-run": dry_run,
            "--workers": workers,
        },
    )
    options = SyncOptions(
        tables=[read_captions(path) for path in caption_files],
        drop_captions=no_captions,
        prune=prune,
        dry_run=dry_run,
        workers=workers,
    )
    letters = read_dead_letters(retry_file) if retry_file else []
    if retry_file and not letters:
        note(f"{retry_file} lists no picture: there is nothing to try again.")
    make_default_folder(store.url)
    with store.open_index(model, field_type=field_type) as index:
        # All arguments are looked at before anything is written.
        datasets = [path for path in paths if is_dataset(path)]
        others = [path for path in paths if path not in datasets]
        scopes = list(_scopes(others, source, index, null))
        reports = _add_datasets(index, datasets, source, store, as_json)
        if retry_file:
            with open_encoding_cache() as cache:
                reports += retry(index.engine, index.encoder, cache, letters, workers)
            for report in reports:
                _tell(report, store, as_json)
        for scope in scopes:
            if not scope.found and not scope.unreadable:
                _say_nothing_found(scope)
            reports.append(_sync(index, scope, options, as_json))
            _tell(reports[-1], store, as_json)
        if not dry_run:
            listed = dead_letters or _beside(store, index.engine.url)
            if write_dead_letters(listed, index.engine, reports):
                note(f"All skipped pictures are listed in {listed}")
    return 0 if all(report.complete for report in reports) else SOME_SKIPPED


def _add_datasets(
    index: PhotoIndex,
    paths: Sequence[str],
    source: str | None,
    store: Store,
    as_json: bool,
) -> list[IndexReport]:
    """The images of data sets of dense vectors, whose pictures need not be here."""
    reports = []
    for path in paths:
        from lsr_opensearch.datasets.published import read_dataset
        from lsr_opensearch.indexing.vectors import dataset_items

        name = source or os.path.basename(os.path.abspath(path))
        items = dataset_items(index.encoder, read_dataset(Path(path)))
        with progress_bar(name, quiet=as_json) as on_progress:
            reports.append(index.add(items, source=name, on_progress=on_progress))
        _tell(reports[-1], store, as_json)
    return reports


def _show_mapping(name: str, field_type: FieldType, model: str | None) -> None:
    """The body that makes an index, for those who want to look at it or make it themselves."""
    schema = schema_for(load_encoder(model or DEFAULT_MODEL))
    engine: Engine = "elasticsearch" if field_type == "sparse_vector" else "opensearch"
    body = index_body(schema, name, engine=engine, field_type=field_type, loading=False)
    click.echo(json.dumps(body, indent=2, ensure_ascii=False))


def _scopes(
    paths: Sequence[str], source: str | None, index: PhotoIndex, null: bool
) -> Iterator[Scope]:
    known, host = index.sources(), index.engine.host
    files: list[bytes] = []
    for path in paths:
        if path == "-":
            files.extend(listed_files(_input(), null=null))
        elif os.path.isdir(path) or not os.path.lexists(path):
            scope = folder_scope(path, source, known, host)
            # Nothing is bound yet, and what follows may lie in it.
            known = [*known, scope.binding]
            yield scope
        else:
            files.append(os.fsencode(path))
    yield from file_scopes(files, source, known, host)


def _input() -> BinaryIO:
    # Python has no such stream where it was closed: lsr-os index - <&-
    if sys.stdin is None:
        raise SourceError(
            "There is no input to read the names of files from.",
            "Give them: find . -name '*.jpg' | lsr-os index -",
        )
    return sys.stdin.buffer


def _sync(index: PhotoIndex, scope: Scope, options: SyncOptions, quiet: bool) -> IndexReport:
    with (
        open_encoding_cache() as cache,
        progress_bar(scope.binding.name, quiet=quiet) as on_progress,
    ):
        return sync(index.engine, index.encoder, cache, scope, options, on_progress)


def _tell(report: IndexReport, store: Store, as_json: bool) -> None:
    if as_json:
        print_json(report.as_json())
    else:
        click.echo(printable(_summary(report)))
    for line in report.notes:
        note(f"Note: {store.pasteable(line)}")
    for path in report.vanished:
        note(f"Gone while indexing: {path}")
    for item in report.skipped[:_SHOWN]:
        note(f"Skipped {item.path}: {store.pasteable(item.reason)}")
    if len(report.skipped) > _SHOWN:
        note(f"... and {len(report.skipped) - _SHOWN:,} more were skipped.")
    if report.kept_gone:
        note(_guard_message(report))


def _summary(report: IndexReport) -> str:
    counts = {
        "new": report.new,
        "changed": report.changed,
        "moved": report.moved,
        "removed": report.removed,
        "unchanged": report.unchanged,
        "skipped": len(report.skipped),
    }
    parts = [f"{count:,} {what}" for what, count in counts.items() if count] or ["0 pictures"]
    would = " (dry run, nothing was done)" if report.dry_run else ""
    return f"{report.source}: {', '.join(parts)}{would}"


def _guard_message(report: IndexReport) -> str:
    are, they = ("is", "It stays") if report.kept_gone == 1 else ("are", "They stay")
    return (
        f"{amount(report.kept_gone, 'picture')} of {report.source} {are} gone from the folder, a "
        f"fifth or more of all: is a drive not connected? {they} in the index. "
        "If they were really deleted, run the same command with --prune."
    )


def _say_nothing_found(scope: Scope) -> None:
    folder = display_path(os.path.join(root_path(scope.binding), scope.prefix or b""))
    note(
        f"No pictures in {folder}: looked for files such as .jpg, .png, .webp, .gif and .tif. "
        "Is it the right folder?"
    )


def _beside(store: Store, url: str) -> str:
    """The default list of skipped pictures: one for each index of a file, or of a cluster.

    Args:
        url: where the store is (`Index.url`).
    """
    name = "" if store.index_name == DEFAULT_INDEX else f"-{quote(store.index_name, safe='')}"
    if not store.is_cluster:
        return f"{index_file(store.url)}{name}-skipped.jsonl"
    folder = state_folder()
    with suppress(OSError):  # Whoever writes the list says what is wrong with its folder.
        os.makedirs(folder, exist_ok=True)
    cluster = hashlib.sha256(url.encode()).hexdigest()[:8]
    return os.path.join(folder, f"{quote(store.index_name, safe='')}-{cluster}-skipped.jsonl")
