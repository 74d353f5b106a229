"""Shipping orders in parcels, correcting them, and what WeChat is told."""

from __future__ import annotations

from typing import Any

import pytest
from bson import ObjectId

from src.models.events import Event
from src.models.orders import Order
from src.services.registry import Services
from src.utils.job_states import JobState
from src.utils.permissions import Role
from tests.factories.clock import MovableClock
from tests.factories.contents import nothing_changes
from tests.factories.jobs import jobs_of, run_jobs
from tests.factories.routes import NOBODYS_ID
from tests.factories.shipments import (
    SF,
    ZTO,
    correct,
    parcels_at_wechat,
    ship,
    shipped_order,
    stored,
    wechat_shipping,
)
from tests.factories.shop import Shop, data_of, refused
from tests.factories.wechat import ledger

KIND = "shipping.upload"


@pytest.mark.parametrize(("method", "action"), [("POST", "ship"), ("PUT", "shipment")])
def test_only_the_stores_own_staff_sends_parcels(shop: Shop, other_shop: Shop, method: str, action: str) -> None:
    buyer = shop.buyer()
    order = shop.paid_order(buyer, (shop.sku(), 1))
    if action == "shipment":
        ship(shop, order["id"])
    people = {401: shop.anonymous, 404: other_shop.staff()}
    path = f"/api/orders/{order['id']}/{action}"
    shop.staff()
    with nothing_changes():
        for code, person in people.items():
            refused(shop.client.open(path, method=method, json=ZTO, headers=person.headers), code)
        refused(shop.client.open(path, method=method, json=ZTO, headers=buyer.headers), 401)
        nobodys = f"/api/orders/{NOBODYS_ID}/{action}"
        refused(shop.client.open(nobodys, method=method, json=ZTO, headers=shop.staff().headers), 404)


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({}, ["company", "trackingNo"]),
        ({"company": "SF"}, ["trackingNo"]),
        ({"parcels": []}, ["parcels"]),
        ({"parcels": None}, ["parcels"]),
        ({"parcels": [SF] * 2}, ["parcels"]),
        ({"parcels": [{**SF, "trackingNo": f"SF{number:04}"} for number in range(16)]}, ["parcels"]),
        ({"parcels": [SF], **ZTO}, ["parcels"]),
        ({"parcels": [SF], "company": "ZTO"}, ["parcels"]),
        ({"parcels": [{"company": "SF"}]}, ["parcels.0.trackingNo"]),
        ({"parcels": [SF, {**ZTO, "weight": 1}]}, ["parcels.1.weight"]),
        ({"parcels": [SF, {**ZTO, "company": ""}]}, ["parcels.1.company"]),
    ],
)
def test_a_shipment_is_one_parcel_or_a_list_of_them(shop: Shop, body: dict[str, Any], named: list[str]) -> None:
    order = shop.paid_order(shop.buyer(), (shop.sku(), 1))
    staff = shop.staff()
    with nothing_changes():
        answer = refused(staff.post(f"/api/orders/{order['id']}/ship", body), 400)
        assert sorted(answer["errors"]) == named
    ship(shop, order["id"])
    with nothing_changes():
        assert sorted(refused(staff.put(f"/api/orders/{order['id']}/shipment", body), 400)["errors"]) == named


def test_an_order_is_shipped_in_parcels(shop: Shop) -> None:
    buyer = shop.buyer()
    order = shop.paid_order(buyer, (shop.sku(), 1))
    shipped = ship(shop, order["id"], SF, ZTO)
    assert (shipped["status"], shipped["parcels"], shipped["shipment"]) == ("shipped", [SF, ZTO], SF)
    pending = {"status": "pending", "reason": "", "uploads": 0, "uploadedAt": None, "settledAt": None}
    assert shipped["wechatShipping"] == pending
    own = buyer.read_order(order["id"])
    assert (own["parcels"], own["shipment"]) == ([SF, ZTO], SF)
    assert "wechatShipping" not in own


def test_fifteen_parcels_are_the_most(shop: Shop, services: Services, clock: MovableClock) -> None:
    parcels = [{"company": "ZTO", "trackingNo": f"ZTO{number:04}"} for number in range(15)]
    order = shipped_order(shop.buyer(), shop.sku(), clock, *parcels)
    assert run_jobs(services) == [JobState.SUCCEEDED]
    assert len(parcels_at_wechat(shop, order["orderNo"])[0]) == 15


def test_a_client_of_an_earlier_release_ships_one_parcel(shop: Shop) -> None:
    order = shop.paid_order(shop.buyer(), (shop.sku(), 1))
    shipped = data_of(shop.staff().post(f"/api/orders/{order['id']}/ship", SF), 200)
    assert (shipped["parcels"], shipped["shipment"]) == ([SF], SF)


def test_wechat_is_told_once(shop: Shop, services: Services, clock: MovableClock) -> None:
    order = shipped_order(shop.buyer(), shop.sku(), clock, SF, ZTO)
    assert run_jobs(services) == [JobState.SUCCEEDED]
    assert run_jobs(services) == []
    assert parcels_at_wechat(shop, order["orderNo"]) == [[("SF", "SF1234567890"), ("ZTO", "73123456789")]]
    known = wechat_shipping(shop, order["id"])
    assert (known["status"], known["reason"], known["uploads"]) == ("uploaded", "", 1)
    assert known["uploadedAt"] is not None
    (job,) = jobs_of(KIND)
    assert (job.state, job.result) == (JobState.SUCCEEDED, {"uploaded": 1})


def test_an_event_that_comes_twice_makes_one_job(shop: Shop, services: Services, clock: MovableClock) -> None:
    shipped_order(shop.buyer(), shop.sku(), clock)
    run_jobs(services)
    Event.collection().update_many({}, {"$set": {"pending": True}})
    assert run_jobs(services) == []
    assert len(jobs_of(KIND)) == 1


def test_wechat_need_not_know_of_what_was_free(shop: Shop, services: Services) -> None:
    buyer = shop.buyer()
    order = buyer.placed((shop.sku(price=0), 1))
    assert data_of(buyer.pay(order["id"]), 200)["paid"]
    assert ship(shop, order["id"])["wechatShipping"]["status"] == "not_needed"
    run_jobs(services)
    assert jobs_of(KIND) == []
    for parcel in (ZTO, SF, ZTO):
        assert correct(shop, order["id"], parcel)["parcels"] == [parcel]
    assert jobs_of(KIND) == []


def test_a_store_may_do_without_the_shipping_management(shop: Shop, services: Services, clock: MovableClock) -> None:
    shop.configure(upload_shipping=False)
    order = shipped_order(shop.buyer(), shop.sku(), clock)
    assert order["wechatShipping"]["status"] == "not_needed"
    run_jobs(services)
    assert (jobs_of(KIND), ledger(shop)["shippings"]) == ([], [])


def test_a_correction_is_told_too(shop: Shop, services: Services, clock: MovableClock) -> None:
    order = shipped_order(shop.buyer(), shop.sku(), clock, SF)
    run_jobs(services)
    clock.advance(seconds=1)
    corrected = correct(shop, order["id"], ZTO)
    assert (corrected["parcels"], corrected["shipment"]) == ([ZTO], ZTO)
    assert corrected["wechatShipping"]["status"] == "pending"
    assert run_jobs(services) == [JobState.SUCCEEDED]
    assert parcels_at_wechat(shop, order["orderNo"]) == [[("SF", "SF1234567890")], [("ZTO", "73123456789")]]
    known = wechat_shipping(shop, order["id"])
    assert (known["status"], known["uploads"]) == ("uploaded", 2)


def test_the_second_correction_is_refused(shop: Shop, services: Services, clock: MovableClock) -> None:
    order = shipped_order(shop.buyer(), shop.sku(), clock, SF)
    run_jobs(services)
    correct(shop, order["id"], ZTO)
    run_jobs(services)
    staff = shop.staff()
    with nothing_changes():
        assert refused(staff.put(f"/api/orders/{order['id']}/shipment", SF), 40912) is None


def test_what_wechat_has_not_heard_of_is_corrected_freely(shop: Shop, services: Services, clock: MovableClock) -> None:
    order = shipped_order(shop.buyer(), shop.sku(), clock, SF)
    for parcel in (ZTO, SF, ZTO):
        correct(shop, order["id"], parcel)
    run_jobs(services)
    assert parcels_at_wechat(shop, order["orderNo"]) == [[("ZTO", "73123456789")]]
    assert wechat_shipping(shop, order["id"])["uploads"] == 1
    assert [job.result for job in jobs_of(KIND)] == [{"skipped": "known_or_replaced"}] * 2 + [{"uploaded": 4}]


@pytest.mark.parametrize("status", ["paid", "completed"])
def test_only_a_shipped_order_is_corrected(shop: Shop, status: str) -> None:
    buyer = shop.buyer()
    order = shop.paid_order(buyer, (shop.sku(), 1))
    if status == "completed":
        ship(shop, order["id"])
        data_of(buyer.post(f"/api/orders/{order['id']}/confirm"), 200)
    staff = shop.staff()
    with nothing_changes():
        assert refused(staff.put(f"/api/orders/{order['id']}/shipment", ZTO), 40902) == {"status": status}


def test_a_clerk_ships_and_corrects(shop: Shop) -> None:
    order = shop.paid_order(shop.buyer(), (shop.sku(), 1))
    clerk = shop.staff(Role.CLERK)
    data_of(clerk.post(f"/api/orders/{order['id']}/ship", SF), 200)
    data_of(clerk.put(f"/api/orders/{order['id']}/shipment", ZTO), 200)


def test_an_order_of_an_earlier_release_shows_its_parcel(shop: Shop, services: Services, clock: MovableClock) -> None:
    order = shipped_order(shop.buyer(), shop.sku(), clock, SF)
    Event.collection().update_many({}, {"$unset": {"pending": ""}})
    Order.collection().update_one({"_id": ObjectId(order["id"])}, {"$unset": {"parcels": "", "wechat_shipping": ""}})
    shown = data_of(shop.staff().get(f"/api/merchant/orders/{order['id']}"), 200)
    assert (shown["parcels"], shown["shipment"], shown["wechatShipping"]) == ([SF], SF, None)
    assert correct(shop, order["id"], ZTO)["wechatShipping"]["status"] == "pending"
    assert stored(order["id"]).wechat_shipping.revision == 1
    run_jobs(services)
    assert parcels_at_wechat(shop, order["orderNo"]) == [[("ZTO", "73123456789")]]


def test_a_company_that_wechat_does_not_know_is_taken(shop: Shop, services: Services, clock: MovableClock) -> None:
    order = shipped_order(shop.buyer(), shop.sku(), clock, {"company": "隔壁老王快递", "trackingNo": "LW0001"})
    assert run_jobs(services) == [JobState.SUCCEEDED]
    assert parcels_at_wechat(shop, order["orderNo"]) == [[("隔壁老王快递", "LW0001")]]


def test_the_own_stores_mini_program_is_told(
    shop: Shop, other_shop: Shop, services: Services, clock: MovableClock
) -> None:
    shipped_order(other_shop.buyer(), other_shop.sku(), clock)
    assert run_jobs(services) == [JobState.SUCCEEDED]
    assert [shipping["appid"] for shipping in ledger(shop)["shippings"]] == [other_shop.appid]
