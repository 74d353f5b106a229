"""The queries of webhooks find their documents through an index, however long the log is."""

from __future__ import annotations

from datetime import timedelta

from bson import ObjectId

from ecosystem.bench.profile import Profile, profiling
from src.models.connection import database
from src.models.webhooks import WebhookEndpoint
from src.services.registry import Services
from tests.factories.clock import MovableClock
from tests.factories.shop import Shop, data_of
from tests.factories.webhooks import PATH, add_webhook, ping

DELIVERIES = 1_000
# A count reads what it counts; everything else reads little more than it returns.
EXAMINED_PER_RETURNED = 2


def fill(shop: Shop, clock: MovableClock) -> str:
    """Returns an endpoint with 1,000 deliveries, beside others of its store with as many."""
    first, *others = [add_webhook(shop)["id"] for _ in range(3)]
    raw = database()["webhook_deliveries"].find_one({"_id": ObjectId(ping(shop, first)["id"])})
    assert raw is not None
    states = ("delivered", "failed", "waiting", "dropped")
    copies = [
        {
            **raw,
            "_id": ObjectId(),
            "endpoint_id": ObjectId((first, *others)[n % 3]),
            "state": states[n % 4],
            "created_at": clock.now() - timedelta(days=40 if n < 10 else 1),
        }
        for n in range(3 * DELIVERIES)
    ]
    database()["webhook_deliveries"].insert_many(copies)
    return str(first)


def assert_indexed(profile: Profile) -> None:
    queries = profile.new()
    assert queries
    for query in queries:
        assert query.plan.startswith(("IXSCAN", "IDHACK", "EXPRESS", "COUNT_SCAN")), query
        assert not query.sorted_in_memory, query
        assert query.counts or query.examined <= EXAMINED_PER_RETURNED * max(query.returned, 1), query


def test_every_query_has_its_index(shop: Shop, services: Services, clock: MovableClock) -> None:
    webhook_id, owner = fill(shop, clock), shop.staff()
    endpoint = WebhookEndpoint.find_in_store(shop.store_id, ObjectId(webhook_id))
    assert endpoint is not None
    log = f"{PATH}/{webhook_id}/deliveries"
    with profiling() as profile:
        for query in ({}, {"page": "5"}, {"state": "failed"}, {"state": "dropped", "page": "3"}):
            assert len(data_of(owner.get(log, **query), 200)["list"]) == 10
        data_of(owner.get(PATH), 200)
        endpoint.note_failure(now=clock.now(), given_up=False)
        endpoint.note_success()
        assert services.webhooks.deliveries.purge(1) == 1
        assert_indexed(profile)
