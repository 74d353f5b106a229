"""The books of a store: what must be true of all its documents together, at every moment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from bson import ObjectId

from src.models.connection import client, database
from src.utils.order_states import OrderStatus, order_states

Document = dict[str, Any]

_COUNTERS = ("available", "reserved", "sold", "received")
_SOLD = frozenset({"paid", "shipped", "completed"})
_MOVES = {
    "pending": {"reserve"},
    "cancelled": {"reserve", "release"},
    **dict.fromkeys(_SOLD, {"reserve", "sell"}),
}
_EVENTS = {status.value: f"order.{status.value}" for status in OrderStatus} | {"pending": "order.placed"}


@dataclass(frozen=True)
class Books:
    """A store's documents as they were at one instant."""

    products: list[Document]
    stock_items: list[Document]
    stock_moves: list[Document]
    orders: list[Document]
    payments: list[Document]
    events: list[Document]


def read_books(store_id: ObjectId) -> Books:
    """Reads all collections in one snapshot, so that a running writer cannot make them disagree."""
    with client().start_session(snapshot=True) as session:
        return Books(
            **{
                name: list(database()[name].find({"store_id": store_id}, session=session))
                for name in Books.__dataclass_fields__
            }
        )


def assert_books_balance(store_id: ObjectId) -> None:
    """Checks every invariant of a store's documents and names each one that is broken, with the ids."""
    books = read_books(store_id)
    broken = [f"{check.__name__}: {finding}" for check in CHECKS for finding in check(books)]
    assert not broken, "\n".join(broken)


def counters_are_whole_and_not_negative(books: Books) -> Iterator[str]:
    for item in books.stock_items:
        for name in _COUNTERS:
            if type(item[name]) is not int or item[name] < 0:
                yield f"sku {item['_id']} has {name} {item[name]!r}"


def all_received_is_somewhere(books: Books) -> Iterator[str]:
    for item in books.stock_items:
        if item["received"] != item["available"] + item["reserved"] + item["sold"]:
            yield f"sku {item['_id']} has { {name: item[name] for name in _COUNTERS} }"


def counters_equal_the_ledger(books: Books) -> Iterator[str]:
    sums: Counter[tuple[ObjectId, str]] = Counter()
    for move in books.stock_moves:
        deltas = {name: move[f"{name}_delta"] for name in _COUNTERS[:3]}
        for name, delta in {**deltas, "received": sum(deltas.values())}.items():
            sums[move["sku_id"], name] += delta
    counters = {(item["_id"], name): item[name] for item in books.stock_items for name in _COUNTERS}
    yield from _differences(counters, sums)


def counters_equal_the_orders(books: Books) -> Iterator[str]:
    wanted: Counter[tuple[ObjectId, str]] = Counter()
    for order in books.orders:
        counter = "sold" if order["status"] in _SOLD else "reserved"
        for line in order["items"] if order["status"] != "cancelled" else []:
            wanted[line["sku_id"], counter] += line["quantity"]
    counters = {(item["_id"], name): item[name] for item in books.stock_items for name in ("reserved", "sold")}
    yield from _differences(counters, wanted)


def each_order_moved_its_stock_once(books: Books) -> Iterator[str]:
    expected = Counter(
        (order["_id"], line["sku_id"], kind, line["quantity"])
        for order in books.orders
        for line in order["items"]
        for kind in _MOVES[order["status"]]
    )
    made = Counter(
        (move["order_id"], move["sku_id"], move["kind"], max(move[f"{name}_delta"] for name in _COUNTERS[:3]))
        for move in books.stock_moves
        if "order_id" in move
    )
    yield from _differences(expected, made)


def each_paid_order_has_one_payment(books: Books) -> Iterator[str]:
    succeeded = Counter(payment["order_id"] for payment in books.payments if payment["status"] == "succeeded")
    expected = Counter(order["_id"] for order in books.orders if order["status"] in _SOLD)
    yield from _differences(expected, succeeded)


def payments_belong_to_orders(books: Books) -> Iterator[str]:
    orders = {order["_id"]: order for order in books.orders}
    for payment in books.payments:
        order = orders.get(payment["order_id"])
        if order is None:
            yield f"payment {payment['_id']} has no order"
        elif (payment["amount_fen"], payment["user_id"]) != (order["total_amount"], order["user_id"]):
            yield f"payment {payment['_id']} is not what order {order['_id']} costs its buyer"
        elif payment["live"] and order["status"] != "pending":
            yield f"payment {payment['_id']} is live though order {order['_id']} is {order['status']}"


def history_is_a_legal_chain(books: Books) -> Iterator[str]:
    for order in books.orders:
        history = order["history"]
        sources = [change.get("source") for change in history]
        targets = [change["target"] for change in history]
        if [change["seq"] for change in history] != list(range(1, len(history) + 1)):
            yield f"order {order['_id']} has gaps in its history"
        if sources != [None, *targets[:-1]] or targets[0] != "pending" or targets[-1] != order["status"]:
            yield f"order {order['_id']} went {sources} -> {targets} and is {order['status']}"
        moves = zip(targets, targets[1:], strict=False)
        if not all(order_states.allows(OrderStatus(source), OrderStatus(target)) for source, target in moves):
            yield f"order {order['_id']} moved as it must not: {targets}"


def events_tell_the_history(books: Books) -> Iterator[str]:
    expected = [
        (order["_id"], change["seq"], _EVENTS[change["target"]])
        for order in books.orders
        for change in order["history"]
    ]
    surplus = [(payment["_id"], 1, "payment.surplus") for payment in books.payments if payment["status"] == "surplus"]
    told = Counter((event["aggregate_id"], event["seq"], event["type"]) for event in books.events)
    yield from _differences(Counter(expected + surplus), told)


def products_show_what_is_sold_out(books: Books) -> Iterator[str]:
    sold_out = {item["_id"] for item in books.stock_items if item["available"] == 0}
    for product in books.products:
        skus = {sku["id"] for sku in product["skus"]}
        on_offer = {sku["id"] for sku in product["skus"] if not sku["retired"]}
        if set(product["sold_out_skus"]) != skus & sold_out:
            yield f"product {product['_id']} shows {product['sold_out_skus']} as sold out"
        if product["in_stock"] != bool(on_offer - sold_out):
            yield f"product {product['_id']} has in_stock {product['in_stock']}"


def products_count_their_sales(books: Books) -> Iterator[str]:
    sold: Counter[ObjectId] = Counter()
    for item in books.stock_items:
        sold[item["product_id"]] += item["sold"]
    yield from _differences(Counter({product["_id"]: product["sales"] for product in books.products}), sold)


def totals_add_up(books: Books) -> Iterator[str]:
    for order in books.orders:
        amounts = [line["price"] * line["quantity"] for line in order["items"]]
        if [line["amount"] for line in order["items"]] != amounts or order["total_amount"] != sum(amounts):
            yield f"order {order['_id']} costs {order['total_amount']} for {amounts}"


CHECKS: tuple[Callable[[Books], Iterable[str]], ...] = (
    counters_are_whole_and_not_negative,
    all_received_is_somewhere,
    counters_equal_the_ledger,
    counters_equal_the_orders,
    each_order_moved_its_stock_once,
    each_paid_order_has_one_payment,
    payments_belong_to_orders,
    history_is_a_legal_chain,
    events_tell_the_history,
    products_show_what_is_sold_out,
    products_count_their_sales,
    totals_add_up,
)


def _differences(left: dict[Any, Any], right: dict[Any, Any]) -> Iterator[str]:
    """Yields what the two disagree about; what is absent counts as 0."""
    for key in left.keys() | right.keys():
        if left.get(key, 0) != right.get(key, 0):
            yield f"{key}: {left.get(key, 0)} is not {right.get(key, 0)}"
