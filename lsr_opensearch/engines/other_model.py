"""What is said where an index is of another model than what is written to it or searched with."""

from __future__ import annotations

from lsr_opensearch.engines.port import Schema
from lsr_opensearch.errors import SpaceMismatchError


def other_schema(name: str, found: Schema, wanted: Schema) -> SpaceMismatchError:
    """The error for an index of another model than what is wanted."""
    return SpaceMismatchError(
        f"The index {name!r} is of the model {found.model!r} ({_spaces(found)}), not of "
        f"{wanted.model!r} ({_spaces(wanted)}); their words do not weigh the same.",
        f"Use the index's own (--model {found.model}), name another index (--index NAME), or "
        f"rebuild this one: lsr-os reindex --model {wanted.model}",
    )


def _spaces(schema: Schema) -> str:
    return ", ".join(sorted({field.space_id for field in schema.fields.values()}))
