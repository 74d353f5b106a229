"""Comparing a day's books with WeChat's bill, by command."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from src.models.connection import database
from src.services.payments.bill_comparison import MAX_DIFFERENCES
from src.utils.beijing import beijing_day, bounds_of
from tests.factories.bills import bend, differences, next_morning, reconcile, reports
from tests.factories.clock import MovableClock
from tests.factories.contents import nothing_changes
from tests.factories.shop import Shop, data_of
from tests.factories.wechat import fault, paid_at_wechat, take_money_after_all

UNKNOWN = "T20260105000001"


def events() -> list[dict[str, Any]]:
    found = database()["events"].find({"aggregate": "reconciliation"}).sort("seq", 1)
    return [{"seq": event["seq"], "type": event["type"], **event["data"]} for event in found]


def totals(payments: int, paid_fen: int, refunds: int = 0, refunded_fen: int = 0) -> dict[str, int]:
    return {"payments": payments, "paid_fen": paid_fen, "refunds": refunds, "refunded_fen": refunded_fen}


@pytest.fixture
def sold(shop: Shop) -> list[str]:
    """The numbers of two payments of 1000 and 2000 fen."""
    buyer, sku = shop.buyer(), shop.sku(price=1000)
    return [shop.paid_order(buyer, (sku, units))["orderNo"] for units in (1, 2)]


def test_books_and_bill_agree(shop: Shop, clock: MovableClock, sold: list[str]) -> None:
    buyer = shop.buyer()
    buyer.placed((shop.sku(), 1))
    data_of(buyer.pay(buyer.placed((shop.sku(price=0), 1))["id"]), 200)
    day = next_morning(shop, clock)

    result = reconcile(shop)

    assert (result.exit_code, result.output.splitlines()) == (
        0,
        [
            "books: 2 payments of 30.00 yuan, 0 refunds of 0.00 yuan",
            "WeChat: 2 payments of 30.00 yuan, 0 refunds of 0.00 yuan",
            f"store main, {day}: books and bill agree",
        ],
    )
    (report,) = reports()
    assert (report.store_id, report.day, report.mchid) == (shop.store_id, str(day), shop.credentials["mchid"])
    assert (report.differs, report.missing_here, report.missing_there, report.amounts_differ) == (False, 0, 0, 0)
    assert report.ours.to_mongo().to_dict() == report.wechat.to_mongo().to_dict() == totals(2, 3000)
    assert (events(), report.differences) == ([], [])


def test_a_day_without_trade_agrees(shop: Shop, clock: MovableClock) -> None:
    next_morning(shop, clock)
    assert reconcile(shop).exit_code == 0
    assert reports()[0].ours.to_mongo().to_dict() == totals(0, 0)


def test_each_kind_of_difference(shop: Shop, clock: MovableClock, sold: list[str]) -> None:
    day = next_morning(shop, clock)
    bend(shop, day, drop=sold[:1], amounts={sold[1]: 1999}, extra=[{"outTradeNo": UNKNOWN, "amount": 7}])

    result = reconcile(shop)

    assert result.exit_code == 1
    first, *between, last = result.output.splitlines()
    assert (first, last) == (
        "books: 2 payments of 30.00 yuan, 0 refunds of 0.00 yuan",
        f"store main, {day}: 3 differences",
    )
    assert sorted(between) == [
        "WeChat: 2 payments of 20.06 yuan, 0 refunds of 0.00 yuan",
        f"amounts_differ: payment {sold[1]}: books 2000, WeChat 1999 fen",
        f"missing_here: payment {UNKNOWN}: books -, WeChat 7 fen",
        f"missing_there: payment {sold[0]}: books 1000, WeChat - fen",
    ]
    (report,) = reports()
    assert sorted(differences(report)) == [
        ("amounts_differ", "payment", sold[1], 2000, 1999),
        ("missing_here", "payment", UNKNOWN, None, 7),
        ("missing_there", "payment", sold[0], 1000, None),
    ]
    assert (report.missing_here, report.missing_there, report.amounts_differ) == (1, 1, 1)
    assert report.ours.to_mongo().to_dict() == totals(2, 3000)
    assert report.wechat.to_mongo().to_dict() == totals(2, 2006)
    assert events() == [
        {
            "seq": 1,
            "type": "reconciliation.differs",
            "date": str(day),
            "missingHere": 1,
            "missingThere": 1,
            "amountsDiffer": 1,
        }
    ]


def test_money_that_we_never_heard_of(shop: Shop, clock: MovableClock) -> None:
    shop.control("notifications/suspend")
    order = paid_at_wechat(shop.buyer(), (shop.sku(price=1000), 1))
    next_morning(shop, clock)
    assert reconcile(shop).exit_code == 1
    assert differences(reports()[0]) == [("missing_here", "payment", order["orderNo"], None, 1000)]


def test_other_money_of_the_same_number_and_amount(shop: Shop, clock: MovableClock, sold: list[str]) -> None:
    """The row is about a transaction that we do not know, and ours is in no row."""
    other = {"transaction_id": "4200000000000000000000000000"}
    database()["payments"].update_one({"out_trade_no": sold[0]}, {"$set": other})
    next_morning(shop, clock)

    assert reconcile(shop).exit_code == 1

    (report,) = reports()
    assert differences(report) == [
        ("missing_here", "payment", sold[0], None, 1000),
        ("missing_there", "payment", sold[0], 1000, None),
    ]
    assert report.ours.to_mongo().to_dict() == report.wechat.to_mongo().to_dict() == totals(2, 3000)


def test_money_that_no_order_takes_is_in_the_books(shop: Shop, clock: MovableClock) -> None:
    shop.control("notifications/suspend")
    buyer = shop.buyer()
    order = buyer.placed((shop.sku(price=1000, stock=1), 1))
    arguments = data_of(buyer.pay(order["id"]), 200)
    data_of(buyer.post(f"/api/orders/{order['id']}/cancel"), 200)
    take_money_after_all(buyer, order["orderNo"], arguments)
    shop.deliver(order["orderNo"])
    assert database()["payments"].find_one({"status": "surplus"}) is not None
    next_morning(shop, clock)
    assert reconcile(shop).exit_code == 0
    assert reports()[0].ours.to_mongo().to_dict() == totals(1, 1000)


@pytest.mark.parametrize("amount", [999, 1001])
def test_held_money_counts_as_what_came(shop: Shop, clock: MovableClock, amount: int) -> None:
    shop.control("notifications/suspend")
    order = paid_at_wechat(shop.buyer(), (shop.sku(price=1000), 1))
    shop.deliver(order["orderNo"], overrides={"amount_total": amount})
    day = next_morning(shop, clock)
    bend(shop, day, amounts={order["orderNo"]: amount})
    assert reconcile(shop).exit_code == 0
    assert reports()[0].ours.to_mongo().to_dict() == totals(1, amount)


@pytest.mark.parametrize(
    ("after_start", "is_of_the_day"),
    [
        (timedelta(milliseconds=-1), False),
        (timedelta(), True),
        (timedelta(days=1, milliseconds=-1), True),
        (timedelta(days=1), False),
    ],
)
def test_a_day_is_what_it_is_in_beijing(
    shop: Shop, clock: MovableClock, sold: list[str], after_start: timedelta, is_of_the_day: bool
) -> None:
    day = next_morning(shop, clock)
    came_at = bounds_of(day)[0] + after_start
    database()["payments"].update_one({"out_trade_no": sold[0]}, {"$set": {"succeeded_at": came_at}})
    bend(shop, day, drop=sold[:1])
    assert reconcile(shop).exit_code == int(is_of_the_day)


def test_a_payment_is_found_whatever_our_day_of_it(shop: Shop, clock: MovableClock, sold: list[str]) -> None:
    day = next_morning(shop, clock)
    database()["payments"].update_many({}, {"$set": {"succeeded_at": bounds_of(day)[1]}})
    assert reconcile(shop).exit_code == 0
    assert reports()[0].ours.to_mongo().to_dict() == totals(2, 3000)


def test_payments_of_the_previous_version_have_their_amount(shop: Shop, clock: MovableClock, sold: list[str]) -> None:
    database()["payments"].update_many({}, {"$unset": {"received_fen": ""}})
    next_morning(shop, clock)
    assert reconcile(shop).exit_code == 0


def test_a_new_run_replaces_the_report_and_tells_what_is_new(shop: Shop, clock: MovableClock, sold: list[str]) -> None:
    day = next_morning(shop, clock)
    bend(shop, day, drop=sold[:1])
    assert [reconcile(shop).exit_code for _ in range(2)] == [1, 1]
    assert [event["seq"] for event in events()] == [1]
    bend(shop, day, drop=sold)
    assert reconcile(shop).exit_code == 1
    bend(shop, day)
    assert reconcile(shop).exit_code == 0
    (report,) = reports()
    assert (report.differs, report.differences) == (False, [])
    assert [(event["seq"], event["missingThere"]) for event in events()] == [(1, 1), (2, 2)]


def test_a_dry_run_stores_nothing(shop: Shop, clock: MovableClock, sold: list[str]) -> None:
    day = next_morning(shop, clock)
    bend(shop, day, drop=sold[:1])
    with nothing_changes():
        result = reconcile(shop, "--dry-run")
    assert (result.exit_code, f"missing_there: payment {sold[0]}" in result.output) == (1, True)


def test_a_report_shows_a_bounded_number_of_differences_and_counts_all(shop: Shop, clock: MovableClock) -> None:
    day = next_morning(shop, clock)
    bend(shop, day, extra=[{"outTradeNo": f"T{n:014d}", "amount": 1} for n in range(MAX_DIFFERENCES + 1)])
    assert reconcile(shop).exit_code == 1
    (report,) = reports()
    assert (len(report.differences), report.missing_here) == (MAX_DIFFERENCES, MAX_DIFFERENCES + 1)


@pytest.mark.parametrize("days", [0, 1, 365, -91])
def test_a_day_that_wechat_has_no_bill_of(shop: Shop, clock: MovableClock, days: int) -> None:
    with nothing_changes():
        result = reconcile(shop, "--date", str(beijing_day(clock.now()) + timedelta(days=days)))
    assert_one_line(result, "WeChat has bills of")


def test_a_day_that_is_none(shop: Shop) -> None:
    assert reconcile(shop, "--date", "2026-02-30").exit_code == 2


def test_a_store_that_is_none(shop: Shop) -> None:
    result = shop.app.test_cli_runner().invoke(args=["reconcile", "--store", "nobody"])
    assert_one_line(result, "no such store")


@pytest.mark.parametrize(
    ("failure", "reason"),
    [
        ({"endpoint": "tradebill", "kind": "error", "code": "STATEMENT_CREATING"}, "still making the bill"),
        ({"endpoint": "tradebill", "kind": "error", "code": "NO_AUTH", "status": 403}, "403 NO_AUTH"),
        ({"endpoint": "tradebill", "kind": "system_error"}, "500"),
        ({"endpoint": "tradebill", "kind": "forged"}, "signature"),
        ({"endpoint": "billdownload", "kind": "garbage"}, "promised"),
        ({"endpoint": "billdownload", "kind": "reset_after"}, "cannot be had"),
    ],
)
def test_a_bill_that_cannot_be_had(
    shop: Shop, clock: MovableClock, sold: list[str], failure: dict[str, Any], reason: str
) -> None:
    next_morning(shop, clock)
    fault(shop, **failure)
    with nothing_changes():
        assert_one_line(reconcile(shop), reason)
    assert reconcile(shop).exit_code == 0


def assert_one_line(result: Any, reason: str) -> None:
    assert (result.exit_code, result.output.startswith("Error: ")) == (1, True), result.output
    (line,) = result.output.splitlines()
    assert reason in line
