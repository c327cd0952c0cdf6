"""`lsr-os models`"""

from __future__ import annotations

import click

from lsr_opensearch.models import KNOWN_MODELS, describe_model

from .options import json_option
from .output import print_json, print_table


@click.command("models")
@click.argument("name", required=False, metavar="[NAME|DIR]")
@json_option
def command(name: str | None, as_json: bool) -> None:
    """List the models, or show what one is good and poor at.

    \b
      lsr-os models
      lsr-os models basic
    """
    if name is not None:
        _show(name, as_json)
        return
    if as_json:
        for known in KNOWN_MODELS:
            print_json({"name": known.name, "bundled": known.bundled, "note": known.note})
        return
    print_table(
        ("model", "here", "what it is"),
        [(known.name, "yes" if known.bundled else "no", known.note) for known in KNOWN_MODELS],
    )


def _show(name: str, as_json: bool) -> None:
    model = describe_model(name)
    facts = {
        "name": model.name,
        "version": model.version,
        "kind": model.kind,
        "space_id": model.space_id,
        "sides": list(model.sides),
        "summary": model.summary,
        "limits": model.limits,
        "licence": model.licence,
        "directory": str(model.directory),
    }
    if as_json:
        print_json(facts | {"metrics": dict(model.metrics)})
        return
    for title, value in facts.items():
        shown = ", ".join(value) if isinstance(value, list) else value
        click.echo(f"{title.replace('_', ' ')}: {shown}")
