"""Staff counting, receiving and writing off stock, and reading how it came to what it is."""

from __future__ import annotations

from typing import Any

import pytest
from bson import ObjectId

from src.models.audit_log import AuditLogEntry
from src.models.events import Event
from src.models.stock_moves import StockMove
from src.utils.permissions import Role
from tests.factories.books import assert_books_balance
from tests.factories.clock import MovableClock
from tests.factories.contents import nothing_changes
from tests.factories.races import at_once, results
from tests.factories.routes import NOBODYS_ID
from tests.factories.shop import Person, Shop, data_of, refused

Json = dict[str, Any]

WRITES: list[tuple[str, str, Json]] = [
    ("put", "stock", {"available": 8, "reason": "盘点", "expected": 10}),
    ("post", "receive", {"quantity": 5, "reason": "到货", "reference": "PO-1"}),
    ("post", "write-off", {"quantity": 1, "reason": "破损"}),
    ("put", "low-stock-threshold", {"threshold": 3}),
]
READS = ["stock", "stock-movements", "skus/{}/movements"]


def write(person: Person, sku_id: str, method: str, name: str, body: Json) -> Any:
    path = f"/api/merchant/skus/{sku_id}/{name}"
    return person.put(path, body) if method == "put" else person.post(path, body)


def moves(shop: Shop, **query: Any) -> list[Json]:
    found: list[Json] = data_of(shop.staff().get("/api/merchant/stock-movements", **query), 200)["list"]
    return found


def levels(shop: Shop, **query: Any) -> dict[str, bool]:
    found = data_of(shop.staff().get("/api/merchant/stock", **query), 200)["list"]
    return {level["skuId"]: level["isLow"] for level in found}


@pytest.mark.parametrize(("method", "name", "body"), WRITES)
def test_only_who_may_write_stock_does(shop: Shop, other_shop: Shop, method: str, name: str, body: Json) -> None:
    sku_id, buyer, clerk, stranger = shop.sku()["skuId"], shop.buyer(), shop.staff(Role.CLERK), other_shop.staff()
    with nothing_changes():
        refused(write(shop.anonymous, sku_id, method, name, body), 401)
        refused(write(buyer, sku_id, method, name, body), 401)
        refused(write(clerk, sku_id, method, name, body), 403)
        refused(write(stranger, sku_id, method, name, body), 404)
        refused(write(shop.staff(), NOBODYS_ID, method, name, body), 404)


@pytest.mark.parametrize("path", READS)
def test_only_who_may_read_stock_does(shop: Shop, other_shop: Shop, path: str) -> None:
    path = f"/api/merchant/{path}".format(shop.sku()["skuId"])
    refused(shop.anonymous.get(path), 401)
    refused(shop.staff(Role.FINANCE).get(path), 403)
    data_of(shop.staff(Role.CLERK).get(path), 200)
    answer = other_shop.staff().get(path)
    assert answer.status_code == 404 or data_of(answer, 200)["list"] == []


@pytest.mark.parametrize(
    ("method", "name", "body", "field"),
    [
        ("put", "stock", {"available": 8, "reason": "盘点"}, "expected"),
        ("put", "stock", {"available": -1, "reason": "盘点", "expected": 10}, "available"),
        ("post", "receive", {"quantity": 0, "reason": "到货"}, "quantity"),
        ("post", "receive", {"quantity": 1, "reason": "到货", "reference": "x" * 101}, "reference"),
        ("post", "write-off", {"quantity": 1, "reason": ""}, "reason"),
        ("post", "write-off", {"quantity": -1, "reason": "破损"}, "quantity"),
        ("put", "low-stock-threshold", {}, "threshold"),
        ("put", "low-stock-threshold", {"threshold": 100_001}, "threshold"),
    ],
)
def test_what_is_no_stock(shop: Shop, method: str, name: str, body: Json, field: str) -> None:
    sku, owner = shop.sku(), shop.staff()
    with nothing_changes():
        assert list(refused(write(owner, sku["skuId"], method, name, body), 400)["errors"]) == [field]


def test_a_count_that_is_out_of_date_is_refused(shop: Shop) -> None:
    sku, buyer, owner = shop.sku(stock=10), shop.buyer(), shop.staff()
    buyer.placed((sku, 1))
    with nothing_changes():
        assert refused(write(owner, sku["skuId"], *WRITES[0]), 40906) == {"available": 9}


def test_no_more_is_written_off_than_is_available(shop: Shop) -> None:
    sku, owner = shop.sku(stock=3), shop.staff()
    shop.buyer().placed((sku, 2))
    with nothing_changes():
        refused(write(owner, sku["skuId"], "post", "write-off", {"quantity": 2, "reason": "破损"}), 40906)


def test_stock_is_counted_received_and_written_off(shop: Shop) -> None:
    sku, owner = shop.sku(stock=10), shop.staff()
    available = [data_of(write(owner, sku["skuId"], *one), 200)["available"] for one in WRITES[:3]]
    assert available == [8, 13, 12]
    found = moves(shop, skuId=sku["skuId"])
    shown = [(move["kind"], move["availableDelta"], move["availableAfter"], move["reason"]) for move in found]
    assert sorted(shown) == [
        ("receive", 5, 13, "到货"),
        ("receive", 10, 10, "new product"),
        ("set", -2, 8, "盘点"),
        ("write_off", -1, 12, "破损"),
    ]
    assert {move["staffId"] for move in found} == {owner.id}
    assert [move["reference"] for move in found if move["reason"] == "到货"] == ["PO-1"]
    actions = [entry.action.value for entry in AuditLogEntry.objects(subject_id=ObjectId(sku["skuId"])).order_by("_id")]
    assert actions == ["stock.set", "stock.receive", "stock.write_off"]
    assert_books_balance(shop.store_id)


def test_the_same_count_leaves_no_trace(shop: Shop) -> None:
    sku, owner = shop.sku(stock=10), shop.staff()
    with nothing_changes():
        body = {"available": 10, "reason": "盘点", "expected": 10}
        assert data_of(write(owner, sku["skuId"], "put", "stock", body), 200)["available"] == 10


def test_moves_are_listed_by_kind_sku_and_time_the_newest_first(shop: Shop, clock: MovableClock) -> None:
    tea, cup = shop.sku(), shop.sku(name="茶杯")
    clock.advance(seconds=1)
    order = shop.buyer().placed((tea, 2), (cup, 1))
    begun = order["createdAt"]
    assert {move["skuId"] for move in moves(shop, kind="reserve")} == {tea["skuId"], cup["skuId"]}
    assert [move["kind"] for move in moves(shop, skuId=tea["skuId"])] == ["reserve", "receive"]
    assert len(moves(shop, **{"from": begun})) == len(moves(shop, to=begun)) == 2
    assert [move["orderId"] for move in moves(shop, skuId=cup["skuId"], kind="reserve")] == [order["id"]]
    of_sku = data_of(shop.staff().get(f"/api/merchant/skus/{tea['skuId']}/movements"), 200)
    assert of_sku["list"] == moves(shop, skuId=tea["skuId"])
    refused(shop.staff().get("/api/merchant/stock-movements", **{"from": begun, "to": begun}), 400)


def test_low_stock_is_told_once_per_crossing(shop: Shop) -> None:
    sku, owner, buyer = shop.sku(stock=10), shop.staff(), shop.buyer()
    data_of(write(owner, sku["skuId"], "put", "low-stock-threshold", {"threshold": 8}), 200)

    def told() -> list[int]:
        return [event.data["available"] for event in Event.objects(type="stock.low").order_by("seq")]

    orders = [buyer.placed((sku, 1)) for _ in range(3)]
    assert told() == [8]
    for order in orders:
        data_of(buyer.post(f"/api/orders/{order['id']}/cancel"), 200)
    data_of(write(owner, sku["skuId"], "post", "write-off", {"quantity": 6, "reason": "破损"}), 200)
    assert told() == [8, 4]
    assert_books_balance(shop.store_id)


def test_what_becomes_low_otherwise_is_told_once_too(shop: Shop) -> None:
    owner, many, few = shop.staff(), shop.sku(stock=6), shop.sku(stock=5)

    def told(sku: Json) -> list[int]:
        return [event.data["available"] for event in Event.objects(aggregate_id=ObjectId(sku["skuId"])).order_by("seq")]

    assert (told(many), told(few)) == ([], [5])
    for threshold in (6, 7, 3, None, 6):
        data_of(write(owner, many["skuId"], "put", "low-stock-threshold", {"threshold": threshold}), 200)
    assert told(many) == [6, 6]
    data_of(write(owner, few["skuId"], "put", "low-stock-threshold", {"threshold": 4}), 200)
    data_of(write(owner, few["skuId"], "put", "low-stock-threshold", {"threshold": None}), 200)
    data_of(write(owner, few["skuId"], "post", "write-off", {"quantity": 1, "reason": "破损"}), 200)
    assert told(few) == [5, 5]
    assert_books_balance(shop.store_id)


def test_the_overview_shows_what_is_low(shop: Shop) -> None:
    few, many, own = shop.sku(stock=5), shop.sku(stock=6), shop.sku(stock=40, name="龙井")
    assert levels(shop) == {few["skuId"]: True, many["skuId"]: False, own["skuId"]: False}
    shown = data_of(write(shop.staff(), own["skuId"], "put", "low-stock-threshold", {"threshold": 40}), 200)
    assert (shown["threshold"], shown["ownThreshold"], shown["isLow"]) == (40, 40, True)
    assert list(levels(shop, low="true")) == [few["skuId"], own["skuId"]]
    data_of(write(shop.staff(), own["skuId"], "post", "receive", {"quantity": 1, "reason": "到货"}), 200)
    data_of(write(shop.staff(), few["skuId"], "put", "low-stock-threshold", {"threshold": 0}), 200)
    assert levels(shop, low="true") == {}
    data_of(write(shop.staff(), few["skuId"], "put", "low-stock-threshold", {"threshold": None}), 200)
    assert list(levels(shop, low="true")) == [few["skuId"]]
    assert list(levels(shop, keyword="龙井")) == list(levels(shop, productId=own["productId"])) == [own["skuId"]]
    assert levels(shop, keyword="龙井", productId=few["productId"]) == {}


def test_what_cannot_be_sold_any_more_is_not_in_the_overview(shop: Shop) -> None:
    sizes = [{"specs": {"规格": size}, "price": 100, "stock": 1} for size in ("小", "大")]
    product, gone = shop.product(skus=sizes), shop.sku(stock=1)
    kept = {name: product["skus"][0][name] for name in ("id", "specs", "price")}
    data_of(shop.staff().put(f"/api/products/{product['id']}", {"skus": [kept]}), 200)
    data_of(shop.staff().delete(f"/api/products/{gone['productId']}"), 200)
    assert list(levels(shop, low="true")) == [kept["id"]]


def test_sales_and_what_staff_do_at_one_moment_keep_the_ledger(shop: Shop) -> None:
    sku, owner, buyers = shop.sku(stock=20), shop.staff(), [shop.buyer() for _ in range(4)]
    calls: list[Any] = [lambda buyer=buyer: buyer.order((sku, 1)) for buyer in buyers]
    for delta in (3, -2):
        body = {"delta": delta, "reason": "盘点"}
        calls.append(lambda body=body: write(owner, sku["skuId"], "post", "stock", body))
    calls += [
        lambda one=one: write(owner, sku["skuId"], *one)
        for one in (WRITES[1], WRITES[2], ("put", "stock", {"available": 15, "reason": "盘点", "expected": 20}))
    ]
    answers = [answer.get_json()["code"] for answer in results(at_once(calls))]
    assert answers[:-1] == [0] * 8
    expected = 20 - 4 + 3 - 2 + 5 - 1 - (5 if answers[-1] == 0 else 0)
    assert answers[-1] in (0, 40906)
    assert shop.stock_of(sku) == expected
    after = {move.available_after for move in StockMove.objects(sku_id=ObjectId(sku["skuId"]))}
    assert expected in after
    assert len(after) <= StockMove.objects(sku_id=ObjectId(sku["skuId"])).count()
    assert_books_balance(shop.store_id)
