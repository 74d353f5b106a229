"""Two stores in one database see nothing of each other, for every route of the URL map."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from ecosystem.sandbox.server import RunningSandbox
from src.middleware.policies import Audience
from src.models.audit_log import AuditLogEntry
from src.utils.actions import Action
from tests.factories.contents import nothing_changes
from tests.factories.id_places import filled, id_places
from tests.factories.inhabited import Inhabited, inhabit, inhabited_anew
from tests.factories.routes import NOBODYS_ID, Route, all_routes, body_of
from tests.factories.shop import ADDRESS, Person, Shop, data_of, refused

PLACES = id_places()
NO_STORES = {Audience.SYSTEM, Audience.PLATFORM}
ROUTES = [route for route in all_routes() if route.policy.audience not in NO_STORES]
NAMING = [place for place in PLACES if place.where != "query" and place.route.rule != "/api/merchant/exports"]
FILTERING = [place for place in PLACES if place.where == "query"]
# A mistake in the form: the product that is edited has no such SKU.
OF_THE_FORM = "PUT /api/products/<id:product_id> body skus.0.id"
# What reading leaves behind.
TAKING = [Action.AUDIT_LOG_EXPORT, Action.EXPORT_DOWNLOAD]
BATCHES: dict[str, dict[str, Any]] = {
    "publish": {},
    "withdraw": {},
    "price": {"percent": 90},
    "category": {"categoryId": None},
    "delete": {},
}


@pytest.fixture(scope="module")
def here(app: Flask, running_wechat: RunningSandbox) -> Inhabited:
    """A store that no test of this module changes, nor the other one."""
    return inhabited_anew(app, running_wechat)


@pytest.fixture(scope="module")
def there(here: Inhabited) -> Inhabited:
    return inhabit(here.shop.open_another("other"))


@pytest.fixture(autouse=True)
def nothing_has_changed(here: Inhabited, there: Inhabited) -> Iterator[None]:
    with nothing_changes():
        yield
        forget_what_was_taken()


def forget_what_was_taken() -> None:
    """Deletes the entries of those who took files: all that reading leaves behind."""
    AuditLogEntry.objects(action__in=TAKING).delete()


def answered(answer: TestResponse) -> tuple[int, Any]:
    """Returns status and content, without the moment at which figures were read."""
    if "spreadsheet" in (answer.mimetype or ""):  # it is written anew for each call, with the time
        return answer.status_code, answer.mimetype
    if answer.mimetype == "text/csv":  # the audit log tells of the call before
        lines = answer.get_data(as_text=True).splitlines()
        return answer.status_code, [line for line in lines if f'"{Action.AUDIT_LOG_EXPORT}"' not in line]
    content = answer.get_json(silent=True) or answer.get_data()
    if isinstance(content, dict) and isinstance(content["data"], dict):
        content["data"].pop("at", None)
    return answer.status_code, content


def call(person: Person, route: Route, own: dict[str, str]) -> TestResponse:
    body = filled(route, body_of(route), own)
    return person.shop.client.open(route.path(**own), method=route.method, json=body, headers=person.headers)


def test_an_id_of_the_other_store_names_nothing(here: Inhabited, there: Inhabited) -> None:
    for stranger, owner in ((here, there), (there, here)):
        for place in NAMING:
            for person in stranger.callers_of(place.route):
                own, foreign = stranger.own(place.route), owner.own(place.route)[place.kind]
                answer = place.call(person, own, foreign)
                expected = 400 if str(place) == OF_THE_FORM else 404
                assert answer.status_code == expected, (str(place), answer.get_json())
                assert answered(answer) == answered(place.call(person, own, NOBODYS_ID)), str(place)


def test_a_filter_by_an_id_of_the_other_store_finds_nothing(here: Inhabited, there: Inhabited) -> None:
    for stranger, owner in ((here, there), (there, here)):
        for place in FILTERING:
            for person in stranger.callers_of(place.route):
                own, foreign = stranger.own(place.route), owner.own(place.route)[place.kind]
                answer = answered(place.call(person, own, foreign))
                assert answer == answered(place.call(person, own, NOBODYS_ID)), str(place)
                assert answer != answered(place.call(person, own, own[place.kind])), str(place)


def test_every_id_of_a_call_is_known_to_this_test(here: Inhabited) -> None:
    assert {place.kind for place in PLACES} == set(here.ids) - {"paid_order_id", "shipped_order_id"}
    for place in PLACES:
        assert here.ids[place.kind] != NOBODYS_ID


def test_products_of_the_other_store_cannot_be_ordered(here: Inhabited, there: Inhabited) -> None:
    foreign = {"productId": there.ids["product_id"], "quantity": 1}
    mixed = {"productId": here.ids["product_id"], "skuId": there.ids["sku_id"], "quantity": 1}
    own = {"productId": here.ids["product_id"], "quantity": 1}
    for lines, place in (([foreign], 0), ([mixed], 0), ([own, foreign], 1)):
        answer = here.buyer.post("/api/orders", {"items": lines, "address": ADDRESS})
        assert refused(answer, 404) == {"item": place}


def test_one_foreign_id_among_own_ones_stops_the_batch(here: Inhabited, there: Inhabited) -> None:
    owner, ids = here.shop.staff(), [here.ids["product_id"], there.ids["product_id"]]
    for action, values in BATCHES.items():
        refused(owner.post(f"/api/products/batch/{action}", {"ids": ids, **values}), 404)
    slips = ",".join([here.ids["order_id"], there.ids["order_id"]])
    refused(owner.get("/api/merchant/orders/print", ids=slips), 404)


def test_a_token_counts_more_than_any_header(here: Inhabited, there: Inhabited) -> None:
    for route in ROUTES:
        if route.method == "GET" and route.policy.audience is not Audience.PUBLIC:
            for person in here.callers_of(route):
                elsewhere = Person(here.shop, {**person.headers, "X-Store": "other", "Host": "other.example"}, "")
                own = here.own(route)
                assert answered(call(elsewhere, route, own)) == answered(call(person, route, own)), str(route)
    for person in (here.buyer, here.shop.staff(), here.program):
        assert listed_ids(here.shop, {}, **person.headers, X_Store="other") == [here.ids["product_id"]]


def test_filters_do_not_reach_over(here: Inhabited, there: Inhabited) -> None:
    for query in ({"keyword": there.canary}, {"category": there.canary}, {"tag": there.canary}):
        for path, person in (("/api/products", here.shop.anonymous), ("/api/merchant/products", here.shop.staff())):
            assert data_of(person.get(path, **query), 200)["list"] == []
    assert listed_ids(here.shop, {"keyword": here.canary}) == [here.ids["product_id"]]


def listed_ids(shop: Shop, query: dict[str, str], **headers: str) -> Sequence[str]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    answer = shop.client.get("/api/products", headers=named, query_string=query)
    return [product["id"] for product in data_of(answer, 200)["list"]]
