"""Which deliveries an event causes."""

from __future__ import annotations

from collections.abc import Iterator

from bson import ObjectId

from src.models.events import Event
from src.models.jobs import NewJob
from src.models.webhook_deliveries import WebhookDelivery
from src.models.webhooks import WebhookEndpoint
from src.services.stores.stores import Stores
from src.services.webhooks.catalogue import matches
from src.services.webhooks.envelopes import event_body

DELIVER = "webhook.deliver"


class WebhookSubscriber:
    """Turns each event into one job per active endpoint of its store that wants events of this type."""

    def __init__(self, *, stores: Stores) -> None:
        self._stores = stores

    def __call__(self, event: Event) -> Iterator[NewJob]:
        for endpoint in WebhookEndpoint.list_in_store(event.store_id):
            if endpoint.is_active and matches(event.type, endpoint.events):
                yield self._job(event, endpoint)

    def _job(self, event: Event, endpoint: WebhookEndpoint) -> NewJob:
        # The body goes along: an event may be purged before the last attempt, and is read once this way.
        payload = {
            "deliveryId": str(ObjectId()),
            "endpointId": str(endpoint.id),
            "eventId": str(event.id),
            "eventType": event.type,
            "body": event_body(event, store_code=self._stores.get(event.store_id).code),
        }
        return NewJob(DELIVER, job_key(event.id, endpoint.id), event.store_id, payload)


def stored_job(delivery: WebhookDelivery) -> NewJob:
    """Returns the job of a delivery that is stored already."""
    return NewJob(DELIVER, delivery.job_key, delivery.store_id, {"deliveryId": str(delivery.id)})


def job_key(subject: ObjectId, part: ObjectId | int) -> str:
    """Returns the key of a job: an event's for an endpoint, or a delivery's for the n-th time that it is asked for."""
    return f"webhook:{subject}:{part}"
