"""Cursors of lists."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.utils.cursors import Cursor, NotACursor

ID = "66f0a1b2c3d4e5f60718293a"


@pytest.mark.parametrize("cursor", [Cursor(2, 0), Cursor(3, 10, -5, ID), Cursor(10_000_000, 2**53, 2**53, ID)])
def test_a_cursor_comes_back_as_it_was(cursor: Cursor) -> None:
    assert Cursor.parse(cursor.text("a list"), "a list") == cursor


def test_a_cursor_of_another_list_is_none_of_this_one() -> None:
    with pytest.raises(NotACursor):
        Cursor.parse(Cursor(2, 10, 5, ID).text("a list"), "another")


@pytest.mark.parametrize("cursor", [Cursor(1, 0), Cursor(2, -1), Cursor(2, 1, 2**54), Cursor(2, 1, 0, "zzz")])
def test_values_that_no_list_has_are_refused(cursor: Cursor) -> None:
    with pytest.raises(NotACursor):
        Cursor.parse(cursor.text("a list"), "a list")


@given(st.text(max_size=220))
def test_any_text_is_a_cursor_or_refused(text: str) -> None:
    with pytest.raises(NotACursor):
        Cursor.parse(text, "a list")
