"""Orders that leave in several parcels, one after the other."""

from __future__ import annotations

from typing import Any

import pytest

from src.models.audit_log import AuditLogEntry
from src.models.orders import Order
from src.services.registry import Services
from src.utils.job_states import JobState
from tests.factories.books import assert_books_balance
from tests.factories.clock import MovableClock
from tests.factories.contents import nothing_changes
from tests.factories.jobs import run_jobs
from tests.factories.races import together
from tests.factories.refunds import asked, decide
from tests.factories.routes import NOBODYS_ID
from tests.factories.shipments import SF, VISIBLE_AFTER_S, ZTO, correct
from tests.factories.shop import Buyer, Shop, data_of, refused
from tests.factories.wechat import ledger, pass_time

Json = dict[str, Any]
YTO = {"company": "YTO", "trackingNo": "YT0001"}


def part(parcel: Json, *items: tuple[Json, int]) -> Json:
    """Returns a parcel with so many units of these SKUs."""
    return {**parcel, "items": [{"orderItemId": sku["skuId"], "quantity": units} for sku, units in items]}


def send(shop: Shop, order: Json, *parcels: Json) -> Any:
    return shop.staff().post(f"/api/orders/{order['id']}/ship", {"parcels": list(parcels)})


def sent(shop: Shop, order: Json, *parcels: Json) -> Json:
    data: Json = data_of(send(shop, order, *parcels), 200)
    return data


def bought(shop: Shop) -> tuple[Buyer, Json, Json, Json]:
    """Returns a buyer, two SKUs, and a paid order of three and one of them."""
    buyer, tea, cup = shop.buyer(), shop.sku(), shop.sku(name="茶杯")
    return buyer, tea, cup, shop.paid_order(buyer, (tea, 3), (cup, 1))


def test_parcels_that_cannot_be(shop: Shop) -> None:
    _, tea, cup, order = bought(shop)
    shop.staff()
    with nothing_changes():
        for parcels in (
            [],
            [part(SF, (tea, 4))],
            [part(SF, (tea, 2)), part(ZTO, (tea, 2))],
            [part(SF, (tea, 1)), ZTO],
            [part(SF, (tea, 1), (tea, 1))],
            [{**SF, "items": []}],
            [part(SF, (tea, 0))],
        ):
            refused(send(shop, order, *parcels), 400)
        refused(send(shop, order, part(SF, ({"skuId": NOBODYS_ID}, 1))), 404)
    sent(shop, order, part(SF, (tea, 3)))
    with nothing_changes():
        refused(send(shop, order, part(ZTO, (tea, 1))), 400)
        refused(send(shop, order, *({"company": "ZTO", "trackingNo": f"ZTO{n:04}"} for n in range(15))), 400)
    sent(shop, order, part(ZTO, (cup, 1)))
    with nothing_changes():
        assert refused(send(shop, order, YTO), 40902) == {"status": "shipped"}


def test_an_order_is_shipped_when_all_units_have_left(shop: Shop, services: Services, clock: MovableClock) -> None:
    buyer, tea, cup, order = bought(shop)
    pass_time(shop, clock, VISIBLE_AFTER_S)
    first = sent(shop, order, part(SF, (tea, 2)))
    assert (first["status"], first["parcels"], first["wechatShipping"]["status"]) == (
        "paid",
        [part(SF, (tea, 2))],
        "pending",
    )
    assert run_jobs(services) == [JobState.SUCCEEDED]
    clock.advance(seconds=1)
    last = sent(shop, order, part(ZTO, (tea, 1)), part(YTO, (cup, 1)))
    assert (last["status"], len(last["parcels"])) == ("shipped", 3)
    assert run_jobs(services) == [JobState.SUCCEEDED]
    (at_wechat,) = ledger(shop)["shippings"]
    described = [[parcel["item_desc"] for parcel in upload["parcels"]] for upload in at_wechat["uploads"]]
    assert described == [["高山乌龙茶*2"], ["高山乌龙茶*2", "高山乌龙茶*1", "茶杯*1"]]
    shown = buyer.read_order(order["id"])
    assert (shown["status"], shown["parcels"]) == ("shipped", last["parcels"])
    assert AuditLogEntry.objects(action="order.ship").count() == 2
    clock.advance(seconds=1)
    assert correct(shop, order["id"], ZTO)["wechatShipping"]["uploads"] == 1
    assert run_jobs(services) == [JobState.SUCCEEDED]
    assert_books_balance(shop.store_id)


def test_a_parcel_that_names_nothing_takes_the_rest(shop: Shop) -> None:
    _, tea, cup, order = bought(shop)
    sent(shop, order, part(SF, (tea, 2)))
    last = sent(shop, order, ZTO)
    assert last["status"] == "shipped"
    assert sorted(item["quantity"] for item in last["parcels"][1]["items"]) == [1, 1]
    assert_books_balance(shop.store_id)


def test_an_order_of_which_a_part_has_left_is_not_cancelled(shop: Shop) -> None:
    buyer, tea, _, order = bought(shop)
    sent(shop, order, part(SF, (tea, 1)))
    assert buyer.read_order(order["id"])["allowedActions"] == ["refund"]
    with nothing_changes():
        assert refused(buyer.post(f"/api/orders/{order['id']}/cancel"), 40902) == {"status": "paid"}


def test_refunded_units_are_not_sent(shop: Shop) -> None:
    buyer, tea, cup, order = bought(shop)
    sent(shop, order, part(SF, (tea, 2)))
    refund = asked(buyer, order, (tea, 1), (cup, 1))
    shop.staff()
    with nothing_changes():
        refused(send(shop, order, part(ZTO, (cup, 1))), 400)
    decide(shop, refund, "approve", {"returnGoods": False, "restock": True})
    assert buyer.read_order(order["id"])["status"] == "paid"
    with nothing_changes():
        refused(send(shop, order, ZTO), 400)
    assert sent(shop, order)["status"] == "shipped"
    assert_books_balance(shop.store_id)


@pytest.mark.parametrize("turn", range(2))
def test_a_parcel_leaves_or_the_order_is_cancelled(shop: Shop, turn: int) -> None:
    buyer, tea, _, order = bought(shop)
    shop.staff()
    codes = together(
        lambda: send(shop, order, part(SF, (tea, 1))).get_json()["code"],
        lambda: buyer.post(f"/api/orders/{order['id']}/cancel").get_json()["code"],
    )
    assert sorted(map(str, codes)) == ["0", "40902"]
    stored = Order.objects.get()
    assert (stored.status.value, len(stored.parcels)) in [("paid", 1), ("cancelled", 0)]
    assert_books_balance(shop.store_id)


def test_two_of_the_staff_do_not_send_the_same_units(shop: Shop) -> None:
    _, tea, _, order = bought(shop)
    shop.staff()
    codes = together(
        *(lambda p=parcel: send(shop, order, part(p, (tea, 2))).get_json()["code"] for parcel in (SF, ZTO))
    )
    assert sorted(map(str, codes)) == ["0", "400"]
    assert len(Order.objects.get().parcels) == 1
