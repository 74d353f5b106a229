"""Finding products by the codes of their SKUs."""

from __future__ import annotations

from collections.abc import Sequence

from bson import ObjectId
from pymongo.client_session import ClientSession

from src.models.brands import Brand
from src.models.products import Product, Sku
from src.models.stock import StockItem


def products_with_codes(store_id: ObjectId, codes: Sequence[str], *, session: ClientSession | None) -> list[Product]:
    """Returns the products of which a SKU that can be bought has one of the codes."""
    keys = [f"code {code}" for code in codes]
    found = Product.collection().find({"store_id": store_id, "sku_keys": {"$in": keys}}, session=session)
    return [Product._from_son(raw) for raw in found]


def sku_with_code(product: Product, code: str) -> Sku | None:
    return next((sku for sku in product.active_skus if sku.code == code), None)


def items_with_codes(
    store_id: ObjectId, codes: Sequence[str], *, session: ClientSession | None
) -> dict[str, StockItem]:
    """Returns the counters of the SKUs that have these codes, and can be bought."""
    products = products_with_codes(store_id, codes, session=session)
    wanted = set(codes)
    named = {sku.id: sku.code for product in products for sku in product.active_skus if sku.code in wanted}
    return {named[item.id]: item for item in StockItem.list_by_skus(store_id, list(named), session=session)}


def brand_named(store_id: ObjectId, name: str, *, session: ClientSession | None) -> Brand | None:
    return Brand.find_document({"store_id": store_id, "name": name}, session=session)
