"""Copies of products, the same change of many, and what goes on sale by itself."""

from __future__ import annotations

from typing import Any

import pytest
from bson import ObjectId

from src.models.audit_log import AuditLogEntry
from src.models.products import Product
from src.models.stock import StockItem
from src.services.registry import Services
from src.utils.permissions import Role
from tests.factories.catalogue import category, of_two_sizes
from tests.factories.clock import MovableClock
from tests.factories.contents import nothing_changes
from tests.factories.jobs import tick
from tests.factories.races import together
from tests.factories.routes import NOBODYS_ID
from tests.factories.shop import Shop, data_of, refused

Json = dict[str, Any]
BATCHES: dict[str, Json] = {
    "publish": {},
    "withdraw": {},
    "price": {"price": 5},
    "category": {"categoryId": None},
    "delete": {},
}


def batch(shop: Shop, action: str, products: list[Json], **values: Any) -> Any:
    body = {"ids": [product["id"] for product in products], **values}
    return shop.staff().post(f"/api/products/batch/{action}", body)


def read(shop: Shop, product: Json) -> Json:
    found: Json = data_of(shop.staff().get(f"/api/merchant/products/{product['id']}"), 200)
    return found


@pytest.mark.parametrize("action", BATCHES)
def test_one_foreign_id_among_many_spoils_the_batch(shop: Shop, other_shop: Shop, action: str) -> None:
    own = [shop.product(status="off_sale", category="茶"), shop.product(category="茶")]
    for foreign in (other_shop.product(), {"id": NOBODYS_ID}):
        with nothing_changes():
            refused(batch(shop, action, [*own, foreign], **BATCHES[action]), 404)


@pytest.mark.parametrize("action", BATCHES)
def test_only_who_may_write_products_changes_many(shop: Shop, action: str) -> None:
    product, clerk = shop.product(), shop.staff(Role.CLERK)
    body = {"ids": [product["id"]], **BATCHES[action]}
    with nothing_changes():
        refused(clerk.post(f"/api/products/batch/{action}", body), 403)
        refused(shop.anonymous.post(f"/api/products/batch/{action}", body), 401)


@pytest.mark.parametrize(
    ("action", "body", "field"),
    [
        ("publish", {"ids": []}, "ids"),
        ("publish", {"ids": [NOBODYS_ID] * 2}, "ids"),
        ("publish", {"ids": [str(ObjectId()) for _ in range(51)]}, "ids"),
        ("price", {"ids": [NOBODYS_ID]}, "price"),
        ("price", {"ids": [NOBODYS_ID], "price": 1, "percent": 1}, "price"),
        ("price", {"ids": [NOBODYS_ID], "price": -1}, "price"),
        ("price", {"ids": [NOBODYS_ID], "percent": 1001}, "percent"),
        ("category", {"ids": [NOBODYS_ID]}, "categoryId"),
    ],
)
def test_a_batch_that_is_refused(shop: Shop, action: str, body: Json, field: str) -> None:
    owner = shop.staff()
    with nothing_changes():
        assert list(refused(owner.post(f"/api/products/batch/{action}", body), 400)["errors"]) == [field]


def test_a_price_that_would_be_too_high_changes_none(shop: Shop) -> None:
    products = [shop.product(price=100), shop.product(price=50_000_000)]
    with nothing_changes():
        refused(batch(shop, "price", products, percent=201), 400)


def test_a_category_of_another_store_is_not_found(shop: Shop, other_shop: Shop) -> None:
    products, foreign = [shop.product()], category(other_shop, "别家")
    with nothing_changes():
        refused(batch(shop, "category", products, categoryId=foreign["id"]), 404)


def test_products_are_published_withdrawn_and_deleted(shop: Shop) -> None:
    products = [shop.product(status=status) for status in ("draft", "off_sale", "on_sale")]
    assert data_of(batch(shop, "publish", products), 200)["changed"] == 2
    assert {read(shop, product)["status"] for product in products} == {"on_sale"}
    assert data_of(batch(shop, "withdraw", products), 200)["changed"] == 3
    assert {read(shop, product)["status"] for product in products} == {"off_sale"}
    assert data_of(batch(shop, "delete", products), 200)["changed"] == 3
    refused(batch(shop, "delete", products), 404)


def test_prices_are_set_or_follow_their_own_rounded_down(shop: Shop) -> None:
    one, two = shop.product(price=999), shop.product(**of_two_sizes())
    data_of(batch(shop, "price", [one, two], percent=90), 200)
    assert [sku["price"] for product in (one, two) for sku in read(shop, product)["skus"]] == [899, 1710, 3510]
    assert [sku["code"] for sku in read(shop, two)["skus"]] == ["T-100g", "T-250g"]
    data_of(batch(shop, "price", [one, two], price=0), 200)
    assert [sku["price"] for product in (one, two) for sku in read(shop, product)["skus"]] == [0, 0, 0]
    assert (read(shop, two)["price"], read(shop, two)["version"]) == (0, 3)


def test_products_go_into_a_category(shop: Shop) -> None:
    tea, products = category(shop, "茶"), [shop.product(), shop.product()]
    data_of(batch(shop, "category", products, categoryId=tea["id"]), 200)
    assert [(found["category"], found["categoryId"]) for found in [read(shop, one) for one in products]] == [
        ("茶", tea["id"])
    ] * 2
    assert [product.category_path for product in Product.objects] == [[ObjectId(tea["id"])]] * 2


def test_a_batch_is_recorded_once_with_all_it_changed(shop: Shop) -> None:
    products = [shop.product(status="off_sale"), shop.product()]
    answer = data_of(batch(shop, "publish", products), 200)
    entry = AuditLogEntry.objects.get(action="product.batch")
    assert (str(entry.subject_id), entry.subject_kind) == (answer["batchId"], "product_batch")
    assert entry.changes == [{"field": f"{products[0]['id']}.status", "before": "off_sale", "after": "on_sale"}]
    assert data_of(batch(shop, "publish", products), 200)["changed"] == 0
    assert AuditLogEntry.objects(action="product.batch").count() == 1


def test_batches_and_edits_at_the_same_time_lose_nothing(shop: Shop) -> None:
    products, owner = [shop.product() for _ in range(3)], shop.staff()
    answers = together(
        lambda: batch(shop, "price", products, price=5).status_code,
        lambda: batch(shop, "withdraw", products).status_code,
        *[lambda one=one: owner.put(f"/api/products/{one['id']}", {"name": "新"}).status_code for one in products],
    )
    assert answers == [200] * 5
    found = [read(shop, product) for product in products]
    assert [(one["price"], one["status"], one["name"], one["version"]) for one in found] == [
        (5, "off_sale", "新", 4)
    ] * 3


def test_a_copy_is_a_draft_without_stock_and_codes(shop: Shop) -> None:
    product = shop.product(
        **of_two_sizes(description="<p>茶</p>", category="茶", tags=["新"], purchaseLimit={"perUser": 3})
    )
    answer = shop.staff().post(f"/api/products/{product['id']}/duplicate")
    copy = data_of(answer, 201)
    own = ("id", "skus", "status", "stock", "createdAt", "updatedAt")
    assert {name: value for name, value in copy.items() if name not in own} == {
        name: value for name, value in product.items() if name not in own
    }
    assert (copy["status"], copy["stock"], answer.headers["ETag"]) == ("draft", 0, '"1"')
    assert [(sku["specs"], sku["price"], sku["code"]) for sku in copy["skus"]] == [
        ({"规格": "100g"}, 1900, ""),
        ({"规格": "250g"}, 3900, ""),
    ]
    assert StockItem.objects(product_id=ObjectId(copy["id"])).count() == 2
    refused(shop.anonymous.get(f"/api/products/{copy['id']}"), 404)


def test_only_what_is_there_is_copied(shop: Shop, other_shop: Shop) -> None:
    foreign, gone, owner = other_shop.product(), shop.product(), shop.staff()
    data_of(owner.delete(f"/api/products/{gone['id']}"), 200)
    with nothing_changes():
        for product in (foreign, gone, {"id": NOBODYS_ID}):
            refused(owner.post(f"/api/products/{product['id']}/duplicate"), 404)


def test_a_product_goes_on_sale_at_its_time(shop: Shop, services: Services, clock: MovableClock) -> None:
    at = clock.now().replace(microsecond=0)
    clock.advance(seconds=-60)
    product = shop.product(publishAt=at.isoformat())
    assert (product["status"], product["publishAt"]) == ("draft", at.isoformat(timespec="milliseconds"))
    refused(shop.anonymous.get(f"/api/products/{product['id']}"), 404)
    assert tick(services, "publish_products") == 0
    clock.advance(seconds=61)
    assert (tick(services, "publish_products"), tick(services, "publish_products")) == (1, 0)
    shown = read(shop, product)
    assert (shown["status"], shown["publishAt"], shown["version"]) == ("on_sale", None, 2)
    assert data_of(shop.anonymous.get(f"/api/products/{product['id']}"), 200)["id"] == product["id"]


@pytest.mark.parametrize("change", [{"status": "draft"}, {"status": "off_sale"}, {"publishAt": None}])
def test_a_wait_can_be_ended(shop: Shop, services: Services, clock: MovableClock, change: Json) -> None:
    product = shop.product(publishAt="2099-01-01T00:00:00Z")
    assert data_of(shop.staff().put(f"/api/products/{product['id']}", change), 200)["publishAt"] is None
    clock.advance(days=365 * 80)
    assert tick(services, "publish_products") == 0


def test_what_is_on_sale_does_not_wait(shop: Shop) -> None:
    product, later = shop.product(), {"publishAt": "2099-01-01T00:00:00Z"}
    with nothing_changes():
        refused(shop.staff().put(f"/api/products/{product['id']}", later), 400)
    withdrawn = data_of(shop.staff().put(f"/api/products/{product['id']}", {"status": "off_sale", **later}), 200)
    assert (withdrawn["status"], withdrawn["publishAt"]) == ("off_sale", "2099-01-01T00:00:00.000+00:00")
