"""Telling shoppers by subscribe message: each message at most once."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from enum import StrEnum
from typing import Any

import structlog
from bson import ObjectId

from src.models.events import Event
from src.models.jobs import Job, NewJob
from src.models.message_grants import MessageGrant
from src.models.message_sends import MessageSend
from src.models.orders import Order
from src.models.refunds import Refund
from src.models.transaction import AlreadyStored, Session, Transactions
from src.models.users import User
from src.services.jobs.contracts import GiveUp, Handler, JobRun, RetryLater
from src.services.messages.values import MessageKind, Occasion, values_of
from src.services.stores.stores import Stores
from src.services.wechat.errors import MiniProgramError, NothingSent, OutcomeUnknown
from src.services.wechat.subscribe import NOT_SUBSCRIBED, PASSING, Message, SubscribeClient
from src.utils.clock import Clock
from src.utils.metrics import SUBSCRIBE_MESSAGES, WECHAT_FAILURES

log = structlog.get_logger(__name__)

KIND = "subscribe.send"
# Longer than a job is kept: a job that is run again finds what became of its message.
_CLAIM_KEPT = timedelta(days=400)
_EVENTS = {
    "order.paid": MessageKind.ORDER_PAID,
    "order.shipped": MessageKind.ORDER_SHIPPED,
    "refund.succeeded": MessageKind.REFUND_SUCCEEDED,
}


class Claim(StrEnum):
    """Whether this try may send. earlier_try: another one may have sent the message already."""

    MADE = "made"
    NO_GRANT = "no_grant"
    EARLIER_TRY = "earlier_try"


class SubscribeMessages:
    """Sends the messages for which a store has templates and its shopper has granted one."""

    def __init__(self, *, stores: Stores, client: SubscribeClient, transactions: Transactions, clock: Clock) -> None:
        self._stores = stores
        self._client = client
        self._transactions = transactions
        self._clock = clock
        self.handler = Handler(KIND, self.run)

    def jobs_of(self, event: Event) -> Iterable[NewJob]:
        """Yields the message that an event causes, if its store has a template for it."""
        kind = _EVENTS.get(event.type)
        if kind is None or kind.value not in self._stores.get(event.store_id).message_templates:
            return
        subject = "refundId" if event.aggregate == "refund" else "orderId"
        payload = {"message": kind.value, subject: str(event.aggregate_id)}
        yield NewJob(KIND, f"{KIND}:{event.id}", event.store_id, payload)

    def run(self, run: JobRun) -> dict[str, Any]:
        """Sends the message of a job, unless nobody wants it or an earlier try may have sent it.

        Raises:
            RetryLater: nothing was sent, WeChat is busy. GiveUp: WeChat refuses, and would again.
        """
        occasion = self._occasion(run.job)
        template = occasion.store.message_templates.get(occasion.kind.value)
        if template is None:
            return {"skipped": "no_template"}
        claim = self._claim(run.job, occasion.order.user_id, template["template_id"])
        if claim is not Claim.MADE:
            return {"skipped": claim.value}
        result = self._send(run.job, occasion, template)
        SUBSCRIBE_MESSAGES.labels(result=next(iter(result))).inc()
        return result

    def _occasion(self, job: Job) -> Occasion:
        store, payload = self._stores.get(job.store_id), job.payload
        refund = Refund.find_in_store(job.store_id, ObjectId(payload["refundId"])) if "refundId" in payload else None
        order_id = refund.order_id if refund else ObjectId(payload["orderId"])
        order = Order.find_in_store(job.store_id, order_id)
        assert order is not None, "orders are never deleted"
        return Occasion(MessageKind(payload["message"]), store, order, refund)

    def _claim(self, job: Job, user_id: ObjectId, template_id: str) -> Claim:
        """Takes the grant before anything is sent: whatever happens then, the message is not sent twice."""
        now = self._clock.now()

        def work(session: Session) -> Claim:
            if MessageSend.is_claimed(job.key, session=session):
                return Claim.EARLIER_TRY
            if not MessageGrant.take(job.store_id, user_id, template_id, now=now, session=session):
                return Claim.NO_GRANT
            MessageSend(
                id=job.key,
                store_id=job.store_id,
                user_id=user_id,
                template_id=template_id,
                claimed_at=now,
                expires_at=now + _CLAIM_KEPT,
            ).insert(session=session)
            return Claim.MADE

        try:
            return self._transactions.run(work)
        except AlreadyStored:  # another worker has just claimed it
            return Claim.EARLIER_TRY

    def _send(self, job: Job, occasion: Occasion, template: dict[str, Any]) -> dict[str, Any]:
        try:
            self._client.send(self._stores.mini_program(occasion.store), _message(occasion, template))
        except NothingSent as error:
            self._take_back(job, occasion.order.user_id, template["template_id"])
            raise RetryLater(str(error)) from error
        except OutcomeUnknown as error:
            WECHAT_FAILURES.labels(call="subscribe_send").inc()
            log.warning("message_in_doubt", job=str(job.id), reason=str(error))
            return {"in_doubt": str(error)}
        except MiniProgramError as error:
            return self._refused(job, occasion, template, error)
        return {"sent": True}

    def _refused(
        self, job: Job, occasion: Occasion, template: dict[str, Any], error: MiniProgramError
    ) -> dict[str, Any]:
        user_id, template_id = occasion.order.user_id, template["template_id"]
        if error.errcode == NOT_SUBSCRIBED:
            MessageGrant.clear(job.store_id, user_id, template_id, now=self._clock.now())
            return {"skipped": "not_subscribed"}
        WECHAT_FAILURES.labels(call="subscribe_send").inc()
        self._take_back(job, user_id, template_id)
        if error.errcode in PASSING:
            raise RetryLater(f"wechat_{error.errcode}") from error
        log.error("message_refused", job=str(job.id), errcode=error.errcode, errmsg=error.errmsg)
        raise GiveUp(f"wechat_{error.errcode}: {error.errmsg}") from error

    def _take_back(self, job: Job, user_id: ObjectId, template_id: str) -> None:
        """Nothing was sent: the grant is there again, and a later try may send."""
        now = self._clock.now()

        def work(session: Session) -> None:
            if MessageSend.release(job.store_id, job.key, session=session):
                MessageGrant.give_back(job.store_id, user_id, template_id, now=now, session=session)

        self._transactions.run(work)


def _message(occasion: Occasion, template: dict[str, Any]) -> Message:
    order = occasion.order
    user = User.find_by_id(order.store_id, order.user_id)
    assert user is not None, "users are never deleted"
    page = str(template.get("page") or "").replace("{orderId}", str(order.id))
    return Message(user.openid, template["template_id"], page or None, values_of(occasion, template["fields"]))
