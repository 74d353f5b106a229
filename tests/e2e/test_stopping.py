"""Deployments and deaths under load."""

from __future__ import annotations

import itertools
import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from pymongo import MongoClient

from ecosystem.journey.calling import Caller
from ecosystem.journey.stage import Shop
from tests.e2e.books import assert_books_balance
from tests.e2e.conftest import DATABASE
from tests.e2e.server import Server
from tests.e2e.shopper import Shopper

SHOPPERS, ORDERS_EACH = 4, 8
LONG_S = 40


@pytest.fixture
def mongo(environ: dict[str, str]) -> Iterator[MongoClient[dict[str, Any]]]:
    with MongoClient[dict[str, Any]](environ["MONGODB_URI"]) as client:
        yield client


def test_sigterm_lets_every_running_request_finish(server: Server, shop: Shop) -> None:
    wechat, shopper = Caller(shop.sandbox), Shopper.of(shop)
    orders = [shopper.order(f"slow-{n}").json()["data"]["id"] for n in range(6)]
    calls = _prepays(wechat)
    wechat.send(
        "POST", "/__sandbox__/faults", {"endpoint": "prepay", "kind": "latency", "seconds": 1.5, "times": 6}, expect=201
    )
    with ThreadPoolExecutor(6) as pool:
        paying = [pool.submit(shopper.request, "POST", f"/api/orders/{order}/pay") for order in orders]
        server.process.wait_until(lambda: _prepays(wechat) == calls + 6, timeout_s=10)
        server.process.stop(timeout_s=20)
        answers = [payment.result() for payment in paying]
    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(200, 0)] * 6
    assert server.process.exit_code == 0


def test_sigterm_under_load_drops_no_answer(server: Server, shop: Shop) -> None:
    shopper, received, refused = Shopper.of(shop), set[str](), threading.Event()
    numbers = itertools.count()

    def ask(thread: int) -> None:
        while not refused.is_set():
            name = f"load-{thread}-{next(numbers)}"
            try:
                answer = shopper.request("GET", "/api/products", **{"X-Request-Id": name})
            except requests.ConnectionError:
                refused.set()
            else:
                assert answer.status_code == 200
                received.add(name)

    with ThreadPoolExecutor(SHOPPERS) as pool:
        asking = [pool.submit(ask, thread) for thread in range(SHOPPERS)]
        server.process.wait_until(lambda: len(received) > 50, timeout_s=20)
        server.process.stop(timeout_s=20)
        for thread in asking:
            thread.result()
    assert refused.is_set()
    assert {line["request_id"] for line in server.requests() if line["request_id"].startswith("load-")} == received


def test_a_graceful_stop_leaves_no_process(server: Server, shop: Shop) -> None:
    pids = [server.process.pid, *server.workers()]
    server.process.stop(timeout_s=20)
    assert server.process.exit_code == 0
    assert [pid for pid in pids if Path(f"/proc/{pid}").exists()] == []


def test_a_killed_worker_costs_closed_connections_and_no_order_twice(
    server: Server, shop: Shop, mongo: MongoClient[dict[str, Any]], environ: dict[str, str]
) -> None:
    shopping = Shopping(shop)
    with _slow_commits(mongo), ThreadPoolExecutor(SHOPPERS) as pool:
        running = [pool.submit(shopping.shop_around, index) for index in range(SHOPPERS)]
        server.process.wait_until(lambda: len(shopping.answers) >= SHOPPERS, timeout_s=LONG_S)
        # One worker may have all the connections, so the other one dies too if nobody noticed.
        while not shopping.closed_connections and not all(thread.done() for thread in running):
            _kill_the_oldest_worker(server)
        for thread in running:
            thread.result()

    assert shopping.closed_connections > 0
    # 503: the dead worker's transaction held the SKU until MongoDB ended it. 40905: its claim of a key stands.
    assert set(shopping.answers.values()) <= {0, 503, 40905}
    _expire_claims(mongo)  # nobody answers in its place before
    shopping.repeat_everything()
    assert shopping.answers == {(index, n): 0 for index in range(SHOPPERS) for n in range(ORDERS_EACH)}
    assert _orders_per_key(mongo) == {f"kill-{index}-{n}": 1 for index, n in shopping.answers}
    assert_books_balance(environ)


def _kill_the_oldest_worker(server: Server) -> None:
    victim = min(server.workers())
    os.kill(victim, signal.SIGKILL)
    server.process.wait_until(lambda: len(server.workers()) == 2 and victim not in server.workers(), timeout_s=10)


class Shopping:
    """Several shoppers who order again and again, each order with a key that survives a lost answer."""

    def __init__(self, shop: Shop) -> None:
        self._shoppers = [Shopper.of(shop) for _ in range(SHOPPERS)]
        self._deadline = time.monotonic() + LONG_S
        self.answers: dict[tuple[int, int], int] = {}
        self.closed_connections = 0

    def shop_around(self, index: int) -> None:
        for number in range(ORDERS_EACH):
            self._order(index, number)

    def repeat_everything(self) -> None:
        for index, number in list(self.answers):
            self._order(index, number)

    def _order(self, index: int, number: int) -> None:
        while (index, number) not in self.answers or self.answers[index, number] != 0:
            assert time.monotonic() < self._deadline
            try:
                answer = self._shoppers[index].order(f"kill-{index}-{number}")
            except requests.ConnectionError:
                self.closed_connections += 1
                continue
            self.answers[index, number] = answer.json()["code"]
            return


def _prepays(wechat: Caller) -> int:
    calls = wechat.send("GET", "/__sandbox__/ledger")["calls"]
    return int(calls.get("prepay", {"count": 0})["count"])


@contextmanager
def _slow_commits(mongo: MongoClient[dict[str, Any]]) -> Iterator[None]:
    """Holds each commit up, so that a kill surely hits some of them."""
    data = {"failCommands": ["commitTransaction"], "blockConnection": True, "blockTimeMS": 200}
    mongo.admin.command("configureFailPoint", "failCommand", mode="alwaysOn", data=data)
    try:
        yield
    finally:
        mongo.admin.command("configureFailPoint", "failCommand", mode="off")


def _expire_claims(mongo: MongoClient[dict[str, Any]]) -> None:
    past = datetime.now(UTC) - timedelta(seconds=1)
    mongo[DATABASE]["idempotency_records"].update_many({"done": False}, {"$set": {"lease_until": past}})


def _orders_per_key(mongo: MongoClient[dict[str, Any]]) -> dict[str, int]:
    keys = [
        order["idempotency_key"] for order in mongo[DATABASE]["orders"].find({"idempotency_key": {"$regex": "^kill"}})
    ]
    return dict(Counter(keys))
