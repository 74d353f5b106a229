"""What staff do with the catalogue reads what it is about, however much else there is."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from bson import ObjectId

from ecosystem.bench.profile import Profile, profiling, wasteful
from src.models.products import Product
from src.services.registry import Services
from tests.factories.catalogue import brand, category, edited_category
from tests.factories.clock import MovableClock
from tests.factories.jobs import run_jobs, tick
from tests.factories.shop import Buyer, Shop, data_of
from tests.guards.crowd import fill

# Of the crowd, each twentieth product is in the category that is moved.
_EVERY = 20


@pytest.fixture
def crowded(shop: Shop) -> Iterator[tuple[Shop, Buyer, Profile]]:
    buyer = shop.buyer()
    fill(shop, buyer)
    with profiling() as profile:
        yield shop, buyer, profile


def test_a_move_reads_the_products_of_what_moves(crowded: tuple[Shop, Buyer, Profile], services: Services) -> None:
    shop, _, profile = crowded
    tea, tools = category(shop, "茶"), category(shop, "器")
    oolong = category(shop, "乌龙", tea)
    path = [ObjectId(tea["id"]), ObjectId(oolong["id"])]
    of_oolong = {"category_id": path[1], "category_path": path, "category": "乌龙"}
    Product.collection().update_many({"price": {"$mod": [_EVERY, 0]}}, {"$set": of_oolong})
    profile.new()
    edited_category(shop, oolong, parentId=tools["id"])
    run_jobs(services)
    queries = profile.new()
    assert [str(query) for query in queries if "COLLSCAN" in query.plan] == []
    moved = Product.collection().count_documents({"category_path": ObjectId(tools["id"])})
    # Counted, listed, read, written; and looked at once more, since something may have moved in the index.
    assert sum(query.examined for query in queries if query.collection == "products") <= 8 * moved


def test_deleting_a_brand_looks_for_its_own_products(crowded: tuple[Shop, Buyer, Profile]) -> None:
    shop, _, profile = crowded
    one, spare = brand(shop, "小满"), brand(shop, "大雪")
    shop.product(brandId=one["id"])
    profile.new()
    data_of(shop.staff().delete(f"/api/merchant/brands/{spare['id']}"), 200)
    assert shop.staff().delete(f"/api/merchant/brands/{one['id']}").status_code == 409
    assert wasteful(profile.new()) == []


def test_codes_limits_copies_and_batches_use_indexes(crowded: tuple[Shop, Buyer, Profile]) -> None:
    shop, buyer, profile = crowded
    product = shop.product(code="A-1", purchaseLimit={"perUser": 5})
    profile.new()
    assert shop.staff().post("/api/products", {"name": "茶", "price": 1, "code": "A-1"}).status_code == 409
    data_of(buyer.order(({"productId": product["id"], "skuId": product["skus"][0]["id"]}, 1)), 201)
    data_of(shop.staff().post(f"/api/products/{product['id']}/duplicate"), 201)
    data_of(shop.staff().post("/api/products/batch/price", {"ids": [product["id"]], "price": 5}), 200)
    assert wasteful(profile.new()) == []


def test_what_is_due_for_sale_is_found_alone(
    crowded: tuple[Shop, Buyer, Profile], services: Services, clock: MovableClock
) -> None:
    shop, _, profile = crowded
    shop.product(publishAt="2099-01-01T00:00:00Z")
    soon = clock.now().isoformat()
    clock.advance(seconds=-1)
    shop.product(publishAt=soon)
    clock.advance(seconds=2)
    profile.new()
    assert tick(services, "publish_products") == 1
    (found, *written) = profile.new()
    assert (found.examined, "publish_at" in found.plan) == (1, True)
    assert wasteful(written) == []
