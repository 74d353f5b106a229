"""Telling WeChat what was sent: a job of each version of an order's parcels."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import structlog
from bson import ObjectId

from src.models.events import Event
from src.models.jobs import NewJob
from src.models.order_shipping import begin_upload, record_put_off, record_refused, record_uploaded
from src.models.orders import Order
from src.models.parcels import Shipment, UploadStatus
from src.models.payments import Payment
from src.services.jobs.contracts import GiveUp, Handler, JobRun, RetryLater
from src.services.stores.stores import Stores
from src.services.wechat.errors import MiniProgramError, NothingSent, OutcomeUnknown, WeChatError
from src.services.wechat.mini_program import MiniProgram
from src.services.wechat.shipping import (
    ALREADY_FINISHED,
    BUSY,
    MAX_DESCRIPTION,
    NOT_VISIBLE_YET,
    RESEND_USED_UP,
    Sending,
    SentParcel,
    ShippingClient,
)
from src.utils.clock import Clock
from src.utils.metrics import WECHAT_FAILURES

log = structlog.get_logger(__name__)

KIND = "shipping.upload"
# With the pauses below, a day and some hours: until then WeChat may be down, and no parcel is forgotten.
MAX_ATTEMPTS = 36
_CALL = "upload_shipping_info"
_REPLACED = {"skipped": "known_or_replaced"}
_TAKES_NO_MORE = frozenset({ALREADY_FINISHED, RESEND_USED_UP})
_FIRST_PAUSE, _LONGEST_PAUSE = timedelta(seconds=5), timedelta(hours=1)
# WeChat's refusals by what staff can do about them; others are shown by number.
_NOT_VISIBLE, _BUSY = "payment_not_visible_yet", "busy"
_PASSING = frozenset({_NOT_VISIBLE, _BUSY})
_REASONS = {
    NOT_VISIBLE_YET: _NOT_VISIBLE,
    ALREADY_FINISHED: "already_finished",
    RESEND_USED_UP: "resend_used_up",
    10060004: "not_shippable",
    10060025: "company_too_long",
    10060026: "tracking_no_too_long",
    10060031: "payer_differs",
    48001: "not_authorised",
    268485226: "tracking_no_missing",
    268485227: "company_missing",
}


def upload_job(order: Order) -> Iterable[NewJob]:
    """Yields the job that tells WeChat of the order's parcels as they are now, if it is to be told."""
    shipping = order.wechat_shipping
    if shipping is not None and shipping.status is UploadStatus.PENDING:
        payload = {"orderId": str(order.id), "revision": shipping.revision}
        yield NewJob(KIND, f"{KIND}:{order.id}:{shipping.revision}", order.store_id, payload)


class ShippingUploads:
    """Keeps WeChat's shipping management up to date, so that the shop gets its money."""

    def __init__(self, *, stores: Stores, client: ShippingClient, clock: Clock) -> None:
        self._stores = stores
        self._client = client
        self._clock = clock
        self.handler = Handler(KIND, self.run, MAX_ATTEMPTS)

    def jobs_of(self, event: Event) -> Iterable[NewJob]:
        """Yields the upload that an order's shipping causes."""
        if event.type != "order.shipped":
            return
        order = Order.find_in_store(event.store_id, event.aggregate_id)
        if order is not None:
            yield from upload_job(order)

    def run(self, run: JobRun) -> dict[str, Any]:
        """Tells WeChat, unless it knows or there is a later version. Repeating it tells WeChat nothing new.

        Raises:
            RetryLater: WeChat is busy, silent, or does not see the payment yet. GiveUp: it refuses.
        """
        order_id, revision = ObjectId(run.job.payload["orderId"]), int(run.job.payload["revision"])
        before = Order.find_in_store(run.job.store_id, order_id)
        assert before is not None, "orders are never deleted"
        order = begin_upload(order_id, revision, at=self._upload_time(before))
        if order is None:
            return _REPLACED
        try:
            self._upload(order)
        except WeChatError as error:
            # What an earlier try has left in doubt, the refusal of this one does not settle.
            unknown = isinstance(error, OutcomeUnknown) and not isinstance(error, NothingSent)
            in_doubt = unknown or before.wechat_shipping.in_doubt
            failure = _failed(order, error, in_doubt=in_doubt, attempts=run.job.attempts)
            if failure is None:
                return _REPLACED
            raise failure from error
        record_uploaded(order_id, revision, at=self._clock.now(), partial=order.wechat_shipping.partial)
        return {"uploaded": revision}

    def _upload(self, order: Order) -> None:
        app = self._stores.mini_program(self._stores.get(order.store_id))
        sending = _sending(order)
        try:
            self._client.upload(app, sending, at=order.wechat_shipping.tried_at)
        except MiniProgramError as error:
            # An upload whose answer was lost may have been the last one that WeChat takes.
            if error.errcode not in _TAKES_NO_MORE or not self._is_known(app, sending):
                raise

    def _is_known(self, app: MiniProgram, sending: Sending) -> bool:
        return self._client.known_parcels(app, sending.transaction_id) == frozenset(sending.parcels)

    def _upload_time(self, order: Order) -> datetime:
        """Returns now, or a moment after the previous try: WeChat wants each upload later than the one before."""
        previous = order.wechat_shipping.tried_at if order.wechat_shipping else None
        now = self._clock.now()
        return max(now, previous + timedelta(milliseconds=1)) if previous else now


def describe(order: Order) -> str:
    """Returns the order's lines in as many characters as WeChat takes."""
    return _cut("；".join(f"{line.name}*{line.quantity}" for line in order.items))


def _content(parcel: Shipment, order: Order) -> str:
    """Returns the parcel's lines, nothing if staff did not say what is in it."""
    names = {line.sku_id: line.name for line in order.items}
    return _cut("；".join(f"{names[line.sku_id]}*{line.quantity}" for line in parcel.items))


def _cut(text: str) -> str:
    return text if len(text) <= MAX_DESCRIPTION else f"{text[: MAX_DESCRIPTION - 1]}…"


def _sending(order: Order) -> Sending:
    payment = Payment.find_succeeded(order.store_id, order.id)
    assert payment is not None, "an order that was not free is shipped after it was paid"
    return Sending(
        transaction_id=payment.transaction_id,
        openid=payment.openid,
        description=describe(order),
        receiver_phone=order.address.phone,
        parcels=tuple(SentParcel(parcel.company, parcel.tracking_no) for parcel in order.shipped_parcels),
        contents=tuple(_content(parcel, order) for parcel in order.shipped_parcels),
        more_follow=order.wechat_shipping.partial,
    )


def _failed(order: Order, error: WeChatError, *, in_doubt: bool, attempts: int) -> RetryLater | GiveUp | None:
    """Returns what to raise, after the reason was recorded in the order; None if its parcels were replaced."""
    WECHAT_FAILURES.labels(call=_CALL).inc()
    reason, revision = reason_of(error), order.wechat_shipping.revision
    log.warning("shipping_not_uploaded", order=str(order.id), reason=reason)
    if attempts < MAX_ATTEMPTS and (isinstance(error, OutcomeUnknown) or reason in _PASSING):
        put_off = record_put_off(order.id, revision, reason, in_doubt=in_doubt)
        return RetryLater(reason, after=_pause(attempts)) if put_off else None
    return GiveUp(reason) if record_refused(order.id, revision, reason, in_doubt=in_doubt) else None


def reason_of(error: WeChatError) -> str:
    """Returns the word that an order shows for a failed upload."""
    if not isinstance(error, MiniProgramError):
        return "no_answer"
    if error.errcode in BUSY:
        return _BUSY
    return _REASONS.get(error.errcode, f"wechat_{error.errcode}")


def _pause(attempts: int) -> timedelta:
    """Payments become visible within seconds, as a rule."""
    return min(_FIRST_PAUSE * (1 << max(0, attempts - 1)), _LONGEST_PAUSE)
