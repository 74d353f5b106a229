"""One order's whole way through real processes, and what they say about it."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import requests

from ecosystem.journey import Journey, Shop
from tests.e2e.books import assert_books_balance
from tests.e2e.server import Server
from tests.e2e.shopper import Shopper

REQUESTS = 40


def test_an_order_goes_all_the_way(server: Server, shop: Shop, environ: dict[str, str]) -> None:
    steps: list[str] = []
    completed = Journey(shop, lambda title, ms: steps.append(title)).walk()
    assert [change["status"] for change in completed["history"]] == ["pending", "paid", "shipped", "completed"]
    item = completed["items"][0]
    assert (item["refundQuantity"], completed["refundedAmount"], completed["refundingAmount"]) == (1, item["price"], 0)
    assert len(steps) == 16
    assert_books_balance(environ)


def test_every_log_line_is_json_and_says_who_asked_for_what(server: Server, shop: Shop) -> None:
    shopper = Shopper.of(shop)
    answer = shopper.request("GET", "/api/orders", **{"X-Request-Id": "the-one-request"})
    assert answer.status_code == 200
    (line,) = [line for line in server.requests() if line["request_id"] == "the-one-request"]
    assert re.fullmatch(r"user:[0-9a-f]{24}", line["caller"])
    assert (line["store"], line["method"], line["route"], line["status"]) == ("demo", "GET", "/api/orders", 200)
    assert {"gunicorn.error", "access"} <= {line["logger"] for line in server.lines()}


def test_metrics_are_summed_over_both_workers(server: Server, environ: dict[str, str]) -> None:
    before = _answered(server)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: requests.get(f"{server.url}/health", timeout=10), range(REQUESTS)))
    assert {answer.status_code for answer in answers} == {200}
    assert [_answered(server) for _ in range(6)] == [before + REQUESTS] * 6
    counting = {path.stem.rpartition("-")[2] for path in Path(environ["METRICS_DIR"]).glob("*.db")}
    assert counting >= {str(pid) for pid in server.workers()}


def _answered(server: Server) -> int:
    text = requests.get(f"{server.url}/metrics", timeout=10).text
    found = re.search(r'^minimall_http_request_seconds_count\{.*route="/health".*\} (\S+)$', text, re.M)
    return int(float(found[1])) if found else 0
