"""Tokens for substring search."""

from __future__ import annotations

import pytest

from src.utils.search_tokens import index_tokens, normalise, query_tokens


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("ＡＢＣ１２３", "abc123"),
        ("Oolong Tea", "oolongtea"),
        ("Straße", "strasse"),
        ("高山　乌龙\t茶\n", "高山乌龙茶"),
        ("ｶﾞ", "ガ"),
        ("①", "1"),
    ],
)
def test_width_case_and_spacing_are_folded(text: str, folded: str) -> None:
    assert normalise(text) == folded


def test_the_index_keeps_characters_and_bigrams_once_each() -> None:
    assert index_tokens("茶茶香") == {"茶", "茶茶", "茶香", "香"}


def test_of_latin_letters_and_digits_the_index_keeps_three_in_a_row_too() -> None:
    assert index_tokens("茶t恤250") == {*"茶t恤250", "茶t", "t恤", "恤2", "25", "50", "250"}


def test_a_query_of_one_character_asks_for_that_character() -> None:
    assert query_tokens("茶") == ["茶"]


def test_a_longer_query_asks_for_its_bigrams() -> None:
    assert query_tokens("乌龙茶") == ["乌龙", "龙茶"]


def test_a_query_of_latin_letters_asks_for_three_in_a_row() -> None:
    assert query_tokens("oolong茶") == ["g茶", "lon", "olo", "ong", "ool"]


@pytest.mark.parametrize("name", ["高山乌龙茶 250g", "Café ＡＢ", "👍茶"])
def test_every_substring_of_a_text_finds_its_tokens(name: str) -> None:
    folded, tokens = normalise(name), index_tokens(normalise(name))
    substrings = {folded[i:j] for i in range(len(folded)) for j in range(i + 1, len(folded) + 1)}
    assert all(set(query_tokens(part)) <= tokens for part in substrings)
