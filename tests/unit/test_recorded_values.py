"""What the audit log keeps of a value."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import pytest
from bson import ObjectId

from src.utils.recorded_values import CUT, MAX_ITEMS, MAX_TEXT, recorded


class Colour(StrEnum):
    RED = "red"


ID = ObjectId("66f0a1b2c3d4e5f60718293a")


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        (None, None),
        (True, True),
        (7, 7),
        (1.5, 1.5),
        ("茶", "茶"),
        (Colour.RED, "red"),
        (ID, "66f0a1b2c3d4e5f60718293a"),
        (datetime(2026, 11, 20, 2, 0, 0, 5000, tzinfo=UTC), "2026-11-20T02:00:00.005+00:00"),
        ([ID, [Colour.RED]], ["66f0a1b2c3d4e5f60718293a", ["red"]]),
        ((1, 2), [1, 2]),
        ({"规格": Colour.RED, "a.b": [ID]}, {"规格": "red", "a.b": ["66f0a1b2c3d4e5f60718293a"]}),
    ],
)
def test_it_is_a_json_value(value: Any, kept: Any) -> None:
    assert recorded(value) == kept
    assert type(recorded(value)) is type(kept)


def test_long_texts_are_cut_wherever_they_are() -> None:
    fits, long = "茶" * MAX_TEXT, "茶" * (MAX_TEXT + 1)
    assert recorded(fits) == fits
    assert recorded({"a": [long]}) == {"a": [fits + CUT]}


def test_long_lists_are_cut() -> None:
    fits = list(range(MAX_ITEMS))
    assert recorded(fits) == fits
    assert recorded([*fits, 0]) == [*fits, CUT]
