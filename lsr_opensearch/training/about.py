"""What a model that was made here says of itself: its card, and its ``model.json``."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lsr_opensearch.models.description import ModelDescription, Side, write_description


@dataclass(frozen=True)
class About:
    """A model in plain words, and how it was made.

    Attributes:
        name: what ``--model`` calls it in messages.
        summary: what it is, in a sentence.
        limits: what it is poor at, in a sentence.
        licence: what is known of it.
        metrics: name -> figure.
        making: how it came about, such as what `training.making.making` tells.
        notes: what else its users should know, in sentences.
    """

    name: str
    summary: str
    limits: str
    licence: str
    metrics: Mapping[str, Any] = field(default_factory=dict)
    making: Mapping[str, Any] = field(default_factory=dict)
    notes: str = ""


@dataclass(frozen=True)
class Runs:
    """What runs a model, and how.

    Attributes:
        kind: the encoder family.
        space_id: names the vocabulary and the document-side weights.
        sides: what it can encode.
        kept: words of a picture, a caption and a query, at most.
    """

    kind: str
    space_id: str
    sides: Sequence[Side]
    kept: int


def write_about(directory: Path, about: About, runs: Runs) -> None:
    """Write ``README.md``, and at last ``model.json``: with it, the directory is a model."""
    (directory / "README.md").write_text(card(about), encoding="utf-8")
    description = ModelDescription(
        directory=directory,
        name=about.name,
        kind=runs.kind,
        version="1.0",
        space_id=runs.space_id,
        sides=tuple(runs.sides),
        summary=about.summary,
        limits=about.limits,
        licence=about.licence,
        pruning=dict.fromkeys(("image_terms", "caption_terms", "query_terms"), runs.kept),
        metrics=about.metrics,
    )
    write_description(description, about.making)


def card(about: About) -> str:
    """The model card as Markdown: what it is, how it was made, how to use it."""
    rows = "\n".join(f"| {name} | {figure} |" for name, figure in about.metrics.items())
    parts = [
        f"# {about.name}",
        f"{about.summary} It turns pictures and texts into weighted words, for an inverted index. "
        f"{about.limits}",
        about.notes,
        f"| on the validation split | |\n|---|---|\n{rows}" if rows else "",
        _effort(about.making),
        f"    lsr-os index PHOTOS --model {about.name}\n"
        f"    lsr-os search --model {about.name} two dogs on the beach",
        f"Licence: {about.licence}",
        "How it was made:",
        f"```json\n{json.dumps(about.making, indent=2, ensure_ascii=False)}\n```",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _effort(making: Mapping[str, Any]) -> str:
    """What the training took, where there was one."""
    if "best_epoch" not in making:
        return ""
    memory, gpu = making["peak_bytes"], making["peak_gpu_bytes"]
    most = f", {memory / 2**30:.1f} GiB of memory at most" if memory else ""
    most += f", {gpu / 2**30:.1f} GiB of the GPU's" if gpu else ""
    return f"Best after epoch {making['best_epoch']}; {making['seconds']:,} seconds{most}."
