"""What must be true of an order by itself and with its events."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from src.models.orders import EXPIRED
from src.models.snapshots import Row
from src.services.audit.dossiers import Dossier
from src.services.audit.histories import broken_links, differing_events, targets_of
from src.utils.order_states import OrderStatus, order_states

_EVENTS = {status.value: f"order.{status.value}" for status in OrderStatus} | {"pending": "order.placed"}
_TIMED = ("paid", "shipped", "completed")


def was_paid(order: Row) -> bool:
    """Tells whether an order is or was paid, whatever became of it."""
    return OrderStatus.PAID.value in targets_of(order)


def totals_add_up(dossier: Dossier) -> Iterator[str]:
    order = dossier.of
    listed = [line["price"] * line["quantity"] for line in order["items"]]
    amounts = [line["amount"] for line in order["items"]]
    freight, total = order.get("freight_amount", 0), order["total_amount"]
    whole = all(type(amount) is int and amount >= 0 for amount in [*listed, *amounts, freight, total])
    if not whole or total != sum(amounts) + freight or (amounts != listed and not order.get("repricings")):
        yield f"{dossier} costs {total} for {amounts} and {freight} of freight"


def repricings_lead_to_the_price(dossier: Dossier) -> Iterator[str]:
    """Each change of the price begins where the one before ended: the first one at the list prices with freight."""
    order = dossier.of
    if not order.get("repricings"):
        return
    price = sum(line["price"] * line["quantity"] for line in order["items"]) + order.get("freight_amount", 0)
    for change in order["repricings"]:
        if change["before"] != price:
            yield f"{dossier} cost {price} and was changed from {change['before']}"
        price = change["after"]
    if price != order["total_amount"]:
        yield f"{dossier} costs {order['total_amount']}, but was to cost {price}"


def order_histories_are_legal(dossier: Dossier) -> Iterator[str]:
    order = dossier.of
    for problem in broken_links(order, order_states, OrderStatus):
        yield f"{dossier} {problem}"
    if targets_of(order)[0] != OrderStatus.PENDING.value:
        yield f"{dossier} began as {targets_of(order)[0]}"
    for before, after in pairwise(order["history"]):
        if (before["target"], after["target"]) == ("cancelled", "paid") and before["reason"] != EXPIRED:
            yield f"{dossier} came back though it was cancelled because: {before['reason']}"


def order_times_follow_the_history(dossier: Dossier) -> Iterator[str]:
    order, targets = dossier.of, targets_of(dossier.of)
    expected = {f"{status}_at": status in targets for status in _TIMED} | {
        "cancelled_at": order["status"] == OrderStatus.CANCELLED.value
    }
    for name, is_expected in expected.items():
        if (order.get(name) is not None) is not is_expected:
            yield f"{dossier} is {order['status']} and has {name} {order.get(name)}"


def order_events_tell_the_history(dossier: Dossier) -> Iterator[str]:
    yield from differing_events(dossier, _EVENTS)


def shipped_orders_had_goods_to_ship(dossier: Dossier) -> Iterator[str]:
    order = dossier.of
    shipped_at = next((change["at"] for change in order["history"] if change["target"] == "shipped"), None)
    if shipped_at is None:
        return
    if not order.get("parcels") and not order.get("shipment"):
        yield f"{dossier} was shipped in no parcel"
    gone = sum(_units(refund) for refund in dossier.parts["refunds"] if _processing_at(refund, shipped_at))
    if gone >= _units(order):
        yield f"{dossier} was shipped though all its units went back before"


def _units(document: Row) -> int:
    return sum(line["quantity"] for line in document.get("items", []))


def _processing_at(refund: Row, moment: object) -> bool:
    return any(change["target"] == "processing" and change["at"] < moment for change in refund["history"])
