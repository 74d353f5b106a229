"""What the messages that WeChat pushes mean to a shop."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import structlog

from src.models.media_checks import MediaCheck
from src.models.order_shipping import record_settled, settled
from src.models.orders import Order
from src.models.payments import Payment, PaymentStatus
from src.models.stores import Store
from src.services.messages.pushed_messages import Apply
from src.services.orders.orders import Orders
from src.utils.clock import Clock
from src.utils.errors import OrderStateConflict
from src.utils.order_states import OrderStatus

log = structlog.get_logger(__name__)

_ACTOR = "wechat"
# The shop does not tell WeChat of its shipments; its payments are restricted. Only an operator can do something.
WARNINGS = ("trade_manage_remind_access_api", "wxa_trade_controlled")


class ShopMessages:
    """Applies the messages about orders and pictures. Each may be applied twice: the second time changes nothing."""

    def __init__(self, *, orders: Orders, clock: Clock) -> None:
        self._orders = orders
        self._clock = clock

    @property
    def handlers(self) -> Mapping[str, Apply]:
        """What to do, by event.

        Source: Mini Program guide, order shipping management and content security, "message push".
        """
        return {
            "trade_manage_remind_shipping": self._remind,
            "trade_manage_order_settlement": self._settle,
            "wxa_media_check": self._record_media_check,
            **dict.fromkeys(WARNINGS, self._warn),
        }

    def _remind(self, store: Store, message: dict[str, Any]) -> bool:
        """WeChat waits for an order's shipping for too long: an operator should look why it was not uploaded."""
        log.warning("shipping_is_overdue", store=store.code, out_trade_no=str(message.get("merchant_trade_no", "")))
        return True

    def _warn(self, store: Store, message: dict[str, Any]) -> bool:
        """Nothing happens here; the message stays in the inbox, and the metrics count it for a day."""
        log.error("wechat_warns", store=store.code, event_name=str(message["Event"]))
        return True

    def _settle(self, store: Store, message: dict[str, Any]) -> bool:
        """The receipt is confirmed at WeChat: the order is completed."""
        confirmed_at = _moment(message.get("confirm_receive_time"))
        payment = _payment(store, message)
        if payment is None or confirmed_at is None:  # without it, WeChat only says when it expects to pay out
            return False
        settled_at = _moment(message.get("settlement_time")) or confirmed_at
        order = Order.find_in_store(store.id, payment.order_id)
        assert order is not None, "orders are never deleted"
        return self._complete(order, settled_at)

    def _complete(self, order: Order, settled_at: datetime) -> bool:
        if order.status is OrderStatus.COMPLETED:
            record_settled(order, settled_at)
            return True
        try:
            self._orders.move(order, OrderStatus.COMPLETED, actor=_ACTOR, values=settled(order, settled_at))
        except OrderStateConflict:
            current = Order.find_in_store(order.store_id, order.id)
            if current is not None and current.status is OrderStatus.COMPLETED:
                return self._complete(current, settled_at)
            log.error("receipt_of_an_order_that_is_not_shipped", order=str(order.id), status=order.status.value)
            return False
        return True

    def _record_media_check(self, store: Store, message: dict[str, Any]) -> bool:
        result = message.get("result")
        trace_id = message.get("trace_id")
        if not isinstance(trace_id, str) or not isinstance(result, dict):
            return False
        MediaCheck.record_result(
            trace_id,
            store_id=store.id,
            suggest=str(result.get("suggest", "")),
            # Both were seen as text and left out.
            label=int(result.get("label") or 0),
            errcode=int(message.get("errcode") or 0),
            now=self._clock.now(),
        )
        return True


def _payment(store: Store, message: dict[str, Any]) -> Payment | None:
    """Returns the payment that paid the order of a trade message."""
    transaction_id, out_trade_no = (str(message.get(name, "")) for name in ("transaction_id", "merchant_trade_no"))
    payment = Payment.find_by_transaction_id(transaction_id) or Payment.find_by_out_trade_no(out_trade_no)
    if payment is None or payment.store_id != store.id or payment.status is not PaymentStatus.SUCCEEDED:
        log.warning("trade_message_of_an_unknown_payment", store=store.code)
        return None
    return payment


def _moment(seconds: Any) -> datetime | None:
    return datetime.fromtimestamp(int(seconds), UTC) if seconds else None
