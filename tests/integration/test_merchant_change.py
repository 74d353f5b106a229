"""A store that gets another mini-program or merchant number."""

from __future__ import annotations

import json

from click.testing import Result

from src.models.stores import Store
from tests.factories.contents import nothing_changes
from tests.factories.shop import Shop, data_of


def save_with_another_merchant(shop: Shop) -> Result:
    store = {**shop.control("accounts"), "code": shop.code, "name": "店", "hosts": [], "isDefault": True}
    return shop.app.test_cli_runner().invoke(args=["stores", "save", "-"], input=json.dumps(store))


def test_not_while_a_payment_is_under_way(shop: Shop) -> None:
    buyer = shop.buyer()
    order = buyer.placed((shop.sku(), 1))
    data_of(buyer.pay(order["id"]), 200)
    with nothing_changes():
        refusal = save_with_another_merchant(shop)
    assert (refusal.exit_code, refusal.output) == (
        1,
        "Error: payments are under way with the current appid and mchid; try again when they have ended\n",
    )


def test_once_they_have_ended(shop: Shop) -> None:
    buyer = shop.buyer()
    order = buyer.placed((shop.sku(), 1))
    data_of(buyer.pay(order["id"]), 200)
    data_of(buyer.post(f"/api/orders/{order['id']}/cancel"), 200)
    assert save_with_another_merchant(shop).exit_code == 0
    assert Store.objects.get(code=shop.code).mchid != shop.credentials["mchid"]
