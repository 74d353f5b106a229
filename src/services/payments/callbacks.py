"""WeChat Pay's notifications: stored once, applied once."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import structlog

from src.models.connection import deadline
from src.models.notifications import Notification, NotificationOutcome
from src.services.payments.settlement import Settlement, Settlements
from src.services.refunds.execution import RefundExecution, RefundOutcome
from src.services.stores.stores import Stores
from src.services.wechat.errors import BadNotification
from src.services.wechat.pay import Transaction
from src.services.wechat.pay_notifications import NotificationKind, PayNotification, kind_of, read_notification
from src.services.wechat.refunds import WeChatRefund
from src.utils.clock import Clock

log = structlog.get_logger(__name__)

PAY_NOTIFY_PATH = "/api/wechat/pay/notify"
REFUND_NOTIFY_PATH = "/api/wechat/refund/notify"
# WeChat waits five seconds. What is not applied by then is stored, and applied by us or with WeChat's next delivery.
_DEADLINE_S = 4.0
# A stored one is tried again after 1, 2, 4 … minutes, at most so long after the last time.
_LONGEST_PAUSE = timedelta(hours=6)
_DOUBLINGS = 9  # reach the longest pause
_SETTLED = {
    Settlement.APPLIED: NotificationOutcome.APPLIED,
    Settlement.REVIVED: NotificationOutcome.APPLIED,
    Settlement.ALREADY_APPLIED: NotificationOutcome.ALREADY_APPLIED,
    Settlement.SURPLUS: NotificationOutcome.SURPLUS,
    Settlement.MISMATCH: NotificationOutcome.MISMATCH,
    Settlement.UNKNOWN_PAYMENT: NotificationOutcome.STORED,
}
_REFUNDED = {
    RefundOutcome.APPLIED: NotificationOutcome.APPLIED,
    RefundOutcome.ALREADY_APPLIED: NotificationOutcome.ALREADY_APPLIED,
    RefundOutcome.MISMATCH: NotificationOutcome.MISMATCH,
    RefundOutcome.UNKNOWN_REFUND: NotificationOutcome.STORED,
}


class PayCallbacks:
    """Receives what WeChat Pay posts to our notify_urls."""

    def __init__(
        self, *, stores: Stores, settlements: Settlements, refund_execution: RefundExecution, clock: Clock
    ) -> None:
        self._stores = stores
        self._settlements = settlements
        self._refund_execution = refund_execution
        self._clock = clock

    def receive(self, kind: NotificationKind, *, headers: Mapping[str, str], body: bytes) -> NotificationOutcome:
        """Verifies, stores and applies a notification that came to the address of `kind`; returns what it led to.

        Once this returns, the fact is majority-written. A repeated delivery finds the stored one; one that could
        not be applied (`stored`: what it is about is not known) is tried again with each delivery, and by us.

        Raises:
            BadNotification: it is not WeChat's, too old, unreadable, or belongs to the other address; nothing is
                stored.
        """
        with deadline(_DEADLINE_S):
            mchid, notification = self._read(headers, body)
            if kind_of(notification.event_type) not in (kind, None):
                raise BadNotification("it belongs to another address")
            return self._receive(mchid, notification)

    def apply_stored(self, limit: int) -> int:
        """Tries at most `limit` stored notifications again; returns how many."""
        stored = Notification.list_due(self._clock.now(), limit=limit)
        for notification in stored:
            self._retry(notification)
        return len(stored)

    def _receive(self, mchid: str, notification: PayNotification) -> NotificationOutcome:
        stored = Notification.receive(
            mchid,
            notification.id,
            event_type=notification.event_type,
            resource=json.dumps(notification.resource, ensure_ascii=False),
            now=self._clock.now(),
        )
        outcome: NotificationOutcome = stored.outcome
        return self._apply(stored) if outcome is NotificationOutcome.STORED else outcome

    def _read(self, headers: Mapping[str, str], body: bytes) -> tuple[str, PayNotification]:
        merchants = self._stores.merchants_by_serial(headers.get("Wechatpay-Serial", ""))
        reasons = []
        for merchant in merchants:
            try:
                return merchant.mchid, read_notification(merchant, headers=headers, body=body, now=self._clock.now())
            except BadNotification as error:
                reasons.append(str(error))
        raise BadNotification(reasons[0] if reasons else "the serial is unknown")

    def _retry(self, stored: Notification) -> None:
        now = self._clock.now()
        pause = min(timedelta(minutes=2 ** min(stored.tries, _DOUBLINGS)), _LONGEST_PAUSE)
        if not stored.claim(now=now, next_due_at=now + pause):
            return
        try:
            self._apply(stored)
        except Exception:  # one broken notification must not stop the others
            log.exception("notification_broken", notification=stored.id)

    def _apply(self, stored: Notification) -> NotificationOutcome:
        resource = json.loads(stored.resource)
        match kind_of(stored.event_type):
            case NotificationKind.PAYMENT:
                outcome = self._apply_payment(stored, resource)
            case NotificationKind.REFUND:
                outcome = self._apply_refund(stored, resource)
            case None:
                log.warning("notification_ignored", event_type=stored.event_type, notification=stored.id)
                outcome = NotificationOutcome.IGNORED
        Notification.finish(stored.id, outcome)
        return outcome

    def _apply_payment(self, stored: Notification, resource: dict[str, Any]) -> NotificationOutcome:
        try:
            paid = Transaction.parse(resource)
        except ValueError as error:
            return _unreadable(stored, str(error))
        if paid.mchid != stored.mchid or not paid.state.is_paid:
            return _unreadable(stored, "it contradicts itself")
        return _SETTLED[self._settlements.settle(paid)]

    def _apply_refund(self, stored: Notification, resource: dict[str, Any]) -> NotificationOutcome:
        try:
            refund = WeChatRefund.parse(resource)
        except ValueError as error:
            return _unreadable(stored, str(error))
        if resource.get("mchid") != stored.mchid or stored.event_type != f"REFUND.{refund.state.value}":
            return _unreadable(stored, "it contradicts itself")
        return _REFUNDED[self._refund_execution.settle(refund, mchid=stored.mchid)]


def _unreadable(stored: Notification, reason: str) -> NotificationOutcome:
    log.error("notification_unreadable", notification=stored.id, reason=reason)
    return NotificationOutcome.MISMATCH


__all__ = ["PAY_NOTIFY_PATH", "REFUND_NOTIFY_PATH", "NotificationKind", "NotificationOutcome", "PayCallbacks"]
