"""Fields that accept exactly what they say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from bson import ObjectId
from marshmallow import Schema, ValidationError, fields

from src.controllers.schemas.base import NoArguments, PageQuery, camel_case
from src.controllers.schemas.fields import (
    MAX_INTEGER,
    Flag,
    Id,
    Integer,
    Moment,
    QueryBoolean,
    QueryInteger,
    Text,
    Token,
    picture,
)
from src.utils.pages import PageRequest

# What no field of ours takes for a value of its own.
OPERATORS: list[Any] = [{"$ne": None}, {"$gt": ""}, {"$regex": "^1"}, {"$where": "1"}, ["x"], {}, []]


def refuse(field: fields.Field[Any], value: object) -> None:
    with pytest.raises(ValidationError):
        field.deserialize(value)


@pytest.mark.parametrize(
    "value",
    [
        "5",
        " 7 ",
        "１２",
        5.0,
        5.9,
        0.4,
        -0.0,
        True,
        False,
        None,
        float("nan"),
        float("inf"),
        2**63,
        2**53,
        -1,
        *OPERATORS,
    ],
)
def test_an_integer_refuses(value: object) -> None:
    refuse(Integer(), value)


@pytest.mark.parametrize("value", [0, 1, 999, MAX_INTEGER])
def test_an_integer_takes(value: int) -> None:
    assert Integer().deserialize(value) == value


@pytest.mark.parametrize(("value", "good"), [(0, False), (1, True), (9, True), (10, False)])
def test_an_integer_has_both_its_ends(value: int, good: bool) -> None:
    field = Integer(minimum=1, maximum=9)
    if good:
        assert field.deserialize(value) == value
    else:
        refuse(field, value)


@pytest.mark.parametrize(
    "value", ["", "-1", "+1", "1.0", "1e3", "0x1", "１", "٣", " 1", "1\n", "9" * 17, 5, None, "abc"]
)
def test_an_integer_in_a_query_refuses(value: object) -> None:
    refuse(QueryInteger(), value)


@pytest.mark.parametrize(("value", "number"), [("0", 0), ("7", 7), ("007", 7), (str(MAX_INTEGER), MAX_INTEGER)])
def test_an_integer_in_a_query_takes(value: str, number: int) -> None:
    assert QueryInteger().deserialize(value) == number


@pytest.mark.parametrize("value", ["", "1", "0", "TRUE", "yes", "on", "t", True, None])
def test_a_boolean_in_a_query_refuses(value: object) -> None:
    refuse(QueryBoolean(), value)


def test_a_boolean_in_a_query_takes() -> None:
    assert (QueryBoolean().deserialize("true"), QueryBoolean().deserialize("false")) == (True, False)


@pytest.mark.parametrize("value", ["true", 1, 0, "1", None, *OPERATORS])
def test_a_flag_refuses(value: object) -> None:
    refuse(Flag(), value)


def test_a_flag_takes() -> None:
    assert (Flag().deserialize(True), Flag().deserialize(False)) == (True, False)


@pytest.mark.parametrize("value", [5, True, None, "a\x00b", b"bytes", *OPERATORS])
def test_text_and_token_refuse(value: object) -> None:
    refuse(Text(max_length=9), value)
    refuse(Token(), value)


def test_a_token_is_taken_as_it_is() -> None:
    assert Token().deserialize(" <b>&amp; ") == " <b>&amp; "


@pytest.mark.parametrize(
    ("value", "text"), [("  好茶 ", "好茶"), ("<b>好茶</b>", "好茶"), ("a &lt; b", "a < b"), ("茶" * 9, "茶" * 9)]
)
def test_text_is_cleaned(value: str, text: str) -> None:
    assert Text(max_length=9).deserialize(value) == text


@pytest.mark.parametrize("value", ["茶" * 10, "x" * 1_000_000, "<b></b>", "   ", ""])
def test_the_length_of_text_counts_after_cleaning(value: str) -> None:
    refuse(Text(min_length=1, max_length=9), value)


@pytest.mark.parametrize(
    "value",
    ["", "zzz", "a" * 23, "a" * 25, "g" * 24, "A" * 24, "０" * 24, "a" * 24 + "\n", 1, None, ObjectId(), *OPERATORS],
)
def test_an_id_refuses(value: object) -> None:
    refuse(Id(), value)


def test_an_id_is_read_and_written() -> None:
    value = ObjectId()
    assert Id().deserialize(str(value)) == value
    assert Id().serialize("id", {"id": value}) == str(value)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "http://x.example/a.png",
        "javascript:alert(1)",
        "data:text/html,x",
        "ftp://x",
        "a.png",
        "https://x/ a",
        "/a\nb",
        "/图.png",
        "/" + "a" * 500,
    ],
)
def test_a_picture_refuses(value: str) -> None:
    refuse(picture(), value)


@pytest.mark.parametrize("value", ["https://cdn.example/a.png", "/media/a.png"])
def test_a_picture_takes(value: str) -> None:
    assert picture().deserialize(value) == value


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (datetime(2026, 1, 5, 12, 0, 0, 123_000, UTC), "2026-01-05T12:00:00.123+00:00"),
        (datetime(2026, 1, 5, 12, 0, tzinfo=timezone(timedelta(hours=8))), "2026-01-05T12:00:00.000+08:00"),
        (None, None),
    ],
)
def test_a_moment_is_written_with_offset_and_milliseconds(moment: datetime | None, text: str | None) -> None:
    assert Moment().serialize("at", {"at": moment}) == text


def test_names_are_camel_case_outside() -> None:
    assert [camel_case(name) for name in ("id", "sku_id", "is_in_stock")] == ["id", "skuId", "isInStock"]


def errors(schema: type[Schema], query: dict[str, Any]) -> list[str]:
    with pytest.raises(ValidationError) as caught:
        schema().load(query)
    assert isinstance(caught.value.messages, dict)
    return sorted(caught.value.messages)


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ({"page": "0"}, ["page"]),
        ({"page": "-1"}, ["page"]),
        ({"page": "9223372036854775808"}, ["page"]),
        ({"page": "1001"}, ["page"]),
        ({"page": "201", "size": "50"}, ["page"]),
        ({"size": "0"}, ["size"]),
        ({"size": "51"}, ["size"]),
        ({"page": "x", "size": "y"}, ["page", "size"]),
        ({"offset": "1"}, ["offset"]),
    ],
)
def test_pages_have_limits(query: dict[str, str], named: list[str]) -> None:
    assert errors(PageQuery, query) == named


@pytest.mark.parametrize(
    ("query", "page"), [({}, (1, 10)), ({"page": "1000"}, (1_000, 10)), ({"page": "200", "size": "50"}, (200, 50))]
)
def test_pages_within_the_limits(query: dict[str, str], page: tuple[int, int]) -> None:
    assert PageQuery().load(query) == {"page": PageRequest(*page)}


def test_a_body_without_arguments_takes_nothing() -> None:
    assert NoArguments().load({}) == {}
    assert errors(NoArguments, {"paid": True}) == ["paid"]
