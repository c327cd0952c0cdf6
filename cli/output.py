"""How results are shown: tables for people, tab-separated lines for pipes, JSON for programs."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any

import click

_BAR_WIDTH = 24


def print_table(
    columns: Sequence[str],
    rows: Sequence[Sequence[object]],
    *,
    numeric: Sequence[str] = (),
    names: Sequence[str] = (),
    styles: Mapping[str, str] = MappingProxyType({}),
    always_headed: bool = False,
) -> None:
    """A table on a terminal; elsewhere the same cells, tab-separated, one row a line.

    Args:
        numeric: columns that are aligned to the right.
        names: columns that get their room before others do.
        styles: what cells of these texts look like, as rich calls it.
        always_headed: the names of the columns also stand where no terminal is: in a report for
            people, not in a list whose lines are cut up.
    """
    if not sys.stdout.isatty():
        for row in [columns, *rows] if always_headed else rows:
            click.echo("\t".join(_one_line(cell) for cell in row))
        return
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console()
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for number, column in enumerate(columns):
        right = column in numeric
        longest = max((len(_one_line(row[number])) for row in rows), default=0)
        # A name that is cut off names nothing: it has its room, or goes on in the next line.
        keeps_its_room = right or (column in names and longest <= console.width // 2)
        table.add_column(
            column,
            justify="right" if right else "left",
            no_wrap=keeps_its_room,
            overflow="fold",
        )
    for row in rows:
        texts = map(_one_line, row)
        table.add_row(*(Text(text, styles.get(text, "")) for text in texts))
    console.print(table)


def print_json(value: Mapping[str, Any]) -> None:
    """One JSON object on one line, always valid UTF-8."""
    text = json.dumps(value, ensure_ascii=False)
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        text = json.dumps(value)
    click.echo(text)


@contextmanager
def working(message: str) -> Iterator[None]:
    """Show that something is going on, on a terminal only."""
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console

    with Console(stderr=True).status(message):
        yield


def note(message: str) -> None:
    """A message beside the results, on one line."""
    # Named, so that a progress bar, which stands in for it, moves out of the way.
    click.echo(printable(message), file=sys.stderr, err=True)


def bar(value: float, largest: float) -> str:
    """``value`` as a bar, the largest of its table filling the width."""
    eighths = round(_BAR_WIDTH * 8 * value / largest) if largest > 0 else 0
    full, part = divmod(eighths, 8)
    return "█" * full + " ▏▎▍▌▋▊▉"[part].strip()


def printable(text: str) -> str:
    """``text`` without what would move the cursor, colour the terminal or break the line."""
    if text.isprintable():
        return text
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode()
        for character in text
    )


def _one_line(cell: object) -> str:
    return f"{cell:.3f}" if isinstance(cell, float) else printable(str(cell))
