"""A shop and its WeChat in which anything may be tried: what cannot be is refused in order, nothing crashes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from werkzeug.test import TestResponse

from ecosystem.sandbox.wallet import take_money
from src.models.payments import Payment
from src.models.refunds import Refund
from src.services.registry import Services
from tests.factories.clock import MovableClock
from tests.factories.refunds import PARCEL, plan, wanted
from tests.factories.shop import ADDRESS, Buyer, Shop
from tests.factories.wechat import ledger, pass_time

Document = dict[str, Any]
Found = TypeVar("Found")

SWEEPS = ("query_payments", "drive_refunds", "apply_notifications", "expire_orders", "confirm_receipts")
_EXPECTED = frozenset({200, 201, 400, 404, 409, 503})


@dataclass(frozen=True)
class Purchase:
    """An order and every `wx.requestPayment` that its shopper was given for it."""

    id: str
    order_no: str
    arguments: list[Document]


class MoneyWorld:
    """One shopper, one owner, two products that run out, and a WeChat that tells and ends nothing by itself."""

    def __init__(self, shop: Shop, services: Services, clock: MovableClock) -> None:
        self.shop = shop
        self._services = services
        self._clock = clock
        shop.control("notifications/suspend")
        plan(shop)
        self._buyer: Buyer = shop.buyer()
        self._skus = [shop.sku(price=1000, stock=4), shop.sku(price=333, stock=5)]

    def place(self, units: Sequence[int]) -> Purchase | None:
        """Returns the new order, or None if there is not enough on the shelf."""
        lines = [
            {"productId": sku["productId"], "skuId": sku["skuId"], "quantity": quantity}
            for sku, quantity in zip(self._skus, units, strict=True)
            if quantity
        ]
        answer = self.shopper("/api/orders", {"items": lines, "address": ADDRESS})
        if answer.status_code != 201:
            return None
        order = answer.get_json()["data"]
        return Purchase(order["id"], order["orderNo"], [])

    def start_payment(self, purchase: Purchase) -> None:
        answer = self.shopper(f"/api/orders/{purchase.id}/pay")
        if answer.status_code == 200:
            purchase.arguments.append(answer.get_json()["data"])

    def pay_in_wechat(self, purchase: Purchase, pick: int) -> None:
        """Pays with one of the arguments that the shopper was given; WeChat may refuse."""
        if arguments := picked(purchase.arguments, pick):
            self._buyer.pay_in_wechat(arguments)

    def take_money_after_all(self, pick: int) -> None:
        """Has WeChat take the money of an order that it has closed or that has expired there."""
        state = self.shop.sandbox.state
        with state.lock:
            order = picked([order for order in state.orders.all() if order.transaction_id is None], pick)
            if order is not None:
                order.closed = False
                take_money(state, order)

    def deliver(self, pick: int, **how: Any) -> list[int]:
        """Delivers one of all notifications there have been, however old; returns the statuses that answered it."""
        notice = picked(ledger(self.shop)["notifications"], pick)
        if notice is None:
            return []
        answers = self.shop.control("notifications/deliver", {"id": notice["id"], **how})["answers"]
        return [int(answer["status"]) for answer in answers]

    def deliver_wrong_payer(self, pick: int) -> None:
        notices = [notice for notice in ledger(self.shop)["notifications"] if notice["outRefundNo"] is None]
        if notice := picked(notices, pick):
            overrides = {"payer_openid": "o" * 28, "id": f"{notice['id']}-wrong"}
            self.shop.control("notifications/deliver", {"id": notice["id"], "overrides": overrides})

    def ask_refund(self, purchase: Purchase, units: Sequence[int]) -> str | None:
        items = [(sku, quantity) for sku, quantity in zip(self._skus, units, strict=True) if quantity]
        answer = self.shopper(f"/api/orders/{purchase.id}/refunds", wanted(*items))
        return str(answer.get_json()["data"]["id"]) if answer.status_code == 201 else None

    def decide(self, refund_id: str, action: str, body: Document) -> TestResponse:
        return self.staff(f"/api/merchant/refunds/{refund_id}/{action}", body)

    def settle_outside(self, refund_id: str) -> None:
        """Staff pay by other means only what WeChat does not pay, as the merchant platform shows them."""
        refund = Refund.objects.get(id=refund_id)
        if self.refunds_at_wechat().get(refund.out_refund_no) in (None, "ABNORMAL", "CLOSED"):
            self.decide(refund_id, "settle-outside", {"note": "银行转账"})

    def end_refund(self, pick: int, outcome: str) -> None:
        """Has WeChat end one of the refunds that it may still end so, unless staff have paid it by other means."""
        ends_from = ("PROCESSING", "ABNORMAL") if outcome == "SUCCESS" else ("PROCESSING",)
        open_ones = [number for number, status in self.refunds_at_wechat().items() if status in ends_from]
        payable = [number for number in open_ones if not self._is_settled_outside(number)]
        if number := picked(payable, pick):
            self.shop.control(f"refunds/{number}/settle", {"outcome": outcome})

    def send_back_held(self, pick: int) -> None:
        if payment := picked(list(Payment.objects(held=True).order_by("id")), pick):
            self.staff(f"/api/merchant/payments/{payment.id}/send-back")

    def ship(self, purchase: Purchase) -> None:
        self.staff(f"/api/orders/{purchase.id}/ship", PARCEL)

    def pass_time(self, seconds: float) -> None:
        pass_time(self.shop, self._clock, seconds)

    def sweep(self, name: str) -> None:
        work = self._services.jobs.scheduling.works[name]
        work.run(work.limit)

    def refunds_at_wechat(self) -> dict[str, str]:
        return {refund["outRefundNo"]: refund["status"] for refund in ledger(self.shop)["refunds"]}

    def shopper(self, path: str, body: Document | None = None) -> TestResponse:
        def ask() -> TestResponse:
            return self._buyer.post(path, body)

        return _orderly(ask, self._buyer.log_in_again)

    def read(self, purchase: Purchase) -> TestResponse:
        return _orderly(lambda: self._buyer.get(f"/api/orders/{purchase.id}"), self._buyer.log_in_again)

    def staff(self, path: str, body: Document | None = None) -> TestResponse:
        def ask() -> TestResponse:
            return self.shop.staff().post(path, body)

        return _orderly(ask, self.shop.forget_staff_logins)

    def _is_settled_outside(self, number: str) -> bool:
        refund = Refund.find_by_out_refund_no(number)
        return refund is not None and is_settled_outside(refund)


def is_settled_outside(refund: Refund) -> bool:
    change = refund.history[-1]
    return change.target.value == "succeeded" and change.actor.startswith("staff:")


def picked(among: Sequence[Found], pick: int) -> Found | None:
    return among[pick % len(among)] if among else None


def _orderly(ask: Callable[[], TestResponse], log_in: Callable[[], None]) -> TestResponse:
    """Returns the answer to somebody whose login may have ended meanwhile; no answer is a crash."""
    answer = ask()
    if answer.status_code == 401:
        log_in()
        answer = ask()
    assert answer.status_code in _EXPECTED, answer.get_data(as_text=True)
    return answer
