"""`lsr-os compare`"""

from __future__ import annotations

from pathlib import Path

import click

from lsr_opensearch.amounts import amount

from .options import json_option
from .output import note, print_json, print_table

_COLUMNS = ("", "first", "second", "difference", "95% interval", "p")


@click.command("compare")
@click.argument("first", type=click.Path(path_type=Path))
@click.argument("second", type=click.Path(path_type=Path))
@click.option("--seed", default=0, show_default=True, type=click.IntRange(min=0))
@json_option
def command(first: Path, second: Path, seed: int, as_json: bool) -> None:
    """Say whether the SECOND run is better than the FIRST by more than chance.

    \b
      lsr-os eval --model a --data planted --runs runs-a
      lsr-os eval --model b --data planted --runs runs-b
      lsr-os compare runs-a runs-b

    Each is a folder that `lsr-os eval --runs` has written, or one run in it: a file NAME.run with
    NAME.qrels beside it. p is of a paired randomisation test, two-sided; the interval of the
    difference is a paired bootstrap's; both draw 10,000 times.
    """
    from lsr_opensearch.evaluation.comparing import read_pairs
    from lsr_opensearch.evaluation.significance import DRAWS, differences

    pairs = read_pairs(first, second)
    found = {
        pair.name: differences(pair.first, pair.second, pair.relevant, seed=seed) for pair in pairs
    }
    if as_json:
        print_json(
            {"first": str(first), "second": str(second), "draws": DRAWS, "seed": seed}
            | {
                name: {measure: one.as_json() for measure, one in measures.items()}
                for name, measures in found.items()
            }
            | {"queries": {pair.name: len(pair.relevant) for pair in pairs}}
        )
        return
    rows = [
        (
            f"{name} {measure}",
            f"{one.first:.1f}",
            f"{one.second:.1f}",
            f"{one.second - one.first:+.2f}",
            f"{one.low:+.2f} to {one.high:+.2f}",
            f"{one.p:.4f}",
        )
        for name, measures in found.items()
        for measure, one in measures.items()
    ]
    print_table(_COLUMNS, rows, numeric=_COLUMNS[1:])
    for pair in pairs:
        note(f"{pair.name}: {amount(len(pair.relevant), 'query', 'queries')}")
