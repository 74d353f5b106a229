"""The category and the brand that a product is given."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bson import ObjectId

from src.models.brands import Brand
from src.models.products import Product
from src.models.transaction import Session
from src.services.categories.choosing import category_by_id, category_named
from src.utils.errors import NotFound

_NO_CATEGORY: dict[str, Any] = {"category_id": None, "category_path": [], "category": ""}


def labelled(
    store_id: ObjectId, values: dict[str, Any], current: Product | None, *, now: datetime, session: Session
) -> dict[str, Any]:
    """Returns `values` with what a product stores for a `category_id`, the name of a `category`, or a `brand_id`.

    What the product has already is left out. Categories and brands that come new are held by the transaction.

    Raises:
        NotFound: the store has no such category or brand. CategoryTreeConflict.
    """
    rest = {name: value for name, value in values.items() if name not in ("category", "category_id", "brand_id")}
    if "category_id" in values:
        rest |= _by_id(store_id, values["category_id"], current, session)
    elif "category" in values:
        rest |= _by_name(store_id, values["category"], current, now, session)
    if "brand_id" in values:
        rest |= _of_brand(store_id, values["brand_id"], current, session)
    return rest


def _by_id(
    store_id: ObjectId, category_id: ObjectId | None, current: Product | None, session: Session
) -> dict[str, Any]:
    if category_id is None:
        return dict(_NO_CATEGORY)
    if current is not None and current.category_id == category_id:
        return {}
    category = category_by_id(store_id, category_id, session=session)
    return {"category_id": category.id, "category_path": category.path, "category": category.name}


def _by_name(store_id: ObjectId, name: str, current: Product | None, now: datetime, session: Session) -> dict[str, Any]:
    if not name:
        return dict(_NO_CATEGORY)
    if current is not None and current.category == name and current.category_id is not None:
        return {}
    category = category_named(store_id, name, now=now, session=session)
    return {"category_id": category.id, "category_path": category.path, "category": category.name}


def _of_brand(
    store_id: ObjectId, brand_id: ObjectId | None, current: Product | None, session: Session
) -> dict[str, Any]:
    if brand_id is None:
        return {"brand_id": None, "brand": ""}
    if current is not None and current.brand_id == brand_id:
        return {}
    brand = Brand.hold(store_id, brand_id, session=session)
    if brand is None:
        raise NotFound()
    return {"brand_id": brand.id, "brand": brand.name}
