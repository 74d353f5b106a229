"""What shoppers accept of subscribe messages."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

import pytest
from click.testing import Result

from src.models.stores import Store
from src.services.messages.subscriptions import MOST_GRANTS
from tests.factories.contents import nothing_changes
from tests.factories.races import at_once, results
from tests.factories.shop import Shop, data_of, refused
from tests.factories.subscriptions import PAID, REFUNDED, SHIPPED, TEMPLATES, left, tell, use_templates

TEMPLATES_PATH, GRANTS_PATH = "/api/subscriptions/templates", "/api/subscriptions"


@pytest.fixture
def shop(shop: Shop) -> Shop:
    use_templates(shop)
    return shop


def test_templates_are_for_shoppers(shop: Shop) -> None:
    staff = shop.staff()
    with nothing_changes():
        refused(shop.anonymous.get(TEMPLATES_PATH), 401)
        refused(shop.anonymous.post(GRANTS_PATH, {"results": {PAID: "accept"}}), 401)
        refused(staff.post(GRANTS_PATH, {"results": {PAID: "accept"}}), 401)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "results"),
        ({"results": {}}, "results"),
        ({"results": []}, "results"),
        ({"results": {PAID: True}}, f"results.{PAID}.value"),
        ({"results": {PAID: ""}}, f"results.{PAID}.value"),
        ({"results": {PAID: "accept now"}}, f"results.{PAID}.value"),
        ({"results": {"": "accept"}}, "results..key"),
        ({"results": {"x" * 65: "accept"}}, f"results.{'x' * 65}.key"),
        ({"results": {f"T{n}": "accept" for n in range(11)}}, "results"),
        ({"results": {PAID: "accept"}, "userId": "0123456789abcdef01234567"}, "userId"),
    ],
)
def test_grants_that_are_refused(shop: Shop, body: dict[str, Any], field: str) -> None:
    buyer = shop.buyer()
    with nothing_changes():
        assert list(refused(buyer.post(GRANTS_PATH, body), 400)["errors"]) == [field]


def test_a_shop_without_templates_asks_for_nothing(shop: Shop) -> None:
    use_templates(shop, {})
    assert data_of(shop.buyer().get(TEMPLATES_PATH), 200) == {"list": []}


def test_templates_tell_what_to_ask_for(shop: Shop) -> None:
    assert data_of(shop.buyer().get(TEMPLATES_PATH), 200)["list"] == [
        {"event": "order_paid", "templateId": PAID, "left": 0},
        {"event": "order_shipped", "templateId": SHIPPED, "left": 0},
        {"event": "refund_succeeded", "templateId": REFUNDED, "left": 0},
    ]


@pytest.mark.parametrize("result", ["accept", "acceptWithAlert", "acceptWithAudio", "acceptWithForcePush"])
def test_an_accept_is_one_message(shop: Shop, result: str) -> None:
    buyer = shop.buyer()
    assert tell(buyer, {PAID: result}) == {PAID: 1, SHIPPED: 0, REFUNDED: 0}
    assert tell(buyer, {PAID: result, SHIPPED: result}) == {PAID: 2, SHIPPED: 1, REFUNDED: 0}
    assert left(buyer) == {PAID: 2, SHIPPED: 1, REFUNDED: 0}


@pytest.mark.parametrize("result", ["reject", "ban", "filter", "somethingNew"])
def test_anything_else_grants_nothing_and_takes_nothing_back(shop: Shop, result: str) -> None:
    buyer = shop.buyer()
    tell(buyer, {PAID: "accept"})
    assert tell(buyer, {PAID: result, SHIPPED: result}) == {PAID: 1, SHIPPED: 0, REFUNDED: 0}


def test_a_template_of_nobody_is_ignored(shop: Shop) -> None:
    buyer = shop.buyer()
    with nothing_changes():
        tell(buyer, {"template-of-another-shop": "accept"})


def test_grants_belong_to_one_shopper(shop: Shop) -> None:
    buyer, somebody = shop.buyer(), shop.buyer()
    tell(buyer, {PAID: "accept"})
    assert left(somebody)[PAID] == 0


def test_grants_belong_to_one_shop(shop: Shop, other_shop: Shop) -> None:
    use_templates(other_shop, {"order_paid": TEMPLATES["order_paid"]})
    tell(shop.buyer(), {PAID: "accept"})
    assert left(other_shop.buyer()) == {PAID: 0}


def test_grants_are_bounded(shop: Shop) -> None:
    buyer = shop.buyer()
    for _ in range(MOST_GRANTS + 3):
        tell(buyer, {PAID: "accept"})
    assert left(buyer)[PAID] == MOST_GRANTS


def test_grants_at_once_are_all_counted(shop: Shop) -> None:
    buyer = shop.buyer()
    results(at_once([partial(tell, buyer, {PAID: "accept"})] * 10))
    assert left(buyer)[PAID] == 10


def test_templates_come_from_the_stores_file(shop: Shop) -> None:
    template = {"templateId": "T-9", "page": "pages/order?id={orderId}", "fields": {"thing1": "productName"}}
    file = {"code": "second", "name": "二店", "hosts": [], "isDefault": False, **shop.credentials}
    saved = save({**file, "messageTemplates": {"order_paid": template}}, shop)
    assert saved.exit_code == 0, saved.output
    store = Store.find_by_code("second")
    assert store is not None
    assert store.message_templates == {
        "order_paid": {"template_id": "T-9", "page": template["page"], "fields": template["fields"]}
    }

    save(file, shop)

    store = Store.find_by_code("second")
    assert store is not None and store.message_templates == {}


def test_a_file_with_a_wrong_template_is_not_saved(shop: Shop) -> None:
    template = {"templateId": "T-9", "fields": {"amount1": "productName"}}
    file = {"code": "second", "name": "二店", "hosts": [], "isDefault": False, **shop.credentials}
    with nothing_changes():
        refused_file = save({**file, "messageTemplates": {"order_paid": template}}, shop)
    assert refused_file.exit_code == 1
    assert "Takes no productName; it fits thing." in refused_file.output


def save(file: dict[str, Any], shop: Shop) -> Result:
    return shop.app.test_cli_runner().invoke(args=["stores", "save", "-"], input=json.dumps(file))
