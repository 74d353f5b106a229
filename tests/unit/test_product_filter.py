"""Filters of products as queries. No session matters here, so a stand-in of MongoDB is enough."""

from __future__ import annotations

from typing import Any

import mongomock
import pytest
from bson import ObjectId

from src.models.product_queries import ProductFilter, query_of
from src.models.products import ProductStatus
from src.utils.search_tokens import index_tokens, normalise

STORE, ANOTHER_STORE = ObjectId(), ObjectId()


def product(name: str, **facts: Any) -> dict[str, Any]:
    return {
        "store_id": STORE,
        "name": name,
        "status": "on_sale",
        "category": "茶",
        "price": 1000,
        "in_stock": True,
        "search_tokens": index_tokens(name),
        "search_text": normalise(name),
        **facts,
    }


PRODUCTS = [
    product("高山乌龙茶"),
    product("茶乌龙", price=2000),
    product("瓷杯", category="器具", in_stock=False),
    product("旧款乌龙", status="off_sale"),
    product("删除的乌龙", status="deleted"),
    product("别家乌龙", store_id=ANOTHER_STORE),
]


def names(**wanted: Any) -> list[str]:
    collection: Any = mongomock.MongoClient().db.products
    collection.insert_many([dict(document) for document in PRODUCTS])
    return [found["name"] for found in collection.find(query_of(STORE, ProductFilter(**wanted)))]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({}, ["高山乌龙茶", "茶乌龙", "瓷杯"]),
        ({"category": "器具"}, ["瓷杯"]),
        ({"in_stock": True}, ["高山乌龙茶", "茶乌龙"]),
        ({"in_stock": False}, ["瓷杯"]),
        ({"min_price": 1001}, ["茶乌龙"]),
        ({"max_price": 1000}, ["高山乌龙茶", "瓷杯"]),
        ({"min_price": 1000, "max_price": 2000}, ["高山乌龙茶", "茶乌龙", "瓷杯"]),
        ({"keyword": "乌"}, ["高山乌龙茶", "茶乌龙"]),
        ({"keyword": "乌龙"}, ["高山乌龙茶", "茶乌龙"]),
        ({"keyword": "乌龙茶"}, ["高山乌龙茶"]),
        ({"keyword": ".*"}, []),
        ({"keyword": "乌龙", "category": "器具"}, []),
        (
            {"statuses": (ProductStatus.ON_SALE, ProductStatus.OFF_SALE), "keyword": "乌龙"},
            ["高山乌龙茶", "茶乌龙", "旧款乌龙"],
        ),
    ],
)
def test_a_filter_finds(wanted: dict[str, Any], found: list[str]) -> None:
    assert names(**wanted) == found
