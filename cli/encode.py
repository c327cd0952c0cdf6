"""`lsr-os encode`"""

from __future__ import annotations

import os

import click

from lsr_opensearch.encoders import load_encoder
from lsr_opensearch.errors import UsageError
from lsr_opensearch.images import PHOTO_SUFFIXES
from lsr_opensearch.models import DEFAULT_MODEL
from lsr_opensearch.terms import prune

from .options import json_option
from .output import bar, note, print_json, print_table

SIDES = ("image", "caption", "query")


def _side_of(thing: str) -> str:
    if os.path.isfile(thing):
        return "image"
    if os.path.splitext(thing)[1].lower() in PHOTO_SUFFIXES:
        raise UsageError(
            f"There is no file {thing!r}.",
            "Check the name; if it is a text that you want encoded, add --as query.",
        )
    return "query"


@click.command("encode")
@click.argument("thing", metavar="IMAGE|TEXT")
@click.option(
    "--as",
    "side",
    type=click.Choice(SIDES),
    help="What it is. [default: image where such a file exists, else query]",
)
@click.option("-n", "--limit", type=click.IntRange(min=1), help="Only the heaviest terms.")
@click.option("--model", default=DEFAULT_MODEL, show_default=True, metavar="NAME|DIR")
@json_option
def command(thing: str, side: str | None, limit: int | None, model: str, as_json: bool) -> None:
    """Show the words and weights of a picture or a text.

    \b
      lsr-os encode photo.jpg
      lsr-os encode "two dogs at a window"
      lsr-os encode --as caption "our garden in May"
    """
    encoder = load_encoder(model)
    side = side or _side_of(thing)
    if side == "image":
        terms = encoder.encode_images([thing])[0]
    elif side == "caption":
        terms = encoder.encode_captions([thing])[0]
    else:
        terms = encoder.encode_queries([thing])[0]
    terms = prune(terms, top_k=limit)
    if as_json:
        print_json({"input": thing, "side": side, "model": model, "terms": terms})
        return
    if not terms:
        note(f"The model {model!r} finds no word in this {side}.")
        return
    largest = max(terms.values())
    rows = [(term, weight, bar(weight, largest)) for term, weight in terms.items()]
    print_table(("term", "weight", ""), rows, numeric=("weight",))
