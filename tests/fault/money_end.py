"""What is true once everything has come to its end: every fen that WeChat took is kept for goods, or went back."""

from __future__ import annotations

from collections import Counter
from typing import Any

from bson import ObjectId

from src.models.orders import Order
from src.models.payments import Payment
from src.models.refunds import Refund
from tests.factories.books import assert_books_balance
from tests.factories.wechat import heal, ledger
from tests.fault.money_world import SWEEPS, MoneyWorld, is_settled_outside, received

ROUNDS = 8
# Longer than any pause between two questions to WeChat.
PAUSE_S = 7_300


def bring_to_an_end(world: MoneyWorld) -> None:
    """WeChat works again and nobody does anything: what does not need a person ends, though no notification comes.

    Then WeChat tells what it could not tell before, such as money for what we had ended, and staff do their part.
    """
    heal(world.shop)
    _let_everything_end(world)
    world.deliver_everything()
    _let_everything_end(world)
    for _ in range(ROUNDS):
        if not _staff_do_their_part(world):
            return
        _let_everything_end(world)
    raise AssertionError("staff cannot bring it to an end")


def assert_money_is_conserved(world: MoneyWorld) -> None:
    document = ledger(world.shop)
    captured = {order["outTradeNo"]: order["total"] for order in document["orders"] if order["transactionId"]}
    returned = _returned_by_wechat(document)
    refunds = list(Refund.objects(status="succeeded"))
    outside = [refund for refund in refunds if is_settled_outside(refund)]

    assert captured == received()
    assert returned == _paid_back_by_wechat(refunds)
    assert sum(captured.values()) == _kept() + sum(returned.values()) + sum(refund.amount_fen for refund in outside)
    _each_payment_is_kept_or_went_back(refunds)
    _what_has_ended_cannot_be_paid(document)
    assert_books_balance(world.shop.store_id)


def no_refund_exceeds_its_payment(world: MoneyWorld) -> None:
    """At every moment WeChat has paid back no more than we recorded as received, of each payment."""
    came, paid_back = received(), Counter[str]()
    with world.shop.sandbox.state.lock:
        for refund in world.shop.sandbox.state.refunds.all():
            if refund.status != "CLOSED":
                paid_back[refund.order.out_trade_no] += refund.amount
    assert all(amount <= came.get(number, 0) for number, amount in paid_back.items()), (came, paid_back)


def _let_everything_end(world: MoneyWorld) -> None:
    for _ in range(ROUNDS):
        for number, status in world.refunds_at_wechat().items():
            if status == "PROCESSING":
                world.shop.control(f"refunds/{number}/settle", {"outcome": "SUCCESS"})
        if not (under_way := _under_way()):
            return
        world.pass_time(PAUSE_S)
        for name in SWEEPS:
            world.sweep(name)
    raise AssertionError(f"stuck: {under_way}")


def _under_way() -> list[str]:
    """Names what must go on without a person: unpaid orders, payable attempts, refunds that WeChat works at."""
    held = {payment.order_id for payment in Payment.objects(held=True)}
    orders = [order for order in Order.objects(status="pending") if order.id not in held]
    payments = [payment for payment in Payment.objects(live=True) if payment.order_id not in held]
    refunds = list(Refund.objects(status="processing"))
    return [f"{found.__class__.__name__} {found.id}" for found in (*orders, *payments, *refunds)]


def _staff_do_their_part(world: MoneyWorld) -> bool:
    """Sends held money back and has abnormal refunds paid, by WeChat or by hand; returns whether there were any."""
    held, abnormal = Payment.objects(held=True).count(), list(Refund.objects(status="abnormal"))
    for _ in range(held):
        world.send_back_held(0)
    for refund in abnormal:
        _help(world, refund)
    return bool(held or abnormal)


def _help(world: MoneyWorld, refund: Refund) -> None:
    if world.refunds_at_wechat().get(refund.out_refund_no) == "ABNORMAL":
        world.shop.control(f"refunds/{refund.out_refund_no}/settle", {"outcome": "SUCCESS"})
    world.decide(str(refund.id), "retry", {})
    if Refund.objects.get(id=refund.id).status.value == "abnormal":
        world.settle_outside(refund.out_refund_no)


def _returned_by_wechat(document: dict[str, Any]) -> dict[str, int]:
    done = [refund for refund in document["refunds"] if refund["status"] == "SUCCESS"]
    return {refund["outRefundNo"]: refund["amount"] for refund in done}


def _paid_back_by_wechat(refunds: list[Refund]) -> dict[str, int]:
    through_wechat = [refund for refund in refunds if refund.amount_fen and not is_settled_outside(refund)]
    return {refund.out_refund_no: refund.amount_fen for refund in through_wechat}


def _kept() -> int:
    sold = Order.objects(paid_at__exists=True)
    return sum(order.total_amount - order.refunded_amount for order in sold)


def _each_payment_is_kept_or_went_back(refunds: list[Refund]) -> None:
    """Money that no order took went back as a whole, and no order gave back more than it took."""
    went_back: Counter[ObjectId] = Counter()
    for refund in refunds:
        went_back[refund.payment_id] += refund.amount_fen
    for payment in Payment.objects(status__in=["succeeded", "surplus"]):
        assert went_back[payment.id] <= payment.received_fen
        assert payment.status.value == "succeeded" or went_back[payment.id] == payment.received_fen


def _what_has_ended_cannot_be_paid(document: dict[str, Any]) -> None:
    payable = {order["outTradeNo"] for order in document["orders"] if order["state"] == "NOTPAY"}
    assert payable <= {payment.out_trade_no for payment in Payment.objects(live=True)}
