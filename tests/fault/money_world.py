"""A shop and its WeChat in which anything may be tried: what cannot be is refused in order, nothing crashes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from werkzeug.test import TestResponse

from ecosystem.sandbox.orders import Order
from ecosystem.sandbox.wallet import take_money
from src.models.payments import Payment
from src.models.refunds import Refund
from src.services.registry import Services
from tests.factories.clock import MovableClock
from tests.factories.freight import charge
from tests.factories.refunds import PARCEL, plan, refunds_at_wechat, wanted
from tests.factories.shop import ADDRESS, Buyer, Shop
from tests.factories.wechat import fault, ledger

Document = dict[str, Any]
Found = TypeVar("Found")
# An endpoint of WeChat, how it fails, and how often.
Trouble = tuple[str, str, int] | None

SWEEPS = ("query_payments", "drive_refunds", "apply_notifications", "expire_orders", "confirm_receipts")
_EXPECTED = frozenset({200, 201, 400, 404, 409, 503})


@dataclass(frozen=True)
class Purchase:
    """An order and every `wx.requestPayment` that its shopper was given for it."""

    id: str
    order_no: str
    items: list[Document]
    arguments: list[Document]


class MoneyWorld:
    """One shopper, one owner, two products that run out, freight for small orders, a WeChat that tells nothing itself.

    Nor does WeChat end anything by itself.
    """

    def __init__(self, shop: Shop, services: Services, clock: MovableClock) -> None:
        self.shop = shop
        self._services = services
        self._clock = clock
        shop.control("notifications/suspend")
        plan(shop)
        charge(shop, 450, free_from=2500)
        self._buyer: Buyer = shop.buyer()
        self._skus = [shop.sku(price=1000, stock=7), shop.sku(price=333, stock=8)]

    def fail(self, trouble: Trouble) -> None:
        if trouble is not None:
            endpoint, kind, times = trouble
            fault(self.shop, endpoint, kind, times=times)

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
        return Purchase(order["id"], order["orderNo"], order["items"], [])

    def start_payment(self, purchase: Purchase) -> None:
        answer = self.shopper(f"/api/orders/{purchase.id}/pay")
        if answer.status_code == 200:
            purchase.arguments.append(answer.get_json()["data"])

    def pay_in_wechat(self, purchase: Purchase, pick: int) -> None:
        """Pays with one of the arguments that the shopper was given; WeChat may refuse."""
        if arguments := picked(purchase.arguments, pick):
            self._buyer.pay_in_wechat(arguments)

    def take_money_after_all(self, pick: int) -> bool:
        """Has WeChat take the money of an order that may be closed or expired there; returns whether there is one."""
        with self.shop.sandbox.state.lock:
            order = picked(self._unpaid_at_wechat(), pick)
            if order is not None:
                order.closed = False
                take_money(self.shop.sandbox.state, order)
        return order is not None

    def close_behind_our_back(self, purchase: Purchase) -> None:
        """Has WeChat close every attempt at this order that is not paid."""
        with self.shop.sandbox.state.lock:
            for order in self._unpaid_at_wechat():
                order.closed |= order.out_trade_no.startswith(purchase.order_no)

    def deliver(self, pick: int, **how: Any) -> list[int]:
        """Delivers one of all notifications there have been, however old; returns the statuses that answered it."""
        notice = picked(ledger(self.shop)["notifications"], pick)
        if notice is None:
            return []
        answers = self.shop.control("notifications/deliver", {"id": notice["id"], **how})["answers"]
        return [int(answer["status"]) for answer in answers]

    def deliver_everything(self) -> None:
        """Delivers all notifications there have been, in their order: WeChat repeats each until it is taken."""
        for notice in ledger(self.shop)["notifications"]:
            (answer,) = self.shop.control("notifications/deliver", {"id": notice["id"]})["answers"]
            assert answer["status"] == 200, (notice, answer)

    def deliver_wrong_payer(self, pick: int) -> None:
        """Says of a payment, if possible of one we wait for, that somebody else paid: no order takes such money."""
        before = received()
        notices = [notice for notice in ledger(self.shop)["notifications"] if notice["outRefundNo"] is None]
        awaited = [notice for notice in notices if notice["outTradeNo"] not in before]
        if notice := picked(awaited or notices, pick):
            wrong = {"payer_openid": "o" * 28, "id": f"{notice['id']}-wrong"}
            self.shop.control("notifications/deliver", {"id": notice["id"], "overrides": wrong})
            assert received() == before

    def ask_refund(self, purchase: Purchase, units: int) -> str | None:
        """Asks for so many units of each line, at most for all; returns the request's id, or None."""
        items = [(item, min(units, item["quantity"])) for item in purchase.items]
        answer = self.shopper(f"/api/orders/{purchase.id}/refunds", wanted(*items))
        return str(answer.get_json()["data"]["id"]) if answer.status_code == 201 else None

    def move_on(self, pick: int, action: str) -> None:
        """Has the shopper do that with one of the refunds that allow it."""
        if refund := picked([found for found in _refunds() if action in found.allowed_actions], pick):
            self.shopper(f"/api/refunds/{refund.id}/{action}", PARCEL if action == "return" else None)

    def decide_some(self, pick: int, action: str | None, approval: Document) -> None:
        """Has staff do that with one of all refunds; None is what they may do with one of those that wait for them."""
        waiting = [found for found in _refunds() if found.staff_actions]
        if refund := picked(waiting if action is None else _refunds(), pick):
            action = action or refund.staff_actions[pick % len(refund.staff_actions)].replace("_", "-")
            bodies = {
                "approve": approval,
                "receive": {"restock": pick % 2 == 0},
                "reject": {"reason": "不符合"},
                "settle-outside": {"note": "银行转账"},
            }
            self.decide(str(refund.id), action, bodies.get(action, {}))

    def decide(self, refund_id: str, action: str, body: Document) -> TestResponse:
        return self.staff(f"/api/merchant/refunds/{refund_id}/{action}", body)

    def end_refund(self, pick: int, outcome: str) -> bool:
        """Has WeChat end one of the refunds that it may still end so, unless staff have paid it by other means.

        Returns whether there is one.
        """
        ends_from = ("PROCESSING", "ABNORMAL") if outcome == "SUCCESS" else ("PROCESSING",)
        number = self._refund_of(pick, ends_from)
        if number is not None:
            self.shop.control(f"refunds/{number}/settle", {"outcome": outcome})
        return number is not None

    def send_another_way(self, pick: int) -> str | None:
        """Has staff choose at WeChat itself how an abnormal refund is to reach its payer; returns its number."""
        number = self._refund_of(pick, ("ABNORMAL",))
        with self.shop.sandbox.state.lock:
            for refund in self.shop.sandbox.state.refunds.all():
                if refund.out_refund_no == number:
                    refund.status = "PROCESSING"
        return number

    def settle_outside(self, number: str) -> None:
        refund = Refund.find_by_out_refund_no(number)
        assert refund is not None
        self.decide(str(refund.id), "settle-outside", {"note": "银行转账"})

    def send_back_held(self, pick: int) -> None:
        if payment := picked(list(Payment.objects(held=True).order_by("id")), pick):
            self.staff(f"/api/merchant/payments/{payment.id}/send-back")

    def ship(self, purchase: Purchase) -> None:
        self.staff(f"/api/orders/{purchase.id}/ship", PARCEL)

    def pass_time(self, seconds: float) -> None:
        """Moves our time and WeChat's. Who is logged out by it logs in when that shows."""
        self._clock.advance(seconds=seconds)
        self.shop.control("clock/advance", {"seconds": seconds, "headers": True})

    def sweep(self, name: str) -> None:
        work = self._services.jobs.scheduling.works[name]
        work.run(work.limit)

    def refunds_at_wechat(self) -> dict[str, str]:
        return refunds_at_wechat(self.shop)

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

    def _unpaid_at_wechat(self) -> list[Order]:
        return [order for order in self.shop.sandbox.state.orders.all() if order.transaction_id is None]

    def _refund_of(self, pick: int, statuses: Sequence[str]) -> str | None:
        found = [number for number, status in self.refunds_at_wechat().items() if status in statuses]
        return picked([number for number in found if not self._is_settled_outside(number)], pick)

    def _is_settled_outside(self, number: str) -> bool:
        refund = Refund.find_by_out_refund_no(number)
        return refund is not None and is_settled_outside(refund)


def received() -> dict[str, int]:
    """Returns the money that our books say came, by out_trade_no."""
    payments = Payment.objects(status__in=["succeeded", "surplus"])
    return {payment.out_trade_no: payment.received_fen for payment in payments}


def _refunds() -> list[Refund]:
    return list(Refund.objects.order_by("id"))


def is_settled_outside(refund: Refund) -> bool:
    change = refund.history[-1]
    return bool(change.target.value == "succeeded" and change.actor.startswith("staff:"))


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
