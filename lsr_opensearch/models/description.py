"""``model.json``: what a model directory says of itself."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from lsr_opensearch.errors import ModelError

FORMAT = 1
FILE_NAME = "model.json"
# Of one vector, by default: what a cluster takes in one query for two fields.
MOST_TERMS = 512
Side = Literal["image", "caption", "query"]


@dataclass(frozen=True)
class ModelDescription:
    """The content of a ``model.json``.

    Attributes:
        directory: where the model's files lie.
        name: what ``--model`` calls it.
        kind: the encoder family that can run it.
        space_id: names the vocabulary and the document-side weights; a query of another space
            must never be scored against them.
        sides: which of image, caption and query it can encode.
        summary, limits: what it is and what it is poor at, in plain words.
        pruning: side + ``_terms`` -> how many terms are kept by default.
        metrics: the figures of its model card.
    """

    directory: Path
    name: str
    kind: str
    version: str
    space_id: str
    sides: tuple[Side, ...]
    summary: str
    limits: str
    licence: str
    pruning: Mapping[str, int]
    metrics: Mapping[str, Any]

    @property
    def as_option(self) -> str:
        """What ``--model`` takes for it: the name of a bundled one, else its directory."""
        is_bundled = self.directory.parent == Path(__file__).parent
        return self.name if is_bundled else shlex.quote(str(self.directory))


def read_description(directory: Path) -> ModelDescription:
    """Read ``directory/model.json``.

    Raises:
        ModelError: there is none, it is not valid, or a newer version of the library wrote it.
    """
    path = directory / FILE_NAME
    try:
        fields = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ModelError(
            f"{directory} is not a model directory: it has no {FILE_NAME}.",
            "`lsr-os models` lists the models that can be used.",
        ) from None
    except (OSError, ValueError) as error:
        raise ModelError(
            f"{path} cannot be read: {error}.", "Restore the model directory."
        ) from error
    return _description(directory, path, fields)


def write_description(description: ModelDescription, training: Mapping[str, Any]) -> None:
    """Write the ``model.json`` of the directory; ``training`` says how the model was made."""
    fields = {
        "format": FORMAT,
        "kind": description.kind,
        "name": description.name,
        "version": description.version,
        "summary": description.summary,
        "limits": description.limits,
        "sides": list(description.sides),
        "space_id": description.space_id,
        "pruning": dict(description.pruning),
        "licence": description.licence,
        "metrics": dict(description.metrics),
        "training": dict(training),
    }
    (description.directory / FILE_NAME).write_text(
        json.dumps(fields, indent=2, ensure_ascii=False) + "\n", encoding="utf-8"
    )


def _description(directory: Path, path: Path, fields: dict[str, Any]) -> ModelDescription:
    written = fields.get("format")
    if written != FORMAT:
        raise ModelError(
            f"{path} has format {written!r}; this version reads format {FORMAT}.",
            "Upgrade lsr-opensearch, or take a model made for this version.",
        )
    try:
        return ModelDescription(
            directory=directory,
            name=fields["name"],
            kind=fields["kind"],
            version=fields["version"],
            space_id=fields["space_id"],
            sides=tuple(fields["sides"]),
            summary=fields["summary"],
            limits=fields["limits"],
            licence=fields["licence"],
            pruning=fields["pruning"],
            metrics=fields["metrics"],
        )
    except KeyError as missing:
        raise ModelError(
            f"{path} lacks the field {missing}.", "Restore the model directory."
        ) from None
