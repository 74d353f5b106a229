"""Orders and refunds come to their ends by the shop's own worker, though its broker forgets and its processes die."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import redis

from config.settings import Settings
from ecosystem.embedded.process import ChildProcess
from src.models.connection import database
from src.models.events import Event
from src.models.orders import Order
from src.models.refunds import Refund
from src.models.schedules import Schedule
from src.utils.clock import Clock
from tests.factories.books import assert_books_balance
from tests.factories.refunds import asked, decide, plan, refunds_at_wechat, settle
from tests.factories.shop import Buyer, Shop, data_of
from tests.factories.wechat import fault, ledger, paid_at_wechat, states_at_wechat
from tests.fault.workers import SHOP_WORKER, environ, eventually, pool_of, running

EACH = 3
DISASTERS = 3
Placed = dict[str, Any]


@dataclass(frozen=True)
class Affairs:
    """Orders of one unit each.

    `untold`: paid at WeChat, and no callback comes. `unpaid`: their time is over. `returning`: their refunds are
    approved, and WeChat has not heard of them.
    """

    untold: list[Placed]
    unpaid: list[Placed]
    returning: list[Placed]

    @classmethod
    def begin(cls, buyer: Buyer, sku: dict[str, Any]) -> Affairs:
        return cls(
            untold=[paid_at_wechat(buyer, (sku, 1)) for _ in range(EACH)],
            unpaid=[_prepared(buyer, sku) for _ in range(EACH)],
            returning=[_returning(buyer, sku) for _ in range(EACH)],
        )

    def make_due(self) -> None:
        now = Clock().now()
        numbers = [order["orderNo"] for order in self.unpaid]
        database()["orders"].update_many({"order_no": {"$in": numbers}}, {"$set": {"expiry_due_at": now}})
        database()["payments"].update_many({"live": True}, {"$set": {"query_due_at": now}})
        make_refunds_due()

    def ends(self) -> dict[str, set[tuple[str, ...]]]:
        """Returns the statuses that the orders of each kind have had."""
        kinds = {"untold": self.untold, "unpaid": self.unpaid, "returning": self.returning}
        return {kind: {_history(order) for order in orders} for kind, orders in kinds.items()}


ENDS = {
    "untold": {("pending", "paid")},
    "unpaid": {("pending", "cancelled")},
    "returning": {("pending", "paid", "cancelled")},
}


@pytest.fixture
def affairs(shop: Shop, buyer: Buyer) -> Affairs:
    plan(shop)
    return Affairs.begin(buyer, shop.sku(stock=3 * EACH))


def test_each_has_one_end(shop: Shop, affairs: Affairs, settings: Settings, redis_url: str, tmp_path: Path) -> None:
    with running(environ(settings), tmp_path, "worker", "beat", application=SHOP_WORKER) as (worker, _):
        eventually(Schedule.list_all)
        affairs.make_due()
        for _ in range(DISASTERS):
            strike(worker, redis_url)
        eventually(lambda: has_ended_or_is_due(affairs), pause_s=2)
        eventually(lambda: list(refunds_at_wechat(shop).values()) == ["PROCESSING"] * EACH)
        for number in refunds_at_wechat(shop):
            settle(shop, number)
        make_refunds_due()
        strike(worker, redis_url)
        eventually(lambda: Refund.objects(status="succeeded").count() == EACH)

    paid_back = [(refund["outTradeNo"], refund["amount"]) for refund in ledger(shop)["refunds"]]
    assert sorted(paid_back) == sorted((order["orderNo"], 1000) for order in affairs.returning)
    closed = {number for number, state in states_at_wechat(shop).items() if state == "CLOSED"}
    assert closed == {order["orderNo"] for order in affairs.unpaid}
    assert Event.objects(type="order.paid").count() == 2 * EACH
    assert Event.objects(type="refund.succeeded").count() == EACH
    assert_books_balance(shop.store_id)


def has_ended_or_is_due(affairs: Affairs) -> bool:
    """Returns whether all have their ends; what a dead process was in the middle of would else wait for minutes."""
    if affairs.ends() == ENDS:
        return True
    affairs.make_due()
    return False


def strike(worker: ChildProcess, redis_url: str) -> None:
    """Has the broker forget everything, and one of the worker's processes die, at work or not."""
    with redis.Redis.from_url(redis_url) as broker:
        broker.flushall()
    victim, *_ = pool = pool_of(worker)
    os.kill(victim, signal.SIGKILL)
    eventually(lambda: set(pool_of(worker)) - set(pool))


def make_refunds_due() -> None:
    """The minute that WeChat wants between two refunds of a payment is over as well."""
    now = Clock().now()
    database()["payments"].update_many({"next_refund_at": {"$exists": True}}, {"$set": {"next_refund_at": now}})
    database()["refunds"].update_many({"status": "processing"}, {"$set": {"due_at": now}})


def _prepared(buyer: Buyer, sku: dict[str, Any]) -> Placed:
    order = buyer.placed((sku, 1))
    data_of(buyer.pay(order["id"]), 200)
    return order


def _returning(buyer: Buyer, sku: dict[str, Any]) -> Placed:
    order = buyer.shop.paid_order(buyer, (sku, 1))
    fault(buyer.shop, "refund", "reset_before")
    decide(buyer.shop, asked(buyer, order, (sku, 1)), "approve")
    return order


def _history(order: Placed) -> tuple[str, ...]:
    stored = Order.objects.get(order_no=order["orderNo"])
    return tuple(change.target.value for change in stored.history)
