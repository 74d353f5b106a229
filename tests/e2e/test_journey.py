"""A product's and an order's whole way through real processes, and what they say about it."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import requests

from ecosystem.journey.calling import Json
from ecosystem.journey.merchant import CATEGORY, NAME, PARENT, Merchant
from ecosystem.journey.purchase import Purchase
from ecosystem.journey.stage import Shop, Stage, ids_in
from ecosystem.journey.walk import Journey
from tests.e2e.books import assert_books_balance
from tests.e2e.server import Server
from tests.e2e.shopper import Shopper

REQUESTS = 40


def test_a_product_and_an_order_go_all_the_way_again_and_again(shop: Shop, environ: dict[str, str]) -> None:
    first, second = Walk(shop), Walk(shop)
    for walk in (first, second):
        order = walk.order
        assert [change["status"] for change in order["history"]] == ["pending", "paid", "shipped", "completed"]
        item = order["items"][0]
        assert (item["name"], item["refundQuantity"]) == (NAME, 1)
        assert (order["refundedAmount"], order["refundingAmount"]) == (item["price"], 0)
    assert len(first.steps) == 33
    assert second.steps == first.steps
    assert_books_balance(environ)


def test_a_walk_leaves_no_product_and_no_category_behind(shop: Shop) -> None:
    before = public(shop)
    Walk(shop)
    assert public(shop) == before


def test_a_walk_that_broke_off_does_not_stop_the_next(shop: Shop) -> None:
    left = Merchant(silent(shop)).offer()
    assert Walk(shop).order["status"] == "completed"
    products = silent(shop).member("manager").call("GET", f"/api/merchant/products?keyword={NAME}")
    assert left.product["id"] not in ids_in(products)


def test_the_demo_has_the_category_of_the_walk(shop: Shop) -> None:
    (parent,) = [branch for branch in public(shop)["categories"] if branch["name"] == PARENT]
    assert CATEGORY in [child["name"] for child in parent["children"]]


def test_the_second_store_has_its_own_mini_program_and_merchant_number(second_shop: Shop) -> None:
    stage = silent(second_shop)
    product = stage.somebody().call("GET", "/api/products?inStock=true")["list"][0]
    sku = next(sku for sku in product["skus"] if sku["stock"])
    order = Purchase(stage).buy({"productId": product["id"], "skuId": sku["id"], "quantity": 1})
    ledger = stage.wechat.send("GET", "/__sandbox__/ledger")
    (paid,) = [one for one in ledger["orders"] if one["appid"] == second_shop.appid]
    assert (paid["state"], paid["total"]) == ("SUCCESS", order["totalAmount"])
    assert [app["mchid"] for app in ledger["apps"]].index(paid["mchid"]) == 1
    orders = stage.member("owner").call("GET", "/api/merchant/orders")
    assert ids_in(orders) == [order["id"]]


class Walk:
    """One journey and what it reported."""

    def __init__(self, shop: Shop) -> None:
        self.steps: list[str] = []
        self.order = Journey(shop, lambda title, ms: self.steps.append(title)).walk()


def silent(shop: Shop) -> Stage:
    return Stage(shop, lambda title, ms: None)


def public(shop: Shop) -> Json:
    """Returns what the shop shows anybody."""
    anybody = silent(shop).somebody()
    return {
        "products": ids_in(anybody.call("GET", "/api/products?size=50")),
        "categories": anybody.call("GET", "/api/categories")["list"],
    }


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
