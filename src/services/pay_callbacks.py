"""WeChat Pay's notifications: stored once, applied once."""

from __future__ import annotations

import json
from collections.abc import Mapping

import structlog

from src.models.connection import deadline
from src.models.notifications import Notification, NotificationOutcome
from src.services.settlement import Settlement, Settlements
from src.services.stores import Stores
from src.services.wechat.errors import BadNotification
from src.services.wechat.pay import Transaction
from src.services.wechat.pay_notifications import TRANSACTION_SUCCESS, PayNotification, read_notification
from src.utils.clock import Clock

log = structlog.get_logger(__name__)

# WeChat waits five seconds. What is not applied by then is stored, and applied with WeChat's next delivery.
_DEADLINE_S = 4.0
_OUTCOMES = {
    Settlement.APPLIED: NotificationOutcome.APPLIED,
    Settlement.ALREADY_APPLIED: NotificationOutcome.ALREADY_APPLIED,
    Settlement.SURPLUS: NotificationOutcome.SURPLUS,
    Settlement.MISMATCH: NotificationOutcome.MISMATCH,
    Settlement.UNKNOWN_PAYMENT: NotificationOutcome.STORED,
}


class PayCallbacks:
    """Receives what WeChat Pay posts to our notify_url."""

    def __init__(self, *, stores: Stores, settlements: Settlements, clock: Clock) -> None:
        self._stores = stores
        self._settlements = settlements
        self._clock = clock

    def receive(self, *, headers: Mapping[str, str], body: bytes) -> NotificationOutcome:
        """Verifies, stores and applies a notification; returns what it led to.

        Once this returns, the fact is majority-written. A repeated delivery finds the stored one; one that could
        not be applied (`stored`: its payment is unknown) is tried again with each delivery.

        Raises:
            BadNotification: it is not WeChat's, too old, or unreadable; nothing is stored.
        """
        with deadline(_DEADLINE_S):
            return self._receive(*self._read(headers, body))

    def _receive(self, mchid: str, notification: PayNotification) -> NotificationOutcome:
        stored = Notification.receive(
            mchid,
            notification.id,
            event_type=notification.event_type,
            resource=json.dumps(notification.resource, ensure_ascii=False),
            now=self._clock.now(),
        )
        outcome: NotificationOutcome = stored.outcome
        if outcome is not NotificationOutcome.STORED:
            return outcome
        outcome = self._apply(mchid, notification)
        Notification.finish(stored.id, outcome)
        return outcome

    def _read(self, headers: Mapping[str, str], body: bytes) -> tuple[str, PayNotification]:
        merchants = self._stores.merchants_by_serial(headers.get("Wechatpay-Serial", ""))
        reasons = []
        for merchant in merchants:
            try:
                return merchant.mchid, read_notification(merchant, headers=headers, body=body, now=self._clock.now())
            except BadNotification as error:
                reasons.append(str(error))
        raise BadNotification(reasons[0] if reasons else "the serial is unknown")

    def _apply(self, mchid: str, notification: PayNotification) -> NotificationOutcome:
        if notification.event_type != TRANSACTION_SUCCESS:
            log.warning("notification_ignored", event_type=notification.event_type, notification=notification.id)
            return NotificationOutcome.IGNORED
        try:
            paid = Transaction.parse(notification.resource)
        except ValueError as error:
            log.error("notification_unreadable", notification=notification.id, reason=str(error))
            return NotificationOutcome.MISMATCH
        if paid.mchid != mchid or not paid.state.is_paid:
            log.error("notification_contradicts_itself", notification=notification.id)
            return NotificationOutcome.MISMATCH
        return _OUTCOMES[self._settlements.settle(paid)]


__all__ = ["NotificationOutcome", "PayCallbacks"]
