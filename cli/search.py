"""`lsr-os search`"""

from __future__ import annotations

import os
import re
import sys

import click

from lsr_opensearch.amounts import amount
from lsr_opensearch.searcher import Hit

from .options import json_option, model_option
from .output import bar, note, print_json, print_table
from .store import Store, store_options

_MATCHED_SHOWN = 4
_SMALLEST_SHOWN = 0.005
_UNREAD = "(words not readable)"
# -word, -t-shirt and -3d, but neither -n5 nor -0.
_EXCLUDED_WORD = re.compile(r"-(?:[^\W\d_]{2}|[^\W_]+-\w|\d+[^\W\d_]).*")


class _QueryCommand(click.Command):
    """Takes ``-word`` as a word to leave out, where it would be read as options otherwise."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        end = args.index("--") if "--" in args else len(args)
        options = [word for word in args[:end] if not _EXCLUDED_WORD.fullmatch(word)]
        excluded = [word for word in args[:end] if _EXCLUDED_WORD.fullmatch(word)]
        words = [*excluded, *args[end + 1 :]]
        return super().parse_args(ctx, [*options, "--", *words] if words else options)


@click.command("search", cls=_QueryCommand)
@click.argument("query", nargs=-1)
@click.option("-n", "--limit", default=10, show_default=True, help="How many hits at most.")
@click.option("--image", type=click.Path(), metavar="FILE", help="Find pictures like this one.")
@click.option(
    "--filter",
    "filters",
    multiple=True,
    metavar="CONDITION",
    help="Only pictures for which this holds, e.g. 'width>=1000', 'taken_at=2024', "
    "'path=Norway/*', 'keywords=harbour'. May be given several times.",
)
@click.option("--paths", is_flag=True, help="Print only paths (ids where there is no file).")
@click.option("-0", "--null", is_flag=True, help="With --paths: end each with a NUL byte.")
@click.option("--show-query", is_flag=True, help="Only print what a cluster would be asked.")
@click.option("--explain", is_flag=True, help="Show what each word gave to each score.")
@store_options
@model_option
@json_option
def command(
    query: tuple[str, ...],
    limit: int,
    image: str | None,
    filters: tuple[str, ...],
    paths: bool,
    null: bool,
    show_query: bool,
    explain: bool,
    store: Store,
    model: str | None,
    as_json: bool,
) -> None:
    """Find pictures by words.

    \b
      lsr-os search two dogs at a window
      lsr-os search 'dog^2 beach' -n 5     dog counts twice
      lsr-os search animal -cat            no pictures with cat among their strongest words
      lsr-os search '"our garden"'         a caption must say so
      lsr-os search --image photo.jpg      pictures like this one
    """
    with store.open_index(model) as index:
        text = " ".join(query)
        if show_query:
            body = index.searcher.query_body(text, image=image, limit=limit, filters=filters)
            print_json(body)
            return
        hits = index.search(text, image=image, limit=limit, filters=filters)
        unknown = index.unknown_words(text)
    _tell_of_unread(hits, store)
    for word, near in unknown.items():
        suggestion = f"; did you mean {' or '.join(near)}?" if near else ""
        note(f"No picture has the word {word!r}{suggestion}")
    if as_json:
        for hit in hits:
            print_json(hit.as_json())
    elif paths:
        _print_paths(hits, b"\0" if null else b"\n")
    elif not hits:
        note("No picture matches. Try fewer or other words, or fewer filters.")
    elif explain:
        _print_explained(hits)
    else:
        _print_hits(hits)


def _tell_of_unread(hits: list[Hit], store: Store) -> None:
    unread = sum(not hit.matched for hit in hits)
    if unread:
        note(
            f"The words of {amount(unread, 'hit')} could not be read: the index finds by them, but "
            "does not bring them along. "
            + store.pasteable("See what became of them: lsr-os verify")
        )


def _print_hits(hits: list[Hit]) -> None:
    columns = ["rank", "score", "picture", "because of"]
    several = len({hit.metadata.get("source") for hit in hits}) > 1
    rows = [[hit.rank, hit.score, _name(hit, several), _matched(hit)] for hit in hits]
    if any(hit.caption for hit in hits):
        columns.append("caption")
        for row, hit in zip(rows, hits, strict=True):
            row.append(hit.caption)
    print_table(columns, rows, numeric=("rank", "score"), names=("picture",))


def _name(hit: Hit, with_source: bool) -> str:
    """How a hit is called; beside hits of other sources, with its own."""
    name = hit.path or hit.id
    return f"{hit.metadata.get('source', '')}: {name}" if with_source else name


def _matched(hit: Hit) -> str:
    """The words that gave most, with what they gave where it shows in two digits."""
    shown = [
        f"{match.term} {match.score:.2f}"
        for match in hit.matched[:_MATCHED_SHOWN]
        if match.score >= _SMALLEST_SHOWN
    ]
    return ", ".join(shown) or (hit.matched[0].term if hit.matched else _UNREAD)


def _print_explained(hits: list[Hit]) -> None:
    largest = max((match.score for hit in hits for match in hit.matched), default=0.0)
    rows: list[tuple[object, ...]] = []
    for hit in hits:
        rows.append((hit.rank, hit.path or hit.id, "", "", hit.score, _UNREAD * (not hit.matched)))
        rows.extend(
            (
                "",
                f"  {match.term}",
                match.query,
                match.document,
                match.score,
                f"{bar(match.score, largest)} {'+'.join(match.fields)}",
            )
            for match in hit.matched
        )
    print_table(
        ("rank", "picture", "query", "document", "score", "from"),
        rows,
        numeric=("rank", "query", "document", "score"),
    )


def _print_paths(hits: list[Hit], end: bytes) -> None:
    """The paths as the file system has them (bytes, whatever their encoding); URLs as they are."""
    for hit in hits:
        shown = hit.file or str(hit.metadata.get("uri", "")) or hit.id
        sys.stdout.buffer.write(os.fsencode(shown) + end)
    sys.stdout.buffer.flush()
