"""Categories, brands and products for tests of the catalogue."""

from __future__ import annotations

from typing import Any

from src.models.categories import Category
from tests.factories.shop import Shop, data_of

Json = dict[str, Any]


def category(shop: Shop, name: str, parent: Json | None = None, **values: Any) -> Json:
    """Returns the data of a new category."""
    below = {"parentId": parent["id"]} if parent else {}
    made: Json = data_of(shop.staff().post("/api/merchant/categories", {"name": name, **below, **values}), 201)
    return made


def brand(shop: Shop, name: str, **values: Any) -> Json:
    made: Json = data_of(shop.staff().post("/api/merchant/brands", {"name": name, **values}), 201)
    return made


def edited_category(shop: Shop, one: Json, **values: Any) -> Json:
    after: Json = data_of(shop.staff().put(f"/api/merchant/categories/{one['id']}", values), 200)
    return after


def shown_tree(shop: Shop) -> list[Any]:
    """Returns what shoppers see, each category as [name, children]."""
    return named(data_of(shop.anonymous.get("/api/categories"), 200)["list"])


def named(branches: list[Json]) -> list[Any]:
    return [[branch["name"], named(branch["children"])] for branch in branches]


def ancestors_by_name() -> dict[str, list[str]]:
    """Returns each category's stored ancestors, by names: what the tree is made of."""
    stored = {one.id: one for one in Category.objects}
    return {one.name: [stored[above].name for above in one.ancestors] for one in stored.values()}


def of_two_sizes(**values: Any) -> Json:
    """Returns the body of a product with two SKUs that have codes."""
    sizes = (("100g", 1900), ("250g", 3900))
    skus = [{"specs": {"规格": size}, "price": price, "stock": 5, "code": f"T-{size}"} for size, price in sizes]
    return {"name": "高山乌龙茶", "skus": skus, **values}


def walk_catalogue(shop: Shop) -> None:
    """Calls every operation on categories, brands, copies and batches."""
    staff = shop.staff()
    top = category(shop, "行走")
    leaf, spare = category(shop, "行走乌龙", top), category(shop, "行走空")
    edited_category(shop, leaf, icon="/media/a.png")
    data_of(staff.delete(f"/api/merchant/categories/{spare['id']}"), 200)
    _walk_brands(shop)
    assert data_of(staff.get("/api/merchant/categories"), 200)["list"]
    etag = shop.anonymous.get("/api/categories").headers["ETag"]
    assert shop.client.get("/api/categories", headers={"If-None-Match": etag}).status_code == 304
    product = shop.product(name="行走", categoryId=leaf["id"])
    copy = data_of(staff.post(f"/api/products/{product['id']}/duplicate"), 201)
    ids = [product["id"], copy["id"]]
    for action, values in _BATCHES.items():
        data_of(staff.post(f"/api/products/batch/{action}", {"ids": ids, **values}), 200)


def _walk_brands(shop: Shop) -> None:
    staff, one = shop.staff(), brand(shop, "行走")
    data_of(staff.put(f"/api/merchant/brands/{one['id']}", {"visible": False}), 200)
    assert data_of(staff.get("/api/merchant/brands"), 200)["list"]
    assert data_of(shop.anonymous.get("/api/brands"), 200)["list"] == []
    data_of(staff.delete(f"/api/merchant/brands/{one['id']}"), 200)


_BATCHES: dict[str, Json] = {
    "publish": {},
    "withdraw": {},
    "price": {"percent": 90},
    "category": {"categoryId": None},
    "delete": {},
}
