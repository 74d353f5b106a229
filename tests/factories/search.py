"""Searching, and what helps with it."""

from __future__ import annotations

from tests.factories.shop import Buyer, data_of

_HISTORY = "/api/search/history"


def walk_search(buyer: Buyer) -> None:
    """Calls every operation of the search."""
    buyer.shop.product(name="武夷岩茶")
    assert data_of(buyer.get("/api/products", keyword="岩茶"), 200)["list"]
    data_of(buyer.get("/api/products/facets", keyword="岩茶"), 200)
    assert data_of(buyer.get("/api/search/suggest", q="岩"), 200)["list"]
    data_of(buyer.get("/api/search/hot"), 200)
    assert data_of(buyer.get(_HISTORY), 200)["list"]
    data_of(buyer.delete(_HISTORY), 200)
