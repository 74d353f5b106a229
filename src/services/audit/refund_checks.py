"""What must be true of refunds, and of what orders say of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from src.models.snapshots import Row
from src.services.audit.dossiers import Dossier
from src.services.audit.histories import broken_links, differing_events, targets_of
from src.services.audit.order_checks import was_paid
from src.services.audit.payment_checks import received_fen
from src.utils.refund_states import RELEASED, RefundStatus, refund_states

_RELEASED = frozenset(status.value for status in RELEASED)
UNDER_WAY = frozenset({"processing", "abnormal"})
_EVENTS = {status.value: f"refund.{status.value}" for status in RefundStatus} | {
    "awaiting_return": "refund.approved",
    "returning": "refund.returned",
}


def holding(refunds: Iterable[Row]) -> list[Row]:
    """Returns the refunds to which money of their order is promised, or was paid."""
    return [refund for refund in refunds if refund["kind"] != "surplus" and refund["status"] not in _RELEASED]


def fen_of(refunds: Iterable[Row]) -> int:
    return sum(refund["amount_fen"] for refund in refunds)


def _freight_of(refunds: Iterable[Row]) -> int:
    return sum(refund.get("freight_fen", 0) for refund in refunds)


def refunds_are_of_their_orders_payments(dossier: Dossier) -> Iterator[str]:
    order = dossier.of
    statuses = {payment["_id"]: payment["status"] for payment in dossier.parts["payments"]}
    for refund in dossier.parts["refunds"]:
        if (refund["user_id"], refund["order_no"]) != (order["user_id"], order["order_no"]):
            yield f"refund {refund['_id']} is not of the buyer of {dossier}"
        wanted = "surplus" if refund["kind"] == "surplus" else "succeeded"
        if statuses.get(refund["payment_id"]) != wanted:
            yield f"refund {refund['_id']} ({refund['kind']}) is of a payment {statuses.get(refund['payment_id'])}"


def orders_hold_what_refunds_ask(dossier: Dossier) -> Iterator[str]:
    order, held = dossier.of, holding(dossier.parts["refunds"])
    if order.get("refund_held", 0) != fen_of(held):
        yield f"{dossier} holds {order.get('refund_held', 0)} fen for refunds of {fen_of(held)}"
    if order.get("freight_held", 0) != _freight_of(held):
        yield f"{dossier} holds {order.get('freight_held', 0)} fen of freight for refunds of {_freight_of(held)}"
    lines = [line for refund in held for line in refund.get("items", [])]
    for counter, name in (("refund_quantity", "quantity"), ("refund_amount", "amount")):
        wanted: Counter[object] = Counter()
        for line in lines:
            wanted[line["sku_id"]] += line[name]
        for line in order["items"]:
            if line.get(counter, 0) != wanted.pop(line["sku_id"], 0):
                yield f"{dossier} has {counter} {line.get(counter, 0)} of sku {line['sku_id']}, unlike its refunds"
        if +wanted:
            yield f"{dossier} has no lines for {dict(+wanted)} of its refunds"


def refunds_stay_within_what_was_paid(dossier: Dossier) -> Iterator[str]:
    order, held = dossier.of, holding(dossier.parts["refunds"])
    if fen_of(held) > order["total_amount"] * was_paid(order):
        yield f"{dossier} of {order['total_amount']} fen has refunds of {fen_of(held)}"
    for line in order["items"]:
        parts = [part for refund in held for part in refund.get("items", []) if part["sku_id"] == line["sku_id"]]
        quantity, amount = sum(part["quantity"] for part in parts), sum(part["amount"] for part in parts)
        if quantity > line["quantity"] or amount > line["amount"]:
            yield f"{dossier} has refunds of {quantity} units and {amount} fen of sku {line['sku_id']}"


def freight_goes_back_whole(dossier: Dossier) -> Iterator[str]:
    order, freight = dossier.of, dossier.of.get("freight_amount", 0)
    if order.get("freight_held", 0) not in (0, freight):
        yield f"{dossier} gives {order['freight_held']} fen of its freight of {freight} back"


def freight_goes_back_with_all_goods(dossier: Dossier) -> Iterator[str]:
    """Freight goes back, or is asked back, only of orders of which nothing was sent and nothing is kept."""
    order = dossier.of
    if not order.get("freight_held", 0):
        return
    kept = sum(line["quantity"] - line.get("refund_quantity", 0) for line in order["items"])
    if kept:
        yield f"{dossier} gives its freight back and {kept} units are kept"
    if order.get("parcels") or order.get("shipment"):
        yield f"{dossier} gives its freight back and was sent"


def orders_count_what_was_refunded(dossier: Dossier) -> Iterator[str]:
    back = fen_of(refund for refund in holding(dossier.parts["refunds"]) if refund["status"] == "succeeded")
    if dossier.of.get("refunded_amount", 0) != back:
        yield f"{dossier} counts {dossier.of.get('refunded_amount', 0)} fen as refunded, its refunds {back}"


def cancelled_orders_gave_all_back(dossier: Dossier) -> Iterator[str]:
    """Every unit of a cancelled order that was paid is in a refund; its shop keeps at most what staff refused."""
    order, held = dossier.of, holding(dossier.parts["refunds"])
    if order["status"] != "cancelled" or not was_paid(order):
        return
    back = sum(line["quantity"] for refund in held for line in refund.get("items", []))
    bought = sum(line["quantity"] for line in order["items"])
    if back != bought:
        yield f"{dossier} was cancelled with refunds of {back} of {bought} units"
    refused = sum(refund["asked_fen"] - refund["amount_fen"] for refund in held)
    kept = order["total_amount"] - fen_of(held)
    if kept > refused:
        yield f"{dossier} was cancelled and {kept} fen were kept, of which staff refused {refused}"
    undecided = [refund["_id"] for refund in held if refund["status"] not in UNDER_WAY | {"succeeded"}]
    if undecided:
        yield f"{dossier} was cancelled while its refunds {undecided} are undecided"


def all_money_is_somewhere(dossier: Dossier) -> Iterator[str]:
    """What came is kept for the order, asked back, on its way back, or refunded: each told by another document."""
    order, refunds = dossier.of, dossier.parts["refunds"]
    came = sum(received_fen(payment) for payment in dossier.parts["payments"])
    kept = order["total_amount"] - order.get("refund_held", 0) if was_paid(order) else 0
    promised = fen_of(refund for refund in refunds if refund["status"] not in _RELEASED)
    if came != kept + promised:
        yield f"{dossier}: {came} fen came, {kept} are kept, {promised} go back"


def refund_histories_are_legal(dossier: Dossier) -> Iterator[str]:
    refund = dossier.of
    for problem in broken_links(refund, refund_states, RefundStatus):
        yield f"{dossier} {problem}"
    first = "requested" if refund["kind"] == "after_sale" else "processing"
    if targets_of(refund)[0] != first:
        yield f"{dossier} ({refund['kind']}) began as {targets_of(refund)[0]}"


def refund_lines_add_up(dossier: Dossier) -> Iterator[str]:
    refund = dossier.of
    amounts = [line["amount"] for line in refund.get("items", [])]
    freight = refund.get("freight_fen", 0)
    if refund["kind"] == "surplus" and (amounts or freight):
        yield f"{dossier} has lines or freight though no order takes its money"
    if refund["kind"] != "surplus" and sum(amounts) + freight != refund["amount_fen"]:
        yield f"{dossier} of {refund['amount_fen']} fen has lines of {amounts} and {freight} of freight"
    if not 0 <= refund["amount_fen"] <= refund["asked_fen"]:
        yield f"{dossier} gives {refund['amount_fen']} fen back though {refund['asked_fen']} were asked for"


def refunds_under_way_are_due(dossier: Dossier) -> Iterator[str]:
    """Nobody would drive a refund that is due at no time, and one whose money is back must not be driven."""
    refund = dossier.of
    expected = {"due_at": refund["status"] in UNDER_WAY, "succeeded_at": refund["status"] == "succeeded"}
    for name, is_expected in expected.items():
        if (refund.get(name) is not None) is not is_expected:
            yield f"{dossier} is {refund['status']} with {name} {refund.get(name)}"


def refund_numbers_follow_each_other(dossier: Dossier) -> Iterator[str]:
    refund = dossier.of
    numbers = [*refund.get("former_nos", []), refund["out_refund_no"]]
    first = refund["refund_no"]
    if numbers != [first, *(f"{first}-{index}" for index in range(2, len(numbers) + 1))]:
        yield f"{dossier} has the numbers {numbers}"


def refund_events_tell_the_history(dossier: Dossier) -> Iterator[str]:
    yield from differing_events(dossier, _EVENTS)
