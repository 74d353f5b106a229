"""A store shows no picture that was uploaded for another."""

from __future__ import annotations

from typing import Any

import pytest
from bson import ObjectId

from src.models.products import Product
from src.services.registry import Services
from src.utils.picture_addresses import store_named_in
from tests.factories.contents import nothing_changes
from tests.factories.jobs import run_jobs
from tests.factories.pictures import picture, sent
from tests.factories.refunds import wanted
from tests.factories.sheets import IMPORTS, TEA, checked, csv_file, errors_of
from tests.factories.shop import Shop, data_of, refused

ID = "66f0a1b2c3d4e5f60718293a"
NAMED = [f"/media/{ID}/9f/a.png", f"/media//{ID}/a.png", f"/media/x/../{ID}/a.png", f"/media/%36{ID[1:]}/a.png"]
UNNAMED = ["", "/media/demo/tea.svg", f"https://cdn.example.com/media/{ID}/a.png", f"/static/{ID}/a.png"]


@pytest.mark.parametrize("address", NAMED)
def test_an_address_that_says_which_store(address: str) -> None:
    assert store_named_in(address) == ObjectId(ID)


@pytest.mark.parametrize("address", UNNAMED)
def test_an_address_that_does_not(address: str) -> None:
    assert store_named_in(address) is None


@pytest.fixture
def foreign(other_shop: Shop) -> str:
    url: str = sent(other_shop.staff(), picture())["url"]
    return url


def field_refused(answer: Any) -> list[str]:
    return list(refused(answer, 400)["errors"])


def test_no_document_takes_another_stores_picture(shop: Shop, foreign: str) -> None:
    staff, buyer, sku = shop.staff(), shop.buyer(), shop.sku()
    product = shop.product()
    order = shop.paid_order(buyer, (sku, 1))
    brand = data_of(staff.post("/api/merchant/brands", {"name": "山野"}), 201)
    category = data_of(staff.post("/api/merchant/categories", {"name": "茶"}), 201)
    new, html = {"name": "茶", "price": 1}, f'<img src="{foreign}">'
    skus = [{"specs": {"规格": "大"}, "price": 1, "image": foreign}]
    with nothing_changes():
        for fields in ({"images": [foreign]}, {"description": html}, {"skus": skus}):
            created = {key: value for key, value in new.items() if key != "price" or "skus" not in fields}
            assert field_refused(staff.post("/api/products", {**created, **fields})) == list(fields)
        for fields in ({"images": [foreign]}, {"description": html}):
            assert field_refused(staff.put(f"/api/products/{product['id']}", fields)) == list(fields)
        assert field_refused(staff.post("/api/merchant/brands", {"name": "海", "logo": foreign})) == ["logo"]
        assert field_refused(staff.put(f"/api/merchant/brands/{brand['id']}", {"logo": foreign})) == ["logo"]
        assert field_refused(staff.post("/api/merchant/categories", {"name": "海", "icon": foreign})) == ["icon"]
        assert field_refused(staff.put(f"/api/merchant/categories/{category['id']}", {"icon": foreign})) == ["icon"]
        assert field_refused(buyer.put("/api/auth/user", {"avatar": foreign})) == ["avatar"]
        body = {**wanted((sku, 1)), "images": [foreign]}
        assert field_refused(buyer.post(f"/api/orders/{order['id']}/refunds", body)) == ["images"]


def test_no_file_brings_another_stores_picture(shop: Shop, services: Services, foreign: str) -> None:
    rows = [
        {**TEA, "图片": foreign},
        {**TEA, "商品编号": "CUP", "SKU编码": "CUP", "商品描述": f'<img src="{foreign}">'},
    ]
    sent = checked(services, shop.staff(), csv_file(*rows))
    expected = [(2, "images", "picture_foreign"), (3, "description", "picture_foreign")]
    assert errors_of(shop.staff(), sent["id"]) == expected
    data_of(shop.staff().post(f"{IMPORTS}/{sent['id']}/run", {}), 202)
    run_jobs(services)
    assert Product.objects(store_id=shop.store_id).count() == 0


def test_own_pictures_and_those_of_nobody_are_taken(shop: Shop) -> None:
    own = sent(shop.staff(), picture())
    addresses = [own["url"], own["variants"]["detail"], *UNNAMED[1:]]
    assert shop.product(images=addresses)["images"] == addresses
