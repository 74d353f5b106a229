"""The log of deliveries, and asking for one."""

from __future__ import annotations

from datetime import timedelta

from bson import ObjectId

from src.models.jobs import Job
from src.models.stores import Store
from src.models.transaction import Session, Transactions
from src.models.webhook_deliveries import DeliveryState, WebhookDelivery
from src.models.webhooks import WebhookEndpoint
from src.services.accounts.callers import StaffMember
from src.services.audit_log import record_action
from src.services.webhooks.catalogue import PING
from src.services.webhooks.endpoints import WebhookEndpoints
from src.services.webhooks.envelopes import ping_body
from src.services.webhooks.subscribing import job_key, stored_job
from src.utils.actions import Action
from src.utils.clock import Clock
from src.utils.errors import NotFound, WebhookStateConflict
from src.utils.pages import Page, PageRequest

KEPT = timedelta(days=30)


class WebhookDeliveries:
    """Shows what was sent to a store's endpoints, and stores jobs that send something once more."""

    def __init__(self, *, endpoints: WebhookEndpoints, transactions: Transactions, clock: Clock) -> None:
        self._endpoints = endpoints
        self._transactions = transactions
        self._clock = clock

    def list_of_endpoint(
        self, staff: StaffMember, endpoint_id: ObjectId, state: DeliveryState | None, page: PageRequest
    ) -> Page[WebhookDelivery]:
        """Returns the endpoint's deliveries, the newest first. Raises NotFound."""
        endpoint = self._endpoints.get(staff, endpoint_id)
        return WebhookDelivery.page_of_endpoint(staff.store_id, endpoint.id, state, page)

    def get(self, staff: StaffMember, delivery_id: ObjectId) -> WebhookDelivery:
        """Raises NotFound, for another store's delivery too."""
        found = WebhookDelivery.find_in_store(staff.store_id, delivery_id)
        if found is None:
            raise NotFound()
        return found

    def ping(self, store: Store, staff: StaffMember, endpoint_id: ObjectId) -> WebhookDelivery:
        """Stores a test delivery, which is tried once, on an endpoint that is off too. Raises NotFound."""
        endpoint, now, event_id = self._endpoints.get(staff, endpoint_id), self._clock.now(), ObjectId()
        ping = WebhookDelivery(
            id=ObjectId(),
            store_id=staff.store_id,
            endpoint_id=endpoint.id,
            event_id=str(event_id),
            event_type=PING,
            job_key=job_key(event_id, endpoint.id),
            body=ping_body(event_id, endpoint.id, store_code=store.code, now=now),
            created_at=now,
        )

        def work(session: Session) -> None:
            ping.insert(session=session)
            Job.add(stored_job(ping), now=now, session=session)
            changes = {"deliveryId": (None, ping.id)}
            record_action(staff, Action.WEBHOOK_PING, "webhook", endpoint.id, changes, at=now, session=session)

        self._transactions.run(work)
        return ping

    def redeliver(self, staff: StaffMember, delivery_id: ObjectId) -> WebhookDelivery:
        """Has a delivery that has ended sent once more, with all its retries, as the same delivery.

        Raises:
            NotFound: no such delivery, or its endpoint was deleted. WebhookStateConflict: its endpoint is off, or it is
                under way.
        """
        delivery = self.get(staff, delivery_id)
        endpoint = self._endpoints.get(staff, delivery.endpoint_id)
        if not endpoint.is_active or delivery.is_under_way():
            raise _conflict(endpoint, delivery)
        now = self._clock.now()

        def work(session: Session) -> WebhookDelivery | None:
            begun = delivery.begin_again(job_key(delivery.id, delivery.redeliveries + 1), session=session)
            if begun is not None:
                Job.add(stored_job(begun), now=now, session=session)
                self._record_redelivery(staff, delivery, begun, session)
            return begun

        begun = self._transactions.run(work)
        if begun is None:
            raise _conflict(endpoint, self.get(staff, delivery_id))
        return begun

    def _record_redelivery(
        self, staff: StaffMember, before: WebhookDelivery, after: WebhookDelivery, session: Session
    ) -> None:
        action, now = Action.WEBHOOK_REDELIVER, self._clock.now()
        changes = {"state": (before.state, after.state)}
        record_action(staff, action, "webhook_delivery", after.id, changes, at=now, session=session)

    def purge(self, limit: int) -> int:
        """Forgets at most `limit` deliveries that were made before KEPT; returns how many."""
        return WebhookDelivery.purge(self._clock.now() - KEPT, limit=limit)


def _conflict(endpoint: WebhookEndpoint, delivery: WebhookDelivery) -> WebhookStateConflict:
    return WebhookStateConflict({"isActive": endpoint.is_active, "state": delivery.state.value})


__all__ = ["KEPT", "DeliveryState", "WebhookDeliveries"]
