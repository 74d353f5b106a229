"""Delivering: one attempt at a time, as a job."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from typing import Any, NoReturn

import structlog
from bson import ObjectId

from src.models.jobs import Job
from src.models.webhook_deliveries import DeliveryAttempt, DeliveryState, WebhookDelivery
from src.models.webhooks import WebhookEndpoint
from src.services.jobs.contracts import GiveUp, Handler, JobRun, RetryLater
from src.services.webhooks.addresses import AddressRules, RefusedAddress
from src.services.webhooks.catalogue import PING
from src.services.webhooks.endpoints import WebhookEndpoints
from src.services.webhooks.retrying import MAX_TRIES, pause_after, reason_to_switch_off
from src.services.webhooks.sending import NoReply, Reply, Sender
from src.services.webhooks.signing import signature
from src.services.webhooks.subscribing import DELIVER
from src.services.webhooks.turns import turn
from src.utils.clock import Clock
from src.utils.metrics import WEBHOOK_ATTEMPTS
from src.utils.version import VERSION

GONE = 410
USER_AGENT = f"minimall-webhooks/{VERSION}"
# Attempts that a dying worker takes along count for the job, not for the delivery.
_SPARE_ATTEMPTS = 8
log = structlog.get_logger(__name__)


class WebhookDelivering:
    """Sends deliveries at least once, keeps their log, and switches off endpoints that are gone or never answer."""

    def __init__(self, *, endpoints: WebhookEndpoints, rules: AddressRules, sender: Sender, clock: Clock) -> None:
        self._endpoints = endpoints
        self._rules = rules
        self._sender = sender
        self._clock = clock

    @property
    def handler(self) -> Handler:
        return Handler(DELIVER, self.deliver, max_attempts=MAX_TRIES + _SPARE_ATTEMPTS, pages=False)

    def deliver(self, run: JobRun) -> dict[str, Any]:
        """Makes the next attempt at the job's delivery.

        Raises:
            RetryLater: it did not arrive and is tried again. GiveUp: that was the last attempt, or it is gone.
            Postponed: another delivery to its endpoint is under way.
        """
        delivery = self._delivery_of(run.job)
        if delivery.state is DeliveryState.DELIVERED:
            return {"outcome": delivery.state.value}
        endpoint = WebhookEndpoint.find_in_store(delivery.store_id, delivery.endpoint_id)
        if endpoint is None or not (endpoint.is_active or delivery.event_type == PING):
            delivery.drop(now=self._clock.now())
            return {"outcome": DeliveryState.DROPPED.value}
        with turn(endpoint, waiting_since=run.job.created_at, clock=self._clock):
            return self._try(endpoint, delivery)

    def _try(self, endpoint: WebhookEndpoint, delivery: WebhookDelivery) -> dict[str, Any]:
        attempt = self._attempt(endpoint, delivery)
        if attempt.status is not None and 200 <= attempt.status < 300:
            return self._arrived(endpoint, delivery, attempt)
        return self._missed(endpoint, delivery, attempt)

    def _delivery_of(self, job: Job) -> WebhookDelivery:
        """Returns the job's delivery; its first attempt stores it."""
        payload = job.payload
        delivery_id = ObjectId(payload["deliveryId"])
        assert job.store_id is not None, "deliveries belong to a store"
        if "body" in payload:
            return WebhookDelivery(
                id=delivery_id,
                store_id=job.store_id,
                endpoint_id=ObjectId(payload["endpointId"]),
                event_id=payload["eventId"],
                event_type=payload["eventType"],
                body=payload["body"],
                job_key=job.key,
                created_at=job.created_at,
            ).ensure()
        found = WebhookDelivery.find_in_store(job.store_id, delivery_id)
        if found is None:
            raise GiveUp("the delivery is no longer kept")
        return found

    def _attempt(self, endpoint: WebhookEndpoint, delivery: WebhookDelivery) -> DeliveryAttempt:
        now, began = self._clock.now(), time.monotonic()
        attempt = DeliveryAttempt(at=now, duration_ms=0)
        try:
            reply = self._send(endpoint, delivery, now)
            attempt.status, attempt.answer = reply.status, reply.excerpt
        except (RefusedAddress, NoReply) as error:
            attempt.failure = str(error)
        attempt.duration_ms = int((time.monotonic() - began) * 1000)
        return attempt

    def _send(self, endpoint: WebhookEndpoint, delivery: WebhookDelivery, now: datetime) -> Reply:
        target = self._rules.read(endpoint.url)
        body = delivery.body.encode()
        headers = {
            "Content-Type": "application/json",
            "User-Agent": USER_AGENT,
            "Minimall-Event": delivery.event_type,
            "Minimall-Delivery": str(delivery.id),
            "Minimall-Signature": signature(body, self._endpoints.signing_secrets(endpoint, now=now), at=now),
        }
        return self._sender.post(target, self._rules.addresses(target), body, headers)

    def _arrived(
        self, endpoint: WebhookEndpoint, delivery: WebhookDelivery, attempt: DeliveryAttempt
    ) -> dict[str, Any]:
        delivery.record(attempt, state=DeliveryState.DELIVERED, finished_at=self._clock.now())
        endpoint.note_success()
        WEBHOOK_ATTEMPTS.labels(result="delivered").inc()
        return {"outcome": DeliveryState.DELIVERED.value, "status": attempt.status}

    def _missed(self, endpoint: WebhookEndpoint, delivery: WebhookDelivery, attempt: DeliveryAttempt) -> NoReturn:
        """Raises RetryLater or GiveUp."""
        now, pause = self._clock.now(), _pause(delivery, attempt)
        if pause is None:
            delivery.record(attempt, state=DeliveryState.FAILED, finished_at=now)
        else:
            delivery.record(attempt, state=DeliveryState.WAITING, next_attempt_at=now + pause)
        if attempt.status == GONE:
            self._switch_off(endpoint, "the endpoint answered 410 Gone", now=now)
        elif delivery.event_type != PING:
            self._count_failure(endpoint, now=now, given_up=pause is None)
        WEBHOOK_ATTEMPTS.labels(result="given_up" if pause is None else "retried").inc()
        reason = attempt.failure or f"answered {attempt.status}"
        raise GiveUp(reason) if pause is None else RetryLater(reason, after=pause)

    def _count_failure(self, endpoint: WebhookEndpoint, *, now: datetime, given_up: bool) -> None:
        counted = endpoint.note_failure(now=now, given_up=given_up)
        reason = counted and reason_to_switch_off(counted, now=now)
        if reason:
            self._switch_off(endpoint, reason, now=now)

    @staticmethod
    def _switch_off(endpoint: WebhookEndpoint, reason: str, *, now: datetime) -> None:
        if endpoint.switch_off(reason, now=now):
            log.warning("webhook_switched_off", endpoint=str(endpoint.id), reason=reason)


def _pause(delivery: WebhookDelivery, attempt: DeliveryAttempt) -> timedelta | None:
    """Returns how long to wait before the next attempt; None if there is none."""
    is_final = attempt.status == GONE or delivery.event_type == PING
    return None if is_final else pause_after(delivery.tries + 1)
