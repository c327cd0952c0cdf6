"""`lsr-os report`"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from lsr_opensearch.errors import MissingExtraError, UsageError

from .options import json_option
from .output import note, print_json, print_table

if TYPE_CHECKING:
    from lsr_opensearch.evaluation.report import Figures


@click.command("report")
@click.argument(
    "evaluations", nargs=-1, required=True, metavar="FILE|DIR...", type=click.Path(path_type=Path)
)
@click.option("--markdown", "as_markdown", is_flag=True, help="Print the table as Markdown.")
@click.option(
    "--plot",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Draw R@1 against FLOPs into a picture file (.png, .svg, .pdf).",
)
@json_option
def command(
    evaluations: tuple[Path, ...], as_markdown: bool, plot: Path | None, as_json: bool
) -> None:
    """Show several evaluations of the same data side by side.

    \b
      lsr-os report runs-a runs-b --plot cost.png
      lsr-os report runs-a runs-b --markdown >> README.md

    Each is a folder that `lsr-os eval --runs` has written, or a file with what `lsr-os eval --json`
    has printed. The dense vectors that models were compared with get a row of their own.
    """
    from lsr_opensearch.evaluation.report import COLUMNS, markdown, read_figures, rows

    figures = read_figures(evaluations)
    if as_json:
        for one in figures:
            print_json({**one.values, "model": one.name})
    elif as_markdown:
        click.echo(markdown(figures), nl=False)
    else:
        # A line a figure: a line a model would be wider than most terminals.
        heads, *lines = zip(COLUMNS, *rows(figures), strict=True)
        if not sys.stdout.isatty():
            # Tables have no heads there, and these say whose the figures are.
            lines.insert(0, heads)
        print_table(heads, lines, numeric=heads[1:], names=heads[:1])
    if plot is not None:
        _plot(plot, figures)


def _plot(path: Path, figures: list[Figures]) -> None:
    try:
        from lsr_opensearch.evaluation.plot import plot_figures
    except ImportError as error:
        raise MissingExtraError("Drawing", "torch") from error
    try:
        plot_figures(path, figures)
    except (OSError, ValueError) as error:
        raise UsageError(
            f"{path} cannot be drawn ({error}).", "Name a file that ends with .png: --plot FILE"
        ) from error
    note(f"{path}: drawn")
