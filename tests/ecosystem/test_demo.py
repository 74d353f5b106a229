"""What the demo's stores are made of."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from ecosystem.run.demo import demo_stores
from ecosystem.run.folders import Folders
from src.commands.demo import demo_goods, with_addresses
from src.controllers.schemas.product_forms import ProductIn
from src.services.demo import DemoCategory, DemoGoods
from src.services.media.pictures import clean
from src.utils.permissions import Role

STORES = demo_stores(Folders(Path(__file__).resolve().parents[2]))
DEFAULT, SECOND = STORES
PICTURES = [path for store in STORES for path in sorted((store.folder / "pictures").iterdir())]


def addresses(folder: Path) -> dict[str, str]:
    return {path.name: f"/media/{path.name}" for path in (folder / "pictures").iterdir()}


def raw(folder: Path, name: str) -> Any:
    return with_addresses(json.loads((folder / f"{name}.json").read_text("utf-8")), addresses(folder))


def goods_of(folder: Path) -> DemoGoods:
    return demo_goods(folder, addresses(folder))


def names(categories: Sequence[DemoCategory]) -> Iterator[str]:
    for one in categories:
        yield one.category.name
        yield from names(one.children)


def depth(categories: Sequence[DemoCategory]) -> int:
    return max((1 + depth(one.children) for one in categories), default=0)


PRODUCTS = [product for store in STORES for product in raw(store.folder, "catalogue")]


@pytest.mark.parametrize("product", PRODUCTS, ids=[product["name"] for product in PRODUCTS])
def test_a_product_is_one_that_the_api_takes(product: dict[str, Any]) -> None:
    assert ProductIn().validate({name: value for name, value in product.items() if name != "brand"}) == {}


def test_there_are_two_stores_and_three_people_with_different_roles() -> None:
    assert DEFAULT.code != SECOND.code
    assert set(DEFAULT.staff) == {Role.OWNER, Role.MANAGER, Role.WAREHOUSE}
    assert set(SECOND.staff) == {Role.OWNER}


@pytest.mark.parametrize("store", STORES, ids=lambda store: store.code)
def test_products_are_in_categories_and_of_brands_that_are_there(store: Any) -> None:
    goods = goods_of(store.folder)
    assert {one.product.category for one in goods.products} <= set(names(goods.categories))
    assert {one.brand for one in goods.products} - {""} == {one.name for one in goods.brands}
    assert depth(goods.categories) >= 2


@pytest.mark.parametrize("store", STORES, ids=lambda store: store.code)
def test_each_product_has_a_picture_and_each_picture_a_product(store: Any) -> None:
    shown = [picture for one in goods_of(store.folder).products for picture in one.product.images]
    assert sorted(shown) == sorted(addresses(store.folder).values())


@pytest.mark.parametrize("store", STORES, ids=lambda store: store.code)
def test_each_visible_category_has_an_icon(store: Any) -> None:
    def icons(categories: Sequence[DemoCategory]) -> Iterator[str]:
        for one in categories:
            yield one.category.icon
            yield from icons(one.children)

    assert set(icons(goods_of(store.folder).categories)) <= set(addresses(store.folder).values())


def test_the_default_store_shows_what_a_merchant_can_do() -> None:
    products = [one.product for one in goods_of(DEFAULT.folder).products]
    skus = [sku for product in products for sku in product.skus]
    assert any(len(product.spec_names or ()) == 2 for product in products), "a matrix of two specs"
    assert all(sku.code and sku.barcode and sku.weight_g for sku in skus)
    assert len({sku.code for sku in skus}) == len({sku.barcode for sku in skus}) == len(skus)
    assert {sku.stock for sku in skus} & {0, 1, 2, 3, 4, 5} == {0, 3}, "sold out and low"
    assert any("<strong>" in product.description for product in products)


@pytest.mark.parametrize("path", PICTURES, ids=lambda path: f"{path.parents[1].name}-{path.name}")
def test_a_picture_is_one_that_the_shop_keeps(path: Path) -> None:
    picture = clean(path.read_bytes())
    assert (picture.type.extension, picture.width, picture.height) == ("png", 800, 800)
