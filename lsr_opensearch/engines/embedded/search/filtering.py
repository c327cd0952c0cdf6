"""Filters as SQL conditions on the columns of ``documents``. Every value is a bound parameter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lsr_opensearch.engines.embedded.storage.metadata import NUMBER_COLUMNS, TEXT_COLUMNS
from lsr_opensearch.errors import QueryError
from lsr_opensearch.query.filters import EXTRA_PREFIX, Filter
from lsr_opensearch.query.text import folded, storable

_COMPARISONS = {"eq": "=", "lt": "<", "le": "<=", "gt": ">", "ge": ">=", "glob": "GLOB"}
_KEYWORDS = "SELECT 1 FROM json_each(documents.keywords) AS entry WHERE entry.value"
_EXTRA = (
    "SELECT 1 FROM json_each(documents.extra) AS entry, json_each(entry.value) AS held"
    " WHERE entry.key = ? AND held.value"
)

# SQLite takes no expression deeper than 1,000, and every AND in a row makes one deeper.
_GROUP = 100


@dataclass(frozen=True)
class Condition:
    """SQL that holds for the documents wanted, and the values of its parameters."""

    sql: str
    values: tuple[str | float, ...]


def condition(filters: Sequence[Filter]) -> Condition:
    """What documents must fulfil so that all the filters hold.

    Raises:
        QueryError: a field that documents do not have, or an operator that does not fit it.
    """
    parts = [_condition(one) for one in filters]
    groups = [parts[start : start + _GROUP] for start in range(0, len(parts), _GROUP)]
    return Condition(
        " AND ".join(f"({' AND '.join(part.sql for part in group)})" for group in groups) or "1",
        tuple(value for part in parts for value in part.values),
    )


def _condition(one: Filter) -> Condition:
    operator = "=" if one.operator == "ne" else _COMPARISONS[one.operator]
    value = _value(one)
    if one.field == "keywords":
        found = Condition(f"EXISTS ({_KEYWORDS} {operator} ?)", (value,))
    elif one.field.startswith(EXTRA_PREFIX):
        name = storable(one.field.removeprefix(EXTRA_PREFIX))
        found = Condition(f"EXISTS ({_EXTRA} {operator} ?)", (name, value))
    elif one.field in (*TEXT_COLUMNS, *NUMBER_COLUMNS, "source"):
        found = Condition(f"ifnull({one.field} {operator} ?, 0)", (value,))
    else:
        raise QueryError(
            f"There is no field {one.field!r} to filter by.",
            "See 'lsr-os search --help' for the fields.",
        )
    return Condition(f"NOT {found.sql}", found.values) if one.operator == "ne" else found


def _value(one: Filter) -> str | float:
    if one.field in NUMBER_COLUMNS:
        if isinstance(one.value, str) or one.operator == "glob":
            raise QueryError(
                f"{one.field} is a number, and {one.value!r} is not.",
                f"Compare it as in '{one.field}>=1000'.",
            )
        return one.value
    text = folded(str(one.value))
    # In SQLite's GLOB a bracket opens a set of characters; here it means itself.
    return text.replace("[", "[[]") if one.operator == "glob" else text
