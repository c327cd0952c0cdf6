"""A whole index anew beside the one that serves: another model, another field type, a new mapping.

Whatever stops a run, the old index serves, and the same command goes on.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from lsr_opensearch.amounts import amount
from lsr_opensearch.encoders import Encoder
from lsr_opensearch.engines.missing import missing_index
from lsr_opensearch.engines.port import Index, Schema, SourceBinding
from lsr_opensearch.engines.rebuild import Rebuild, Swapped
from lsr_opensearch.errors import IndexBusyError, LsrError, RebuildError, UsageError
from lsr_opensearch.indexing.bringing_over import (
    BringOver,
    RebuiltSource,
    ShowProgress,
    disagreement,
)
from lsr_opensearch.indexing.documents import schema_for
from lsr_opensearch.indexing.encoding_cache import EncodingCache

# In a file nobody is kept from writing during the last step; then it is taken again.
_TRIES = 20


@dataclass(frozen=True)
class RebuildOptions:
    """How an index is rebuilt.

    Attributes:
        field_type: of the new index, in a cluster; the old one's by default.
        leave_out: sources whose documents are not brought over.
        prune: go on where a fifth of a source's pictures or more would be lost.
        keep_old: leave the old index in the store, under its own name.
        workers: pictures encoded at once; the usable cores by default.
    """

    field_type: str | None = None
    leave_out: Sequence[str] = ()
    prune: bool = False
    keep_old: bool = True
    workers: int | None = None


@dataclass(frozen=True)
class RebuildReport:
    """What was done: the sources, and what became of the two indexes."""

    schema: Schema
    sources: list[RebuiltSource]
    swapped: Swapped


def rebuild_index(
    index: Index,
    encoder: Encoder,
    cache: EncodingCache,
    options: RebuildOptions,
    show_progress: ShowProgress,
) -> RebuildReport:
    """Rebuild an index for ``encoder`` and let the new one serve.

    Args:
        show_progress: name of a source -> what shows how far it is.

    Raises:
        RebuildError: the new index cannot serve yet: a source has to be brought over by another
            machine or a program, documents are of no registered source, too many pictures are
            missing, the counts do not agree, or another rebuild was begun. The old one serves.
        UsageError: a source that is to be left out is not known.
        SourceError: a folder cannot be looked at.
        ClusterError, IndexBusyError, StorageFullError: as for `indexing.sync.sync`.
    """
    before = index.schema()
    if before is None:
        raise missing_index(index)
    _check_left_out(index, options.leave_out)
    _left_out_unregistered(index, options.leave_out)
    schema = schema_for(encoder)
    rebuild = index.rebuild(schema, options.field_type)
    bring_over = BringOver(
        index,
        rebuild,
        encoder,
        cache,
        is_copy=before.fields == schema.fields,
        prune=options.prune,
        workers=options.workers,
        show_progress=show_progress,
    )
    try:
        _all_sources(index, rebuild, bring_over, options)
        rebuild.prepare()
        sources, swapped = _last_step(index, rebuild, bring_over, options)
    finally:
        rebuild.close()
    return RebuildReport(schema, sources, swapped)


def _check_left_out(index: Index, names: Sequence[str]) -> None:
    known = {binding.name for binding in index.sources()} | index.source_counts().keys()
    unknown = [name for name in names if name not in known]
    if unknown:
        raise UsageError(
            f"There is no source {unknown[0]!r} in the index that could be left out.",
            f"Sources: {', '.join(sorted(known)) or 'none'}.",
        )


def _left_out_unregistered(index: Index, leave_out: Sequence[str]) -> list[RebuiltSource]:
    """The sources of documents that are not registered, so that nothing brings them over.

    Raises:
        RebuildError: some of them are not to be left out.
    """
    counts = index.source_counts()
    # Looked at afterwards: a source is registered before its first document.
    known = {binding.name for binding in index.sources()}
    unregistered = {name: count for name, count in counts.items() if name not in known}
    lost = {name: count for name, count in unregistered.items() if name not in leave_out}
    if lost:
        raise _unregistered(index, lost)
    return [RebuiltSource(name, "left out") for name in unregistered]


def _last_step(
    index: Index, rebuild: Rebuild, bring_over: BringOver, options: RebuildOptions
) -> tuple[list[RebuiltSource], Swapped]:
    """Bring over what was written meanwhile, and swap; short, as most is done."""
    for _ in range(_TRIES):
        try:
            rebuild.freeze()
            left_out = _left_out_unregistered(index, options.leave_out)
            sources = _all_sources(index, rebuild, bring_over, options, is_last=True) + left_out
            _check_total(rebuild.index, sources)
            swapped = rebuild.swap(keep_old=options.keep_old)
        except BaseException:
            # Where that fails too, whoever writes is told how to go on.
            with suppress(LsrError):
                rebuild.thaw()
            raise
        if swapped is not None:
            return sources, swapped
    raise IndexBusyError(
        f"The index {index.name!r} was written to all the time, so that the rebuilt one never had "
        "everything.",
        "Run the same command again when nothing else is indexing; most of it is done.",
    )


def _all_sources(
    index: Index,
    rebuild: Rebuild,
    bring_over: BringOver,
    options: RebuildOptions,
    *,
    is_last: bool = False,
) -> list[RebuiltSource]:
    """Bring over every source.

    Raises:
        RebuildError: some have to be brought over elsewhere. The others are complete.
    """
    known = rebuild.index.sources()
    bindings = index.sources()
    for binding in known:
        if binding not in bindings:
            # Forgotten since an earlier run brought it over.
            rebuild.index.forget_source(binding.name)
    for binding in bindings:
        rebuild.index.bind_source(binding)
    results = [
        bring_over.leave_out(binding)
        if binding.name in options.leave_out
        else bring_over.source(binding, is_last=is_last)
        for binding in bindings
    ]
    waiting = {
        binding: result.waiting
        for binding, result in zip(bindings, results, strict=True)
        if result.waiting
    }
    if waiting:
        raise _waits(index, waiting)
    return results


def _waits(index: Index, waiting: dict[SourceBinding, str]) -> RebuildError:
    told = "; ".join(f"{binding.name!r}: {reason}" for binding, reason in waiting.items())
    hosts = sorted({binding.host for binding in waiting if binding.host})
    steps = []
    if hosts:
        steps.append(f"Run the same command on {' and '.join(hosts)}; the last one swaps.")
    if any(not binding.root for binding in waiting):
        steps.append(
            "Pictures that a program added can only be encoded by that program: let it add them "
            "to the new index (docs/reindexing.md), then run the same command again."
        )
    left_out = " ".join(f"--leave-out {shlex.quote(binding.name)}" for binding in waiting)
    steps.append(f"To do without them: {left_out}.")
    steps.append("`lsr-os reindex --abandon` gives the rebuild up.")
    return RebuildError(
        f"The rebuilt index {index.name!r} cannot serve yet; until then the old one does. What is "
        f"missing: {told}.",
        " ".join(steps),
    )


def _unregistered(index: Index, counts: Mapping[str, int]) -> RebuildError:
    told = "; ".join(
        f"{amount(count, 'picture')} of {repr(name) if name else 'no source at all'}"
        for name, count in counts.items()
    )
    left_out = " ".join(f"--leave-out {shlex.quote(name)}" for name in counts)
    return RebuildError(
        f"The index {index.name!r} has documents whose source is not registered, and the rebuilt "
        f"one would not have them: {told}. The old one serves.",
        "Register the sources again: `lsr-os verify --repair`, on each machine that has folders in "
        f"the index. Then run the same command again. To do without them: {left_out}.",
    )


def _check_total(new: Index, sources: Sequence[RebuiltSource]) -> None:
    counted, there = sum(source.documents for source in sources), new.status().documents
    if counted != there:
        raise disagreement(f"It has {there:,} documents, and {counted:,} in its sources.")
