"""Finding products by their SKUs."""

from __future__ import annotations

from collections.abc import Sequence

from bson import ObjectId
from pymongo.client_session import ClientSession

from src.models.brands import Brand
from src.models.products import KEPT_STATUSES, Product
from src.models.stock import StockItem


def products_with_codes(
    store_id: ObjectId, codes: Sequence[str], *, session: ClientSession | None, skus_only: bool = False
) -> list[Product]:
    """Returns the products of which a SKU that can be bought has one of the codes; with `skus_only` not their texts."""
    keys, projection = [f"code {code}" for code in codes], {"skus": True} if skus_only else None
    found = Product.collection().find({"store_id": store_id, "sku_keys": {"$in": keys}}, projection, session=session)
    return [Product._from_son(raw) for raw in found]


def products_with_skus(store_id: ObjectId, sku_ids: list[ObjectId], *, session: ClientSession | None) -> list[Product]:
    """Returns the products, not deleted ones, that have one of the SKUs."""
    products = {item.product_id for item in StockItem.list_by_skus(store_id, sku_ids, session=session)}
    query = {"_id": {"$in": list(products)}, "store_id": store_id, "status": {"$in": KEPT_STATUSES}}
    return [Product._from_son(raw) for raw in Product.collection().find(query, session=session)]


def items_with_codes(
    store_id: ObjectId, codes: Sequence[str], *, session: ClientSession | None
) -> dict[str, StockItem]:
    """Returns the counters of the SKUs that have these codes, and can be bought."""
    products = products_with_codes(store_id, codes, session=session, skus_only=True)
    wanted = set(codes)
    named = {sku.id: sku.code for product in products for sku in product.active_skus if sku.code in wanted}
    return {named[item.id]: item for item in StockItem.list_by_skus(store_id, list(named), session=session)}


def brand_named(store_id: ObjectId, name: str, *, session: ClientSession | None) -> Brand | None:
    return Brand.find_document({"store_id": store_id, "name": name}, session=session)
