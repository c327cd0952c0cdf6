"""Options that several commands share, and what they mean."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, TypeVar

import click

from lsr_opensearch.errors import IndexFileError

Decorated = TypeVar("Decorated", bound=Callable[..., Any])

APP = "lsr-opensearch"


def default_url() -> str:
    """The index file of people who name none."""
    import platformdirs

    return os.path.join(platformdirs.user_data_dir(APP), "index.sqlite")


def make_default_folder(url: str) -> None:
    """Where an index is to be written that nobody named, its folder is made."""
    if url != default_url():
        return
    try:
        os.makedirs(os.path.dirname(url), exist_ok=True)
    except OSError as error:
        raise IndexFileError(
            f"The folder for the index cannot be made: {os.path.dirname(url)} "
            f"({error.strerror or error}).",
            "Choose a place for the index with --url FILE.",
        ) from error


def model_option(command: Decorated) -> Decorated:
    return click.option(
        "--model",
        metavar="NAME|DIR",
        help="Model to encode with; hf:OWNER/NAME is one of the Hugging Face hub. "
        "[default: the index's own, or basic]",
    )(command)


def json_option(command: Decorated) -> Decorated:
    return click.option("--json", "as_json", is_flag=True, help="Print JSON, one object a line.")(
        command
    )
