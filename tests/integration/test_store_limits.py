"""How much a store may have, and what it used."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from src.models.connection import database
from src.models.store_days import StoreDay
from src.models.stores import Store
from src.services.registry import Services
from src.services.tenants.call_counting import FLUSH_AT_CALLS, CallCounting
from tests.factories.clock import MovableClock
from tests.factories.contents import nothing_changes
from tests.factories.pictures import picture, send
from tests.factories.races import at_once, results
from tests.factories.routes import NOBODYS_ID
from tests.factories.shop import PASSWORD, Person, Shop, data_of, refused
from tests.factories.staff import accept, invite

SHANGHAI = ZoneInfo("Asia/Shanghai")
LIMITED = {"name": "茶", "price": 100, "stock": 1}


@pytest.fixture
def platform(shop: Shop) -> Person:
    return shop.platform()


def limit(platform: Person, shop: Shop, **limits: int | None) -> None:
    data_of(platform.put(f"/api/tenants/{shop.store_id}/settings", {"limits": limits}), 200)


def test_racing_creations_make_exactly_the_room_that_is_left(shop: Shop, other_shop: Shop, platform: Person) -> None:
    staff = shop.staff()
    shop.product()
    limit(platform, shop, maxProducts=4)
    answers = results(at_once([lambda: staff.post("/api/products", LIMITED) for _ in range(8)]))
    assert sorted(answer.status_code for answer in answers) == [201] * 3 + [409] * 5
    assert database()["products"].count_documents({"store_id": shop.store_id}) == 4
    with nothing_changes():
        assert refused(staff.post("/api/products", LIMITED), 40932) == {"of": "products", "limit": 4}
    other_shop.product()


def test_a_deleted_product_makes_room_and_a_limit_can_go(shop: Shop, platform: Person) -> None:
    staff = shop.staff()
    product = shop.product()
    limit(platform, shop, maxProducts=1)
    refused(staff.post(f"/api/products/{product['id']}/duplicate"), 40932)
    assert staff.delete(f"/api/products/{product['id']}").status_code == 200
    shop.product()
    refused(staff.post("/api/products", LIMITED), 40932)
    limit(platform, shop, maxProducts=None)
    shop.product()


def test_racing_invitations_fill_a_store_and_no_more(shop: Shop, platform: Person) -> None:
    shop.staff()
    codes = [invite(shop)["code"] for _ in range(4)]
    limit(platform, shop, maxStaff=3)
    answers = results(at_once([lambda code=code: accept(shop, code) for code in codes]))
    assert sorted(answer.status_code for answer in answers) == [200] * 2 + [409] * 2
    assert database()["staff_codes"].count_documents({}) == 2
    members = list(database()["staff"].find({"username": {"$not": {"$regex": "^owner"}}}))
    path = f"/api/merchant/staff/{members[0]['_id']}"
    data_of(shop.staff().post(f"{path}/disable"), 200)
    late = next(code for code, answer in zip(codes, answers, strict=True) if answer.status_code == 409)
    data_of(accept(shop, late), 200)
    with nothing_changes():
        assert refused(shop.staff().post(f"{path}/enable"), 40932) == {"of": "staff", "limit": 3}
        command = ("staff", "create", "one-more", "--role", "clerk", "--password-file", "-", "--store", "main")
        result = shop.app.test_cli_runner().invoke(args=list(command), input=PASSWORD)
        assert result.output == "Error: the store has as many members as it may\n"


def test_a_store_has_its_own_room_for_pictures(shop: Shop, other_shop: Shop, platform: Person) -> None:
    limit(platform, shop, maxUploadBytes=10)
    for store, status in ((shop, 409), (other_shop, 201)):
        assert send(store.staff(), picture()).status_code == status


def test_usage_is_by_days_of_the_stores_time_zone(shop: Shop, platform: Person, services: Services) -> None:
    shop.paid_order(shop.buyer(), (shop.sku(price=1200), 2))
    shop.buyer().placed((shop.sku(price=700), 1))
    today = datetime.now(UTC).astimezone(SHANGHAI).date()
    # Eight hours before midnight in UTC is midnight in Shanghai: this order is one of the day before.
    before = datetime.combine(today, datetime.min.time(), SHANGHAI) - timedelta(milliseconds=1)
    database()["orders"].update_one({"status": "pending"}, {"$set": {"created_at": before}})
    services.call_counting.flush()
    days = data_of(platform.get(f"/api/tenants/{shop.store_id}/usage"), 200)["list"]
    assert [days[-1]["day"], len(days)] == [today.isoformat(), 30]
    last = days[-1]
    assert [last["orders"], last["gmv"], last["products"], last["storageBytes"]] == [1, 2400, 2, 0]
    assert last["apiCalls"] == database()["store_days"].find_one({"store_id": shop.store_id})["calls"] > 0  # type: ignore[index]
    assert days[-2] == {
        "day": (today - timedelta(days=1)).isoformat(),
        "orders": 1,
        "gmv": 0,
        "products": None,
        "storageBytes": None,
        "apiCalls": 0,
    }


def test_usage_that_nobody_can_be_told(shop: Shop, platform: Person) -> None:
    path = f"/api/tenants/{shop.store_id}/usage"
    refused(platform.get(f"/api/tenants/{NOBODYS_ID}/usage"), 404)
    for query in (
        {"from": "2026-01-02", "to": "2026-01-01"},
        {"from": "2026-01-01", "to": "2026-04-03"},
        {"from": "yesterday"},
    ):
        refused(platform.get(path, **query), 400)
    days: list[Any] = data_of(platform.get(path, **{"from": "2026-01-01", "to": "2026-04-02"}), 200)["list"]
    assert len(days) == 92


def test_products_are_noted_every_hour(shop: Shop, clock: MovableClock, services: Services) -> None:
    shop.product()
    work = services.jobs.scheduling.works["note_usage"]
    assert [work.run(100), work.run(100)] == [1, 0]
    clock.advance(hours=1)
    assert work.run(100) == 1
    (row,) = StoreDay.between(shop.store_id, date(2000, 1, 1).isoformat(), date(2999, 1, 1).isoformat())
    assert (row.products, row.storage_bytes) == (1, 0)


def test_calls_are_written_together(shop: Shop, clock: MovableClock) -> None:
    counting, store = CallCounting(clock=clock), Store.find_by_code("main")
    assert store is not None
    database()["store_days"].delete_many({})
    for _ in range(FLUSH_AT_CALLS - 1):
        counting.count(store)
    assert database()["store_days"].count_documents({}) == 0
    results(at_once([lambda: counting.count(store) for _ in range(8)]))
    counting.flush()
    (row,) = database()["store_days"].find()
    assert row["calls"] == FLUSH_AT_CALLS + 7
    counting.count(store)
    database()["stores"].delete_one({"_id": store.id})
    counting.flush()
    assert database()["store_days"].find_one({}, {"_id": 0, "calls": 1}) == {"calls": FLUSH_AT_CALLS + 7}
