"""However much is done, what is still to be done is found through an index: by schedules and by jobs."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from ecosystem.bench.profile import Profile, wasteful
from src.models.connection import database
from src.models.jobs import Job
from src.services.registry import Services
from tests.factories.clock import MovableClock
from tests.factories.jobs import tick
from tests.factories.wechat import fault
from tests.guards.conftest import OldShop

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
        ids = [raw["_id"] for raw in documents.find(self.query, {"_id": 1}).sort("_id", -1).limit(DUE)]
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
    "purge_imports": Overdue("imports", {}, ("created_at",)),
    "purge_exports": Overdue("exports", {"state": "ready"}, ("expires_at",)),
    "publish_products": Overdue("products", {"status": "off_sale"}, ("publish_at",)),
    "sweep_media": Overdue("media_files", {"state": "stored"}, ("due_at",)),
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


def test_scheduled_work_reads_only_what_is_due(
    old_shop: OldShop, services: Services, clock: MovableClock, profile: Profile
) -> None:
    fault(old_shop.shop, "refund_query", "system_error", times=None)
    works = services.jobs.scheduling.works
    assert works.keys() == OVERDUE.keys() | DUE_ELSEWHERE.keys()
    for name, work in works.items():
        if name in OVERDUE:
            OVERDUE[name].make(clock.now())
        profile.new()
        assert work.run(work.limit) >= (DUE if name in OVERDUE else 0), name
        assert (name, wasteful(profile.new())) == (name, [])


def test_workers_find_what_they_need(
    old_shop: OldShop, services: Services, clock: MovableClock, profile: Profile
) -> None:
    tick(services, "dispatch_events")
    JOBS.make(clock.now())
    profile.new()
    hinted = Job.take_hints(now=clock.now(), again_at=clock.now() + timedelta(minutes=1), limit=50)
    assert len(hinted) > DUE  # those that events caused, too
    for job_id in hinted:
        services.jobs.running.run(job_id)
    assert wasteful(profile.new()) == []
