"""The log of webhook deliveries."""

from __future__ import annotations

from dataclasses import replace

from src.models.webhook_deliveries import WebhookDelivery
from src.services.registry import Services
from tests.factories.clock import MovableClock
from tests.factories.jobs import tick
from tests.factories.shop import Shop, data_of, refused
from tests.factories.webhooks import PATH, add_webhook, deliveries_of, ping


def test_pages_of_the_log(shop: Shop) -> None:
    webhook, other = add_webhook(shop), add_webhook(shop)
    sent = [ping(shop, webhook["id"])["id"] for _ in range(5)]
    ping(shop, other["id"])
    path = f"{PATH}/{webhook['id']}/deliveries"
    page = data_of(shop.staff().get(path, page="2", size="2"), 200)
    assert [each["id"] for each in page["list"]] == [sent[2], sent[1]]
    assert page["pagination"] == {"page": 2, "size": 2, "total": 5, "totalPages": 3}
    assert [each["id"] for each in deliveries_of(shop, webhook["id"], state="waiting")] == sent
    assert deliveries_of(shop, webhook["id"], state="delivered") == []
    refused(shop.staff().get(path, state="lost"), 400)


def test_the_log_is_kept_for_thirty_days(shop: Shop, services: Services, clock: MovableClock) -> None:
    webhook = add_webhook(shop)
    for _ in range(3):
        ping(shop, webhook["id"])
    clock.advance(days=29)
    later = replace(shop, _staff={})
    kept = ping(later, webhook["id"])["id"]
    assert tick(services, "purge_webhook_deliveries") == 0
    clock.advance(days=1, seconds=60)
    assert services.webhooks.deliveries.purge(2) == 2
    assert tick(services, "purge_webhook_deliveries") == 1
    assert [str(delivery.id) for delivery in WebhookDelivery.objects] == [kept]
