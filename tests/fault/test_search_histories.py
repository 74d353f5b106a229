"""A search does not wait for its history, nor fail with it."""

from __future__ import annotations

import time

import pytest

from src.models import search_histories
from tests.factories.clock import MovableClock
from tests.factories.shop import Buyer, Shop, data_of
from tests.fault.failpoints import CLOSED_CONNECTION, NOT_PRIMARY, OUT_OF_TIME, Failure, failing, slow

# On a loaded machine even a healthy database takes its time.
PATIENCE_S = 2
SOON_S = 5


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search_histories, "PATIENCE_S", PATIENCE_S)


def search(buyer: Buyer, keyword: str) -> list[str]:
    return [found["name"] for found in data_of(buyer.get("/api/products", keyword=keyword), 200)["list"]]


def history(buyer: Buyer) -> list[str]:
    return [entry["keyword"] for entry in data_of(buyer.get("/api/search/history"), 200)["list"]]


@pytest.mark.parametrize("failure", [NOT_PRIMARY, OUT_OF_TIME, CLOSED_CONNECTION, slow(8_000)])
def test_a_search_is_answered_soon_while_histories_are_not_written(
    shop: Shop, clock: MovableClock, failure: Failure
) -> None:
    shop.product(name="乌龙茶")
    buyer = shop.buyer()
    search(buyer, "茶")
    started = time.monotonic()
    with failing("update", failure=failure, collection="search_histories"):
        assert search(buyer, "乌龙") == ["乌龙茶"]
        took = time.monotonic() - started
    assert took < SOON_S
    search(buyer, "乌")
    assert history(buyer)[-1] == "茶"
    assert "乌" not in history(buyer)  # after a refusal it is left alone for a while
    clock.advance(seconds=31)
    search(buyer, "龙")
    assert history(buyer)[0] == "龙"
