"""Refunds in WeChat's bill and in the books."""

from __future__ import annotations

from typing import Any

import pytest

from src.models.connection import database
from src.services.registry import Services
from tests.factories.bills import bend, differences, next_morning, reconcile, reports
from tests.factories.clock import MovableClock
from tests.factories.jobs import tick
from tests.factories.refunds import asked, decide, plan, refunds_at_wechat, settle
from tests.factories.shop import Shop
from tests.factories.wechat import pass_time


@pytest.fixture
def refunded(shop: Shop) -> str:
    """The number of a refund of 1000 out of 3000 fen that WeChat has accepted and not paid yet."""
    plan(shop)
    buyer, sku = shop.buyer(), shop.sku(price=1000)
    order = shop.paid_order(buyer, (sku, 3))
    number: str = decide(shop, asked(buyer, order, (sku, 1)), "approve")["outRefundNo"]
    return number


def found(shop: Shop) -> list[Any]:
    """Reconciles; returns the differences."""
    result = reconcile(shop)
    (report,) = reports()
    assert result.exit_code == int(report.differs)
    return differences(report)


def test_a_refund_under_way_is_in_both(shop: Shop, clock: MovableClock, refunded: str) -> None:
    next_morning(shop, clock)
    assert found(shop) == []
    (report,) = reports()
    expected = {"payments": 1, "paid_fen": 3000, "refunds": 1, "refunded_fen": 1000}
    assert report.ours.to_mongo().to_dict() == report.wechat.to_mongo().to_dict() == expected


@pytest.mark.parametrize("outcome", ["SUCCESS", "ABNORMAL"])
def test_a_refund_that_has_ended(shop: Shop, clock: MovableClock, refunded: str, outcome: str) -> None:
    settle(shop, refunded, outcome)
    next_morning(shop, clock)
    assert found(shop) == []
    assert reports()[0].wechat.refunds == 1


def test_a_refund_that_wechat_does_not_list(shop: Shop, clock: MovableClock, refunded: str) -> None:
    bend(shop, next_morning(shop, clock), drop=[refunded])
    assert found(shop) == [("missing_there", "refund", refunded, 1000, None)]


def test_a_refund_of_another_amount(shop: Shop, clock: MovableClock, refunded: str) -> None:
    bend(shop, next_morning(shop, clock), amounts={refunded: 999})
    assert found(shop) == [("amounts_differ", "refund", refunded, 1000, 999)]


def test_a_refund_that_we_never_made(shop: Shop, clock: MovableClock, refunded: str) -> None:
    database()["refunds"].delete_many({})
    next_morning(shop, clock)
    assert found(shop) == [("missing_here", "refund", refunded, None, 1000)]


def test_a_refund_that_we_believe_was_rejected(shop: Shop, clock: MovableClock, refunded: str) -> None:
    database()["refunds"].update_many({}, {"$set": {"status": "rejected"}})
    next_morning(shop, clock)
    assert found(shop) == [("missing_here", "refund", refunded, None, 1000)]


class TestAClosedNumber:
    """WeChat closed the first number; the money goes back under the second one."""

    @pytest.fixture
    def numbers(self, shop: Shop, services: Services, clock: MovableClock, refunded: str) -> tuple[str, str]:
        settle(shop, refunded, "CLOSED")
        pass_time(shop, clock, 120)
        tick(services, "drive_refunds")
        (second,) = refunds_at_wechat(shop).keys() - {refunded}
        return refunded, second

    def listed(self, shop: Shop, number: str, status: str) -> None:
        """Has the closed number be in the bill after all."""
        refund = shop.sandbox.state.refunds.find(shop.credentials["mchid"], number)
        assert refund is not None
        refund.status = status

    def test_it_is_in_neither(self, shop: Shop, clock: MovableClock, numbers: tuple[str, str]) -> None:
        next_morning(shop, clock)
        assert found(shop) == []
        assert reports()[0].wechat.refunded_fen == 1000

    def test_it_may_be_listed_as_failed(self, shop: Shop, clock: MovableClock, numbers: tuple[str, str]) -> None:
        next_morning(shop, clock)
        self.listed(shop, numbers[0], "FAIL")
        assert found(shop) == []

    def test_money_that_went_back_under_both_is_shown(
        self, shop: Shop, clock: MovableClock, numbers: tuple[str, str]
    ) -> None:
        next_morning(shop, clock)
        self.listed(shop, numbers[0], "SUCCESS")
        assert found(shop) == [("missing_here", "refund", numbers[0], None, 1000)]


def test_what_a_refund_tells_in_the_night_leaves_it_in_its_day(shop: Shop, clock: MovableClock, refunded: str) -> None:
    day = next_morning(shop, clock)
    settle(shop, refunded)
    bend(shop, day, drop=[refunded])
    assert found(shop) == [("missing_there", "refund", refunded, 1000, None)]
