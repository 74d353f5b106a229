"""A store that gets another mini-program or merchant number."""

from __future__ import annotations

import json

import pytest
from click.testing import Result

from src.models.stores import Store
from tests.factories.contents import nothing_changes
from tests.factories.shop import Shop, data_of


def save_with_another_merchant(shop: Shop) -> Result:
    store = {**shop.control("accounts"), "code": shop.code, "name": "店", "hosts": [], "isDefault": True}
    return shop.app.test_cli_runner().invoke(args=["stores", "save", "-"], input=json.dumps(store))


@pytest.mark.parametrize("ended", [False, True])
def test_not_once_it_has_payments(shop: Shop, ended: bool) -> None:
    """They could be neither asked about nor refunded any more."""
    buyer = shop.buyer()
    order = buyer.placed((shop.sku(), 1))
    data_of(buyer.pay(order["id"]), 200)
    if ended:
        data_of(buyer.post(f"/api/orders/{order['id']}/cancel"), 200)
    with nothing_changes():
        refusal = save_with_another_merchant(shop)
    assert (refusal.exit_code, refusal.output) == (
        1,
        "Error: the store has payments with its present appid and mchid; make another store for new ones\n",
    )


def test_as_long_as_it_has_none(shop: Shop) -> None:
    shop.buyer().placed((shop.sku(), 1))
    assert save_with_another_merchant(shop).exit_code == 0
    assert Store.objects.get(code=shop.code).mchid != shop.credentials["mchid"]
