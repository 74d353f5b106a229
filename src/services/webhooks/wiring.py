"""Webhooks as one process has them: what controllers call, and what runs as jobs."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from datetime import timedelta

from src.models.transaction import Transactions
from src.services.jobs.contracts import Handler, JobParts, ScheduledWork, Subscriber
from src.services.stores.stores import Stores
from src.services.webhooks.addresses import AddressRules
from src.services.webhooks.deliveries import WebhookDeliveries
from src.services.webhooks.delivering import WebhookDelivering
from src.services.webhooks.endpoints import WebhookEndpoints
from src.services.webhooks.resolving import Resolve, Resolver
from src.services.webhooks.sending import Limits, Sender
from src.services.webhooks.subscribing import WebhookSubscriber
from src.utils.clock import Clock
from src.utils.encryption import FieldCipher

_DAILY = timedelta(days=1)
_PURGED_AT_ONCE = 5_000


@dataclass(frozen=True)
class Webhooks:
    """The endpoints and their log, and the parts that webhooks give to the jobs."""

    endpoints: WebhookEndpoints
    deliveries: WebhookDeliveries
    handler: Handler
    subscriber: Subscriber
    purging: ScheduledWork

    @property
    def job_parts(self) -> JobParts:
        return JobParts.of(handlers=(self.handler,), subscribers=(self.subscriber,), scheduled=(self.purging,))


def wire_webhooks(
    *,
    stores: Stores,
    cipher: FieldCipher,
    transactions: Transactions,
    clock: Clock,
    allow_private: bool,
    resolve: Resolve | None = None,
    limits: Limits | None = None,
    tls: ssl.SSLContext | None = None,
) -> Webhooks:
    rules = AddressRules(resolve=resolve or Resolver(), allow_private=allow_private)
    endpoints = WebhookEndpoints(rules=rules, cipher=cipher, transactions=transactions, clock=clock)
    deliveries = WebhookDeliveries(endpoints=endpoints, transactions=transactions, clock=clock)
    sender = Sender(limits=limits, tls=tls)
    return Webhooks(
        endpoints=endpoints,
        deliveries=deliveries,
        handler=WebhookDelivering(endpoints=endpoints, rules=rules, sender=sender, clock=clock).handler,
        subscriber=WebhookSubscriber(stores=stores),
        purging=ScheduledWork("purge_webhook_deliveries", _DAILY, deliveries.purge, limit=_PURGED_AT_ONCE),
    )
