"""Filters on metadata: from text to conditions that every engine can render."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lsr_opensearch.errors import QueryError
from lsr_opensearch.query.filters import FILTER_FIELDS, Filter, parse_filter, parse_filters


@pytest.mark.parametrize(
    ("text", "operator"),
    [
        ("width=1000", "eq"),
        ("width!=1000", "ne"),
        ("width<1000", "lt"),
        ("width<=1000", "le"),
        ("width>1000", "gt"),
        ("width>=1000", "ge"),
    ],
)
def test_every_operator_works_on_numbers(text: str, operator: str) -> None:
    assert parse_filter(text) == (Filter("width", operator, 1000.0),)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("camera=NIKON D750", Filter("camera", "eq", "NIKON D750")),
        ("camera!=NIKON D750", Filter("camera", "ne", "NIKON D750")),
        ("path=*/Norway/*", Filter("path", "glob", "*/Norway/*")),
        ("keywords=do?", Filter("keywords", "glob", "do?")),
        ("path=a=b.jpg", Filter("path", "eq", "a=b.jpg")),
        ("path=>x<.jpg", Filter("path", "eq", ">x<.jpg")),
        ("extra.album=Norway", Filter("extra.album", "eq", "Norway")),
        ("extra.shot-by=Ann", Filter("extra.shot-by", "eq", "Ann")),
        ("extra.a.b=c", Filter("extra.a.b", "eq", "c")),
        ("extra.Shot by = Ann", Filter("extra.Shot by", "eq", "Ann")),
        ("path=line\nbreak.jpg", Filter("path", "eq", "line\nbreak.jpg")),
    ],
)
def test_text_compares_whole_or_by_pattern(text: str, expected: Filter) -> None:
    assert parse_filter(text) == (expected,)


def test_spaces_around_the_operator_do_not_matter() -> None:
    assert parse_filter("  width  >=  1000  ") == parse_filter("width>=1000")


@pytest.mark.parametrize("text", ["width>=1e3", "width>=1000.0", "width>=+1000"])
def test_a_number_may_be_written_in_any_usual_way(text: str) -> None:
    assert parse_filter(text) == (Filter("width", "ge", 1000.0),)


# Dates


@pytest.mark.parametrize(
    ("value", "start", "end"),
    [
        ("2024", "2024-01-01T00:00:00", "2025-01-01T00:00:00"),
        ("2024-05", "2024-05-01T00:00:00", "2024-06-01T00:00:00"),
        ("2024-12", "2024-12-01T00:00:00", "2025-01-01T00:00:00"),
        ("2024-02", "2024-02-01T00:00:00", "2024-03-01T00:00:00"),
        ("2023-02", "2023-02-01T00:00:00", "2023-03-01T00:00:00"),
        ("2024-01", "2024-01-01T00:00:00", "2024-02-01T00:00:00"),
        ("2024-02-29", "2024-02-29T00:00:00", "2024-03-01T00:00:00"),
        ("2024-12-31", "2024-12-31T00:00:00", "2025-01-01T00:00:00"),
        ("2024-05-17T10:11:12", "2024-05-17T10:11:12", "2024-05-17T10:11:13"),
        ("2024-05-17T10:11", "2024-05-17T10:11:00", "2024-05-17T10:12:00"),
        ("2024-05-17 23:59:59", "2024-05-17T23:59:59", "2024-05-18T00:00:00"),
        ("2024-05-17T10:11:12.9", "2024-05-17T10:11:12", "2024-05-17T10:11:13"),
    ],
)
def test_a_date_stands_for_its_whole_span(value: str, start: str, end: str) -> None:
    expected = (Filter("taken_at", "ge", start), Filter("taken_at", "lt", end))
    assert parse_filter(f"taken_at={value}") == expected


@pytest.mark.parametrize(
    ("text", "operator", "value"),
    [
        ("taken_at<2024-05", "lt", "2024-05-01T00:00:00"),
        ("taken_at<=2024-05", "lt", "2024-06-01T00:00:00"),
        ("taken_at>2024-05", "ge", "2024-06-01T00:00:00"),
        ("taken_at>=2024-05", "ge", "2024-05-01T00:00:00"),
        ("modified_at>2024", "ge", "2025-01-01T00:00:00"),
    ],
)
def test_an_order_leaves_out_or_takes_in_the_whole_span(
    text: str, operator: str, value: str
) -> None:
    field = text.split("_at")[0] + "_at"
    assert parse_filter(text) == (Filter(field, operator, value),)  # type: ignore[arg-type]


@given(st.dates(max_value=datetime(9998, 12, 31).date()))
def test_every_day_ends_where_the_next_begins(day: datetime) -> None:
    after = day + timedelta(days=1)
    first, second = parse_filter(f"taken_at={day.isoformat()}")
    assert (first.value, second.value) == (f"{day}T00:00:00", f"{after}T00:00:00")


@given(st.integers(1, 9998), st.integers(1, 12))
def test_every_month_ends_where_the_next_begins(year: int, month: int) -> None:
    _, end = parse_filter(f"taken_at={year:04}-{month:02}")
    following = f"{year:04}-{month + 1:02}" if month < 12 else f"{year + 1:04}-01"
    assert end.value == f"{following}-01T00:00:00"


# Errors


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "not of the form"),
        ("width", "not of the form"),
        ("width>=", "not of the form"),
        (">=1000", "not of the form"),
        ("two words=x", "not of the form"),
        ("colour=red", "no field 'colour'"),
        ("extra.=red", "no field 'extra.'"),
        ("Width=5", "no field 'Width'"),
        ("width=wide", "width is a number"),
        ("width=nan", "width is a number"),
        ("width=inf", "width is a number"),
        ("width>10*", "width is a number"),
        ("camera<Nikon", "cannot be compared by order"),
        ("path!=*.jpg", "cannot be used with !="),
        ("taken_at!=2024", "cannot be used with !="),
        ("taken_at=yesterday", "taken_at is a date"),
        ("taken_at=2024-13", "taken_at is a date"),
        ("taken_at=2023-02-29", "taken_at is a date"),
        ("taken_at=0000", "taken_at is a date"),
        ("taken_at=2024-00", "taken_at is a date"),
        ("taken_at=2024-05-00", "taken_at is a date"),
        ("taken_at=20240517", "taken_at is a date"),
        ("taken_at=2024-W20-1", "taken_at is a date"),
        ("taken_at=2024-05-17T10:11:12+02:00", "taken_at is a date"),
        ("taken_at=2024-05-17T25:00", "taken_at is a date"),
        ("taken_at=24", "taken_at is a date"),
        ("taken_at=2024-*", "taken_at is a date"),
        ("taken_at=9999", "taken_at is a date"),
    ],
)
def test_a_filter_that_makes_no_sense_is_refused_with_a_next_step(text: str, says: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse_filter(text)
    assert says in caught.value.message
    assert caught.value.next_step


def test_an_unknown_field_is_answered_with_the_known_ones() -> None:
    with pytest.raises(QueryError) as caught:
        parse_filter("colour=red")
    assert all(field in caught.value.next_step for field in FILTER_FIELDS)


@given(st.text())
def test_any_text_is_a_filter_or_a_query_error(text: str) -> None:
    try:
        conditions = parse_filter(text)
    except QueryError:
        return
    assert conditions


def test_several_filters_are_put_one_after_the_other() -> None:
    assert parse_filters(["width>1", "taken_at=2024"]) == (
        *parse_filter("width>1"),
        *parse_filter("taken_at=2024"),
    )
