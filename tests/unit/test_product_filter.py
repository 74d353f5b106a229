"""Filters of products as queries. No session matters here, so a stand-in of MongoDB is enough."""

from __future__ import annotations

from typing import Any

import mongomock
import pytest
from bson import ObjectId

from src.models.keywords import Keyword
from src.models.product_filters import ProductFilter, filter_query
from src.models.products import ProductStatus
from src.utils.pinyin import typed_pinyin
from src.utils.search_fields import SearchTexts, search_fields
from src.utils.search_tokens import normalise, query_tokens

STORE, ANOTHER_STORE = ObjectId(), ObjectId()
WARES, CUPS, BRAND = ObjectId(), ObjectId(), ObjectId()


def product(name: str, **facts: Any) -> dict[str, Any]:
    return {
        "store_id": STORE,
        "name": name,
        "status": "on_sale",
        "category": "茶",
        "price": 1000,
        "in_stock": True,
        "skus": [{"specs": specs, "retired": False} for specs in facts.get("specs", [])],
        **search_fields(
            SearchTexts(name, facts.get("labels", ()), facts.get("description", ""), facts.get("specs", ()))
        ),
        **facts,
    }


PRODUCTS = [
    product("高山乌龙茶"),
    product("茶乌龙", price=2000),
    product("瓷杯", category="器具", in_stock=False, category_path=[CUPS, WARES], brand_id=BRAND, tags=["手工"]),
    product("长裙", specs=[{"颜色": "红", "尺码": "S"}, {"颜色": "蓝", "尺码": "L"}], category="衣"),
    product("茶叶罐", labels=["小满"], description="<b>锡</b>制", category="罐"),
    product("旧款乌龙", status="off_sale"),
    product("删除的乌龙", status="deleted"),
    product("别家乌龙", store_id=ANOTHER_STORE),
]


def names(**wanted: Any) -> list[str]:
    collection: Any = mongomock.MongoClient().db.products
    collection.insert_many([dict(document) for document in PRODUCTS])
    query = filter_query(STORE, ProductFilter(**wanted))
    if "keyword" in wanted:
        folded = normalise(wanted["keyword"])
        keyword = Keyword(folded, query_tokens(folded)[0], typed_pinyin(folded))
        query = {"$and": [query, keyword.condition]}
    return [found["name"] for found in collection.find(query)]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({}, ["高山乌龙茶", "茶乌龙", "瓷杯", "长裙", "茶叶罐"]),
        ({"category": "茶"}, ["高山乌龙茶", "茶乌龙"]),
        ({"category": CUPS}, ["瓷杯"]),
        ({"category": WARES}, ["瓷杯"]),
        ({"category": ObjectId()}, []),
        ({"brand": BRAND}, ["瓷杯"]),
        ({"tag": "手工"}, ["瓷杯"]),
        ({"tag": "手"}, []),
        ({"specs": (("颜色", "红"),)}, ["长裙"]),
        ({"specs": (("颜色", "红"), ("尺码", "S"))}, ["长裙"]),
        ({"specs": (("颜色", "红"), ("尺码", "L"))}, []),
        ({"specs": (("红", "颜色"),)}, []),
        ({"category": "器具"}, ["瓷杯"]),
        ({"in_stock": True}, ["高山乌龙茶", "茶乌龙", "长裙", "茶叶罐"]),
        ({"in_stock": False}, ["瓷杯"]),
        ({"min_price": 1001}, ["茶乌龙"]),
        ({"max_price": 1000}, ["高山乌龙茶", "瓷杯", "长裙", "茶叶罐"]),
        ({"min_price": 1001, "max_price": 2000}, ["茶乌龙"]),
        ({"keyword": "乌"}, ["高山乌龙茶", "茶乌龙"]),
        ({"keyword": "乌龙"}, ["高山乌龙茶", "茶乌龙"]),
        ({"keyword": "乌龙茶"}, ["高山乌龙茶"]),
        ({"keyword": ".*"}, []),
        ({"keyword": "wulong"}, ["高山乌龙茶", "茶乌龙"]),
        ({"keyword": "WuLongCha"}, ["高山乌龙茶"]),
        ({"keyword": "gswl"}, ["高山乌龙茶"]),
        ({"keyword": "changqun"}, ["长裙"]),
        ({"keyword": "zhangqun"}, ["长裙"]),
        ({"keyword": "long"}, ["高山乌龙茶", "茶乌龙"]),
        ({"keyword": "ong"}, []),
        ({"keyword": "小满"}, ["茶叶罐"]),
        ({"keyword": "xm"}, ["茶叶罐"]),
        ({"keyword": "满茶"}, []),
        ({"keyword": "锡制"}, ["茶叶罐"]),
        ({"keyword": "锡"}, []),
        ({"keyword": "乌龙", "category": "器具"}, []),
        (
            {"statuses": (ProductStatus.ON_SALE, ProductStatus.OFF_SALE), "keyword": "乌龙"},
            ["高山乌龙茶", "茶乌龙", "旧款乌龙"],
        ),
    ],
)
def test_a_filter_finds(wanted: dict[str, Any], found: list[str]) -> None:
    assert names(**wanted) == found
