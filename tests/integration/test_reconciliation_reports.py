"""What staff read about reconciliations."""

from __future__ import annotations

import re
from typing import Any

import pytest

from src.utils.permissions import Role
from tests.factories.bills import bend, next_morning, reconcile
from tests.factories.clock import MovableClock
from tests.factories.contents import nothing_changes
from tests.factories.routes import NOBODYS_ID
from tests.factories.shop import Person, Shop, data_of, refused

PATH = "/api/merchant/reconciliations"
Report = dict[str, Any]


@pytest.fixture
def report(shop: Shop, clock: MovableClock) -> Report:
    """Of a day on which WeChat lacks one payment of ours; as staff list it."""
    number = shop.paid_order(shop.buyer(), (shop.sku(price=1000), 1))["orderNo"]
    day = next_morning(shop, clock)
    bend(shop, day, drop=[number], extra=[{"outTradeNo": "T20260105000001", "amount": 7}])
    assert reconcile(shop).exit_code == 1
    (listed,) = data_of(shop.staff(Role.MANAGER).get(PATH), 200)["list"]
    assert listed["date"] == str(day)
    return {**listed, "number": number}


@pytest.mark.parametrize("path", [PATH, f"{PATH}/{NOBODYS_ID}"])
def test_without_a_login(shop: Shop, path: str) -> None:
    with nothing_changes():
        refused(shop.anonymous.get(path), 401)


@pytest.mark.parametrize("path", [PATH, f"{PATH}/{NOBODYS_ID}"])
def test_shoppers_and_clerks_may_not(shop: Shop, path: str) -> None:
    people: list[Person] = [shop.buyer(), shop.staff(Role.CLERK)]
    with nothing_changes():
        assert [person.get(path).status_code for person in people] in ([403, 403], [401, 403])


def test_one_that_there_is_not(shop: Shop) -> None:
    refused(shop.staff().get(f"{PATH}/{NOBODYS_ID}"), 404)


def test_another_stores(shop: Shop, other_shop: Shop, report: Report) -> None:
    assert data_of(other_shop.staff().get(PATH), 200)["list"] == []
    refused(other_shop.staff().get(f"{PATH}/{report['id']}"), 404)


@pytest.mark.parametrize("query", [{"page": "0"}, {"size": "51"}, {"date": "2026-01-05"}])
def test_a_list_that_cannot_be_asked_for(shop: Shop, query: dict[str, str]) -> None:
    refused(shop.staff().get(PATH, **query), 400)


def test_the_list_counts_and_the_report_names_the_differences(shop: Shop, report: Report) -> None:
    number = report.pop("number")
    assert re.fullmatch(r"\S+T\S+\+00:00", report.pop("finishedAt"))
    day, reconciliation_id = report.pop("date"), report.pop("id")
    totals = {"payments": 1, "refunds": 0, "refundedAmount": 0}
    assert report == {
        "differs": True,
        "missingHere": 1,
        "missingThere": 1,
        "amountsDiffer": 0,
        "ours": {**totals, "paidAmount": 1000},
        "wechat": {**totals, "paidAmount": 7},
    }
    read = data_of(shop.staff(Role.MANAGER).get(f"{PATH}/{reconciliation_id}"), 200)
    assert read["date"] == day
    assert read["differences"] == [
        {
            "kind": "missing_here",
            "money": "payment",
            "number": "T20260105000001",
            "ourAmount": None,
            "wechatAmount": 7,
        },
        {"kind": "missing_there", "money": "payment", "number": number, "ourAmount": 1000, "wechatAmount": None},
    ]


def test_the_latest_day_comes_first(shop: Shop, clock: MovableClock) -> None:
    days = []
    for _ in range(3):
        days.append(str(next_morning(shop, clock)))
        reconcile(shop)
    listed = data_of(shop.staff().get(PATH, size=2), 200)
    assert [each["date"] for each in listed["list"]] == days[:0:-1]
    assert listed["pagination"] == {"page": 1, "size": 2, "total": 3, "totalPages": 2}
