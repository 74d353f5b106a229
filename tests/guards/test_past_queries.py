"""However much is done, what is still to be done is found through an index: by schedules, by jobs and by staff."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from src.models.connection import database
from src.models.jobs import Job
from src.services.registry import Services
from tests.factories.clock import MovableClock
from tests.factories.jobs import tick
from tests.factories.shop import Shop, data_of
from tests.factories.wechat import fault
from tests.factories.whole_shop import WholeShop
from tests.guards.past import remember
from tests.guards.profile import Profile, Query, profiling
from tests.guards.test_queries import MOST_QUERIES_OF_A_READ, wasteful

LONG_AGO = timedelta(days=800)
DUE = 3


@dataclass(frozen=True)
class Overdue:
    """Documents of a shop in which nothing is due, and what makes DUE of them overdue."""

    collection: str
    query: dict[str, Any]
    fields: tuple[str, ...]
    values: dict[str, str] = field(default_factory=dict)

    def make(self, now: datetime) -> None:
        documents = database()[self.collection]
        ids = [raw["_id"] for raw in documents.find(self.query, {"_id": 1}).limit(DUE)]
        overdue = {**self.values, **dict.fromkeys(self.fields, now - LONG_AGO)}
        assert documents.update_many({"_id": {"$in": ids}}, {"$set": overdue}).modified_count == DUE


OVERDUE = {
    "query_payments": Overdue(
        "payments", {"live": True, "status": "prepared", "held": {"$ne": True}}, ("query_due_at",)
    ),
    "drive_refunds": Overdue("refunds", {"status": "processing"}, ("due_at",)),
    "apply_notifications": Overdue("wechat_notifications", {"outcome": "applied"}, ("due_at",), {"outcome": "stored"}),
    "apply_messages": Overdue("wechat_messages", {"state": "applied"}, ("due_at",), {"state": "stored"}),
    "confirm_receipts": Overdue("orders", {"status": "shipped"}, ("shipped_at",)),
    "purge_jobs": Overdue("jobs", {"state": "succeeded"}, ("finished_at",)),
    "purge_events": Overdue("events", {"dispatched_at": {"$exists": True}}, ("dispatched_at",)),
    "purge_audit_log": Overdue("audit_log", {}, ("created_at",)),
}
JOBS = Overdue("jobs", {"state": "waiting"}, ("due_at", "hint_at"))
# These are run here as well; that they find what is due without reading more is tested where it is made.
DUE_ELSEWHERE = {
    "expire_orders": "test_queries",
    "dispatch_events": "test_workers_find_what_they_need",
    "roll_up_figures": "test_statistics_queries",
    "hint_jobs": "test_workers_find_what_they_need",
    "purge_webhook_deliveries": "test_webhook_queries",
    "note_usage": "it looks at stores, and those are few",
    "refresh_certificates": "it looks at stores, and those are few",
    "reconcile_yesterday": "it looks at stores, and those are few",
}
PAGES: list[tuple[str, dict[str, Any]]] = [
    ("/api/merchant/refunds", {}),
    ("/api/merchant/refunds", {"page": 4}),
    ("/api/merchant/refunds", {"status": "requested"}),
    ("/api/merchant/payments", {}),
    ("/api/merchant/payments", {"status": "surplus", "page": 4}),
    ("/api/merchant/payments", {"held": "true"}),
    ("/api/merchant/payments", {"held": "true", "status": "prepared"}),
    ("/api/merchant/reconciliations", {}),
    ("/api/merchant/reconciliations", {"page": 4}),
    ("/api/merchant/text-reviews", {}),
    ("/api/merchant/text-reviews", {"status": "pending", "page": 4}),
    ("/api/merchant/audit-log", {}),
    ("/api/merchant/audit-log", {"page": 4}),
    ("/api/merchant/stock-movements", {}),
    ("/api/merchant/stock-movements", {"kind": "sell", "page": 4}),
    ("/api/merchant/orders", {"phone": "8000"}),
    ("/api/merchant/orders", {"receiver": "林小", "status": "completed", "page": 4}),
    ("/api/jobs", {}),
    ("/api/jobs", {"state": "failed"}),
    ("/api/jobs", {"kind": "past.a", "page": 4}),
    ("/api/jobs", {"kind": "past.a", "state": "failed"}),
]

LISTS_ELSEWHERE = {
    "/api/tenants": "stores are few",
    "/api/products": "test_queries",
    "/api/merchant/products": "test_queries",
    "/api/orders": "test_queries",
    "/api/merchant/orders": "test_queries",
    "/api/merchant/webhooks/{webhookId}/deliveries": "test_webhook_queries",
}


@pytest.fixture
def old_shop(shop: Shop, clock: MovableClock) -> Shop:
    """A shop with much behind it."""
    WholeShop.open(shop).walk()
    shop.forget_staff_logins()
    remember(clock.now())
    return shop


@pytest.fixture
def profile(old_shop: Shop) -> Iterator[Profile]:
    with profiling() as running:
        yield running


def in_memory(queries: list[Query]) -> list[str]:
    return [str(query) for query in queries if query.sorted_in_memory and query.collection != "stores"]


def test_scheduled_work_reads_only_what_is_due(
    old_shop: Shop, services: Services, clock: MovableClock, profile: Profile
) -> None:
    fault(old_shop, "refund_query", "system_error", times=None)
    works = services.jobs.scheduling.works
    assert works.keys() == OVERDUE.keys() | DUE_ELSEWHERE.keys()
    for name, work in works.items():
        if name in OVERDUE:
            OVERDUE[name].make(clock.now())
        profile.new()
        assert work.run(work.limit) >= (DUE if name in OVERDUE else 0), name
        queries = profile.new()
        assert (name, wasteful(queries), in_memory(queries)) == (name, [], [])


def test_workers_find_what_they_need(services: Services, clock: MovableClock, profile: Profile) -> None:
    tick(services, "dispatch_events")
    JOBS.make(clock.now())
    profile.new()
    hinted = Job.take_hints(now=clock.now(), again_at=clock.now() + timedelta(minutes=1), limit=50)
    assert len(hinted) > DUE  # those that events caused, too
    for job_id in hinted:
        services.jobs.running.run(job_id)
    queries = profile.new()
    assert (wasteful(queries), in_memory(queries)) == ([], [])


def test_staff_read_pages_of_a_long_past(old_shop: Shop, profile: Profile) -> None:
    owner = old_shop.staff()
    for path, query in PAGES:
        profile.new()
        assert len(data_of(owner.get(path, **query), 200)["list"]) == 10, (path, query)
        queries = profile.new()
        assert 1 <= len(queries) <= MOST_QUERIES_OF_A_READ, (path, query)
        assert (wasteful(queries), in_memory(queries)) == ([], []), (path, query)


def test_every_list_in_pages_is_watched(app: Flask) -> None:
    paths = json.loads(app.extensions["minimall-openapi"])["paths"]
    lists = {path for path, item in paths.items() if _has_pages(item)}
    assert lists == {path for path, _ in PAGES} | LISTS_ELSEWHERE.keys()


def _has_pages(item: dict[str, Any]) -> bool:
    return any(parameter.get("name") == "page" for parameter in item.get("get", {}).get("parameters", []))
