"""Money, stock and refunds move by the shop's own worker and beat, whatever becomes of the broker and of processes."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
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
from src.utils.clock import Clock
from tests.factories.books import assert_books_balance
from tests.factories.refunds import asked, decide, plan, refunds_at_wechat, settle
from tests.factories.shop import Buyer, Shop, data_of
from tests.factories.wechat import fault, ledger, paid_at_wechat, states_at_wechat
from tests.fault.workers import SHOP_WORKER, environ, eventually, pool_of, running

EACH = 4
DISASTERS = 6
Placed = dict[str, Any]


@pytest.fixture
def sku(shop: Shop) -> dict[str, Any]:
    return shop.sku(stock=3 * EACH)


@pytest.fixture
def untold(buyer: Buyer, sku: dict[str, Any]) -> list[Placed]:
    """Paid at WeChat; no callback comes."""
    return [paid_at_wechat(buyer, (sku, 1)) for _ in range(EACH)]


@pytest.fixture
def unpaid(buyer: Buyer, sku: dict[str, Any]) -> list[Placed]:
    """Could be paid, and their time is over."""
    orders = [buyer.placed((sku, 1)) for _ in range(EACH)]
    for order in orders:
        data_of(buyer.pay(order["id"]), 200)
    return orders


@pytest.fixture
def refunded(shop: Shop, buyer: Buyer, sku: dict[str, Any]) -> list[Placed]:
    """Approved, and WeChat has not heard of it."""
    plan(shop)
    orders = [shop.paid_order(buyer, (sku, 1)) for _ in range(EACH)]
    for order in orders:
        fault(shop, "refund", "reset_before")
        decide(shop, asked(buyer, order, (sku, 1)), "approve")
    return orders


@pytest.fixture
def worker(settings: Settings, tmp_path: Path) -> Iterator[ChildProcess]:
    with running(environ(settings), tmp_path, "worker", "beat", "beat", application=SHOP_WORKER) as (worker, *_):
        yield worker


def statuses(orders: list[Placed]) -> set[str]:
    return {order.status.value for order in Order.objects(order_no__in=[order["orderNo"] for order in orders])}


def everything_due(unpaid: list[Placed]) -> None:
    now = Clock().now()
    numbers = [order["orderNo"] for order in unpaid]
    database()["orders"].update_many({"order_no": {"$in": numbers}}, {"$set": {"expiry_due_at": now}})
    database()["payments"].update_many({"live": True}, {"$set": {"query_due_at": now}})
    database()["refunds"].update_many({"status": "processing"}, {"$set": {"due_at": now}})


def a_disaster(worker: ChildProcess, redis_url: str) -> None:
    """Forgets all hints and kills a process that may be at work."""
    with redis.Redis.from_url(redis_url) as broker:
        broker.flushall()
    for pid in eventually(lambda: pool_of(worker))[:1]:
        os.kill(pid, signal.SIGKILL)
