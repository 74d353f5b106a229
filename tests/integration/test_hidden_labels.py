"""Categories and brands that the merchant hides: their goods are sold, their names are told to nobody."""

from __future__ import annotations

from typing import Any

import pytest

from src.services.registry import Services
from tests.factories.catalogue import brand, category, edited_category
from tests.factories.jobs import run_jobs
from tests.factories.shop import Shop, data_of

Json = dict[str, Any]
SHOWN = {"category": "秘密分类", "brand": "秘密牌"}
HIDDEN = {"category": "", "brand": ""}


@pytest.fixture
def parts(shop: Shop) -> dict[str, Json]:
    """A category below another one, a brand, and a product with both."""
    top = category(shop, "顶")
    leaf, of_brand = category(shop, "秘密分类", top), brand(shop, "秘密牌")
    product = shop.product(name="龙井", categoryId=leaf["id"], brandId=of_brand["id"])
    return {"top": top, "leaf": leaf, "brand": of_brand, "product": product}


def told(shop: Shop, product: Json) -> Json:
    """Returns what shoppers are told, after everything they may ask has said the same."""
    detail = data_of(shop.anonymous.get(f"/api/products/{product['id']}"), 200)
    (listed,) = data_of(shop.anonymous.get("/api/products"), 200)["list"]
    labels = {name: detail[name] for name in ("category", "brand")}
    assert labels == {name: listed[name] for name in labels}
    assert {name: bool(text) for name, text in labels.items()} == {
        name: detail[f"{name}Id"] is not None for name in labels
    }
    facets = data_of(shop.anonymous.get("/api/products/facets"), 200)
    counted = {"category": facets["categories"], "brand": facets["brands"]}
    for name, text in labels.items():
        assert [value["name"] for value in counted[name]] == ([text] if text else [])
        found = data_of(shop.anonymous.get("/api/products", keyword=SHOWN[name]), 200)["list"]
        assert len(found) == (text == SHOWN[name])
    return labels


def show(shop: Shop, services: Services, parts: dict[str, Json], what: str, visible: bool) -> None:
    if what == "brand":
        data_of(shop.staff().put(f"/api/merchant/brands/{parts['brand']['id']}", {"visible": visible}), 200)
    else:
        edited_category(shop, parts[what], visible=visible)
    run_jobs(services)


@pytest.mark.parametrize(("what", "name"), [("leaf", "category"), ("top", "category"), ("brand", "brand")])
def test_what_is_hidden_is_told_nowhere_and_comes_back(
    shop: Shop, services: Services, parts: dict[str, Json], what: str, name: str
) -> None:
    assert told(shop, parts["product"]) == SHOWN
    show(shop, services, parts, what, False)
    assert told(shop, parts["product"]) == {**SHOWN, name: ""}
    staff = data_of(shop.staff().get(f"/api/merchant/products/{parts['product']['id']}"), 200)
    (listed,) = data_of(shop.staff().get("/api/merchant/products"), 200)["list"]
    assert (staff[name], listed[name]) == (SHOWN[name], SHOWN[name])
    sku = {"productId": parts["product"]["id"], "skuId": parts["product"]["skus"][0]["id"]}
    shop.buyer().placed((sku, 1))
    show(shop, services, parts, what, True)
    assert told(shop, parts["product"]) == SHOWN


def test_a_product_that_comes_into_something_hidden_does_not_tell_of_it(shop: Shop) -> None:
    top = category(shop, "顶", visible=False)
    leaf, of_brand = category(shop, "秘密分类", top), brand(shop, "秘密牌", visible=False)
    product = shop.product(name="龙井", categoryId=leaf["id"], brandId=of_brand["id"])
    assert told(shop, product) == HIDDEN
    open_one = category(shop, "开放")
    data_of(shop.staff().put(f"/api/products/{product['id']}", {"categoryId": open_one["id"], "brandId": None}), 200)
    assert told(shop, product) == {"category": "开放", "brand": ""}
