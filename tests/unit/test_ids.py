"""Identifiers that leave the system."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from src.utils.ids import new_order_no, new_secret_id
from src.utils.object_ids import is_object_id

NOON = datetime(2026, 1, 5, 12, 0, 0, tzinfo=UTC)


def test_an_order_number_begins_with_beijing_time() -> None:
    assert new_order_no(NOON).startswith("20260105200000")


def test_an_order_number_has_27_characters_of_the_crockford_alphabet() -> None:
    assert re.fullmatch(r"[0-9]{14}[0-9A-HJKMNP-TV-Z]{13}", new_order_no(NOON))


@pytest.mark.parametrize("suffix", ["", "-2", "-9999"])
def test_an_order_number_fits_out_trade_no_with_an_attempt_behind_it(suffix: str) -> None:
    assert re.fullmatch(r"[0-9A-Za-z_-]{6,32}", new_order_no(NOON) + suffix)


def test_order_numbers_sort_by_time() -> None:
    numbers = [new_order_no(NOON + timedelta(seconds=seconds)) for seconds in (0, 1, 59, 60, 86_400, 40_000_000)]
    assert numbers == sorted(numbers)


def test_order_numbers_of_one_second_differ() -> None:
    assert len({new_order_no(NOON) for _ in range(10_000)}) == 10_000


def test_a_secret_id_is_22_url_safe_characters_and_never_repeats() -> None:
    made = [new_secret_id() for _ in range(1_000)]
    assert len(set(made)) == 1_000
    assert all(re.fullmatch(r"[0-9A-Za-z_-]{22}", secret) for secret in made)


@pytest.mark.parametrize(
    "value",
    ["", "zzz", "a" * 23, "a" * 25, "g" * 24, "A" * 24, "０" * 24, "a" * 24 + "\n", None, 1, {"$ne": None}, ["a" * 24]],
)
def test_what_is_not_an_object_id(value: object) -> None:
    assert is_object_id(value) is False


def test_what_is_an_object_id() -> None:
    assert is_object_id("0123456789abcdef01234567") is True
