"""Staff who edit, count, receive and write off while shoppers buy, cancel and are paid back: the ledger stays exact."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from werkzeug.test import TestResponse

from src.models.connection import database
from src.models.products import Product
from src.models.stock import StockItem
from src.utils.permissions import Role
from tests.factories.books import assert_books_balance
from tests.factories.races import at_once, results
from tests.factories.refunds import wanted
from tests.factories.shop import Buyer, Person, Shop, data_of

STEPS, SHOPPERS = 12, 4
Sku = dict[str, Any]
# The refusals that a loser of a race may be given: something changed meanwhile, or is gone.
MAY_LOSE = {404, 409}


@dataclass
class Work:
    """What many people do to a few products. Each person has a chance of their own, so a run can be repeated."""

    shop: Shop
    products: list[str]
    answers: defaultdict[str, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))

    def done(self, what: str, answer: TestResponse) -> Any:
        """Notes the answer; returns the data of a success and None of a race that was lost."""
        self.answers[what][answer.status_code] += 1
        assert answer.status_code < 300 or answer.status_code in MAY_LOSE, (what, answer.get_json())
        return answer.get_json()["data"] if answer.status_code < 300 else None

    def read(self, person: Person, chance: random.Random) -> dict[str, Any]:
        path = f"/api/merchant/products/{chance.choice(self.products)}"
        product: dict[str, Any] = data_of(person.get(path), 200)
        return product

    def sku(self, person: Person, chance: random.Random) -> Sku:
        product = self.read(person, chance)
        return {**chance.choice(product["skus"]), "productId": product["id"]}


def edit(work: Work, person: Person, chance: random.Random) -> None:
    """Renames what was just read, and at times takes a SKU away and adds another."""
    product = work.read(person, chance)
    kept = [{name: sku[name] for name in ("id", "specs")} | {"price": 1000} for sku in product["skus"]]
    if chance.random() < 0.5:
        kept = [*kept[1:], {"specs": {"批": f"{chance.getrandbits(40)}"}, "price": 1000, "stock": 8}]
    body = {"name": f"茶 {chance.getrandbits(40)}", "skus": kept}
    headers = {**person.headers, "If-Match": f'"{product["version"]}"'}
    path = f"/api/products/{product['id']}"
    work.done("edit", work.shop.client.put(path, json=body, headers=headers))


def count(work: Work, person: Person, chance: random.Random) -> None:
    """Corrects a number that was just read, in one of both ways."""
    sku, reason = work.sku(person, chance), "盘点"
    path, expected = f"/api/merchant/skus/{sku['id']}/stock", sku["stock"]
    if chance.random() < 0.5:
        delta = chance.randint(-min(3, expected), 4) or 1
        answer = person.post(path, {"delta": delta, "reason": reason, "expected": expected})
    else:
        answer = person.put(path, {"available": expected + 2, "reason": reason, "expected": expected})
    work.done("count", answer)


def receive(work: Work, person: Person, chance: random.Random) -> None:
    path = f"/api/merchant/skus/{work.sku(person, chance)['id']}"
    work.done("receive", person.post(f"{path}/receive", {"quantity": chance.randint(1, 5), "reason": "到货"}))
    work.done("write off", person.post(f"{path}/write-off", {"quantity": chance.randint(1, 3), "reason": "破损"}))


def buy(work: Work, buyer: Buyer, chance: random.Random) -> None:
    """Orders some units and cancels, pays, or is paid back by the store's owner."""
    sku = work.sku(work.shop.staff(), chance)
    items = {"productId": sku["productId"], "skuId": sku["id"]}, chance.randint(1, 3)
    order = work.done("order", buyer.order(items))
    if order is None:
        return
    if chance.random() < 0.4:
        work.done("cancel", buyer.post(f"/api/orders/{order['id']}/cancel"))
    else:
        assert buyer.pay_in_wechat(work.done("pay", buyer.pay(order["id"]))) == "requestPayment:ok"
        work.shop.deliver(order["orderNo"])
        ask_back(work, buyer, order, items)


def ask_back(work: Work, buyer: Buyer, order: dict[str, Any], items: tuple[Sku, int]) -> None:
    """One unit of goods that were not sent: they are on the shelf again as soon as staff agree."""
    refund = work.done("ask back", buyer.post(f"/api/orders/{order['id']}/refunds", wanted((items[0], 1))))
    path = f"/api/merchant/refunds/{refund['id']}/approve"
    work.done("restock", work.shop.staff().post(path, {}))


Step = Callable[[Work, Any, random.Random], None]


def repeat(work: Work, person: Person, step: Step, seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(STEPS):
        step(work, person, chance)


def product_of_two(shop: Shop) -> str:
    skus = [{"specs": {"批": name}, "price": 1000, "stock": 12} for name in ("春", "秋")]
    return str(shop.product(name="茶", skus=skus)["id"])


def sums_of_moves() -> dict[Any, tuple[int, int, int]]:
    names = ("available", "reserved", "sold")
    sums = {name: {"$sum": f"${name}_delta"} for name in names}
    rows = database()["stock_moves"].aggregate([{"$group": {"_id": "$sku_id", **sums}}])
    return {row["_id"]: tuple(row[name] for name in names) for row in rows}


def test_counters_are_the_sums_of_their_moves_whatever_happens_at_once(shop: Shop) -> None:
    work = Work(shop, [product_of_two(shop) for _ in range(2)])
    owner, manager, keeper = shop.staff(), shop.staff(Role.MANAGER), shop.staff(Role.WAREHOUSE)
    people: list[tuple[Person, Step]] = [(owner, edit), (manager, edit), (manager, count), (keeper, receive)]
    people += [(shop.buyer(), buy) for _ in range(SHOPPERS)]

    results(at_once([partial(repeat, work, person, step, seed) for seed, (person, step) in enumerate(people)]))

    assert_books_balance(shop.store_id)
    counters = {item.id: (item.available, item.reserved, item.sold) for item in StockItem.objects}
    assert {sku_id: counted for sku_id, counted in sums_of_moves().items() if any(counted)} == {
        sku_id: counted for sku_id, counted in counters.items() if any(counted)
    }
    assert all(min(counted) >= 0 for counted in counters.values())
    edits = sum(product.version - 1 for product in Product.objects)
    assert edits == sum(count for status, count in work.answers["edit"].items() if status == 200)
    assert all(min(statuses) < 300 for statuses in work.answers.values()), work.answers
    assert set(work.answers) >= {"edit", "count", "receive", "write off", "order", "cancel", "pay", "restock"}
