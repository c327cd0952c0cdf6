"""Filters on metadata: ``width>=1000``, ``taken_at=2024-05``, ``path=Norway/*``.

`parse_filter` turns one such text into `Filter` values that every engine can render.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from lsr_opensearch.errors import QueryError

Operator = Literal["eq", "ne", "lt", "le", "gt", "ge", "glob"]
FieldKind = Literal["keyword", "number", "date"]

FILTER_FIELDS: dict[str, FieldKind] = {
    "path": "keyword",
    "source": "keyword",
    "format": "keyword",
    "camera": "keyword",
    "keywords": "keyword",
    "sha256": "keyword",
    "width": "number",
    "height": "number",
    "bytes": "number",
    "taken_at": "date",
    "modified_at": "date",
}
# Free metadata: every value under it is compared as text.
EXTRA_PREFIX = "extra."

_OPERATORS: dict[str, Operator] = {
    "=": "eq",
    "!=": "ne",
    "<": "lt",
    "<=": "le",
    ">": "gt",
    ">=": "ge",
}
# The names of a user's own metadata may hold spaces: they are the headers of a caption file.
_FILTER = re.compile(r"\s*([\w.-]+?|extra\.[^=!<>]+?)\s*(!=|<=|>=|=|<|>)\s*(.*?)\s*", re.DOTALL)
_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(?:\.\d+)?)?")


@dataclass(frozen=True)
class Filter:
    """One condition on one field.

    Attributes:
        field: one of `FILTER_FIELDS`, or ``extra.`` and a name.
        operator: ``glob`` is a pattern with ``*`` and ``?`` over the whole value; text compares
            without regard to case. On a field of several values (``keywords``) one value that
            fulfils ``eq`` or ``glob`` is enough, and ``ne`` means that none equals.
        value: a number for number fields, otherwise text; dates and times are ISO 8601
            (``2024-05-01T00:00:00``), so that they order as text.
    """

    field: str
    operator: Operator
    value: str | float


def parse_filter(text: str) -> tuple[Filter, ...]:
    """The conditions that ``text`` stands for, all of which must hold.

    A date may be a year, a month, a day or a time and stands for its whole span: ``taken_at=2024``
    is everything in that year, ``taken_at<=2024-05`` everything up to the end of May.

    Raises:
        QueryError: not of the form FIELD OPERATOR VALUE, an unknown field, or a value that does
            not fit the field.
    """
    match = _FILTER.fullmatch(text)
    if match is None or not match[3]:
        raise QueryError(
            f"The filter {text!r} is not of the form FIELD OPERATOR VALUE.",
            "Write for example 'width>=1000', 'taken_at=2024' or 'path=Norway/*'.",
        )
    field, operator, value = match[1], _OPERATORS[match[2]], match[3]
    kind = field_kind(field)
    if kind == "number":
        return (Filter(field, operator, _number(field, value)),)
    if kind == "date":
        return _date_filters(field, operator, value)
    return (_keyword_filter(field, operator, value),)


def parse_filters(texts: Sequence[str]) -> tuple[Filter, ...]:
    """All the conditions of several filters."""
    return tuple(condition for text in texts for condition in parse_filter(text))


def field_kind(field: str) -> FieldKind:
    """What kind of value a field has.

    Raises:
        QueryError: there is no such field to filter by.
    """
    if field.startswith(EXTRA_PREFIX) and len(field) > len(EXTRA_PREFIX):
        return "keyword"
    kind = FILTER_FIELDS.get(field)
    if kind is None:
        raise QueryError(
            f"There is no field {field!r} to filter by.",
            f"Fields: {', '.join(FILTER_FIELDS)}, and extra.NAME for your own metadata.",
        )
    return kind


def _keyword_filter(field: str, operator: Operator, value: str) -> Filter:
    if operator not in ("eq", "ne"):
        raise QueryError(
            f"{field} is text and cannot be compared by order.",
            f"Use {field}=VALUE, {field}!=VALUE, or a pattern such as '{field}=*part*'.",
        )
    if "*" in value or "?" in value:
        if operator == "ne":
            raise QueryError(
                f"A pattern cannot be used with != ({field}!={value}).",
                "Use the pattern with =, or != with a whole value.",
            )
        operator = "glob"
    return Filter(field, operator, value)


def _number(field: str, value: str) -> float:
    try:
        number = float(value)
        # No index accepts NaN or an infinity.
        if not math.isfinite(number):
            raise ValueError
    except ValueError:
        raise QueryError(
            f"{field} is a number, and {value!r} is not.", f"Write for example '{field}>=1000'."
        ) from None
    return number


def _date_filters(field: str, operator: Operator, value: str) -> tuple[Filter, ...]:
    start, end = _span(field, value)
    match operator:
        case "eq":
            return (Filter(field, "ge", start), Filter(field, "lt", end))
        case "ge":
            return (Filter(field, "ge", start),)
        case "gt":
            return (Filter(field, "ge", end),)
        case "lt":
            return (Filter(field, "lt", start),)
        case "le":
            return (Filter(field, "lt", end),)
        case _:
            raise QueryError(
                f"{field} cannot be used with !=.", f"Use '{field}<{value}' or '{field}>{value}'."
            )


def _span(field: str, value: str) -> tuple[str, str]:
    """First instant of the year, month, day, minute or second of ``value``, and of the next."""
    date, time = _DATE.fullmatch(value), _TIME.fullmatch(value)
    try:
        if date:
            start, end = _calendar_span(*(int(part) if part else None for part in date.groups()))
        elif time:
            start = datetime.fromisoformat(value).replace(microsecond=0)
            end = start + (timedelta(seconds=1) if time[1] else timedelta(minutes=1))
        else:
            raise ValueError
    except (ValueError, OverflowError):
        raise QueryError(
            f"{field} is a date, and {value!r} is not.",
            "Write a year, month or day, with or without a time: 2024, 2024-05, 2024-05-17 or "
            "2024-05-17T10:30.",
        ) from None
    return start.isoformat(), end.isoformat()


def _calendar_span(
    year: int | None, month: int | None, day: int | None
) -> tuple[datetime, datetime]:
    start = datetime(year or 0, 1 if month is None else month, 1 if day is None else day)
    if day is not None:
        return start, start + timedelta(days=1)
    if month is not None:
        return start, (start + timedelta(days=31)).replace(day=1)
    return start, start.replace(year=start.year + 1)
