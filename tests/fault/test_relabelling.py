"""Products follow their category and their brand, whoever saves them meanwhile."""

from __future__ import annotations

from typing import Any

import pytest
from bson import ObjectId

from src.models.categories import Category
from src.models.products import Product
from src.services.catalogue import relabelling
from src.services.registry import Services
from tests.factories.catalogue import brand, category, edited_category
from tests.factories.jobs import jobs_of, run_jobs
from tests.factories.races import run_before, together
from tests.factories.shop import Shop, data_of

Json = dict[str, Any]


def paths() -> list[list[ObjectId]]:
    return [product.category_path for product in Product.objects.order_by("id")]


def assert_in_line() -> None:
    stored = {one.id: one for one in Category.objects}
    for product in Product.objects:
        own = stored[product.category_id]
        assert (product.category, product.category_path) == (own.name, own.path)


def listed(shop: Shop, **query: Any) -> list[str]:
    return [one["id"] for one in data_of(shop.anonymous.get("/api/products", **query), 200)["list"]]


def test_a_move_reaches_all_products_below(shop: Shop, services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relabelling, "_BATCH", 2)
    tea, tools = category(shop, "茶"), category(shop, "器")
    oolong = category(shop, "乌龙", tea)
    rock = category(shop, "岩茶", oolong)
    products = [shop.product(categoryId=one["id"]) for one in (oolong, rock, rock, rock, tea)]
    edited_category(shop, oolong, parentId=tools["id"])
    run_jobs(services)
    assert_in_line()
    (job,) = jobs_of("category.realign")
    assert (job.state.value, job.result, job.done) == ("succeeded", {"corrected": 4}, 4)
    assert sorted(listed(shop, category=tools["id"])) == sorted(one["id"] for one in products[:4])
    assert listed(shop, category=tea["id"]) == [products[4]["id"]]
    assert {product.version for product in Product.objects} == {1}


def test_a_new_name_is_shown_found_and_a_new_version(shop: Shop, services: Services) -> None:
    tea = category(shop, "茶")
    product = shop.product(name="无名", categoryId=tea["id"])
    edited_category(shop, tea, name="咖啡")
    run_jobs(services)
    shown = data_of(shop.staff().get(f"/api/merchant/products/{product['id']}"), 200)
    assert (shown["category"], shown["version"]) == ("咖啡", 2)
    assert (listed(shop, keyword="咖啡"), listed(shop, category="咖啡")) == ([product["id"]], [product["id"]])


def test_a_brands_new_name_is_shown_and_found(shop: Shop, services: Services) -> None:
    made = brand(shop, "小满")
    product = shop.product(name="无名", brandId=made["id"])
    assert listed(shop, keyword="小满") == [product["id"]]
    data_of(shop.staff().put(f"/api/merchant/brands/{made['id']}", {"name": "大雪"}), 200)
    run_jobs(services)
    assert data_of(shop.anonymous.get(f"/api/products/{product['id']}"), 200)["brand"] == "大雪"
    assert (listed(shop, keyword="小满"), listed(shop, keyword="大雪")) == ([], [product["id"]])


def test_a_second_move_during_the_first_ones_job_wins(shop: Shop, services: Services) -> None:
    tea, tools = category(shop, "茶"), category(shop, "器")
    oolong = category(shop, "乌龙", tea)
    for _ in range(3):
        shop.product(categoryId=oolong["id"])
    before = paths()
    edited_category(shop, oolong, parentId=tools["id"])

    def move_back() -> None:
        edited_category(shop, oolong, parentId=tea["id"])

    with run_before(relabelling.Relabelling, "_correct", move_back):
        run_jobs(services)
    assert paths() == before
    assert_in_line()


def test_products_saved_while_their_category_moves_are_in_line(shop: Shop, services: Services) -> None:
    tea, tools, owner = category(shop, "茶"), category(shop, "器"), shop.staff()
    oolong = category(shop, "乌龙", tea)
    elsewhere = [shop.product(categoryId=tools["id"]) for _ in range(4)]
    for number in range(3):
        target = (tools, tea)[number % 2]["id"]
        answers = together(
            lambda target=target: edited_category(shop, oolong, parentId=target, name=f"乌龙{target[-4:]}")["id"],
            lambda: run_jobs(services),
            *[lambda: shop.product(categoryId=oolong["id"])["id"]] * 3,
            *[
                lambda one=one: data_of(
                    owner.put(f"/api/products/{one['id']}", {"categoryId": oolong["id"], "name": "新"}), 200
                )["id"]
                for one in elsewhere
            ],
        )
        assert len(answers) == 9
        run_jobs(services)
        assert_in_line()


def test_a_category_is_not_deleted_under_a_product_that_is_just_saved(shop: Shop) -> None:
    owner = shop.staff()
    for number in range(5):
        one = category(shop, f"茶{number}")
        body = {"name": "茶", "price": 1, "categoryId": one["id"]}
        codes = together(
            lambda body=body: owner.post("/api/products", body).status_code,
            lambda one=one: owner.delete(f"/api/merchant/categories/{one['id']}").status_code,
        )
        assert codes in ([201, 409], [404, 200])
    assert_in_line()
