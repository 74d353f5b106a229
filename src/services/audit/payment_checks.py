"""What must be true of payments and of the money that came with them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from src.models.snapshots import Row
from src.services.audit.dossiers import Dossier
from src.services.audit.histories import differing, told
from src.services.audit.order_checks import was_paid

RECEIVED = frozenset({"succeeded", "surplus"})
_LIVE = frozenset({"created", "prepared"})


def received_fen(payment: Row) -> int:
    """Returns the money that came with a payment."""
    if payment["status"] not in RECEIVED:
        return 0
    fen: Any = payment.get("received_fen", payment["amount_fen"])  # not recorded by an earlier release
    return int(fen)


def payments_are_what_orders_cost(dossier: Dossier) -> Iterator[str]:
    order = dossier.of
    for payment in dossier.parts["payments"]:
        over = not payment["live"] and payment["status"] != "succeeded"
        prices = {order["total_amount"], *(change["before"] for change in order.get("repricings", []) if over)}
        asked = (payment["currency"], payment["user_id"])
        if payment["amount_fen"] not in prices or asked != ("CNY", order["user_id"]):
            yield f"payment {payment['_id']} is not what {dossier} costs its buyer"
        if payment["status"] == "succeeded" and received_fen(payment) != payment["amount_fen"]:
            yield f"payment {payment['_id']} succeeded with {received_fen(payment)} of {payment['amount_fen']} fen"


def payment_attempts_are_counted(dossier: Dossier) -> Iterator[str]:
    attempts = sorted(payment["attempt"] for payment in dossier.parts["payments"])
    if attempts != list(range(1, dossier.of["payment_attempts"] + 1)):
        yield f"{dossier} counts {dossier.of['payment_attempts']} attempts and has {attempts}"


def paid_orders_have_one_payment(dossier: Dossier) -> Iterator[str]:
    succeeded = [payment["_id"] for payment in dossier.parts["payments"] if payment["status"] == "succeeded"]
    if len(succeeded) != int(was_paid(dossier.of)):
        yield f"{dossier} is {dossier.of['status']} with payments {succeeded}"


def payments_record_what_came(dossier: Dossier) -> Iterator[str]:
    for payment in dossier.parts["payments"]:
        recorded = {name: payment.get(name) for name in ("transaction_id", "succeeded_at")}
        came = payment["status"] in RECEIVED
        if any((value is not None) is not came for value in recorded.values()):
            yield f"payment {payment['_id']} is {payment['status']} with {recorded}"
        if payment.get("received_fen") is not None and not came:
            yield f"payment {payment['_id']} is {payment['status']} with {payment['received_fen']} fen"


def live_payments_can_be_paid(dossier: Dossier) -> Iterator[str]:
    live = [payment["_id"] for payment in dossier.parts["payments"] if payment["live"]]
    if len(live) > 1:
        yield f"{dossier} has several live payments {live}"
    for payment in dossier.parts["payments"]:
        if payment["live"] is not (payment["status"] in _LIVE):
            yield f"payment {payment['_id']} is {payment['status']} with live {payment['live']}"


def held_money_is_not_applied(dossier: Dossier) -> Iterator[str]:
    for payment in dossier.parts["payments"]:
        held = bool(payment.get("held"))
        if held and payment["status"] in RECEIVED:
            yield f"payment {payment['_id']} is held and {payment['status']}"
        if held is not (payment.get("held_money") is not None):
            yield f"payment {payment['_id']} has held {held} and held money {payment.get('held_money')}"


def surplus_money_goes_back_once(dossier: Dossier) -> Iterator[str]:
    back = Counter(
        (refund["payment_id"], refund["amount_fen"])
        for refund in dossier.parts["refunds"]
        if refund["kind"] == "surplus"
    )
    came = Counter(
        (payment["_id"], received_fen(payment))
        for payment in dossier.parts["payments"]
        if payment["status"] == "surplus"
    )
    for payment_id, fen in back.keys() | came.keys():
        if back[payment_id, fen] != came[payment_id, fen]:
            yield (
                f"payment {payment_id}: {fen} fen came {came[payment_id, fen]} times too much "
                f"and go back {back[payment_id, fen]} times"
            )


def payment_events_are_counted(dossier: Dossier) -> Iterator[str]:
    payment, found = dossier.of, told(dossier.parts["events"])
    yield from events_are_counted(dossier)
    names = Counter(name for _, name in found.elements())
    for status in RECEIVED:
        times = names[f"payment.{status}"]
        if times > int(payment["status"] == status):
            yield f"{dossier} is {payment['status']} with {times} events payment.{status}"


def events_are_counted(dossier: Dossier) -> Iterator[str]:
    """Compares the events of a document with its own count of them."""
    found, count = told(dossier.parts["events"]), dossier.of.get("event_seq", 0)
    made_at = dossier.of["_id"].generation_time
    names = dict(found.keys())
    expected = {(seq, names.get(seq, "of any type")): made_at for seq in range(1, count + 1)}
    yield from differing(dossier, expected, found)
