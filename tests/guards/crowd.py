"""Many products and orders at once: copies of real ones, which differ where indexes look."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from math import log2
from typing import Any

from bson import ObjectId

from src.models.connection import database
from src.utils.search_fields import SearchTexts, search_fields
from tests.factories.shop import Buyer, Shop

PRODUCTS, ORDERS = 2_000, 2_000
BRAND = ObjectId()
Raw = dict[str, Any]


def fill(shop: Shop, buyer: Buyer) -> None:
    """Adds PRODUCTS products and ORDERS orders of a hundred shoppers; each fortieth is the buyer's."""
    product = shop.product(name="高山乌龙茶", category="茶饮", stock=5)
    sku = {"productId": product["id"], "skuId": product["skus"][0]["id"]}
    order = buyer.placed((sku, 1))
    _copy_products(ObjectId(sku["productId"]))
    _copy("orders", ObjectId(order["id"]), ORDERS, _order_copy)


def _copy_products(product_id: ObjectId) -> None:
    skus = [ObjectId() for _ in range(PRODUCTS)]
    copies = _copy("products", product_id, PRODUCTS, lambda raw, n: _product_copy(raw, n, skus[n]))
    stock = database()["stock_items"].find_one({"product_id": product_id})
    assert stock is not None
    database()["stock_items"].insert_many(
        [{**stock, "_id": sku, "product_id": copy["_id"]} for sku, copy in zip(skus, copies, strict=True)]
    )


def _copy(collection: str, source: ObjectId, count: int, changed: Callable[[Raw, int], Raw]) -> list[Raw]:
    raw = database()[collection].find_one({"_id": source})
    assert raw is not None
    copies = [{**raw, "_id": ObjectId(), **changed(raw, n)} for n in range(count)]
    database()[collection].insert_many(copies)
    return copies


def _product_copy(raw: Raw, n: int, sku_id: ObjectId) -> Raw:
    name = f"高山乌龙茶 {n}" if n % 40 == 0 else f"龙井绿茶 {n}"
    specs = [{"规格": "大"}] if n % 40 == 1 else []
    return {
        "name": name,
        **search_fields(SearchTexts(name, [f"分类{n % 40}"], specs=specs)),
        "category": f"分类{n % 40}",
        **({"brand_id": BRAND} if n % 20 == 2 else {}),
        "tags": ["新品"] if n % 20 == 3 else [],
        "price": 100 + n,
        "sales": n * 7 % PRODUCTS,
        "popularity": int(4 * log2(1 + n * 7 % PRODUCTS)),
        "status": "off_sale" if n % 10 == 9 else "on_sale",
        "skus": [{**raw["skus"][0], "_id" if "_id" in raw["skus"][0] else "id": sku_id}],
        "created_at": raw["created_at"] + timedelta(seconds=n),
    }


def _order_copy(raw: Raw, n: int) -> Raw:
    statuses = ("pending", "paid", "shipped", "completed", "cancelled")
    copy: Raw = {
        "order_no": f"{raw['order_no'][:14]}{n:013d}",
        "status": statuses[n // 40 % 5],
        "created_at": raw["created_at"] + timedelta(seconds=n),
        # In the future: nothing is due but what a test makes due.
        "expires_at": raw["expires_at"] + timedelta(days=1),
        "expiry_due_at": raw["expiry_due_at"] + timedelta(days=1),
    }
    return copy if n % 40 == 0 else {**copy, "user_id": ObjectId()}
