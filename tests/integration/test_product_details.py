"""What a product may have besides name and price: its matrix, codes, texts, limits, category and brand."""

from __future__ import annotations

from typing import Any

import pytest

from src.models.categories import Category
from tests.factories.catalogue import brand, category, of_two_sizes
from tests.factories.contents import nothing_changes
from tests.factories.races import together
from tests.factories.routes import NOBODYS_ID
from tests.factories.shop import Shop, data_of, refused
from tests.factories.staff import recorded

Json = dict[str, Any]
SIZES = [{"name": "规格", "values": ["100g", "250g", "500g"]}]


def create(shop: Shop, **values: Any) -> Json:
    product: Json = data_of(shop.staff().post("/api/products", of_two_sizes(**values)), 201)
    return product


def put(shop: Shop, product: Json, **values: Any) -> Any:
    return shop.staff().put(f"/api/products/{product['id']}", values)


def kept(product: Json, **changes: Any) -> list[Json]:
    """Returns the SKUs of a product as an edit names them."""
    names = ("id", "specs", "price", "code", "barcode")
    return [{**{name: sku[name] for name in names}, **changes} for sku in product["skus"]]


def codes_of(shop: Shop, product: Json) -> list[str]:
    read = data_of(shop.staff().get(f"/api/merchant/products/{product['id']}"), 200)
    return [sku["code"] for sku in read["skus"]]


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"specNames": [{"name": "颜色", "values": ["红"]}]}, "specNames"),
        ({"specNames": [{"name": "规格", "values": ["100g"]}]}, "specNames"),
        ({"specNames": [*SIZES, {"name": "颜色", "values": ["红"]}]}, "specNames"),
        ({"specNames": []}, "specNames"),
        ({"specNames": SIZES * 2}, "specNames"),
        ({"specNames": [{"name": "规格", "values": ["100g", "100g", "250g"]}]}, "specNames.0.values"),
        ({"specNames": [{"name": "规格", "values": []}]}, "specNames.0.values"),
        ({"specNames": [{"name": "$规格", "values": ["100g"]}]}, "specNames.0.name"),
        ({"category": "茶", "categoryId": NOBODYS_ID}, "categoryId"),
        ({"tags": ["新", "新"]}, "tags"),
        ({"tags": [str(number) for number in range(11)]}, "tags"),
        ({"tags": ["茶" * 21]}, "tags.0"),
        ({"video": "javascript:alert(1)"}, "video"),
        ({"attributes": [{"name": "产地"}]}, "attributes.0.value"),
        ({"attributes": [{"name": "产地", "value": "福建"}] * 31}, "attributes"),
        ({"purchaseLimit": {"perOrder": 0}}, "purchaseLimit.perOrder"),
        ({"purchaseLimit": 5}, "purchaseLimit"),
        ({"publishAt": "2099-01-01T00:00:00Z", "status": "on_sale"}, "publishAt"),
        ({"publishAt": "2099-01-01T00:00:00"}, "publishAt"),
        ({"publishAt": "2001-01-01T00:00:00Z"}, "publishAt"),
        ({"publishAt": "9999-12-31T23:59:59-14:00"}, "publishAt"),
        ({"publishAt": 5}, "publishAt"),
        ({"description": "<div>" * 1001}, "description"),
        ({"code": "X"}, "code"),
        ({"weight": 1}, "weight"),
    ],
)
def test_what_is_refused(shop: Shop, values: Json, field: str) -> None:
    owner = shop.staff()
    with nothing_changes():
        assert list(refused(owner.post("/api/products", of_two_sizes(**values)), 400)["errors"]) == [field]


@pytest.mark.parametrize("values", [{"categoryId": NOBODYS_ID}, {"brandId": NOBODYS_ID}])
def test_a_category_or_brand_of_nobody_is_not_found(shop: Shop, values: Json) -> None:
    product, owner = create(shop), shop.staff()
    with nothing_changes():
        refused(owner.post("/api/products", {"name": "茶", "price": 1, **values}), 404)
        refused(put(shop, product, **values), 404)


def test_a_brand_of_another_store_is_not_found(shop: Shop, other_shop: Shop) -> None:
    foreign, owner = brand(other_shop, "别家"), shop.staff()
    with nothing_changes():
        refused(owner.post("/api/products", {"name": "茶", "price": 1, "brandId": foreign["id"]}), 404)


def test_all_details_are_kept_and_shown(shop: Shop) -> None:
    made = brand(shop, "小满")
    details = {
        "description": '<p onclick="x()">春茶<script>alert(1)</script></p>',
        "tags": ["新品", "热卖"],
        "video": "/media/tea.mp4",
        "attributes": [{"name": "产地", "value": "福建安溪"}],
        "purchaseLimit": {"perOrder": 2, "perUser": None},
    }
    product = create(shop, brandId=made["id"], category="茶", specNames=SIZES, freightClass="cold", **details)
    shown = data_of(shop.anonymous.get(f"/api/products/{product['id']}"), 200)
    assert {name: shown[name] for name in details} == {**details, "description": "<p>春茶</p>"}
    assert (shown["specNames"], shown["brand"], shown["brandId"]) == (SIZES, "小满", made["id"])
    assert "code" not in shown["skus"][0]
    assert (product["freightClass"], product["skus"][0]["code"]) == ("cold", "T-100g")


def test_details_go_away_again(shop: Shop) -> None:
    made = brand(shop, "小满")
    product = create(
        shop, brandId=made["id"], category="茶", tags=["新品"], purchaseLimit={"perOrder": 1}, video="/m.mp4"
    )
    nothing = {"brandId": None, "categoryId": None, "tags": [], "purchaseLimit": None, "video": ""}
    edited = data_of(put(shop, product, **nothing), 200)
    assert {name: edited[name] for name in nothing} == nothing
    assert (edited["brand"], edited["category"]) == ("", "")


def test_without_a_matrix_the_skus_make_one(shop: Shop) -> None:
    product = create(shop)
    assert product["specNames"] == [{"name": "规格", "values": ["100g", "250g"]}]
    more = [*kept(product), {"specs": {"规格": "1kg"}, "price": 1, "stock": 0}]
    assert data_of(put(shop, product, skus=more), 200)["specNames"][0]["values"] == ["100g", "250g", "1kg"]


def test_a_matrix_stays_while_the_skus_stand_in_it(shop: Shop) -> None:
    product = create(shop, specNames=SIZES)
    assert data_of(put(shop, product, skus=kept(product)[:1]), 200)["specNames"] == SIZES
    with nothing_changes():
        refused(put(shop, product, specNames=[{"name": "规格", "values": ["250g"]}]), 400)


def test_a_product_without_specs_has_codes_too(shop: Shop) -> None:
    product = shop.product(code="A-1", barcode="690", weight=250)
    assert data_of(put(shop, product, code="A-2"), 200)["skus"][0]["code"] == "A-2"
    read = data_of(shop.staff().get(f"/api/merchant/products/{product['id']}"), 200)["skus"][0]
    assert (read["code"], read["barcode"], read["weight"], read["price"]) == ("A-2", "690", 250, 1000)


def test_a_code_belongs_to_one_product_of_a_store(shop: Shop, other_shop: Shop) -> None:
    create(shop)
    create(other_shop)
    free = shop.product(name="别的", code="FREE")
    with nothing_changes():
        taken = refused(shop.staff().post("/api/products", {"name": "茶", "price": 1, "code": "T-250g"}), 40923)
        refused(put(shop, free, code="T-100g"), 40923)
    assert taken == {"codes": ["T-250g"]}


def test_a_code_and_a_barcode_may_be_equal(shop: Shop) -> None:
    shop.product(code="690", barcode="690")
    shop.product(code="691")
    refused(shop.staff().post("/api/products", {"name": "茶", "price": 1, "barcode": "690"}), 40923)
    data_of(shop.staff().post("/api/products", {"name": "茶", "price": 1, "barcode": "691"}), 201)


def test_two_skus_of_a_product_have_different_codes(shop: Shop) -> None:
    product = create(shop)
    with nothing_changes():
        assert list(refused(put(shop, product, skus=kept(product, code="T")), 400)["errors"]) == ["skus"]


def test_a_retired_sku_gives_its_code_away(shop: Shop) -> None:
    product = create(shop)
    small, large = kept(product)
    edited = data_of(put(shop, product, skus=[large]), 200)
    assert [(sku["id"], sku["specs"]) for sku in edited["retiredSkus"]] == [(small["id"], {"规格": "100g"})]
    heir = shop.product(code="T-100g")
    with nothing_changes():
        assert refused(put(shop, product, skus=[small, large]), 40923) == {"codes": ["T-100g"]}
    data_of(shop.staff().delete(f"/api/products/{heir['id']}"), 200)
    assert data_of(put(shop, product, skus=[small, large]), 200)["retiredSkus"] == []
    assert codes_of(shop, product) == ["T-100g", "T-250g"]


def test_of_many_with_one_code_one_is_made(shop: Shop) -> None:
    owner = shop.staff()
    body = {"name": "茶", "price": 1, "code": "ONE"}
    answers = together(*[lambda: owner.post("/api/products", body).get_json()["code"]] * 8)
    assert sorted(map(str, answers)) == ["0"] + ["40923"] * 7


def test_a_category_that_comes_with_a_product_has_its_own_entry(shop: Shop) -> None:
    product = shop.product(category="凭空")
    data_of(shop.staff().put(f"/api/products/{product['id']}", {"category": "又一个"}), 200)
    told = [(action, subject) for _, action, subject in recorded() if action.startswith(("category", "product"))]
    made = {one["name"]: one["id"] for one in data_of(shop.staff().get("/api/merchant/categories"), 200)["list"]}
    assert sorted(told) == sorted(
        [
            ("category.create", made["凭空"]),
            ("category.create", made["又一个"]),
            ("product.create", product["id"]),
            ("product.edit", product["id"]),
        ]
    )


def test_the_name_of_a_category_makes_it_once(shop: Shop) -> None:
    owner = shop.staff()
    body = {"name": "茶", "price": 1, "category": "新茶"}
    made = together(*[lambda: data_of(owner.post("/api/products", body), 201)["categoryId"]] * 8)
    assert len(set(made)) == 1
    (only,) = Category.objects
    assert (str(only.id), only.name, only.ancestors, only.visible) == (made[0], "新茶", [], True)


def test_the_name_of_a_category_means_the_one_nearest_to_the_root(shop: Shop) -> None:
    tea = category(shop, "茶")
    deep = category(shop, "乌龙", category(shop, "中", tea))
    assert shop.product(category="乌龙")["categoryId"] == deep["id"]
    near = category(shop, "乌龙", tea)
    assert shop.product(category="乌龙")["categoryId"] == near["id"]


def test_a_name_that_the_product_has_already_moves_nothing(shop: Shop) -> None:
    deep = category(shop, "乌龙", category(shop, "茶"))
    category(shop, "乌龙")
    product = shop.product(categoryId=deep["id"])
    edited = data_of(put(shop, product, category="乌龙", name="新名"), 200)
    assert (edited["categoryId"], edited["name"]) == (deep["id"], "新名")


def test_a_category_holds_what_is_below_it(shop: Shop) -> None:
    top = category(shop, "茶")
    product = shop.product(categoryId=category(shop, "乌龙", top)["id"])
    shop.product(category="别的")
    listed = data_of(shop.anonymous.get("/api/products", category=top["id"]), 200)["list"]
    assert [found["id"] for found in listed] == [product["id"]]
