"""Two stores in one database see nothing of each other, for every route of the URL map."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from werkzeug.test import TestResponse

from src.middleware.policies import Audience
from src.models.jobs import Job
from src.models.payments import Payment
from src.models.stores import Store
from tests.factories.bills import walk_reconciliations
from tests.factories.contents import nothing_changes
from tests.factories.refunds import shipped_order, wanted
from tests.factories.routes import Route, all_routes, body_of
from tests.factories.sheets import sheet_ids
from tests.factories.shop import ADDRESS, Buyer, Person, Shop, data_of, refused
from tests.factories.staff import invite, joined, logged_in, new_key, with_second_factor
from tests.factories.text_reviews import rename, reviews
from tests.factories.webhooks import add_webhook, ping

ROUTES = [route for route in all_routes() if route.policy.audience is not Audience.SYSTEM]
# Whoever runs the platform is in no store and sees all of them.
WITH_IDS = [route for route in ROUTES if route.ids and route.policy.audience is not Audience.PLATFORM]


@dataclass
class Inhabited:
    """A store with somebody of each kind and something of everything, all of it marked."""

    shop: Shop
    canary: str
    ids: dict[str, str]
    people: dict[Audience, Person]


def inhabit(shop: Shop) -> Inhabited:
    canary = f"canary{shop.code}"
    sku = {"specs": {canary: canary}, "price": 1000, "stock": 11, "image": f"/media/{canary}.png"}
    product = shop.product(
        name=canary, description=canary, category=canary, images=[f"/media/{canary}.png"], skus=[sku]
    )
    brand = data_of(shop.staff().post("/api/merchant/brands", {"name": canary}), 201)
    buyer = shop.buyer()
    data_of(buyer.put("/api/auth/user", {"nickname": canary, "avatar": f"/media/{canary}.png"}), 200)
    rename(buyer, f"可疑{canary}")
    order = placed(buyer, product, canary)
    webhook_id = add_webhook(shop, description=canary)["id"]
    ids = {
        "product_id": product["id"],
        "sku_id": product["skus"][0]["id"],
        "category_id": product["categoryId"],
        "brand_id": brand["id"],
        "order_id": order["id"],
        "webhook_id": webhook_id,
        "delivery_id": ping(shop, webhook_id)["id"],
        "review_id": reviews(shop)[0]["id"],
        "refund_id": refund_wanted(buyer, product, canary)["id"],
        "payment_id": str(Payment.objects.get(store_id=shop.store_id).id),
        "job_id": str(Job.objects.get(store_id=shop.store_id).id),
        "reconciliation_id": walk_reconciliations(shop),
        **staff_ids(shop, canary),
        **sheet_ids(shop, canary),
    }
    people = {Audience.SHOPPER: buyer, Audience.STAFF: shop.staff(), Audience.PUBLIC: shop.anonymous}
    return Inhabited(shop, canary, ids, people)


def staff_ids(shop: Shop, canary: str) -> dict[str, str]:
    """Returns the ids of a marked member with a second factor, of its login, and of others around it."""
    member, owner = joined(shop), shop.staff()
    data_of(owner.put(member.path, {"displayName": canary}), 200)
    with_second_factor(member)
    username = data_of(owner.get("/api/staff/me"), 200)["username"]
    logged_in(shop, username)
    own = data_of(owner.get("/api/staff/sessions"), 200)["list"]
    return {
        "staff_id": member.id,
        "login_id": data_of(owner.get(f"{member.path}/sessions"), 200)["list"][0]["id"],
        "own_login_id": next(login["id"] for login in own if not login["isCurrent"]),
        "invitation_id": invite(shop, username=f"{canary}-invited")["invitation"]["id"],
        "key_id": new_key(shop, "orders:read", name=canary)["apiKey"]["id"],
    }


def placed(buyer: Buyer, product: dict[str, Any], canary: str) -> dict[str, Any]:
    address = {name: value if name == "phone" else canary for name, value in ADDRESS.items()}
    line = {"productId": product["id"], "quantity": 1}
    body = {"items": [line], "address": address, "note": canary}
    order: dict[str, Any] = data_of(buyer.post("/api/orders", body), 201)
    return order


def refund_wanted(buyer: Buyer, product: dict[str, Any], canary: str) -> dict[str, Any]:
    sku = {"productId": product["id"], "skuId": product["skus"][0]["id"]}
    order = shipped_order(buyer, (sku, 1))
    asked = buyer.post(f"/api/orders/{order['id']}/refunds", wanted((sku, 1), reason=canary))
    return dict(data_of(asked, 201))


@pytest.fixture
def here(shop: Shop) -> Inhabited:
    return inhabit(shop)


@pytest.fixture
def there(here: Inhabited, other_shop: Shop) -> Inhabited:
    return inhabit(other_shop)


def call(person: Person, route: Route, ids: dict[str, str]) -> TestResponse:
    body = body_of(route)
    for name, known in (("categoryId", "category_id"), ("brandId", "brand_id")):
        if name in (body or {}):
            body = {**(body or {}), name: ids[known]}
    if "parentId" in (body or {}):
        body = {**(body or {}), "parentId": None}
    for sku in (body or {}).get("skus", []):
        if "id" in sku:
            sku["id"] = ids["sku_id"]
    for item in (body or {}).get("items", []):
        if "orderItemId" in item:
            item["orderItemId"] = ids["sku_id"]
    return person.shop.client.open(route.path(**ids), method=route.method, json=body, headers=person.headers)


def ends_something(route: Route) -> tuple[bool, int]:
    """Sorts what ends something behind the rest, and parts of a thing before the thing."""
    ends = route.method == "DELETE" or route.rule.endswith(("/logout", "/disable"))
    return ends, -len(route.ids) if ends else 0


def test_an_id_of_the_other_store_is_not_found_anywhere(here: Inhabited, there: Inhabited) -> None:
    for stranger, owner in ((here, there), (there, here)):
        with nothing_changes():
            for route in WITH_IDS:
                refused(call(stranger.people[route.policy.audience], route, owner.ids), 404)


def test_the_same_calls_find_what_is_their_own(here: Inhabited) -> None:
    for route in sorted(WITH_IDS, key=ends_something):
        answer = call(here.people[route.policy.audience], route, here.ids)
        assert answer.status_code in (200, 201, 202, 409), (route, answer.get_json())


def test_every_id_of_a_path_is_known_to_this_test(here: Inhabited) -> None:
    assert {name for route in WITH_IDS for name in route.ids} == set(here.ids)


def test_no_answer_shows_anything_of_the_other_store(here: Inhabited, there: Inhabited) -> None:
    for viewer, other in ((here, there), (there, here)):
        for route in sorted(ROUTES, key=ends_something):
            for ids in (other.ids, viewer.ids):
                for person in viewer.people.values():
                    answer = call(person, route, ids).get_data().decode(errors="replace")  # pictures too
                    assert other.canary not in answer, route


def test_the_own_canary_would_be_seen(here: Inhabited) -> None:
    for path, audience in (
        ("/api/products", Audience.PUBLIC),
        ("/api/orders", Audience.SHOPPER),
        ("/api/auth/user", Audience.SHOPPER),
        ("/api/merchant/orders", Audience.STAFF),
        ("/api/merchant/products", Audience.STAFF),
        ("/api/merchant/refunds", Audience.STAFF),
    ):
        assert here.canary in here.people[audience].get(path).get_data(as_text=True)


def test_products_of_the_other_store_cannot_be_ordered(here: Inhabited, there: Inhabited) -> None:
    foreign = {"productId": there.ids["product_id"], "quantity": 1}
    mixed = {"productId": here.ids["product_id"], "skuId": there.ids["sku_id"], "quantity": 1}
    with nothing_changes():
        for line in (foreign, mixed):
            answer = here.people[Audience.SHOPPER].post("/api/orders", {"items": [line], "address": ADDRESS})
            assert refused(answer, 404) == {"item": 0}


def test_a_token_counts_more_than_any_header(here: Inhabited, there: Inhabited) -> None:
    for person in (here.people[Audience.SHOPPER], here.people[Audience.STAFF]):
        headers = {**person.headers, "X-Store": "other"}
        listed = data_of(here.shop.client.get("/api/products", headers=headers), 200)["list"]
        assert [product["id"] for product in listed] == [here.ids["product_id"]]


def test_filters_do_not_reach_over(here: Inhabited, there: Inhabited) -> None:
    for query in ({"keyword": there.canary}, {"category": there.canary}):
        assert data_of(here.people[Audience.PUBLIC].get("/api/products", **query), 200)["list"] == []
        assert data_of(here.people[Audience.STAFF].get("/api/merchant/products", **query), 200)["list"] == []


def listed_ids(shop: Shop, **headers: str) -> list[str]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return [product["id"] for product in data_of(shop.client.get("/api/products", headers=named), 200)["list"]]


def test_an_anonymous_call_is_for_the_store_it_names(here: Inhabited, there: Inhabited) -> None:
    assert listed_ids(here.shop, X_Store="main") == [here.ids["product_id"]]
    assert listed_ids(here.shop, X_Store="other") == [there.ids["product_id"]]


def test_an_anonymous_call_that_names_nothing_is_for_the_default_store(here: Inhabited, there: Inhabited) -> None:
    assert listed_ids(here.shop) == listed_ids(here.shop, Host="unknown.example") == [here.ids["product_id"]]


def test_an_anonymous_call_is_for_the_store_of_its_host(here: Inhabited, there: Inhabited) -> None:
    Store.objects(code="other").update(set__hosts=["other.example"])
    for host in ("other.example", "OTHER.example", "other.example:8443"):
        assert listed_ids(here.shop, Host=host) == [there.ids["product_id"]]
    assert listed_ids(here.shop, Host="other.example", X_Store="main") == [here.ids["product_id"]]


@pytest.mark.parametrize("code", ["", "nope", "MAIN", "main ", "$ne", "x" * 1_000])
def test_a_store_that_does_not_exist_is_not_found(shop: Shop, code: str) -> None:
    refused(shop.client.get("/api/products", headers={"X-Store": code}), 404)


def test_without_a_default_store_something_must_be_named(shop: Shop) -> None:
    Store.objects.update(set__is_default=False)
    refused(shop.client.get("/api/products", headers={"Host": "never-asked-before.example"}), 404)


def test_a_login_names_its_store_by_its_mini_program(shop: Shop, other_shop: Shop) -> None:
    code = other_shop.login_code(shop.wechat_user())
    refused(shop.anonymous.post("/api/auth/login", {"code": code}), 40102)
